//! Registration updates, durable: a thousand devices in a closed loop.

use crate::daemon::{Daemon, Folder};
use crate::flood::{Flood, Next};
use crate::message::{self, Template};
use crate::register::register;
use crate::report::{Report, per_second};
use crate::{DEVICES, echo};
use std::time::{Duration, Instant};

/// How long the loop runs.
const TIME: Duration = Duration::from_secs(8);

/// Bytes of an Update, for the echo beside it.
const UPDATE_BYTES: usize = 36;

/// Registered devices, each behind a socket of the flood.
pub(crate) struct Fleet {
    flood: Flood,
    loops: Loops,
}

/// The closed loops of some devices: what each says next, and what all of them heard.
pub(crate) struct Loops {
    templates: Vec<Template>,
    mids: Vec<u16>,
    /// Updates that took effect.
    pub(crate) changed: u64,
    /// Updates that were turned away for the moment.
    pub(crate) busy: u64,
}

/// Measures updates a second beside a raw echo with as many sockets.
pub(crate) fn measure(report: &mut Report) {
    let folder = Folder::new("updates");
    let daemon = Daemon::start(&folder.0);
    let mut fleet = Fleet::new(&daemon, "update", DEVICES);
    let before = echo::rate(DEVICES, UPDATE_BYTES, Duration::from_secs(3));
    let used = daemon.processor_seconds();
    let begun = Instant::now();
    let changed = fleet.run(TIME) as f64;
    let rate = changed / begun.elapsed().as_secs_f64();
    let cost = daemon
        .processor_seconds()
        .zip(used)
        .map(|(now, then)| (now - then) * 1e6 / changed);
    let after = echo::rate(DEVICES, UPDATE_BYTES, Duration::from_secs(3));
    let echo = f64::midpoint(before, after);
    report.add(
        "registration updates, durable, 1,000 devices",
        per_second(rate),
        "≥ 80,000/s, ≥ 0.3 of a raw echo",
        format!(
            "raw echo {} (before {}, after {}), ratio {:.2}; {:.1} µs of the daemon's time each; {} busy, {} lost",
            per_second(echo),
            per_second(before),
            per_second(after),
            rate / echo,
            cost.unwrap_or(f64::NAN),
            fleet.loops.busy,
            fleet.flood.lost
        ),
    );
}

impl Fleet {
    /// So many devices without security.
    pub(crate) fn new(daemon: &Daemon, prefix: &str, count: usize) -> Self {
        let (flood, locations, _) = register(daemon, prefix, count, count);
        let loops = Loops::new(&locations);
        Self { flood, loops }
    }

    /// Updates in a closed loop; how many took effect.
    pub(crate) fn run(&mut self, span: Duration) -> u64 {
        let Self { flood, loops } = self;
        let former = loops.changed;
        for socket in 0..loops.templates.len() {
            flood.send(socket, loops.next(socket));
        }
        let until = Instant::now() + span;
        flood.run(until + span, |socket, answer| {
            if !loops.heard(answer) {
                return Next::Wait;
            }
            if Instant::now() >= until {
                return Next::Done;
            }
            Next::Send(loops.next(socket).to_vec())
        });
        loops.changed - former
    }
}

impl Loops {
    /// Of devices whose registrations are there.
    pub(crate) fn new(locations: &[String]) -> Self {
        let template = |location: &String| Template::new(&message::update(location, 0));
        Self {
            templates: locations.iter().map(template).collect(),
            mids: vec![20_000; locations.len()],
            changed: 0,
            busy: 0,
        }
    }

    /// The next Update of a device.
    pub(crate) fn next(&mut self, device: usize) -> &[u8] {
        let mid = &mut self.mids[device];
        *mid = mid.wrapping_add(1);
        self.templates[device].with_mid(*mid)
    }

    /// Notes an answer, or that none came. Whether the device goes on: behind an empty
    /// acknowledgement the answer comes by itself.
    pub(crate) fn heard(&mut self, answer: Option<&[u8]>) -> bool {
        match answer.and_then(|bytes| bytes.get(1)) {
            Some(0x44) => self.changed += 1,
            Some(0xa3) => self.busy += 1,
            Some(0) => return false,
            _ => {}
        }
        true
    }
}
