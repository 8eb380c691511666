//! The script language of these tests: a world of one guard, some clients and a wire.

use clock::{Instant, Now, UnixTime};
use rand_chacha::ChaCha12Rng;
use rand_core::{Rng, SeedableRng};
use secure::{
    Address, AssociationId, Cause, Client, ClientConfig, ClientCredential, ClientInput,
    ClientOutput, Config, EndCause, Established, Failure, Guard, Identity, Input, Keyring, Output,
    SavedAssociation, Secret, Step,
};
use std::collections::BTreeMap;
use std::time::Duration;

/// The PSK identity of these tests.
pub(crate) const IDENTITY: &[u8] = b"urn:dev:1";

/// 2026-01-01T00:00:00Z
pub(crate) const START_S: i64 = 1_767_225_600;

/// What the wire does to datagrams, in parts of a hundred.
#[derive(Clone, Copy, Default)]
pub(crate) struct Faults {
    pub(crate) lost: u32,
    pub(crate) doubled: u32,
    pub(crate) late: u32,
}

/// What becomes of a datagram to the server, or to the device.
pub(crate) type Tamper = fn(bool, Vec<u8>) -> Vec<u8>;

/// Everything.
pub(crate) struct World {
    pub(crate) now: Now,
    pub(crate) guard: Guard,
    pub(crate) clients: Vec<Device>,
    pub(crate) faults: Faults,
    /// Somebody on the way who changes what passes.
    pub(crate) tamper: Option<Tamper>,
    /// What the guard reported, in order.
    pub(crate) seen: Vec<Seen>,
    /// Saved associations as a store would hold them.
    pub(crate) store: BTreeMap<AssociationId, Vec<u8>>,
    /// Everything that went over the wire: to the server or not, the address, the bytes.
    pub(crate) log: Vec<(bool, Address, Vec<u8>)>,
    rng: ChaCha12Rng,
    wire: BTreeMap<(Instant, u64), Packet>,
    sent: u64,
}

/// A client and where it is.
pub(crate) struct Device {
    pub(crate) client: Client,
    pub(crate) address: Address,
    pub(crate) got: Vec<Vec<u8>>,
    pub(crate) established: Vec<Handshaken>,
    pub(crate) failed: Vec<Cause>,
    pub(crate) ended: Vec<EndCause>,
}

/// What a client says of a complete handshake.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Handshaken {
    pub(crate) server: Option<Identity>,
    pub(crate) suite: &'static str,
    pub(crate) cid: Box<[u8]>,
    pub(crate) resumed: bool,
}

/// What the guard reports.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Seen {
    Received(AssociationId, Vec<u8>),
    Stepped(Step, Option<Box<[u8]>>),
    Established(Established),
    Moved(AssociationId, Address, Address),
    TooLong(usize, u16),
    Ended(AssociationId, EndCause),
    Failed(Failure),
}

enum Packet {
    ToServer(Address, Vec<u8>),
    ToClient(Address, Vec<u8>),
}

pub(crate) fn address(number: u16) -> Address {
    Address::new(&number.to_be_bytes()).expect("two bytes")
}

pub(crate) fn now_at(micros: u64) -> Now {
    let unix = START_S * 1_000_000 + i64::try_from(micros).expect("some years");
    Now {
        instant: Instant::from_micros(micros),
        unix: UnixTime::from_micros(unix),
    }
}

pub(crate) fn key() -> Secret {
    Secret::new(vec![7; 16])
}

/// A keyring with [`IDENTITY`] on it.
pub(crate) fn keyring() -> Keyring {
    let mut keyring = Keyring::new();
    assert!(keyring.put_psk(IDENTITY, key()));
    keyring
}

pub(crate) fn psk() -> ClientConfig {
    ClientConfig::new(ClientCredential::Psk {
        identity: IDENTITY.to_vec(),
        key: key(),
    })
}

