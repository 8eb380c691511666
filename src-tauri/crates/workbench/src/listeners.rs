//! The sockets that devices reach: which are open, and which could not be, with the
//! way out.

use crate::engine::Request;
use crate::ports;
use crate::settings::{self, listener_id};
use crate::writer::EditError;
use coap::ListenerId;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use tokio::sync::{mpsc, oneshot};

/// An open listener.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OpenListener {
    /// Its name in the settings.
    pub key: String,
    /// What peers carry.
    pub id: ListenerId,
    /// Where it listens.
    pub address: SocketAddr,
}

impl OpenListener {
    /// Whether what comes through it is DTLS.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        settings::scheme(&self.key) == settings::COAPS
    }

    /// Whether others than this machine reach it without any security: somebody chose
    /// that (conformance SEC-28), and it is to be seen.
    #[must_use]
    pub fn is_unprotected(&self) -> bool {
        !self.is_secure() && !self.address.ip().is_loopback()
    }
}

/// A listener that could not be opened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ClosedListener {
    /// Its name in the settings.
    pub key: String,
    /// Where it should have listened.
    pub address: SocketAddr,
    /// Why not.
    pub reason: String,
    /// An address that is free.
    pub suggestion: Option<SocketAddr>,
}

/// Why a listener was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Somebody else has the port.
    #[error("{address} is in use by {holder}{}", suggestion.map(|free| format!("; {free} is free")).unwrap_or_default())]
    InUse {
        /// The address.
        address: SocketAddr,
        /// Which program to look for.
        holder: String,
        /// An address that is free.
        suggestion: Option<SocketAddr>,
    },
    /// The system refuses for another reason.
    #[error(
        "{address} cannot be opened: {source}; choose an address of this machine and a port above 1023"
    )]
    Io {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// No key is left.
    #[error("no more listeners can be opened; close one first")]
    TooMany,
    /// The disk takes no writes.
    #[error(transparent)]
    Store(#[from] EditError),
    /// The program ends.
    #[error("the program is stopping")]
    Stopping,
}

/// All listeners.
#[derive(Clone, Debug, Default)]
pub struct Listeners {
    /// Open ones, in the order of opening.
    pub open: Vec<OpenListener>,
    /// Those that were asked for and could not be opened.
    pub closed: Vec<ClosedListener>,
}

impl Listeners {
    /// Opens a socket and has the engine serve it.
    pub(crate) async fn open(
        &mut self,
        engine: &mpsc::Sender<Request>,
        key: &str,
        address: SocketAddr,
    ) -> Result<OpenListener, OpenError> {
        let id = listener_id(key).ok_or(OpenError::TooMany)?;
        let (reply, answer) = oneshot::channel();
        engine
            .send(Request::Open {
                id,
                address,
                secure: settings::scheme(key) == settings::COAPS,
                reply,
            })
            .await
            .map_err(|_| OpenError::Stopping)?;
        self.closed.retain(|closed| closed.key != key);
        match answer.await.map_err(|_| OpenError::Stopping)? {
            Ok(address) => {
                let opened = OpenListener {
                    key: key.to_owned(),
                    id,
                    address,
                };
                self.open.push(opened.clone());
                Ok(opened)
            }
            Err(source) => {
                let error = explain(address, source);
                let suggestion = match &error {
                    OpenError::InUse { suggestion, .. } => *suggestion,
                    _ => None,
                };
                self.closed.push(ClosedListener {
                    key: key.to_owned(),
                    address,
                    reason: error.to_string(),
                    suggestion,
                });
                Err(error)
            }
        }
    }

    /// Closes a socket; yields its key.
    pub(crate) async fn close(
        &mut self,
        engine: &mpsc::Sender<Request>,
        address: &str,
    ) -> Option<String> {
        if let Some(at) = self
            .closed
            .iter()
            .position(|closed| closed.address.to_string() == address)
        {
            return Some(self.closed.remove(at).key);
        }
        let at = self
            .open
            .iter()
            .position(|open| open.address.to_string() == address)?;
        let closed = self.open.remove(at);
        let (reply, answer) = oneshot::channel();
        if engine.send(Request::Close(closed.id, reply)).await.is_ok() {
            let _ = answer.await;
        }
        Some(closed.key)
    }

    /// The key of a listener of a scheme that waits for a free port.
    pub(crate) fn closed_key(&self, scheme: &str) -> Option<String> {
        let mut keys = self.closed.iter().map(|closed| &closed.key);
        keys.find(|key| settings::scheme(key) == scheme).cloned()
    }

    /// An address at which a device on this machine reaches a listener, secure or not.
    #[must_use]
    pub fn reachable(&self, secure: bool) -> Option<SocketAddr> {
        let here = |address: SocketAddr| {
            let ip = match address.ip() {
                IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
                IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
                ip => ip,
            };
            SocketAddr::new(ip, address.port())
        };
        let open = self.open.iter().find(|open| open.is_secure() == secure);
        open.map(|open| here(open.address))
    }

    /// The address of a listener.
    #[must_use]
    pub fn address_of(&self, id: ListenerId) -> Option<SocketAddr> {
        self.open
            .iter()
            .find(|open| open.id == id)
            .map(|open| open.address)
    }
}

fn explain(address: SocketAddr, source: io::Error) -> OpenError {
    if source.kind() == io::ErrorKind::AddrInUse {
        let holder = ports::holder(address.port());
        return OpenError::InUse {
            address,
            holder,
            suggestion: ports::free_near(address),
        };
    }
    OpenError::Io { address, source }
}
