//! Operations and observations: how far they are, how they ended.

use crate::dto::{
    ObservationListRequest, ObservationListResponse, Operation, OperationListRequest,
    OperationListResponse, OperationMoveRequest, OperationRequest, OperationState,
    OperationWaitRequest,
};
use crate::error::{ApiError, ErrorCode};
use crate::host::{Host, unknown_device};
use crate::rows::{self, Extent};
use server::change::Change;
use server::ids::{DeviceId, OperationId};
use server::operation::OperationState as State;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::Instant;
use workbench::bus::{Event, Published};

/// How long to wait unless told, in milliseconds.
const USUAL_WAIT_MS: u64 = 30_000;

/// The longest wait, in milliseconds.
const MAX_WAIT_MS: u64 = 300_000;

/// Rows of a list unless told.
const USUAL_LIMIT: u32 = 200;

/// Rows of a list at most.
const MAX_LIMIT: u32 = 10_000;

/// `operation_wait`
pub(crate) async fn operation_wait(
    host: &Host,
    request: OperationWaitRequest,
) -> Result<Operation, ApiError> {
    let id = parse_id(&request.operation)?;
    let extent = Extent::of_call(request.preview);
    let wait = Duration::from_millis(request.timeout_ms.unwrap_or(USUAL_WAIT_MS).min(MAX_WAIT_MS));
    let deadline = Instant::now() + wait;
    // Listening starts before looking, so that an end in between is not missed.
    let mut events = host.workbench().bus().subscribe(None).events;
    loop {
        let operation = load(host, id, extent).await?;
        if operation.state == OperationState::Ended {
            return Ok(operation);
        }
        loop {
            match tokio::time::timeout_at(deadline, events.recv()).await {
                Ok(Ok(event)) if ends(&event, id) => break,
                Ok(Ok(_)) => {}
                // Behind: the row tells.
                Ok(Err(RecvError::Lagged(_))) => break,
                Ok(Err(RecvError::Closed)) | Err(_) => return load(host, id, extent).await,
            }
        }
    }
}

fn ends(event: &Event, id: OperationId) -> bool {
    let Published::Committed { changes, .. } = &event.published else {
        return false;
    };
    changes.iter().any(|change| match change {
        Change::Operation(operation) => {
            operation.id == id && matches!(operation.state, State::Ended(_))
        }
        Change::Forgotten { .. } => true,
        _ => false,
    })
}

/// `operation_get`
pub(crate) async fn operation_get(
    host: &Host,
    request: OperationRequest,
) -> Result<Operation, ApiError> {
    let extent = Extent::of_call(request.preview);
    load(host, parse_id(&request.operation)?, extent).await
}

/// `operation_list`
pub(crate) async fn operation_list(
    host: &Host,
    request: OperationListRequest,
) -> Result<OperationListResponse, ApiError> {
    let device = device_of(host, request.endpoint.as_deref()).await?;
    let limit = request.limit.unwrap_or(USUAL_LIMIT).min(MAX_LIMIT);
    let rows = host.workbench().reader().operations(device, limit).await?;
    Ok(OperationListResponse {
        operations: rows::operations(host.workbench(), &rows, Extent::Beginning).await,
    })
}

/// `operation_cancel`
pub(crate) async fn operation_cancel(
    host: &Host,
    request: OperationRequest,
) -> Result<Operation, ApiError> {
    let id = parse_id(&request.operation)?;
    load(host, id, Extent::Beginning).await?;
    host.workbench().cancel(id).await?;
    load(host, id, Extent::Beginning).await
}

/// `operation_move`
pub(crate) async fn operation_move(
    host: &Host,
    request: OperationMoveRequest,
) -> Result<Operation, ApiError> {
    let id = parse_id(&request.operation)?;
    load(host, id, Extent::Beginning).await?;
    let priority = request.priority.map(rows::priority_from_dto);
    let position = request
        .position
        .map(|position| usize::try_from(position).unwrap_or(usize::MAX));
    host.workbench().rearrange(id, priority, position).await?;
    load(host, id, Extent::Beginning).await
}

/// `observation_list`
pub(crate) async fn observation_list(
    host: &Host,
    request: ObservationListRequest,
) -> Result<ObservationListResponse, ApiError> {
    let device = device_of(host, request.endpoint.as_deref()).await?;
    let rows = host.workbench().reader().observations(device).await?;
    let in_force = rows.iter().filter(|row| row.observation.link.is_some());
    Ok(ObservationListResponse {
        observations: in_force.map(rows::observation).collect(),
    })
}

pub(crate) async fn device_of(
    host: &Host,
    endpoint: Option<&str>,
) -> Result<Option<DeviceId>, ApiError> {
    let Some(endpoint) = endpoint else {
        return Ok(None);
    };
    let id = host.workbench().reader().device_id(endpoint).await?;
    id.map(Some).ok_or_else(|| unknown_device(endpoint))
}

async fn load(host: &Host, id: OperationId, extent: Extent) -> Result<Operation, ApiError> {
    let row = host.workbench().reader().operation(id).await?;
    let row = row.ok_or_else(|| unknown(&rows::operation_id(id)))?;
    Ok(rows::operation(host.workbench(), &row, extent).await)
}

pub(super) fn parse_id(text: &str) -> Result<OperationId, ApiError> {
    text.strip_prefix("op-")
        .and_then(|number| number.parse().ok())
        .map(OperationId)
        .ok_or_else(|| unknown(text))
}

fn unknown(operation: &str) -> ApiError {
    ApiError::new(
        ErrorCode::UnknownOperation,
        format!("There is no operation \"{operation}\"."),
    )
}
