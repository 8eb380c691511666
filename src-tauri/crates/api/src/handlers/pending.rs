//! What waits for a decision: failed handshakes and refused registrations of the last
//! day, explained and grouped, and endpoints that came without security and that nobody
//! named. How one entry is made stands in `pending_entry`.

use super::block::shape;
use super::credential::{credential_bind, credential_put};
use super::pending_entry::{Acceptable, Around, Entry, complete};
use crate::dto::{
    self, CredentialPutResponse, Empty, Pending, PendingListResponse, PendingRequest,
};
use crate::error::{ApiError, ErrorCode};
use crate::host::Host;
use crate::time::to_text;
use clock::UnixTime;
use secure::Cause;
use server::credential::{Holder, Role};
use server::ids::EndpointName;
use server::security::credentials::Credentials;
use server::security::{ASSOCIATIONS, FailedHandshake, RefusedRegistration};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Duration;
use store::{DeviceOrder, DeviceQuery, DeviceRow, Edit, FailureRow, RefusalRow};
use workbench::address;
use workbench::blocking::Block;

/// How long something stays pending.
const KEPT: Duration = Duration::from_secs(86_400);

/// Devices that are looked through for those nobody named: the ones heard last.
const MAX_DEVICES: u32 = 500;

/// `pending_list`
pub(crate) async fn pending_list(host: &Host, _: Empty) -> Result<PendingListResponse, ApiError> {
    let all = list(host).await?.into_iter();
    let pending = all.map(|(_, own)| own.pending).collect();
    Ok(PendingListResponse { pending })
}

