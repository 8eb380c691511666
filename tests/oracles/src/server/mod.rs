//! The whole server between strangers who register, answer and notify as they like, an
//! operator, and a disk that is slow, fails, or loses what was not committed.
//!
//! No device hears of a registration that is not stored, every call is answered once,
//! operations end once, everything sent is well-formed, and when all is quiet the server
//! believes what is stored.

mod memory;

use crate::choice::Choices;
use crate::exchange::{Wire, Words, peer};
use clock::{Instant, Now, UnixTime};
use coap::{Code, Limits, Message, Peer};
use lwm2m::attributes::AttributeChange;
use lwm2m::{Format, Path, Reading, Value};
use memory::Memory;
use server::ask::{Ask, CancelWay, WriteMode};
use server::ids::{EndpointName, Location};
use server::operation::{Priority, Terms};
use server::{Batch, Command, Config, Input, Output, Server, Ticket};
use std::collections::BTreeSet;
use std::time::Duration;

/// A script for one server; one of eight is run twice and must do the same.
pub fn server(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let twice = choices.one_in(8);
    let first = Machine::run(choices);
    if twice {
        assert_eq!(Machine::run(choices), first, "the same twice");
    }
}

struct Machine {
    server: Server,
    memory: Memory,
    wire: Wire,
    now: Now,
    wake: Option<Instant>,
    /// A batch that is not on disk yet.
    batch: Option<Batch>,
    /// Whether the disk refused a batch that was not offered again yet.
    refused: bool,
    /// Calls that are not answered yet.
    tickets: BTreeSet<Ticket>,
    last_ticket: u64,
    starts: u8,
    /// Everything sent.
    sent: Vec<Vec<u8>>,
}

impl Machine {
    fn run(mut choices: Choices<'_>) -> Vec<Vec<u8>> {
        let now = Now {
            instant: Instant::ZERO,
            unix: UnixTime::from_millis(1_800_000_000_000),
        };
        let memory = Memory::default();
        let mut machine = Self {
            server: Server::new(now, config(0), memory.snapshot()),
            memory,
            wire: Wire::new(&WORDS),
            now,
            wake: None,
            batch: None,
            refused: false,
            tickets: BTreeSet::new(),
            last_ticket: 0,
            starts: 0,
            sent: Vec::new(),
        };
        if choices.one_in(2) {
            machine.register(&mut choices);
        }
        let mut steps = 0;
        while !choices.is_done() && steps < MOST_STEPS {
            machine.step(&mut choices);
            steps += 1;
        }
        machine.settle();
        machine.sent
    }

    /// A device that does everything right, so that more than registering is reached.
    fn register(&mut self, choices: &mut Choices<'_>) {
        let name = choices.pick(&NAMES);
        let request = coap::Request::post()
            .segment("rd")
            .query(&format!("ep={name}"))
            .query(choices.pick(&["lt=60", "lt=86400", "lt=0"]))
            .query(choices.pick(&["lwm2m=1.1", "lwm2m=1.0", "lwm2m=1.2"]))
            .content_format(40)
            .payload(LINKS);
        let message = Message {
            kind: coap::Kind::Confirmable,
            code: request.code,
            mid: 7,
            token: coap::Token::from(7),
            options: request.options,
            payload: request.payload,
        };
        self.hear(peer(0), &message.encode());
        self.commit();
    }

    fn step(&mut self, choices: &mut Choices<'_>) {
        match choices.below(24) {
            0..12 => {
                let from = peer(choices.pick(&[0, 0, 0, 1, 2]));
                let bytes = self.wire.datagram(choices);
                self.hear(from, &bytes);
            }
            12..17 => self.command(choices),
            17..20 => self.commit(),
            20 => self.fail(),
            21 | 22 => self.pass(choices.pick(&SPANS)),
            _ if choices.one_in(4) => self.crash(),
            _ => {}
        }
    }

    fn hear(&mut self, from: Peer, bytes: &[u8]) {
        let before = self.sent.len();
        self.handle(Input::Datagram { peer: from, bytes });
        let sent = self.sent.len() - before;
        assert!(sent <= MOST_ANSWERS, "{sent} datagrams for one");
    }

    fn command(&mut self, choices: &mut Choices<'_>) {
        let endpoint = EndpointName::new(choices.pick(&NAMES)).expect("a good name");
        let command = match choices.below(12) {
            0 => Command::SetStrict(choices.one_in(2)),
            1 => Command::Forget {
                ticket: self.ticket(),
                endpoint,
            },
            2 | 3 => {
                let Some(operation) = choices.recent(&self.memory.operations()) else {
                    return;
                };
                if choices.one_in(2) {
                    Command::Move {
                        ticket: self.ticket(),
                        operation,
                        priority: choices.pick(&[None, Some(Priority::High)]),
                        position: choices.pick(&[None, Some(0), Some(usize::MAX)]),
                    }
                } else {
                    Command::Cancel {
                        ticket: self.ticket(),
                        operation,
                    }
                }
            }
            _ => Command::Start {
                ticket: self.ticket(),
                endpoint,
                ask: ask(choices),
                terms: terms(choices),
            },
        };
        self.handle(Input::Command(command));
    }

