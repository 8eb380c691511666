//! Tokens: what matches a response or a notification to its request (RFC 7252
//! §5.3.1). At most eight bytes; longer ones (RFC 8974) are a format error.

use std::fmt;

/// Longest token in bytes (RFC 7252 §3).
pub const MAX_TOKEN_BYTES: usize = 8;

/// Zero to eight bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Token {
    bytes: [u8; MAX_TOKEN_BYTES],
    len: u8,
}

impl Token {
    /// The empty token.
    pub const EMPTY: Self = Self {
        bytes: [0; MAX_TOKEN_BYTES],
        len: 0,
    };

    /// `None` if there are more than eight bytes.
    #[must_use]
    pub fn new(token: &[u8]) -> Option<Self> {
        let mut bytes = [0; MAX_TOKEN_BYTES];
        bytes.get_mut(..token.len())?.copy_from_slice(token);
        Some(Self {
            bytes,
            len: u8::try_from(token.len()).ok()?,
        })
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }
}

impl From<u64> for Token {
    fn from(bits: u64) -> Self {
        Self {
            bytes: bits.to_be_bytes(),
            len: 8,
        }
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("#")?;
        self.as_bytes()
            .iter()
            .try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
