//! CBOR items as CBOR and SenML CBOR write them: definite lengths, shortest
//! integers, single precision where it loses nothing. Half precision is left
//! out, because small devices cannot read it.

use crate::value::Value;
use minicbor::Encoder;
use minicbor::data::Int;

/// The head of an array.
pub(super) fn array(count: usize, out: &mut Vec<u8>) {
    never_fails(Encoder::new(out).array(count as u64));
}

/// The head of a map.
pub(super) fn map(pairs: usize, out: &mut Vec<u8>) {
    never_fails(Encoder::new(out).map(pairs as u64));
}

pub(super) fn integer(number: impl Into<Int>, out: &mut Vec<u8>) {
    never_fails(Encoder::new(out).int(number.into()));
}

pub(super) fn text(text: &str, out: &mut Vec<u8>) {
    never_fails(Encoder::new(out).str(text));
}

/// A tag before the next item.
pub(super) fn tag(tag: u64, out: &mut Vec<u8>) {
    never_fails(Encoder::new(out).tag(minicbor::data::Tag::new(tag)));
}

/// Microseconds as seconds.
pub(super) fn seconds(micros: i64, out: &mut Vec<u8>) {
    if micros.checked_rem(MICROS_PER_SECOND) == Some(0) {
        integer(
            micros.checked_div(MICROS_PER_SECOND).unwrap_or_default(),
            out,
        );
    } else {
        never_fails(Encoder::new(out).f64(micros as f64 / 1e6));
    }
}

/// A value, as the item of its type.
pub(super) fn value(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::String(string) | Value::Corelnk(string) => text(string, out),
        Value::Integer(number) | Value::Time(number) => integer(*number, out),
        Value::Unsigned(number) => integer(*number, out),
        Value::Float(number) => float(*number, out),
        Value::Boolean(value) => never_fails(Encoder::new(out).bool(*value)),
        Value::Opaque(bytes) => never_fails(Encoder::new(out).bytes(bytes)),
        Value::Objlnk(object, instance) => text(&format!("{object}:{instance}"), out),
    }
}

fn float(number: f64, out: &mut Vec<u8>) {
    let single = number as f32;
    if f64::from(single) == number || number.is_nan() {
        never_fails(Encoder::new(out).f32(single));
    } else {
        never_fails(Encoder::new(out).f64(number));
    }
}

/// Writing to a vector cannot fail.
fn never_fails<T>(written: Result<T, minicbor::encode::Error<std::convert::Infallible>>) {
    debug_assert!(written.is_ok());
}

const MICROS_PER_SECOND: i64 = 1_000_000;
