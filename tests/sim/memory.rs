//! A store held in memory: what the rows of SQLite would be, kept as simply as can
//! be, and strict where the engine promises something. Beside the rows it keeps a
//! history of what was ever stored, which the checks ask. It never decides.

use crate::broken::Broken;
use clock::{Instant, UnixTime};
use lwm2m::{Path, Value};
use secure::{AssociationId, SavedAssociation};
use server::change::{Change, Readings};
use server::credential::Mode;
use server::ids::{DeviceId, EndpointName, Location, ObservationId, OperationId, Revision};
use server::observation::Observation;
use server::operation::{Ask, Operation, OperationState, Outcome, Priority, WriteMode};
use server::presence::AWAKE_WINDOW;
use server::profile::Profile;
use server::registration::Registration;
use server::security::Fact;
use server::snapshot::{KnownDevice, Snapshot};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// How long after its deadline the end of an operation may be stored: as long as a
/// disk may fail and stall.
pub(crate) const MOST_OVERTIME: Duration = Duration::from_secs(90);

/// What is stored, and what ever was.
#[derive(Default, Debug)]
pub(crate) struct Memory {
    pub(crate) revision: Revision,
    pub(crate) devices: BTreeMap<DeviceId, Row>,
    pub(crate) observations: BTreeMap<ObservationId, Observation>,
    /// Operations that have not ended.
    pub(crate) open: BTreeMap<OperationId, Open>,
    /// How every other operation ended.
    pub(crate) ended: BTreeMap<OperationId, Outcome>,
    /// Values by place and time; only where they are asked for, since a day has many.
    pub(crate) readings: Option<BTreeMap<(DeviceId, Path, UnixTime), Value>>,
    pub(crate) history: History,
    /// What is needed to go on with them.
    associations: BTreeMap<AssociationId, SavedAssociation>,
    last_device: Option<DeviceId>,
    last_observation: Option<ObservationId>,
    last_operation: Option<OperationId>,
}

/// A device's row.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Row {
    pub(crate) endpoint: EndpointName,
    pub(crate) registration: Option<Arc<Registration>>,
    /// How it proved itself in the last one that ended.
    security: Mode,
    pub(crate) profile: Option<Arc<Profile>>,
}

/// An operation's row before its end.
#[derive(Debug)]
pub(crate) struct Open {
    pub(crate) operation: Arc<Operation>,
    /// When it should have ended. A server that begins counts anew.
    deadline: Instant,
    /// The end of its time to wait.
    patience: Instant,
}

/// What was ever stored, whatever became of it.
#[derive(Default, Debug)]
pub(crate) struct History {
    /// Locations of registrations.
    pub(crate) registered: BTreeSet<Location>,
    /// When each location was heard, to the microsecond.
    pub(crate) heard: BTreeSet<(Location, UnixTime)>,
    /// Locations whose registrations are over.
    pub(crate) departed: BTreeSet<Location>,
    /// When values came in, by device.
    pub(crate) arrivals: BTreeSet<(DeviceId, UnixTime)>,
    /// Those of observations whose values count from then on.
    pub(crate) current: BTreeSet<(DeviceId, UnixTime)>,
    /// Devices that were forgotten.
    pub(crate) forgotten: BTreeSet<DeviceId>,
    /// How devices were ever treated.
    pub(crate) profiled: Vec<(DeviceId, Arc<Profile>)>,
    /// Priorities that operations ever had.
    pub(crate) ranked: BTreeSet<(OperationId, Priority)>,
    /// Operations that were ever sent.
    pub(crate) sent: BTreeSet<OperationId>,
    /// How often an operation got another place in line.
    pub(crate) moves: u64,
    /// Operations that the device carried out, with the number in their arguments.
    pub(crate) executed: Vec<u64>,
    /// Rows of values.
    pub(crate) values: u64,
    /// How long after its deadline the last operation ended that did.
    pub(crate) longest_overtime: Duration,
}

impl Memory {
    /// Stores a batch.
    ///
    /// # Errors
    /// The first fact that cannot be true after the facts before it.
    pub(crate) fn apply(
        &mut self,
        now: Instant,
        revision: Revision,
        changes: &[Change],
    ) -> Result<(), Broken> {
        if revision.0 != self.revision.0 + 1 {
            return Err(format!(
                "revision {} follows {}",
                revision.0, self.revision.0
            ));
        }
        self.revision = revision;
        changes
            .iter()
            .try_for_each(|change| self.apply_one(now, change))
    }

