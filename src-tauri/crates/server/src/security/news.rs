//! What of handshakes and sessions is shown while it happens, and needs no memory.

use super::fact::FailedHandshake;
use super::refused::RefusedRegistration;
use super::sessions::Session;
use coap::Peer;
use secure::Step;
use std::sync::Arc;

/// Something that happened between a device and a listener before it was in.
#[derive(Clone, PartialEq, Debug)]
pub enum SecurityNews {
    /// A handshake got a step further.
    Stepped {
        /// Where the device is.
        from: Peer,
        /// Which step is done.
        step: Step,
        /// The identity of the pre-shared key, once it was named.
        psk_identity: Option<Box<[u8]>>,
    },
    /// A handshake is complete.
    Established(Session),
    /// A handshake came to nothing.
    Failed(Arc<FailedHandshake>),
    /// A registration was turned down.
    Refused(Arc<RefusedRegistration>),
}
