//! What goes into a device and what comes out of it: values only.

use clock::Instant;
use coap::Peer;
use lwm2m::{Path, Value};
use std::time::Duration;

/// One thing that happens to a device.
#[derive(Clone, Debug)]
pub enum Input<'a> {
    /// A datagram arrived. Those of other peers than the server are ignored.
    Datagram {
        /// Who sent it.
        peer: Peer,
        /// The datagram.
        bytes: &'a [u8],
    },
    /// The moment of [`Output::WakeAt`] has come. Waking too early is harmless.
    Wake,
    /// The person at the device does something.
    Command(Command),
}

/// What the person at the device can do.
#[derive(Clone, PartialEq, Debug)]
pub enum Command {
    /// De-register and stay away until [`Command::Update`].
    Deregister,
    /// Power off without a word and come back after a pause.
    Reboot {
        /// How long the device is silent.
        pause: Duration,
    },
    /// Send an Update now, or a Register when not registered.
    Update,
    /// Set a value as if the world had changed it. From then on the simulation
    /// leaves the resource alone. Ignored when there is no such resource or the
    /// type differs; nothing is checked against a range.
    Set {
        /// A resource or resource instance.
        path: Path,
        /// Its value.
        value: Value,
    },
    /// Forget the registration and register with another server.
    SetServer(Peer),
    /// De-register, then stay silent for good.
    Stop,
    /// Report values unasked (Send, 1.1).
    Send {
        /// What to report; paths that are not there are left out.
        paths: Vec<Path>,
    },
}

/// One thing to do for a device.
#[derive(Clone, PartialEq, Debug)]
pub enum Output {
    /// A datagram to send.
    Transmit {
        /// To whom.
        peer: Peer,
        /// The datagram.
        bytes: Vec<u8>,
    },
    /// Something that happened, for whoever watches the device.
    Event(Event),
    /// Nothing more for now: the next [`Input::Wake`] is due then, or never.
    WakeAt(Option<Instant>),
}

/// What happened at a device.
#[derive(Clone, PartialEq, Debug)]
pub enum Event {
    /// The server accepted the registration.
    Registered {
        /// The location it gave, e.g. `/rd/abc`.
        location: String,
    },
    /// A handshake came to a session.
    Secured {
        /// The IANA name of its suite.
        suite: &'static str,
        /// Whether it resumed an earlier one.
        resumed: bool,
    },
    /// A handshake came to nothing; the next message begins another.
    HandshakeFailed {
        /// Why.
        reason: String,
    },
    /// The server accepted an Update.
    Updated,
    /// The registration ended as the device wished.
    Deregistered,
    /// Register or Update failed; the device tries again by itself.
    RegistrationFailed {
        /// Why, in words.
        reason: String,
    },
    /// The device has started again.
    Rebooted,
    /// The server executed a resource.
    Executed {
        /// Which one.
        path: Path,
        /// The arguments as they were sent.
        arguments: String,
    },
    /// The server wrote.
    Written {
        /// The path of the request; `/` for Write-Composite.
        path: Path,
    },
    /// The server attached or took away notification attributes.
    AttributesWritten {
        /// Where.
        path: Path,
    },
    /// The server created an instance, or several.
    Created {
        /// The last one.
        path: Path,
    },
    /// The server deleted an instance.
    Deleted {
        /// Which one.
        path: Path,
    },
    /// The server observes.
    Observed {
        /// What; `/` for several paths.
        path: Path,
    },
    /// The server observes no longer.
    ObservationCancelled {
        /// What; `/` for several paths.
        path: Path,
    },
    /// A notification came to nothing, and the observation ended with it.
    NotifyFailed {
        /// What was observed; `/` for several paths.
        path: Path,
        /// Why, in words.
        reason: String,
    },
    /// The server accepted a Send.
    Sent,
    /// A Send came to nothing.
    SendFailed {
        /// Why, in words.
        reason: String,
    },
}
