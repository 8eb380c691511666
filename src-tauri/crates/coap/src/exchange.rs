//! One thing asked of a peer and how far it is. Values; what moves them stands in
//! `link::asking`.

use std::collections::VecDeque;

use clock::Instant;

use crate::message::Message;
use crate::output::{ExchangeId, NotificationId};
use crate::token::Token;
use crate::transfer::Transfer;
use crate::transmission::Transmission;

/// Something under way or waiting.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) id: ExchangeId,
    /// Of the message under way.
    pub(crate) token: Token,
    pub(crate) purpose: Purpose,
    pub(crate) stage: Stage,
    /// Tries of the present block.
    pub(crate) tries: u32,
}

/// What it is for.
#[derive(Debug)]
pub(crate) enum Purpose {
    /// A response is wanted.
    Request(Box<Transfer>),
    /// A response that begins the observation with that token.
    Establish(Box<Transfer>, Token),
    /// A response that ends it.
    Cancel(Box<Transfer>, Token),
    /// The rest of a large notification.
    Rest(Box<Transfer>, Rest),
    /// A notification of ours.
    Notification(Box<Message>),
    /// A sign of life.
    Ping,
}

/// Of which notification the rest is being fetched.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rest {
    pub(crate) id: NotificationId,
    pub(crate) fresh: bool,
}

/// How far its present message is.
#[derive(Debug)]
pub(crate) enum Stage {
    /// To be sent as soon as there is a message id.
    Ready,
    /// Sent, confirmable, not acknowledged.
    Sent(Transmission),
    /// Acknowledged; the response is to come by then.
    Acknowledged(Instant),
    /// Sent without asking for an acknowledgement; the response is to come by then.
    Unreliable(Instant, u16),
}

impl Exchange {
    pub(crate) fn new(id: ExchangeId, token: Token, purpose: Purpose) -> Self {
        Self {
            id,
            token,
            purpose,
            stage: Stage::Ready,
            tries: 0,
        }
    }

    /// Its transfer, unless no response is wanted.
    pub(crate) fn transfer(&self) -> Option<&Transfer> {
        match &self.purpose {
            Purpose::Request(transfer)
            | Purpose::Establish(transfer, _)
            | Purpose::Cancel(transfer, _)
            | Purpose::Rest(transfer, _) => Some(transfer),
            Purpose::Notification(_) | Purpose::Ping => None,
        }
    }

    pub(crate) fn transfer_mut(&mut self) -> Option<&mut Transfer> {
        match &mut self.purpose {
            Purpose::Request(transfer)
            | Purpose::Establish(transfer, _)
            | Purpose::Cancel(transfer, _)
            | Purpose::Rest(transfer, _) => Some(transfer),
            Purpose::Notification(_) | Purpose::Ping => None,
        }
    }

    /// Whether part of a body is out and not all of it is answered.
    pub(crate) fn is_uploading(&self) -> bool {
        self.transfer().is_some_and(|transfer| {
            transfer.uploads() && (self.tries > 0 || !transfer.begins_body())
        })
    }

    /// Whether the caller knows of it.
    pub(crate) const fn is_own(&self) -> bool {
        !matches!(self.purpose, Purpose::Rest(..))
    }

    /// The id of its message under way.
    pub(crate) const fn mid(&self) -> Option<u16> {
        match &self.stage {
            Stage::Sent(transmission) => Some(transmission.mid),
            Stage::Unreliable(_, mid) => Some(*mid),
            Stage::Ready | Stage::Acknowledged(_) => None,
        }
    }

    fn due(&self, next_ids: Instant) -> Instant {
        match &self.stage {
            Stage::Ready => next_ids,
            Stage::Sent(transmission) => transmission.due,
            Stage::Acknowledged(until) | Stage::Unreliable(until, _) => *until,
        }
    }
}

/// What goes on with one peer at our wish.
#[derive(Debug, Default)]
pub(crate) struct Exchanges {
    /// At most NSTART (RFC 7252 §4.7; conformance CO-17).
    pub(crate) active: Vec<Exchange>,
    /// First come, first served.
    pub(crate) waiting: VecDeque<Exchange>,
}

impl Exchanges {
    /// Takes out the active exchange that `wanted` picks.
    pub(crate) fn take(&mut self, wanted: impl Fn(&Exchange) -> bool) -> Option<Exchange> {
        let at = self.active.iter().position(wanted)?;
        Some(self.active.remove(at))
    }

    /// Takes out an exchange, active or not.
    pub(crate) fn take_any(&mut self, wanted: impl Fn(&Exchange) -> bool) -> Option<Exchange> {
        self.take(&wanted).or_else(|| {
            let at = self.waiting.iter().position(&wanted)?;
            self.waiting.remove(at)
        })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.active.is_empty() && self.waiting.is_empty()
    }

    /// When the next of them wants attention; `next_ids` is when those without a
    /// message id may get one.
    pub(crate) fn next_due(&self, next_ids: Instant) -> Option<Instant> {
        self.active
            .iter()
            .map(|exchange| exchange.due(next_ids))
            .min()
    }
}
