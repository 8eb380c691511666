//! One peer at one moment: the working handle of the endpoint. Here stands how a
//! message is told apart, remembered and answered; `asking` has our requests,
//! `concluding` what comes back on them, `observing` the notifications that come in, `serving` and `answering`
//! what the peer asks, `guarding` what it may get, `repeating` the timeouts.

mod answering;
mod asking;
mod concluding;
mod guarding;
mod observing;
mod repeating;
mod serving;

use clock::Instant;

use crate::code::Code;
use crate::context::Context;
use crate::dedup::{Answer, Entry};
use crate::message::{Kind, Message};
use crate::observe::Observations;
use crate::output::Output;
use crate::peer::Peer;
use crate::peers::PeerState;

/// A peer, what is kept of it, and what it shares with others.
#[derive(Debug)]
pub(crate) struct Link<'a> {
    pub(crate) now: Instant,
    pub(crate) peer: Peer,
    pub(crate) state: &'a mut PeerState,
    pub(crate) ctx: &'a mut Context,
    pub(crate) observations: &'a mut Observations,
}

impl Link<'_> {
    /// Takes a message; `length` is that of its datagram.
    pub(crate) fn handle_message(&mut self, message: Message, length: usize) {
        let code = message.code;
        match message.kind {
            Kind::Confirmable | Kind::NonConfirmable if code.is_request() => {
                self.handle_request(message, length)
            }
            Kind::Confirmable | Kind::NonConfirmable if code.is_response() => {
                self.handle_separate(message)
            }
            Kind::Confirmable => self.send_reset(message.mid),
            Kind::Acknowledgement if code == Code::EMPTY => {
                self.handle_acknowledgement(message.mid)
            }
            Kind::Acknowledgement if code.is_response() => self.handle_piggybacked(message),
            Kind::Reset if code == Code::EMPTY => self.handle_reset(message.mid),
            _ => self.ctx.counters.dropped += 1,
        }
    }

    /// Does what is due: acknowledgements, retransmissions, giving up.
    pub(crate) fn handle_timeout(&mut self) {
        while let Some(mid) = self.state.remembered.due(self.now) {
            self.send_empty(Kind::Acknowledgement, mid);
            self.settle(mid, Answer::Acknowledged);
        }
        self.repeat_responses();
        self.repeat_exchanges();
        self.pump();
    }

    /// Answers a repetition as the first time. `false` if the message is new.
    fn is_repetition(&mut self, mid: u16) -> bool {
        let Some(answer) = self.state.remembered.find(self.now, mid) else {
            return false;
        };
        self.ctx.counters.duplicates += 1;
        match answer {
            Answer::Pending(_) | Answer::Silence => {}
            Answer::Message(bytes) => {
                let bytes = bytes.to_vec();
                self.ctx.transmit(self.peer, bytes);
            }
            Answer::Acknowledged => self.send_empty(Kind::Acknowledgement, mid),
            Answer::Reset => self.send_reset(mid),
        }
        true
    }

    /// Remembers a new message. `false` if there is no room for it.
    fn remember(&mut self, message: &Message, repeatable: bool, answer: Answer) -> bool {
        let lifetime = match message.kind {
            Kind::NonConfirmable => self.ctx.non_lifetime,
            _ => self.ctx.exchange_lifetime,
        };
        let entry = Entry {
            mid: message.mid,
            repeatable,
            until: self.now + lifetime,
            answer,
        };
        let most = self.ctx.limits.remembered_per_peer;
        self.state
            .remembered
            .admit(self.now, entry, most, &mut self.ctx.room)
    }

    /// Settles what a repetition of a remembered message gets.
    fn settle(&mut self, mid: u16, answer: Answer) {
        self.state
            .remembered
            .settle(mid, answer, &mut self.ctx.room);
    }

    fn send_empty(&mut self, kind: Kind, mid: u16) {
        self.ctx
            .transmit(self.peer, Message::empty(kind, mid).encode());
    }

    fn send_reset(&mut self, mid: u16) {
        self.ctx.counters.resets += 1;
        self.send_empty(Kind::Reset, mid);
    }

    /// A message that nobody waits for: a reset, if it may have one.
    fn reject(&mut self, message: &Message, reason: String) {
        self.ctx.counters.unexpected += 1;
        // RST on a notification ends it at the sender, confirmable or not (OB-03).
        if message.kind == Kind::Confirmable || message.options.observe().is_some() {
            self.send_reset(message.mid);
        }
        self.ctx.emit(Output::Unexpected {
            peer: self.peer,
            reason,
            token: Some(message.token),
        });
    }

    /// A message id, if there is one left for now.
    fn give_mid(&mut self) -> Option<u16> {
        self.state.ids.give(self.now, self.ctx.exchange_lifetime)
    }
}
