//! What waits for a decision: failed handshakes of the last day, explained and grouped,
//! and endpoints that came without security and that nobody named.

use super::credential::credential_put;
use crate::dto::{
    CredentialPutRequest, CredentialPutResponse, Empty, HandshakeStep, Pending, PendingAction,
    PendingKind, PendingListResponse, PendingRequest,
};
use crate::error::{ApiError, ErrorCode};
use crate::explain::{self, Case, Explanation, Visitor};
use crate::forms::both_forms;
use crate::host::Host;
use crate::time::to_text;
use clock::UnixTime;
use coap::ListenerId;
use secure::{Failure, Step};
use server::credential::{Credential, Holder, Proof, Role};
use server::ids::EndpointName;
use server::security::credentials::Credentials;
use server::security::{ASSOCIATIONS, at};
use std::collections::BTreeMap;
use std::time::Duration;
use store::{DeviceOrder, DeviceQuery, DeviceRow, Edit, FailureRow};
use workbench::address;
use workbench::fingerprint;
use workbench::listeners::Listeners;

/// How long something stays pending.
const KEPT: Duration = Duration::from_secs(86_400);

/// Devices that are looked through for those nobody named: the ones heard last.
const MAX_DEVICES: u32 = 500;

/// `pending_list`
pub(crate) async fn pending_list(host: &Host, _: Empty) -> Result<PendingListResponse, ApiError> {
    let pending = list(host).await?.into_iter().map(|(_, own)| own).collect();
    Ok(PendingListResponse { pending })
}

/// `pending_accept`
pub(crate) async fn pending_accept(
    host: &Host,
    request: PendingRequest,
) -> Result<CredentialPutResponse, ApiError> {
    let pending = find(host, &request.id).await?;
    let put = pending.action.as_ref().and_then(complete).ok_or_else(|| {
        let message = format!(
            "\"{}\" cannot be accepted as it is. {}",
            pending.title, pending.fix
        );
        ApiError::new(ErrorCode::InvalidRequest, message)
    })?;
    let done = credential_put(host, put).await?;
    dismiss(host, request.id, host.workbench().now()).await?;
    Ok(done)
}

/// `pending_dismiss`
pub(crate) async fn pending_dismiss(
    host: &Host,
    request: PendingRequest,
) -> Result<Empty, ApiError> {
    find(host, &request.id).await?;
    dismiss(host, request.id, host.workbench().now()).await
}

/// `pending_block`
pub(crate) async fn pending_block(host: &Host, request: PendingRequest) -> Result<Empty, ApiError> {
    let pending = find(host, &request.id).await?;
    let name = pending.endpoint.as_deref().and_then(EndpointName::new);
    match (pending.kind, name) {
        (PendingKind::Endpoint, Some(name)) => {
            let block = |own: &mut workbench::settings::Settings| {
                own.blocked.insert(name);
            };
            host.workbench().change_settings(block).await?;
            dismiss(host, request.id, host.workbench().now()).await
        }
        // Nobody is in who could be put out; it is not shown again.
        _ => dismiss(host, request.id, FOREVER).await,
    }
}

/// One failure as it is listed, for the event of the moment.
pub(crate) async fn explained(host: &Host, failed: &server::security::FailedHandshake) -> Pending {
    let row = FailureRow {
        id: 0,
        listener: failed.listener,
        failure: failed.failure.clone(),
        first_at: failed.failure.at,
        count: 1,
    };
    let listeners = host.workbench().listeners().await;
    let credentials = host.workbench().credentials().await;
    handshake(&row, &listeners, &credentials)
}

