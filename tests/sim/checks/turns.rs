//! Rules about what waits: it goes in its turn, to who listens, and gives way to who was
//! to take its place (conformance QM). What the store must not be told stands in `memory`.

use crate::broken::Broken;
use crate::memory::{MOST_OVERTIME, Memory};
use clock::Instant;
use coap::{Message, Token};
use lwm2m::Path;
use server::ids::{DeviceId, EndpointName, OperationId};
use server::operation::Priority;
use server::profile::Profile;
use server::registration::Registration;
use std::collections::{BTreeMap, BTreeSet};

/// What is remembered of devices that sleep and of what waits for them.
#[derive(Default, Debug)]
pub(super) struct Turns {
    /// When each device was heard last by the server that runs.
    heard: BTreeMap<usize, Instant>,
    /// Requests that left already; what comes again is a repetition.
    left: BTreeSet<(usize, u16, Token)>,
    /// Writes that were accepted in the place of others, with what they write.
    latest: Vec<(OperationId, (DeviceId, Path))>,
}

impl Turns {
    pub(super) fn server_begins(&mut self) {
        self.heard.clear();
        self.latest.clear();
    }

    pub(super) fn hear(&mut self, now: Instant, device: usize) {
        self.heard.insert(device, now);
    }

    /// QM-02: a device in queue mode is asked only what it can hear.
    pub(super) fn server_asks(
        &mut self,
        now: Instant,
        device: usize,
        message: &Message,
        registration: &Registration,
        memory: &Memory,
    ) -> Result<(), Broken> {
        let fresh = self.left.insert((device, message.mid, message.token));
        if !fresh || !registration.queue_mode {
            return Ok(());
        }
        let window = memory.longest_window(registration.device);
        let silence = self.heard.get(&device).map(|at| now.since(*at));
        // What was due while it listened may wait for the disk.
        if silence.is_some_and(|silence| silence <= window + MOST_OVERTIME) {
            return Ok(());
        }
        Err(format!(
            "QM-02: device {device} sleeps, and is asked {silence:?} after it was heard"
        ))
    }

    /// A Write was accepted that takes the place of others.
    pub(super) fn takes_place(&mut self, id: OperationId, path: Path, memory: &Memory) {
        let open = memory.open.get(&id);
        let written = open.map(|open| (id, (open.operation.device, path)));
        self.latest.extend(written);
    }

    /// QM-03: nothing waits any more in whose place another one was accepted.
    pub(super) fn at_rest(&mut self, memory: &Memory) -> Result<(), Broken> {
        let mut latest = std::mem::take(&mut self.latest).into_iter();
        let left = latest.find_map(|(newer, what)| Some((newer, memory.left_behind(newer, what)?)));
        left.map_or(Ok(()), |(newer, older)| {
            Err(format!(
                "QM-03: {older:?} still waits and {newer:?} writes the same"
            ))
        })
    }
}

/// An operation that was given another priority has it in the store.
pub(super) fn is_ranked(
    id: OperationId,
    priority: Priority,
    memory: &Memory,
) -> Result<(), Broken> {
    if memory.history.ranked.contains(&(id, priority)) {
        return Ok(());
    }
    Err(format!(
        "{id:?} is said to be {priority:?} and never was in the store"
    ))
}

/// A device that is treated in another way is so in the store, unless it is forgotten.
pub(super) fn is_profiled(
    endpoint: &EndpointName,
    profile: &Profile,
    memory: &Memory,
) -> Result<(), Broken> {
    let Some((id, _)) = memory.device(endpoint.as_str()) else {
        return Ok(());
    };
    let mut profiled = memory.history.profiled.iter();
    if profiled.any(|(other, own)| *other == id && **own == *profile) {
        return Ok(());
    }
    Err(format!(
        "{endpoint} is said to be treated as {profile:?}, which is not stored"
    ))
}
