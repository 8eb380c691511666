//! Calls that ask something of a device. Text becomes paths and values here, and
//! what the model forbids is refused here, before anything is sent.

use super::check::{Check, definition, device_path, invalid_path, path_of, readings};
use super::formats::check_format;
use crate::dto::{
    CancelWay, FurtherInstance, InstanceCreateRequest, ObservationCancelRequest, OperationStarted,
    PathRequest, ResourceExecuteRequest, ResourceReadRequest, ResourceWriteRequest, Terms, ValueAt,
    ValueParseRequest, ValueParseResponse, WriteMode,
};
use crate::error::{ApiError, ErrorCode};
use crate::host::{Host, endpoint_name, format_from_dto};
use crate::rows::{operation_id, priority_from_dto};
use crate::value::{from_text, kind_from_dto, kind_to_dto, to_json};
use lwm2m::Path;
use lwm2m::codec::text::execute_arguments;
use lwm2m::model::check_value;
use server::answer::DeviceTypes;
use server::operation::{self as domain, Ask};
use std::time::Duration;

/// An operation may take a day at most, once it is sent.
const MAX_TIMEOUT_MS: u64 = 24 * 60 * 60 * 1_000;

/// An operation may wait for 30 days at most.
const MAX_TTL_MS: u64 = 30 * 24 * 60 * 60 * 1_000;

/// `resource_read`
pub(crate) async fn resource_read(
    host: &Host,
    request: ResourceReadRequest,
) -> Result<OperationStarted, ApiError> {
    let path = path_of(&host.device(&request.endpoint).await?, &request.path)?;
    let ask = Ask::Read {
        path,
        format: request.format.map(format_from_dto),
    };
    start(
        host,
        &request.endpoint,
        ask,
        request.terms,
        request.unchecked.unwrap_or(false),
    )
    .await
}

/// `resource_write`
pub(crate) async fn resource_write(
    host: &Host,
    request: ResourceWriteRequest,
) -> Result<OperationStarted, ApiError> {
    let unchecked = request.unchecked.unwrap_or(false);
    let device = host.device(&request.endpoint).await?;
    let path = device_path(&device, &request.path)?;
    if path.depth() < 2 {
        return Err(invalid_path(format!(
            "{path} cannot be written; name an instance or a resource, as in /3/0/14."
        )));
    }
    let check = Check::Write.unless(unchecked);
    let values = readings(host, &device, path, &request.values, check)?;
    let mode = match request.mode.unwrap_or(WriteMode::Replace) {
        WriteMode::Replace => domain::WriteMode::Replace,
        WriteMode::Update => domain::WriteMode::Update,
    };
    let ask = Ask::Write {
        path,
        mode,
        values,
        format: request.format.map(format_from_dto),
    };
    start(host, &request.endpoint, ask, request.terms, unchecked).await
}

/// `resource_execute`
pub(crate) async fn resource_execute(
    host: &Host,
    request: ResourceExecuteRequest,
) -> Result<OperationStarted, ApiError> {
    let device = host.device(&request.endpoint).await?;
    let path = device_path(&device, &request.path)?;
    if path.depth() != 3 {
        return Err(invalid_path(format!(
            "{path} cannot be executed; name a resource, as in /3/0/4."
        )));
    }
    let unchecked = request.unchecked.unwrap_or(false);
    let registry = host.workbench().registry();
    if let Some(definition) = definition(
        &DeviceTypes {
            registration: &device.registration,
            registry: &registry,
        },
        path,
    ) && !definition.operations.execute
        && !unchecked
    {
        let message = format!("{path} ({}) is not executable.", definition.name);
        return Err(ApiError::new(ErrorCode::InvalidPath, message));
    }
    let arguments = request.arguments.as_deref().filter(|_| !unchecked);
    if let Some(text) = arguments.filter(|text| !text.is_empty()) {
        execute_arguments(text).map_err(|error| {
            ApiError::new(
                ErrorCode::InvalidValue,
                format!("The arguments do not fit: {error}."),
            )
        })?;
    }
    let ask = Ask::Execute {
        path,
        arguments: request.arguments,
        confirmable: request.confirmable.unwrap_or(true),
    };
    start(host, &request.endpoint, ask, request.terms, unchecked).await
}

/// `resource_discover`
pub(crate) async fn resource_discover(
    host: &Host,
    request: PathRequest,
) -> Result<OperationStarted, ApiError> {
    let path = path_of(&host.device(&request.endpoint).await?, &request.path)?;
    start(
        host,
        &request.endpoint,
        Ask::Discover { path },
        request.terms,
        request.unchecked.unwrap_or(false),
    )
    .await
}

