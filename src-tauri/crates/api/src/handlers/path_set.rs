//! Path sets: lists of paths that people named, to read or observe them together.

use crate::dto::{
    EndpointRequest, PathSet, PathSetDeleteRequest, PathSetListResponse, PathSetSaveRequest,
    PathSetScope,
};
use crate::error::{ApiError, ErrorCode};
use crate::handlers::composite::paths;
use crate::host::Host;
use lwm2m::{Path, Value};
use store::{DeviceRow, Edit, Make, PathSetOwner, PathSetRow};

/// Characters of a name at most.
const MAX_NAME: usize = 60;

/// Paths of one set at most.
const MAX_PATHS: usize = 100;

/// Sets of one owner at most.
const MAX_SETS: usize = 200;

const MANUFACTURER: Path = Path::Resource(3, 0, 0);
const MODEL_NUMBER: Path = Path::Resource(3, 0, 1);

/// `path_set_list`
pub(crate) async fn path_set_list(
    host: &Host,
    request: EndpointRequest,
) -> Result<PathSetListResponse, ApiError> {
    list(host, &host.device(&request.endpoint).await?).await
}

/// `path_set_save`
pub(crate) async fn path_set_save(
    host: &Host,
    request: PathSetSaveRequest,
) -> Result<PathSetListResponse, ApiError> {
    let device = host.device(&request.endpoint).await?;
    let name = request.name.trim().to_owned();
    if name.is_empty() || name.chars().count() > MAX_NAME || name.chars().any(char::is_control) {
        return Err(refused(format!(
            "A name has 1 to {MAX_NAME} characters and no line breaks."
        )));
    }
    if request.paths.len() > MAX_PATHS {
        return Err(refused(format!(
            "A path set has {MAX_PATHS} paths at most."
        )));
    }
    let paths = paths(&device, &request.paths)?;
    let owner = owner(host, &device, request.scope).await?;
    let known = host.workbench().reader().path_sets(&owner).await?;
    if known.len() >= MAX_SETS && known.iter().all(|set| set.name != name) {
        return Err(refused(format!(
            "There are {MAX_SETS} path sets already; delete one first."
        )));
    }
    save(host, PathSetRow { owner, name, paths }).await?;
    list(host, &device).await
}

/// `path_set_delete`
pub(crate) async fn path_set_delete(
    host: &Host,
    request: PathSetDeleteRequest,
) -> Result<PathSetListResponse, ApiError> {
    let device = host.device(&request.endpoint).await?;
    let owner = owner(host, &device, request.scope).await?;
    let known = host.workbench().reader().path_sets(&owner).await?;
    if known.iter().all(|set| set.name != request.name) {
        let message = format!("There is no path set \"{}\" here.", request.name);
        return Err(ApiError::new(ErrorCode::NotFound, message));
    }
    let nothing = PathSetRow {
        owner,
        name: request.name,
        paths: Vec::new(),
    };
    save(host, nothing).await?;
    list(host, &device).await
}

async fn save(host: &Host, set: PathSetRow) -> Result<(), ApiError> {
    Ok(host.workbench().edit(vec![Edit::PathSet(set)]).await?)
}

async fn list(host: &Host, device: &DeviceRow) -> Result<PathSetListResponse, ApiError> {
    let reader = host.workbench().reader();
    let mut rows = reader.path_sets(&PathSetOwner::Device(device.id)).await?;
    if let Some(make) = make(host, device).await? {
        rows.extend(reader.path_sets(&PathSetOwner::Make(make)).await?);
    }
    Ok(PathSetListResponse {
        sets: rows.into_iter().map(shape).collect(),
    })
}

async fn owner(
    host: &Host,
    device: &DeviceRow,
    scope: PathSetScope,
) -> Result<PathSetOwner, ApiError> {
    match scope {
        PathSetScope::Device => Ok(PathSetOwner::Device(device.id)),
        PathSetScope::Model => make(host, device).await?.map(PathSetOwner::Make).ok_or_else(|| {
            refused(format!(
                "The model of {} is not known yet: read {MANUFACTURER} or {MODEL_NUMBER} first, or save the set for this device.",
                device.endpoint
            ))
        }),
    }
}

/// What the device said last of its make.
async fn make(host: &Host, device: &DeviceRow) -> Result<Option<Make>, ApiError> {
    let paths = [MANUFACTURER, MODEL_NUMBER];
    let reader = host.workbench().reader();
    let mut make = Make::default();
    for (_, reading) in reader.latest_of_many(&[device.id], &paths).await? {
        let Value::String(text) = reading.value else {
            continue;
        };
        if reading.path == MANUFACTURER {
            make.manufacturer = text;
        } else {
            make.model = text;
        }
    }
    Ok((make != Make::default()).then_some(make))
}

fn shape(row: PathSetRow) -> PathSet {
    let (scope, model) = match row.owner {
        PathSetOwner::Device(_) => (PathSetScope::Device, None),
        PathSetOwner::Make(make) => {
            let words = format!("{} {}", make.manufacturer, make.model);
            (PathSetScope::Model, Some(words.trim().to_owned()))
        }
    };
    PathSet {
        name: row.name,
        scope,
        model,
        paths: row.paths.iter().map(Path::to_string).collect(),
    }
}

fn refused(message: String) -> ApiError {
    ApiError::new(ErrorCode::InvalidRequest, message)
}
