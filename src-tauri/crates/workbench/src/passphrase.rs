//! Keys from passphrases, by Argon2id (RFC 9106): slow on purpose, so that guessing is
//! expensive for whoever has the sealed bytes only.

use openssl::kdf::argon2id;
use openssl::rand::rand_bytes;
use secure::Secret;
use std::path::{Path, PathBuf};
use store::{MASTER_KEY_BYTES, MasterKey, Place, Wrapped};

/// Why a passphrase is no use.
#[derive(Debug, thiserror::Error)]
pub enum PassphraseError {
    /// The file that should hold it.
    #[error("the passphrase file {} cannot be read: {source}", .file.display())]
    File {
        /// Which.
        file: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// There is nothing in it.
    #[error("the passphrase is empty; write at least one character")]
    Empty,
    /// It is not the one that was used.
    #[error("the passphrase is wrong; use the one that the secrets were sealed with")]
    Wrong,
    /// The cost is not one of ours: somebody changed it, to make us work for ever.
    #[error("what was sealed under a passphrase is damaged")]
    Damaged,
    /// The library refuses.
    #[error("no key could be made from the passphrase: {0}")]
    Crypto(String),
}

/// Reads a passphrase from a file, whose first line it is.
///
/// # Errors
/// A file that cannot be read, or is empty.
pub fn read_file(file: &Path) -> Result<Secret, PassphraseError> {
    let bytes = std::fs::read(file).map_err(|source| PassphraseError::File {
        file: file.to_owned(),
        source,
    })?;
    let whole = Secret::new(bytes);
    let text = whole.expose();
    let text = text.split(|byte| *byte == b'\n').next().unwrap_or(text);
    let text = text.strip_suffix(b"\r").unwrap_or(text);
    if text.is_empty() {
        return Err(PassphraseError::Empty);
    }
    Ok(Secret::new(text.to_vec()))
}

/// Seals `secret` under a passphrase.
///
/// # Errors
/// The system gives no randomness or no memory.
pub fn wrap(
    place: Place<'_>,
    passphrase: &Secret,
    secret: &[u8],
) -> Result<Wrapped, PassphraseError> {
    let mut salt = vec![0; SALT_BYTES];
    rand_bytes(&mut salt).map_err(|error| PassphraseError::Crypto(error.to_string()))?;
    let key = stretch(passphrase, &salt, KIB, PASSES)?;
    let sealed = key
        .seal(place, secret)
        .map_err(|error| PassphraseError::Crypto(error.to_string()))?;
    Ok(Wrapped {
        salt,
        kib: KIB,
        passes: PASSES,
        key: sealed,
    })
}

/// Opens what [`wrap`] sealed.
///
/// # Errors
/// Another passphrase, or damage.
pub fn unwrap(
    place: Place<'_>,
    passphrase: &Secret,
    wrapped: &Wrapped,
) -> Result<Secret, PassphraseError> {
    if wrapped.kib > MAX_KIB || wrapped.passes > MAX_PASSES || wrapped.salt.len() < SALT_BYTES {
        return Err(PassphraseError::Damaged);
    }
    let key = stretch(passphrase, &wrapped.salt, wrapped.kib, wrapped.passes)?;
    key.open(place, &wrapped.key)
        .map_err(|_| PassphraseError::Wrong)
}

fn stretch(
    passphrase: &Secret,
    salt: &[u8],
    kib: u32,
    passes: u32,
) -> Result<MasterKey, PassphraseError> {
    let crypto = |error: String| PassphraseError::Crypto(error);
    let mut key = vec![0; MASTER_KEY_BYTES];
    let passphrase = passphrase.expose();
    argon2id(
        None, passphrase, salt, None, None, passes, LANES, kib, &mut key,
    )
    .map_err(|error| crypto(error.to_string()))?;
    MasterKey::new(Secret::new(key)).ok_or_else(|| crypto("a key of another length".to_owned()))
}

/// Memory in KiB (RFC 9106 §4, second recommended option).
const KIB: u32 = 64 << 10;

/// Passes (RFC 9106 §4).
const PASSES: u32 = 3;

/// Lanes (RFC 9106 §4).
const LANES: u32 = 4;

/// Bytes of a salt (RFC 9106 §4).
const SALT_BYTES: usize = 16;

/// The most memory that something sealed may ask for: 1 GiB.
const MAX_KIB: u32 = 1 << 20;

/// The most passes that something sealed may ask for.
const MAX_PASSES: u32 = 64;

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place<'_> = Place {
        table: "test",
        row: 0,
        column: "secret",
    };

    #[test]
    fn only_the_passphrase_opens_what_it_sealed() {
        let right = Secret::new(b"correct horse".to_vec());
        let wrapped = wrap(PLACE, &right, b"canary").expect("sealed");
        let opened = unwrap(PLACE, &right, &wrapped).expect("opened");
        assert_eq!(opened.expose(), b"canary");
        let wrong = Secret::new(b"correct hors".to_vec());
        let refused = unwrap(PLACE, &wrong, &wrapped);
        assert!(
            matches!(refused, Err(PassphraseError::Wrong)),
            "{refused:?}"
        );
    }

    #[test]
    fn a_cost_that_is_not_ours_is_not_paid() {
        let passphrase = Secret::new(b"x".to_vec());
        let endless = Wrapped {
            salt: vec![0; SALT_BYTES],
            kib: u32::MAX,
            passes: 1,
            key: Vec::new(),
        };
        let refused = unwrap(PLACE, &passphrase, &endless);
        assert!(
            matches!(refused, Err(PassphraseError::Damaged)),
            "{refused:?}"
        );
    }

    #[test]
    fn a_passphrase_ends_where_its_line_ends() {
        let file = std::env::temp_dir().join(format!("wb-passphrase-{}", std::process::id()));
        for (text, expected) in [
            ("a b \r\n", Some("a b ")),
            ("x", Some("x")),
            ("x\r\ny\n", Some("x")),
            ("\nx", None),
        ] {
            std::fs::write(&file, text).expect("a file");
            let read = read_file(&file).ok();
            let read = read.map(|secret| secret.expose().to_vec());
            assert_eq!(read.as_deref(), expected.map(str::as_bytes), "{text:?}");
        }
        std::fs::remove_file(&file).expect("gone");
        let missing = read_file(&file).expect_err("no file").to_string();
        assert!(missing.contains("cannot be read"), "{missing}");
    }
}
