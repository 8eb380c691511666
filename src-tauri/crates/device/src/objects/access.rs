//! Object 2, Access Control: who may do what with the other objects. The only
//! server owns everything, so nothing is refused for want of a right; what a server
//! writes here is kept and read back.

use super::behaviour::{Behaviour, Setting};
use crate::tree::{Content, Instance};
use lwm2m::Value;
use lwm2m::path::Id;

const OBJECT_ID: Id = 0;
const INSTANCE_ID: Id = 1;
const ACL: Id = 2;
const OWNER: Id = 3;

/// The only server, and one that is not there yet.
const SERVERS: [Id; 2] = [1, 2];

/// Read, write, execute, delete (Core 1.1.1 appendix E.3).
const ALL_BUT_CREATE: i64 = 1 | 2 | 4 | 8;
const READ_ONLY: i64 = 1;

/// What the delivered instances are about: the server account and the device.
const TARGETS: [i64; 2] = [1, 3];

pub(crate) struct AccessControl;

impl Behaviour for AccessControl {
    fn create(&self, setting: Setting<'_>) -> Instance {
        let target = TARGETS.get(usize::from(setting.id)).unwrap_or(&TARGETS[1]);
        let rights = [ALL_BUT_CREATE, READ_ONLY].map(Value::Integer);
        let entries = SERVERS.into_iter().zip(rights).collect();
        let mut instance = Instance::default()
            .with(OBJECT_ID, Value::Integer(*target))
            .with(INSTANCE_ID, Value::Integer(0))
            .with(OWNER, Value::Integer(i64::from(SERVERS[0])));
        instance.put(ACL, Content::Multiple(entries));
        instance
    }
}
