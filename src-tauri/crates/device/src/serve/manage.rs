//! Execute, Delete and Write-Attributes: operations without a body of values.

use super::{Change, Refusal, Served};
use crate::model::Model;
use crate::objects;
use crate::output::Event;
use coap::{Code, Request};
use lwm2m::attributes::AttributeChange;
use lwm2m::codec::text::execute_arguments;
use lwm2m::{Format, Path};

/// The object that tells a device about its servers: only a bootstrap server
/// adds or removes instances (Core 1.1.1 §6.3.7).
pub(super) const SERVER_OBJECT: u16 = 1;

/// Places with attributes of their own, at most: memory is bounded.
const MAX_ATTRIBUTE_PLACES: usize = 64;

/// Execute with its arguments (Core 1.1.1 §6.3.5, conformance DM-08).
pub(super) fn execute(model: &mut Model, path: Path, request: &Request) -> Result<Served, Refusal> {
    if !model.tree.has(path) {
        return Err(Refusal::not_found(path));
    }
    let executable = |path| {
        let definition = model.tree.definition(path);
        definition.is_some_and(|definition| definition.operations.execute)
    };
    if !executable(path) {
        return Err(Refusal::not_allowed(format!("{path} cannot be executed")));
    }
    let text = Format::Text.id();
    if request
        .options
        .content_format()
        .is_some_and(|id| id != text)
    {
        let words = "the arguments of Execute are plain text";
        return Err(Refusal::new(Code::UNSUPPORTED_CONTENT_FORMAT, words));
    }
    let bad = |words: String| Refusal::new(Code::BAD_REQUEST, words);
    let arguments =
        std::str::from_utf8(&request.payload).map_err(|error| bad(error.to_string()))?;
    execute_arguments(arguments).map_err(|error| bad(error.to_string()))?;
    model.refresh(path);
    objects::execute(&mut model.tree, path, &mut model.world)
        .map_err(|code| Refusal::new(code, format!("{path} cannot be executed now")))?;
    let arguments = arguments.to_owned();
    let event = Event::Executed { path, arguments };
    Ok(Served::changed(Code::CHANGED, Change::Values, event))
}

/// Delete of an instance (Core 1.1.1 §6.3.7, conformance DM-10).
pub(super) fn delete(model: &mut Model, path: Path) -> Result<Served, Refusal> {
    if !model.tree.has(path) {
        return Err(Refusal::not_found(path));
    }
    let (Some(id), Some(instance)) = (path.object(), path.instance()) else {
        return Err(Refusal::not_found(path));
    };
    let object = model.tree.object_mut(id);
    let Some(object) = object.filter(|o| o.definition.multiple && id != SERVER_OBJECT) else {
        return Err(Refusal::not_allowed(format!("{path} cannot be deleted")));
    };
    object.remove(instance);
    model.attributes.retain(|place, _| !path.contains(*place));
    Ok(Served::changed(
        Code::DELETED,
        Change::Instances,
        Event::Deleted { path },
    ))
}

/// Write-Attributes (Core 1.1.1 §6.3.4, conformance DM-13).
pub(super) fn write_attributes(
    model: &mut Model,
    path: Path,
    request: &Request,
) -> Result<Served, Refusal> {
    if path == Path::Root {
        return Err(Refusal::not_allowed(
            "attributes belong to an object or below",
        ));
    }
    if !model.tree.has(path) {
        return Err(Refusal::not_found(path));
    }
    let bad = |words: String| Refusal::new(Code::BAD_REQUEST, words);
    let queries: Result<Vec<&str>, _> = request
        .options
        .uri_query()
        .map(std::str::from_utf8)
        .collect();
    let queries = queries.map_err(|error| bad(error.to_string()))?;
    let change = AttributeChange::from_queries(queries).map_err(|error| bad(error.to_string()))?;
    let mut attached = model.attributes.get(&path).cloned().unwrap_or_default();
    attached.apply(&change);
    let kind = model
        .tree
        .definition(path)
        .and_then(|definition| definition.kind);
    if let Some(wrong) = attached
        .check_at(path, kind)
        .into_iter()
        .find(|wrong| wrong.refused)
    {
        return Err(bad(wrong.sentence));
    }
    if attached.is_empty() {
        model.attributes.remove(&path);
    } else if model.attributes.len() < MAX_ATTRIBUTE_PLACES || model.attributes.contains_key(&path)
    {
        model.attributes.insert(path, attached);
    } else {
        return Err(bad(format!(
            "{MAX_ATTRIBUTE_PLACES} places have attributes already"
        )));
    }
    let event = Event::AttributesWritten { path };
    Ok(Served::changed(Code::CHANGED, Change::Values, event))
}
