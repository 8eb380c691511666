//! What waits for a decision: devices that did not get in, and those that nobody named.
//! Also the session of a device that did.

use super::block::BlockTarget;
use super::certificate::CertificateInfo;
use super::device::Security;
use super::{shapes, words};

words! {
    /// What is pending.
    pub enum PendingKind {
        /// A handshake that came to nothing.
        Handshake,
        /// An endpoint without credentials that registered without security.
        Endpoint,
        /// A registration that was turned down.
        Registration,
    }

    /// Why a device did not get in, for scripts: the closed list of codes.
    pub enum PendingCause {
        /// No credential has the identity of the pre-shared key.
        UnknownPskIdentity,
        /// The identity is known and the device has another key.
        WrongKey,
        /// The device offers no cipher suite that is spoken here.
        NoCommonSuite,
        /// The device offers CBC only, without encrypt-then-MAC.
        NoEncryptThenMac,
        /// The device offers no DTLS 1.2.
        OldVersion,
        /// The device does not offer secp256r1.
        NoCommonGroup,
        /// One side wants certificates, the other raw public keys.
        CertificateType,
        /// The certificate of the device is over.
        CertificateExpired,
        /// The certificate of the device does not hold yet.
        CertificateNotYetValid,
        /// Nobody who is trusted signed the certificate of the device.
        UnknownAuthority,
        /// The certificate of the device is wrong in another way.
        BadCertificate,
        /// No credential has the raw public key.
        UnknownPublicKey,
        /// The device showed neither certificate nor key.
        NoCertificate,
        /// A signature of the device is wrong.
        BadSignature,
        /// The device gave up with an alert.
        Alert,
        /// The device fell silent in the middle.
        TimedOut,
        /// The device fell silent after a flight that is large, as with certificates.
        LargeFlight,
        /// A message of the handshake cannot be read.
        Malformed,
        /// Too many handshakes were under way.
        TooManyHandshakes,
        /// Plain CoAP came to a port of coaps.
        PlainCoap,
        /// Something else than DTLS came to a port of coaps.
        NotDtls,
        /// DTLS came to a port of coap.
        DtlsOnPlainPort,
        /// A record of a session that is not known here.
        UnknownSession,
        /// The same from a host where a device has a session without Connection ID: a
        /// router gave it another port.
        AddressChanged,
        /// An endpoint that nobody named registered without security, on this machine.
        UnnamedEndpoint,
        /// The same over a network, where others can read it.
        UnprotectedEndpoint,
        /// A session proved one identity and asked for the endpoint of another.
        OtherEndpoint,
        /// An endpoint that has credentials asked to register without security.
        CredentialsRequired,
        /// A registration names no endpoint, and no session says which is meant.
        MissingEndpoint,
        /// A registration names a version of LwM2M that is not spoken here.
        UnknownVersion,
        /// A registration cannot be read.
        UnreadableRegistration,
        /// A registration deviates from the standard in a way that is refused here.
        NotStandard,
        /// No further device can be known.
        TooManyDevices,
    }

    /// What happened between a device and a secure listener.
    pub enum SecurityEventKind {
        /// A handshake got a step further.
        Step,
        /// A session was made.
        Established,
        /// A handshake came to nothing.
        Failed,
        /// A registration was turned down.
        Refused,
    }

    /// The steps of a handshake.
    pub enum HandshakeStep {
        /// The ClientHello came in and was answered with a cookie.
        Hello,
        /// The address was proven with the cookie; our flight is out.
        Verified,
        /// The ClientKeyExchange came in.
        KeyExchange,
        /// The client's Finished came in and was right.
        Finished,
    }
}

