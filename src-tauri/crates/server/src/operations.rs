//! The table of operations that have not ended: by id, in line behind each other
//! for each device, by CoAP exchange, by deadline. A table only: `dispatch` decides
//! when the next one goes and how each one ends.

use crate::gathering::Gathering;
use crate::ids::{DeviceId, OperationId};
use crate::operation::{Operation, OperationState, Priority};
use clock::Instant;
use coap::{ExchangeId, Token};
use std::collections::{BTreeMap, BTreeSet};

/// Operations that may wait for one device.
pub(crate) const MAX_WAITING_PER_DEVICE: usize = 1_000;

/// An operation that has not ended.
#[derive(Debug)]
pub(crate) struct Active {
    /// As it is stored, without an ending.
    pub operation: Operation,
    /// The exchange that carries it, while one does.
    pub exchange: Option<ExchangeId>,
    /// The token of the observation that it makes.
    pub token: Option<Token>,
    /// How far it is, if it takes several requests.
    pub gathering: Option<Gathering>,
    /// Whether it was sent in this run, even if it waits again.
    pub was_sent: bool,
    /// When it is given up: unsent, or without an answer.
    deadline: Instant,
    /// The end of its time to wait.
    patience: Instant,
}

impl Active {
    /// What puts it in line.
    const fn rank(&self) -> Rank {
        (
            self.operation.priority,
            self.operation.place,
            self.operation.id,
        )
    }
}

/// The order of those that wait for one device.
type Rank = (Priority, i64, OperationId);

/// All operations that have not ended.
#[derive(Debug, Default)]
pub(crate) struct Operations {
    active: BTreeMap<OperationId, Active>,
    lines: BTreeMap<DeviceId, Line>,
    by_exchange: BTreeMap<ExchangeId, OperationId>,
    deadlines: BTreeSet<(Instant, OperationId)>,
    last: i64,
}

/// What a device is doing and what waits behind it (NSTART 1, conformance CO-17).
#[derive(Debug, Default)]
struct Line {
    current: Option<OperationId>,
    waiting: BTreeSet<Rank>,
}

impl Operations {
    /// Makes sure that no id up to `last` is given again.
    pub(crate) fn reserve(&mut self, last: OperationId) {
        self.last = self.last.max(last.0);
    }

    /// An id that was never given before.
    pub(crate) fn next_id(&mut self) -> OperationId {
        self.last = self.last.saturating_add(1);
        OperationId(self.last)
    }

    /// Puts a queued operation into its device's line.
    pub(crate) fn enqueue(&mut self, operation: Operation, deadline: Instant) {
        self.reserve(operation.id);
        let (id, device) = (operation.id, operation.device);
        let active = Active {
            operation,
            exchange: None,
            token: None,
            gathering: None,
            was_sent: false,
            deadline,
            patience: deadline,
        };
        let line = self.lines.entry(device).or_default();
        line.waiting.insert(active.rank());
        self.deadlines.insert((deadline, id));
        self.active.insert(id, active);
    }

    /// Makes the first waiting operation of a device its current one, unless it
    /// has one. Yields it for sending.
    pub(crate) fn advance(&mut self, now: Instant, device: DeviceId) -> Option<&Operation> {
        let line = self.lines.get_mut(&device)?;
        if line.current.is_some() {
            return None;
        }
        let (.., id) = line.waiting.pop_first()?;
        line.current = Some(id);
        let active = self.active.get_mut(&id)?;
        active.operation.state = OperationState::Sent;
        active.was_sent = true;
        if active.operation.ttl.is_some() {
            // It waited on its own time.
            self.deadlines.remove(&(active.deadline, id));
            active.deadline = now + active.operation.timeout;
            self.deadlines.insert((active.deadline, id));
        }
        Some(&active.operation)
    }

    /// Puts the operation that a device is asked back to the head of those of its
    /// priority, to be given up when its time to wait is over. Yields it as it is then.
    pub(crate) fn put_back(&mut self, id: OperationId) -> Option<&Operation> {
        let active = self.active.get_mut(&id)?;
        let line = self.lines.get_mut(&active.operation.device)?;
        line.current.take_if(|current| *current == id)?;
        if let Some(exchange) = active.exchange.take() {
            self.by_exchange.remove(&exchange);
        }
        active.token = None;
        active.gathering = None;
        let own = &mut active.operation;
        let mut ahead = line
            .waiting
            .iter()
            .filter(|(priority, ..)| *priority == own.priority);
        if let Some((_, first, _)) = ahead.next() {
            own.place = own.place.min(first.saturating_sub(1));
        }
        own.state = OperationState::Queued;
        self.deadlines.remove(&(active.deadline, id));
        active.deadline = active.patience;
        self.deadlines.insert((active.deadline, id));
        line.waiting.insert(active.rank());
        Some(&active.operation)
    }

