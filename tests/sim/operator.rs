//! The person at the screen: asks this and that of any device, withdraws some of
//! it, and remembers what was promised. Sometimes what is asked makes no sense.

use crate::memory::arguments_with;
use crate::random::Random;
use clock::Instant;
use lwm2m::attributes::AttributeChange;
use lwm2m::{Format, Path, Reading, Value};
use server::ids::{EndpointName, OperationId};
use server::operation::{Ask, CancelWay, Priority, Terms, WriteMode};
use server::profile::{Profile, Treatment, WakeOn};
use server::quirk::CATALOGUE;
use server::{Command, Ticket};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// How many of the last operations may be withdrawn.
const REMEMBERED: usize = 20;

/// The operator.
#[derive(Debug)]
pub(crate) struct Operator {
    random: Random,
    endpoints: Vec<EndpointName>,
    next_ticket: u64,
    /// Commands without an answer yet. A server that dies takes them along.
    pub(crate) asked: BTreeMap<Ticket, Asked>,
    recent: VecDeque<OperationId>,
}

/// A command that was given.
#[derive(Clone, Debug)]
pub(crate) enum Asked {
    /// An operation; an Execute has its number in its arguments.
    Start {
        execution: Option<u64>,
        /// What it writes, if it is to take the place of who writes the same.
        instead: Option<Path>,
    },
    /// The withdrawal of one.
    Cancel(OperationId),
    /// Another place in line, perhaps with another priority.
    Move(OperationId, Option<Priority>),
    /// Another profile.
    Treat(EndpointName, Box<Profile>),
    /// The end of a device.
    Forget(EndpointName),
}

impl Operator {
    pub(crate) fn new(seed: u64, endpoints: Vec<EndpointName>) -> Self {
        Self {
            random: Random::new(seed, "operator"),
            endpoints,
            next_ticket: 0,
            asked: BTreeMap::new(),
            recent: VecDeque::new(),
        }
    }

    /// How long until the next command.
    pub(crate) fn pause(&mut self, mean: Duration) -> Duration {
        self.random.around(mean)
    }

    /// The next command.
    pub(crate) fn command(&mut self) -> Command {
        match self.random.below(1_000) {
            0..=1 => {
                let endpoint = self.random.pick(&self.endpoints).clone();
                let ticket = self.ticket(Asked::Forget(endpoint.clone()));
                Command::Forget { ticket, endpoint }
            }
            2..=50 if !self.recent.is_empty() => {
                let at = self.random.below(self.recent.len() as u64);
                let operation = self.recent[usize::try_from(at).unwrap_or(0)];
                let ticket = self.ticket(Asked::Cancel(operation));
                Command::Cancel { ticket, operation }
            }
            51..=90 if !self.recent.is_empty() => self.rearrange(),
            91..=110 => {
                let endpoint = self.random.pick(&self.endpoints).clone();
                let profile = self.profile();
                let asked = Asked::Treat(endpoint.clone(), Box::new(profile.clone()));
                Command::Treat {
                    ticket: self.ticket(asked),
                    endpoint,
                    profile,
                }
            }
            _ => {
                let endpoint = self.random.pick(&self.endpoints).clone();
                let number = self.next_ticket;
                let ask = self.ask(number);
                let terms = self.terms();
                self.start(endpoint, ask, terms)
            }
        }
    }

    /// A given operation.
    pub(crate) fn start(&mut self, endpoint: EndpointName, ask: Ask, terms: Terms) -> Command {
        let execution = crate::memory::execution_number(&ask);
        let instead = match &ask {
            Ask::Write {
                path,
                mode: WriteMode::Replace,
                ..
            } => Some(*path),
            _ => None,
        };
        let instead = instead.filter(|_| terms.latest_wins == Some(true));
        let ticket = self.ticket(Asked::Start { execution, instead });
        Command::Start {
            ticket,
            endpoint,
            ask,
            terms,
        }
    }

    /// Mostly as usual, sometimes urgent, brief or instead of another.
    fn terms(&mut self) -> Terms {
        let seconds = |most: u64, random: &mut Random| match random.below(4) {
            0 => Some(Duration::from_secs(5 + random.below(most))),
            _ => None,
        };
        let priority = match self.random.below(8) {
            0 => Priority::High,
            1 => Priority::Low,
            _ => Priority::Normal,
        };
        Terms {
            timeout: seconds(120, &mut self.random),
            ttl: seconds(3_600, &mut self.random),
            priority,
            latest_wins: self.perhaps(),
            unchecked: false,
        }
    }

