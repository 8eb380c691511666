//! One device against a scripted server: a real endpoint with a few lines of
//! registration behind it, in virtual time, without loss.

mod behaviour;
mod observation;
mod operations;
mod registration;

use crate::{Command, Device, Event, Input, Output, Profile, ProfileKind};
use clock::{Instant, Now, UnixTime};
use coap::{
    Code, Endpoint, ExchangeId, Limits, ListenerId, Parameters, Peer, Request, RequestId, Response,
    Token,
};
use lwm2m::{Format, Path, Reading, Value, codec};
use std::collections::VecDeque;
use std::time::Duration;

/// Noon of a day in November 2023.
const NOON_MS: i64 = 1_700_000_000_000;

/// What the server answers to requests of the device.
type Script = fn(&Request, usize) -> Option<Response>;

struct Bench {
    device: Device,
    server: Endpoint,
    at: Instant,
    script: Script,
    /// Requests of the device as method, path and queries, with their bodies.
    asked: Vec<(String, Vec<u8>)>,
    /// Requests of the device that the script left without an answer.
    unanswered: Vec<RequestId>,
    events: Vec<Event>,
    /// Notifications as token, time and response.
    notified: Vec<(Token, Duration, Response)>,
    /// Whether notifications are rejected with a Reset.
    rejects: bool,
    /// Whether the server hears anything at all.
    deaf: bool,
    done: Option<(ExchangeId, Result<Response, String>)>,
    /// How often the device was woken.
    wakes: u32,
}

fn peer(number: u8) -> Peer {
    Peer::new(ListenerId(0), &[number]).expect("a short address")
}

const SERVER: u8 = 1;
const DEVICE: u8 = 2;

/// Accepts everything.
fn accept(request: &Request, count: usize) -> Option<Response> {
    let first = request.options.uri_path().next().map(<[u8]>::to_vec);
    let deeper = request.options.uri_path().count() > 1;
    Some(match (request.code, first.as_deref(), deeper) {
        (Code::POST, Some(b"rd"), false) => {
            let id = format!("id{count}");
            Response::new(Code::CREATED).location("rd").location(&id)
        }
        (Code::POST, Some(b"rd" | b"dp"), _) => Response::new(Code::CHANGED),
        (Code::DELETE, Some(b"rd"), true) => Response::new(Code::DELETED),
        _ => Response::new(Code::NOT_FOUND),
    })
}

fn now(at: Instant) -> Now {
    let unix = UnixTime::from_millis(NOON_MS) + at.since(Instant::ZERO);
    Now { instant: at, unix }
}

impl Bench {
    fn new(profile: Profile) -> Self {
        let device = Device::new(profile, peer(SERVER), [7; 32], now(Instant::ZERO));
        Self {
            device,
            server: Endpoint::new(Parameters::UDP, Limits::SERVER, [9; 32]),
            at: Instant::ZERO,
            script: accept,
            asked: Vec::new(),
            unanswered: Vec::new(),
            events: Vec::new(),
            notified: Vec::new(),
            rejects: false,
            deaf: false,
            done: None,
            wakes: 0,
        }
    }

    /// A registered device; what happened so far is forgotten.
    fn registered(profile: Profile) -> Self {
        let mut bench = Self::new(profile);
        bench.run(1);
        assert!(bench.device.is_registered(), "{:?}", bench.events);
        bench.forget();
        bench
    }

    fn of(kind: ProfileKind) -> Self {
        Self::registered(Profile::new(kind, "urn:dev:test"))
    }

    fn forget(&mut self) {
        self.asked.clear();
        self.events.clear();
        self.notified.clear();
        self.wakes = 0;
    }

    fn command(&mut self, command: Command) {
        self.step(Input::Command(command));
        self.run_until(self.at);
    }

    /// Lets that many seconds pass.
    fn run(&mut self, seconds: u64) {
        self.run_until(self.at + Duration::from_secs(seconds));
    }

    fn run_until(&mut self, end: Instant) {
        self.step(Input::Wake);
        while let Some(next) = self.next().filter(|next| *next <= end) {
            self.at = self.at.max(next);
            self.wakes += 1;
            assert!(self.wakes < 200_000, "the device never sleeps");
            self.server.handle_timeout(self.at);
            self.step(Input::Wake);
        }
        self.at = end;
    }

    fn next(&mut self) -> Option<Instant> {
        let Output::WakeAt(device) = self.device.poll() else {
            panic!("the device is drained after each step");
        };
        [device, self.server.next_timeout()]
            .into_iter()
            .flatten()
            .min()
    }

    /// Hands one input over and carries datagrams until nobody says anything.
    fn step(&mut self, input: Input<'_>) {
        self.device.handle(now(self.at), input);
        loop {
            let mut to_device = VecDeque::new();
            let mut quiet = true;
            loop {
                match self.device.poll() {
                    Output::Transmit { peer: to, bytes } => {
                        assert_eq!(to, self.device_server());
                        quiet = false;
                        if !self.deaf && to == peer(SERVER) {
                            self.server.handle_datagram(self.at, peer(DEVICE), &bytes);
                        }
                    }
                    Output::Event(event) => self.events.push(event),
                    Output::WakeAt(_) => break,
                }
            }
            while let Some(output) = self.server.poll() {
                quiet = false;
                self.serve(output, &mut to_device);
            }
            for bytes in to_device {
                let from = peer(SERVER);
                let input = Input::Datagram {
                    peer: from,
                    bytes: &bytes,
                };
                self.device.handle(now(self.at), input);
            }
            if quiet {
                return;
            }
        }
    }

