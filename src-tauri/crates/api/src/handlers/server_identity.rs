//! What the server shows to devices, usually and for server names, and how secrets are
//! sealed. No private key leaves; `authority` makes and believes those of others.

use super::certificate::info;
use crate::dto::{
    Empty, KeyForms, NamedServerIdentity, Sealing, SealingPutRequest, SealingWay, ServerIdentity,
    ServerIdentityDeleteRequest, ServerIdentityListResponse, ServerIdentityPutRequest,
    ServerIdentityRequest,
};
use crate::error::{ApiError, ErrorCode, sentence};
use crate::forms::{armoured, base64, hex, pem};
use crate::host::Host;
use crate::time::to_text;
use secure::authority::{
    Validity, belongs_together, certificates, check_chain, describe, private_key,
};
use secure::{Certificate, Secret, ServerName};
use store::{NamedKey, OwnKey, OwnKeyRole, Way};
use workbench::{NamedKeyError, SealError, Wish};

/// `server_identity_get`
pub(crate) async fn server_identity_get(
    host: &Host,
    request: ServerIdentityRequest,
) -> Result<ServerIdentity, ApiError> {
    let name = request
        .server_name
        .as_deref()
        .map(server_name)
        .transpose()?;
    let chain = match &name {
        None => host.workbench().own_key(OwnKeyRole::Server).await.chain,
        Some(name) => {
            let mut named = host.workbench().named_keys().await.into_iter();
            let own = named.find(|own| own.name == *name);
            own.ok_or_else(|| unknown_name(name))?.chain
        }
    };
    let der = chain.first().map(|first| &**first).unwrap_or_default();
    let told = describe(der)?;
    Ok(ServerIdentity {
        server_name: name.map(|name| name.to_string()),
        certificate_pem: pem(der),
        chain_pem: chain.iter().skip(1).map(|der| pem(der)).collect(),
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
    let created_at = host.workbench().now();
    let name = request
        .server_name
        .as_deref()
        .map(server_name)
        .transpose()?;
    let mut chain = certificates(request.certificate_pem.as_bytes())?;
    if let Some(further) = request.chain_pem.as_deref().filter(|own| !own.is_empty()) {
        chain.extend(certificates(further.as_bytes())?);
    }
    let private = private_key(request.private_key_pem.as_bytes())?;
    let own = chain.first().map(|first| &**first).unwrap_or_default();
    belongs_together(own, &private)?;
    check_chain(&chain)?;
    for der in &chain {
        refuse_past(der, created_at)?;
    }
    match name {
        None => {
            let key = OwnKey {
                role: OwnKeyRole::Server,
                chain,
                private,
                created_at,
            };
            host.workbench().use_server_key(key).await?;
        }
        Some(name) => {
            let key = NamedKey {
                name,
                chain,
                private,
                created_at,
            };
            host.workbench().use_named_key(key).await?;
        }
    }
    let server_name = request.server_name;
    server_identity_get(host, ServerIdentityRequest { server_name }).await
}

/// `server_identity_list`
pub(crate) async fn server_identity_list(
    host: &Host,
    _: Empty,
) -> Result<ServerIdentityListResponse, ApiError> {
    let now = host.workbench().now();
    let shape = |own: NamedKey| {
        let der = own.chain.first()?;
        Some(NamedServerIdentity {
            certificate: info(&describe(der).ok()?, now),
            warning: another_name(der, &own.name),
            server_name: own.name.to_string(),
            added_at: to_text(own.created_at),
        })
    };
    let named = host.workbench().named_keys().await.into_iter();
    Ok(ServerIdentityListResponse {
        server_identities: named.filter_map(shape).collect(),
    })
}

/// `server_identity_delete`
pub(crate) async fn server_identity_delete(
    host: &Host,
    request: ServerIdentityDeleteRequest,
) -> Result<ServerIdentityListResponse, ApiError> {
    let name = server_name(&request.server_name)?;
    if !host.workbench().drop_named_key(&name).await? {
        return Err(unknown_name(&name));
    }
    server_identity_list(host, Empty {}).await
}

fn server_name(text: &str) -> Result<ServerName, ApiError> {
    ServerName::new(text).map_err(|error| ApiError::sentence(ErrorCode::InvalidValue, &error))
}

fn unknown_name(name: &ServerName) -> ApiError {
    let message = format!("There is no key and certificate for the server name \"{name}\".");
    ApiError::new(ErrorCode::NotFound, message)
}

/// What to know of a certificate that is not in the name that it is shown for.
fn another_name(der: &[u8], name: &ServerName) -> Option<String> {
    let certificate = Certificate::from_der(der)?;
    match certificate.is_for(name) {
        true => None,
        false => Some(format!(
            "The certificate does not name \"{name}\": devices that compare the two refuse it."
        )),
    }
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
        warning: warning.map(sentence),
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
pub(super) fn refuse_past(der: &[u8], now: clock::UnixTime) -> Result<(), ApiError> {
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

pub(super) fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new(ErrorCode::InvalidValue, message)
}

impl From<NamedKeyError> for ApiError {
    fn from(error: NamedKeyError) -> Self {
        match error {
            NamedKeyError::TooMany => Self::sentence(ErrorCode::Conflict, &error),
            NamedKeyError::Store(error) => error.into(),
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
