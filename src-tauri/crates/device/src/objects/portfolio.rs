//! Object 16, Portfolio: four writable texts in one multiple resource, which is
//! what resource instances are tried out on.

use super::behaviour::{Behaviour, Setting};
use crate::tree::Instance;
use lwm2m::Value;

const IDENTITY: u16 = 0;

pub(crate) struct Portfolio;

impl Behaviour for Portfolio {
    fn create(&self, setting: Setting<'_>) -> Instance {
        let serial = setting.world.serial_number();
        let host = setting.profile.endpoint.clone();
        let identity = [
            host,
            "LwM2M Workbench".into(),
            setting.profile.kind.to_string(),
            serial,
        ];
        Instance::default().with_many(IDENTITY, identity.map(Value::String))
    }
}
