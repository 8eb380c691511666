//! The bytes of a value in TLV: big-endian, as short as they can be
//! (Core 1.1.1 appendix C).

use crate::value::{Kind, Value};

/// Reads a value; `Err` says what the bytes are instead.
pub(super) fn decode(bytes: &[u8], kind: Option<Kind>) -> Result<Value, String> {
    let Some(kind) = kind else {
        return Ok(raw(bytes));
    };
    let value = match kind {
        Kind::Opaque => Some(raw(bytes)),
        Kind::String => text(bytes).map(Value::String),
        Kind::Corelnk => text(bytes).map(Value::Corelnk),
        Kind::Integer => signed(bytes).map(Value::Integer),
        Kind::Time => signed(bytes).map(Value::Time),
        Kind::Unsigned => unsigned(bytes).map(Value::Unsigned),
        Kind::Float => float(bytes).map(Value::Float),
        Kind::Boolean => match bytes {
            [0] => Some(Value::Boolean(false)),
            [1] => Some(Value::Boolean(true)),
            _ => None,
        },
        Kind::Objlnk => match *bytes {
            [a, b, c, d] => {
                let object = u16::from_be_bytes([a, b]);
                Some(Value::Objlnk(object, u16::from_be_bytes([c, d])))
            }
            _ => None,
        },
    };
    value.ok_or_else(|| match (kind, bytes.len()) {
        (Kind::String | Kind::Corelnk, _) => "bytes that are not UTF-8".to_owned(),
        (Kind::Boolean, 1) => "neither 0 nor 1".to_owned(),
        (_, 1) => "1 byte".to_owned(),
        (_, len) => format!("{len} bytes"),
    })
}

/// A value of unknown type.
pub(super) fn raw(bytes: &[u8]) -> Value {
    Value::Opaque(bytes.to_vec())
}

fn text(bytes: &[u8]) -> Option<String> {
    std::str::from_utf8(bytes).ok().map(str::to_owned)
}

fn signed(bytes: &[u8]) -> Option<i64> {
    Some(match *bytes {
        [a] => i8::from_be_bytes([a]).into(),
        [a, b] => i16::from_be_bytes([a, b]).into(),
        [a, b, c, d] => i32::from_be_bytes([a, b, c, d]).into(),
        _ => i64::from_be_bytes(bytes.try_into().ok()?),
    })
}

fn unsigned(bytes: &[u8]) -> Option<u64> {
    Some(match *bytes {
        [a] => a.into(),
        [a, b] => u16::from_be_bytes([a, b]).into(),
        [a, b, c, d] => u32::from_be_bytes([a, b, c, d]).into(),
        _ => u64::from_be_bytes(bytes.try_into().ok()?),
    })
}

fn float(bytes: &[u8]) -> Option<f64> {
    match *bytes {
        [a, b, c, d] => Some(f32::from_be_bytes([a, b, c, d]).into()),
        _ => Some(f64::from_be_bytes(bytes.try_into().ok()?)),
    }
}

/// Writes a value.
pub(super) fn encode(value: &Value) -> Vec<u8> {
    match value {
        Value::String(text) | Value::Corelnk(text) => text.as_bytes().to_vec(),
        Value::Opaque(bytes) => bytes.clone(),
        Value::Boolean(value) => vec![u8::from(*value)],
        Value::Integer(number) | Value::Time(number) => shortest_signed(*number),
        Value::Unsigned(number) => shortest_unsigned(*number),
        Value::Float(number) => match as_single(*number) {
            Some(single) => single.to_be_bytes().to_vec(),
            None => number.to_be_bytes().to_vec(),
        },
        Value::Objlnk(object, instance) => [object.to_be_bytes(), instance.to_be_bytes()].concat(),
    }
}

/// The same number in single precision, when nothing is lost.
fn as_single(number: f64) -> Option<f32> {
    let single = number as f32;
    (f64::from(single) == number || number.is_nan()).then_some(single)
}

fn shortest_signed(number: i64) -> Vec<u8> {
    if let Ok(number) = i8::try_from(number) {
        number.to_be_bytes().to_vec()
    } else if let Ok(number) = i16::try_from(number) {
        number.to_be_bytes().to_vec()
    } else if let Ok(number) = i32::try_from(number) {
        number.to_be_bytes().to_vec()
    } else {
        number.to_be_bytes().to_vec()
    }
}

fn shortest_unsigned(number: u64) -> Vec<u8> {
    if let Ok(number) = u8::try_from(number) {
        number.to_be_bytes().to_vec()
    } else if let Ok(number) = u16::try_from(number) {
        number.to_be_bytes().to_vec()
    } else if let Ok(number) = u32::try_from(number) {
        number.to_be_bytes().to_vec()
    } else {
        number.to_be_bytes().to_vec()
    }
}
