//! Keys and certificates for these tests.

use crate::wire::{START_S, keyring};
use clock::UnixTime;
use secure::authority::{Authority, KeyPair, self_signed};
use secure::{ClientConfig, ClientCredential, Config, Keyring, ServerKey};
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
