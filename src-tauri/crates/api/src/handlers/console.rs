//! The console of a device: carries out lines, completes them, remembers them. What
//! a line means is in `crate::console`.

use super::operation::parse_id;
use super::{attributes_get, operation_get, queue_get};
use crate::console::{Call, Candidate, Order, View, byte_at, complete, order, utf16};
use crate::dto::{
    AttributesGetResponse, AttributesWritten, ConsoleCall, ConsoleCandidate,
    ConsoleCompleteRequest, ConsoleCompleteResponse, ConsoleHistoryRequest, ConsoleHistoryResponse,
    ConsoleLine, ConsoleRunRequest, ConsoleRunResponse, ConsoleStarted, DeviceState,
    OperationRequest, OperationStarted, OperationState, QueueGetResponse, WaitsFor,
};
use crate::error::{ApiError, ErrorCode};
use crate::host::Host;
use crate::rows;
use crate::time::to_text;
use lwm2m::Path;
use serde_json::Value as Json;
use server::operation::OperationState as State;
use store::{DeviceRow, Edit, MAX_CONSOLE_LINES};

/// Lines of a history unless told.
const USUAL_LIMIT: u32 = 200;

/// Operations looked through for those that have not ended.
const OPERATIONS_SEARCHED: u32 = 200;

/// `console_run`
pub(crate) async fn console_run(
    host: &Host,
    request: ConsoleRunRequest,
) -> Result<ConsoleRunResponse, ApiError> {
    let device = host.device(&request.endpoint).await?;
    let answer = carry_out(host, &device, &request).await;
    if request.remember.unwrap_or(true) {
        let started = answer.as_ref().ok().and_then(|own| own.started.as_deref());
        let kept = remember(host, &device, &request.line, started).await;
        // Who started something has to hear of it, whatever becomes of the line.
        if started.is_none() {
            kept?;
        }
    }
    answer.map(|done| done.answer)
}

/// What a line led to, and the operation if it is the line's own.
struct Done {
    answer: ConsoleRunResponse,
    started: Option<String>,
}

async fn carry_out(
    host: &Host,
    device: &DeviceRow,
    request: &ConsoleRunRequest,
) -> Result<Done, ApiError> {
    let view = view(host, device).await?;
    let line = request.line.as_str();
    let order = order(&view, line).map_err(|complaint| complaint.to_error(line))?;
    let mut started = None;
    let mut answer = ConsoleRunResponse {
        operation: None,
        output: None,
        call: None,
        preceded_by: None,
    };
    match order {
        Order::Say(lines) => answer.output = Some(lines),
        Order::Start { before, call } => {
            let mut warnings = Vec::new();
            if let Some(before) = before {
                let begun = start(host, before, request.timeout_ms).await?;
                warnings.extend(begun.warnings);
                answer.preceded_by = Some(ConsoleStarted {
                    operation: begun.operation,
                    call: begun.call,
                });
            }
            let begun = start(host, call, request.timeout_ms).await?;
            warnings.extend(begun.warnings);
            answer.output = (!warnings.is_empty()).then_some(warnings);
            started = Some(begun.operation.clone());
            (answer.operation, answer.call) = (Some(begun.operation), Some(begun.call));
        }
        Order::Wait(call) => {
            let known: OperationRequest = read(&call)?;
            answer.operation = Some(operation_get(host, known).await?.operation);
            answer.call = Some(shape(&call));
        }
        Order::Look(call) => {
            answer.output = Some(look(host, &call).await?);
            answer.call = Some(shape(&call));
        }
    }
    Ok(Done { answer, started })
}

