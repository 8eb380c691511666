//! The event stream: facts turned into the contract's events, gathered so that a
//! page gets at most thirty batches a second, and a slow reader a `resync` instead
//! of a growing queue.

use crate::contract;
use crate::dto::{DeviceEvent, Empty, EventName, ReadingsEvent, ResyncEvent};
use crate::handlers;
use crate::host::Host;
use crate::rows::{self, Extent};
use crate::value::{kind_to_dto, to_preview};
use clock::UnixTime;
use lwm2m::Path;
use server::change::{Change, Readings};
use server::ids::{DeviceId, EndpointName, OperationId, Revision};
use server::operation::{Operation, OperationState};
use server::security::SecurityNews;
use server::view::View;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use store::ProblemRow;
use tokio::sync::broadcast::error::RecvError;
use workbench::bus::{Event, Published, Subscription};

/// The shortest time between two batches.
const BATCH_EVERY: Duration = Duration::from_millis(33);

/// The time between two `status` events.
const STATUS_EVERY: Duration = Duration::from_secs(1);

/// Rows of devices in one batch; more means fetching the list anew.
const MAX_DEVICES: usize = 500;

/// Readings in one batch; more means fetching anew.
const MAX_READINGS: usize = 20_000;

/// Datagrams in one batch; further ones are in `traffic_list`.
const MAX_TRAFFIC: usize = 50;

/// News of handshakes in one batch; further ones are in `pending_list`.
const MAX_SECURITY: usize = 100;

/// One event.
#[derive(Clone, Debug)]
pub struct StreamedEvent {
    /// The commit after which to listen on without missing anything: that of the events
    /// that were told together says only the last of them.
    pub revision: u64,
    /// Which.
    pub name: EventName,
    /// Its shape, as in `EventShapes`.
    pub data: serde_json::Value,
}

/// A reader's stream.
pub struct EventStream {
    host: Host,
    subscription: Subscription,
    /// The commit of which everything is told.
    told: u64,
    ready: VecDeque<StreamedEvent>,
    batch: Batch,
    next_batch: tokio::time::Instant,
    status: tokio::time::Interval,
    traffic_seen: u64,
    asked: handlers::Asked,
    names: BTreeMap<DeviceId, EndpointName>,
}

/// What gathered since the last batch, the latest of each kind.
#[derive(Default)]
struct Batch {
    revision: Revision,
    devices: BTreeSet<DeviceId>,
    /// Devices of which only the time of their last sign of life changed. Beyond
    /// [`MAX_DEVICES`] they wait for their next one.
    seen: BTreeSet<DeviceId>,
    forgotten: BTreeSet<DeviceId>,
    operations: BTreeMap<OperationId, Arc<Operation>>,
    progress: BTreeMap<OperationId, String>,
    readings: Vec<Readings>,
    reading_count: usize,
    problems: Vec<ProblemRow>,
    security: Vec<(UnixTime, SecurityNews)>,
    status: bool,
}

impl EventStream {
    /// Listens from now on, or from `after` if what followed it is still known.
    #[must_use]
    pub fn open(host: &Host, after: Option<u64>) -> Self {
        let mut subscription = host.workbench().bus().subscribe(after.map(Revision));
        let missed = subscription.missed.take();
        let (_, traffic_seen) = host.workbench().traffic().after(u64::MAX, 0);
        let mut status = tokio::time::interval(STATUS_EVERY);
        status.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut stream = Self {
            host: host.clone(),
            told: after.unwrap_or(subscription.revision.0),
            subscription,
            ready: VecDeque::new(),
            batch: Batch::default(),
            next_batch: tokio::time::Instant::now(),
            status,
            traffic_seen,
            asked: handlers::Asked::default(),
            names: BTreeMap::new(),
        };
        match missed {
            Some(events) => events
                .into_iter()
                .for_each(|event| stream.batch.gather(event)),
            None => stream.resync(),
        }
        stream
    }

