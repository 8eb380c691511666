//! Object 3313, Accelerometer: gravity, and the shaking of what moves.

use super::behaviour::{Behaviour, Setting};
use crate::signal::rounded;
use crate::tree::Instance;
use crate::world::World;
use lwm2m::Value;
use lwm2m::path::Id;
use std::time::Duration;

const OBJECT: Id = 3313;
const X: Id = 5702;
const Y: Id = 5703;
const Z: Id = 5704;

/// Standard gravity in m/s².
const GRAVITY: f64 = 9.806_65;

pub(crate) struct Accelerometer;

impl Behaviour for Accelerometer {
    fn create(&self, setting: Setting<'_>) -> Instance {
        let mut instance = Instance::default()
            .with(X, Value::Float(0.0))
            .with(Y, Value::Float(0.0))
            .with(Z, Value::Float(0.0))
            .with(5701, Value::String("m/s2".to_owned()))
            .with(5603, Value::Float(-39.2))
            .with(5604, Value::Float(39.2))
            .with(5750, Value::String("Chassis".to_owned()));
        show(&mut instance, setting.id, setting.world);
        instance
    }

    fn refresh(&self, id: Id, instance: &mut Instance, world: &mut World) {
        show(instance, id, world);
    }
}

fn show(instance: &mut Instance, id: Id, world: &World) {
    for (axis, rest) in [(X, 0.0), (Y, 0.0), (Z, GRAVITY)] {
        let signal = world.signal(OBJECT, id).fork(u64::from(axis));
        let curve = signal.drift(Duration::from_secs(6)) * 0.9;
        let bump = signal.fork(1).noise(Duration::from_secs(1)) * 0.25;
        instance.set_float(axis, rounded(rest + curve + bump, 0.01));
    }
}
