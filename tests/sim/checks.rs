//! What must always be true, asked of the wire and of the store, never of the
//! server's word alone: conformance G-62. Each check yields words for the one who
//! reads the failure.

mod order;
mod rows;
mod turns;

use crate::broken::Broken;
use crate::memory::{Memory, Row, number_in};
use crate::operator::Asked;
use clock::{Instant, UnixTime};
use coap::{Code, Kind, Message, Peer, Token};
use device::Event;
use lwm2m::Path;
use server::Server;
use server::engine_io::CommandError;
use server::ids::{DeviceId, Location, OperationId};
use server::observation::Target;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use turns::Turns;

/// Longer than any message id is remembered (RFC 7252 §4.8.2: 247 s).
const MESSAGE_LIFETIME: Duration = Duration::from_secs(300);

/// Bytes for each byte of an address of which nothing is known (conformance G-30).
const MOST_AMPLIFICATION: usize = 3;

/// How a device says that a notification was never acknowledged.
const NOBODY_THERE: &str = "no acknowledgement";

/// What the checks remember of the wire.
#[derive(Default, Debug)]
pub(crate) struct Checks {
    /// What devices asked of the server, by device and token.
    requests: BTreeMap<(usize, Token), Asking>,
    /// Confirmable messages of devices, by device and message id.
    reports: BTreeMap<(usize, u16), Report>,
    /// Bytes that a stranger may still get: one answer to each datagram.
    owed_to_stranger: usize,
    /// Which notification was overtaken by which.
    order: order::Order,
    /// Locations that devices were told, or that the store knew when the server began.
    admitted: BTreeSet<Location>,
    /// How often each numbered Execute was carried out, by device and its life.
    executions: BTreeMap<u64, BTreeMap<(usize, u32), u32>>,
    /// Numbers whose command was turned down.
    turned_down: BTreeSet<u64>,
    /// The token of the last Register of each device.
    registers: BTreeMap<usize, Token>,
    /// What devices believe to be observed, and how many times over: an observation
    /// of a path that is observed already is another one.
    observed: BTreeMap<usize, BTreeMap<Path, u32>>,
    /// What devices stopped to report since nobody acknowledged it, which RFC 7641
    /// §4.5 tells them to do and the server cannot know.
    given_up: BTreeSet<(usize, Path)>,
    /// What waits.
    turns: Turns,
    /// How many values of [`crate::memory::History::executed`] were looked at.
    executed_seen: usize,
}

/// A request of a device.
#[derive(Debug)]
struct Asking {
    what: What,
    /// When it reached the server, the first time and each time again.
    arrivals: Vec<UnixTime>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum What {
    Register,
    Update(Option<Location>),
    Deregister(Option<Location>),
    /// Of the device that the store knows.
    Send(Option<DeviceId>),
    Other,
}

/// A confirmable response of a device, which may be a notification.
#[derive(Debug)]
struct Report {
    since: Instant,
    arrivals: Vec<UnixTime>,
    /// The device that the store knows, if it is a notification that must be kept.
    of: Option<DeviceId>,
}

impl Checks {
    /// A server begins its life: what it was told before counts by the store.
    pub(crate) fn server_begins(&mut self, memory: &Memory) {
        self.requests.clear();
        self.reports.clear();
        self.turns.server_begins();
        self.order.server_begins();
        let location = |row: &Row| {
            row.registration
                .as_ref()
                .map(|registration| registration.location)
        };
        self.admitted = memory.devices.values().filter_map(location).collect();
    }

    /// A datagram is about to be handed to the server.
    pub(crate) fn server_receives(
        &mut self,
        now: (Instant, UnixTime),
        device: usize,
        message: &Message,
        server: &Server,
        known: Option<DeviceId>,
    ) {
        let (instant, unix) = now;
        self.turns.hear(instant, device);
        if message.code.is_success() {
            self.order.server_receives(now, device, message, known);
        }
        if message.code.is_request() {
            let what = what_is_asked(message, known);
            let fresh = Asking {
                what,
                arrivals: Vec::new(),
            };
            self.requests
                .entry((device, message.token))
                .or_insert(fresh)
                .arrivals
                .push(unix);
        } else if message.code.is_response() && message.kind == Kind::Confirmable {
            let observed = |observation: &&server::observation::Observation| {
                observation
                    .link
                    .is_some_and(|link| link.token == message.token)
                    && Some(observation.device) == known
            };
            let whole = message.options.block2().is_none();
            let is_news = message.code.is_success() && message.options.observe().is_some() && whole;
            let in_force = server.belief().1.iter().find(observed).is_some();
            let fresh = Report {
                since: instant,
                arrivals: Vec::new(),
                of: known.filter(|_| is_news && in_force),
            };
            let report = self
                .reports
                .entry((device, message.mid))
                .or_insert_with(|| Report { ..fresh });
            if instant.since(report.since) > MESSAGE_LIFETIME {
                *report = Report {
                    since: instant,
                    arrivals: Vec::new(),
                    of: known.filter(|_| is_news && in_force),
                };
            }
            report.arrivals.push(unix);
        }
    }

