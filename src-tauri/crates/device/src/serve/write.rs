//! Write, Write-Composite and Create: everything is checked before anything is
//! changed (Core 1.1.1 §6.3.3, §6.3.6, §6.3.9).

use super::manage::SERVER_OBJECT;
use super::read::composite_allowed;
use super::{Change, Refusal, SECRET_OBJECTS, Served, body_format};
use crate::model::{Model, is_one_of};
use crate::objects;
use crate::output::Event;
use crate::tree::{Content, Instance};
use coap::{Code, Request};
use lwm2m::model::{ValueError, check_value, check_write};
use lwm2m::path::Id;
use lwm2m::{Format, Path, Reading, codec};
use std::collections::{BTreeMap, BTreeSet};

/// Write to an instance, a resource or a resource instance. `replace` is the
/// difference between PUT and POST on an instance: what is not sent goes, as far
/// as it is writable and optional.
pub(super) fn write(
    model: &mut Model,
    path: Path,
    request: &Request,
    replace: bool,
) -> Result<Served, Refusal> {
    let (Some(object), Some(id)) = (path.object(), path.instance()) else {
        return Err(Refusal::not_found(path));
    };
    let resource_missing = path.depth() >= 3 && model.tree.definition(path).is_none();
    let instance_missing = is_one_of(path) && !model.tree.has(path);
    if model.tree.instance(object, id).is_none() || resource_missing || instance_missing {
        return Err(Refusal::not_found(path));
    }
    let format = body_format(model, path, request)?;
    let many = model
        .tree
        .definition(path)
        .is_none_or(|definition| definition.multiple);
    if !format.carries_many() && many && !is_one_of(path) {
        let words = format!("{path} takes several values, and {format} carries one");
        return Err(Refusal::new(Code::UNSUPPORTED_CONTENT_FORMAT, words));
    }
    let root = model.profile.root();
    let decoded = codec::decode_from(&root, format, &request.payload, path, &model.tree)
        .map_err(|error| Refusal::new(Code::BAD_REQUEST, error.to_string()))?;
    let readings = decoded.readings;
    if readings.is_empty() && path.depth() >= 3 && !many {
        let words = format!("the payload has no value for {path}");
        return Err(Refusal::new(Code::BAD_REQUEST, words));
    }
    check(model, &readings)?;
    if let (true, Path::Instance(..)) = (replace, path) {
        drop_unsent(model, path, &readings);
    }
    if let (Path::Resource(..), true, true) = (path, many, readings.is_empty()) {
        writable(model, path)?;
        put_none(model, path);
    }
    apply(model, readings, replace && !is_one_of(path));
    Ok(Served::changed(
        Code::CHANGED,
        Change::Values,
        Event::Written { path },
    ))
}

/// Write-Composite: all or nothing (conformance DM-15).
pub(super) fn write_composite(model: &mut Model, request: &Request) -> Result<Served, Refusal> {
    composite_allowed(model)?;
    let format = body_format(model, Path::Root, request)?;
    if !format.is_composite() {
        let words = "Write-Composite takes SenML";
        return Err(Refusal::new(Code::UNSUPPORTED_CONTENT_FORMAT, words));
    }
    let root = model.profile.root();
    let readings = codec::decode_from(&root, format, &request.payload, Path::Root, &model.tree)
        .map_err(|error| Refusal::new(Code::BAD_REQUEST, error.to_string()))?
        .readings;
    let secret = |reading: &Reading| {
        let object = reading.path.object();
        object.is_some_and(|id| SECRET_OBJECTS.contains(&id))
    };
    if readings.iter().any(secret) {
        let words = "credentials are not written this way";
        return Err(Refusal::new(Code::UNAUTHORIZED, words));
    }
    check(model, &readings)?;
    apply(model, readings, false);
    let path = Path::Root;
    Ok(Served::changed(
        Code::CHANGED,
        Change::Values,
        Event::Written { path },
    ))
}

