//! The facts of a batch, folded to what each row is in the end: a device that is
//! heard a hundred times between two commits is written once.
//!
//! The law, which the tests hold against a plain model: storing a folded batch
//! leaves the same rows as storing its facts one by one. It rests on the engine's
//! promise that ids are never reused, so whatever a batch says of a forgotten
//! device, before or after, is void. Pure; the nouns turn the result into SQL.

use clock::UnixTime;
use lwm2m::deviation::Deviation;
use lwm2m::{Path, Value};
use secure::{Address, AssociationId, SavedAssociation};
use server::change::{Change, ReadingSource, Readings};
use server::credential::CredentialId;
use server::discovery::Discovery;
use server::ids::{DeviceId, EndpointName, ObservationId, OperationId};
use server::observation::Observation;
use server::operation::Operation;
use server::profile::Profile;
use server::registration::{Departure, Registration};
use server::security::{Fact, FailedHandshake, RefusedRegistration};
use std::collections::{BTreeMap, BTreeSet};

/// What a batch comes to.
#[derive(Default, Debug)]
pub(crate) struct Folded<'a> {
    /// Devices to remove with everything that is known of them.
    pub(crate) forgotten: BTreeSet<DeviceId>,
    /// What is new of each device.
    pub(crate) devices: BTreeMap<DeviceId, DeviceFold<'a>>,
    /// What is new of each observation.
    pub(crate) observations: BTreeMap<ObservationId, ObservationFold<'a>>,
    /// The latest state of each operation.
    pub(crate) operations: BTreeMap<OperationId, &'a Operation>,
    /// How each device is to be treated.
    pub(crate) profiles: BTreeMap<DeviceId, &'a Profile>,
    /// How often each device deviated in each way.
    pub(crate) deviations: BTreeMap<(DeviceId, &'a str), DeviationFold<'a>>,
    /// All readings in order; of two for the same place and time the last counts.
    pub(crate) readings: Vec<Reading<'a>>,
    /// What devices told of their trees, in order.
    pub(crate) discoveries: Vec<&'a Discovery>,
    /// What is new of each secure association.
    pub(crate) associations: BTreeMap<AssociationId, AssociationFold<'a>>,
    /// When each credential was last used, and whether it was right.
    pub(crate) uses: BTreeMap<CredentialId, (UnixTime, bool)>,
    /// Handshakes that came to nothing, in order.
    pub(crate) failures: Vec<&'a FailedHandshake>,
    /// Registrations that were turned down, in order.
    pub(crate) refusals: Vec<&'a RefusedRegistration>,
    /// The highest ids that the batch gives.
    pub(crate) highest: HighestIds,
}

/// Ids that must not be given again, even if nothing else of them is kept.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) struct HighestIds {
    pub(crate) device: Option<DeviceId>,
    pub(crate) observation: Option<ObservationId>,
    pub(crate) operation: Option<OperationId>,
}

/// What is new of one device. Written in this order: the registration, the time,
/// the end.
#[derive(Default, Debug)]
pub(crate) struct DeviceFold<'a> {
    /// Its name and the deviations of its Register, if it registered.
    pub(crate) introduced: Option<Introduction<'a>>,
    /// The registration as it is now, if anything but the time changed.
    pub(crate) registration: Option<&'a Registration>,
    /// When it was heard last.
    pub(crate) seen_at: Option<UnixTime>,
    /// How the registration ended, if it did and no other followed.
    pub(crate) ended: Option<(Departure, UnixTime)>,
}

/// What only a Register tells.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Introduction<'a> {
    pub(crate) endpoint: &'a EndpointName,
    pub(crate) deviations: &'a [Deviation],
}

/// What is new of one observation.
#[derive(Default, Debug)]
pub(crate) struct ObservationFold<'a> {
    /// The observation as it was announced last; what follows comes on top.
    pub(crate) announced: Option<&'a Observation>,
    /// Notifications since.
    pub(crate) notifications: u64,
    /// When the last of them came.
    pub(crate) last_at: Option<UnixTime>,
    /// Whether it is over.
    pub(crate) ended: bool,
}

/// How often one device deviated in one way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DeviationFold<'a> {
    pub(crate) count: u64,
    pub(crate) first_at: UnixTime,
    pub(crate) last_at: UnixTime,
    pub(crate) example: &'a str,
}

/// What is new of one association.
#[derive(Default, Debug)]
pub(crate) struct AssociationFold<'a> {
    /// As it was saved last.
    pub(crate) saved: Option<&'a SavedAssociation>,
    /// Where it went since, and when.
    pub(crate) moves: Vec<(UnixTime, Address)>,
    /// Where its receive window stands.
    pub(crate) newest: Option<u64>,
    /// Whether it is over.
    pub(crate) ended: bool,
}

/// One value with its place and time.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Reading<'a> {
    pub(crate) device: DeviceId,
    pub(crate) path: Path,
    pub(crate) time: UnixTime,
    pub(crate) value: &'a Value,
    pub(crate) source: ReadingSource,
}

/// Folds facts in the order they came true.
pub(crate) fn fold<'a>(facts: impl Iterator<Item = &'a Change>) -> Folded<'a> {
    let mut folded = Folded::default();
    facts.for_each(|fact| folded.add(fact));
    folded.drop_forgotten();
    folded
}

