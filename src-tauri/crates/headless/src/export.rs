//! `export`: one table on standard output.

use crate::arguments::asking::ExportOptions;
use crate::caller::{CallError, Caller};
use crate::failure::Failure;
use api::dto::FileContent;
use serde_json::json;
use std::io::Write;

/// Prints the table.
pub(crate) async fn run(options: ExportOptions) -> Result<(), Failure> {
    // Nothing is asked of devices, so none need to reach this process.
    let caller = Caller::find(options.whom, Some(None)).await?;
    let request = json!({
        "table": options.table,
        "endpoint": options.device,
        "path": options.path,
        "filter": options.filter,
        "format": options.format,
    });
    let answer = caller.call("table_export", request).await;
    caller.close().await;
    let file: FileContent =
        serde_json::from_value(answer?).map_err(|error| CallError::Refused {
            code: "internal".to_owned(),
            message: format!("The answer is not understood: {error}."),
        })?;
    // Whoever closed standard output does not want to know.
    let mut output = std::io::stdout().lock();
    let _ = output
        .write_all(file.content.as_bytes())
        .and_then(|()| output.flush());
    Ok(())
}
