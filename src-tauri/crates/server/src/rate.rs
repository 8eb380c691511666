//! The rate rule: an endpoint name that registers again and again is left without an
//! answer for a while, and nobody else notices (conformance G-37).
//!
//! What is refused anyway is not counted: it leaves nothing behind. It counts by name, never by address: behind one address may stand a whole bench.
//! The count lies with the known device, so that memory is bounded by those.

use clock::Instant;
use std::time::Duration;

/// How often one endpoint may register, and what follows if it does more often.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RateRule {
    /// Registers allowed within a span.
    pub most: u16,
    /// The span.
    pub within: Duration,
    /// For how long further ones are ignored.
    pub rest: Duration,
}

impl RateRule {
    /// More than 10 Registers in 10 s are ignored for 60 s.
    pub const DEFAULT: Self = Self {
        most: 10,
        within: Duration::from_secs(10),
        rest: Duration::from_secs(60),
    };
}

/// How often one endpoint registered lately.
#[derive(Clone, Copy, Default, Debug)]
pub struct Burst {
    since: Instant,
    count: u16,
    ignored_until: Option<Instant>,
}

impl Burst {
    /// Of an endpoint that did not register.
    pub const NONE: Self = Self {
        since: Instant::ZERO,
        count: 0,
        ignored_until: None,
    };

    /// Whether a Register that comes now is ignored.
    #[must_use]
    pub fn is_ignored(&self, now: Instant) -> bool {
        self.ignored_until.is_some_and(|until| now < until)
    }

    /// Counts a Register. Whether it may be taken: from the first that may not, all are
    /// ignored for a while.
    pub fn count(&mut self, now: Instant, rule: RateRule) -> bool {
        if self.count == 0 || now.since(self.since) >= rule.within || self.ignored_until.is_some() {
            *self = Self {
                since: now,
                count: 0,
                ignored_until: None,
            };
        }
        self.count = self.count.saturating_add(1);
        let fine = self.count <= rule.most;
        if !fine {
            self.ignored_until = Some(now + rule.rest);
        }
        fine
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Instant {
        Instant::from_micros(seconds * 1_000_000)
    }

    #[test]
    fn g_37_the_eleventh_of_ten_seconds_and_all_of_the_next_minute_are_ignored() {
        let mut burst = Burst::NONE;
        for second in 0..10 {
            assert!(burst.count(at(second), RateRule::DEFAULT));
        }
        assert!(!burst.is_ignored(at(9)));
        assert!(!burst.count(at(9), RateRule::DEFAULT));
        assert!(burst.is_ignored(at(10)) && burst.is_ignored(at(68)));
        assert!(!burst.is_ignored(at(69)));
        assert!(burst.count(at(69), RateRule::DEFAULT));
        assert!(burst.count(at(70), RateRule::DEFAULT));
    }

    #[test]
    fn g_37_ten_in_ten_seconds_may_go_on_for_ever() {
        let mut burst = Burst::NONE;
        for second in 0..1_000 {
            assert!(burst.count(at(second), RateRule::DEFAULT));
        }
    }
}
