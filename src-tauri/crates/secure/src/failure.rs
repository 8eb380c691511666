//! Why a handshake came to nothing: what was seen on the wire and what it means,
//! as values. The sentences for people stand above this crate.

use crate::address::Address;
use clock::UnixTime;

/// A handshake that did not lead to an association.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// Where it came from.
    pub from: Address,
    /// When it was given up.
    pub at: UnixTime,
    /// How far it got.
    pub step: Step,
    /// The identity of the pre-shared key, where one was named.
    pub psk_identity: Option<Box<[u8]>>,
    /// The peer's certificate or SubjectPublicKeyInfo as DER, where one was shown.
    pub shown: Option<Box<[u8]>>,
    /// Why.
    pub cause: Cause,
}

/// The steps of a handshake, as the server sees them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Step {
    /// A ClientHello came in and was answered with a cookie.
    Hello,
    /// The address was proven with the cookie; our flight is out.
    Verified,
    /// The ClientKeyExchange came in.
    KeyExchange,
    /// The client's Finished came in and was right.
    Finished,
}

/// What went wrong.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Cause {
    /// No credential has that PSK identity.
    UnknownPskIdentity,
    /// The identity is known, and its Finished cannot be opened: the keys differ.
    WrongKey,
    /// The client offers no suite that we have.
    NoCommonSuite {
        /// What it offered, as IANA numbers.
        offered: Vec<u16>,
    },
    /// CBC was agreed on without encrypt-then-MAC (RFC 7366), which we do not speak.
    NoEncryptThenMac,
    /// The client offers no DTLS 1.2.
    OldVersion,
    /// The client does not offer secp256r1.
    NoCommonGroup,
    /// The client wants certificates and we have none, or raw keys, or the reverse.
    CertificateType,
    /// The certificate's time is over.
    CertificateExpired {
        /// When it was.
        not_after: UnixTime,
    },
    /// The certificate is not valid yet.
    CertificateNotYetValid {
        /// When it will be.
        not_before: UnixTime,
    },
    /// Nobody we trust signed the certificate.
    UnknownAuthority,
    /// The certificate is wrong in another way.
    BadCertificate {
        /// What OpenSSL says.
        reason: String,
    },
    /// The raw public key belongs to no credential.
    UnknownPublicKey,
    /// The client sent no certificate and no key.
    NoCertificate,
    /// A signature of the client is wrong.
    BadSignature,
    /// The client gave up with an alert.
    Alert {
        /// Its number (RFC 5246 §7.2).
        description: u8,
    },
    /// The client fell silent in the middle.
    TimedOut,
    /// The client fell silent after a flight of ours that is larger than what every
    /// network carries in one piece, as those with certificates are.
    LargeFlight {
        /// How large it is.
        bytes: u32,
    },
    /// A message that cannot be read, or in the wrong place.
    Malformed {
        /// What is wrong with it.
        reason: String,
    },
    /// Too many handshakes were under way.
    TooMany,
    /// Something that is no DTLS record, such as a plain CoAP message.
    NotDtls {
        /// Whether it reads as a CoAP message.
        coap: bool,
    },
    /// A DTLS record that came to a port where plain CoAP is spoken.
    PlainPort,
    /// A record for an association that is gone, or that came from elsewhere without a
    /// Connection ID to know it by.
    UnknownAssociation {
        /// Whether the record has a Connection ID.
        cid: bool,
    },
}
