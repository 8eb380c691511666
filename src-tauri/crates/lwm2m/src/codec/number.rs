//! Numbers of JSON, CBOR and text before they have a type: 64-bit integers stay
//! exact and never pass through a float (conformance SJ-06).

use crate::value::Value;

/// A number as it stands in a payload.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Number {
    /// Without fraction or exponent; covers `i64` and `u64`.
    Whole(i128),
    /// With fraction or exponent.
    Real(f64),
}

impl Number {
    /// Reads decimal text such as `-12`, `1.5`, `1e3`, independent of any locale.
    /// `None` for anything else, also for `inf` and `nan`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
            return None;
        }
        // Only a float has a zero below zero.
        let whole = digits.bytes().all(|b| b.is_ascii_digit()) && text != "-0";
        if whole && digits.len() <= MAX_WHOLE_DIGITS {
            return text.parse().ok().map(Self::Whole);
        }
        let number: f64 = text.parse().ok()?;
        number.is_finite().then_some(Self::Real(number))
    }

    /// `mantissa` times ten to the power of `exponent`.
    pub(super) fn decimal(mantissa: i128, exponent: i64) -> Self {
        if exponent == 0 {
            return Self::Whole(mantissa);
        }
        // Through text, because that rounds once and correctly.
        let number = format!("{mantissa}e{exponent}").parse();
        Self::Real(number.unwrap_or(f64::NAN))
    }

    /// The sum, exact when both are whole.
    pub(super) fn plus(self, other: Self) -> Self {
        if let (Self::Whole(a), Self::Whole(b)) = (self, other)
            && let Some(sum) = a.checked_add(b)
        {
            return Self::Whole(sum);
        }
        Self::Real(self.as_real() + other.as_real())
    }

    /// The nearest float.
    pub(super) fn as_real(self) -> f64 {
        match self {
            Self::Whole(number) => number as f64,
            Self::Real(number) => number,
        }
    }

    /// The same number without fraction, if it has none: `1.0` and `1e3` count. A float at
    /// the lower end of 64 bits does not: it may stand for an integer beyond it.
    pub(super) fn as_whole(self) -> Option<i128> {
        match self {
            Self::Whole(number) => Some(number),
            Self::Real(number) => {
                let fits = number > -(WHOLE_LIMIT / 2.0) && number < WHOLE_LIMIT;
                (number.fract() == 0.0 && fits).then_some(number as i128)
            }
        }
    }

    /// Seconds as microseconds; `None` when they do not fit.
    pub(super) fn seconds_as_micros(self) -> Option<i64> {
        match self {
            Self::Whole(seconds) => seconds
                .checked_mul(MICROS_PER_SECOND)
                .and_then(|micros| i64::try_from(micros).ok()),
            // Part by part, because the product would round twice.
            Self::Real(seconds) if seconds.abs() < SECONDS_LIMIT => {
                let whole = (seconds.trunc() as i128).checked_mul(MICROS_PER_SECOND)?;
                let rest = (seconds.fract() * 1e6).round() as i128;
                i64::try_from(whole.checked_add(rest)?).ok()
            }
            Self::Real(_) => None,
        }
    }

    /// A value of the narrowest type: Integer, else Unsigned, else Float.
    pub(super) fn into_value(self) -> Value {
        let Self::Whole(number) = self else {
            return Value::Float(self.as_real());
        };
        if let Ok(integer) = i64::try_from(number) {
            return Value::Integer(integer);
        }
        u64::try_from(number).map_or_else(|_| Value::Float(self.as_real()), Value::Unsigned)
    }

    /// The number in a value, if it is one.
    pub(super) fn of_value(value: &Value) -> Option<Self> {
        match *value {
            Value::Integer(number) | Value::Time(number) => Some(Self::Whole(number.into())),
            Value::Unsigned(number) => Some(Self::Whole(number.into())),
            Value::Float(number) => Some(Self::Real(number)),
            _ => None,
        }
    }
}

/// How many digits always fit an `i128`.
const MAX_WHOLE_DIGITS: usize = 38;

/// 2^64: floats from here on are no 64-bit integers.
const WHOLE_LIMIT: f64 = 18_446_744_073_709_551_616.0;

/// Seconds beyond which no number of microseconds fits an `i64`.
const SECONDS_LIMIT: f64 = 1e13;

const MICROS_PER_SECOND: i128 = 1_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sj_06_whole_numbers_stay_exact_however_they_are_written() {
        let whole = |text| Number::parse(text).and_then(Number::as_whole);
        assert_eq!(whole("18446744073709551615"), Some(u64::MAX.into()));
        assert_eq!(whole("-9223372036854775808"), Some(i64::MIN.into()));
        assert_eq!(whole("1.0"), Some(1));
        assert_eq!(whole("1e3"), Some(1000));
        assert_eq!(whole("1.5"), None);
        assert_eq!(
            Number::decimal(9_007_199_254_740_993, 0).as_whole(),
            Some(9_007_199_254_740_993)
        );
        assert_eq!(Number::decimal(225, -1).as_real(), 22.5);
        let below = Number::Whole(i128::from(i64::MIN) - 1).into_value();
        let taken = Number::of_value(&below).and_then(Number::as_whole);
        assert_eq!(taken, None, "{below:?} is not the lowest integer");
    }

    #[test]
    fn sj_02_seconds_are_exact_to_the_microsecond() {
        for micros in [
            1,
            -1,
            1_500_000,
            -4_378_643_542_553_906,
            4_294_967_295_999_999,
        ] {
            let seconds = micros as f64 / 1e6;
            assert_eq!(Number::Real(seconds).seconds_as_micros(), Some(micros));
        }
        assert_eq!(Number::Real(1e13).seconds_as_micros(), None);
        assert_eq!(Number::Real(f64::NAN).seconds_as_micros(), None);
    }

    #[test]
    fn tx_01_words_and_empty_text_are_not_numbers() {
        for text in ["", "-", "inf", "NaN", "+1", "1,5", " 1", "0x10", "1e999"] {
            assert_eq!(Number::parse(text), None, "{text:?}");
        }
    }
}
