//! DTLS among strangers: records for an association that lives, and hellos of every make.
//!
//! Of records only those that the peer sealed are received, each once; nobody is moved by
//! any other, and nothing answers them. Hellos get little from an address that has proven
//! nothing, few of them are remembered, and in the end none.

use crate::choice::Choices;
use clock::{Instant, Now, UnixTime};
use secure::{
    Address, AssociationId, Config, Guard, Input, Keyring, Output, SavedAssociation, Secret,
};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Records for an association, some of them genuine.
pub fn dtls_record(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let suite = choices.pick(&[0xC0A8, 0x00AE, 0xC02B, 0xC023]);
    let cid = vec![0xc1; choices.pick(&[8, 0, 1, 16])];
    let mut records = Records::new(suite, &cid);
    while !choices.is_done() {
        records.step(&mut choices);
    }
}

struct Records {
    /// The one under test.
    server: Guard,
    /// Its peer: a guard with the directions swapped.
    device: Guard,
    /// Datagrams of the device, with what is in them.
    sent: Vec<(Vec<u8>, Vec<u8>)>,
    /// Which of them were received.
    received: BTreeSet<usize>,
    at: Address,
}

/// The window of RFC 6347 §4.1.2.6.
const WINDOW: usize = 64;

impl Records {
    fn new(suite: u16, cid: &[u8]) -> Self {
        let server = [keys(suite, 1), keys(suite, 2)].concat();
        let device = [keys(suite, 2), keys(suite, 1)].concat();
        Self {
            server: restored(suite, &server, cid, &[]),
            device: restored(suite, &device, &[], cid),
            sent: Vec::new(),
            received: BTreeSet::new(),
            at: address(1),
        }
    }

    fn step(&mut self, choices: &mut Choices<'_>) {
        let newest = self.sent.len().checked_sub(1);
        match choices.below(6) {
            0 | 1 => {
                let text = choices.bytes();
                self.seal(if text.is_empty() { b"-" } else { text });
            }
            2 => {
                let number = newest.map(|newest| newest.saturating_sub(choices.below(80)));
                if let Some(number) = number {
                    let from = address(u16::from(choices.byte()));
                    self.genuine(number, from);
                }
            }
            3 => {
                let Some(newest) = newest else { return };
                let mut bytes = self.sent[newest.saturating_sub(choices.below(4))].0.clone();
                let at = usize::from(choices.word()) % bytes.len();
                bytes[at] ^= choices.byte().max(1);
                self.stranger(&bytes, address(9));
            }
            4 => {
                let Some(newest) = newest else { return };
                let whole = &self.sent[newest].0;
                let cut = whole[..usize::from(choices.word()) % whole.len()].to_vec();
                self.stranger(&cut, address(9));
            }
            _ => {
                let bytes = choices.bytes().to_vec();
                self.stranger(&bytes, address(9));
            }
        }
    }

    fn seal(&mut self, text: &[u8]) {
        let (association, bytes) = (ASSOCIATION, text);
        self.device.handle(NOW, Input::Send { association, bytes });
        let Output::Transmit { bytes, .. } = self.device.poll() else {
            panic!("a short text is sent");
        };
        self.sent.push((bytes, text.to_vec()));
    }

    /// Delivers what the device sent, from any address.
    fn genuine(&mut self, number: usize, from: Address) {
        let last = self.received.last().copied();
        let in_window = last.is_none_or(|last| number + WINDOW > last);
        let newest = last.is_none_or(|last| number > last);
        let plain = self.sent[number].0[0] != 25;
        let known = !plain || from == self.at;
        let fresh = in_window && known && self.received.insert(number);
        let bytes = self.sent[number].0.clone();
        let (received, moved) = self.deliver(&bytes, from);
        let expected: Vec<Vec<u8>> = fresh
            .then(|| self.sent[number].1.clone())
            .into_iter()
            .collect();
        assert_eq!(received, expected, "record {number} after {last:?}");
        let moves = fresh && newest && from != self.at;
        assert_eq!(moved, moves, "moved by record {number} after {last:?}");
        if moves {
            self.at = from;
        }
    }

