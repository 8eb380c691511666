//! What others ask of the loop and what they read of it; it does nothing by itself.
//! How requests are carried out is the parent's.

use clock::UnixTime;
use coap::ListenerId;
use server::ids::{DeviceId, OperationId, Revision};
use server::view::View;
use server::{Command, CommandError, Ticket};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::AtomicU64;
use tokio::sync::oneshot;

/// The answer to a command.
pub type CommandResult = Result<Option<OperationId>, CommandError>;

/// Something for the loop to do.
pub enum Request {
    /// Run a command; the ticket is the loop's own.
    Command(
        Box<dyn FnOnce(Ticket) -> Command + Send>,
        oneshot::Sender<CommandResult>,
    ),
    /// See how devices are at this moment.
    Look(Vec<DeviceId>, oneshot::Sender<Vec<View>>),
    /// Run a command that has no answer.
    Tell(Command),
    /// The writer stored a batch.
    Committed(Revision),
    /// The writer could not store a batch.
    CommitFailed(Revision, String),
    /// Serve one more socket.
    Open {
        /// What its peers carry.
        id: ListenerId,
        /// Where it listens.
        address: SocketAddr,
        /// Whether what comes through it is DTLS.
        secure: bool,
        /// Where it came to listen.
        reply: oneshot::Sender<std::io::Result<SocketAddr>>,
    },
    /// Turn away what comes from these addresses, each until its time; and from no others.
    Bar(BTreeMap<IpAddr, UnixTime>),
    /// Stop serving a socket.
    Close(ListenerId, oneshot::Sender<()>),
    /// End the loop.
    Stop,
}

/// Figures that the loop counts and everybody reads.
#[derive(Debug, Default)]
pub struct Counters {
    /// Datagrams taken.
    pub received: AtomicU64,
    /// Datagrams given to the system.
    pub sent: AtomicU64,
    /// Datagrams that the system did not take.
    pub dropped: AtomicU64,
    /// Datagrams that were no messages.
    pub malformed: AtomicU64,
}
