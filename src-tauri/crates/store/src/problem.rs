//! Problems: malformed input, refused registrations, occupied ports, counted
//! while they repeat. The table is bounded; what is a problem, others decide.

use crate::bulk::Bulk;
use crate::error::StoreError;
use clock::UnixTime;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{Row as _, SqlitePool};

/// How many different problems are kept; the ones not seen for longest go first.
pub const MAX_PROBLEMS: u32 = 5_000;

/// Something that went wrong, counted while it repeats.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct ProblemRow {
    /// When it was seen last.
    pub at: UnixTime,
    /// E.g. `coap 127.0.0.1:5683`.
    pub listener: String,
    /// The address or endpoint it came from; empty if from this program.
    pub peer: String,
    /// E.g. `malformed_message`.
    pub kind: String,
    /// What was wrong and what to do.
    pub message: String,
    /// How often, or how often since the last batch.
    pub count: u64,
}

static COUNT: Bulk = Bulk::new(
    "INSERT INTO problem (listener, peer, kind, message, count, at)
     SELECT * FROM ({rows}) WHERE column1 IS NOT NULL
     ON CONFLICT (listener, peer, kind, message) DO UPDATE
     SET count = count + excluded.count, at = max(at, excluded.at)",
    6,
);

/// Adds to what is there, then drops what is too much.
pub(crate) async fn save(
    connection: &mut SqliteConnection,
    rows: &[ProblemRow],
) -> Result<(), StoreError> {
    COUNT
        .run(connection, rows, |row, columns| {
            columns
                .add(row.listener.as_str())
                .add(row.peer.as_str())
                .add(row.kind.as_str());
            columns
                .add(row.message.as_str())
                .add(row.count.cast_signed())
                .add(row.at.as_micros());
        })
        .await?;
    let surplus = "DELETE FROM problem WHERE id IN (SELECT id FROM problem ORDER BY at DESC, id DESC LIMIT -1 OFFSET ?)";
    sqlx::query(surplus)
        .bind(MAX_PROBLEMS)
        .execute(connection)
        .await?;
    Ok(())
}

/// The newest `limit` problems, newest first.
pub(crate) async fn newest(pool: &SqlitePool, limit: u32) -> Result<Vec<ProblemRow>, StoreError> {
    let query = "SELECT at, listener, peer, kind, message, count FROM problem ORDER BY at DESC, id DESC LIMIT ?";
    sqlx::query(query)
        .bind(limit)
        .fetch_all(pool)
        .await?
        .iter()
        .map(read)
        .collect()
}

fn read(row: &SqliteRow) -> Result<ProblemRow, StoreError> {
    Ok(ProblemRow {
        at: UnixTime::from_micros(row.try_get(0)?),
        listener: row.try_get(1)?,
        peer: row.try_get(2)?,
        kind: row.try_get(3)?,
        message: row.try_get(4)?,
        count: row.try_get::<i64, _>(5)?.cast_unsigned(),
    })
}
