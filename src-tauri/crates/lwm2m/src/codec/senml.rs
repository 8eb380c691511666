//! SenML packs (RFC 8428): records whose names, times and values carry over from
//! base fields. The spelling in JSON and CBOR is in `json` and `cbor`.

mod cbor;
mod json;
mod record;
#[cfg(test)]
mod tests;

use super::collect::{Collector, MAX_RECORDS, Reason};
use super::error::{DecodeError, EncodeError};
use super::name::{self, Place};
use super::number::Number;
use super::order;
use super::time::{self, Epoch, Times};
use crate::format::Format;
use crate::path::{Id, Path};
use crate::value::{Kind, Reading, Value};
use record::{Entry, Given, Record};
use std::borrow::Cow;

/// Reads a pack into `collector`. Resources without an instance belong to
/// instance `free`, in a Create.
pub(super) fn decode(
    payload: &[u8],
    free: Option<Id>,
    collector: &mut Collector<'_>,
) -> Result<(), DecodeError> {
    let mut resolver = Resolver::default();
    let place = Place {
        root: collector.root,
        base: collector.base,
        free,
        relative: false,
    };
    read(collector.format, payload, |record| {
        resolver.resolve(record, place, collector)
    })?;
    let replaced = order::keep_last(collector.readings());
    if replaced > 0 {
        collector.deviate("SJ-07", || {
            format!("{replaced} values were sent again for the same time; the last ones count")
        });
    }
    Ok(())
}

/// Reads a pack of names without values.
pub(super) fn decode_paths(
    root: &str,
    format: Format,
    payload: &[u8],
) -> Result<Vec<Path>, DecodeError> {
    let mut paths = Vec::new();
    let mut base_name: Cow<'_, str> = Cow::Borrowed("");
    read(format, payload, |record| {
        if record.value.is_some() {
            return Err("a list of paths has no values".into());
        }
        if let Some(name) = record.base_name {
            base_name = name;
        }
        if paths.len() >= MAX_RECORDS {
            return Err(format!("more than {MAX_RECORDS} paths").into());
        }
        let name = record.name.unwrap_or_default();
        paths.push(name::of_path(root, &base_name, &name)?);
        Ok(())
    })?;
    Ok(paths)
}

fn read<'b>(
    format: Format,
    payload: &'b [u8],
    each: impl FnMut(Record<'b>) -> Result<(), Reason>,
) -> Result<(), DecodeError> {
    match format {
        Format::SenmlCbor => cbor::read(payload, each),
        _ => json::read(payload, each),
    }
}

/// The base fields that hold until they are set anew (RFC 8428 §4.1).
#[derive(Default)]
struct Resolver<'b> {
    name: Cow<'b, str>,
    time: Option<Number>,
    value: Option<Number>,
}

impl<'b> Resolver<'b> {
    fn resolve(
        &mut self,
        record: Record<'b>,
        place: Place<'_>,
        collector: &mut Collector<'_>,
    ) -> Result<(), Reason> {
        if let Some(name) = record.base_name {
            self.name = name;
        }
        self.time = record.base_time.or(self.time);
        self.value = record.base_value.or(self.value);
        let given = match (record.value, self.value) {
            (Some(Given::Number(number)), Some(base)) => Given::Number(base.plus(number)),
            (Some(given), _) => given,
            // Without a value of its own, a record has the base value.
            (None, Some(base)) if !record.sum => Given::Number(base),
            (None, _) if record.sum => {
                collector.deviate("SJ-03", || "a sum without a value was left out".to_owned());
                return Ok(());
            }
            (None, _) => return Err("the record has no value".into()),
        };
        let own_name = record.name.unwrap_or_default();
        let (path, oddity) = name::of_value(&self.name, &own_name, place)?;
        if let Some(oddity) = oddity {
            collector.deviate("SJ-01", || format!("the name of {path} {oddity}"));
        }
        let time = match time::read(self.time, record.time, Epoch::Senml) {
            Ok(time) => time,
            Err(reason) => {
                collector.deviate("SJ-02", || format!("the time of {path} {reason}"));
                None
            }
        };
        let kind = collector.kind(path);
        match value(given, kind) {
            Ok(value) => collector.add(path, value, time),
            Err(value) => {
                collector.deviate("SJ-05", || {
                    format!("the link at {path} is not of the form 66:0")
                });
                match kind {
                    // Nothing more can be said of it.
                    None | Some(Kind::Objlnk) => collector.keep(path, value, time),
                    Some(_) => collector.add(path, value, time),
                }
            }
        }
    }
}

