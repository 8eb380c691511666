//! Who a peer proved to be. Which endpoints an identity may speak for is decided
//! above this crate; here stands what the handshake showed.

use crate::server_name::ServerName;
use clock::UnixTime;
use openssl::asn1::{Asn1Time, Asn1TimeRef};
use openssl::nid::Nid;
use openssl::x509::{X509, X509Ref};

/// Longest identity of a pre-shared key in bytes (Transport 1.1.1 §5.2.8.1;
/// conformance SEC-05).
pub const MAX_PSK_IDENTITY_BYTES: usize = 128;

/// Longest pre-shared key in bytes (Transport 1.1.1 §5.2.8.1; conformance SEC-05).
pub const MAX_PSK_BYTES: usize = 64;

/// An identity that a handshake proved.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Identity {
    /// The identity that goes with a pre-shared key, byte for byte.
    Psk(Box<[u8]>),
    /// A raw public key, as DER of its SubjectPublicKeyInfo.
    PublicKey(Box<[u8]>),
    /// A certificate that chains up to a trust anchor or is pinned.
    Certificate(Box<Certificate>),
}

/// What of a certificate counts afterwards.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Certificate {
    /// The whole certificate as DER.
    pub der: Box<[u8]>,
    /// The subject's common name.
    pub common_name: Option<Box<str>>,
    /// DNS names and URIs of the subject alternative name, in order.
    pub alternative_names: Vec<Box<str>>,
    /// When it expires.
    pub not_after: UnixTime,
}

impl Certificate {
    /// Reads a certificate; `None` if it is none.
    #[must_use]
    pub fn from_der(der: &[u8]) -> Option<Self> {
        let certificate = X509::from_der(der).ok()?;
        Self::from_x509(&certificate)
    }

    /// Whether it is in that name: an alternative name, or without any the common name;
    /// `*` stands for the first part (RFC 6125 §6.4).
    #[must_use]
    pub fn is_for(&self, name: &ServerName) -> bool {
        let wanted = name.as_str();
        let fits = |own: &str| {
            let own = own.to_ascii_lowercase();
            let rest = wanted.split_once('.').map(|(_, rest)| rest);
            own == wanted || own.strip_prefix("*.").is_some_and(|own| Some(own) == rest)
        };
        match &self.alternative_names[..] {
            [] => self.common_name.as_deref().is_some_and(fits),
            names => names.iter().any(|own| fits(own)),
        }
    }

    pub(crate) fn from_x509(certificate: &X509Ref) -> Option<Self> {
        let common_name = certificate
            .subject_name()
            .entries_by_nid(Nid::COMMONNAME)
            .next()
            .and_then(|entry| entry.data().to_string().ok());
        let names = certificate.subject_alt_names();
        let alternative_names = names
            .iter()
            .flatten()
            .filter_map(|name| name.dnsname().or_else(|| name.uri()))
            .map(Into::into)
            .collect();
        Some(Self {
            der: certificate.to_der().ok()?.into(),
            common_name: common_name.map(String::into_boxed_str),
            alternative_names,
            not_after: unix_time(certificate.not_after())?,
        })
    }
}

/// A time of OpenSSL as one of ours.
pub(crate) fn unix_time(time: &Asn1TimeRef) -> Option<UnixTime> {
    let epoch = Asn1Time::from_unix(0).ok()?;
    let span = epoch.diff(time).ok()?;
    let seconds = i64::from(span.days) * 86_400 + i64::from(span.secs);
    Some(UnixTime::from_micros(seconds * 1_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_12_a_certificate_is_for_its_names_and_without_them_for_its_common_name() {
        let certificate = |common_name: &str, names: &[&str]| Certificate {
            der: [].into(),
            common_name: Some(common_name.into()),
            alternative_names: names.iter().map(|name| (*name).into()).collect(),
            not_after: UnixTime::default(),
        };
        let name = ServerName::new("a.Example.org").expect("a name");
        for (certificate, expected) in [
            (certificate("A.example.org", &[]), true),
            (certificate("b.example.org", &[]), false),
            (certificate("a.example.org", &["b.example.org"]), false),
            (certificate("x", &["b.example.org", "a.example.org"]), true),
            (certificate("x", &["*.example.org"]), true),
            (certificate("x", &["*.org"]), false),
            (certificate("x", &["*.a.example.org"]), false),
        ] {
            assert_eq!(certificate.is_for(&name), expected, "{certificate:?}");
        }
    }
}
