//! Making key pairs and certificates.

use super::error::MaterialError;
use super::material::{key_of_private, read_private};
use crate::secret::Secret;
use clock::UnixTime;
use openssl::asn1::{Asn1Integer, Asn1Time};
use openssl::bn::{BigNum, MsbOption};
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, PKeyRef, Private};
use openssl::x509::extension::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectAlternativeName,
    SubjectKeyIdentifier,
};
use openssl::x509::{X509, X509Builder, X509NameBuilder};
use std::time::Duration;

/// Longest common name in characters (RFC 5280, appendix A: ub-common-name).
pub const MAX_COMMON_NAME: usize = 64;

/// A key pair on P-256.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeyPair {
    /// DER of PKCS #8.
    pub private: Secret,
    /// DER of SubjectPublicKeyInfo.
    pub public: Box<[u8]>,
}

impl KeyPair {
    /// A fresh one.
    ///
    /// # Errors
    /// OpenSSL refuses.
    pub fn generate() -> Result<Self, MaterialError> {
        let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?;
        let key = PKey::from_ec_key(EcKey::generate(&group)?)?;
        Ok(Self {
            private: Secret::new(key.private_key_to_pkcs8()?),
            public: key.public_key_to_der()?.into(),
        })
    }

    /// The private key as PEM.
    ///
    /// # Errors
    /// OpenSSL refuses.
    pub fn private_pem(&self) -> Result<Secret, MaterialError> {
        let key = read_private(&self.private)?;
        Ok(Secret::new(key.private_key_to_pem_pkcs8()?))
    }
}

/// A certificate (DER) with which a server or a device vouches for itself.
///
/// # Errors
/// A name that is too long.
pub fn self_signed(
    private: &Secret,
    name: &str,
    now: UnixTime,
    life: Duration,
) -> Result<Box<[u8]>, MaterialError> {
    self_signed_for(private, name, (&[], &[]), now, life)
}

/// The same for a server that is reached by these host names and these addresses: clients
/// that compare them look at the alternative names only (RFC 9525 §2).
///
/// # Errors
/// A name that is too long.
pub fn self_signed_for(
    private: &Secret,
    name: &str,
    (hosts, addresses): (&[&str], &[&str]),
    now: UnixTime,
    life: Duration,
) -> Result<Box<[u8]>, MaterialError> {
    let key = read_private(private)?;
    let mut builder = begin(&key, name, name, now, life)?;
    builder.append_extension(BasicConstraints::new().critical().build()?)?;
    let usage = KeyUsage::new().critical().digital_signature().build()?;
    builder.append_extension(usage)?;
    let purpose = ExtendedKeyUsage::new()
        .server_auth()
        .client_auth()
        .build()?;
    builder.append_extension(purpose)?;
    let own = SubjectKeyIdentifier::new().build(&builder.x509v3_context(None, None))?;
    builder.append_extension(own)?;
    if !hosts.is_empty() || !addresses.is_empty() {
        let mut names = SubjectAlternativeName::new();
        for host in hosts {
            names.dns(host);
        }
        for address in addresses {
            names.ip(address);
        }
        let names = names.build(&builder.x509v3_context(None, None))?;
        builder.append_extension(names)?;
    }
    finish(builder, &key)
}

/// A small authority for the bench.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Authority {
    /// Its certificate, DER.
    pub certificate: Box<[u8]>,
    /// Its private key, DER of PKCS #8.
    pub private: Secret,
}

impl Authority {
    /// A new one.
    ///
    /// # Errors
    /// A name that is too long.
    pub fn found(name: &str, now: UnixTime, life: Duration) -> Result<Self, MaterialError> {
        let pair = KeyPair::generate()?;
        let key = read_private(&pair.private)?;
        let mut builder = begin(&key, name, name, now, life)?;
        let constraints = BasicConstraints::new().critical().ca().pathlen(0).build()?;
        builder.append_extension(constraints)?;
        let usage = KeyUsage::new()
            .critical()
            .key_cert_sign()
            .crl_sign()
            .build()?;
        builder.append_extension(usage)?;
        let own = SubjectKeyIdentifier::new().build(&builder.x509v3_context(None, None))?;
        builder.append_extension(own)?;
        Ok(Self {
            certificate: finish(builder, &key)?,
            private: pair.private,
        })
    }

