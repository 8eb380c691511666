//! What goes into the engine and what comes out: the two enums of the contract
//! between [`crate::Server`] and whoever drives it.

use crate::change::Change;
use crate::credential::{Credential, CredentialId};
use crate::ids::{DeviceId, EndpointName, OperationId, Revision};
use crate::operation::{Ask, Priority, Terms};
use crate::profile::Profile;
use crate::security::{Blocked, SecurityNews};
use crate::view::View;
use clock::Instant;
use coap::{ListenerId, Peer};
use lwm2m::registry::Registry;
use secure::{ServerKey, ServerName, Tuning};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// One thing that happened. Hand it to `handle`, then drain `poll`.
#[derive(Debug)]
pub enum Input<'a> {
    /// A datagram arrived.
    Datagram {
        /// From where, through which listener.
        peer: Peer,
        /// All of it.
        bytes: &'a [u8],
    },
    /// The operator, or a script, wants something.
    Command(Command),
    /// A batch is on disk.
    Committed(Revision),
    /// A batch is not on disk; the engine will offer its changes again.
    CommitFailed {
        /// Which.
        revision: Revision,
        /// Why, in words.
        reason: String,
    },
    /// The time that `WakeAt` named has come.
    Wake,
}

/// Something wanted from the engine.
#[derive(Clone, Debug)]
pub enum Command {
    /// Start an operation. Answered by [`Output::Reply`] once its row is stored.
    Start {
        /// Names the answer.
        ticket: Ticket,
        /// Who is asked.
        endpoint: EndpointName,
        /// What.
        ask: Ask,
        /// How urgent, for how long.
        terms: Terms,
    },
    /// Withdraw an operation that has not ended.
    Cancel {
        /// Names the answer.
        ticket: Ticket,
        /// Which.
        operation: OperationId,
    },
    /// Give an operation that waits another priority or another place in line.
    Move {
        /// Names the answer.
        ticket: Ticket,
        /// Which.
        operation: OperationId,
        /// Unchanged if `None`.
        priority: Option<Priority>,
        /// Among those of its priority, from 0; unchanged if `None`.
        position: Option<usize>,
    },
    /// Treat a device in another way from now on. Answered by [`Output::Reply`] once it
    /// is stored.
    Treat {
        /// Names the answer.
        ticket: Ticket,
        /// Which.
        endpoint: EndpointName,
        /// How.
        profile: Profile,
    },
    /// See how devices are at this moment. Answered by [`Output::Seen`].
    Look {
        /// Names the answer.
        ticket: Ticket,
        /// Which; those that are not known are left out.
        devices: Vec<DeviceId>,
    },
    /// Forget a device with its history.
    Forget {
        /// Names the answer.
        ticket: Ticket,
        /// Which.
        endpoint: EndpointName,
    },
    /// Definitions changed; sessions go on.
    UseRegistry(Registry),
    /// Refuse what deviates from the standard, or record it.
    SetStrict(bool),
    /// Keep registrations for so long after their lifetimes.
    SetGrace(Duration),
    /// These, and only these, are kept out: sessions end, and a registration that one of
    /// the endpoints has is not renewed.
    Block(Blocked),
    /// A credential that is stored is in force from now on, in place of the one of the
    /// same id or holder.
    PutCredential(Credential),
    /// A credential is in force no more.
    DropCredential(CredentialId),
    /// The server shows this key from now on.
    UseServerKey(ServerKey),
    /// The server shows these keys to devices that ask for their names, and no others.
    UseNamedKeys(BTreeMap<ServerName, ServerKey>),
    /// Handshakes that begin from now on are made to fit this. One that is out of its
    /// range, see [`Tuning::check`], changes nothing.
    TuneHandshakes(Tuning),
    /// These authorities are believed about certificates, as DER, and no others.
    UseTrustAnchors(Vec<Box<[u8]>>),
    /// What comes through this listener is DTLS.
    Secure(ListenerId),
    /// What comes through this listener is plain CoAP, whatever had its number before.
    Plain(ListenerId),
}

/// Names the answer to a command. Chosen by whoever drives the engine.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Ticket(pub u64);