    /// Someone who is no device sends something.
    pub(crate) fn stranger_sends(&mut self, bytes: &[u8]) {
        self.owed_to_stranger = bytes.len() * MOST_AMPLIFICATION;
    }

    /// G-30: to who was never verified goes at most one answer, and a short one.
    pub(crate) fn stranger_hears(&mut self, bytes: &[u8]) -> Result<(), Broken> {
        let owed = std::mem::take(&mut self.owed_to_stranger);
        if bytes.len() > owed {
            let length = bytes.len();
            return Err(format!(
                "G-30: a stranger gets {length} bytes, {owed} at most"
            ));
        }
        Ok(())
    }

    /// The server hands a datagram to the network.
    pub(crate) fn server_sends(
        &mut self,
        now: Instant,
        device: usize,
        peer: Peer,
        message: &Message,
        server: &Server,
        memory: &Memory,
    ) -> Result<(), Broken> {
        if message.code.is_request() {
            let devices = server.belief().0;
            let registration = devices
                .by_peer(peer)
                .and_then(|id| devices.registration(id));
            let location = registration.map(|registration| registration.location);
            if let Some(own) = registration {
                self.turns.server_asks(now, device, message, own, memory)?;
            }
            return match location {
                Some(location) if self.admitted.contains(&location) => Ok(()),
                other => Err(format!(
                    "REG-26: a request goes to device {device}, which was never told {other:?}"
                )),
            };
        }
        if message.code.is_response() {
            return self.server_answers(device, message, memory);
        }
        match (message.kind, self.reports.get(&(device, message.mid))) {
            (
                Kind::Acknowledgement,
                Some(Report {
                    of: Some(id),
                    arrivals,
                    ..
                }),
            ) => {
                let stored = arrivals
                    .iter()
                    .any(|at| memory.history.arrivals.contains(&(*id, *at)));
                let gone = memory.history.forgotten.contains(id);
                if stored || gone {
                    return Ok(());
                }
                Err(format!(
                    "notification {:04x} of device {device} is acknowledged and not stored",
                    message.mid
                ))
            }
            _ => Ok(()),
        }
    }

    fn server_answers(
        &mut self,
        device: usize,
        message: &Message,
        memory: &Memory,
    ) -> Result<(), Broken> {
        let Some(asking) = self.requests.get(&(device, message.token)) else {
            return Err(format!(
                "device {device} gets an answer to a question that it did not ask"
            ));
        };
        let good = message.code.is_success() && message.code != Code::CONTINUE;
        let heard = |location: Location| {
            asking
                .arrivals
                .iter()
                .any(|at| memory.history.heard.contains(&(location, *at)))
        };
        let kept = match asking.what {
            What::Register => {
                let location = location_in(message).filter(|_| good);
                self.admitted.extend(location);
                !good
                    || location
                        .is_some_and(|location| memory.history.registered.contains(&location))
            }
            What::Update(location) => !good || location.is_some_and(heard),
            What::Deregister(location) => {
                !good
                    || location.is_some_and(|location| memory.history.departed.contains(&location))
            }
            What::Send(id) => {
                let stored = |at: &UnixTime| {
                    id.is_some_and(|id| memory.history.arrivals.contains(&(id, *at)))
                };
                !good || asking.arrivals.iter().any(stored)
            }
            What::Other => true,
        };
        if kept {
            Ok(())
        } else {
            Err(format!(
                "{:?} is answered {:?} and not stored",
                asking.what, message.code
            ))
        }
    }

