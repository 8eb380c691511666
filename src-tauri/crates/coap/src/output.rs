//! What comes out of [`crate::Endpoint::poll`]: datagrams to send and facts to
//! act upon, in the order in which they arose. Values only, nothing here keeps
//! state. Every failure has words for the person at the screen.

use std::fmt;

use crate::block::Block;
use crate::code::Code;
use crate::fingerprint::Fingerprint;
use crate::message::{Kind, Malformed};
use crate::peer::Peer;
use crate::request::{Request, Response};
use crate::token::Token;

/// Something asked of a peer: a request, a ping or, on the device's side, a
/// notification. Never given twice by one endpoint.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ExchangeId(pub u64);

/// A request of a peer, as long as it waits for [`crate::Endpoint::respond`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RequestId {
    pub(crate) peer: Peer,
    pub(crate) mid: u16,
    pub(crate) token: Token,
    pub(crate) kind: Kind,
    /// Of the last block, when the body came in blocks.
    pub(crate) block1: Option<Block>,
    /// What part of the answer is asked for.
    pub(crate) block2: Option<Block>,
    /// Whether it asks for an observation.
    pub(crate) observes: bool,
    /// What the further blocks of a large answer will be asked for by.
    pub(crate) fingerprint: Fingerprint,
    /// Bytes of the datagram that asked, of the last one when the body came in blocks.
    pub(crate) length: usize,
    /// Whether it may be asked again, in answer to a challenge.
    pub(crate) idempotent: bool,
}

impl RequestId {
    /// Who asked.
    #[must_use]
    pub const fn peer(&self) -> Peer {
        self.peer
    }

    /// The token of the request; of an observation it is the name.
    #[must_use]
    pub const fn token(&self) -> Token {
        self.token
    }

    /// Whether its body came in several messages.
    #[must_use]
    pub const fn in_blocks(&self) -> bool {
        self.block1.is_some()
    }

    /// Whether it came confirmable or not.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The message id, of the last block when there were several.
    #[must_use]
    pub const fn mid(&self) -> u16 {
        self.mid
    }
}

/// A notification, as long as it waits for its acknowledgement.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NotificationId {
    pub(crate) peer: Peer,
    pub(crate) mid: u16,
    pub(crate) token: Token,
    pub(crate) kind: Kind,
}

impl NotificationId {
    /// Who sent it.
    #[must_use]
    pub const fn peer(&self) -> Peer {
        self.peer
    }

    /// Whether it came confirmable or not.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// Its message id.
    #[must_use]
    pub const fn mid(&self) -> u16 {
        self.mid
    }

    /// Its token: which observation it is of.
    #[must_use]
    pub const fn token(&self) -> Token {
        self.token
    }
}

/// One thing to send or to know.
#[derive(Clone, PartialEq, Debug)]
pub enum Output {
    /// A datagram to send.
    Transmit {
        /// To whom.
        peer: Peer,
        /// The datagram.
        bytes: Vec<u8>,
    },
    /// A whole request of a peer, its blocks put together.
    Request {
        /// What to answer with.
        id: RequestId,
        /// Who asks.
        peer: Peer,
        /// What is asked; an Observe option is still in it.
        request: Request,
        /// Length of the datagram that completed it.
        bytes: usize,
    },
    /// The whole response to a request of ours, of whatever code.
    Response {
        /// Which request.
        id: ExchangeId,
        /// Who answered.
        peer: Peer,
        /// The answer; an Observe option is still in it.
        response: Response,
    },
    /// A request or notification of ours came to nothing. A non-confirmable
    /// notification may be rejected after it was [`Output::Delivered`].
    Failed {
        /// Which one.
        id: ExchangeId,
        /// To whom it went.
        peer: Peer,
        /// Why.
        failure: Failure,
    },
    /// A request of ours is still under way.
    Progress {
        /// Which one.
        id: ExchangeId,
        /// How far it is.
        progress: Progress,
    },
    /// A whole notification, to be acknowledged or rejected once. With a 4.xx or 5.xx code it is the last one: the
    /// observation has ended (RFC 7641 §3.2).
    Notification {
        /// What to acknowledge or reject.
        id: NotificationId,
        /// Who sent it.
        peer: Peer,
        /// Which observation.
        token: Token,
        /// Whether it is newer than all before it (RFC 7641 §3.4).
        fresh: bool,
        /// The news.
        response: Response,
    },
    /// A notification of ours was acknowledged or, non-confirmable, sent; or a
    /// ping was answered.
    Delivered {
        /// Which one.
        id: ExchangeId,
        /// By whom.
        peer: Peer,
    },
    /// A datagram that is no message.
    Malformed {
        /// Who sent it.
        peer: Peer,
        /// What is wrong with it.
        malformed: Malformed,
    },
    /// A well-formed message that nobody waits for.
    Unexpected {
        /// Who sent it.
        peer: Peer,
        /// What it was and what became of it.
        reason: String,
        /// The token of an answer that belongs to no question.
        token: Option<Token>,
    },
}