    fn device_server(&self) -> Peer {
        self.device.server()
    }

    fn serve(&mut self, output: coap::Output, to_device: &mut VecDeque<Vec<u8>>) {
        match output {
            coap::Output::Transmit { bytes, .. } => to_device.push_back(bytes),
            coap::Output::Request { id, request, .. } => {
                let count = self.asked.len();
                self.asked.push((line(&request), request.payload.clone()));
                match (self.script)(&request, count) {
                    Some(response) => self.server.respond(self.at, id, response),
                    None => self.unanswered.push(id),
                }
            }
            coap::Output::Response { id, response, .. } => self.done = Some((id, Ok(response))),
            coap::Output::Failed { id, failure, .. } => {
                self.done = Some((id, Err(failure.to_string())));
            }
            coap::Output::Notification {
                id,
                token,
                response,
                ..
            } => {
                if self.rejects {
                    self.server.reject_notification(self.at, id);
                } else {
                    self.server.acknowledge_notification(self.at, id);
                }
                self.notified
                    .push((token, self.at.since(Instant::ZERO), response));
            }
            _ => {}
        }
    }

    /// Asks the device and waits for the answer.
    fn ask(&mut self, request: Request) -> Response {
        self.try_ask(request).expect("an answer")
    }

    fn try_ask(&mut self, request: Request) -> Result<Response, String> {
        let id = self
            .server
            .request(self.at, peer(DEVICE), request)
            .expect("room");
        self.wait_for(id)
    }

    fn observe(&mut self, request: Request) -> (Token, Response) {
        let (id, token) = self
            .server
            .observe(self.at, peer(DEVICE), request)
            .expect("room");
        (token, self.wait_for(id).expect("an answer"))
    }

    fn wait_for(&mut self, id: ExchangeId) -> Result<Response, String> {
        self.done = None;
        for _ in 0..1_000 {
            self.step(Input::Wake);
            if let Some((_, result)) = self.done.take_if(|(done, _)| *done == id) {
                return result;
            }
            let next = self.next().expect("somebody waits");
            self.run_until(next);
            if let Some((_, result)) = self.done.take_if(|(done, _)| *done == id) {
                return result;
            }
        }
        panic!("no answer and no failure");
    }

    /// The one value at a path as the server reads it.
    fn read(&mut self, path: &str) -> Value {
        let response = self.ask(get(path).accept(Format::SenmlCbor.id()));
        let [reading] = &self.decode(path, &response)[..] else {
            panic!("{path} has one value, not {response:?}");
        };
        reading.value.clone()
    }

    fn decode(&self, path: &str, response: &Response) -> Vec<Reading> {
        assert_eq!(response.code, Code::CONTENT, "{}", words(response));
        let format = response.options.content_format().and_then(Format::from_id);
        let format = format.expect("a content-format");
        let base: Path = path.parse().expect("a path");
        let types = &self.device.tree();
        let decoded = codec::decode(format, &response.payload, base, *types).expect("readable");
        assert_eq!(decoded.deviations, []);
        decoded.readings
    }

    fn write(&mut self, path: &str, value: Value) -> Response {
        let place: Path = path.parse().expect("a path");
        let payload = codec::encode(Format::Tlv, place, &[Reading::new(place, value)]);
        let request = put(path).content_format(Format::Tlv.id());
        self.ask(request.payload(payload.expect("writable")))
    }

    fn execute(&mut self, path: &str) -> Code {
        self.ask(post(path)).code
    }

    fn asked_lines(&self) -> Vec<&str> {
        self.asked.iter().map(|(line, _)| line.as_str()).collect()
    }

    /// How many seconds after the start each notification came.
    fn notified_at(&self) -> Vec<u64> {
        self.notified
            .iter()
            .map(|(_, at, _)| at.as_secs())
            .collect()
    }
}

/// `POST /rd?ep=a&lt=300`.
fn line(request: &Request) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let path: String = request
        .options
        .uri_path()
        .map(|s| format!("/{}", text(s)))
        .collect();
    let queries: Vec<String> = request.options.uri_query().map(text).collect();
    let mark = if queries.is_empty() { "" } else { "?" };
    format!("{} {path}{mark}{}", request.code.name(), queries.join("&"))
}

fn at(mut request: Request, path: &str) -> Request {
    for segment in path.split('/').filter(|segment| !segment.is_empty()) {
        request = request.segment(segment);
    }
    request
}

fn get(path: &str) -> Request {
    at(Request::get(), path)
}

fn post(path: &str) -> Request {
    at(Request::post(), path)
}

fn put(path: &str) -> Request {
    at(Request::new(Code::PUT), path)
}

fn delete(path: &str) -> Request {
    at(Request::new(Code::DELETE), path)
}

fn words(response: &Response) -> String {
    let text = String::from_utf8_lossy(&response.payload);
    format!("{} {text}", response.code)
}

fn text(response: &Response) -> String {
    String::from_utf8(response.payload.clone()).expect("text")
}
