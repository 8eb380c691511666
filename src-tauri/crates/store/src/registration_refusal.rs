//! Registrations that were turned down, counted while they repeat. The table is bounded;
//! what they mean for people is said above.

use crate::counted;
use crate::encoding::{refusal_from_text, refusal_to_text};
use crate::error::StoreError;
use clock::UnixTime;
use coap::{ListenerId, Peer};
use server::ids::EndpointName;
use server::security::RefusedRegistration;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{Row as _, SqlitePool};

/// How many different refusals are kept; the ones not seen for longest go first.
pub const MAX_REFUSALS: u32 = 2_000;

/// A registration that was turned down, counted while it repeats.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RefusalRow {
    /// As it was the last time.
    pub refused: RefusedRegistration,
    /// When it was seen first.
    pub first_at: UnixTime,
    /// How often.
    pub count: u64,
}

/// Adds what a batch tells, then drops what is too much.
pub(crate) async fn save(
    connection: &mut SqliteConnection,
    refusals: &[&RefusedRegistration],
) -> Result<(), StoreError> {
    let add = "INSERT INTO registration_refusal
         (listener, address, endpoint, cause, identity, shown, first_at, last_at, count)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, 1)
         ON CONFLICT (listener, address, endpoint, cause, identity, shown) DO UPDATE
         SET count = count + 1, last_at = max(last_at, excluded.last_at)";
    for refused in refusals {
        sqlx::query(add)
            .bind(refused.from.listener().0)
            .bind(refused.from.address())
            .bind(refused.endpoint.as_ref().map_or("", EndpointName::as_str))
            .bind(refusal_to_text(&refused.cause))
            .bind(refused.psk_identity.as_deref().unwrap_or_default())
            .bind(refused.shown.as_deref().unwrap_or_default())
            .bind(refused.at.as_micros())
            .execute(&mut *connection)
            .await?;
    }
    if !refusals.is_empty() {
        counted::keep_newest(connection, "registration_refusal", MAX_REFUSALS).await?;
    }
    Ok(())
}

/// Those seen since then, newest first.
pub(crate) async fn since(
    pool: &SqlitePool,
    since: UnixTime,
) -> Result<Vec<RefusalRow>, StoreError> {
    let query =
        "SELECT listener, address, endpoint, cause, identity, shown, first_at, last_at, count
         FROM registration_refusal WHERE last_at >= ? ORDER BY last_at DESC, id DESC";
    let rows = sqlx::query(query)
        .bind(since.as_micros())
        .fetch_all(pool)
        .await?;
    rows.iter().map(read).collect()
}

fn read(row: &SqliteRow) -> Result<RefusalRow, StoreError> {
    let some = |bytes: Vec<u8>| (!bytes.is_empty()).then(|| bytes.into());
    let address: Vec<u8> = row.try_get(1)?;
    let from = Peer::new(ListenerId(row.try_get(0)?), &address)
        .ok_or_else(|| StoreError::corrupt("an address is too long"))?;
    Ok(RefusalRow {
        refused: RefusedRegistration {
            from,
            at: UnixTime::from_micros(row.try_get(7)?),
            endpoint: EndpointName::new(row.try_get(2)?),
            psk_identity: some(row.try_get(4)?),
            shown: some(row.try_get(5)?),
            cause: refusal_from_text(row.try_get(3)?)?,
        },
        first_at: UnixTime::from_micros(row.try_get(6)?),
        count: row.try_get::<i64, _>(8)?.cast_unsigned(),
    })
}
