//! Object 4, Connectivity Monitoring: bearer, signal strength, addresses.
//!
//! The addresses are of the range for documentation (RFC 5737): a simulated
//! device does not know the one that its datagrams really leave from.

use super::behaviour::{Behaviour, Setting};
use crate::profile::ProfileKind;
use crate::tree::Instance;
use crate::world::World;
use lwm2m::Value;
use lwm2m::path::Id;
use std::time::Duration;

const OBJECT: Id = 4;
const SIGNAL_STRENGTH: Id = 2;
const LINK_QUALITY: Id = 3;
const LINK_UTILIZATION: Id = 6;
const SIGNAL_NOISE: Id = 11;

/// Values of Network Bearer.
const WLAN: i64 = 21;
const NB_IOT: i64 = 7;

pub(crate) struct Connectivity;

impl Behaviour for Connectivity {
    fn create(&self, setting: Setting<'_>) -> Instance {
        let signal = setting.world.signal(OBJECT, setting.id);
        let host = 1 + (signal.fork(1).constant() * 253.0) as u8;
        let cell = 1 + (signal.fork(2).constant() * 65_000.0) as i64;
        let cellular = matches!(
            setting.profile.kind,
            ProfileKind::Meter | ProfileKind::Tracker
        );
        let bearer = if cellular { NB_IOT } else { WLAN };
        let mut instance = Instance::default()
            .with(0, Value::Integer(bearer))
            .with_many(1, [Value::Integer(bearer)])
            .with(SIGNAL_STRENGTH, Value::Integer(0))
            .with(LINK_QUALITY, Value::Integer(0))
            .with_many(4, [Value::String(format!("192.0.2.{host}"))])
            .with_many(5, [Value::String("192.0.2.254".to_owned())])
            .with(LINK_UTILIZATION, Value::Integer(0));
        if cellular {
            instance = instance
                .with_many(7, [Value::String("iot.example".to_owned())])
                .with(8, Value::Integer(cell))
                .with(9, Value::Integer(1))
                .with(10, Value::Integer(262))
                .with(SIGNAL_NOISE, Value::Integer(0))
                .with(12, Value::Integer(cell % 1_000));
        }
        show(&mut instance, setting.id, setting.world);
        instance
    }

    fn refresh(&self, id: Id, instance: &mut Instance, world: &mut World) {
        show(instance, id, world);
    }
}

/// The signal wanders as somebody opens and closes doors; all else follows it.
fn show(instance: &mut Instance, id: Id, world: &World) {
    let signal = world.signal(OBJECT, id);
    let wander = signal.fork(3).drift(Duration::from_secs(600));
    let flicker = signal.fork(4).noise(Duration::from_secs(5));
    let dbm = (-62.0 - signal.constant() * 25.0 + wander * 9.0 + flicker * 2.0).round();
    instance.set_integer(SIGNAL_STRENGTH, dbm as i64);
    let quality = ((dbm + 110.0) * 1.6).clamp(0.0, 100.0);
    instance.set_integer(LINK_QUALITY, quality as i64);
    instance.set_integer(SIGNAL_NOISE, (quality / 4.0) as i64 - 3);
    let busy = signal.fork(5).drift(Duration::from_secs(45)) * 6.0 + 7.0;
    instance.set_integer(LINK_UTILIZATION, busy.round() as i64);
}