    fn apply_one(&mut self, now: Instant, change: &Change) -> Result<(), Broken> {
        match change {
            Change::Registered {
                endpoint,
                registration,
                ..
            } => self.register(endpoint, registration),
            Change::Updated { registration } => self.update(registration),
            Change::Seen { device, at } => {
                let registration = self.in_force(*device, "heard")?;
                Arc::make_mut(registration).seen_at = *at;
                let location = registration.location;
                self.history.heard.insert((location, *at));
                Ok(())
            }
            Change::Departed { device, .. } => {
                let own = self.in_force(*device, "gone")?;
                let (location, security) = (own.location, own.security);
                self.history.departed.insert(location);
                let row = self.row(*device)?;
                (row.registration, row.security) = (None, security);
                Ok(())
            }
            Change::Forgotten { device } => self.forget(*device),
            Change::Observed(observation) => {
                self.row(observation.device)?;
                self.last_observation = self.last_observation.max(Some(observation.id));
                self.observations
                    .insert(observation.id, observation.clone());
                Ok(())
            }
            Change::ObservationEnded { id } => match self.observations.remove(id) {
                Some(_) => Ok(()),
                None => Err(format!("{id:?} ended and had never begun")),
            },
            Change::Readings(readings) => self.keep(readings),
            Change::Operation(operation) => self.advance(now, operation),
            Change::Discovered(discovery) => self.row(discovery.device).map(drop),
            Change::Deviated { device, .. } => self.row(*device).map(drop),
            Change::Security(fact) => {
                self.keep_security(fact);
                Ok(())
            }
            Change::Profiled { device, profile } => {
                self.row(*device)?.profile = Some(profile.clone());
                self.history.profiled.push((*device, profile.clone()));
                Ok(())
            }
        }
    }

