//! A CoAP endpoint between strangers and its own user, both of whom do anything, while
//! time passes: exchanges, blocks, observations, duplicates.
//!
//! Every exchange ends once, everything sent is well-formed, bodies stay within their
//! limit, and when all time limits have passed nothing is under way.

use crate::choice::Choices;
use crate::exchange::{Wire, Words, peer};
use clock::Instant;
use coap::{
    Code, Endpoint, ExchangeId, Limits, NotificationId, Output, Parameters, Peer, Request,
    RequestId, Response, Token, option,
};
use std::collections::BTreeMap;
use std::time::Duration;

/// A script for one endpoint; one of eight is run twice and must do the same.
pub fn coap_endpoint(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let twice = choices.one_in(8);
    let first = Machine::run(choices, twice);
    if twice {
        assert_eq!(Machine::run(choices, twice), first, "the same twice");
    }
}

struct Machine {
    endpoint: Endpoint,
    now: Instant,
    wire: Wire,
    requests: Vec<RequestId>,
    notifications: Vec<NotificationId>,
    exchanges: Vec<ExchangeId>,
    tokens: Vec<Token>,
    /// Exchanges that have not ended.
    open: BTreeMap<ExchangeId, Peer>,
    /// Non-confirmable notifications, which may fail after they were delivered.
    loose: Vec<ExchangeId>,
    /// Everything that came out, if it is to be compared.
    trace: Option<Vec<Output>>,
}

impl Machine {
    fn run(mut choices: Choices<'_>, traced: bool) -> Vec<Output> {
        let parameters = Parameters {
            block_szx: choices.pick(&[0, 0, 2, 6]),
            nstart: choices.pick(&[1, 1, 3]),
            ..Parameters::UDP
        };
        let mut machine = Self {
            endpoint: Endpoint::new(parameters, LIMITS, [7; 32]),
            now: Instant::ZERO,
            wire: Wire::new(&WORDS),
            requests: Vec::new(),
            notifications: Vec::new(),
            exchanges: Vec::new(),
            tokens: vec![Token::from(1)],
            open: BTreeMap::new(),
            loose: Vec::new(),
            trace: traced.then(Vec::new),
        };
        let mut steps = 0;
        while !choices.is_done() && steps < MOST_STEPS {
            machine.step(&mut choices);
            steps += 1;
        }
        machine.settle();
        machine.trace.unwrap_or_default()
    }

    fn step(&mut self, choices: &mut Choices<'_>) {
        let to = peer(choices.pick(&[0, 0, 0, 0, 0, 0, 1, 2]));
        match choices.below(24) {
            0..10 => {
                let bytes = self.wire.datagram(choices);
                let peers = self.endpoint.peer_count();
                self.endpoint.handle_datagram(self.now, to, &bytes);
                assert!(self.endpoint.peer_count() <= peers.max(LIMITS.peers));
                let sent = self.drain();
                assert!(sent <= MOST_ANSWERS, "{sent} datagrams for one");
                return;
            }
            10..12 => self.respond(choices),
            12 => self.judge(choices),
            13..15 => self.pass(choices.pick(&SPANS)),
            15..20 => self.ask(to, choices),
            _ => self.give_up(to, choices),
        }
        self.drain();
    }

    /// The user asks something of a peer.
    fn ask(&mut self, to: Peer, choices: &mut Choices<'_>) {
        let now = self.now;
        let token = choices.recent(&self.tokens).unwrap_or_default();
        let id = match choices.below(5) {
            0 => self.endpoint.request(now, to, request(choices)),
            1 => {
                let made = self.endpoint.observe(now, to, request(choices));
                self.tokens.extend(made.map(|(_, token)| token));
                made.map(|(id, _)| id)
            }
            2 => self
                .endpoint
                .cancel_active(now, to, token, request(choices)),
            3 => {
                let confirmable = choices.one_in(2);
                let number = u32::from(choices.byte());
                let made =
                    self.endpoint
                        .notify(now, to, token, number, response(choices), confirmable);
                self.loose.extend(made.ok().filter(|_| !confirmable));
                made
            }
            _ => self.endpoint.ping(now, to),
        };
        if let Ok(id) = id {
            assert_eq!(self.open.insert(id, to), None, "an id is given once");
            self.exchanges.push(id);
        }
    }

    /// The user answers a request of a peer, perhaps late, perhaps once more.
    fn respond(&mut self, choices: &mut Choices<'_>) {
        if let Some(id) = choices.recent(&self.requests) {
            let response = response(choices);
            self.endpoint.respond(self.now, id, response);
        }
    }

    /// The user takes a notification, or does not.
    fn judge(&mut self, choices: &mut Choices<'_>) {
        let Some(id) = choices.recent(&self.notifications) else {
            return;
        };
        if choices.one_in(3) {
            self.endpoint.reject_notification(self.now, id);
        } else {
            self.endpoint.acknowledge_notification(self.now, id);
        }
    }

