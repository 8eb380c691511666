//! What the handlers share, and how a handler says that it wants the token.

use crate::gate::Gate;
use crate::reply::Refusal;
use api::{ErrorCode, Host};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use std::fmt;
use std::sync::Arc;
use tokio::sync::watch;

/// One open door.
pub(crate) struct Shared {
    /// Who answers.
    pub(crate) host: Host,
    /// Who may enter.
    pub(crate) gate: Gate,
    /// True once the door closes; streams end then.
    pub(crate) closing: watch::Receiver<bool>,
}

impl fmt::Debug for Shared {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Shared")
            .field("gate", &self.gate)
            .finish_non_exhaustive()
    }
}

/// Shown by a request that carries the token. It comes first among the arguments of
/// a handler, so that nothing of the request is read before.
pub(crate) struct Authorized;

impl FromRequestParts<Arc<Shared>> for Authorized {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Refusal> {
        if shared.gate.has_token(&parts.headers) {
            return Ok(Self);
        }
        let sentence = "The token is missing or is not the one of this run. \
             Send `Authorization: Bearer TOKEN` with the token of the program's first line.";
        Err(Refusal::new(ErrorCode::Unauthorized, sentence))
    }
}
