//! One engine, a disk that obeys, and devices that say what the script tells them.
//! [`check`] runs a script and compares all that happened, line by line.
//!
//! After every step it is seen to that no success is reported before its facts are
//! stored, that links of observations have a registration, that operations end
//! once, and that the store equals the engine's belief.

use super::memory::Memory;
use super::trace;
use crate::engine_io::{Batch, Event, Input, Output, Problem};
use crate::ids::{EndpointName, OperationId};
use crate::operation::{Ending, OperationState};
use crate::registration::Registration;
use crate::server::{Config, Server};
use crate::view::View;
use clock::{Instant, Now, UnixTime};
use coap::{Code, Kind, ListenerId, Message, Peer, Token};
use lwm2m::Path;

/// The name of the device in most scripts.
pub(super) const NAME: &str = "urn:x";
/// What most devices announce.
pub(super) const LINKS: &str = "</>;ct=\"110 112\",</1/0>,</3/0>,</3303/0>";
/// The civil time at which scripts begin, in seconds.
pub(super) const START: i64 = 1_800_000_000;

/// The address of device `A`, `B`, ….
pub(super) fn peer(letter: char) -> Peer {
    Peer::new(ListenerId(0), &[letter as u8]).expect("one byte fits")
}

/// Runs `script` on a fresh bench and compares everything that happened.
pub(super) fn check(script: impl FnOnce(&mut Bench), expect: &[&str]) {
    let mut bench = Bench::new();
    script(&mut bench);
    bench.expect(expect);
}

pub(super) struct Bench {
    pub(super) server: Server,
    pub(super) memory: Memory,
    pub(super) problems: Vec<Problem>,
    /// How often a device was said to wake or to fall asleep.
    pub(super) turns: u32,
    /// The answer to the last look.
    pub(super) views: Vec<View>,
    /// All that the server sent.
    pub(super) sent: Vec<(Peer, Message)>,
    /// The device that speaks.
    pub(super) here: Peer,
    pub(super) location: String,
    /// Of the last observation asked for.
    pub(super) token: Token,
    pub(super) now: Now,
    pub(super) wake: Option<Instant>,
    pub(super) batch: Option<Batch>,
    pub(super) holds: bool,
    /// Success responses and acknowledgements, and the revision they wait for.
    pub(super) owed: Vec<(Peer, Owed, u64)>,
    pub(super) lines: Vec<String>,
    pub(super) last_heard: Vec<u8>,
    /// The last message id that a device used.
    mid: u16,
    pub(super) tickets: u64,
    pub(super) starts: u8,
}

#[derive(PartialEq)]
pub(super) enum Owed {
    Response(Token),
    Acknowledgement(u16),
}

impl Bench {
    pub(super) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(super) fn with(choose: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::new(lwm2m::bundled::registry(), [7; 32]);
        choose(&mut config);
        let now = Now {
            instant: Instant::ZERO,
            unix: UnixTime::from_millis(START * 1_000),
        };
        let memory = Memory::default();
        Self {
            server: Server::new(now, config, memory.snapshot()),
            memory,
            problems: Vec::new(),
            turns: 0,
            views: Vec::new(),
            sent: Vec::new(),
            here: peer('A'),
            location: String::new(),
            token: Token::EMPTY,
            now,
            wake: None,
            batch: None,
            holds: false,
            owed: Vec::new(),
            lines: Vec::new(),
            last_heard: Vec::new(),
            mid: 0,
            tickets: 0,
            starts: 100,
        }
    }

    /// A bench on which device A is registered.
    pub(super) fn registered(queries: &str) -> Self {
        let mut bench = Self::new();
        bench.register(queries, LINKS);
        bench.lines.clear();
        bench
    }

    /// Compares all that happened since the last time.
    pub(super) fn expect(&mut self, lines: &[&str]) {
        let happened = std::mem::take(&mut self.lines).join("\n");
        assert_eq!(happened, lines.join("\n"), "\n--- happened:\n{happened}\n");
    }

    /// Leaves aside what happened until now.
    pub(super) fn clear(&mut self) {
        self.lines.clear();
    }

    // What can be seen.

    pub(super) fn registration(&self, endpoint: &str) -> Option<&Registration> {
        let (devices, _) = self.server.belief();
        devices
            .registration(devices.by_endpoint(&name(endpoint))?)
            .map(AsRef::as_ref)
    }