/// `console_complete`
pub(crate) async fn console_complete(
    host: &Host,
    request: ConsoleCompleteRequest,
) -> Result<ConsoleCompleteResponse, ApiError> {
    let device = host.device(&request.endpoint).await?;
    let mut view = view(host, &device).await?;
    let reader = host.workbench().reader();
    let typed = reader.console_lines(device.id, USUAL_LIMIT).await?;
    view.lines = typed.into_iter().map(|typed| typed.line).collect();
    let cursor = request
        .cursor
        .and_then(|cursor| usize::try_from(cursor).ok());
    let cursor = cursor.map_or(request.line.len(), |cursor| byte_at(&request.line, cursor));
    let line = request.line.get(..cursor).unwrap_or(&request.line);
    let found = complete(&view, line);
    Ok(ConsoleCompleteResponse {
        from: u32::try_from(utf16(line, found.from)).unwrap_or(u32::MAX),
        candidates: found.candidates.into_iter().map(candidate).collect(),
        expected: found.expected,
    })
}

/// `console_history`
pub(crate) async fn console_history(
    host: &Host,
    request: ConsoleHistoryRequest,
) -> Result<ConsoleHistoryResponse, ApiError> {
    let device = host.device(&request.endpoint).await?;
    let limit = request.limit.unwrap_or(USUAL_LIMIT).min(MAX_CONSOLE_LINES);
    let newest = host.workbench().reader().console_lines(device.id, limit);
    let lines = newest.await?.into_iter().rev().map(|typed| ConsoleLine {
        line: typed.line,
        at: to_text(typed.at),
        operation: typed.operation.map(rows::operation_id),
    });
    Ok(ConsoleHistoryResponse {
        lines: lines.collect(),
    })
}

/// What the grammar needs to know of a device.
pub(crate) async fn view(host: &Host, device: &DeviceRow) -> Result<View, ApiError> {
    let reader = host.workbench().reader();
    let registry = host.workbench().registry();
    let latest = reader.latest(device.id, Path::Root).await?;
    let observed = reader.observations(Some(device.id)).await?;
    let operations = reader
        .operations(Some(device.id), OPERATIONS_SEARCHED)
        .await?;
    let told = reader.discovered(device.id).await?;
    let open = operations
        .iter()
        .filter(|row| !matches!(row.operation.state, State::Ended(_)));
    Ok(View {
        latest: latest
            .into_iter()
            .map(|row| (row.path, row.value))
            .collect(),
        observed: observed
            .iter()
            .filter(|row| row.observation.link.is_some())
            .map(|row| row.observation.target.clone())
            .collect(),
        told: told.into_iter().map(|row| row.found.path).collect(),
        open_operations: open
            .map(|row| {
                let ask = &row.operation.ask;
                let what = format!("{} {}", ask.name(), ask.path());
                (rows::operation_id(row.operation.id), what)
            })
            .collect(),
        ..View::of(device.endpoint.as_str(), &device.registration, &registry)
    })
}

/// A call as the contract shows it.
pub(crate) fn shape(call: &Call) -> ConsoleCall {
    ConsoleCall {
        name: call.name.to_owned(),
        request: Json::Object(call.request.clone()),
    }
}

async fn remember(
    host: &Host,
    device: &DeviceRow,
    line: &str,
    started: Option<&str>,
) -> Result<(), ApiError> {
    let line = line.trim();
    if line.is_empty() || line.len() > crate::console::MAX_LINE_BYTES {
        return Ok(());
    }
    let typed = store::ConsoleLine {
        line: line.to_owned(),
        at: host.workbench().now(),
        operation: started.and_then(|id| parse_id(id).ok()),
    };
    let edit = Edit::ConsoleLine {
        device: device.id,
        line: typed,
    };
    Ok(host.workbench().edit(vec![edit]).await?)
}

/// An operation that a line started.
struct Begun {
    operation: String,
    /// Sentences about what was asked.
    warnings: Vec<String>,
    call: ConsoleCall,
}

/// Makes the call of a line; `timeout_ms` counts unless the line says its own.
async fn start(host: &Host, mut call: Call, timeout_ms: Option<u64>) -> Result<Begun, ApiError> {
    if let Some(timeout_ms) = timeout_ms {
        let known = call.request.entry("timeout_ms");
        known.or_insert_with(|| timeout_ms.into());
    }
    let started = make(host, &call).await?;
    Ok(Begun {
        operation: started.operation,
        warnings: started.warnings.unwrap_or_default(),
        call: shape(&call),
    })
}

