//! The `RangeEnumeration` of a resource, understood as far as it goes.
//!
//! The field is free text (conformance RG-09): `0..100`, `16,32,48`,
//! `0-255 bytes`, `ON;OFF`, whole sentences. What is not understood is
//! [`Range::Free`] and refuses nothing. For text and bytes a pair of numbers
//! bounds the length, for numbers it bounds the value.

use crate::value::{Kind, Value};
use std::fmt::Write as _;

/// How many alternatives a range may list before it counts as free text.
const MAX_ALTERNATIVES: usize = 64;

/// Which values a resource takes.
#[derive(Clone, PartialEq, Debug)]
pub enum Range {
    /// Nothing written, or nothing that we understand: every value passes.
    Free,
    /// Integers and times: inside any of these inclusive spans.
    Integers(Vec<(i128, i128)>),
    /// Floats: inside this inclusive span.
    Floats(f64, f64),
    /// Text (characters) and bytes: inclusive bounds of the length.
    Length(u64, u64),
    /// Bytes: one of these lengths.
    Lengths(Vec<u64>),
}

impl Range {
    /// Reads a range for values of `kind`. Never fails: see [`Range::Free`].
    #[must_use]
    pub fn parse(text: &str, kind: Option<Kind>) -> Self {
        let text = text.trim();
        match kind {
            Some(Kind::Integer | Kind::Unsigned | Kind::Time) => {
                integer_spans(text).map_or(Self::Free, Self::Integers)
            }
            Some(Kind::Float) => {
                span::<f64>(text).map_or(Self::Free, |(low, high)| Self::Floats(low, high))
            }
            Some(Kind::String | Kind::Opaque | Kind::Corelnk) => lengths(text),
            _ => Self::Free,
        }
    }

    /// Whether a value lies inside; otherwise which limit it misses, in words.
    /// A value of another type than the range speaks of passes: types are
    /// checked by [`crate::model::check_value`].
    pub fn check(&self, value: &Value) -> Result<(), String> {
        let fits = match (self, value) {
            (Self::Integers(spans), Value::Integer(number) | Value::Time(number)) => {
                inside(spans, i128::from(*number))
            }
            (Self::Integers(spans), Value::Unsigned(number)) => inside(spans, i128::from(*number)),
            (Self::Floats(low, high), Value::Float(number)) => (low..=high).contains(&number),
            (Self::Length(..) | Self::Lengths(_), value) => {
                return self.check_length(value);
            }
            _ => true,
        };
        if fits {
            return Ok(());
        }
        Err(format!("{} is outside {self}", shown(value)))
    }

    /// Bounds of text count characters for some definitions and bytes for others;
    /// a text is refused only when both counts miss.
    fn check_length(&self, value: &Value) -> Result<(), String> {
        let (characters, bytes) = match value {
            Value::String(text) | Value::Corelnk(text) => (text.chars().count(), text.len()),
            Value::Opaque(bytes) => (bytes.len(), bytes.len()),
            _ => return Ok(()),
        };
        let fits = |count: usize| {
            let count = count as u64;
            match self {
                Self::Length(low, high) => (*low..=*high).contains(&count),
                Self::Lengths(allowed) => allowed.contains(&count),
                _ => true,
            }
        };
        if fits(characters) || fits(bytes) {
            return Ok(());
        }
        let unit = if matches!(value, Value::Opaque(_)) {
            "bytes"
        } else {
            "characters"
        };
        Err(format!(
            "the value has {characters} {unit}, and {self} are allowed"
        ))
    }
}

impl std::fmt::Display for Range {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = match self {
            Self::Free => "any value".to_owned(),
            Self::Integers(spans) => listed(spans.iter().map(|(low, high)| {
                if low == high {
                    low.to_string()
                } else {
                    format!("{low}..{high}")
                }
            })),
            Self::Floats(low, high) => format!("{low}..{high}"),
            Self::Length(low, high) => format!("{low}..{high}"),
            Self::Lengths(allowed) => listed(allowed.iter().map(u64::to_string)),
        };
        f.write_str(&text)
    }
}

/// `1, 2, 5..9`.
fn listed(parts: impl Iterator<Item = String>) -> String {
    let mut text = String::new();
    for part in parts {
        let comma = if text.is_empty() { "" } else { ", " };
        let _ = write!(text, "{comma}{part}");
    }
    text
}

fn inside(spans: &[(i128, i128)], number: i128) -> bool {
    spans
        .iter()
        .any(|(low, high)| (low..=high).contains(&&number))
}

