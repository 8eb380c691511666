//! Words that stand for something in the device: paths, values, attributes,
//! formats. Each is checked here, so that a wrong one is named with its column before
//! anything is sent.

use super::complaint::Complaint;
use super::lexer::Word;
use super::view::View;
use crate::error::ErrorCode;
use crate::value::{from_text, kind_to_dto, to_json};
use crate::version::mismatch;
use lwm2m::attributes::{AttributeName, Setting};
use lwm2m::model::{ResourceDefinition, check_value, check_write};
use lwm2m::path::{ObjectVersion, parse_id};
use lwm2m::{Format, Kind, Path, Value, VersionedPath};
use serde_json::{Value as Json, json};
use std::ops::Range;

/// A path as it was typed.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// The path.
    pub(crate) path: Path,
    /// The object version that it insists on.
    pub(crate) version: Option<ObjectVersion>,
    /// With its version, if it was typed with one.
    pub(crate) text: String,
    /// Where it stands in the line.
    pub(crate) at: Range<usize>,
}

/// What is checked of a value before it is sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Check {
    /// Whether a server may write it, its type and its range.
    Write,
    /// Its type and its range.
    Value,
    /// Nothing that the definition says.
    Nothing,
}

/// Reads a path; the slash at its beginning may be left out.
pub(crate) fn target(view: &View, word: &Word) -> Result<Target, Complaint> {
    let text = if word.text.starts_with('/') {
        word.text.clone()
    } else {
        format!("/{}", word.text)
    };
    let refuse = |words: String, code| Complaint::new(word.at.clone(), words).of(code);
    let digits = word.text.trim_start_matches('/');
    let numeric = digits.is_empty() || digits.starts_with(|first: char| first.is_ascii_digit());
    let typed: Result<VersionedPath, _> = text.parse();
    let typed = match typed {
        Ok(typed) if numeric => typed,
        Err(error) if numeric => {
            let words = format!("\"{}\" is not a path: {error}", word.text);
            return Err(refuse(words, ErrorCode::InvalidPath));
        }
        _ => {
            let words = format!(
                "\"{}\" is not a path; a path looks like /3303/0/5700",
                word.text
            );
            return Err(refuse(words, ErrorCode::InvalidPath));
        }
    };
    let announced = typed.path.object().and_then(|id| view.object(id));
    if let (Some(wanted), Some(object)) = (typed.version, typed.path.object())
        && let Some(words) = mismatch(&text, object, wanted, announced.map(|own| own.version))
    {
        return Err(refuse(words, ErrorCode::InvalidVersion));
    }
    Ok(Target {
        path: typed.path,
        version: typed.version,
        text,
        at: word.at.clone(),
    })
}

/// What a path is, in words: `/3/0/11 (Error Code)`.
pub(crate) fn named(view: &View, path: Path) -> String {
    match view.definition(path) {
        Some(definition) => format!("{path} ({})", definition.name),
        None => path.to_string(),
    }
}

/// Reads `14` or `11/0` below a path; the path with its text below `base`.
pub(crate) fn below(base: Path, word: &Word) -> Result<Path, Complaint> {
    let refuse = |words: String| Complaint::new(word.at.clone(), words).of(ErrorCode::InvalidPath);
    let what = match base.depth() {
        3 => "a resource instance, as in 0=VALUE",
        _ => "a resource, as in 14=VALUE or 11/0=VALUE",
    };
    let wrong = || refuse(format!("\"{}\" is not the id of {what}", word.text));
    let mut path = base;
    for segment in word.text.split('/') {
        let id = parse_id(segment).ok_or_else(wrong)?;
        path = path.child(id).ok_or_else(wrong)?;
    }
    Ok(path)
}

/// Reads a value for `path` as the contract takes it: `{path, kind, value}`, with
/// `shown` for the path.
pub(crate) fn value_at(
    view: &View,
    path: Path,
    shown: &str,
    word: &Word,
    check: Check,
) -> Result<Json, Complaint> {
    let refuse = |words: String, code| Complaint::new(word.at.clone(), words).of(code);
    let definition = view.definition(path);
    if let Some(definition) = definition {
        if definition.operations.execute && check != Check::Nothing {
            let words = format!("{} is executed, not written", named(view, path));
            return Err(refuse(words, ErrorCode::InvalidPath));
        }
        if definition.multiple && path.depth() == 3 {
            let words = format!(
                "{} holds several values; write ID=VALUE for each, as in 0={}",
                named(view, path),
                word.text
            );
            return Err(refuse(words, ErrorCode::InvalidValue));
        }
    }
    let value = value(view, path, word, check)?;
    if let Some(definition) = definition {
        let checked = match check {
            Check::Write => check_write(definition, &value),
            Check::Value => check_value(definition, &value),
            Check::Nothing => Ok(()),
        };
        checked.map_err(|error| refuse(error.to_string(), ErrorCode::InvalidValue))?;
    }
    Ok(json!({ "path": shown, "kind": kind_to_dto(value.kind()), "value": to_json(&value) }))
}

