//! All that is kept of one peer. A peer that has nothing under way costs its
//! message-id counter and the messages remembered of it, and vanishes with the
//! last of them.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use clock::Instant;

use crate::context::Context;
use crate::dedup::Remembered;
use crate::exchange::Exchanges;
use crate::fingerprint::Fingerprint;
use crate::message_id::MessageIds;
use crate::output::ExchangeId;
use crate::reassembly::Bodies;
use crate::serve::Served;
use crate::token::Token;
use crate::transmission::Transmission;

/// Non-confirmable notifications whose rejection is still understood.
const RECENT_NOTIFICATIONS: usize = 8;

/// One peer.
#[derive(Debug)]
pub(crate) struct PeerState {
    pub(crate) ids: MessageIds,
    pub(crate) remembered: Remembered,
    pub(crate) busy: Option<Box<Busy>>,
    /// Its entry in the timers.
    pub(crate) wake: Option<Instant>,
    /// Whether it has shown that it receives what is sent to its address (RFC 9175
    /// §2.4). It need not show that again as long as it is not silent for longer than
    /// anything is remembered of it: EXCHANGE_LIFETIME at most.
    pub(crate) verified: bool,
    /// Until then a body sent to it bears a Request-Tag: parts of one that was
    /// abandoned may still be on their way (RFC 9175 §3.3).
    pub(crate) tag_until: Instant,
}

/// What is there only while something goes on.
#[derive(Debug, Default)]
pub(crate) struct Busy {
    pub(crate) exchanges: Exchanges,
    /// Separate responses that are not acknowledged yet.
    pub(crate) responses: Vec<Transmission>,
    pub(crate) bodies: Bodies,
    pub(crate) served: Served,
    /// Who observes us, and what the rest of a large notification is asked for by.
    pub(crate) observers: BTreeMap<Token, Fingerprint>,
    recent: VecDeque<Recent>,
}

/// A non-confirmable notification sent.
#[derive(Debug)]
struct Recent {
    mid: u16,
    id: ExchangeId,
    token: Token,
    until: Instant,
}

/// What becomes of a peer when all is done for the moment.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It wants attention then.
    Wake(Instant),
    /// It is kept and waits for others.
    Stay,
    /// Nothing of it is to be kept.
    Vanish,
}

impl PeerState {
    pub(crate) fn new(first_mid: u16) -> Self {
        Self {
            ids: MessageIds::new(first_mid),
            remembered: Remembered::default(),
            busy: None,
            wake: None,
            verified: false,
            tag_until: Instant::ZERO,
        }
    }

    /// Whether it may be forgotten in favour of another: nobody has verified its
    /// address, and nothing goes on (conformance CO-12).
    pub(crate) fn is_forgettable(&self) -> bool {
        !self.verified && self.busy.is_none() && self.remembered.is_settled()
    }

    /// What goes on, begun if nothing does.
    pub(crate) fn busy(&mut self) -> &mut Busy {
        self.busy.get_or_insert_default()
    }

    /// Forgets what has had its time and says what becomes of the peer.
    pub(crate) fn tidy(&mut self, now: Instant, ctx: &mut Context) -> Fate {
        if self.busy.as_ref().is_some_and(|busy| busy.is_empty()) {
            self.busy = None;
        }
        if let Some(due) = self.next_due(now, ctx).filter(|due| *due > now) {
            return Fate::Wake(due);
        }
        self.purge(now, ctx);
        match self.next_due(now, ctx) {
            // What is overdue is for the next wake-up, never for the one under way.
            Some(due) => Fate::Wake(due.max(now + Duration::from_micros(1))),
            None if self.busy.is_some() => Fate::Stay,
            None => Fate::Vanish,
        }
    }

    fn next_due(&self, now: Instant, ctx: &Context) -> Option<Instant> {
        let lifetime = ctx.exchange_lifetime;
        let busy = self.busy.as_ref().and_then(|busy| {
            let dues = [
                busy.exchanges.next_due(self.ids.next_span(lifetime)),
                busy.responses.iter().map(|response| response.due).min(),
                busy.bodies.next_due(lifetime),
                busy.served.next_due(lifetime),
                busy.recent.front().map(|recent| recent.until),
            ];
            dues.into_iter().flatten().min()
        });
        let soon = [busy, self.remembered.next_due()]
            .into_iter()
            .flatten()
            .min();
        soon.or_else(|| {
            let until = self
                .remembered
                .until()
                .into_iter()
                .chain([self.ids.until()])
                .max()?;
            (until > now).then_some(until)
        })
    }

    fn purge(&mut self, now: Instant, ctx: &mut Context) {
        self.remembered.purge(now, &mut ctx.room);
        if let Some(busy) = &mut self.busy {
            busy.bodies
                .purge(now, ctx.exchange_lifetime, &mut ctx.body_bytes);
            busy.served
                .purge(now, ctx.exchange_lifetime, &mut ctx.body_bytes);
            busy.recent.retain(|recent| recent.until > now);
            if busy.is_empty() {
                self.busy = None;
            }
        }
    }
}

impl Busy {
    fn is_empty(&self) -> bool {
        self.exchanges.is_empty()
            && self.responses.is_empty()
            && self.bodies.is_empty()
            && self.served.is_empty()
            && self.observers.is_empty()
            && self.recent.is_empty()
    }

    /// Remembers a non-confirmable notification, in case it is rejected.
    pub(crate) fn sent_notification(
        &mut self,
        mid: u16,
        id: ExchangeId,
        token: Token,
        until: Instant,
    ) {
        if self.recent.len() >= RECENT_NOTIFICATIONS {
            self.recent.pop_front();
        }
        self.recent.push_back(Recent {
            mid,
            id,
            token,
            until,
        });
    }

    /// The non-confirmable notification of that message id.
    pub(crate) fn take_recent(&mut self, mid: u16) -> Option<(ExchangeId, Token)> {
        let at = self.recent.iter().rposition(|recent| recent.mid == mid)?;
        self.recent
            .remove(at)
            .map(|recent| (recent.id, recent.token))
    }
}
