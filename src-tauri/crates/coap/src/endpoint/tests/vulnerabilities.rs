//! What has brought other implementations down, line by line: each test bears the
//! number of the report whose datagrams it plays. Whatever comes, the endpoint answers
//! or is silent, keeps nothing, and goes on serving.

use super::solo::{Solo, content, question};
use super::{LISTENER, peer};
use crate::block::Block;
use crate::code::Code;
use crate::endpoint::Endpoint;
use crate::message::{Kind, MAX_OPTIONS, Message};
use crate::option;
use crate::output::Output;
use crate::params::{Limits, Parameters};
use crate::peer::Peer;
use crate::request::{Request, Response};
use crate::token::Token;

/// The header of a confirmable GET with a token of that length.
fn get(token_length: u8) -> Vec<u8> {
    vec![0x40 | token_length, 1, 0, 1]
}

/// A stranger sends datagrams, and then somebody a request, which is served.
fn survives(datagrams: impl IntoIterator<Item = Vec<u8>>) {
    let mut solo = Solo::new();
    for bytes in datagrams {
        solo.endpoint.handle_datagram(solo.now, peer(9), &bytes);
        let sent = std::iter::from_fn(|| solo.endpoint.poll())
            .filter(|output| matches!(output, Output::Transmit { .. }))
            .count();
        assert!(sent <= 1, "{sent} answers to {bytes:02x?}");
    }
    let lines = solo.hear(&question(Kind::Confirmable, 77, Request::get()));
    assert_eq!(lines, ["request 0.01"]);
    assert_eq!(solo.respond(content("22")), ["ACK 2.05 \"22\""]);
    solo.pass(std::time::Duration::from_secs(600));
    assert_eq!(solo.endpoint.peer_count(), 0, "nothing is left of it");
}

/// A request with one of everything.
fn rich() -> Vec<u8> {
    let request = Request::get()
        .path(["rd", "a-segment-of-more-than-twelve-bytes"])
        .query("ep=urn:imei:356938035643809")
        .accept(11_543)
        .payload("</3/0>");
    question(Kind::Confirmable, 1, request).encode()
}

/// CO-02: a token length beyond eight, or beyond the datagram.
#[test]
fn cve_2020_12886_a_token_is_never_read_beyond_the_datagram() {
    let cut = (1..=8).flat_map(|length| (0..length).map(move |have| (length, have)));
    let beyond = (9..=15).map(|length| (length, 15));
    survives(
        cut.chain(beyond)
            .map(|(length, have)| [get(length), vec![0; usize::from(have)]].concat()),
    );
}

/// RIOT: token lengths 13 and 14 with a length of their own behind them (RFC 8974).
#[test]
fn ghsa_p9hp_2jxm_6rqp_extended_token_lengths_are_format_errors() {
    let extended = [(13, vec![0]), (13, vec![255]), (14, vec![255, 255])];
    let datagrams = extended
        .into_iter()
        .flat_map(|(length, more)| [0, 20, 2_000].map(|n| [get(length), more.clone(), vec![0; n]]));
    survives(datagrams.map(|parts| parts.concat()));
    let refused = Message::decode(&[get(13), vec![0; 40]].concat());
    assert!(refused.is_err());
}

/// mbed-coap and Contiki-NG: option headers that promise more than the datagram holds.
#[test]
fn cve_2020_12883_contiki_ng_1314_options_are_never_read_beyond_the_datagram() {
    let heads = (0..=255_u8).flat_map(|head| {
        [
            vec![],
            vec![0],
            vec![255],
            vec![255; 2],
            vec![255; 3],
            vec![0; 4],
        ]
        .map(|more| [get(0), vec![head], more].concat())
    });
    survives(heads);
}

/// mbed-coap: several options of one number, the last of them cut off.
#[test]
fn cve_2020_12884_repeated_options_are_never_read_beyond_the_datagram() {
    let datagrams = (1..=15_u8).map(|length| {
        let repeated = [0xb1, b'a', 0x01, b'b', 0x01, b'c', length];
        [
            get(0),
            repeated.to_vec(),
            vec![b'd'; usize::from(length) - 1],
        ]
        .concat()
    });
    survives(datagrams);
}

/// mbed-coap: options without length, for ever. The walk is bounded.
#[test]
fn cve_2020_12885_empty_options_do_not_keep_the_parser_busy() {
    let empty = |count| [get(0), vec![0; count]].concat();
    survives([1, MAX_OPTIONS, MAX_OPTIONS + 1, 65_000].map(empty));
    assert!(Message::decode(&empty(MAX_OPTIONS)).is_ok());
    assert!(Message::decode(&empty(65_000)).is_err());
}

/// mbed-coap: options that come twice and may come once only leaked memory.
#[test]
fn cve_2020_12887_options_that_come_too_often_leave_nothing_behind() {
    let once_only = [
        option::URI_HOST,
        option::URI_PORT,
        option::CONTENT_FORMAT,
        option::MAX_AGE,
        option::ACCEPT,
        option::OBSERVE,
        option::BLOCK1,
        option::BLOCK2,
        option::SIZE1,
        option::PROXY_URI,
        option::PROXY_SCHEME,
        option::ECHO,
    ];
    let datagrams = once_only.into_iter().zip(1..).map(|(number, mid)| {
        let mut request = Request::get();
        for value in [[1], [2]] {
            request.options.push(number, value);
        }
        question(Kind::Confirmable, mid, request).encode()
    });
    survives(datagrams);
}