/// Create of one or several instances (conformance DM-09). Resources that are not
/// sent come as the device is delivered with them; read-only ones that are sent
/// stay as they were sent.
pub(super) fn create(model: &mut Model, id: Id, request: &Request) -> Result<Served, Refusal> {
    let path = Path::Object(id);
    let Some(object) = model.tree.object(id) else {
        return Err(Refusal::not_found(path));
    };
    if !object.definition.multiple || id == SERVER_OBJECT {
        let words = format!("instances of {path} cannot be created");
        return Err(Refusal::not_allowed(words));
    }
    let bad = |words: String| Refusal::new(Code::BAD_REQUEST, words);
    let free = object
        .free_id()
        .ok_or_else(|| bad("no id is free".to_owned()))?;
    let (readings, empty) = if request.payload.is_empty() {
        (Vec::new(), Vec::new())
    } else {
        let format = body_format(model, path, request)?;
        let empty = codec::empty_instances(format, &request.payload);
        (create_body(model, format, request, id, free)?, empty)
    };
    let mut ids: BTreeSet<Id> = readings.iter().filter_map(|r| r.path.instance()).collect();
    let named = !empty.is_empty() || ids.iter().any(|id| *id != free);
    ids.extend(empty);
    if ids.is_empty() {
        ids.insert(free);
    }
    let Some(object) = model.tree.object(id) else {
        return Err(Refusal::not_found(path));
    };
    if let Some(taken) = ids.iter().find(|one| object.instance(**one).is_some()) {
        return Err(bad(format!("/{id}/{taken} exists already")));
    }
    if object.instances().count() + ids.len() > objects::MAX_INSTANCES {
        let most = objects::MAX_INSTANCES;
        return Err(bad(format!("{path} has room for {most} instances")));
    }
    let mut made = BTreeMap::new();
    for one in &ids {
        let instance = objects::create(&model.tree, id, *one, &model.profile, &model.world);
        made.insert(
            *one,
            instance.ok_or_else(|| Refusal::not_allowed("no such simulation"))?,
        );
    }
    for reading in readings {
        let definition = model.tree.definition(reading.path);
        let definition = definition.ok_or_else(|| Refusal::not_found(reading.path))?;
        check_value(definition, &reading.value).map_err(|error| bad(error.to_string()))?;
        let read_only = !definition.operations.write;
        let resource = definition.id;
        if let Some(instance) = reading.path.instance().and_then(|one| made.get_mut(&one)) {
            put(instance, reading);
            instance.hold(resource, read_only);
        }
    }
    let mut last = path;
    for (one, instance) in made {
        last = Path::Instance(id, one);
        if let Some(object) = model.tree.object_mut(id) {
            object.insert(one, instance);
        }
    }
    let event = Event::Created { path: last };
    let mut served = Served::changed(Code::CREATED, Change::Instances, event);
    if !named {
        let prefix = model.profile.prefix().map(str::to_owned);
        let segments = prefix.chain(last.ids().map(|id| id.to_string()));
        served.response = segments.fold(served.response, |r, segment| r.location(&segment));
    }
    Ok(served)
}

fn create_body(
    model: &Model,
    format: Format,
    request: &Request,
    object: Id,
    free: Id,
) -> Result<Vec<Reading>, Refusal> {
    if !format.carries_many() {
        let words = format!("{format} cannot describe an instance");
        return Err(Refusal::new(Code::UNSUPPORTED_CONTENT_FORMAT, words));
    }
    let root = model.profile.root();
    codec::decode_create_from(&root, format, &request.payload, object, free, &model.tree)
        .map(|decoded| decoded.readings)
        .map_err(|error| Refusal::new(Code::BAD_REQUEST, error.to_string()))
}

