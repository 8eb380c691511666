//! Credentials: which identity may speak for which endpoint, on which server. The
//! keys themselves are used by `secure` only; what binds them is decided here.

use crate::ids::EndpointName;
use clock::UnixTime;
use secure::Secret;

/// Names a credential for good.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct CredentialId(pub u64);

/// What one or several devices prove themselves with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Credential {
    /// Its id.
    pub id: CredentialId,
    /// For whom it is.
    pub holder: Holder,
    /// For which of our servers.
    pub role: Role,
    /// What it consists of.
    pub proof: Proof,
    /// Whether several endpoints use it on purpose (conformance SEC-22).
    pub shared: bool,
    /// When it was made.
    pub created_at: UnixTime,
}

/// For whom a credential is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Holder {
    /// One endpoint.
    Endpoint(EndpointName),
    /// Every endpoint whose name fits: `*` stands for any characters.
    Pattern(Box<str>),
}

/// The server that a credential opens.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Role {
    /// The LwM2M server.
    Management,
    /// The LwM2M bootstrap server.
    Bootstrap,
}

/// What a credential consists of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Proof {
    /// A pre-shared key with its identity.
    Psk {
        /// Up to 128 arbitrary bytes.
        identity: Box<[u8]>,
        /// 1 to 64 bytes.
        key: Secret,
    },
    /// A raw public key.
    PublicKey {
        /// DER of the SubjectPublicKeyInfo.
        key: Box<[u8]>,
    },
    /// A certificate.
    Certificate {
        /// DER of exactly this one; without it the trust anchors decide, and its
        /// common name or an alternative name is the endpoint.
        pinned: Option<Box<[u8]>>,
    },
    /// None: the endpoint may come without security.
    NoSec,
}

impl Proof {
    /// The mode as the contract names it.
    #[must_use]
    pub const fn mode(&self) -> &'static str {
        match self {
            Self::Psk { .. } => "psk",
            Self::PublicKey { .. } => "rpk",
            Self::Certificate { .. } => "x509",
            Self::NoSec => "nosec",
        }
    }
}
