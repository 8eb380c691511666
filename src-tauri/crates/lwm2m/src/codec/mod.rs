//! Payloads: bytes to readings and back, one file per format.
//!
//! Nothing here knows the object definitions: whoever decodes hands in
//! [`Types`]. Nothing panics on any bytes, recurses with the input or allocates
//! more than the payload warrants (G-38, conformance 3.2). A payload that breaks
//! its format is a [`DecodeError`]; a value of the wrong type is kept as it came
//! and reported as a deviation (DM-07). `collect` holds what all formats share.

#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::unwrap_used
    )
)]

mod cbor;
mod cbor_reader;
mod cbor_writer;
mod collect;
mod error;
mod json;
mod json_reader;
mod json_writer;
mod name;
mod number;
mod objlnk;
mod opaque;
mod order;
mod senml;
pub mod text;
mod time;
mod tlv;

pub use collect::{Decoded, MAX_RECORDS, Types, Untyped};
pub use error::{DecodeError, EncodeError, Location};

use crate::format::Format;
use crate::path::{Id, Path};
use crate::value::Reading;
use collect::Collector;

/// Reads the values of a payload. `base` is the path of the request: an object,
/// instance, resource or resource instance, or the root for composite
/// operations and Send. The readings have absolute paths below `base`, in the
/// order of the payload.
///
/// # Errors
/// When the payload breaks the rules of its format, or the format cannot
/// describe `base`.
pub fn decode(
    format: Format,
    payload: &[u8],
    base: Path,
    types: &dyn Types,
) -> Result<Decoded, DecodeError> {
    decode_below("", format, payload, base, None, types)
}

/// The same for a device that has its objects below an alternate path, as in
/// `/lwm2m`: names may begin with `root` (Transport 1.1.1 §6.4.1; conformance SJ-01).
///
/// # Errors
/// As [`decode`].
pub fn decode_from(
    root: &str,
    format: Format,
    payload: &[u8],
    base: Path,
    types: &dyn Types,
) -> Result<Decoded, DecodeError> {
    decode_below(root, format, payload, base, None, types)
}

/// Reads the body of a Create: as [`decode`] with the object as base, except
/// that resources without an instance belong to instance `free`, which the
/// device chose (Core 1.1.1 §6.3.6). Whether the server named an instance shows
/// in the paths.
///
/// # Errors
/// As [`decode`].
pub fn decode_create(
    format: Format,
    payload: &[u8],
    object: Id,
    free: Id,
    types: &dyn Types,
) -> Result<Decoded, DecodeError> {
    decode_create_from("", format, payload, object, free, types)
}

/// The same for a device that has its objects below an alternate path, as in
/// `/lwm2m`: names may begin with `root` (Transport 1.1.1 §6.4.1).
///
/// # Errors
/// As [`decode`].
pub fn decode_create_from(
    root: &str,
    format: Format,
    payload: &[u8],
    object: Id,
    free: Id,
    types: &dyn Types,
) -> Result<Decoded, DecodeError> {
    decode_below(
        root,
        format,
        payload,
        Path::Object(object),
        Some(free),
        types,
    )
}

/// The ids of the instances that the body of a Create names without values: TLV alone
/// has a place for them. A body that cannot be read names none.
#[must_use]
pub fn empty_instances(format: Format, payload: &[u8]) -> Vec<Id> {
    match format {
        Format::Tlv => tlv::empty_instances(payload),
        _ => Vec::new(),
    }
}

fn decode_below(
    root: &str,
    format: Format,
    payload: &[u8],
    base: Path,
    free: Option<Id>,
    types: &dyn Types,
) -> Result<Decoded, DecodeError> {
    let mut collector = Collector::new(root, format, base, types);
    match format {
        Format::Tlv => tlv::decode(payload, free, &mut collector)?,
        Format::Json => json::decode(payload, free, &mut collector)?,
        Format::SenmlJson | Format::SenmlCbor => senml::decode(payload, free, &mut collector)?,
        Format::Text | Format::Opaque | Format::Cbor if base.depth() < 3 => {
            let reason = format!("it carries one value, but {base} has several");
            return Err(DecodeError::at_byte(format, 0, reason));
        }
        Format::Text => text::decode(payload, &mut collector)?,
        Format::Opaque => opaque::decode(payload, &mut collector)?,
        Format::Cbor => cbor::decode(payload, &mut collector)?,
        Format::Link => return Err(DecodeError::at_byte(format, 0, "links carry no values")),
    }
    Ok(collector.finish())
}

/// Reads a list of paths: the body of Read-Composite and Observe-Composite.
///
/// # Errors
/// When the payload is not SenML, or a record has a value or names no path.
pub fn decode_paths(format: Format, payload: &[u8]) -> Result<Vec<Path>, DecodeError> {
    decode_paths_from("", format, payload)
}

