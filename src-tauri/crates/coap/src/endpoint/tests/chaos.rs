//! Messages that are well-formed and make no sense: ids, tokens and blocks drawn
//! from so few that they hit what is under way. Nothing may panic, and when all is
//! over nothing may be left (G-02, G-62).

use std::time::Duration;

use clock::Instant;
use rand_chacha::ChaCha12Rng;
use rand_core::{Rng, SeedableRng};

use super::peer;
use crate::block::Block;
use crate::code::Code;
use crate::endpoint::Endpoint;
use crate::message::{Kind, Message};
use crate::option::{self, Options};
use crate::output::{Output, RequestId};
use crate::params::{Limits, Parameters};
use crate::request::{Request, Response};
use crate::token::Token;
use crate::{ExchangeId, NotificationId};

struct Chaos {
    rng: ChaCha12Rng,
    endpoint: Endpoint,
    now: Instant,
    /// Message ids and tokens of ours, to be answered.
    sent: Vec<(u16, Token)>,
    requests: Vec<RequestId>,
    notifications: Vec<NotificationId>,
    exchanges: Vec<ExchangeId>,
    tokens: Vec<Token>,
}

impl Chaos {
    fn new(seed: u8) -> Self {
        let limits = Limits {
            peers: 1,
            waiting_per_peer: 4,
            body_bytes: 100,
            bodies_per_peer: 2,
            reassembly_bytes: 300,
            remembered_per_peer: 4,
            remembered_bytes: 1_000,
            observations: 4,
        };
        let params = Parameters {
            block_szx: 0,
            ..Parameters::UDP
        };
        Self {
            rng: ChaCha12Rng::from_seed([seed; 32]),
            endpoint: Endpoint::new(params, limits, [seed; 32]),
            now: Instant::ZERO,
            sent: vec![(1, Token::from(1))],
            requests: vec![],
            notifications: vec![],
            exchanges: vec![],
            tokens: vec![Token::from(1)],
        }
    }

    fn below(&mut self, bound: u32) -> u32 {
        self.rng.next_u32() % bound
    }

    fn pick<T: Copy>(&mut self, list: &[T]) -> Option<T> {
        let recent = &list[list.len().saturating_sub(6)..];
        (!recent.is_empty()).then(|| recent[self.rng.next_u32() as usize % recent.len()])
    }

    fn body(&mut self) -> Vec<u8> {
        let length = [0, 4, 16, 16, 17, 60, 120][self.below(7) as usize];
        vec![self.below(3) as u8; length]
    }

    fn options(&mut self) -> Options {
        let mut options = Options::new();
        for number in [option::BLOCK1, option::BLOCK2] {
            if self.below(3) == 0 {
                let block = Block {
                    num: self.below(4),
                    more: self.below(2) == 0,
                    szx: self.below(8) as u8 % 3,
                };
                options.set_uint(number, block.to_value());
            }
        }
        if self.below(3) == 0 {
            let value = self.below(4);
            options.set_uint(option::OBSERVE, value);
        }
        if self.below(6) == 0 {
            let number = [
                option::ETAG,
                option::ECHO,
                option::SIZE1,
                9,
                option::PROXY_URI,
            ][self.below(5) as usize];
            options.push(number, [1]);
        }
        options
    }

    fn message(&mut self) -> Message {
        let kinds = [
            Kind::Confirmable,
            Kind::NonConfirmable,
            Kind::Acknowledgement,
            Kind::Reset,
        ];
        let kind = kinds[self.below(4) as usize];
        let codes = [
            Code::EMPTY,
            Code::GET,
            Code::POST,
            Code::FETCH,
            Code::CONTENT,
            Code::CHANGED,
            Code::CONTINUE,
            Code::UNAUTHORIZED,
            Code::REQUEST_ENTITY_INCOMPLETE,
            Code::REQUEST_ENTITY_TOO_LARGE,
        ];
        let code = codes[self.below(10) as usize];
        let sent = self.sent.clone();
        let (mid, token) = self.pick(&sent).expect("one from the start");
        let mid = if self.below(3) == 0 {
            self.below(6) as u16
        } else {
            mid
        };
        if code == Code::EMPTY {
            return Message::empty(kind, mid);
        }
        let tokens = self.tokens.clone();
        let token = if self.below(3) == 0 {
            self.pick(&tokens).unwrap_or(token)
        } else {
            token
        };
        Message {
            kind,
            code,
            mid,
            token,
            options: self.options(),
            payload: self.body(),
        }
    }

