//! Two endpoints and a network between them, in virtual time. All chance comes from
//! one seed, so that a failing run can be run again.

use std::collections::BTreeMap;
use std::time::Duration;

use clock::Instant;
use rand_chacha::ChaCha12Rng;
use rand_core::{Rng, SeedableRng};

use crate::endpoint::Endpoint;
use crate::output::{NotificationId, Output, RequestId};
use crate::params::{Limits, Parameters};
use crate::peer::Peer;
use crate::request::{Request, Response};

use super::peer;

/// What the network does to datagrams, in thousandths.
#[derive(Clone, Copy)]
pub(super) struct Weather {
    pub(super) loss: u32,
    pub(super) duplicates: u32,
    pub(super) reordered: u32,
}

pub(super) const FAIR: Weather = Weather {
    loss: 0,
    duplicates: 0,
    reordered: 0,
};

/// What a node's owner does with a request: the answer, and after how long.
pub(super) type Answerer = Box<dyn FnMut(&Request) -> (Duration, Response)>;

pub(super) struct Node {
    pub(super) endpoint: Endpoint,
    pub(super) seen: Vec<Output>,
    answerer: Answerer,
    /// How long it takes to acknowledge a notification.
    pub(super) commit: Duration,
}

pub(super) struct Network {
    pub(super) now: Instant,
    pub(super) nodes: [Node; 2],
    pub(super) datagrams: u64,
    weather: Weather,
    rng: ChaCha12Rng,
    events: BTreeMap<(Instant, u64), Event>,
    count: u64,
}

enum Event {
    Arrive {
        to: usize,
        bytes: Vec<u8>,
    },
    Respond {
        node: usize,
        id: RequestId,
        response: Response,
    },
    Acknowledge {
        node: usize,
        id: NotificationId,
    },
}

pub(super) const SERVER: usize = 0;
pub(super) const DEVICE: usize = 1;

impl Network {
    pub(super) fn new(seed: u64, weather: Weather, device: Answerer) -> Self {
        Self::with(seed, weather, Parameters::UDP, device)
    }

    /// `device` are the parameters of the device alone.
    pub(super) fn with(seed: u64, weather: Weather, params: Parameters, device: Answerer) -> Self {
        let server = Box::new(|_: &Request| (Duration::ZERO, Response::new(crate::Code::CHANGED)));
        let node = |params, limits, salt, answerer| Node {
            endpoint: Endpoint::new(params, limits, seed_bytes(seed, salt)),
            seen: vec![],
            answerer,
            commit: Duration::from_millis(20),
        };
        Self {
            now: Instant::ZERO,
            nodes: [
                node(Parameters::UDP, Limits::SERVER, 1, server),
                node(params, Limits::DEVICE, 2, device),
            ],
            datagrams: 0,
            weather,
            rng: ChaCha12Rng::from_seed(seed_bytes(seed, 0)),
            events: BTreeMap::new(),
            count: 0,
        }
    }

    /// The address of the other node, as this one sees it.
    pub(super) fn other(node: usize) -> Peer {
        peer(if node == SERVER { 2 } else { 1 })
    }

    /// The server asks the device.
    pub(super) fn ask(&mut self, request: Request) -> crate::ExchangeId {
        let now = self.now;
        let id = self.nodes[SERVER]
            .endpoint
            .request(now, Self::other(SERVER), request)
            .expect("room");
        self.drain();
        id
    }

    /// Lets things happen for at most `span`.
    pub(super) fn run(&mut self, span: Duration) {
        let end = self.now + span;
        self.drain();
        while let Some(at) = self.next().filter(|at| *at <= end) {
            self.now = at;
            let due = self
                .events
                .first_key_value()
                .filter(|((at, _), _)| *at <= self.now)
                .map(|(key, _)| *key);
            match due.and_then(|key| self.events.remove(&key)) {
                Some(Event::Arrive { to, bytes }) => {
                    self.nodes[to]
                        .endpoint
                        .handle_datagram(self.now, Self::other(to), &bytes);
                }
                Some(Event::Respond { node, id, response }) => {
                    self.nodes[node].endpoint.respond(self.now, id, response);
                }
                Some(Event::Acknowledge { node, id }) => {
                    self.nodes[node]
                        .endpoint
                        .acknowledge_notification(self.now, id);
                }
                None => {
                    for node in &mut self.nodes {
                        node.endpoint.handle_timeout(self.now);
                    }
                }
            }
            self.drain();
        }
        self.now = end;
    }

    fn next(&self) -> Option<Instant> {
        let event = self.events.first_key_value().map(|((at, _), _)| *at);
        let timers = self
            .nodes
            .iter()
            .filter_map(|node| node.endpoint.next_timeout());
        event
            .into_iter()
            .chain(timers)
            .min()
            .map(|at| at.max(self.now))
    }

    fn drain(&mut self) {
        for node in [SERVER, DEVICE] {
            while let Some(output) = self.nodes[node].endpoint.poll() {
                self.take(node, output);
            }
        }
    }

    fn take(&mut self, node: usize, output: Output) {
        match &output {
            Output::Transmit { bytes, .. } => return self.send(1 - node, bytes.clone()),
            Output::Request { id, request, .. } => {
                let (delay, response) = (self.nodes[node].answerer)(request);
                self.plan(
                    delay,
                    Event::Respond {
                        node,
                        id: *id,
                        response,
                    },
                );
            }
            Output::Notification { id, .. } => {
                let commit = self.nodes[node].commit;
                self.plan(commit, Event::Acknowledge { node, id: *id });
            }
            _ => {}
        }
        self.nodes[node].seen.push(output);
    }

    fn send(&mut self, to: usize, bytes: Vec<u8>) {
        self.datagrams += 1;
        let copies = if self.chance(self.weather.duplicates) {
            2
        } else {
            1
        };
        for _ in 0..copies {
            if self.chance(self.weather.loss) {
                continue;
            }
            let late = if self.chance(self.weather.reordered) {
                3_000
            } else {
                0
            };
            let delay = Duration::from_millis(20 + late);
            self.plan(
                delay,
                Event::Arrive {
                    to,
                    bytes: bytes.clone(),
                },
            );
        }
    }

    fn plan(&mut self, delay: Duration, event: Event) {
        self.count += 1;
        self.events.insert((self.now + delay, self.count), event);
    }

    fn chance(&mut self, per_mille: u32) -> bool {
        self.rng.next_u32() % 1_000 < per_mille
    }
}

/// A seed for one of those who share a number.
fn seed_bytes(seed: u64, whose: u8) -> [u8; 32] {
    let mut bytes = [whose; 32];
    if let Some((number, _)) = bytes.split_first_chunk_mut() {
        *number = seed.to_le_bytes();
    }
    bytes
}
