//! Message ids towards one peer: counted up from a random start, none given twice
//! within EXCHANGE_LIFETIME (RFC 7252 §4.4; conformance CO-10).

use std::time::Duration;

use clock::Instant;

/// Ids given within one EXCHANGE_LIFETIME: half of them, so that two neighbouring
/// spans together never go round (RFC 7252 §4.4: 65,536 ids bound the rate).
const PER_SPAN: u16 = 0x8000;

/// The counter.
#[derive(Debug)]
pub(crate) struct MessageIds {
    next: u16,
    given: u16,
    span_start: Instant,
    /// Until when an id given here may not be given again.
    until: Instant,
}

impl MessageIds {
    /// Begins at `start`, which should be random.
    pub(crate) const fn new(start: u16) -> Self {
        Self {
            next: start,
            given: 0,
            span_start: Instant::ZERO,
            until: Instant::ZERO,
        }
    }

    /// An id; `None` when the span has used up its share.
    pub(crate) fn give(&mut self, now: Instant, lifetime: Duration) -> Option<u16> {
        if self.given == 0 || now >= self.span_start + lifetime {
            self.span_start = now;
            self.given = 0;
        }
        if self.given >= PER_SPAN {
            return None;
        }
        let id = self.next;
        self.next = self.next.wrapping_add(1);
        self.given += 1;
        self.until = now + lifetime;
        Some(id)
    }

    /// When there are ids again after [`Self::give`] had none.
    pub(crate) fn next_span(&self, lifetime: Duration) -> Instant {
        self.span_start + lifetime
    }

    /// Until when the counter must be remembered.
    pub(crate) const fn until(&self) -> Instant {
        self.until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn co_10_no_id_comes_back_within_the_lifetime() {
        let lifetime = Duration::from_secs(247);
        let mut ids = MessageIds::new(65_000);
        let mut given = vec![None; 65_536];
        let mut now = Instant::ZERO;
        let mut refused = 0;
        for _ in 0..200_000 {
            now = now + Duration::from_millis(3);
            let Some(id) = ids.give(now, lifetime) else {
                refused += 1;
                continue;
            };
            let before = given[usize::from(id)].replace(now);
            assert!(
                before.is_none_or(|at| now.since(at) >= lifetime),
                "{id} came back too early"
            );
        }
        assert!(refused > 0, "the share of a span is bounded");
    }
}
