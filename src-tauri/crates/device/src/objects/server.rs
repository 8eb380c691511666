//! Object 1, Server: how the device stays registered.
//!
//! Writing the lifetime or the binding, the update trigger and Disable become
//! wishes; `registration` fulfils them.

use super::behaviour::{Behaviour, Setting};
use crate::tree::Instance;
use crate::world::{Wish, World};
use coap::Code;
use lwm2m::path::Id;
use lwm2m::{Lwm2mVersion, Value};

pub(crate) const OBJECT: Id = 1;
pub(crate) const LIFETIME: Id = 1;
pub(crate) const DEFAULT_PMIN: Id = 2;
pub(crate) const DEFAULT_PMAX: Id = 3;
pub(crate) const DISABLE: Id = 4;
pub(crate) const DISABLE_TIMEOUT: Id = 5;
pub(crate) const BINDING: Id = 7;
pub(crate) const UPDATE_TRIGGER: Id = 8;
pub(crate) const MUTE_SEND: Id = 23;

/// The only server that a simulated device knows.
const SHORT_SERVER_ID: i64 = 1;

/// Disable Timeout where nobody wrote another: a day (Core 1.1.1 appendix E.2).
pub(crate) const DEFAULT_DISABLE_S: u32 = 86_400;

/// Letters of bindings in any order (Core 1.1.1 appendix E.2); `Q` in 1.0 only.
const BINDINGS: &[u8] = b"UTSNQ";

pub(crate) struct Server;

impl Behaviour for Server {
    fn create(&self, setting: Setting<'_>) -> Instance {
        let profile = setting.profile;
        let queue = profile.queue_mode && profile.version == Lwm2mVersion::V1_0;
        let mut binding = profile.binding.clone();
        if queue && !binding.contains('Q') {
            binding.push('Q');
        }
        Instance::default()
            .with(0, Value::Integer(SHORT_SERVER_ID))
            .with(LIFETIME, Value::Integer(i64::from(profile.lifetime_s)))
            .with(DEFAULT_PMIN, Value::Integer(0))
            .with(DEFAULT_PMAX, Value::Integer(0))
            .with_action(DISABLE)
            .with(
                DISABLE_TIMEOUT,
                Value::Integer(i64::from(DEFAULT_DISABLE_S)),
            )
            .with(6, Value::Boolean(false))
            .with(BINDING, Value::String(binding))
            .with_action(UPDATE_TRIGGER)
            .with(22, Value::String("U".to_owned()))
            .with(MUTE_SEND, Value::Boolean(false))
    }

    fn check(&self, _: &Instance, resource: Id, value: &Value) -> Result<(), Code> {
        let fits = match (resource, value) {
            (LIFETIME | DEFAULT_PMIN | DEFAULT_PMAX | DISABLE_TIMEOUT, Value::Integer(seconds)) => {
                u32::try_from(*seconds).is_ok()
            }
            (BINDING, Value::String(letters)) => {
                letters.bytes().all(|letter| BINDINGS.contains(&letter)) && letters.contains('U')
            }
            _ => true,
        };
        if fits { Ok(()) } else { Err(Code::BAD_REQUEST) }
    }

    fn written(&self, _: &mut Instance, resource: Id, world: &mut World) {
        match resource {
            LIFETIME => world.wish(Wish::AnnounceLifetime),
            BINDING => world.wish(Wish::AnnounceBinding),
            _ => {}
        }
    }

    fn execute(
        &self,
        _: Id,
        _: &mut Instance,
        resource: Id,
        world: &mut World,
    ) -> Result<(), Code> {
        match resource {
            DISABLE => world.wish(Wish::Disable),
            _ => world.wish(Wish::Update),
        }
        Ok(())
    }
}
