//! Values between JSON, the data model and what people type. 64-bit integers travel
//! as decimal strings, because JSON numbers lose them in most programs.

use crate::dto;
use crate::error::{ApiError, ErrorCode};
use crate::forms::{base64, from_base64};
use lwm2m::{Kind, Value};
use serde_json::Value as Json;

/// The contract's word for a type.
#[must_use]
pub(crate) const fn kind_to_dto(kind: Kind) -> dto::Kind {
    match kind {
        Kind::String => dto::Kind::String,
        Kind::Integer => dto::Kind::Integer,
        Kind::Unsigned => dto::Kind::Unsigned,
        Kind::Float => dto::Kind::Float,
        Kind::Boolean => dto::Kind::Boolean,
        Kind::Opaque => dto::Kind::Opaque,
        Kind::Time => dto::Kind::Time,
        Kind::Objlnk => dto::Kind::Objlnk,
        Kind::Corelnk => dto::Kind::Corelnk,
    }
}

/// The type that the contract's word means.
#[must_use]
pub(crate) const fn kind_from_dto(kind: dto::Kind) -> Kind {
    match kind {
        dto::Kind::String => Kind::String,
        dto::Kind::Integer => Kind::Integer,
        dto::Kind::Unsigned => Kind::Unsigned,
        dto::Kind::Float => Kind::Float,
        dto::Kind::Boolean => Kind::Boolean,
        dto::Kind::Opaque => Kind::Opaque,
        dto::Kind::Time => Kind::Time,
        dto::Kind::Objlnk => Kind::Objlnk,
        dto::Kind::Corelnk => Kind::Corelnk,
    }
}

/// A value in the JSON form of its kind.
#[must_use]
pub(crate) fn to_json(value: &Value) -> Json {
    match value {
        Value::String(text) | Value::Corelnk(text) => text.as_str().into(),
        Value::Integer(number) | Value::Time(number) => number.to_string().into(),
        Value::Unsigned(number) => number.to_string().into(),
        Value::Float(number) => float_to_json(*number),
        Value::Boolean(on) => (*on).into(),
        Value::Opaque(bytes) => base64(bytes).into(),
        Value::Objlnk(object, instance) => format!("{object}:{instance}").into(),
    }
}

/// Bytes of an opaque value that rows and events show; the rest is fetched on demand
/// (conformance DT-03).
pub(crate) const SHOWN_BYTES: usize = 1_024;

/// Bytes of a text that rows and events show.
pub(crate) const SHOWN_TEXT: usize = 16 << 10;

/// A value for a row or an event: in the JSON form of its kind, cut short if it is
/// large, and then its whole size in bytes.
#[must_use]
pub(crate) fn to_preview(value: &Value) -> (Json, Option<u64>) {
    let size = |bytes: usize| Some(u64::try_from(bytes).unwrap_or(u64::MAX));
    match value {
        Value::Opaque(bytes) if bytes.len() > SHOWN_BYTES => {
            let shown = bytes.get(..SHOWN_BYTES).unwrap_or_default();
            (base64(shown).into(), size(bytes.len()))
        }
        Value::String(text) | Value::Corelnk(text) if text.len() > SHOWN_TEXT => {
            let end = text.floor_char_boundary(SHOWN_TEXT);
            (text.get(..end).unwrap_or_default().into(), size(text.len()))
        }
        _ => (to_json(value), None),
    }
}

fn float_to_json(number: f64) -> Json {
    if number.is_nan() {
        "NaN".into()
    } else if number.is_infinite() {
        if number > 0.0 {
            "Infinity".into()
        } else {
            "-Infinity".into()
        }
    } else {
        number.into()
    }
}

