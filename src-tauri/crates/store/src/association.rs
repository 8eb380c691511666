//! Secure associations: keys sealed, addresses and positions readable.

use crate::bulk::Bulk;
use crate::error::StoreError;
use crate::fold::AssociationFold;
use crate::seal::{MasterKey, Place};
use clock::UnixTime;
use secure::{Address, AssociationId, SavedAssociation};
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{Row as _, SqlitePool};
use std::collections::BTreeMap;

/// How many addresses of one association are kept; the oldest go first.
const MAX_ADDRESSES: u32 = 32;

static SAVE: Bulk = Bulk::new(
    "INSERT OR REPLACE INTO association SELECT * FROM ({rows}) WHERE column1 IS NOT NULL",
    3,
);

static FIRST: Bulk = Bulk::new(
    "INSERT OR IGNORE INTO association_moved SELECT * FROM ({rows}) WHERE column1 IS NOT NULL",
    3,
);

static END: Bulk = Bulk::new(
    "DELETE FROM association WHERE id IN (SELECT column1 FROM ({rows}) WHERE column1 IS NOT NULL)",
    1,
);

static END_POSITION: Bulk = Bulk::new(
    "DELETE FROM association_position WHERE association IN
     (SELECT column1 FROM ({rows}) WHERE column1 IS NOT NULL)",
    1,
);

static END_MOVED: Bulk = Bulk::new(
    "DELETE FROM association_moved WHERE association IN
     (SELECT column1 FROM ({rows}) WHERE column1 IS NOT NULL)",
    1,
);

static POSITION: Bulk = Bulk::new(
    "INSERT OR REPLACE INTO association_position
     SELECT column1, column2 FROM ({rows}) WHERE column1 IN (SELECT id FROM association)",
    2,
);

/// Writes what a batch says of associations. `master` is needed only where keys are.
pub(crate) async fn save(
    connection: &mut SqliteConnection,
    master: Option<&MasterKey>,
    associations: &BTreeMap<AssociationId, AssociationFold<'_>>,
) -> Result<(), StoreError> {
    let mut rows = Vec::new();
    for (id, news) in associations.iter().filter(|(_, news)| !news.ended) {
        if let Some(saved) = news.saved {
            let master = master.ok_or(StoreError::LockedSecrets)?;
            let secret = master.seal(place(*id), saved.to_bytes().expose())?;
            rows.push((id.0.cast_signed(), saved, secret));
        }
    }
    SAVE.run(connection, &rows, |(id, saved, secret), columns| {
        columns.add(*id).add(saved.address.as_bytes());
        columns.add(&**secret);
    })
    .await?;
    // Where it began; a later save finds that there already.
    FIRST
        .run(connection, &rows, |(id, saved, _), columns| {
            columns.add(*id).add(saved.since.as_micros());
            columns.add(saved.address.as_bytes());
        })
        .await?;
    for (id, news) in associations.iter().filter(|(_, news)| !news.ended) {
        for (at, to) in &news.moves {
            move_one(connection, *id, *at, *to).await?;
        }
    }
    let positions: Vec<_> = associations
        .iter()
        .filter(|(_, news)| !news.ended)
        .filter_map(|(id, news)| Some((id.0.cast_signed(), news.newest?.cast_signed())))
        .collect();
    POSITION
        .run(connection, &positions, |(id, newest), columns| {
            columns.add(*id).add(*newest);
        })
        .await?;
    let ended = associations.iter().filter(|(_, news)| news.ended);
    let ended: Vec<i64> = ended.map(|(id, _)| id.0.cast_signed()).collect();
    for statement in [&END, &END_POSITION, &END_MOVED] {
        statement
            .run(connection, &ended, |id, columns| {
                columns.add(*id);
            })
            .await?;
    }
    Ok(())
}

/// Devices move rarely, and few of them in one batch.
async fn move_one(
    connection: &mut SqliteConnection,
    id: AssociationId,
    at: UnixTime,
    to: Address,
) -> Result<(), StoreError> {
    let id = id.0.cast_signed();
    let known = sqlx::query("UPDATE association SET address = ? WHERE id = ?")
        .bind(to.as_bytes())
        .bind(id)
        .execute(&mut *connection)
        .await?;
    if known.rows_affected() == 0 {
        return Ok(());
    }
    sqlx::query("INSERT OR REPLACE INTO association_moved VALUES (?, ?, ?)")
        .bind(id)
        .bind(at.as_micros())
        .bind(to.as_bytes())
        .execute(&mut *connection)
        .await?;
    let surplus = "DELETE FROM association_moved WHERE association = ?1 AND at <=
         (SELECT at FROM association_moved WHERE association = ?1
          ORDER BY at DESC LIMIT 1 OFFSET ?2)";
    sqlx::query(surplus)
        .bind(id)
        .bind(MAX_ADDRESSES)
        .execute(connection)
        .await?;
    Ok(())
}

/// All of them, opened, with their latest addresses and positions; and those that cannot
/// be read, which nobody misses for long: their devices come back with a handshake.
pub(crate) async fn all(
    connection: &mut SqliteConnection,
    master: &MasterKey,
) -> Result<(Vec<SavedAssociation>, Vec<AssociationId>), StoreError> {
    let query = "SELECT a.id, a.address, a.secret, p.newest FROM association a
         LEFT JOIN association_position p ON p.association = a.id ORDER BY a.id";
    let rows = sqlx::query(query).fetch_all(connection).await?;
    let (mut found, mut unreadable) = (Vec::with_capacity(rows.len()), Vec::new());
    for row in &rows {
        let id = AssociationId(row.try_get::<i64, _>(0)?.cast_unsigned());
        match read(row, id, master) {
            Ok(saved) => found.push(saved),
            Err(error) => {
                tracing::warn!(%error, "an association is left out");
                unreadable.push(id);
            }
        }
    }
    Ok((found, unreadable))
}

/// Where the device was in the course of an association, oldest first: since when, and
/// the listener with the address.
pub(crate) async fn moved(
    pool: &SqlitePool,
    id: AssociationId,
) -> Result<Vec<(UnixTime, Address)>, StoreError> {
    let query = "SELECT at, address FROM association_moved WHERE association = ? ORDER BY at";
    let rows: Vec<(i64, Vec<u8>)> = sqlx::query_as(query)
        .bind(id.0.cast_signed())
        .fetch_all(pool)
        .await?;
    let read = |(at, bytes): (i64, Vec<u8>)| Ok((UnixTime::from_micros(at), address(&bytes)?));
    rows.into_iter().map(read).collect()
}

fn read(
    row: &SqliteRow,
    id: AssociationId,
    master: &MasterKey,
) -> Result<SavedAssociation, StoreError> {
    let secret = master.open(place(id), row.try_get(2)?)?;
    let unreadable = || StoreError::corrupt("an association cannot be read");
    let mut saved = SavedAssociation::from_bytes(secret.expose()).ok_or_else(unreadable)?;
    saved.address = address(row.try_get(1)?)?;
    let newest: Option<i64> = row.try_get(3)?;
    saved.newest = saved.newest.max(newest.map(i64::cast_unsigned));
    Ok(saved)
}

pub(crate) fn address(bytes: &[u8]) -> Result<Address, StoreError> {
    Address::new(bytes).ok_or_else(|| StoreError::corrupt("an address is too long"))
}

const fn place(id: AssociationId) -> Place<'static> {
    Place {
        table: "association",
        row: id.0.cast_signed(),
        column: "secret",
    }
}
