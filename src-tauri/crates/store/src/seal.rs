//! Sealing of secrets before they reach the file: AES-256-GCM with a random nonce,
//! bound to the place where the secret lies, so that a row copied elsewhere does not
//! open. The master key is never in the file; `sealing` knows how it is come by.

use crate::error::StoreError;
use openssl::rand::rand_bytes;
use openssl::symm::{Cipher, decrypt_aead, encrypt_aead};
use secure::Secret;

/// Bytes of a master key: that of AES-256.
pub const MASTER_KEY_BYTES: usize = 32;

/// What opens the secrets of one database.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MasterKey(Secret);

impl MasterKey {
    /// `None` if it does not have [`MASTER_KEY_BYTES`].
    #[must_use]
    pub fn new(bytes: Secret) -> Option<Self> {
        (bytes.len() == MASTER_KEY_BYTES).then_some(Self(bytes))
    }

    /// A fresh one.
    ///
    /// # Errors
    /// The system gives no randomness.
    pub fn random() -> Result<Self, StoreError> {
        let mut bytes = vec![0; MASTER_KEY_BYTES];
        rand_bytes(&mut bytes).map_err(StoreError::crypto)?;
        Ok(Self(Secret::new(bytes)))
    }

    /// The bytes, for the one who keeps it.
    #[must_use]
    pub fn expose(&self) -> &Secret {
        &self.0
    }

    /// Seals a secret for one place.
    ///
    /// # Errors
    /// The system gives no randomness.
    pub fn seal(&self, place: Place<'_>, secret: &[u8]) -> Result<Vec<u8>, StoreError> {
        let mut nonce = [0; NONCE_BYTES];
        rand_bytes(&mut nonce).map_err(StoreError::crypto)?;
        let mut tag = [0; TAG_BYTES];
        let (key, place) = (self.0.expose(), place.to_bytes());
        let cipher = Cipher::aes_256_gcm();
        let sealed = encrypt_aead(cipher, key, Some(&nonce), &place, secret, &mut tag)
            .map_err(StoreError::crypto)?;
        Ok([&[FORM], nonce.as_slice(), &tag, &sealed].concat())
    }

    /// Opens what was sealed for this place.
    ///
    /// # Errors
    /// `Corrupt`: another key, another place, or a damaged row.
    pub fn open(&self, place: Place<'_>, sealed: &[u8]) -> Result<Secret, StoreError> {
        let closed = || {
            StoreError::corrupt(format!(
                "the secret at {}/{}/{} does not open",
                place.table, place.row, place.column
            ))
        };
        let (form, rest) = sealed.split_first().ok_or_else(closed)?;
        let (nonce, rest) = rest
            .split_first_chunk::<NONCE_BYTES>()
            .filter(|_| *form == FORM)
            .ok_or_else(closed)?;
        let (tag, rest) = rest.split_first_chunk::<TAG_BYTES>().ok_or_else(closed)?;
        let (key, place) = (self.0.expose(), place.to_bytes());
        decrypt_aead(Cipher::aes_256_gcm(), key, Some(nonce), &place, rest, tag)
            .map(Secret::new)
            .map_err(|_| closed())
    }
}

/// Where a secret lies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place<'a> {
    /// The table.
    pub table: &'a str,
    /// The row.
    pub row: i64,
    /// The column.
    pub column: &'a str,
}

impl Place<'_> {
    /// Names hold no NUL, so no two places read alike.
    fn to_bytes(self) -> Vec<u8> {
        format!("{}\0{}\0{}", self.table, self.row, self.column).into_bytes()
    }
}

/// The first byte of what is sealed, for a later form.
const FORM: u8 = 1;

/// Bytes of a nonce (NIST SP 800-38D §8.2.2): random, for at most 2^32 seals.
const NONCE_BYTES: usize = 12;

/// Bytes of a tag.
const TAG_BYTES: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place<'_> = Place {
        table: "credential",
        row: 7,
        column: "secret",
    };

    #[test]
    fn a_secret_opens_with_its_key_at_its_place_only() {
        let key = MasterKey::random().expect("randomness");
        let sealed = key.seal(PLACE, b"canary").expect("sealed");
        assert!(!sealed.windows(6).any(|part| part == b"canary"));
        let opened = key.open(PLACE, &sealed).expect("opened");
        assert_eq!(opened.expose(), b"canary");
        let elsewhere = Place { row: 8, ..PLACE };
        assert!(key.open(elsewhere, &sealed).is_err());
        let other = MasterKey::random().expect("randomness");
        assert!(other.open(PLACE, &sealed).is_err());
    }

    #[test]
    fn the_same_secret_never_looks_the_same() {
        let key = MasterKey::random().expect("randomness");
        let seal = || key.seal(PLACE, b"canary").expect("sealed");
        assert_ne!(seal(), seal());
    }

    #[test]
    fn a_damaged_secret_is_refused_wherever_the_damage_is() {
        let key = MasterKey::random().expect("randomness");
        let sealed = key.seal(PLACE, b"canary").expect("sealed");
        for at in 0..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[at] ^= 1;
            assert!(key.open(PLACE, &damaged).is_err(), "byte {at}");
            assert!(key.open(PLACE, &sealed[..at]).is_err(), "cut at {at}");
        }
    }
}
