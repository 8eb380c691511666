//! What is sent in the name of a forged address: requests of every kind, hellos in every state
//! of health, and what is neither. Small ones above all, because they get the most for a byte.

use clock::{Now, UnixTime};
use coap::option::{BLOCK1, BLOCK2, CONTENT_FORMAT, OBSERVE, PROXY_URI, SIZE1};
use coap::{Code, Kind, Message, Request, Token};
use secure::{Client, ClientConfig, ClientCredential, ClientInput, ClientOutput, Secret};

/// What is sent in the name of one address: datagrams, in order.
pub(super) struct Script {
    pub(super) what: String,
    pub(super) datagrams: Vec<Vec<u8>>,
}

/// Requests of every kind that the server knows, small ones above all.
pub(super) fn plain() -> Vec<Script> {
    let register = |queries: &[&str], links: &str| {
        let request = queries
            .iter()
            .fold(Request::post().segment("rd"), |request, query| {
                request.query(query)
            });
        request.content_format(40).payload(links)
    };
    let with = |mut request: Request, number: u16, value: &[u8]| {
        request.options.push(number, value);
        request
    };
    let device = ["ep=a", "lt=60", "lwm2m=1.1", "b=U"];
    let links = "</1/0>,</3/0>,</3303/0>";
    let block = |bits: u8| with(register(&device, "</3/0>,</3303/0"), BLOCK1, &[bits]);
    let requests = [
        ("a GET of nothing", Request::get()),
        ("a GET of /rd", Request::get().segment("rd")),
        (
            "a GET of /.well-known/core",
            Request::get().path([".well-known", "core"]),
        ),
        ("a POST to /rd", Request::post().segment("rd")),
        (
            "a Register without links",
            Request::post().segment("rd").query("ep=b"),
        ),
        ("a Register", register(&device, links)),
        (
            "a Register of another version",
            register(&["ep=c", "lwm2m=9"], links),
        ),
        (
            "a Register with a wrong lifetime",
            register(&["ep=d", "lt=x"], links),
        ),
        ("a Register with wrong links", register(&["ep=e"], "<")),
        (
            "a Register of a queue",
            register(&["ep=f", "lwm2m=1.1", "Q"], links),
        ),
        ("the first block of a Register", block(0x08)),
        ("the last block of a Register", block(0x10)),
        ("a block with a wrong size", block(0x0f)),
        (
            "a large Register announced",
            with(block(0x0e), SIZE1, &[0xff, 0xff, 0xff]),
        ),
        (
            "a block far behind",
            with(register(&["ep=g"], "<"), BLOCK1, &[0xff, 0xff, 0xf8]),
        ),
        (
            "a GET of a block",
            with(Request::get().segment("rd"), BLOCK2, &[0x10]),
        ),
        (
            "an observation",
            with(Request::get().segment("rd"), OBSERVE, &[]),
        ),
        ("a proxied request", with(Request::get(), PROXY_URI, b"x")),
        ("an unknown critical option", with(Request::get(), 9, &[])),
        (
            "a wrong format",
            with(Request::post().segment("rd"), CONTENT_FORMAT, &[60]),
        ),
        (
            "an Update of nobody",
            Request::post().path(["rd", "0123456789abcdef"]),
        ),
        (
            "a De-register of nobody",
            Request::new(Code::DELETE).path(["rd", "x"]),
        ),
        (
            "a Send",
            Request::post()
                .segment("dp")
                .content_format(110)
                .payload("[]"),
        ),
        (
            "a bootstrap request",
            Request::post().segment("bs").query("ep=h"),
        ),
        ("an unknown method", Request::new(Code::of(0, 30))),
        ("a long path", Request::get().segment(&"x".repeat(200))),
    ];
    let mut scripts = Vec::new();
    for (words, request) in requests {
        for (kind, tail) in [
            (Kind::Confirmable, ""),
            (Kind::NonConfirmable, ", not confirmable"),
        ] {
            let bytes = message(kind, &request, scripts.len()).encode();
            scripts.push(Script::of(format!("{words}{tail}"), vec![bytes.clone()]));
            let again = vec![bytes.clone(), bytes.clone(), bytes];
            scripts.push(Script::of(format!("{words}, three times{tail}"), again));
        }
    }
    let bare: [(&str, &[u8]); 6] = [
        ("a ping", &[0x40, 0, 1, 2]),
        ("a response", &[0x60, 0x45, 1, 3]),
        ("a reset", &[0x70, 0, 1, 4]),
        ("a version that is none", &[0x80, 1, 1, 5]),
        ("a token that is none", &[0x4f, 1, 1, 6]),
        ("one byte", &[0x40]),
    ];
    scripts.extend(bare.map(|(words, bytes)| Script::of(words, vec![bytes.to_vec()])));
    scripts.push(Script::of("a hello at the wrong port", vec![hello("x")]));
    scripts
}