async fn list(host: &Host) -> Result<Vec<(UnixTime, Pending)>, ApiError> {
    let workbench = host.workbench();
    let since = workbench.now() - KEPT;
    let dismissed = workbench.reader().dismissed().await?;
    let failures = workbench.reader().handshake_failures(since).await?;
    let devices = unnamed_candidates(host, since).await?;
    let listeners = workbench.listeners().await;
    let blocked = workbench.settings().blocked;
    let credentials = workbench.credentials().await;
    let mut groups: BTreeMap<String, (UnixTime, UnixTime, Pending)> = BTreeMap::new();
    for row in &failures {
        let one = handshake(row, &listeners, &credentials);
        let fresh = (
            row.failure.at,
            row.first_at,
            Pending {
                count: 0,
                ..one.clone()
            },
        );
        let (_, first, known) = groups.entry(one.id.clone()).or_insert(fresh);
        known.count = known.count.saturating_add(row.count);
        if row.first_at < *first {
            *first = row.first_at;
            known.first_at = to_text(*first);
        }
    }
    let handshakes = groups.into_values().map(|(last, _, own)| (last, own));
    let unnamed = devices
        .iter()
        .filter(|row| !workbench.simulator().has(row.endpoint.as_str()))
        .filter(|row| !blocked.contains(&row.endpoint))
        .filter(|row| {
            credentials
                .of_endpoint(Role::Management, &row.endpoint)
                .next()
                .is_none()
        })
        .map(|row| {
            let seen = row.registration.registered_at;
            (seen, endpoint(row, &listeners, &credentials))
        });
    let mut all: Vec<_> = handshakes
        .chain(unnamed)
        .filter(|(last, own)| dismissed.get(&own.id).is_none_or(|at| at < last))
        .collect();
    all.sort_by(|(a, one), (b, other)| b.cmp(a).then_with(|| one.id.cmp(&other.id)));
    Ok(all)
}

async fn find(host: &Host, id: &str) -> Result<Pending, ApiError> {
    let found = list(host).await?.into_iter().find(|(_, own)| own.id == id);
    found.map(|(_, own)| own).ok_or_else(|| {
        let message = format!("Nothing pending has the id \"{id}\"; it may be older than a day.");
        ApiError::new(ErrorCode::NotFound, message)
    })
}

async fn dismiss(host: &Host, subject: String, at: UnixTime) -> Result<Empty, ApiError> {
    host.workbench()
        .edit(vec![Edit::Dismissed { subject, at }])
        .await?;
    Ok(Empty {})
}

/// Devices that came without security of late.
async fn unnamed_candidates(host: &Host, since: UnixTime) -> Result<Vec<DeviceRow>, ApiError> {
    let query = DeviceQuery {
        filter: String::new(),
        online: None,
        order: DeviceOrder::LastSeen,
        offset: 0,
        limit: MAX_DEVICES,
        now: host.workbench().now(),
    };
    let mut rows = host.workbench().reader().devices(&query).await?.devices;
    rows.retain(|row| {
        let own = &row.registration;
        own.seen_at >= since && own.peer.listener() != ASSOCIATIONS
    });
    Ok(rows)
}

fn handshake(row: &FailureRow, listeners: &Listeners, credentials: &Credentials) -> Pending {
    let Failure {
        from,
        at: time,
        step,
        psk_identity,
        shown,
        cause,
    } = &row.failure;
    let address = at(from).and_then(address::to_address);
    let host = address.map_or_else(String::new, |own| own.ip().to_string());
    let listener = name_of(listeners, row.listener);
    let url = |secure: bool| {
        let scheme = if secure { "coaps" } else { "coap" };
        let open = listeners
            .open
            .iter()
            .find(|own| own.is_secure() == secure)?;
        Some(format!("{scheme}://{}", open.address))
    };
    let (plain_url, secure_url) = (url(false), url(true));
    let told = explain::explain(Case {
        cause,
        step: *step,
        identity: psk_identity.as_deref(),
        shown: shown.as_deref(),
        host: &host,
        listener: &listener,
        plain_url: plain_url.as_deref(),
        secure_url: secure_url.as_deref(),
        credentials,
        role: Role::Management,
    });
    let (identity, identity_hex) = both_forms(psk_identity.as_deref());
    let subject = format!("{listener}|{host}|{cause:?}|{psk_identity:?}|{shown:?}");
    let pending = shape(told, format!("hs-{:016x}", fingerprint(subject.as_bytes())));
    Pending {
        kind: PendingKind::Handshake,
        time: to_text(*time),
        first_at: to_text(row.first_at),
        count: row.count,
        address: address.map_or_else(String::new, |own| own.to_string()),
        listener,
        identity,
        identity_hex,
        step: Some(step_to_dto(*step)),
        ..pending
    }
}

