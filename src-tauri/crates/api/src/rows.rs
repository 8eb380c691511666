//! Stored rows as the contract shows them. Both the answers to calls and the events
//! go through here, so that a row looks the same wherever it comes from.

use crate::dto;
use crate::error::ApiError;
use crate::host::format_to_dto;
use crate::time::to_text;
use crate::value::{kind_to_dto, to_json, to_preview};
use clock::UnixTime;
use coap::Peer;
use lwm2m::{Path, Value};
use server::change::ReadingSource;
use server::credential::Mode;
use server::ids::{DeviceId, OperationId};
use server::operation::{Ending, Operation, OperationState, Outcome, Priority, TimedValue};
use server::security::{ASSOCIATIONS, Session};
use server::view::{View, Wakefulness};
use std::collections::BTreeSet;
use store::{DeviceRow, ObservationRow, OperationRow, ProblemRow, ReadingRow};
use workbench::{Workbench, address};

const MANUFACTURER: Path = Path::Resource(3, 0, 0);
const MODEL_NUMBER: Path = Path::Resource(3, 0, 1);
const FIRMWARE_VERSION: Path = Path::Resource(3, 0, 3);

/// Rows of devices, with what was last read of their make.
pub(crate) async fn devices(
    workbench: &Workbench,
    rows: &[DeviceRow],
) -> Result<Vec<dto::Device>, ApiError> {
    let ids: Vec<DeviceId> = rows.iter().map(|row| row.id).collect();
    let paths = [MANUFACTURER, MODEL_NUMBER, FIRMWARE_VERSION];
    let mut known = std::collections::HashMap::new();
    for (device, reading) in workbench.reader().latest_of_many(&ids, &paths).await? {
        if let Value::String(text) = reading.value {
            known.insert((device, reading.path), text);
        }
    }
    let views: std::collections::HashMap<DeviceId, View> = workbench
        .look(ids)
        .await
        .into_iter()
        .map(|view| (view.device, view))
        .collect();
    let shape = |row: &DeviceRow| {
        let mut take = |path| known.remove(&(row.id, path));
        let (maker, model) = (take(MANUFACTURER), take(MODEL_NUMBER));
        let model = [maker, model]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" ");
        device_shape(
            workbench,
            row,
            (!model.is_empty()).then_some(model),
            take(FIRMWARE_VERSION),
            views.get(&row.id),
        )
    };
    Ok(rows.iter().map(shape).collect())
}

/// One device.
pub(crate) async fn device(
    workbench: &Workbench,
    row: &DeviceRow,
) -> Result<dto::Device, ApiError> {
    let mut shapes = devices(workbench, std::slice::from_ref(row)).await?;
    Ok(shapes.pop().expect("one row yields one shape"))
}

fn device_shape(
    workbench: &Workbench,
    row: &DeviceRow,
    model: Option<String>,
    firmware: Option<String>,
    view: Option<&View>,
) -> dto::Device {
    let own = &row.registration;
    let online = row.is_online(workbench.registered_at());
    let objects = own
        .objects
        .objects
        .iter()
        .map(|announced| dto::AnnouncedObject {
            object: announced.object,
            version: own.object_version(announced.object).to_string(),
            instances: announced.instances.clone(),
        });
    dto::Device {
        endpoint: row.endpoint.to_string(),
        alias: row.alias.clone(),
        note: row.note.clone(),
        tags: row.tags.clone(),
        online,
        sleeping: online && view.is_some_and(|own| own.state == Wakefulness::Asleep),
        awake_until: view.and_then(|own| own.awake_until).map(to_text),
        expected_wake_at: view.and_then(|own| own.expected_wake_at).map(to_text),
        queued: view.map_or(0, waiting),
        lwm2m_version: own.version.to_string(),
        lifetime_s: own.lifetime_s.into(),
        binding: own.binding.as_str().to_owned(),
        queue_mode: own.queue_mode,
        address: address_of(own.peer, view),
        security: mode_to_dto(own.security),
        cid_bytes: view.and_then(|own| cid_bytes(own.session.as_ref()?)),
        fell_back: online && row.was_secure && own.security == Mode::NoSec,
        registration_id: online.then(|| own.location.to_string()),
        registered_at: Some(to_text(own.registered_at)),
        last_seen_at: to_text(own.seen_at),
        expires_at: online.then(|| own.expires_at().map(to_text)).flatten(),
        objects: objects.collect(),
        simulated: workbench.simulator().has(row.endpoint.as_str()),
        model,
        firmware,
        deviations: row
            .deviations
            .iter()
            .map(|one| format!("{} ({})", one.message, one.code))
            .collect(),
    }
}