/// Zephyr: option deltas whose sum wraps made the parser loop (CO-04).
#[test]
fn cve_2020_10063_option_numbers_never_wrap() {
    let far = [0xe0, 0xff, 0x00];
    let farther = [0xe0, 0xfe, 0xf2];
    let datagrams = [
        [get(0), farther.repeat(2)].concat(),
        [get(0), far.repeat(300)].concat(),
        [get(0), [0xe0, 0xff, 0xff].repeat(2)].concat(),
        [get(0), farther.to_vec(), vec![0xd0, 0xff]].concat(),
    ];
    for bytes in &datagrams {
        assert!(Message::decode(bytes).is_err(), "{:02x?}", &bytes[..10]);
    }
    let last = [get(0), vec![0xe0, 0xfe, 0xf1], vec![0x10]].concat();
    let numbers: Vec<u16> = Message::decode(&last)
        .expect("65535 is a number")
        .options
        .iter()
        .map(|(number, _)| number)
        .collect();
    assert_eq!(numbers, [u16::MAX - 1, u16::MAX]);
    survives(datagrams);
}

/// libcoap: a length computed without a check wrapped below zero.
#[test]
fn cve_2024_31031_lengths_near_their_limits_are_checked() {
    let long = |head: u8, length: u16| {
        let [high, low] = length.to_be_bytes();
        [get(0), vec![head, high, low]].concat()
    };
    let lengths = [0, 1, 268, 269, 0x7fff, 0xfef1, 0xfef2, 0xfef3, 0xffff];
    let datagrams = lengths.map(|length| long(0x0e, length));
    let exact = [long(0xbe, 0), vec![b'a'; 269]].concat();
    assert!(Message::decode(&exact).is_ok());
    assert!(Message::decode(&exact[..exact.len() - 1]).is_err());
    survives(datagrams.into_iter().chain([exact]));
    // What goes out is as long as it must be, up to the largest datagram.
    let mut message = question(Kind::Confirmable, 1, Request::get());
    message.payload = vec![0; 65_000];
    message.options.push(2_048, vec![0; 400]);
    assert_eq!(Message::decode(&message.encode()), Ok(message));
}

/// Wakaama and Contiki-NG: the parser read beyond a datagram that ends anywhere.
#[test]
fn cve_2021_41040_contiki_ng_1312_a_message_may_end_anywhere() {
    let whole = rich();
    survives((0..whole.len()).map(|end| whole[..end].to_vec()));
    let flipped = (0..whole.len() * 8).map(|bit| {
        let mut bytes = whole.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        bytes
    });
    survives(flipped);
}

/// libcoap: a Uri-Host too long for its buffer. Here it is a value out of its limits
/// (CO-20), and nobody looks up a name that a peer gives.
#[test]
fn cve_2025_34468_an_overlong_host_is_refused_and_none_is_looked_up() {
    for (length, refused) in [(255, false), (256, true), (5_000, true)] {
        let mut solo = Solo::new();
        let mut request = Request::get();
        request.options.push(option::URI_HOST, vec![b'h'; length]);
        let lines = solo.hear(&question(Kind::Confirmable, 1, request));
        if refused {
            assert_eq!(solo.last().code, Code::BAD_OPTION);
        } else {
            assert_eq!(lines, ["request 0.01"]);
        }
        assert_eq!(solo.endpoint.peer_count(), 1, "whoever asked, nobody else");
    }
}

/// RIOT: a request to forward, with a target longer than the buffer for it. Nothing is
/// forwarded (CO-22).
#[test]
fn cve_2024_32017_nothing_is_forwarded_however_long_the_target() {
    for length in [1, 64, 1_034, 1_035, 5_000] {
        let mut solo = Solo::new();
        let mut request = Request::get();
        request.options.push(option::PROXY_URI, vec![b'u'; length]);
        solo.hear(&question(Kind::Confirmable, 1, request));
        assert_eq!(solo.last().code, Code::PROXYING_NOT_SUPPORTED);
        assert_eq!((solo.sent.len(), solo.requests.len()), (1, 0));
    }
}

/// RIOT: answers that were longer than the buffer they were written to. Ours grow, and
/// what is too long for a message goes block by block (CO-27).
#[test]
fn cve_2024_31225_cve_2026_27703_answers_of_any_length_are_whole_or_cut_in_blocks() {
    for length in [0, 1, 1_024, 1_025, 70_000] {
        let mut solo = Solo::new();
        solo.trust();
        solo.hear(&question(Kind::Confirmable, 1, Request::get()));
        let links: String = "</3/0>,".chars().cycle().take(length).collect();
        solo.respond(content(&links));
        let sent = solo.last();
        assert!(sent.encode().len() <= 1_152);
        assert!(links.as_bytes().starts_with(&sent.payload));
        assert_eq!(sent.options.block2().is_some(), length > 1_024);
    }
}

