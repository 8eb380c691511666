//! Who a peer proved to be. Which endpoints an identity may speak for is decided
//! above this crate; here stands what the handshake showed.

use clock::UnixTime;

/// Longest identity of a pre-shared key in bytes (Transport 1.1.1 §5.2.8.1;
/// conformance SEC-05).
pub const MAX_PSK_IDENTITY_BYTES: usize = 128;

/// Longest pre-shared key in bytes (Transport 1.1.1 §5.2.8.1; conformance SEC-05).
pub const MAX_PSK_BYTES: usize = 64;

/// An identity that a handshake proved.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Identity {
    /// The identity that goes with a pre-shared key, byte for byte.
    Psk(Box<[u8]>),
    /// A raw public key, as DER of its SubjectPublicKeyInfo.
    PublicKey(Box<[u8]>),
    /// A certificate that chains up to a trust anchor or is pinned.
    Certificate(Box<Certificate>),
}

/// What of a certificate counts afterwards.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Certificate {
    /// The whole certificate as DER.
    pub der: Box<[u8]>,
    /// The subject's common name.
    pub common_name: Option<Box<str>>,
    /// DNS names and URIs of the subject alternative name, in order.
    pub alternative_names: Vec<Box<str>>,
    /// When it expires.
    pub not_after: UnixTime,
}
