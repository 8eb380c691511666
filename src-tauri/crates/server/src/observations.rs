//! The table of observations: by id, by device and target, by what their
//! notifications carry. A table only: `dispatch` makes them, `report` reads what
//! comes in, `lifecycle` voids them.

use crate::ids::{DeviceId, ObservationId};
use crate::observation::{Observation, ObservationLink, Target, TargetKey};
use clock::UnixTime;
use std::collections::BTreeMap;
use std::time::Duration;

/// All observations, in force or wished for.
#[derive(Debug, Default)]
pub struct Observations {
    by_id: BTreeMap<ObservationId, Observation>,
    /// What each device observes, in the order of its targets.
    by_target: BTreeMap<DeviceId, BTreeMap<TargetKey, ObservationId>>,
    by_link: BTreeMap<ObservationLink, ObservationId>,
    /// When the newest notification of each came in, and how many it overtook since.
    newest: BTreeMap<ObservationId, (UnixTime, u64)>,
    last: i64,
}

impl Observations {
    /// Makes sure that no id up to `last` is given again.
    pub fn reserve(&mut self, last: ObservationId) {
        self.last = self.last.max(last.0);
    }

    /// An id that was never given before.
    pub fn next_id(&mut self) -> ObservationId {
        self.last = self.last.saturating_add(1);
        ObservationId(self.last)
    }

    /// Takes in an observation, or its new state.
    pub fn put(&mut self, observation: Observation) {
        self.reserve(observation.id);
        self.unlink(observation.id);
        if let Some(link) = observation.link {
            self.by_link.insert(link, observation.id);
        }
        self.by_target
            .entry(observation.device)
            .or_default()
            .insert(observation.target.key(), observation.id);
        self.by_id.insert(observation.id, observation);
    }

    /// Removes an observation.
    pub fn remove(&mut self, id: ObservationId) -> Option<Observation> {
        self.newest.remove(&id);
        self.unlink(id)
    }

    fn unlink(&mut self, id: ObservationId) -> Option<Observation> {
        let observation = self.by_id.remove(&id)?;
        if let Some(link) = observation.link {
            self.by_link.remove(&link);
        }
        if let Some(own) = self.by_target.get_mut(&observation.device) {
            own.remove(&observation.target.key());
            if own.is_empty() {
                self.by_target.remove(&observation.device);
            }
        }
        Some(observation)
    }

    /// The observation of a target.
    #[must_use]
    pub fn of_target(&self, device: DeviceId, target: &Target) -> Option<&Observation> {
        let own = self.by_target.get(&device)?;
        self.by_id.get(own.get(&target.key())?)
    }

    /// The observation that a notification belongs to.
    #[must_use]
    pub fn of_link(&self, link: ObservationLink) -> Option<&Observation> {
        self.by_id.get(self.by_link.get(&link)?)
    }

    /// The same, to count a notification. Link, device and target must stay.
    pub fn of_link_mut(&mut self, link: ObservationLink) -> Option<&mut Observation> {
        self.by_id.get_mut(self.by_link.get(&link)?)
    }

    /// Notes that a value came in that is newer than all before it.
    pub fn note_newest(&mut self, id: ObservationId, at: UnixTime) {
        self.newest.insert(id, (at, 0));
    }

    /// A time for a notification that was overtaken: before that of the newest one, so
    /// that it is history and not the current value (RFC 7641 §3.4; conformance OB-04),
    /// and no other's, so that both are kept.
    pub fn time_behind(&mut self, id: ObservationId, now: UnixTime) -> UnixTime {
        let (newest, overtaken) = self.newest.entry(id).or_insert((now, 0));
        *overtaken = overtaken.saturating_add(1);
        *newest - Duration::from_micros(*overtaken)
    }

    /// The observations of a device, by target.
    pub fn of_device(&self, device: DeviceId) -> Vec<Observation> {
        let own = self.by_target.get(&device).into_iter().flatten();
        own.filter_map(|(_, id)| self.by_id.get(id).cloned())
            .collect()
    }

    /// Every observation.
    pub fn iter(&self) -> impl Iterator<Item = &Observation> {
        self.by_id.values()
    }
}
