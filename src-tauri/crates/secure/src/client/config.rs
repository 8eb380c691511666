//! How a client behaves, and what it proves itself with.

use crate::config::{MaxFragment, ServerKey, SetupError, Suite, in_range};
use crate::hello::CERTIFICATE_TYPES;
use crate::identity::{MAX_PSK_BYTES, MAX_PSK_IDENTITY_BYTES};
use crate::keyring::Keyring;
use crate::secret::Secret;
use crate::server_name::ServerName;
use std::time::Duration;

/// How a client behaves.
#[derive(Clone, Debug)]
pub struct ClientConfig {
    /// What it proves itself with, and whom it believes.
    pub credential: ClientCredential,
    /// The server to ask for (RFC 6066 §3), as /0/x/14 names it.
    pub server_name: Option<ServerName>,
    /// Length of the Connection ID that the server shall use: 0 to offer the use in the
    /// other direction only; `None` not to offer the extension.
    pub cid_bytes: Option<u8>,
    /// What to offer, best first; those that do not fit the credential are left out.
    pub suites: Vec<Suite>,
    /// Largest datagram of a handshake, in bytes.
    pub mtu: u16,
    /// Most bytes of plaintext in a record, in both directions; `None` for 16 KiB.
    pub max_fragment: Option<MaxFragment>,
    /// How long to wait for an answer, doubled each time up to 60 s.
    pub first_timeout: Duration,
    /// How long a handshake may take.
    pub patience: Duration,
}

/// What a client proves itself with, and whom it believes.
#[derive(Clone, Debug)]
pub enum ClientCredential {
    /// A pre-shared key.
    Psk {
        /// Without a zero byte, which OpenSSL's clients cannot send.
        identity: Vec<u8>,
        /// The key.
        key: Secret,
    },
    /// A raw public key on both sides.
    RawKey {
        /// The own key; its certificate is the shell that OpenSSL wants, and is not shown.
        key: ServerKey,
        /// DER of the server's SubjectPublicKeyInfo.
        server: Vec<u8>,
    },
    /// Certificates on both sides.
    Certificate {
        /// The own key and chain.
        key: ServerKey,
        /// DER of whom to believe.
        trust_anchors: Vec<Box<[u8]>>,
        /// DER of the server's certificate, if exactly that one is to be believed.
        server: Option<Vec<u8>>,
    },
}

impl ClientConfig {
    /// With the usual figures: a Connection ID offered for the other direction only, all
    /// suites, 1,024 bytes, 1 s.
    #[must_use]
    pub fn new(credential: ClientCredential) -> Self {
        Self {
            credential,
            server_name: None,
            cid_bytes: Some(0),
            suites: Suite::ALL.to_vec(),
            mtu: 1024,
            max_fragment: None,
            first_timeout: Duration::from_secs(1),
            patience: Duration::from_secs(120),
        }
    }
}

impl ClientConfig {
    /// Those of the suites that fit the credential.
    pub(crate) fn fitting_suites(&self) -> Vec<Suite> {
        let with_psk = matches!(self.credential, ClientCredential::Psk { .. });
        let fits = |suite: &Suite| suite.is_psk() == with_psk;
        self.suites.iter().copied().filter(fits).collect()
    }
}

impl ClientCredential {
    /// The own key, and the kinds of certificate that are spoken of.
    pub(crate) fn shown(&self) -> (Option<&ServerKey>, &'static [u8]) {
        match self {
            Self::Psk { .. } => (None, &CERTIFICATE_TYPES),
            Self::RawKey { key, .. } => (Some(key), &CERTIFICATE_TYPES[..1]),
            Self::Certificate { key, .. } => (Some(key), &CERTIFICATE_TYPES[1..]),
        }
    }
}

/// What the credential lets the client believe, and its own key.
pub(crate) fn keyring(credential: &ClientCredential) -> Result<Keyring, SetupError> {
    let mut keyring = Keyring::new();
    match credential {
        ClientCredential::Psk { identity, key } => {
            if identity.contains(&0) {
                return Err(SetupError::ZeroInIdentity);
            }
            check_lengths(identity, key)?;
            let taken = keyring.put_psk(identity, key.clone());
            debug_assert!(taken, "its lengths are checked");
        }
        ClientCredential::RawKey { server, .. } => keyring.put_public_key(server),
        ClientCredential::Certificate {
            trust_anchors,
            server,
            ..
        } => {
            keyring.set_trust_anchors(trust_anchors.clone());
            if let Some(server) = server {
                keyring.pin_certificate(server);
            }
        }
    }
    Ok(keyring)
}

fn check_lengths(identity: &[u8], key: &Secret) -> Result<(), SetupError> {
    const UNIT: &str = "bytes long";
    in_range(
        "A PSK identity",
        UNIT,
        0..=MAX_PSK_IDENTITY_BYTES,
        identity.len(),
    )?;
    in_range("A pre-shared key", UNIT, 1..=MAX_PSK_BYTES, key.len())
}
