//! What a peer gets that nobody has verified (RFC 9175 §2.4): small answers, and a
//! challenge in place of a large one.

use std::collections::BTreeMap;
use std::time::Duration;

use clock::Instant;
use proptest::collection::vec;
use proptest::prelude::*;

use super::network::{FAIR, Network, SERVER};
use super::solo::{SECOND, Solo, answer, content, news, question};
use super::{LISTENER, peer};
use crate::block::Block;
use crate::challenge::{ECHO_BYTES, ECHO_STEP};
use crate::code::Code;
use crate::endpoint::Endpoint;
use crate::message::{Kind, Message};
use crate::option;
use crate::output::Output;
use crate::params::{Limits, Parameters};
use crate::request::{Request, Response};
use crate::token::Token;

/// A GET of the peer for /large-thing, with an Echo value or none.
fn get(kind: Kind, mid: u16, echo: Option<&[u8]>) -> Message {
    let mut request = Request::get().segment("large-thing");
    if let Some(echo) = echo {
        request.options.set(option::ECHO, echo);
    }
    question(kind, mid, request)
}

/// An answer that nobody unverified gets.
fn large() -> Response {
    content("").payload([b'x'; 200])
}

/// The Echo value of the last message sent.
fn value(solo: &Solo) -> Vec<u8> {
    let value = solo.last().options.get(option::ECHO);
    value.expect("an Echo option").to_vec()
}

#[test]
fn ec_02_a_large_answer_is_withheld_until_the_value_comes_back() {
    for (kind, line) in [(Kind::Confirmable, "ACK"), (Kind::NonConfirmable, "NON")] {
        let mut solo = Solo::new();
        solo.hear(&get(kind, 1, None));
        assert_eq!(solo.respond(large()), [format!("{line} 4.01")]);
        assert_eq!(solo.last().token, Token::from(1));
        let echo = value(&solo);
        assert!(echo.len() >= 8, "64 bits");
        assert!(!solo.endpoint.is_verified(peer(1)));
        solo.hear(&get(kind, 2, Some(&echo)));
        assert!(solo.endpoint.is_verified(peer(1)));
        let (_, request) = solo.requests.last().expect("asked again");
        assert_eq!(
            request.options.get(option::ECHO),
            None,
            "none of the caller's business"
        );
        assert_eq!(solo.respond(large()), [format!("{line} 2.05 200 bytes")]);
        solo.hear(&get(kind, 3, None));
        assert_eq!(
            solo.respond(large()),
            [format!("{line} 2.05 200 bytes")],
            "once is enough"
        );
        assert_eq!(solo.endpoint.counters().withheld, 1);
    }
}

#[test]
fn ec_02_answers_of_136_bytes_to_requests_of_a_third_are_not_withheld() {
    let mut solo = Solo::new();
    let asked = Request::get().segment("a-path-of-forty-bytes-and-some-more-than");
    let head = 4 + 8 + 1;
    for (mid, length, line) in [
        (1, 136 - head, "ACK 2.05 123 bytes"),
        (2, 137 - head, "ACK 4.01"),
    ] {
        solo.hear(&question(Kind::Confirmable, mid, asked.clone()));
        let answer = content("").payload(vec![b'x'; length]);
        assert_eq!(solo.respond(answer), [line]);
    }
    let short = question(Kind::Confirmable, 3, Request::get().segment("3"));
    let most = 3 * short.encode().len();
    for (mid, bytes, code) in [(3, most, Code::CONTENT), (4, most + 1, Code::UNAUTHORIZED)] {
        solo.hear(&Message {
            mid,
            ..short.clone()
        });
        solo.respond(content("").payload(vec![b'x'; bytes - head]));
        assert_eq!(solo.last().code, code, "{bytes} bytes");
    }
}

#[test]
fn ec_02_register_update_and_send_are_never_challenged() {
    let mut solo = Solo::new();
    let flow = [
        (
            Request::post().segment("rd").query("ep=a"),
            Response::new(Code::CREATED)
                .location("rd")
                .location("0123456789abcdefghijkl"),
        ),
        (
            Request::post()
                .segment("rd")
                .segment("0123456789abcdefghijkl"),
            Response::new(Code::CHANGED),
        ),
        (
            Request::post().segment("dp").payload("[]"),
            Response::new(Code::CHANGED),
        ),
    ];
    for (mid, (request, response)) in flow.into_iter().enumerate() {
        let code = response.code;
        solo.hear(&question(Kind::Confirmable, mid as u16, request));
        assert_eq!(solo.respond(response), [format!("ACK {code}")]);
    }
    assert_eq!(solo.last().options.location_path().count(), 0);
    assert_eq!(solo.sent[0].options.location_path().count(), 2);
    assert_eq!(solo.endpoint.counters().withheld, 0);
}

