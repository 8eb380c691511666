//! Tables as CSV or JSON: what the page shows, for a spreadsheet or a script.

use super::{
    compatibility_get, device_list, model_list, operation_list, problem_list, reading_history,
    tree_get,
};
use crate::dto::{
    DeviceListRequest, Empty, EndpointRequest, FileContent, OperationListRequest,
    ProblemListRequest, ReadingHistoryRequest, Table, TableExportRequest, TableFormat,
};
use crate::error::{ApiError, ErrorCode};
use crate::host::Host;
use serde_json::Value as Json;

/// Rows of one file.
const MAX_ROWS: u32 = 100_000;

/// `table_export`
pub(crate) async fn table_export(
    host: &Host,
    request: TableExportRequest,
) -> Result<FileContent, ApiError> {
    let endpoint = || {
        request.endpoint.clone().ok_or_else(|| {
            ApiError::new(
                ErrorCode::InvalidRequest,
                "This table belongs to a device; name its endpoint.".to_owned(),
            )
        })
    };
    let (name, columns, rows): (&str, &[&str], Json) = match request.table {
        Table::Devices => (
            "devices",
            DEVICE_COLUMNS,
            all_devices(host, request.filter.clone()).await?,
        ),
        Table::Readings => {
            let path = request.path.clone().unwrap_or_else(|| "/".to_owned());
            let history = ReadingHistoryRequest {
                endpoint: endpoint()?,
                path,
                from: None,
                to: None,
                limit: Some(MAX_ROWS),
                preview: None,
            };
            (
                "readings",
                READING_COLUMNS,
                to_json(&reading_history(host, history).await?.readings)?,
            )
        }
        Table::Operations => {
            let list = OperationListRequest {
                endpoint: request.endpoint.clone(),
                limit: Some(MAX_ROWS),
            };
            (
                "operations",
                OPERATION_COLUMNS,
                to_json(&operation_list(host, list).await?.operations)?,
            )
        }
        Table::Problems => {
            let list = ProblemListRequest {
                limit: Some(MAX_ROWS),
            };
            (
                "problems",
                PROBLEM_COLUMNS,
                to_json(&problem_list(host, list).await?.problems)?,
            )
        }
        Table::Tree => {
            let tree = EndpointRequest {
                endpoint: endpoint()?,
            };
            (
                "objects",
                TREE_COLUMNS,
                to_json(&tree_get(host, tree).await?.rows)?,
            )
        }
        Table::Compatibility => {
            let device = EndpointRequest {
                endpoint: endpoint()?,
            };
            (
                "compatibility",
                COMPATIBILITY_COLUMNS,
                to_json(&compatibility_get(host, device).await?.rows)?,
            )
        }
        Table::Models => (
            "definitions",
            MODEL_COLUMNS,
            to_json(&model_list(host, Empty {}).await?.objects)?,
        ),
    };
    let (ending, content) = match request.format.unwrap_or(TableFormat::Csv) {
        TableFormat::Csv => ("csv", to_csv(columns, &rows)?),
        TableFormat::Json => ("json", format!("{rows:#}\n")),
    };
    let name = match &request.endpoint {
        Some(endpoint) => format!("{}-{name}.{ending}", file_name_part(endpoint)),
        None => format!("{name}.{ending}"),
    };
    Ok(FileContent { name, content })
}

const DEVICE_COLUMNS: &[&str] = &[
    "endpoint",
    "alias",
    "online",
    "sleeping",
    "model",
    "firmware",
    "address",
    "security",
    "lwm2m_version",
    "binding",
    "lifetime_s",
    "registered_at",
    "last_seen_at",
    "expires_at",
    "tags",
    "note",
];
const READING_COLUMNS: &[&str] = &["time", "path", "kind", "value", "source"];
const OPERATION_COLUMNS: &[&str] = &[
    "started_at",
    "ended_at",
    "endpoint",
    "name",
    "path",
    "state",
    "outcome",
    "code",
    "detail",
    "operation",
];
const PROBLEM_COLUMNS: &[&str] = &["time", "kind", "message", "peer", "listener", "count"];
const TREE_COLUMNS: &[&str] = &[
    "path", "name", "value", "unit", "kind", "at", "source", "observed",
];
const COMPATIBILITY_COLUMNS: &[&str] = &[
    "code",
    "title",
    "treatment",
    "count",
    "first_at",
    "last_at",
    "example",
];
const MODEL_COLUMNS: &[&str] = &["object", "version", "name", "source", "resources"];

async fn all_devices(host: &Host, filter: Option<String>) -> Result<Json, ApiError> {
    let mut devices = Vec::new();
    loop {
        let offset = u32::try_from(devices.len()).unwrap_or(u32::MAX);
        let page = DeviceListRequest {
            filter: filter.clone(),
            limit: Some(10_000),
            offset: Some(offset),
            ..Default::default()
        };
        let page = device_list(host, page).await?.devices;
        if page.is_empty() || offset >= MAX_ROWS {
            return to_json(&devices);
        }
        devices.extend(page);
    }
}

fn to_json<T: serde::Serialize>(rows: &T) -> Result<Json, ApiError> {
    serde_json::to_value(rows)
        .map_err(|error| ApiError::new(ErrorCode::Internal, error.to_string()))
}

fn to_csv(columns: &[&str], rows: &Json) -> Result<String, ApiError> {
    let failed = |error: String| ApiError::new(ErrorCode::Internal, error);
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer
        .write_record(columns)
        .map_err(|error| failed(error.to_string()))?;
    for row in rows.as_array().into_iter().flatten() {
        let cells = columns.iter().map(|column| cell(row.get(column)));
        writer
            .write_record(cells)
            .map_err(|error| failed(error.to_string()))?;
    }
    let bytes = writer
        .into_inner()
        .map_err(|error| failed(error.to_string()))?;
    String::from_utf8(bytes).map_err(|error| failed(error.to_string()))
}

fn cell(value: Option<&Json>) -> String {
    match value {
        None | Some(Json::Null) => String::new(),
        // A spreadsheet takes text with these beginnings for a formula.
        Some(Json::String(text)) if text.starts_with(['=', '+', '@', '\t', '\r']) => {
            format!("'{text}")
        }
        Some(Json::String(text)) => text.clone(),
        Some(Json::Array(items)) => items
            .iter()
            .map(|item| cell(Some(item)))
            .collect::<Vec<_>>()
            .join(" "),
        Some(other) => other.to_string(),
    }
}

fn file_name_part(endpoint: &str) -> String {
    endpoint
        .chars()
        .map(|c| {
            if c.is_alphanumeric() || "-_.".contains(c) {
                c
            } else {
                '-'
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_formulas_are_defused() {
        let rows =
            serde_json::json!([{ "a": "x,\"y\"", "b": "=1+1", "c": ["p", "q"] }, { "a": 1 }]);
        let text = to_csv(&["a", "b", "c"], &rows).expect("CSV");
        assert_eq!(text, "a,b,c\n\"x,\"\"y\"\"\",'=1+1,p q\n1,,\n");
    }
}
