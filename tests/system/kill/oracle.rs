//! What was acknowledged, kept outside the program, and the comparison with what it says after a
//! crash. Of what was asked and not answered either state is right.

use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use wb_tests::{Door, eventually};

/// The record. Every actor writes down what it begins and what it was told.
#[derive(Default)]
pub(crate) struct Oracle {
    record: Mutex<Record>,
}

#[derive(Default)]
pub(crate) struct Record {
    /// By endpoint name.
    pub(crate) devices: BTreeMap<String, DeviceRecord>,
    /// By id: the outcome seen, if one was.
    pub(crate) operations: BTreeMap<String, Written>,
    /// The setting that an operator changes all the time.
    pub(crate) setting: Latest<u64>,
    /// Things that must not have happened, in words.
    pub(crate) faults: Vec<String>,
    counts: Counts,
}

/// A Write whose start was acknowledged.
pub(crate) struct Written {
    /// To whom.
    pub(crate) endpoint: String,
    /// What; no other Write has it.
    pub(crate) value: String,
    outcome: Option<Value>,
}

/// What is known of a device.
#[derive(Default)]
pub(crate) struct DeviceRecord {
    /// The location of the last Register that was answered, unless it de-registered since.
    location: Option<String>,
    in_flight: Option<Flight>,
    /// Values of notifications, sent and acknowledged.
    sent: BTreeSet<u64>,
    acknowledged: BTreeSet<u64>,
    checked_up_to: u64,
    /// The alias that an operator gives it.
    pub(crate) alias: Latest<String>,
    /// Values of Writes as the device carried them out.
    pub(crate) carried_out: Vec<String>,
}

/// A request that changes a registration and is not answered.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Flight {
    Register,
    Deregister,
}

/// Something that one actor changes again and again: what was acknowledged last, and what was
/// asked since.
#[derive(Default, Debug)]
pub(crate) struct Latest<T> {
    acknowledged: Option<T>,
    asked: Vec<T>,
}

/// How much was acknowledged in all.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Counts {
    registrations: u64,
    notifications: u64,
    operations: u64,
    edits: u64,
    lost: u64,
}

impl Oracle {
    /// To write something down.
    pub(crate) fn record(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Compares everything that a crash may have touched, except old values.
    pub(crate) fn check(&self, door: &Door, kill: u32) {
        let mut record = self.record();
        assert_eq!(record.faults, Vec::<String>::new(), "kill {kill}");
        for (endpoint, device) in &mut record.devices {
            device.check(door, endpoint, kill);
        }
        let settings = door.ask("settings_get", json!({}));
        let now = settings["retention_days"].as_u64().expect("a number");
        record.setting.check(Some(now), "the setting", kill);
        let Record {
            operations, counts, ..
        } = &mut *record;
        for (id, written) in operations {
            let operation = door.ask("operation_get", json!({ "operation": id }));
            written.check(&operation, kill, counts);
        }
    }

    /// Waits until every operation has ended.
    pub(crate) fn await_ends(&self, door: &Door) {
        let ids: Vec<String> = self.record().operations.keys().cloned().collect();
        for id in ids {
            let ended = door.ended(&id);
            assert!(ended["outcome"].is_string(), "{ended}");
        }
    }

    /// Compares every value ever acknowledged and every Write ever carried out.
    pub(crate) fn check_all(&self, door: &Door) -> Counts {
        let record = self.record();
        for (endpoint, device) in &record.devices {
            let stored = stored_values(door, endpoint, ALL);
            let missing: Vec<_> = device.acknowledged.difference(&stored).collect();
            assert!(missing.is_empty(), "{endpoint} lost {missing:?}");
            let invented: Vec<_> = stored.difference(&device.sent).collect();
            assert!(invented.is_empty(), "{endpoint} never sent {invented:?}");
            let distinct: BTreeSet<_> = device.carried_out.iter().collect();
            assert_eq!(
                distinct.len(),
                device.carried_out.len(),
                "{endpoint} did something twice"
            );
        }
        for (id, written) in &record.operations {
            let outcome = written.outcome.as_ref().and_then(Value::as_str);
            assert!(outcome.is_some(), "{id} did not end");
            let device = &record.devices[&written.endpoint];
            let done = device.carried_out.contains(&written.value);
            assert!(
                done || outcome != Some("success"),
                "{id} succeeded and was not done"
            );
        }
        record.counts
    }
}

impl Record {
    pub(crate) fn device(&mut self, endpoint: &str) -> &mut DeviceRecord {
        self.devices.entry(endpoint.to_owned()).or_default()
    }

    pub(crate) fn registered(&mut self, endpoint: &str, location: String) {
        self.counts.registrations += 1;
        let device = self.device(endpoint);
        (device.location, device.in_flight) = (Some(location), None);
    }

