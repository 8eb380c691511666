//! Requests, pings and notifications of ours: their turn, and what goes out. What
//! comes back stands in `concluding`, what is sent again in `repeating`.

use crate::exchange::{Exchange, Purpose, Stage};
use crate::message::{Kind, Message};
use crate::output::{ExchangeId, Refused};
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
            self.note_abandoned(&exchange);
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
            self.note_abandoned(&exchange);
            self.ctx.exchanges.remove(&exchange.id);
        }
    }

    /// Blocks of a body that came to nothing may still be on their way, and be taken for
    /// those of the next one (RFC 9175 §3.3; conformance EC-05).
    pub(super) fn note_abandoned(&mut self, exchange: &Exchange) {
        if exchange.is_uploading() {
            self.state.tag_until = self.now + self.ctx.exchange_lifetime;
        }
    }

    /// Tells a body that begins apart from one that was abandoned or is under way.
    fn tag_if_needed(&mut self, exchange: &mut Exchange) {
        let Some(transfer) = exchange
            .transfer_mut()
            .filter(|transfer| transfer.begins_body() && !transfer.is_tagged())
        else {
            return;
        };
        let active = &self.state.busy().exchanges.active;
        let another = active.iter().any(Exchange::is_uploading);
        if another || self.now < self.state.tag_until {
            transfer.tag(self.ctx.request_tag());
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
        self.tag_if_needed(&mut exchange);
        let message = compose(&exchange, mid);
        let bytes = message.encode();
        exchange.tries += 1;
        exchange.stage = if message.kind == Kind::Confirmable {
            let timeout = self.ctx.first_timeout();
            let most = self.ctx.params.max_retransmit;
            Stage::Sent(Transmission::new(
                mid,
                bytes.clone(),
                self.now,
                timeout,
                most,
            ))
        } else {
            Stage::Unreliable(self.now + self.ctx.params.max_transmit_wait(), mid)
        };
        self.state.busy().exchanges.active.push(exchange);
        self.ctx.transmit(self.peer, bytes);
        true
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
