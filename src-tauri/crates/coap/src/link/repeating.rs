//! Timeouts: messages sent again, and the end of patience (RFC 7252 §4.2). What a
//! timeout is stands in `transmission`.

use crate::exchange::{Exchange, Stage};
use crate::output::{Failure, Output, Progress};
use crate::transmission::Expiry;

use super::Link;

impl Link<'_> {
    /// Retransmissions and the end of patience.
    pub(super) fn repeat_exchanges(&mut self) {
        let now = self.now;
        let max = self.ctx.params.max_retransmit;
        loop {
            let Some(busy) = &mut self.state.busy else {
                return;
            };
            let due = busy.exchanges.take(|exchange| match &exchange.stage {
                Stage::Ready => false,
                Stage::Sent(transmission) => transmission.due <= now,
                Stage::Acknowledged(until) | Stage::Unreliable(until, _) => *until <= now,
            });
            let Some(mut exchange) = due else {
                return;
            };
            let expiry = match &mut exchange.stage {
                Stage::Sent(transmission) => transmission.expire(now),
                _ => Expiry::GiveUp,
            };
            match expiry {
                Expiry::GiveUp => self.give_up(exchange),
                Expiry::NotYet => self.state.busy().exchanges.active.push(exchange),
                Expiry::Again(n) => {
                    self.ctx.counters.retransmissions += 1;
                    if let Stage::Sent(transmission) = &exchange.stage {
                        self.ctx.transmit(self.peer, transmission.bytes.clone());
                    }
                    if exchange.is_own() {
                        let progress = Progress::Retransmission { n, of: max };
                        self.ctx.emit(Output::Progress {
                            id: exchange.id,
                            progress,
                        });
                    }
                    self.state.busy().exchanges.active.push(exchange);
                }
            }
        }
    }

    /// No answer. Within a block-wise transfer the block is tried again as a new
    /// exchange (conformance BW-10).
    fn give_up(&mut self, mut exchange: Exchange) {
        let position = exchange.transfer().and_then(|transfer| transfer.position());
        let most = self.ctx.params.block_exchange_tries;
        if position.is_some() && exchange.tries < most {
            if let Some(transfer) = exchange.transfer_mut() {
                transfer.renew();
            }
            exchange.stage = Stage::Ready;
            self.state.busy().exchanges.active.push(exchange);
            return;
        }
        let failure = match &exchange.stage {
            Stage::Sent(_) => Failure::NoAcknowledgement {
                transmissions: self.ctx.params.max_retransmit.saturating_add(1),
            },
            stage => Failure::NoResponse {
                acknowledged: matches!(stage, Stage::Acknowledged(_)),
                seconds: self.ctx.params.max_transmit_wait().as_secs(),
            },
        };
        let failure = match position {
            None => failure,
            Some(position) => {
                let reason = format!("{position}: {failure}, {most} times over");
                Failure::BlockTransfer { reason }
            }
        };
        self.fail(exchange, failure);
    }

    /// Retransmits separate responses.
    pub(super) fn repeat_responses(&mut self) {
        let Some(busy) = &mut self.state.busy else {
            return;
        };
        let mut responses = std::mem::take(&mut busy.responses);
        responses.retain_mut(|response| match response.expire(self.now) {
            Expiry::NotYet => true,
            Expiry::Again(_) => {
                self.ctx.counters.retransmissions += 1;
                self.ctx.transmit(self.peer, response.bytes.clone());
                true
            }
            Expiry::GiveUp => {
                self.ctx.counters.failed += 1;
                false
            }
        });
        self.state.busy().responses = responses;
    }
}
