//! The facts of security that outlive a run: which credential was used, which
//! handshake failed and why, and what is needed to go on with an association.

use super::refused::RefusedRegistration;
use crate::credential::CredentialId;
use clock::UnixTime;
use coap::ListenerId;
use secure::{Address, AssociationId, Failure, Position, SavedAssociation};
use std::sync::Arc;

/// One fact of security.
#[derive(Clone, PartialEq, Debug)]
pub enum Fact {
    /// A handshake named a credential.
    CredentialUsed {
        /// Which.
        credential: CredentialId,
        /// When.
        at: UnixTime,
        /// Whether it proved right.
        accepted: bool,
    },
    /// A handshake came to nothing.
    HandshakeFailed(Arc<FailedHandshake>),
    /// A registration was turned down.
    RegistrationRefused(Arc<RefusedRegistration>),
    /// What is needed to go on with an association; replaces what was there of it.
    Association(Arc<SavedAssociation>),
    /// A device sends from another address.
    AssociationMoved {
        /// In which association.
        association: AssociationId,
        /// Where it is now: the listener, then the address.
        to: Address,
        /// Since when.
        at: UnixTime,
    },
    /// An association is over.
    AssociationEnded {
        /// Which.
        association: AssociationId,
    },
    /// How far the receive windows have moved: what came before is never taken again.
    Positions(Vec<Position>),
}

/// A handshake that came to nothing, with the listener that it came through.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FailedHandshake {
    /// The listener.
    pub listener: ListenerId,
    /// What was seen, and why.
    pub failure: Failure,
}