impl<'a> Folded<'a> {
    fn add(&mut self, fact: &'a Change) {
        match fact {
            Change::Registered {
                endpoint,
                registration,
                deviations,
            } => {
                let device = self.register(registration);
                device.introduced = Some(Introduction {
                    endpoint,
                    deviations,
                });
            }
            Change::Updated { registration } => {
                self.register(registration);
            }
            Change::Seen { device, at } => self.device(*device).seen_at = Some(*at),
            Change::Departed { device, cause, at } => {
                self.device(*device).ended = Some((*cause, *at))
            }
            Change::Forgotten { device } => {
                self.forgotten.insert(*device);
            }
            Change::Observed(observation) => {
                self.highest.observation = self.highest.observation.max(Some(observation.id));
                let fresh = ObservationFold {
                    announced: Some(observation),
                    ..ObservationFold::default()
                };
                self.observations.insert(observation.id, fresh);
            }
            Change::ObservationEnded { id } => {
                self.observations.insert(
                    *id,
                    ObservationFold {
                        ended: true,
                        ..ObservationFold::default()
                    },
                );
            }
            Change::Readings(readings) => self.add_readings(readings),
            Change::Operation(operation) => {
                self.highest.operation = self.highest.operation.max(Some(operation.id));
                self.operations.insert(operation.id, operation);
            }
            Change::Discovered(discovery) => self.discoveries.push(discovery),
            Change::Profiled { device, profile } => {
                self.profiles.insert(*device, profile);
            }
            Change::Deviated {
                device,
                at,
                deviations,
            } => self.count(*device, *at, deviations),
            Change::Security(fact) => self.add_security(fact),
        }
    }

    /// A registration is in force, so an end that came before it does not count.
    fn register(&mut self, registration: &'a Registration) -> &mut DeviceFold<'a> {
        self.highest.device = self.highest.device.max(Some(registration.device));
        let device = self.device(registration.device);
        device.registration = Some(registration);
        device.seen_at = Some(registration.seen_at);
        device.ended = None;
        device
    }

    fn add_readings(&mut self, readings: &'a Readings) {
        if let Some(id) = readings.observation {
            let observation = self.observations.entry(id).or_default();
            observation.notifications = observation.notifications.saturating_add(1);
            observation.last_at = Some(readings.arrived_at);
        }
        self.readings
            .extend(readings.values.iter().map(|timed| Reading {
                device: readings.device,
                path: timed.path,
                time: timed.taken_at.unwrap_or(readings.arrived_at),
                value: &timed.value,
                source: readings.source,
            }));
    }

    fn count(&mut self, device: DeviceId, at: UnixTime, deviations: &'a [Deviation]) {
        for deviation in deviations {
            let example = deviation.message.as_str();
            let fresh = DeviationFold {
                count: 0,
                first_at: at,
                last_at: at,
                example,
            };
            let known = self.deviations.entry((device, deviation.code));
            let known = known.or_insert(fresh);
            known.count = known.count.saturating_add(1);
            (known.last_at, known.example) = (at, example);
        }
    }

    fn add_security(&mut self, fact: &'a Fact) {
        match fact {
            Fact::CredentialUsed {
                credential,
                at,
                accepted,
            } => {
                self.uses.insert(*credential, (*at, *accepted));
            }
            Fact::HandshakeFailed(failed) => {
                if self.failures.len() < MAX_FAILURES {
                    self.failures.push(failed);
                }
            }
            Fact::RegistrationRefused(refused) => {
                if self.refusals.len() < MAX_FAILURES {
                    self.refusals.push(refused);
                }
            }
            Fact::Association(saved) => self.association(saved.id).saved = Some(saved),
            Fact::AssociationMoved {
                association,
                to,
                at,
            } => self.association(*association).moves.push((*at, *to)),
            Fact::AssociationEnded { association } => {
                let over = AssociationFold {
                    ended: true,
                    ..AssociationFold::default()
                };
                self.associations.insert(*association, over);
            }
            Fact::Positions(positions) => {
                for position in positions {
                    self.association(position.association).newest = Some(position.newest);
                }
            }
        }
    }

    fn association(&mut self, id: AssociationId) -> &mut AssociationFold<'a> {
        self.associations.entry(id).or_default()
    }

    fn drop_forgotten(&mut self) {
        let Self {
            forgotten,
            devices,
            observations,
            operations,
            readings,
            discoveries,
            profiles,
            deviations,
            ..
        } = self;
        if forgotten.is_empty() {
            return;
        }
        devices.retain(|device, _| !forgotten.contains(device));
        observations.retain(|_, news| {
            news.announced
                .is_none_or(|known| !forgotten.contains(&known.device))
        });
        operations.retain(|_, operation| !forgotten.contains(&operation.device));
        readings.retain(|reading| !forgotten.contains(&reading.device));
        discoveries.retain(|discovery| !forgotten.contains(&discovery.device));
        profiles.retain(|device, _| !forgotten.contains(device));
        deviations.retain(|(device, _), _| !forgotten.contains(device));
    }

    fn device(&mut self, id: DeviceId) -> &mut DeviceFold<'a> {
        self.devices.entry(id).or_default()
    }
}

/// How many failed handshakes of one batch are kept. They come from strangers, each
/// from another address if it pleases them, and a few hundred tell as much as all.
const MAX_FAILURES: usize = 256;

#[cfg(test)]
mod tests;
