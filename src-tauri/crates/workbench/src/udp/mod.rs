//! UDP sockets that move many datagrams at a time where the system can, one by one
//! elsewhere. Errors of single datagrams never end a listener (conformance CO-28).

#[cfg(target_os = "linux")]
mod batch;
mod homes;
#[cfg(not(target_os = "linux"))]
mod single;

#[cfg(target_os = "linux")]
use batch as system;
#[cfg(not(target_os = "linux"))]
use single as system;

use crate::locked::locked;
use homes::Homes;
use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::{IpAddr, SocketAddr, SocketAddrV6};
use std::sync::Mutex;
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
    /// Where peers spoke to, if that is not always `local`.
    homes: Option<Mutex<Homes>>,
}

/// A datagram on its way out.
struct Leaving<'a> {
    to: SocketAddr,
    /// The address of ours that it leaves from, unless the system shall choose.
    home: Option<IpAddr>,
    bytes: &'a [u8],
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
        let everywhere = address.ip().is_unspecified();
        if everywhere {
            if address.is_ipv6() {
                // Devices of both families; where the system refuses, of one.
                let _ = socket.set_only_v6(false);
            }
            system::tell_homes(&socket, address)?;
        }
        socket.set_nonblocking(true)?;
        socket.bind(&address.into())?;
        let socket = UdpSocket::from_std(socket.into())?;
        let local = socket.local_addr()?;
        Ok(Self {
            socket,
            local,
            homes: everywhere.then(Mutex::default),
        })
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
            Ok(count) => {
                self.note_homes(inbox, count);
                count
            }
            // Port unreachable and the like belong to a datagram sent earlier.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
            Err(error) => {
                tracing::debug!(%error, "a receive call failed");
                0
            }
        }
    }

    fn note_homes(&self, inbox: &Inbox, count: usize) {
        let Some(homes) = &self.homes else {
            return;
        };
        let mut homes = locked(homes);
        for index in 0..count {
            if let (Some((peer, _)), Some(home)) = (inbox.get(index), inbox.home(index)) {
                homes.note(peer, home);
            }
        }
    }

    /// Sends datagrams in order. What the system does not take now is dropped and
    /// counted: CoAP sends again what matters. Yields how many were dropped.
    pub fn send(&self, datagrams: &[(SocketAddr, Vec<u8>)]) -> usize {
        let mut leaving = self.leaving(datagrams);
        let (mut next, mut dropped) = (0, 0);
        while let Some(rest) = leaving.get(next..).filter(|rest| !rest.is_empty()) {
            match self
                .socket
                .try_io(Interest::WRITABLE, || system::send(&self.socket, rest))
            {
                Ok(0) => break,
                Ok(sent) => next += sent,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => {
                    let Some(first) = leaving.get_mut(next) else {
                        break;
                    };
                    // Its address may be ours no longer: the system has another try.
                    if first.home.take().is_none() {
                        tracing::debug!(%error, to = %first.to, "a datagram could not be sent");
                        dropped += 1;
                        next += 1;
                    }
                }
            }
        }
        dropped + leaving.len().saturating_sub(next)
    }

    fn leaving<'a>(&self, datagrams: &'a [(SocketAddr, Vec<u8>)]) -> Vec<Leaving<'a>> {
        let homes = self.homes.as_ref();
        let homes = homes.map(|homes| locked(homes));
        let one = |(to, bytes): &'a (SocketAddr, Vec<u8>)| Leaving {
            to: self.in_own_family(*to),
            home: homes.as_ref().and_then(|homes| homes.of(*to)),
            bytes,
        };
        datagrams.iter().map(one).collect()
    }

    /// An IPv4 address as an IPv6 socket wants it.
    fn in_own_family(&self, to: SocketAddr) -> SocketAddr {
        match to {
            SocketAddr::V4(v4) if self.local.is_ipv6() => {
                SocketAddrV6::new(v4.ip().to_ipv6_mapped(), v4.port(), 0, 0).into()
            }
            other => other,
        }
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

    /// What leaves to a peer leaves from where it asked, on a socket of all addresses.
    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn co_29_an_answer_leaves_from_the_address_that_was_asked() {
        for (wildcard, asked) in [
            ("0.0.0.0:0", "127.0.0.2"),
            ("[::]:0", "127.0.0.3"),
            ("[::]:0", "::1"),
        ] {
            let listener = Listener::bind(wildcard.parse().expect("an address")).expect("a socket");
            let asked: IpAddr = asked.parse().expect("an address");
            let home = SocketAddr::new(asked, listener.local().port());
            let from = if asked.is_ipv4() {
                "127.0.0.1:0"
            } else {
                "[::1]:0"
            };
            let peer = std::net::UdpSocket::bind(from).expect("a socket");
            peer.send_to(&[1], home).expect("a datagram leaves");
            listener.socket.readable().await.expect("it can receive");
            let mut inbox = Inbox::default();
            assert_eq!(listener.receive(&mut inbox), 1);
            let (sender, _) = inbox.get(0).expect("a datagram");
            listener.socket.writable().await.expect("it can send");
            let sender = SocketAddr::new(sender.ip().to_canonical(), sender.port());
            assert_eq!(listener.send(&[(sender, vec![2])]), 0);
            peer.set_read_timeout(Some(std::time::Duration::from_secs(5)))
                .expect("a timeout");
            let (_, answered_from) = peer.recv_from(&mut [0; 8]).expect("an answer");
            assert_eq!(answered_from, home, "{wildcard}");
        }
    }

    /// An address that went away is no reason to send nothing.
    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_peer_whose_home_is_gone_is_reached_from_another() {
        let listener = Listener::bind("0.0.0.0:0".parse().expect("an address")).expect("a socket");
        let peer = std::net::UdpSocket::bind("127.0.0.1:0").expect("a socket");
        let to = peer.local_addr().expect("an address");
        let homes = listener.homes.as_ref().expect("a socket of all addresses");
        let gone = "192.0.2.1".parse().expect("an address");
        homes.lock().expect("nobody panicked").note(to, gone);
        listener.socket.writable().await.expect("it can send");
        assert_eq!(listener.send(&[(to, vec![7])]), 0);
        peer.set_read_timeout(Some(std::time::Duration::from_secs(5)))
            .expect("a timeout");
        let mut bytes = [0; 8];
        assert_eq!(peer.recv_from(&mut bytes).expect("it came").0, 1);
    }
}
