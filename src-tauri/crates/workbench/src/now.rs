//! The clock, the only place of the product that reads one for the engine.

use clock::{Instant, Now, UnixTime};
use std::cell::Cell;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The smallest step of civil time.
const TICK: Duration = Duration::from_micros(1);

/// A civil clock that is behind by this much was set back.
const SET_BACK: Duration = Duration::from_millis(100);

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
            unix: after(self.last().unix, unix_now()),
        };
        self.last.set(now);
        now
    }

    /// The moment of one more datagram in a turn: a microsecond after the last one.
    /// Values of one path are told apart by their times, and those of datagrams that
    /// waited together must not replace each other.
    pub fn next(&self) -> Now {
        let Now { instant, unix } = self.last();
        let now = Now {
            instant,
            unix: unix + TICK,
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

/// `read`, or the microsecond after `last` where that was handed out already. A clock
/// that was set back by more is followed.
fn after(last: UnixTime, read: UnixTime) -> UnixTime {
    let handed_out = read <= last && last.since(read) < SET_BACK;
    if handed_out { last + TICK } else { read }
}

/// The civil time.
#[must_use]
pub fn unix_now() -> UnixTime {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    UnixTime::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_moment_is_handed_out_twice_unless_the_clock_is_set_back() {
        let at = UnixTime::from_micros;
        assert_eq!(after(at(5_000_000), at(5_000_007)), at(5_000_007));
        assert_eq!(after(at(5_000_000), at(5_000_000)), at(5_000_001));
        assert_eq!(after(at(5_000_000), at(4_999_900)), at(5_000_001));
        assert_eq!(after(at(5_000_000), at(1_000_000)), at(1_000_000));
        let clock = Clock::start();
        let moments: Vec<UnixTime> = (0..100)
            .map(|turn| if turn % 10 == 0 { clock.now() } else { clock.next() }.unix)
            .collect();
        assert!(moments.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
