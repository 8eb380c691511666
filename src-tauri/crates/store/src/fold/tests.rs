//! The law of the fold, against a model that keeps plain maps.

use super::*;
use crate::tests::facts::{any_facts, departed, registered, registration, seen, time};
use lwm2m::attributes::NotificationAttributes;
use proptest::prelude::*;
use server::discovery::{Found, News};
use server::profile::Profile;
use std::sync::Arc;

/// The rows as they would be, in memory.
#[derive(Clone, Default, PartialEq, Debug)]
struct Rows {
    devices: BTreeMap<DeviceId, Device>,
    seen: BTreeMap<DeviceId, UnixTime>,
    observations: BTreeMap<ObservationId, Observation>,
    operations: BTreeMap<OperationId, Operation>,
    readings: BTreeMap<(DeviceId, Path, UnixTime), (Value, ReadingSource)>,
    discovered: BTreeMap<(DeviceId, Path), (Found, UnixTime)>,
    profiles: BTreeMap<DeviceId, Profile>,
    deviations: BTreeMap<(DeviceId, &'static str), (u64, UnixTime, UnixTime, String)>,
}

#[derive(Clone, PartialEq, Debug)]
struct Device {
    endpoint: EndpointName,
    deviations: Vec<Deviation>,
    registration: Registration,
    ended: Option<(Departure, UnixTime)>,
}

impl Rows {
    /// What one fact does, in the plainest words.
    fn apply(&mut self, fact: &Change) {
        match fact {
            Change::Registered {
                endpoint,
                registration,
                deviations,
            } => {
                let device = Device {
                    endpoint: endpoint.clone(),
                    deviations: deviations.clone(),
                    registration: timeless(registration),
                    ended: None,
                };
                self.devices.insert(registration.device, device);
                self.seen.insert(registration.device, registration.seen_at);
            }
            Change::Updated { registration } => {
                if let Some(device) = self.devices.get_mut(&registration.device) {
                    device.registration = timeless(registration);
                    device.ended = None;
                }
                self.seen.insert(registration.device, registration.seen_at);
            }
            Change::Seen { device, at } => {
                self.seen.insert(*device, *at);
            }
            Change::Departed { device, cause, at } => {
                if let Some(device) = self.devices.get_mut(device) {
                    device.ended = Some((*cause, *at));
                }
            }
            Change::Forgotten { device } => self.forget(*device),
            Change::Observed(observation) => {
                self.observations
                    .insert(observation.id, observation.clone());
            }
            Change::ObservationEnded { id } => {
                self.observations.remove(id);
            }
            Change::Readings(readings) => {
                if let Some(known) = readings
                    .observation
                    .and_then(|id| self.observations.get_mut(&id))
                {
                    known.notifications += 1;
                    known.last_at = Some(readings.arrived_at);
                }
                for timed in &readings.values {
                    let place = (
                        readings.device,
                        timed.path,
                        timed.taken_at.unwrap_or(readings.arrived_at),
                    );
                    self.readings
                        .insert(place, (timed.value.clone(), readings.source));
                }
            }
            Change::Operation(operation) => {
                self.operations
                    .insert(operation.id, Operation::clone(operation));
            }
            Change::Discovered(discovery) => self.discover(discovery),
            Change::Profiled { device, profile } => {
                self.profiles.insert(*device, Profile::clone(profile));
            }
            Change::Deviated {
                device,
                at,
                deviations,
            } => {
                for own in deviations {
                    let fresh = (0, *at, *at, String::new());
                    let row = self.deviations.entry((*device, own.code)).or_insert(fresh);
                    (row.0, row.2, row.3) = (row.0 + 1, *at, own.message.clone());
                }
            }
            Change::Security(_) => {}
        }
    }

    /// What the statements of the nouns do with a folded batch, in their order.
    fn apply_folded(&mut self, folded: &Folded<'_>) {
        folded
            .forgotten
            .iter()
            .for_each(|&device| self.forget(device));
        for (&id, news) in &folded.devices {
            if let (Some(registration), Some(introduction)) = (news.registration, news.introduced) {
                let device = Device {
                    endpoint: introduction.endpoint.clone(),
                    deviations: introduction.deviations.to_vec(),
                    registration: timeless(registration),
                    ended: None,
                };
                self.devices.insert(id, device);
            } else if let (Some(registration), Some(device)) =
                (news.registration, self.devices.get_mut(&id))
            {
                device.registration = timeless(registration);
                device.ended = None;
            }
            self.seen.extend(news.seen_at.map(|at| (id, at)));
            if let (Some(ended), Some(device)) = (news.ended, self.devices.get_mut(&id)) {
                device.ended = Some(ended);
            }
        }
        for (&id, news) in &folded.observations {
            if news.ended {
                self.observations.remove(&id);
            }
            self.observations
                .extend(news.announced.map(|known| (id, known.clone())));
            if let Some(known) = self.observations.get_mut(&id) {
                known.notifications += news.notifications;
                known.last_at = news.last_at.or(known.last_at);
            }
        }
        self.operations.extend(
            folded
                .operations
                .iter()
                .map(|(&id, &operation)| (id, operation.clone())),
        );
        for reading in &folded.readings {
            let place = (reading.device, reading.path, reading.time);
            self.readings
                .insert(place, (reading.value.clone(), reading.source));
        }
        folded.discoveries.iter().for_each(|one| self.discover(one));
        for (&device, &profile) in &folded.profiles {
            self.profiles.insert(device, profile.clone());
        }
        for (&(device, code), news) in &folded.deviations {
            let code = server::quirk::find(code).expect("a known code").code;
            let fresh = (0, news.first_at, news.last_at, String::new());
            let row = self.deviations.entry((device, code)).or_insert(fresh);
            (row.0, row.2, row.3) = (row.0 + news.count, news.last_at, news.example.to_owned());
        }
    }

