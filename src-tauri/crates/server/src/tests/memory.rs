//! A store that holds what was committed, so that the engine can be started again
//! from it and compared with it.

use crate::change::{Change, Readings};
use crate::credential::Mode;
use crate::discovery::Discovery;
use crate::engine_io::Batch;
use crate::ids::{DeviceId, EndpointName, ObservationId, OperationId, Revision};
use crate::observation::Observation;
use crate::operation::{Operation, OperationState};
use crate::profile::Profile;
use crate::registration::Registration;
use crate::security::Fact;
use crate::server::Server;
use crate::snapshot::{KnownDevice, Snapshot};
use lwm2m::deviation::Deviation;
use secure::{AssociationId, SavedAssociation};
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Default)]
pub(super) struct Memory {
    pub(super) revision: Revision,
    pub(super) devices: BTreeMap<DeviceId, (EndpointName, Option<Arc<Registration>>)>,
    /// How each device proved itself last.
    security_modes: BTreeMap<DeviceId, Mode>,
    pub(super) observations: BTreeMap<ObservationId, Observation>,
    pub(super) operations: BTreeMap<OperationId, Arc<Operation>>,
    pub(super) readings: Vec<Readings>,
    pub(super) discoveries: Vec<Discovery>,
    pub(super) profiles: BTreeMap<DeviceId, Arc<Profile>>,
    pub(super) deviations: Vec<Deviation>,
    pub(super) associations: BTreeMap<AssociationId, SavedAssociation>,
    /// Handshakes and credentials, as they were noted.
    pub(super) security: Vec<Fact>,
    last: (Option<DeviceId>, Option<ObservationId>, Option<OperationId>),
}

impl Memory {
    /// Stores a batch and sees that it follows on what is there.
    pub(super) fn store(&mut self, batch: &Batch) {
        assert_eq!(
            batch.revision.0,
            self.revision.0 + 1,
            "revisions rise by one"
        );
        self.revision = batch.revision;
        for change in batch.changes.iter() {
            self.take(change);
        }
    }

    fn take(&mut self, change: &Change) {
        match change {
            Change::Registered {
                endpoint,
                registration,
                ..
            } => {
                self.last.0 = self.last.0.max(Some(registration.device));
                self.note_security(registration);
                self.devices.insert(
                    registration.device,
                    (endpoint.clone(), Some(registration.clone())),
                );
            }
            Change::Updated { registration } => {
                self.note_security(registration);
                *self.registration(registration.device) = Some(registration.clone());
            }
            Change::Seen { device, at } => {
                let own = self
                    .registration(*device)
                    .as_mut()
                    .expect("who is seen is registered");
                Arc::make_mut(own).seen_at = *at;
            }
            Change::Departed { device, .. } => *self.registration(*device) = None,
            Change::Forgotten { device } => {
                self.devices.remove(device);
                self.profiles.remove(device);
                self.observations.retain(|_, own| own.device != *device);
                self.operations.retain(|_, own| own.device != *device);
            }
            Change::Observed(own) => {
                self.last.1 = self.last.1.max(Some(own.id));
                self.observations.insert(own.id, own.clone());
            }
            Change::ObservationEnded { id } => {
                assert!(
                    self.observations.remove(id).is_some(),
                    "an observation ends once"
                );
            }
            Change::Readings(readings) => self.readings.push(readings.clone()),
            Change::Discovered(discovery) => self.discoveries.push(discovery.clone()),
            Change::Profiled { device, profile } => {
                self.profiles.insert(*device, profile.clone());
            }
            Change::Deviated {
                device, deviations, ..
            } => {
                assert!(self.devices.contains_key(device), "of a known device");
                self.deviations.extend(deviations.iter().cloned());
            }
            Change::Security(fact) => self.keep(fact),
            Change::Operation(own) => {
                self.last.2 = self.last.2.max(Some(own.id));
                let former = self.operations.insert(own.id, own.clone());
                let ended = former.is_some_and(|own| matches!(own.state, OperationState::Ended(_)));
                assert!(!ended, "operation {} ends once", own.id.0);
            }
        }
    }

    fn keep(&mut self, fact: &Fact) {
        match fact {
            Fact::Association(saved) => {
                self.associations
                    .insert(saved.id, SavedAssociation::clone(saved));
            }
            Fact::AssociationMoved {
                association, to, ..
            } => {
                if let Some(saved) = self.associations.get_mut(association) {
                    saved.address = *to;
                }
            }
            Fact::AssociationEnded { association } => {
                self.associations.remove(association);
            }
            Fact::Positions(positions) => {
                for position in positions {
                    if let Some(saved) = self.associations.get_mut(&position.association) {
                        saved.newest = Some(position.newest);
                    }
                }
            }
            Fact::CredentialUsed { .. }
            | Fact::HandshakeFailed(_)
            | Fact::RegistrationRefused(_) => self.security.push(fact.clone()),
        }
    }

    fn note_security(&mut self, own: &Registration) {
        self.security_modes.insert(own.device, own.security);
    }

    fn registration(&mut self, device: DeviceId) -> &mut Option<Arc<Registration>> {
        &mut self
            .devices
            .get_mut(&device)
            .expect("a fact about a known device")
            .1
    }

    /// What a start after a crash would find.
    pub(super) fn snapshot(&self) -> Snapshot {
        let ended = |own: &&Arc<Operation>| matches!(own.state, OperationState::Ended(_));
        let known =
            |(id, (endpoint, registration)): (&DeviceId, &(EndpointName, Option<_>))| KnownDevice {
                id: *id,
                endpoint: endpoint.clone(),
                registration: registration.clone(),
                security: self.security_modes[id],
                profile: self.profiles.get(id).cloned(),
            };
        Snapshot {
            revision: self.revision,
            devices: self.devices.iter().map(known).collect(),
            observations: self.observations.values().cloned().collect(),
            operations: self
                .operations
                .values()
                .filter(|own| !ended(own))
                .map(|own| Operation::clone(own))
                .collect(),
            credentials: Vec::new(),
            anchors: Vec::new(),
            associations: self.associations.values().cloned().collect(),
            last_device: self.last.0,
            last_observation: self.last.1,
            last_operation: self.last.2,
        }
    }

    /// Sees that the engine believes what is stored. Only while nothing waits.
    pub(super) fn assert_equals(&self, server: &Server) {
        let (devices, observations) = server.belief();
        let believed: Vec<_> = devices
            .iter()
            .filter_map(|(id, device)| Some((id, device.registration.as_deref()?)))
            .collect();
        let stored: Vec<_> = self
            .devices
            .iter()
            .filter_map(|(id, (_, registration))| Some((*id, registration.as_deref()?)))
            .collect();
        assert_eq!(believed, stored, "registrations");
        let believed: Vec<_> = observations
            .iter()
            .map(|own| (own.id, own.target.clone(), own.link))
            .collect();
        let stored: Vec<_> = self
            .observations
            .values()
            .map(|own| (own.id, own.target.clone(), own.link))
            .collect();
        assert_eq!(believed, stored, "observations");
    }
}
