//! The devices at work: the product's own simulated client on real sockets, one thread for all.
//! Each updates its registration, sends values unasked, answers what is asked, and reports a value
//! that never comes twice in confirmable notifications.
//!
//! What the server acknowledged is kept per device; whatever a device complains of is a fault.

use super::random::Random;
use super::{OBSERVED, Plan};
use clock::{Instant, Now, UnixTime};
use coap::{Code, Kind, ListenerId, Message, Peer};
use device::{Command, Device, Event, Input, Output, Profile, ProfileKind};
use lwm2m::codec::{self, Types};
use lwm2m::{Format, Kind as ValueKind, Path, Value};
use mio::{Events, Interest, Poll, Token};
use std::collections::{BTreeMap, VecDeque};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// All devices.
#[derive(Debug)]
pub(super) struct Fleet {
    units: Vec<Arc<Unit>>,
    heard: Arc<Mutex<VecDeque<Vec<u8>>>>,
    at_work: Arc<AtomicBool>,
    alive: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// One device, as everybody but its own thread sees it.
#[derive(Debug)]
pub(super) struct Unit {
    pub(super) endpoint: String,
    /// The device's own socket: what is sent through it comes from its address.
    pub(super) socket: UdpSocket,
    known: Mutex<Known>,
}

/// What is known of a device.
#[derive(Clone, Default, Debug)]
pub(super) struct Known {
    pub(super) registered: u64,
    pub(super) updated: u64,
    pub(super) sent: u64,
    pub(super) written: u64,
    /// Values of notifications that the server acknowledged.
    pub(super) acknowledged: Vec<f64>,
    /// What went wrong.
    pub(super) faults: Vec<String>,
    /// Values of notifications that wait for their acknowledgement, by message id.
    waiting: BTreeMap<u16, f64>,
    /// The latest message ids of the device and of the server.
    mids: (u16, u16),
}

impl Fleet {
    /// Switches all devices on.
    pub(super) fn start(plan: Plan, server: SocketAddr) -> Self {
        let units: Vec<Arc<Unit>> = (0..plan.devices)
            .map(|number| Arc::new(Unit::new(number, server)))
            .collect();
        let heard = Arc::new(Mutex::new(VecDeque::new()));
        let at_work = Arc::new(AtomicBool::new(true));
        let alive = Arc::new(AtomicBool::new(true));
        let mut crew = Crew::new(plan, &units, heard.clone());
        let (works, lives) = (at_work.clone(), alive.clone());
        let thread = std::thread::spawn(move || {
            while lives.load(Ordering::Relaxed) {
                crew.turn(works.load(Ordering::Relaxed));
            }
        });
        Self {
            units,
            heard,
            at_work,
            alive,
            thread: Some(thread),
        }
    }

    pub(super) fn units(&self) -> &[Arc<Unit>] {
        &self.units
    }

    pub(super) fn endpoints(&self) -> Vec<String> {
        let names = self.units.iter().map(|unit| unit.endpoint.clone());
        names.collect()
    }

    pub(super) fn are_registered(&self) -> bool {
        self.units.iter().all(|unit| unit.known().registered > 0)
    }

    /// The latest answers and notifications of the devices.
    pub(super) fn heard(&self) -> Vec<Vec<u8>> {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.iter().cloned().collect()
    }

