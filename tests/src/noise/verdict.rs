//! What the run showed: figures, and everything that was lost.

use super::barrage::Fired;
use super::fleet::Fleet;
use super::people::Done;
use super::{OBSERVED, Plan};
use crate::{Daemon, Door};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt::{self, Display, Formatter};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// The figures and the faults.
#[derive(Debug)]
pub struct Verdict {
    plan: Plan,
    fired: Fired,
    began: Instant,
    took: Duration,
    done: Done,
    figures: Figures,
    /// Resident bytes before and after.
    resident: (Option<u64>, Option<u64>),
    faults: Vec<String>,
}

/// Sums over the devices, and what the program counted.
#[derive(Default, Debug)]
struct Figures {
    registrations: u64,
    updates: u64,
    sends: u64,
    writes: u64,
    acknowledged: usize,
    malformed: u64,
    strangers: u64,
    dropped: Option<u64>,
}

impl Verdict {
    /// As the noise begins.
    pub(super) fn new(plan: Plan, daemon: &Daemon) -> Self {
        Self {
            plan,
            fired: Fired::default(),
            began: Instant::now(),
            took: Duration::ZERO,
            done: Done::default(),
            figures: Figures::default(),
            resident: (resident(daemon.process()), None),
            faults: Vec::new(),
        }
    }

    /// Whether nothing was lost.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.faults.is_empty()
    }

    pub(super) fn fired(&mut self, fired: Fired) {
        if fired.cut_short {
            self.fault(format!(
                "the program ended after {} datagrams",
                fired.datagrams
            ));
        }
        (self.fired, self.took) = (fired, self.began.elapsed());
    }

    pub(super) fn operations(&mut self, done: Done) {
        self.faults.extend(done.faults.iter().cloned());
        self.done = done;
    }

    /// What the devices and the running program say.
    pub(super) fn living(&mut self, daemon: &Daemon, fleet: &Fleet) {
        if daemon.said().contains("panicked") {
            self.fault(format!("the program said: {}", daemon.said()));
        }
        self.resident.1 = resident(daemon.process());
        self.figures.dropped = dropped(daemon.coap());
        self.check_memory();
        let status = daemon.door().ask("status_get", json!({}));
        if status["storage_problem"] != Value::Null {
            self.fault(format!("the file: {}", status["storage_problem"]));
        }
        self.figures.malformed = status["malformed"].as_u64().unwrap_or_default();
        let devices = status["devices"].as_u64().unwrap_or_default();
        self.figures.strangers = devices.saturating_sub(self.plan.devices as u64);
        for unit in fleet.units() {
            let known = unit.known().clone();
            let name = &unit.endpoint;
            for fault in &known.faults {
                self.fault(format!("{name}: {fault}"));
            }
            if known.registered != 1 {
                self.fault(format!("{name} registered {} times", known.registered));
            }
            if known.updated == 0 || known.acknowledged.is_empty() {
                self.fault(format!("{name} did not work: {known:?}"));
            }
            self.figures.registrations += known.registered;
            self.figures.updates += known.updated;
            self.figures.sends += known.sent;
            self.figures.writes += known.written;
            self.figures.acknowledged += known.acknowledged.len();
            let read = json!({ "endpoint": name, "path": "/3/0" });
            let last = daemon.door().operate("resource_read", read);
            if last["outcome"] != "success" {
                self.fault(format!("{name} cannot be read any more: {last}"));
            }
        }
    }

    /// What must be there of what was acknowledged: registrations, observations, values.
    pub(super) fn kept(&mut self, when: &str, door: &Door, fleet: &Fleet) {
        for unit in fleet.units() {
            let name = &unit.endpoint;
            let row = door.call("device_get", json!({ "endpoint": name }));
            if !row.as_ref().is_ok_and(|row| row["online"] == true) {
                self.fault(format!("{when}, {name} is not registered: {row:?}"));
                continue;
            }
            let list = door.ask("observation_list", json!({ "endpoint": name }));
            let observed = list["observations"].as_array().into_iter().flatten();
            if !observed
                .into_iter()
                .any(|own| own["paths"] == json!([OBSERVED]))
            {
                self.fault(format!("{when}, {name} is not observed: {list}"));
            }
            let history = door.history(name, OBSERVED);
            let stored = history.iter().filter_map(|own| own["value"].as_f64());
            let stored: BTreeSet<u64> = stored.map(f64::to_bits).collect();
            let known = unit.known();
            let lost = |value: &&f64| !stored.contains(&value.to_bits());
            let lost: Vec<&f64> = known.acknowledged.iter().filter(lost).collect();
            if !lost.is_empty() {
                let of = known.acknowledged.len();
                let words = format!(
                    "{when}, {name} lost {} of {of} values: {lost:?}",
                    lost.len()
                );
                self.fault(words);
            }
        }
    }

    fn check_memory(&mut self) {
        let (Some(before), Some(after)) = self.resident else {
            return;
        };
        let growth = after.saturating_sub(before);
        if growth > MOST_GROWTH {
            self.fault(format!("memory grew by {:.1} MiB", mib(growth)));
        }
    }

    fn fault(&mut self, words: String) {
        self.faults.push(words);
    }
}