fn endpoint(row: &DeviceRow, listeners: &Listeners, credentials: &Credentials) -> Pending {
    let name = row.endpoint.as_str();
    let address = address::to_text(row.registration.peer);
    let near = near_name(name, credentials);
    let told = explain::unknown_endpoint(&Visitor {
        endpoint: name,
        address: &address,
        near: near.as_deref(),
    });
    Pending {
        kind: PendingKind::Endpoint,
        time: to_text(row.registration.seen_at),
        first_at: to_text(row.registration.registered_at),
        count: 1,
        address,
        listener: name_of(listeners, row.registration.peer.listener()),
        ..shape(told, format!("ep-{name}"))
    }
}

/// The endpoint with credentials that a name was probably meant for.
fn near_name(name: &str, credentials: &Credentials) -> Option<String> {
    let as_identity = |own: &Credential| match (&own.holder, &own.proof) {
        (Holder::Endpoint(holder), Proof::Psk { key, .. }) => Some(Credential {
            proof: Proof::Psk {
                identity: holder.as_str().as_bytes().into(),
                key: key.clone(),
            },
            ..own.clone()
        }),
        _ => None,
    };
    let named: Vec<_> = credentials
        .iter()
        .take(MAX_NAMES)
        .filter_map(as_identity)
        .collect();
    let (close, _) = explain::nearest(name.as_bytes(), &named)?;
    match &close.holder {
        Holder::Endpoint(holder) => Some(holder.to_string()),
        Holder::Pattern(_) => None,
    }
}

fn shape(told: Explanation, id: String) -> Pending {
    let action = told.action.map(|own| PendingAction {
        label: own.label,
        call: own.call.to_owned(),
        request: own.request,
    });
    Pending {
        id,
        kind: PendingKind::Handshake,
        time: String::new(),
        first_at: String::new(),
        count: 0,
        address: String::new(),
        listener: String::new(),
        endpoint: told.endpoint,
        identity: None,
        identity_hex: None,
        step: None,
        title: told.title,
        seen: told.seen,
        why: told.why,
        fix: told.fix,
        acceptable: action.as_ref().and_then(complete).is_some(),
        action,
    }
}

/// The request of an action that lacks nothing.
fn complete(action: &PendingAction) -> Option<CredentialPutRequest> {
    if action.call != "credential_put" {
        return None;
    }
    let request: CredentialPutRequest = serde_json::from_value(action.request.clone()).ok()?;
    let named = request.endpoint.is_some() || request.endpoint_pattern.is_some();
    named.then_some(request)
}

fn name_of(listeners: &Listeners, id: ListenerId) -> String {
    let open = listeners.open.iter().find(|own| own.id == id);
    open.map_or_else(String::new, |own| {
        let scheme = if own.is_secure() { "coaps" } else { "coap" };
        format!("{scheme} {}", own.address)
    })
}

pub(crate) const fn step_to_dto(step: Step) -> HandshakeStep {
    match step {
        Step::Hello => HandshakeStep::Hello,
        Step::Verified => HandshakeStep::Verified,
        Step::KeyExchange => HandshakeStep::KeyExchange,
        Step::Finished => HandshakeStep::Finished,
    }
}

/// When something was dismissed that is not to come again.
const FOREVER: UnixTime = UnixTime::from_micros(i64::MAX);

/// Endpoints that are compared with a name.
const MAX_NAMES: usize = 20_000;
