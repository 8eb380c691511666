//! One datagram for each system call: what every system can do.

use super::{BATCH, Leaving, MAX_DATAGRAM_BYTES};
use socket2::Socket;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use tokio::net::UdpSocket;

/// Room for one batch of incoming datagrams.
pub struct Inbox {
    scratch: Box<[u8]>,
    datagrams: Vec<(SocketAddr, Vec<u8>)>,
}

impl Default for Inbox {
    fn default() -> Self {
        Self {
            scratch: vec![0; MAX_DATAGRAM_BYTES].into_boxed_slice(),
            datagrams: Vec::with_capacity(BATCH),
        }
    }
}

impl Inbox {
    pub(super) fn receive(&mut self, socket: &UdpSocket) -> io::Result<usize> {
        self.datagrams.clear();
        while self.datagrams.len() < BATCH {
            match socket.try_recv_from(&mut self.scratch) {
                Ok((length, from)) => self.datagrams.push((from, self.scratch[..length].to_vec())),
                Err(error)
                    if error.kind() == io::ErrorKind::WouldBlock && self.datagrams.is_empty() =>
                {
                    return Err(error);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                // Windows reports an earlier datagram's fate here (WSAECONNRESET).
                Err(_) => self
                    .datagrams
                    .push(((Ipv4Addr::UNSPECIFIED, 0).into(), Vec::new())),
            }
        }
        Ok(self.datagrams.len())
    }

    /// The datagram at `index` of the last batch.
    pub fn get(&self, index: usize) -> Option<(SocketAddr, &[u8])> {
        self.datagrams
            .get(index)
            .map(|(from, bytes)| (*from, bytes.as_slice()))
    }

    /// What the system does not tell without a call of its own kind.
    pub(super) const fn home(&self, _: usize) -> Option<IpAddr> {
        None
    }
}

/// Nothing to ask for: the system chooses the address that a datagram leaves from.
pub(super) const fn tell_homes(_: &Socket, _: SocketAddr) -> io::Result<()> {
    Ok(())
}

/// Sends the first datagram; yields how many the system took.
pub(super) fn send(socket: &UdpSocket, datagrams: &[Leaving<'_>]) -> io::Result<usize> {
    match datagrams.first() {
        Some(first) => socket.try_send_to(first.bytes, first.to).map(|_| 1),
        None => Ok(0),
    }
}
