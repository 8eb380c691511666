//! Stored values: history and curves.

use super::check::{device_path, invalid_path};
use crate::dto::{
    ChartSeries, Reading, ReadingChartRequest, ReadingChartResponse, ReadingHistoryRequest,
    ReadingHistoryResponse, ValueGetRequest,
};
use crate::error::{ApiError, ErrorCode};
use crate::host::Host;
use crate::rows::{self, Extent};
use crate::time::from_text;
use clock::UnixTime;
use lwm2m::Value;
use server::answer::DeviceTypes;
use std::time::Duration;
use store::{ChartQuery, MAX_COLUMNS, ReadingQuery};

/// Rows of a history unless told.
const USUAL_LIMIT: u32 = 1_000;

/// Rows of a history at most.
const MAX_LIMIT: u32 = 100_000;

/// Bytes of whole values in one answer; as JSON, and with what else is said of them,
/// they take some times as many.
const MAX_BYTES: u64 = 64 << 20;

/// Rows that need not be weighed: no value is larger than 16 MiB, as the largest body
/// that a device may send.
const ALWAYS_FIT: u32 = 4;

/// Curves in one answer.
const MAX_SERIES: usize = 12;

/// `reading_history`
pub(crate) async fn reading_history(
    host: &Host,
    request: ReadingHistoryRequest,
) -> Result<ReadingHistoryResponse, ApiError> {
    let device = host.device(&request.endpoint).await?;
    let query = ReadingQuery {
        device: device.id,
        path: device_path(&device, &request.path)?,
        from: request
            .from
            .as_deref()
            .map(|text| from_text("from", text))
            .transpose()?,
        to: request
            .to
            .as_deref()
            .map(|text| from_text("to", text))
            .transpose()?,
        limit: request.limit.unwrap_or(USUAL_LIMIT).min(MAX_LIMIT),
    };
    let extent = Extent::of_call(request.preview);
    if extent == Extent::Whole && query.limit > ALWAYS_FIT {
        let bytes = host.workbench().reader().readings_size(query).await?;
        check_size(bytes)?;
    }
    let rows = host.workbench().reader().readings(query).await?;
    Ok(ReadingHistoryResponse {
        readings: rows.iter().map(|row| rows::reading(row, extent)).collect(),
    })
}

/// Refuses what would not fit one answer, before it is read.
fn check_size(bytes: u64) -> Result<(), ApiError> {
    if bytes <= MAX_BYTES {
        return Ok(());
    }
    let (asked, most) = (bytes >> 20, MAX_BYTES >> 20);
    let message = format!(
        "The values asked for have {asked} MiB, and {most} MiB fit one answer: ask for fewer, for a narrower path or a shorter time, or with \"preview\" for their beginnings."
    );
    Err(ApiError::new(ErrorCode::InvalidRequest, message))
}

/// `value_get`
pub(crate) async fn value_get(host: &Host, request: ValueGetRequest) -> Result<Reading, ApiError> {
    let device = host.device(&request.endpoint).await?;
    let path = device_path(&device, &request.path)?;
    if path.depth() < 3 {
        return Err(invalid_path(format!(
            "{path} is no value; name a resource or a resource instance, as in /3/0/0."
        )));
    }
    let time = request.time.as_deref();
    let from = time.map(|text| from_text("time", text)).transpose()?;
    let query = ReadingQuery {
        device: device.id,
        path,
        from,
        // Rows name times by the millisecond.
        to: from.map(|from| from + Duration::from_millis(1)),
        limit: 1,
    };
    let found = host.workbench().reader().readings(query).await?;
    found
        .first()
        .filter(|row| row.path == path)
        .map(|row| rows::reading(row, Extent::Whole))
        .ok_or_else(|| {
            let when = time.map_or_else(String::new, |time| format!(" of {time}"));
            ApiError::new(
                ErrorCode::NotFound,
                format!("No value{when} is stored for {path}."),
            )
        })
}

/// `reading_chart`
pub(crate) async fn reading_chart(
    host: &Host,
    request: ReadingChartRequest,
) -> Result<ReadingChartResponse, ApiError> {
    let device = host.device(&request.endpoint).await?;
    if request.paths.len() > MAX_SERIES {
        let message = format!(
            "{} curves are more than the {MAX_SERIES} that fit one chart.",
            request.paths.len()
        );
        return Err(ApiError::new(ErrorCode::InvalidRequest, message));
    }
    let registry = host.workbench().registry();
    let types = DeviceTypes {
        registration: &device.registration,
        registry: &registry,
    };
    let mut series = Vec::with_capacity(request.paths.len());
    for text in &request.paths {
        let path = device_path(&device, text)?;
        let query = ChartQuery {
            device: device.id,
            path,
            from: UnixTime::from_millis(request.from),
            to: UnixTime::from_millis(request.to),
            columns: request.columns.clamp(1, MAX_COLUMNS),
        };
        let chart = host.workbench().reader().chart(query).await?;
        let definition = path
            .object()
            .zip(path.resource())
            .and_then(|(object, id)| types.definition(object, id));
        let stated = match super::tree::sensor_units(path) {
            Some(units) => host.workbench().reader().latest(device.id, units).await?,
            None => Vec::new(),
        };
        let stated = stated.into_iter().find_map(|row| match row.value {
            Value::String(unit) => Some(unit),
            _ => None,
        });
        series.push(ChartSeries {
            path: path.to_string(),
            name: definition.map_or_else(|| path.to_string(), |own| own.name.clone()),
            unit: definition
                .map(|own| own.units.clone())
                .filter(|unit| !unit.is_empty())
                .or(stated),
            t: chart
                .points
                .iter()
                .map(|point| point.time.as_millis())
                .collect(),
            v: chart.points.iter().map(|point| point.value).collect(),
            readings: chart.readings,
        });
    }
    Ok(ReadingChartResponse { series })
}
