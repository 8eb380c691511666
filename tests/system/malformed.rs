//! Datagrams that are no messages: each is counted and shown with its reason, none is answered
//! with more than it may be, and the program goes on.

use crate::instrument::Instrument;
use coap::{Code, Kind, Message, Request};
use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde_json::Value;
use std::time::Duration;
use wb_tests::raw_device::{LINK_FORMAT, text};
use wb_tests::{RawDevice, eventually};

/// What comes back for a malformed datagram.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Reply {
    /// Nothing.
    Silence,
    /// A Reset with its id (conformance CO-06).
    Reset,
}

use Reply::{Reset, Silence};

/// How long a reply would take at most.
const MOMENT: Duration = Duration::from_millis(250);

/// Datagrams that are no messages: what is wrong, the bytes, words of the reason, the reply. All
/// have the message id 0x1234.
const MALFORMED: &[(&str, &[u8], &str, Reply)] = &[
    (
        "CO-01: version 0",
        &[0x00, 0x01, 0x12, 0x34],
        "version 0",
        Silence,
    ),
    (
        "CO-01: version 2",
        &[0x80, 0x01, 0x12, 0x34],
        "version 2",
        Silence,
    ),
    ("one byte", &[0x40], "too short", Silence),
    ("three bytes", &[0x40, 0x01, 0x12], "too short", Silence),
    (
        "CO-02: token length 9",
        &[0x49, 0x01, 0x12, 0x34, 1, 2, 3, 4, 5, 6, 7, 8, 9],
        "token length 9",
        Reset,
    ),
    (
        "CO-02: token length 15",
        &[0x4f, 0x01, 0x12, 0x34],
        "token length 15",
        Reset,
    ),
    (
        "CO-02: token cut off",
        &[0x44, 0x01, 0x12, 0x34, 1, 2],
        "token is cut off",
        Reset,
    ),
    (
        "CO-03: nothing behind the marker",
        &[0x40, 0x02, 0x12, 0x34, 0xff],
        "payload marker",
        Reset,
    ),
    (
        "CO-04: delta 15",
        &[0x40, 0x01, 0x12, 0x34, 0xf0],
        "option",
        Reset,
    ),
    (
        "CO-04: length 15",
        &[0x40, 0x01, 0x12, 0x34, 0xbf],
        "option",
        Reset,
    ),
    (
        "CO-04: value cut off",
        &[0x40, 0x01, 0x12, 0x34, 0xb9, b'r'],
        "option",
        Reset,
    ),
    (
        "CO-04: extension cut off",
        &[0x40, 0x01, 0x12, 0x34, 0xe0, 0x01],
        "option",
        Reset,
    ),
    (
        "CO-04: number beyond 65535",
        &[0x40, 0x01, 0x12, 0x34, 0xe0, 0xfe, 0xf2, 0xe0, 0xfe, 0xf2],
        "beyond 65535",
        Reset,
    ),
    (
        "CO-05: a ping with a token",
        &[0x41, 0x00, 0x12, 0x34, 9],
        "empty message",
        Reset,
    ),
    (
        "CO-05: a ping with a payload",
        &[0x40, 0x00, 0x12, 0x34, 0xff, 1],
        "empty message",
        Reset,
    ),
    (
        "CO-06: the same without confirmation",
        &[0x50, 0x02, 0x12, 0x34, 0xff],
        "payload marker",
        Silence,
    ),
    (
        "CO-06: an acknowledgement",
        &[0x69, 0x45, 0x12, 0x34],
        "token length 9",
        Silence,
    ),
    (
        "CO-06: a Reset",
        &[0x71, 0x00, 0x12, 0x34, 9],
        "empty message",
        Silence,
    ),
    (
        "CO-25: class 1",
        &[0x40, 0x21, 0x12, 0x34],
        "reserved class",
        Reset,
    ),
    (
        "CO-25: class 7",
        &[0x40, 0xe1, 0x12, 0x34],
        "reserved class",
        Reset,
    ),
    ("a DTLS alert", &[21, 0xfe, 0xff, 0, 0], "DTLS", Silence),
];

/// It is no broken message but a device at the wrong port, and is told as such.
#[test]
fn a_handshake_at_the_plain_port_is_a_failed_one_and_gets_no_answer() {
    let instrument = Instrument::start("plain-port");
    let device = instrument.device();
    device.send_bytes(&[22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0]);
    assert_eq!(device.receive_bytes(MOMENT), None);
    let problem = instrument.problem("handshake_failed", "port of coaps");
    assert_eq!(problem["peer"], device.address().to_string(), "{problem}");
    assert_eq!(instrument.status()["malformed"], 0);
    check_alive(&instrument);
}