/// `instance_create`
pub(crate) async fn instance_create(
    host: &Host,
    request: InstanceCreateRequest,
) -> Result<OperationStarted, ApiError> {
    let unchecked = request.unchecked.unwrap_or(false);
    let device = host.device(&request.endpoint).await?;
    if let Some(version) = &request.version {
        device_path(&device, &format!("/{}_{version}", request.object))?;
    }
    let more = request.more.unwrap_or_default();
    if request.instance.is_none() && !more.is_empty() {
        let message = "Several instances can only be created with their ids; name the first one.";
        return Err(ApiError::new(ErrorCode::InvalidRequest, message));
    }
    let check = Check::Create.unless(unchecked);
    let first = FurtherInstance {
        // Where the device chooses the id, the values hang below instance 0 until then.
        instance: request.instance.unwrap_or(0),
        values: request.values,
    };
    let mut values = Vec::new();
    for FurtherInstance {
        instance,
        values: own,
    } in std::iter::once(first).chain(more)
    {
        let base = Path::from_ids(&[request.object, instance])
            .ok_or_else(|| invalid_path("65535 is reserved; ids go from 0 to 65534.".to_owned()))?;
        let absolute: Vec<ValueAt> = own
            .into_iter()
            .map(|one| ValueAt {
                path: format!("{base}/{}", one.path.trim_start_matches('/')),
                ..one
            })
            .collect();
        values.extend(readings(host, &device, base, &absolute, check)?);
    }
    let ask = Ask::Create {
        object: request.object,
        instance: request.instance,
        values,
        format: request.format.map(format_from_dto),
    };
    start(host, &request.endpoint, ask, request.terms, unchecked).await
}

/// `instance_delete`
pub(crate) async fn instance_delete(
    host: &Host,
    request: PathRequest,
) -> Result<OperationStarted, ApiError> {
    let path = path_of(&host.device(&request.endpoint).await?, &request.path)?;
    if path.depth() != 2 {
        return Err(invalid_path(format!(
            "{path} cannot be deleted; name an instance, as in /3303/1."
        )));
    }
    start(
        host,
        &request.endpoint,
        Ask::Delete { path },
        request.terms,
        request.unchecked.unwrap_or(false),
    )
    .await
}

/// `observation_start`
pub(crate) async fn observation_start(
    host: &Host,
    request: PathRequest,
) -> Result<OperationStarted, ApiError> {
    let path = path_of(&host.device(&request.endpoint).await?, &request.path)?;
    let ask = Ask::Observe {
        path,
        format: request.format.map(format_from_dto),
    };
    let unchecked = request.unchecked.unwrap_or(false);
    start(host, &request.endpoint, ask, request.terms, unchecked).await
}

/// `observation_cancel`
pub(crate) async fn observation_cancel(
    host: &Host,
    request: ObservationCancelRequest,
) -> Result<OperationStarted, ApiError> {
    let path = path_of(&host.device(&request.endpoint).await?, &request.path)?;
    let way = cancel_way(request.way.unwrap_or(CancelWay::Active));
    start(
        host,
        &request.endpoint,
        Ask::CancelObservation { path, way },
        request.terms,
        false,
    )
    .await
}

/// `value_parse`
pub(crate) async fn value_parse(
    host: &Host,
    request: ValueParseRequest,
) -> Result<ValueParseResponse, ApiError> {
    let device = host.device(&request.endpoint).await?;
    let path = device_path(&device, &request.path)?;
    let registry = host.workbench().registry();
    let types = DeviceTypes {
        registration: &device.registration,
        registry: &registry,
    };
    let definition = definition(&types, path);
    let kind = definition
        .and_then(|own| own.kind)
        .or(request.kind.map(kind_from_dto))
        .unwrap_or(lwm2m::Kind::String);
    let value = from_text(&path.to_string(), kind, &request.text)?;
    if let Some(definition) = definition {
        check_value(definition, &value)
            .map_err(|error| ApiError::new(ErrorCode::InvalidValue, format!("{path}: {error}.")))?;
    }
    Ok(ValueParseResponse {
        kind: kind_to_dto(kind),
        value: to_json(&value),
    })
}

pub(super) const fn cancel_way(way: CancelWay) -> domain::CancelWay {
    match way {
        CancelWay::Active => domain::CancelWay::Active,
        CancelWay::Passive => domain::CancelWay::Passive,
    }
}

pub(super) async fn start(
    host: &Host,
    endpoint: &str,
    ask: Ask,
    terms: Terms,
    unchecked: bool,
) -> Result<OperationStarted, ApiError> {
    if !unchecked {
        check_format(host, endpoint, &ask).await?;
    }
    let terms = domain::Terms {
        unchecked,
        ..terms_from_dto(&terms)
    };
    let id = host
        .workbench()
        .ask(endpoint_name(endpoint)?, ask, terms)
        .await?;
    Ok(OperationStarted {
        operation: operation_id(id),
    })
}

/// The terms as the instrument takes them, within bounds.
pub(crate) fn terms_from_dto(terms: &Terms) -> domain::Terms {
    let span = |ms: Option<u64>, most| ms.map(|ms| Duration::from_millis(ms.clamp(1, most)));
    domain::Terms {
        timeout: span(terms.timeout_ms, MAX_TIMEOUT_MS),
        ttl: span(terms.ttl_ms, MAX_TTL_MS),
        priority: terms.priority.map(priority_from_dto).unwrap_or_default(),
        latest_wins: terms.latest_wins,
        unchecked: false,
    }
}
