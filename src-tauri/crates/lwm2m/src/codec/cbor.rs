//! One value as a CBOR item (Core 1.1.1 §7.4.2).

use super::cbor_reader::{
    DECIMAL_FRACTION, EPOCH_TIME, MAX_DEPTH, NEGATIVE_BIGNUM, POSITIVE_BIGNUM, Reader, is_integer,
    name,
};
use super::cbor_writer;
use super::collect::Collector;
use super::error::DecodeError;
use super::number::Number;
use crate::format::Format;
use crate::value::Value;
use minicbor::data::Type;

/// Reads the value of the collector's base.
pub(super) fn decode(payload: &[u8], collector: &mut Collector<'_>) -> Result<(), DecodeError> {
    let mut reader = Reader::new(Format::Cbor, payload);
    let value = read(&mut reader)?;
    if !reader.is_at_end() {
        return Err(reader.error("bytes follow after the value"));
    }
    collector
        .add(collector.base, value, None)
        .map_err(|reason| DecodeError::at_byte(Format::Cbor, 0, reason))
}

fn read(reader: &mut Reader<'_>) -> Result<Value, DecodeError> {
    let mut is_time = false;
    for _ in 0..MAX_DEPTH {
        let found = reader.peek()?;
        return match found {
            Type::Tag => match reader.tag()? {
                DECIMAL_FRACTION => reader.decimal_fraction().map(Number::into_value),
                tag @ (POSITIVE_BIGNUM | NEGATIVE_BIGNUM) => {
                    reader.bignum(tag).map(Number::into_value)
                }
                tag => {
                    is_time |= tag == EPOCH_TIME;
                    continue;
                }
            },
            Type::String | Type::StringIndef => {
                reader.text().map(|text| Value::String(text.into_owned()))
            }
            Type::Bytes | Type::BytesIndef => reader
                .bytes()
                .map(|bytes| Value::Opaque(bytes.into_owned())),
            Type::Bool => reader.boolean().map(Value::Boolean),
            Type::F16 | Type::F32 | Type::F64 => number(reader, is_time),
            found if is_integer(found) => number(reader, is_time),
            found => Err(reader.error(format!("a value was expected, not {}", name(found)))),
        };
    }
    Err(reader.error("too many tags"))
}

fn number(reader: &mut Reader<'_>, is_time: bool) -> Result<Value, DecodeError> {
    let number = reader.plain_number()?;
    let seconds = number
        .as_whole()
        .and_then(|whole| i64::try_from(whole).ok());
    Ok(match seconds.filter(|_| is_time) {
        Some(seconds) => Value::Time(seconds),
        None => number.into_value(),
    })
}

/// Writes one value; a time with its tag.
pub(super) fn encode(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    if matches!(value, Value::Time(_)) {
        cbor_writer::tag(EPOCH_TIME, &mut out);
    }
    cbor_writer::value(value, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{Untyped, decode, encode};
    use crate::path::Path;
    use crate::value::Reading;

    const PATH: Path = Path::Resource(3, 0, 9);

    fn read(payload: &[u8]) -> Result<Value, String> {
        let decoded = decode(Format::Cbor, payload, PATH, &Untyped).map_err(|e| e.to_string())?;
        Ok(decoded.readings[0].value.clone())
    }

    #[test]
    fn cb_01_each_type_is_one_item() {
        for (bytes, value) in [
            (&b"\x18\x64"[..], Value::Integer(100)),
            (b"\x38\x63", Value::Integer(-100)),
            (
                b"\x1B\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF",
                Value::Unsigned(u64::MAX),
            ),
            (b"\xFA\x41\xAC\x00\x00", Value::Float(21.5)),
            (b"\xF5", Value::Boolean(true)),
            (b"\x61U", Value::String("U".into())),
            (b"\x42\x01\x02", Value::Opaque(vec![1, 2])),
            (b"\xC1\x1A\x51\x82\x42\x8F", Value::Time(1_367_491_215)),
        ] {
            assert_eq!(read(bytes), Ok(value.clone()));
            let readings = [Reading::new(PATH, value)];
            assert_eq!(
                encode(Format::Cbor, PATH, &readings).expect("one value"),
                bytes
            );
        }
    }

    #[test]
    fn sc_01_cb_01_other_spellings_are_understood() {
        for (bytes, value) in [
            (&b"\xF9\x3C\x00"[..], Value::Float(1.0)),
            (b"\xFB\x40\x35\x80\x00\x00\x00\x00\x00", Value::Float(21.5)),
            (b"\xC4\x82\x20\x18\xE1", Value::Float(22.5)),
            (
                b"\xC2\x49\x00\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF",
                Value::Unsigned(u64::MAX),
            ),
            (b"\xC3\x41\x63", Value::Integer(-100)),
            (
                b"\xC3\x48\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF",
                Value::Integer(i64::MIN),
            ),
            (b"\x7F\x61a\x61b\xFF", Value::String("ab".into())),
            (b"\x5F\x41\x01\x41\x02\xFF", Value::Opaque(vec![1, 2])),
            (b"\xD9\xD9\xF7\x05", Value::Integer(5)),
        ] {
            assert_eq!(read(bytes), Ok(value), "{bytes:02X?}");
        }
    }

    #[test]
    fn cb_01_an_item_becomes_the_models_type() {
        use crate::codec::tests::{Model, at};
        for (path, bytes, value) in [
            (
                "/3/0/13",
                &b"\x1A\x51\x82\x42\x8F"[..],
                Value::Time(1_367_491_215),
            ),
            (
                "/3/0/13",
                b"\xC1\x1A\x51\x82\x42\x8F",
                Value::Time(1_367_491_215),
            ),
            ("/3/0/13", b"\xC1\xFA\x3F\x80\x00\x00", Value::Time(1)),
            ("/65/0/0/0", b"\x6466:0", Value::Objlnk(66, 0)),
            ("/66/0/2", b"\x6B65535:65535", Value::Objlnk(65_535, 65_535)),
            ("/100/0/8", b"\x66</3/0>", Value::Corelnk("</3/0>".into())),
            ("/100/0/2", b"\x18\x64", Value::Unsigned(100)),
            ("/3303/0/5700", b"\x15", Value::Float(21.0)),
        ] {
            let reading = at(path, value);
            let decoded = decode(Format::Cbor, bytes, reading.path, &Model).expect(path);
            assert_eq!(
                (decoded.readings, decoded.deviations),
                (vec![reading], vec![])
            );
        }
    }

    #[test]
    fn cb_01_what_is_not_exactly_one_value_is_refused() {
        for bytes in [
            &b""[..],
            b"\x01\x02",
            b"\x80",
            b"\xA0",
            b"\xF6",
            b"\xFF",
            b"\x18",
            b"\x62a",
            b"\x62\xFF\xFF",
            b"\x9B\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF",
            b"\x5B\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF",
            b"\xC4\x82\x20",
            b"\xC4\x82\x1B\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01",
        ] {
            assert!(read(bytes).is_err(), "{bytes:02X?}");
        }
        assert!(read(&[0xC6; 100]).is_err());
    }
}