/// Reads the JSON form of `kind`. Numbers are accepted where a decimal string is
/// the form, as scripts write them.
///
/// # Errors
/// `invalid_value`, naming the path, what came and what should.
pub(crate) fn from_json(path: &str, kind: Kind, json: &Json) -> Result<Value, ApiError> {
    let found = match (kind, json) {
        (Kind::String, Json::String(text)) => Some(Value::String(text.clone())),
        (Kind::Corelnk, Json::String(text)) => Some(Value::Corelnk(text.clone())),
        (Kind::Integer, _) => integer(json).map(Value::Integer),
        (Kind::Time, _) => integer(json).map(Value::Time),
        (Kind::Unsigned, Json::String(text)) => text.parse().ok().map(Value::Unsigned),
        (Kind::Unsigned, Json::Number(number)) => number.as_u64().map(Value::Unsigned),
        (Kind::Float, Json::Number(number)) => number.as_f64().map(Value::Float),
        (Kind::Float, Json::String(text)) => float(text).map(Value::Float),
        (Kind::Boolean, Json::Bool(on)) => Some(Value::Boolean(*on)),
        (Kind::Opaque, Json::String(text)) => from_base64(text).map(Value::Opaque),
        (Kind::Objlnk, Json::String(text)) => objlnk(text),
        _ => None,
    };
    found.ok_or_else(|| {
        let message = format!("{path}: {json} is not {}.", form(kind));
        ApiError::new(ErrorCode::InvalidValue, message)
    })
}

/// Reads what a person typed for a resource of `kind`.
///
/// # Errors
/// `invalid_value`, saying what is expected.
pub(crate) fn from_text(path: &str, kind: Kind, text: &str) -> Result<Value, ApiError> {
    let trimmed = text.trim();
    let found = match kind {
        Kind::String => Some(Value::String(text.to_owned())),
        Kind::Corelnk => Some(Value::Corelnk(trimmed.to_owned())),
        Kind::Integer => trimmed.parse().ok().map(Value::Integer),
        Kind::Unsigned => trimmed.parse().ok().map(Value::Unsigned),
        Kind::Float => float(&trimmed.replace(',', ".")).map(Value::Float),
        Kind::Boolean => match trimmed.to_ascii_lowercase().as_str() {
            "true" | "1" | "on" | "yes" => Some(Value::Boolean(true)),
            "false" | "0" | "off" | "no" => Some(Value::Boolean(false)),
            _ => None,
        },
        Kind::Opaque => hex(trimmed).map(Value::Opaque),
        Kind::Time => trimmed
            .parse()
            .ok()
            .or_else(|| {
                crate::time::from_text("time", trimmed)
                    .ok()
                    .map(|time| time.as_seconds())
            })
            .map(Value::Time),
        Kind::Objlnk => objlnk(trimmed),
    };
    found.ok_or_else(|| {
        let expected = match kind {
            Kind::Opaque => "bytes in hexadecimal, such as 0a ff 10",
            Kind::Time => "a time such as 2026-11-20T09:42:17Z, or Unix seconds",
            Kind::Boolean => "true or false",
            Kind::Float => "a number such as 21.5",
            other => form(other),
        };
        ApiError::new(
            ErrorCode::InvalidValue,
            format!("{path}: \"{trimmed}\" is not {expected}."),
        )
    })
}

fn integer(json: &Json) -> Option<i64> {
    match json {
        Json::String(text) => text.parse().ok(),
        Json::Number(number) => number.as_i64(),
        _ => None,
    }
}

fn float(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::NAN),
        "Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        // Rust also reads "inf" and "nan"; the contract does not.
        other => other.parse().ok().filter(|number: &f64| number.is_finite()),
    }
}

