//! Times inside SenML and OMA JSON: base time plus time, in seconds, either
//! since 1970 or from now.

use super::error::EncodeError;
use super::number::Number;
use crate::value::{Reading, ReadingTime};

/// From which number on a time counts from 1970.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Epoch {
    /// 2^28 and more (RFC 8428 §4.5.3).
    Senml,
    /// Anything above zero, as in the draft that OMA JSON of 1.0 is made after.
    OmaJson,
}

/// Reads the sum of base time and time; `None` when there is neither. `Err` for
/// times that no device can mean.
pub(super) fn read(
    base: Option<Number>,
    own: Option<Number>,
    epoch: Epoch,
) -> Result<Option<ReadingTime>, &'static str> {
    let sum = match (base, own) {
        (None, None) => return Ok(None),
        (Some(base), Some(own)) => base.plus(own),
        (Some(time), None) | (None, Some(time)) => time,
    };
    let micros = sum.seconds_as_micros().ok_or(FAR)?;
    let time = if micros >= epoch.first_absolute() {
        ReadingTime::Absolute(micros)
    } else {
        ReadingTime::Relative(micros)
    };
    match time {
        ReadingTime::Absolute(micros) if micros > LAST_MICROS => Err(FAR),
        ReadingTime::Relative(micros) if micros < -LAST_MICROS => Err(FAR),
        _ => Ok(Some(time)),
    }
}

impl Epoch {
    /// The smallest absolute time, in microseconds.
    const fn first_absolute(self) -> i64 {
        match self {
            Self::Senml => SENML_FIRST_ABSOLUTE,
            Self::OmaJson => 1,
        }
    }

    /// The number that stands for a time; `None` if it would be read as another.
    fn write(self, time: ReadingTime) -> Option<i64> {
        let first = self.first_absolute();
        match time {
            ReadingTime::Absolute(micros) => {
                (first..=LAST_MICROS).contains(&micros).then_some(micros)
            }
            ReadingTime::Relative(micros) => {
                (-LAST_MICROS..first).contains(&micros).then_some(micros)
            }
        }
    }
}

/// How the times of a payload are written.
pub(super) struct Times {
    /// The time that all readings share, in microseconds.
    pub(super) base: Option<i64>,
    epoch: Epoch,
}

impl Times {
    /// Decides on a base time. A base time holds for every record, so it is only
    /// used when no reading is without one.
    pub(super) fn plan(readings: &[Reading], epoch: Epoch) -> Result<Self, EncodeError> {
        for reading in readings {
            if let Some(time) = reading.time {
                let path = reading.path;
                epoch.write(time).ok_or(EncodeError::Time { path })?;
            }
        }
        let shared = readings.first().and_then(|reading| reading.time);
        let base = shared
            .filter(|_| readings.iter().all(|reading| reading.time == shared))
            .and_then(|time| epoch.write(time));
        Ok(Self { base, epoch })
    }

    /// The time of one reading, unless the base time says it.
    pub(super) fn own(&self, reading: &Reading) -> Option<i64> {
        match self.base {
            Some(_) => None,
            None => reading.time.and_then(|time| self.epoch.write(time)),
        }
    }
}

/// 2^28 s: July 1978 as a time since 1970, 8.5 years as a time from now.
const SENML_FIRST_ABSOLUTE: i64 = (1 << 28) * 1_000_000;

/// The end of the year 9999, in microseconds since 1970.
const LAST_MICROS: i64 = 253_402_300_799_999_999;

const FAR: &str = "lies outside of the years to 9999 and was left out";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sj_02_times_below_2_to_the_28_count_from_now() {
        let read = |base: Option<i128>, own: Option<f64>| {
            read(base.map(Number::Whole), own.map(Number::Real), Epoch::Senml)
        };
        let relative = |micros| Ok(Some(ReadingTime::Relative(micros)));
        let absolute = |micros| Ok(Some(ReadingTime::Absolute(micros)));
        assert_eq!(read(None, None), Ok(None));
        assert_eq!(read(Some(268_435_455), None), relative(268_435_455_000_000));
        assert_eq!(read(Some(268_435_456), None), absolute(268_435_456_000_000));
        assert_eq!(read(None, Some(-5.25)), relative(-5_250_000));
        assert_eq!(
            read(Some(1_367_491_215), Some(-30.5)),
            absolute(1_367_491_184_500_000)
        );
        assert_eq!(read(Some(0), None), relative(0));
    }

    #[test]
    fn sj_02_far_times_are_left_out() {
        for time in [1e12, -1e12, f64::MAX, f64::NAN] {
            assert!(read(None, Some(Number::Real(time)), Epoch::Senml).is_err());
        }
        assert!(read(Some(Number::Whole(i128::MAX)), None, Epoch::Senml).is_err());
    }
}
