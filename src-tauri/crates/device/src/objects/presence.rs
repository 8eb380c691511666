//! Object 3302, Presence: a room that fills in the daytime and a counter of
//! arrivals.

use super::behaviour::{Behaviour, Setting};
use crate::tree::Instance;
use crate::world::World;
use coap::Code;
use lwm2m::Value;
use lwm2m::path::Id;
use std::time::Duration;

const OBJECT: Id = 3302;
const STATE: Id = 5500;
const COUNTER: Id = 5501;
const RESET: Id = 5505;

pub(crate) struct Presence;

impl Behaviour for Presence {
    fn create(&self, setting: Setting<'_>) -> Instance {
        let there = occupied(setting.world, setting.id);
        Instance::default()
            .with(STATE, Value::Boolean(there))
            .with(COUNTER, Value::Integer(0))
            .with_action(RESET)
            .with(5751, Value::String("PIR".to_owned()))
            .with(5903, Value::Integer(30_000))
            .with(5904, Value::Integer(0))
            .with(5750, Value::String("Meeting room".to_owned()))
    }

    fn refresh(&self, id: Id, instance: &mut Instance, world: &mut World) {
        let there = occupied(world, id);
        let was = instance.flag(STATE) == Some(true);
        instance.set(STATE, Value::Boolean(there));
        // What is held does not arrive.
        if instance.flag(STATE) == Some(true) && !was {
            let count = instance.integer(COUNTER).unwrap_or(0);
            instance.set_integer(COUNTER, count.saturating_add(1));
        }
    }

    fn execute(&self, _: Id, instance: &mut Instance, _: Id, _: &mut World) -> Result<(), Code> {
        instance.set_integer(COUNTER, 0);
        Ok(())
    }
}

fn occupied(world: &World, id: Id) -> bool {
    let signal = world.signal(OBJECT, id);
    let habit = 0.35 * signal.daily(13.0);
    signal.drift(Duration::from_secs(420)) + habit > 0.1
}
