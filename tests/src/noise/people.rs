//! People at the door: each looks after some of the devices, and reads, writes, observes and
//! discovers in turn. An operation that ends in anything but success is a fault, and so is a value
//! that is read otherwise than it was written.

use super::fleet::Fleet;
use crate::Door;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Everybody.
#[derive(Debug)]
pub(super) struct People {
    at_work: Arc<AtomicBool>,
    threads: Vec<JoinHandle<Done>>,
}

/// What was asked.
#[derive(Clone, Default, Debug)]
pub(super) struct Done {
    /// Operations that ended in success, by the call.
    pub(super) successes: BTreeMap<&'static str, u64>,
    /// When each ended, and how long it took.
    pub(super) times: Vec<(Instant, Duration)>,
    /// What went wrong.
    pub(super) faults: Vec<String>,
}

impl People {
    pub(super) fn start(door: &Door, fleet: &Fleet) -> Self {
        let at_work = Arc::new(AtomicBool::new(true));
        let endpoints = fleet.endpoints();
        let own = |number: usize| endpoints.iter().skip(number).step_by(COUNT).cloned();
        let threads = (0..COUNT).map(|number| {
            let (works, door) = (at_work.clone(), door.clone());
            let endpoints: Vec<String> = own(number).collect();
            std::thread::spawn(move || {
                let mut person = Person {
                    door,
                    done: Done::default(),
                };
                let mut round = number;
                while works.load(Ordering::Relaxed) {
                    for endpoint in &endpoints {
                        if works.load(Ordering::Relaxed) {
                            person.work(endpoint, round);
                        }
                    }
                    round += 1;
                }
                person.done
            })
        });
        let threads = threads.collect();
        Self { at_work, threads }
    }

    /// Sends everybody home when they have finished what they do.
    pub(super) fn end(self) -> Done {
        self.at_work.store(false, Ordering::Relaxed);
        let mut all = Done::default();
        for thread in self.threads {
            match thread.join() {
                Ok(done) => all.add(done),
                Err(_) => all.faults.push("a person at the door gave up".to_owned()),
            }
        }
        all
    }
}

impl Done {
    fn add(&mut self, other: Self) {
        for (call, count) in other.successes {
            *self.successes.entry(call).or_default() += count;
        }
        self.times.extend(other.times);
        self.faults.extend(other.faults);
    }

    /// The time within which so many of a thousand operations came to their end, of those that
    /// ended before or after a moment.
    pub(super) fn within(&self, per_mille: usize, before: bool, moment: Instant) -> Duration {
        let own = self
            .times
            .iter()
            .filter(|(ended, _)| (*ended < moment) == before);
        let mut own: Vec<Duration> = own.map(|(_, took)| *took).collect();
        own.sort_unstable();
        let last = own.len().saturating_sub(1);
        own.get(last * per_mille / 1_000)
            .copied()
            .unwrap_or_default()
    }
}

/// One of them.
struct Person {
    door: Door,
    done: Done,
}

impl Person {
    /// Does one thing to a device, each time another.
    fn work(&mut self, endpoint: &str, round: usize) {
        match round % 7 {
            0 => self.write_and_read(endpoint, "resource_write", round),
            1 => drop(self.operate(
                "resource_read",
                json!({ "endpoint": endpoint, "path": "/3303/0" }),
            )),
            2 => drop(self.operate(
                "resource_discover",
                json!({ "endpoint": endpoint, "path": "/3" }),
            )),
            3 => {
                let paths = ["/3/0/15", "/3303/0/5700", "/1/0"];
                let _ = self.operate(
                    "composite_read",
                    json!({ "endpoint": endpoint, "paths": paths }),
                );
            }
            4 => self.write_and_read(endpoint, "composite_write", round),
            5 => drop(self.operate("device_read", json!({ "endpoint": endpoint }))),
            _ => {
                let request = json!({ "endpoint": endpoint, "path": "/3/0/9" });
                let _ = self.operate("observation_start", request.clone());
                let _ = self.operate("observation_cancel", request);
            }
        }
    }

    fn write_and_read(&mut self, endpoint: &str, call: &'static str, round: usize) {
        let zone = format!("Round/{round}");
        let values = json!([{ "path": "/3/0/15", "kind": "string", "value": zone }]);
        let mut request = json!({ "endpoint": endpoint, "values": values });
        if call == "resource_write" {
            request["path"] = json!("/3/0/15");
        }
        let written = self.operate(call, request);
        let read = self.operate(
            "resource_read",
            json!({ "endpoint": endpoint, "path": "/3/0/15" }),
        );
        if let (Some(_), Some(read)) = (written, read)
            && read["values"][0]["value"] != zone.as_str()
        {
            let fault = format!("{endpoint} was written {zone} and has {}", read["values"]);
            self.done.faults.push(fault);
        }
    }

    /// One operation to its end, if that is success.
    fn operate(&mut self, call: &'static str, request: Value) -> Option<Value> {
        let words = request.to_string();
        let began = Instant::now();
        let ended = self.door.call(call, request).and_then(|started| {
            let wait = json!({ "operation": started["operation"], "timeout_ms": 80_000 });
            self.door.call("operation_wait", wait)
        });
        match ended {
            Ok(ended) if ended["outcome"] == "success" => {
                *self.done.successes.entry(call).or_default() += 1;
                self.done.times.push((Instant::now(), began.elapsed()));
                Some(ended)
            }
            Ok(ended) => {
                let why = (&ended["state"], &ended["outcome"], &ended["reason"]);
                self.done.faults.push(format!("{call} {words}: {why:?}"));
                None
            }
            Err(refusal) => {
                self.done
                    .faults
                    .push(format!("{call} {words}: {refusal:?}"));
                None
            }
        }
    }
}

/// How many people there are.
const COUNT: usize = 4;
