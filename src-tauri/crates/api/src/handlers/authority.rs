//! The certificate authority of the bench, and whom we trust. A private key leaves only
//! with the call that made it.

use super::certificate::info;
use super::server_identity::{invalid, refuse_past};
use crate::dto::{
    AuthorityGetResponse, AuthorityIssueRequest, AuthorityIssueResponse, Empty, IssuedCertificate,
    TrustAnchor, TrustAnchorDeleteRequest, TrustAnchorListResponse, TrustAnchorPutRequest,
};
use crate::error::{ApiError, ErrorCode};
use crate::forms::pem;
use crate::host::Host;
use crate::time::to_text;
use secure::authority::{KeyPair, certificates, describe, signing_request};
use std::time::Duration;
use store::{OwnKeyRole, TrustAnchorRow};
use workbench::OwnKeyError;

/// How long a device's certificate holds unless told: RFC 7925 §4.4.2 has constrained
/// devices outlive theirs rarely.
const USUAL_DAYS: u32 = 3_650;

/// The longest that a certificate may be asked for, in days.
const MAX_DAYS: u32 = 36_500;

/// Issued certificates listed.
const MAX_ISSUED: u32 = 1_000;

/// `authority_get`
pub(crate) async fn authority_get(host: &Host, _: Empty) -> Result<AuthorityGetResponse, ApiError> {
    let now = host.workbench().now();
    let own = host.workbench().own_key(OwnKeyRole::Authority).await;
    let der = own.chain.first().map(|first| &**first).unwrap_or_default();
    let rows = host.workbench().reader().issued(MAX_ISSUED).await?;
    let issued = |row: store::IssuedRow| {
        Some(IssuedCertificate {
            certificate: info(&describe(&row.certificate).ok()?, now),
            certificate_pem: pem(&row.certificate),
            endpoint: row.endpoint,
            issued_at: to_text(row.issued_at),
        })
    };
    Ok(AuthorityGetResponse {
        certificate_pem: pem(der),
        certificate: info(&describe(der)?, now),
        issued: rows.into_iter().filter_map(issued).collect(),
    })
}

/// `authority_issue`
pub(crate) async fn authority_issue(
    host: &Host,
    request: AuthorityIssueRequest,
) -> Result<AuthorityIssueResponse, ApiError> {
    let days = request.days.unwrap_or(USUAL_DAYS);
    if days == 0 || days > MAX_DAYS {
        return Err(invalid(format!(
            "A certificate holds from 1 to {MAX_DAYS} days, not {days}."
        )));
    }
    let endpoint = request.endpoint;
    if server::ids::EndpointName::new(&endpoint).is_none() {
        return Err(invalid(format!("\"{endpoint}\" is no endpoint name.")));
    }
    let (public, private) = match request.csr_pem.as_deref().filter(|csr| !csr.is_empty()) {
        Some(csr) => {
            let asked = signing_request(csr.as_bytes())?;
            // A request in another name was made for another device.
            if let Some(name) = asked.common_name.filter(|name| *name != endpoint) {
                return Err(invalid(format!(
                    "The request is for \"{name}\", not for \"{endpoint}\"; issue it under its own name, or make the request anew."
                )));
            }
            (asked.public_key, None)
        }
        None => {
            let pair = KeyPair::generate()?;
            (pair.public.clone(), Some(pair.private_pem()?))
        }
    };
    let life = Duration::from_secs(u64::from(days) * 86_400);
    let issued = host.workbench().issue(&endpoint, &public, life).await?;
    let own = host.workbench().own_key(OwnKeyRole::Authority).await;
    Ok(AuthorityIssueResponse {
        certificate_pem: pem(&issued),
        chain_pem: own.chain.iter().map(|der| pem(der)).collect(),
        private_key_pem: private.map(|own| String::from_utf8_lossy(own.expose()).into_owned()),
    })
}

/// `trust_anchor_put`
pub(crate) async fn trust_anchor_put(
    host: &Host,
    request: TrustAnchorPutRequest,
) -> Result<TrustAnchorListResponse, ApiError> {
    let now = host.workbench().now();
    let anchors = certificates(request.certificate_pem.as_bytes())?;
    for der in &anchors {
        describe(der)?.require_authority()?;
        refuse_past(der, now)?;
    }
    for der in anchors {
        host.workbench().trust(der).await?;
    }
    trust_anchor_list(host, Empty {}).await
}

/// `trust_anchor_list`
pub(crate) async fn trust_anchor_list(
    host: &Host,
    _: Empty,
) -> Result<TrustAnchorListResponse, ApiError> {
    let now = host.workbench().now();
    let own = host.workbench().own_key(OwnKeyRole::Authority).await;
    let rows = host.workbench().reader().trust_anchors().await?;
    let shape = |row: TrustAnchorRow| {
        let told = describe(&row.certificate).ok()?;
        Some(TrustAnchor {
            trust_anchor: told.fingerprint.clone(),
            certificate_pem: pem(&row.certificate),
            certificate: info(&told, now),
            own: own.chain.first() == Some(&row.certificate),
            added_at: to_text(row.added_at),
        })
    };
    Ok(TrustAnchorListResponse {
        trust_anchors: rows.into_iter().filter_map(shape).collect(),
    })
}

/// `trust_anchor_delete`
pub(crate) async fn trust_anchor_delete(
    host: &Host,
    request: TrustAnchorDeleteRequest,
) -> Result<TrustAnchorListResponse, ApiError> {
    let rows = host.workbench().reader().trust_anchors().await?;
    let named = |row: &TrustAnchorRow| {
        describe(&row.certificate).is_ok_and(|told| told.fingerprint == request.trust_anchor)
    };
    let row = rows.into_iter().find(named).ok_or_else(|| {
        let message = format!("There is no trust anchor \"{}\".", request.trust_anchor);
        ApiError::new(ErrorCode::NotFound, message)
    })?;
    host.workbench().distrust(row.certificate).await?;
    trust_anchor_list(host, Empty {}).await
}

impl From<OwnKeyError> for ApiError {
    fn from(error: OwnKeyError) -> Self {
        match error {
            OwnKeyError::Material(error) => error.into(),
            OwnKeyError::Store(error) => error.into(),
        }
    }
}