/// The same for a device that has its objects below an alternate path, as in
/// `/lwm2m`: names may begin with `root` (Transport 1.1.1 §6.4.1).
///
/// # Errors
/// As [`decode_paths`].
pub fn decode_paths_from(
    root: &str,
    format: Format,
    payload: &[u8],
) -> Result<Vec<Path>, DecodeError> {
    if !format.is_composite() {
        return Err(DecodeError::at_byte(
            format,
            0,
            "lists of paths are sent as SenML",
        ));
    }
    senml::decode_paths(root, format, payload)
}

/// Writes values in the shortest standard form. `base` is the path of the
/// request, or the root for composite operations and Send. TLV, text, opaque and
/// CBOR have no place for times and leave them out.
///
/// # Errors
/// When the format cannot carry the values, or a value lies outside `base`.
pub fn encode(format: Format, base: Path, readings: &[Reading]) -> Result<Vec<u8>, EncodeError> {
    encode_from("", format, base, readings)
}

/// The same for a device that has its objects below an alternate path, as in
/// `/lwm2m`: SenML names begin with `root` (Transport 1.1.1 §6.4.1).
///
/// # Errors
/// As [`encode`].
pub fn encode_from(
    root: &str,
    format: Format,
    base: Path,
    readings: &[Reading],
) -> Result<Vec<u8>, EncodeError> {
    match format {
        Format::Tlv => tlv::encode(base, &order::sorted(base, readings)?),
        Format::Json => json::encode(base, readings),
        Format::SenmlJson | Format::SenmlCbor => senml::encode(root, format, base, readings),
        Format::Text => text::encode(only(format, base, readings)?),
        Format::Opaque => opaque::encode(only(format, base, readings)?),
        Format::Cbor => Ok(cbor::encode(&only(format, base, readings)?.value)),
        Format::Link => Err(EncodeError::NoValues { format }),
    }
}

/// Writes the body of a Create of `object`. The readings have absolute paths below
/// `/{object}/{instance}`, and below further instances that are to be created with
/// it; without `instance` the device chooses the id, and the one in the readings
/// counts for nothing.
///
/// # Errors
/// As [`encode`]; also when there is no instance id, or nothing but one, and the
/// format is not TLV: only TLV can leave the id out (Core 1.1.1 §6.3.6), and only
/// TLV has a place for an instance without values.
pub fn encode_create(
    format: Format,
    object: Id,
    instance: Option<Id>,
    readings: &[Reading],
) -> Result<Vec<u8>, EncodeError> {
    encode_create_from("", format, object, instance, readings)
}

/// The same for a device that has its objects below an alternate path, as in
/// `/lwm2m`: SenML names begin with `root` (Transport 1.1.1 §6.4.1).
///
/// # Errors
/// As [`encode_create`].
pub fn encode_create_from(
    root: &str,
    format: Format,
    object: Id,
    instance: Option<Id>,
    readings: &[Reading],
) -> Result<Vec<u8>, EncodeError> {
    if !format.carries_many() {
        let path = Path::Object(object);
        let count = readings.len();
        return Err(EncodeError::NotOneValue {
            format,
            path,
            count,
        });
    }
    match (format, instance) {
        (Format::Tlv, None) => {
            tlv::encode_resources(&order::sorted(Path::Object(object), readings)?)
        }
        (_, None) => Err(EncodeError::InstanceNeeded { format }),
        (Format::Tlv, Some(instance)) if readings.is_empty() => {
            tlv::encode_empty_instance(Path::Instance(object, instance))
        }
        (_, Some(_)) if readings.is_empty() => Err(EncodeError::ValueNeeded { format }),
        (Format::Tlv, Some(_)) => encode(format, Path::Object(object), readings),
        (_, Some(instance)) => {
            let own = Path::Instance(object, instance);
            let alone = readings.iter().all(|reading| own.contains(reading.path));
            let base = if alone { own } else { Path::Object(object) };
            encode_from(root, format, base, readings)
        }
    }
}

/// Writes a list of paths: the body of Read-Composite and Observe-Composite.
///
/// # Errors
/// When the format is not SenML.
pub fn encode_paths(format: Format, paths: &[Path]) -> Result<Vec<u8>, EncodeError> {
    encode_paths_from("", format, paths)
}

/// The same for a device that has its objects below an alternate path, as in
/// `/lwm2m`: every name begins with `root` (Transport 1.1.1 §6.4.1).
///
/// # Errors
/// As [`encode_paths`].
pub fn encode_paths_from(
    root: &str,
    format: Format,
    paths: &[Path],
) -> Result<Vec<u8>, EncodeError> {
    if format.is_composite() {
        Ok(senml::encode_paths(root, format, paths))
    } else {
        Err(EncodeError::NotComposite { format })
    }
}

/// The single reading of a format that carries one value.
fn only(format: Format, path: Path, readings: &[Reading]) -> Result<&Reading, EncodeError> {
    order::check_paths(path, readings)?;
    match readings {
        [reading] if reading.path == path => Ok(reading),
        _ => Err(EncodeError::NotOneValue {
            format,
            path,
            count: readings.len(),
        }),
    }
}

#[cfg(test)]
mod round_trip;
#[cfg(test)]
mod tests;
