//! `POST /rpc/{name}` and `GET /rpc`: bytes in, JSON out. What a call means is in
//! `api`; this only reads and writes it.

use crate::reply::Refusal;
use crate::shared::{Authorized, Shared};
use api::{ApiError, ErrorCode};
use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use serde_json::Value;
use std::sync::Arc;

/// Longest request, in bytes: a zip of object definitions in base64.
pub(crate) const MAX_BODY_BYTES: usize = 64 * 1024 * 1024;

/// `GET /rpc`: the whole contract as JSON schema.
pub(crate) async fn listing(_: Authorized) -> Json<Value> {
    Json(api::listing())
}

/// `POST /rpc/{name}`: one call.
pub(crate) async fn call(
    _: Authorized,
    State(shared): State<Arc<Shared>>,
    Path(name): Path<String>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Value>, Refusal> {
    let body = body.map_err(|rejection| unread(&rejection))?;
    let request = parse(&name, &body)?;
    // What only reads may end with its caller; a wait would go on for minutes.
    if !api::changes(&name) {
        return Ok(Json(api::call(&shared.host, &name, request).await?));
    }
    let answer = async move { api::call(&shared.host, &name, request).await };
    Ok(Json(to_its_end(answer).await?))
}

/// Carries a change out, whatever becomes of the connection that it came over: a change is
/// stored first and takes effect then, and a client that goes away in between must not
/// leave the one without the other.
async fn to_its_end(
    answer: impl Future<Output = Result<Value, ApiError>> + Send + 'static,
) -> Result<Value, ApiError> {
    let ended = tokio::spawn(answer).await;
    ended.unwrap_or_else(|error| {
        tracing::error!(%error, "a call ended without an answer");
        let message = "The program failed in this call; its log says where.";
        Err(ApiError::new(ErrorCode::Internal, message))
    })
}

/// An empty body is a request without fields.
fn parse(name: &str, body: &[u8]) -> Result<Value, Refusal> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Value::Null);
    }
    serde_json::from_slice(body).map_err(|error| {
        Refusal::new(
            ErrorCode::InvalidRequest,
            format!("The body of {name} is not JSON: {error}."),
        )
    })
}

fn unread(rejection: &BytesRejection) -> Refusal {
    let too_long = rejection.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE;
    let sentence = if too_long {
        format!(
            "The body is longer than {} MiB.",
            MAX_BODY_BYTES / (1024 * 1024)
        )
    } else {
        format!("The body could not be read: {rejection}.")
    };
    Refusal::new(ErrorCode::InvalidRequest, sentence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_call_that_panics_is_answered_all_the_same() {
        let refused = to_its_end(async { panic!("on purpose") }).await;
        let error = refused.expect_err("there is no answer");
        assert_eq!(error.code, ErrorCode::Internal);
    }
}
