//! How much may be reported about addresses that have proven nothing.

use clock::Instant;
use std::time::Duration;

/// Refilled each second.
pub(super) struct Budget {
    left: u32,
    since: Instant,
}

impl Budget {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            left: REPORTS_PER_SECOND,
            since: now,
        }
    }

    /// Whether one more report may be made.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        if now.since(self.since) >= Duration::from_secs(1) {
            *self = Self::new(now);
        }
        let left = self.left.checked_sub(1);
        self.left = left.unwrap_or(0);
        left.is_some()
    }
}

/// Most reports in a second about addresses that may be forged.
const REPORTS_PER_SECOND: u32 = 50;
