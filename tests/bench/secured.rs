//! Devices over DTLS-PSK with CCM_8 and Connection ID, each with a key of its own, beside
//! as many without security in the same run: durable updates a second, and memory.

mod device;

use crate::daemon::{Daemon, Folder, processor_seconds};
use crate::flood::{Flood, Next};
use crate::measure::median;
use crate::message;
use crate::report::{Report, per_second};
use crate::{echo, update};
use device::{Device, Led, key};
use serde_json::json;
use std::fmt::Write as _;
use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

/// Devices of the closed loop.
const DEVICES: usize = 2_000;

/// How long each kind is measured, in turns with the other.
const SPAN: Duration = Duration::from_secs(4);

/// Turns; the median counts.
const TURNS: u32 = 3;

/// Bytes of an Update in its record, for the echo beside it.
const RECORD_BYTES: usize = 74;

/// Devices whose memory is measured.
const MANY: usize = 100_000;

/// Devices that make their sessions at once.
const LANES: usize = 200;

/// Credentials handed over in one call.
const AT_ONCE: usize = 10_000;

/// How long all of [`MANY`] may take to register.
const REGISTER_WITHIN: Duration = Duration::from_secs(300);

/// Devices with an association, each behind a socket of the flood.
struct Fleet {
    flood: Flood,
    devices: Vec<Device>,
    loops: update::Loops,
}

/// One turn of a closed loop.
struct Turn {
    rate: f64,
    /// Processor time for each update, in microseconds: the daemon's and ours.
    cost: Option<(f64, f64)>,
}

/// Measures updates a second beside those of devices without security and a raw echo.
pub(crate) fn updates(report: &mut Report) {
    let folder = Folder::new("secured");
    let daemon = Daemon::start(&folder.0);
    let mut plain = update::Fleet::new(&daemon, "plain", DEVICES);
    enrol(&daemon, "secured", DEVICES);
    let mut secured = Fleet::new(&daemon, "secured");
    let before = echo::rate(DEVICES, RECORD_BYTES, Duration::from_secs(3));
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        ours.push(turn(&daemon, || secured.run(SPAN)));
        theirs.push(turn(&daemon, || plain.run(SPAN)));
    }
    let after = echo::rate(DEVICES, RECORD_BYTES, Duration::from_secs(3));
    let (ours, theirs) = (middle(&ours), middle(&theirs));
    let echo = f64::midpoint(before, after);
    let cost = |turn: &Turn| match turn.cost {
        Some((daemon, source)) => {
            format!("{daemon:.1} µs of the daemon and {source:.1} µs of the load source each")
        }
        None => "processor time unknown".to_owned(),
    };
    report.add(
        "registration updates, durable, DTLS-PSK CCM_8 with CID, 2,000 devices",
        per_second(ours.rate),
        "≥ 60,000/s",
        format!(
            "{}, every answer opened; NoSec {}, ratio {:.2}, {}; raw echo {}, ratio {:.2}; {} busy, {} lost",
            cost(&ours),
            per_second(theirs.rate),
            ours.rate / theirs.rate,
            cost(&theirs),
            per_second(echo),
            ours.rate / echo,
            secured.loops.busy,
            secured.flood.lost
        ),
    );
}

/// Measures what the daemon holds for a hundred thousand idle associations.
pub(crate) fn associations(report: &mut Report) {
    let held = |secured: bool| {
        let folder = Folder::new(if secured {
            "held-secured"
        } else {
            "held-plain"
        });
        let daemon = Daemon::start(&folder.0);
        let began = Instant::now();
        if secured {
            enrol(&daemon, "held", MANY);
            register_secured(&daemon, "held");
        } else {
            register_plain(&daemon, "held");
        }
        let rate = MANY as f64 / began.elapsed().as_secs_f64();
        std::thread::sleep(Duration::from_secs(2));
        (daemon.resident().unwrap_or_default() as f64, rate)
    };
    let (plain, _) = held(false);
    let (secured, rate) = held(true);
    let mib = |bytes: f64| bytes / f64::from(1 << 20);
    report.add(
        "100,000 associations held by the daemon, above NoSec",
        format!("{:.0} MiB", mib(secured - plain)),
        "≤ 300 MiB",
        format!(
            "NoSec {:.0} MiB, secured {:.0} MiB with credentials and cached sessions, {:.0} B each; enrolled, shaken hands and registered at {}",
            mib(plain),
            mib(secured),
            (secured - plain) / MANY as f64,
            per_second(rate)
        ),
    );
}

