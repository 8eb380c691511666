//! Devices and operators that never rest: each in a thread of its own, each writing down in the
//! oracle what it asks before it asks, and what it was told.
//!
//! While the program is down they hold still, with whatever they had asked unanswered.

use super::oracle::Oracle;
use coap::option::OBSERVE;
use coap::{Code, Kind, Message, Request, Response, Token};
use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde_json::json;
use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use wb_tests::raw_device::{LINK_FORMAT, LINKS, location, observed_text, text};
use wb_tests::{Daemon, Door, RawDevice, eventually};

/// Devices at work.
const DEVICES: u64 = 50;

/// Operators at work, beside the one that changes settings.
const OPERATORS: u64 = 3;

/// How long an answer is waited for. The program answers in milliseconds; after a kill it does
/// not answer at all.
const ANSWER_WITHIN: Duration = Duration::from_millis(1_000);

/// All who are at work.
pub(crate) struct Load {
    devices: Crew,
    operators: Crew,
}

/// Threads behind one gate.
#[derive(Default)]
struct Crew {
    gate: Arc<Gate>,
    threads: Vec<JoinHandle<()>>,
}

/// Holds everybody back while the program is down.
#[derive(Default)]
struct Gate {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// The door of the program that runs; `None` holds everybody back.
    door: Option<Door>,
    held: usize,
    ends: bool,
}

impl Gate {
    /// Waits until the program runs; its door, or `None` at the end.
    fn pass(&self) -> Option<Door> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.held += 1;
        self.changed.notify_all();
        while state.door.is_none() && !state.ends {
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        state.held -= 1;
        state.door.clone().filter(|_| !state.ends)
    }

    fn held(&self) -> usize {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.held
    }

    fn set(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_all();
    }
}

impl Crew {
    fn add(&mut self, mut work: impl FnMut(&Door) + Send + 'static) {
        let gate = self.gate.clone();
        self.threads.push(std::thread::spawn(move || {
            while let Some(door) = gate.pass() {
                work(&door);
            }
        }));
    }

    fn go_on(&self, door: &Door) {
        self.gate.set(|state| state.door = Some(door.clone()));
    }

    fn pause(&self) {
        self.gate.set(|state| state.door = None);
        eventually("that everybody holds still", || {
            (self.gate.held() == self.threads.len()).then_some(())
        });
    }

    fn end(&mut self) {
        self.gate.set(|state| state.ends = true);
        for thread in self.threads.drain(..) {
            thread.join().expect("nobody at work fell over");
        }
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        self.gate.set(|state| state.ends = true);
    }
}

impl Load {
    /// Registers every device, has it observed, and holds everybody back.
    pub(crate) fn start(daemon: &Daemon, oracle: &Arc<Oracle>) -> Self {
        let (mut devices, mut operators) = (Crew::default(), Crew::default());
        for number in 0..DEVICES {
            let mut worker = DeviceWorker::new(number, daemon.coap(), oracle.clone());
            assert!(worker.register(), "the device registers");
            worker.be_observed(daemon.door());
            devices.add(move |_| worker.work());
        }
        for number in 0..=OPERATORS {
            let mut operator = Operator::new(number, oracle.clone());
            operators.add(move |door| operator.work(door));
        }
        Self { devices, operators }
    }

    /// Lets everybody work with the program as it runs now.
    pub(crate) fn go_on(&self, daemon: &Daemon) {
        self.devices.go_on(daemon.door());
        self.operators.go_on(daemon.door());
    }

    /// Holds everybody back; done when nobody asks anything any more.
    pub(crate) fn pause(&self) {
        self.operators.pause();
        self.devices.pause();
    }

    /// Sends the operators home: nothing new is asked of the devices.
    pub(crate) fn end_operators(&mut self) {
        self.operators.end();
    }

    /// Sends everybody home.
    pub(crate) fn end(&mut self) {
        self.operators.end();
        self.devices.end();
    }
}

