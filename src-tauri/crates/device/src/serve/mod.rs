//! Requests of the server to responses: which operation is meant, and whether it
//! may be (Core 1.1.1 §6.3, Transport 1.1.1 §6.4.4 with table 6.7-3).
//!
//! Each operation has its file. Nothing here sends or schedules: whether a Read is
//! the start of an observation is `device`'s to see, what to report later is
//! [`report`]'s to say.

mod discover;
mod manage;
mod read;
mod write;

use crate::model::Model;
use crate::output::Event;
use coap::{Code, Request, Response};
use lwm2m::path::{Id, parse_id};
use lwm2m::{Format, Path};

pub(crate) use read::{Subject, report, subject};

/// Objects with credentials: no server reads or writes them (Core 1.1.1 §6.3,
/// conformance DM-18).
const SECRET_OBJECTS: [Id; 2] = [0, 21];

/// What became of a request.
#[derive(Debug)]
pub(crate) struct Served {
    pub(crate) response: Response,
    pub(crate) event: Option<Event>,
    pub(crate) change: Change,
}

/// What a request changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Change {
    Nothing,
    /// Values or attributes: observations look again.
    Values,
    /// Instances came or went: the server hears it in an Update.
    Instances,
}

/// Why a request is refused: the code and a sentence for the diagnostic payload.
#[derive(Debug)]
pub(crate) struct Refusal {
    code: Code,
    words: String,
}

impl Refusal {
    pub(crate) fn new(code: Code, words: impl Into<String>) -> Self {
        let words = words.into();
        Self { code, words }
    }

    fn not_found(path: Path) -> Self {
        Self::new(Code::NOT_FOUND, format!("{path} is not there"))
    }

    fn not_allowed(words: impl Into<String>) -> Self {
        Self::new(Code::METHOD_NOT_ALLOWED, words)
    }

    /// The refusal as the peer sees it.
    pub(crate) fn into_response(self) -> Response {
        Response::diagnostic(self.code, &self.words)
    }
}

impl Served {
    fn read(response: Response) -> Self {
        Self {
            response,
            event: None,
            change: Change::Nothing,
        }
    }

    fn changed(code: Code, change: Change, event: Event) -> Self {
        Self {
            response: Response::new(code),
            event: Some(event),
            change,
        }
    }
}

/// Answers a request.
pub(crate) fn serve(model: &mut Model, request: &Request) -> Served {
    dispatch(model, request).unwrap_or_else(|refusal| Served::read(refusal.into_response()))
}

fn dispatch(model: &mut Model, request: &Request) -> Result<Served, Refusal> {
    let path = path(model, request)?;
    match (request.code, path) {
        (Code::GET, _) if request.options.accept() == Some(Format::Link.id()) => {
            discover::discover(model, path).map(Served::read)
        }
        (Code::GET, _) | (Code::FETCH, Path::Root) => {
            let subject = subject(model, request)?;
            let (response, _) = report(model, &subject, request.options.accept())?;
            Ok(Served::read(response))
        }
        (Code::PUT, _) if is_write_attributes(request) => {
            manage::write_attributes(model, path, request)
        }
        (Code::PUT, Path::Instance(..) | Path::Resource(..) | Path::ResourceInstance(..)) => {
            write::write(model, path, request, true)
        }
        (Code::POST, Path::Instance(..)) => write::write(model, path, request, false),
        (Code::POST, Path::Object(object)) => write::create(model, object, request),
        (Code::POST, Path::Resource(..)) => manage::execute(model, path, request),
        (Code::DELETE, Path::Instance(..)) => manage::delete(model, path),
        (Code::IPATCH, Path::Root) => write::write_composite(model, request),
        _ => Err(Refusal::not_allowed(format!(
            "{} is no operation on {path}",
            request.code.name()
        ))),
    }
}

/// The path of a request below the device's alternate path.
fn path(model: &Model, request: &Request) -> Result<Path, Refusal> {
    let unknown = || Refusal::new(Code::NOT_FOUND, "no such path on this device");
    let mut segments = request.options.uri_path();
    // Composite requests go to `/` itself or to the alternate path.
    for expected in model.profile.prefix() {
        match segments.next() {
            Some(segment) if segment == expected.as_bytes() => {}
            _ => return Err(unknown()),
        }
    }
    let mut path = Path::Root;
    for segment in segments {
        let text = std::str::from_utf8(segment).map_err(|_| unknown())?;
        // A trailing slash makes one empty segment.
        if text.is_empty() {
            continue;
        }
        let id = parse_id(text).ok_or_else(unknown)?;
        path = path.child(id).ok_or_else(unknown)?;
    }
    if path.object().is_some_and(|id| SECRET_OBJECTS.contains(&id)) {
        let words = format!("{path} holds credentials, which no server reads or writes");
        return Err(Refusal::new(Code::UNAUTHORIZED, words));
    }
    if path.depth() == 4 && !model.profile.is_1_1() {
        return Err(Refusal::not_allowed(
            "LwM2M 1.0 has no operations on resource instances",
        ));
    }
    Ok(path)
}

/// PUT writes attributes when it has queries and no body (Transport 1.1.1 §6.4.4).
fn is_write_attributes(request: &Request) -> bool {
    let options = &request.options;
    options.uri_query().next().is_some()
        && options.content_format().is_none()
        && request.payload.is_empty()
}

/// The format of a request's body: what it says, or what fits the path.
fn body_format(model: &Model, path: Path, request: &Request) -> Result<Format, Refusal> {
    let format = match request.options.content_format() {
        None => Some(Format::assumed(path)),
        Some(id) => Format::from_id(id),
    };
    let known = |format: &Format| model.profile.formats.contains(format);
    format.filter(known).ok_or_else(|| {
        let words = "this device does not read that content-format";
        Refusal::new(Code::UNSUPPORTED_CONTENT_FORMAT, words)
    })
}
