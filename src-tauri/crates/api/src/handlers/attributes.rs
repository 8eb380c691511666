//! Notification attributes: what counts where, and writing them. The rules are
//! `lwm2m::attribute_levels`'; here they are applied to what the device told, which
//! `known_tree` holds.

use super::check::{definition, path_of};
use super::known_tree::KnownTree;
use super::resource::start;

use crate::dto::{
    AttributeInForce, AttributeLevel, AttributeType, AttributesGetRequest, AttributesGetResponse,
    AttributesWriteRequest, AttributesWritten, EditableAttribute,
};
use crate::error::{ApiError, ErrorCode};
use crate::host::Host;
use crate::time::to_text;
use clock::UnixTime;
use lwm2m::Path;
use lwm2m::attribute_levels::{Level, Target, check_change, in_force, merged};
use lwm2m::attribute_words::{phrases, unit_sign};
use lwm2m::attributes::{AttributeChange, AttributeName, NotificationAttributes, Setting};
use lwm2m::model::ResourceDefinition;
use server::answer::DeviceTypes;
use server::operation::Ask;
use std::collections::BTreeMap;
use store::DeviceRow;

/// `attributes_get`
pub(crate) async fn attributes_get(
    host: &Host,
    request: AttributesGetRequest,
) -> Result<AttributesGetResponse, ApiError> {
    let device = host.device(&request.endpoint).await?;
    let path = path_of(&device, &request.path)?;
    let known = KnownTree::load(host, &device).await?;
    let registry = host.workbench().registry();
    let types = DeviceTypes {
        registration: &device.registration,
        registry: &registry,
    };
    let definition = definition(&types, path);
    let levels = known.levels(path);
    let unit = definition.map_or("", |own| &own.units);
    let as_of = known.as_of(path);
    Ok(AttributesGetResponse {
        path: path.to_string(),
        in_force: in_force(&levels)
            .into_iter()
            .map(|one| {
                let counts = AttributeInForce {
                    value: number(one.setting),
                    from: one.from.to_string(),
                };
                (one.name.to_string(), counts)
            })
            .collect(),
        words: phrases(&merged(&levels), unit),
        warnings: warnings(&levels, &device, as_of),
        editable: editable(path, definition, &device),
        as_of: as_of.map(to_text),
        levels: levels.into_iter().map(level).collect(),
    })
}

/// `attributes_write`
pub(crate) async fn attributes_write(
    host: &Host,
    request: AttributesWriteRequest,
) -> Result<AttributesWritten, ApiError> {
    let device = host.device(&request.endpoint).await?;
    let path = path_of(&device, &request.path)?;
    let change = change(&request.attributes)?;
    let unchecked = request.unchecked.unwrap_or(false);
    let known = KnownTree::load(host, &device).await?;
    let registry = host.workbench().registry();
    let types = DeviceTypes {
        registration: &device.registration,
        registry: &registry,
    };
    let target = Target {
        path,
        kind: definition(&types, path).and_then(|own| own.kind),
        version: device.registration.version,
    };
    let mut above = known.levels(path);
    let own = above.pop_if(|level| level.path == path);
    let own = own.map(|level| level.attributes).unwrap_or_default();
    let found = check_change(target, &above, &own, &change);
    if let Some(wrong) = found.iter().find(|one| one.refused && !unchecked) {
        let message = format!("{path}: {}.", wrong.sentence);
        return Err(ApiError::new(ErrorCode::InvalidValue, message));
    }
    let warnings: Vec<String> = found.into_iter().map(|one| one.sentence).collect();
    let ask = Ask::WriteAttributes { path, change };
    let started = start(host, &request.endpoint, ask, request.terms, unchecked).await?;
    Ok(AttributesWritten {
        operation: started.operation,
        warnings: (!warnings.is_empty()).then_some(warnings),
    })
}

