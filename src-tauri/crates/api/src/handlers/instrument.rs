//! The program itself: status, problems, listeners, what the page keeps.

use crate::dto::{
    ClosedListener, Empty, EventsTicketResponse, Interface, InterfaceListResponse, Listener,
    ListenerCloseRequest, ListenerListResponse, ListenerOpenRequest, ProblemListRequest,
    ProblemListResponse, Role, Status, ViewGetRequest, ViewGetResponse, ViewPutRequest,
};
use crate::error::{ApiError, ErrorCode};
use crate::host::Host;
use crate::rows;
use std::net::SocketAddr;
use std::sync::atomic::Ordering;
use store::{DeviceOrder, DeviceQuery, Edit};
use workbench::listeners::{Listeners, OpenError, OpenListener};
use workbench::settings::{self, parse_address};

/// Problems unless told.
const USUAL_LIMIT: u32 = 200;

/// Problems at most.
const MAX_LIMIT: u32 = 5_000;

/// Longest key that the page may use, in bytes.
const MAX_VIEW_KEY_BYTES: usize = 128;

/// Largest thing that the page may keep under one key, in bytes of JSON.
const MAX_VIEW_BYTES: usize = 64 << 10;

/// `status_get`
pub(crate) async fn status_get(host: &Host, _: Empty) -> Result<Status, ApiError> {
    let workbench = host.workbench();
    let counts = workbench.reader().counts().await?;
    let query = DeviceQuery {
        filter: String::new(),
        online: Some(true),
        order: DeviceOrder::Endpoint,
        offset: 0,
        limit: 0,
        now: workbench.registered_at(),
    };
    let online = workbench.reader().devices(&query).await?.online;
    let listeners = workbench.listeners().await;
    let closed = listeners.closed.iter().map(|closed| ClosedListener {
        role: Role::Server,
        scheme: scheme(&closed.key),
        address: closed.address.to_string(),
        reason: closed.reason.clone(),
        suggestion: closed.suggestion.map(|free| free.to_string()),
    });
    Ok(Status {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        closed_listeners: closed.collect(),
        listeners: listeners.open.iter().map(listener).collect(),
        devices: counts.devices,
        online,
        messages_per_second: workbench.messages_per_second(),
        open_operations: counts.open_operations,
        observations: counts.observations,
        simulated: workbench.simulator().count() as u64,
        malformed: workbench.counters().malformed.load(Ordering::Relaxed),
        database_bytes: workbench.reader().database_bytes(),
        storage_problem: workbench.storage_problem(),
        revision: workbench.bus().revision().0,
        data_dir: workbench.data_dir().display().to_string(),
        log_dir: workbench.log_dir().display().to_string(),
    })
}

/// `problem_list`
pub(crate) async fn problem_list(
    host: &Host,
    request: ProblemListRequest,
) -> Result<ProblemListResponse, ApiError> {
    let limit = request.limit.unwrap_or(USUAL_LIMIT).min(MAX_LIMIT);
    let rows = host.workbench().reader().problems(limit).await?;
    Ok(ProblemListResponse {
        problems: rows.iter().map(rows::problem).collect(),
    })
}

/// `interface_list`
pub(crate) async fn interface_list(
    host: &Host,
    _: Empty,
) -> Result<InterfaceListResponse, ApiError> {
    let found = workbench::interfaces().map_err(|error| {
        ApiError::new(
            ErrorCode::Internal,
            format!("The system does not list its interfaces: {error}."),
        )
    })?;
    let listeners = host.workbench().listeners().await;
    let interfaces = found.into_iter().map(|(name, address)| {
        let serves = |open: &&OpenListener| {
            open.address.ip() == address || open.address.ip().is_unspecified()
        };
        let url = |open: &OpenListener| {
            let place = SocketAddr::new(address, open.address.port());
            format!("{}://{place}", scheme(&open.key))
        };
        Interface {
            name,
            address: address.to_string(),
            loopback: address.is_loopback(),
            urls: listeners.open.iter().filter(serves).map(url).collect(),
        }
    });
    Ok(InterfaceListResponse {
        interfaces: interfaces.collect(),
    })
}