/// Why a request or a notification came to nothing.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Failure {
    /// Nothing was heard at all.
    #[error(
        "no acknowledgement after {transmissions} transmissions; the peer may be offline, asleep or behind another address"
    )]
    NoAcknowledgement {
        /// How often it was sent.
        transmissions: u32,
    },
    /// It arrived, yet no answer did.
    #[error("no response within {seconds} s{}", if *.acknowledged { ", though the request was acknowledged" } else { "" })]
    NoResponse {
        /// Whether an acknowledgement came.
        acknowledged: bool,
        /// How long we waited.
        seconds: u64,
    },
    /// The peer does not know what the message is about.
    #[error("the peer rejected the message with a Reset")]
    Reset,
    /// An answer came that cannot be used.
    #[error("the response cannot be used: {reason}")]
    BadResponse {
        /// What is wrong with it.
        reason: String,
    },
    /// A body in several blocks did not get through.
    #[error("the block-wise transfer failed: {reason}")]
    BlockTransfer {
        /// Where and why.
        reason: String,
    },
}

/// How far a request of ours is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Progress {
    /// It was sent again.
    Retransmission {
        /// For the how manieth time.
        n: u32,
        /// After how many the endpoint gives up.
        of: u32,
    },
    /// Part of a body got through.
    Block {
        /// Blocks done.
        done: u32,
        /// Blocks of the whole, if known.
        total: Option<u32>,
    },
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Retransmission { n, of } => write!(f, "retransmission {n} of {of}"),
            Self::Block {
                done,
                total: Some(total),
            } => write!(f, "block {done} of {total}"),
            Self::Block { done, total: None } => write!(f, "block {done}"),
        }
    }
}

/// Why the endpoint does not take a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refused {
    /// Too many wait for this peer already (conformance CO-17).
    #[error("{limit} requests already wait for this peer; try again when some are done")]
    QueueFull {
        /// How many may wait.
        limit: usize,
    },
    /// The body is larger than the endpoint sends.
    #[error("the body has {bytes} bytes; at most {limit} can be sent")]
    BodyTooLarge {
        /// Length of the body.
        bytes: usize,
        /// The most allowed.
        limit: usize,
    },
    /// The table of observations is full.
    #[error("{limit} observations are in force already; cancel some first")]
    TooManyObservations {
        /// How many may be.
        limit: usize,
    },
    /// The code is no method, or the response code no response.
    #[error("{code} cannot be sent here: a request needs a method, a notification a response code")]
    WrongCode {
        /// The code given.
        code: Code,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_and_failures_read_as_sentences() {
        assert_eq!(
            Progress::Retransmission { n: 2, of: 4 }.to_string(),
            "retransmission 2 of 4"
        );
        assert_eq!(
            Progress::Block {
                done: 37,
                total: Some(412)
            }
            .to_string(),
            "block 37 of 412"
        );
        let none = Failure::NoResponse {
            acknowledged: true,
            seconds: 93,
        };
        assert_eq!(
            none.to_string(),
            "no response within 93 s, though the request was acknowledged"
        );
    }
}
