//! The world: one server, its disk, its network, its devices and its operator in
//! virtual time. What happens next is the earliest of what is due; of what is due
//! at the same moment, what was planned first. Nothing else moves the clock.
//!
//! What is planned stands in `plan`, what must be true in `checks`.

mod device_side;
mod server_side;

use crate::address::{self, STRANGER};
use crate::broken::Broken;
use crate::checks::Checks;
use crate::disk::{Disk, Wear};
use crate::figures::Figures;
use crate::network::Network;
use crate::operator::{Operator, Wish};
use crate::plan::Plan;
use crate::random::Random;
use crate::trace::{Mark, Trace};
use crate::wakes::{Node, Wakes};
use clock::{Instant, Now, UnixTime};
use device::{Device, Profile};
use server::ids::EndpointName;
use server::operation::Terms;
use server::{Input, Server};
use std::collections::BTreeMap;
use std::time::Duration;

/// 2026-01-01T00:00:00Z, when every world begins.
const BEGINNING: UnixTime = UnixTime::from_millis(1_767_225_600_000);

/// Datagrams and other things on their way: some for each device, and what is planned.
const MOST_EVENTS: usize = 20_000;

/// Steps at one moment after which nothing moves any more.
const MOST_STEPS_AT_ONCE: u32 = 100_000;

/// How long after the end the last commit may be done.
const LONGEST_LAST_COMMIT: Duration = Duration::from_secs(10);

/// How long a device is off.
const DEVICE_OFF: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(300));

/// How long a device is cut off.
const CUT_OFF: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(400));

/// Devices are switched on within it.
const SWITCHED_ON_WITHIN: (Duration, Duration) = (Duration::ZERO, Duration::from_secs(30));

/// Everything there is.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) plan: Plan,
    pub(crate) now: Instant,
    pub(crate) trace: Trace,
    pub(crate) figures: Figures,
    pub(crate) disk: Disk,
    pub(crate) units: Vec<Unit>,
    events: BTreeMap<(Instant, u64), Event>,
    planned: u64,
    wakes: Wakes,
    /// How far the civil clock has been put forward, in seconds.
    civil_offset_s: i64,
    server: Option<Running>,
    lives: u32,
    network: Network,
    operator: Operator,
    checks: Checks,
    fate: Random,
}

/// A server that runs.
#[derive(Debug)]
struct Running {
    server: Server,
    since: Instant,
}

/// A place for one device.
#[derive(Debug)]
pub(crate) struct Unit {
    pub(crate) profile: Profile,
    /// While it is switched on.
    pub(crate) device: Option<Device>,
    since: Instant,
    lives: u32,
    /// Ports that the NAT has given it.
    ports: u32,
    /// Addresses that it had before this one, without security.
    moves: u16,
}

/// What is planned.
#[derive(Debug)]
enum Event {
    ServerReceives(usize, Vec<u8>),
    DeviceReceives(usize, Vec<u8>),
    CommitEnds { life: u32 },
    OperatorActs,
    OperatorWishes(Wish),
    ServerDies,
    ServerBegins,
    SomeDeviceDies,
    DeviceBegins(usize),
    SomePersonActs,
    PersonComesBack(usize),
    SomeDeviceIsCutOff,
    SomeDevicesAreRebound,
    StrangerSends,
    AddressChanges(usize),
    CivilClockJumps { seconds: i64 },
    DiskTurns(Wear),
    CalmBegins,
}

impl World {
    pub(crate) fn new(plan: Plan) -> Self {
        let seed = plan.seed;
        let endpoint =
            |profile: &Profile| EndpointName::new(&profile.endpoint).expect("a good name");
        let unit = |profile: &Profile| Unit {
            profile: profile.clone(),
            device: None,
            since: Instant::ZERO,
            lives: 0,
            ports: 0,
            moves: 0,
        };
        let sqlite = plan.sqlite.then(|| crate::sqlite::Sqlite::new(seed));
        let mut world = Self {
            now: Instant::ZERO,
            trace: Trace::new(),
            figures: Figures::default(),
            disk: Disk::new(seed, plan.wear, sqlite),
            units: plan.devices.iter().map(unit).collect(),
            events: BTreeMap::new(),
            planned: 0,
            wakes: Wakes::default(),
            civil_offset_s: 0,
            server: None,
            lives: 0,
            network: Network::new(seed, plan.weather, plan.devices.len()),
            operator: Operator::new(seed, plan.devices.iter().map(endpoint).collect()),
            checks: Checks::default(),
            fate: Random::new(seed, "fate"),
            plan,
        };
        world.plan_ahead();
        world
    }

