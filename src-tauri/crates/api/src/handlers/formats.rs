//! Whether the format that a call names can carry what it asks for (conformance
//! DM-03, DM-04). Whether the device knows it is not judged: who names a format wants
//! to see. A call that names none gets the most compact one that the device offers,
//! which is the engine's choice.

use super::check::definition;
use crate::error::{ApiError, ErrorCode};
use crate::host::Host;
use lwm2m::{Format, Kind, Path, Reading};
use server::answer::DeviceTypes;
use server::operation::Ask;

/// Refuses a format that cannot carry what is asked for, in words. Only asks that name
/// one cost a look at the device.
pub(super) async fn check_format(host: &Host, endpoint: &str, ask: &Ask) -> Result<(), ApiError> {
    let Some((format, load)) = asked(ask) else {
        return Ok(());
    };
    let device = host.device(endpoint).await?;
    let registry = host.workbench().registry();
    let types = DeviceTypes {
        registration: &device.registration,
        registry: &registry,
    };
    match carries(format, &load, &types) {
        Some(sentence) => Err(ApiError::new(ErrorCode::InvalidRequest, sentence)),
        None => Ok(()),
    }
}

/// What a format has to carry.
enum Load<'a> {
    /// Whatever lies at a path.
    Answer(Path),
    /// Values for a path.
    Values(Path, &'a [Reading]),
    /// A new instance.
    Instance,
}

fn asked(ask: &Ask) -> Option<(Format, Load<'_>)> {
    match ask {
        Ask::Read { path, format } | Ask::Observe { path, format } => {
            Some(((*format)?, Load::Answer(*path)))
        }
        Ask::Write {
            path,
            values,
            format,
            ..
        } => Some(((*format)?, Load::Values(*path, values))),
        Ask::Create { format, .. } => Some(((*format)?, Load::Instance)),
        // Composite asks are checked where they are made.
        _ => None,
    }
}

/// Why the format cannot carry the load, if so.
fn carries(format: Format, load: &Load<'_>, types: &DeviceTypes<'_>) -> Option<String> {
    const SEVERAL: &str = "TLV, JSON, SenML JSON or SenML CBOR";
    if format == Format::Link {
        return Some("Link-format carries links and no values; discover answers in it.".to_owned());
    }
    if format.carries_many() {
        return None;
    }
    let path = match load {
        Load::Instance => {
            return Some(format!(
                "{format} carries one value, and an instance has several. Use {SEVERAL}."
            ));
        }
        Load::Values(path, values) if values.len() != 1 => {
            return Some(format!(
                "{format} carries one value, and {} are to be written to {path}. Use {SEVERAL}.",
                values.len()
            ));
        }
        // One value for a whole instance or list needs its name beside it.
        Load::Values(path, [only]) if only.path != *path => {
            return Some(format!(
                "{format} carries a value without its path, and {} lies below {path}. Write to {} itself, or use {SEVERAL}.",
                only.path, only.path
            ));
        }
        Load::Answer(path) | Load::Values(path, _) => *path,
    };
    let own = definition(types, path);
    if path.depth() < 3 || (path.depth() == 3 && own.is_some_and(|own| own.multiple)) {
        return Some(format!(
            "{format} carries one value, and {path} has several. Use {SEVERAL}."
        ));
    }
    match load {
        Load::Values(_, [only]) if format == Format::Opaque => {
            let kind = only.value.kind();
            (kind != Kind::Opaque)
                .then(|| format!("Opaque carries bytes, and the value for {path} is {kind}."))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clock::UnixTime;
    use coap::{ListenerId, Peer};
    use lwm2m::{Lwm2mVersion, ObjectList, Value};
    use server::credential::Mode;
    use server::ids::{DeviceId, Location};
    use server::registration::{Binding, Registration};
    use std::sync::Arc;

    fn registration() -> Registration {
        Registration {
            device: DeviceId(1),
            location: Location(1),
            peer: Peer::new(ListenerId(0), b"a").expect("one byte"),
            security: Mode::NoSec,
            version: Lwm2mVersion::V1_1,
            lifetime_s: 300,
            binding: Binding::UDP,
            queue_mode: false,
            sms: None,
            objects: Arc::new(ObjectList::parse(b"</1/0>,</3/0>").expect("links")),
            vendor: Vec::new(),
            registered_at: UnixTime::default(),
            seen_at: UnixTime::default(),
        }
    }

    fn refused(format: Format, load: &Load<'_>) -> Option<String> {
        let (registration, registry) = (registration(), lwm2m::bundled::registry());
        let types = DeviceTypes {
            registration: &registration,
            registry: &registry,
        };
        carries(format, load, &types)
    }

    fn at(path: &str) -> Path {
        path.parse().expect("a path")
    }

    #[test]
    fn dm_03_a_format_is_refused_that_cannot_carry_the_answer() {
        let refused = |format, path: &str| refused(format, &Load::Answer(at(path)));
        for format in [
            Format::Tlv,
            Format::Json,
            Format::SenmlJson,
            Format::SenmlCbor,
        ] {
            assert_eq!(refused(format, "/3"), None);
        }
        for format in [Format::Text, Format::Cbor] {
            assert_eq!(refused(format, "/3/0/9"), None);
            assert_eq!(refused(format, "/3/0/7/1"), None);
            assert_eq!(refused(format, "/33000/0/1"), None, "nobody knows");
            for path in ["/3", "/3/0", "/3/0/7"] {
                let sentence = refused(format, path).expect(path);
                assert!(sentence.contains("carries one value"), "{sentence}");
            }
        }
        assert_eq!(refused(Format::Opaque, "/3/0/9"), None, "let it say no");
        assert!(refused(Format::Link, "/3/0/9").is_some());
    }

    #[test]
    fn dm_04_several_values_are_never_written_as_text_opaque_or_cbor() {
        let values: Vec<Reading> = ["/3/0/7/0", "/3/0/7/1"]
            .map(|path| Reading::new(at(path), Value::Integer(1)))
            .into();
        for format in [Format::Text, Format::Opaque, Format::Cbor] {
            for load in [
                Load::Values(at("/3/0/7"), &values),
                Load::Values(at("/3/0/7"), &values[..1]),
                Load::Values(at("/3/0/7"), &[]),
                Load::Instance,
            ] {
                assert!(refused(format, &load).is_some(), "{format}");
            }
        }
        let one = Load::Values(at("/3/0/7/1"), &values[1..]);
        assert_eq!(refused(Format::Text, &one), None);
        let bytes = "Opaque carries bytes, and the value for /3/0/7/1 is Integer.";
        assert_eq!(refused(Format::Opaque, &one).as_deref(), Some(bytes));
        assert_eq!(
            refused(Format::Tlv, &Load::Values(at("/3/0/7"), &values)),
            None
        );
    }
}
