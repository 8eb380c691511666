//! Reading JSON that this program wrote: what is missing or of another type is a
//! damaged row, never a panic.

use crate::error::StoreError;
use clock::UnixTime;
use lwm2m::{Format, Path};
use serde_json::{Map, Value as Json};

/// A JSON object from pairs; a pair without a value is left out.
pub(super) fn object<const N: usize>(fields: [(&str, Option<Json>); N]) -> Json {
    let present = fields
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Json::Object(present.collect::<Map<_, _>>())
}

/// A JSON array.
pub(super) fn array<T>(items: &[T], encode: impl Fn(&T) -> Json) -> Json {
    Json::Array(items.iter().map(encode).collect())
}

/// The same, absent when there are no items.
pub(super) fn array_unless_empty<T>(items: &[T], encode: impl Fn(&T) -> Json) -> Option<Json> {
    (!items.is_empty()).then(|| array(items, encode))
}

/// Parses a column.
pub(super) fn parse(text: &str) -> Result<Json, StoreError> {
    serde_json::from_str(text)
        .map_err(|error| StoreError::corrupt(format!("unreadable JSON: {error}")))
}

/// A damaged row: `what` was expected.
pub(super) fn expected(what: &str, found: &Json) -> StoreError {
    StoreError::corrupt(format!("{what} expected, found {found}"))
}

pub(super) fn text(json: &Json) -> Result<&str, StoreError> {
    json.as_str().ok_or_else(|| expected("text", json))
}

pub(super) fn flag(json: &Json) -> Result<bool, StoreError> {
    json.as_bool()
        .ok_or_else(|| expected("true or false", json))
}

pub(super) fn integer(json: &Json) -> Result<i64, StoreError> {
    json.as_i64().ok_or_else(|| expected("an integer", json))
}

/// An unsigned number that fits the type asked for.
pub(super) fn number<T: TryFrom<u64>>(json: &Json) -> Result<T, StoreError> {
    json.as_u64()
        .and_then(|number| T::try_from(number).ok())
        .ok_or_else(|| expected("a number", json))
}

pub(super) fn items(json: &Json) -> Result<&[Json], StoreError> {
    json.as_array()
        .map(Vec::as_slice)
        .ok_or_else(|| expected("an array", json))
}

/// A field that must be there.
pub(super) fn field<'a>(json: &'a Json, name: &str) -> Result<&'a Json, StoreError> {
    json.get(name)
        .ok_or_else(|| expected(&format!("a field \"{name}\""), json))
}

/// A field that may be there.
pub(super) fn optional<'a, T>(
    json: &'a Json,
    name: &str,
    decode: impl Fn(&'a Json) -> Result<T, StoreError>,
) -> Result<Option<T>, StoreError> {
    json.get(name).map(decode).transpose()
}

/// A field that holds an array; empty when it is not there.
pub(super) fn list<'a, T>(
    json: &'a Json,
    name: &str,
    decode: impl Fn(&'a Json) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    json.get(name).map_or(Ok(Vec::new()), |found| {
        items(found)?.iter().map(decode).collect()
    })
}

pub(super) fn path_to_json(path: Path) -> Json {
    path.to_string().into()
}

pub(super) fn paths_to_json(paths: &[Path]) -> Json {
    array(paths, |path| path_to_json(*path))
}

pub(super) fn path_from_json(json: &Json) -> Result<Path, StoreError> {
    text(json)?.parse().map_err(|_| expected("a path", json))
}

pub(super) fn format_to_json(format: Format) -> Json {
    format.name().into()
}

pub(super) fn format_from_json(json: &Json) -> Result<Format, StoreError> {
    text(json)?.parse().map_err(|_| expected("a format", json))
}

pub(super) fn time_to_json(time: UnixTime) -> Json {
    time.as_micros().into()
}

pub(super) fn time_from_json(json: &Json) -> Result<UnixTime, StoreError> {
    integer(json).map(UnixTime::from_micros)
}

pub(super) fn pair_to_json((name, value): &(String, String)) -> Json {
    Json::Array(vec![name.as_str().into(), value.as_str().into()])
}

pub(super) fn pair_from_json(json: &Json) -> Result<(String, String), StoreError> {
    match items(json)? {
        [name, value] => Ok((text(name)?.to_owned(), text(value)?.to_owned())),
        _ => Err(expected("a pair", json)),
    }
}

/// Names and values; nothing where there are none.
pub(crate) fn pairs_to_text(pairs: &[(String, String)]) -> Option<String> {
    array_unless_empty(pairs, pair_to_json).map(|json| json.to_string())
}

/// Reads what [`pairs_to_text`] wrote.
pub(crate) fn pairs_from_text(column: Option<&str>) -> Result<Vec<(String, String)>, StoreError> {
    column.map_or(Ok(Vec::new()), |column| {
        items(&parse(column)?)?.iter().map(pair_from_json).collect()
    })
}

/// Paths.
pub(crate) fn paths_to_text(paths: &[Path]) -> String {
    paths_to_json(paths).to_string()
}

/// Reads what [`paths_to_text`] wrote.
pub(crate) fn paths_from_text(column: &str) -> Result<Vec<Path>, StoreError> {
    items(&parse(column)?)?.iter().map(path_from_json).collect()
}

/// Texts; nothing where there are none.
pub(crate) fn strings_to_text(strings: &[String]) -> Option<String> {
    array_unless_empty(strings, |string| string.as_str().into()).map(|json| json.to_string())
}

/// Reads what [`strings_to_text`] wrote.
pub(crate) fn strings_from_text(column: Option<&str>) -> Result<Vec<String>, StoreError> {
    let owned = |json: &Json| text(json).map(str::to_owned);
    column.map_or(Ok(Vec::new()), |column| {
        items(&parse(column)?)?.iter().map(owned).collect()
    })
}
