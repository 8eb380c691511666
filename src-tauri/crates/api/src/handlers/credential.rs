//! Credentials: taken in, shown, deleted. What a request means is read in
//! `credential_request`, which ones are listed in `credential_list`; a key leaves only
//! with the call that generated it.

use super::credential_request::{Draft, holder as read_holder, read, role_of};
use crate::dto::{
    self, CredentialBindRequest, CredentialDeleteRequest, CredentialMode, CredentialOutcome,
    CredentialPutRequest, CredentialPutResponse, CredentialServer, Empty, PinnedCertificate,
};
use crate::error::{ApiError, ErrorCode};
use crate::forms::{base64, both_forms, hex, pem};
use crate::handlers::certificate::warning;
use crate::host::Host;
use crate::time::to_text;
use clock::UnixTime;
use secure::Secret;
use secure::authority::describe;
use server::credential::{Credential, CredentialId, Holder, Proof, Role};
use server::ids::EndpointName;
use server::security::credentials::{Credentials, Shown};
use store::Usage;
use workbench::CredentialError;

/// `credential_put`
pub(crate) async fn credential_put(
    host: &Host,
    request: CredentialPutRequest,
) -> Result<CredentialPutResponse, ApiError> {
    let Draft {
        holder,
        role,
        proof,
        shared,
        generated,
    } = read(&request)?;
    let created_at = host.workbench().now();
    let mut generated = generated;
    let make = |all: &Credentials, id, holder| {
        let mut new = Credential {
            id,
            holder,
            role,
            proof,
            shared,
            created_at,
        };
        if generated && let Some(key) = present_key(all, &new, request.keep_key == Some(true))? {
            new.proof.set_key(key);
            generated = false;
        }
        Ok::<_, ApiError>(new)
    };
    let put = host.workbench().put_credential_beside(role, holder, make);
    let (new, former) = put.await?;
    let (identity, identity_hex) = identity(&new.proof);
    let key = match &new.proof {
        Proof::Psk { key, .. } if generated => Some(key.expose()),
        _ => None,
    };
    let pinned = match &new.proof {
        Proof::Certificate { pinned } => pinned.as_deref(),
        _ => None,
    };
    let told = pinned.and_then(|der| describe(der).ok());
    Ok(CredentialPutResponse {
        credential: credential_id(new.id),
        identity,
        identity_hex,
        key_hex: key.map(hex),
        key_base64: key.map(base64),
        replaced: former.is_some(),
        warning: told.and_then(|told| warning(&told, created_at)),
    })
}

/// `credential_bind`
pub(crate) async fn credential_bind(
    host: &Host,
    request: CredentialBindRequest,
) -> Result<CredentialPutResponse, ApiError> {
    let unknown = || unknown_credential(&request.credential);
    let id = read_id(&request.credential).ok_or_else(unknown)?;
    let endpoint = EndpointName::new(&request.endpoint).ok_or_else(|| {
        let message = "An endpoint client name has 1 to 252 bytes and no control characters.";
        ApiError::new(ErrorCode::InvalidRequest, message)
    })?;
    let also = request.also == Some(true);
    let holder = Holder::Endpoint(endpoint);
    let bound = host.workbench().bind_credential(id, holder, also).await?;
    let (new, replaced) = bound.ok_or_else(unknown)?;
    let (identity, identity_hex) = identity(&new.proof);
    Ok(CredentialPutResponse {
        credential: credential_id(new.id),
        identity,
        identity_hex,
        key_hex: None,
        key_base64: None,
        replaced,
        warning: None,
    })
}

/// `credential_delete`
pub(crate) async fn credential_delete(
    host: &Host,
    request: CredentialDeleteRequest,
) -> Result<Empty, ApiError> {
    let workbench = host.workbench();
    let (former, unknown) = match &request.credential {
        Some(text) => {
            let unknown = || unknown_credential(text);
            let id = read_id(text).ok_or_else(unknown)?;
            (workbench.drop_credential(id).await?, unknown())
        }
        None => {
            let wanted = (
                request.endpoint.as_deref(),
                request.endpoint_pattern.as_deref(),
            );
            let holder = read_holder(wanted)?;
            let role = role_of(request.server);
            let former = workbench.drop_credential_of(role, &holder).await?;
            let message = format!("{holder} has no credential of its own for this server.");
            (former, ApiError::new(ErrorCode::NotFound, message))
        }
    };
    former.map(|_| Empty {}).ok_or(unknown)
}