    fn plan_ahead(&mut self) {
        self.after(Duration::ZERO, Event::ServerBegins);
        for device in 0..self.units.len() {
            let delay = self.fate.between(SWITCHED_ON_WITHIN);
            self.after(delay, Event::DeviceBegins(device));
        }
        let plan = self.plan.clone();
        self.again(plan.operator_every, Event::OperatorActs);
        self.again(plan.device_dies_every, Event::SomeDeviceDies);
        self.again(plan.person_acts_every, Event::SomePersonActs);
        self.again(plan.cut_every, Event::SomeDeviceIsCutOff);
        self.again(plan.rebound_every, Event::SomeDevicesAreRebound);
        self.again(plan.noise_every, Event::StrangerSends);
        for (at, seconds) in plan.clock_jumps {
            self.after(at.since(Instant::ZERO), Event::CivilClockJumps { seconds });
        }
        for (at, device) in plan.address_changes {
            self.after(at.since(Instant::ZERO), Event::AddressChanges(device));
        }
        for (at, wear) in plan.disk_turns {
            self.after(at.since(Instant::ZERO), Event::DiskTurns(wear));
        }
        for wish in plan.wishes {
            self.after(wish.at.since(Instant::ZERO), Event::OperatorWishes(wish));
        }
        self.after(plan.calm_after, Event::CalmBegins);
    }

    /// Lives through the plan.
    ///
    /// # Errors
    /// The first rule that was broken.
    pub(crate) fn run(&mut self) -> Result<(), Broken> {
        let end = Instant::ZERO + self.plan.calm_after + self.plan.calm_for;
        let mut steps_at_once = 0;
        // The end waits for a commit that is under way.
        while let Some(at) = self
            .next_moment()
            .filter(|at| *at <= end || !self.disk.is_idle())
        {
            steps_at_once = if at == self.now { steps_at_once + 1 } else { 0 };
            if steps_at_once > MOST_STEPS_AT_ONCE {
                return Err(
                    "nothing moves any more: something wants to be woken for ever".to_owned(),
                );
            }
            if self.events.len() > MOST_EVENTS {
                return Err("datagrams beget datagrams: the network is full".to_owned());
            }
            if at > end + LONGEST_LAST_COMMIT {
                return Err("after a quiet time a commit is still under way".to_owned());
            }
            self.now = at;
            self.step()?;
        }
        self.now = self.now.max(end);
        self.finish()
    }

    fn next_moment(&self) -> Option<Instant> {
        let planned = self.events.keys().next().map(|(at, _)| *at);
        let wake = self.wakes.next();
        planned
            .into_iter()
            .chain(wake)
            .min()
            .map(|at| at.max(self.now))
    }

    fn step(&mut self) -> Result<(), Broken> {
        self.figures.steps += 1;
        if let Some(entry) = self
            .events
            .first_entry()
            .filter(|entry| entry.key().0 <= self.now)
        {
            let event = entry.remove();
            return self.happen(event);
        }
        match self.wakes.pop() {
            Some(Node::Server) => self.tell_server(Input::Wake),
            Some(Node::Device(number)) => self.tell_device(number, device::Input::Wake),
            None => Ok(()),
        }
    }