    fn ticket(&mut self) -> Ticket {
        self.last_ticket += 1;
        let ticket = Ticket(self.last_ticket);
        self.tickets.insert(ticket);
        ticket
    }

    fn handle(&mut self, input: Input<'_>) {
        self.server.handle(self.now, input);
        let mut outputs = 0;
        loop {
            match self.server.poll() {
                Output::Transmit { bytes, .. } => self.note_sent(bytes),
                Output::Commit(batch) => {
                    let former = self.batch.replace(batch);
                    assert!(former.is_none(), "one batch at a time");
                    self.refused = false;
                }
                Output::Reply { ticket, .. } => {
                    assert!(self.tickets.remove(&ticket), "{ticket:?} is answered twice");
                }
                Output::Event(_) | Output::Seen { .. } | Output::Plaintext { .. } => {}
                Output::WakeAt(at) => {
                    self.wake = at;
                    break;
                }
            }
            outputs += 1;
            assert!(outputs < MOST_OUTPUTS, "the server never comes to rest");
        }
        let (devices, _) = self.server.belief();
        assert!(devices.iter().count() <= MOST_DEVICES);
        if self.batch.is_none() && !self.refused {
            self.memory.assert_equals(&self.server);
        }
    }

    fn note_sent(&mut self, bytes: Vec<u8>) {
        let message = self.wire.note(&bytes);
        if message.code == Code::CREATED {
            let location = message.options.location_path().last().unwrap_or_default();
            let location = std::str::from_utf8(location).ok().and_then(Location::parse);
            let stored = location.is_some_and(|own| self.memory.locations.contains(&own));
            assert!(stored, "{location:?} was given away before it was stored");
        }
        self.sent.push(bytes);
    }

    fn commit(&mut self) {
        if let Some(batch) = self.batch.take() {
            self.memory.store(&batch);
            self.handle(Input::Committed(batch.revision));
        }
    }

    fn fail(&mut self) {
        if let Some(Batch { revision, .. }) = self.batch.take() {
            let reason = "the disk is full".to_owned();
            self.refused = true;
            self.handle(Input::CommitFailed { revision, reason });
        }
    }

    /// The program dies; what is on disk is all that is left.
    fn crash(&mut self) {
        self.starts = self.starts.wrapping_add(1);
        (self.batch, self.refused) = (None, false);
        self.tickets.clear();
        let snapshot = self.memory.snapshot();
        self.server = Server::new(self.now, config(self.starts), snapshot);
        self.handle(Input::Wake);
    }

    fn pass(&mut self, span: Duration) {
        let end = self.now.instant + span;
        let mut wakes = 0;
        while let Some(at) = self.wake.filter(|at| *at <= end) {
            self.advance(at);
            self.handle(Input::Wake);
            wakes += 1;
            assert!(wakes < MOST_WAKES, "the server never sleeps");
        }
        self.advance(end);
    }

    fn advance(&mut self, to: Instant) {
        self.now.unix = self.now.unix + to.since(self.now.instant);
        self.now.instant = self.now.instant.max(to);
    }

    /// The disk does its work and all time limits pass.
    fn settle(&mut self) {
        for _ in 0..20 {
            self.handle(Input::Wake);
            while self.batch.is_some() {
                self.commit();
            }
            self.pass(Duration::from_secs(40_000));
        }
        while self.batch.is_some() {
            self.commit();
        }
        assert_eq!(self.tickets, BTreeSet::new(), "these were never answered");
        self.memory.assert_all_ended();
        self.memory.assert_equals(&self.server);
    }
}

fn config(start: u8) -> Config {
    Config {
        most_devices: MOST_DEVICES,
        limits: Limits {
            waiting_per_peer: 4,
            body_bytes: 4_096,
            reassembly_bytes: 8_192,
            remembered_per_peer: 4,
            observations: 4,
            ..Limits::SERVER
        },
        ..Config::new(lwm2m::bundled::registry(), [start; 32])
    }
}

