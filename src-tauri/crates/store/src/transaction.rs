//! Transactions on the one connection that writes, as plain statements.
//!
//! SQLite rolls back by itself when the disk fails in a commit. The library's own
//! transactions count on rolling back themselves: after such a failure they refuse
//! every further one. Here a failed transaction leaves the connection ready, so that
//! the same batch may be tried again.

use crate::error::StoreError;
use sqlx::sqlite::SqliteConnection;

/// Begins a transaction that may write. One that was left open, because whoever ran it
/// went away, is undone first.
pub(crate) async fn begin(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let begun = run(connection, "BEGIN IMMEDIATE").await;
    if begun.is_ok() {
        return Ok(());
    }
    roll_back(connection).await;
    run(connection, "BEGIN IMMEDIATE").await
}

/// Ends a transaction: commits it if `done` is a success, undoes it otherwise, and
/// undoes it too where the commit fails.
pub(crate) async fn end<T>(
    connection: &mut SqliteConnection,
    done: Result<T, StoreError>,
) -> Result<T, StoreError> {
    let ended = match done {
        Ok(value) => run(connection, "COMMIT").await.map(|()| value),
        Err(error) => Err(error),
    };
    if ended.is_err() {
        roll_back(connection).await;
    }
    ended
}

/// SQLite may have done it already, which is no error here.
async fn roll_back(connection: &mut SqliteConnection) {
    if let Err(error) = run(connection, "ROLLBACK").await {
        tracing::debug!(%error, "nothing was left to roll back");
    }
}

async fn run(connection: &mut SqliteConnection, statement: &'static str) -> Result<(), StoreError> {
    sqlx::query(statement).execute(connection).await?;
    Ok(())
}