/// Checks every value: the instance is there, the resource is defined and
/// writable, type and range fit, and the object takes it now.
fn check(model: &Model, readings: &[Reading]) -> Result<(), Refusal> {
    for reading in readings {
        let path = reading.path;
        let (Some(object), Some(id)) = (path.object(), path.instance()) else {
            return Err(Refusal::not_found(path));
        };
        let definition = model.tree.definition(path);
        let there = model.tree.instance(object, id).is_some();
        let Some(definition) = definition.filter(|_| there) else {
            return Err(Refusal::not_found(path));
        };
        check_write(definition, &reading.value).map_err(|error| {
            let code = match error {
                ValueError::NotWritable { .. } => Code::METHOD_NOT_ALLOWED,
                _ => Code::BAD_REQUEST,
            };
            Refusal::new(code, error.to_string())
        })?;
        if definition.multiple != is_one_of(path) {
            let words = format!("{path} is sent as several values or as one, and is not");
            return Err(Refusal::new(Code::BAD_REQUEST, words));
        }
        objects::check(&model.tree, path, &reading.value)
            .map_err(|code| Refusal::new(code, format!("{path} does not take this value now")))?;
    }
    Ok(())
}

fn writable(model: &Model, path: Path) -> Result<(), Refusal> {
    match model.tree.definition(path) {
        Some(definition) if definition.operations.write => Ok(()),
        _ => Err(Refusal::not_allowed(format!("{path} cannot be written"))),
    }
}

/// Takes out the writable, optional resources that a replacement does not send.
fn drop_unsent(model: &mut Model, path: Path, readings: &[Reading]) {
    let (Some(object), Some(id)) = (path.object(), path.instance()) else {
        return;
    };
    let Some(object) = model.tree.object_mut(object) else {
        return;
    };
    let definition = std::sync::Arc::clone(&object.definition);
    let sent: BTreeSet<Option<Id>> = readings.iter().map(|r| r.path.resource()).collect();
    if let Some(instance) = object.instance_mut(id) {
        instance.retain(|resource| {
            sent.contains(&Some(resource))
                || definition
                    .resource(resource)
                    .is_none_or(|known| known.mandatory || !known.operations.write)
        });
    }
}

/// Empties a multiple resource.
fn put_none(model: &mut Model, path: Path) {
    let place = (path.object(), path.instance(), path.resource());
    if let (Some(object), Some(id), Some(resource)) = place
        && let Some(instance) = model.tree.instance_mut(object, id)
    {
        instance.put(resource, Content::Multiple(Vec::new()));
    }
}

/// Puts checked values in place and lets their objects react, once per resource.
/// With `replace`, a multiple resource keeps none of its former values.
fn apply(model: &mut Model, readings: Vec<Reading>, replace: bool) {
    let instances: BTreeSet<Path> = readings
        .iter()
        .filter_map(|r| instance_of(r.path))
        .collect();
    for path in instances {
        model.refresh(path);
    }
    let mut touched = BTreeSet::new();
    for reading in readings {
        let place = (
            reading.path.object(),
            reading.path.instance(),
            reading.path.resource(),
        );
        let (Some(object), Some(id), Some(resource)) = place else {
            continue;
        };
        let first = touched.insert(Path::Resource(object, id, resource));
        if let Some(instance) = model.tree.instance_mut(object, id) {
            if first && replace && is_one_of(reading.path) {
                instance.put(resource, Content::Multiple(Vec::new()));
            }
            put(instance, reading);
            instance.hold(resource, false);
        }
    }
    for path in touched {
        objects::written(&mut model.tree, path, &mut model.world);
    }
}

fn instance_of(path: Path) -> Option<Path> {
    Some(Path::Instance(path.object()?, path.instance()?))
}

fn put(instance: &mut Instance, reading: Reading) {
    let Some(resource) = reading.path.resource() else {
        return;
    };
    match reading.path.resource_instance() {
        None => instance.put(resource, Content::Single(reading.value)),
        Some(one) => instance.put_one_of(resource, one, reading.value),
    }
}
