//! Notifications that come in (RFC 7641 §3): which are news, which are void, and
//! how the rest of a large one is fetched (RFC 7959 §2.6). Their acknowledgement is
//! the caller's, who may want to store them first (conformance OB-02).

use crate::code::Code;
use crate::dedup::Answer;
use crate::exchange::{Exchange, Purpose, Rest};
use crate::message::{Kind, Message};
use crate::option;
use crate::output::{Failure, NotificationId, Output};
use crate::request::Response;
use crate::token::Token;
use crate::transfer::Transfer;

use super::Link;

impl Link<'_> {
    /// Begins or ends an observation on the first success response to its request:
    /// one with Observe begins it, and only that (conformance OB-01, OB-06).
    pub(super) fn note_relation(&mut self, exchange: &Exchange, response: &Response) {
        if !response.code.is_success() || response.code == Code::CONTINUE {
            return;
        }
        match (&exchange.purpose, response.options.observe()) {
            (Purpose::Establish(transfer, token), Some(number)) if transfer.sends_observe() => {
                let last = Some((number, self.now));
                self.observations
                    .insert(self.peer, *token, transfer.request().clone(), last);
            }
            (Purpose::Cancel(_, token), _) => self.end_relation(*token),
            _ => {}
        }
    }

    /// An exchange that was to begin an observation came to nothing after the first
    /// block: nobody would know of the observation.
    pub(super) fn void_relation(&mut self, exchange: &Exchange) {
        if let Purpose::Establish(transfer, token) = &exchange.purpose
            && !transfer.sends_observe()
        {
            self.end_relation(*token);
        }
    }

    /// A message with the token of an observation.
    pub(super) fn handle_notification(&mut self, mut message: Message) {
        let id = NotificationId {
            peer: self.peer,
            mid: message.mid,
            token: message.token,
            kind: message.kind,
        };
        let answer = if id.kind == Kind::Confirmable {
            Answer::Pending(None)
        } else {
            Answer::Silence
        };
        if !self.remember(&message, false, answer) {
            // Unanswered it comes again, and may then be taken.
            self.ctx.counters.dropped += 1;
            return;
        }
        if let Err(number) = message.options.drop_unrecognised() {
            let reason =
                format!("a notification with the unknown option {number}, answered with Reset");
            self.ctx.counters.unexpected += 1;
            self.reset_notification(id);
            self.ctx.emit(Output::Unexpected {
                peer: self.peer,
                reason,
                token: None,
            });
            return;
        }
        let response = Response {
            code: message.code,
            options: message.options,
            payload: message.payload,
        };
        let number = response
            .options
            .observe()
            .filter(|_| response.code.is_success());
        let Some(number) = number else {
            // An error, or news without a number, is the last word (RFC 7641 §3.2).
            self.end_relation(id.token);
            return self.emit_notification(id, true, response);
        };
        let fresh = self
            .observations
            .get_mut(self.peer, id.token)
            .is_some_and(|known| known.refresh(number, self.now));
        if response
            .options
            .block2()
            .is_some_and(|block| block.more || block.num > 0)
        {
            self.fetch_rest(id, fresh, response);
        } else {
            if fresh {
                self.abort_rest(id.token);
            }
            self.emit_notification(id, fresh, strip(response));
        }
    }

    /// The caller has taken the notification.
    pub(crate) fn acknowledge(&mut self, id: NotificationId) {
        if id.kind != Kind::Confirmable {
            return;
        }
        match self.state.remembered.find(self.now, id.mid) {
            Some(Answer::Pending(_)) | None => {
                self.send_empty(Kind::Acknowledgement, id.mid);
                self.settle(id.mid, Answer::Acknowledged);
            }
            Some(_) => {}
        }
    }

    /// The caller does not want it, nor any further one.
    pub(crate) fn reset_notification(&mut self, id: NotificationId) {
        self.end_relation(id.token);
        self.send_reset(id.mid);
        self.settle(id.mid, Answer::Reset);
    }

    /// Ends an observation, and with it the fetch of a notification's rest: nobody
    /// waits for that any more.
    pub(crate) fn end_relation(&mut self, token: Token) {
        if self.observations.remove(self.peer, token) {
            self.abort_rest(token);
        }
    }

    /// Ends the fetch of an older notification's rest, which is out of date
    /// (conformance OB-12).
    pub(crate) fn abort_rest(&mut self, token: Token) {
        let older = self.state.busy.as_mut().and_then(|busy| {
            busy.exchanges.take_any(|exchange| matches!(exchange.purpose, Purpose::Rest(_, rest) if rest.id.token == token))
        });
        if let Some(Exchange {
            id,
            purpose: Purpose::Rest(_, rest),
            ..
        }) = older
        {
            self.ctx.exchanges.remove(&id);
            self.ctx.counters.dropped += 1;
            self.acknowledge(rest.id);
            self.pump();
        }
    }

    /// All blocks of a notification are there.
    pub(super) fn finish_rest(&mut self, rest: Rest, response: Response) {
        if !response.code.is_success() {
            let reason = format!("it answered {} {}", response.code, response.code.name());
            return self.fail_rest(rest, &Failure::BlockTransfer { reason });
        }
        self.state.remembered.postpone(rest.id.mid, None);
        self.emit_notification(rest.id, rest.fresh, response);
    }

    /// The rest of a notification could not be had.
    pub(super) fn fail_rest(&mut self, rest: Rest, failure: &Failure) {
        self.acknowledge(rest.id);
        self.ctx.counters.unexpected += 1;
        let reason = format!("a large notification whose rest could not be fetched: {failure}");
        self.ctx.emit(Output::Unexpected {
            peer: self.peer,
            reason,
            token: None,
        });
    }

    /// Fetches the rest by a request of its own, without Observe and with a new
    /// token. The acknowledgement waits for it as long as for any slow answer, so
    /// that a long transfer does not make the peer give up its notification.
    fn fetch_rest(&mut self, id: NotificationId, fresh: bool, response: Response) {
        if !fresh {
            self.ctx.counters.dropped += 1;
            return self.acknowledge(id);
        }
        self.abort_rest(id.token);
        let Some(known) = self.observations.get(self.peer, id.token) else {
            return;
        };
        let limits = self.ctx.limits.body_bytes;
        let transfer = Transfer::rest(
            known.request.clone(),
            response,
            self.ctx.block_szx(self.peer),
            limits,
        );
        match transfer {
            Ok(transfer) => {
                let due = self.now + self.ctx.params.processing_delay;
                self.state.remembered.postpone(id.mid, Some(due));
                let exchange = self.ctx.open(self.peer);
                let token = self.ctx.token();
                let purpose = Purpose::Rest(Box::new(transfer), Rest { id, fresh });
                self.enqueue(Exchange::new(exchange, token, purpose));
            }
            Err(failure) => self.fail_rest(Rest { id, fresh }, &failure),
        }
    }

    fn emit_notification(&mut self, id: NotificationId, fresh: bool, response: Response) {
        self.ctx.emit(Output::Notification {
            id,
            peer: self.peer,
            token: id.token,
            fresh,
            response,
        });
    }
}

fn strip(mut response: Response) -> Response {
    response.options.remove(option::BLOCK2);
    response.options.remove(option::SIZE2);
    response
}