#[test]
fn ec_02_a_token_of_ours_that_comes_back_verifies() {
    let ask = |solo: &mut Solo| {
        solo.ask(Request::get());
    };
    // In an acknowledgement, on its own, as a notification; not by a bare
    // acknowledgement, whose message id can be guessed.
    let mut solo = Solo::new();
    ask(&mut solo);
    solo.hear_ack();
    assert!(!solo.endpoint.is_verified(peer(1)));
    let token = solo.last().token;
    solo.hear(&answer(Kind::NonConfirmable, 7, token, content("a")));
    assert!(solo.endpoint.is_verified(peer(1)));
    let mut solo = Solo::new();
    ask(&mut solo);
    solo.hear_answer(content("a"));
    assert!(solo.endpoint.is_verified(peer(1)));
    let mut solo = Solo::new();
    let restored = Token::from(0x1234_5678_9abc_def0);
    solo.endpoint
        .restore_observation(peer(1), restored, Request::get());
    solo.hear(&answer(
        Kind::NonConfirmable,
        7,
        Token::from(1),
        news(1, "a"),
    ));
    assert!(!solo.endpoint.is_verified(peer(1)), "a token of nobody");
    solo.hear(&answer(Kind::NonConfirmable, 8, restored, news(1, "a")));
    assert!(solo.endpoint.is_verified(peer(1)));
    assert!(!solo.endpoint.is_verified(peer(2)));
}

#[test]
fn ec_02_who_was_verified_and_is_silent_is_asked_again() {
    let mut solo = Solo::new();
    solo.ask(Request::get());
    solo.hear_answer(content("a"));
    solo.pass(Duration::from_secs(240));
    assert!(solo.endpoint.is_verified(peer(1)));
    solo.hear(&get(Kind::Confirmable, 1, None));
    assert_eq!(solo.respond(large()), ["ACK 2.05 200 bytes"]);
    solo.pass(Duration::from_secs(240));
    assert!(solo.endpoint.is_verified(peer(1)), "it was not silent");
    solo.pass(Duration::from_secs(10));
    assert!(!solo.endpoint.is_verified(peer(1)));
    assert_eq!(solo.endpoint.peer_count(), 0, "nothing is kept of it");
}

#[test]
fn ec_02_a_trusted_listener_has_verified_peers() {
    let mut solo = Solo::new();
    solo.endpoint.trust(LISTENER);
    assert!(solo.endpoint.is_verified(peer(1)));
    solo.hear(&get(Kind::Confirmable, 1, None));
    assert_eq!(solo.respond(large()), ["ACK 2.05 200 bytes"]);
}

#[test]
fn ec_02_a_command_is_not_asked_for_twice() {
    let mut solo = Solo::new();
    solo.hear(&question(Kind::Confirmable, 1, Request::post()));
    assert_eq!(solo.respond(large()), ["ACK 2.05"], "that it ran is told");
    let mut created = large().content_format(0).location("rd");
    created.code = Code::CREATED;
    solo.hear(&question(Kind::Confirmable, 2, Request::post()));
    assert_eq!(solo.respond(created), ["ACK 2.01"]);
    assert_eq!(
        solo.last().options.location_path().collect::<Vec<_>>(),
        [b"rd"]
    );
}