fn change(attributes: &BTreeMap<String, Option<f64>>) -> Result<AttributeChange, ApiError> {
    let refused = |message: String| ApiError::new(ErrorCode::InvalidValue, message);
    if attributes.is_empty() {
        return Err(refused(
            "No attribute is named; null unsets one.".to_owned(),
        ));
    }
    let read = |(name, value): (&String, &Option<f64>)| {
        let known = AttributeName::from_text(name).ok_or_else(|| {
            let names: Vec<&str> = AttributeName::ALL.iter().map(|one| one.as_str()).collect();
            let names = names.join(", ");
            refused(format!(
                "\"{name}\" is not a notification attribute; they are {names}."
            ))
        })?;
        let setting = value.map(|value| Setting::parse(known, &value.to_string()));
        let setting = setting.transpose().map_err(|e| refused(format!("{e}.")))?;
        Ok((known, setting))
    };
    Ok(AttributeChange {
        settings: attributes
            .iter()
            .map(read)
            .collect::<Result<_, ApiError>>()?,
    })
}

fn level(level: Level) -> AttributeLevel {
    AttributeLevel {
        path: level.path.to_string(),
        attributes: level
            .attributes
            .iter()
            .map(|(name, setting)| (name.to_string(), number(setting)))
            .collect(),
    }
}

fn number(setting: Setting) -> f64 {
    match setting {
        Setting::Whole(number) => f64::from(number),
        Setting::Number(number) => number,
        Setting::Flag(flag) => f64::from(u8::from(flag)),
    }
}

fn warnings(levels: &[Level], device: &DeviceRow, as_of: Option<UnixTime>) -> Vec<String> {
    let broken = merged(levels).check().into_iter();
    let mut warnings: Vec<String> = broken.map(|one| format!("{}.", one.sentence)).collect();
    if as_of.is_some_and(|at| at < device.registration.registered_at) {
        warnings.push(
            "The device registered anew since it told of its attributes and may have lost them. Discover to be sure."
                .to_owned(),
        );
    }
    warnings
}

/// The attributes that may be attached at a path of this device.
fn editable(
    path: Path,
    definition: Option<&ResourceDefinition>,
    device: &DeviceRow,
) -> Vec<EditableAttribute> {
    let kind = definition.and_then(|own| own.kind);
    let fits = |name: &AttributeName| {
        let example = match name {
            AttributeName::Gt | AttributeName::Lt | AttributeName::St => Setting::Number(1.0),
            AttributeName::Edge | AttributeName::Con => Setting::Flag(true),
            _ => Setting::Whole(1),
        };
        let mut alone = NotificationAttributes::default();
        alone.put(*name, Some(example));
        name.since() <= device.registration.version && alone.check_place(path, kind).is_empty()
    };
    let unit = definition
        .map(|own| unit_sign(&own.units))
        .filter(|unit| !unit.is_empty());
    let shape = |name: AttributeName| {
        let kind = attribute_type(name);
        EditableAttribute {
            name: name.to_string(),
            kind,
            unit: match kind {
                AttributeType::Seconds => Some("s".to_owned()),
                AttributeType::Number => unit.map(str::to_owned),
                AttributeType::Flag | AttributeType::Count => None,
            },
            doc: doc(name).to_owned(),
        }
    };
    let offered = AttributeName::ALL.into_iter().filter(fits);
    offered.map(shape).collect()
}

const fn attribute_type(name: AttributeName) -> AttributeType {
    match name {
        AttributeName::Pmin | AttributeName::Pmax | AttributeName::Epmin | AttributeName::Epmax => {
            AttributeType::Seconds
        }
        AttributeName::Gt | AttributeName::Lt | AttributeName::St => AttributeType::Number,
        AttributeName::Edge | AttributeName::Con => AttributeType::Flag,
        AttributeName::Hqmax => AttributeType::Count,
    }
}

const fn doc(name: AttributeName) -> &'static str {
    match name {
        AttributeName::Pmin => "Least time between two notifications.",
        AttributeName::Pmax => "Most time between two notifications, even if nothing changed.",
        AttributeName::Gt => "Notify when the value rises above this or comes back.",
        AttributeName::Lt => "Notify when the value falls below this or comes back.",
        AttributeName::St => "Notify when the value changed by at least this much.",
        AttributeName::Epmin => "Least time between two looks at the sensor.",
        AttributeName::Epmax => "Most time between two looks at the sensor.",
        AttributeName::Edge => "Notify when the value turns true (1) or false (0).",
        AttributeName::Con => "Send notifications confirmable (1) or not (0).",
        AttributeName::Hqmax => "How many values the device keeps while it cannot report.",
    }
}