impl Display for Verdict {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        let Self {
            plan,
            fired,
            figures,
            ..
        } = self;
        writeln!(to, "noise with seed {}", plan.seed)?;
        writeln!(
            to,
            "  {} datagrams ({} bytes) in {:.1} s from {} addresses of strangers and, {} of them, from those of {} devices at work",
            fired.datagrams,
            fired.bytes,
            self.took.as_secs_f64(),
            fired.addresses.len(),
            fired.from_devices,
            plan.devices,
        )?;
        writeln!(
            to,
            "  {} of them no messages, {} counted as malformed; {} dropped by the system, {} pings unanswered",
            fired.malformed,
            figures.malformed,
            figures
                .dropped
                .map_or("?".to_owned(), |count| count.to_string()),
            fired.unanswered,
        )?;
        writeln!(
            to,
            "  devices: {} registrations, {} updates, {} sends, {} writes carried out, {} notifications acknowledged",
            figures.registrations,
            figures.updates,
            figures.sends,
            figures.writes,
            figures.acknowledged
        )?;
        let all: u64 = self.done.successes.values().sum();
        let each: Vec<String> = self
            .done
            .successes
            .iter()
            .map(|(call, count)| format!("{call} {count}"))
            .collect();
        writeln!(to, "  operations in success: {all} ({})", each.join(", "))?;
        let millis = |per_mille, before| {
            let took = self.done.within(per_mille, before, self.began);
            took.as_secs_f64() * 1e3
        };
        writeln!(
            to,
            "  an operation took {:.1} ms (median) and {:.1} ms (p99) before, {:.1} ms and {:.1} ms under the noise",
            millis(500, true),
            millis(990, true),
            millis(500, false),
            millis(990, false),
        )?;
        if let (Some(before), Some(after)) = self.resident {
            writeln!(
                to,
                "  resident: {:.1} MiB before, {:.1} MiB after; strangers registered {} devices",
                mib(before),
                mib(after),
                figures.strangers
            )?;
        }
        for fault in self.faults.iter().take(MOST_SHOWN) {
            writeln!(to, "  LOST: {fault}")?;
        }
        match self.faults.len() {
            0 => write!(to, "nothing was lost"),
            count => write!(to, "{count} things were lost"),
        }
    }
}

/// Resident memory of a process; `None` where the system does not tell.
fn resident(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? * 1_024)
}

/// Datagrams that the system dropped because the program's socket was full; `None` where it does
/// not tell.
fn dropped(socket: SocketAddr) -> Option<u64> {
    let own = format!(":{:04X}", socket.port());
    let table = std::fs::read_to_string("/proc/net/udp").ok()?;
    let fields =
        |line: &str| -> Vec<String> { line.split_whitespace().map(str::to_owned).collect() };
    let mut lines = table.lines().map(fields);
    // Its own line has no peer; those of the devices have it as theirs.
    let line = lines.find(|line| {
        line.get(1).is_some_and(|local| local.ends_with(&own))
            && line.get(2).is_some_and(|peer| peer.ends_with(":0000"))
    })?;
    line.last()?.parse().ok()
}

fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

/// Bytes by which the program may grow: its bounded memories of messages fill up.
const MOST_GROWTH: u64 = 96 << 20;

/// Faults that are printed.
const MOST_SHOWN: usize = 20;
