//! Objects 3305, Power Measurement, and 3331, Energy: what a household takes.
//!
//! The power is a curve of time; energy is summed up between two looks at it, in
//! slices, so that a look after an hour still counts the hour.

use super::behaviour::{Behaviour, Setting, track_extremes};
use crate::signal::{Signal, rounded};
use crate::tree::Instance;
use crate::world::World;
use clock::UnixTime;
use coap::Code;
use lwm2m::Value;
use lwm2m::path::Id;
use std::time::Duration;

const OBJECT: Id = 3305;
const ACTIVE_POWER: Id = 5800;
const LOWEST: Id = 5801;
const HIGHEST: Id = 5802;
const ACTIVE_ENERGY: Id = 5805;
const REACTIVE_POWER: Id = 5810;
const REACTIVE_ENERGY: Id = 5815;
const POWER_FACTOR: Id = 5820;
const RESET_ENERGY: Id = 5822;
const RESET_EXTREMES: Id = 5605;
const ENERGY: Id = 5700;

/// How many slices the time between two looks is cut into at most.
const MAX_SLICES: u32 = 24;

/// Reactive power as a share of the active one, and the power factor it gives.
const REACTIVE_SHARE: f64 = 0.31;
const FACTOR: f64 = 0.955;

pub(crate) struct PowerMeasurement;

/// Object 3331.
pub(crate) struct Energy;

impl Behaviour for PowerMeasurement {
    fn create(&self, setting: Setting<'_>) -> Instance {
        let watts = power_w(setting.world.signal(OBJECT, setting.id));
        Instance::default()
            .with(ACTIVE_POWER, Value::Float(watts))
            .with(LOWEST, Value::Float(watts))
            .with(HIGHEST, Value::Float(watts))
            .with(5803, Value::Float(0.0))
            .with(5804, Value::Float(14_490.0))
            .with(ACTIVE_ENERGY, Value::Float(0.0))
            .with(
                REACTIVE_POWER,
                Value::Float(rounded(watts * REACTIVE_SHARE, 0.1)),
            )
            .with(REACTIVE_ENERGY, Value::Float(0.0))
            .with(POWER_FACTOR, Value::Float(FACTOR))
            .with(5821, Value::Float(1.0))
            .with_action(RESET_ENERGY)
            .with_action(RESET_EXTREMES)
            .with(5750, Value::String("Main supply".to_owned()))
    }

    fn refresh(&self, id: Id, instance: &mut Instance, world: &mut World) {
        let watts = power_w(world.signal(OBJECT, id));
        instance.set_float(ACTIVE_POWER, watts);
        instance.set_float(REACTIVE_POWER, rounded(watts * REACTIVE_SHARE, 0.1));
        if let Some(shown) = instance.float(ACTIVE_POWER) {
            track_extremes(instance, shown, LOWEST, HIGHEST);
        }
        instance.tally += energy_wh(instance, id, world);
        instance.set_float(ACTIVE_ENERGY, rounded(instance.tally, 0.001));
        let reactive = rounded(instance.tally * REACTIVE_SHARE, 0.001);
        instance.set_float(REACTIVE_ENERGY, reactive);
    }

    fn execute(
        &self,
        _: Id,
        instance: &mut Instance,
        resource: Id,
        _: &mut World,
    ) -> Result<(), Code> {
        if resource == RESET_ENERGY {
            instance.tally = 0.0;
            instance.set_float(ACTIVE_ENERGY, 0.0);
            instance.set_float(REACTIVE_ENERGY, 0.0);
        } else if let Some(watts) = instance.float(ACTIVE_POWER) {
            instance.set_float(LOWEST, watts);
            instance.set_float(HIGHEST, watts);
        }
        Ok(())
    }
}

impl Behaviour for Energy {
    fn create(&self, _: Setting<'_>) -> Instance {
        Instance::default()
            .with(ENERGY, Value::Float(0.0))
            .with(5701, Value::String("Wh".to_owned()))
            .with_action(RESET_ENERGY)
            .with(5750, Value::String("Main supply".to_owned()))
    }

    fn refresh(&self, id: Id, instance: &mut Instance, world: &mut World) {
        instance.tally += energy_wh(instance, id, world);
        instance.set_float(ENERGY, rounded(instance.tally, 0.001));
    }

    fn execute(&self, _: Id, instance: &mut Instance, _: Id, _: &mut World) -> Result<(), Code> {
        instance.tally = 0.0;
        instance.set_float(ENERGY, 0.0);
        Ok(())
    }
}

/// Volts of the supply, which sags a little in the evening.
pub(super) fn voltage_v(signal: Signal) -> f64 {
    let sag = signal.daily(19.0) * -2.0;
    let wander = signal.fork(10).drift(Duration::from_secs(180)) * 1.8;
    let flicker = signal.fork(11).noise(Duration::from_secs(2)) * 0.2;
    rounded(230.0 + sag + wander + flicker, 0.1)
}

/// Watts of the household: what is always on, habits of the day, and a kettle.
pub(super) fn power_w(signal: Signal) -> f64 {
    let standby = 90.0 + signal.fork(12).constant() * 120.0;
    let habits = 260.0 * (1.0 + signal.daily(19.0));
    let wander = 80.0 * (1.0 + signal.fork(13).drift(Duration::from_secs(600)));
    let fridge = if signal.fork(14).phase(Duration::from_secs(2_700)) < 0.3 {
        95.0
    } else {
        0.0
    };
    let kettle = signal.fork(15).noise(Duration::from_secs(180)) > 0.93;
    let flicker = signal.fork(16).noise(Duration::from_secs(1)) * 4.0;
    let sum = standby + habits + wander + fridge + flicker;
    rounded(if kettle { sum + 2_000.0 } else { sum }, 0.1)
}

/// Amperes of the household.
pub(super) fn current_a(signal: Signal) -> f64 {
    rounded(power_w(signal) / (voltage_v(signal) * FACTOR), 0.001)
}

/// The object whose signal all objects of a meter follow, so that they agree.
pub(super) fn supply(world: &World, id: Id) -> Signal {
    world.signal(OBJECT, id)
}

/// Watt-hours taken since the instance was last refreshed.
fn energy_wh(instance: &Instance, id: Id, world: &World) -> f64 {
    let passed = world.now.instant.since(instance.refreshed);
    let slices = u32::try_from(passed.as_secs())
        .unwrap_or(u32::MAX)
        .clamp(1, MAX_SLICES);
    let slice = passed / slices;
    let signal = world.signal(OBJECT, id);
    let watts = |at: UnixTime| power_w(signal.at(at));
    let sum: f64 = (0..slices).map(|n| watts(world.earlier(slice * n))).sum();
    sum * slice.as_secs_f64() / 3_600.0
}