#[test]
fn ec_02_refusals_are_cut_not_challenged() {
    let mut solo = Solo::new();
    let words = "a refusal in so many words that they do not fit into what is allowed, whatever the request may have been, and then some more of them";
    let long = Request::get().segment("a-path-of-forty-bytes-and-some-more-than");
    for request in [Request::get(), long] {
        let message = question(Kind::Confirmable, request.options.len() as u16, request);
        solo.hear(&message);
        solo.respond(Response::diagnostic(Code::NOT_FOUND, words));
        let bytes = solo.last().encode().len();
        assert_eq!(solo.last().code, Code::NOT_FOUND);
        assert!(bytes <= 136 && bytes <= 3 * message.encode().len());
        assert!(words.as_bytes().starts_with(&solo.last().payload));
    }
    let bare = Message {
        token: Token::EMPTY,
        ..question(Kind::Confirmable, 9, Request::get())
    };
    solo.hear(&bare);
    let many = Response::diagnostic(Code::NOT_FOUND, &words.repeat(20));
    assert_eq!(
        solo.respond(many.location("rd").location("0123456789")),
        ["ACK 4.04 \"a\""]
    );
    assert_eq!(solo.last().options.len(), 0);
    assert_eq!(solo.endpoint.counters().withheld, 0);
}

#[test]
fn ec_02_the_first_block_of_a_large_body_is_withheld_too() {
    let mut solo = Solo::new();
    solo.hear(&get(Kind::Confirmable, 1, None));
    let body = content("").payload(vec![b'x'; 3_000]);
    assert_eq!(solo.respond(body.clone()), ["ACK 4.01"]);
    let echo = value(&solo);
    solo.hear(&get(Kind::Confirmable, 2, Some(&echo)));
    assert_eq!(solo.respond(body), ["ACK 2.05 1024 bytes"]);
    let mut next = get(Kind::Confirmable, 3, Some(&echo));
    next.options.set_uint(
        option::BLOCK2,
        Block {
            num: 1,
            more: false,
            szx: 6,
        }
        .to_value(),
    );
    assert_eq!(
        solo.hear(&next),
        ["ACK 2.05 1024 bytes"],
        "the value does not make it another question"
    );
}

#[test]
fn ec_03_a_late_challenge_is_sent_once_and_not_confirmable() {
    let mut solo = Solo::new();
    solo.hear(&get(Kind::Confirmable, 1, None));
    assert_eq!(solo.pass(2 * SECOND), ["ACK 0.00"]);
    assert_eq!(solo.respond(large()), ["NON 4.01"]);
    assert_eq!(solo.last().token, Token::from(1));
    assert_eq!(solo.pass(100 * SECOND), [""; 0], "no retransmission");
}

#[test]
fn ec_03_a_repeated_request_gets_the_same_challenge() {
    let mut solo = Solo::new();
    let message = get(Kind::Confirmable, 1, None);
    solo.hear(&message);
    solo.respond(large());
    let first = solo.last().clone();
    assert_eq!(solo.hear(&message), ["ACK 4.01"]);
    assert_eq!(solo.last(), &first);
    assert_eq!(solo.requests.len(), 1);
}

#[test]
fn ec_04_a_value_is_for_one_peer_and_a_while() {
    let mut solo = Solo::new();
    solo.hear(&get(Kind::Confirmable, 1, None));
    solo.respond(large());
    let echo = value(&solo);
    let stolen = get(Kind::Confirmable, 1, Some(&echo)).encode();
    solo.endpoint.handle_datagram(solo.now, peer(2), &stolen);
    solo.drain();
    assert!(!solo.endpoint.is_verified(peer(2)));
    solo.pass(2 * ECHO_STEP);
    solo.hear(&get(Kind::Confirmable, 2, Some(&echo)));
    assert!(!solo.endpoint.is_verified(peer(1)));
    assert_eq!(solo.respond(large()), ["ACK 4.01"]);
    assert_ne!(value(&solo), echo, "a new one");
}

#[test]
fn ec_04_a_value_that_is_none_of_ours_does_no_harm() {
    let mut solo = Solo::new();
    solo.hear(&get(Kind::Confirmable, 1, Some(&[0; ECHO_BYTES])));
    assert_eq!(solo.respond(content("22")), ["ACK 2.05 \"22\""]);
    assert!(!solo.endpoint.is_verified(peer(1)));
    // More than 40 bytes are no Echo option (CO-20), and it is elective.
    solo.hear(&get(Kind::Confirmable, 2, Some(&[0; 41])));
    assert_eq!(solo.respond(content("22")), ["ACK 2.05 \"22\""]);
}

