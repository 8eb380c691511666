//! Handshakes that came to nothing, counted while they repeat. The table is bounded;
//! what they mean for people is said above.

use crate::association::address;
use crate::counted;
use crate::encoding::{cause_from_text, cause_to_text};
use crate::error::StoreError;
use clock::UnixTime;
use coap::ListenerId;
use secure::{Failure, Step};
use server::security::FailedHandshake;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{Row as _, SqlitePool};

/// How many different failures are kept; the ones not seen for longest go first.
pub const MAX_FAILURES: u32 = 2_000;

/// Bytes of what a peer showed that are kept; more is no certificate of a device.
const MAX_SHOWN_BYTES: usize = 8 << 10;

/// A handshake that came to nothing, counted while it repeats.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FailureRow {
    /// The row's own number.
    pub id: i64,
    /// The listener that it came through.
    pub listener: ListenerId,
    /// As it was the last time.
    pub failure: Failure,
    /// When it was seen first.
    pub first_at: UnixTime,
    /// How often.
    pub count: u64,
}

/// Adds what a batch tells, then drops what is too much.
pub(crate) async fn save(
    connection: &mut SqliteConnection,
    failures: &[&FailedHandshake],
) -> Result<(), StoreError> {
    let add = "INSERT INTO handshake_failure
         (listener, address, step, cause, identity, shown, first_at, last_at, count)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, 1)
         ON CONFLICT (listener, address, cause, identity, shown) DO UPDATE
         SET count = count + 1, last_at = max(last_at, excluded.last_at), step = excluded.step";
    for FailedHandshake { listener, failure } in failures {
        let shown = failure.shown.as_deref().unwrap_or_default();
        sqlx::query(add)
            .bind(listener.0)
            .bind(failure.from.as_bytes())
            .bind(step_to_column(failure.step))
            .bind(cause_to_text(&failure.cause))
            .bind(failure.psk_identity.as_deref().unwrap_or_default())
            .bind(shown.get(..MAX_SHOWN_BYTES).unwrap_or(shown))
            .bind(failure.at.as_micros())
            .execute(&mut *connection)
            .await?;
    }
    if !failures.is_empty() {
        counted::keep_newest(connection, "handshake_failure", MAX_FAILURES).await?;
    }
    Ok(())
}

/// Those seen since then, newest first.
pub(crate) async fn since(
    pool: &SqlitePool,
    since: UnixTime,
) -> Result<Vec<FailureRow>, StoreError> {
    let query =
        "SELECT id, listener, address, step, cause, identity, shown, first_at, last_at, count
         FROM handshake_failure WHERE last_at >= ? ORDER BY last_at DESC, id DESC";
    let rows = sqlx::query(query)
        .bind(since.as_micros())
        .fetch_all(pool)
        .await?;
    rows.iter().map(read).collect()
}

fn read(row: &SqliteRow) -> Result<FailureRow, StoreError> {
    let some = |bytes: Vec<u8>| (!bytes.is_empty()).then(|| bytes.into());
    Ok(FailureRow {
        id: row.try_get(0)?,
        listener: ListenerId(row.try_get(1)?),
        failure: Failure {
            from: address(row.try_get(2)?)?,
            at: UnixTime::from_micros(row.try_get(8)?),
            step: step_from_column(row.try_get(3)?)?,
            psk_identity: some(row.try_get(5)?),
            shown: some(row.try_get(6)?),
            cause: cause_from_text(row.try_get(4)?)?,
        },
        first_at: UnixTime::from_micros(row.try_get(7)?),
        count: row.try_get::<i64, _>(9)?.cast_unsigned(),
    })
}

const fn step_to_column(step: Step) -> i64 {
    match step {
        Step::Hello => 0,
        Step::Verified => 1,
        Step::KeyExchange => 2,
        Step::Finished => 3,
    }
}

fn step_from_column(column: i64) -> Result<Step, StoreError> {
    match column {
        0 => Ok(Step::Hello),
        1 => Ok(Step::Verified),
        2 => Ok(Step::KeyExchange),
        3 => Ok(Step::Finished),
        other => Err(StoreError::corrupt(format!("{other} is no step"))),
    }
}