    /// A certificate (DER) for the device that has `public_key` (DER of
    /// SubjectPublicKeyInfo); its common name is the endpoint.
    ///
    /// # Errors
    /// An endpoint name that does not fit.
    pub fn issue(
        &self,
        endpoint: &str,
        public_key: &[u8],
        now: UnixTime,
        life: Duration,
    ) -> Result<Box<[u8]>, MaterialError> {
        let key = read_private(&self.private)?;
        let own = X509::from_der(&self.certificate)?;
        let subject_key = PKey::public_key_from_der(public_key)?;
        let mut builder = X509::builder()?;
        fill(&mut builder, endpoint, now, life)?;
        builder.set_issuer_name(own.subject_name())?;
        builder.set_pubkey(&subject_key)?;
        builder.append_extension(BasicConstraints::new().critical().build()?)?;
        let usage = KeyUsage::new().critical().digital_signature().build()?;
        builder.append_extension(usage)?;
        builder.append_extension(ExtendedKeyUsage::new().client_auth().build()?)?;
        let (subject, issuer) = {
            let context = builder.x509v3_context(Some(&own), None);
            let subject = SubjectKeyIdentifier::new().build(&context)?;
            let issuer = AuthorityKeyIdentifier::new().keyid(true).build(&context)?;
            (subject, issuer)
        };
        builder.append_extension(subject)?;
        builder.append_extension(issuer)?;
        finish(builder, &key)
    }

    /// Its public key, DER of SubjectPublicKeyInfo.
    ///
    /// # Errors
    /// OpenSSL refuses.
    pub fn public_key(&self) -> Result<Box<[u8]>, MaterialError> {
        key_of_private(&self.private)
    }
}

fn begin(
    key: &PKeyRef<Private>,
    subject: &str,
    issuer: &str,
    now: UnixTime,
    life: Duration,
) -> Result<X509Builder, MaterialError> {
    let mut builder = X509::builder()?;
    fill(&mut builder, subject, now, life)?;
    builder.set_issuer_name(&*name(issuer)?)?;
    builder.set_pubkey(key)?;
    Ok(builder)
}

/// Version, serial number, subject and times.
fn fill(
    builder: &mut X509Builder,
    subject: &str,
    now: UnixTime,
    life: Duration,
) -> Result<(), MaterialError> {
    // X.509 v3 is written as 2.
    builder.set_version(2)?;
    let mut serial = BigNum::new()?;
    serial.rand(SERIAL_BITS, MsbOption::MAYBE_ZERO, false)?;
    builder.set_serial_number(&*Asn1Integer::from_bn(&serial)?)?;
    builder.set_subject_name(&*name(subject)?)?;
    // Clocks of devices are a little off.
    let begin = now.as_seconds().saturating_sub(SLACK_S).max(0);
    let life = i64::try_from(life.as_secs()).unwrap_or(i64::MAX);
    let end = now.as_seconds().saturating_add(life).min(LAST_S);
    builder.set_not_before(&*Asn1Time::from_unix(begin)?)?;
    builder.set_not_after(&*Asn1Time::from_unix(end)?)?;
    Ok(())
}

fn name(text: &str) -> Result<openssl::x509::X509Name, MaterialError> {
    let found = text.chars().count();
    if found > MAX_COMMON_NAME {
        let most = MAX_COMMON_NAME;
        return Err(MaterialError::LongName { found, most });
    }
    let mut builder = X509NameBuilder::new()?;
    builder.append_entry_by_nid(Nid::COMMONNAME, text)?;
    Ok(builder.build())
}

fn finish(mut builder: X509Builder, key: &PKeyRef<Private>) -> Result<Box<[u8]>, MaterialError> {
    builder.sign(key, MessageDigest::sha256())?;
    Ok(builder.build().to_der()?.into())
}

/// Bits of a serial number (RFC 5280 §4.1.2.2: at most 20 bytes, not to be guessed).
const SERIAL_BITS: i32 = 126;

/// How far back a new certificate holds already, in seconds.
const SLACK_S: i64 = 3_600;

/// The last second that a certificate can name: the end of the year 9999.
const LAST_S: i64 = 253_402_300_799;
