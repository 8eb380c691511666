//! Who may speak for which endpoint: credentials, what a session proved, and what
//! follows when either changes (Transport 1.1.1 §5.2).
//!
//! Handshakes and records are `secure`'s; here their outcome meets the endpoint names
//! of LwM2M. Start reading at `binding`.

pub mod binding;
mod blocked;
pub mod credentials;
mod fact;
pub(crate) mod failing;
mod news;
mod refused;
pub(crate) mod sessions;
mod trial;

pub use blocked::{Blocked, BlockedProof};
pub use fact::{Fact, FailedHandshake};
pub use news::SecurityNews;
pub use refused::{RefusalCause, RefusedRegistration};
pub use sessions::{ASSOCIATIONS, Session, association_of, at, peer_of};
pub use trial::Trial;

use crate::credential::{Credential, CredentialId, Proof, Role};
use clock::{Instant, Now};
use coap::{ListenerId, Peer};
use credentials::{CredentialConflict, Credentials, Shown};
use failing::Failures;
use secure::{AssociationId, Guard, Identity, Keyring, SetupError};
use sessions::Sessions;
use std::collections::BTreeSet;

/// Everything that the engine knows of security.
#[derive(Default)]
pub(crate) struct Security {
    /// Runs the handshakes; none where the engine was made without.
    pub(crate) guard: Option<Guard>,
    /// When the guard wants to be woken.
    pub(crate) wake_at: Option<Instant>,
    /// Listeners whose datagrams are DTLS.
    pub(crate) listeners: BTreeSet<ListenerId>,
    pub(crate) credentials: Credentials,
    pub(crate) sessions: Sessions,
    pub(crate) failures: Failures,
    pub(crate) blocked: Blocked,
    anchors: Vec<Box<[u8]>>,
}

impl Security {
    /// Without credentials yet, but with those who are kept out.
    pub(crate) fn new(blocked: Blocked) -> Self {
        Self {
            blocked,
            ..Self::default()
        }
    }

    /// Has a guard run the handshakes from now on.
    pub(crate) fn begin(
        &mut self,
        now: Now,
        config: secure::Config,
        seed: [u8; 32],
    ) -> Result<(), SetupError> {
        self.guard = Some(Guard::new(now, config, Keyring::new(), seed)?);
        Ok(())
    }

    /// Whether what a peer sends is DTLS.
    pub(crate) fn is_secure(&self, peer: Peer) -> bool {
        self.listeners.contains(&peer.listener())
    }

    /// Puts a credential in force; yields those that it replaces.
    pub(crate) fn put(
        &mut self,
        credential: Credential,
    ) -> Result<Vec<Credential>, CredentialConflict> {
        let (role, proof) = (credential.role, credential.proof.clone());
        let former = self.credentials.put(credential)?;
        for former in &former {
            self.take_from_keyring(former);
        }
        let is_blocked = credentials::shown(&proof).is_some_and(|own| self.blocked.has_shown(own));
        if role == Role::Management && !is_blocked {
            self.put_into_keyring(&proof);
        }
        Ok(former)
    }

    /// Keeps these out and no others.
    pub(crate) fn block(&mut self, blocked: Blocked) {
        let former = std::mem::replace(&mut self.blocked, blocked);
        let released: Vec<_> = former
            .proofs
            .difference(&self.blocked.proofs)
            .cloned()
            .collect();
        for proof in released {
            let known = self.credentials.showing(Role::Management, proof.shown());
            let known = known.into_iter().next();
            if let Some(proof) = known.map(|own| own.proof.clone()) {
                self.put_into_keyring(&proof);
            }
        }
        if let Some(guard) = &mut self.guard {
            for proof in &self.blocked.proofs {
                take_out(guard.keyring_mut(), proof.shown());
            }
        }
    }

    /// Identities with a session that are kept out.
    pub(crate) fn blocked_identities(&self) -> Vec<Identity> {
        let all = self.sessions.identities();
        all.filter(|own| self.blocked.has(own)).cloned().collect()
    }