/// The beginning of a handshake in every state of health, and records of nobody.
pub(super) fn secure() -> Vec<Script> {
    let whole = hello("amplification");
    let body = whole.get(RECORD_HEADER..).unwrap_or_default();
    let halves = body.get(MESSAGE_HEADER..).unwrap_or_default();
    let (first, second) = halves.split_at(halves.len() / 2);
    let piece = |offset: usize, bytes: &[u8]| {
        let fragment = handshake(1, halves.len(), offset, bytes);
        record_of(22, 0, &fragment)
    };
    let changed = |at: usize, byte: u8| {
        let mut bytes = whole.clone();
        if let Some(place) = bytes.get_mut(at) {
            *place = byte;
        }
        bytes
    };
    let smallest = record_of(22, 0, &handshake(1, 42, 0, &smallest_hello()));
    let scripts: [(&str, Vec<Vec<u8>>); 16] = [
        ("a hello", vec![whole.clone()]),
        ("a hello, five times", vec![whole.clone(); 5]),
        ("the smallest hello", vec![smallest.clone()]),
        (
            "many of the smallest hellos in one datagram",
            vec![smallest.repeat(12)],
        ),
        (
            "a hello in two pieces",
            vec![piece(0, first), piece(first.len(), second)],
        ),
        (
            "pieces of a hello",
            (0..8).map(|at| piece(at * 4, &halves[..4])).collect(),
        ),
        (
            "a hello of DTLS 1.0",
            vec![changed(RECORD_HEADER + MESSAGE_HEADER + 1, 0xff)],
        ),
        (
            "a hello of another version",
            vec![changed(RECORD_HEADER + MESSAGE_HEADER, 0xfc)],
        ),
        ("a cut hello", vec![whole[..whole.len() - 9].to_vec()]),
        ("a hello with a cookie of nobody", vec![with_cookie(&whole)]),
        (
            "a ClientKeyExchange",
            vec![record_of(22, 0, &handshake(16, 4, 0, &[0, 2, 1, 1]))],
        ),
        ("a ChangeCipherSpec", vec![record_of(20, 0, &[1])]),
        ("an alert", vec![record_of(21, 0, &[2, 40])]),
        (
            "data without a session",
            vec![record_of(23, 1 << 48, &[7; 40])],
        ),
        (
            "a record with a Connection ID of nobody",
            vec![record_of(25, 1 << 48, &[7; 48])],
        ),
        ("plain CoAP at the wrong port", vec![vec![0x40, 1, 1, 2]]),
    ];
    let mut scripts: Vec<Script> = scripts
        .into_iter()
        .map(|(words, datagrams)| Script::of(words, datagrams))
        .collect();
    scripts.push(Script::of(
        "a hello and plain CoAP",
        vec![whole, vec![0x40, 1, 1, 2]],
    ));
    scripts
}

impl Script {
    pub(super) fn of(what: impl Into<String>, datagrams: Vec<Vec<u8>>) -> Self {
        Self {
            what: what.into(),
            datagrams,
        }
    }
}

/// A message with the shortest head that there is.
fn message(kind: Kind, request: &Request, mid: usize) -> Message {
    Message {
        kind,
        code: request.code,
        mid: mid as u16,
        token: Token::EMPTY,
        options: request.options.clone(),
        payload: request.payload.clone(),
    }
}

/// The first datagram of the product's own client.
fn hello(identity: &str) -> Vec<u8> {
    let now = Now {
        unix: UnixTime::from_millis(1_767_225_600_000),
        ..Now::default()
    };
    let config = ClientConfig::new(ClientCredential::Psk {
        identity: identity.as_bytes().to_vec(),
        key: Secret::new(vec![1; 16]),
    });
    let mut client = Client::new(now, config, [1; 32]).expect("a good configuration");
    client.handle(now, ClientInput::Connect);
    match client.poll() {
        ClientOutput::Transmit(bytes) => bytes,
        other => panic!("a client begins with its hello, not with {other:?}"),
    }
}

/// A hello without extensions that offers one suite: nothing shorter is one.
fn smallest_hello() -> Vec<u8> {
    let mut body = vec![0xfe, 0xfd];
    body.extend([5; 32]);
    body.extend([0, 0, 0, 2, 0xc0, 0xa8, 1, 0]);
    body
}

/// The same hello as a second one, with a cookie that was never given.
fn with_cookie(whole: &[u8]) -> Vec<u8> {
    let body = whole
        .get(RECORD_HEADER + MESSAGE_HEADER..)
        .unwrap_or_default();
    // Version, random and an empty session lie before the cookie.
    let (head, tail) = body.split_at(2 + 32 + 1);
    let mut body = head.to_vec();
    body.push(20);
    body.extend([9; 20]);
    body.extend_from_slice(tail.get(1..).unwrap_or_default());
    record_of(22, 1, &handshake(1, body.len(), 0, &body))
}

/// A handshake message or a piece of one (RFC 6347 §4.2.2).
fn handshake(kind: u8, total: usize, offset: usize, bytes: &[u8]) -> Vec<u8> {
    let three = |number: usize| [(number >> 16) as u8, (number >> 8) as u8, number as u8];
    let mut message = vec![kind];
    message.extend(three(total));
    message.extend([0, 0]);
    message.extend(three(offset));
    message.extend(three(bytes.len()));
    message.extend_from_slice(bytes);
    message
}

/// A record (RFC 6347 §4.1).
fn record_of(kind: u8, number: u64, body: &[u8]) -> Vec<u8> {
    let mut record = vec![kind, 0xfe, 0xfd];
    record.extend(number.to_be_bytes());
    record.extend((body.len() as u16).to_be_bytes());
    record.extend_from_slice(body);
    record
}

/// Bytes of the header of a record without Connection ID (RFC 6347 §4.1).
const RECORD_HEADER: usize = 13;

/// Bytes of the header of a handshake message (RFC 6347 §4.2.2).
const MESSAGE_HEADER: usize = 12;