    fn request(&mut self) -> Request {
        let code = [Code::GET, Code::POST, Code::FETCH, Code::PUT][self.below(4) as usize];
        Request {
            confirmable: self.below(3) > 0,
            ..Request::new(code).payload(self.body())
        }
    }

    fn response(&mut self) -> Response {
        let code = [Code::CONTENT, Code::CHANGED, Code::NOT_FOUND][self.below(3) as usize];
        let mut response = Response::new(code).payload(self.body());
        if self.below(2) == 0 {
            response.options.set_uint(option::OBSERVE, 7);
        }
        response
    }

    fn step(&mut self) {
        let (now, to) = (self.now, peer(u8::from(self.below(8) == 0)));
        let (requests, notifications) = (self.requests.clone(), self.notifications.clone());
        let (exchanges, tokens) = (self.exchanges.clone(), self.tokens.clone());
        let token = self.pick(&tokens).expect("one from the start");
        match self.below(24) {
            0 => {
                let request = self.request();
                self.exchanges
                    .extend(self.endpoint.request(now, to, request));
            }
            1 => {
                let request = self.request();
                if let Ok((id, token)) = self.endpoint.observe(now, to, request) {
                    self.exchanges.push(id);
                    self.tokens.push(token);
                }
            }
            2 => {
                let request = self.request();
                self.exchanges
                    .extend(self.endpoint.cancel_active(now, to, token, request));
            }
            3 => {
                let (response, confirmable) = (self.response(), self.below(2) == 0);
                self.exchanges.extend(self.endpoint.notify(
                    now,
                    to,
                    token,
                    3,
                    response,
                    confirmable,
                ));
            }
            4 => self.exchanges.extend(self.endpoint.ping(now, to)),
            5 => self
                .pick(&exchanges)
                .into_iter()
                .for_each(|id| self.endpoint.cancel_exchange(id)),
            6 => self.endpoint.forget_observation(to, token),
            7 if self.below(8) == 0 => self.endpoint.abandon_peer(to),
            7 => self.endpoint.move_observation(to, token, peer(0)),
            8..=10 => {
                let response = self.response();
                self.pick(&requests)
                    .into_iter()
                    .for_each(|id| self.endpoint.respond(now, id, response.clone()));
            }
            11 => {
                let wanted = self.below(4) > 0;
                self.pick(&notifications).into_iter().for_each(|id| {
                    if wanted {
                        self.endpoint.acknowledge_notification(now, id);
                    } else {
                        self.endpoint.reject_notification(now, id);
                    }
                });
            }
            12 => {
                self.now = now + Duration::from_millis(u64::from(self.below(20_000)));
                self.endpoint.handle_timeout(self.now);
            }
            13 => {
                let request = self.request();
                self.endpoint.restore_observation(to, token, request);
            }
            _ => {
                let message = self.message();
                self.endpoint.handle_datagram(now, to, &message.encode());
            }
        }
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(output) = self.endpoint.poll() {
            match output {
                Output::Transmit { bytes, .. } => {
                    let message = Message::decode(&bytes).expect("what we send is well-formed");
                    self.sent.push((message.mid, message.token));
                }
                Output::Request { id, .. } => self.requests.push(id),
                Output::Notification { id, .. } => self.notifications.push(id),
                _ => {}
            }
        }
    }
}

#[test]
fn nonsense_leaves_nothing_behind() {
    let (mut notifications, mut requests) = (0, 0);
    for seed in 0..=200 {
        let mut chaos = Chaos::new(seed);
        for _ in 0..400 {
            chaos.step();
            assert!(chaos.endpoint.ctx.body_bytes <= 300, "seed {seed}");
        }
        while let Some(at) = chaos.endpoint.next_timeout() {
            chaos.now = at;
            chaos.endpoint.handle_timeout(at);
            chaos.drain();
        }
        notifications += chaos.notifications.len();
        requests += chaos.requests.len();
        let Endpoint { peers, ctx, .. } = &chaos.endpoint;
        assert!(ctx.exchanges.is_empty(), "seed {seed}: {:?}", ctx.exchanges);
        assert_eq!((ctx.room.used, ctx.body_bytes), (0, 0), "seed {seed}");
        let observed = |state: &crate::peers::PeerState| {
            state
                .busy
                .as_ref()
                .is_some_and(|busy| !busy.observers.is_empty())
        };
        assert!(
            peers.values().all(observed),
            "seed {seed}: only those stay who observe us"
        );
    }
    let reached = notifications > 500 && requests > 500;
    assert!(
        reached,
        "{notifications} notifications, {requests} requests: the draw must hit"
    );
}
