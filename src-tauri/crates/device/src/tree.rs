//! The data of one device: objects, instances, resources and their values.
//!
//! The tree holds and finds; it never decides what a server may do (`serve`) nor
//! how values move (`objects`). Vectors instead of maps keep an idle device small:
//! thousands of them run in one process.

mod instance;

use lwm2m::codec::Types;
use lwm2m::path::Id;
use lwm2m::{Kind, ObjectDefinition, Path, Reading, ResourceDefinition, Value};
use std::sync::Arc;

pub(crate) use instance::{Content, Instance};

/// The objects of a device, by rising id.
#[derive(Clone, Default, Debug)]
pub(crate) struct Tree {
    objects: Vec<Object>,
}

/// One object with its instances, by rising id.
#[derive(Clone, Debug)]
pub(crate) struct Object {
    /// What the object is made of; shared by all devices.
    pub(crate) definition: Arc<ObjectDefinition>,
    instances: Vec<(Id, Instance)>,
}

impl Tree {
    pub(crate) fn insert(&mut self, definition: Arc<ObjectDefinition>) {
        let id = definition.id;
        let object = Object {
            definition,
            instances: Vec::new(),
        };
        match self.position(id) {
            Ok(at) => self.objects[at] = object,
            Err(at) => self.objects.insert(at, object),
        }
    }

    /// Releases what the vectors hold in reserve.
    pub(crate) fn shrink(&mut self) {
        self.objects.shrink_to_fit();
        for object in &mut self.objects {
            object.instances.shrink_to_fit();
            for (_, instance) in &mut object.instances {
                instance.shrink();
            }
        }
    }

    pub(crate) fn objects(&self) -> impl Iterator<Item = &Object> {
        self.objects.iter()
    }

    pub(crate) fn objects_mut(&mut self) -> impl Iterator<Item = &mut Object> {
        self.objects.iter_mut()
    }

    pub(crate) fn object(&self, id: Id) -> Option<&Object> {
        self.position(id).ok().and_then(|at| self.objects.get(at))
    }

    pub(crate) fn object_mut(&mut self, id: Id) -> Option<&mut Object> {
        let at = self.position(id).ok()?;
        self.objects.get_mut(at)
    }

    pub(crate) fn instance(&self, object: Id, id: Id) -> Option<&Instance> {
        self.object(object)?.instance(id)
    }

    pub(crate) fn instance_mut(&mut self, object: Id, id: Id) -> Option<&mut Instance> {
        self.object_mut(object)?.instance_mut(id)
    }

    /// The definition of the resource that a path names or lies below.
    pub(crate) fn definition(&self, path: Path) -> Option<&ResourceDefinition> {
        self.object(path.object()?)?
            .definition
            .resource(path.resource()?)
    }

    /// Every instance, as object and instance id.
    pub(crate) fn instances(&self) -> impl Iterator<Item = (Id, Id, &Instance)> {
        self.objects.iter().flat_map(|object| {
            let id = object.id();
            object
                .instances()
                .map(move |(i, instance)| (id, i, instance))
        })
    }

    /// Whether the path names something that is there.
    pub(crate) fn has(&self, path: Path) -> bool {
        let Some(object) = path.object() else {
            return true;
        };
        let Some(object) = self.object(object) else {
            return false;
        };
        let Some(instance) = path.instance() else {
            return true;
        };
        let Some(instance) = object.instance(instance) else {
            return false;
        };
        let Some(content) = path.resource().map(|resource| instance.content(resource)) else {
            return true;
        };
        match (path.resource_instance(), content) {
            (None, content) => content.is_some(),
            (Some(id), Some(Content::Multiple(values))) => values.iter().any(|(i, _)| *i == id),
            _ => false,
        }
    }

    /// One value.
    pub(crate) fn value(&self, path: Path) -> Option<&Value> {
        let instance = self.instance(path.object()?, path.instance()?)?;
        match (path, instance.content(path.resource()?)?) {
            (Path::Resource(..), Content::Single(value)) => Some(value),
            (Path::ResourceInstance(.., id), Content::Multiple(values)) => values
                .iter()
                .find(|(i, _)| *i == id)
                .map(|(_, value)| value),
            _ => None,
        }
    }

    /// Appends every readable value at or below the path.
    pub(crate) fn read(&self, path: Path, readings: &mut Vec<Reading>) {
        let wanted = |id: Option<Id>, given: Id| id.is_none_or(|id| id == given);
        for object in &self.objects {
            if !wanted(path.object(), object.id()) {
                continue;
            }
            for (i, instance) in object.instances() {
                if !wanted(path.instance(), i) {
                    continue;
                }
                for (r, content) in instance.resources() {
                    let readable = |r| {
                        object
                            .definition
                            .resource(r)
                            .is_some_and(|d| d.operations.read)
                    };
                    if wanted(path.resource(), r) && readable(r) {
                        let base = Path::Resource(object.id(), i, r);
                        content.read(base, path.resource_instance(), readings);
                    }
                }
            }
        }
    }

    fn position(&self, id: Id) -> Result<usize, usize> {
        self.objects.binary_search_by_key(&id, Object::id)
    }
}

impl Types for Tree {
    fn kind(&self, object: Id, resource: Id) -> Option<Kind> {
        self.object(object)?.definition.resource(resource)?.kind
    }

    fn is_multiple(&self, object: Id, resource: Id) -> Option<bool> {
        let definition = self.object(object)?.definition.resource(resource)?;
        Some(definition.multiple)
    }
}

impl Object {
    pub(crate) fn id(&self) -> Id {
        self.definition.id
    }

    pub(crate) fn instances(&self) -> impl Iterator<Item = (Id, &Instance)> {
        self.instances.iter().map(|(id, instance)| (*id, instance))
    }

    pub(crate) fn instances_mut(&mut self) -> impl Iterator<Item = (Id, &mut Instance)> {
        self.instances
            .iter_mut()
            .map(|(id, instance)| (*id, instance))
    }

    pub(crate) fn instance(&self, id: Id) -> Option<&Instance> {
        let at = self.position(id).ok()?;
        self.instances.get(at).map(|(_, instance)| instance)
    }

    pub(crate) fn instance_mut(&mut self, id: Id) -> Option<&mut Instance> {
        let at = self.position(id).ok()?;
        self.instances.get_mut(at).map(|(_, instance)| instance)
    }

    /// Adds or replaces an instance.
    pub(crate) fn insert(&mut self, id: Id, instance: Instance) {
        match self.position(id) {
            Ok(at) => self.instances[at] = (id, instance),
            Err(at) => self.instances.insert(at, (id, instance)),
        }
    }

    /// Removes an instance; whether there was one.
    pub(crate) fn remove(&mut self, id: Id) -> bool {
        let found = self.position(id);
        if let Ok(at) = found {
            self.instances.remove(at);
        }
        found.is_ok()
    }

    /// The lowest id that no instance has; `None` when all are taken.
    pub(crate) fn free_id(&self) -> Option<Id> {
        let taken = self.instances.iter().map(|(id, _)| *id);
        let free = taken.zip(0..).take_while(|(id, at)| id == at).count();
        Id::try_from(free)
            .ok()
            .filter(|id| *id != lwm2m::path::RESERVED_ID)
    }

    fn position(&self, id: Id) -> Result<usize, usize> {
        self.instances.binary_search_by_key(&id, |(id, _)| *id)
    }
}