#[test]
fn ec_01_ec_02_both_sides_of_this_crate_agree() {
    let body: Vec<u8> = (0..5_000_u32).map(|at| (at / 100) as u8).collect();
    let served = body.clone();
    let answerer = Box::new(move |_: &Request| {
        (
            Duration::ZERO,
            Response::new(Code::CONTENT).payload(served.clone()),
        )
    });
    for request in [
        Request::get().segment("3"),
        Request::new(Code::FETCH).payload("[\"/3\"]"),
        Request::new(Code::FETCH).payload(vec![b' '; 3_000]),
    ] {
        let mut network = Network::new(1, FAIR, answerer.clone());
        network.ask(request);
        network.run(Duration::from_secs(60));
        let [server, device] = &network.nodes;
        let got = server.seen.iter().find_map(|output| match output {
            Output::Response { response, .. } => Some(response.payload.clone()),
            _ => None,
        });
        assert_eq!(got.as_ref(), Some(&body));
        assert_eq!(server.endpoint.counters().echoed, 1);
        assert_eq!(device.endpoint.counters().withheld, 1);
        assert!(device.endpoint.is_verified(Network::other(1 - SERVER)));
    }
}

/// What a stranger may send: anything that a request can be.
fn requests() -> impl Strategy<Value = Message> {
    let kinds = prop_oneof![Just(Kind::Confirmable), Just(Kind::NonConfirmable)];
    let options = vec(
        prop_oneof![
            ("[a-z]{0,12}").prop_map(|segment| (option::URI_PATH, segment.into_bytes())),
            (0_u8..=255).prop_map(|block| (option::BLOCK2, vec![block & 0xf7])),
            (0_u8..=255).prop_map(|block| (option::BLOCK1, vec![block])),
            Just((option::OBSERVE, vec![])),
            Just((9, vec![1])),
            vec(any::<u8>(), 1..20).prop_map(|value| (option::ECHO, value)),
        ],
        0..4,
    );
    (
        kinds,
        1_u8..9,
        any::<u16>(),
        vec(any::<u8>(), 0..=8),
        options,
        vec(any::<u8>(), 0..40),
    )
        .prop_map(|(kind, detail, mid, token, options, payload)| Message {
            kind,
            code: Code::of(0, detail),
            mid,
            token: Token::new(&token).expect("at most eight bytes"),
            options: options.into_iter().collect(),
            payload,
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// G-30: whatever a stranger asks, whatever the answer, at once or late, with all
    /// retransmissions no more than three times what it sent goes to its address, and
    /// nothing longer than 136 bytes.
    #[test]
    fn g_30_ec_02_a_stranger_gets_no_more_than_three_times_what_it_sent(
        asked in vec(requests(), 1..6),
        codes in vec(prop_oneof![Just(Code::CONTENT), Just(Code::CREATED), Just(Code::NOT_FOUND)], 6),
        lengths in vec(0_usize..3_000, 6),
        delays in vec(0_u64..5_000, 6),
    ) {
        let mut endpoint = Endpoint::new(Parameters::UDP, Limits::SERVER, [3; 32]);
        let mut now = Instant::ZERO;
        let (mut received, mut sent) = (0, 0);
        let mut due = BTreeMap::new();
        for (n, message) in asked.iter().enumerate() {
            let bytes = message.encode();
            received += bytes.len();
            endpoint.handle_datagram(now, peer(1), &bytes);
            while let Some(output) = endpoint.poll() {
                match output {
                    Output::Transmit { bytes, .. } => sent += bytes.len(),
                    Output::Request { id, .. } => {
                        let at = now + Duration::from_millis(delays[n]);
                        let response = Response::new(codes[n])
                            .location("rd")
                            .payload(vec![b'x'; lengths[n]]);
                        due.insert((at, n), (id, response));
                    }
                    _ => {}
                }
            }
            now = now + Duration::from_millis(100);
        }
        loop {
            let timer = endpoint.next_timeout();
            let answer = due.first_key_value().map(|((at, _), _)| *at);
            let Some(at) = timer.into_iter().chain(answer).min() else { break };
            now = now.max(at);
            if answer == Some(at) && let Some((_, (id, response))) = due.pop_first() {
                endpoint.respond(now, id, response);
            } else {
                endpoint.handle_timeout(now);
            }
            while let Some(output) = endpoint.poll() {
                if let Output::Transmit { bytes, .. } = output {
                    prop_assert!(bytes.len() <= 136);
                    sent += bytes.len();
                }
            }
        }
        prop_assert!(sent <= 3 * received, "{sent} bytes for {received}");
    }
}
