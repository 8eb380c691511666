//! Readings as TLVs, in the shortest form.

use super::item::{Level, write};
use super::value;
use crate::codec::error::EncodeError;
use crate::format::Format;
use crate::path::{Id, Path};
use crate::value::Reading;

/// Writes `readings` below `base`, sorted by path; times are left out, TLV has
/// no place for them.
pub(in crate::codec) fn encode(base: Path, readings: &[&Reading]) -> Result<Vec<u8>, EncodeError> {
    let mut out = Vec::new();
    match base {
        Path::Root => {
            return Err(EncodeError::NotComposite {
                format: Format::Tlv,
            });
        }
        Path::Object(_) => {
            for instance in readings.chunk_by(|a, b| a.path.instance() == b.path.instance()) {
                let body = encode_resources(instance)?;
                let Some(first) = instance.first() else {
                    continue;
                };
                write(
                    Level::Instance,
                    id_at(first.path, 1),
                    &body,
                    first.path,
                    &mut out,
                )?;
            }
        }
        Path::Instance(..) | Path::Resource(..) => out = encode_resources(readings)?,
        Path::ResourceInstance(..) => write_instances(readings, &mut out)?,
    }
    Ok(out)
}

/// Writes an instance that has nothing but its id.
pub(in crate::codec) fn encode_empty_instance(path: Path) -> Result<Vec<u8>, EncodeError> {
    let mut out = Vec::new();
    write(Level::Instance, id_at(path, 1), &[], path, &mut out)?;
    Ok(out)
}

/// Writes resources side by side, without an instance around them: the body of
/// a Write to an instance, or of a Create that leaves the id to the device.
pub(in crate::codec) fn encode_resources(readings: &[&Reading]) -> Result<Vec<u8>, EncodeError> {
    let mut out = Vec::new();
    for resource in readings.chunk_by(|a, b| a.path.resource() == b.path.resource()) {
        let Some(first) = resource.first() else {
            continue;
        };
        let id = id_at(first.path, 2);
        if matches!(first.path, Path::ResourceInstance(..)) {
            let mut body = Vec::new();
            write_instances(resource, &mut body)?;
            write(Level::Multiple, id, &body, first.path, &mut out)?;
        } else {
            let value = value::encode(&first.value);
            write(Level::Resource, id, &value, first.path, &mut out)?;
        }
    }
    Ok(out)
}

fn write_instances(readings: &[&Reading], out: &mut Vec<u8>) -> Result<(), EncodeError> {
    readings.iter().try_for_each(|reading| {
        let value = value::encode(&reading.value);
        write(
            Level::ResourceInstance,
            id_at(reading.path, 3),
            &value,
            reading.path,
            out,
        )
    })
}

/// The id at a depth of a path that is known to reach it: values only stand at
/// resources and resource instances, and below the base.
fn id_at(path: Path, depth: usize) -> Id {
    path.ids().nth(depth).unwrap_or_default()
}