    /// The next event. `None` when the program ends.
    pub async fn next(&mut self) -> Option<StreamedEvent> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            tokio::select! {
                event = self.subscription.events.recv() => match event {
                    Ok(event) => self.batch.gather(event),
                    Err(RecvError::Lagged(_)) => self.resync(),
                    Err(RecvError::Closed) => return None,
                },
                _ = self.status.tick() => self.push_status().await,
                () = tokio::time::sleep_until(self.next_batch) => {
                    self.next_batch = tokio::time::Instant::now() + BATCH_EVERY;
                    self.flush().await;
                }
            }
        }
    }

    fn resync(&mut self) {
        self.batch = Batch::default();
        self.ready.clear();
        let revision = self.host.workbench().bus().revision().0;
        self.told = revision;
        self.push(EventName::Resync, &ResyncEvent { revision });
    }

    async fn flush(&mut self) {
        self.push_traffic();
        let batch = std::mem::take(&mut self.batch);
        if batch.devices.len() > MAX_DEVICES || batch.reading_count > MAX_READINGS {
            return self.resync();
        }
        for device in &batch.forgotten {
            if let Some(endpoint) = self.names.remove(device) {
                let event = DeviceEvent {
                    endpoint: endpoint.to_string(),
                    device: None,
                };
                self.push(EventName::Device, &event);
            }
        }
        self.push_devices(&batch).await;
        let views = self.views(&batch).await;
        for operation in batch.operations.values() {
            let view = views.get(&operation.device);
            self.push_operation(operation, view, batch.progress.get(&operation.id))
                .await;
        }
        let moved = batch
            .progress
            .iter()
            .filter(|(id, _)| !batch.operations.contains_key(id));
        for (id, progress) in moved {
            if let Ok(Some(row)) = self.host.workbench().reader().operation(*id).await {
                self.push_operation(&row.operation, None, Some(progress))
                    .await;
            }
        }
        self.push_readings(&batch).await;
        for problem in &batch.problems {
            self.push(EventName::Problem, &rows::problem(problem));
        }
        for (at, news) in &batch.security {
            if let Ok(event) = handlers::security_event(&self.host, *at, news).await {
                self.push(EventName::Security, &event);
            }
        }
        if batch.status {
            self.push_status().await;
        }
        self.told = self.told.max(batch.revision.0);
        if let Some(last) = self.ready.back_mut() {
            last.revision = self.told;
        }
    }

    async fn push_devices(&mut self, batch: &Batch) {
        let room = MAX_DEVICES.saturating_sub(batch.devices.len());
        let seen = batch.seen.difference(&batch.devices).take(room);
        let known = batch.devices.iter().chain(seen);
        let mut stored = Vec::new();
        for device in known.filter(|id| !batch.forgotten.contains(id)) {
            let Some(endpoint) = self.name(*device).await else {
                continue;
            };
            let reader = self.host.workbench().reader();
            if let Ok(Some(row)) = reader.device(endpoint.as_str()).await {
                stored.push(row);
            }
        }
        if stored.is_empty() {
            return;
        }
        let Ok(shapes) = rows::devices(self.host.workbench(), &stored).await else {
            return;
        };
        for shape in shapes {
            let event = DeviceEvent {
                endpoint: shape.endpoint.clone(),
                device: Some(shape),
            };
            self.push(EventName::Device, &event);
        }
    }

    /// Where the operations that are queued stand: whether their devices listen.
    async fn views(&self, batch: &Batch) -> BTreeMap<DeviceId, View> {
        let queued = batch.operations.values();
        let queued = queued.filter(|own| own.state == OperationState::Queued);
        let devices: BTreeSet<DeviceId> = queued.map(|own| own.device).collect();
        let views = self.host.workbench().look(devices.into_iter().collect());
        let views = views.await.into_iter();
        views.map(|view| (view.device, view)).collect()
    }

    async fn push_operation(
        &mut self,
        operation: &Operation,
        view: Option<&View>,
        progress: Option<&String>,
    ) {
        if let Some(endpoint) = self.name(operation.device).await {
            let mut shape =
                rows::operation_shape(endpoint.as_str(), operation, view, Extent::Beginning);
            if shape.outcome.is_none() {
                shape.progress = progress.cloned();
            }
            self.push(EventName::Operation, &shape);
        }
    }

    /// Readings as columns: one event for each path.
    async fn push_readings(&mut self, batch: &Batch) {
        let mut columns: BTreeMap<(DeviceId, Path), ReadingsEvent> = BTreeMap::new();
        for readings in &batch.readings {
            let Some(endpoint) = self.name(readings.device).await else {
                continue;
            };
            for timed in &readings.values {
                let kind = kind_to_dto(timed.value.kind());
                let column = columns
                    .entry((readings.device, timed.path))
                    .or_insert_with(|| ReadingsEvent {
                        endpoint: endpoint.to_string(),
                        path: timed.path.to_string(),
                        kind,
                        t: Vec::new(),
                        v: Vec::new(),
                        sizes: None,
                        source: rows::source(readings.source),
                        revision: batch.revision.0,
                    });
                // A device that changes the type of a value has one event for the last.
                if column.kind != kind {
                    (column.kind, column.t, column.v) = (kind, Vec::new(), Vec::new());
                    column.sizes = None;
                }
                let at: UnixTime = timed.taken_at.unwrap_or(readings.arrived_at);
                column.t.push(at.as_millis());
                let (value, size) = to_preview(&timed.value);
                if size.is_some() || column.sizes.is_some() {
                    let sizes = column.sizes.get_or_insert_default();
                    sizes.resize(column.v.len(), 0);
                    sizes.push(size.unwrap_or(0));
                }
                column.v.push(value);
                column.source = rows::source(readings.source);
            }
        }
        for event in columns.into_values() {
            self.push(EventName::Readings, &event);
        }
    }

    fn push_traffic(&mut self) {
        let workbench = self.host.workbench();
        let (datagrams, last) = workbench.traffic().after(self.traffic_seen, MAX_TRAFFIC);
        self.traffic_seen = last;
        for datagram in datagrams {
            let message = self.asked.message(&datagram);
            self.push(EventName::Traffic, &message);
        }
    }

    async fn push_status(&mut self) {
        if let Ok(status) = handlers::status_get(&self.host, Empty {}).await {
            self.push(EventName::Status, &status);
        }
    }

    /// The endpoint of a device, remembered so that a forgotten one can be named.
    async fn name(&mut self, device: DeviceId) -> Option<EndpointName> {
        if let Some(known) = self.names.get(&device) {
            return Some(known.clone());
        }
        let endpoint = self
            .host
            .workbench()
            .reader()
            .endpoint(device)
            .await
            .ok()??;
        self.names.insert(device, endpoint.clone());
        Some(endpoint)
    }

    fn push<T: serde::Serialize>(&mut self, name: EventName, data: &T) {
        match contract::write_body(data) {
            Ok(data) => self.ready.push_back(StreamedEvent {
                revision: self.told,
                name,
                data,
            }),
            Err(error) => tracing::error!(%error, "an event could not be written"),
        }
    }
}

