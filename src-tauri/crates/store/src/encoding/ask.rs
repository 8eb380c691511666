//! What was asked of a device, as JSON under the name of the call that asked it.

use super::json::{
    array, expected, field, flag, format_from_json, format_to_json, list, number, object, optional,
    parse, path_from_json, path_to_json, paths_to_json, text,
};
use super::value::{float_from_text, float_to_text, reading_from_json, reading_to_json};
use crate::error::StoreError;
use lwm2m::Path;
use lwm2m::attributes::{AttributeChange, AttributeName, Setting};
use serde_json::{Value as Json, json};
use server::operation::{Ask, CancelWay, WriteMode};

/// `{"ask": "resource_read", "path": "/3/0", …}`
pub(crate) fn ask_to_text(ask: &Ask) -> String {
    let mut path = Some(path_to_json(ask.path()));
    let mut format = None;
    let mut values = None;
    let mut paths = None;
    let mut once = None;
    let mut extra = ("", None);
    match ask {
        Ask::Read { format: wanted, .. } | Ask::Observe { format: wanted, .. } => format = *wanted,
        Ask::Write {
            mode,
            values: written,
            format: sent,
            ..
        } => {
            (format, values) = (*sent, Some(written));
            extra = ("mode", Some(write_mode_name(*mode).into()));
        }
        Ask::Execute {
            arguments,
            confirmable,
            ..
        } => {
            extra = ("arguments", arguments.as_deref().map(Json::from));
            once = (!confirmable).then(|| Json::from(true));
        }
        Ask::Discover { .. } | Ask::Delete { .. } => {}
        Ask::WriteAttributes { change, .. } => extra = ("change", Some(change_to_json(change))),
        Ask::Create {
            object,
            instance,
            values: written,
            format: sent,
        } => {
            (format, values) = (*sent, Some(written));
            path = Some(path_to_json(Path::Object(*object)));
            extra = ("instance", instance.map(Json::from));
        }
        Ask::CancelObservation { way, .. } => extra = ("way", Some(cancel_way_name(*way).into())),
        Ask::ReadComposite {
            paths: named,
            format: wanted,
        }
        | Ask::ObserveComposite {
            paths: named,
            format: wanted,
        } => (paths, format) = (Some(named), *wanted),
        Ask::WriteComposite {
            values: written,
            format: sent,
        } => (format, values) = (*sent, Some(written)),
        Ask::CancelComposite { paths: named, way } => {
            paths = Some(named);
            extra = ("way", Some(cancel_way_name(*way).into()));
        }
        Ask::ReadDevice => path = None,
    }
    object([
        ("ask", Some(ask.name().into())),
        ("path", path),
        ("format", format.map(format_to_json)),
        (
            "values",
            values.map(|values| array(values, reading_to_json)),
        ),
        ("paths", paths.map(|paths| paths_to_json(paths))),
        ("once", once),
        extra,
    ])
    .to_string()
}

/// Reads what [`ask_to_text`] wrote.
pub(crate) fn ask_from_text(column: &str) -> Result<Ask, StoreError> {
    let json = parse(column)?;
    let path = optional(&json, "path", path_from_json)?.unwrap_or(Path::Root);
    let paths = || list(&json, "paths", path_from_json);
    let format = optional(&json, "format", format_from_json)?;
    let values = || list(&json, "values", reading_from_json);
    Ok(match text(field(&json, "ask")?)? {
        "resource_read" => Ask::Read { path, format },
        "resource_write" => Ask::Write {
            path,
            mode: write_mode(field(&json, "mode")?)?,
            values: values()?,
            format,
        },
        "resource_execute" => Ask::Execute {
            path,
            arguments: optional(&json, "arguments", text)?.map(str::to_owned),
            // Absent in rows of former programs, which knew no other way.
            confirmable: optional(&json, "once", flag)? != Some(true),
        },
        "resource_discover" => Ask::Discover { path },
        "attributes_write" => Ask::WriteAttributes {
            path,
            change: change_from_json(field(&json, "change")?)?,
        },
        "instance_create" => Ask::Create {
            object: path.object().ok_or_else(|| expected("an object", &json))?,
            instance: optional(&json, "instance", number)?,
            values: values()?,
            format,
        },
        "instance_delete" => Ask::Delete { path },
        "observation_start" => Ask::Observe { path, format },
        "observation_cancel" => Ask::CancelObservation {
            path,
            way: cancel_way(field(&json, "way")?)?,
        },
        "composite_read" => Ask::ReadComposite {
            paths: paths()?,
            format,
        },
        "composite_write" => Ask::WriteComposite {
            values: values()?,
            format,
        },
        "composite_observe" => Ask::ObserveComposite {
            paths: paths()?,
            format,
        },
        "composite_cancel" => Ask::CancelComposite {
            paths: paths()?,
            way: cancel_way(field(&json, "way")?)?,
        },
        "device_read" => Ask::ReadDevice,
        _ => return Err(expected("the name of a call", &json)),
    })
}

/// `{"pmin": 5, "gt": "21.5", "edge": true, "lt": null}`; null unsets.
pub(crate) fn change_to_text(change: &AttributeChange) -> String {
    change_to_json(change).to_string()
}

/// Reads what [`change_to_text`] wrote.
pub(crate) fn change_from_text(column: &str) -> Result<AttributeChange, StoreError> {
    change_from_json(&parse(column)?)
}

fn change_to_json(change: &AttributeChange) -> Json {
    let setting = |setting: &Option<Setting>| match setting {
        None => Json::Null,
        Some(Setting::Whole(number)) => (*number).into(),
        Some(Setting::Number(number)) => float_to_text(*number).into(),
        Some(Setting::Flag(flag)) => (*flag).into(),
    };
    change
        .settings
        .iter()
        .map(|(name, wanted)| (name.as_str(), setting(wanted)))
        .collect()
}

fn change_from_json(json: &Json) -> Result<AttributeChange, StoreError> {
    let fields = json
        .as_object()
        .ok_or_else(|| expected("attributes", json))?;
    let setting = |value: &Json| match value {
        Json::Null => Ok(None),
        Json::Bool(flag) => Ok(Some(Setting::Flag(*flag))),
        Json::String(digits) => {
            let number = float_from_text(digits).ok_or_else(|| expected("a number", value))?;
            Ok(Some(Setting::Number(number)))
        }
        _ => number(value).map(|number| Some(Setting::Whole(number))),
    };
    let read = |(name, value): (&String, &Json)| {
        let name =
            AttributeName::from_text(name).ok_or_else(|| expected("an attribute", &json!(name)))?;
        Ok((name, setting(value)?))
    };
    Ok(AttributeChange {
        settings: fields.iter().map(read).collect::<Result<_, StoreError>>()?,
    })
}

const fn write_mode_name(mode: WriteMode) -> &'static str {
    match mode {
        WriteMode::Replace => "replace",
        WriteMode::Update => "update",
    }
}

fn write_mode(json: &Json) -> Result<WriteMode, StoreError> {
    match text(json)? {
        "replace" => Ok(WriteMode::Replace),
        "update" => Ok(WriteMode::Update),
        _ => Err(expected("a write mode", json)),
    }
}

const fn cancel_way_name(way: CancelWay) -> &'static str {
    match way {
        CancelWay::Active => "active",
        CancelWay::Passive => "passive",
    }
}

fn cancel_way(json: &Json) -> Result<CancelWay, StoreError> {
    match text(json)? {
        "active" => Ok(CancelWay::Active),
        "passive" => Ok(CancelWay::Passive),
        _ => Err(expected("a way to cancel", json)),
    }
}
