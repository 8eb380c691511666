//! UDP sockets that move many datagrams at a time where the system can, one by one
//! elsewhere. Errors of single datagrams never end a listener (conformance CO-28).

#[cfg(target_os = "linux")]
mod batch;
#[cfg(not(target_os = "linux"))]
mod single;

#[cfg(target_os = "linux")]
use batch as system;
#[cfg(not(target_os = "linux"))]
use single as system;

use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll};
use tokio::io::Interest;
use tokio::net::UdpSocket;

/// Largest datagram taken, in bytes: all that UDP carries (conformance CO-27).
pub const MAX_DATAGRAM_BYTES: usize = 65_535;

/// Datagrams moved by one system call.
pub const BATCH: usize = 64;

/// Wanted size of the kernel's buffers, in bytes. The default of about 208 KiB
/// loses packets when 256 devices speak at once.
const SOCKET_BUFFER_BYTES: usize = 8 << 20;

/// A bound socket.
#[derive(Debug)]
pub struct Listener {
    socket: UdpSocket,
    local: SocketAddr,
}

/// Room for one batch of incoming datagrams, used again and again.
pub type Inbox = system::Inbox;

impl Listener {
    /// Binds a socket. Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// What the system says, such as `AddrInUse`.
    pub fn bind(address: SocketAddr) -> io::Result<Self> {
        let socket = Socket::new(
            Domain::for_address(address),
            Type::DGRAM,
            Some(Protocol::UDP),
        )?;
        // Best effort: the system may allow less.
        let _ = socket.set_recv_buffer_size(SOCKET_BUFFER_BYTES);
        let _ = socket.set_send_buffer_size(SOCKET_BUFFER_BYTES);
        socket.set_nonblocking(true)?;
        socket.bind(&address.into())?;
        let socket = UdpSocket::from_std(socket.into())?;
        let local = socket.local_addr()?;
        Ok(Self { socket, local })
    }

    /// Where it listens, with the port that the system chose.
    #[must_use]
    pub const fn local(&self) -> SocketAddr {
        self.local
    }

    /// Ready when datagrams wait.
    pub fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.socket.poll_recv_ready(cx)
    }

    /// Takes what waits, at most one batch; 0 if nothing does.
    pub fn receive(&self, inbox: &mut Inbox) -> usize {
        match self
            .socket
            .try_io(Interest::READABLE, || inbox.receive(&self.socket))
        {
            Ok(count) => count,
            // Port unreachable and the like belong to a datagram sent earlier.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
            Err(error) => {
                tracing::debug!(%error, "a receive call failed");
                0
            }
        }
    }

    /// Sends datagrams in order. What the system does not take now is dropped and
    /// counted: CoAP sends again what matters. Yields how many were dropped.
    pub fn send(&self, datagrams: &[(SocketAddr, Vec<u8>)]) -> usize {
        let mut rest = datagrams;
        let mut dropped = 0;
        while let Some((first, behind)) = rest.split_first() {
            match self
                .socket
                .try_io(Interest::WRITABLE, || system::send(&self.socket, rest))
            {
                Ok(sent) if sent > 0 => rest = rest.get(sent..).unwrap_or_default(),
                Ok(_) => break,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => {
                    tracing::debug!(%error, to = %first.0, "a datagram could not be sent");
                    dropped += 1;
                    rest = behind;
                }
            }
        }
        dropped + rest.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the system refuses is counted as dropped, and what stands behind it leaves.
    #[tokio::test]
    async fn co_28_a_datagram_that_cannot_leave_holds_up_no_other() {
        let local = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let here = Listener::bind(local(0)).expect("a socket");
        let there = Listener::bind(local(0)).expect("a socket");
        let closed = std::net::UdpSocket::bind(local(0)).expect("a socket");
        let nobody = closed.local_addr().expect("an address");
        drop(closed);
        let datagrams = [
            (nobody, vec![1]),
            (there.local(), vec![2]),
            (local(0), vec![3]),
            (([255, 255, 255, 255], 9).into(), vec![4]),
            (there.local(), vec![0; MAX_DATAGRAM_BYTES]),
            (there.local(), vec![5]),
        ];
        let mut left = datagrams.len();
        for _ in 0..3 {
            here.socket.writable().await.expect("it can send");
            left = here.send(&datagrams);
        }
        assert!((1..=3).contains(&left), "{left} of the six were dropped");
        let mut inbox = Inbox::default();
        let mut heard = Vec::new();
        while heard.len() < 6 {
            there.socket.readable().await.expect("it can receive");
            let count = there.receive(&mut inbox);
            let bytes = (0..count).filter_map(|at| inbox.get(at)?.1.first().copied());
            heard.extend(bytes);
        }
        assert_eq!(
            heard,
            [2, 5, 2, 5, 2, 5],
            "three times the two that can be sent"
        );
    }
}
