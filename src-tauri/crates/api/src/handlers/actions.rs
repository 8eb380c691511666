//! What a device can be told to do with one click: the executable resources of its
//! Server object (conformance REG-22). Only says what there is; `resource_execute`
//! does it.

use crate::dto::{ActionName, DeviceAction};
use lwm2m::{Id, Lwm2mVersion, Path, Value};
use server::answer::DeviceTypes;
use std::collections::BTreeMap;
use store::ReadingRow;

/// The Server object (Core 1.1.1 appendix E.2).
const SERVER: Id = 1;
const DISABLE: Id = 4;
const DISABLE_TIMEOUT: Id = 5;
const UPDATE_TRIGGER: Id = 8;
const BOOTSTRAP_TRIGGER: Id = 9;

/// Disable Timeout of a device that has no other, in seconds.
const USUAL_DISABLE_TIMEOUT_S: i64 = 86_400;

/// The actions of a device. `found` says whether a resource is there, where the device
/// listed what it has; elsewhere the definition counts.
pub(crate) fn actions(
    types: &DeviceTypes<'_>,
    latest: &BTreeMap<Path, ReadingRow>,
    found: impl Fn(Path) -> Option<bool>,
) -> Vec<DeviceAction> {
    let Some(server) = types.registration.objects.object(SERVER) else {
        return Vec::new();
    };
    let mut actions = Vec::new();
    for instance in &server.instances {
        for (resource, name) in [
            (UPDATE_TRIGGER, ActionName::RegistrationUpdateTrigger),
            (DISABLE, ActionName::Disable),
            (BOOTSTRAP_TRIGGER, ActionName::BootstrapTrigger),
        ] {
            let path = Path::Resource(SERVER, *instance, resource);
            let defined = types
                .definition(SERVER, resource)
                .is_some_and(|own| own.operations.execute);
            if !found(path).unwrap_or(defined) {
                continue;
            }
            let several = server.instances.len() > 1;
            actions.push(DeviceAction {
                name,
                title: title(name, several.then_some(*instance)),
                path: path.to_string(),
                arguments: arguments(name, types.registration.version),
                confirm: confirm(name, disable_timeout(latest, *instance)),
            });
        }
    }
    actions
}

fn title(name: ActionName, instance: Option<Id>) -> String {
    let words = match name {
        ActionName::RegistrationUpdateTrigger => "Ask for a registration update",
        ActionName::Disable => "Disable for a while",
        ActionName::BootstrapTrigger => "Send to the bootstrap server",
    };
    match instance {
        Some(instance) => format!("{words} (/{SERVER}/{instance})"),
        None => words.to_owned(),
    }
}

/// From 1.1 on the trigger takes the transport that the Update should come over
/// (Core 1.1.1 appendix E.2); ours is UDP.
fn arguments(name: ActionName, version: Lwm2mVersion) -> Option<String> {
    let takes = name == ActionName::RegistrationUpdateTrigger && version > Lwm2mVersion::V1_0;
    takes.then(|| "0='U'".to_owned())
}

fn confirm(name: ActionName, timeout_s: i64) -> Option<String> {
    match name {
        ActionName::RegistrationUpdateTrigger => None,
        ActionName::Disable => Some(format!(
            "The device de-registers and stays away for {timeout_s} s (Disable Timeout). Nothing can be asked of it until it is back."
        )),
        ActionName::BootstrapTrigger => Some(
            "The device leaves this server and contacts its bootstrap server. It comes back only if that server sends it here."
                .to_owned(),
        ),
    }
}

fn disable_timeout(latest: &BTreeMap<Path, ReadingRow>, instance: Id) -> i64 {
    let path = Path::Resource(SERVER, instance, DISABLE_TIMEOUT);
    match latest.get(&path).map(|row| &row.value) {
        Some(Value::Integer(seconds)) => *seconds,
        _ => USUAL_DISABLE_TIMEOUT_S,
    }
}
