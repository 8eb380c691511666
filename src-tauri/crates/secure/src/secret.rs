//! Bytes that nobody may read by accident: wiped when dropped, compared in constant
//! time, and never printed.

use std::fmt;
use zeroize::Zeroizing;

/// A key, or anything else that must not reach a log.
#[derive(Clone)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes the bytes over.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes, for the one who has to use them.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// How many bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && openssl::memcmp::eq(self.expose(), other.expose())
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({} bytes)", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_never_printed_and_compares_by_value() {
        let secret = Secret::new(b"canary".to_vec());
        assert_eq!(format!("{secret:?}"), "Secret(6 bytes)");
        assert_eq!(secret, Secret::new(b"canary".to_vec()));
        assert_ne!(secret, Secret::new(b"canarz".to_vec()));
    }
}
