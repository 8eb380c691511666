//! Payloads: bytes to readings and back, one file per format.
//!
//! Nothing here knows the object definitions: whoever decodes hands in
//! [`Types`]. Nothing panics on any bytes, recurses with the input or allocates
//! more than the payload warrants (G-38, conformance 3.2). A payload that breaks
//! its format is a [`DecodeError`]; a value of the wrong type is kept as it came
//! and reported as a deviation (DM-07). `collect` holds what all formats share.

mod collect;
mod error;

pub use collect::{Decoded, MAX_RECORDS, Types, Untyped};
pub use error::{DecodeError, EncodeError, Location};

use crate::format::Format;
use crate::path::{Id, Path};
use crate::value::Reading;

/// Reads the values of a payload. `base` is the path of the request: an object,
/// instance, resource or resource instance, or the root for composite
/// operations and Send. The readings have absolute paths below `base`.
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
    let _ = (payload, base, types);
    Err(DecodeError::at_byte(format, 0, "soon"))
}

/// Reads the body of a Create: as [`decode`] with the object as base, except
/// that resources without an instance belong to instance `free`, which the
/// device chose (Core 1.1.1 §6.3.6).
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
    let _ = (object, free);
    decode(format, payload, Path::Object(object), types)
}

/// Reads a list of paths: the body of Read-Composite and Observe-Composite.
///
/// # Errors
/// When the payload is not SenML, or a record has a value or names no path.
pub fn decode_paths(format: Format, payload: &[u8]) -> Result<Vec<Path>, DecodeError> {
    let _ = payload;
    Err(DecodeError::at_byte(format, 0, "soon"))
}

/// Writes values in the shortest standard form. `base` is the path of the
/// request, or the root for composite operations and Send.
///
/// # Errors
/// When the format cannot carry the values, or a value lies outside `base`.
pub fn encode(format: Format, base: Path, readings: &[Reading]) -> Result<Vec<u8>, EncodeError> {
    let _ = (base, readings);
    Err(EncodeError::NoValues { format })
}

/// Writes the body of a Create of `object`. Without `instance` the device
/// chooses the id, and the ids of the instance in `readings` are ignored.
///
/// # Errors
/// As [`encode`]; also when the format needs an instance id: only TLV can leave
/// it out.
pub fn encode_create(
    format: Format,
    object: Id,
    instance: Option<Id>,
    readings: &[Reading],
) -> Result<Vec<u8>, EncodeError> {
    let _ = (object, instance);
    encode(format, Path::Root, readings)
}

/// Writes a list of paths: the body of Read-Composite and Observe-Composite.
///
/// # Errors
/// When the format is not SenML.
pub fn encode_paths(format: Format, paths: &[Path]) -> Result<Vec<u8>, EncodeError> {
    let _ = paths;
    Err(EncodeError::NoValues { format })
}
