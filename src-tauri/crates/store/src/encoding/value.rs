//! Values inside operations. Numbers keep every bit: JSON's own numbers carry the
//! integers, floats travel as text, because not every reader rounds them alike
//! and NaN has no JSON.

use super::json::{
    expected, field, integer, items, number, object, optional, path_from_json, path_to_json, text,
    time_from_json, time_to_json,
};
use crate::error::StoreError;
use lwm2m::{Reading, ReadingTime, Value};
use serde_json::{Value as Json, json};
use server::operation::TimedValue;
use std::fmt::Write as _;

/// `{"float": "21.5"}`
pub(super) fn value_to_json(value: &Value) -> Json {
    match value {
        Value::String(text) => json!({ "string": text }),
        Value::Integer(number) => json!({ "integer": number }),
        Value::Unsigned(number) => json!({ "unsigned": number }),
        Value::Float(number) => json!({ "float": float_to_text(*number) }),
        Value::Boolean(truth) => json!({ "boolean": truth }),
        Value::Opaque(bytes) => json!({ "opaque": hex_from_bytes(bytes) }),
        Value::Time(seconds) => json!({ "time": seconds }),
        Value::Objlnk(object, instance) => json!({ "objlnk": [object, instance] }),
        Value::Corelnk(text) => json!({ "corelnk": text }),
    }
}

/// Reads what [`value_to_json`] wrote.
pub(super) fn value_from_json(json: &Json) -> Result<Value, StoreError> {
    let (kind, payload) = json
        .as_object()
        .and_then(|fields| fields.iter().next())
        .ok_or_else(|| expected("a value", json))?;
    Ok(match kind.as_str() {
        "string" => Value::String(text(payload)?.to_owned()),
        "integer" => Value::Integer(integer(payload)?),
        "unsigned" => Value::Unsigned(number(payload)?),
        "float" => {
            Value::Float(float_from_text(text(payload)?).ok_or_else(|| expected("a float", json))?)
        }
        "boolean" => Value::Boolean(
            payload
                .as_bool()
                .ok_or_else(|| expected("a boolean", json))?,
        ),
        "opaque" => Value::Opaque(
            bytes_from_hex(text(payload)?).ok_or_else(|| expected("hex digits", json))?,
        ),
        "time" => Value::Time(integer(payload)?),
        "objlnk" => match items(payload)? {
            [object, instance] => Value::Objlnk(number(object)?, number(instance)?),
            _ => return Err(expected("an object link", json)),
        },
        "corelnk" => Value::Corelnk(text(payload)?.to_owned()),
        _ => return Err(expected("a value", json)),
    })
}

/// A reading with its path and the time in the device's payload.
pub(super) fn reading_to_json(reading: &Reading) -> Json {
    let time = reading.time.map(|time| match time {
        ReadingTime::Absolute(micros) => json!({ "absolute": micros }),
        ReadingTime::Relative(micros) => json!({ "relative": micros }),
    });
    object([
        ("path", Some(path_to_json(reading.path))),
        ("value", Some(value_to_json(&reading.value))),
        ("time", time),
    ])
}

/// Reads what [`reading_to_json`] wrote.
pub(super) fn reading_from_json(json: &Json) -> Result<Reading, StoreError> {
    let time = |found: &Json| match (found.get("absolute"), found.get("relative")) {
        (Some(micros), None) => integer(micros).map(ReadingTime::Absolute),
        (None, Some(micros)) => integer(micros).map(ReadingTime::Relative),
        _ => Err(expected("a time", found)),
    };
    Ok(Reading {
        path: path_from_json(field(json, "path")?)?,
        value: value_from_json(field(json, "value")?)?,
        time: optional(json, "time", time)?,
    })
}

/// A value with its path and the time under which it is stored.
pub(super) fn timed_value_to_json(timed: &TimedValue) -> Json {
    object([
        ("path", Some(path_to_json(timed.path))),
        ("value", Some(value_to_json(&timed.value))),
        ("taken_at", timed.taken_at.map(time_to_json)),
    ])
}

/// Reads what [`timed_value_to_json`] wrote.
pub(super) fn timed_value_from_json(json: &Json) -> Result<TimedValue, StoreError> {
    Ok(TimedValue {
        path: path_from_json(field(json, "path")?)?,
        value: value_from_json(field(json, "value")?)?,
        taken_at: optional(json, "taken_at", time_from_json)?,
    })
}

/// The shortest digits that read back as the same number; the bits where digits
/// would lose some.
pub(super) fn float_to_text(number: f64) -> String {
    if number.is_finite() {
        format!("{number:?}")
    } else {
        format!("0x{:016x}", number.to_bits())
    }
}

/// Reads what [`float_to_text`] wrote.
pub(super) fn float_from_text(text: &str) -> Option<f64> {
    match text.strip_prefix("0x") {
        Some(bits) => u64::from_str_radix(bits, 16).ok().map(f64::from_bits),
        None => text.parse().ok(),
    }
}

fn hex_from_bytes(bytes: &[u8]) -> String {
    bytes.iter().fold(
        String::with_capacity(bytes.len().saturating_mul(2)),
        |mut hex, byte| {
            write!(hex, "{byte:02x}").expect("writing to a String never fails");
            hex
        },
    )
}

fn bytes_from_hex(hex: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    let (pairs, rest) = hex.as_bytes().as_chunks::<2>();
    let bytes = pairs
        .iter()
        .map(|&[high, low]| Some(digit(high)? << 4 | digit(low)?))
        .collect();
    if rest.is_empty() { bytes } else { None }
}