fn shown(value: &Value) -> String {
    match value {
        Value::Integer(number) | Value::Time(number) => number.to_string(),
        Value::Unsigned(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        _ => "the value".to_owned(),
    }
}

/// `0..247, 255`, `5, 10, 15` or `1..9`. A single number is no range: in the
/// registry it stands for a width or a maximum as often as for the only value.
fn integer_spans(text: &str) -> Option<Vec<(i128, i128)>> {
    let parts: Vec<&str> = text.split([',', ';']).map(str::trim).collect();
    let alone = parts.len() == 1;
    if parts.len() > MAX_ALTERNATIVES {
        return None;
    }
    parts
        .into_iter()
        .map(|part| match part.parse::<i128>() {
            Ok(number) if !alone => Some((number, number)),
            _ => span::<i128>(part),
        })
        .collect()
}

/// `0..255`, `0-255 bytes`, `16,32,48`.
fn lengths(text: &str) -> Range {
    let plain = without_size_word(text);
    if let Some((low, high)) = span::<u64>(plain) {
        return Range::Length(low, high);
    }
    let listed: Option<Vec<u64>> = plain
        .split([',', '-'])
        .map(|part| part.trim().parse().ok())
        .collect();
    match listed {
        Some(allowed) if (2..=MAX_ALTERNATIVES).contains(&allowed.len()) => Range::Lengths(allowed),
        _ => Range::Free,
    }
}

/// The text without a trailing `bytes` or `characters`.
pub(crate) fn without_size_word(text: &str) -> &str {
    let digits_end = text
        .rfind(|c: char| c.is_ascii_digit())
        .map_or(0, |at| at.saturating_add(1));
    let (numbers, word) = text.split_at_checked(digits_end).unwrap_or((text, ""));
    let word = word.trim();
    let is_size = [
        "byte",
        "bytes",
        "char",
        "chars",
        "character",
        "characters",
        "octets",
    ]
    .iter()
    .any(|size| word.eq_ignore_ascii_case(size));
    if is_size { numbers } else { text }
}

/// `low..high` or `low-high`; `None` when the ends are the wrong way round.
fn span<T: std::str::FromStr + PartialOrd>(text: &str) -> Option<(T, T)> {
    let (low, high) = text.split_once("..").or_else(|| {
        // A dash at the start belongs to a negative number.
        let at = text.get(1..)?.find('-')?.checked_add(1)?;
        Some((text.get(..at)?, text.get(at.checked_add(1)?..)?))
    })?;
    let low = low.trim().parse().ok()?;
    let high = high.trim().parse().ok()?;
    (low <= high).then_some((low, high))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: Kind, range: &str, value: Value) -> Result<(), String> {
        Range::parse(range, Some(kind)).check(&value)
    }

    #[test]
    fn rg_09_pairs_bound_numbers() {
        let battery = |number| check(Kind::Integer, "0..100", Value::Integer(number));
        assert_eq!(battery(0), Ok(()));
        assert_eq!(battery(100), Ok(()));
        assert_eq!(battery(101), Err("101 is outside 0..100".into()));
        assert!(check(Kind::Integer, "-140..-44", Value::Integer(-43)).is_err());
        assert!(check(Kind::Integer, "0-50", Value::Integer(51)).is_err());
        assert!(check(Kind::Float, "0.000001..1.0", Value::Float(0.0)).is_err());
        assert!(check(Kind::Float, "-1..1", Value::Float(f64::NAN)).is_err());
        let all = "0..18446744073709551615";
        assert_eq!(
            check(Kind::Unsigned, all, Value::Unsigned(u64::MAX)),
            Ok(())
        );
    }

    #[test]
    fn rg_09_lists_mix_numbers_and_pairs() {
        let unit = |number| check(Kind::Integer, "0..247, 255", Value::Integer(number));
        assert_eq!(unit(247), Ok(()));
        assert_eq!(unit(255), Ok(()));
        assert_eq!(unit(250), Err("250 is outside 0..247, 255".into()));
    }

    #[test]
    fn rg_09_pairs_bound_the_length_of_text_and_bytes() {
        let text = |range: &str, text: &str| check(Kind::String, range, Value::String(text.into()));
        assert_eq!(text("0..4", "abcd"), Ok(()));
        assert_eq!(
            text("0..4", "abcde"),
            Err("the value has 5 characters, and 0..4 are allowed".into())
        );
        assert!(text("0-255 bytes", &"x".repeat(256)).is_err());
        assert_eq!(text("0..4", "äöüß"), Ok(()), "characters fit, bytes do not");
        let key = |length| check(Kind::Opaque, "16,32,48", Value::Opaque(vec![0; length]));
        assert_eq!(key(32), Ok(()));
        assert_eq!(
            key(31),
            Err("the value has 31 bytes, and 16, 32, 48 are allowed".into())
        );
        assert!(check(Kind::Opaque, "16-32-48 bytes", Value::Opaque(vec![0])).is_err());
    }

    #[test]
    fn rg_09_what_is_not_understood_refuses_nothing() {
        for range in [
            "",
            "ON;OFF",
            "8-Bits",
            "255",
            "2 Instances",
            "<7 to >12.5",
            "0; 3.8..20.5",
            "9..1",
            "0: disabled 1: normal",
            "..",
            "-",
            "1..",
            "é",
        ] {
            for kind in Kind::ALL {
                let parsed = Range::parse(range, Some(kind));
                assert_eq!(parsed, Range::Free, "{range:?} as {kind}");
            }
        }
        assert_eq!(Range::Free.check(&Value::Integer(i64::MIN)), Ok(()));
    }
}
