//! What a device announced, and where it deviated from the standard, as JSON.

use super::json::{
    array, array_unless_empty, expected, field, items, list, number, object, optional, parse, text,
};
use crate::error::StoreError;
use lwm2m::deviation::Deviation;
use lwm2m::object_list::{AnnouncedObject, ObjectList};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// `{"formats": [110], "objects": [[3, [0]], [3303, [0, 1], "1.1"]]}`: short,
/// because a fleet without two equal devices has as many lists as devices.
pub(crate) fn objects_to_text(list: &ObjectList) -> String {
    let alternate_path = list.alternate_path.as_deref();
    object([
        (
            "root",
            alternate_path.map(|segments| array(segments, |segment| segment.as_str().into())),
        ),
        (
            "formats",
            array_unless_empty(&list.formats, |format| (*format).into()),
        ),
        (
            "objects",
            array_unless_empty(&list.objects, announced_to_json),
        ),
        (
            "deviations",
            array_unless_empty(&list.deviations, deviation_to_json),
        ),
    ])
    .to_string()
}

/// Reads what [`objects_to_text`] wrote.
pub(crate) fn objects_from_text(column: &str) -> Result<ObjectList, StoreError> {
    let json = parse(column)?;
    let segments = |found: &Json| {
        items(found)?
            .iter()
            .map(|item| text(item).map(str::to_owned))
            .collect()
    };
    Ok(ObjectList {
        alternate_path: optional(&json, "root", segments)?,
        formats: list(&json, "formats", number)?,
        objects: list(&json, "objects", announced_from_json)?,
        deviations: list(&json, "deviations", deviation_from_json)?,
    })
}

fn announced_to_json(announced: &AnnouncedObject) -> Json {
    let AnnouncedObject {
        object,
        version,
        instances,
    } = announced;
    match version {
        None => json!([object, instances]),
        Some(version) => json!([object, instances, version.to_string()]),
    }
}

fn announced_from_json(json: &Json) -> Result<AnnouncedObject, StoreError> {
    let [object, instances, version @ ..] = items(json)? else {
        return Err(expected("an announced object", json));
    };
    let read_version = |found| {
        text(found)?
            .parse()
            .map_err(|_| expected("an object version", found))
    };
    Ok(AnnouncedObject {
        object: number(object)?,
        version: version.first().map(read_version).transpose()?,
        instances: items(instances)?
            .iter()
            .map(number)
            .collect::<Result<_, _>>()?,
    })
}

/// Deviations; nothing where there are none.
pub(crate) fn deviations_to_text(deviations: &[Deviation]) -> Option<String> {
    array_unless_empty(deviations, deviation_to_json).map(|json| json.to_string())
}

/// Reads what [`deviations_to_text`] wrote.
pub(crate) fn deviations_from_text(column: Option<&str>) -> Result<Vec<Deviation>, StoreError> {
    column.map_or(Ok(Vec::new()), |column| {
        items(&parse(column)?)?
            .iter()
            .map(deviation_from_json)
            .collect()
    })
}

/// `{"code": "QRK-02", "message": "…"}`
pub(super) fn deviation_to_json(deviation: &Deviation) -> Json {
    json!({ "code": deviation.code, "message": deviation.message })
}

/// Reads what [`deviation_to_json`] wrote.
pub(super) fn deviation_from_json(json: &Json) -> Result<Deviation, StoreError> {
    Ok(Deviation::new(
        lasting_code(text(field(json, "code")?)?),
        text(field(json, "message")?)?,
    ))
}

/// How many codes of deviations a file may hold; the standard's and our own lists
/// have some 300.
const MAX_CODES: usize = 2_000;

/// The code as a deviation carries it. The codes are constants all over the
/// program and cannot be listed here, so each one met in a file is kept for the
/// rest of the run, and no more of them than a sound file can hold.
fn lasting_code(code: &str) -> &'static str {
    static CODES: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let mut codes = CODES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = codes.get(code) {
        return known;
    }
    if codes.len() >= MAX_CODES {
        return "unknown";
    }
    let lasting: &'static str = Box::leak(code.into());
    codes.insert(lasting);
    lasting
}
