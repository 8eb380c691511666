//! Requests of a device, built once and patched: a load source must cost little
//! beside what it measures.

use coap::{Kind, Message, Options, Token, option};

/// What a small device announces.
pub(crate) const LINKS: &str = "</>;ct=\"110 112 11542\",</1/0>,</3/0>,</3303/0>";

/// A message to send again and again under new message ids.
pub(crate) struct Template(Vec<u8>);

impl Template {
    /// From a message; its id is patched later.
    pub(crate) fn new(message: &Message) -> Self {
        Self(message.encode())
    }

    /// The bytes under another message id.
    pub(crate) fn with_mid(&mut self, mid: u16) -> &[u8] {
        self.0[2..4].copy_from_slice(&mid.to_be_bytes());
        &self.0
    }
}

/// A Register.
pub(crate) fn register(endpoint: &str, lifetime_s: u32, mid: u16) -> Message {
    let mut options = Options::new();
    options.push(option::URI_PATH, "rd");
    options.set_uint(option::CONTENT_FORMAT, 40);
    for query in [
        format!("ep={endpoint}"),
        format!("lt={lifetime_s}"),
        "lwm2m=1.1".to_owned(),
        "b=U".to_owned(),
    ] {
        options.push(option::URI_QUERY, query);
    }
    request(coap::Code::POST, mid, options, LINKS.as_bytes().to_vec())
}

/// An Update that changes nothing.
pub(crate) fn update(location: &str, mid: u16) -> Message {
    let mut options = Options::new();
    options.push(option::URI_PATH, "rd");
    options.push(option::URI_PATH, location);
    request(coap::Code::POST, mid, options, Vec::new())
}

fn request(code: coap::Code, mid: u16, options: Options, payload: Vec<u8>) -> Message {
    Message {
        kind: Kind::Confirmable,
        code,
        mid,
        token: Token::from(u64::from(mid)),
        options,
        payload,
    }
}

/// The location that a 2.01 names.
pub(crate) fn location(bytes: &[u8]) -> Option<String> {
    let message = Message::decode(bytes)
        .ok()
        .filter(|message| message.code == coap::Code::CREATED)?;
    let last = message.options.location_path().last()?;
    String::from_utf8(last.to_vec()).ok()
}