    /// Sessions that nothing allows which is in force today. A credential that was made after
    /// the session has another key, or was another's. Of a certificate that an authority
    /// vouched for it is not known which one did.
    pub(crate) fn unproven(&self) -> Vec<AssociationId> {
        let stands = |own: &Session| {
            let mut named = self
                .credentials
                .of_identity(Role::Management, &own.identity);
            let vouched = matches!(*own.identity, Identity::Certificate(_));
            named.any(|credential| credential.created_at <= own.since)
                || (vouched && !self.anchors.is_empty())
        };
        let all = self.sessions.iter().filter(|own| !stands(own));
        all.map(|own| own.association).collect()
    }

    fn put_into_keyring(&mut self, proof: &Proof) {
        let Some(guard) = &mut self.guard else {
            return;
        };
        let keyring = guard.keyring_mut();
        match proof {
            Proof::Psk { identity, key } => drop(keyring.put_psk(identity, key.clone())),
            Proof::PublicKey { key } => keyring.put_public_key(key),
            Proof::Certificate { pinned: Some(der) } => keyring.pin_certificate(der),
            Proof::Certificate { pinned: None } | Proof::NoSec => {}
        }
    }

    /// Takes a credential out of force.
    pub(crate) fn remove(&mut self, id: CredentialId) -> Option<Credential> {
        let former = self.credentials.remove(id)?;
        self.take_from_keyring(&former);
        Some(former)
    }

    /// Whether several devices may prove the same identity.
    pub(crate) fn is_shared(&self, identity: &Identity) -> bool {
        binding::is_shared(&self.credentials, Role::Management, identity)
    }

    /// Whether a credential in force has the proof of one that is not any more.
    pub(crate) fn has_proof(&self, former: &Credential) -> bool {
        let Some(shown) = credentials::shown(&former.proof) else {
            return false;
        };
        let mut all = self.credentials.showing(former.role, shown);
        all.any(|own| own.proof == former.proof)
    }

    fn take_from_keyring(&mut self, former: &Credential) {
        if former.role != Role::Management || self.has_proof(former) {
            return;
        }
        if let Some(guard) = &mut self.guard
            && let Some(shown) = credentials::shown(&former.proof)
        {
            take_out(guard.keyring_mut(), shown);
        }
    }

    /// Believes these authorities; whether one is believed no more.
    pub(crate) fn set_anchors(&mut self, anchors: Vec<Box<[u8]>>) -> bool {
        let lost = self.anchors.iter().any(|old| !anchors.contains(old));
        if let Some(guard) = &mut self.guard {
            guard.keyring_mut().set_trust_anchors(anchors.clone());
        }
        self.anchors = anchors;
        lost
    }

    /// Identities with a session that an authority vouched for.
    pub(crate) fn certificates_by_authority(&self) -> Vec<Identity> {
        let by_authority = |identity: &&Identity| {
            matches!(identity, Identity::Certificate(_))
                && self
                    .credentials
                    .of_identity(Role::Management, identity)
                    .next()
                    .is_none()
        };
        let all = self.sessions.identities().filter(by_authority);
        all.cloned().collect()
    }

    /// Identities with a session that a proof allowed.
    pub(crate) fn identities_of(&self, proof: &Proof) -> Vec<Identity> {
        let Proof::Certificate { pinned: Some(der) } = proof else {
            return match proof {
                Proof::Psk { identity, .. } => vec![Identity::Psk(identity.clone())],
                Proof::PublicKey { key } => vec![Identity::PublicKey(key.clone())],
                Proof::Certificate { .. } | Proof::NoSec => Vec::new(),
            };
        };
        let all = self.sessions.identities();
        let meant = all.filter(|own| matches!(own, Identity::Certificate(own) if own.der == *der));
        meant.cloned().collect()
    }
}

/// Nobody who shows this gets in any more.
fn take_out(keyring: &mut Keyring, shown: Shown<'_>) {
    match shown {
        Shown::Psk(identity) => keyring.remove_psk(identity),
        Shown::PublicKey(key) => keyring.remove_public_key(key),
        Shown::Certificate(der) => keyring.unpin_certificate(der),
    }
}

impl std::fmt::Debug for Security {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Security")
            .field("listeners", &self.listeners)
            .field("sessions", &self.sessions)
            .finish_non_exhaustive()
    }
}