    fn keep_security(&mut self, fact: &Fact) {
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
            | Fact::RegistrationRefused(_) => {}
        }
    }

    fn register(
        &mut self,
        endpoint: &EndpointName,
        registration: &Arc<Registration>,
    ) -> Result<(), Broken> {
        let id = registration.device;
        let twin = self
            .devices
            .iter()
            .find(|(other, row)| **other != id && row.endpoint == *endpoint);
        if let Some((other, _)) = twin {
            return Err(format!("{endpoint} is {other:?} and {id:?} at once"));
        }
        if !self.history.registered.insert(registration.location) {
            return Err(format!("{:?} was given twice", registration.location));
        }
        self.history
            .heard
            .insert((registration.location, registration.seen_at));
        self.last_device = self.last_device.max(Some(id));
        let profile = self.devices.get(&id).and_then(|row| row.profile.clone());
        let row = Row {
            endpoint: endpoint.clone(),
            registration: Some(registration.clone()),
            security: registration.security,
            profile,
        };
        if let Some(Row {
            registration: Some(former),
            ..
        }) = self.devices.insert(id, row)
        {
            self.history.departed.insert(former.location);
        }
        Ok(())
    }

    fn update(&mut self, registration: &Arc<Registration>) -> Result<(), Broken> {
        let own = self.in_force(registration.device, "updated")?;
        if own.location != registration.location {
            return Err(format!(
                "an Update moved {:?} to {:?}",
                own.location, registration.location
            ));
        }
        *own = registration.clone();
        self.history
            .heard
            .insert((registration.location, registration.seen_at));
        Ok(())
    }

    fn forget(&mut self, device: DeviceId) -> Result<(), Broken> {
        if let Some(open) = self
            .open
            .values()
            .find(|open| open.operation.device == device)
        {
            return Err(format!(
                "{device:?} is forgotten while {:?} is under way",
                open.operation.id
            ));
        }
        self.row(device)?;
        self.devices.remove(&device);
        self.observations
            .retain(|_, observation| observation.device != device);
        if let Some(readings) = &mut self.readings {
            readings.retain(|(owner, ..), _| *owner != device);
        }
        self.history.forgotten.insert(device);
        Ok(())
    }

    fn keep(&mut self, readings: &Readings) -> Result<(), Broken> {
        let Readings {
            device,
            observation,
            arrived_at,
            values,
            ..
        } = readings;
        self.row(*device)?;
        if let Some(id) = observation {
            let own = self
                .observations
                .get_mut(id)
                .ok_or_else(|| format!("values came for {id:?}, which is over"))?;
            own.notifications += 1;
            own.last_at = Some(*arrived_at);
            if values.iter().any(|value| value.taken_at.is_none()) {
                self.history.current.insert((*device, *arrived_at));
            }
        }
        self.history.arrivals.insert((*device, *arrived_at));
        self.history.values += values.len() as u64;
        if let Some(kept) = &mut self.readings {
            for value in values {
                kept.insert(
                    (*device, value.path, value.taken_at.unwrap_or(*arrived_at)),
                    value.value.clone(),
                );
            }
        }
        Ok(())
    }

    /// An operation begins queued, is sent, and ends once; it may skip steps, never
    /// go back.
    fn advance(&mut self, now: Instant, operation: &Arc<Operation>) -> Result<(), Broken> {
        let id = operation.id;
        if self.ended.contains_key(&id) {
            return Err(format!("{id:?} has ended and is now {:?}", operation.state));
        }
        self.row(operation.device)?;
        self.last_operation = self.last_operation.max(Some(id));
        let former = self.open.get(&id);
        let to_wait = now + operation.ttl.unwrap_or(operation.timeout);
        let patience = former.map_or(to_wait, |open| open.patience);
        let deadline = match &operation.state {
            // What waited on its own time has all of the other from here on.
            OperationState::Sent if operation.ttl.is_some() => now + operation.timeout,
            OperationState::Queued => patience,
            _ => former.map_or(to_wait, |open| open.deadline),
        };
        let was_sent = former.is_some_and(|open| open.operation.state == OperationState::Sent);
        let rank = |own: &Operation| (own.priority, own.place);
        let moved = former.is_some_and(|open| rank(&open.operation) != rank(operation));
        self.history.moves += u64::from(moved);
        self.history.ranked.insert((id, operation.priority));
        if operation.state == OperationState::Sent {
            self.has_its_turn(now, operation, patience)?;
            self.history.sent.insert(id);
        }
        match &operation.state {
            OperationState::Queued if was_sent && !self.may_be_repeated(operation) => {
                Err(format!("{id:?} went back into the queue"))
            }
            OperationState::Sent if was_sent => Err(format!("{id:?} was sent twice")),
            OperationState::Queued | OperationState::Sent => {
                self.open.insert(
                    id,
                    Open {
                        operation: operation.clone(),
                        deadline,
                        patience,
                    },
                );
                Ok(())
            }
            OperationState::Ended(ending) => {
                self.open.remove(&id);
                self.ended.insert(id, ending.outcome);
                let overtime = now.since(deadline);
                self.history.longest_overtime = self.history.longest_overtime.max(overtime);
                if overtime > MOST_OVERTIME {
                    return Err(format!("{id:?} ends {overtime:?} after its deadline"));
                }
                if ending.outcome == Outcome::Success {
                    self.history
                        .executed
                        .extend(execution_number(&operation.ask));
                }
                Ok(())
            }
        }
    }

    /// Whether an operation may be sent now: nothing that waits for the device goes
    /// before it, and its time to wait is not over (conformance QM-03).
    fn has_its_turn(
        &self,
        now: Instant,
        operation: &Operation,
        patience: Instant,
    ) -> Result<(), Broken> {
        let rank = |own: &Operation| (own.priority, own.place, own.id);
        let mut waiting = self
            .open
            .values()
            .map(|open| &open.operation)
            .filter(|own| own.device == operation.device && own.id != operation.id);
        let overtaken =
            waiting.find(|own| own.state == OperationState::Queued && rank(own) < rank(operation));
        if let Some(other) = overtaken {
            let (first, then) = (rank(other), rank(operation));
            return Err(format!("QM-03: {then:?} is sent before {first:?}"));
        }
        if now.since(patience) > MOST_OVERTIME {
            return Err(format!(
                "QM-03: {:?} is sent after its time to wait",
                operation.id
            ));
        }
        Ok(())
    }

    /// Whether a sleeping device may be asked it a second time (conformance QM-04).
    fn may_be_repeated(&self, operation: &Operation) -> bool {
        let row = self.devices.get(&operation.device);
        let registration = row.and_then(|row| row.registration.as_ref());
        let profile = row.and_then(|row| row.profile.as_ref());
        operation.ask.is_repeatable()
            && registration.is_some_and(|own| own.queue_mode)
            && profile.is_none_or(|own| own.requeues())
    }

    /// A server begins, and gives what is open its whole time again, but not what
    /// waits for a sleeper.
    pub(crate) fn server_begins(&mut self, now: Instant) {
        for open in self.open.values_mut() {
            let waits = open.operation.expires_at().is_some() && open.operation.ttl.is_some();
            if !waits {
                open.deadline = now + open.operation.timeout;
                open.patience = open.deadline;
            }
        }
    }

    /// The longest that a device was ever said to listen after it was heard.
    pub(crate) fn longest_window(&self, device: DeviceId) -> Duration {
        let own = self.history.profiled.iter();
        let own = own.filter(|(other, _)| *other == device);
        let windows = own.map(|(_, profile)| profile.awake_window());
        windows.max().unwrap_or_default().max(AWAKE_WINDOW)
    }

    /// A Write that still waits, was never sent, and should have given way to a newer
    /// one for the same path.
    pub(crate) fn left_behind(
        &self,
        newer: OperationId,
        what: (DeviceId, Path),
    ) -> Option<OperationId> {
        let (device, path) = what;
        let like = |operation: &Operation| {
            let writes = matches!(&operation.ask, Ask::Write { path: own, mode, .. }
                if *own == path && *mode == WriteMode::Replace);
            writes && operation.device == device && operation.state == OperationState::Queued
        };
        let older = self
            .open
            .range(..newer)
            .map(|(id, open)| (*id, &open.operation));
        let mut older = older.filter(|(id, own)| like(own) && !self.history.sent.contains(id));
        older.next().map(|(id, _)| id)
    }

    /// What a server would start from.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let known = |(id, row): (&DeviceId, &Row)| KnownDevice {
            id: *id,
            endpoint: row.endpoint.clone(),
            registration: row.registration.clone(),
            security: row
                .registration
                .as_ref()
                .map_or(row.security, |own| own.security),
            profile: row.profile.clone(),
        };
        Snapshot {
            revision: self.revision,
            devices: self.devices.iter().map(known).collect(),
            observations: self.observations.values().cloned().collect(),
            operations: self
                .open
                .values()
                .map(|open| (*open.operation).clone())
                .collect(),
            credentials: Vec::new(),
            anchors: Vec::new(),
            associations: self.associations.values().cloned().collect(),
            last_device: self.last_device,
            last_observation: self.last_observation,
            last_operation: self.last_operation,
        }
    }

    /// Whether an operation has a row.
    pub(crate) fn knows(&self, id: OperationId) -> bool {
        self.open.contains_key(&id) || self.ended.contains_key(&id)
    }

    /// The device of that name.
    pub(crate) fn device(&self, endpoint: &str) -> Option<(DeviceId, &Row)> {
        self.devices
            .iter()
            .find(|(_, row)| row.endpoint.as_str() == endpoint)
            .map(|(id, row)| (*id, row))
    }

    fn row(&mut self, device: DeviceId) -> Result<&mut Row, Broken> {
        self.devices
            .get_mut(&device)
            .ok_or_else(|| format!("a fact about {device:?}, of which nothing is known"))
    }

    fn in_force(&mut self, device: DeviceId, what: &str) -> Result<&mut Arc<Registration>, Broken> {
        let row = self.row(device)?;
        row.registration
            .as_mut()
            .ok_or_else(|| format!("{device:?} is {what} without a registration"))
    }
}

/// The number that the operator wrote into the arguments of an Execute.
pub(crate) fn execution_number(ask: &Ask) -> Option<u64> {
    let Ask::Execute {
        arguments: Some(text),
        ..
    } = ask
    else {
        return None;
    };
    number_in(text)
}

/// The arguments of an Execute that carries a number, and back.
pub(crate) fn arguments_with(number: u64) -> String {
    format!("0='{number}'")
}

/// See [`arguments_with`].
pub(crate) fn number_in(arguments: &str) -> Option<u64> {
    arguments
        .strip_prefix("0='")?
        .strip_suffix('\'')?
        .parse()
        .ok()
}
