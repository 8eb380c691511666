//! What was committed, as a store would hold it: to start the server again from, and to
//! compare its belief with.

use server::Batch;
use server::Server;
use server::change::Change;
use server::credential::Mode;
use server::ids::{DeviceId, EndpointName, Location, ObservationId, OperationId, Revision};
use server::observation::Observation;
use server::operation::{Operation, OperationState};
use server::registration::Registration;
use server::snapshot::{KnownDevice, Snapshot};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A store that forgets nothing but what it is told to.
#[derive(Default)]
pub(super) struct Memory {
    pub(super) revision: Revision,
    devices: BTreeMap<DeviceId, (EndpointName, Option<Arc<Registration>>)>,
    observations: BTreeMap<ObservationId, Observation>,
    operations: BTreeMap<OperationId, Arc<Operation>>,
    /// Every location ever stored.
    pub(super) locations: BTreeSet<Location>,
    last: (Option<DeviceId>, Option<ObservationId>, Option<OperationId>),
}

impl Memory {
    /// Stores a batch, which must follow on what is there.
    pub(super) fn store(&mut self, batch: &Batch) {
        assert_eq!(
            batch.revision.0,
            self.revision.0 + 1,
            "revisions rise by one"
        );
        self.revision = batch.revision;
        batch.changes.iter().for_each(|change| self.take(change));
    }

    fn take(&mut self, change: &Change) {
        match change {
            Change::Registered {
                endpoint,
                registration,
                ..
            } => {
                self.last.0 = self.last.0.max(Some(registration.device));
                self.locations.insert(registration.location);
                let known = (endpoint.clone(), Some(registration.clone()));
                self.devices.insert(registration.device, known);
            }
            Change::Updated { registration } => {
                *self.registration(registration.device) = Some(registration.clone());
            }
            Change::Seen { device, at } => {
                let own = self.registration(*device).as_mut();
                Arc::make_mut(own.expect("who is seen is registered")).seen_at = *at;
            }
            Change::Departed { device, .. } => *self.registration(*device) = None,
            Change::Forgotten { device } => {
                self.devices.remove(device);
                self.observations.retain(|_, own| own.device != *device);
                self.operations.retain(|_, own| own.device != *device);
            }
            Change::Observed(own) => {
                self.last.1 = self.last.1.max(Some(own.id));
                self.observations.insert(own.id, own.clone());
            }
            Change::ObservationEnded { id } => {
                let ended = self.observations.remove(id);
                assert!(ended.is_some(), "an observation ends once");
            }
            Change::Readings(readings) => {
                assert!(self.devices.contains_key(&readings.device));
            }
            Change::Operation(own) => {
                self.last.2 = self.last.2.max(Some(own.id));
                let former = self.operations.insert(own.id, own.clone());
                let ended = former.is_some_and(|own| has_ended(&own));
                assert!(!ended, "operation {} ends once", own.id.0);
            }
            // For people to look at; the server never asks for it again.
            _ => {}
        }
    }

    fn registration(&mut self, device: DeviceId) -> &mut Option<Arc<Registration>> {
        let known = self.devices.get_mut(&device);
        &mut known.expect("a fact about a known device").1
    }

    /// What a start after a crash would find.
    pub(super) fn snapshot(&self) -> Snapshot {
        let devices = self.devices.iter();
        let known = devices.map(|(id, (endpoint, registration))| KnownDevice {
            id: *id,
            endpoint: endpoint.clone(),
            registration: registration.clone(),
            security: Mode::NoSec,
            profile: None,
        });
        let operations = self.operations.values().filter(|own| !has_ended(own));
        Snapshot {
            revision: self.revision,
            devices: known.collect(),
            observations: self.observations.values().cloned().collect(),
            operations: operations.map(|own| Operation::clone(own)).collect(),
            credentials: Vec::new(),
            anchors: Vec::new(),
            associations: Vec::new(),
            last_device: self.last.0,
            last_observation: self.last.1,
            last_operation: self.last.2,
        }
    }

    /// Sees that the server believes what is stored. Only while nothing waits.
    pub(super) fn assert_equals(&self, server: &Server) {
        let (devices, observations) = server.belief();
        let believed = devices
            .iter()
            .filter_map(|(id, device)| Some((id, device.registration.as_deref()?)));
        let stored = self
            .devices
            .iter()
            .filter_map(|(id, (_, registration))| Some((*id, registration.as_deref()?)));
        assert!(
            believed.eq(stored),
            "registrations as believed and as stored"
        );
        let key = |own: &Observation| (own.id, own.target.clone(), own.link);
        let stored = self.observations.values().map(key);
        assert!(observations.iter().map(key).eq(stored), "observations too");
    }

    /// Sees that nothing asked of a device is still open.
    pub(super) fn assert_all_ended(&self) {
        for own in self.operations.values() {
            assert!(has_ended(own), "{own:?} never ended");
        }
    }

    /// The operations ever stored.
    pub(super) fn operations(&self) -> Vec<OperationId> {
        self.operations.keys().copied().collect()
    }
}

fn has_ended(operation: &Operation) -> bool {
    matches!(operation.state, OperationState::Ended(_))
}
