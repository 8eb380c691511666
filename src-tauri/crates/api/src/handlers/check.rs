//! What is refused before anything is sent: paths of another object version, and
//! values that the model of this device's versions forbids. It asks no device and
//! starts nothing; the calls in `resource` do.

use crate::dto::ValueAt;
use crate::error::{ApiError, ErrorCode};
use crate::host::Host;
use crate::value::{from_json, kind_from_dto};
use crate::version::mismatch;
use lwm2m::model::{ResourceDefinition, check_value, check_write};
use lwm2m::{Path, Reading, Value, VersionedPath};
use server::answer::DeviceTypes;
use store::DeviceRow;

/// Reads the path of a call that is about a part of the device.
pub(super) fn path_of(device: &DeviceRow, text: &str) -> Result<Path, ApiError> {
    let path = device_path(device, text)?;
    if path == Path::Root {
        return Err(invalid_path(
            "\"/\" is the whole device; name at least an object, as in /3.".to_owned(),
        ));
    }
    Ok(path)
}

/// Reads a path and checks a version in it against the one that the device has.
pub(super) fn device_path(device: &DeviceRow, text: &str) -> Result<Path, ApiError> {
    let typed: VersionedPath = text
        .parse()
        .map_err(|error| invalid_path(format!("\"{text}\" is not a path: {error}.")))?;
    if let (Some(wanted), Some(object)) = (typed.version, typed.path.object()) {
        let own = &device.registration;
        let announced = own.objects.object(object).is_some();
        let has = announced.then(|| own.object_version(object));
        if let Some(reason) = mismatch(text, object, wanted, has) {
            let message = format!("{reason}.");
            return Err(ApiError::new(ErrorCode::InvalidVersion, message));
        }
    }
    Ok(typed.path)
}

/// What the model has to allow.
#[derive(Clone, Copy)]
pub(super) enum Check {
    /// Writing: operation, type, range, and whether there are instances.
    Write,
    /// Being there: the same without the operation, because a Create may also hold
    /// what is only read afterwards.
    Create,
    /// Nothing: whoever asks wants to see the device refuse.
    Nothing,
}

impl Check {
    /// What a call asks for, unless it is `unchecked`.
    pub(super) const fn unless(self, unchecked: bool) -> Self {
        if unchecked { Self::Nothing } else { self }
    }

    /// Refuses a value that the model forbids (conformance DM-06).
    fn value(self, path: Path, own: &ResourceDefinition, value: &Value) -> Result<(), ApiError> {
        let allowed = match self {
            Self::Write => check_write(own, value),
            Self::Create => check_value(own, value),
            Self::Nothing => return Ok(()),
        };
        allowed
            .map_err(|error| ApiError::new(ErrorCode::InvalidValue, format!("{path}: {error}.")))?;
        let name = &own.name;
        match (own.multiple, path.depth()) {
            (false, 4) => Err(invalid_path(format!(
                "{path}: {name} has one value and no instances."
            ))),
            (true, 3) => Err(invalid_path(format!(
                "{path}: {name} has several values; name one, as in {path}/0."
            ))),
            _ => Ok(()),
        }
    }
}

/// Reads values with absolute paths at or below `base`, each one allowed.
pub(super) fn readings(
    host: &Host,
    device: &DeviceRow,
    base: Path,
    values: &[ValueAt],
    check: Check,
) -> Result<Vec<Reading>, ApiError> {
    let registry = host.workbench().registry();
    let types = DeviceTypes {
        registration: &device.registration,
        registry: &registry,
    };
    let read = |one: &ValueAt| {
        let path = device_path(device, &one.path)?;
        if path.depth() < 3 || !base.contains(path) {
            return Err(invalid_path(format!(
                "{path} is no resource at or below {base}."
            )));
        }
        let value = from_json(&one.path, kind_from_dto(one.kind), &one.value)?;
        if let Some(definition) = definition(&types, path) {
            check.value(path, definition, &value)?;
        }
        Ok(Reading::new(path, value))
    };
    values.iter().map(read).collect()
}

/// The definition of the resource at or above `path`, if the device's version has one.
pub(super) fn definition<'a>(
    types: &'a DeviceTypes<'_>,
    path: Path,
) -> Option<&'a ResourceDefinition> {
    types.definition(path.object()?, path.resource()?)
}

pub(super) fn invalid_path(message: String) -> ApiError {
    ApiError::new(ErrorCode::InvalidPath, message)
}
