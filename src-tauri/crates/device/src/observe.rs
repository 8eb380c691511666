//! Observations of the server and when they have something to say: notification
//! attributes (Core 1.1.1 §5.1.2, §6.4) and RFC 7641 on the device's side.
//!
//! Observed values are looked at every [`crate::Profile::sample_every`], at once
//! after somebody wrote, and when pmax runs out. Nothing here sends: `device`
//! fetches one [`Notice`] at a time and reports what became of it.

use crate::model::Model;
use crate::serve::{Subject, report};
use clock::Instant;
use coap::{ExchangeId, Response, Token};
use lwm2m::attributes::NotificationAttributes;
use lwm2m::{Path, Reading, Value};
use std::time::Duration;

/// Observations in force, at most: memory is bounded.
const MAX_OBSERVATIONS: usize = 64;

/// Values are looked at no more often, whatever the profile says.
const SHORTEST_SAMPLE: Duration = Duration::from_millis(10);

/// A confirmable notification at least this often (RFC 7641 §4.5).
const LONGEST_UNCONFIRMED: Duration = Duration::from_secs(24 * 3_600);

/// Sequence numbers have 24 bits (RFC 7641 §3.4).
const SEQUENCE_MASK: u32 = 0xFF_FFFF;

/// What the server observes, in the order it began to.
#[derive(Clone, Default, Debug)]
pub(crate) struct Observations {
    list: Vec<Observation>,
}

#[derive(Clone, Debug)]
struct Observation {
    token: Token,
    subject: Subject,
    /// The format it was asked for in.
    accept: Option<u16>,
    /// Of the last notification.
    sequence: u32,
    /// When the last notification was sent.
    sent: Instant,
    /// When the values are looked at next.
    look: Instant,
    /// When a confirmable notification was last sent.
    confirmed: Instant,
    last: Snapshot,
    /// The last notification, for as long as it may fail.
    exchange: Option<ExchangeId>,
    /// It is confirmable and not yet acknowledged.
    waiting: bool,
}

/// What was last told, as much as it takes to see a difference.
#[derive(Clone, PartialEq, Debug)]
struct Snapshot {
    /// The only value, if it is a number or a Boolean.
    value: Option<f64>,
    /// A digest of the payload.
    digest: u64,
}

/// One notification to send.
#[derive(Debug)]
pub(crate) struct Notice {
    pub(crate) token: Token,
    pub(crate) path: Path,
    pub(crate) sequence: u32,
    pub(crate) response: Response,
    pub(crate) confirmable: bool,
    /// The observation ended with it: what was observed is gone.
    pub(crate) last: bool,
}

impl Observations {
    /// Takes an observation, in place of one with the same token; the sequence
    /// number of the response that confirms it. `None` when there are too many:
    /// the request was a Read then (RFC 7641 §4.1).
    pub(crate) fn add(
        &mut self,
        token: Token,
        subject: Subject,
        accept: Option<u16>,
        first: (&Response, &[Reading]),
        model: &Model,
    ) -> Option<u32> {
        self.list.retain(|known| known.token != token);
        if self.list.len() >= MAX_OBSERVATIONS {
            return None;
        }
        let now = model.world.now.instant;
        let sequence = 1;
        let mut added = Observation {
            token,
            subject,
            accept,
            sequence,
            sent: now,
            look: now,
            confirmed: now,
            last: Snapshot::of(first.0, first.1),
            exchange: None,
            waiting: false,
        };
        added.plan(model);
        self.list.push(added);
        Some(sequence)
    }

    /// Ends the observation of that token or, where the server cancels with
    /// another token, those of the same subject. What was observed.
    pub(crate) fn cancel(&mut self, token: Token, subject: &Subject) -> Option<Path> {
        let named = self.list.iter().any(|known| known.token == token);
        let before = self.list.len();
        self.list.retain(|known| {
            if named {
                known.token != token
            } else {
                known.subject != *subject
            }
        });
        (self.list.len() < before).then(|| subject.path())
    }

    /// Ends all of them: the registration they belong to is over.
    pub(crate) fn clear(&mut self) {
        self.list = Vec::new();
    }

    /// Has everything looked at now: something was written.
    pub(crate) fn look_at_all(&mut self, now: Instant) {
        for observation in &mut self.list {
            observation.look = now;
        }
    }

    /// When something is to be looked at next.
    pub(crate) fn next_look(&self) -> Option<Instant> {
        let idle = self.list.iter().filter(|known| !known.waiting);
        idle.map(|known| known.look).min()
    }

    /// Looks at what is due; the first thing that is worth a notification.
    pub(crate) fn next_notice(&mut self, model: &mut Model) -> Option<Notice> {
        let now = model.world.now.instant;
        let mut at = 0;
        while let Some(observation) = self.list.get_mut(at) {
            if observation.look <= now && !observation.waiting {
                match observation.examine(model) {
                    Some(notice) if notice.last => {
                        self.list.remove(at);
                        return Some(notice);
                    }
                    Some(notice) => return Some(notice),
                    None => {}
                }
            }
            at += 1;
        }
        None
    }

    /// The notification with that token is on its way.
    pub(crate) fn sent(&mut self, token: Token, exchange: ExchangeId, confirmable: bool) {
        if let Some(known) = self.list.iter_mut().find(|known| known.token == token) {
            known.exchange = Some(exchange);
            known.waiting = confirmable;
        }
    }

