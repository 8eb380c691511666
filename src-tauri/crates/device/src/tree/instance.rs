//! One instance: its resources, which of them are held, and what its simulation
//! remembers.

use clock::Instant;
use lwm2m::path::Id;
use lwm2m::{Path, Reading, Value};

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

    /// Puts one value of a multiple resource in place, whether or not the resource
    /// is there already.
    pub(crate) fn put_one_of(&mut self, resource: Id, id: Id, value: Value) {
        if !matches!(self.content(resource), Some(Content::Multiple(_))) {
            self.put(resource, Content::Multiple(Vec::new()));
        }
        if let Ok(at) = self.position(resource)
            && let Some(slot) = self.slots.get_mut(at)
            && let Content::Multiple(values) = &mut slot.content
        {
            match values.binary_search_by_key(&id, |(i, _)| *i) {
                Ok(at) => values[at].1 = value,
                Err(at) => values.insert(at, (id, value)),
            }
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

    /// Releases what the vector holds in reserve.
    pub(crate) fn shrink(&mut self) {
        self.slots.shrink_to_fit();
    }

    fn position(&self, id: Id) -> Result<usize, usize> {
        self.slots.binary_search_by_key(&id, |slot| slot.id)
    }
}

impl Content {
    pub(super) fn read(&self, base: Path, only: Option<Id>, readings: &mut Vec<Reading>) {
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
