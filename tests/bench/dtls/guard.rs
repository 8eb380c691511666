//! Our listener, driven by datagrams from memory.

use super::plain::{Credential, Peer};
use clock::{Instant, Now, UnixTime};
use secure::{Address, AssociationId, Config, Guard, Input, Output};

/// A guard and its clock.
pub(super) struct Listener {
    guard: Guard,
    now: Now,
    established: Option<AssociationId>,
    received: u32,
}

pub(super) fn address(number: u32) -> Address {
    Address::new(&number.to_be_bytes()).expect("four bytes")
}

impl Listener {
    pub(super) fn new(credential: &Credential, sessions: bool) -> Self {
        let config = Config {
            server_key: credential.server_key(),
            most_sessions: if sessions { 100_000 } else { 0 },
            ..Config::default()
        };
        let now = Now {
            instant: Instant::ZERO,
            unix: UnixTime::from_millis(super::plain::START_S * 1_000),
        };
        Self {
            guard: Guard::new(now, config, credential.keyring(), [1; 32]).expect("a guard"),
            now,
            established: None,
            received: 0,
        }
    }

    /// A handshake from an address, which must succeed.
    pub(super) fn handshake(&mut self, from: Address, mut client: Peer) -> Peer {
        assert!(self.try_handshake(from, &mut client), "no association");
        client
    }

    /// Whether a handshake from an address succeeds.
    pub(super) fn try_handshake(&mut self, from: Address, client: &mut Peer) -> bool {
        self.established = None;
        let mut done = false;
        for _ in 0..6 {
            done = client.go_on();
            for datagram in client.sent() {
                for answer in self.inject(from, &datagram) {
                    client.take(answer);
                }
            }
            if done {
                break;
            }
        }
        done && self.established.is_some()
    }

    /// The device's first record: after it the server's last flight need not be kept.
    pub(super) fn settle(&mut self, from: Address, mut client: Peer) {
        let datagram = client.write(b"hello");
        self.received = 0;
        self.inject(from, &datagram);
        assert_eq!(self.received, 1);
    }

    /// Hands in a datagram and yields the answers.
    pub(super) fn inject(&mut self, from: Address, bytes: &[u8]) -> Vec<Vec<u8>> {
        self.guard.handle(self.now, Input::Datagram { from, bytes });
        let mut answers = Vec::new();
        loop {
            match self.guard.poll() {
                Output::Transmit { bytes, .. } => answers.push(bytes),
                Output::Established(established) => {
                    self.established = Some(established.association);
                }
                Output::Received { .. } => self.received += 1,
                Output::WakeAt(_) => return answers,
                _ => {}
            }
        }
    }
}