    fn stranger(&mut self, bytes: &[u8], from: Address) {
        if self.sent.iter().any(|(sent, _)| sent == bytes) {
            return;
        }
        assert_eq!(self.deliver(bytes, from), (vec![], false));
    }

    fn deliver(&mut self, bytes: &[u8], from: Address) -> (Vec<Vec<u8>>, bool) {
        self.server.handle(NOW, Input::Datagram { from, bytes });
        let (mut received, mut moved) = (Vec::new(), false);
        loop {
            match self.server.poll() {
                Output::Received { bytes, .. } => received.push(bytes),
                Output::Moved { .. } => moved = true,
                Output::WakeAt(_) => break,
                // A hello that a stranger puts together is answered like any other.
                Output::Failed(_) | Output::Stepped { .. } => {}
                Output::Transmit { bytes: answer, .. } if bytes[0] == 22 => {
                    assert!(answer.len() <= 3 * bytes.len());
                }
                other => panic!("a stranger's record led to {other:?}"),
            }
        }
        let association = self.server.association(ASSOCIATION);
        assert!(association.is_some(), "the association is gone");
        (received, moved)
    }
}

/// ClientHellos whole, cut, in pieces, changed, with and without their cookie.
pub fn dtls_hello(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let mut hellos = Hellos::new();
    while !choices.is_done() {
        hellos.step(&mut choices);
    }
    hellos.end();
}

struct Hellos {
    guard: Guard,
    now: Now,
    /// The cookies that were given to addresses.
    cookies: BTreeMap<Address, Vec<u8>>,
    /// Bytes from and to addresses that have shown no cookie.
    traffic: BTreeMap<Address, (usize, usize)>,
    proven: BTreeSet<Address>,
}

/// Handshakes at once.
const MOST: usize = 4;

impl Hellos {
    fn new() -> Self {
        let mut keyring = Keyring::new();
        assert!(keyring.put_psk(b"known", Secret::new(vec![1; 16])));
        let config = Config {
            most_half_open: MOST,
            ..Config::default()
        };
        Self {
            guard: Guard::new(NOW, config, keyring, [3; 32]).expect("a guard"),
            now: NOW,
            cookies: BTreeMap::new(),
            traffic: BTreeMap::new(),
            proven: BTreeSet::new(),
        }
    }

    fn step(&mut self, choices: &mut Choices<'_>) {
        let from = address(choices.below(16) as u16);
        match choices.below(6) {
            0 => {
                let datagram = choices.bytes().to_vec();
                self.deliver(from, &datagram);
            }
            1 => {
                let wait = Duration::from_millis(u64::from(choices.word()));
                self.now.instant = self.now.instant + wait;
                self.guard.handle(self.now, Input::Wake);
                self.drain();
            }
            _ => {
                let mut message = self.message(from, choices);
                if choices.one_in(4) {
                    let at = usize::from(choices.word()) % message.len();
                    message[at] ^= choices.byte();
                }
                let cut = match choices.below(3) {
                    0 => message.len(),
                    _ => usize::from(choices.byte()).min(message.len()),
                };
                for (offset, piece) in [(0, &message[..cut]), (cut, &message[cut..])] {
                    if cut == message.len() && offset > 0 {
                        break;
                    }
                    let record = record(message.len(), offset, piece, choices.byte());
                    self.deliver(from, &record);
                }
            }
        }
    }

    /// The body of a ClientHello.
    fn message(&mut self, from: Address, choices: &mut Choices<'_>) -> Vec<u8> {
        let mut body = vec![0xfe, choices.pick(&[0xfd, 0xfd, 0xff, 0xfc])];
        body.extend_from_slice(&[choices.below(2) as u8; 32]);
        body.push(0);
        let cookie = self.cookies.get(&from).filter(|_| !choices.one_in(4));
        let cookie = cookie.map_or(&[][..], |cookie| &cookie[..]);
        if !cookie.is_empty() {
            self.proven.insert(from);
        }
        body.push(cookie.len() as u8);
        body.extend_from_slice(cookie);
        let suites: &[u8] =
            choices.pick(&[&[0xC0, 0xA8], &[0xC0, 0xAE, 0x00, 0xAE], &[0x13, 0x01], &[]]);
        body.extend_from_slice(&[0, suites.len() as u8]);
        body.extend_from_slice(suites);
        body.extend_from_slice(&[1, 0]);
        let extensions = choices.bytes();
        if choices.one_in(2) {
            body.extend_from_slice(&(extensions.len() as u16).to_be_bytes());
        }
        body.extend_from_slice(extensions);
        body
    }

