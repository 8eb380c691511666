//! The clock, the only place of the product that reads one for the engine.

use clock::{Instant, Now, UnixTime};
use std::cell::Cell;
use std::time::{SystemTime, UNIX_EPOCH};

/// Reads both clocks. The monotonic one starts at zero with the program.
#[derive(Clone, Debug)]
pub struct Clock {
    started: std::time::Instant,
    last: Cell<Now>,
}

impl Clock {
    /// A clock that starts now.
    #[must_use]
    pub fn start() -> Self {
        Self {
            started: std::time::Instant::now(),
            last: Cell::default(),
        }
    }

    /// Both clocks, read now.
    pub fn now(&self) -> Now {
        let micros = u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX);
        let now = Now {
            instant: Instant::from_micros(micros),
            unix: unix_now(),
        };
        self.last.set(now);
        now
    }

    /// What was read last.
    #[must_use]
    pub const fn last(&self) -> Now {
        self.last.get()
    }
}

/// The civil time.
#[must_use]
pub fn unix_now() -> UnixTime {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    UnixTime::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
