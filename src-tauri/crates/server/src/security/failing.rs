//! Failed handshakes: one sentence for each, and how many of a flood are kept. What
//! could be done about each is explained above this crate, where more is known.

use super::binding;
use clock::Instant;
use secure::{Cause, Failure, Identity};
use std::time::Duration;

/// Failed handshakes that are kept within a [`SPAN`].
const MOST: u32 = 100;

/// See [`MOST`].
const SPAN: Duration = Duration::from_secs(10);

/// How many failed handshakes were kept lately.
#[derive(Default, Debug)]
pub(crate) struct Failures {
    since: Instant,
    count: u32,
}

impl Failures {
    /// Counts one; whether it is to be kept.
    pub(crate) fn takes(&mut self, now: Instant) -> bool {
        if now.since(self.since) >= SPAN {
            *self = Self {
                since: now,
                count: 0,
            };
        }
        self.count = self.count.saturating_add(1);
        self.count <= MOST
    }
}

/// Whether a datagram on a port for plain CoAP is a record of DTLS 1.0 or 1.2 (RFC 6347
/// §4.1). No CoAP message is: its first two bits are another version.
pub(crate) fn looks_like_dtls(bytes: &[u8]) -> bool {
    matches!(bytes, [20..=23 | 25, 0xfe, 0xfd | 0xff, ..]) && bytes.len() >= RECORD_HEADER_BYTES
}

/// Bytes before what a record holds (RFC 6347 §4.1).
const RECORD_HEADER_BYTES: usize = 13;

/// Why a handshake failed.
pub(crate) fn sentence(failure: &Failure) -> String {
    let identity = failure.psk_identity.clone().map(Identity::Psk);
    let who = identity.map_or_else(|| "the device".to_owned(), |own| binding::shown(&own));
    let why = match &failure.cause {
        Cause::UnknownPskIdentity => format!("no credential has {who}"),
        Cause::WrongKey => format!("{who} is known, but the device has another key"),
        Cause::NoCommonSuite { .. } => "the device offers no cipher suite in use here".to_owned(),
        Cause::NoEncryptThenMac => {
            "the device offers CBC suites only, and without encrypt-then-MAC".to_owned()
        }
        Cause::OldVersion => "the device does not speak DTLS 1.2".to_owned(),
        Cause::NoCommonGroup => "the device does not offer the curve secp256r1".to_owned(),
        Cause::CertificateType => {
            "one side wants certificates and the other raw public keys".to_owned()
        }
        Cause::CertificateExpired { .. } => "the device's certificate has expired".to_owned(),
        Cause::CertificateNotYetValid { .. } => {
            "the device's certificate is not valid yet".to_owned()
        }
        Cause::UnknownAuthority => {
            "the device's certificate was issued by an authority that is not trusted here"
                .to_owned()
        }
        Cause::BadCertificate { reason } => format!("the device's certificate is bad: {reason}"),
        Cause::UnknownPublicKey => "no credential has the device's raw public key".to_owned(),
        Cause::NoCertificate => "the device showed neither a certificate nor a key".to_owned(),
        Cause::BadSignature => "a signature of the device is wrong".to_owned(),
        Cause::Alert { description } => format!("the device gave up with alert {description}"),
        Cause::TimedOut => format!("{who} fell silent in the middle"),
        Cause::LargeFlight { bytes } => {
            format!("{who} fell silent after a flight of {bytes} bytes")
        }
        Cause::Malformed { reason } => format!("a message cannot be read: {reason}"),
        Cause::TooMany => "too many handshakes were under way".to_owned(),
        Cause::NotDtls { coap: true } => {
            "it was plain CoAP, which belongs to the port of coap".to_owned()
        }
        Cause::NotDtls { coap: false } => "it was no DTLS".to_owned(),
        Cause::PlainPort => "it was DTLS, which belongs to the port of coaps".to_owned(),
        Cause::UnknownAssociation { .. } => {
            "it was a record of a session that is over; the device has to begin another".to_owned()
        }
    };
    format!("a handshake failed: {why}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_flood_some_are_kept_and_the_next_span_begins_anew() {
        let mut failures = Failures::default();
        let at = |second: u64| Instant::from_micros(second * 1_000_000);
        let kept = (0..1_000).filter(|_| failures.takes(at(5))).count();
        assert_eq!(kept, 100);
        assert!(!failures.takes(at(9)));
        assert!(failures.takes(at(16)));
    }
}
