//! The data of one device: objects, instances, resources and their values.
//!
//! The tree holds and finds; it never decides what a server may do (`serve`) nor
//! how values move (`objects`). Vectors instead of maps keep an idle device small:
//! thousands of them run in one process.

use clock::Instant;
use lwm2m::codec::Types;
use lwm2m::path::Id;
use lwm2m::{Kind, ObjectDefinition, Path, Reading, ResourceDefinition, Value};
use std::sync::Arc;

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

/// One instance: its resources by rising id, and what its simulation remembers.
#[derive(Clone, Default, Debug)]
pub(crate) struct Instance {
    slots: Vec<Slot>,
    /// When its values were last brought up to date.
    pub(crate) refreshed: Instant,
    /// When it changes by itself, whether or not anybody looks.
    pub(crate) due: Option<Instant>,
    /// What it counts inside with more precision than it shows: seconds of
    /// light, watt-hours, or whether an error was acknowledged.
    pub(crate) tally: f64,
}

#[derive(Clone, Debug)]
struct Slot {
    id: Id,
    /// Set from outside: the simulation leaves it alone.
    held: bool,
    content: Content,
}

/// What a resource is.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Content {
    /// One value.
    Single(Value),
    /// Values by rising resource-instance id; may be none.
    Multiple(Vec<(Id, Value)>),
    /// Something to execute.
    Action,
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
                instance.slots.shrink_to_fit();
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

impl Instance {
    pub(crate) fn resources(&self) -> impl Iterator<Item = (Id, &Content)> {
        self.slots.iter().map(|slot| (slot.id, &slot.content))
    }

    pub(crate) fn content(&self, resource: Id) -> Option<&Content> {
        let at = self.position(resource).ok()?;
        self.slots.get(at).map(|slot| &slot.content)
    }

    /// Adds or replaces a resource, held or not.
    pub(crate) fn put(&mut self, resource: Id, content: Content) {
        match self.position(resource) {
            Ok(at) => self.slots[at].content = content,
            Err(at) => {
                let held = false;
                let id = resource;
                self.slots.insert(at, Slot { id, held, content });
            }
        }
    }

    /// Adds a resource while an instance is being made.
    #[must_use]
    pub(crate) fn with(mut self, resource: Id, value: Value) -> Self {
        self.put(resource, Content::Single(value));
        self
    }

    /// Adds a multiple resource with values from instance 0 on.
    #[must_use]
    pub(crate) fn with_many(
        mut self,
        resource: Id,
        values: impl IntoIterator<Item = Value>,
    ) -> Self {
        self.put(resource, Content::Multiple((0..).zip(values).collect()));
        self
    }

    /// Adds an executable resource.
    #[must_use]
    pub(crate) fn with_action(mut self, resource: Id) -> Self {
        self.put(resource, Content::Action);
        self
    }

    /// Keeps the resources that `keep` says yes to.
    pub(crate) fn retain(&mut self, keep: impl Fn(Id) -> bool) {
        self.slots.retain(|slot| keep(slot.id));
    }

    /// Moves the value of a resource that is there and not held.
    pub(crate) fn set(&mut self, resource: Id, value: Value) {
        if let Ok(at) = self.position(resource)
            && let Some(slot) = self.slots.get_mut(at)
            && !slot.held
        {
            slot.content = Content::Single(value);
        }
    }

    /// Moves a floating-point value.
    pub(crate) fn set_float(&mut self, resource: Id, value: f64) {
        self.set(resource, Value::Float(value));
    }

    /// Moves an integer value.
    pub(crate) fn set_integer(&mut self, resource: Id, value: i64) {
        self.set(resource, Value::Integer(value));
    }

    /// Moves one value of a multiple resource; the resource instance must be there.
    pub(crate) fn set_one_of(&mut self, resource: Id, id: Id, value: Value) {
        if let Ok(at) = self.position(resource)
            && let Some(slot) = self.slots.get_mut(at)
            && !slot.held
            && let Content::Multiple(values) = &mut slot.content
            && let Some((_, old)) = values.iter_mut().find(|(i, _)| *i == id)
        {
            *old = value;
        }
    }

    /// Takes a resource out of the simulation's hands, or gives it back.
    pub(crate) fn hold(&mut self, resource: Id, held: bool) {
        if let Ok(at) = self.position(resource)
            && let Some(slot) = self.slots.get_mut(at)
        {
            slot.held = held;
        }
    }

    pub(crate) fn single(&self, resource: Id) -> Option<&Value> {
        match self.content(resource)? {
            Content::Single(value) => Some(value),
            _ => None,
        }
    }

    pub(crate) fn integer(&self, resource: Id) -> Option<i64> {
        match self.single(resource)? {
            Value::Integer(number) => Some(*number),
            _ => None,
        }
    }

    pub(crate) fn float(&self, resource: Id) -> Option<f64> {
        match self.single(resource)? {
            Value::Float(number) => Some(*number),
            _ => None,
        }
    }

    pub(crate) fn flag(&self, resource: Id) -> Option<bool> {
        match self.single(resource)? {
            Value::Boolean(flag) => Some(*flag),
            _ => None,
        }
    }

    pub(crate) fn text(&self, resource: Id) -> Option<&str> {
        match self.single(resource)? {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    fn position(&self, id: Id) -> Result<usize, usize> {
        self.slots.binary_search_by_key(&id, |slot| slot.id)
    }
}

impl Content {
    /// Puts one value of a multiple resource in place.
    pub(crate) fn put_one_of(&mut self, id: Id, value: Value) {
        if let Self::Multiple(values) = self {
            match values.binary_search_by_key(&id, |(i, _)| *i) {
                Ok(at) => values[at].1 = value,
                Err(at) => values.insert(at, (id, value)),
            }
        }
    }

    fn read(&self, base: Path, only: Option<Id>, readings: &mut Vec<Reading>) {
        match self {
            Self::Single(value) if only.is_none() => {
                readings.push(Reading::new(base, value.clone()));
            }
            Self::Multiple(values) => {
                let asked = values
                    .iter()
                    .filter(|(id, _)| only.is_none_or(|only| only == *id));
                readings.extend(
                    asked.filter_map(|(id, value)| {
                        Some(Reading::new(base.child(*id)?, value.clone()))
                    }),
                );
            }
            Self::Single(_) | Self::Action => {}
        }
    }
}
