//! `POST /rpc/{name}` and `GET /rpc`: bytes in, JSON out. What a call means is in
//! `api`; this only reads and writes it.

use crate::reply::Refusal;
use crate::shared::{Authorized, Shared};
use api::ErrorCode;
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
    Ok(Json(api::call(&shared.host, &name, request).await?))
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
