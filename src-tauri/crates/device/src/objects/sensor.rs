//! The sensors of the IPSO family that have one value, its extremes and a unit:
//! a table of curves.

use super::behaviour::{Behaviour, Setting, track_extremes};
use super::meter;
use crate::signal::{Signal, day_fraction, rounded};
use crate::tree::Instance;
use crate::world::World;
use coap::Code;
use lwm2m::Value;
use lwm2m::path::Id;
use std::time::Duration;

const VALUE: Id = 5700;
const LOWEST: Id = 5601;
const HIGHEST: Id = 5602;
const RESET_EXTREMES: Id = 5605;

/// The object whose signal humidity follows.
const TEMPERATURE: Id = 3303;

/// One kind of sensor.
pub(crate) struct Sensor {
    object: Id,
    unit: &'static str,
    /// What it can measure.
    range: (f64, f64),
    /// Its Application Type.
    application: &'static str,
    measure: fn(&World, Id) -> f64,
}

static SENSORS: [Sensor; 7] = [
    Sensor {
        object: 3301,
        unit: "lx",
        range: (0.0, 100_000.0),
        application: "Window",
        measure: illuminance_lx,
    },
    Sensor {
        object: TEMPERATURE,
        unit: "Cel",
        range: (-40.0, 85.0),
        application: "Room air",
        measure: temperature_c,
    },
    Sensor {
        object: 3304,
        unit: "%RH",
        range: (0.0, 100.0),
        application: "Room air",
        measure: humidity,
    },
    Sensor {
        object: 3315,
        unit: "Pa",
        range: (30_000.0, 110_000.0),
        application: "Room air",
        measure: pressure_pa,
    },
    Sensor {
        object: 3316,
        unit: "V",
        range: (0.0, 276.0),
        application: "Main supply",
        measure: |world, id| meter::voltage_v(meter::supply(world, id)),
    },
    Sensor {
        object: 3317,
        unit: "A",
        range: (0.0, 63.0),
        application: "Main supply",
        measure: |world, id| meter::current_a(meter::supply(world, id)),
    },
    Sensor {
        object: 3328,
        unit: "W",
        range: (0.0, 14_490.0),
        application: "Main supply",
        measure: |world, id| meter::power_w(meter::supply(world, id)),
    },
];

/// The sensor that an object stands for.
pub(super) fn find(object: Id) -> Option<&'static Sensor> {
    SENSORS.iter().find(|sensor| sensor.object == object)
}

impl Behaviour for Sensor {
    fn create(&self, setting: Setting<'_>) -> Instance {
        let value = (self.measure)(setting.world, setting.id);
        Instance::default()
            .with(VALUE, Value::Float(value))
            .with(LOWEST, Value::Float(value))
            .with(HIGHEST, Value::Float(value))
            .with(5603, Value::Float(self.range.0))
            .with(5604, Value::Float(self.range.1))
            .with(5701, Value::String(self.unit.to_owned()))
            .with_action(RESET_EXTREMES)
            .with(5750, Value::String(self.application.to_owned()))
    }

    fn refresh(&self, id: Id, instance: &mut Instance, world: &mut World) {
        instance.set_float(VALUE, (self.measure)(world, id));
        if let Some(shown) = instance.float(VALUE) {
            track_extremes(instance, shown, LOWEST, HIGHEST);
        }
    }

    fn execute(&self, _: Id, instance: &mut Instance, _: Id, _: &mut World) -> Result<(), Code> {
        if let Some(value) = instance.float(VALUE) {
            instance.set_float(LOWEST, value);
            instance.set_float(HIGHEST, value);
        }
        Ok(())
    }
}

/// A heated room: warmest in the afternoon, a draught now and then, and the
/// tenths of a sensor that is never quite still.
fn temperature_c(world: &World, id: Id) -> f64 {
    let signal = world.signal(TEMPERATURE, id);
    rounded(
        air_c(signal) + signal.fork(4).noise(Duration::from_secs(5)) * 0.06,
        0.01,
    )
}

/// The temperature without the sensor's noise.
fn air_c(signal: Signal) -> f64 {
    let here = signal.constant() * 3.0 - 1.5;
    let day = signal.daily(15.5) * 2.4;
    let weather = signal.fork(1).drift(Duration::from_secs(6 * 3_600)) * 1.2;
    let draught = signal.fork(2).drift(Duration::from_secs(1_200)) * 0.5;
    let breath = signal.fork(3).drift(Duration::from_secs(90)) * 0.12;
    21.0 + here + day + weather + draught + breath
}

/// Warmer air is drier; the rest is weather.
fn humidity(world: &World, id: Id) -> f64 {
    let air = air_c(world.signal(TEMPERATURE, id));
    let signal = world.signal(3304, id);
    let weather = signal.fork(1).drift(Duration::from_secs(5 * 3_600)) * 6.0;
    let noise = signal.fork(2).noise(Duration::from_secs(5)) * 0.15;
    rounded(
        (48.0 - 2.1 * (air - 21.0) + weather + noise).clamp(5.0, 98.0),
        0.1,
    )
}

/// Air pressure in pascal: slow highs and lows.
fn pressure_pa(world: &World, id: Id) -> f64 {
    let signal = world.signal(3315, id);
    let weather = signal.drift(Duration::from_secs(2 * 86_400)) * 1_100.0;
    let hours = signal.fork(1).drift(Duration::from_secs(3 * 3_600)) * 120.0;
    let noise = signal.fork(2).noise(Duration::from_secs(5)) * 3.0;
    rounded(101_325.0 + weather + hours + noise, 1.0)
}

/// Daylight behind a window, with clouds; at night a street lamp.
fn illuminance_lx(world: &World, id: Id) -> f64 {
    let signal = world.signal(3301, id);
    // Light from six to twenty hours.
    let sun = ((day_fraction(world.now.unix) * 24.0 - 6.0) / 14.0 * std::f64::consts::PI).sin();
    let clouds = 0.65 + 0.35 * signal.drift(Duration::from_secs(700));
    let light = if sun > 0.0 {
        9_000.0 * sun.powi(2) * clouds
    } else {
        0.0
    };
    let lamp = 4.0 + signal.fork(1).noise(Duration::from_secs(5)) * 0.4;
    rounded(light + lamp, 0.1)
}
