//! Where a datagram came from, as bytes that only the owner of the socket reads.

use std::fmt;
use std::ops::Range;

/// Longest address in bytes: an IPv6 address, a port, a zone, and the listener.
pub const MAX_ADDRESS_BYTES: usize = 23;

/// An address below the security layer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Address {
    bytes: [u8; MAX_ADDRESS_BYTES],
    len: u8,
}

impl Address {
    /// `None` if `address` is longer than [`MAX_ADDRESS_BYTES`].
    #[must_use]
    pub fn new(address: &[u8]) -> Option<Self> {
        let mut bytes = [0; MAX_ADDRESS_BYTES];
        bytes.get_mut(..address.len())?.copy_from_slice(address);
        Some(Self {
            bytes,
            len: u8::try_from(address.len()).ok()?,
        })
    }

    /// The bytes as given.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }

    /// Those of its bytes that lie in `range`.
    pub(crate) fn part(&self, range: Range<usize>) -> &[u8] {
        let bytes = self.as_bytes();
        let end = range.end.min(bytes.len());
        bytes.get(range.start..end).unwrap_or_default()
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_bytes()
            .iter()
            .try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