/// `listener_open`
pub(crate) async fn listener_open(
    host: &Host,
    request: ListenerOpenRequest,
) -> Result<ListenerListResponse, ApiError> {
    let scheme = request.scheme.as_deref().unwrap_or(settings::COAP);
    let built = [settings::COAP, settings::COAPS].contains(&scheme);
    if !built || request.role == Some(Role::Bootstrap) {
        let message = "This version serves coap and coaps for device management only.";
        return Err(ApiError::new(ErrorCode::InvalidRequest, message));
    }
    let address = parse_address(&request.address).ok_or_else(|| {
        let message = format!(
            "\"{}\" is not an address with a port, such as 192.168.1.20:5683.",
            request.address
        );
        ApiError::new(ErrorCode::InvalidRequest, message)
    })?;
    host.workbench().open_listener(scheme, address).await?;
    Ok(list(&host.workbench().listeners().await))
}

/// `listener_close`
pub(crate) async fn listener_close(
    host: &Host,
    request: ListenerCloseRequest,
) -> Result<ListenerListResponse, ApiError> {
    if !host.workbench().close_listener(&request.address).await? {
        let message = format!("No listener has the address \"{}\".", request.address);
        return Err(ApiError::new(ErrorCode::NotFound, message));
    }
    Ok(list(&host.workbench().listeners().await))
}

/// `view_get`
pub(crate) async fn view_get(
    host: &Host,
    request: ViewGetRequest,
) -> Result<ViewGetResponse, ApiError> {
    let kept = host.workbench().reader().view(&request.key).await?;
    let value = kept
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default();
    Ok(ViewGetResponse { value })
}

/// `view_put`
pub(crate) async fn view_put(host: &Host, request: ViewPutRequest) -> Result<Empty, ApiError> {
    let value = (!request.value.is_null()).then(|| request.value.to_string());
    let too_large = value
        .as_ref()
        .is_some_and(|text| text.len() > MAX_VIEW_BYTES);
    if request.key.len() > MAX_VIEW_KEY_BYTES || too_large {
        let message = "A key may have 128 bytes, what is kept under it 64 KiB.";
        return Err(ApiError::new(ErrorCode::InvalidRequest, message));
    }
    host.workbench()
        .edit(vec![Edit::View {
            key: request.key,
            value,
        }])
        .await?;
    Ok(Empty {})
}

/// `events_ticket`
pub(crate) async fn events_ticket(host: &Host, _: Empty) -> Result<EventsTicketResponse, ApiError> {
    Ok(EventsTicketResponse {
        ticket: host.issue_ticket()?,
    })
}

/// The open listeners, as the ready line and the calls list them.
#[must_use]
pub fn list(listeners: &Listeners) -> ListenerListResponse {
    ListenerListResponse {
        listeners: listeners.open.iter().map(listener).collect(),
    }
}

fn listener(open: &OpenListener) -> Listener {
    Listener {
        role: Role::Server,
        scheme: scheme(&open.key),
        address: open.address.to_string(),
        exposed: Some(!open.address.ip().is_loopback()),
        unprotected: Some(open.is_unprotected()),
    }
}

fn scheme(key: &str) -> String {
    settings::scheme(key).to_owned()
}

impl From<OpenError> for ApiError {
    fn from(error: OpenError) -> Self {
        let message = format!("{error}.");
        match error {
            OpenError::InUse { suggestion, .. } => {
                let suggestion = suggestion.map(|free| free.to_string());
                Self::new(ErrorCode::Conflict, message)
                    .with(serde_json::json!({ "suggestion": suggestion }))
            }
            OpenError::Io { .. } => Self::new(ErrorCode::InvalidRequest, message),
            OpenError::TooMany => Self::new(ErrorCode::Conflict, message),
            OpenError::Store(_) | OpenError::Stopping => {
                Self::new(ErrorCode::StorageUnavailable, message)
            }
        }
    }
}
