//! Which credentials are listed, and in which order. How one is shown stands in
//! `credential`; nothing here sees a key.

use super::credential::{identity, mode_to_dto, server_to_dto, shape};
use crate::dto::{CredentialListRequest, CredentialListResponse, CredentialOrder, CredentialState};
use crate::error::ApiError;
use crate::host::Host;
use clock::UnixTime;
use server::credential::{Credential, CredentialId, Holder};
use server::ids::EndpointName;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use store::{LastUse, Usage};

/// `credential_list`
pub(crate) async fn credential_list(
    host: &Host,
    request: CredentialListRequest,
) -> Result<CredentialListResponse, ApiError> {
    let workbench = host.workbench();
    let reader = workbench.reader();
    let now = workbench.now();
    let mut usage = if needs_usage(&request) {
        let all = workbench.credentials().await;
        let ids: Vec<_> = all.iter().map(|own| own.id).collect();
        drop(all);
        reader.credential_usage(ids.into_iter(), now).await?
    } else {
        BTreeMap::new()
    };
    let limit = request.limit.map_or(usize::MAX, |limit| limit as usize);
    let skip = request.offset.unwrap_or(0) as usize;
    let (page, total) = {
        let all = workbench.credentials().await;
        let wish = Wish::new(&request, &usage);
        let mut found: Vec<&Credential> = all.iter().filter(|own| wish.fits(own)).collect();
        wish.sort(&mut found);
        let page = found.iter().skip(skip).take(limit).copied();
        (page.cloned().collect::<Vec<_>>(), found.len() as u64)
    };
    if !needs_usage(&request) {
        let ids = page.iter().map(|own| own.id);
        usage = reader.credential_usage(ids, now).await?;
    }
    let shape = |own| shape(own, usage.get(&own.id).copied().unwrap_or_default(), now);
    let credentials = page.iter().map(shape).collect();
    Ok(CredentialListResponse { credentials, total })
}

/// Whether the choice or the order depends on how credentials were used; else only the
/// page's own uses are asked for.
fn needs_usage(request: &CredentialListRequest) -> bool {
    request.state.is_some() || request.order == Some(CredentialOrder::Used)
}

/// What a request asks for.
struct Wish<'a> {
    request: &'a CredentialListRequest,
    /// In small letters.
    filter: String,
    /// Nothing where the request names none, or none that can be a name.
    endpoint: Option<EndpointName>,
    usage: &'a BTreeMap<CredentialId, Usage>,
}

impl<'a> Wish<'a> {
    fn new(request: &'a CredentialListRequest, usage: &'a BTreeMap<CredentialId, Usage>) -> Self {
        Self {
            request,
            filter: request.filter.as_deref().unwrap_or("").to_lowercase(),
            endpoint: request.endpoint.as_deref().and_then(EndpointName::new),
            usage,
        }
    }

    fn fits(&self, own: &Credential) -> bool {
        let CredentialListRequest {
            endpoint,
            server,
            mode,
            state,
            ..
        } = self.request;
        let covers = |name: &EndpointName| own.holder.covers(name);
        (endpoint.is_none() || self.endpoint.as_ref().is_some_and(covers))
            && server.is_none_or(|wanted| wanted == server_to_dto(own.role))
            && mode.is_none_or(|wanted| wanted == mode_to_dto(&own.proof))
            && state.is_none_or(|wanted| wanted == self.state(own.id))
            && self.is_found(own)
    }

    fn state(&self, id: CredentialId) -> CredentialState {
        match self.last(id) {
            None => CredentialState::NeverUsed,
            Some(last) if last.ok => CredentialState::Accepted,
            Some(_) => CredentialState::Failed,
        }
    }

    fn last(&self, id: CredentialId) -> Option<LastUse> {
        self.usage.get(&id).and_then(|usage| usage.last)
    }

    fn is_found(&self, own: &Credential) -> bool {
        let holder = match &own.holder {
            Holder::Endpoint(name) => name.as_str(),
            Holder::Pattern(pattern) => pattern,
        };
        let has = |text: &str| text.to_lowercase().contains(&self.filter);
        let (text, in_hex) = identity(&own.proof);
        has(holder) || text.is_some_and(|own| has(&own)) || in_hex.is_some_and(|own| has(&own))
    }

    fn sort(&self, found: &mut [&Credential]) {
        let moment = |own: &Credential| -> Option<UnixTime> {
            match self.request.order.unwrap_or(CredentialOrder::Holder) {
                CredentialOrder::Holder => None,
                CredentialOrder::Used => self.last(own.id).map(|last| last.at),
                CredentialOrder::Created => Some(own.created_at),
            }
        };
        let key = |own: &Credential| Reverse(moment(own));
        found.sort_by(|a, b| (key(a), &a.holder, a.role).cmp(&(key(b), &b.holder, b.role)));
    }
}
