//! One entry of what is pending: a failed handshake, a registration that was turned down
//! or an endpoint that nobody named, with its explanation and its code. Which are listed
//! stands in `pending`, the words in `explain`.

use super::block::target;
use super::credential::credential_id;
use crate::dto::{
    CredentialBindRequest, CredentialPutRequest, HandshakeStep, Pending, PendingAction,
    PendingCause, PendingKind,
};
use crate::explain::{self, Case, Explanation, Turned, Visitor, code};
use crate::forms::both_forms;
use crate::time::to_text;
use coap::ListenerId;
use secure::authority::describe;
use secure::{Failure, Step};
use server::credential::{Credential, Holder, Proof, Role};
use server::ids::EndpointName;
use server::security::credentials::Credentials;
use server::security::{RefusalCause, at};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use store::{BlockSubject, DeviceRow, FailureRow, RefusalRow};
use workbench::address;
use workbench::blocking::Block;
use workbench::fingerprint;
use workbench::listeners::Listeners;

/// What is known around the entries.
pub(super) struct Around<'a> {
    /// Where devices come in.
    pub(super) listeners: &'a Listeners,
    /// All credentials.
    pub(super) credentials: &'a Credentials,
    /// Endpoints that refusals are about, and whether they are in a session now.
    pub(super) known: &'a BTreeMap<EndpointName, bool>,
    /// Hosts of sessions without Connection ID, and whose they are.
    pub(super) without_id: &'a BTreeMap<IpAddr, String>,
    /// Whether deviations are refused in general.
    pub(super) strict: bool,
}

/// An entry, with whom a block would keep out and which blocks keep it off the list.
pub(super) struct Entry {
    /// What is shown.
    pub(super) pending: Pending,
    /// Whom `pending_block` keeps out.
    pub(super) block: Option<Block>,
    /// Blocks any of which it falls under.
    pub(super) under: Vec<Block>,
}

impl Entry {
    /// `under` begins with who is best kept out.
    fn new(pending: Pending, under: Vec<Block>) -> Self {
        let block = under.first().cloned();
        let shown = block.as_ref().map(target);
        Self {
            pending: Pending {
                block: shown,
                ..pending
            },
            block,
            under,
        }
    }
}

/// What `pending_accept` can do without anything being added.
pub(super) enum Acceptable {
    /// A credential.
    Put(CredentialPutRequest),
    /// A credential for another endpoint.
    Bind(CredentialBindRequest),
}

/// The request of an action that lacks nothing.
pub(super) fn complete(action: &PendingAction) -> Option<Acceptable> {
    let request = action.request.clone();
    match action.call.as_str() {
        "credential_put" => {
            let request: CredentialPutRequest = serde_json::from_value(request).ok()?;
            let named = request.endpoint.is_some() || request.endpoint_pattern.is_some();
            named.then_some(Acceptable::Put(request))
        }
        "credential_bind" => serde_json::from_value(request).ok().map(Acceptable::Bind),
        _ => None,
    }
}

