//! The amplification recorder: what a running program sends to addresses that somebody forged
//! (conformance G-30). Whoever forges an address sees no answer, so that each script is sent blind,
//! from a socket of its own that never says anything else.
//!
//! It counts and judges nothing; the system test holds the figures against the limits, the bench
//! prints them.

mod scripts;

use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use scripts::Script;
use std::net::{SocketAddr, UdpSocket};
use std::thread::sleep;
use std::time::Duration;

/// Damaged copies of the scripts, for each listener.
const DAMAGED: usize = 120;

/// Scripts sent before the program gets a moment to take them.
const AT_ONCE: usize = 16;

/// That moment.
const MOMENT: Duration = Duration::from_millis(5);

/// What one forged address got.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Record {
    /// What was sent, in words.
    pub what: String,
    /// Bytes that were sent in its name.
    pub sent: usize,
    /// Bytes that it got.
    pub received: usize,
    /// Bytes of the first datagram that it got.
    pub first: usize,
}

impl Record {
    /// Bytes that it got for each that was sent in its name.
    #[must_use]
    pub fn ratio(&self) -> f64 {
        self.received as f64 / self.sent.max(1) as f64
    }
}

/// The record with the largest ratio.
#[must_use]
pub fn worst(records: &[Record]) -> Option<&Record> {
    let ratio = |one: &&Record, other: &&Record| one.ratio().total_cmp(&other.ratio());
    records.iter().max_by(ratio)
}

/// Sends the scripts for plain CoAP to a listener, each in the name of another address, and counts
/// what comes back until `patience` is over.
///
/// # Panics
/// When the system gives no sockets.
#[must_use]
pub fn over_coap(listener: SocketAddr, patience: Duration) -> Vec<Record> {
    record(listener, with_damaged(scripts::plain()), patience)
}

/// The same for DTLS.
///
/// # Panics
/// When the system gives no sockets.
#[must_use]
pub fn over_coaps(listener: SocketAddr, patience: Duration) -> Vec<Record> {
    record(listener, with_damaged(scripts::secure()), patience)
}

fn record(listener: SocketAddr, scripts: Vec<Script>, patience: Duration) -> Vec<Record> {
    let mut sockets = Vec::with_capacity(scripts.len());
    for (number, script) in scripts.iter().enumerate() {
        let socket = UdpSocket::bind(("127.0.0.1", 0)).expect("a socket");
        socket
            .set_nonblocking(true)
            .expect("a socket that waits for nothing");
        for datagram in &script.datagrams {
            socket
                .send_to(datagram, listener)
                .expect("the system takes a datagram");
        }
        sockets.push(socket);
        if number % AT_ONCE == 0 {
            sleep(MOMENT);
        }
    }
    sleep(patience);
    let count = |(socket, script): (UdpSocket, Script)| {
        let mut buffer = vec![0; 65_536];
        let lengths: Vec<usize> = std::iter::from_fn(|| socket.recv(&mut buffer).ok()).collect();
        Record {
            what: script.what,
            sent: script.datagrams.iter().map(Vec::len).sum(),
            received: lengths.iter().sum(),
            first: lengths.first().copied().unwrap_or(0),
        }
    };
    sockets.into_iter().zip(scripts).map(count).collect()
}

/// The scripts, and copies of them in which bytes are changed, cut off or made up, by a fixed seed.
fn with_damaged(mut scripts: Vec<Script>) -> Vec<Script> {
    let mut random = ChaCha12Rng::from_seed([30; 32]);
    let sound = scripts.len();
    for number in 0..DAMAGED {
        let of = &scripts[number % sound];
        let mut datagrams = of.datagrams.clone();
        for bytes in &mut datagrams {
            for _ in 0..=random.next_u32() % 3 {
                let at = random.next_u64() as usize % bytes.len().max(1);
                match random.next_u32() % 4 {
                    0 => bytes.truncate(at),
                    1 => bytes.insert(at.min(bytes.len()), random.next_u32() as u8),
                    _ => {
                        let bit = 1 << (random.next_u32() % 8);
                        bytes
                            .iter_mut()
                            .skip(at)
                            .take(1)
                            .for_each(|byte| *byte ^= bit);
                    }
                }
            }
        }
        let what = format!("{}, damaged ({number})", of.what);
        scripts.push(Script::of(what, datagrams));
    }
    scripts
}
