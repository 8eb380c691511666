//! JSON as SenML JSON and OMA JSON write it: no spaces, exact integers.

use crate::value::Value;
use std::io::Write;

/// A quoted string.
pub(super) fn text(text: &str, out: &mut Vec<u8>) {
    never_fails(serde_json::to_writer(out, text));
}

/// `,"label":`, without the comma at the start of an object.
pub(super) fn label(label: &str, out: &mut Vec<u8>) {
    if out.last() != Some(&b'{') {
        out.push(b',');
    }
    out.push(b'"');
    out.extend_from_slice(label.as_bytes());
    out.extend_from_slice(b"\":");
}

/// Microseconds as decimal seconds, exactly.
pub(super) fn seconds(micros: i64, out: &mut Vec<u8>) {
    let sign = if micros < 0 { "-" } else { "" };
    let micros = i128::from(micros).unsigned_abs();
    let whole = micros.checked_div(MICROS_PER_SECOND).unwrap_or_default();
    let rest = micros.checked_rem(MICROS_PER_SECOND).unwrap_or_default();
    // Writing to a vector cannot fail.
    let _ = if rest == 0 {
        write!(out, "{sign}{whole}")
    } else {
        let digits = format!("{rest:06}");
        write!(out, "{sign}{whole}.{}", digits.trim_end_matches('0'))
    };
}

/// A number, string or boolean. Bytes are the caller's, whose format says how
/// they are spelled; here they and infinite floats become null.
pub(super) fn plain(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::String(string) | Value::Corelnk(string) => text(string, out),
        Value::Integer(number) | Value::Time(number) => {
            never_fails(serde_json::to_writer(out, number));
        }
        Value::Unsigned(number) => never_fails(serde_json::to_writer(out, number)),
        Value::Float(number) => never_fails(serde_json::to_writer(out, number)),
        Value::Boolean(value) => never_fails(serde_json::to_writer(out, value)),
        Value::Objlnk(object, instance) => text(&format!("{object}:{instance}"), out),
        Value::Opaque(_) => never_fails(serde_json::to_writer(out, &())),
    }
}

/// Writing numbers and strings to a vector cannot fail.
fn never_fails(written: serde_json::Result<()>) {
    debug_assert!(written.is_ok());
}

const MICROS_PER_SECOND: u128 = 1_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sj_02_seconds_are_written_exactly() {
        for (micros, text) in [
            (0, "0"),
            (1_500_000, "1.5"),
            (-1, "-0.000001"),
            (-30_000_000, "-30"),
            (1_367_491_215_000_001, "1367491215.000001"),
        ] {
            let mut out = Vec::new();
            seconds(micros, &mut out);
            assert_eq!(out, text.as_bytes());
        }
    }
}