    /// Lets the devices do nothing more of their own accord, and waits until what they began has
    /// come to its end. They go on to answer.
    pub(super) fn rest(&self) {
        self.at_work.store(false, Ordering::Relaxed);
        let open = || self.units.iter().any(|unit| unit.known().is_busy());
        let deadline = std::time::Instant::now() + REST_WITHIN;
        while open() && std::time::Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        self.alive.store(false, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Unit {
    fn new(number: usize, server: SocketAddr) -> Self {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("the system gives a socket");
        socket
            .connect(server)
            .expect("a socket can be bound to its peer");
        socket
            .set_nonblocking(true)
            .expect("a socket need not block");
        Self {
            endpoint: format!("at-work-{number:03}"),
            socket,
            known: Mutex::default(),
        }
    }

    pub(super) fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn is_busy(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Whether a message id is neither the device's nor the server's for a long time: messages
    /// with it cannot be taken for those of the exchanges under way.
    pub(super) fn is_foreign(&self, mid: u16) -> bool {
        let (own, servers) = self.mids;
        [own, servers]
            .iter()
            .all(|used| (FAR..u16::MAX - FAR).contains(&mid.wrapping_sub(*used)))
    }

    fn device_sends(&mut self, message: &Message) {
        if matches!(message.kind, Kind::Confirmable | Kind::NonConfirmable) {
            self.mids.0 = message.mid;
        }
        let reports = message.kind == Kind::Confirmable && message.options.observe().is_some();
        if let Some(value) = value_of(message).filter(|_| reports) {
            self.waiting.insert(message.mid, value);
        }
    }

    fn device_hears(&mut self, message: &Message) {
        match message.kind {
            Kind::Acknowledgement if message.code == Code::EMPTY => {
                let value = self.waiting.remove(&message.mid);
                self.acknowledged.extend(value);
            }
            Kind::Reset => {
                if let Some(value) = self.waiting.remove(&message.mid) {
                    self.faults
                        .push(format!("the notification of {value} was reset"));
                }
            }
            Kind::Confirmable | Kind::NonConfirmable => self.mids.1 = message.mid,
            Kind::Acknowledgement => {}
        }
    }

    fn device_says(&mut self, event: Event) {
        match event {
            Event::Registered { .. } => self.registered += 1,
            Event::Updated => self.updated += 1,
            Event::Sent => self.sent += 1,
            Event::Written { .. } => self.written += 1,
            Event::Observed { .. } => {}
            Event::ObservationCancelled { path } if path.to_string() != OBSERVED => {}
            complaint => self.faults.push(format!("{complaint:?}")),
        }
    }
}

/// The value that a notification carries.
fn value_of(message: &Message) -> Option<f64> {
    let format = message.options.content_format().and_then(Format::from_id)?;
    let base: Path = OBSERVED.parse().expect("a path");
    let decoded = codec::decode(format, &message.payload, base, &Numbers).ok()?;
    match decoded.readings.first()?.value {
        Value::Float(value) => Some(value),
        _ => None,
    }
}

/// Everything is a number: what is observed is one.
struct Numbers;

impl Types for Numbers {
    fn kind(&self, _: u16, _: u16) -> Option<ValueKind> {
        Some(ValueKind::Float)
    }

    fn is_multiple(&self, _: u16, _: u16) -> Option<bool> {
        Some(false)
    }
}

/// The thread of all devices.
struct Crew {
    members: Vec<Member>,
    poll: Poll,
    events: Events,
    began: std::time::Instant,
    heard: Arc<Mutex<VecDeque<Vec<u8>>>>,
}

/// One device, as its thread sees it.
struct Member {
    unit: Arc<Unit>,
    device: Device,
    socket: mio::net::UdpSocket,
    wake: Option<Instant>,
    next_value: Instant,
    next_update: Instant,
    next_send: Instant,
    value: f64,
}

impl Crew {
    fn new(plan: Plan, units: &[Arc<Unit>], heard: Arc<Mutex<VecDeque<Vec<u8>>>>) -> Self {
        let poll = Poll::new().expect("the system can wait for sockets");
        let mut random = Random::new(plan.seed, 1);
        let now = now_after(Duration::ZERO);
        let mut members = Vec::new();
        for (number, unit) in units.iter().enumerate() {
            let socket = unit.socket.try_clone().expect("a socket can be shared");
            let mut socket = mio::net::UdpSocket::from_std(socket);
            poll.registry()
                .register(&mut socket, Token(number), Interest::READABLE)
                .expect("a socket can be waited for");
            let device = Device::new(profile(&unit.endpoint), server(), random.seed(), now);
            let stagger = EVERY_VALUE * u32::try_from(number % 16).unwrap_or(0) / 16;
            members.push(Member {
                unit: unit.clone(),
                device,
                socket,
                wake: Some(now.instant),
                next_value: now.instant + EVERY_VALUE + stagger,
                next_update: now.instant + EVERY_UPDATE + stagger,
                next_send: now.instant + EVERY_SEND + stagger,
                value: 0.0,
            });
        }
        Self {
            members,
            poll,
            events: Events::with_capacity(256),
            began: std::time::Instant::now(),
            heard,
        }
    }

    /// Hears what has come and does what is due.
    fn turn(&mut self, at_work: bool) {
        let _ = self.poll.poll(&mut self.events, Some(TURN));
        let now = now_after(self.began.elapsed());
        let ready: Vec<usize> = self.events.iter().map(|event| event.token().0).collect();
        for number in ready {
            self.members[number].hear(now, &self.heard);
        }
        for member in &mut self.members {
            member.work(now, at_work, &self.heard);
        }
    }
}

impl Member {
    fn hear(&mut self, now: Now, heard: &Mutex<VecDeque<Vec<u8>>>) {
        let mut buffer = [0; 2_048];
        while let Ok(length) = self.socket.recv(&mut buffer) {
            let bytes = &buffer[..length];
            if let Ok(message) = Message::decode(bytes) {
                self.unit.known().device_hears(&message);
            }
            let peer = server();
            self.tell(now, Input::Datagram { peer, bytes }, heard);
        }
    }

    fn work(&mut self, now: Now, at_work: bool, heard: &Mutex<VecDeque<Vec<u8>>>) {
        if self.wake.is_some_and(|at| at <= now.instant) {
            self.tell(now, Input::Wake, heard);
        }
        if !at_work || !self.device.is_registered() {
            return;
        }
        if self.next_value <= now.instant {
            self.next_value = now.instant + EVERY_VALUE;
            self.value += 0.25;
            let path = OBSERVED.parse().expect("a path");
            let value = Value::Float(self.value);
            self.command(now, Command::Set { path, value }, heard);
        }
        if self.next_update <= now.instant {
            self.next_update = now.instant + EVERY_UPDATE;
            self.command(now, Command::Update, heard);
        }
        if self.next_send <= now.instant {
            self.next_send = now.instant + EVERY_SEND;
            let paths = vec![Path::Resource(3, 0, 9)];
            self.command(now, Command::Send { paths }, heard);
        }
    }

    fn command(&mut self, now: Now, command: Command, heard: &Mutex<VecDeque<Vec<u8>>>) {
        self.tell(now, Input::Command(command), heard);
    }

    fn tell(&mut self, now: Now, input: Input<'_>, heard: &Mutex<VecDeque<Vec<u8>>>) {
        self.device.handle(now, input);
        loop {
            match self.device.poll() {
                Output::Transmit { bytes, .. } => self.transmit(bytes, heard),
                Output::Event(event) => self.unit.known().device_says(event),
                Output::WakeAt(at) => {
                    self.wake = at;
                    return;
                }
            }
        }
    }

    fn transmit(&self, bytes: Vec<u8>, heard: &Mutex<VecDeque<Vec<u8>>>) {
        if let Ok(message) = Message::decode(&bytes) {
            self.unit.known().device_sends(&message);
            // What the system does not take is lost, as on any network.
            let _ = self.socket.send(&bytes);
            if message.code.is_response() {
                let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
                heard.push_front(bytes);
                heard.truncate(MOST_HEARD);
            }
        } else {
            let words = format!("the device sent nonsense: {bytes:02X?}");
            self.unit.known().faults.push(words);
        }
    }
}

fn profile(endpoint: &str) -> Profile {
    Profile {
        notify_confirmable_every: 1,
        sample_every: Duration::from_millis(200),
        ..Profile::new(ProfileKind::Sensor, endpoint)
    }
}

/// The server as the devices name it: they have only one.
fn server() -> Peer {
    Peer::new(ListenerId(0), &[1]).expect("one byte is an address")
}

fn now_after(span: Duration) -> Now {
    let unix = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default();
    Now {
        instant: Instant::ZERO + span,
        unix: UnixTime::from_micros(i64::try_from(unix.as_micros()).unwrap_or(i64::MAX)),
    }
}

/// The time between two values, two Updates and two Sends of a device.
const EVERY_VALUE: Duration = Duration::from_millis(500);
const EVERY_UPDATE: Duration = Duration::from_secs(3);
const EVERY_SEND: Duration = Duration::from_secs(7);

/// The longest time between two looks at what is due.
const TURN: Duration = Duration::from_millis(10);

/// Longer than a confirmable message is sent again (RFC 7252 §4.8.2).
const REST_WITHIN: Duration = Duration::from_secs(100);

/// Datagrams of the devices that are kept for the noise.
const MOST_HEARD: usize = 256;

/// Distance from the message ids in use.
const FAR: u16 = 0x2000;
