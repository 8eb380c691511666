//! Our own key pairs with their certificates, and the certificates that we issue or
//! trust. Private keys are sealed; what they mean, `secure` knows.

use crate::error::StoreError;
use crate::seal::{MasterKey, Place};
use clock::UnixTime;
use secure::Secret;
use sqlx::sqlite::SqliteConnection;
use sqlx::{Row as _, SqlitePool};

/// A key pair of this program.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OwnKey {
    /// What it is for.
    pub role: OwnKeyRole,
    /// Its certificate as DER, then those of its issuers.
    pub chain: Vec<Box<[u8]>>,
    /// The private key, DER of PKCS #8.
    pub private: Secret,
    /// Since when it is ours.
    pub created_at: UnixTime,
}

/// What a key pair of ours is for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum OwnKeyRole {
    /// The server shows it to devices.
    Server,
    /// The authority signs with it.
    Authority,
}

/// A certificate that our authority issued.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IssuedRow {
    /// For whom.
    pub endpoint: String,
    /// DER.
    pub certificate: Box<[u8]>,
    /// When.
    pub issued_at: UnixTime,
    /// Until when it holds.
    pub not_after: UnixTime,
}

/// An authority whose signature counts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TrustAnchorRow {
    /// DER.
    pub certificate: Box<[u8]>,
    /// Since when.
    pub added_at: UnixTime,
}

/// Stores a key pair in place of the former of its role.
pub(crate) async fn save(
    connection: &mut SqliteConnection,
    master: &MasterKey,
    key: &OwnKey,
) -> Result<(), StoreError> {
    let role = role_to_column(key.role);
    sqlx::query("INSERT OR REPLACE INTO own_key VALUES (?, ?, ?, ?)")
        .bind(role)
        .bind(chain_to_column(&key.chain))
        .bind(master.seal(place(role), key.private.expose())?)
        .bind(key.created_at.as_micros())
        .execute(connection)
        .await?;
    Ok(())
}

/// All of them, opened.
pub(crate) async fn all(
    connection: &mut SqliteConnection,
    master: &MasterKey,
) -> Result<Vec<OwnKey>, StoreError> {
    let rows = sqlx::query("SELECT role, chain, secret, created_at FROM own_key")
        .fetch_all(connection)
        .await?;
    let read = |row: &sqlx::sqlite::SqliteRow| {
        let column: i64 = row.try_get(0)?;
        let role = match column {
            0 => OwnKeyRole::Server,
            1 => OwnKeyRole::Authority,
            other => return Err(StoreError::corrupt(format!("{other} is no role of a key"))),
        };
        Ok(OwnKey {
            role,
            chain: chain_from_column(row.try_get(1)?)?,
            private: master.open(place(column), row.try_get(2)?)?,
            created_at: UnixTime::from_micros(row.try_get(3)?),
        })
    };
    rows.iter().map(read).collect()
}

/// Stores what was issued.
pub(crate) async fn save_issued(
    connection: &mut SqliteConnection,
    issued: &IssuedRow,
) -> Result<(), StoreError> {
    let insert = "INSERT INTO issued (endpoint, certificate, issued_at, not_after)
         VALUES (?, ?, ?, ?)";
    sqlx::query(insert)
        .bind(&issued.endpoint)
        .bind(&*issued.certificate)
        .bind(issued.issued_at.as_micros())
        .bind(issued.not_after.as_micros())
        .execute(connection)
        .await?;
    Ok(())
}

/// What was issued, newest first.
pub(crate) async fn issued(pool: &SqlitePool, limit: u32) -> Result<Vec<IssuedRow>, StoreError> {
    let query = "SELECT endpoint, certificate, issued_at, not_after FROM issued
         ORDER BY id DESC LIMIT ?";
    let rows: Vec<(String, Vec<u8>, i64, i64)> =
        sqlx::query_as(query).bind(limit).fetch_all(pool).await?;
    let read = |(endpoint, certificate, issued_at, not_after): (_, Vec<u8>, _, _)| IssuedRow {
        endpoint,
        certificate: certificate.into(),
        issued_at: UnixTime::from_micros(issued_at),
        not_after: UnixTime::from_micros(not_after),
    };
    Ok(rows.into_iter().map(read).collect())
}

/// Trusts an authority from now on; again changes nothing.
pub(crate) async fn save_anchor(
    connection: &mut SqliteConnection,
    anchor: &TrustAnchorRow,
) -> Result<(), StoreError> {
    let insert = "INSERT INTO trust_anchor (certificate, added_at) VALUES (?, ?)
         ON CONFLICT DO NOTHING";
    sqlx::query(insert)
        .bind(&*anchor.certificate)
        .bind(anchor.added_at.as_micros())
        .execute(connection)
        .await?;
    Ok(())
}

/// Trusts an authority no more.
pub(crate) async fn remove_anchor(
    connection: &mut SqliteConnection,
    certificate: &[u8],
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM trust_anchor WHERE certificate = ?")
        .bind(certificate)
        .execute(connection)
        .await?;
    Ok(())
}

/// Whom we trust, in the order in which they came.
pub(crate) async fn anchors(pool: &SqlitePool) -> Result<Vec<TrustAnchorRow>, StoreError> {
    let query = "SELECT certificate, added_at FROM trust_anchor ORDER BY id";
    let rows: Vec<(Vec<u8>, i64)> = sqlx::query_as(query).fetch_all(pool).await?;
    let read = |(certificate, added_at): (Vec<u8>, i64)| TrustAnchorRow {
        certificate: certificate.into(),
        added_at: UnixTime::from_micros(added_at),
    };
    Ok(rows.into_iter().map(read).collect())
}

pub(crate) fn chain_to_column(chain: &[Box<[u8]>]) -> Vec<u8> {
    let mut column = Vec::new();
    for certificate in chain {
        let length = u32::try_from(certificate.len()).unwrap_or(u32::MAX);
        column.extend_from_slice(&length.to_be_bytes());
        column.extend_from_slice(certificate);
    }
    column
}

pub(crate) fn chain_from_column(mut column: &[u8]) -> Result<Vec<Box<[u8]>>, StoreError> {
    let cut = || StoreError::corrupt("a chain of certificates is cut off");
    let mut chain = Vec::new();
    while !column.is_empty() {
        let (length, rest) = column.split_first_chunk::<4>().ok_or_else(cut)?;
        let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| cut())?;
        let (certificate, rest) = rest.split_at_checked(length).ok_or_else(cut)?;
        chain.push(certificate.into());
        column = rest;
    }
    Ok(chain)
}

const fn place(role: i64) -> Place<'static> {
    Place {
        table: "own_key",
        row: role,
        column: "secret",
    }
}

const fn role_to_column(role: OwnKeyRole) -> i64 {
    match role {
        OwnKeyRole::Server => 0,
        OwnKeyRole::Authority => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_comes_back_and_a_cut_one_is_refused() {
        let chain: Vec<Box<[u8]>> = vec![[1, 2, 3].into(), [].into(), [4].into()];
        let column = chain_to_column(&chain);
        assert_eq!(chain_from_column(&column).expect("whole"), chain);
        assert!(chain_from_column(&column[..column.len() - 1]).is_err());
        assert!(chain_from_column(&column[..2]).is_err());
    }
}
