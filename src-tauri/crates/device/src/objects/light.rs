//! Objects 3311, Light Control, and 3312, Power Control: something that a server
//! switches and dims, with the seconds it was on and the energy it took.

use super::behaviour::{Behaviour, Setting};
use crate::signal::rounded;
use crate::tree::Instance;
use crate::world::World;
use coap::Code;
use lwm2m::Value;
use lwm2m::path::Id;

const ON: Id = 5850;
const DIMMER: Id = 5851;
const ON_TIME: Id = 5852;
const ENERGY: Id = 5805;

/// What it takes at full brightness, in watts.
const FULL_POWER_W: f64 = 9.5;

/// Seconds of an hour.
const HOUR_S: f64 = 3_600.0;

pub(crate) struct Switch;

impl Behaviour for Switch {
    fn create(&self, _: Setting<'_>) -> Instance {
        Instance::default()
            .with(ON, Value::Boolean(false))
            .with(DIMMER, Value::Integer(100))
            .with(ON_TIME, Value::Integer(0))
            .with(ENERGY, Value::Float(0.0))
            .with(5820, Value::Float(0.92))
            .with(5706, Value::String("#ffd6aa".to_owned()))
            .with(5750, Value::String("Ceiling".to_owned()))
    }

    fn refresh(&self, _: Id, instance: &mut Instance, world: &mut World) {
        if instance.flag(ON) != Some(true) {
            return;
        }
        let seconds = world.now.instant.since(instance.refreshed).as_secs_f64();
        instance.tally += seconds;
        instance.set_integer(ON_TIME, instance.tally as i64);
        let level = instance.integer(DIMMER).unwrap_or(100) as f64 / 100.0;
        let taken = FULL_POWER_W * level * seconds / HOUR_S;
        let energy = instance.float(ENERGY).unwrap_or(0.0) + taken;
        instance.set_float(ENERGY, rounded(energy, 0.000_001));
    }

    fn check(&self, _: &Instance, resource: Id, value: &Value) -> Result<(), Code> {
        match (resource, value) {
            (ON_TIME, Value::Integer(seconds)) if *seconds < 0 => Err(Code::BAD_REQUEST),
            _ => Ok(()),
        }
    }

    /// Writing the time on, mostly 0, counts from there.
    fn written(&self, instance: &mut Instance, resource: Id, _: &mut World) {
        if resource == ON_TIME {
            instance.tally = instance.integer(ON_TIME).unwrap_or(0) as f64;
        }
    }
}