    pub(crate) fn acknowledged(&mut self, endpoint: &str, value: u64) {
        self.counts.notifications += 1;
        self.device(endpoint).acknowledged.insert(value);
    }

    pub(crate) fn operation_started(&mut self, id: String, endpoint: &str, value: String) {
        self.counts.operations += 1;
        let endpoint = endpoint.to_owned();
        let written = Written {
            endpoint,
            value,
            outcome: None,
        };
        self.operations.insert(id, written);
    }

    pub(crate) fn edited(&mut self) {
        self.counts.edits += 1;
    }
}

impl DeviceRecord {
    pub(crate) fn registering(&mut self) {
        if self.in_flight == Some(Flight::Deregister) {
            self.location = None;
        }
        self.in_flight = Some(Flight::Register);
    }

    pub(crate) fn deregistering(&mut self) {
        self.in_flight = Some(Flight::Deregister);
    }

    pub(crate) fn deregistered(&mut self) {
        (self.location, self.in_flight) = (None, None);
    }

    pub(crate) fn sending(&mut self, value: u64) {
        self.sent.insert(value);
    }

    fn check(&mut self, door: &Door, endpoint: &str, kill: u32) {
        let row = door
            .call("device_get", json!({ "endpoint": endpoint }))
            .ok();
        let online = row.as_ref().is_some_and(|row| row["online"] == true);
        let id = row.as_ref().and_then(|row| row["registration_id"].as_str());
        let right = match (self.in_flight, &self.location) {
            (None, Some(location)) => online && id == Some(location),
            (None, None) => !online,
            (Some(Flight::Register), Some(_)) => online,
            (Some(Flight::Deregister), Some(location)) => !online || id == Some(location),
            (Some(_), None) => true,
        };
        assert!(
            right,
            "kill {kill}: {endpoint} is {row:?}, acknowledged was {:?}, under way {:?}",
            self.location, self.in_flight
        );
        let alias = row
            .as_ref()
            .and_then(|row| row["alias"].as_str())
            .map(str::to_owned);
        self.alias.check(alias, endpoint, kill);
        let fresh: BTreeSet<u64> = self
            .acknowledged
            .range(self.checked_up_to..)
            .copied()
            .collect();
        let Some(last) = fresh.last() else {
            return;
        };
        let stored = stored_values(door, endpoint, fresh.len() as u64 * 2 + 200);
        let missing: Vec<_> = fresh.difference(&stored).collect();
        assert!(
            missing.is_empty(),
            "kill {kill}: {endpoint} lost {missing:?}"
        );
        self.checked_up_to = last + 1;
    }
}

impl Written {
    fn check(&mut self, operation: &Value, kill: u32, counts: &mut Counts) {
        let outcome = operation.get("outcome");
        match (&self.outcome, outcome) {
            (Some(former), now) => assert_eq!(Some(former), now, "kill {kill}: it ended twice"),
            (None, Some(now)) => {
                counts.lost += u64::from(now == "lost");
                self.outcome = Some(now.clone());
            }
            (None, None) => assert_ne!(operation["state"], "ended", "{operation}"),
        }
    }
}

impl<T: Clone + PartialEq + fmt::Debug> Latest<T> {
    pub(crate) fn ask(&mut self, value: T) {
        self.asked.push(value);
    }

    pub(crate) fn acknowledge(&mut self, value: T) {
        self.asked.clear();
        self.acknowledged = Some(value);
    }

    /// What is there now must be the last acknowledged or one asked for since; from here on it is
    /// what counts.
    fn check(&mut self, now: Option<T>, of: &str, kill: u32) {
        let since = now.as_ref().is_some_and(|now| self.asked.contains(now));
        let untouched = self.acknowledged.is_none();
        assert!(
            untouched || since || now == self.acknowledged,
            "kill {kill}: {of} is {now:?}, acknowledged was {self:?}"
        );
        if let Some(now) = now.filter(|_| since) {
            self.acknowledge(now);
        }
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{} registrations, {} notifications, {} operations ({} of them ended as lost), {} edits",
            self.registrations, self.notifications, self.operations, self.lost, self.edits
        )
    }
}

/// More readings than one device has: besides what was acknowledged, the first value of
/// every new observation and values whose acknowledgement was lost are stored too.
const ALL: u64 = 100_000;

/// The newest values stored for a device's temperature; the first value of an observation is 0.
fn stored_values(door: &Door, endpoint: &str, newest: u64) -> BTreeSet<u64> {
    let limit = newest.min(ALL);
    let request = json!({ "endpoint": endpoint, "path": "/3303/0/5700", "limit": limit.max(1) });
    let history = eventually("the history", || {
        door.call("reading_history", request.clone()).ok()
    });
    let readings = history["readings"].as_array().expect("a list");
    let number = |reading: &Value| reading["value"].as_f64().expect("a float") as u64;
    readings
        .iter()
        .map(number)
        .filter(|value| *value > 0)
        .collect()
}