/// Where a device is: one that comes over DTLS is where its session heard it last.
fn address_of(peer: Peer, view: Option<&View>) -> String {
    match view.and_then(|own| own.at) {
        Some(at) => address::to_text(at),
        None if peer.listener() == ASSOCIATIONS => String::new(),
        None => address::to_text(peer),
    }
}

/// How a device proved itself.
pub(crate) const fn mode_to_dto(mode: Mode) -> dto::Security {
    match mode {
        Mode::NoSec => dto::Security::Nosec,
        Mode::Psk => dto::Security::Psk,
        Mode::PublicKey => dto::Security::Rpk,
        Mode::Certificate => dto::Security::X509,
    }
}

/// Bytes of the Connection ID that we gave out for a session, if any.
pub(crate) fn cid_bytes(session: &Session) -> Option<u32> {
    let bytes = u32::try_from(session.cid_bytes).ok();
    bytes.filter(|bytes| *bytes > 0)
}

fn texts(paths: &[Path]) -> Vec<String> {
    paths.iter().map(Path::to_string).collect()
}

/// How many operations wait, the one under way left out.
fn waiting(view: &View) -> u64 {
    let waiting = view.operations.len() - usize::from(view.is_asked);
    u64::try_from(waiting).unwrap_or(u64::MAX)
}

/// An opaque id.
pub(crate) fn operation_id(id: OperationId) -> String {
    format!("op-{}", id.0)
}

/// How much of a large value is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// All of it.
    Whole,
    /// Its beginning, for rows and events.
    Beginning,
}

impl Extent {
    /// What a call wants that may ask for previews.
    pub(crate) fn of_call(preview: Option<bool>) -> Self {
        match preview {
            Some(true) => Self::Beginning,
            _ => Self::Whole,
        }
    }

    fn show(self, value: &Value) -> (serde_json::Value, Option<u64>) {
        match self {
            Self::Whole => (to_json(value), None),
            Self::Beginning => to_preview(value),
        }
    }
}

/// Operations, with what those that are queued wait for.
pub(crate) async fn operations(
    workbench: &Workbench,
    rows: &[OperationRow],
    extent: Extent,
) -> Vec<dto::Operation> {
    let queued = rows.iter().map(|row| &row.operation);
    let queued = queued.filter(|own| own.state == OperationState::Queued);
    let devices: BTreeSet<DeviceId> = queued.map(|own| own.device).collect();
    let views = workbench.look(devices.into_iter().collect()).await;
    let shape = |row: &OperationRow| {
        let device = row.operation.device;
        let view = views.iter().find(|view| view.device == device);
        operation_shape(row.endpoint.as_str(), &row.operation, view, extent)
    };
    rows.iter().map(shape).collect()
}

/// One operation.
pub(crate) async fn operation(
    workbench: &Workbench,
    row: &OperationRow,
    extent: Extent,
) -> dto::Operation {
    let mut shapes = operations(workbench, std::slice::from_ref(row), extent).await;
    shapes.pop().expect("one row yields one shape")
}

/// An operation of the device named; `view` tells what it waits for.
pub(crate) fn operation_shape(
    endpoint: &str,
    operation: &Operation,
    view: Option<&View>,
    extent: Extent,
) -> dto::Operation {
    let ending = match &operation.state {
        OperationState::Ended(ending) => Some(ending),
        OperationState::Queued | OperationState::Sent => None,
    };
    let some = |text: &String| (!text.is_empty()).then(|| text.clone());
    let deviations = |ending: &server::operation::Ending| {
        let lines: Vec<_> = ending
            .deviations
            .iter()
            .map(|one| format!("{} ({})", one.message, one.code))
            .collect();
        (!lines.is_empty()).then_some(lines)
    };
    dto::Operation {
        operation: operation_id(operation.id),
        endpoint: endpoint.to_owned(),
        name: operation.ask.name().to_owned(),
        path: operation.ask.path().to_string(),
        paths: operation
            .ask
            .is_composite()
            .then(|| texts(&operation.ask.paths())),
        missing: ending
            .filter(|ending| !ending.missing.is_empty())
            .map(|ending| texts(&ending.missing)),
        state: match operation.state {
            OperationState::Queued => dto::OperationState::Queued,
            OperationState::Sent => dto::OperationState::Sent,
            OperationState::Ended(_) => dto::OperationState::Ended,
        },
        priority: priority_to_dto(operation.priority),
        waits_for: (operation.state == OperationState::Queued).then(|| waits_for(view)),
        expires_at: operation.expires_at().map(to_text),
        outcome: ending.map(|ending| match ending.outcome {
            Outcome::Success => dto::Outcome::Success,
            Outcome::Refused => dto::Outcome::Refused,
            Outcome::TimedOut => dto::Outcome::TimedOut,
            Outcome::Cancelled => dto::Outcome::Cancelled,
            Outcome::Lost => dto::Outcome::Lost,
        }),
        code: ending
            .and_then(|ending| ending.code)
            .map(|code| code.to_string()),
        values: values(operation, ending.map(AsRef::as_ref), extent),
        links: ending
            .filter(|ending| !ending.links.is_empty())
            .map(|ending| {
                let link = |one: &server::operation::DiscoveredLink| dto::DiscoveredLink {
                    path: one.path.to_string(),
                    attributes: one.attributes.iter().cloned().collect(),
                };
                ending.links.iter().map(link).collect()
            }),
        location: ending
            .and_then(|ending| ending.location)
            .map(|path| path.to_string()),
        detail: ending.and_then(|ending| some(&ending.detail)),
        progress: None,
        deviations: ending.and_then(|ending| deviations(ending)),
        format: ending.and_then(|ending| ending.format).map(format_to_dto),
        started_at: to_text(operation.started_at),
        ended_at: ending.map(|ending| to_text(ending.at)),
    }
}

