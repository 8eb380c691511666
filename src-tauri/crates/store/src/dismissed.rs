//! What a person does not want to see again among what is pending: a name for each
//! thing, made by whoever lists it.

use crate::error::StoreError;
use clock::UnixTime;
use sqlx::SqlitePool;
use sqlx::sqlite::SqliteConnection;
use std::collections::BTreeMap;

/// How many are kept; the oldest go first.
const MAX_DISMISSED: u32 = 10_000;

/// Notes that a subject was dismissed.
pub(crate) async fn save(
    connection: &mut SqliteConnection,
    subject: &str,
    at: UnixTime,
) -> Result<(), StoreError> {
    sqlx::query("INSERT OR REPLACE INTO dismissed VALUES (?, ?)")
        .bind(subject)
        .bind(at.as_micros())
        .execute(&mut *connection)
        .await?;
    let surplus = "DELETE FROM dismissed WHERE subject IN
         (SELECT subject FROM dismissed ORDER BY at DESC LIMIT -1 OFFSET ?)";
    sqlx::query(surplus)
        .bind(MAX_DISMISSED)
        .execute(connection)
        .await?;
    Ok(())
}

/// When each subject was dismissed.
pub(crate) async fn all(pool: &SqlitePool) -> Result<BTreeMap<String, UnixTime>, StoreError> {
    let rows: Vec<(String, i64)> = sqlx::query_as("SELECT subject, at FROM dismissed")
        .fetch_all(pool)
        .await?;
    let read = |(subject, at)| (subject, UnixTime::from_micros(at));
    Ok(rows.into_iter().map(read).collect())
}
