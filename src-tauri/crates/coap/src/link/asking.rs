//! Requests, pings and notifications of ours: their turn, their retransmission,
//! their answers. What a response means for a body stands in `transfer`.

use crate::dedup::Answer;
use crate::exchange::{Exchange, Purpose, Stage};
use crate::message::{Kind, Message};
use crate::output::{ExchangeId, Failure, Output, Refused};
use crate::request::Response;
use crate::transfer::Step;
use crate::transmission::Transmission;

use super::Link;

impl Link<'_> {
    /// Whether another request may wait.
    pub(crate) fn check_queue(&self) -> Result<(), Refused> {
        let limit = self.ctx.limits.waiting_per_peer;
        let waiting = self
            .state
            .busy
            .as_ref()
            .map_or(0, |busy| busy.exchanges.waiting.len());
        if waiting >= limit {
            Err(Refused::QueueFull { limit })
        } else {
            Ok(())
        }
    }

    /// Puts an exchange in line.
    pub(crate) fn enqueue(&mut self, exchange: Exchange) {
        self.state.busy().exchanges.waiting.push_back(exchange);
        self.pump();
    }

    /// Ends an exchange without a word.
    pub(crate) fn cancel(&mut self, id: ExchangeId) {
        self.ctx.exchanges.remove(&id);
        let busy = self.state.busy.as_mut();
        let taken = busy.and_then(|busy| busy.exchanges.take_any(|exchange| exchange.id == id));
        if let Some(exchange) = taken {
            self.void_relation(&exchange);
        }
        self.pump();
    }

    /// Ends all exchanges without a word.
    pub(crate) fn abandon(&mut self) {
        let Some(busy) = &mut self.state.busy else {
            return;
        };
        busy.responses.clear();
        let exchanges = std::mem::take(&mut busy.exchanges);
        for exchange in exchanges.active.into_iter().chain(exchanges.waiting) {
            self.void_relation(&exchange);
            self.ctx.exchanges.remove(&exchange.id);
        }
    }

    /// Sends what may be sent: no more than NSTART at a time (conformance CO-17).
    pub(crate) fn pump(&mut self) {
        loop {
            let nstart = self.ctx.params.nstart.max(1);
            let Some(busy) = &mut self.state.busy else {
                return;
            };
            let exchanges = &mut busy.exchanges;
            let next = exchanges
                .take(|exchange| matches!(exchange.stage, Stage::Ready))
                .or_else(|| {
                    let free = exchanges.active.len() < nstart;
                    if free {
                        exchanges.waiting.pop_front()
                    } else {
                        None
                    }
                });
            let Some(exchange) = next else {
                return;
            };
            if !self.start(exchange) {
                return;
            }
        }
    }

    /// Sends the next message of an exchange. `false` if there is no message id
    /// for it; it then stays where it is.
    fn start(&mut self, mut exchange: Exchange) -> bool {
        let Some(mid) = self.give_mid() else {
            self.state.busy().exchanges.active.insert(0, exchange);
            return false;
        };
        let message = compose(&exchange, mid);
        let bytes = message.encode();
        exchange.tries += 1;
        exchange.stage = if message.kind == Kind::Confirmable {
            let timeout = self.ctx.first_timeout();
            Stage::Sent(Transmission::new(mid, bytes.clone(), self.now, timeout))
        } else {
            Stage::Unreliable(self.now + self.ctx.params.max_transmit_wait(), mid)
        };
        self.state.busy().exchanges.active.push(exchange);
        self.ctx.transmit(self.peer, bytes);
        true
    }

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
                Purpose::Notification(_) => {
                    self.state.busy().observers.remove(&exchange.token);
                    self.fail(exchange, Failure::Reset);
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
            Some(exchange) => self.conclude(exchange, message),
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
                exchange.tries = 0;
                exchange.stage = Stage::Ready;
                self.state.busy().exchanges.active.push(exchange);
                self.pump();
            }
            Step::Done(response) => self.finish(exchange, response),
            Step::Failed(failure) => self.fail(exchange, failure),
        }
    }

    fn finish(&mut self, exchange: Exchange, response: Response) {
        self.ctx.exchanges.remove(&exchange.id);
        if !response.code.is_success() {
            self.void_relation(&exchange);
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

/// The message that an exchange sends next.
fn compose(exchange: &Exchange, mid: u16) -> Message {
    match &exchange.purpose {
        Purpose::Ping => Message::empty(Kind::Confirmable, mid),
        Purpose::Notification(message) => Message {
            mid,
            ..(**message).clone()
        },
        Purpose::Request(transfer)
        | Purpose::Establish(transfer, _)
        | Purpose::Cancel(transfer, _)
        | Purpose::Rest(transfer, _) => {
            let (code, options, payload) = transfer.next_message();
            let kind = if transfer.is_confirmable() {
                Kind::Confirmable
            } else {
                Kind::NonConfirmable
            };
            Message {
                kind,
                code,
                mid,
                token: exchange.token,
                options,
                payload,
            }
        }
    }
}