fn value(view: &View, path: Path, word: &Word, check: Check) -> Result<Value, Complaint> {
    let Some(kind) = view.kind(path) else {
        return Ok(guess(word));
    };
    match from_text(&path.to_string(), kind, &word.text) {
        Ok(value) => Ok(value),
        Err(_) if check == Check::Nothing => Ok(guess(word)),
        Err(_) => {
            let words = format!(
                "\"{}\" does not fit {}, which takes {}",
                word.text,
                named(view, path),
                takes(kind, view.definition(path))
            );
            Err(Complaint::new(word.at.clone(), words).of(ErrorCode::InvalidValue))
        }
    }
}

/// What a word looks like where nothing says what it has to be.
fn guess(word: &Word) -> Value {
    let text = &word.text;
    let read = |kind| from_text("", kind, text).ok();
    let looks = [
        (Kind::Boolean, matches!(text.as_str(), "true" | "false")),
        (Kind::Integer, true),
        (Kind::Float, true),
        (Kind::Opaque, text.starts_with("0x")),
        (Kind::Objlnk, text.contains(':')),
    ];
    let plain = looks
        .into_iter()
        .filter(|(_, looks)| *looks && !word.quoted);
    plain
        .filter_map(|(kind, _)| read(kind))
        .next()
        .unwrap_or_else(|| Value::String(text.clone()))
}

/// What a resource takes, in words.
pub(crate) fn takes(kind: Kind, definition: Option<&ResourceDefinition>) -> String {
    let form = match kind {
        Kind::String => "text, in quotes if it has spaces",
        Kind::Integer => "a whole number",
        Kind::Unsigned => "a whole number from 0 on",
        Kind::Float => "a number such as 21.5",
        Kind::Boolean => "true or false",
        Kind::Opaque => "bytes in hexadecimal, such as 0x0aff",
        Kind::Time => "a time such as 2026-11-20T09:42:17Z, or Unix seconds",
        Kind::Objlnk => "an object link such as 3:0",
        Kind::Corelnk => "links in link-format",
    };
    let mut words = form.to_owned();
    let Some(definition) = definition else {
        return words;
    };
    if !definition.range.is_empty() {
        words.push_str(&format!(", {}", definition.range));
    }
    if !definition.units.is_empty() {
        words.push_str(&format!(", in {}", definition.units));
    }
    words
}

/// Reads `pmin=5` or `gt=`; the name and a number, or null to unset it.
pub(crate) fn attribute(word: &Word) -> Result<(AttributeName, Json), Complaint> {
    let names = AttributeName::ALL.map(AttributeName::as_str).join(", ");
    let Some((name, value)) = word.assignment() else {
        let words = format!(
            "\"{}\" is not an attribute with a number, as in pmin=5; attributes are {names}",
            word.text
        );
        return Err(Complaint::new(word.at.clone(), words));
    };
    let Some(known) = AttributeName::from_text(&name.text) else {
        let words = format!(
            "\"{}\" is not a notification attribute; they are {names}",
            name.text
        );
        return Err(Complaint::new(name.at, words).of(ErrorCode::InvalidValue));
    };
    if value.text.is_empty() {
        return Ok((known, Json::Null));
    }
    let refused =
        |words: String| Complaint::new(value.at.clone(), words).of(ErrorCode::InvalidValue);
    let setting = Setting::parse(known, &value.text).map_err(|error| refused(error.to_string()))?;
    let number = match setting {
        Setting::Whole(number) => json!(number),
        Setting::Number(number) => json!(number),
        Setting::Flag(flag) => json!(u8::from(flag)),
    };
    Ok((known, number))
}

/// Formats that a value can be asked for in.
pub(crate) const FORMATS: [Format; 7] = [
    Format::Text,
    Format::Opaque,
    Format::Cbor,
    Format::Tlv,
    Format::Json,
    Format::SenmlJson,
    Format::SenmlCbor,
];

/// Reads the name of a format.
pub(crate) fn format(word: &Word) -> Result<&'static str, Complaint> {
    let known = FORMATS.into_iter().map(Format::name);
    known
        .clone()
        .find(|name| *name == word.text)
        .ok_or_else(|| {
            let names: Vec<_> = known.collect();
            let words = format!(
                "\"{}\" is not a format; formats are {}",
                word.text,
                names.join(", ")
            );
            Complaint::new(word.at.clone(), words)
        })
}
