//! Whom a person keeps out: endpoints, and whoever proves or names what is listed here.
//! A table only; what a block ends decides `entitlement`, what it silences `knocking`.

use super::credentials::Shown;
use crate::ids::EndpointName;
use secure::{Failure, Identity};
use std::collections::BTreeSet;

/// Who is kept out.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Blocked {
    /// Endpoints that may not register (conformance REG-06).
    pub endpoints: BTreeSet<EndpointName>,
    /// Identities, keys and certificates that open nothing, whatever credentials say.
    pub proofs: BTreeSet<BlockedProof>,
}

/// What somebody is known by who is kept out.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum BlockedProof {
    /// The identity of a pre-shared key.
    Psk(Box<[u8]>),
    /// DER of a SubjectPublicKeyInfo.
    PublicKey(Box<[u8]>),
    /// DER of a certificate.
    Certificate(Box<[u8]>),
}

impl Blocked {
    /// Whether who proved this identity is kept out.
    #[must_use]
    pub fn has(&self, identity: &Identity) -> bool {
        self.has_shown(Shown::from(identity))
    }

    /// Whether who shows this is kept out.
    #[must_use]
    pub fn has_shown(&self, shown: Shown<'_>) -> bool {
        !self.proofs.is_empty() && self.proofs.contains(&BlockedProof::from(shown))
    }

    /// Whether a handshake that failed was that of somebody who is kept out.
    #[must_use]
    pub fn explains(&self, failure: &Failure) -> bool {
        let named = failure.psk_identity.as_deref().map(Shown::Psk);
        // A failure does not say which of the two it was that was shown.
        let shown = failure.shown.as_deref();
        let (key, certificate) = (shown.map(Shown::PublicKey), shown.map(Shown::Certificate));
        let all = [named, key, certificate].into_iter().flatten();
        all.into_iter().any(|one| self.has_shown(one))
    }
}

impl BlockedProof {
    /// What is shown by whom it is about.
    #[must_use]
    pub fn shown(&self) -> Shown<'_> {
        match self {
            Self::Psk(identity) => Shown::Psk(identity),
            Self::PublicKey(key) => Shown::PublicKey(key),
            Self::Certificate(der) => Shown::Certificate(der),
        }
    }
}

impl From<Shown<'_>> for BlockedProof {
    fn from(shown: Shown<'_>) -> Self {
        match shown {
            Shown::Psk(identity) => Self::Psk(identity.into()),
            Shown::PublicKey(key) => Self::PublicKey(key.into()),
            Shown::Certificate(der) => Self::Certificate(der.into()),
        }
    }
}