/// One thing to do. Drain until [`Output::WakeAt`].
#[derive(Debug)]
pub enum Output {
    /// Send a datagram.
    Transmit {
        /// Where to, through which listener.
        peer: Peer,
        /// All of it.
        bytes: Vec<u8>,
    },
    /// What passed inside the records of an association, for whoever watches.
    Plaintext {
        /// The association.
        peer: Peer,
        /// Where its device is: the listener, and the address behind it.
        at: Peer,
        /// Whether the device sent it.
        inbound: bool,
        /// All of it.
        bytes: Vec<u8>,
    },
    /// Store these facts as one transaction and report back.
    Commit(Batch),
    /// The answer to a command.
    Reply {
        /// The command's ticket.
        ticket: Ticket,
        /// The operation it is about, or why not.
        result: Result<Option<OperationId>, CommandError>,
    },
    /// The answer to [`Command::Look`], in the order asked.
    Seen {
        /// The command's ticket.
        ticket: Ticket,
        /// One for each device that is known.
        views: Vec<View>,
    },
    /// Something to show that is not stored.
    Event(Event),
    /// Nothing more to do until then, or until the next input.
    WakeAt(Option<Instant>),
}

/// Facts to be stored as one transaction.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Its number; one more than the last.
    pub revision: Revision,
    /// In the order they came true. Shared, because the engine offers them again
    /// if the commit fails.
    pub changes: Arc<Vec<Change>>,
}

/// Why a command was not carried out.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CommandError {
    /// No device of that name ever registered.
    #[error("no device named \"{0}\" ever registered here")]
    UnknownDevice(EndpointName),
    /// No operation of that id is under way.
    #[error("operation {} is not under way; it has ended or never was", .0.0)]
    NotUnderWay(OperationId),
    /// An operation that is under way does not wait.
    #[error("operation {} does not wait any more; it was sent", .0.0)]
    NotWaiting(OperationId),
    /// The device has too many operations waiting.
    #[error("\"{endpoint}\" has {waiting} operations waiting already; cancel some or wait")]
    QueueFull {
        /// Which device.
        endpoint: EndpointName,
        /// How many wait.
        waiting: usize,
    },
    /// The database does not take writes.
    #[error("the database does not take writes: {0}")]
    StorageUnavailable(String),
}

/// Something to show that needs no memory.
#[derive(Clone, PartialEq, Debug)]
pub enum Event {
    /// An operation got further.
    Progress {
        /// Which.
        operation: OperationId,
        /// E.g. `retransmission 2 of 4`.
        text: String,
    },
    /// A device in queue mode woke or fell asleep, or a device moved to another address.
    Presence(DeviceId),
    /// Something went wrong that the operator should know of.
    Problem(Problem),
    /// A handshake or a session got further.
    Security(SecurityNews),
}

/// Something that went wrong, with the reason in words.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Problem {
    /// What sort, e.g. `malformed_message`; see [`problem_kind`].
    pub kind: &'static str,
    /// Where it came from, if from the network.
    pub peer: Option<Peer>,
    /// The device, where it is known.
    pub endpoint: Option<EndpointName>,
    /// What was wrong and what to do.
    pub message: String,
}

/// The sorts of problems that the engine reports.
pub mod problem_kind {
    /// A datagram that is not a CoAP message.
    pub const MALFORMED_MESSAGE: &str = "malformed_message";
    /// A request that the server cannot carry out.
    pub const REQUEST_REFUSED: &str = "request_refused";
    /// A Register or Update that was turned down.
    pub const REGISTRATION_REFUSED: &str = "registration_refused";
    /// A payload that its format does not allow.
    pub const MALFORMED_PAYLOAD: &str = "malformed_payload";
    /// Something the standard does not say, read leniently.
    pub const DEVIATION: &str = "deviation";
    /// A message that belongs to nothing, such as a notification nobody asked for.
    pub const UNEXPECTED_MESSAGE: &str = "unexpected_message";
    /// A device that registers again and again, and is left without an answer.
    pub const TOO_MANY_REGISTERS: &str = "too_many_registers";
    /// A device ended an observation.
    pub const OBSERVATION_LOST: &str = "observation_lost";
    /// A credential that cannot be used.
    pub const CREDENTIAL: &str = "credential";
    /// A handshake that came to nothing.
    pub const HANDSHAKE_FAILED: &str = "handshake_failed";
    /// A message that is longer than the device takes, and was not sent.
    pub const MESSAGE_TOO_LONG: &str = "message_too_long";
    /// The database does not take writes.
    pub const STORAGE: &str = "storage";
}