impl Around<'_> {
    /// A handshake that came to nothing.
    pub(super) fn handshake(&self, row: &FailureRow) -> Entry {
        let Failure {
            from,
            at: time,
            step,
            psk_identity,
            shown,
            cause,
        } = &row.failure;
        let address = at(from).and_then(address::to_address);
        let host = host_of(address);
        let listener = self.name_of(row.listener);
        let (plain_url, secure_url) = (self.url(false), self.url(true));
        let neighbour = address.and_then(|own| self.without_id.get(&own.ip()));
        let case = Case {
            cause,
            step: *step,
            identity: psk_identity.as_deref(),
            shown: shown.as_deref(),
            host: &host,
            listener: &listener,
            plain_url: plain_url.as_deref(),
            secure_url: secure_url.as_deref(),
            neighbour: neighbour.map(String::as_str),
            credentials: self.credentials,
            role: Role::Management,
        };
        let told = explain::explain(case);
        let (identity, identity_hex) = both_forms(psk_identity.as_deref());
        let subject = format!("{listener}|{host}|{cause:?}|{psk_identity:?}|{shown:?}");
        let id = format!("hs-{:016x}", fingerprint(subject.as_bytes()));
        let pending = Pending {
            kind: PendingKind::Handshake,
            cause: code::of_case(&case),
            time: to_text(*time),
            first_at: to_text(row.first_at),
            count: row.count,
            address: address.map_or_else(String::new, |own| own.to_string()),
            listener,
            identity,
            identity_hex,
            step: Some(step_to_dto(*step)),
            ..shape(told, id)
        };
        let proofs = proofs(psk_identity.as_deref(), shown.as_deref());
        Entry::new(pending, proofs.chain(host_block(address)).collect())
    }

    /// A registration that was turned down.
    pub(super) fn refusal(&self, row: &RefusalRow) -> Entry {
        let refused = &row.refused;
        let address = address::to_address(refused.from);
        let host = host_of(address);
        let listener = self.name_of(refused.from.listener());
        let holder = explain::proven(refused, self.credentials).map(|own| &own.holder);
        let told = explain::explain_refusal(&Turned {
            refused,
            host: &host,
            listener: &listener,
            secure_url: self.url(true).as_deref(),
            credentials: self.credentials,
            id_of: |own| credential_id(own.id),
            is_here: refused
                .endpoint
                .as_ref()
                .is_some_and(|name| self.known.get(name) == Some(&true)),
            holder_was_here: match holder {
                Some(Holder::Endpoint(name)) => self.known.contains_key(name),
                Some(Holder::Pattern(_)) => true,
                None => false,
            },
            strict: self.strict,
        });
        let (identity, identity_hex) = both_forms(refused.psk_identity.as_deref());
        let subject = format!(
            "{listener}|{host}|{:?}|{:?}|{:?}|{:?}",
            refused.cause, refused.endpoint, refused.psk_identity, refused.shown
        );
        let id = format!("rg-{:016x}", fingerprint(subject.as_bytes()));
        let pending = Pending {
            kind: PendingKind::Registration,
            cause: code::of_refusal(&refused.cause),
            time: to_text(refused.at),
            first_at: to_text(row.first_at),
            count: row.count,
            address: address.map_or_else(String::new, |own| own.to_string()),
            listener,
            identity,
            identity_hex,
            ..shape(told, id)
        };
        let proofs = proofs(refused.psk_identity.as_deref(), refused.shown.as_deref());
        let name = refused.endpoint.clone().map(Block::Endpoint);
        // A name that somebody took is not the one to be kept out.
        let own_name = !matches!(
            refused.cause,
            RefusalCause::Insecure | RefusalCause::OtherIdentity
        );
        let (before, after) = if own_name { (name, None) } else { (None, name) };
        let under = proofs.chain(before).chain(host_block(address));
        Entry::new(pending, under.chain(after).collect())
    }

    /// An endpoint that came without security and that nobody named.
    pub(super) fn endpoint(&self, row: &DeviceRow) -> Entry {
        let name = row.endpoint.as_str();
        let peer = row.registration.peer;
        let address = address::to_text(peer);
        let near = self.near_name(name);
        let beyond = address::to_address(peer).is_some_and(|own| !own.ip().is_loopback());
        let told = explain::unknown_endpoint(&Visitor {
            endpoint: name,
            address: &address,
            beyond,
            near: near.as_deref(),
        });
        let pending = Pending {
            kind: PendingKind::Endpoint,
            cause: if beyond {
                PendingCause::UnprotectedEndpoint
            } else {
                PendingCause::UnnamedEndpoint
            },
            time: to_text(row.registration.seen_at),
            first_at: to_text(row.registration.registered_at),
            count: 1,
            address,
            listener: self.name_of(peer.listener()),
            ..shape(told, format!("ep-{name}"))
        };
        Entry::new(pending, vec![Block::Endpoint(row.endpoint.clone())])
    }

    /// The endpoint with credentials that a name was probably meant for.
    fn near_name(&self, name: &str) -> Option<String> {
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
        let named: Vec<_> = self
            .credentials
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

    fn name_of(&self, id: ListenerId) -> String {
        let open = self.listeners.open.iter().find(|own| own.id == id);
        open.map_or_else(String::new, |own| {
            let scheme = if own.is_secure() { "coaps" } else { "coap" };
            format!("{scheme} {}", own.address)
        })
    }

    fn url(&self, secure: bool) -> Option<String> {
        let scheme = if secure { "coaps" } else { "coap" };
        let mut open = self.listeners.open.iter();
        let found = open.find(|own| own.is_secure() == secure)?;
        Some(format!("{scheme}://{}", found.address))
    }
}

fn shape(told: Explanation, id: String) -> Pending {
    let asks = told.action.as_ref().is_some_and(|own| own.asks);
    let action = told.action.map(|own| PendingAction {
        label: own.label,
        call: own.call.to_owned(),
        request: own.request,
    });
    Pending {
        id,
        kind: PendingKind::Endpoint,
        cause: PendingCause::UnnamedEndpoint,
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
        block: None,
        acceptable: !asks && action.as_ref().and_then(complete).is_some(),
        action,
    }
}

/// Blocks of what was named or shown.
fn proofs(identity: Option<&[u8]>, shown: Option<&[u8]>) -> impl Iterator<Item = Block> {
    let identity = identity.filter(|own| !own.is_empty());
    let identity = identity.map(|own| BlockSubject::PskIdentity(own.into()));
    let shown = shown.map(|der| match describe(der) {
        Ok(_) => BlockSubject::Certificate(der.into()),
        Err(_) => BlockSubject::PublicKey(der.into()),
    });
    identity.into_iter().chain(shown).map(Block::Subject)
}

fn host_block(address: Option<SocketAddr>) -> Option<Block> {
    address.map(|own| Block::host(own.ip()))
}

fn host_of(address: Option<SocketAddr>) -> String {
    address.map_or_else(String::new, |own| own.ip().to_string())
}

pub(crate) const fn step_to_dto(step: Step) -> HandshakeStep {
    match step {
        Step::Hello => HandshakeStep::Hello,
        Step::Verified => HandshakeStep::Verified,
        Step::KeyExchange => HandshakeStep::KeyExchange,
        Step::Finished => HandshakeStep::Finished,
    }
}

/// Endpoints that are compared with a name.
const MAX_NAMES: usize = 20_000;
