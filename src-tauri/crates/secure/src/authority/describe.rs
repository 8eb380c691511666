//! What a certificate says, in values for people.

use super::der::is_authority;
use super::error::MaterialError;
use super::strength::{kind_of_key, require_strength};
use crate::identity::Certificate;
use crate::text::hex;
use clock::UnixTime;
use openssl::asn1::{Asn1Time, Asn1TimeRef};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::x509::{X509, X509KeyUsage, X509NameRef, X509Ref};
use std::time::Duration;

/// How long before its end a certificate is worth a warning (conformance SEC-26).
pub const EXPIRES_SOON: Duration = Duration::from_secs(30 * 86_400);

/// What a certificate says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Description {
    /// E.g. `CN=urn:dev:1, O=Example`.
    pub subject: String,
    /// The subject's common name.
    pub common_name: Option<String>,
    /// Who signed it, as `subject`.
    pub issuer: String,
    /// DNS names and URIs of the subject alternative name.
    pub alternative_names: Vec<String>,
    /// From when it holds.
    pub not_before: UnixTime,
    /// Until when it holds.
    pub not_after: UnixTime,
    /// In hex.
    pub serial: String,
    /// SHA-256 of the whole, in hex.
    pub fingerprint: String,
    /// DER of SubjectPublicKeyInfo.
    pub public_key: Box<[u8]>,
    /// E.g. `on the curve P-256`.
    pub key_kind: String,
    /// Whether its key may vouch for others.
    pub is_authority: bool,
    /// Whether it vouches for itself.
    pub is_self_signed: bool,
}

/// Whether a certificate holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Validity {
    /// Not yet.
    NotYet,
    /// It does, for long.
    Good,
    /// It does, and ends within [`EXPIRES_SOON`].
    EndsSoon,
    /// No more.
    Over,
}

impl Description {
    /// Whether it holds at `now`.
    #[must_use]
    pub fn validity(&self, now: UnixTime) -> Validity {
        if now < self.not_before {
            Validity::NotYet
        } else if now > self.not_after {
            Validity::Over
        } else if self.not_after.since(now) < EXPIRES_SOON {
            Validity::EndsSoon
        } else {
            Validity::Good
        }
    }

    /// Whether others may rest on it.
    ///
    /// # Errors
    /// It is not one of an authority.
    pub fn require_authority(&self) -> Result<(), MaterialError> {
        let subject = || self.subject.clone();
        self.is_authority
            .then_some(())
            .ok_or_else(|| MaterialError::NoAuthority { subject: subject() })
    }
}

/// Reads what a certificate (DER) says.
///
/// # Errors
/// It is none, or its key is too weak to count.
pub fn describe(der: &[u8]) -> Result<Description, MaterialError> {
    const WHAT: &str = "certificate";
    let unreadable = |_| MaterialError::Unreadable { what: WHAT };
    let certificate = X509::from_der(der).map_err(unreadable)?;
    let key = certificate.public_key().map_err(unreadable)?;
    require_strength(&key)?;
    let digest = certificate.digest(MessageDigest::sha256())?;
    let serial = certificate.serial_number().to_bn()?.to_vec();
    let usage = certificate.key_usage();
    let may_sign = usage.is_none_or(|usage| usage.contains(X509KeyUsage::KEY_CERT_SIGN));
    let own_name = certificate
        .subject_name()
        .try_cmp(certificate.issuer_name())?;
    let self_signed = own_name.is_eq() && certificate.verify(&key).unwrap_or(false);
    Ok(Description {
        subject: name_to_text(certificate.subject_name()),
        common_name: common_name(&certificate),
        issuer: name_to_text(certificate.issuer_name()),
        alternative_names: alternative_names(&certificate),
        not_before: unix(certificate.not_before())?,
        not_after: unix(certificate.not_after())?,
        serial: hex(&serial),
        fingerprint: hex(&digest),
        public_key: key.public_key_to_der()?.into(),
        key_kind: kind_of_key(&key),
        is_authority: is_authority(der) && may_sign,
        is_self_signed: self_signed,
    })
}

impl Certificate {
    /// What of a certificate (DER) counts after a handshake.
    ///
    /// # Errors
    /// It is none, or its key is too weak to count.
    pub fn read(der: &[u8]) -> Result<Self, MaterialError> {
        let told = describe(der)?;
        let boxed = |name: String| name.into_boxed_str();
        Ok(Self {
            der: der.into(),
            common_name: told.common_name.map(boxed),
            alternative_names: told.alternative_names.into_iter().map(boxed).collect(),
            not_after: told.not_after,
        })
    }
}

fn common_name(certificate: &X509Ref) -> Option<String> {
    let mut names = certificate.subject_name().entries_by_nid(Nid::COMMONNAME);
    let name = names.next()?.data().to_string().ok()?;
    (!name.is_empty()).then_some(name)
}

fn alternative_names(certificate: &X509Ref) -> Vec<String> {
    let names = certificate.subject_alt_names();
    let text = |name: &openssl::x509::GeneralNameRef| {
        name.dnsname().or_else(|| name.uri()).map(str::to_owned)
    };
    names.iter().flatten().filter_map(text).collect()
}

fn name_to_text(name: &X509NameRef) -> String {
    let part = |entry: &openssl::x509::X509NameEntryRef| {
        let field = entry.object().nid().short_name().unwrap_or("?").to_owned();
        let value = entry.data().to_string().unwrap_or_default();
        format!("{field}={value}")
    };
    name.entries().map(part).collect::<Vec<_>>().join(", ")
}

fn unix(time: &Asn1TimeRef) -> Result<UnixTime, MaterialError> {
    let difference = Asn1Time::from_unix(0)?.diff(time)?;
    let seconds = i64::from(difference.days) * 86_400 + i64::from(difference.secs);
    Ok(UnixTime::from_millis(seconds.saturating_mul(1_000)))
}