    /// Another place for one of the latest operations, which may long have been sent.
    fn rearrange(&mut self) -> Command {
        let operation = *self.random.pick(self.recent.make_contiguous());
        let levels = [Priority::High, Priority::Normal, Priority::Low];
        let priority = match self.random.below(2) {
            0 => Some(*self.random.pick(&levels)),
            _ => None,
        };
        let position = match self.random.below(3) {
            0 => None,
            _ => usize::try_from(self.random.below(4)).ok(),
        };
        Command::Move {
            ticket: self.ticket(Asked::Move(operation, priority)),
            operation,
            priority,
            position,
        }
    }

    /// A way to treat a device. Devices here keep to the standard, so that no switch may
    /// shut one out; but what is observed by a draft's number is reported by it after the
    /// operator has changed his mind about drafts.
    fn profile(&mut self) -> Profile {
        let window = Duration::from_secs(20 + self.random.below(280));
        let format = *self
            .random
            .pick(&[None, None, Some(Format::Tlv), Some(Format::SenmlJson)]);
        let wake_on = *self
            .random
            .pick(&[None, Some(WakeOn::Update), Some(WakeOn::Any)]);
        let switches = [Treatment::Strict, Treatment::Lenient, Treatment::Off];
        let mut treatment = |_: u64| {
            let code = self.random.pick(CATALOGUE).code;
            let switch = *self.random.pick(&switches);
            let drafts = code == "QRK-07" && switch == Treatment::Strict;
            (code, if drafts { Treatment::Lenient } else { switch })
        };
        let treatments = (0..3).map(&mut treatment).collect();
        Profile {
            awake_window: Some(window).filter(|_| self.random.below(2) == 0),
            default_format: format,
            requeue_on_timeout: self.perhaps(),
            wake_on,
            latest_wins: self.perhaps(),
            draft_numbers: self.perhaps(),
            treatments,
        }
    }

    /// Nothing said, yes or no.
    fn perhaps(&mut self) -> Option<bool> {
        *self.random.pick(&[None, None, Some(true), Some(false)])
    }

    /// An operation was accepted.
    pub(crate) fn remember(&mut self, operation: OperationId) {
        if self.recent.len() == REMEMBERED {
            self.recent.pop_front();
        }
        self.recent.push_back(operation);
    }

    fn ticket(&mut self, asked: Asked) -> Ticket {
        let ticket = Ticket(self.next_ticket);
        self.next_ticket += 1;
        self.asked.insert(ticket, asked);
        ticket
    }

    fn ask(&mut self, number: u64) -> Ask {
        match self.random.below(100) {
            0..=19 => self.read(),
            20..=29 => self.together(),
            30..=49 => self.write(number),
            50..=61 => self.execute(number),
            62..=67 => Ask::Discover {
                path: *self.random.pick(&DISCOVERED),
            },
            68..=74 => self.write_attributes(),
            75..=79 => self.create(),
            80..=83 => Ask::Delete {
                path: Path::Instance(16, self.small_instance()),
            },
            84..=94 => Ask::Observe {
                path: *self.random.pick(&OBSERVED),
                format: None,
            },
            _ => {
                let way = *self.random.pick(&[CancelWay::Active, CancelWay::Passive]);
                Ask::CancelObservation {
                    path: *self.random.pick(&OBSERVED),
                    way,
                }
            }
        }
    }

    fn read(&mut self) -> Ask {
        let path = *self.random.pick(&READ);
        let format = match self.random.below(10) {
            0 => Some(Format::Tlv),
            1 => Some(Format::SenmlJson),
            2 => Some(Format::SenmlCbor),
            3 if path.depth() == 3 => Some(Format::Text),
            _ => None,
        };
        Ask::Read { path, format }
    }

    fn write(&mut self, number: u64) -> Ask {
        let write = |path, mode, values| Ask::Write {
            path,
            mode,
            values,
            format: None,
        };
        let one = |path, value| vec![Reading::new(path, value)];
        match self.random.below(10) {
            0..=3 => {
                let offset = Value::String(format!("+{:02}:{:02}", number % 14, number % 60));
                let path = Path::Resource(3, 0, 14);
                write(path, WriteMode::Replace, one(path, offset))
            }
            4..=6 => {
                let path = Path::Resource(3, 0, 15);
                write(
                    path,
                    WriteMode::Replace,
                    one(path, Value::String(format!("Zone/{number}"))),
                )
            }
            7 => {
                let lifetime = 60 + self.random.below(3_541);
                let path = Path::Resource(1, 0, 1);
                write(
                    path,
                    WriteMode::Replace,
                    one(path, Value::Integer(lifetime.cast_signed())),
                )
            }
            8 => {
                let least = self.random.below(30).cast_signed();
                let values = vec![
                    Reading::new(Path::Resource(1, 0, 2), Value::Integer(least)),
                    Reading::new(Path::Resource(1, 0, 3), Value::Integer(least + 300)),
                ];
                write(Path::Instance(1, 0), WriteMode::Update, values)
            }
            // Read only: the device refuses.
            _ => {
                let path = Path::Resource(3, 0, 0);
                write(
                    path,
                    WriteMode::Replace,
                    one(path, Value::String("mine".to_owned())),
                )
            }
        }
    }

