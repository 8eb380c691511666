//! How an object behaves: the trait that every family of objects implements.
//!
//! A behaviour has no state of its own: values live in the instance, surroundings
//! in the world. It never sees a request; `serve` has checked type, range and
//! operation before it asks here.

use crate::profile::Profile;
use crate::tree::Instance;
use crate::world::World;
use coap::Code;
use lwm2m::Value;
use lwm2m::path::Id;

/// What an instance is made from.
#[derive(Clone, Copy)]
pub(crate) struct Setting<'a> {
    /// The id of the new instance.
    pub(crate) id: Id,
    /// The device that it belongs to.
    pub(crate) profile: &'a Profile,
    /// The surroundings.
    pub(crate) world: &'a World,
}

/// What instances of one object do.
pub(crate) trait Behaviour: Sync {
    /// A new instance as the device is delivered with it, or as a Create without
    /// values makes it. Resources that the object's version does not have are
    /// taken out afterwards.
    fn create(&self, setting: Setting<'_>) -> Instance;

    /// Brings the values of instance `id` up to the world's moment.
    fn refresh(&self, _id: Id, _instance: &mut Instance, _world: &mut World) {}

    /// Whether a value of the right type and range may be written now.
    fn check(&self, _instance: &Instance, _resource: Id, _value: &Value) -> Result<(), Code> {
        Ok(())
    }

    /// Reacts to a value that was written.
    fn written(&self, _instance: &mut Instance, _resource: Id, _world: &mut World) {}

    /// Executes a resource that is there and executable.
    fn execute(
        &self,
        _id: Id,
        _instance: &mut Instance,
        _resource: Id,
        _world: &mut World,
    ) -> Result<(), Code> {
        Ok(())
    }

    /// Reacts to the start of the device after a restart.
    fn boot(&self, _instance: &mut Instance, _world: &mut World) {}
}

/// Keeps a minimum and a maximum of what was measured.
pub(crate) fn track_extremes(instance: &mut Instance, value: f64, lowest: Id, highest: Id) {
    if instance.float(lowest).is_some_and(|old| value < old) {
        instance.set_float(lowest, value);
    }
    if instance.float(highest).is_some_and(|old| value > old) {
        instance.set_float(highest, value);
    }
}
