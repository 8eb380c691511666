//! SenML records in CBOR (RFC 8428 §6): maps with numbers for labels, and `vlo`
//! as text (Core 1.1.1 §7.4.6).

use super::record::{Entry, Given, Label, Record};
use crate::codec::cbor_reader::{MAX_DEPTH, Reader, is_integer};
use crate::codec::cbor_writer;
use crate::codec::collect::Reason;
use crate::codec::error::DecodeError;
use crate::format::Format;
use crate::value::Value;
use minicbor::data::Type;

/// Reads an array of records and hands on each.
pub(super) fn read<'b>(
    payload: &'b [u8],
    mut each: impl FnMut(Record<'b>) -> Result<(), Reason>,
) -> Result<(), DecodeError> {
    let mut reader = Reader::new(Format::SenmlCbor, payload);
    for _ in 0..MAX_DEPTH {
        if reader.peek()? != Type::Tag {
            break;
        }
        reader.tag()?;
    }
    let mut records = reader.array()?;
    let mut index: usize = 0;
    while reader.has_next(&mut records)? {
        let record = read_record(&mut reader)?;
        each(record).map_err(|reason| DecodeError::in_record(Format::SenmlCbor, index, reason))?;
        index = index.saturating_add(1);
    }
    if reader.is_at_end() {
        Ok(())
    } else {
        Err(reader.error("bytes follow after the records"))
    }
}

fn read_record<'b>(reader: &mut Reader<'b>) -> Result<Record<'b>, DecodeError> {
    let mut record = Record::default();
    let mut labels = reader.map()?;
    while reader.has_next(&mut labels)? {
        let label = match reader.peek()? {
            Type::String | Type::StringIndef => {
                let text = reader.text()?;
                Label::of_text(&text).map_err(|reason| reader.error(reason))?
            }
            found if is_integer(found) => {
                let number = reader.plain_number()?.as_whole();
                number.map_or(Label::Ignored, Label::of_number)
            }
            _ => return Err(reader.error("a label is a number or text")),
        };
        read_label(reader, label, &mut record)?;
    }
    Ok(record)
}

fn read_label<'b>(
    reader: &mut Reader<'b>,
    label: Label,
    record: &mut Record<'b>,
) -> Result<(), DecodeError> {
    let value = match label {
        Label::Ignored => return reader.skip(),
        Label::Sum => {
            record.sum = true;
            return reader.skip();
        }
        Label::Version => {
            let version = reader.number()?;
            return Record::check_version(version).map_err(|reason| reader.error(reason));
        }
        Label::BaseName => {
            record.base_name = Some(reader.text()?);
            return Ok(());
        }
        Label::BaseTime => {
            record.base_time = Some(reader.number()?);
            return Ok(());
        }
        Label::BaseValue => {
            record.base_value = Some(reader.number()?);
            return Ok(());
        }
        Label::Name => {
            record.name = Some(reader.text()?);
            return Ok(());
        }
        Label::Time => {
            record.time = Some(reader.number()?);
            return Ok(());
        }
        Label::Value => Given::Number(reader.number()?),
        Label::Text => Given::Text(reader.text()?),
        Label::Boolean => Given::Boolean(reader.boolean()?),
        Label::Data => Given::Data(reader.bytes()?),
        Label::Link => Given::Link(reader.text()?),
    };
    record.give(value).map_err(|reason| reader.error(reason))
}

/// Writes the start of an array of records.
pub(super) fn write_start(count: usize, out: &mut Vec<u8>) {
    cbor_writer::array(count, out);
}

/// Writes one record.
pub(super) fn write(entry: &Entry<'_>, out: &mut Vec<u8>) {
    let labels = [
        entry.base_name.is_some(),
        entry.base_time.is_some(),
        !entry.name.is_empty(),
        entry.time.is_some(),
        entry.value.is_some(),
    ];
    cbor_writer::map(labels.into_iter().filter(|label| *label).count(), out);
    if let Some(base_name) = entry.base_name {
        cbor_writer::integer(-2, out);
        cbor_writer::text(base_name, out);
    }
    if let Some(base_time) = entry.base_time {
        cbor_writer::integer(-3, out);
        cbor_writer::seconds(base_time, out);
    }
    if !entry.name.is_empty() {
        cbor_writer::integer(0, out);
        cbor_writer::text(entry.name, out);
    }
    if let Some(value) = entry.value {
        write_value(value, out);
    }
    if let Some(time) = entry.time {
        cbor_writer::integer(6, out);
        cbor_writer::seconds(time, out);
    }
}

fn write_value(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::String(_) | Value::Corelnk(_) => cbor_writer::integer(3, out),
        Value::Boolean(_) => cbor_writer::integer(4, out),
        Value::Opaque(_) => cbor_writer::integer(8, out),
        Value::Objlnk(..) => cbor_writer::text("vlo", out),
        Value::Integer(_) | Value::Unsigned(_) | Value::Float(_) | Value::Time(_) => {
            cbor_writer::integer(2, out);
        }
    }
    cbor_writer::value(value, out);
}
