//! Whether a sender may speak for an endpoint: what its session proved against the
//! credentials of that name (Transport 1.1.1 §5.2.6; conformance SEC-07, SEC-08).
//!
//! Pure: it looks at credentials and changes nothing. Where it is asked, and what a
//! refusal is answered with, stands in `guarding`.

use super::credentials::Credentials;
use crate::credential::{Credential, CredentialId, Holder, Proof, Role};
use crate::ids::EndpointName;
use secure::{Certificate, Identity, hex, readable};
use std::collections::BTreeSet;

/// Who sent a request, as far as its transport proves it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sender<'a> {
    /// Somebody without security.
    Anybody,
    /// Who completed a handshake.
    Proven(&'a Identity),
}

/// Why a sender may not speak for an endpoint.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Mismatch {
    /// It came without security.
    #[error(
        "this endpoint has credentials ({modes}) and may not come without security; use coaps, or give it the mode nosec"
    )]
    Insecure {
        /// The modes that it may come with.
        modes: String,
    },
    /// Its session is another's.
    #[error(
        "the session belongs to {shown}, which may not speak for this endpoint; use the endpoint's own credential, or give it this one"
    )]
    OtherIdentity {
        /// Who the session belongs to.
        shown: String,
    },
    /// Its certificate names the endpoint, whose credential is another one.
    #[error(
        "the certificate of the session names this endpoint, but the endpoint's credential is {credential}; use that, or pin the certificate of the session"
    )]
    OtherCredential {
        /// What the endpoint has to prove itself with.
        credential: &'static str,
    },
}

/// Whether `sender` may speak for `endpoint`, and by which credential; `None` inside
/// where none was needed.
///
/// # Errors
/// Why not.
pub fn admit(
    credentials: &Credentials,
    role: Role,
    sender: Sender<'_>,
    endpoint: &EndpointName,
) -> Result<Option<CredentialId>, Mismatch> {
    match sender {
        Sender::Anybody => admit_anybody(&decisive(credentials, role, endpoint)),
        Sender::Proven(identity) => admit_proven(credentials, role, identity, endpoint),
    }
}

/// The endpoint that an identity means where a request names none (Core 1.2 §6.2.1):
/// the only one that it may speak for.
#[must_use]
pub fn only_endpoint(
    credentials: &Credentials,
    role: Role,
    identity: &Identity,
) -> Option<EndpointName> {
    let mut holders = credentials
        .of_identity(role, identity)
        .map(|own| &own.holder);
    match (holders.next(), holders.next(), identity) {
        (Some(Holder::Endpoint(name)), None, _) => Some(name.clone()),
        (None, _, Identity::Certificate(certificate)) => certificate
            .common_name
            .as_deref()
            .and_then(EndpointName::new),
        _ => None,
    }
}

/// Whether several devices may prove the same identity: it is marked so, it is a group's,
/// or it is a certificate that names several endpoints.
#[must_use]
pub fn is_shared(credentials: &Credentials, role: Role, identity: &Identity) -> bool {
    let mut named = credentials.of_identity(role, identity);
    match (named.next(), named.next(), identity) {
        (Some(own), None, _) => own.shared || matches!(own.holder, Holder::Pattern(_)),
        (Some(_), Some(_), _) => true,
        (None, _, Identity::Certificate(certificate)) => {
            let all = names(certificate).filter_map(EndpointName::new);
            let speaks =
                |name: &EndpointName| admit_proven(credentials, role, identity, name).is_ok();
            all.filter(speaks).collect::<BTreeSet<_>>().len() > 1
        }
        (None, ..) => false,
    }
}

/// Who an identity is, for people; never a key.
#[must_use]
pub fn shown(identity: &Identity) -> String {
    match identity {
        Identity::Psk(identity) => match readable(identity) {
            Some(text) => format!("the PSK identity \"{text}\""),
            None => format!("the PSK identity {} (hex)", hex(identity)),
        },
        Identity::PublicKey(_) => "another raw public key".to_owned(),
        Identity::Certificate(certificate) => match &certificate.common_name {
            Some(name) => format!("the certificate of \"{name}\""),
            None => "a certificate without a common name".to_owned(),
        },
    }
}

/// The credentials that decide about an endpoint: its own, or else those of a pattern
/// that it fits.
fn decisive<'a>(
    credentials: &'a Credentials,
    role: Role,
    endpoint: &EndpointName,
) -> Vec<&'a Credential> {
    let (own, fitting): (Vec<_>, Vec<_>) = credentials
        .of_endpoint(role, endpoint)
        .partition(|known| matches!(known.holder, Holder::Endpoint(_)));
    if own.is_empty() { fitting } else { own }
}

fn admit_anybody(decisive: &[&Credential]) -> Result<Option<CredentialId>, Mismatch> {
    let open = decisive.iter().find(|own| own.proof == Proof::NoSec);
    if decisive.is_empty() || open.is_some() {
        return Ok(open.map(|own| own.id));
    }
    let mut modes: Vec<_> = decisive
        .iter()
        .map(|own| own.proof.mode().as_str())
        .collect();
    modes.sort_unstable();
    modes.dedup();
    Err(Mismatch::Insecure {
        modes: modes.join(", "),
    })
}

fn admit_proven(
    credentials: &Credentials,
    role: Role,
    identity: &Identity,
    endpoint: &EndpointName,
) -> Result<Option<CredentialId>, Mismatch> {
    let refused = || Mismatch::OtherIdentity {
        shown: shown(identity),
    };
    let mut named = credentials.of_identity(role, identity).peekable();
    // Where a credential names exactly what was shown, only its holder counts: the name
    // in a pinned certificate was vouched for by nobody.
    if named.peek().is_some() {
        let own = named.find(|own| speaks(credentials, own, endpoint));
        return own.map(|own| Some(own.id)).ok_or_else(refused);
    }
    let Identity::Certificate(certificate) = identity else {
        return Err(refused());
    };
    if !names(certificate).any(|name| name == endpoint.as_str()) {
        return Err(refused());
    }
    let decisive = decisive(credentials, role, endpoint);
    if decisive.is_empty() {
        return Ok(None);
    }
    let by_authority = Proof::Certificate { pinned: None };
    let own = decisive.iter().find(|own| own.proof == by_authority);
    own.map(|own| Some(own.id)).ok_or_else(|| {
        let pinned = |own: &&&Credential| matches!(own.proof, Proof::Certificate { .. });
        Mismatch::OtherCredential {
            credential: match decisive.iter().find(pinned) {
                Some(_) => "another certificate, which is pinned",
                None => "no certificate",
            },
        }
    })
}

/// Whether who has this credential may speak for an endpoint: its holder, or one of a
/// group whose pattern the endpoint fits, unless it has a credential of its own.
fn speaks(credentials: &Credentials, credential: &Credential, endpoint: &EndpointName) -> bool {
    let own = || credentials.of_holder(credential.role, &Holder::Endpoint(endpoint.clone()));
    credential.holder.covers(endpoint)
        && (matches!(credential.holder, Holder::Endpoint(_)) || own().is_none())
}

/// The endpoints that a certificate is for: its common name (Transport 1.2 §5.2.9) and its
/// alternative names (conformance SEC-09).
fn names(certificate: &Certificate) -> impl Iterator<Item = &str> {
    let alternatives = certificate.alternative_names.iter();
    let all = certificate.common_name.iter().chain(alternatives);
    all.map(|name| &**name)
}
