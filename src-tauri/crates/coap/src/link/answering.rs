//! Answers and notifications of ours: in the acknowledgement, in a message of their
//! own, or block by block when they are large. What is asked stands in `serving`.

use crate::block::Block;
use crate::dedup::Answer;
use crate::exchange::{Exchange, Purpose};
use crate::fingerprint::Fingerprint;
use crate::message::{Kind, Message};
use crate::option;
use crate::output::{ExchangeId, Output, RequestId};
use crate::request::Response;
use crate::serve;
use crate::token::Token;
use crate::transmission::Transmission;

use super::Link;

/// Answers in messages of their own that wait for an acknowledgement of one peer. One
/// more is sent once only.
const RESPONSES_PER_PEER: usize = 64;

impl Link<'_> {
    /// Answers a request.
    pub(crate) fn respond(&mut self, id: &RequestId, mut response: Response) {
        if id.observes && response.code.is_success() && response.options.observe().is_some() {
            let most = self.ctx.limits.observations;
            let observers = &mut self.state.busy().observers;
            if observers.len() < most || observers.contains_key(&id.token) {
                observers.insert(id.token, id.fingerprint);
            }
        }
        self.cut(Some(id.fingerprint), id.block2, &mut response);
        if let Some(block) = id.block1 {
            response.options.set_uint(option::BLOCK1, block.to_value());
            let also = self
                .state
                .busy
                .as_mut()
                .and_then(|busy| busy.bodies.answer(id.fingerprint, &response));
            if let Some(also) = also {
                self.reply(&also, response.clone());
            }
        }
        self.reply(id, response);
    }

    /// Leaves a request without an answer for good.
    pub(crate) fn ignore(&mut self, id: &RequestId) {
        self.ctx.counters.dropped += 1;
        self.settle(id.mid, Answer::Silence);
    }

    /// Sends a notification of ours.
    pub(crate) fn notify(
        &mut self,
        id: ExchangeId,
        token: Token,
        sequence: u32,
        mut response: Response,
        confirmable: bool,
    ) {
        if response.code.is_success() {
            response
                .options
                .set_uint(option::OBSERVE, sequence & 0xff_ffff);
        }
        let ends = !response.code.is_success();
        let busy = self.state.busy.as_mut();
        let key = busy.and_then(|busy| {
            // An error is the last word (RFC 7641 §4.2).
            if ends {
                busy.observers.remove(&token)
            } else {
                busy.observers.get(&token).copied()
            }
        });
        self.cut(key, None, &mut response);
        let Response {
            code,
            options,
            payload,
        } = response;
        let kind = if confirmable {
            Kind::Confirmable
        } else {
            Kind::NonConfirmable
        };
        let message = Message {
            kind,
            code,
            mid: 0,
            token,
            options,
            payload,
        };
        if confirmable {
            return self.enqueue(Exchange::new(
                id,
                token,
                Purpose::Notification(Box::new(message)),
            ));
        }
        self.ctx.exchanges.remove(&id);
        if let Some(mid) = self.give_mid() {
            let bytes = Message { mid, ..message }.encode();
            let until = self.now + self.ctx.non_lifetime;
            self.state.busy().sent_notification(mid, id, token, until);
            self.ctx.transmit(self.peer, bytes);
        }
        self.ctx.emit(Output::Delivered {
            id,
            peer: self.peer,
        });
    }

    /// Sends an answer: in the acknowledgement if that is not out yet, else in a
    /// message of its own (RFC 7252 §5.2).
    pub(super) fn reply(&mut self, id: &RequestId, response: Response) {
        let Response {
            code,
            options,
            payload,
        } = response;
        let mut message = Message {
            kind: Kind::Acknowledgement,
            code,
            mid: id.mid,
            token: id.token,
            options,
            payload,
        };
        if id.kind == Kind::Confirmable {
            match self.state.remembered.find(self.now, id.mid) {
                Some(Answer::Pending(_)) => {
                    let (_, bytes) = self.guard(id, message);
                    self.settle(id.mid, Answer::Message(bytes.as_slice().into()));
                    return self.ctx.transmit(self.peer, bytes);
                }
                Some(Answer::Acknowledged) | None => message.kind = Kind::Confirmable,
                Some(Answer::Message(_) | Answer::Reset | Answer::Silence) => return,
            }
        } else {
            message.kind = Kind::NonConfirmable;
        }
        let Some(mid) = self.give_mid() else {
            self.ctx.counters.failed += 1;
            return;
        };
        message.mid = mid;
        let (kind, bytes) = self.guard(id, message);
        if kind == Kind::Confirmable {
            self.expect_acknowledgement(id, mid, &bytes);
        }
        self.ctx.transmit(self.peer, bytes);
    }

    /// An answer in a message of its own is sent again until it is acknowledged.
    fn expect_acknowledgement(&mut self, id: &RequestId, mid: u16, bytes: &[u8]) {
        let most = self.repetitions(id, bytes.len());
        let timeout = self.ctx.first_timeout();
        let transmission = Transmission::new(mid, bytes.to_vec(), self.now, timeout, most);
        let responses = &mut self.state.busy().responses;
        if responses.len() < RESPONSES_PER_PEER {
            responses.push(transmission);
        }
    }

    /// Leaves of a large answer the block asked for, and keeps the whole under `key`.
    fn cut(&mut self, key: Option<Fingerprint>, asked: Option<Block>, response: &mut Response) {
        let szx = self.ctx.block_szx(self.peer);
        let large = serve::is_large(response, asked.map_or(szx, |asked| asked.szx.min(szx)));
        if large {
            serve::tag(response);
        }
        if let Some(key) = key.filter(|_| large) {
            let total = self.ctx.limits.reassembly_bytes;
            let served = &mut self.state.busy().served;
            served.keep(self.now, key, response, &mut self.ctx.body_bytes, total);
        }
        if large || asked.is_some() && response.code.is_success() {
            let mut part = serve::cut(response, asked, szx);
            // The number is that of the representation whose first block this is.
            if asked.is_some_and(|asked| asked.num > 0) {
                part.options.remove(option::OBSERVE);
            }
            *response = part;
        }
    }
}
