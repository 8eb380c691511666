//! Who is at the other end, as a value. Exchange logic compares and stores peers,
//! it never looks inside: whether the bytes are a socket address, a DTLS session
//! or a phone number is known only to the room that owns the listener.

use std::fmt;

/// Longest address in bytes: an IPv6 address, a port and half a zone, or a session
/// number with room to spare.
pub const MAX_ADDRESS_BYTES: usize = 22;

/// The listener through which a peer is reached. Answers leave through the one
/// that the question came in by (conformance CO-29).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ListenerId(pub u8);

/// A listener and an address that means something to it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Peer {
    address: [u8; MAX_ADDRESS_BYTES],
    len: u8,
    listener: ListenerId,
}

impl Peer {
    /// `None` if `address` is longer than [`MAX_ADDRESS_BYTES`].
    #[must_use]
    pub fn new(listener: ListenerId, address: &[u8]) -> Option<Self> {
        let mut bytes = [0; MAX_ADDRESS_BYTES];
        bytes.get_mut(..address.len())?.copy_from_slice(address);
        Some(Self {
            address: bytes,
            len: u8::try_from(address.len()).ok()?,
            listener,
        })
    }

    /// The listener.
    #[must_use]
    pub const fn listener(&self) -> ListenerId {
        self.listener
    }

    /// Everything that tells it from others, as numbers.
    pub(crate) fn words(&self) -> [u64; 3] {
        let mut bytes = [0; 24];
        let (address, rest) = bytes.split_at_mut(MAX_ADDRESS_BYTES);
        address.copy_from_slice(&self.address);
        rest.copy_from_slice(&[self.len, self.listener.0]);
        let (words, _) = bytes.as_chunks::<8>();
        std::array::from_fn(|at| words.get(at).map_or(0, |word| u64::from_be_bytes(*word)))
    }

    /// The address as the listener gave it.
    #[must_use]
    pub fn address(&self) -> &[u8] {
        self.address
            .get(..usize::from(self.len))
            .unwrap_or_default()
    }
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@", self.listener.0)?;
        self.address()
            .iter()
            .try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
