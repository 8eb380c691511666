//! Simulated devices.

use crate::dto::{
    Empty, Security, SimulatorListResponse, SimulatorStartRequest, SimulatorStartResponse,
    SimulatorStopRequest,
};
use crate::error::{ApiError, ErrorCode};
use crate::host::Host;
use std::time::{Duration, Instant};
use workbench::ProfileKind;
use workbench::simulator::SimulatorError;

/// Devices that one call may start.
const MAX_COUNT: u32 = 10_000;

/// The beginning of endpoint names unless told.
const USUAL_PREFIX: &str = "sim";

/// Longest beginning, in bytes: it leaves room for the number.
const MAX_PREFIX_BYTES: usize = 200;

/// Devices whose registration a start waits for.
const WAITED_FOR: usize = 20;

/// How long it waits at most: a device that gets no answer tries again by itself.
const REGISTERED_WITHIN: Duration = Duration::from_secs(5);

/// The pause between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// `simulator_start`
pub(crate) async fn simulator_start(
    host: &Host,
    request: SimulatorStartRequest,
) -> Result<SimulatorStartResponse, ApiError> {
    let invalid = |message: String| ApiError::new(ErrorCode::InvalidRequest, message);
    if !(1..=MAX_COUNT).contains(&request.count) {
        return Err(invalid(format!(
            "{} is not a number of devices from 1 to {MAX_COUNT}.",
            request.count
        )));
    }
    let kind = match request.kind.as_deref() {
        None => ProfileKind::Sensor,
        Some(name) => name.parse().map_err(|_| {
            let names: Vec<_> = ProfileKind::ALL.iter().map(|kind| kind.name()).collect();
            invalid(format!(
                "\"{name}\" is not a kind of simulated device; {} are.",
                names.join(", ")
            ))
        })?,
    };
    let prefix = request.prefix.as_deref().unwrap_or(USUAL_PREFIX);
    if prefix.is_empty() || prefix.len() > MAX_PREFIX_BYTES || prefix.chars().any(char::is_control)
    {
        return Err(invalid(format!(
            "\"{prefix}\" cannot begin an endpoint name."
        )));
    }
    let secure = match request.security {
        None | Some(Security::Nosec) => false,
        Some(Security::Psk) => true,
        Some(_) => {
            return Err(invalid(
                "Simulated devices come with \"nosec\" or \"psk\".".to_owned(),
            ));
        }
    };
    let endpoints = host
        .workbench()
        .start_simulated(prefix, kind, request.count as usize, secure)
        .await?;
    wait_for_registration(host, &endpoints).await?;
    Ok(SimulatorStartResponse { endpoints })
}

/// Waits until a few devices are known, so that whoever asked can go on with them.
/// Many register over a longer time, and are shown as they come.
async fn wait_for_registration(host: &Host, endpoints: &[String]) -> Result<(), ApiError> {
    let deadline = Instant::now() + REGISTERED_WITHIN;
    for endpoint in endpoints.iter().take(WAITED_FOR) {
        while host
            .workbench()
            .reader()
            .device_id(endpoint)
            .await?
            .is_none()
        {
            if Instant::now() >= deadline {
                return Ok(());
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
    Ok(())
}

/// `simulator_stop`
pub(crate) async fn simulator_stop(
    host: &Host,
    request: SimulatorStopRequest,
) -> Result<Empty, ApiError> {
    let stopped = host
        .workbench()
        .stop_simulated(request.endpoint.as_deref())
        .await;
    match request.endpoint {
        Some(endpoint) if stopped == 0 => Err(ApiError::new(
            ErrorCode::NotFound,
            format!("No simulated device named \"{endpoint}\" runs."),
        )),
        _ => Ok(Empty {}),
    }
}

/// `simulator_list`
pub(crate) async fn simulator_list(
    host: &Host,
    _: Empty,
) -> Result<SimulatorListResponse, ApiError> {
    let running = host.workbench().simulator().running();
    Ok(SimulatorListResponse {
        endpoints: running.into_iter().map(|one| one.endpoint).collect(),
        kinds: ProfileKind::ALL
            .iter()
            .map(|kind| kind.name().to_owned())
            .collect(),
    })
}

impl From<SimulatorError> for ApiError {
    fn from(error: SimulatorError) -> Self {
        let code = match error {
            SimulatorError::NoListener
            | SimulatorError::NoSecureListener
            | SimulatorError::Credential(_)
            | SimulatorError::Taken(_) => ErrorCode::Conflict,
            SimulatorError::TooMany { .. }
            | SimulatorError::Security(_)
            | SimulatorError::Socket(_) => ErrorCode::Busy,
        };
        Self::new(code, format!("{error}."))
    }
}
