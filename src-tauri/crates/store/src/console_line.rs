//! Lines typed into the console of a device: the newest of each device are kept.
//! What a line means, `api` knows.

use crate::error::StoreError;
use clock::UnixTime;
use server::ids::{DeviceId, OperationId};
use sqlx::SqlitePool;
use sqlx::sqlite::SqliteConnection;

/// How many lines of one device are kept; the oldest go first.
pub const MAX_CONSOLE_LINES: u32 = 500;

/// A line typed into a console.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConsoleLine {
    /// As it was typed.
    pub line: String,
    /// When.
    pub at: UnixTime,
    /// The operation that it started, if it did.
    pub operation: Option<OperationId>,
}

/// Adds a line; one that repeats the line before takes its place.
pub(crate) async fn save(
    connection: &mut SqliteConnection,
    device: DeviceId,
    ConsoleLine {
        line,
        at,
        operation,
    }: &ConsoleLine,
) -> Result<(), StoreError> {
    let repeated = "DELETE FROM console_line
         WHERE id = (SELECT max(id) FROM console_line WHERE device = ?) AND line = ?";
    sqlx::query(repeated)
        .bind(device.0)
        .bind(line)
        .execute(&mut *connection)
        .await?;
    sqlx::query("INSERT INTO console_line (device, line, at, operation) VALUES (?, ?, ?, ?)")
        .bind(device.0)
        .bind(line)
        .bind(at.as_micros())
        .bind(operation.map(|id| id.0))
        .execute(&mut *connection)
        .await?;
    let surplus = "DELETE FROM console_line WHERE device = ?1 AND id <=
         (SELECT id FROM console_line WHERE device = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)";
    sqlx::query(surplus)
        .bind(device.0)
        .bind(MAX_CONSOLE_LINES)
        .execute(connection)
        .await?;
    Ok(())
}

/// The newest lines of a device, newest first.
pub(crate) async fn newest(
    pool: &SqlitePool,
    device: DeviceId,
    limit: u32,
) -> Result<Vec<ConsoleLine>, StoreError> {
    let query = "SELECT line, at, operation FROM console_line
         WHERE device = ? ORDER BY id DESC LIMIT ?";
    let rows: Vec<(String, i64, Option<i64>)> = sqlx::query_as(query)
        .bind(device.0)
        .bind(limit)
        .fetch_all(pool)
        .await?;
    let read = |(line, at, operation): (_, _, Option<i64>)| ConsoleLine {
        line,
        at: UnixTime::from_micros(at),
        operation: operation.map(OperationId),
    };
    Ok(rows.into_iter().map(read).collect())
}
