//! What bytes may mean where no definition says it: TLV carries no types, so values of
//! unknown objects are bytes (conformance DM-17).
//!
//! Guesses are for people to choose from; nothing is ever stored or sent by them.

use crate::value::Value;

/// Longest text that is guessed, in bytes.
const MAX_TEXT: usize = 64;

/// Floats further from one than this are hardly meant.
const PLAUSIBLE: std::ops::RangeInclusive<f64> = 1e-6..=1e12;

/// The values that these bytes may be in TLV, the most likely first.
#[must_use]
pub fn guesses(bytes: &[u8]) -> Vec<Value> {
    let mut found = Vec::new();
    let text = std::str::from_utf8(bytes).ok();
    let readable =
        |text: &&str| (1..=MAX_TEXT).contains(&text.len()) && !text.chars().any(char::is_control);
    let text = text.filter(readable);
    found.extend(text.map(|text| Value::String(text.to_owned())));
    let whole = match *bytes {
        [a] => Some(i64::from(i8::from_be_bytes([a]))),
        [a, b] => Some(i64::from(i16::from_be_bytes([a, b]))),
        [a, b, c, d] => Some(i64::from(i32::from_be_bytes([a, b, c, d]))),
        [a, b, c, d, e, f, g, h] => Some(i64::from_be_bytes([a, b, c, d, e, f, g, h])),
        _ => None,
    };
    found.extend(whole.map(Value::Integer));
    let float = match *bytes {
        [a, b, c, d] => Some(f64::from(f32::from_be_bytes([a, b, c, d]))),
        [a, b, c, d, e, f, g, h] => Some(f64::from_be_bytes([a, b, c, d, e, f, g, h])),
        _ => None,
    };
    let float = float.filter(|number| PLAUSIBLE.contains(&number.abs()));
    found.extend(float.map(Value::Float));
    if let [0 | 1] = *bytes {
        found.push(Value::Boolean(bytes == [1]));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dm_17_bytes_are_read_in_every_way_that_fits() {
        let text = |text: &str| Value::String(text.to_owned());
        for (bytes, expected) in [
            (&b""[..], vec![]),
            (b"*", vec![text("*"), Value::Integer(42)]),
            (&[1], vec![Value::Integer(1), Value::Boolean(true)]),
            (&[0xff, 0xfe], vec![Value::Integer(-2)]),
            (b"warm", vec![text("warm"), Value::Integer(0x7761_726d)]),
            (
                &[0x41, 0xac, 0, 0],
                vec![Value::Integer(0x41ac_0000), Value::Float(21.5)],
            ),
            (
                &[0x40, 0x35, 0x80, 0, 0, 0, 0, 0],
                vec![Value::Integer(0x4035_8000_0000_0000), Value::Float(21.5)],
            ),
            (&[1, 2, 3], vec![]),
            (b"a longer text", vec![text("a longer text")]),
        ] {
            assert_eq!(guesses(bytes), expected, "{bytes:02x?}");
        }
    }
}