    /// Something about several paths at once.
    fn together(&mut self) -> Ask {
        let paths = SEVERAL[..=usize::from(self.random.below(2) == 0) + 1].to_vec();
        let format = None;
        match self.random.below(10) {
            0..=2 => Ask::ReadComposite { paths, format },
            3 => Ask::ReadDevice,
            4 | 5 => {
                let zone = format!("Zone/{}", self.random.below(100));
                Ask::WriteComposite {
                    values: vec![
                        Reading::new(Path::Resource(3, 0, 15), Value::String(zone)),
                        Reading::new(Path::Resource(1, 0, 2), Value::Integer(1)),
                    ],
                    format,
                }
            }
            6..=8 => Ask::ObserveComposite { paths, format },
            _ => {
                let way = *self.random.pick(&[CancelWay::Active, CancelWay::Passive]);
                Ask::CancelComposite { paths, way }
            }
        }
    }

    fn execute(&mut self, number: u64) -> Ask {
        let path = match self.random.below(40) {
            0 => Path::Resource(3, 0, 4),
            1..=15 => Path::Resource(3, 0, 12),
            16..=25 => Path::Resource(1, 0, 8),
            26..=38 => Path::Resource(3303, 0, 5605),
            _ => Path::Resource(3, 0, 13),
        };
        Ask::Execute {
            path,
            arguments: Some(arguments_with(number)),
            confirmable: true,
        }
    }

    fn write_attributes(&mut self) -> Ask {
        let least = 10 + self.random.below(50);
        let queries = match self.random.below(4) {
            0 => vec![format!("pmin={least}"), format!("pmax={}", least * 10)],
            1 => vec![format!("st=0.{least}")],
            2 => vec!["gt=22".to_owned(), "lt=18".to_owned()],
            _ => ["pmin", "pmax", "st", "gt", "lt"]
                .map(str::to_owned)
                .to_vec(),
        };
        let change = AttributeChange::from_queries(queries.iter().map(String::as_str))
            .expect("known attributes");
        Ask::WriteAttributes {
            path: Path::Resource(3303, 0, 5700),
            change,
        }
    }

    fn create(&mut self) -> Ask {
        let instance = match self.random.below(3) {
            0 => None,
            _ => Some(self.small_instance()),
        };
        let path = Path::ResourceInstance(16, instance.unwrap_or(0), 0, 0);
        let values = vec![Reading::new(
            path,
            Value::String("made in a simulation".to_owned()),
        )];
        Ask::Create {
            object: 16,
            instance,
            values,
            format: None,
        }
    }

    fn small_instance(&mut self) -> u16 {
        u16::try_from(self.random.below(4)).unwrap_or(0)
    }
}

const READ: [Path; 10] = [
    Path::Instance(3, 0),
    Path::Resource(3, 0, 9),
    Path::Resource(3, 0, 14),
    Path::Object(3),
    Path::Instance(1, 0),
    Path::Resource(3303, 0, 5700),
    Path::Instance(3303, 0),
    Path::Object(16),
    Path::Instance(3304, 0),
    Path::Resource(4_711, 0, 0),
];

const DISCOVERED: [Path; 4] = [
    Path::Object(3),
    Path::Instance(3303, 0),
    Path::Resource(3303, 0, 5700),
    Path::Object(4_711),
];

/// What is asked for at once, one of them not there.
const SEVERAL: [Path; 3] = [
    Path::Resource(3303, 0, 5700),
    Path::Object(4_711),
    Path::Instance(3, 0),
];

const OBSERVED: [Path; 6] = [
    Path::Resource(3303, 0, 5700),
    Path::Instance(3303, 0),
    Path::Resource(3, 0, 9),
    Path::Resource(3304, 0, 5700),
    Path::Instance(3, 0),
    Path::Resource(4_711, 0, 0),
];

/// A moment at which the operator does something given.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    /// When.
    pub(crate) at: Instant,
    /// Of which device, by its number.
    pub(crate) device: usize,
    /// What.
    pub(crate) ask: Ask,
    /// How long it may take.
    pub(crate) timeout: Option<Duration>,
}