    fn happen(&mut self, event: Event) -> Result<(), Broken> {
        match event {
            Event::ServerReceives(device, bytes) => self.server_receives(device, &bytes),
            Event::DeviceReceives(device, bytes) => self.device_receives(device, &bytes),
            Event::CommitEnds { life } if life == self.lives && self.server.is_some() => {
                self.end_commit()
            }
            Event::CommitEnds { .. } => Ok(()),
            Event::OperatorActs => {
                self.again(self.plan.operator_every, Event::OperatorActs);
                let command = self.operator.command();
                self.command(command)
            }
            Event::OperatorWishes(wish) => {
                let endpoint = EndpointName::new(&self.units[wish.device].profile.endpoint)
                    .expect("a good name");
                let terms = Terms {
                    timeout: wish.timeout,
                    ..Terms::default()
                };
                let command = self.operator.start(endpoint, wish.ask, terms);
                self.command(command)
            }
            Event::ServerDies => self.end_server(),
            Event::ServerBegins => self.begin_server(),
            Event::SomeDeviceDies => {
                self.again(self.plan.device_dies_every, Event::SomeDeviceDies);
                let number = self.some_device();
                self.end_device(number);
                Ok(())
            }
            Event::DeviceBegins(number) => self.begin_device(number),
            Event::SomePersonActs => self.person_acts(),
            Event::PersonComesBack(number) => {
                self.tell_device(number, device::Input::Command(device::Command::Update))
            }
            Event::SomeDeviceIsCutOff => {
                self.again(self.plan.cut_every, Event::SomeDeviceIsCutOff);
                let number = self.some_device();
                let span = self.fate.between(CUT_OFF);
                self.network.cut(number, self.now + span);
                self.note(Mark::Fate, Some(number), format!("cut off for {span:?}"));
                Ok(())
            }
            Event::SomeDevicesAreRebound => {
                self.again(self.plan.rebound_every, Event::SomeDevicesAreRebound);
                self.note(Mark::Fate, None, "the NAT forgets its ports".to_owned());
                self.units.iter_mut().for_each(|unit| unit.ports += 1);
                Ok(())
            }
            Event::StrangerSends => {
                self.again(self.plan.noise_every, Event::StrangerSends);
                let noise = address::noise(&mut self.fate);
                self.server_receives(STRANGER, &noise)
            }
            Event::CivilClockJumps { seconds } => {
                self.civil_offset_s += seconds;
                self.note(
                    Mark::Fate,
                    None,
                    format!("the civil clock jumps by {seconds} s"),
                );
                Ok(())
            }
            Event::AddressChanges(number) => {
                self.units[number].moves += 1;
                let words = "has another address, and does not know".to_owned();
                self.note(Mark::Fate, Some(number), words);
                Ok(())
            }
            Event::DiskTurns(wear) => {
                self.disk.wear = wear;
                self.note(Mark::Fate, None, format!("the disk is now {wear:?}"));
                Ok(())
            }
            Event::CalmBegins => {
                self.network.calm();
                self.disk.wear = Wear::NONE;
                self.note(Mark::Fate, None, "calm".to_owned());
                // Whoever is away comes back, once everything is switched on.
                for number in 0..self.units.len() {
                    self.after(
                        DEVICE_OFF.1 + Duration::from_secs(1),
                        Event::PersonComesBack(number),
                    );
                }
                Ok(())
            }
        }
    }

    /// Plans something for later.
    fn after(&mut self, span: Duration, event: Event) {
        self.planned += 1;
        self.events.insert((self.now + span, self.planned), event);
    }

    /// Plans something that comes again and again until the calm, if at all.
    fn again(&mut self, every: Option<Duration>, event: Event) {
        let Some(every) = every else {
            return;
        };
        let span = match event {
            Event::OperatorActs => self.operator.pause(every),
            _ => self.fate.around(every),
        };
        if self.now + span < Instant::ZERO + self.plan.calm_after {
            self.after(span, event);
        }
    }

    fn some_device(&mut self) -> usize {
        usize::try_from(self.fate.below(self.units.len() as u64)).unwrap_or(0)
    }

    fn note(&mut self, mark: Mark, device: Option<usize>, words: String) {
        self.trace.note(self.now, mark, device, words.as_bytes());
    }

    /// Both clocks of something that began at `since`.
    fn clocks(&self, since: Instant) -> Now {
        let passed = UnixTime::from_micros(self.now.as_micros().cast_signed()).as_micros();
        let civil = BEGINNING.as_micros() + passed + self.civil_offset_s * 1_000_000;
        let instant = Instant::from_micros(self.now.as_micros() - since.as_micros());
        Now {
            instant,
            unix: UnixTime::from_micros(civil),
        }
    }

    /// The number of the device of that name.
    fn number_of(&self, endpoint: &str) -> Option<usize> {
        self.units
            .iter()
            .position(|unit| unit.profile.endpoint == endpoint)
    }

    /// After the calm both sides agree, and so do both stores.
    fn finish(&mut self) -> Result<(), Broken> {
        let memory = &self.disk.memory;
        self.figures.read_store(memory);
        for (number, unit) in self.units.iter().enumerate() {
            let name = &unit.profile.endpoint;
            let believes = unit.device.as_ref().is_some_and(Device::is_registered);
            let stored = memory
                .device(name)
                .is_some_and(|(_, row)| row.registration.is_some());
            if !believes || !stored {
                return Err(format!(
                    "after a quiet time device {number} is registered: it says {believes}, the server {stored}"
                ));
            }
        }
        self.checks
            .at_the_end(memory, |name| self.number_of(name))?;
        self.disk.compare()
    }
}
