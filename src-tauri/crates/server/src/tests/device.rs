//! What a device says: its own requests, its answers, its notifications.

use super::bench::{Bench, Owed};
use crate::engine_io::Input;
use coap::{Code, Kind, Message, Options, Response, Token, option};

impl Bench {
    pub(super) fn register(&mut self, queries: &str, links: &str) {
        self.request(Code::POST, &format!("rd?{queries}"), Some(40), links);
    }

    pub(super) fn update(&mut self, queries: &str) {
        self.request(
            Code::POST,
            &format!("rd/{}?{queries}", self.location),
            None,
            "",
        );
    }

    pub(super) fn deregister(&mut self) {
        self.request(Code::DELETE, &format!("rd/{}", self.location), None, "");
    }

    /// A confirmable request for `path?query&query`.
    pub(super) fn request(
        &mut self,
        code: Code,
        target: &str,
        format: Option<u16>,
        payload: impl AsRef<[u8]>,
    ) {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut options = Options::new();
        let segments = path.split('/').filter(|text| !text.is_empty());
        segments.for_each(|text| options.push(option::URI_PATH, text));
        let queries = query.split('&').filter(|text| !text.is_empty());
        queries.for_each(|text| options.push(option::URI_QUERY, text));
        if let Some(format) = format {
            options.set_uint(option::CONTENT_FORMAT, u32::from(format));
        }
        let mid = self.next_mid();
        let token = Token::from(u64::from(mid));
        self.owe(Owed::Response(token));
        let payload = payload.as_ref().to_vec();
        self.hear(&Message {
            kind: Kind::Confirmable,
            code,
            mid,
            token,
            options,
            payload,
        });
    }

    /// The answer to the server's last request, in the acknowledgement.
    pub(super) fn answer(&mut self, response: Response) {
        let asked = self.asked();
        self.respond(Kind::Acknowledgement, asked.mid, asked.token, response);
    }

    /// The same in a message of its own.
    pub(super) fn answer_later(&mut self, response: Response) {
        let (mid, token) = (self.next_mid(), self.asked().token);
        self.respond(Kind::Confirmable, mid, token, response);
    }

    pub(super) fn acknowledge(&mut self) {
        self.hear(&Message::empty(Kind::Acknowledgement, self.asked().mid));
    }

    pub(super) fn reset(&mut self) {
        self.hear(&Message::empty(Kind::Reset, self.asked().mid));
    }

    /// A notification of the last observation.
    pub(super) fn notify(&mut self, kind: Kind, number: u32, mut response: Response) {
        response.options.set_uint(option::OBSERVE, number);
        let mid = self.next_mid();
        if kind == Kind::Confirmable {
            self.owe(Owed::Acknowledgement(mid));
        }
        self.respond(kind, mid, self.token, response);
    }

    /// Any message with a response code.
    pub(super) fn respond(&mut self, kind: Kind, mid: u16, token: Token, response: Response) {
        let Response {
            code,
            options,
            payload,
        } = response;
        self.hear(&Message {
            kind,
            code,
            mid,
            token,
            options,
            payload,
        });
    }

    pub(super) fn hear(&mut self, message: &Message) {
        self.hear_bytes(&message.encode());
    }

    pub(super) fn hear_bytes(&mut self, bytes: &[u8]) {
        bytes.clone_into(&mut self.last_heard);
        self.repeat();
    }

    /// The last message that a device sent.
    pub(super) fn last_message(&self) -> Message {
        Message::decode(&self.last_heard).expect("a sound message")
    }

    /// The last message once more.
    pub(super) fn repeat_if_any(&mut self) {
        if !self.last_heard.is_empty() {
            self.repeat();
        }
    }

    /// The same.
    pub(super) fn repeat(&mut self) {
        let bytes = self.last_heard.clone();
        self.handle(Input::Datagram {
            peer: self.here,
            bytes: &bytes,
        });
    }

    /// The last request that the server sent to this device.
    pub(super) fn asked(&self) -> Message {
        let mut asked = self.sent.iter().rev().filter(|(to, _)| *to == self.here);
        let asked = asked.find(|(_, message)| message.code.is_request());
        asked.expect("the server asked something").1.clone()
    }
}

/// A 2.05 in a format.
pub(super) fn content(format: u16, payload: impl AsRef<[u8]>) -> Response {
    Response::new(Code::CONTENT)
        .content_format(format)
        .payload(payload.as_ref())
}

/// A response that carries the number of a notification.
pub(super) fn observing(number: u32, mut response: Response) -> Response {
    response.options.set_uint(option::OBSERVE, number);
    response
}
