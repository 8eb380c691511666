//! Calls that ask something of several paths at once, or of the whole device.

use crate::dto::{
    CancelWay, CompositeCancelRequest, CompositeObserveRequest, CompositeReadRequest,
    CompositeWriteRequest, DeviceReadRequest, OperationStarted,
};
use crate::error::{ApiError, ErrorCode};
use crate::handlers::check::{Check, device_path, invalid_path, readings};
use crate::handlers::resource::{cancel_way, start};
use crate::host::{Host, format_from_dto};
use lwm2m::{Format, Path};
use server::operation::Ask;
use store::DeviceRow;

/// Paths of one composite operation at most; a body of some hundred fits one block.
pub(super) const MAX_PATHS: usize = 1_000;

/// `composite_read`
pub(crate) async fn composite_read(
    host: &Host,
    request: CompositeReadRequest,
) -> Result<OperationStarted, ApiError> {
    let unchecked = request.unchecked.unwrap_or(false);
    let device = host.device(&request.endpoint).await?;
    check_offered(&device, unchecked)?;
    let ask = Ask::ReadComposite {
        paths: paths(&device, &request.paths)?,
        format: format(request.format.map(format_from_dto))?,
    };
    start(host, &request.endpoint, ask, request.terms, unchecked).await
}

/// `composite_write`
pub(crate) async fn composite_write(
    host: &Host,
    request: CompositeWriteRequest,
) -> Result<OperationStarted, ApiError> {
    let unchecked = request.unchecked.unwrap_or(false);
    let device = host.device(&request.endpoint).await?;
    check_offered(&device, unchecked)?;
    if request.values.is_empty() || request.values.len() > MAX_PATHS {
        return Err(invalid_request(format!(
            "A composite write carries 1 to {MAX_PATHS} values, not {}.",
            request.values.len()
        )));
    }
    let ask = Ask::WriteComposite {
        values: readings(
            host,
            &device,
            Path::Root,
            &request.values,
            Check::Write.unless(unchecked),
        )?,
        format: format(request.format.map(format_from_dto))?,
    };
    start(host, &request.endpoint, ask, request.terms, unchecked).await
}

/// `composite_observe`
pub(crate) async fn composite_observe(
    host: &Host,
    request: CompositeObserveRequest,
) -> Result<OperationStarted, ApiError> {
    let unchecked = request.unchecked.unwrap_or(false);
    let device = host.device(&request.endpoint).await?;
    check_offered(&device, unchecked)?;
    let ask = Ask::ObserveComposite {
        paths: paths(&device, &request.paths)?,
        format: format(request.format.map(format_from_dto))?,
    };
    start(host, &request.endpoint, ask, request.terms, unchecked).await
}

/// `composite_cancel`
pub(crate) async fn composite_cancel(
    host: &Host,
    request: CompositeCancelRequest,
) -> Result<OperationStarted, ApiError> {
    let device = host.device(&request.endpoint).await?;
    let ask = Ask::CancelComposite {
        paths: paths(&device, &request.paths)?,
        way: cancel_way(request.way.unwrap_or(CancelWay::Active)),
    };
    start(host, &request.endpoint, ask, request.terms, true).await
}

/// `device_read`
pub(crate) async fn device_read(
    host: &Host,
    request: DeviceReadRequest,
) -> Result<OperationStarted, ApiError> {
    host.device(&request.endpoint).await?;
    start(
        host,
        &request.endpoint,
        Ask::ReadDevice,
        request.terms,
        false,
    )
    .await
}

/// Paths in the order given, each once.
pub(super) fn paths(device: &DeviceRow, texts: &[String]) -> Result<Vec<Path>, ApiError> {
    if texts.is_empty() || texts.len() > MAX_PATHS {
        let message = format!("Name 1 to {MAX_PATHS} paths, not {}.", texts.len());
        return Err(invalid_path(message));
    }
    let mut paths = Vec::new();
    for text in texts {
        let path = device_path(device, text)?;
        if !paths.contains(&path) {
            paths.push(path);
        }
    }
    Ok(paths)
}

fn format(asked: Option<Format>) -> Result<Option<Format>, ApiError> {
    match asked {
        Some(other) if !other.is_composite() => Err(invalid_request(format!(
            "{other} cannot name several paths; composite operations take senml_cbor or senml_json."
        ))),
        _ => Ok(asked),
    }
}

/// Composite operations are offered to who can be expected to understand them
/// (conformance VER-05).
fn check_offered(device: &DeviceRow, unchecked: bool) -> Result<(), ApiError> {
    let own = &device.registration;
    if unchecked || own.takes_composite() {
        return Ok(());
    }
    Err(invalid_request(format!(
        "{}: {}. Send it with \"unchecked\" to see the answer.",
        device.endpoint,
        own.why_no_composite()
    )))
}

fn invalid_request(message: String) -> ApiError {
    ApiError::new(ErrorCode::InvalidRequest, message)
}