    fn discover(&mut self, discovery: &Discovery) {
        let Discovery { device, at, news } = discovery;
        match news {
            News::Listed { below, found } => {
                self.leave(*device, *below);
                let rows = found
                    .iter()
                    .map(|one| ((*device, one.path), (one.clone(), *at)));
                self.discovered.extend(rows);
            }
            News::Attributes { path, change } => {
                let fresh = Found {
                    path: *path,
                    attributes: NotificationAttributes::default(),
                    inherits: false,
                    listed: false,
                };
                let place = self.discovered.entry((*device, *path));
                let (found, when) = place.or_insert((fresh, *at));
                found.attributes.apply(change);
                *when = *at;
            }
            News::Gone(path) => self.leave(*device, *path),
        }
    }

    fn leave(&mut self, device: DeviceId, path: Path) {
        self.discovered
            .retain(|(owner, at), _| *owner != device || !path.contains(*at));
    }

    fn forget(&mut self, device: DeviceId) {
        self.devices.remove(&device);
        self.seen.remove(&device);
        self.observations.retain(|_, known| known.device != device);
        self.operations.retain(|_, known| known.device != device);
        self.readings.retain(|(owner, _, _), _| *owner != device);
        self.discovered.retain(|(owner, _), _| *owner != device);
        self.profiles.remove(&device);
        self.deviations.retain(|(owner, _), _| *owner != device);
    }
}

/// The time has a row of its own.
fn timeless(registration: &Registration) -> Registration {
    Registration {
        seen_at: UnixTime::default(),
        ..registration.clone()
    }
}

proptest! {
    #[test]
    fn a_folded_batch_leaves_what_its_facts_leave_one_by_one(before in any_facts(), split in 0_usize..60) {
        let split = split.min(before.len());
        let (stored, batch) = before.split_at(split);
        let mut one_by_one = Rows::default();
        stored.iter().for_each(|fact| one_by_one.apply(fact));
        let mut folded = one_by_one.clone();
        batch.iter().for_each(|fact| one_by_one.apply(fact));
        folded.apply_folded(&fold(batch.iter()));
        prop_assert_eq!(folded, one_by_one);
    }
}

/// Folds facts about device 1 and shows what is new of it.
fn check(facts: &[Change], show: impl Fn(&DeviceFold<'_>) -> String, expect: &str) {
    let folded = fold(facts.iter());
    let news = folded.devices.get(&DeviceId(1)).expect("device 1");
    assert_eq!(show(news), expect, "{facts:?}");
}

#[test]
fn a_device_heard_often_is_written_once() {
    let facts: Vec<Change> = (0..100).map(|at| seen(1, at)).collect();
    let folded = fold(facts.iter());
    assert_eq!(folded.devices.len(), 1);
    check(
        &facts,
        |news| format!("{:?} {}", news.seen_at, news.registration.is_some()),
        &{ format!("{:?} false", Some(time(99))) },
    );
}

#[test]
fn the_last_of_registering_and_departing_counts() {
    let ended =
        |news: &DeviceFold<'_>| format!("{} {}", news.introduced.is_some(), news.ended.is_some());
    check(&[registered(1, 0), departed(1, 1)], ended, "true true");
    check(&[departed(1, 0), registered(1, 1)], ended, "true false");
    let updated = Change::Updated {
        registration: Arc::new(registration(1, 2)),
    };
    check(
        &[registered(1, 0), updated, departed(1, 3), seen(1, 4)],
        ended,
        "true true",
    );
}

#[test]
fn highest_ids_count_what_was_forgotten_too() {
    let facts = [
        registered(7, 0),
        Change::Forgotten {
            device: DeviceId(7),
        },
    ];
    let folded = fold(facts.iter());
    assert!(folded.devices.is_empty());
    assert_eq!(folded.highest.device, Some(DeviceId(7)));
}
