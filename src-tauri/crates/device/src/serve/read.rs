//! Read, Read-Composite, and what an observation reports: the same values in the
//! format asked for (Core 1.1.1 §6.3.1, §6.3.8).

use super::{Refusal, SECRET_OBJECTS, body_format, path};
use crate::model::{Model, is_one_of};
use coap::{Code, Request, Response};
use lwm2m::{Format, Kind, Path, Reading, codec};
use std::collections::BTreeSet;

/// Paths of one composite request, at most; each may stand for everything.
const MAX_PATHS: usize = 100;

/// What a request reads or observes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Subject {
    /// One place.
    One(Path),
    /// The paths of a composite operation, as far as they may be read.
    Many(Vec<Path>),
}

impl Subject {
    /// The path that stands for the subject; `/` for several.
    pub(crate) fn path(&self) -> Path {
        match self {
            Self::One(path) => *path,
            Self::Many(_) => Path::Root,
        }
    }
}

/// The subject of a GET or FETCH.
pub(crate) fn subject(model: &Model, request: &Request) -> Result<Subject, Refusal> {
    let path = path(model, request)?;
    if request.code != Code::FETCH {
        return Ok(Subject::One(path));
    }
    composite_allowed(model)?;
    let format = body_format(model, path, request)?;
    if !format.is_composite() {
        let words = "a composite request names its paths in SenML";
        return Err(Refusal::new(Code::UNSUPPORTED_CONTENT_FORMAT, words));
    }
    let root = model.profile.root();
    let mut paths = codec::decode_paths_from(&root, format, &request.payload)
        .map_err(|error| Refusal::new(Code::BAD_REQUEST, error.to_string()))?;
    let secret = |path: &Path| path.object().is_some_and(|id| SECRET_OBJECTS.contains(&id));
    paths.retain(|path| !secret(path));
    if paths.len() > MAX_PATHS {
        let words = format!("this device reads at most {MAX_PATHS} paths at once");
        return Err(Refusal::new(Code::BAD_REQUEST, words));
    }
    Ok(Subject::Many(paths))
}

/// The response that carries a subject's values, and the values.
pub(crate) fn report(
    model: &mut Model,
    subject: &Subject,
    accept: Option<u16>,
) -> Result<(Response, Vec<Reading>), Refusal> {
    match subject {
        Subject::One(path) => report_one(model, *path, accept),
        Subject::Many(paths) => report_many(model, paths, accept),
    }
}

fn report_one(
    model: &mut Model,
    path: Path,
    accept: Option<u16>,
) -> Result<(Response, Vec<Reading>), Refusal> {
    if path == Path::Root {
        return Err(Refusal::not_allowed("name at least an object to read"));
    }
    if !model.tree.has(path) {
        return Err(Refusal::not_found(path));
    }
    let definition = model.tree.definition(path);
    if definition.is_some_and(|definition| !definition.operations.read) {
        return Err(Refusal::not_allowed(format!("{path} cannot be read")));
    }
    let kind = definition.and_then(|definition| definition.kind);
    let single = is_one_of(path) || definition.is_some_and(|definition| !definition.multiple);
    let format = match accept {
        Some(id) => acceptable(model, id, |format| single || format.carries_many())?,
        None => preferred(model, single.then_some(kind).flatten()),
    };
    let readings = model.read(path);
    let response = respond(format, accept, path, &readings)?;
    Ok((response, readings))
}

/// Missing paths are left out (Core 1.1.1 §6.3.8, conformance DM-14).
fn report_many(
    model: &mut Model,
    paths: &[Path],
    accept: Option<u16>,
) -> Result<(Response, Vec<Reading>), Refusal> {
    let format = match accept {
        Some(id) => acceptable(model, id, Format::is_composite)?,
        None => *model
            .profile
            .formats
            .iter()
            .find(|format| format.is_composite())
            .unwrap_or(&Format::SenmlCbor),
    };
    let mut seen = BTreeSet::new();
    let mut readings = Vec::new();
    for path in paths {
        readings.extend(model.read(*path));
    }
    readings.retain(|reading| seen.insert(reading.path));
    let response = respond(format, accept, Path::Root, &readings)?;
    Ok((response, readings))
}

/// Composite operations came with 1.1.
pub(super) fn composite_allowed(model: &Model) -> Result<(), Refusal> {
    if model.profile.is_1_1() {
        return Ok(());
    }
    Err(Refusal::not_allowed(
        "LwM2M 1.0 has no composite operations",
    ))
}

fn acceptable(model: &Model, id: u16, fits: impl Fn(Format) -> bool) -> Result<Format, Refusal> {
    Format::from_id(id)
        .filter(|format| model.profile.formats.contains(format) && fits(*format))
        .ok_or_else(|| {
            let words = format!("this device cannot answer in content-format {id} here");
            Refusal::new(Code::NOT_ACCEPTABLE, words)
        })
}

/// What is answered to who does not care: one value as text or bytes, more in the
/// device's favourite format.
fn preferred(model: &Model, single: Option<Kind>) -> Format {
    let formats = &model.profile.formats;
    let plain = match single {
        Some(Kind::Opaque) => Some(Format::Opaque),
        Some(_) => Some(Format::Text),
        None => None,
    };
    let many = || formats.iter().copied().find(|format| format.carries_many());
    plain
        .filter(|format| formats.contains(format))
        .or_else(many)
        .unwrap_or(Format::Tlv)
}

fn respond(
    format: Format,
    accept: Option<u16>,
    base: Path,
    readings: &[Reading],
) -> Result<Response, Refusal> {
    let payload = codec::encode(format, base, readings)
        .map_err(|error| Refusal::new(Code::NOT_ACCEPTABLE, error.to_string()))?;
    // Who asks by a number of the drafts is answered by it.
    let id = accept.unwrap_or(format.id());
    Ok(Response::new(Code::CONTENT)
        .content_format(id)
        .payload(payload))
}
