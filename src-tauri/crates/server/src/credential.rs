//! Credentials: which identity may speak for which endpoint, on which server. The
//! keys themselves are used by `secure` only; what binds them is decided here.

use crate::ids::EndpointName;
use clock::UnixTime;
use secure::Secret;
use std::fmt;

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

impl Holder {
    /// Whether an endpoint is meant.
    #[must_use]
    pub fn covers(&self, endpoint: &EndpointName) -> bool {
        match self {
            Self::Endpoint(own) => own == endpoint,
            Self::Pattern(pattern) => fits(pattern.as_bytes(), endpoint.as_str().as_bytes()),
        }
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Endpoint(name) => write!(f, "\"{name}\""),
            Self::Pattern(pattern) => write!(f, "the endpoints \"{pattern}\""),
        }
    }
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
    /// The pre-shared key, if it is one.
    #[must_use]
    pub const fn key(&self) -> Option<&Secret> {
        match self {
            Self::Psk { key, .. } => Some(key),
            _ => None,
        }
    }

    /// Gives it another pre-shared key, if it is one.
    pub fn set_key(&mut self, other: Secret) {
        if let Self::Psk { key, .. } = self {
            *key = other;
        }
    }

    /// Its kind.
    #[must_use]
    pub const fn mode(&self) -> Mode {
        match self {
            Self::Psk { .. } => Mode::Psk,
            Self::PublicKey { .. } => Mode::PublicKey,
            Self::Certificate { .. } => Mode::Certificate,
            Self::NoSec => Mode::NoSec,
        }
    }
}

/// How somebody proves itself: the security modes of Transport 1.1.1 §5.2.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Mode {
    /// Not at all.
    NoSec,
    /// With a pre-shared key.
    Psk,
    /// With a raw public key.
    PublicKey,
    /// With a certificate.
    Certificate,
}

impl Mode {
    /// As the contract names it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoSec => "nosec",
            Self::Psk => "psk",
            Self::PublicKey => "rpk",
            Self::Certificate => "x509",
        }
    }
}

/// Whether a name fits a pattern in which `*` stands for any bytes. After a mismatch
/// only the last star is tried further on: an earlier one could only have taken less.
fn fits(pattern: &[u8], name: &[u8]) -> bool {
    let (mut at, mut read) = (0, 0);
    let mut star = None;
    while read < name.len() {
        match pattern.get(at) {
            Some(b'*') => {
                at += 1;
                star = Some((at, read));
            }
            Some(byte) if name.get(read) == Some(byte) => {
                at += 1;
                read += 1;
            }
            _ => {
                let Some((after, taken)) = star else {
                    return false;
                };
                star = Some((after, taken + 1));
                (at, read) = (after, taken + 1);
            }
        }
    }
    let rest = pattern.get(at..).unwrap_or_default();
    rest.iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_characters() {
        for (pattern, name, expected) in [
            ("*", "anything", true),
            ("meter-*", "meter-", true),
            ("meter-*", "meters", false),
            ("*-7", "meter-17-7", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("lamp", "lamp", true),
            ("lamp", "lamps", false),
            ("a**", "a", true),
        ] {
            let holder = Holder::Pattern(pattern.into());
            let name = EndpointName::new(name).expect("a name");
            assert_eq!(holder.covers(&name), expected, "{pattern} {name}");
        }
    }
}
