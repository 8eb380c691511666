//! Signals that move in a believable way: pure functions of a key and a time.
//!
//! Nothing here has a history, so a device that nobody looks at costs nothing,
//! and the same seed at the same time gives the same value however often it was
//! asked for before. `objects` shapes these curves into physical quantities.

use clock::UnixTime;
use std::f64::consts::TAU;
use std::time::Duration;

/// Seconds of a day.
const DAY_S: f64 = 86_400.0;

/// A source of curves at one moment. Sources with different keys are unrelated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signal {
    key: u64,
    at: UnixTime,
}

impl Signal {
    /// The curves of `key` at the moment `at`.
    pub(crate) const fn new(key: u64, at: UnixTime) -> Self {
        Self { key, at }
    }

    /// An unrelated source at the same moment.
    pub(crate) fn fork(self, branch: u64) -> Self {
        Self {
            key: scramble(self.key ^ scramble(branch)),
            ..self
        }
    }

    /// The same source at another moment.
    pub(crate) const fn at(self, at: UnixTime) -> Self {
        Self { at, ..self }
    }

    /// A constant of the source, 0 to 1: what makes one device differ from the next.
    pub(crate) fn constant(self) -> f64 {
        unit(scramble(self.key))
    }

    /// White noise, −1 to 1, that stays for `every` before it jumps.
    pub(crate) fn noise(self, every: Duration) -> f64 {
        lattice(self.key, self.step(every).0)
    }

    /// A smooth curve, −1 to 1, that wanders to another height every `period`:
    /// value noise between random points.
    pub(crate) fn drift(self, period: Duration) -> f64 {
        let (step, within) = self.step(period);
        let (from, to) = (
            lattice(self.key, step),
            lattice(self.key, step.wrapping_add(1)),
        );
        let smooth = within * within * (3.0 - 2.0 * within);
        from + (to - from) * smooth
    }

    /// A sine over the day, 1 at `peak_hour` UTC and −1 half a day later.
    pub(crate) fn daily(self, peak_hour: f64) -> f64 {
        let day = Duration::from_secs(86_400);
        let hour = self.step(day).1 * 24.0;
        ((hour - peak_hour) / 24.0 * TAU).cos()
    }

    /// Where the moment lies in a cycle of that length, 0 to 1; the cycle starts
    /// at an offset of the source's own.
    pub(crate) fn phase(self, cycle: Duration) -> f64 {
        (self.step(cycle).1 + self.constant()).fract()
    }

    /// How many whole periods have passed, and how much of the next one.
    fn step(self, period: Duration) -> (i64, f64) {
        let period = i64::try_from(period.as_micros()).unwrap_or(i64::MAX).max(1);
        let at = self.at.as_micros();
        let within = at.rem_euclid(period) as f64 / period as f64;
        (at.div_euclid(period), within)
    }
}

/// Rounds to a multiple of `step`, as a sensor's resolution does; the result has
/// no binary tail when printed.
pub(crate) fn rounded(value: f64, step: f64) -> f64 {
    let per_unit = (1.0 / step).round();
    if per_unit >= 1.0 {
        (value * per_unit).round() / per_unit
    } else {
        (value / step).round() * step
    }
}

/// How far through the day the moment is, 0 to 1.
pub(crate) fn day_fraction(at: UnixTime) -> f64 {
    (at.as_micros() as f64 / 1e6).rem_euclid(DAY_S) / DAY_S
}

/// SplitMix64's finaliser: every bit of the input moves half of the output.
pub(crate) const fn scramble(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// The upper 53 bits as a number from 0 to 1.
fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

/// The random height, −1 to 1, of one lattice point.
fn lattice(key: u64, step: i64) -> f64 {
    unit(scramble(key ^ scramble(step.cast_unsigned()))) * 2.0 - 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn at(seconds: i64) -> Signal {
        Signal::new(7, UnixTime::from_millis(seconds * 1_000))
    }

    #[test]
    fn a_signal_depends_on_key_and_time_alone() {
        for seconds in [-5, 0, 1_700_000_000] {
            let (one, again) = (at(seconds), at(seconds));
            assert_eq!(one.drift(MINUTE), again.drift(MINUTE));
            assert_ne!(one.drift(MINUTE), one.fork(1).drift(MINUTE));
        }
    }

    #[test]
    fn a_drift_is_smooth_and_stays_inside_its_bounds() {
        let heights: Vec<f64> = (0..10_000).map(|s| at(s).drift(MINUTE)).collect();
        assert!(heights.iter().all(|height| height.abs() <= 1.0));
        let jump = heights.windows(2).map(|pair| (pair[1] - pair[0]).abs());
        assert!(jump.fold(0.0, f64::max) < 0.06, "no jump within a second");
        let spread = heights.iter().fold(f64::MIN, |a, b| a.max(*b))
            - heights.iter().fold(f64::MAX, |a, b| a.min(*b));
        assert!(spread > 1.0, "it wanders");
    }

    #[test]
    fn a_day_has_one_peak() {
        let noon = at(12 * 3_600).daily(12.0);
        let midnight = at(0).daily(12.0);
        assert!((noon - 1.0).abs() < 1e-9 && (midnight + 1.0).abs() < 1e-9);
        assert!((day_fraction(UnixTime::from_millis(-1_000)) - 86_399.0 / 86_400.0).abs() < 1e-9);
    }

    #[test]
    fn rounding_leaves_no_binary_tail() {
        assert_eq!(rounded(21.2345, 0.01).to_string(), "21.23");
        assert_eq!(rounded(101_327.0, 10.0).to_string(), "101330");
    }
}