    /// A confirmable notification was acknowledged.
    pub(crate) fn delivered(&mut self, exchange: ExchangeId) {
        let found = self
            .list
            .iter_mut()
            .find(|known| known.exchange == Some(exchange));
        if let Some(known) = found {
            known.waiting = false;
        }
    }

    /// A notification was rejected or never acknowledged, which ends the
    /// observation (RFC 7641 §3.6, §4.5). What was observed.
    pub(crate) fn failed(&mut self, exchange: ExchangeId) -> Option<Path> {
        let at = self
            .list
            .iter()
            .position(|known| known.exchange == Some(exchange))?;
        Some(self.list.remove(at).subject.path())
    }
}

impl Observation {
    /// Compares the values with what was last told, and plans the next look.
    fn examine(&mut self, model: &mut Model) -> Option<Notice> {
        let now = model.world.now.instant;
        let attributes = self.attributes(model);
        let (pmin, pmax) = periods(&attributes, model);
        if now < self.sent + pmin {
            self.look = self.sent + pmin;
            return None;
        }
        let (response, readings) = match report(model, &self.subject, self.accept) {
            Ok(reported) => reported,
            Err(refusal) => return Some(self.notice(refusal.into_response(), true, true)),
        };
        let snapshot = Snapshot::of(&response, &readings);
        let overdue = pmax.is_some_and(|pmax| now >= self.sent + pmax);
        if !overdue && !is_news(&self.last, &snapshot, &attributes) {
            self.plan(model);
            return None;
        }
        self.last = snapshot;
        self.sent = now;
        self.sequence = self.sequence.wrapping_add(1) & SEQUENCE_MASK;
        let every = model.profile.notify_confirmable_every;
        let regular = every > 0 && (self.sequence - 1).is_multiple_of(every);
        let long_ago = now >= self.confirmed + LONGEST_UNCONFIRMED;
        let confirmable = attributes.con.unwrap_or(regular) || long_ago;
        if confirmable {
            self.confirmed = now;
        }
        self.plan(model);
        Some(self.notice(response, confirmable, false))
    }

    fn notice(&self, response: Response, confirmable: bool, last: bool) -> Notice {
        Notice {
            token: self.token,
            path: self.subject.path(),
            sequence: self.sequence,
            response,
            confirmable,
            last,
        }
    }

    /// The next look: after a sample, not before pmin, not after pmax.
    fn plan(&mut self, model: &Model) {
        let (pmin, pmax) = periods(&self.attributes(model), model);
        let sample = model.profile.sample_every.max(SHORTEST_SAMPLE);
        let next = (model.world.now.instant + sample).max(self.sent + pmin);
        self.look = pmax.map_or(next, |pmax| next.min(self.sent + pmax));
    }

    fn attributes(&self, model: &Model) -> NotificationAttributes {
        match &self.subject {
            Subject::One(path) => model.attributes_in_force(*path),
            Subject::Many(_) => NotificationAttributes::default(),
        }
    }
}

impl Snapshot {
    fn of(response: &Response, readings: &[Reading]) -> Self {
        let value = match readings {
            [reading] => number(&reading.value),
            _ => None,
        };
        let mut digest = FNV_OFFSET;
        for byte in &response.payload {
            digest = (digest ^ u64::from(*byte)).wrapping_mul(FNV_PRIME);
        }
        Self { value, digest }
    }
}

/// FNV-1a with 64 bits: a digest that needs no key and is the same everywhere.
const FNV_OFFSET: u64 = 0xCBF2_9CE4_8422_2325;
const FNV_PRIME: u64 = 0x0100_0000_01B3;

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Float(number) => Some(*number),
        Value::Integer(number) | Value::Time(number) => Some(*number as f64),
        Value::Unsigned(number) => Some(*number as f64),
        Value::Boolean(flag) => Some(f64::from(u8::from(*flag))),
        _ => None,
    }
}

/// Minimum and maximum period in force; a maximum below the minimum is ignored
/// (Core 1.1.1 §5.1.2).
fn periods(attributes: &NotificationAttributes, model: &Model) -> (Duration, Option<Duration>) {
    let seconds = |s: u32| Duration::from_secs(u64::from(s));
    let pmin = seconds(attributes.pmin.unwrap_or_else(|| model.default_pmin_s()));
    let pmax = attributes.pmax.or_else(|| model.default_pmax_s());
    let pmax = pmax
        .map(seconds)
        .filter(|pmax| *pmax >= pmin && !pmax.is_zero());
    (pmin, pmax)
}

/// Whether a difference is worth a notification: with gt, lt, st or edge only
/// what they ask for, otherwise every change.
fn is_news(last: &Snapshot, now: &Snapshot, attributes: &NotificationAttributes) -> bool {
    let (Some(before), Some(after)) = (last.value, now.value) else {
        return last.digest != now.digest;
    };
    let (gt, lt, st, edge) = (attributes.gt, attributes.lt, attributes.st, attributes.edge);
    if gt.is_none() && lt.is_none() && st.is_none() && edge.is_none() {
        return last.digest != now.digest;
    }
    let crossed = |limit: f64| (before > limit) != (after > limit);
    let crossed_below = |limit: f64| (before < limit) != (after < limit);
    gt.is_some_and(crossed)
        || lt.is_some_and(crossed_below)
        || st.is_some_and(|step| (after - before).abs() >= step)
        || edge.is_some_and(|rising| (after > before) == rising && after != before)
}