/// Calls the handler of that name.
async fn make(host: &Host, call: &Call) -> Result<AttributesWritten, ApiError> {
    macro_rules! by_name {
        ($($name:ident)+) => {
            match call.name {
                "attributes_write" => return super::attributes_write(host, read(call)?).await,
                $(stringify!($name) => super::$name(host, read(call)?).await?,)+
                other => return Err(unknown(other)),
            }
        };
    }
    let OperationStarted { operation } = by_name! {
        resource_read resource_write resource_execute resource_discover instance_create
        instance_delete observation_start observation_cancel composite_read composite_write
        composite_observe composite_cancel device_read
    };
    Ok(AttributesWritten {
        operation,
        warnings: None,
    })
}

/// Tells what is known here, in lines.
async fn look(host: &Host, call: &Call) -> Result<Vec<String>, ApiError> {
    match call.name {
        "queue_get" => {
            let queue = queue_get(host, read(call)?).await?;
            Ok(queue_lines(&queue))
        }
        "attributes_get" => {
            let known = attributes_get(host, read(call)?).await?;
            Ok(attribute_lines(known))
        }
        other => Err(unknown(other)),
    }
}

fn unknown(name: &str) -> ApiError {
    let message = format!("There is no call named \"{name}\" for a line of the console.");
    ApiError::new(ErrorCode::Internal, message)
}

fn read<T: serde::de::DeserializeOwned>(call: &Call) -> Result<T, ApiError> {
    serde_json::from_value(Json::Object(call.request.clone())).map_err(|error| {
        ApiError::new(
            ErrorCode::Internal,
            format!(
                "The line made a request that {} does not take: {error}.",
                call.name
            ),
        )
    })
}

/// How the device is, then what has not ended, in the order in which it goes.
fn queue_lines(queue: &QueueGetResponse) -> Vec<String> {
    let state = match queue.state {
        DeviceState::Awake => "The device is awake",
        DeviceState::Asleep => "The device is asleep",
        DeviceState::AlwaysOn => "The device is always on",
        DeviceState::Unregistered => "The device is not registered",
    };
    let until = queue.awake_until.iter().map(|at| format!(" until {at}"));
    let wakes = queue.expected_wake_at.iter();
    let wakes = wakes.map(|at| format!(", expected to wake at {at}"));
    let state = format!("{state}{}.", until.chain(wakes).collect::<String>());
    let open = queue.operations.iter().map(|one| {
        let waits = match (one.state, one.waits_for) {
            (OperationState::Queued, Some(WaitsFor::Wake)) => "waits for the device to wake",
            (OperationState::Queued, _) => "waits for its turn",
            (OperationState::Sent | OperationState::Ended, _) => "is under way",
        };
        let expires = one.expires_at.iter().map(|at| format!(" until {at}"));
        let (operation, name, path) = (&one.operation, &one.name, &one.path);
        let until: String = expires.collect();
        format!("{operation}  {name} {path}  {waits}{until}")
    });
    let mut lines: Vec<_> = std::iter::once(state).chain(open).collect();
    if queue.operations.is_empty() {
        lines.push("Nothing waits.".to_owned());
    }
    lines
}

/// `pmin=5 from /3303/0`, then the whole in words.
fn attribute_lines(known: AttributesGetResponse) -> Vec<String> {
    let in_force = known.in_force.into_iter();
    let mut lines: Vec<_> = in_force
        .map(|(name, counts)| format!("{name}={} from {}", counts.value, counts.from))
        .collect();
    if lines.is_empty() {
        lines.push("No attributes are known.".to_owned());
    }
    lines.extend(known.words);
    lines.extend(known.warnings);
    lines
}

fn candidate(one: Candidate) -> ConsoleCandidate {
    ConsoleCandidate {
        text: one.text,
        kind: one.kind,
        label: one.label,
        detail: Some(one.detail).filter(|detail| !detail.is_empty()),
    }
}
