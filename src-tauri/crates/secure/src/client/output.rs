//! What goes into a client and what comes out of it.

use crate::failure::Cause;
use crate::identity::Identity;
use crate::output::EndCause;
use clock::Instant;

/// What happens to a client.
#[derive(Debug)]
pub enum ClientInput<'a> {
    /// A datagram came in from the server.
    Datagram(&'a [u8]),
    /// Something is to be sent; it waits for the handshake.
    Send(&'a [u8]),
    /// A handshake is to begin, with the last session if there is one. What was before is
    /// over without a word.
    Connect,
    /// The association is to end with a close_notify.
    Close,
    /// The next handshake is a full one.
    ForgetSession,
    /// Time has passed.
    Wake,
}

/// What a client wants.
#[derive(Debug)]
pub enum ClientOutput {
    /// A datagram is to leave for the server.
    Transmit(Vec<u8>),
    /// Authentic plaintext came in.
    Received(Vec<u8>),
    /// The handshake is complete.
    Established {
        /// Who the server is; with a resumed session, who it was then.
        server: Option<Identity>,
        /// The IANA name of the suite.
        suite: &'static str,
        /// The Connection ID that the server wants; empty for none.
        cid: Box<[u8]>,
        /// Whether the last session was resumed.
        resumed: bool,
    },
    /// The handshake came to nothing.
    Failed(Cause),
    /// The association is over.
    Ended(EndCause),
    /// Nothing more to do until then. Always the last.
    WakeAt(Option<Instant>),
}
