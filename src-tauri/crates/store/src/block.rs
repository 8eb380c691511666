//! Whom a person keeps out, besides endpoints, which are a setting. What a block means
//! decide the engine and whoever drives it.

use crate::error::StoreError;
use clock::UnixTime;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{Row as _, SqlitePool};

/// Somebody who is kept out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BlockRow {
    /// Who.
    pub subject: BlockSubject,
    /// Since when.
    pub at: UnixTime,
    /// Until when; `None` for good.
    pub until: Option<UnixTime>,
}

/// Whom a block is about.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum BlockSubject {
    /// Who names this identity of a pre-shared key.
    PskIdentity(Box<[u8]>),
    /// Who has this raw public key, as DER.
    PublicKey(Box<[u8]>),
    /// Who has this certificate, as DER.
    Certificate(Box<[u8]>),
    /// What comes from this IP address: 4 or 16 bytes.
    Host(Box<[u8]>),
}

impl BlockSubject {
    const fn to_columns(&self) -> (i64, &[u8]) {
        match self {
            Self::PskIdentity(bytes) => (0, bytes),
            Self::PublicKey(bytes) => (1, bytes),
            Self::Certificate(bytes) => (2, bytes),
            Self::Host(bytes) => (3, bytes),
        }
    }

    fn from_columns(kind: i64, bytes: Vec<u8>) -> Result<Self, StoreError> {
        let bytes = bytes.into();
        match kind {
            0 => Ok(Self::PskIdentity(bytes)),
            1 => Ok(Self::PublicKey(bytes)),
            2 => Ok(Self::Certificate(bytes)),
            3 => Ok(Self::Host(bytes)),
            other => Err(StoreError::corrupt(format!("{other} is no kind of block"))),
        }
    }
}

/// Keeps somebody out, in place of an earlier block of the same.
pub(crate) async fn save(
    connection: &mut SqliteConnection,
    row: &BlockRow,
) -> Result<(), StoreError> {
    let (kind, subject) = row.subject.to_columns();
    sqlx::query("INSERT OR REPLACE INTO block (kind, subject, at, until) VALUES (?, ?, ?, ?)")
        .bind(kind)
        .bind(subject)
        .bind(row.at.as_micros())
        .bind(row.until.map(UnixTime::as_micros))
        .execute(connection)
        .await?;
    Ok(())
}

/// Lets somebody in again.
pub(crate) async fn remove(
    connection: &mut SqliteConnection,
    subject: &BlockSubject,
) -> Result<(), StoreError> {
    let (kind, subject) = subject.to_columns();
    sqlx::query("DELETE FROM block WHERE kind = ? AND subject = ?")
        .bind(kind)
        .bind(subject)
        .execute(connection)
        .await?;
    Ok(())
}

/// All blocks, newest first.
pub(crate) async fn all(pool: &SqlitePool) -> Result<Vec<BlockRow>, StoreError> {
    let query = "SELECT kind, subject, at, until FROM block ORDER BY at DESC, kind, subject";
    let rows = sqlx::query(query).fetch_all(pool).await?;
    rows.iter().map(read).collect()
}

fn read(row: &SqliteRow) -> Result<BlockRow, StoreError> {
    Ok(BlockRow {
        subject: BlockSubject::from_columns(row.try_get(0)?, row.try_get(1)?)?,
        at: UnixTime::from_micros(row.try_get(2)?),
        until: row.try_get::<Option<i64>, _>(3)?.map(UnixTime::from_micros),
    })
}
