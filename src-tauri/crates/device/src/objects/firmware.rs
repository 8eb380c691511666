//! Object 5, Firmware Update: packages pushed to /5/0/0 or named in /5/0/1, and
//! the update that ends with a restart and a new /3/0/3.
//!
//! Nothing is downloaded and no package is kept: only the states, the results and
//! the time they take are real. [`crate::Profile::firmware_result`] chooses how
//! the next update ends.
//!
//! ```text
//!        package or URI            +2 s / +8 s              execute /5/0/2
//! Idle ────────────────▶ Downloading ───────────▶ Downloaded ─────────────▶ Updating
//!  ▲ ▲                        │ fails with 2–7        ▲ │ empty write           │
//!  │ └────────────────────────┘                       │ │                       │ +3 s
//!  │◀─────────────────────────────────────────────────┼─┘                       │
//!  │                              fails with 8 or 9   └─────────────────────────┤
//!  └────────────────────────── restart, result 1 ◀──────────────────────────────┘
//! ```

use super::behaviour::{Behaviour, Setting};
use crate::tree::Instance;
use crate::world::{Wish, World};
use coap::Code;
use lwm2m::Value;
use lwm2m::path::Id;
use std::time::Duration;

const PACKAGE: Id = 0;
const URI: Id = 1;
const UPDATE: Id = 2;
const STATE: Id = 3;
const RESULT: Id = 5;
const NAME: Id = 6;
const VERSION: Id = 7;

/// Values of State.
const IDLE: i64 = 0;
const DOWNLOADING: i64 = 1;
const DOWNLOADED: i64 = 2;
const UPDATING: i64 = 3;

/// Values of Update Result.
const INITIAL: i64 = 0;
const SUCCESS: i64 = 1;
const INVALID_URI: i64 = 7;
/// Results that end a download rather than an update.
const DOWNLOAD_FAILURES: std::ops::RangeInclusive<i64> = 2..=7;

/// How long a pushed package is checked before it counts as downloaded.
const CHECK_TIME: Duration = Duration::from_secs(2);
/// How long a package behind a URI takes to be fetched.
const FETCH_TIME: Duration = Duration::from_secs(8);
/// How long the update takes before the restart.
const UPDATE_TIME: Duration = Duration::from_secs(3);

pub(crate) struct Firmware;

impl Behaviour for Firmware {
    fn create(&self, setting: Setting<'_>) -> Instance {
        Instance::default()
            .with(PACKAGE, Value::Opaque(Vec::new()))
            .with(URI, Value::String(String::new()))
            .with_action(UPDATE)
            .with(STATE, Value::Integer(IDLE))
            .with(RESULT, Value::Integer(INITIAL))
            .with(NAME, Value::String(setting.profile.kind.to_string()))
            .with(
                VERSION,
                Value::String(format!("1.0.{}", setting.world.build)),
            )
            // CoAP and CoAPS; both pull and push.
            .with_many(8, [0, 1].map(Value::Integer))
            .with(9, Value::Integer(2))
    }

    /// Takes the next step when its time has come.
    fn refresh(&self, _: Id, instance: &mut Instance, world: &mut World) {
        if instance.due.is_some_and(|due| due > world.now.instant) {
            return;
        }
        let result = i64::from(world.firmware_result);
        match instance.integer(STATE) {
            Some(DOWNLOADING) if DOWNLOAD_FAILURES.contains(&result) => {
                enter(instance, IDLE, result);
            }
            Some(DOWNLOADING) => {
                let next = world.build.saturating_add(1);
                instance.set(VERSION, Value::String(format!("1.0.{next}")));
                enter(instance, DOWNLOADED, INITIAL);
            }
            Some(UPDATING) if result == SUCCESS => world.wish(Wish::Reboot),
            Some(UPDATING) => enter(instance, DOWNLOADED, result),
            _ => {}
        }
    }

    /// A new package is taken in Idle only; an empty one resets every state but
    /// Updating.
    fn check(&self, instance: &Instance, resource: Id, value: &Value) -> Result<(), Code> {
        let state = instance.integer(STATE).unwrap_or(IDLE);
        let reset = match value {
            Value::Opaque(package) => is_reset(package),
            Value::String(uri) => uri.is_empty(),
            _ => false,
        };
        match (resource, state, reset) {
            (PACKAGE | URI, UPDATING, _) => Err(Code::METHOD_NOT_ALLOWED),
            (PACKAGE | URI, IDLE, _) | (PACKAGE | URI, _, true) => Ok(()),
            (PACKAGE | URI, ..) => Err(Code::METHOD_NOT_ALLOWED),
            _ => Ok(()),
        }
    }

    fn written(&self, instance: &mut Instance, resource: Id, world: &mut World) {
        let wait = match (resource, instance.single(resource)) {
            (PACKAGE, Some(Value::Opaque(package))) if !is_reset(package) => CHECK_TIME,
            (URI, Some(Value::String(uri))) if !uri.is_empty() => {
                if !is_fetchable(uri) {
                    enter(instance, IDLE, INVALID_URI);
                    return;
                }
                FETCH_TIME
            }
            (PACKAGE | URI, _) => {
                enter(instance, IDLE, INITIAL);
                instance.due = None;
                return;
            }
            _ => return,
        };
        // The package has served its purpose; ten thousand devices keep none.
        instance.set(PACKAGE, Value::Opaque(Vec::new()));
        enter(instance, DOWNLOADING, INITIAL);
        instance.due = Some(world.now.instant + wait);
    }

    fn execute(
        &self,
        _: Id,
        instance: &mut Instance,
        _: Id,
        world: &mut World,
    ) -> Result<(), Code> {
        if instance.integer(STATE) != Some(DOWNLOADED) {
            return Err(Code::METHOD_NOT_ALLOWED);
        }
        enter(instance, UPDATING, INITIAL);
        instance.due = Some(world.now.instant + UPDATE_TIME);
        Ok(())
    }

    /// A restart out of Updating is a success, out of Downloading a loss.
    fn boot(&self, instance: &mut Instance, world: &mut World) {
        instance.due = None;
        match instance.integer(STATE) {
            Some(UPDATING) => {
                world.build = world.build.saturating_add(1);
                enter(instance, IDLE, SUCCESS);
            }
            Some(DOWNLOADING) => enter(instance, IDLE, INITIAL),
            _ => {}
        }
    }
}

fn enter(instance: &mut Instance, state: i64, result: i64) {
    instance.set_integer(STATE, state);
    instance.set_integer(RESULT, result);
}

/// Nothing, or the single NUL of Core 1.1.1 appendix E.6.
fn is_reset(package: &[u8]) -> bool {
    matches!(package, [] | [0])
}

fn is_fetchable(uri: &str) -> bool {
    uri.split_once("://").is_some_and(|(scheme, rest)| {
        matches!(scheme, "coap" | "coaps") && !rest.is_empty() && !uri.contains(' ')
    })
}
