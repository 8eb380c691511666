//! The server's own certificate, the authority of the bench, whom we trust, and how
//! secrets are sealed. A private key leaves only with the call that made it.

use super::certificate::info;
use crate::dto::{
    AuthorityGetResponse, AuthorityIssueRequest, AuthorityIssueResponse, Empty, IssuedCertificate,
    KeyForms, Sealing, SealingPutRequest, SealingWay, ServerIdentity, ServerIdentityPutRequest,
    TrustAnchor, TrustAnchorDeleteRequest, TrustAnchorListResponse, TrustAnchorPutRequest,
};
use crate::error::{ApiError, ErrorCode};
use crate::forms::{armoured, base64, hex, pem};
use crate::host::Host;
use crate::time::to_text;
use secure::Secret;
use secure::authority::{
    KeyPair, Validity, belongs_together, certificates, check_chain, describe, private_key,
    signing_request,
};
use std::time::Duration;
use store::{OwnKey, OwnKeyRole, TrustAnchorRow, Way};
use workbench::{OwnKeyError, SealError, Wish};

/// How long a device's certificate holds unless told: RFC 7925 §4.4.2 has constrained
/// devices outlive theirs rarely.
const USUAL_DAYS: u32 = 3_650;

/// The longest that a certificate may be asked for, in days.
const MAX_DAYS: u32 = 36_500;

/// Issued certificates listed.
const MAX_ISSUED: u32 = 1_000;

/// `server_identity_get`
pub(crate) async fn server_identity_get(host: &Host, _: Empty) -> Result<ServerIdentity, ApiError> {
    let own = host.workbench().own_key(OwnKeyRole::Server).await;
    let der = own.chain.first().map(|first| &**first).unwrap_or_default();
    let told = describe(der)?;
    Ok(ServerIdentity {
        certificate_pem: pem(der),
        chain_pem: own.chain.iter().skip(1).map(|der| pem(der)).collect(),
        public_key: base64(&told.public_key),
        certificate_forms: forms("CERTIFICATE", der),
        public_key_forms: forms("PUBLIC KEY", &told.public_key),
        certificate: info(&told, host.workbench().now()),
    })
}

/// `server_identity_put`
pub(crate) async fn server_identity_put(
    host: &Host,
    request: ServerIdentityPutRequest,
) -> Result<ServerIdentity, ApiError> {
    let now = host.workbench().now();
    let mut chain = certificates(request.certificate_pem.as_bytes())?;
    if let Some(further) = request.chain_pem.as_deref().filter(|own| !own.is_empty()) {
        chain.extend(certificates(further.as_bytes())?);
    }
    let private = private_key(request.private_key_pem.as_bytes())?;
    let own = chain.first().map(|first| &**first).unwrap_or_default();
    belongs_together(own, &private)?;
    check_chain(&chain)?;
    for der in &chain {
        refuse_past(der, now)?;
    }
    host.workbench()
        .use_server_key(OwnKey {
            role: OwnKeyRole::Server,
            chain,
            private,
            created_at: now,
        })
        .await?;
    server_identity_get(host, Empty {}).await
}

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

/// `sealing_get`
pub(crate) async fn sealing_get(host: &Host, _: Empty) -> Result<Sealing, ApiError> {
    let (way, warning) = host.workbench().sealing().await;
    Ok(Sealing {
        way: match way {
            Way::Keychain => SealingWay::Keychain,
            Way::Passphrase(_) => SealingWay::Passphrase,
            Way::File => SealingWay::File,
        },
        warning: warning.map(str::to_owned),
    })
}

/// `sealing_put`
pub(crate) async fn sealing_put(
    host: &Host,
    request: SealingPutRequest,
) -> Result<Sealing, ApiError> {
    let given = request.passphrase.map(String::into_bytes).map(Secret::new);
    let given = given.filter(|own| !own.is_empty());
    let wish = match (request.way, given) {
        (SealingWay::Keychain, _) => Wish::Keychain,
        (SealingWay::File, _) => Wish::File,
        (SealingWay::Passphrase, Some(given)) => Wish::Passphrase(given),
        (SealingWay::Passphrase, None) => {
            return Err(invalid(
                "The passphrase is empty; write at least one character.",
            ));
        }
    };
    host.workbench().seal_with(wish).await?;
    sealing_get(host, Empty {}).await
}

fn forms(what: &str, der: &[u8]) -> KeyForms {
    KeyForms {
        pem: armoured(what, der),
        base64: base64(der),
        hex: hex(der),
    }
}

/// Refuses what no device would take any more.
fn refuse_past(der: &[u8], now: clock::UnixTime) -> Result<(), ApiError> {
    let told = describe(der)?;
    if told.validity(now) == Validity::Over {
        return Err(invalid(format!(
            "The certificate \"{}\" ended on {}; get a new one.",
            told.subject,
            to_text(told.not_after)
        )));
    }
    Ok(())
}

fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new(ErrorCode::InvalidValue, message)
}

impl From<OwnKeyError> for ApiError {
    fn from(error: OwnKeyError) -> Self {
        match error {
            OwnKeyError::Material(error) => error.into(),
            OwnKeyError::Store(error) => error.into(),
        }
    }
}

impl From<SealError> for ApiError {
    fn from(error: SealError) -> Self {
        match error {
            SealError::Key(error) => Self::sentence(ErrorCode::Conflict, &error),
            SealError::Store(error) => error.into(),
        }
    }
}
