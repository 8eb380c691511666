//! Sends the noise: as fast as the program takes it, from some hundred sockets of strangers, which
//! change their ports, and from the sockets of the devices at work.
//!
//! After every few datagrams a ping waits for its Reset: what was sent before it has been read by
//! then, so that the noise reaches the program instead of the system's full buffer.

use super::Plan;
use super::fleet::{Fleet, Unit};
use super::material::{self, Learnt};
use super::random::Random;
use coap::{Kind, Message};
use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

/// The noise of one run.
pub(super) struct Barrage<'f> {
    plan: Plan,
    server: SocketAddr,
    fleet: &'f Fleet,
    random: Random,
    strangers: Vec<UdpSocket>,
    learnt: Learnt,
    heard: Vec<Vec<u8>>,
    ping: UdpSocket,
    fired: Fired,
}

/// What was sent.
#[derive(Clone, Default, Debug)]
pub(super) struct Fired {
    pub(super) datagrams: u64,
    /// Those among them that came from the address of a device at work.
    pub(super) from_devices: u64,
    /// Those that are no messages by our own reading.
    pub(super) malformed: u64,
    pub(super) bytes: u64,
    /// Addresses of strangers.
    pub(super) addresses: BTreeSet<SocketAddr>,
    /// Pings that were not answered in time.
    pub(super) unanswered: u64,
    /// Whether the program ended under it.
    pub(super) cut_short: bool,
}

impl<'f> Barrage<'f> {
    pub(super) fn new(plan: Plan, server: SocketAddr, fleet: &'f Fleet) -> Self {
        Self {
            plan,
            server,
            fleet,
            random: Random::new(plan.seed, 2),
            strangers: (0..STRANGERS).map(|_| socket(server)).collect(),
            learnt: Learnt::default(),
            heard: Vec::new(),
            ping: blocking(server),
            fired: Fired::default(),
        }
    }

    /// Sends everything; stops when the program ends.
    pub(super) fn fire(mut self, mut is_running: impl FnMut() -> bool) -> Fired {
        self.fired
            .addresses
            .extend(self.strangers.iter().filter_map(address));
        while self.fired.datagrams < self.plan.datagrams {
            if self.fired.datagrams.is_multiple_of(LOOK_EVERY) {
                self.heard = self.fleet.heard();
                self.change_a_port();
                if !is_running() {
                    self.fired.cut_short = true;
                    break;
                }
            }
            if self.random.percent(FROM_DEVICES) {
                self.fire_from_a_device();
            } else {
                self.fire_from_a_stranger();
            }
            if self.fired.datagrams.is_multiple_of(BATCH) {
                self.wait_for_the_program();
            }
        }
        self.fired
    }

    fn fire_from_a_stranger(&mut self) {
        let mut bytes = if self.random.percent(10) && !self.heard.is_empty() {
            // A device's own words with a good token, from the wrong address.
            self.heard[self.random.below(self.heard.len())].clone()
        } else {
            material::message(&mut self.random, &self.learnt, true)
        };
        self.spoil(&mut bytes);
        let number = self.random.below(self.strangers.len());
        self.send(&bytes, |own| &own.strangers[number]);
    }

    fn fire_from_a_device(&mut self) {
        let units = self.fleet.units();
        let unit: &'f Arc<Unit> = &units[self.random.below(units.len())];
        let mut bytes = if self.random.percent(20) && !self.heard.is_empty() {
            let own = self.heard[self.random.below(self.heard.len())].clone();
            with_another_token(own, &mut self.random)
        } else {
            material::message(&mut self.random, &self.learnt, false)
        };
        self.spoil(&mut bytes);
        // The exchanges of the device itself stay its own.
        let mid = loop {
            let mid = self.random.word();
            if unit.known().is_foreign(mid) {
                break mid;
            }
        };
        if let Some(place) = bytes.get_mut(2..4) {
            place.copy_from_slice(&mid.to_be_bytes());
        }
        self.fired.from_devices += 1;
        self.send(&bytes, |_| &unit.socket);
    }

    fn spoil(&mut self, bytes: &mut Vec<u8>) {
        match self.random.below(20) {
            // One in twenty is what it should be.
            0 => {}
            1 => {
                let length = self.random.below(80);
                *bytes = self.random.noise(length);
            }
            _ => material::damage(&mut self.random, bytes),
        }
    }

    fn send<'s>(&'s mut self, bytes: &[u8], socket: impl FnOnce(&'s Self) -> &'s UdpSocket) {
        self.fired.datagrams += 1;
        self.fired.bytes += bytes.len() as u64;
        self.fired.malformed += u64::from(Message::decode(bytes).is_err());
        let socket = socket(self);
        // The system's own buffer may be full for a moment.
        while let Err(error) = socket.send(bytes) {
            if error.kind() != ErrorKind::WouldBlock {
                break;
            }
            std::thread::sleep(Duration::from_micros(100));
        }
    }

    /// One stranger takes another port; what it heard is learnt by all.
    fn change_a_port(&mut self) {
        let number = self.random.below(self.strangers.len());
        let mut buffer = [0; 2_048];
        for _ in 0..MOST_LEARNT {
            let Ok(length) = self.strangers[number].recv(&mut buffer) else {
                break;
            };
            self.learnt.hear(&buffer[..length]);
        }
        self.strangers[number] = socket(self.server);
        self.fired
            .addresses
            .extend(address(&self.strangers[number]));
    }

    fn wait_for_the_program(&mut self) {
        let mid = self.random.word();
        let reset = Message::empty(Kind::Reset, mid).encode();
        let mut buffer = [0; 64];
        let _ = self
            .ping
            .send(&Message::empty(Kind::Confirmable, mid).encode());
        loop {
            match self.ping.recv(&mut buffer) {
                Ok(length) if buffer[..length] == reset[..] => return,
                Ok(_) => {}
                Err(_) => {
                    self.fired.unanswered += 1;
                    return;
                }
            }
        }
    }
}

/// An answer that nobody waits for.
fn with_another_token(mut bytes: Vec<u8>, random: &mut Random) -> Vec<u8> {
    let length = usize::from(bytes.first().map_or(0, |first| first & 0x0F));
    let other = random.byte() | 1;
    if let Some(byte) = bytes.get_mut(4..4 + length).and_then(<[u8]>::first_mut) {
        *byte ^= other;
    }
    bytes
}

fn socket(server: SocketAddr) -> UdpSocket {
    let socket = blocking(server);
    socket
        .set_nonblocking(true)
        .expect("a socket need not block");
    socket
}

fn blocking(server: SocketAddr) -> UdpSocket {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("the system gives a socket");
    socket
        .connect(server)
        .expect("a socket can be bound to its peer");
    socket
        .set_read_timeout(Some(PING_WITHIN))
        .expect("a socket takes a timeout");
    socket
}

fn address(socket: &UdpSocket) -> Option<SocketAddr> {
    socket.local_addr().ok()
}

/// Sockets of strangers at one time.
const STRANGERS: usize = 200;

/// Datagrams of a hundred that come from a device's own address.
const FROM_DEVICES: usize = 25;

/// Datagrams between two pings.
const BATCH: u64 = 64;

/// Datagrams after which a stranger changes its port.
const LOOK_EVERY: u64 = 250;

/// Answers that a stranger learns from.
const MOST_LEARNT: usize = 64;

/// How long a ping waits.
const PING_WITHIN: Duration = Duration::from_secs(2);
