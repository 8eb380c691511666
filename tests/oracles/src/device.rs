//! The simulated device before a server that asks anything in any order, while the person
//! at the device does as he likes.
//!
//! Everything sent is well-formed and goes to the server, the device always comes to rest
//! and knows when it wants to be woken, and its tree stays small and sound.

use crate::choice::Choices;
use crate::exchange::{Wire, Words, peer};
use clock::{Instant, Now, UnixTime};
use coap::{Code, Kind, Message, Options, Peer, option};
use device::{Command, Device, Input, Output, Profile, ProfileKind};
use lwm2m::{Lwm2mVersion, Path, Value};
use std::time::Duration;

/// A script for one device; one of eight is run twice and must do the same.
pub fn device(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let twice = choices.one_in(8);
    let first = Machine::run(choices);
    if twice {
        assert_eq!(Machine::run(choices), first, "the same twice");
    }
}

struct Machine {
    device: Device,
    wire: Wire,
    now: Now,
    wake: Option<Instant>,
    /// Requests of the device that wait for an answer.
    asked: Vec<Message>,
    sent: Vec<Vec<u8>>,
}

impl Machine {
    fn run(mut choices: Choices<'_>) -> Vec<Vec<u8>> {
        let now = Now {
            instant: Instant::ZERO,
            unix: UnixTime::from_millis(1_800_000_000_000),
        };
        let device = Device::new(profile(&mut choices), server(), [7; 32], now);
        let mut machine = Self {
            device,
            wire: Wire::new(&WORDS),
            now,
            wake: None,
            asked: Vec::new(),
            sent: Vec::new(),
        };
        machine.handle(Input::Wake);
        if !choices.one_in(8) {
            machine.answer(Code::CREATED);
        }
        let mut steps = 0;
        while !choices.is_done() && steps < MOST_STEPS {
            machine.step(&mut choices);
            steps += 1;
        }
        machine.settle();
        machine.sent
    }

    fn step(&mut self, choices: &mut Choices<'_>) {
        match choices.below(20) {
            0..12 => {
                let bytes = self.wire.datagram(choices);
                let from = if choices.one_in(16) {
                    peer(9)
                } else {
                    server()
                };
                let before = self.sent.len();
                self.handle(Input::Datagram {
                    peer: from,
                    bytes: &bytes,
                });
                let sent = self.sent.len() - before;
                assert!(sent <= MOST_ANSWERS, "{sent} datagrams for one");
            }
            12 | 13 => self.answer(choices.pick(&[
                Code::CREATED,
                Code::CHANGED,
                Code::DELETED,
                Code::NOT_FOUND,
                Code::FORBIDDEN,
            ])),
            14..16 => {
                let command = command(choices);
                self.handle(Input::Command(command));
            }
            _ => self.pass(choices.pick(&SPANS)),
        }
    }

    /// The server answers the device's last request.
    fn answer(&mut self, code: Code) {
        let Some(asked) = self.asked.pop() else {
            return;
        };
        let mut options = Options::new();
        if code == Code::CREATED {
            options.push(option::LOCATION_PATH, "rd");
            options.push(option::LOCATION_PATH, "xyz");
        }
        let confirmable = asked.kind == Kind::Confirmable;
        let message = Message {
            kind: if confirmable {
                Kind::Acknowledgement
            } else {
                Kind::NonConfirmable
            },
            code,
            mid: asked.mid,
            token: asked.token,
            options,
            payload: Vec::new(),
        };
        let bytes = message.encode();
        self.handle(Input::Datagram {
            peer: server(),
            bytes: &bytes,
        });
    }

    fn handle(&mut self, input: Input<'_>) {
        self.device.handle(self.now, input);
        let mut outputs = 0;
        loop {
            match self.device.poll() {
                Output::Transmit { peer, bytes } => {
                    assert_eq!(peer, self.device.server());
                    let message = self.wire.note(&bytes);
                    if message.code.is_request() {
                        self.asked.push(message);
                    }
                    self.sent.push(bytes);
                }
                Output::Event(_) => {}
                Output::WakeAt(at) => {
                    self.wake = at;
                    break;
                }
            }
            outputs += 1;
            assert!(outputs < MOST_OUTPUTS, "the device never comes to rest");
        }
    }

    fn pass(&mut self, span: Duration) {
        let end = self.now.instant + span;
        let mut wakes = 0;
        while let Some(at) = self.wake.filter(|at| *at <= end) {
            self.advance(at);
            self.handle(Input::Wake);
            wakes += 1;
            assert!(wakes < MOST_WAKES, "the device never sleeps");
        }
        self.advance(end);
    }