fn ask(choices: &mut Choices<'_>) -> Ask {
    let path = choices.pick(PATHS);
    let format = choices.pick(&[None, None, Some(Format::Tlv), Some(Format::SenmlCbor)]);
    let way = choices.pick(&[CancelWay::Active, CancelWay::Passive]);
    match choices.below(15) {
        0 | 1 => Ask::Read { path, format },
        2 => Ask::Write {
            path,
            mode: choices.pick(&[WriteMode::Replace, WriteMode::Update]),
            values: vec![Reading::new(path, value(choices))],
            format,
        },
        3 => Ask::Execute {
            path,
            arguments: choices.one_in(2).then(|| "0='U'".to_owned()),
            confirmable: true,
        },
        4 => Ask::Discover { path },
        5 => Ask::WriteAttributes {
            path,
            change: AttributeChange::from_queries(["pmin=1", "gt=5"]).expect("attributes"),
        },
        6 => Ask::Create {
            object: 3303,
            instance: choices.pick(&[None, Some(1), Some(65_534)]),
            values: Vec::new(),
            format,
        },
        7 => Ask::Delete { path },
        8 | 9 => Ask::Observe { path, format },
        10 => Ask::CancelObservation { path, way },
        11 => Ask::ReadComposite {
            paths: paths(choices),
            format,
        },
        12 => Ask::WriteComposite {
            values: vec![Reading::new(path, value(choices))],
            format,
        },
        13 => match choices.below(3) {
            0 => Ask::CancelComposite {
                paths: paths(choices),
                way,
            },
            _ => Ask::ObserveComposite {
                paths: paths(choices),
                format,
            },
        },
        _ => Ask::ReadDevice,
    }
}

fn terms(choices: &mut Choices<'_>) -> Terms {
    let some = |choices: &mut Choices<'_>| choices.one_in(4).then(|| choices.pick(&SPANS));
    Terms {
        timeout: some(choices),
        ttl: some(choices),
        priority: choices.pick(&[Priority::default(), Priority::High, Priority::Low]),
        latest_wins: choices.pick(&[None, Some(true), Some(false)]),
        unchecked: choices.one_in(4),
    }
}

fn paths(choices: &mut Choices<'_>) -> Vec<Path> {
    PATHS[choices.below(PATHS.len())..].to_vec()
}

fn value(choices: &mut Choices<'_>) -> Value {
    match choices.below(4) {
        0 => Value::Integer(i64::from(choices.byte())),
        1 => Value::String("words".to_owned()),
        2 => Value::Opaque(vec![choices.byte(); usize::from(choices.word())]),
        _ => Value::Float(21.5),
    }
}

const NAMES: [&str; 3] = ["a", "b", "urn:imei:1"];

const PATHS: &[Path] = &[
    Path::Resource(3303, 0, 5700),
    Path::Resource(3, 0, 9),
    Path::Instance(3, 0),
    Path::Object(3303),
    Path::ResourceInstance(3, 0, 11, 0),
    Path::Resource(1, 0, 8),
    Path::Resource(0, 0, 5),
    Path::Root,
];

const LINKS: &str = "</>;ct=\"110 112\",</1/0>,</3/0>,</3303/0>";

const WORDS: Words = Words {
    segments: &["rd", "rd", "dp", "bs", ".well-known", "core", "3", ""],
    queries: &[
        "ep=a",
        "ep=b",
        "ep=urn:imei:1",
        "ep=",
        "lt=60",
        "lt=0",
        "lt=4294967295",
        "lt=x",
        "lwm2m=1.0",
        "lwm2m=1.1",
        "lwm2m=1.2",
        "lwm2m=2.0",
        "b=U",
        "b=UQ",
        "b=UQSQ",
        "Q",
        "sms=49",
        "pid=6:27354b9a",
        "et",
        "site=lab",
    ],
    payloads: &[
        (40, LINKS.as_bytes()),
        (
            40,
            b"</lwm2m>;rt=\"oma.lwm2m\";ct=112,</lwm2m/1/0>,</lwm2m/3/0>",
        ),
        (40, b"</3/0>;pmin=1,</3/0/9>;gt=3"),
        (0, b"21.5"),
        (110, b"[{\"bn\":\"/3303/0/5700\",\"v\":21.5}]"),
        (
            110,
            b"[{\"bn\":\"/3/0/\",\"n\":\"9\",\"v\":100,\"t\":-5},{\"n\":\"11/0\",\"v\":0}]",
        ),
        (112, b"\x81\xA2\x21\x6D/3303/0/5700\x02\xFA\x41\xAC\x00\x00"),
        (11_542, b"\xC1\x09\x64\x83\x0B\x41\x00\x00"),
        (
            11_543,
            b"{\"bn\":\"/3/0/\",\"e\":[{\"n\":\"9\",\"v\":100}]}",
        ),
        (60, b"\x18\x64"),
        (42, b"\x00\x01\x02"),
    ],
};

/// Devices that the server knows at most.
const MOST_DEVICES: usize = 3;

/// Steps of one script.
const MOST_STEPS: usize = 200;

/// Datagrams sent because of one.
const MOST_ANSWERS: usize = 16;

/// Outputs of one input.
const MOST_OUTPUTS: usize = 10_000;

/// Wake-ups in one span.
const MOST_WAKES: usize = 5_000;

const SPANS: [Duration; 4] = [
    Duration::from_millis(500),
    Duration::from_secs(3),
    Duration::from_secs(40),
    Duration::from_secs(300),
];