/// The key that a credential without one goes on with: that of its holder, if it is to be
/// kept, or that of an identity which others share. Nothing where one is to be generated.
fn present_key(
    all: &Credentials,
    new: &Credential,
    keep: bool,
) -> Result<Option<Secret>, ApiError> {
    let Proof::Psk { identity, .. } = &new.proof else {
        return Ok(None);
    };
    let (role, holder) = (new.role, &new.holder);
    if keep {
        let own = all.of_holder(role, holder);
        let key = own.and_then(|own| own.proof.key()).cloned();
        return key.map(Some).ok_or_else(|| {
            let message = format!(
                "{holder} has no pre-shared key that could be kept; give one as key_hex, or leave keep_key out to have one generated."
            );
            ApiError::new(ErrorCode::InvalidValue, message)
        });
    }
    let mut others = all.showing(role, Shown::Psk(identity));
    let sharing = others.find(|own| new.shared && own.shared && own.holder != *holder);
    Ok(sharing.and_then(|own| own.proof.key()).cloned())
}

/// A credential without its secret.
pub(crate) fn shape(own: &Credential, usage: Usage, now: UnixTime) -> dto::Credential {
    let (identity, identity_hex) = identity(&own.proof);
    let (endpoint, endpoint_pattern) = match &own.holder {
        Holder::Endpoint(name) => (Some(name.to_string()), None),
        Holder::Pattern(pattern) => (None, Some(pattern.to_string())),
    };
    let mut shape = dto::Credential {
        credential: credential_id(own.id),
        endpoint,
        endpoint_pattern,
        server: server_to_dto(own.role),
        mode: mode_to_dto(&own.proof),
        identity,
        identity_hex,
        key_bytes: None,
        public_key: None,
        certificate: None,
        shared: own.shared,
        created_at: to_text(own.created_at),
        last_used_at: None,
        last_outcome: None,
        online: usage.online,
    };
    match &own.proof {
        Proof::Psk { key, .. } => shape.key_bytes = u32::try_from(key.len()).ok(),
        Proof::PublicKey { key } => shape.public_key = Some(base64(key)),
        Proof::Certificate { pinned } => {
            shape.certificate = pinned.as_deref().and_then(|der| certificate(der, now));
        }
        Proof::NoSec => {}
    }
    if let Some(last) = usage.last {
        shape.last_used_at = Some(to_text(last.at));
        shape.last_outcome = Some(if last.ok {
            CredentialOutcome::Accepted
        } else {
            CredentialOutcome::Failed
        });
    }
    shape
}

fn certificate(der: &[u8], now: UnixTime) -> Option<PinnedCertificate> {
    let told = describe(der).ok()?;
    Some(PinnedCertificate {
        pem: pem(der),
        not_after: to_text(told.not_after),
        warning: warning(&told, now),
        subject: told.subject,
    })
}

/// The identity of a pre-shared key, as text where it is one, and in hex.
pub(crate) fn identity(proof: &Proof) -> (Option<String>, Option<String>) {
    both_forms(match proof {
        Proof::Psk { identity, .. } => Some(identity),
        _ => None,
    })
}

/// An opaque id.
pub(crate) fn credential_id(id: CredentialId) -> String {
    format!("cr-{:016x}", id.0)
}

fn unknown_credential(id: &str) -> ApiError {
    let message = format!("There is no credential \"{id}\".");
    ApiError::new(ErrorCode::NotFound, message)
}

fn read_id(text: &str) -> Option<CredentialId> {
    let digits = text.strip_prefix("cr-")?;
    u64::from_str_radix(digits, 16).ok().map(CredentialId)
}

pub(crate) const fn server_to_dto(role: Role) -> CredentialServer {
    match role {
        Role::Management => CredentialServer::Management,
        Role::Bootstrap => CredentialServer::Bootstrap,
    }
}

pub(crate) const fn mode_to_dto(proof: &Proof) -> CredentialMode {
    match proof {
        Proof::Psk { .. } => CredentialMode::Psk,
        Proof::PublicKey { .. } => CredentialMode::Rpk,
        Proof::Certificate { .. } => CredentialMode::X509,
        Proof::NoSec => CredentialMode::Nosec,
    }
}

impl From<CredentialError> for ApiError {
    fn from(error: CredentialError) -> Self {
        match error {
            CredentialError::Conflict(_) | CredentialError::TooMany => {
                Self::sentence(ErrorCode::Conflict, &error)
            }
            CredentialError::Store(error) => error.into(),
        }
    }
}
