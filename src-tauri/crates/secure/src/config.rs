//! What the one who makes a [`Guard`](crate::Guard) or a [`Client`](crate::Client)
//! decides. The limits of the protocol itself stand where they are held.

use crate::address::MAX_ADDRESS_BYTES;
use crate::secret::Secret;
use crate::server_name::ServerName;
use std::collections::BTreeMap;
use std::ops::{Range, RangeInclusive};
use std::time::Duration;

/// Longest Connection ID that we give out, in bytes.
pub const MAX_CID_BYTES: u8 = 16;

/// Least room for a datagram of a handshake, in bytes: below it OpenSSL makes none.
pub const MIN_MTU: u16 = 256;

/// What fits into one Ethernet frame beside the headers of IPv4 and UDP, in bytes.
pub const MAX_MTU: u16 = 1_472;

/// A shorter first wait would repeat what is still under way on any real network.
pub const MIN_FIRST_TIMEOUT: Duration = Duration::from_millis(100);

/// Longest wait for an answer (RFC 6347 §4.2.4.1).
pub const MAX_TIMEOUT: Duration = Duration::from_secs(60);

/// Most server names with a key of their own; each costs OpenSSL about 50 KiB.
pub const MAX_SERVER_NAMES: usize = 64;

/// The server's own key and certificate, shown as a certificate or as a raw public key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ServerKey {
    /// PKCS#8 DER of a P-256 key.
    pub private_key: Secret,
    /// DER of the certificates, the one of the key first, then its issuers.
    pub chain: Vec<Box<[u8]>>,
}

/// How a [`Guard`](crate::Guard) behaves.
#[derive(Clone, Debug)]
pub struct Config {
    /// Without one, only pre-shared keys are possible.
    pub server_key: Option<ServerKey>,
    /// What is shown instead to clients that ask for one of these names (RFC 6066 §3).
    pub named_keys: BTreeMap<ServerName, ServerKey>,
    /// What handshakes are made to fit.
    pub tuning: Tuning,
    /// Most handshakes at once; each takes about 75 KiB, and 20 KiB more while a peer
    /// sends its certificates.
    pub most_half_open: usize,
    /// Which bytes of an [`Address`](crate::Address) name the host, or as much of it as one
    /// owner has. Where places for handshakes run out, hosts get equal shares of them.
    pub host: Range<usize>,
    /// Most associations; past them the one that was heard longest ago goes.
    pub most_associations: usize,
    /// Most sessions kept for resumption. With 0 nobody can resume.
    pub most_sessions: usize,
    /// How long a session can be resumed.
    pub session_lifetime: Duration,
    /// Whether the CBC suites are offered, always with encrypt-then-MAC (RFC 7366).
    pub allow_cbc: bool,
    /// Received records that may arrive behind newer ones: 1 to 64 (RFC 6347 §4.1.2.6).
    pub replay_window: u8,
    /// What a client with an unknown PSK identity hears.
    pub unknown_psk: UnknownPskAlert,
    /// Whether associations are saved: then send numbers are reserved ahead, see
    /// [`Output::Save`](crate::Output::Save).
    pub saved: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            server_key: None,
            named_keys: BTreeMap::new(),
            tuning: Tuning::default(),
            most_half_open: 1_000,
            host: 0..MAX_ADDRESS_BYTES,
            most_associations: 200_000,
            most_sessions: 100_000,
            session_lifetime: Duration::from_secs(24 * 3600),
            allow_cbc: true,
            replay_window: 64,
            unknown_psk: UnknownPskAlert::UnknownPskIdentity,
            saved: false,
        }
    }
}

impl Config {
    /// What is shown to a client that asks for that name, or for none.
    pub(crate) fn key_for(&self, name: Option<&ServerName>) -> Option<&ServerKey> {
        let named = name.and_then(|name| self.named_keys.get(name));
        named.or(self.server_key.as_ref())
    }
}

/// How handshakes fit the network. It may change while a guard runs: handshakes that
/// begin later follow it, associations stay as they are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tuning {
    /// Length of the Connection IDs that we give out: 0 to [`MAX_CID_BYTES`]. With 0 a
    /// device that changes its address needs another handshake.
    pub cid_bytes: u8,
    /// Largest datagram of a handshake, in bytes: [`MIN_MTU`] to [`MAX_MTU`].
    pub mtu: u16,
    /// How long to wait for an answer to our first flight, [`MIN_FIRST_TIMEOUT`] to
    /// [`MAX_TIMEOUT`]; doubled each time up to the latter (RFC 6347 §4.2.4.1). RFC 7925
    /// §11 advises 9 s for NB-IoT.
    pub first_timeout: Duration,
}

impl Default for Tuning {
    fn default() -> Self {
        Self {
            cid_bytes: 8,
            mtu: 1024,
            first_timeout: Duration::from_secs(1),
        }
    }
}

impl Tuning {
    /// Whether each of them is in its range.
    ///
    /// # Errors
    /// The first that is not.
    pub fn check(&self) -> Result<(), SetupError> {
        let milliseconds = |span: Duration| usize::try_from(span.as_millis()).unwrap_or(usize::MAX);
        in_range(
            "A Connection ID",
            "bytes long",
            0..=MAX_CID_BYTES.into(),
            self.cid_bytes.into(),
        )?;
        in_range(
            "A datagram of a handshake",
            "bytes long at most",
            MIN_MTU.into()..=MAX_MTU.into(),
            self.mtu.into(),
        )?;
        in_range(
            "The first wait for an answer",
            "ms",
            milliseconds(MIN_FIRST_TIMEOUT)..=milliseconds(MAX_TIMEOUT),
            milliseconds(self.first_timeout),
        )
    }
}

