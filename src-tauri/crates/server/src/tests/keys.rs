//! Key pairs and certificates, made for one test.

use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::x509::extension::{BasicConstraints, SubjectAlternativeName};
use openssl::x509::{X509, X509NameBuilder};
use secure::{Secret, ServerKey};

/// A key with a certificate.
#[derive(Clone)]
pub(super) struct Pair {
    key: PKey<Private>,
    certificate: X509,
}

impl Pair {
    /// Signed by itself.
    pub(super) fn alone(name: &str) -> Self {
        Self::make(name, &[], None)
    }

    /// Signed by this one.
    pub(super) fn issue(&self, name: &str) -> Self {
        Self::make(name, &[], Some(self))
    }

    /// The same with further names.
    pub(super) fn issue_also(&self, name: &str, others: &[&str]) -> Self {
        Self::make(name, others, Some(self))
    }

    fn make(name: &str, others: &[&str], issuer: Option<&Self>) -> Self {
        let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).expect("a curve");
        let key = PKey::from_ec_key(EcKey::generate(&group).expect("a key")).expect("a key");
        let mut subject = X509NameBuilder::new().expect("a name");
        subject
            .append_entry_by_nid(Nid::COMMONNAME, name)
            .expect("a name");
        let subject = subject.build();
        let mut builder = X509::builder().expect("a certificate");
        builder.set_version(2).expect("version 3");
        let serial = BigNum::from_u32(7).and_then(|own| own.to_asn1_integer());
        builder
            .set_serial_number(&serial.expect("a number"))
            .expect("a number");
        builder.set_subject_name(&subject).expect("a name");
        let issuer_name = issuer.map_or(subject.as_ref(), |own| own.certificate.subject_name());
        builder.set_issuer_name(issuer_name).expect("a name");
        builder.set_pubkey(&key).expect("a key");
        // The hall's clock stands in 2027.
        let from = Asn1Time::from_unix(1_700_000_000).expect("a time");
        let until = Asn1Time::from_unix(2_000_000_000).expect("a time");
        builder.set_not_before(&from).expect("a time");
        builder.set_not_after(&until).expect("a time");
        if issuer.is_none() {
            let mut authority = BasicConstraints::new();
            let authority = authority.critical().ca().build().expect("an extension");
            builder.append_extension(authority).expect("an extension");
        }
        if !others.is_empty() {
            let mut names = SubjectAlternativeName::new();
            for own in others {
                names.dns(own);
            }
            let context = builder.x509v3_context(None, None);
            let names = names.build(&context).expect("an extension");
            builder.append_extension(names).expect("an extension");
        }
        let signer = issuer.map_or(&key, |own| &own.key);
        builder
            .sign(signer, MessageDigest::sha256())
            .expect("a signature");
        Self {
            certificate: builder.build(),
            key,
        }
    }

    /// What `secure` shows of it.
    pub(super) fn own(&self) -> ServerKey {
        ServerKey {
            private_key: Secret::new(self.key.private_key_to_pkcs8().expect("PKCS#8")),
            chain: vec![self.der()],
        }
    }

    /// The certificate.
    pub(super) fn der(&self) -> Box<[u8]> {
        self.certificate.to_der().expect("DER").into()
    }

    /// The SubjectPublicKeyInfo.
    pub(super) fn public(&self) -> Box<[u8]> {
        self.key.public_key_to_der().expect("DER").into()
    }
}
