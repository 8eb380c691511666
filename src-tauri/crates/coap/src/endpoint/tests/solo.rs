//! One endpoint and a peer played by hand. What comes out is read as lines:
//! `CON 0.01`, `response 2.05 "22"`, `failed: …`.

use std::time::Duration;

use clock::Instant;

use crate::endpoint::Endpoint;
use crate::message::{Kind, Message};
use crate::option;
use crate::output::{ExchangeId, NotificationId, Output, RequestId};
use crate::params::{Limits, Parameters};
use crate::request::{Request, Response};
use crate::token::Token;

use super::{LISTENER, peer};

pub(super) struct Solo {
    pub(super) endpoint: Endpoint,
    pub(super) now: Instant,
    /// Everything sent, in order.
    pub(super) sent: Vec<Message>,
    pub(super) requests: Vec<(RequestId, Request)>,
    pub(super) notifications: Vec<NotificationId>,
    pub(super) responses: Vec<Response>,
}

impl Solo {
    pub(super) fn new() -> Self {
        Self::with(Parameters::UDP, Limits::SERVER)
    }

    pub(super) fn with(params: Parameters, limits: Limits) -> Self {
        Self {
            endpoint: Endpoint::new(params, limits, [7; 32]),
            now: Instant::from_micros(1_000_000),
            sent: vec![],
            requests: vec![],
            notifications: vec![],
            responses: vec![],
        }
    }

    /// The peer need not show where it is.
    pub(super) fn trust(&mut self) {
        self.endpoint.trust(LISTENER);
    }

    /// The peer says something.
    pub(super) fn hear(&mut self, message: &Message) -> Vec<String> {
        self.hear_bytes(&message.encode())
    }

    pub(super) fn hear_bytes(&mut self, bytes: &[u8]) -> Vec<String> {
        self.endpoint.handle_datagram(self.now, peer(1), bytes);
        self.drain()
    }

    /// The peer acknowledges the last message.
    pub(super) fn hear_ack(&mut self) -> Vec<String> {
        let mid = self.last().mid;
        self.hear(&Message::empty(Kind::Acknowledgement, mid))
    }

    /// The peer answers the last message in the acknowledgement.
    pub(super) fn hear_answer(&mut self, response: Response) -> Vec<String> {
        let last = self.last();
        let message = answer(Kind::Acknowledgement, last.mid, last.token, response);
        self.hear(&message)
    }

    /// Time passes; every wake-up in it is kept.
    pub(super) fn pass(&mut self, span: Duration) -> Vec<String> {
        let end = self.now + span;
        let mut lines = vec![];
        while let Some(at) = self.endpoint.next_timeout().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.endpoint.handle_timeout(self.now);
            lines.extend(self.drain());
        }
        self.now = end;
        lines
    }

    pub(super) fn ask(&mut self, request: Request) -> Vec<String> {
        self.request(request);
        self.drain()
    }

    pub(super) fn request(&mut self, request: Request) -> ExchangeId {
        self.endpoint
            .request(self.now, peer(1), request)
            .expect("room for a request")
    }

    /// Begins an observation that the peer confirms.
    pub(super) fn observe(&mut self, path: &str) -> Token {
        let request = Request::get().segment(path);
        let (_, token) = self
            .endpoint
            .observe(self.now, peer(1), request)
            .expect("room");
        assert_eq!(self.drain(), ["CON 0.01"]);
        assert_eq!(self.last().options.observe(), Some(0));
        assert_eq!(
            self.hear_answer(news(1, "first")),
            ["response 2.05 \"first\""]
        );
        token
    }

    pub(super) fn respond(&mut self, response: Response) -> Vec<String> {
        let (id, _) = self.requests.last().expect("a request to answer").clone();
        self.endpoint.respond(self.now, id, response);
        self.drain()
    }

    /// The last message sent.
    pub(super) fn last(&self) -> &Message {
        self.sent.last().expect("something was sent")
    }

    pub(super) fn drain(&mut self) -> Vec<String> {
        let mut lines = vec![];
        while let Some(output) = self.endpoint.poll() {
            lines.push(self.line(output));
        }
        lines
    }

    fn line(&mut self, output: Output) -> String {
        match output {
            Output::Transmit { bytes, .. } => {
                let message = Message::decode(&bytes).expect("what we send is well-formed");
                let line = format!(
                    "{} {}{}",
                    message.kind.name(),
                    message.code,
                    body(&message.payload)
                );
                self.sent.push(message);
                line
            }
            Output::Request { id, request, .. } => {
                let line = format!("request {}{}", request.code, body(&request.payload));
                self.requests.push((id, request));
                line
            }
            Output::Response { response, .. } => {
                let line = format!("response {}{}", response.code, body(&response.payload));
                self.responses.push(response);
                line
            }
            Output::Failed { failure, .. } => format!("failed: {failure}"),
            Output::Progress { progress, .. } => format!("progress: {progress}"),
            Output::Notification {
                id,
                fresh,
                response,
                ..
            } => {
                self.notifications.push(id);
                let age = if fresh { "fresh" } else { "stale" };
                let line = format!(
                    "notification {age} {}{}",
                    response.code,
                    body(&response.payload)
                );
                self.responses.push(response);
                line
            }
            Output::Delivered { .. } => "delivered".to_owned(),
            Output::Malformed { malformed, .. } => format!("malformed: {}", malformed.reason),
            Output::Unexpected { reason, .. } => format!("unexpected: {reason}"),
        }
    }
}

/// Short bodies in words, long ones by length.
fn body(payload: &[u8]) -> String {
    match payload.len() {
        0 => String::new(),
        1..=80 => format!(" {:?}", String::from_utf8_lossy(payload)),
        length => format!(" {length} bytes"),
    }
}

/// A request of the peer.
pub(super) fn question(kind: Kind, mid: u16, request: Request) -> Message {
    let Request {
        code,
        options,
        payload,
        ..
    } = request;
    Message {
        kind,
        code,
        mid,
        token: Token::from(u64::from(mid)),
        options,
        payload,
    }
}

/// A response of the peer.
pub(super) fn answer(kind: Kind, mid: u16, token: Token, response: Response) -> Message {
    let Response {
        code,
        options,
        payload,
    } = response;
    Message {
        kind,
        code,
        mid,
        token,
        options,
        payload,
    }
}

pub(super) fn content(payload: &str) -> Response {
    Response::new(crate::Code::CONTENT).payload(payload)
}

/// 2.05 with an Observe option.
pub(super) fn news(number: u32, payload: &str) -> Response {
    let mut response = content(payload);
    response.options.set_uint(option::OBSERVE, number);
    response
}

pub(super) const SECOND: Duration = Duration::from_secs(1);
