//! The secure session of a device, as it is now.

use super::certificate::info;
use crate::dto::{
    EndpointRequest, SecurityEvent, SecurityEventKind, SessionAddress, SessionGetResponse,
};
use crate::error::{ApiError, ErrorCode};
use crate::forms::{base64, both_forms};
use crate::handlers::pending::{explained, explained_refusal};
use crate::handlers::pending_entry::step_to_dto;
use crate::host::{Host, unknown_device};
use crate::rows::{cid_bytes, mode_to_dto};
use crate::time::to_text;
use clock::UnixTime;
use secure::Identity;
use secure::authority::describe;
use server::security::{SecurityNews, Session, at};
use workbench::address;

/// `session_get`
pub(crate) async fn session_get(
    host: &Host,
    request: EndpointRequest,
) -> Result<SessionGetResponse, ApiError> {
    let workbench = host.workbench();
    let unknown = || unknown_device(&request.endpoint);
    let device = workbench.reader().device_id(&request.endpoint).await?;
    let device = device.ok_or_else(unknown)?;
    let view = workbench
        .look(vec![device])
        .await
        .pop()
        .ok_or_else(unknown)?;
    let session = view.session.ok_or_else(|| {
        let message = format!(
            "\"{}\" has no secure session now: it comes without security, or has to make a handshake first.",
            request.endpoint
        );
        ApiError::new(ErrorCode::NotFound, message)
    })?;
    let now = workbench.now();
    let moves = workbench
        .reader()
        .association_moves(session.association)
        .await?;
    let mut addresses: Vec<SessionAddress> = moves
        .iter()
        .filter_map(|(since, place)| {
            Some(SessionAddress {
                address: address::to_text(at(place)?),
                since: to_text(*since),
            })
        })
        .collect();
    if addresses.is_empty() {
        addresses.push(SessionAddress {
            address: address::to_text(session.at),
            since: to_text(session.since),
        });
    }
    let certificate = match &*session.identity {
        Identity::Certificate(own) => describe(&own.der).ok().map(|told| info(&told, now)),
        _ => None,
    };
    let (identity, identity_hex) = identity(&session);
    Ok(SessionGetResponse {
        endpoint: request.endpoint,
        mode: mode_to_dto(session.mode()),
        suite: session.suite.to_owned(),
        cid: session.cid_bytes > 0,
        cid_bytes: cid_bytes(&session),
        server_name: session.server_name.as_ref().map(ToString::to_string),
        resumed: session.resumed,
        established_at: to_text(session.since),
        age_s: now.since(session.since).as_secs(),
        addresses,
        dropped_records: view.forged_records,
        dropped_because: (view.forged_records > 0).then(|| DROPPED.to_owned()),
        identity,
        identity_hex,
        public_key: match &*session.identity {
            Identity::PublicKey(key) => Some(base64(key)),
            _ => None,
        },
        certificate,
    })
}

/// What becomes of records that are not authentic (RFC 6347 §4.1.2.7).
const DROPPED: &str = "They were damaged or forged, or came a second time: the network repeats records, and so does somebody who recorded them. The session and the address of the device stay as they are.";

/// What happened, as an event.
pub(crate) async fn security_event(
    host: &Host,
    time: UnixTime,
    news: &SecurityNews,
) -> Result<SecurityEvent, ApiError> {
    let event = SecurityEvent {
        kind: SecurityEventKind::Step,
        time: to_text(time),
        address: String::new(),
        step: None,
        identity: None,
        identity_hex: None,
        mode: None,
        suite: None,
        cid: None,
        resumed: None,
        cause: None,
        failure: None,
    };
    Ok(match news {
        SecurityNews::Stepped {
            from,
            step,
            psk_identity,
        } => {
            let (identity, identity_hex) = both_forms(psk_identity.as_deref());
            SecurityEvent {
                address: address::to_text(*from),
                step: Some(step_to_dto(*step)),
                identity,
                identity_hex,
                ..event
            }
        }
        SecurityNews::Established(session) => {
            let (identity, identity_hex) = identity(session);
            SecurityEvent {
                kind: SecurityEventKind::Established,
                address: address::to_text(session.at),
                identity,
                identity_hex,
                mode: Some(mode_to_dto(session.mode())),
                suite: Some(session.suite.to_owned()),
                cid: Some(session.cid_bytes > 0),
                resumed: Some(session.resumed),
                ..event
            }
        }
        SecurityNews::Failed(failed) => {
            let told = explained(host, failed).await?;
            SecurityEvent {
                kind: SecurityEventKind::Failed,
                address: told.address.clone(),
                step: told.step,
                identity: told.identity.clone(),
                identity_hex: told.identity_hex.clone(),
                cause: Some(told.cause),
                failure: Some(told),
                ..event
            }
        }
        SecurityNews::Refused(refused) => {
            let told = explained_refusal(host, refused).await?;
            SecurityEvent {
                kind: SecurityEventKind::Refused,
                address: told.address.clone(),
                identity: told.identity.clone(),
                identity_hex: told.identity_hex.clone(),
                cause: Some(told.cause),
                failure: Some(told),
                ..event
            }
        }
    })
}

fn identity(session: &Session) -> (Option<String>, Option<String>) {
    both_forms(match &*session.identity {
        Identity::Psk(own) => Some(own),
        _ => None,
    })
}