    pub(super) fn is_asleep(&self) -> bool {
        let (devices, _) = self.server.belief();
        let device = devices
            .by_endpoint(&name(NAME))
            .and_then(|id| devices.get(id));
        device.expect("a known device").is_asleep(self.now.instant)
    }

    /// How a stored operation ended.
    pub(super) fn ending(&self, operation: i64) -> &Ending {
        match &self.memory.operations[&OperationId(operation)].state {
            OperationState::Ended(ending) => ending,
            state => panic!("operation {operation} is {state:?}"),
        }
    }

    pub(super) fn problem(&self) -> (&'static str, &str) {
        let last = self.problems.last().expect("a problem");
        (last.kind, &last.message)
    }

    pub(super) fn owe(&mut self, owed: Owed) {
        let stored = self
            .batch
            .as_ref()
            .map_or(self.memory.revision, |batch| batch.revision);
        self.owed.push((self.here, owed, stored.0 + 1));
    }

    pub(super) fn next_mid(&mut self) -> u16 {
        self.mid += 1;
        self.mid
    }

    pub(super) fn handle(&mut self, input: Input<'_>) {
        self.server.handle(self.now, input);
        loop {
            match self.server.poll() {
                Output::Transmit { peer, bytes } => self.note_sent(peer, &bytes),
                Output::Commit(batch) => {
                    assert!(self.batch.is_none(), "one batch at a time");
                    let facts: Vec<_> = batch.changes.iter().map(trace::fact).collect();
                    self.lines.push(format!("store: {}", facts.join("; ")));
                    self.batch = Some(batch);
                }
                Output::Reply { ticket: _, result } => self.lines.push(match result {
                    Ok(Some(operation)) => format!("reply: operation {}", operation.0),
                    Ok(None) => "reply: done".to_owned(),
                    Err(error) => format!("reply: {error}"),
                }),
                Output::Event(Event::Problem(problem)) => {
                    self.lines.push(format!("problem: {}", problem.kind));
                    self.problems.push(problem);
                }
                Output::Event(Event::Progress { .. }) => {}
                Output::Event(Event::Presence(_)) => self.turns += 1,
                Output::Event(Event::Security(_)) | Output::Plaintext { .. } => {}
                Output::Seen { views, .. } => self.views = views,
                Output::WakeAt(at) => {
                    self.wake = at;
                    break;
                }
            }
        }
        self.check_invariants();
        if let Some(batch) = self.batch.take_if(|_| !self.holds) {
            self.memory.store(&batch);
            self.handle(Input::Committed(batch.revision));
        }
    }

    fn note_sent(&mut self, to: Peer, bytes: &[u8]) {
        let message = Message::decode(bytes).expect("the server sends sound messages");
        let letter = to.address().first().map_or('?', |byte| char::from(*byte));
        self.lines
            .push(format!("{letter}: {}", trace::message(&message)));
        if message.options.observe() == Some(0) {
            self.token = message.token;
        }
        if let [b"rd", location] = message.options.location_path().collect::<Vec<_>>()[..] {
            self.location = String::from_utf8_lossy(location).into_owned();
        }
        let owed = match (message.kind, message.code) {
            (Kind::Acknowledgement, Code::EMPTY) => Some(Owed::Acknowledgement(message.mid)),
            (_, code) if code.is_success() => Some(Owed::Response(message.token)),
            _ => None,
        };
        let due = self
            .owed
            .iter()
            .find(|(peer, own, _)| *peer == to && Some(own) == owed.as_ref());
        if let Some((_, _, revision)) = due {
            assert!(
                self.memory.revision.0 >= *revision,
                "sent before it was stored: {message:?}"
            );
        }
        self.sent.push((to, message));
    }

    fn check_invariants(&self) {
        let (devices, observations) = self.server.belief();
        for own in observations.iter() {
            let registration = devices.registration(own.device);
            let link = own.link.map(|link| link.peer);
            assert!(
                link.is_none() || registration.is_some(),
                "{own:?} has no registration"
            );
        }
        if self.batch.is_none() && self.server.stalled().is_none() {
            self.memory.assert_equals(&self.server);
        }
    }
}

pub(super) fn name(name: &str) -> EndpointName {
    EndpointName::new(name).expect("a good name")
}

pub(super) fn at(path: &str) -> Path {
    path.parse().expect("a good path")
}