/// The value with the type that its label has; a malformed link as a string.
fn value(given: Given<'_>, kind: Option<Kind>) -> Result<Value, Value> {
    Ok(match given {
        Given::Number(number) if kind == Some(Kind::Float) => Value::Float(number.as_real()),
        Given::Number(number) => number.into_value(),
        Given::Text(text) => Value::String(text.into_owned()),
        Given::Boolean(value) => Value::Boolean(value),
        Given::Data(bytes) => Value::Opaque(bytes.into_owned()),
        Given::Link(text) => {
            return super::objlnk::parse(&text).ok_or_else(|| Value::String(text.into_owned()));
        }
    })
}

/// Writes readings below `base`: the base name once, then what comes below it;
/// a base time when all readings share their time.
pub(super) fn encode(
    root: &str,
    format: Format,
    base: Path,
    readings: &[Reading],
) -> Result<Vec<u8>, EncodeError> {
    order::check_paths(base, readings)?;
    if let Some(path) = order::first_repeated_at_once(readings) {
        return Err(EncodeError::Repeated { path });
    }
    let times = Times::plan(readings, Epoch::Senml)?;
    let deeper = readings.iter().any(|reading| reading.path != base);
    let base_name = match base {
        Path::Root => root.to_owned(),
        _ => format!("{root}{}", name::base_name(base, deeper)),
    };
    let base_name = Some(base_name.as_str()).filter(|text| !text.is_empty());
    let mut writer = Writer::start(format, readings.len());
    let mut name = String::new();
    for (index, reading) in readings.iter().enumerate() {
        check_value(format, reading)?;
        name.clear();
        name::write_below(base, reading.path, &mut name);
        let first = index == 0;
        writer.write(&Entry {
            base_name: base_name.filter(|_| first),
            base_time: times.base.filter(|_| first),
            name: &name,
            time: times.own(reading),
            value: Some(&reading.value),
        });
    }
    Ok(writer.finish())
}

/// Writes a pack of names without values.
pub(super) fn encode_paths(root: &str, format: Format, paths: &[Path]) -> Vec<u8> {
    let mut writer = Writer::start(format, paths.len());
    for path in paths {
        writer.write(&Entry {
            base_name: None,
            base_time: None,
            name: &match path {
                Path::Root if !root.is_empty() => root.to_owned(),
                path => format!("{root}{path}"),
            },
            time: None,
            value: None,
        });
    }
    writer.finish()
}

fn check_value(format: Format, reading: &Reading) -> Result<(), EncodeError> {
    match reading.value {
        Value::Float(number) if format == Format::SenmlJson && !number.is_finite() => {
            Err(EncodeError::NotCarried {
                format,
                path: reading.path,
                kind: Kind::Float,
                reason: "JSON has no NaN and no infinity",
            })
        }
        _ => Ok(()),
    }
}

/// The array around the records.
struct Writer {
    format: Format,
    out: Vec<u8>,
}

impl Writer {
    fn start(format: Format, count: usize) -> Self {
        let mut out = Vec::new();
        match format {
            Format::SenmlCbor => cbor::write_start(count, &mut out),
            _ => out.push(b'['),
        }
        Self { format, out }
    }

    fn write(&mut self, entry: &Entry<'_>) {
        if self.format == Format::SenmlCbor {
            cbor::write(entry, &mut self.out);
            return;
        }
        if self.out.last() == Some(&b'}') {
            self.out.push(b',');
        }
        json::write(entry, &mut self.out);
    }

    fn finish(mut self) -> Vec<u8> {
        if self.format != Format::SenmlCbor {
            self.out.push(b']');
        }
        self.out
    }
}