#[test]
fn every_kind_of_malformed_datagram_is_counted_and_shown_with_its_reason() {
    let instrument = Instrument::start("malformed");
    for (count, (name, bytes, words, reply)) in (1_u64..).zip(MALFORMED) {
        let device = instrument.device();
        device.send_bytes(bytes);
        let answer = device.receive_bytes(if *reply == Reset { MOMENT * 40 } else { MOMENT });
        let expected = (*reply == Reset).then(|| vec![0x70, 0x00, 0x12, 0x34]);
        assert_eq!(answer, expected, "{name}");
        assert_eq!(instrument.status()["malformed"], count, "{name}");
        let address = device.address().to_string();
        let problem = eventually(name, || {
            let problems = instrument.door().problems();
            problems
                .into_iter()
                .find(|one| one["peer"] == address.as_str())
        });
        assert_eq!(problem["kind"], "malformed_message", "{name}: {problem}");
        let message = problem["message"].as_str().unwrap_or_default();
        assert!(message.contains(words), "{name}: {message}");
        let listener = format!("coap {}", instrument.daemon().coap());
        assert_eq!(problem["listener"], listener, "{name}");
    }
    check_alive(&instrument);
}

#[test]
fn a_flood_of_one_kind_is_one_problem_with_a_count() {
    let instrument = Instrument::start("flood");
    let device = instrument.device();
    for _ in 0..200 {
        device.send_bytes(&[0x80, 0x01, 0x12, 0x34]);
    }
    let own = device.address().to_string();
    let counted = |problems: &[Value]| -> u64 {
        let of_device = problems.iter().filter(|one| one["peer"] == own.as_str());
        of_device.filter_map(|one| one["count"].as_u64()).sum()
    };
    eventually("all of them", || {
        (counted(&instrument.door().problems()) == 200).then_some(())
    });
    let rows = instrument.door().problems().len();
    assert!(rows <= 3, "{rows} rows for one flood");
    assert_eq!(instrument.status()["malformed"], 200);
}

/// What nobody asked for is reset, and is one line of problems.
#[test]
fn qrk_08_unasked_answers_fill_no_list() {
    let instrument = Instrument::start("unasked");
    let mut device = instrument.device();
    let _ = device.register("d");
    let token = coap::Token::from(7_u64);
    for _ in 0..100 {
        let message = device.notification(Kind::NonConfirmable, token, 1, text("1"));
        device.send(&message);
    }
    let stray = device.notify(token, 2, text("1")).expect("an answer");
    assert_eq!(stray.kind, Kind::Reset);
    let counted = || -> (usize, u64) {
        let problems = instrument.door().problems();
        let own = problems
            .iter()
            .filter(|one| one["kind"] == "unexpected_message");
        let counts: Vec<u64> = own.filter_map(|one| one["count"].as_u64()).collect();
        (counts.len(), counts.iter().sum())
    };
    eventually("all of them", || (counted().1 >= 101).then_some(()));
    assert!(counted().0 <= 2, "{:?}", counted());
}

#[test]
fn co_07_a_ping_is_answered_with_a_reset_and_is_nothing_malformed() {
    let instrument = Instrument::start("ping");
    let mut device = instrument.device();
    let ping = Message::empty(Kind::Confirmable, device.mid());
    let answer = device.deliver(&ping, MOMENT * 40).expect("an answer");
    assert_eq!(answer, Message::empty(Kind::Reset, ping.mid));
    assert_eq!(instrument.status()["malformed"], 0);
}

#[test]
fn bw_03_blocks_that_cannot_be_are_refused() {
    let instrument = Instrument::start("block");
    let mut device = instrument.device();
    for (value, payload, words) in [
        (0b0000_1111_u32, vec![0; 1_024], "size exponent 7"),
        (0b0000_1010, vec![0; 63], "not full"),
        (0b0000_1010, vec![0; 65], "not full"),
        (0b0000_0010, vec![0; 65], "not full"),
    ] {
        let mut request = Request::post().segment("rd").query("ep=d");
        request = request.content_format(LINK_FORMAT).payload(payload);
        request.options.set_uint(coap::option::BLOCK1, value);
        assert_eq!(device.request(request).code, Code::BAD_REQUEST, "{value:b}");
        let _ = instrument.problem("malformed_message", words);
    }
    let far = Request::post()
        .segment("rd")
        .query("ep=d")
        .payload(vec![b' '; 16]);
    let mut far = far.content_format(LINK_FORMAT);
    far.options.set_uint(coap::option::BLOCK1, 0x00ff_fff8);
    assert_eq!(
        device.request(far).code,
        Code::REQUEST_ENTITY_INCOMPLETE,
        "BW-02"
    );
    assert_eq!(instrument.status()["malformed"], 4);
    check_alive(&instrument);
}

