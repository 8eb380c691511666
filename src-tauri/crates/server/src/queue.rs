//! What waits for a device, above all for one that sleeps: how long, in which order,
//! what takes whose place, and what becomes of a request that the device slept
//! through (Transport 1.1.1 §6.5; conformance QM).
//!
//! `operations` is the table of it, `presence` knows whether the device listens, and
//! `dispatch` sends what has its turn.

use crate::change::Change;
use crate::engine_io::{CommandError, Event};
use crate::ids::{DeviceId, OperationId};
use crate::operation::{
    Ask, Ending, Operation, OperationState, Outcome, Priority, Terms, WriteMode,
};
use crate::presence::words;
use crate::profile::WakeOn;
use crate::server::{QUEUE_TTL, Server};
use lwm2m::Path;
use std::sync::Arc;
use std::time::Duration;

impl Server {
    /// How long an operation may wait to be sent, if that counts by itself.
    pub(crate) fn time_to_wait(&self, device: DeviceId, terms: &Terms) -> Option<Duration> {
        let sleeps = || {
            self.devices
                .registration(device)
                .is_some_and(|own| own.queue_mode)
        };
        match (terms.ttl, terms.timeout) {
            (Some(ttl), _) => Some(ttl),
            (None, None) if sleeps() => Some(QUEUE_TTL),
            (None, _) => None,
        }
    }

    /// Whether an operation takes the place of its like, as asked, else as the device's
    /// profile says.
    pub(crate) fn supersedes(&self, device: DeviceId, ask: &Ask, terms: &Terms) -> bool {
        let usual = || self.profile(device).is_some_and(|own| own.latest_wins());
        matches!(ask, Ask::Write { .. }) && terms.latest_wins.unwrap_or_else(usual)
    }

    /// Notes that a device was heard and surely listens: it registered, updated or
    /// answered.
    pub(crate) fn hear(&mut self, device: DeviceId) {
        if self.devices.hear(self.now.instant, device) {
            self.event(Event::Presence(device));
        }
    }

    /// Notes that a device reported by itself, which may show that it listens
    /// (conformance IR-07).
    pub(crate) fn hear_report(&mut self, device: DeviceId) {
        let profile = self.profile(device);
        if profile.is_none_or(|own| own.wake_on() == WakeOn::Any) {
            self.hear(device);
        }
    }

    /// Takes in that a device did not answer an operation. In queue mode it counts as
    /// asleep, and what may be repeated waits for it to wake. Says whether it does
    /// (conformance QM-04).
    pub(crate) fn sleep_through(&mut self, id: OperationId, reason: &str) -> bool {
        let Some(active) = self.operations.get(id) else {
            return false;
        };
        let (device, repeatable) = (
            active.operation.device,
            active.operation.ask.is_repeatable(),
        );
        if !self.devices.miss(device) {
            return false;
        }
        self.event(Event::Presence(device));
        let requeues = self.profile(device).is_none_or(|own| own.requeues());
        if !repeatable || !requeues {
            return false;
        }
        let Some(operation) = self.operations.put_back(id) else {
            return false;
        };
        let operation = Arc::new(operation.clone());
        self.record(Change::Operation(operation));
        self.event(Event::Progress {
            operation: id,
            text: format!("{reason}; it waits for the device to wake"),
        });
        true
    }

    /// Ends the Writes that wait behind nothing but this newer one for the same path
    /// (conformance QM-03).
    pub(crate) fn supersede(&mut self, newer: OperationId) {
        let Some(own) = self.operations.get(newer).map(|active| &active.operation) else {
            return;
        };
        let Some(written) = written(own) else {
            return;
        };
        let waiting = self.operations.of_device(own.device);
        let older = waiting.into_iter().filter(|id| *id < newer);
        let older: Vec<OperationId> = older
            .filter_map(|id| self.operations.get(id))
            .map(|active| &active.operation)
            .filter(|other| {
                other.state == OperationState::Queued && self::written(other) == Some(written)
            })
            .map(|other| other.id)
            .collect();
        let reason = format!("operation {} writes the same path later", newer.0);
        for id in older {
            self.withdraw(id, &reason);
        }
    }

    /// Gives an operation that waits another place in line.
    pub(crate) fn rearrange(
        &mut self,
        id: OperationId,
        priority: Option<Priority>,
        position: Option<usize>,
    ) -> Result<(), CommandError> {
        if let Some(reason) = self.stalled() {
            return Err(CommandError::StorageUnavailable(reason.to_owned()));
        }
        self.operations
            .get(id)
            .ok_or(CommandError::NotUnderWay(id))?;
        let changed = self
            .operations
            .rearrange(id, priority, position)
            .ok_or(CommandError::NotWaiting(id))?;
        for operation in changed {
            self.record(Change::Operation(Arc::new(operation)));
        }
        Ok(())
    }

    /// Ends an operation whose time is over; the words tell what did not happen in it
    /// (conformance DM-21).
    pub(crate) fn time_out(&mut self, id: OperationId) {
        let Some(active) = self.operations.get(id) else {
            return;
        };
        let own = &active.operation;
        let device = self.devices.get(own.device);
        let sleeps = device.is_some_and(|known| known.is_asleep(self.now.instant));
        let detail = match (&own.state, own.ttl) {
            (OperationState::Sent, _) => format!(
                "it was sent, and its time of {} was over before the device answered",
                words(own.timeout)
            ),
            (_, ttl) => {
                let span = words(ttl.unwrap_or(own.timeout));
                let what = if active.was_sent {
                    "the device did not answer, and did not wake again"
                } else if sleeps {
                    "it was never sent: the device did not wake"
                } else {
                    "it was never sent: its turn did not come"
                };
                format!("{what} within {span}")
            }
        };
        let ending = Ending::without_answer(Outcome::TimedOut, detail, self.now.unix);
        self.end(id, ending);
    }
}

/// What a Write writes, for it to be another's equal.
const fn written(operation: &Operation) -> Option<(Path, WriteMode)> {
    match &operation.ask {
        Ask::Write { path, mode, .. } => Some((*path, *mode)),
        _ => None,
    }
}
