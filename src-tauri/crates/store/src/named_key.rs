//! The key pairs that the server shows to devices that ask for a name (conformance
//! SEC-12). Which devices those are, `secure` knows.

use crate::error::StoreError;
use crate::own_key::{chain_from_column, chain_to_column};
use crate::seal::{MasterKey, Place};
use clock::UnixTime;
use secure::{Secret, ServerName};
use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

/// A key pair for a server name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NamedKey {
    /// The name that devices ask for.
    pub name: ServerName,
    /// Its certificate as DER, then those of its issuers.
    pub chain: Vec<Box<[u8]>>,
    /// The private key, DER of PKCS #8.
    pub private: Secret,
    /// Since when it is ours.
    pub created_at: UnixTime,
}

/// Stores a key pair in place of the former of its name.
pub(crate) async fn save(
    connection: &mut SqliteConnection,
    master: &MasterKey,
    key: &NamedKey,
) -> Result<(), StoreError> {
    remove(connection, &key.name).await?;
    // The seal is bound to the row, so that its number comes first.
    let row: i64 = sqlx::query_scalar("SELECT coalesce(max(id), 0) + 1 FROM named_key")
        .fetch_one(&mut *connection)
        .await?;
    sqlx::query("INSERT INTO named_key VALUES (?, ?, ?, ?, ?)")
        .bind(row)
        .bind(key.name.as_str())
        .bind(chain_to_column(&key.chain))
        .bind(master.seal(place(row), key.private.expose())?)
        .bind(key.created_at.as_micros())
        .execute(connection)
        .await?;
    Ok(())
}

/// Forgets the key pair of a name.
pub(crate) async fn remove(
    connection: &mut SqliteConnection,
    name: &ServerName,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM named_key WHERE name = ?")
        .bind(name.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

/// All of them, opened.
pub(crate) async fn all(
    connection: &mut SqliteConnection,
    master: &MasterKey,
) -> Result<Vec<NamedKey>, StoreError> {
    let query = "SELECT id, name, chain, secret, created_at FROM named_key ORDER BY name";
    let rows = sqlx::query(query).fetch_all(connection).await?;
    let read = |row: &SqliteRow| {
        let name: &str = row.try_get(1)?;
        Ok(NamedKey {
            name: ServerName::new(name)
                .map_err(|error| StoreError::corrupt(format!("\"{name}\": {error}")))?,
            chain: chain_from_column(row.try_get(2)?)?,
            private: master.open(place(row.try_get(0)?), row.try_get(3)?)?,
            created_at: UnixTime::from_micros(row.try_get(4)?),
        })
    };
    rows.iter().map(read).collect()
}

const fn place(row: i64) -> Place<'static> {
    Place {
        table: "named_key",
        row,
        column: "secret",
    }
}