    fn give_up(&mut self, to: Peer, choices: &mut Choices<'_>) {
        let token = choices.recent(&self.tokens).unwrap_or_default();
        match choices.below(6) {
            0 | 1 => {
                if let Some(id) = choices.recent(&self.exchanges) {
                    self.endpoint.cancel_exchange(id);
                    self.open.remove(&id);
                }
            }
            2 => self.endpoint.forget_observation(to, token),
            3 => {
                let from = self.open.keys().next().map_or(to, |id| self.open[id]);
                self.endpoint.move_observation(from, token, to);
            }
            4 => {
                let request = request(choices);
                self.endpoint.restore_observation(to, token, request);
            }
            _ if choices.one_in(4) => {
                self.endpoint.abandon_peer(to);
                self.open.retain(|_, peer| *peer != to);
            }
            _ => {}
        }
    }

    fn pass(&mut self, span: Duration) {
        let end = self.now + span;
        let mut wakes = 0;
        while let Some(at) = self.endpoint.next_timeout().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.endpoint.handle_timeout(self.now);
            self.drain();
            wakes += 1;
            assert!(wakes < MOST_WAKES, "the endpoint never sleeps");
        }
        self.now = end;
    }

    /// Drains the endpoint; says how many datagrams it sent.
    fn drain(&mut self) -> usize {
        let mut sent = 0;
        while let Some(output) = self.endpoint.poll() {
            match &output {
                Output::Transmit { bytes, .. } => {
                    self.wire.note(bytes);
                    sent += 1;
                }
                Output::Request { id, request, .. } => {
                    assert!(request.payload.len() <= LIMITS.body_bytes.max(LARGEST_DATAGRAM));
                    self.requests.push(*id);
                }
                Output::Notification { id, .. } => self.notifications.push(*id),
                Output::Response { id, response, .. } => {
                    assert!(response.payload.len() <= LIMITS.body_bytes.max(LARGEST_DATAGRAM));
                    self.end(*id);
                }
                Output::Failed { id, .. } if self.loose.contains(id) => {
                    self.open.remove(id);
                }
                Output::Failed { id, .. } | Output::Delivered { id, .. } => self.end(*id),
                Output::Progress { id, .. } => assert!(self.open.contains_key(id)),
                Output::Malformed { .. } | Output::Unexpected { .. } => {}
            }
            if let Some(trace) = &mut self.trace {
                trace.push(output);
            }
        }
        // The rest of large notifications is fetched by the endpoint of its own accord.
        let all = self.endpoint.exchange_count();
        let own = all.checked_sub(self.open.len());
        let own = own.expect("no exchange ends in silence");
        assert!(
            own <= self.endpoint.observation_count(),
            "one for each observation"
        );
        sent
    }

    fn end(&mut self, id: ExchangeId) {
        assert!(self.open.remove(&id).is_some(), "{id:?} ended twice");
    }

    /// All time limits pass.
    fn settle(&mut self) {
        self.pass(LONG);
        assert_eq!(self.open, BTreeMap::new(), "these never ended");
        assert_eq!(self.endpoint.exchange_count(), 0);
        assert_eq!(self.endpoint.next_timeout(), None, "nothing more is due");
    }
}

fn body(choices: &mut Choices<'_>) -> Vec<u8> {
    let length = [0, 4, 16, 17, 60, 120, 200][choices.below(7)];
    vec![choices.byte() % 3; length]
}

fn request(choices: &mut Choices<'_>) -> Request {
    let code = choices.pick(&[Code::GET, Code::POST, Code::FETCH, Code::PUT]);
    Request {
        confirmable: !choices.one_in(4),
        ..Request::new(code).segment("a").payload(body(choices))
    }
}

fn response(choices: &mut Choices<'_>) -> Response {
    let code = choices.pick(&[Code::CONTENT, Code::CHANGED, Code::NOT_FOUND]);
    let mut response = Response::new(code).payload(body(choices));
    if choices.one_in(2) {
        response
            .options
            .set_uint(option::OBSERVE, u32::from(choices.byte()));
    }
    response
}

const WORDS: Words = Words {
    segments: &["a", "b", ""],
    queries: &["x=1", "y"],
    payloads: &[(0, b"1"), (0, &[7; 16]), (40, &[8; 40])],
};

/// So small that every bound is met.
const LIMITS: Limits = Limits {
    peers: 2,
    waiting_per_peer: 4,
    body_bytes: 100,
    bodies_per_peer: 2,
    reassembly_bytes: 300,
    remembered_per_peer: 4,
    remembered_bytes: 1_000,
    observations: 4,
};

/// Bytes of the largest datagram that a script can hold.
const LARGEST_DATAGRAM: usize = 65_535;

/// Steps of one script.
const MOST_STEPS: usize = 400;

/// Datagrams sent because of one: an acknowledgement, and what was waiting behind it.
const MOST_ANSWERS: usize = 8;

/// Wake-ups in one span.
const MOST_WAKES: usize = 5_000;

const SPANS: [Duration; 5] = [
    Duration::from_millis(100),
    Duration::from_secs(2),
    Duration::from_secs(30),
    Duration::from_secs(100),
    Duration::from_secs(300),
];

/// Longer than everything waits, one request after the other.
const LONG: Duration = Duration::from_secs(100_000);
