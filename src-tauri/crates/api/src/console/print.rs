//! Values as a line of the console would take them: what is printed can be typed.

use crate::dto::{Kind, Value};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::Timestamp;
use serde_json::Value as Json;

/// A value of the contract in the form in which people read and type it: bytes in
/// hexadecimal, times as RFC 3339, text as it is.
#[must_use]
pub fn plain(value: &Value) -> String {
    let text = match &value.value {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    };
    match value.kind {
        Kind::Opaque => BASE64.decode(&text).map_or(text, |bytes| {
            let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("0x{digits}")
        }),
        Kind::Time => {
            let time = text
                .parse()
                .ok()
                .and_then(|seconds| Timestamp::from_second(seconds).ok());
            time.map_or(text, |time| time.to_string())
        }
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_printed_as_they_are_typed() {
        let check = |kind, value: Json, expected: &str| {
            let value = Value {
                path: "/3/0/0".to_owned(),
                kind,
                value,
                size: None,
                time: None,
            };
            assert_eq!(plain(&value), expected);
        };
        check(Kind::String, json!("a b"), "a b");
        check(Kind::Integer, json!("-5"), "-5");
        check(Kind::Float, json!(21.5), "21.5");
        check(Kind::Float, json!("NaN"), "NaN");
        check(Kind::Boolean, json!(true), "true");
        check(Kind::Opaque, json!("Cv8="), "0x0aff");
        check(Kind::Time, json!("1795167737"), "2026-11-20T09:42:17Z");
        check(
            Kind::Time,
            json!("9223372036854775807"),
            "9223372036854775807",
        );
        check(Kind::Objlnk, json!("3:0"), "3:0");
    }
}
