//! What waits for a device.

use crate::dto::{DeviceState, EndpointRequest, QueueGetResponse};
use crate::error::ApiError;
use crate::host::{Host, unknown_device};
use crate::rows::{self, Extent};
use crate::time::to_text;
use server::view::{View, Wakefulness};

/// `queue_get`
pub(crate) async fn queue_get(
    host: &Host,
    request: EndpointRequest,
) -> Result<QueueGetResponse, ApiError> {
    let workbench = host.workbench();
    let reader = workbench.reader();
    let unknown = || unknown_device(&request.endpoint);
    let device = reader.device_id(&request.endpoint).await?;
    let device = device.ok_or_else(unknown)?;
    let view = workbench
        .look(vec![device])
        .await
        .pop()
        .ok_or_else(unknown)?;
    let mut waiting = reader.operations_by_id(&view.operations).await?;
    let place = |id| view.operations.iter().position(|other| *other == id);
    waiting.sort_by_key(|row| place(row.operation.id));
    let shape = |row: &store::OperationRow| {
        rows::operation_shape(
            row.endpoint.as_str(),
            &row.operation,
            Some(&view),
            Extent::Beginning,
        )
    };
    Ok(QueueGetResponse {
        state: state(&view),
        awake_until: view.awake_until.map(to_text),
        expected_wake_at: view.expected_wake_at.map(to_text),
        wake_basis: (!view.wake_basis.is_empty()).then(|| view.wake_basis.clone()),
        awake_window_s: view.awake_window.as_secs_f64(),
        operations: waiting.iter().map(shape).collect(),
    })
}

const fn state(view: &View) -> DeviceState {
    match view.state {
        Wakefulness::AlwaysOn => DeviceState::AlwaysOn,
        Wakefulness::Awake => DeviceState::Awake,
        Wakefulness::Asleep => DeviceState::Asleep,
        Wakefulness::Unregistered => DeviceState::Unregistered,
    }
}