/// What was read, or what a write carries.
fn values(
    operation: &Operation,
    ending: Option<&Ending>,
    extent: Extent,
) -> Option<Vec<dto::Value>> {
    let read = ending.map_or(&[][..], |ending| &ending.values);
    let shown: Vec<_> = if read.is_empty() {
        let written = operation.ask.written().iter();
        written
            .map(|one| value(one.path, &one.value, None, extent))
            .collect()
    } else {
        let each = |one: &TimedValue| value(one.path, &one.value, one.taken_at, extent);
        read.iter().map(each).collect()
    };
    (!shown.is_empty()).then_some(shown)
}

fn waits_for(view: Option<&View>) -> dto::WaitsFor {
    let listens = |view: &View| matches!(view.state, Wakefulness::AlwaysOn | Wakefulness::Awake);
    if view.is_none_or(listens) {
        dto::WaitsFor::Turn
    } else {
        dto::WaitsFor::Wake
    }
}

/// The contract's word for a priority.
pub(crate) const fn priority_to_dto(priority: Priority) -> dto::Priority {
    match priority {
        Priority::High => dto::Priority::High,
        Priority::Normal => dto::Priority::Normal,
        Priority::Low => dto::Priority::Low,
    }
}

/// The priority that the contract's word means.
pub(crate) const fn priority_from_dto(priority: dto::Priority) -> Priority {
    match priority {
        dto::Priority::High => Priority::High,
        dto::Priority::Normal => Priority::Normal,
        dto::Priority::Low => Priority::Low,
    }
}

fn value(path: Path, value: &Value, taken_at: Option<UnixTime>, extent: Extent) -> dto::Value {
    let (shown, size) = extent.show(value);
    dto::Value {
        size,
        path: path.to_string(),
        kind: kind_to_dto(value.kind()),
        value: shown,
        time: taken_at.map(to_text),
    }
}

/// An observation.
pub(crate) fn observation(row: &ObservationRow) -> dto::Observation {
    dto::Observation {
        endpoint: row.endpoint.to_string(),
        paths: texts(row.observation.target.paths()),
        composite: row.observation.target.is_composite(),
        since: to_text(row.observation.since),
        notifications: row.observation.notifications,
        last_at: to_text(row.observation.last_at.unwrap_or(row.observation.since)),
    }
}

/// A stored value.
pub(crate) fn reading(row: &ReadingRow, extent: Extent) -> dto::Reading {
    let (value, size) = extent.show(&row.value);
    dto::Reading {
        size,
        time: to_text(row.time),
        path: row.path.to_string(),
        kind: kind_to_dto(row.value.kind()),
        value,
        source: source(row.source),
    }
}

/// How a value came in.
pub(crate) const fn source(source: ReadingSource) -> dto::ReadingSource {
    match source {
        ReadingSource::Notify => dto::ReadingSource::Notify,
        ReadingSource::Read => dto::ReadingSource::Read,
        ReadingSource::Send => dto::ReadingSource::Send,
        ReadingSource::Composite => dto::ReadingSource::Composite,
    }
}

/// A problem.
pub(crate) fn problem(row: &ProblemRow) -> dto::Problem {
    dto::Problem {
        time: to_text(row.at),
        listener: row.listener.clone(),
        peer: row.peer.clone(),
        kind: row.kind.clone(),
        message: row.message.clone(),
        count: row.count,
    }
}