shapes! {
    /// What is pending, newest first.
    pub struct PendingListResponse {
        /// Of the last 24 hours, what was dismissed left out.
        pub pending: Vec<Pending>,
    }

    /// Something that waits for a decision, counted while it repeats.
    pub struct Pending {
        /// Its id.
        pub id: String,
        /// What it is.
        pub kind: PendingKind,
        /// Why it did not get in, for scripts.
        pub cause: PendingCause,
        /// When it was seen last, RFC 3339.
        pub time: String,
        /// When it was seen first, RFC 3339.
        pub first_at: String,
        /// How often.
        pub count: u64,
        /// Where it came from last.
        pub address: String,
        /// E.g. `coaps 127.0.0.1:5684`.
        pub listener: String,
        /// The endpoint that it is about, where that can be told.
        pub endpoint: Option<String>,
        /// The identity that was named, if it is text.
        pub identity: Option<String>,
        /// The same in hex.
        pub identity_hex: Option<String>,
        /// How far the handshake got.
        pub step: Option<HandshakeStep>,
        /// A few words.
        pub title: String,
        /// What was seen.
        pub seen: String,
        /// What that means.
        pub why: String,
        /// What to do.
        pub fix: String,
        /// The call that does it, where one does.
        pub action: Option<PendingAction>,
        /// Whom `pending_block` keeps out.
        pub block: Option<BlockTarget>,
        /// Whether `pending_accept` does it without anything being added.
        pub acceptable: bool,
    }

    /// A call of this contract.
    pub struct PendingAction {
        /// For the button.
        pub label: String,
        /// The name of the call.
        pub call: String,
        /// Its request; what a person has to add is missing.
        pub request: serde_json::Value,
    }

    /// Something pending.
    pub struct PendingRequest {
        /// Its id.
        pub id: String,
    }

    /// A device whose session to look at.
    pub struct SessionGetResponse {
        /// The endpoint client name.
        pub endpoint: String,
        /// How it proved itself.
        pub mode: Security,
        /// The IANA name of the cipher suite.
        pub suite: String,
        /// Whether Connection IDs are in use, so that it may move.
        pub cid: bool,
        /// Bytes of the Connection ID that we gave out.
        pub cid_bytes: Option<u32>,
        /// The server name that it asked for and that chose our certificate.
        pub server_name: Option<String>,
        /// Whether its handshake resumed an earlier session.
        pub resumed: bool,
        /// RFC 3339.
        pub established_at: String,
        /// Its age in seconds.
        pub age_s: u64,
        /// Where it was, oldest first; the last one is where it is.
        pub addresses: Vec<SessionAddress>,
        /// Records under its name that were dropped, since the program began.
        pub dropped_records: u32,
        /// What that means, where there are any.
        pub dropped_because: Option<String>,
        /// The identity of the pre-shared key, if it is text.
        pub identity: Option<String>,
        /// The same in hex.
        pub identity_hex: Option<String>,
        /// The raw public key in base64.
        pub public_key: Option<String>,
        /// What the certificate says.
        pub certificate: Option<CertificateInfo>,
    }

    /// Where a device was.
    pub struct SessionAddress {
        /// E.g. `192.168.1.20:49152`.
        pub address: String,
        /// Since when, RFC 3339.
        pub since: String,
    }

    /// What happened between a device and a secure listener.
    pub struct SecurityEvent {
        /// What.
        pub kind: SecurityEventKind,
        /// RFC 3339.
        pub time: String,
        /// Where the device is.
        pub address: String,
        /// The step that is done, or that was done last.
        pub step: Option<HandshakeStep>,
        /// The identity that was named, if it is text.
        pub identity: Option<String>,
        /// The same in hex.
        pub identity_hex: Option<String>,
        /// How the device proved itself.
        pub mode: Option<Security>,
        /// The IANA name of the cipher suite.
        pub suite: Option<String>,
        /// Whether Connection IDs are in use.
        pub cid: Option<bool>,
        /// Whether an earlier session was resumed.
        pub resumed: Option<bool>,
        /// Why it failed, for scripts.
        pub cause: Option<PendingCause>,
        /// Why it failed, as in `pending_list`.
        pub failure: Option<Pending>,
    }
}