/// Whether a number is one of those that work.
pub(crate) fn in_range(
    what: &'static str,
    unit: &'static str,
    range: RangeInclusive<usize>,
    is: usize,
) -> Result<(), SetupError> {
    if range.contains(&is) {
        return Ok(());
    }
    let (min, max) = range.into_inner();
    Err(SetupError::OutOfRange {
        what,
        unit,
        min,
        max,
        is,
    })
}

/// The alert for an unknown PSK identity (RFC 4279 §2; conformance SEC-13).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UnknownPskAlert {
    /// `unknown_psk_identity` (115): says what is wrong.
    UnknownPskIdentity,
    /// `decrypt_error` (51): does not tell which identities exist.
    DecryptError,
}

/// What a client with little memory may ask for (RFC 6066 §4).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MaxFragment {
    /// 512 bytes
    Bytes512 = 1,
    /// 1,024 bytes
    Bytes1024,
    /// 2,048 bytes
    Bytes2048,
    /// 4,096 bytes
    Bytes4096,
}

impl MaxFragment {
    /// How many bytes.
    #[must_use]
    pub const fn bytes(self) -> u16 {
        1 << (8 + self.code())
    }

    /// Its number on the wire.
    pub(crate) const fn code(self) -> u8 {
        self as u8
    }
}

/// A suite that we speak.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Suite {
    /// TLS_PSK_WITH_AES_128_CCM_8
    PskCcm8,
    /// TLS_PSK_WITH_AES_128_CBC_SHA256
    PskCbc,
    /// TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8
    EcdheCcm8,
    /// TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
    EcdheGcm,
    /// TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256
    EcdheCbc,
}

impl Suite {
    /// All, best first for a server. A client that offers pre-shared keys has one; one that
    /// offers certificates may only be ready to see ours.
    pub const ALL: [Self; 5] = [
        Self::PskCcm8,
        Self::PskCbc,
        Self::EcdheCcm8,
        Self::EcdheGcm,
        Self::EcdheCbc,
    ];

    /// The suite with that IANA number.
    #[must_use]
    pub fn from_number(number: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|suite| suite.number() == number)
    }

    /// The IANA number.
    #[must_use]
    pub const fn number(self) -> u16 {
        match self {
            Self::PskCcm8 => 0xC0A8,
            Self::PskCbc => 0x00AE,
            Self::EcdheCcm8 => 0xC0AE,
            Self::EcdheGcm => 0xC02B,
            Self::EcdheCbc => 0xC023,
        }
    }

    /// The IANA name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PskCcm8 => "TLS_PSK_WITH_AES_128_CCM_8",
            Self::PskCbc => "TLS_PSK_WITH_AES_128_CBC_SHA256",
            Self::EcdheCcm8 => "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8",
            Self::EcdheGcm => "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            Self::EcdheCbc => "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
        }
    }

    /// Whether a pre-shared key stands behind it.
    #[must_use]
    pub const fn is_psk(self) -> bool {
        matches!(self, Self::PskCcm8 | Self::PskCbc)
    }

    /// Whether it uses CBC, which we speak with encrypt-then-MAC only.
    #[must_use]
    pub const fn is_cbc(self) -> bool {
        matches!(self, Self::PskCbc | Self::EcdheCbc)
    }

    /// OpenSSL's name.
    pub(crate) const fn openssl_name(self) -> &'static str {
        match self {
            Self::PskCcm8 => "PSK-AES128-CCM8",
            Self::PskCbc => "PSK-AES128-CBC-SHA256",
            Self::EcdheCcm8 => "ECDHE-ECDSA-AES128-CCM8",
            Self::EcdheGcm => "ECDHE-ECDSA-AES128-GCM-SHA256",
            Self::EcdheCbc => "ECDHE-ECDSA-AES128-SHA256",
        }
    }
}

/// Why a guard or a client cannot be made as asked.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// OpenSSL refused something that does not depend on what was given.
    #[error("OpenSSL cannot do what is needed here: {0}")]
    OpenSsl(#[from] openssl::error::ErrorStack),
    /// The private key cannot be read.
    #[error("The private key cannot be read: it must be a P-256 key as PKCS#8 DER.")]
    PrivateKey,
    /// A certificate cannot be read.
    #[error("Certificate {at} of the chain cannot be read as DER.")]
    Certificate {
        /// Its place in the chain, from 1.
        at: usize,
    },
    /// Key and certificate do not belong together.
    #[error("The private key does not belong to the first certificate of the chain.")]
    KeyMismatch,
    /// A number is not one of those that work.
    #[error("{what} must be {min} to {max} {unit}, and is {is}.")]
    OutOfRange {
        /// Which.
        what: &'static str,
        /// What is counted.
        unit: &'static str,
        /// The least.
        min: usize,
        /// The most.
        max: usize,
        /// What was given.
        is: usize,
    },
    /// OpenSSL hands identities around as C strings.
    #[error("A client's PSK identity cannot contain a zero byte.")]
    ZeroInIdentity,
}