impl Fleet {
    /// Devices that are registered.
    fn new(daemon: &Daemon, prefix: &str) -> Self {
        let name = |number: usize| format!("{prefix}-{number:06}");
        let mut flood = Flood::new(daemon.coaps, DEVICES);
        let mut devices: Vec<Device> = (0..DEVICES)
            .map(|number| Device::new(&name(number), number))
            .collect();
        let mut locations = vec![String::new(); DEVICES];
        let mut joined = 0;
        for first in (0..DEVICES).step_by(LANES) {
            let last = DEVICES.min(first + LANES);
            let some = devices.iter_mut().enumerate().take(last).skip(first);
            for (socket, device) in some {
                flood.send(socket, &device.connect());
            }
            flood.run(Instant::now() + REGISTER_WITHIN, |socket, datagram| {
                match join(&mut devices[socket], &name(socket), socket, datagram) {
                    Joined::At(location) => locations[socket] = location,
                    Joined::Send(bytes) => return Next::Send(bytes),
                    Joined::Wait => return Next::Wait,
                }
                joined += 1;
                if joined == last {
                    Next::Stop
                } else {
                    Next::Done
                }
            });
        }
        assert_eq!(joined, DEVICES, "devices registered over DTLS");
        Self {
            flood,
            devices,
            loops: update::Loops::new(&locations),
        }
    }

    /// Updates in a closed loop; how many were changed.
    fn run(&mut self, span: Duration) -> u64 {
        let Self {
            flood,
            devices,
            loops,
        } = self;
        for (socket, device) in devices.iter_mut().enumerate() {
            flood.send(socket, &device.seal(loops.next(socket)));
        }
        let until = Instant::now() + span;
        let former = loops.changed;
        flood.run(until + span, |socket, datagram| {
            let said = match datagram.map(|bytes| devices[socket].take(Some(bytes))) {
                Some(Led::Said(said)) => Some(said),
                Some(_) => return Next::Wait,
                None => None,
            };
            if !loops.heard(said.as_deref()) {
                return Next::Wait;
            }
            if Instant::now() >= until {
                return Next::Done;
            }
            Next::Send(devices[socket].seal(loops.next(socket)))
        });
        loops.changed - former
    }
}

/// How far a device is that makes its session and registers.
enum Joined {
    Send(Vec<u8>),
    Wait,
    /// It is registered there.
    At(String),
}

fn join(device: &mut Device, name: &str, number: usize, datagram: Option<&[u8]>) -> Joined {
    let register = || message::register(name, 86_400, number as u16).encode();
    match device.take(datagram) {
        Led::Send(bytes) => Joined::Send(bytes),
        Led::Established => Joined::Send(device.seal(&register())),
        Led::Said(said) => message::location(&said).map_or(Joined::Wait, Joined::At),
        // The Register or its answer was lost.
        Led::Nothing if datagram.is_none() => Joined::Send(device.seal(&register())),
        Led::Nothing => Joined::Wait,
    }
}

