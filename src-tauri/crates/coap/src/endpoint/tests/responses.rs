//! Our requests: retransmission, the forms an answer may take, whose turn it is.

use std::time::Duration;

use super::peer;
use super::solo::{SECOND, Solo, answer, content, question};
use crate::code::Code;
use crate::endpoint::Endpoint;
use crate::message::{Kind, Message};
use crate::output::Refused;
use crate::params::{Limits, Parameters};
use crate::request::{Request, Response};
use crate::token::Token;

#[test]
fn co_08_a_request_is_sent_five_times_and_then_given_up() {
    let mut solo = Solo::new();
    let start = solo.now;
    assert_eq!(solo.ask(Request::get()), ["CON 0.01"]);
    let mut gaps = vec![];
    let mut last = start;
    for n in 1..=4 {
        let at = solo.endpoint.next_timeout().expect("a timeout");
        gaps.push(at.since(last));
        last = at;
        solo.now = at;
        solo.endpoint.handle_timeout(at);
        assert_eq!(
            solo.drain(),
            [
                "CON 0.01".to_owned(),
                format!("progress: retransmission {n} of 4")
            ]
        );
    }
    assert!((2 * SECOND..=3 * SECOND).contains(&gaps[0]), "{gaps:?}");
    assert!(
        gaps.windows(2).all(|pair| pair[1] == 2 * pair[0]),
        "{gaps:?}"
    );
    assert!(
        solo.sent.windows(2).all(|pair| pair[0] == pair[1]),
        "the same message each time"
    );
    let end = solo.pass(Duration::from_secs(93));
    assert_eq!(end.len(), 1);
    assert!(
        end[0].starts_with("failed: no acknowledgement after 5 transmissions"),
        "{end:?}"
    );
    assert_eq!(solo.endpoint.exchange_count(), 0);
}

#[test]
fn co_08_first_timeouts_differ_within_their_range() {
    let mut solo = Solo::with(
        Parameters {
            nstart: 20,
            ..Parameters::UDP
        },
        Limits::SERVER,
    );
    let timeouts: std::collections::BTreeSet<_> = (0..20)
        .map(|n| {
            solo.endpoint
                .request(solo.now, peer(n), Request::get())
                .expect("room");
            solo.endpoint.next_timeout()
        })
        .collect();
    assert!(
        timeouts.len() > 1,
        "later ones may be earlier than the earliest so far"
    );
}

#[test]
fn co_08_a_reset_ends_a_request() {
    let mut solo = Solo::new();
    solo.ask(Request::get());
    let mid = solo.last().mid;
    let lines = solo.hear(&Message::empty(Kind::Reset, mid));
    assert_eq!(
        lines,
        ["failed: the peer rejected the message with a Reset"]
    );
    assert_eq!(solo.pass(Duration::from_secs(300)), [""; 0]);
}

