//! What other implementations say of the same bytes: cbor4ii of CBOR, serde_json of JSON.
//!
//! Where ours accepts, theirs must; known differences are listed with their reason.

use cbor4ii::core::Value as Item;
use cbor4ii::core::dec::Decode;
use cbor4ii::core::utils::SliceReader;
use lwm2m::{Reading, Value};

/// JSON that we understood is JSON.
pub(crate) fn json_agrees(payload: &[u8]) {
    let tree: Result<serde_json::Value, _> = serde_json::from_slice(payload);
    if let Err(error) = tree {
        // Numbers that no float holds and broken escapes are refused by a tree, while we
        // never look at them inside of what we pass over.
        let text = error.to_string();
        let passed_over = ["number out of range", "surrogate", "hex escape"]
            .iter()
            .any(|known| text.starts_with(known) || text.contains(known));
        assert!(passed_over, "we read what serde_json calls {text}");
    }
}

/// CBOR that we understood is one item of CBOR.
pub(crate) fn cbor_agrees(payload: &[u8]) {
    if has_simple_value(payload) {
        return;
    }
    let mut reader = SliceReader::new(payload);
    if let Err(error) = Item::decode(&mut reader) {
        panic!("we read what cbor4ii calls {error}");
    }
}

/// The value of one item is what the other implementation makes of it.
pub(crate) fn cbor_value_agrees(payload: &[u8], readings: &[Reading]) {
    let Ok(mut item) = Item::decode(&mut SliceReader::new(payload)) else {
        return;
    };
    let mut special = false;
    while let Item::Tag(tag, inner) = item {
        special |= matches!(tag, 2..=4);
        item = *inner;
    }
    let [reading] = readings else {
        panic!("one item is one reading, not {readings:?}");
    };
    // Bignums and decimal fractions are numbers to us, and bytes and lists to them.
    if !special {
        assert!(is_like(&reading.value, &item), "{reading:?} and {item:?}");
    }
}

fn is_like(ours: &Value, theirs: &Item) -> bool {
    match (ours, theirs) {
        (Value::Integer(a) | Value::Time(a), Item::Integer(b)) => i128::from(*a) == *b,
        (Value::Unsigned(a), Item::Integer(b)) => i128::from(*a) == *b,
        (Value::Float(a), Item::Integer(b)) => *a == *b as f64,
        (Value::Float(a), Item::Float(b)) => a == b || (a.is_nan() && b.is_nan()),
        (Value::Integer(a) | Value::Time(a), Item::Float(b)) => *a as f64 == *b,
        (Value::Unsigned(a), Item::Float(b)) => *a as f64 == *b,
        (Value::Boolean(a), Item::Bool(b)) => a == b,
        (Value::String(a) | Value::Corelnk(a), Item::Text(b)) => a == b,
        (Value::Objlnk(a, b), Item::Text(text)) => {
            *text == format!("{a}:{b}") || text.contains(':')
        }
        (Value::Opaque(a), Item::Bytes(b)) => a == b,
        _ => false,
    }
}

/// Simple values beyond true, false, null and undefined are unknown to cbor4ii, and
/// harmless where we pass over them. They may stand anywhere, so their heads are looked for
/// as bytes.
fn has_simple_value(payload: &[u8]) -> bool {
    payload
        .iter()
        .any(|byte| matches!(byte, 0xE0..=0xF3 | 0xF8))
}
