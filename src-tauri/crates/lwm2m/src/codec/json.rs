//! OMA JSON of LwM2M 1.0 (Core 1.0.2 §6.4.4): `{"bn": …, "bt": …, "e": […]}`.
//!
//! Names are relative to the base name, or to the request when there is none.
//! An array at the root is read too, of packs or of entries with their own base
//! name, because test documents print it.

use super::collect::{Collector, Reason};
use super::error::{DecodeError, EncodeError};
use super::json_reader::{self, AnyNumber, Text, refuse};
use super::json_writer;
use super::name::{self, Place};
use super::number::Number;
use super::time::{self, Epoch, Times};
use super::{objlnk, order};
use crate::format::Format;
use crate::path::{Id, Path};
use crate::value::{Kind, Reading, Value};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use std::borrow::Cow;
use std::fmt;

/// Reads a payload into `collector`. Resources without an instance belong to
/// instance `free`, in a Create.
pub(super) fn decode(
    payload: &[u8],
    free: Option<Id>,
    collector: &mut Collector<'_>,
) -> Result<(), DecodeError> {
    let objects = json_reader::read(Format::Json, payload, Root)?;
    if objects.is_array {
        collector.deviate("JS-01", || {
            "the payload is an array instead of an object".to_owned()
        });
    }
    let mut base = Base::default();
    let mut index: usize = 0;
    for object in objects.list {
        base.name = object.base_name.or(base.name);
        base.time = object.base_time.or(base.time);
        for entry in object.entries.into_iter().chain(object.own) {
            base.add(entry, free, collector)
                .map_err(|reason| DecodeError::in_record(Format::Json, index, reason))?;
            index = index.saturating_add(1);
        }
    }
    let replaced = order::keep_last(collector.readings());
    if replaced > 0 {
        collector.deviate("SJ-07", || {
            format!("{replaced} values were sent again for the same time; the last ones count")
        });
    }
    Ok(())
}

/// What holds for the entries that follow.
#[derive(Default)]
struct Base<'b> {
    name: Option<Cow<'b, str>>,
    time: Option<Number>,
}

impl Base<'_> {
    fn add(
        &self,
        entry: Entry<'_>,
        free: Option<Id>,
        collector: &mut Collector<'_>,
    ) -> Result<(), Reason> {
        let place = Place {
            root: collector.root,
            base: collector.base,
            free,
            relative: self.name.is_none(),
        };
        let base_name = self.name.as_deref().unwrap_or_default();
        let (path, oddity) = name::of_value(base_name, &entry.name, place)?;
        if let Some(oddity) = oddity {
            collector.deviate("JS-01", || format!("the name of {path} {oddity}"));
        }
        let time = match time::read(self.time, entry.time, Epoch::OmaJson) {
            Ok(time) => time,
            Err(reason) => {
                collector.deviate("SJ-02", || format!("the time of {path} {reason}"));
                None
            }
        };
        let value = match (entry.value, collector.kind(path)) {
            (Given::Number(number), Some(Kind::Float)) => Value::Float(number.as_real()),
            (Given::Number(number), _) => number.into_value(),
            (Given::Boolean(value), _) => Value::Boolean(value),
            (Given::Text(text), kind) => text_of(text, kind),
            // What is no link is text, and read as such from whichever field it comes.
            (Given::Link(text), kind) => {
                objlnk::parse(&text).unwrap_or_else(|| text_of(text, kind))
            }
        };
        collector.add(path, value, time)
    }
}

/// A string, which stands for bytes where the resource holds bytes.
fn text_of(text: Cow<'_, str>, kind: Option<Kind>) -> Value {
    match kind {
        Some(Kind::Opaque) => match json_reader::base64(&text) {
            Some(bytes) => Value::Opaque(bytes),
            None => Value::String(text.into_owned()),
        },
        _ => Value::String(text.into_owned()),
    }
}

/// One value with its name.
struct Entry<'b> {
    name: Cow<'b, str>,
    time: Option<Number>,
    value: Given<'b>,
}

enum Given<'b> {
    Number(Number),
    Text(Cow<'b, str>),
    Boolean(bool),
    Link(Cow<'b, str>),
}

/// A pack, or an entry with its own base name, in an array at the root.
struct Object<'b> {
    base_name: Option<Cow<'b, str>>,
    base_time: Option<Number>,
    entries: Vec<Entry<'b>>,
    /// The object's own value, when it is an entry itself.
    own: Option<Entry<'b>>,
}

struct Objects<'b> {
    list: Vec<Object<'b>>,
    is_array: bool,
}

/// The payload: one object, or an array of them.
struct Root;

impl<'de> DeserializeSeed<'de> for Root {
    type Value = Objects<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Root {
    type Value = Objects<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with \"e\"")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        Ok(Objects {
            list: vec![read_object(map, Level::Pack)?],
            is_array: false,
        })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Nested(object)) = seq.next_element()? {
            list.push(object);
        }
        Ok(Objects {
            list,
            is_array: true,
        })
    }
}

/// An object in an array at the root.
struct Nested<'b>(Object<'b>);

