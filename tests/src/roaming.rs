//! A network address translator between a device and the server that gives the device another
//! port whenever a test wants it, as a real one does after some silence.

use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// How long a thread listens before it looks whether it is still wanted.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Longest datagram that is passed on.
const MAX_DATAGRAM_BYTES: usize = 65_535;

/// A running translator for one device. Dropping ends it.
#[derive(Debug)]
pub struct Roaming {
    inside: UdpSocket,
    server: SocketAddr,
    device: Arc<Mutex<Option<SocketAddr>>>,
    outside: Arc<Mutex<Outside>>,
    ended: Arc<AtomicBool>,
}

#[derive(Debug)]
struct Outside {
    socket: UdpSocket,
    replaced: Arc<AtomicBool>,
}

impl Roaming {
    /// Passes on what a device sends to [`Roaming::address`].
    ///
    /// # Panics
    /// When this machine gives no ports.
    #[must_use]
    pub fn start(server: SocketAddr) -> Self {
        let inside = UdpSocket::bind("127.0.0.1:0").expect("a port");
        inside
            .set_read_timeout(Some(LOOK_EVERY))
            .expect("a timeout");
        let device = Arc::new(Mutex::new(None));
        let outside = Arc::new(Mutex::new(open(&inside, &device)));
        let ended = Arc::new(AtomicBool::new(false));
        let roaming = Self {
            inside,
            server,
            device,
            outside,
            ended,
        };
        roaming.carry_out();
        roaming
    }

    /// Where the device finds the server.
    ///
    /// # Panics
    /// Never.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.inside.local_addr().expect("it is bound")
    }

    /// How the server sees the device now.
    ///
    /// # Panics
    /// Never.
    #[must_use]
    pub fn seen_as(&self) -> SocketAddr {
        let outside = self.outside.lock().unwrap_or_else(PoisonError::into_inner);
        outside.socket.local_addr().expect("it is bound")
    }

    /// Gives the device another address, and forgets the old one: what the server still sends
    /// there is lost.
    pub fn roam(&self) {
        let mut outside = self.outside.lock().unwrap_or_else(PoisonError::into_inner);
        outside.replaced.store(true, Ordering::Relaxed);
        *outside = open(&self.inside, &self.device);
    }

    fn carry_out(&self) {
        let inside = self.inside.try_clone().expect("a second handle");
        let (device, outside) = (self.device.clone(), self.outside.clone());
        let (ended, server) = (self.ended.clone(), self.server);
        thread::spawn(move || {
            let mut bytes = vec![0; MAX_DATAGRAM_BYTES];
            while !ended.load(Ordering::Relaxed) {
                let Ok((count, from)) = inside.recv_from(&mut bytes) else {
                    continue;
                };
                *device.lock().unwrap_or_else(PoisonError::into_inner) = Some(from);
                let outside = outside.lock().unwrap_or_else(PoisonError::into_inner);
                let _ = outside.socket.send_to(&bytes[..count], server);
            }
            let outside = outside.lock().unwrap_or_else(PoisonError::into_inner);
            outside.replaced.store(true, Ordering::Relaxed);
        });
    }
}

impl Drop for Roaming {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
    }
}

fn open(inside: &UdpSocket, device: &Arc<Mutex<Option<SocketAddr>>>) -> Outside {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    socket
        .set_read_timeout(Some(LOOK_EVERY))
        .expect("a timeout");
    let replaced = Arc::new(AtomicBool::new(false));
    let (from, to) = (
        socket.try_clone().expect("a second handle"),
        inside.try_clone().expect("a second handle"),
    );
    let (device, over) = (device.clone(), replaced.clone());
    thread::spawn(move || {
        let mut bytes = vec![0; MAX_DATAGRAM_BYTES];
        while !over.load(Ordering::Relaxed) {
            let Ok((count, _)) = from.recv_from(&mut bytes) else {
                continue;
            };
            let device = *device.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(device) = device {
                let _ = to.send_to(&bytes[..count], device);
            }
        }
    });
    Outside { socket, replaced }
}