impl World {
    pub(crate) fn new(seed: u64, config: Config, keyring: Keyring) -> Self {
        let mut rng = ChaCha12Rng::seed_from_u64(seed);
        let mut guard_seed = [0; 32];
        rng.fill_bytes(&mut guard_seed);
        let now = now_at(0);
        Self {
            now,
            guard: Guard::new(now, config, keyring, guard_seed).expect("a guard"),
            clients: Vec::new(),
            faults: Faults::default(),
            tamper: None,
            seen: Vec::new(),
            store: BTreeMap::new(),
            log: Vec::new(),
            rng,
            wire: BTreeMap::new(),
            sent: 0,
        }
    }

    /// Adds a client at an address of its own, counted from 1.
    pub(crate) fn add(&mut self, config: ClientConfig) -> usize {
        let mut seed = [0; 32];
        self.rng.fill_bytes(&mut seed);
        self.clients.push(Device {
            client: Client::new(self.now, config, seed).expect("a client"),
            address: address(u16::try_from(self.clients.len() + 1).expect("few clients")),
            got: Vec::new(),
            established: Vec::new(),
            failed: Vec::new(),
            ended: Vec::new(),
        });
        self.clients.len() - 1
    }

    /// Has a client do a handshake and runs until nothing happens any more.
    pub(crate) fn connect(&mut self, at: usize) {
        self.client(at, ClientInput::Connect);
        self.run(Duration::from_secs(150));
    }

    /// The association that was established last.
    pub(crate) fn established(&self) -> Established {
        let last = self.seen.iter().rev().find_map(|seen| match seen {
            Seen::Established(established) => Some(established.clone()),
            _ => None,
        });
        last.unwrap_or_else(|| panic!("no association: {:?}", self.seen))
    }

    /// The causes of all failures so far.
    pub(crate) fn causes(&self) -> Vec<Cause> {
        let causes = self.seen.iter().filter_map(|seen| match seen {
            Seen::Failed(failure) => Some(failure.cause.clone()),
            _ => None,
        });
        causes.collect()
    }

    /// What the guard received, in order.
    pub(crate) fn received(&self) -> Vec<Vec<u8>> {
        let received = self.seen.iter().filter_map(|seen| match seen {
            Seen::Received(_, bytes) => Some(bytes.clone()),
            _ => None,
        });
        received.collect()
    }

    pub(crate) fn client(&mut self, at: usize, input: ClientInput<'_>) {
        let now = self.now;
        self.clients[at].client.handle(now, input);
        self.drain_client(at);
    }

    pub(crate) fn send(&mut self, at: usize, bytes: &[u8]) {
        self.client(at, ClientInput::Send(bytes));
        self.run(Duration::from_secs(2));
    }

    pub(crate) fn guard(&mut self, input: Input<'_>) {
        self.guard.handle(self.now, input);
        self.drain_guard();
    }

    /// A datagram for the guard that no client made.
    pub(crate) fn inject(&mut self, from: Address, bytes: &[u8]) {
        self.guard(Input::Datagram { from, bytes });
    }

    /// Runs for that long.
    pub(crate) fn run(&mut self, span: Duration) {
        let end = self.now.instant + span;
        while let Some(next) = self.next_event().filter(|next| *next <= end) {
            self.set_time(next);
            self.deliver();
            self.wake();
        }
        self.set_time(end);
    }

    fn set_time(&mut self, instant: Instant) {
        self.now = now_at(instant.as_micros());
    }

    fn next_event(&mut self) -> Option<Instant> {
        let mut next = self.wire.first_key_value().map(|((at, _), _)| *at);
        let guard = self.drain_guard();
        let clients: Vec<_> = (0..self.clients.len())
            .map(|at| self.drain_client(at))
            .collect();
        for at in clients.into_iter().chain([guard]).flatten() {
            next = Some(next.map_or(at, |next| next.min(at)));
        }
        next.map(|next| next.max(self.now.instant))
    }

