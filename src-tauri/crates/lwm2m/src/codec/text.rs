//! One value as text (Core 1.1.1 §7.4.1), and the arguments of Execute, which
//! are text too.

use super::collect::{Collector, Reason};
use super::error::{DecodeError, EncodeError};
use super::json_reader::base64;
use super::number::Number;
use super::objlnk;
use crate::format::Format;
use crate::value::{Kind, Reading, Value};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

/// Reads the value of the collector's base. Text that is not of the model's type
/// stays text; bytes that are no text stay bytes.
pub(super) fn decode(payload: &[u8], collector: &mut Collector<'_>) -> Result<(), DecodeError> {
    let path = collector.base;
    let kind = collector.kind(path);
    let error = |reason: Reason| DecodeError::at_byte(Format::Text, 0, reason);
    let Ok(text) = std::str::from_utf8(payload) else {
        let wanted = kind.unwrap_or(Kind::String);
        collector.mismatch(path, wanted, || "bytes that are not UTF-8".to_owned());
        let value = Value::Opaque(payload.to_vec());
        return collector.keep(path, value, None).map_err(error);
    };
    let value = kind.and_then(|kind| parse(text, kind));
    let value = value.unwrap_or_else(|| Value::String(text.to_owned()));
    collector.add(path, value, None).map_err(error)
}

/// Reads text as far as its own form allows; the collector does the rest.
fn parse(text: &str, kind: Kind) -> Option<Value> {
    match kind {
        Kind::Integer | Kind::Unsigned | Kind::Float | Kind::Time => {
            Number::parse(text).map(Number::into_value)
        }
        Kind::Boolean => match text {
            "0" | "false" => Some(Value::Boolean(false)),
            "1" | "true" => Some(Value::Boolean(true)),
            _ => None,
        },
        Kind::Opaque => base64(text).map(Value::Opaque),
        Kind::Objlnk => objlnk::parse(text),
        Kind::String | Kind::Corelnk => None,
    }
}

/// Writes one value.
pub(super) fn encode(reading: &Reading) -> Result<Vec<u8>, EncodeError> {
    let text = match &reading.value {
        Value::String(text) | Value::Corelnk(text) => text.clone(),
        Value::Integer(number) | Value::Time(number) => number.to_string(),
        Value::Unsigned(number) => number.to_string(),
        Value::Float(number) if number.is_finite() => decimal(*number),
        Value::Float(_) => {
            return Err(EncodeError::NotCarried {
                format: Format::Text,
                path: reading.path,
                kind: Kind::Float,
                reason: "text has no NaN and no infinity",
            });
        }
        Value::Boolean(value) => u8::from(*value).to_string(),
        Value::Opaque(bytes) => BASE64_STANDARD.encode(bytes),
        Value::Objlnk(object, instance) => format!("{object}:{instance}"),
    };
    Ok(text.into_bytes())
}

/// Decimal, without an exponent where that stays short: many devices read none.
fn decimal(number: f64) -> String {
    let magnitude = number.abs();
    if magnitude == 0.0 || (1e-9..1e17).contains(&magnitude) {
        number.to_string()
    } else {
        format!("{number:e}")
    }
}

/// One argument of Execute: a digit, perhaps with a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Argument<'a> {
    /// 0–9.
    pub number: u8,
    /// What stands between the quotes.
    pub value: Option<&'a str>,
}

/// What is wrong with the arguments of Execute, in words for the person who
/// typed them.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ArgumentsError {
    /// An argument that does not start with one digit.
    #[error("\"{0}\" does not start with a digit from 0 to 9; arguments look like 0,1='text'")]
    NoDigit(String),
    /// An equals sign without a value in single quotes.
    #[error("the value of argument {0} must stand in single quotes, as in {0}='text'")]
    NotQuoted(u8),
    /// A character that a value cannot have (Core 1.1.1 §6.3.5).
    #[error(
        "the value of argument {number} cannot contain {character:?}; printable ASCII is allowed, except space, quotes and backslash"
    )]
    Character {
        /// The argument.
        number: u8,
        /// What stands in its value.
        character: char,
    },
    /// Something other than a comma after an argument.
    #[error("after argument {0} a comma must follow")]
    NoComma(u8),
    /// The same digit twice (Core 1.2.1 §6.3.5).
    #[error("argument {0} occurs twice")]
    Repeated(u8),
}

/// Reads the arguments of Execute, such as `0,1='text'` (Core 1.1.1 §6.3.5,
/// conformance DM-08). Empty text is no argument.
///
/// # Errors
/// When the text does not follow the grammar.
pub fn execute_arguments(text: &str) -> Result<Vec<Argument<'_>>, ArgumentsError> {
    let mut arguments: Vec<Argument<'_>> = Vec::new();
    if text.is_empty() {
        return Ok(arguments);
    }
    let mut rest = text;
    loop {
        let (argument, after) = first_argument(rest)?;
        let number = argument.number;
        if arguments.iter().any(|earlier| earlier.number == number) {
            return Err(ArgumentsError::Repeated(number));
        }
        arguments.push(argument);
        if after.is_empty() {
            return Ok(arguments);
        }
        rest = after
            .strip_prefix(',')
            .ok_or(ArgumentsError::NoComma(number))?;
    }
}

/// Splits off one argument; what comes after it is for the caller to judge.
fn first_argument(text: &str) -> Result<(Argument<'_>, &str), ArgumentsError> {
    let mut characters = text.chars();
    let digit = characters.next().and_then(|digit| digit.to_digit(10));
    let Some(number) = digit.and_then(|digit| u8::try_from(digit).ok()) else {
        let shown = text.split(',').next().unwrap_or_default();
        return Err(ArgumentsError::NoDigit(shown.chars().take(20).collect()));
    };
    let after = characters.as_str();
    let Some(value) = after.strip_prefix('=') else {
        return Ok((
            Argument {
                number,
                value: None,
            },
            after,
        ));
    };
    let quoted = value
        .strip_prefix('\'')
        .and_then(|value| value.split_once('\''));
    let (value, after) = quoted.ok_or(ArgumentsError::NotQuoted(number))?;
    match value
        .chars()
        .find(|character| !is_argument_character(*character))
    {
        Some(character) => Err(ArgumentsError::Character { number, character }),
        None => {
            let value = Some(value);
            Ok((Argument { number, value }, after))
        }
    }
}

const fn is_argument_character(character: char) -> bool {
    matches!(character, '!' | '#'..='&' | '('..='[' | ']'..='~')
}

#[cfg(test)]
mod tests;
