//! Why a device does not get in, for the person who wants it in: what was seen, why,
//! what to do, and the one call that does it.
//!
//! Pure functions over a failed handshake and what is known of credentials; one for each
//! case, and no case without its own words. `pending` lists them, the page shows them.

mod certificate;
pub(crate) mod code;
mod device;
mod identity;
mod negotiation;
mod plain;
mod refused;
mod wire;

pub(crate) use device::{Resident, findings};
pub(crate) use identity::nearest;
pub(crate) use plain::{Visitor, unknown_endpoint};
pub(crate) use refused::{Turned, explain_refusal, proven};

use crate::forms::hex;
use secure::{Cause, Step};
use serde_json::Value;
use server::credential::Role;
use server::security::credentials::Credentials;
use std::net::{Ipv4Addr, SocketAddr};

/// What is known when a failure is explained.
#[derive(Clone, Copy)]
pub(crate) struct Case<'a> {
    /// Why the handshake failed.
    pub(crate) cause: &'a Cause,
    /// How far it got.
    pub(crate) step: Step,
    /// The identity that the device named.
    pub(crate) identity: Option<&'a [u8]>,
    /// The certificate or key that it showed.
    pub(crate) shown: Option<&'a [u8]>,
    /// Where it came from, e.g. `192.168.1.20`.
    pub(crate) host: &'a str,
    /// The listener, e.g. `coaps 0.0.0.0:5684`.
    pub(crate) listener: &'a str,
    /// Where plain CoAP is spoken, if anywhere: a URL.
    pub(crate) plain_url: Option<&'a str>,
    /// Where DTLS is spoken, if anywhere: a URL.
    pub(crate) secure_url: Option<&'a str>,
    /// The endpoint of a device that has a session without Connection ID at the same host.
    pub(crate) neighbour: Option<&'a str>,
    /// All credentials.
    pub(crate) credentials: &'a Credentials,
    /// The server that the listener belongs to.
    pub(crate) role: Role,
}

/// The answer to "why does my device not get in?".
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Explanation {
    /// A few words.
    pub(crate) title: String,
    /// What was seen, without judgement.
    pub(crate) seen: String,
    /// What that means.
    pub(crate) why: String,
    /// What to do.
    pub(crate) fix: String,
    /// The call that does it, where one does.
    pub(crate) action: Option<Action>,
    /// The endpoint that it is about, where that can be told.
    pub(crate) endpoint: Option<String>,
}

/// A call of the contract, ready to be made.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Action {
    /// For the button.
    pub(crate) label: String,
    /// Its name.
    pub(crate) call: &'static str,
    /// Its request. What a person has to add is missing.
    pub(crate) request: Value,
    /// Whether a person has to add or decide something first.
    pub(crate) asks: bool,
}

impl Explanation {
    fn new(title: &str, seen: impl Into<String>, why: impl Into<String>, fix: &str) -> Self {
        Self {
            title: title.to_owned(),
            seen: seen.into(),
            why: why.into(),
            fix: fix.to_owned(),
            action: None,
            endpoint: None,
        }
    }

    fn with(mut self, label: impl Into<String>, call: &'static str, request: Value) -> Self {
        self.action = Some(Action {
            label: label.into(),
            call,
            request,
            asks: false,
        });
        self
    }

    /// The same where a person decides first: what is made takes the place of what works.
    fn asking(mut self, label: &str, call: &'static str, request: Value) -> Self {
        self = self.with(label, call, request);
        if let Some(action) = &mut self.action {
            action.asks = true;
        }
        self
    }

    fn about(mut self, endpoint: Option<String>) -> Self {
        self.endpoint = endpoint;
        self
    }
}

/// Where a listener for coaps would be reached by those that reach this one: at the same
/// address, with the registered port (RFC 7252 §12.7).
fn secure_beside(listener: &str) -> String {
    let address = listener.rsplit(' ').next().and_then(|own| own.parse().ok());
    let mut beside = address.unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, COAPS_PORT)));
    beside.set_port(COAPS_PORT);
    beside.to_string()
}

/// The port of coaps (RFC 7252 §12.7).
const COAPS_PORT: u16 = 5684;

/// Explains a failed handshake.
pub(crate) fn explain(case: Case<'_>) -> Explanation {
    match case.cause {
        Cause::UnknownPskIdentity => identity::unknown(case),
        Cause::WrongKey => identity::wrong_key(case),
        Cause::NoCommonSuite { offered } => negotiation::no_common_suite(case, offered),
        Cause::NoEncryptThenMac => negotiation::no_encrypt_then_mac(case),
        Cause::OldVersion => negotiation::old_version(case),
        Cause::NoCommonGroup => negotiation::no_common_group(case),
        Cause::CertificateType => negotiation::certificate_type(case),
        Cause::CertificateExpired { not_after } => certificate::expired(case, *not_after),
        Cause::CertificateNotYetValid { not_before } => {
            certificate::not_yet_valid(case, *not_before)
        }
        Cause::UnknownAuthority => certificate::unknown_authority(case),
        Cause::BadCertificate { reason } => certificate::bad(case, reason),
        Cause::UnknownPublicKey => certificate::unknown_public_key(case),
        Cause::NoCertificate => certificate::none(case),
        Cause::BadSignature => certificate::bad_signature(case),
        Cause::Alert { description } => wire::alert(case, *description),
        Cause::TimedOut => wire::timed_out(case),
        Cause::LargeFlight { bytes } => wire::large_flight(case, *bytes),
        Cause::Malformed { reason } => wire::malformed(case, reason),
        Cause::TooMany => wire::too_many(case),
        Cause::NotDtls { coap: true } => wire::plain_coap(case),
        Cause::NotDtls { coap: false } => wire::not_dtls(case),
        Cause::PlainPort => wire::dtls_on_plain_port(case),
        Cause::UnknownAssociation { cid: true } => wire::session_gone(case),
        Cause::UnknownAssociation { cid: false } => wire::session_without_id(case),
    }
}

/// An identity as people read it: quoted text, or hex.
pub(crate) fn readable(identity: &[u8]) -> String {
    match crate::forms::text_identity(identity) {
        Some(text) => format!("\"{text}\""),
        None => format!("{} (hex)", hex(identity)),
    }
}

#[cfg(test)]
mod tests;
