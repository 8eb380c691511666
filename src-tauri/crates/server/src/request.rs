//! Turns what is asked of a device into a CoAP request (Transport 1.1.1 §6.4.4
//! and §6.4.5), in the most compact format that the device offers. Reading the
//! answer is the work of `answer`.

use crate::operation::{Ask, WriteMode};
use crate::registration::Registration;
use coap::option::{ACCEPT, CONTENT_FORMAT};
use coap::{Code, Request};
use lwm2m::codec::{self, EncodeError};
use lwm2m::model::Lwm2mVersion;
use lwm2m::{Format, Path, Reading};

/// Formats from the most to the least compact for values that need a tree.
const BY_SIZE: [Format; 4] = [
    Format::Tlv,
    Format::SenmlCbor,
    Format::SenmlJson,
    Format::Json,
];

/// Builds the request that `ask` stands for. With `drafts` formats go by the numbers
/// that drafts of 1.0 used.
///
/// # Errors
/// Values that the format cannot carry.
pub(crate) fn build(
    ask: &Ask,
    registration: &Registration,
    drafts: bool,
) -> Result<Request, EncodeError> {
    let mut request = registered(ask, registration)?;
    for option in [ACCEPT, CONTENT_FORMAT] {
        let number = request.options.get_uint(option).map(u16::try_from);
        if let Some(Ok(number)) = number {
            let known_as = number_for(number, registration, drafts);
            request.options.set_uint(option, known_as.into());
        }
    }
    Ok(request)
}

/// The number by which a device knows a format: the registered one, or a draft's where
/// the device lists no other or its profile says so (conformance FM-02).
fn number_for(number: u16, registration: &Registration, drafts: bool) -> u16 {
    let listed = &registration.objects.formats;
    let draft = Format::from_id(number).and_then(Format::legacy_id);
    let wanted = |draft: &u16| drafts || (listed.contains(draft) && !listed.contains(&number));
    draft.filter(wanted).unwrap_or(number)
}

/// The same with the registered numbers.
fn registered(ask: &Ask, registration: &Registration) -> Result<Request, EncodeError> {
    let to = |code: Code, path: Path| address(code, path, registration);
    let root = registration.objects.root();
    Ok(match ask {
        Ask::Read { path, format } | Ask::Observe { path, format } => {
            with_accept(to(Code::GET, *path), *format, registration)
        }
        Ask::Discover { path } => to(Code::GET, *path).accept(Format::Link.id()),
        Ask::Write {
            path,
            mode,
            values,
            format,
        } => {
            let code = match mode {
                WriteMode::Replace => Code::PUT,
                WriteMode::Update => Code::POST,
            };
            let format = format.unwrap_or_else(|| write_format(registration, values));
            let payload = codec::encode_from(&root, format, *path, values)?;
            to(code, *path).content_format(format.id()).payload(payload)
        }
        Ask::Execute {
            path,
            arguments,
            confirmable,
        } => {
            let request = match arguments {
                Some(text) if !text.is_empty() => to(Code::POST, *path)
                    .content_format(Format::Text.id())
                    .payload(text.clone().into_bytes()),
                _ => to(Code::POST, *path),
            };
            Request {
                confirmable: *confirmable,
                ..request
            }
        }
        Ask::WriteAttributes { path, change } => change
            .to_queries()
            .iter()
            .fold(to(Code::PUT, *path), |request, query| request.query(query)),
        Ask::Create {
            object,
            instance,
            values,
            format,
        } => {
            // Only TLV can leave the instance id to the device, or name one without values.
            let format = match instance {
                Some(_) if !values.is_empty() => {
                    format.unwrap_or_else(|| write_format(registration, values))
                }
                _ => format.unwrap_or(Format::Tlv),
            };
            let payload = codec::encode_create_from(&root, format, *object, *instance, values)?;
            to(Code::POST, Path::Object(*object))
                .content_format(format.id())
                .payload(payload)
        }
        Ask::Delete { path } => to(Code::DELETE, *path),
        Ask::ReadComposite { paths, format } | Ask::ObserveComposite { paths, format } => {
            fetch(paths, *format, registration)?
        }
        Ask::ReadDevice => fetch(&[Path::Root], None, registration)?,
        Ask::WriteComposite { values, format } => {
            let format = composite_format(*format, registration);
            to(Code::IPATCH, Path::Root)
                .content_format(format.id())
                .payload(codec::encode_from(&root, format, Path::Root, values)?)
        }
        // What is cancelled is a request that was built above.
        Ask::CancelObservation { path, .. } => to(Code::GET, *path),
        Ask::CancelComposite { paths, .. } => fetch(paths, None, registration)?,
    })
}

/// A request that lists its targets in the body (RFC 8132 §2; Transport 1.1.1
/// §6.4.4). Asked in one format, it is answered in the same.
fn fetch(
    paths: &[Path],
    asked: Option<Format>,
    registration: &Registration,
) -> Result<Request, EncodeError> {
    let format = composite_format(asked, registration);
    Ok(address(Code::FETCH, Path::Root, registration)
        .content_format(format.id())
        .accept(format.id())
        .payload(codec::encode_paths_from(
            &registration.objects.root(),
            format,
            paths,
        )?))
}

/// The format of a composite operation: the one asked for, else the most compact
/// that the device lists, else SenML CBOR, which 1.1 has in any case.
pub(crate) fn composite_format(asked: Option<Format>, registration: &Registration) -> Format {
    let offered = offered(registration);
    asked.unwrap_or_else(|| {
        BY_SIZE
            .into_iter()
            .find(|format| format.is_composite() && offered.contains(format))
            .unwrap_or(Format::SenmlCbor)
    })
}

/// A request for `path` below the device's alternate path (conformance REG-11).
fn address(code: Code, path: Path, registration: &Registration) -> Request {
    let mut request = Request::new(code);
    for segment in registration.objects.prefix() {
        request = request.segment(segment);
    }
    for id in path.ids() {
        request = request.segment(&id.to_string());
    }
    request
}

fn with_accept(request: Request, asked: Option<Format>, registration: &Registration) -> Request {
    match asked.or_else(|| read_format(registration)) {
        Some(format) => request.accept(format.id()),
        None => request,
    }
}

/// The format to ask for, if the device offers any: what it listed in `ct`, else
/// TLV where 1.0 makes it mandatory, else none so that it answers as it likes.
/// Single-value formats are not asked for by themselves, because the device may
/// hold several instances of what the model calls one resource.
fn read_format(registration: &Registration) -> Option<Format> {
    let offered = offered(registration);
    match BY_SIZE.into_iter().find(|format| offered.contains(format)) {
        None if registration.version == Lwm2mVersion::V1_0 => Some(Format::Tlv),
        found => found,
    }
}

/// The format to write in: what the device listed, else TLV for 1.0 and SenML
/// CBOR from 1.1 on, where TLV is no longer mandatory.
fn write_format(registration: &Registration, values: &[Reading]) -> Format {
    let offered = offered(registration);
    let fits = |format: &Format| match values {
        [only] => format.carries_many() || matches!(only.path, Path::Resource(..)),
        _ => format.carries_many(),
    };
    match BY_SIZE
        .into_iter()
        .find(|format| offered.contains(format) && fits(format))
    {
        Some(format) => format,
        None if registration.version == Lwm2mVersion::V1_0 => Format::Tlv,
        None => Format::SenmlCbor,
    }
}

fn offered(registration: &Registration) -> Vec<Format> {
    registration
        .objects
        .formats
        .iter()
        .filter_map(|id| Format::from_id(*id))
        .collect()
}