/// What an unknown address gets is at most three times what it sent (conformance G-30).
#[test]
fn no_answer_to_a_stranger_is_larger_than_three_times_its_request() {
    let instrument = Instrument::start("amplification");
    let long = "x".repeat(40);
    let option = |number: u16, value: &[u8]| {
        let mut request = Request::get();
        request.options.push(number, value);
        request
    };
    let requests = [
        Request::get(),
        Request::get().segment("rd"),
        Request::get().path([".well-known", "core"]),
        Request::post().segment("rd"),
        Request::post().segment("rd").query("ep=d"),
        Request::post().segment("rd").query("ep"),
        Request::post().segment("rd").query("lt=x"),
        Request::post().segment("rd").query("lwm2m=9"),
        Request::post()
            .segment("rd")
            .query("ep=d")
            .content_format(60)
            .payload(b"x".to_vec()),
        Request::post()
            .segment("rd")
            .query("ep=d")
            .content_format(LINK_FORMAT)
            .payload(b"<".to_vec()),
        Request::post().path(["rd", "x"]),
        Request::new(Code::DELETE).path(["rd", "x"]),
        Request::post().segment("dp").payload(b"x".to_vec()),
        Request::new(Code::of(0, 30)),
        option(9, b""),
        option(coap::option::PROXY_URI, b"x"),
        option(coap::option::BLOCK1, b"\x0f"),
        option(coap::option::BLOCK2, b"\x10"),
        Request::get().segment(&long),
    ];
    for request in requests {
        for confirmable in [true, false] {
            let mut device = instrument.device();
            let request = Request {
                confirmable,
                ..request.clone()
            };
            let message = Message {
                token: coap::Token::EMPTY,
                ..device.message(request)
            };
            let bytes = message.encode();
            device.send_bytes(&bytes);
            let mut answered = 0;
            while let Some(answer) = device.receive_bytes(MOMENT) {
                answered += answer.len();
                if confirmable {
                    break;
                }
            }
            let limit = bytes.len() * 3;
            assert!(
                answered <= limit,
                "{answered} bytes for {} of {message:?}",
                bytes.len()
            );
        }
    }
    check_alive(&instrument);
}

/// CVE-2018-12679, CVE-2018-12680, CVE-2020-3162, each of which ended a server with one datagram.
#[test]
fn noise_and_damaged_messages_never_end_the_program() {
    let instrument = Instrument::start("noise");
    let mut random = ChaCha12Rng::from_seed([7; 32]);
    let mut device = instrument.device();
    let register = Request::post()
        .segment("rd")
        .query("ep=noise")
        .query("lt=60")
        .query("lwm2m=1.1");
    let register = register
        .content_format(LINK_FORMAT)
        .payload("</1/0>,</3/0>,</3303/0>");
    let templates = [
        device.message(register).encode(),
        device
            .message(
                Request::post()
                    .path(["rd", "0123456789abcdef"])
                    .query("lt=9"),
            )
            .encode(),
        device
            .message(
                Request::post()
                    .segment("dp")
                    .content_format(110)
                    .payload("[{\"n\":\"/3/0/9\",\"v\":1}]"),
            )
            .encode(),
        device
            .notification(
                Kind::Confirmable,
                coap::Token::from(1),
                2,
                coap::Response::new(Code::CONTENT),
            )
            .encode(),
    ];
    for round in 0..4_000_usize {
        let mut bytes = if round % 4 == 0 {
            (0..random.next_u32() % 64)
                .map(|_| random.next_u32() as u8)
                .collect()
        } else {
            templates[round % templates.len()].clone()
        };
        for _ in 0..=random.next_u32() % 3 {
            let at = random.next_u64() as usize % bytes.len().max(1);
            match random.next_u32() % 3 {
                0 => bytes.truncate(at),
                1 => bytes.insert(at.min(bytes.len()), random.next_u32() as u8),
                _ => bytes
                    .iter_mut()
                    .skip(at)
                    .take(1)
                    .for_each(|byte| *byte ^= 1 << (round % 8)),
            }
        }
        device.send_bytes(&bytes);
        if round % 64 == 0 {
            // No faster than the program takes them, so that the noise is not lost on the way.
            while device.receive_bytes(Duration::from_millis(2)).is_some() {}
        }
    }
    check_alive(&instrument);
    let malformed = instrument.status()["malformed"].as_u64().expect("a number");
    assert!(malformed > 500, "only {malformed} were found malformed");
}

/// The largest datagram that UDP carries is taken as what it is.
#[test]
fn co_27_a_datagram_of_64_kib_is_refused_and_not_cut() {
    let instrument = Instrument::start("huge");
    let mut device = instrument.device();
    let links = vec!["</3303/0>"; 6_000].join(",");
    let answer = device.register_with(&["ep=huge", "lt=60", "lwm2m=1.1"], &links);
    let codes = [
        Code::CREATED,
        Code::BAD_REQUEST,
        Code::REQUEST_ENTITY_TOO_LARGE,
    ];
    assert!(codes.contains(&answer.code), "{answer:?}");
    check_alive(&instrument);
}

pub(crate) fn check_alive(instrument: &Instrument) {
    let mut device: RawDevice = instrument.device();
    let id = device.register("alive");
    assert_eq!(device.update(&id, &[]), Code::CHANGED);
    assert_eq!(instrument.status()["storage_problem"], Value::Null);
}