/// One device.
struct DeviceWorker {
    endpoint: String,
    device: RawDevice,
    oracle: Arc<Oracle>,
    random: ChaCha12Rng,
    location: Option<String>,
    relation: Arc<Mutex<Relation>>,
    value: u64,
}

/// The observation as the device knows it.
#[derive(Default)]
struct Relation {
    token: Option<Token>,
    sequence: u32,
    /// A notification of it was acknowledged, and nothing ended it since: the server must not
    /// reset it.
    confirmed: bool,
}

impl DeviceWorker {
    fn new(number: u64, server: SocketAddr, oracle: Arc<Oracle>) -> Self {
        let endpoint = format!("kill-{number:02}");
        let relation = Arc::new(Mutex::new(Relation::default()));
        let mut device = RawDevice::new(server);
        let (own, record, name) = (relation.clone(), oracle.clone(), endpoint.clone());
        device.answer_with(move |request| answer(request, &own, &record, &name));
        let random = ChaCha12Rng::seed_from_u64(number);
        Self {
            endpoint,
            device,
            oracle,
            random,
            location: None,
            relation,
            value: 0,
        }
    }

    fn work(&mut self) {
        let known = self.location.clone();
        match (self.random.next_u32() % 100, known) {
            (_, None) | (0..3, _) => drop(self.register()),
            (3..5, Some(location)) => self.deregister(&location),
            (5..20, Some(location)) => self.update(&location),
            _ => self.notify(),
        }
    }

    fn register(&mut self) -> bool {
        self.oracle.record().device(&self.endpoint).registering();
        self.relation().confirmed = false;
        let request = Request::post()
            .segment("rd")
            .query(&format!("ep={}", self.endpoint))
            .query("lt=86400")
            .query("lwm2m=1.1")
            .content_format(LINK_FORMAT)
            .payload(LINKS);
        let Some(answer) = self.device.try_request(request, ANSWER_WITHIN) else {
            self.location = None;
            return false;
        };
        let id = location(&answer);
        self.oracle.record().registered(&self.endpoint, id.clone());
        self.location = Some(id);
        true
    }

    fn deregister(&mut self, location: &str) {
        self.oracle.record().device(&self.endpoint).deregistering();
        self.relation().confirmed = false;
        self.location = None;
        let request = Request::new(Code::DELETE).path(["rd", location]);
        if let Some(answer) = self.device.try_request(request, ANSWER_WITHIN) {
            self.check_known(&answer, "a De-register");
            self.oracle.record().device(&self.endpoint).deregistered();
        }
    }

    fn update(&mut self, location: &str) {
        let request = Request::post().path(["rd", location]);
        if let Some(answer) = self.device.try_request(request, ANSWER_WITHIN) {
            self.check_known(&answer, "an Update");
        }
    }

    /// A location that was given out and not taken back is good.
    fn check_known(&self, answer: &Message, what: &str) {
        if !answer.code.is_success() {
            let fault = format!("{what} of {} was answered {}", self.endpoint, answer.code);
            self.oracle.record().faults.push(fault);
        }
    }

    fn notify(&mut self) {
        let (token, sequence) = {
            let mut relation = self.relation();
            relation.sequence += 1;
            (relation.token, relation.sequence)
        };
        let Some(token) = token else {
            return self.device.listen(Duration::from_millis(20));
        };
        self.value += 1;
        self.oracle
            .record()
            .device(&self.endpoint)
            .sending(self.value);
        let content = text(&self.value.to_string());
        let message = self
            .device
            .notification(Kind::Confirmable, token, sequence, content);
        let Some(answer) = self.device.deliver(&message, ANSWER_WITHIN) else {
            return;
        };
        let mut relation = self.relation();
        let current = relation.token == Some(token);
        if answer.kind == Kind::Acknowledgement {
            relation.confirmed |= current && self.location.is_some();
            drop(relation);
            self.oracle
                .record()
                .acknowledged(&self.endpoint, self.value);
        } else if current {
            let confirmed = std::mem::take(&mut relation.confirmed);
            relation.token = None;
            drop(relation);
            if confirmed {
                let fault = format!("a notification of {} was reset", self.endpoint);
                self.oracle.record().faults.push(fault);
            }
        }
    }