    fn deliver(&mut self) {
        while let Some(entry) = self.wire.first_entry() {
            if entry.key().0 > self.now.instant {
                break;
            }
            match entry.remove() {
                Packet::ToServer(from, bytes) => self.inject(from, &bytes),
                Packet::ToClient(to, bytes) => {
                    let at = self.clients.iter().position(|it| it.address == to);
                    if let Some(at) = at {
                        self.client(at, ClientInput::Datagram(&bytes));
                    }
                }
            }
        }
    }

    fn wake(&mut self) {
        self.guard(Input::Wake);
        for at in 0..self.clients.len() {
            self.client(at, ClientInput::Wake);
        }
    }

    fn drain_client(&mut self, at: usize) -> Option<Instant> {
        loop {
            let device = &mut self.clients[at];
            match device.client.poll() {
                ClientOutput::Transmit(bytes) => {
                    let from = device.address;
                    let bytes = self.tamper.map_or(bytes.clone(), |it| it(true, bytes));
                    self.log.push((true, from, bytes.clone()));
                    self.carry(|bytes| Packet::ToServer(from, bytes), bytes);
                }
                ClientOutput::Received(bytes) => device.got.push(bytes),
                ClientOutput::Established {
                    server,
                    suite,
                    cid,
                    resumed,
                } => device.established.push(Handshaken {
                    server,
                    suite,
                    cid,
                    resumed,
                }),
                ClientOutput::Failed(cause) => device.failed.push(cause),
                ClientOutput::Ended(why) => device.ended.push(why),
                ClientOutput::WakeAt(at) => return at,
            }
        }
    }

    fn drain_guard(&mut self) -> Option<Instant> {
        loop {
            let seen = match self.guard.poll() {
                Output::Transmit { to, bytes } => {
                    let bytes = self.tamper.map_or(bytes.clone(), |it| it(false, bytes));
                    self.log.push((false, to, bytes.clone()));
                    self.carry(|bytes| Packet::ToClient(to, bytes), bytes);
                    continue;
                }
                Output::Save(saved) => {
                    self.save(&saved);
                    continue;
                }
                Output::Forget(id) => {
                    self.store.remove(&id);
                    continue;
                }
                Output::WakeAt(at) => return at,
                Output::Received { association, bytes } => Seen::Received(association, bytes),
                Output::Stepped {
                    step, psk_identity, ..
                } => Seen::Stepped(step, psk_identity),
                Output::Established(established) => Seen::Established(established),
                Output::Moved {
                    association,
                    from,
                    to,
                } => Seen::Moved(association, from, to),
                Output::TooLong { bytes, most, .. } => Seen::TooLong(bytes, most),
                Output::Ended { association, why } => Seen::Ended(association, why),
                Output::Failed(failure) => Seen::Failed(failure),
            };
            self.seen.push(seen);
        }
    }

    /// A store that is never slow.
    fn save(&mut self, saved: &SavedAssociation) {
        let bytes = saved.to_bytes().expose().to_vec();
        self.store.insert(saved.id, bytes);
        let reserved = Input::Reserved {
            association: saved.id,
            through: saved.reserved(),
        };
        self.guard.handle(self.now, reserved);
    }

    fn carry(&mut self, packet: impl Fn(Vec<u8>) -> Packet, bytes: Vec<u8>) {
        let copies = match () {
            () if self.chance(self.faults.lost) => 0,
            () if self.chance(self.faults.doubled) => 2,
            () => 1,
        };
        for _ in 0..copies {
            let mut delay = Duration::from_millis(20);
            if self.chance(self.faults.late) {
                delay += Duration::from_millis(u64::from(self.rng.next_u32() % 300));
            }
            self.sent += 1;
            let key = (self.now.instant + delay, self.sent);
            self.wire.insert(key, packet(bytes.clone()));
        }
    }

    fn chance(&mut self, percent: u32) -> bool {
        percent > 0 && self.rng.next_u32() % 100 < percent
    }
}
