//! JSON as SenML JSON and OMA JSON need it: numbers that keep 64 bits, text
//! without copying, nesting that is bounded before anything is read (G-38).

use super::collect::Reason;
use super::error::DecodeError;
use super::number::Number;
use crate::format::Format;
use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, Visitor};
use std::borrow::Cow;
use std::fmt;

/// Reads a whole payload with `seed`.
pub(super) fn read<'de, S: DeserializeSeed<'de>>(
    format: Format,
    payload: &'de [u8],
    seed: S,
) -> Result<S::Value, DecodeError> {
    let text = std::str::from_utf8(payload).map_err(|error| {
        DecodeError::at_byte(format, error.valid_up_to(), "this is not UTF-8 text")
    })?;
    check_depth(format, payload)?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let read = seed
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value));
    read.map_err(|error| {
        let text = error.to_string();
        // The place is told as an offset instead of line and column.
        let reason = text
            .rsplit_once(" at line ")
            .map_or(text.as_str(), |(reason, _)| reason);
        DecodeError::at_byte(format, offset(payload, &error), reason.to_owned())
    })
}

/// The offset of an error, from its line and column (both from one).
fn offset(payload: &[u8], error: &serde_json::Error) -> usize {
    let lines = payload.split_inclusive(|byte| *byte == b'\n');
    let before: usize = lines
        .take(error.line().saturating_sub(1))
        .map(<[u8]>::len)
        .sum();
    before
        .saturating_add(error.column())
        .saturating_sub(1)
        .min(payload.len())
}

/// Refuses deep nesting before a parser meets it.
fn check_depth(format: Format, payload: &[u8]) -> Result<(), DecodeError> {
    let mut depth: usize = 0;
    let mut in_string = false;
    let mut escaped = false;
    for (offset, byte) in payload.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'[' | b'{' => depth = depth.saturating_add(1),
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            let reason = format!("nested deeper than {MAX_DEPTH} levels");
            return Err(DecodeError::at_byte(format, offset, reason));
        }
    }
    Ok(())
}

/// Reads base64 of either alphabet, with or without padding (conformance SJ-04).
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    let url = text.bytes().any(|byte| matches!(byte, b'-' | b'_'));
    let engine = if url { &ANY_URL_SAFE } else { &ANY_STANDARD };
    engine.decode(text).ok()
}

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const ANY_URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);
const ANY_STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);

/// Text that borrows from the payload unless it has escapes.
pub(super) struct Text<'de>(pub(super) Cow<'de, str>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Text(Cow::Owned(text.to_owned())))
    }
}

/// A number that keeps what it was.
pub(super) struct AnyNumber(pub(super) Number);

impl<'de> Deserialize<'de> for AnyNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberVisitor)
    }
}

struct NumberVisitor;

impl Visitor<'_> for NumberVisitor {
    type Value = AnyNumber;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number")
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        Ok(AnyNumber(Number::Whole(number.into())))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(AnyNumber(Number::Whole(number.into())))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        Ok(AnyNumber(Number::Real(number)))
    }
}

/// Carries a reason out of a visitor.
pub(super) fn refuse<E: Error>(reason: &Reason) -> E {
    E::custom(reason)
}

/// Deepest nesting that is read (G-38).
const MAX_DEPTH: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sj_04_either_alphabet_with_or_without_padding() {
        let bytes = Some(vec![0xFB, 0xEF, 0xFF, 0x01]);
        for text in ["--__AQ", "--__AQ==", "++//AQ", "++//AQ=="] {
            assert_eq!(base64(text), bytes, "{text}");
        }
        assert_eq!(base64(""), Some(vec![]));
        assert_eq!(base64("a"), None);
        assert_eq!(base64("-+AA"), None);
    }

    #[test]
    fn g_38_brackets_in_strings_are_no_nesting() {
        let brackets = format!("[\"{}\\\"[[\"]", "[".repeat(100));
        assert_eq!(check_depth(Format::Json, brackets.as_bytes()), Ok(()));
        assert!(check_depth(Format::Json, "[".repeat(17).as_bytes()).is_err());
        assert!(check_depth(Format::Json, "[]".repeat(100).as_bytes()).is_ok());
    }
}
