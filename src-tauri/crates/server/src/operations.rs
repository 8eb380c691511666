//! The table of operations that have not ended: by id, in line behind each other
//! for each device, by CoAP exchange, by deadline. A table only: `dispatch` decides
//! who goes next and how each one ends.

use crate::gathering::Gathering;
use crate::ids::{DeviceId, OperationId};
use crate::operation::{Operation, OperationState};
use clock::Instant;
use coap::{ExchangeId, Token};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

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
    /// When it is given up.
    deadline: Instant,
}

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
    waiting: VecDeque<OperationId>,
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

    /// Puts a queued operation at the end of its device's line.
    pub(crate) fn enqueue(&mut self, operation: Operation, deadline: Instant) {
        self.reserve(operation.id);
        let (id, device) = (operation.id, operation.device);
        self.lines.entry(device).or_default().waiting.push_back(id);
        self.deadlines.insert((deadline, id));
        self.active.insert(
            id,
            Active {
                operation,
                exchange: None,
                token: None,
                gathering: None,
                deadline,
            },
        );
    }

    /// Makes the first waiting operation of a device its current one, unless it
    /// has one. Yields it for sending.
    pub(crate) fn advance(&mut self, device: DeviceId) -> Option<&Operation> {
        let line = self.lines.get_mut(&device)?;
        if line.current.is_some() {
            return None;
        }
        let id = line.waiting.pop_front()?;
        line.current = Some(id);
        let active = self.active.get_mut(&id)?;
        active.operation.state = OperationState::Sent;
        Some(&active.operation)
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
            line.waiting.retain(|waiting| *waiting != id);
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
            .map(|line| line.current.iter().chain(&line.waiting).copied().collect())
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