impl Batch {
    fn gather(&mut self, event: Event) {
        self.revision = self.revision.max(event.revision);
        match event.published {
            Published::Committed { changes, .. } => {
                changes.iter().for_each(|change| self.gather_change(change))
            }
            Published::Noted(device) => drop(self.devices.insert(device)),
            Published::Presence(device) => drop(self.seen.insert(device)),
            Published::Progress { operation, text } => drop(self.progress.insert(operation, text)),
            Published::Problems(rows) => self.problems.extend(rows.iter().cloned()),
            Published::Instrument => self.status = true,
            Published::Security(at, news) => {
                if self.security.len() < MAX_SECURITY {
                    self.security.push((at, news));
                }
            }
        }
    }

    fn gather_change(&mut self, change: &Change) {
        match change {
            Change::Registered { registration, .. } | Change::Updated { registration } => {
                self.forgotten.remove(&registration.device);
                self.devices.insert(registration.device);
            }
            Change::Seen { device, .. } => drop(self.seen.insert(*device)),
            Change::Departed { device, .. } => drop(self.devices.insert(*device)),
            Change::Forgotten { device } => drop(self.forgotten.insert(*device)),
            Change::Observed(observation) => drop(self.devices.insert(observation.device)),
            // The operation that ended it, or brought it, names the device.
            Change::ObservationEnded { .. }
            | Change::Discovered(_)
            | Change::Profiled { .. }
            | Change::Deviated { .. }
            | Change::Security(_) => {}
            Change::Operation(operation) => {
                // One more or one less waits for its device.
                self.seen.insert(operation.device);
                drop(self.operations.insert(operation.id, operation.clone()))
            }
            Change::Readings(readings) => {
                self.reading_count += readings.values.len();
                if self.reading_count <= MAX_READINGS {
                    self.readings.push(readings.clone());
                }
            }
        }
    }
}