    /// Gives a waiting operation another priority, or another place among those of its
    /// priority: `position` counts from 0, the next to go. Yields all whose place
    /// changed; `None` if it does not wait.
    pub(crate) fn rearrange(
        &mut self,
        id: OperationId,
        priority: Option<Priority>,
        position: Option<usize>,
    ) -> Option<Vec<Operation>> {
        let active = self.active.get_mut(&id)?;
        let line = self.lines.get_mut(&active.operation.device)?;
        if !line.waiting.remove(&active.rank()) {
            return None;
        }
        let priority = priority.unwrap_or(active.operation.priority);
        let peers: Vec<Rank> = line
            .waiting
            .iter()
            .filter(|(other, ..)| *other == priority)
            .copied()
            .collect();
        let joins = priority != active.operation.priority;
        active.operation.priority = priority;
        let last = peers.last().map_or(i64::MIN, |(_, place, _)| *place);
        if joins && active.operation.place <= last {
            active.operation.place = last.saturating_add(1);
        }
        let own = active.rank();
        line.waiting.insert(own);
        let changed = match position {
            Some(position) => self.shift(own, &peers, position),
            None => vec![id],
        };
        Some(
            changed
                .iter()
                .filter_map(|id| Some(self.active.get(id)?.operation.clone()))
                .collect(),
        )
    }

    /// Moves one operation to a position among its peers: the places stay, who has
    /// which changes. Yields those that have another one, and the moved one.
    fn shift(&mut self, own: Rank, peers: &[Rank], position: usize) -> Vec<OperationId> {
        let mut order: Vec<OperationId> = peers.iter().map(|(.., id)| *id).collect();
        order.insert(position.min(order.len()), own.2);
        let mut places: Vec<i64> = peers.iter().map(|(_, place, _)| *place).collect();
        places.push(own.1);
        places.sort_unstable();
        let mut changed = Vec::new();
        for (id, place) in order.into_iter().zip(places) {
            let Some(active) = self.active.get_mut(&id) else {
                continue;
            };
            let former = active.rank();
            active.operation.place = place;
            if former == active.rank() && id != own.2 {
                continue;
            }
            if let Some(line) = self.lines.get_mut(&active.operation.device) {
                line.waiting.remove(&former);
                line.waiting.insert(active.rank());
            }
            changed.push(id);
        }
        changed
    }

    /// Notes the exchange that carries an operation.
    pub(crate) fn carry(&mut self, id: OperationId, exchange: ExchangeId, token: Option<Token>) {
        if let Some(active) = self.active.get_mut(&id) {
            if let Some(former) = active.exchange.replace(exchange) {
                self.by_exchange.remove(&former);
            }
            active.token = token;
            self.by_exchange.insert(exchange, id);
        }
    }

    /// Keeps how far the reading of a device is.
    pub(crate) fn keep_gathering(&mut self, id: OperationId, gathering: Gathering) {
        if let Some(active) = self.active.get_mut(&id) {
            active.gathering = Some(gathering);
        }
    }

    /// Takes how far the reading of a device is.
    pub(crate) fn take_gathering(&mut self, id: OperationId) -> Option<Gathering> {
        self.active.get_mut(&id)?.gathering.take()
    }

    /// Takes an operation out, so that it can end.
    pub(crate) fn remove(&mut self, id: OperationId) -> Option<Active> {
        let active = self.active.remove(&id)?;
        self.deadlines.remove(&(active.deadline, id));
        if let Some(exchange) = active.exchange {
            self.by_exchange.remove(&exchange);
        }
        let device = active.operation.device;
        if let Some(line) = self.lines.get_mut(&device) {
            line.current.take_if(|current| *current == id);
            line.waiting.remove(&active.rank());
            if line.current.is_none() && line.waiting.is_empty() {
                self.lines.remove(&device);
            }
        }
        Some(active)
    }

    /// The operation of that id.
    #[must_use]
    pub(crate) fn get(&self, id: OperationId) -> Option<&Active> {
        self.active.get(&id)
    }

    /// The operation that an exchange carries.
    #[must_use]
    pub(crate) fn of_exchange(&self, exchange: ExchangeId) -> Option<OperationId> {
        self.by_exchange.get(&exchange).copied()
    }

    /// How many operations wait for a device, the current one left out.
    #[must_use]
    pub(crate) fn waiting(&self, device: DeviceId) -> usize {
        self.lines.get(&device).map_or(0, |line| line.waiting.len())
    }

    /// The current operation of a device.
    #[must_use]
    pub(crate) fn current(&self, device: DeviceId) -> Option<OperationId> {
        self.lines.get(&device)?.current
    }

    /// Every operation of a device, the current one first.
    #[must_use]
    pub(crate) fn of_device(&self, device: DeviceId) -> Vec<OperationId> {
        self.lines
            .get(&device)
            .map(|line| {
                let waiting = line.waiting.iter().map(|(.., id)| id);
                line.current.iter().chain(waiting).copied().collect()
            })
            .unwrap_or_default()
    }

    /// An operation whose deadline has passed.
    #[must_use]
    pub(crate) fn overdue(&self, now: Instant) -> Option<OperationId> {
        self.deadlines
            .first()
            .filter(|(at, _)| *at <= now)
            .map(|(_, id)| *id)
    }

    /// When the next deadline passes.
    #[must_use]
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|(at, _)| *at)
    }
}
