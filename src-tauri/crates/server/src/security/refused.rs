//! Registrations that were turned down: who asked for what, and why not, as values.
//! Like failed handshakes they are facts to keep; what could be done about each is
//! explained above this crate. What decides stands in `lifecycle` and `guarding`.

use crate::ids::EndpointName;
use clock::UnixTime;
use coap::Peer;
use secure::Identity;

/// A registration that was turned down.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RefusedRegistration {
    /// Where it came from: the listener, and the address behind it.
    pub from: Peer,
    /// When.
    pub at: UnixTime,
    /// The endpoint that it named, where one could be read.
    pub endpoint: Option<EndpointName>,
    /// The identity of the pre-shared key that its session proved.
    pub psk_identity: Option<Box<[u8]>>,
    /// The raw public key or certificate that its session proved, as DER.
    pub shown: Option<Box<[u8]>>,
    /// Why.
    pub cause: RefusalCause,
}

impl RefusedRegistration {
    /// With who was proven to ask.
    #[must_use]
    pub fn asked_by(mut self, identity: Option<&Identity>) -> Self {
        match identity {
            Some(Identity::Psk(own)) => self.psk_identity = Some(own.clone()),
            Some(Identity::PublicKey(key)) => self.shown = Some(key.clone()),
            Some(Identity::Certificate(own)) => self.shown = Some(own.der.clone()),
            None => {}
        }
        self
    }
}

/// Why a registration was turned down.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum RefusalCause {
    /// The session proves an identity that may not speak for the endpoint.
    OtherIdentity,
    /// The endpoint has credentials, and the request came without security.
    Insecure,
    /// It names no endpoint, and no session says which is meant.
    MissingEndpoint,
    /// It names a version of LwM2M that nobody here speaks.
    UnknownVersion {
        /// What it named.
        version: String,
    },
    /// A parameter or the object list cannot be read.
    Unreadable {
        /// What is wrong with it.
        reason: String,
    },
    /// It deviates from the standard in a way that is refused.
    NotStandard {
        /// The code of the quirk.
        code: String,
        /// What is wrong.
        reason: String,
    },
    /// No further device can be known.
    TooManyDevices,
}
