//! SenML records in JSON (RFC 8428 §5), with `vlo` for object links
//! (Core 1.1.1 §7.4.5).

use super::record::{Entry, Given, Label, Record};
use crate::codec::collect::Reason;
use crate::codec::error::DecodeError;
use crate::codec::json_reader::{self, AnyNumber, Text, refuse};
use crate::codec::json_writer;
use crate::format::Format;
use crate::value::Value;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use std::borrow::Cow;
use std::fmt;

/// Reads an array of records and hands on each.
pub(super) fn read<'b>(
    payload: &'b [u8],
    each: impl FnMut(Record<'b>) -> Result<(), Reason>,
) -> Result<(), DecodeError> {
    let mut refusal = None;
    let records = Records {
        each,
        refusal: &mut refusal,
    };
    let read = json_reader::read(Format::SenmlJson, payload, records);
    match refusal {
        Some((index, reason)) => Err(DecodeError::in_record(Format::SenmlJson, index, reason)),
        None => read,
    }
}

/// The array, handed on record by record so that it is never held as a whole.
struct Records<'r, F> {
    each: F,
    /// The index of a record that was refused, and why.
    refusal: &'r mut Option<(usize, Reason)>,
}

impl<'de, F: FnMut(Record<'de>) -> Result<(), Reason>> DeserializeSeed<'de> for Records<'_, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, F: FnMut(Record<'de>) -> Result<(), Reason>> Visitor<'de> for Records<'_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of records")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut records: A) -> Result<(), A::Error> {
        let mut index: usize = 0;
        while let Some(record) = records.next_element::<Record<'de>>()? {
            if let Err(reason) = (self.each)(record) {
                let error = refuse(&reason);
                *self.refusal = Some((index, reason));
                return Err(error);
            }
            index = index.saturating_add(1);
        }
        Ok(())
    }
}

impl<'de> Deserialize<'de> for Record<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(RecordVisitor)
    }
}

struct RecordVisitor;

impl<'de> Visitor<'de> for RecordVisitor {
    type Value = Record<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a record")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Record<'de>, A::Error> {
        let mut record = Record::default();
        while let Some(Text(label)) = map.next_key()? {
            let label = Label::of_text(&label).map_err(|reason| refuse(&reason))?;
            read_label(&mut map, label, &mut record)?;
        }
        Ok(record)
    }
}

fn read_label<'de, A: MapAccess<'de>>(
    map: &mut A,
    label: Label,
    record: &mut Record<'de>,
) -> Result<(), A::Error> {
    let mut given = None;
    match label {
        Label::Ignored => drop(map.next_value::<IgnoredAny>()?),
        Label::Sum => {
            record.sum = true;
            map.next_value::<IgnoredAny>()?;
        }
        Label::Version => {
            Record::check_version(number(map)?).map_err(|reason| refuse(&reason))?;
        }
        Label::BaseName => record.base_name = Some(text(map)?),
        Label::BaseTime => record.base_time = Some(number(map)?),
        Label::BaseValue => record.base_value = Some(number(map)?),
        Label::Name => record.name = Some(text(map)?),
        Label::Time => record.time = Some(number(map)?),
        Label::Value => given = Some(Given::Number(number(map)?)),
        Label::Text => given = Some(Given::Text(text(map)?)),
        Label::Boolean => given = Some(Given::Boolean(map.next_value()?)),
        Label::Link => given = Some(Given::Link(text(map)?)),
        Label::Data => {
            let bytes = json_reader::base64(&text(map)?)
                .ok_or_else(|| refuse(&"\"vd\" is not base64".into()))?;
            given = Some(Given::Data(Cow::Owned(bytes)));
        }
    }
    given.map_or(Ok(()), |given| {
        record.give(given).map_err(|reason| refuse(&reason))
    })
}

fn text<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Cow<'de, str>, A::Error> {
    map.next_value().map(|Text(text)| text)
}

fn number<'de, A: MapAccess<'de>>(map: &mut A) -> Result<crate::codec::number::Number, A::Error> {
    map.next_value().map(|AnyNumber(number)| number)
}

/// Writes one record.
pub(super) fn write(entry: &Entry<'_>, out: &mut Vec<u8>) {
    out.push(b'{');
    if let Some(base_name) = entry.base_name {
        json_writer::label("bn", out);
        json_writer::text(base_name, out);
    }
    if let Some(base_time) = entry.base_time {
        json_writer::label("bt", out);
        json_writer::seconds(base_time, out);
    }
    if !entry.name.is_empty() {
        json_writer::label("n", out);
        json_writer::text(entry.name, out);
    }
    if let Some(value) = entry.value {
        write_value(value, out);
    }
    if let Some(time) = entry.time {
        json_writer::label("t", out);
        json_writer::seconds(time, out);
    }
    out.push(b'}');
}

fn write_value(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::String(_) | Value::Corelnk(_) => json_writer::label("vs", out),
        Value::Boolean(_) => json_writer::label("vb", out),
        Value::Objlnk(..) => json_writer::label("vlo", out),
        Value::Integer(_) | Value::Unsigned(_) | Value::Float(_) | Value::Time(_) => {
            json_writer::label("v", out);
        }
        Value::Opaque(bytes) => {
            json_writer::label("vd", out);
            json_writer::text(&BASE64_URL_SAFE_NO_PAD.encode(bytes), out);
            return;
        }
    }
    json_writer::plain(value, out);
}
