//! The objects of the simulated devices: which device has which, and who moves them.
//!
//! One file per family, each behind [`Behaviour`]. Nothing here answers requests;
//! that is `serve`'s, which asks through the functions of this module.

mod access;
mod behaviour;
mod connectivity;
mod device;
mod firmware;
mod light;
mod location;
mod meter;
mod motion;
mod portfolio;
mod presence;
mod sensor;
pub(crate) mod server;
mod statistics;

use crate::profile::{Profile, ProfileKind};
use crate::tree::{Instance, Tree};
use crate::world::World;
use behaviour::{Behaviour, Setting};
use clock::Instant;
use coap::Code;
use lwm2m::bundled;
use lwm2m::path::{Id, ObjectVersion};
use lwm2m::registry::default_version;
use lwm2m::{ObjectDefinition, Path, Value};
use std::sync::Arc;

/// The minor version of the sensor objects that we show where it exists.
const SENSOR_VERSION: ObjectVersion = ObjectVersion::new(1, 1);

/// Objects whose version belongs to LwM2M itself (Core 1.1.1 appendix E).
const CORE_OBJECTS: std::ops::RangeInclusive<Id> = 0..=7;

/// Instances of one object that a server may create, at most: memory is bounded.
pub(crate) const MAX_INSTANCES: usize = 64;

/// Object ids and how many instances a device of that kind is delivered with.
const fn delivered(kind: ProfileKind) -> &'static [(Id, Id)] {
    match kind {
        ProfileKind::Sensor => &[
            (1, 1),
            (2, 2),
            (3, 1),
            (4, 1),
            (5, 1),
            (6, 1),
            (7, 1),
            (16, 1),
            (3301, 1),
            (3302, 1),
            (3303, 2),
            (3304, 1),
            (3311, 1),
            (3315, 1),
        ],
        ProfileKind::Meter => &[
            (1, 1),
            (2, 2),
            (3, 1),
            (4, 1),
            (5, 1),
            (7, 1),
            (3303, 1),
            (3305, 1),
            (3312, 1),
            (3316, 1),
            (3317, 1),
            (3328, 1),
            (3331, 1),
        ],
        ProfileKind::Tracker => &[
            (1, 1),
            (2, 2),
            (3, 1),
            (4, 1),
            (5, 1),
            (6, 1),
            (7, 1),
            (3303, 1),
            (3313, 1),
            (3336, 1),
        ],
        ProfileKind::Plain => &[(1, 1), (3, 1), (3303, 1)],
        ProfileKind::Sleeper => &[(1, 1), (2, 2), (3, 1), (4, 1), (3303, 1), (3304, 1)],
        ProfileKind::Classic => &[
            (1, 1),
            (2, 2),
            (3, 1),
            (4, 1),
            (5, 1),
            (6, 1),
            (7, 1),
            (3303, 1),
        ],
    }
}

/// What a device of the kind `Plain` keeps of an object.
const fn slim(object: Id) -> &'static [Id] {
    match object {
        1 => &[0, 1, 4, 5, 6, 7, 8],
        3 => &[0, 1, 3, 4, 9, 11, 16],
        _ => &[5700],
    }
}

fn behaviour(object: Id) -> Option<&'static dyn Behaviour> {
    Some(match object {
        1 => &server::Server,
        2 => &access::AccessControl,
        3 => &device::Device,
        4 => &connectivity::Connectivity,
        5 => &firmware::Firmware,
        6 => &location::Location,
        7 => &statistics::Statistics,
        16 => &portfolio::Portfolio,
        3302 => &presence::Presence,
        3305 => &meter::PowerMeasurement,
        3311 | 3312 => &light::Switch,
        3313 => &motion::Accelerometer,
        3331 => &meter::Energy,
        3336 => &location::Position,
        _ => return sensor::find(object).map(|sensor| sensor as &dyn Behaviour),
    })
}

/// The objects of a device as it is delivered.
pub(crate) fn deliver(profile: &Profile, world: &World) -> Tree {
    let mut tree = Tree::default();
    for (object, count) in delivered(profile.kind) {
        let Some(definition) = definition(*object, profile) else {
            continue;
        };
        tree.insert(definition);
        for id in 0..*count {
            let instance = create(&tree, *object, id, profile, world);
            if let (Some(object), Some(instance)) = (tree.object_mut(*object), instance) {
                object.insert(id, instance);
            }
        }
    }
    tree.shrink();
    tree
}