/// FreeCoAP: assertions that a datagram could reach: messages whose parts are each
/// allowed and make no sense together.
#[test]
fn cve_2024_31029_cve_2024_31030_no_combination_of_parts_reaches_an_assertion() {
    let mut datagrams = vec![];
    for first in (0x40..=0x7f_u8).step_by(4) {
        for code in 0..=255_u8 {
            let token = vec![7; usize::from(first & 0b1111).min(8)];
            for rest in [&[][..], &[0xff], &[0xff, 1], &[0xb0], &[0x60, 0xff, 1]] {
                datagrams.push([vec![first, code, 0, 1], token.clone(), rest.to_vec()].concat());
            }
        }
    }
    survives(datagrams);
}

/// CoAPthon3 and Cisco IoT FND: one datagram that nobody expected ended the server.
#[test]
fn cve_2018_12679_cve_2018_12680_cve_2020_3162_one_bad_datagram_never_ends_the_service() {
    let bad = [
        vec![],
        vec![0],
        vec![0x40],
        vec![0x40, 0x01, 0x00],
        vec![0xff; 4],
        vec![0xff; 65_507],
        vec![0x00; 65_507],
        vec![0x40, 0x7f, 0, 1],
        vec![0x40, 0xe1, 0, 1],
        vec![0x40, 0x00, 0, 1, 0xff, 0],
        vec![0x60, 0x01, 0, 1],
        vec![0x70, 0x45, 0, 1],
        vec![0x48, 0x45, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 0x60],
        vec![0x40, 0x01, 0, 1, 0x64, 0xff, 0xff, 0xff, 0xff],
        vec![0x40, 0x01, 0, 1, 0xb1, 0xff, 0x01, 0xfe],
        vec![0x40, 0x01, 0, 1, 0xd1, 0x0a, 0x0f],
    ];
    for bytes in bad.clone() {
        survives([bytes]);
    }
    survives(bad);
}

/// Contiki-NG: a Block1 option of a length or size that there is not (BW-03).
#[test]
fn contiki_ng_3166_block_options_of_impossible_size_are_refused() {
    let values: [(&[u8], Code); 6] = [
        (&[0x07], Code::BAD_REQUEST),
        (&[0x0f], Code::BAD_REQUEST),
        (&[0x0e], Code::BAD_REQUEST),
        (&[0xff, 0xff, 0xff], Code::BAD_REQUEST),
        (&[0xff, 0xff, 0xf6], Code::REQUEST_ENTITY_TOO_LARGE),
        (&[0, 0, 0, 0], Code::BAD_OPTION),
    ];
    for (value, code) in values {
        let mut solo = Solo::new();
        let mut request = Request::post().segment("rd");
        request.options.push(option::BLOCK1, value);
        solo.hear(&question(Kind::Confirmable, 1, request));
        assert_eq!(solo.last().code, code, "{value:02x?}");
        assert!(solo.requests.is_empty());
    }
}

/// Blocks that claim to lie anywhere in sixteen mebibytes take no memory for what has
/// not come (BW-09).
#[test]
fn cve_2024_31031_blocks_far_out_reserve_nothing() {
    let mut endpoint = Endpoint::new(Parameters::UDP, Limits::SERVER, [1; 32]);
    for n in 0..1_000_u16 {
        let mut request = Request::post().segment("rd").payload(vec![0; 1_024]);
        let block = Block {
            num: u32::from(n) * 16,
            more: true,
            szx: 6,
        };
        request.options.set_uint(option::BLOCK1, block.to_value());
        request.options.set_uint(option::SIZE1, 16 << 20);
        let from = Peer::new(LISTENER, &n.to_be_bytes()).expect("short");
        let bytes = question(Kind::Confirmable, 1, request).encode();
        endpoint.handle_datagram(clock::Instant::ZERO, from, &bytes);
        while endpoint.poll().is_some() {}
    }
    assert!(
        endpoint.ctx.body_bytes <= 1_024,
        "{} bytes held: one first block of a body, no gaps",
        endpoint.ctx.body_bytes
    );
}

/// A forged answer must guess the token (CO-15, G-35); guessing takes no memory.
#[test]
fn g_35_forged_answers_are_never_taken() {
    let mut solo = Solo::new();
    solo.ask(Request::get());
    let asked = solo.last().clone();
    for n in 0..10_000_u64 {
        let kind = [Kind::Acknowledgement, Kind::NonConfirmable][(n % 2) as usize];
        let forged = Message {
            kind,
            code: Code::CONTENT,
            mid: if n % 2 == 0 { asked.mid } else { n as u16 },
            token: Token::from(n.wrapping_mul(0x9e37_79b9_7f4a_7c15)),
            options: Response::new(Code::CONTENT).options,
            payload: b"forged".to_vec(),
        };
        solo.hear(&forged);
    }
    assert!(solo.responses.is_empty());
    assert!(!solo.endpoint.is_verified(peer(1)));
    assert_eq!(
        solo.hear_answer(content("true")),
        ["response 2.05 \"true\""]
    );
}
