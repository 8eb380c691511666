//! The palette: finds what a few letters may mean. How places are found by name is
//! in `crate::console`.

use crate::dto::{
    PaletteDeed, PaletteItem, PaletteKind, PaletteSearchRequest, PaletteSearchResponse,
};
use crate::error::ApiError;
use crate::host::Host;
use store::{DeviceRow, DeviceSearch};

/// Items unless told.
const USUAL_LIMIT: u32 = 20;

/// Items at most.
const MAX_LIMIT: u32 = 100;

/// `palette_search`
pub(crate) async fn palette_search(
    host: &Host,
    request: PaletteSearchRequest,
) -> Result<PaletteSearchResponse, ApiError> {
    let limit = request.limit.unwrap_or(USUAL_LIMIT).clamp(1, MAX_LIMIT);
    let query = request.query.trim();
    let search = match query.strip_prefix('#') {
        Some(tag) => DeviceSearch::Tag(tag.to_owned()),
        None => DeviceSearch::Name(query.trim_start_matches('@').to_owned()),
    };
    let found = host
        .workbench()
        .reader()
        .find_devices(&search, limit)
        .await?;
    Ok(PaletteSearchResponse {
        items: found.iter().map(device_item).collect(),
        refusal: None,
    })
}

fn device_item(row: &DeviceRow) -> PaletteItem {
    PaletteItem {
        kind: PaletteKind::Device,
        title: row.endpoint.to_string(),
        detail: row.alias.clone().unwrap_or_default(),
        endpoint: Some(row.endpoint.to_string()),
        path: None,
        operation: None,
        object: None,
        deed: PaletteDeed::Open,
        call: None,
    }
}