/// A new instance of an object that the device has; not yet in the tree. `None`
/// when nobody knows how to make one.
pub(crate) fn create(
    tree: &Tree,
    object: Id,
    id: Id,
    profile: &Profile,
    world: &World,
) -> Option<Instance> {
    let definition = &tree.object(object)?.definition;
    let setting = Setting { id, profile, world };
    let mut instance = behaviour(object)?.create(setting);
    let plain = profile.kind == ProfileKind::Plain;
    instance.retain(|resource| {
        definition.resource(resource).is_some() && (!plain || slim(object).contains(&resource))
    });
    instance.refreshed = world.now.instant;
    Some(instance)
}

/// The version that is announced: nothing where the version of LwM2M says it.
pub(crate) fn announced_version(
    definition: &ObjectDefinition,
    profile: &Profile,
) -> Option<ObjectVersion> {
    let default = default_version(definition.id, profile.version);
    (definition.version != default).then_some(definition.version)
}

/// Brings everything at or below a path up to the world's moment.
pub(crate) fn refresh(tree: &mut Tree, path: Path, world: &mut World) {
    for_each(tree, path, |behaviour, id, instance| {
        behaviour.refresh(id, instance, world);
        instance.refreshed = world.now.instant;
    });
}

/// Refreshes what changes by itself and is due.
pub(crate) fn refresh_due(tree: &mut Tree, world: &mut World) {
    for_each(tree, Path::Root, |behaviour, id, instance| {
        if instance.due.is_some_and(|due| due <= world.now.instant) {
            instance.due = None;
            behaviour.refresh(id, instance, world);
            instance.refreshed = world.now.instant;
        }
    });
}

/// When something next changes by itself.
pub(crate) fn next_due(tree: &Tree) -> Option<Instant> {
    tree.instances().filter_map(|(.., i)| i.due).min()
}

/// Tells every instance that the device has started.
pub(crate) fn boot(tree: &mut Tree, world: &mut World) {
    for_each(tree, Path::Root, |behaviour, _, instance| {
        behaviour.boot(instance, world);
    });
}

/// Whether a value that passed type and range may be written now.
pub(crate) fn check(tree: &Tree, path: Path, value: &Value) -> Result<(), Code> {
    let place = (path.object(), path.instance(), path.resource());
    let (Some(object), Some(id), Some(resource)) = place else {
        return Err(Code::METHOD_NOT_ALLOWED);
    };
    match (tree.instance(object, id), behaviour(object)) {
        (Some(instance), Some(behaviour)) => behaviour.check(instance, resource, value),
        _ => Ok(()),
    }
}

/// Lets an object react to a written resource.
pub(crate) fn written(tree: &mut Tree, path: Path, world: &mut World) {
    let Some(resource) = path.resource() else {
        return;
    };
    for_each(tree, path, |behaviour, _, instance| {
        behaviour.written(instance, resource, world);
    });
}

/// Executes a resource that is there and executable.
pub(crate) fn execute(tree: &mut Tree, path: Path, world: &mut World) -> Result<(), Code> {
    let mut result = Err(Code::METHOD_NOT_ALLOWED);
    if let Some(resource) = path.resource() {
        for_each(tree, path, |behaviour, id, instance| {
            result = behaviour.execute(id, instance, resource, world);
        });
    }
    result
}

/// Visits the instances at, above or below a path.
fn for_each(tree: &mut Tree, path: Path, mut visit: impl FnMut(&dyn Behaviour, Id, &mut Instance)) {
    for object in tree.objects_mut() {
        let id = object.id();
        if path.object().is_some_and(|wanted| wanted != id) {
            continue;
        }
        let Some(behaviour) = behaviour(id) else {
            continue;
        };
        for (id, instance) in object.instances_mut() {
            if path.instance().is_none_or(|wanted| wanted == id) {
                visit(behaviour, id, instance);
            }
        }
    }
}

fn definition(object: Id, profile: &Profile) -> Option<Arc<ObjectDefinition>> {
    let version = if CORE_OBJECTS.contains(&object) {
        default_version(object, profile.version)
    } else if profile.kind == ProfileKind::Plain {
        ObjectVersion::DEFAULT
    } else {
        SENSOR_VERSION
    };
    let registry = bundled::registry();
    let found = registry.nearest(object, Some(version))?;
    Some(Arc::clone(found.definition))
}

#[cfg(test)]
mod tests;