fn objlnk(text: &str) -> Option<Value> {
    let (object, instance) = text.split_once(':')?;
    Some(Value::Objlnk(object.parse().ok()?, instance.parse().ok()?))
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let text = text.strip_prefix("0x").unwrap_or(text);
    let digits: Vec<u8> = text
        .chars()
        .filter(|c| !c.is_whitespace() && *c != ':')
        .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect::<Option<_>>()?;
    let (pairs, rest) = digits.as_chunks::<2>();
    rest.is_empty()
        .then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

const fn form(kind: Kind) -> &'static str {
    match kind {
        Kind::String => "text",
        Kind::Integer => {
            "a whole number from -9223372036854775808 to 9223372036854775807, as a decimal string"
        }
        Kind::Unsigned => "a whole number from 0 to 18446744073709551615, as a decimal string",
        Kind::Float => "a number, \"NaN\", \"Infinity\" or \"-Infinity\"",
        Kind::Boolean => "true or false, without quotes",
        Kind::Opaque => "bytes in base64",
        Kind::Time => "Unix seconds, as a decimal string",
        Kind::Objlnk => "an object link such as \"3:0\"",
        Kind::Corelnk => "links in link-format",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_kind_keeps_its_json_form() {
        for (value, form) in [
            (Value::String("a".into()), json!("a")),
            (Value::Integer(i64::MIN), json!("-9223372036854775808")),
            (Value::Unsigned(u64::MAX), json!("18446744073709551615")),
            (Value::Float(21.5), json!(21.5)),
            (Value::Float(f64::NEG_INFINITY), json!("-Infinity")),
            (Value::Boolean(true), json!(true)),
            (Value::Opaque(vec![0, 255]), json!("AP8=")),
            (Value::Time(1_795_167_737), json!("1795167737")),
            (Value::Objlnk(3, 0), json!("3:0")),
            (Value::Corelnk("</3/0>".into()), json!("</3/0>")),
        ] {
            assert_eq!(to_json(&value), form);
            assert_eq!(from_json("/x", value.kind(), &form), Ok(value));
        }
        assert_eq!(to_json(&Value::Float(f64::NAN)), json!("NaN"));
    }

    #[test]
    fn dt_03_large_values_are_shown_in_part_with_their_size() {
        let small = Value::Opaque(vec![7; SHOWN_BYTES]);
        assert_eq!(to_preview(&small), (to_json(&small), None));
        let large = Value::Opaque(vec![7; 1 << 20]);
        assert_eq!(to_preview(&large), (to_json(&small), Some(1 << 20)));
        let (shown, size) = to_preview(&Value::String("ä".repeat(SHOWN_TEXT)));
        assert_eq!(size, Some(2 * SHOWN_TEXT as u64));
        assert_eq!(shown.as_str().map(str::len), Some(SHOWN_TEXT));
        assert_eq!(to_preview(&Value::Integer(1)), (json!("1"), None));
    }

    #[test]
    fn what_does_not_fit_is_refused_in_words() {
        let refused = |kind, json: Json| from_json("/3/0/9", kind, &json).expect_err("a refusal");
        let error = refused(Kind::Integer, json!("9223372036854775808"));
        assert_eq!(error.code, ErrorCode::InvalidValue);
        assert!(error.message.starts_with("/3/0/9"), "{error}");
        refused(Kind::Integer, json!(1.5));
        refused(Kind::Boolean, json!("true"));
        refused(Kind::Opaque, json!("not base64!"));
        refused(Kind::Float, json!("inf"));
    }

    #[test]
    fn bytes_may_come_as_tools_write_base64() {
        let broken = json!("AQID\r\nBAUG\n");
        let read = from_json("/3/0/9", Kind::Opaque, &broken);
        assert_eq!(read.ok(), Some(Value::Opaque(vec![1, 2, 3, 4, 5, 6])));
    }

    #[test]
    fn typed_text_is_read_as_people_write_it() {
        let read = |kind, text: &str| from_text("/x", kind, text).ok();
        assert_eq!(read(Kind::Float, " 21,5 "), Some(Value::Float(21.5)));
        assert_eq!(
            read(Kind::Opaque, "0x0A:ff 10"),
            Some(Value::Opaque(vec![10, 255, 16]))
        );
        assert_eq!(read(Kind::Opaque, "0a f"), None);
        assert_eq!(
            read(Kind::Time, "1970-01-01T00:01:00Z"),
            Some(Value::Time(60))
        );
        assert_eq!(read(Kind::Boolean, "On"), Some(Value::Boolean(true)));
        assert_eq!(read(Kind::Unsigned, "-1"), None);
    }
}
