//! What goes into a [`Guard`](crate::Guard) and what comes out of it.

use crate::address::Address;
use crate::association_id::AssociationId;
use crate::failure::{Failure, Step};
use crate::identity::Identity;
use crate::saved::SavedAssociation;
use crate::server_name::ServerName;
use clock::Instant;

/// What happens to a guard.
#[derive(Debug)]
pub enum Input<'a> {
    /// A datagram came in.
    Datagram {
        /// Where it came from.
        from: Address,
        /// What it holds.
        bytes: &'a [u8],
    },
    /// Something is to be sent; one record, one datagram.
    Send {
        /// To whom.
        association: AssociationId,
        /// The plaintext.
        bytes: &'a [u8],
    },
    /// An association is to end, with a close_notify.
    Close {
        /// Which.
        association: AssociationId,
    },
    /// A reservation of send numbers is on disk.
    Reserved {
        /// Whose.
        association: AssociationId,
        /// What [`SavedAssociation::reserved`] said.
        through: u64,
    },
    /// Time has passed.
    Wake,
}

/// What a guard wants.
#[derive(Debug)]
pub enum Output {
    /// A datagram is to leave.
    Transmit {
        /// Where to.
        to: Address,
        /// What.
        bytes: Vec<u8>,
    },
    /// Authentic plaintext came in.
    Received {
        /// From whom.
        association: AssociationId,
        /// What.
        bytes: Vec<u8>,
    },
    /// A handshake went a step further.
    Stepped {
        /// Whose.
        from: Address,
        /// Which step is done.
        step: Step,
        /// The PSK identity, once it was named.
        psk_identity: Option<Box<[u8]>>,
    },
    /// A handshake is complete.
    Established(Established),
    /// A peer sends from another address; what is sent to it goes there now.
    Moved {
        /// Who.
        association: AssociationId,
        /// The old address.
        from: Address,
        /// The new one.
        to: Address,
    },
    /// Something is longer than the peer takes, and was not sent; see
    /// [`Association::max_plaintext`](crate::Association::max_plaintext).
    TooLong {
        /// To whom it was to go.
        association: AssociationId,
        /// How long it is, in bytes.
        bytes: usize,
        /// Most bytes that the peer takes.
        most: u16,
    },
    /// An association is over.
    Ended {
        /// Which.
        association: AssociationId,
        /// Why.
        why: EndCause,
    },
    /// A handshake came to nothing.
    Failed(Failure),
    /// An association is to be saved, in place of what was saved of it before. Nothing is
    /// sent past the numbers that it reserves until [`Input::Reserved`] comes; the first
    /// one of an association needs no answer, as long as it is stored before the second.
    Save(SavedAssociation),
    /// A saved association is to be forgotten.
    Forget(AssociationId),
    /// Nothing more to do until then. Always the last.
    WakeAt(Option<Instant>),
}

/// A new association.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Established {
    /// Its name.
    pub association: AssociationId,
    /// Who the peer is.
    pub identity: Identity,
    /// Where it is.
    pub from: Address,
    /// The IANA name of the suite.
    pub suite: &'static str,
    /// The server name that chose our key, if the peer asked for one that we have.
    pub server_name: Option<ServerName>,
    /// Bytes of the Connection ID that the peer's records carry, so that it may move; 0
    /// where they carry none.
    pub cid_bytes: usize,
    /// Whether an earlier session was resumed.
    pub resumed: bool,
    /// The associations that were at the address before and that it stands for; they are
    /// over.
    pub replaces: Vec<AssociationId>,
}

/// Why an association is over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EndCause {
    /// The peer closed it.
    ClosedByPeer,
    /// The peer sent a fatal alert with that number.
    Alert(u8),
    /// We were asked to.
    ClosedHere,
    /// The peer made a new one from the same address.
    Replaced,
    /// It was heard longest ago when there was no more room.
    Evicted,
    /// Its numbers are used up, or too many forged records came for it.
    WornOut,
}

/// How far the receive window of an association has moved.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Position {
    /// Whose.
    pub association: AssociationId,
    /// The newest number received; a restored association takes only later ones.
    pub newest: u64,
}