impl<'de> Deserialize<'de> for Nested<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_map(ObjectVisitor(Level::Nested))
            .map(Nested)
    }
}

impl<'de> Deserialize<'de> for Entry<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let object = deserializer.deserialize_map(ObjectVisitor(Level::Entry))?;
        object
            .own
            .ok_or_else(|| refuse(&"the entry has no value".into()))
    }
}

/// Which labels an object may have.
#[derive(Clone, Copy, PartialEq)]
enum Level {
    /// The object at the root: base fields and `e`.
    Pack,
    /// An object in an array at the root: everything.
    Nested,
    /// An object inside `e`: name, time and value.
    Entry,
}

struct ObjectVisitor(Level);

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = Object<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Object<'de>, A::Error> {
        read_object(map, self.0)
    }
}

fn read_object<'de, A: MapAccess<'de>>(mut map: A, level: Level) -> Result<Object<'de>, A::Error> {
    let mut object = Object {
        base_name: None,
        base_time: None,
        entries: Vec::new(),
        own: None,
    };
    let mut name = Cow::Borrowed("");
    let mut own_time = None;
    let mut value = None;
    let mut has_entries = false;
    while let Some(Text(label)) = map.next_key()? {
        let given = match (&*label, level) {
            ("bn", Level::Pack | Level::Nested) => {
                object.base_name = Some(text(&mut map)?);
                continue;
            }
            ("bt", Level::Pack | Level::Nested) => {
                object.base_time = Some(number(&mut map)?);
                continue;
            }
            ("e", Level::Pack | Level::Nested) => {
                object.entries = map.next_value()?;
                has_entries = true;
                continue;
            }
            ("n", Level::Entry | Level::Nested) => {
                name = text(&mut map)?;
                continue;
            }
            ("t", Level::Entry | Level::Nested) => {
                own_time = Some(number(&mut map)?);
                continue;
            }
            ("v", Level::Entry | Level::Nested) => Given::Number(number(&mut map)?),
            ("bv", Level::Entry | Level::Nested) => Given::Boolean(map.next_value()?),
            ("sv", Level::Entry | Level::Nested) => Given::Text(text(&mut map)?),
            ("ov", Level::Entry | Level::Nested) => Given::Link(text(&mut map)?),
            _ => {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
        };
        if value.replace(given).is_some() {
            return Err(refuse(&"the entry has more than one value".into()));
        }
    }
    object.own = value.map(|value| Entry {
        name,
        time: own_time,
        value,
    });
    if level != Level::Entry && !has_entries && object.own.is_none() {
        return Err(refuse(&"the list of entries, \"e\", is missing".into()));
    }
    Ok(object)
}

fn text<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Cow<'de, str>, A::Error> {
    map.next_value().map(|Text(text)| text)
}

fn number<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Number, A::Error> {
    map.next_value().map(|AnyNumber(number)| number)
}

/// Writes readings below `base`.
pub(super) fn encode(base: Path, readings: &[Reading]) -> Result<Vec<u8>, EncodeError> {
    order::check_paths(base, readings)?;
    if let Some(path) = order::first_repeated_at_once(readings) {
        return Err(EncodeError::Repeated { path });
    }
    let times = Times::plan(readings, Epoch::OmaJson)?;
    let deeper = readings.iter().any(|reading| reading.path != base);
    let mut out = vec![b'{'];
    json_writer::label("bn", &mut out);
    json_writer::text(&name::base_name(base, deeper), &mut out);
    if let Some(base_time) = times.base {
        json_writer::label("bt", &mut out);
        json_writer::seconds(base_time, &mut out);
    }
    json_writer::label("e", &mut out);
    out.push(b'[');
    let mut name = String::new();
    for (index, reading) in readings.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        name.clear();
        name::write_below(base, reading.path, &mut name);
        out.push(b'{');
        json_writer::label("n", &mut out);
        // The base name of the root is the slash itself.
        json_writer::text(name.trim_start_matches('/'), &mut out);
        write_value(reading, &mut out)?;
        if let Some(time) = times.own(reading) {
            json_writer::label("t", &mut out);
            json_writer::seconds(time, &mut out);
        }
        out.push(b'}');
    }
    out.extend_from_slice(b"]}");
    Ok(out)
}

fn write_value(reading: &Reading, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    match &reading.value {
        Value::Float(number) if !number.is_finite() => {
            return Err(EncodeError::NotCarried {
                format: Format::Json,
                path: reading.path,
                kind: Kind::Float,
                reason: "JSON has no NaN and no infinity",
            });
        }
        Value::Opaque(bytes) => {
            json_writer::label("sv", out);
            json_writer::text(&BASE64_STANDARD.encode(bytes), out);
            return Ok(());
        }
        Value::String(_) | Value::Corelnk(_) => json_writer::label("sv", out),
        Value::Boolean(_) => json_writer::label("bv", out),
        Value::Objlnk(..) => json_writer::label("ov", out),
        Value::Integer(_) | Value::Unsigned(_) | Value::Float(_) | Value::Time(_) => {
            json_writer::label("v", out);
        }
    }
    json_writer::plain(&reading.value, out);
    Ok(())
}

#[cfg(test)]
mod tests;