#[test]
fn co_10_co_16_ids_and_tokens_come_from_the_seed() {
    let first = |seed: u8| {
        let mut endpoint = Endpoint::new(Parameters::UDP, Limits::SERVER, [seed; 32]);
        endpoint
            .request(clock::Instant::ZERO, peer(1), Request::get())
            .expect("room");
        match endpoint.poll() {
            Some(crate::Output::Transmit { bytes, .. }) => {
                Message::decode(&bytes).expect("well-formed")
            }
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(first(1), first(1));
    assert_ne!(first(1).mid, first(2).mid);
    assert_ne!(first(1).token, first(2).token);
    assert_eq!(first(1).token.as_bytes().len(), 8);
}

#[test]
fn co_13_a_slow_answer_comes_on_its_own_after_an_empty_acknowledgement() {
    let mut solo = Solo::new();
    let get = question(Kind::Confirmable, 5, Request::get().segment("long-enough"));
    assert_eq!(solo.hear(&get), ["request 0.01"]);
    assert_eq!(solo.pass(Duration::from_millis(900)), [""; 0]);
    assert_eq!(solo.pass(Duration::from_millis(200)), ["ACK 0.00"]);
    assert_eq!(solo.last().mid, 5);
    assert_eq!(
        solo.hear(&get),
        ["ACK 0.00"],
        "its repetition gets the same"
    );
    assert_eq!(solo.respond(content("late")), ["CON 2.05 \"late\""]);
    assert_eq!(solo.last().token, get.token);
    assert_eq!(
        solo.pass(4 * SECOND),
        ["CON 2.05 \"late\""],
        "until it is acknowledged"
    );
    assert_eq!(solo.hear_ack(), [""; 0]);
    assert_eq!(solo.pass(Duration::from_secs(100)), [""; 0]);
}

#[test]
fn co_14_an_answer_comes_in_the_acknowledgement_on_its_own_or_before_it() {
    for kind in [Kind::Confirmable, Kind::NonConfirmable] {
        for acknowledged in [true, false] {
            let mut solo = Solo::new();
            solo.ask(Request::get());
            let token = solo.last().token;
            let mid = solo.last().mid;
            if acknowledged {
                assert_eq!(solo.hear_ack(), [""; 0]);
                assert_eq!(
                    solo.pass(60 * SECOND),
                    [""; 0],
                    "no retransmission after it"
                );
            }
            let message = answer(kind, 77, token, content("22"));
            let mut expected = vec!["response 2.05 \"22\""];
            if kind == Kind::Confirmable {
                expected.insert(0, "ACK 0.00");
            }
            assert_eq!(solo.hear(&message), expected);
            expected.pop();
            assert_eq!(
                solo.hear(&message),
                expected,
                "a repetition is acknowledged, no more"
            );
            assert_eq!(
                solo.hear(&Message::empty(Kind::Acknowledgement, mid)),
                [""; 0]
            );
            assert_eq!(solo.pass(Duration::from_secs(300)), [""; 0]);
        }
    }
}

#[test]
fn co_14_an_acknowledged_request_without_an_answer_ends() {
    let mut solo = Solo::new();
    solo.ask(Request::get());
    solo.hear_ack();
    let lines = solo.pass(Duration::from_secs(94));
    assert_eq!(
        lines,
        ["failed: no response within 93 s, though the request was acknowledged"]
    );
}

#[test]
fn co_14_a_response_to_nothing_is_reset_if_confirmable() {
    let mut solo = Solo::new();
    let reason = "unexpected: a response (2.05) to a question that nobody asks, or no longer";
    let stray = |kind| answer(kind, 9, Token::from(9), content("x"));
    assert_eq!(solo.hear(&stray(Kind::Confirmable)), ["RST 0.00", reason]);
    assert_eq!(solo.hear(&stray(Kind::NonConfirmable)), [reason]);
    assert_eq!(solo.hear(&stray(Kind::Acknowledgement)), [""; 0]);
}

#[test]
fn co_15_an_answer_of_another_peer_or_message_is_none() {
    let mut solo = Solo::new();
    solo.ask(Request::get());
    let (mid, token) = (solo.last().mid, solo.last().token);
    let other = answer(Kind::NonConfirmable, 9, token, content("forged")).encode();
    solo.endpoint.handle_datagram(solo.now, peer(2), &other);
    assert!(solo.drain()[0].starts_with("unexpected"));
    let wrong_mid = answer(
        Kind::Acknowledgement,
        mid.wrapping_add(1),
        token,
        content("forged"),
    );
    assert_eq!(solo.hear(&wrong_mid), [""; 0]);
    let wrong_token = answer(
        Kind::Acknowledgement,
        mid,
        Token::from(1),
        content("forged"),
    );
    assert_eq!(solo.hear(&wrong_token), [""; 0]);
    assert_eq!(
        solo.hear_answer(content("true")),
        ["response 2.05 \"true\""]
    );
}

#[test]
fn co_17_one_request_at_a_time_the_others_wait_in_order() {
    let mut solo = Solo::with(
        Parameters::UDP,
        Limits {
            waiting_per_peer: 2,
            ..Limits::SERVER
        },
    );
    assert_eq!(solo.ask(Request::get().segment("1")), ["CON 0.01"]);
    assert_eq!(solo.ask(Request::get().segment("2")), [""; 0]);
    assert_eq!(solo.ask(Request::get().segment("3")), [""; 0]);
    let refused = solo.endpoint.request(solo.now, peer(1), Request::get());
    assert_eq!(refused, Err(Refused::QueueFull { limit: 2 }));
    assert_eq!(
        solo.endpoint
            .request(solo.now, peer(2), Request::get())
            .map(|_| ()),
        Ok(())
    );
    solo.drain();
    solo.sent.pop();
    for n in ["2", "3"] {
        let lines = solo.hear_answer(content("ok"));
        assert_eq!(lines, ["response 2.05 \"ok\"", "CON 0.01"]);
        assert_eq!(
            solo.last().options.uri_path().collect::<Vec<_>>(),
            [n.as_bytes()]
        );
    }
    assert_eq!(solo.hear_answer(content("ok")), ["response 2.05 \"ok\""]);
}

#[test]
fn co_17_a_failed_or_cancelled_request_makes_way() {
    let mut solo = Solo::new();
    let first = solo.request(Request::get());
    let second = solo.request(Request::post());
    solo.request(Request::new(Code::PUT));
    solo.request(Request::new(Code::DELETE));
    assert_eq!(solo.drain(), ["CON 0.01"]);
    solo.endpoint.cancel_exchange(second);
    assert_eq!(solo.drain(), [""; 0]);
    solo.endpoint.cancel_exchange(first);
    assert_eq!(solo.drain(), ["CON 0.03"]);
    let lines = solo.pass(Duration::from_secs(94));
    assert!(lines.contains(&"CON 0.04".to_owned()), "{lines:?}");
    solo.endpoint.abandon_peer(peer(1));
    assert_eq!(solo.pass(Duration::from_secs(300)), [""; 0]);
    assert_eq!(
        (solo.endpoint.exchange_count(), solo.endpoint.peer_count()),
        (0, 0)
    );
}

#[test]
fn co_18_a_response_with_an_unknown_critical_option_is_rejected() {
    let mut strange = content("x");
    strange.options.push(9, [1]);
    let failed = "failed: the response cannot be used: its option 9 must be understood and is not (RFC 7252 §5.4.1)";
    let mut solo = Solo::new();
    solo.ask(Request::get());
    assert_eq!(solo.hear_answer(strange.clone()), [failed]);
    solo.ask(Request::get());
    let token = solo.last().token;
    assert_eq!(
        solo.hear(&answer(Kind::Confirmable, 3, token, strange)),
        ["RST 0.00", failed]
    );
}

#[test]
fn co_25_an_unknown_response_code_is_of_its_class() {
    let mut solo = Solo::new();
    solo.ask(Request::get());
    assert_eq!(
        solo.hear_answer(Response::new(Code::of(4, 30))),
        ["response 4.30"]
    );
    assert_eq!(Code::of(4, 30).name(), "Client Error");
}

#[test]
fn a_non_confirmable_request_is_sent_once_and_waits_for_its_answer() {
    let mut solo = Solo::new();
    assert_eq!(
        solo.ask(Request {
            confirmable: false,
            ..Request::get()
        }),
        ["NON 0.01"]
    );
    let token = solo.last().token;
    assert_eq!(solo.pass(60 * SECOND), [""; 0]);
    let message = answer(Kind::NonConfirmable, 3, token, content("22"));
    assert_eq!(solo.hear(&message), ["response 2.05 \"22\""]);
    solo.ask(Request {
        confirmable: false,
        ..Request::get()
    });
    assert_eq!(solo.pass(94 * SECOND), ["failed: no response within 93 s"]);
}

#[test]
fn what_cannot_be_sent_is_refused() {
    let mut solo = Solo::with(
        Parameters::UDP,
        Limits {
            body_bytes: 10,
            observations: 0,
            ..Limits::SERVER
        },
    );
    let large = solo
        .endpoint
        .request(solo.now, peer(1), Request::post().payload(vec![0; 11]));
    assert_eq!(
        large,
        Err(Refused::BodyTooLarge {
            bytes: 11,
            limit: 10
        })
    );
    let code = solo
        .endpoint
        .request(solo.now, peer(1), Request::new(Code::CONTENT));
    assert_eq!(
        code,
        Err(Refused::WrongCode {
            code: Code::CONTENT
        })
    );
    let full = solo.endpoint.observe(solo.now, peer(1), Request::get());
    assert_eq!(full, Err(Refused::TooManyObservations { limit: 0 }));
    assert_eq!(solo.drain(), [""; 0]);
}
