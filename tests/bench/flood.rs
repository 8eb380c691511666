//! The load source: many sockets, one datagram under way on each, a new one as soon
//! as the answer is there. One thread; the server has the other core.

use mio::net::UdpSocket;
use mio::{Events, Interest, Poll, Registry, Token};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

/// An answer that has not come by then is lost; the socket starts anew.
const PATIENCE: Duration = Duration::from_secs(3);

/// Many connected sockets.
pub(crate) struct Flood {
    poll: Poll,
    server: SocketAddr,
    sockets: Vec<UdpSocket>,
    /// When each sent last, if it did.
    sent_at: Vec<Option<Instant>>,
    /// Datagrams whose answer never came.
    pub(crate) lost: u64,
}

impl Flood {
    /// `count` sockets that speak to `server`.
    pub(crate) fn new(server: SocketAddr, count: usize) -> Self {
        let poll = Poll::new().expect("a poll");
        let sockets = (0..count)
            .map(|index| connected(poll.registry(), index, Ipv4Addr::LOCALHOST, server))
            .collect();
        Self {
            poll,
            server,
            sockets,
            sent_at: vec![None; count],
            lost: 0,
        }
    }

    /// Sends on one socket.
    pub(crate) fn send(&mut self, socket: usize, bytes: &[u8]) {
        self.sent_at[socket] = Some(Instant::now());
        // A full buffer shows up as a lost datagram.
        let _ = self.sockets[socket].send(bytes);
    }

    /// Gives a socket another address.
    fn renew(&mut self, socket: usize, from: Ipv4Addr) {
        let registry = self.poll.registry();
        // One that is closed is forgotten by the system anyway.
        let _ = registry.deregister(&mut self.sockets[socket]);
        self.sockets[socket] = connected(registry, socket, from, self.server);
    }

    /// Runs until `until`, or until `next` has nothing more for any socket, or wants to
    /// stop. `next`
    /// gets the answer that arrived (`None` after a loss) and yields what to send.
    pub(crate) fn run(
        &mut self,
        until: Instant,
        mut next: impl FnMut(usize, Option<&[u8]>) -> Next,
    ) {
        let mut events = Events::with_capacity(1_024);
        let mut buffer = [0; 2_048];
        let mut open = self.sockets.len();
        let mut done = vec![false; self.sockets.len()];
        let mut look_for_losses = Instant::now() + PATIENCE;
        while open > 0 && Instant::now() < until {
            let _ = self.poll.poll(&mut events, Some(Duration::from_millis(50)));
            for event in &events {
                let index = event.token().0;
                while let Ok(length) = self.sockets[index].recv(&mut buffer) {
                    match next(index, Some(&buffer[..length])) {
                        Next::Send(bytes) => self.send(index, &bytes),
                        Next::SendFromElsewhere(bytes, from) => {
                            self.renew(index, from);
                            self.send(index, &bytes);
                            break;
                        }
                        Next::Wait => {}
                        Next::Done if !done[index] => {
                            done[index] = true;
                            open -= 1;
                        }
                        Next::Done => {}
                        Next::Stop => return,
                    }
                }
            }
            if Instant::now() >= look_for_losses {
                look_for_losses = Instant::now() + PATIENCE;
                let late: Vec<usize> = (0..self.sockets.len())
                    .filter(|index| !done[*index])
                    .filter(|index| self.sent_at[*index].is_some_and(|at| at.elapsed() > PATIENCE))
                    .collect();
                for index in late {
                    self.lost += 1;
                    if let Next::Send(bytes) = next(index, None) {
                        self.send(index, &bytes);
                    }
                }
            }
        }
    }
}

fn connected(registry: &Registry, index: usize, from: Ipv4Addr, server: SocketAddr) -> UdpSocket {
    let mut socket = UdpSocket::bind((from, 0).into()).expect("a socket");
    socket.connect(server).expect("a connected socket");
    registry
        .register(&mut socket, Token(index), Interest::READABLE)
        .expect("a registration");
    socket
}

/// What a socket does next.
pub(crate) enum Next {
    /// Sends this.
    Send(Vec<u8>),
    /// Sends this from another socket, as another device would.
    SendFromElsewhere(Vec<u8>, Ipv4Addr),
    /// Waits for another datagram.
    Wait,
    /// Is silent for the rest of the run.
    Done,
    /// Ends the run for all.
    Stop,
}
