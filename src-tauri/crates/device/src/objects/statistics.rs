//! Object 7, Connectivity Statistics: what the device really sent and received
//! since /7/0/6 started the count.

use super::behaviour::{Behaviour, Setting};
use crate::tree::Instance;
use crate::world::World;
use coap::Code;
use lwm2m::Value;
use lwm2m::path::Id;
use std::time::Duration;

const SENT_KB: Id = 2;
const RECEIVED_KB: Id = 3;
const LARGEST: Id = 4;
const AVERAGE: Id = 5;
const START: Id = 6;
const STOP: Id = 7;
const PERIOD: Id = 8;

/// Bytes of a kilobyte, as the object counts.
const KILOBYTE: u64 = 1_000;

pub(crate) struct Statistics;

impl Behaviour for Statistics {
    fn create(&self, _: Setting<'_>) -> Instance {
        let counters = [0, 1, SENT_KB, RECEIVED_KB, LARGEST, AVERAGE];
        counters
            .into_iter()
            .fold(Instance::default(), |made, id| {
                made.with(id, Value::Integer(0))
            })
            .with_action(START)
            .with_action(STOP)
            .with(PERIOD, Value::Integer(0))
    }

    fn refresh(&self, _: Id, instance: &mut Instance, world: &mut World) {
        let traffic = world.traffic;
        let shown = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let bytes = traffic.sent.saturating_add(traffic.received);
        instance.set_integer(SENT_KB, shown(traffic.sent / KILOBYTE));
        instance.set_integer(RECEIVED_KB, shown(traffic.received / KILOBYTE));
        instance.set_integer(LARGEST, shown(traffic.largest));
        let average = bytes.checked_div(traffic.messages).unwrap_or(0);
        instance.set_integer(AVERAGE, shown(average));
    }

    fn check(&self, _: &Instance, _: Id, value: &Value) -> Result<(), Code> {
        match value {
            Value::Integer(seconds) if *seconds < 0 => Err(Code::BAD_REQUEST),
            _ => Ok(()),
        }
    }

    fn execute(
        &self,
        _: Id,
        instance: &mut Instance,
        resource: Id,
        world: &mut World,
    ) -> Result<(), Code> {
        if resource == STOP {
            world.traffic.until = None;
            return Ok(());
        }
        let period = u64::try_from(instance.integer(PERIOD).unwrap_or(0)).unwrap_or(0);
        let now = world.now.instant;
        world.traffic.start(now, Duration::from_secs(period));
        Ok(())
    }
}