    fn deliver(&mut self, from: Address, datagram: &[u8]) {
        self.traffic.entry(from).or_default().0 += datagram.len();
        let bytes = datagram;
        self.guard.handle(self.now, Input::Datagram { from, bytes });
        self.drain();
    }

    fn drain(&mut self) {
        loop {
            match self.guard.poll() {
                Output::Transmit { to, bytes } => self.sent(to, &bytes),
                Output::WakeAt(at) => {
                    assert!(at.is_none_or(|at| at > self.now.instant), "a wake overdue");
                    break;
                }
                Output::Stepped { .. } | Output::Failed(_) => {}
                other => panic!("nobody here has a key: {other:?}"),
            }
        }
        assert!(self.guard.handshakes() <= MOST);
        assert_eq!(self.guard.associations(), 0);
    }

    fn sent(&mut self, to: Address, bytes: &[u8]) {
        if bytes.len() > 28 && bytes[13] == 3 {
            self.cookies.insert(to, bytes[28..].to_vec());
        }
        let traffic = self.traffic.entry(to).or_default();
        traffic.1 += bytes.len();
        let (heard, said) = *traffic;
        let proven = self.proven.contains(&to);
        assert!(proven || said <= 3 * heard, "{said} bytes for {heard}");
    }

    /// In the end nothing is remembered of any of them.
    fn end(mut self) {
        for _ in 0..300 {
            self.now.instant = self.now.instant + Duration::from_secs(1);
            self.guard.handle(self.now, Input::Wake);
            self.drain();
        }
        assert_eq!(self.guard.handshakes(), 0);
    }
}

/// A record with a piece of a ClientHello.
fn record(total: usize, offset: usize, piece: &[u8], number: u8) -> Vec<u8> {
    let three = |number: usize| [(number >> 16) as u8, (number >> 8) as u8, number as u8];
    let mut out = vec![22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, number];
    out.extend_from_slice(&(piece.len() as u16 + 12).to_be_bytes());
    out.push(1);
    out.extend_from_slice(&three(total));
    out.extend_from_slice(&[0, number & 1]);
    out.extend_from_slice(&three(offset));
    out.extend_from_slice(&three(piece.len()));
    out.extend_from_slice(piece);
    out
}

const ASSOCIATION: AssociationId = AssociationId(7);

const NOW: Now = Now {
    instant: Instant::from_micros(1),
    unix: UnixTime::from_millis(1_767_225_600_000),
};

fn address(number: u16) -> Address {
    Address::new(&number.to_be_bytes()).expect("two bytes")
}

/// Key, salt and, for CBC, the key of the code, of one direction.
fn keys(suite: u16, direction: u8) -> Vec<u8> {
    let cbc = matches!(suite, 0x00AE | 0xC023);
    vec![direction; if cbc { 16 + 4 + 32 } else { 16 + 4 }]
}

/// A guard with one association, as if it had been saved.
fn restored(suite: u16, keys: &[u8], own_cid: &[u8], peer_cid: &[u8]) -> Guard {
    let mut saved = vec![1];
    saved.extend_from_slice(&ASSOCIATION.0.to_be_bytes());
    saved.extend_from_slice(&[0; 8 + 8 + 8 + 1]);
    saved.extend_from_slice(&(1_u16 << 14).to_be_bytes());
    saved.extend_from_slice(&suite.to_be_bytes());
    saved.extend_from_slice(keys);
    for part in [own_cid, peer_cid, address(1).as_bytes()] {
        saved.extend_from_slice(&(part.len() as u32).to_be_bytes());
        saved.extend_from_slice(part);
    }
    saved.extend_from_slice(&[0, 0, 0, 0, 1, b'a']);
    let saved = SavedAssociation::from_bytes(&saved).expect("as saved");
    let guard = Guard::new(NOW, Config::default(), Keyring::new(), [5; 32]);
    let mut guard = guard.expect("a guard");
    guard.restore(NOW, vec![saved]);
    guard
}