    /// The operator hears from the server.
    pub(crate) fn server_replies(
        &mut self,
        asked: &Asked,
        result: &Result<Option<OperationId>, CommandError>,
        memory: &Memory,
    ) -> Result<(), Broken> {
        match (asked, result) {
            (Asked::Start { .. }, Ok(Some(id))) if !memory.knows(*id) => {
                Err(format!("{id:?} is accepted and has no row"))
            }
            (
                Asked::Start {
                    instead: Some(path),
                    ..
                },
                Ok(Some(id)),
            ) => {
                self.turns.takes_place(*id, *path, memory);
                Ok(())
            }
            (Asked::Start { .. }, Ok(None)) => {
                Err("an operation is accepted without an id".to_owned())
            }
            (
                Asked::Start {
                    execution: Some(number),
                    ..
                },
                Err(_),
            ) => {
                self.turned_down.insert(*number);
                self.check_turned_down(*number)
            }
            (Asked::Cancel(id), Ok(_)) if !memory.ended.contains_key(id) => {
                Err(format!("{id:?} is withdrawn and has not ended"))
            }
            (Asked::Move(id, Some(priority)), Ok(_)) => turns::is_ranked(*id, *priority, memory),
            (Asked::Treat(endpoint, profile), Ok(_)) => {
                turns::is_profiled(endpoint, profile, memory)
            }
            (Asked::Forget(endpoint), Ok(_)) => match memory.device(endpoint.as_str()) {
                Some((
                    _,
                    Row {
                        registration: None, ..
                    },
                )) => Err(format!("{endpoint} is forgotten and still known")),
                // It may have come back by now.
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }

    /// A device says what happened to it in one of its lives.
    pub(crate) fn device_says(
        &mut self,
        device: usize,
        life: u32,
        event: &Event,
    ) -> Result<(), Broken> {
        let observed = self.observed.entry(device).or_default();
        match event {
            Event::Executed { arguments, .. } => {
                let Some(number) = number_in(arguments) else {
                    return Ok(());
                };
                let times = self
                    .executions
                    .entry(number)
                    .or_default()
                    .entry((device, life))
                    .or_default();
                *times += 1;
                if *times > 1 {
                    return Err(format!(
                        "Execute {number} was carried out {times} times by device {device}"
                    ));
                }
                self.check_turned_down(number)?;
            }
            Event::Observed { path } => *observed.entry(*path).or_default() += 1,
            Event::ObservationCancelled { path } | Event::NotifyFailed { path, .. } => {
                if matches!(event, Event::NotifyFailed { reason, .. } if reason.contains(NOBODY_THERE))
                {
                    self.given_up.insert((device, *path));
                }
                if let Some(times) = observed.get_mut(path) {
                    *times = times.saturating_sub(1);
                }
            }
            Event::Rebooted | Event::Deregistered => observed.clear(),
            _ => {}
        }
        Ok(())
    }

    /// A device hands a datagram to the network.
    pub(crate) fn device_sends(&mut self, device: usize, message: &Message) {
        let is_register = what_is_asked(message, None) == What::Register;
        if is_register && self.registers.insert(device, message.token) != Some(message.token) {
            // Its former registration is over, and so is what belonged to it.
            self.observed.remove(&device);
            self.given_up.retain(|(other, _)| *other != device);
        }
    }

    /// A device was switched off.
    pub(crate) fn device_dies(&mut self, device: usize) {
        self.observed.remove(&device);
    }

    fn check_turned_down(&self, number: u64) -> Result<(), Broken> {
        if self.turned_down.contains(&number) && self.executions.contains_key(&number) {
            return Err(format!(
                "Execute {number} was carried out though its command was turned down"
            ));
        }
        Ok(())
    }

    /// A commit is done and nothing waits: what the server believes is what is
    /// stored, and what is stored makes sense. `civil` is the time of a clock that
    /// never jumped.
    pub(crate) fn at_rest(
        &mut self,
        server: &Server,
        memory: &Memory,
        civil: Option<UnixTime>,
    ) -> Result<(), Broken> {
        if let Some(civil) = civil {
            rows::registrations_end_in_time(server, civil)?;
        }
        self.order.at_rest(&memory.history)?;
        rows::belief_is_stored(server, memory)?;
        rows::observations_have_registrations(memory)?;
        rows::observations_are_made_once(memory)?;
        self.turns.at_rest(memory)?;
        let fresh = memory
            .history
            .executed
            .get(self.executed_seen..)
            .unwrap_or_default();
        self.executed_seen = memory.history.executed.len();
        match fresh
            .iter()
            .find(|number| !self.executions.contains_key(number))
        {
            Some(number) => Err(format!(
                "Execute {number} counts as done, and no device did it"
            )),
            None => Ok(()),
        }
    }

    /// After a quiet time both sides believe the same.
    pub(crate) fn at_the_end(
        &self,
        memory: &Memory,
        number_of: impl Fn(&str) -> Option<usize>,
    ) -> Result<(), Broken> {
        if let Some(open) = memory.open.values().next() {
            return Err(format!(
                "after a quiet time an operation is still open: {:?}",
                open.operation
            ));
        }
        for observation in memory
            .observations
            .values()
            .filter(|observation| observation.link.is_some())
        {
            // To a device, several paths as one are the root.
            let path = match observation.target {
                Target::One(path) => path,
                Target::Several(_) => Path::Root,
            };
            let row = memory.devices.get(&observation.device);
            let device = row.and_then(|row| number_of(row.endpoint.as_str()));
            let agreed = device.is_some_and(|device| {
                let times = self
                    .observed
                    .get(&device)
                    .and_then(|paths| paths.get(&path));
                times.is_some_and(|times| *times > 0) || self.given_up.contains(&(device, path))
            });
            if !agreed {
                return Err(format!(
                    "the server observes {path} of device {device:?}, which knows nothing of it"
                ));
            }
        }
        Ok(())
    }
}

fn what_is_asked(message: &Message, known: Option<DeviceId>) -> What {
    let path: Vec<&str> = message
        .options
        .uri_path()
        .map(|s| std::str::from_utf8(s).unwrap_or(""))
        .collect();
    match (path.as_slice(), message.code) {
        (["rd"], Code::POST) => What::Register,
        (["rd", location], Code::POST) => What::Update(Location::parse(location)),
        (["rd", location], Code::DELETE) => What::Deregister(Location::parse(location)),
        (["dp"], Code::POST) => What::Send(known),
        _ => What::Other,
    }
}

fn location_in(message: &Message) -> Option<Location> {
    let last = message.options.location_path().last()?;
    Location::parse(std::str::from_utf8(last).ok()?)
}