    fn be_observed(&mut self, door: &Door) {
        let request = json!({ "endpoint": self.endpoint, "path": "/3303/0/5700" });
        let operation = door.begin("observation_start", request);
        while self.relation().token.is_none() {
            self.device.listen(Duration::from_millis(20));
        }
        assert_eq!(door.ended(&operation)["outcome"], "success");
    }

    fn relation(&self) -> std::sync::MutexGuard<'_, Relation> {
        self.relation.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the device answers: it may be observed, and it carries out every Write.
fn answer(
    request: &Message,
    relation: &Mutex<Relation>,
    oracle: &Oracle,
    endpoint: &str,
) -> Option<Response> {
    match request.code {
        Code::GET if request.options.get(OBSERVE).is_some() => {
            let mut relation = relation.lock().unwrap_or_else(PoisonError::into_inner);
            *relation = Relation {
                token: Some(request.token),
                sequence: 1,
                confirmed: false,
            };
            Some(observed_text("0", 1))
        }
        Code::PUT => {
            let value = String::from_utf8_lossy(&request.payload).into_owned();
            oracle.record().device(endpoint).carried_out.push(value);
            Some(Response::new(Code::CHANGED))
        }
        _ => Some(Response::new(Code::METHOD_NOT_ALLOWED)),
    }
}

/// One person at the door. The first changes settings, the others names and devices.
struct Operator {
    number: u64,
    oracle: Arc<Oracle>,
    random: ChaCha12Rng,
    step: u64,
}

impl Operator {
    fn new(number: u64, oracle: Arc<Oracle>) -> Self {
        let random = ChaCha12Rng::seed_from_u64(1_000 + number);
        Self {
            number,
            oracle,
            random,
            step: 0,
        }
    }

    fn work(&mut self, door: &Door) {
        self.step += 1;
        if self.number == 0 {
            return self.change_setting(door);
        }
        // A device belongs to one operator, so that the last alias is one person's.
        let own = DEVICES / OPERATORS;
        let device = (self.number - 1) * own + self.random.next_u64() % own;
        let endpoint = format!("kill-{device:02}");
        if self.random.next_u32().is_multiple_of(3) {
            self.write(door, &endpoint);
        } else {
            self.rename(door, &endpoint);
        }
    }

    fn change_setting(&mut self, door: &Door) {
        // Years, so that no reading is too old.
        let days = 10_000 + self.step;
        self.oracle.record().setting.ask(days);
        if door
            .call("settings_put", json!({ "retention_days": days }))
            .is_ok()
        {
            let mut record = self.oracle.record();
            record.setting.acknowledge(days);
            record.edited();
        }
        std::thread::sleep(Duration::from_millis(10));
    }

    fn rename(&mut self, door: &Door, endpoint: &str) {
        let alias = format!("{}-{}", self.number, self.step);
        self.oracle
            .record()
            .device(endpoint)
            .alias
            .ask(alias.clone());
        let request = json!({ "endpoint": endpoint, "alias": alias });
        if door.call("device_note", request).is_ok() {
            let mut record = self.oracle.record();
            record.device(endpoint).alias.acknowledge(alias);
            record.edited();
        }
    }

    fn write(&mut self, door: &Door, endpoint: &str) {
        let value = format!("{}-{}", self.number, self.step);
        let path = "/3/0/14";
        let request = json!({ "endpoint": endpoint, "path": path, "mode": "replace", "format": "text",
            "values": [{ "path": path, "kind": "string", "value": value }] });
        if let Ok(started) = door.call("resource_write", request) {
            let id = started["operation"].as_str().expect("an id").to_owned();
            self.oracle.record().operation_started(id, endpoint, value);
        }
    }
}
