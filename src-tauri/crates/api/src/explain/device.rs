//! What is amiss with a device that is in: it works, and less well than it could. The
//! same four parts as for those who did not get in.

use super::Explanation;
use crate::dto::FindingCode;
use lwm2m::registry::{Registry, default_version};
use serde_json::json;
use server::registration::Registration;
use std::time::Duration;

/// What is known of a device that is in.
pub(crate) struct Resident<'a> {
    /// Its name.
    pub(crate) endpoint: &'a str,
    /// Its registration.
    pub(crate) registration: &'a Registration,
    /// All definitions.
    pub(crate) registry: &'a Registry,
    /// The average time from one wake-up to the next, where that was seen.
    pub(crate) wakes_every: Option<Duration>,
}

/// What is amiss.
pub(crate) fn findings(of: &Resident<'_>) -> Vec<(FindingCode, Explanation)> {
    let lifetime = lifetime(of).map(|own| (FindingCode::LifetimeTooShort, own));
    let model = no_model(of).map(|own| (FindingCode::NoModel, own));
    lifetime.into_iter().chain(model).collect()
}

/// It sleeps for longer than its registration lasts.
fn lifetime(of: &Resident<'_>) -> Option<Explanation> {
    let registration = of.registration;
    let every = of.wakes_every.filter(|_| registration.queue_mode)?;
    let lifetime = Duration::from_secs(registration.lifetime_s.into());
    // A lifetime of 0 does not end.
    if lifetime.is_zero() || every < lifetime {
        return None;
    }
    let (every, lifetime) = (every.as_secs(), lifetime.as_secs());
    let seen = format!(
        "\"{}\" sleeps between its wake-ups for {every} s on average, and its registration lasts {lifetime} s.",
        of.endpoint
    );
    Some(Explanation::new(
        "The lifetime is shorter than its sleep",
        seen,
        "Its registration ends while it sleeps: it shows as offline, its observations are void, and it has to register anew each time it wakes.",
        "Give it a lifetime of at least twice the time that it sleeps: write the lifetime (/1/0/1) when it is awake, or set it in the device.",
    )
    .with(
        "Write a longer lifetime",
        "resource_write",
        json!({
            "endpoint": of.endpoint,
            "path": "/1/0/1",
            "values": [{ "path": "/1/0/1", "kind": "integer", "value": (every * 2).to_string() }],
        }),
    ))
}

/// It has objects, or versions of them, that nobody here can read.
fn no_model(of: &Resident<'_>) -> Option<Explanation> {
    let registration = of.registration;
    let mut unknown = Vec::new();
    for own in &registration.objects.objects {
        let version = own.version;
        let version = version.unwrap_or_else(|| default_version(own.object, registration.version));
        if of.registry.nearest(own.object, Some(version)).is_none() {
            let others: Vec<_> = of.registry.versions(own.object).collect();
            unknown.push(match others.last() {
                Some(other) => format!("{} in version {version} (known: {other})", own.object),
                None => format!("{} in version {version}", own.object),
            });
        }
    }
    if unknown.is_empty() {
        return None;
    }
    let many = unknown.len();
    unknown.truncate(SHOWN);
    let mut list = unknown.join(", ");
    if many > SHOWN {
        list = format!("{list} and {} more", many - SHOWN);
    }
    let seen = format!(
        "\"{}\" has objects without a definition here: {list}.",
        of.endpoint
    );
    Some(Explanation::new(
        "Objects without a definition",
        seen,
        "Without a definition nothing tells the names, the types and what may be written: such objects are shown raw, and payloads that carry no types are read as text or bytes.",
        "Import the definition (DDF, an XML file) from the maker of the device or from the registry of OMA; the version has to have the same major number.",
    )
    .with("Import a definition", "model_import", json!({})))
}

/// Objects that are listed by name.
const SHOWN: usize = 6;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::CALLS;
    use clock::UnixTime;
    use coap::{ListenerId, Peer};
    use lwm2m::model::Lwm2mVersion;
    use lwm2m::object_list::ObjectList;
    use server::credential::Mode;
    use server::ids::{DeviceId, Location};
    use server::registration::Binding;
    use std::sync::Arc;

    fn registration(lifetime_s: u32, queue_mode: bool, links: &str) -> Registration {
        Registration {
            device: DeviceId(1),
            location: Location(1),
            peer: Peer::new(ListenerId(1), b"here").expect("a peer"),
            security: Mode::NoSec,
            version: Lwm2mVersion::V1_1,
            lifetime_s,
            binding: Binding::UDP,
            queue_mode,
            sms: None,
            objects: Arc::new(ObjectList::parse(links.as_bytes()).expect("links")),
            vendor: Vec::new(),
            registered_at: UnixTime::from_millis(0),
            seen_at: UnixTime::from_millis(0),
        }
    }

    fn told(registration: &Registration, every_s: Option<u64>) -> Vec<(FindingCode, Explanation)> {
        let registry = lwm2m::bundled::registry();
        findings(&Resident {
            endpoint: "meter",
            registration,
            registry: &registry,
            wakes_every: every_s.map(Duration::from_secs),
        })
    }

    #[test]
    fn a_lifetime_shorter_than_the_sleep_is_found_and_a_longer_one_offered() {
        let found = told(&registration(300, true, "</1/0>,</3/0>"), Some(600));
        let [(FindingCode::LifetimeTooShort, told_of)] = &found[..] else {
            panic!("{found:?}");
        };
        assert!(told_of.seen.contains("600 s") && told_of.seen.contains("300 s"));
        let action = told_of.action.as_ref().expect("an action");
        assert_eq!(action.request["values"][0]["value"], "1200");
    }

    #[test]
    fn who_wakes_in_time_or_never_sleeps_is_left_alone() {
        let links = "</1/0>,</3/0>";
        for (lifetime, queue, every) in [
            (300, true, Some(200)),
            (300, true, None),
            (300, false, Some(600)),
            (0, true, Some(600)),
        ] {
            let found = told(&registration(lifetime, queue, links), every);
            assert_eq!(found, [], "{lifetime} {queue} {every:?}");
        }
    }

    #[test]
    fn objects_and_versions_that_nobody_can_read_are_listed() {
        let links = "</1/0>,</3/0>,</64999/0>,</3303>;ver=9.0,</3303/0>";
        let found = told(&registration(300, false, links), None);
        let [(FindingCode::NoModel, told_of)] = &found[..] else {
            panic!("{found:?}");
        };
        assert!(
            told_of.seen.contains("64999 in version 1.0"),
            "{}",
            told_of.seen
        );
        assert!(
            told_of.seen.contains("3303 in version 9.0 (known:"),
            "{}",
            told_of.seen
        );
        let action = told_of.action.as_ref().expect("an action");
        assert!(CALLS.iter().any(|call| call.name == action.call));
    }
}
