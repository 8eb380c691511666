//! The console of a device: carries out lines, completes them, remembers them. What
//! a line means is in `crate::console`.

use crate::dto::{
    ConsoleCompleteRequest, ConsoleCompleteResponse, ConsoleHistoryRequest, ConsoleHistoryResponse,
    ConsoleLine, ConsoleRunRequest, ConsoleRunResponse,
};
use crate::error::{ApiError, ErrorCode};
use crate::host::Host;
use crate::time::to_text;
use store::MAX_CONSOLE_LINES;

/// Lines of a history unless told.
const USUAL_LIMIT: u32 = 200;

/// `console_run`
pub(crate) async fn console_run(
    host: &Host,
    request: ConsoleRunRequest,
) -> Result<ConsoleRunResponse, ApiError> {
    host.device(&request.endpoint).await?;
    let message = "The console is not ready in this build.";
    Err(ApiError::new(ErrorCode::InvalidRequest, message))
}

/// `console_complete`
pub(crate) async fn console_complete(
    host: &Host,
    request: ConsoleCompleteRequest,
) -> Result<ConsoleCompleteResponse, ApiError> {
    host.device(&request.endpoint).await?;
    Ok(ConsoleCompleteResponse {
        from: request.cursor.unwrap_or(0),
        candidates: Vec::new(),
        expected: None,
    })
}

/// `console_history`
pub(crate) async fn console_history(
    host: &Host,
    request: ConsoleHistoryRequest,
) -> Result<ConsoleHistoryResponse, ApiError> {
    let device = host.device(&request.endpoint).await?;
    let limit = request.limit.unwrap_or(USUAL_LIMIT).min(MAX_CONSOLE_LINES);
    let newest = host.workbench().reader().console_lines(device.id, limit);
    let lines = newest.await?.into_iter().rev().map(|typed| ConsoleLine {
        line: typed.line,
        at: to_text(typed.at),
    });
    Ok(ConsoleHistoryResponse {
        lines: lines.collect(),
    })
}
