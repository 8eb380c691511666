//! How the master key of this file is come by: one row, and a proof that tells the
//! right key. Who keeps the key itself, and who asks people, is above.

use crate::error::StoreError;
use crate::seal::{MasterKey, Place};
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{Row as _, SqlitePool};

/// How the master key is come by.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sealing {
    /// Names this database in a keychain.
    pub vault: [u8; VAULT_BYTES],
    /// Where the key is.
    pub way: Way,
    proof: Vec<u8>,
}

/// Bytes of a vault's name.
pub const VAULT_BYTES: usize = 16;

/// Where a master key is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Way {
    /// In the operating system's keychain, under the vault's name.
    Keychain,
    /// Here, under a passphrase.
    Passphrase(Wrapped),
    /// In a file beside the database.
    File,
}

/// A master key under a passphrase.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wrapped {
    /// The salt of Argon2id.
    pub salt: Vec<u8>,
    /// Its memory in KiB.
    pub kib: u32,
    /// Its passes.
    pub passes: u32,
    /// The master key, sealed with what Argon2id made of the passphrase.
    pub key: Vec<u8>,
}

impl Sealing {
    /// A row for `key`.
    ///
    /// # Errors
    /// The system gives no randomness.
    pub fn new(vault: [u8; VAULT_BYTES], way: Way, key: &MasterKey) -> Result<Self, StoreError> {
        let proof = key.seal(PROOF, &vault)?;
        Ok(Self { vault, way, proof })
    }

    /// Whether `key` is the one that the secrets are sealed with.
    #[must_use]
    pub fn is_opened_by(&self, key: &MasterKey) -> bool {
        let opened = key.open(PROOF, &self.proof);
        opened.is_ok_and(|vault| vault.expose() == self.vault)
    }
}

const PROOF: Place<'_> = Place {
    table: "sealing",
    row: 1,
    column: "proof",
};

/// Stores the row in place of the former.
pub(crate) async fn save(
    connection: &mut SqliteConnection,
    sealing: &Sealing,
) -> Result<(), StoreError> {
    let (way, wrapped) = match &sealing.way {
        Way::Keychain => (0, None),
        Way::Passphrase(wrapped) => (1, Some(wrapped)),
        Way::File => (2, None),
    };
    sqlx::query("INSERT OR REPLACE INTO sealing VALUES (1, ?, ?, ?, ?, ?, ?, ?)")
        .bind(sealing.vault.as_slice())
        .bind(way)
        .bind(wrapped.map(|own| own.salt.as_slice()))
        .bind(wrapped.map(|own| own.kib))
        .bind(wrapped.map(|own| own.passes))
        .bind(wrapped.map(|own| own.key.as_slice()))
        .bind(sealing.proof.as_slice())
        .execute(connection)
        .await?;
    Ok(())
}

/// The row, if there are secrets.
pub(crate) async fn load(pool: &SqlitePool) -> Result<Option<Sealing>, StoreError> {
    let query = "SELECT vault, way, salt, kib, passes, wrapped, proof FROM sealing";
    let row = sqlx::query(query).fetch_optional(pool).await?;
    row.as_ref().map(read).transpose()
}

fn read(row: &SqliteRow) -> Result<Sealing, StoreError> {
    let vault: Vec<u8> = row.try_get(0)?;
    let vault = vault
        .try_into()
        .map_err(|_| StoreError::corrupt("the vault's name has another length"))?;
    let way = match row.try_get::<i64, _>(1)? {
        0 => Way::Keychain,
        1 => Way::Passphrase(Wrapped {
            salt: row.try_get(2)?,
            kib: row.try_get(3)?,
            passes: row.try_get(4)?,
            key: row.try_get(5)?,
        }),
        2 => Way::File,
        other => return Err(StoreError::corrupt(format!("{other} is no way of sealing"))),
    };
    Ok(Sealing {
        vault,
        way,
        proof: row.try_get(6)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proof_tells_the_right_key() {
        let [key, other] = [(); 2].map(|()| MasterKey::random().expect("randomness"));
        let sealing = Sealing::new([7; VAULT_BYTES], Way::File, &key).expect("a row");
        assert!(sealing.is_opened_by(&key));
        assert!(!sealing.is_opened_by(&other));
    }
}
