//! Object 3, Device: identity, battery, memory, clock, reboot.
//!
//! The battery drains and charges in a cycle of its own; the error code of a low
//! battery stays until somebody resets it.

use super::behaviour::{Behaviour, Setting};
use crate::profile::ProfileKind;
use crate::signal::Signal;
use crate::tree::{Content, Instance};
use crate::world::{Wish, World};
use coap::Code;
use lwm2m::path::Id;
use lwm2m::{Lwm2mVersion, Value};
use std::time::Duration;

const OBJECT: Id = 3;
const FIRMWARE_VERSION: Id = 3;
const REBOOT: Id = 4;
const FACTORY_RESET: Id = 5;
const POWER_SOURCES: Id = 6;
const VOLTAGES: Id = 7;
const CURRENTS: Id = 8;
const BATTERY_LEVEL: Id = 9;
const MEMORY_FREE: Id = 10;
const ERROR_CODES: Id = 11;
const RESET_ERRORS: Id = 12;
const CURRENT_TIME: Id = 13;
const BATTERY_STATUS: Id = 20;

/// Values of Available Power Sources.
const INTERNAL_BATTERY: i64 = 1;
const USB: i64 = 5;
const MAINS: i64 = 6;

/// Values of Battery Status.
const NORMAL: i64 = 0;
const CHARGING: i64 = 1;
const LOW: i64 = 4;

/// From full to full again.
const BATTERY_CYCLE: Duration = Duration::from_secs(20 * 3_600);
/// The share of the cycle in which it drains, down to [`EMPTIEST`].
const DRAINING: f64 = 0.88;
/// Lowest level before it is charged, in percent.
const EMPTIEST: f64 = 6.0;
/// Below it the device reports an error, in percent.
const LOW_LEVEL: i64 = 10;
/// Error code "low battery power".
const LOW_BATTERY_ERROR: i64 = 1;

/// Kilobytes of memory.
const MEMORY_KB: i64 = 512;

pub(crate) struct Device;

impl Behaviour for Device {
    fn create(&self, setting: Setting<'_>) -> Instance {
        let text = |text: &str| Value::String(text.to_owned());
        let profile = setting.profile;
        let (model, kind) = match profile.kind {
            ProfileKind::Sensor => ("WB-Room 2", "room sensor"),
            ProfileKind::Meter => ("WB-Meter 1", "electricity meter"),
            ProfileKind::Tracker => ("WB-Track 4", "tracker"),
            ProfileKind::Plain => ("WB-Plain", "plain sensor"),
            ProfileKind::Sleeper => ("WB-Cell 1", "battery sensor"),
            ProfileKind::Classic => ("WB-Classic", "sensor of the first generation"),
        };
        let sources = match profile.kind {
            ProfileKind::Meter => [MAINS, INTERNAL_BATTERY],
            _ => [INTERNAL_BATTERY, USB],
        };
        let queue = profile.queue_mode && profile.version == Lwm2mVersion::V1_0;
        let modes = if queue { "UQ" } else { "U" };
        let mut instance = Instance::default()
            .with(0, text("LwM2M Workbench"))
            .with(1, text(model))
            .with(2, Value::String(setting.world.serial_number()))
            .with(FIRMWARE_VERSION, Value::String(version(setting.world)))
            .with_action(REBOOT)
            .with_action(FACTORY_RESET)
            .with_many(POWER_SOURCES, sources.map(Value::Integer))
            .with_many(VOLTAGES, [3_800, 5_000].map(Value::Integer))
            .with_many(CURRENTS, [12, 0].map(Value::Integer))
            .with(BATTERY_LEVEL, Value::Integer(100))
            .with(MEMORY_FREE, Value::Integer(MEMORY_KB / 2))
            .with_many(ERROR_CODES, [Value::Integer(0)])
            .with_action(RESET_ERRORS)
            .with(CURRENT_TIME, Value::Time(setting.world.device_time_s()))
            .with(14, text("+01:00"))
            .with(15, text("Europe/Berlin"))
            .with(16, text(modes))
            .with(17, text(kind))
            .with(18, text("rev C"))
            .with(19, text("1.0"))
            .with(BATTERY_STATUS, Value::Integer(NORMAL))
            .with(21, Value::Integer(MEMORY_KB));
        show(&mut instance, setting.id, setting.world);
        instance
    }

    fn refresh(&self, id: Id, instance: &mut Instance, world: &mut World) {
        show(instance, id, world);
    }

    fn written(&self, instance: &mut Instance, resource: Id, world: &mut World) {
        if let (CURRENT_TIME, Some(Value::Time(seconds))) = (resource, instance.single(resource)) {
            world.set_device_time_s(*seconds);
        }
    }

    fn execute(
        &self,
        _: Id,
        instance: &mut Instance,
        resource: Id,
        world: &mut World,
    ) -> Result<(), Code> {
        match resource {
            REBOOT => world.wish(Wish::Reboot),
            FACTORY_RESET => world.wish(Wish::FactoryReset),
            _ => {
                // Acknowledged until the battery is well again.
                instance.tally = 1.0;
                set_error(instance, 0);
            }
        }
        Ok(())
    }
}

fn show(instance: &mut Instance, id: Id, world: &World) {
    let signal = world.signal(OBJECT, id);
    let (level, charging) = battery(signal);
    instance.set_integer(BATTERY_LEVEL, level);
    let status = match (charging, level < LOW_LEVEL) {
        (true, _) => CHARGING,
        (false, true) => LOW,
        (false, false) => NORMAL,
    };
    instance.set_integer(BATTERY_STATUS, status);
    // A lithium cell: 3.3 V empty, 4.2 V full.
    let cell_mv = 3_300 + level * 9;
    instance.set_one_of(VOLTAGES, 0, Value::Integer(cell_mv));
    let draw_ma = 14 + (signal.fork(1).drift(Duration::from_secs(240)) * 6.0) as i64;
    let (battery_ma, usb_ma) = if charging { (-380, 400) } else { (draw_ma, 0) };
    instance.set_one_of(CURRENTS, 0, Value::Integer(battery_ma));
    instance.set_one_of(CURRENTS, 1, Value::Integer(usb_ma));
    let free = MEMORY_KB / 3 + (signal.fork(2).drift(Duration::from_secs(90)) * 40.0) as i64;
    instance.set_integer(MEMORY_FREE, free);
    instance.set(CURRENT_TIME, Value::Time(world.device_time_s()));
    if instance.text(FIRMWARE_VERSION) != Some(&version(world)) {
        instance.set(FIRMWARE_VERSION, Value::String(version(world)));
    }
    if level >= LOW_LEVEL {
        instance.tally = 0.0;
    } else if instance.tally == 0.0 {
        set_error(instance, LOW_BATTERY_ERROR);
    }
}

/// The level in percent and whether it rises.
fn battery(signal: Signal) -> (i64, bool) {
    let phase = signal.phase(BATTERY_CYCLE);
    let charging = phase >= DRAINING;
    let filled = if charging {
        (phase - DRAINING) / (1.0 - DRAINING)
    } else {
        1.0 - phase / DRAINING
    };
    let level = EMPTIEST + filled * (100.0 - EMPTIEST);
    (level.round() as i64, charging)
}

fn set_error(instance: &mut Instance, code: i64) {
    let shown = Content::Multiple(vec![(0, Value::Integer(code))]);
    if instance
        .content(ERROR_CODES)
        .is_some_and(|now| *now != shown)
    {
        instance.put(ERROR_CODES, shown);
    }
}

fn version(world: &World) -> String {
    format!("1.0.{}", world.build)
}