/// `pending_accept`
pub(crate) async fn pending_accept(
    host: &Host,
    request: PendingRequest,
) -> Result<CredentialPutResponse, ApiError> {
    let pending = find(host, &request.id).await?;
    let action = pending.action.as_ref().filter(|_| pending.acceptable);
    let done = match action.and_then(complete) {
        Some(Acceptable::Put(put)) => credential_put(host, put).await?,
        Some(Acceptable::Bind(bind)) => credential_bind(host, bind).await?,
        None => {
            let message = format!(
                "\"{}\" cannot be accepted as it is. {}",
                pending.title, pending.fix
            );
            return Err(ApiError::new(ErrorCode::InvalidRequest, message));
        }
    };
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
pub(crate) async fn pending_block(
    host: &Host,
    request: PendingRequest,
) -> Result<dto::Block, ApiError> {
    let entry = find_entry(host, &request.id).await?;
    let block = entry.block.ok_or_else(|| {
        let message = "Nothing is known of it by which it could be kept out.";
        ApiError::new(ErrorCode::InvalidRequest, message)
    })?;
    let blocked = host.workbench().block(block).await?;
    dismiss(host, request.id, host.workbench().now()).await?;
    Ok(shape(&blocked))
}

/// One failure as it is listed, for the event of the moment.
pub(crate) async fn explained(host: &Host, failed: &FailedHandshake) -> Result<Pending, ApiError> {
    let row = FailureRow {
        id: 0,
        listener: failed.listener,
        failure: failed.failure.clone(),
        first_at: failed.failure.at,
        count: 1,
    };
    let listeners = host.workbench().listeners().await;
    let without_id = without_id(host, [&row]).await?;
    let credentials = host.workbench().credentials().await;
    let around = Around {
        listeners: &listeners,
        credentials: &credentials,
        known: &BTreeMap::new(),
        without_id: &without_id,
        strict: host.workbench().settings().strict,
    };
    Ok(around.handshake(&row).pending)
}

/// One refusal as it is listed, for the event of the moment.
pub(crate) async fn explained_refusal(
    host: &Host,
    refused: &RefusedRegistration,
) -> Result<Pending, ApiError> {
    let rows = [RefusalRow {
        refused: refused.clone(),
        first_at: refused.at,
        count: 1,
    }];
    let listeners = host.workbench().listeners().await;
    let known = known(host, &rows).await?;
    let without_id = BTreeMap::new();
    let credentials = host.workbench().credentials().await;
    let around = Around {
        listeners: &listeners,
        credentials: &credentials,
        known: &known,
        without_id: &without_id,
        strict: host.workbench().settings().strict,
    };
    let [row] = &rows;
    Ok(around.refusal(row).pending)
}

async fn list(host: &Host) -> Result<Vec<(UnixTime, Entry)>, ApiError> {
    let workbench = host.workbench();
    let since = workbench.now() - KEPT;
    let dismissed = workbench.reader().dismissed().await?;
    let failures = workbench.reader().handshake_failures(since).await?;
    let refusals = workbench.reader().refusals(since).await?;
    let devices = unnamed_candidates(host, since).await?;
    let known = known(host, &refusals).await?;
    let without_id = without_id(host, &failures).await?;
    let listeners = workbench.listeners().await;
    let blocked: BTreeSet<Block> = workbench
        .blocks()
        .into_iter()
        .map(|own| own.block)
        .collect();
    let credentials = workbench.credentials().await;
    let around = Around {
        listeners: &listeners,
        credentials: &credentials,
        known: &known,
        without_id: &without_id,
        strict: workbench.settings().strict,
    };
    let mut groups = Groups::default();
    for row in &failures {
        let one = around.handshake(row);
        groups.add(row.failure.at, row.first_at, row.count, one);
    }
    for row in &refusals {
        let one = around.refusal(row);
        groups.add(row.refused.at, row.first_at, row.count, one);
    }
    let unnamed = devices
        .iter()
        .filter(|row| !workbench.simulator().has(row.endpoint.as_str()))
        .filter(|row| !has_credentials(&credentials, &row.endpoint))
        .map(|row| (row.registration.registered_at, around.endpoint(row)));
    let mut all: Vec<_> = groups
        .into_entries()
        .chain(unnamed)
        .filter(|(last, own)| dismissed.get(&own.pending.id).is_none_or(|at| at < last))
        .filter(|(_, own)| !own.under.iter().any(|block| blocked.contains(block)))
        .collect();
    all.sort_by(|(a, one), (b, other)| {
        b.cmp(a).then_with(|| one.pending.id.cmp(&other.pending.id))
    });
    Ok(all)
}

/// Rows that tell the same become one entry: the newest, with the count of all.
#[derive(Default)]
struct Groups(BTreeMap<String, (UnixTime, UnixTime, Entry)>);

impl Groups {
    /// Takes a row in; newer ones come before older ones.
    fn add(&mut self, last: UnixTime, first: UnixTime, count: u64, mut one: Entry) {
        one.pending.count = 0;
        let fresh = (last, first, one);
        let id = fresh.2.pending.id.clone();
        let (_, earliest, known) = self.0.entry(id).or_insert(fresh);
        known.pending.count = known.pending.count.saturating_add(count);
        if first < *earliest {
            *earliest = first;
            known.pending.first_at = to_text(first);
        }
    }

    fn into_entries(self) -> impl Iterator<Item = (UnixTime, Entry)> {
        self.0.into_values().map(|(last, _, own)| (last, own))
    }
}

async fn find(host: &Host, id: &str) -> Result<Pending, ApiError> {
    Ok(find_entry(host, id).await?.pending)
}

async fn find_entry(host: &Host, id: &str) -> Result<Entry, ApiError> {
    let mut all = list(host).await?.into_iter();
    let found = all.find(|(_, own)| own.pending.id == id);
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

fn has_credentials(credentials: &Credentials, endpoint: &EndpointName) -> bool {
    let mut own = credentials.of_endpoint(Role::Management, endpoint);
    own.next().is_some()
}

/// The endpoints that refusals are about, as far as they were ever here: those that were
/// named, and those whose credentials were proven. Also whether each is here now in a
/// session.
async fn known(
    host: &Host,
    refusals: &[RefusalRow],
) -> Result<BTreeMap<EndpointName, bool>, ApiError> {
    let mut names: Vec<EndpointName> = {
        let credentials = host.workbench().credentials().await;
        let holders = refusals.iter().filter_map(|row| {
            let own = crate::explain::proven(&row.refused, &credentials)?;
            match &own.holder {
                Holder::Endpoint(name) => Some(name.clone()),
                Holder::Pattern(_) => None,
            }
        });
        let named = refusals
            .iter()
            .filter_map(|row| row.refused.endpoint.clone());
        holders.chain(named).collect()
    };
    names.sort_unstable();
    names.dedup();
    let now = host.workbench().registered_at();
    let mut known = BTreeMap::new();
    for name in names {
        if let Some(row) = host.workbench().reader().device(name.as_str()).await? {
            let in_session = row.registration.peer.listener() == ASSOCIATIONS;
            known.insert(name, in_session && row.is_online(now));
        }
    }
    Ok(known)
}

/// Where devices are that have a session without Connection ID, if any failure asks.
async fn without_id<'a>(
    host: &Host,
    failures: impl IntoIterator<Item = &'a FailureRow>,
) -> Result<BTreeMap<IpAddr, String>, ApiError> {
    let asks = |row: &FailureRow| row.failure.cause == Cause::UnknownAssociation { cid: false };
    if !failures.into_iter().any(asks) {
        return Ok(BTreeMap::new());
    }
    let rows = heard_last(host).await?;
    let ids = rows.iter().map(|row| row.id).collect();
    let views = host.workbench().look(ids).await.into_iter();
    let sessions = views.filter_map(|view| Some((view.device, view.session?)));
    let without = sessions.filter(|(_, session)| session.cid_bytes == 0);
    let hosts = without.filter_map(|(device, session)| {
        let row = rows.iter().find(|row| row.id == device)?;
        let address = address::to_address(session.at)?;
        Some((address.ip(), row.endpoint.to_string()))
    });
    Ok(hosts.collect())
}

/// Devices that came without security of late.
async fn unnamed_candidates(host: &Host, since: UnixTime) -> Result<Vec<DeviceRow>, ApiError> {
    let mut rows = heard_last(host).await?;
    rows.retain(|row| {
        let own = &row.registration;
        own.seen_at >= since && own.peer.listener() != ASSOCIATIONS
    });
    Ok(rows)
}

/// The devices that were heard last.
async fn heard_last(host: &Host) -> Result<Vec<DeviceRow>, ApiError> {
    let query = DeviceQuery {
        filter: String::new(),
        online: None,
        order: DeviceOrder::LastSeen,
        offset: 0,
        limit: MAX_DEVICES,
        now: host.workbench().now(),
    };
    Ok(host.workbench().reader().devices(&query).await?.devices)
}
