//! Devices: lists, rows, names and remarks.

use crate::dto::{
    Device, DeviceListRequest, DeviceListResponse, DeviceNoteRequest, DeviceOrder, Empty,
    EndpointRequest,
};
use crate::error::ApiError;
use crate::host::{Host, endpoint_name};
use crate::rows;
use store::{DeviceQuery, Edit};

/// `device_list`
pub(crate) async fn device_list(
    host: &Host,
    request: DeviceListRequest,
) -> Result<DeviceListResponse, ApiError> {
    let workbench = host.workbench();
    let query = DeviceQuery {
        filter: request.filter.unwrap_or_default(),
        online: request.online,
        order: match request.order.unwrap_or(DeviceOrder::Endpoint) {
            DeviceOrder::Endpoint => store::DeviceOrder::Endpoint,
            DeviceOrder::LastSeen => store::DeviceOrder::LastSeen,
            DeviceOrder::Expires => store::DeviceOrder::Expires,
            DeviceOrder::Registered => store::DeviceOrder::Registered,
        },
        offset: request.offset.unwrap_or(0),
        limit: request.limit.unwrap_or(u32::MAX),
        now: workbench.registered_at(),
    };
    let page = workbench.reader().devices(&query).await?;
    let devices = rows::devices(workbench, &page.devices).await?;
    Ok(DeviceListResponse {
        devices,
        total: page.total,
        online: page.online,
    })
}

/// `device_get`
pub(crate) async fn device_get(host: &Host, request: EndpointRequest) -> Result<Device, ApiError> {
    let row = host.device(&request.endpoint).await?;
    rows::device(host.workbench(), &row).await
}

/// `device_forget`
pub(crate) async fn device_forget(
    host: &Host,
    request: EndpointRequest,
) -> Result<Empty, ApiError> {
    host.workbench()
        .forget(endpoint_name(&request.endpoint)?)
        .await?;
    Ok(Empty {})
}

/// `device_note`
pub(crate) async fn device_note(
    host: &Host,
    request: DeviceNoteRequest,
) -> Result<Device, ApiError> {
    let row = host.device(&request.endpoint).await?;
    let edit = Edit::Note {
        device: row.id,
        alias: request.alias,
        note: request.note,
        tags: request.tags,
    };
    host.workbench().edit(vec![edit]).await?;
    device_get(
        host,
        EndpointRequest {
            endpoint: request.endpoint,
        },
    )
    .await
}
