//! Keys and certificates for these tests.

use crate::wire::{START_S, keyring};
use clock::UnixTime;
use openssl::asn1::Asn1Time;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::x509::extension::BasicConstraints;
use openssl::x509::{X509, X509Name};
use secure::authority::{Authority, KeyPair, self_signed};
use secure::{ClientConfig, ClientCredential, Config, Keyring, Secret, ServerKey};
use std::time::Duration;

/// The endpoint of the device's certificate.
pub(crate) const ENDPOINT: &str = "urn:dev:cert";

/// A server, a device and the authority of both.
pub(crate) struct Pki {
    pub(crate) authority: Authority,
    pub(crate) server: ServerKey,
    pub(crate) device: KeyPair,
}

pub(crate) const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);

pub(crate) fn start() -> UnixTime {
    UnixTime::from_millis(START_S * 1_000)
}

impl Pki {
    pub(crate) fn new() -> Self {
        let authority = Authority::found("Bench", start(), YEAR).expect("an authority");
        let pair = KeyPair::generate().expect("a key");
        let own = self_signed(&pair.private, "server", start(), YEAR).expect("a certificate");
        Self {
            authority,
            server: ServerKey {
                private_key: pair.private,
                chain: vec![own],
            },
            device: KeyPair::generate().expect("a key"),
        }
    }

    /// A server with this key.
    pub(crate) fn config(&self) -> Config {
        Config {
            server_key: Some(self.server.clone()),
            ..Config::default()
        }
    }

    /// A keyring that believes the authority.
    pub(crate) fn keyring(&self) -> Keyring {
        let mut keyring = keyring();
        keyring.set_trust_anchors(vec![self.authority.certificate.clone()]);
        keyring
    }

    /// A certificate of the authority for the device.
    pub(crate) fn issue(&self, from: UnixTime, life: Duration) -> Box<[u8]> {
        self.authority
            .issue(ENDPOINT, &self.device.public, from, life)
            .expect("a certificate")
    }

    /// A device with that certificate.
    pub(crate) fn with_certificate(&self, certificate: Box<[u8]>) -> ClientConfig {
        ClientConfig::new(ClientCredential::Certificate {
            key: ServerKey {
                private_key: self.device.private.clone(),
                chain: vec![certificate],
            },
            trust_anchors: self.server.chain.clone(),
            server: None,
        })
    }

    /// A device with a certificate in order.
    pub(crate) fn certified(&self) -> ClientConfig {
        self.with_certificate(self.issue(start(), YEAR))
    }

    /// A device with a raw public key.
    pub(crate) fn raw(&self) -> ClientConfig {
        let shell =
            self_signed(&self.device.private, "device", start(), YEAR).expect("a certificate");
        let server = secure::authority::key_of_private(&self.server.private_key);
        ClientConfig::new(ClientCredential::RawKey {
            key: ServerKey {
                private_key: self.device.private.clone(),
                chain: vec![shell],
            },
            server: server.expect("a key").into(),
        })
    }
}

/// A server's key with a chain of its own certificate and an intermediate authority, and
/// the root above them.
pub(crate) fn chained() -> (ServerKey, Box<[u8]>) {
    let keys: Vec<PKey<Private>> = (0..3)
        .map(|_| {
            let pair = KeyPair::generate().expect("a key");
            PKey::private_key_from_pkcs8(pair.private.expose()).expect("readable")
        })
        .collect();
    let names = ["root", "intermediate", "server"];
    let certificate = |at: usize, issuer: usize| {
        let mut builder = X509::builder().expect("a builder");
        builder.set_version(2).expect("set");
        builder.set_subject_name(&name(names[at])).expect("set");
        builder.set_issuer_name(&name(names[issuer])).expect("set");
        builder.set_pubkey(&keys[at]).expect("set");
        let from = start().as_seconds();
        let before = Asn1Time::from_unix(from).expect("a time");
        let after = Asn1Time::from_unix(from + 86_400).expect("a time");
        builder.set_not_before(&before).expect("set");
        builder.set_not_after(&after).expect("set");
        let mut constraints = BasicConstraints::new();
        constraints.critical();
        if at < 2 {
            constraints.ca();
        }
        let constraints = constraints.build().expect("an extension");
        builder.append_extension(constraints).expect("set");
        builder
            .sign(&keys[issuer], MessageDigest::sha256())
            .expect("signed");
        builder.build().to_der().expect("DER").into_boxed_slice()
    };
    let key = keys[2].private_key_to_pkcs8().expect("DER");
    let key = ServerKey {
        private_key: Secret::new(key),
        chain: vec![certificate(2, 1), certificate(1, 0)],
    };
    (key, certificate(0, 0))
}

fn name(common_name: &str) -> X509Name {
    let mut name = X509Name::builder().expect("a builder");
    name.append_entry_by_nid(Nid::COMMONNAME, common_name)
        .expect("set");
    name.build()
}
