//! What comes back on requests, pings and notifications of ours: acknowledgements,
//! resets and responses, matched by message id and token (RFC 7252 §5.3.2). What a
//! response means for a body stands in `transfer`.

use crate::dedup::Answer;
use crate::exchange::{Exchange, Purpose, Stage};
use crate::message::{Kind, Message};
use crate::output::{Failure, Output};
use crate::request::Response;
use crate::transfer::Step;

use super::Link;

impl Link<'_> {
    /// An empty acknowledgement of a message of ours.
    pub(super) fn handle_acknowledgement(&mut self, mid: u16) {
        let Some(mut exchange) = self.take_by_mid(mid) else {
            return;
        };
        match exchange.purpose {
            Purpose::Notification(_) | Purpose::Ping => {
                self.ctx.exchanges.remove(&exchange.id);
                self.ctx.emit(Output::Delivered {
                    id: exchange.id,
                    peer: self.peer,
                });
                self.pump();
            }
            _ => {
                exchange.stage =
                    Stage::Acknowledged(self.now + self.ctx.params.max_transmit_wait());
                self.state.busy().exchanges.active.push(exchange);
            }
        }
    }

    /// A reset of a message of ours.
    pub(super) fn handle_reset(&mut self, mid: u16) {
        if let Some(exchange) = self.take_by_mid(mid) {
            match exchange.purpose {
                Purpose::Ping => {
                    self.ctx.exchanges.remove(&exchange.id);
                    self.ctx.emit(Output::Delivered {
                        id: exchange.id,
                        peer: self.peer,
                    });
                    self.pump();
                }
                _ => self.fail(exchange, Failure::Reset),
            }
            return;
        }
        let recent = self
            .state
            .busy
            .as_mut()
            .and_then(|busy| busy.take_recent(mid));
        if let Some((id, token)) = recent {
            self.state.busy().observers.remove(&token);
            self.ctx.counters.failed += 1;
            self.ctx.emit(Output::Failed {
                id,
                peer: self.peer,
                failure: Failure::Reset,
            });
        }
    }

    /// A response in the acknowledgement of our request. Message id and token must
    /// both be those of the request (RFC 7252 §5.3.2).
    pub(super) fn handle_piggybacked(&mut self, message: Message) {
        let taken = self.state.busy.as_mut().and_then(|busy| {
            busy.exchanges.take(|exchange| {
                exchange.mid() == Some(message.mid)
                    && exchange.token == message.token
                    && exchange.transfer().is_some()
            })
        });
        match taken {
            Some(exchange) => {
                self.state.verified = true;
                self.conclude(exchange, message);
            }
            None => self.ctx.counters.dropped += 1,
        }
    }

    /// A response in a message of its own, or a notification.
    pub(super) fn handle_separate(&mut self, message: Message) {
        if self.is_repetition(message.mid) {
            return;
        }
        let known = self.observations.get(self.peer, message.token).is_some();
        let notifies = known && message.options.observe().is_some();
        let taken = self.state.busy.as_mut().and_then(|busy| {
            busy.exchanges.take(|exchange| {
                // A notification may overtake the answer to our cancellation,
                // which bears the same token and no Observe.
                let cancels = matches!(exchange.purpose, Purpose::Cancel(..)) && notifies;
                exchange.token == message.token && exchange.transfer().is_some() && !cancels
            })
        });
        // Nobody but who receives our requests knows their tokens (CO-16).
        self.state.verified |= known || taken.is_some();
        match taken {
            Some(exchange) => self.take_separate(exchange, message),
            None if known => self.handle_notification(message),
            None => {
                let what = if message.options.observe().is_some() {
                    "a notification"
                } else {
                    "a response"
                };
                let code = message.code;
                self.reject(
                    &message,
                    format!("{what} ({code}) to a question that nobody asks, or no longer"),
                );
            }
        }
    }

    fn take_separate(&mut self, exchange: Exchange, mut message: Message) {
        if message.kind == Kind::NonConfirmable {
            self.remember(&message, true, Answer::Silence);
        } else if message.options.drop_unrecognised().is_ok() {
            self.remember(&message, true, Answer::Acknowledged);
            self.send_empty(Kind::Acknowledgement, message.mid);
        } else {
            self.remember(&message, true, Answer::Reset);
            self.send_reset(message.mid);
        }
        self.conclude(exchange, message);
    }

    /// An exchange has its response; it is whole, or the next block is asked for.
    fn conclude(&mut self, mut exchange: Exchange, mut message: Message) {
        if let Err(number) = message.options.drop_unrecognised() {
            let reason =
                format!("its option {number} must be understood and is not (RFC 7252 §5.4.1)");
            return self.fail(exchange, Failure::BadResponse { reason });
        }
        let response = Response {
            code: message.code,
            options: message.options,
            payload: message.payload,
        };
        self.note_relation(&exchange, &response);
        let limit = self.ctx.limits.body_bytes;
        let Some(transfer) = exchange.transfer_mut() else {
            return;
        };
        match transfer.handle_response(response, limit) {
            Step::Next(progress) => {
                let keeps_token = transfer.sends_observe();
                if let Some(progress) = progress.filter(|_| exchange.is_own()) {
                    self.ctx.emit(Output::Progress {
                        id: exchange.id,
                        progress,
                    });
                }
                if !keeps_token {
                    exchange.token = self.ctx.token();
                }
                self.go_on(exchange);
            }
            Step::Echo => {
                self.ctx.counters.echoed += 1;
                if !transfer.sends_observe() {
                    exchange.token = self.ctx.token();
                }
                self.go_on(exchange);
            }
            Step::Done(response) => self.finish(exchange, response),
            Step::Failed(failure) => self.fail(exchange, failure),
        }
    }

    /// The next message of an exchange is sent in its turn.
    fn go_on(&mut self, mut exchange: Exchange) {
        exchange.tries = 0;
        exchange.stage = Stage::Ready;
        self.state.busy().exchanges.active.push(exchange);
        self.pump();
    }

    fn finish(&mut self, exchange: Exchange, response: Response) {
        self.ctx.exchanges.remove(&exchange.id);
        if !response.code.is_success() {
            self.void_relation(&exchange);
            self.note_abandoned(&exchange);
        }
        if let Purpose::Rest(_, rest) = exchange.purpose {
            self.finish_rest(rest, response);
        } else {
            self.ctx.emit(Output::Response {
                id: exchange.id,
                peer: self.peer,
                response,
            });
        }
        self.pump();
    }

    pub(super) fn fail(&mut self, exchange: Exchange, failure: Failure) {
        self.ctx.exchanges.remove(&exchange.id);
        self.void_relation(&exchange);
        self.note_abandoned(&exchange);
        if let Purpose::Notification(_) = exchange.purpose {
            // Who rejects a notification, or does not hear it, observes no longer (RFC
            // 7641 §4.5).
            self.state.busy().observers.remove(&exchange.token);
        }
        if let Purpose::Rest(_, rest) = exchange.purpose {
            self.fail_rest(rest, &failure);
        } else {
            self.ctx.counters.failed += 1;
            self.ctx.emit(Output::Failed {
                id: exchange.id,
                peer: self.peer,
                failure,
            });
        }
        self.pump();
    }

    /// Takes the exchange whose message under way has that id.
    fn take_by_mid(&mut self, mid: u16) -> Option<Exchange> {
        let busy = self.state.busy.as_mut()?;
        let before = busy.responses.len();
        busy.responses.retain(|response| response.mid != mid);
        if busy.responses.len() < before {
            return None;
        }
        busy.exchanges.take(|exchange| exchange.mid() == Some(mid))
    }
}