/// Makes the sessions of [`MANY`] devices, each at an address of its own, and registers
/// them. They say nothing any more then, and nothing is kept of them here.
fn register_secured(daemon: &Daemon, prefix: &str) {
    let name = |number: usize| format!("{prefix}-{number:06}");
    let make = |number: usize| {
        let mut device = Device::new(&name(number), number);
        let hello = device.connect();
        (device, hello)
    };
    let mut flood = Flood::new(daemon.coaps, LANES);
    let mut lanes = Vec::with_capacity(LANES);
    for number in 0..LANES {
        let (device, hello) = make(number);
        flood.send(number, &hello);
        lanes.push((number, device));
    }
    let (mut next, mut joined) = (LANES, 0);
    flood.run(Instant::now() + REGISTER_WITHIN, |lane, datagram| {
        let (number, device) = &mut lanes[lane];
        match join(device, &name(*number), *number, datagram) {
            Joined::Send(bytes) => return Next::Send(bytes),
            Joined::Wait => return Next::Wait,
            Joined::At(_) => joined += 1,
        }
        if next >= MANY {
            return Next::Done;
        }
        let (device, hello) = make(next);
        lanes[lane] = (next, device);
        next += 1;
        Next::SendFromElsewhere(hello, host(next))
    });
    assert_eq!(joined, MANY, "devices registered over DTLS");
}

/// The same without security.
fn register_plain(daemon: &Daemon, prefix: &str) {
    let register = |number: usize| {
        message::register(&format!("{prefix}-{number:06}"), 86_400, number as u16).encode()
    };
    let mut flood = Flood::new(daemon.coap, LANES);
    let mut lanes: Vec<usize> = (0..LANES).collect();
    for number in 0..LANES {
        flood.send(number, &register(number));
    }
    let (mut next, mut joined) = (LANES, 0);
    flood.run(Instant::now() + REGISTER_WITHIN, |lane, datagram| {
        let Some(datagram) = datagram else {
            return Next::Send(register(lanes[lane]));
        };
        if message::location(datagram).is_none() {
            return Next::Wait;
        }
        joined += 1;
        if next >= MANY {
            return Next::Done;
        }
        lanes[lane] = next;
        next += 1;
        Next::SendFromElsewhere(register(lanes[lane]), host(next))
    });
    assert_eq!(joined, MANY, "devices registered");
}

/// A host for each hundred devices, where the system has more than one loopback address.
fn host(number: usize) -> Ipv4Addr {
    if !cfg!(target_os = "linux") {
        return Ipv4Addr::LOCALHOST;
    }
    let host = u32::try_from(number / 100).expect("few hosts");
    Ipv4Addr::from(u32::from(Ipv4Addr::new(127, 1, 0, 1)) + host)
}

/// Hands over a credential for each of so many devices.
fn enrol(daemon: &Daemon, prefix: &str, count: usize) {
    let numbers: Vec<usize> = (0..count).collect();
    for some in numbers.chunks(AT_ONCE) {
        let mut csv = "endpoint,mode,identity,key_hex\n".to_owned();
        for number in some {
            let name = format!("{prefix}-{number:06}");
            let key = secure::hex(&key(*number));
            writeln!(csv, "{name},psk,{name},{key}").expect("a text takes more");
        }
        let answer = daemon.call("credential_import", &json!({ "csv": csv }));
        assert_eq!(answer["written"], some.len(), "credentials written");
    }
}

fn turn(daemon: &Daemon, mut run: impl FnMut() -> u64) -> Turn {
    let used = || daemon.processor_seconds().zip(processor_seconds("self"));
    let (before, begun) = (used(), Instant::now());
    let changed = run() as f64;
    let rate = changed / begun.elapsed().as_secs_f64();
    let cost = used().zip(before).map(|(now, then)| {
        let each = |seconds: f64| seconds * 1e6 / changed;
        (each(now.0 - then.0), each(now.1 - then.1))
    });
    Turn { rate, cost }
}

fn middle(turns: &[Turn]) -> Turn {
    let costs = || turns.iter().filter_map(|turn| turn.cost);
    Turn {
        rate: median(turns.iter().map(|turn| turn.rate)),
        cost: costs().next().map(|_| {
            let (daemon, source) = costs().unzip::<_, _, Vec<_>, Vec<_>>();
            (median(daemon.into_iter()), median(source.into_iter()))
        }),
    }
}