    fn advance(&mut self, to: Instant) {
        self.now.unix = self.now.unix + to.since(self.now.instant);
        self.now.instant = self.now.instant.max(to);
    }

    fn settle(&mut self) {
        self.pass(Duration::from_secs(60));
        let values = self.device.values(self.now);
        assert!(values.len() <= MOST_VALUES, "{} values", values.len());
        for (path, value) in values {
            assert!(path.depth() >= 3, "{path} holds {value:?}");
            assert_eq!(self.device.value(path), Some(value));
        }
        self.handle(Input::Command(Command::Stop));
        self.pass(Duration::from_secs(600));
        assert!(
            self.device.is_stopped(),
            "a stopped device is gone in the end"
        );
        assert_eq!(self.wake, None);
    }
}

fn profile(choices: &mut Choices<'_>) -> Profile {
    let kind = choices.pick(&ProfileKind::ALL);
    let version = choices.pick(&[Lwm2mVersion::V1_1, Lwm2mVersion::V1_0, Lwm2mVersion::V1_2]);
    let mut profile = Profile::new(kind, "urn:dev:fuzz").with_version(version);
    profile.queue_mode = choices.one_in(4);
    profile.lifetime_s = choices.pick(&[300, 60, 0]);
    profile.alternate_path = choices.one_in(8).then(|| "lwm2m".to_owned());
    profile
}

fn command(choices: &mut Choices<'_>) -> Command {
    match choices.below(10) {
        0 => Command::Deregister,
        1 => Command::Reboot {
            pause: Duration::from_secs(5),
        },
        2 | 3 => Command::Update,
        4..7 => Command::Set {
            path: choices.pick(PATHS),
            value: match choices.below(4) {
                0 => Value::Integer(i64::from(choices.byte())),
                1 => Value::Float(f64::from(choices.byte()) * 1e300),
                2 => Value::Boolean(choices.one_in(2)),
                _ => Value::String("words".to_owned()),
            },
        },
        7 | 8 => Command::Send {
            paths: PATHS[..choices.below(PATHS.len())].to_vec(),
        },
        _ if choices.one_in(8) => Command::Stop,
        _ => Command::SetServer(server()),
    }
}

const PATHS: &[Path] = &[
    Path::Resource(3303, 0, 5700),
    Path::Resource(3, 0, 9),
    Path::Resource(1, 0, 1),
    Path::ResourceInstance(3, 0, 11, 0),
    Path::Resource(3311, 0, 5850),
    Path::Instance(3, 0),
    Path::Resource(5, 0, 3),
];

const WORDS: Words = Words {
    segments: &[
        "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "11", "13", "14", "16", "3303", "3305",
        "3306", "3311", "5700", "5701", "5750", "5850", "65535", "lwm2m", "rd", "bs", "",
    ],
    queries: &[
        "pmin=1", "pmax=5", "pmax", "gt=10", "lt=5", "st=0.5", "epmin=1", "edge=1", "con=1",
        "hqmax=3", "x=1",
    ],
    payloads: &[
        (0, b"30"),
        (0, b"0='U'"),
        (0, b"coap://a/b"),
        (110, b"[{\"n\":\"/3/0/9\"},{\"n\":\"/3303\"},{\"n\":\"/\"}]"),
        (
            110,
            b"[{\"n\":\"/1/0/1\",\"v\":60},{\"n\":\"/3/0/14\",\"vs\":\"+01:00\"}]",
        ),
        (112, b"\x82\xA1\x00\x66/3/0/9\xA1\x00\x62/4"),
        (11_542, b"\xC1\x01\x3C"),
        (11_542, b"\x08\x01\x06\xE4\x16\x44\x41\xAC\x00\x00"),
        (11_543, b"{\"bn\":\"/1/0/\",\"e\":[{\"n\":\"1\",\"v\":60}]}"),
        (60, b"\x18\x3C"),
        (42, &[0; 40]),
    ],
};

/// The server that the device registers with.
fn server() -> Peer {
    peer(0)
}

/// Steps of one script.
const MOST_STEPS: usize = 200;

/// Datagrams sent because of one.
const MOST_ANSWERS: usize = 70;

/// Outputs of one input.
const MOST_OUTPUTS: usize = 10_000;

/// Wake-ups in one span.
const MOST_WAKES: usize = 20_000;

/// Values of a device that has all the instances it makes.
const MOST_VALUES: usize = 10_000;

const SPANS: [Duration; 4] = [
    Duration::from_millis(500),
    Duration::from_secs(3),
    Duration::from_secs(20),
    Duration::from_secs(100),
];
