//! Observation from both sides (RFC 7641), with a peer played by hand.

use std::time::Duration;

use super::peer;
use super::solo::{SECOND, Solo, answer, content, news, question};
use crate::block::Block;
use crate::code::Code;
use crate::message::{Kind, Message};
use crate::option;
use crate::params::{Limits, Parameters};
use crate::request::{Request, Response};
use crate::token::Token;

fn notification(kind: Kind, mid: u16, token: Token, response: Response) -> Message {
    answer(kind, mid, token, response)
}

/// A block of a notification, or of its rest.
fn piece(number: Option<u32>, block: Block, payload: &[u8], etag: u8) -> Response {
    let mut response = Response::new(Code::CONTENT).payload(payload);
    response.options.set(option::ETAG, [etag]);
    response.options.set_uint(option::BLOCK2, block.to_value());
    if let Some(number) = number {
        response.options.set_uint(option::OBSERVE, number);
    }
    response
}

const FIRST: Block = Block {
    num: 0,
    more: true,
    szx: 0,
};
const LAST: Block = Block {
    num: 1,
    more: false,
    szx: 0,
};
const UNKNOWN: &str =
    "unexpected: a notification (2.05) to a question that nobody asks, or no longer";

#[test]
fn ob_01_an_answer_without_observe_begins_nothing() {
    let mut solo = Solo::new();
    let (_, token) = solo
        .endpoint
        .observe(solo.now, peer(1), Request::get())
        .expect("room");
    solo.drain();
    assert_eq!(solo.last().token, token);
    assert_eq!(solo.hear_answer(content("22")), ["response 2.05 \"22\""]);
    assert_eq!(solo.responses[0].options.observe(), None);
    assert!(!solo.endpoint.is_observed(peer(1), token));
}

#[test]
fn ob_02_the_acknowledgement_is_the_callers() {
    let mut solo = Solo::new();
    let token = solo.observe("3");
    let message = notification(Kind::Confirmable, 50, token, news(2, "b"));
    assert_eq!(solo.hear(&message), ["notification fresh 2.05 \"b\""]);
    assert_eq!(
        solo.hear(&message),
        [""; 0],
        "OB-09: no second output, no answer yet"
    );
    assert_eq!(
        solo.pass(5 * SECOND),
        [""; 0],
        "no acknowledgement of our own accord"
    );
    let id = solo.notifications[0];
    solo.endpoint.acknowledge_notification(solo.now, id);
    assert_eq!(solo.drain(), ["ACK 0.00"]);
    assert_eq!(solo.last().mid, 50);
    assert_eq!(
        solo.hear(&message),
        ["ACK 0.00"],
        "OB-09: replayed once it is out"
    );
    solo.endpoint.acknowledge_notification(solo.now, id);
    assert_eq!(solo.drain(), [""; 0]);
}

#[test]
fn ob_02_a_non_confirmable_notification_is_not_acknowledged() {
    let mut solo = Solo::new();
    let token = solo.observe("3");
    let message = notification(Kind::NonConfirmable, 50, token, news(2, "b"));
    assert_eq!(solo.hear(&message), ["notification fresh 2.05 \"b\""]);
    assert_eq!(solo.hear(&message), [""; 0]);
    let id = solo.notifications[0];
    solo.endpoint.acknowledge_notification(solo.now, id);
    assert_eq!(solo.drain(), [""; 0]);
    solo.endpoint.reject_notification(solo.now, id);
    assert_eq!(solo.drain(), ["RST 0.00"]);
    assert!(!solo.endpoint.is_observed(peer(1), token));
}

#[test]
fn ob_03_an_unknown_notification_is_reset_confirmable_or_not() {
    let mut solo = Solo::new();
    for kind in [Kind::Confirmable, Kind::NonConfirmable] {
        let message = notification(kind, 50, Token::from(5), news(2, "b"));
        assert_eq!(solo.hear(&message), ["RST 0.00", UNKNOWN]);
    }
    let token = solo.observe("3");
    let message = notification(Kind::NonConfirmable, 51, token, news(2, "b")).encode();
    solo.endpoint.handle_datagram(solo.now, peer(2), &message);
    assert_eq!(
        solo.drain(),
        ["RST 0.00", UNKNOWN],
        "OB-13: another address has no share in it"
    );
}

#[test]
fn ob_04_older_news_are_told_as_stale() {
    let mut solo = Solo::new();
    let token = solo.observe("3");
    let mut hear = |mid, number, age: &str| {
        let lines = solo.hear(&notification(
            Kind::NonConfirmable,
            mid,
            token,
            news(number, "x"),
        ));
        assert_eq!(
            lines,
            [format!("notification {age} 2.05 \"x\"")],
            "number {number}"
        );
    };
    hear(10, 5, "fresh");
    hear(11, 4, "stale");
    hear(12, 5, "stale");
    hear(13, 6, "fresh");
    hear(14, 1 << 23, "fresh");
    hear(15, 0xff_ffff, "fresh");
    hear(16, 2, "fresh");
    solo.pass(129 * SECOND);
    let late = notification(Kind::NonConfirmable, 17, token, news(1, "x"));
    assert_eq!(solo.hear(&late), ["notification fresh 2.05 \"x\""]);
}

#[test]
fn ob_06_a_passive_cancellation_resets_the_next_notification() {
    let mut solo = Solo::new();
    let token = solo.observe("3");
    solo.endpoint.forget_observation(peer(1), token);
    assert_eq!(solo.drain(), [""; 0]);
    let message = notification(Kind::Confirmable, 50, token, news(2, "b"));
    assert_eq!(solo.hear(&message), ["RST 0.00", UNKNOWN]);
}

#[test]
fn ob_06_an_active_cancellation_has_the_same_token() {
    let mut solo = Solo::new();
    let token = solo.observe("3");
    let request = Request::get().segment("3");
    solo.endpoint
        .cancel_active(solo.now, peer(1), token, request)
        .expect("room");
    assert_eq!(solo.drain(), ["CON 0.01"]);
    assert_eq!(
        (solo.last().token, solo.last().options.observe()),
        (token, Some(1))
    );
    let last = notification(Kind::NonConfirmable, 50, token, news(2, "b"));
    assert_eq!(
        solo.hear(&last),
        ["notification fresh 2.05 \"b\""],
        "it overtook the answer"
    );
    assert_eq!(solo.hear_answer(content("c")), ["response 2.05 \"c\""]);
    assert!(!solo.endpoint.is_observed(peer(1), token));
}

#[test]
fn ob_07_an_error_is_the_last_notification() {
    for last in [Response::new(Code::NOT_FOUND), content("no number")] {
        let mut solo = Solo::new();
        let token = solo.observe("3");
        let line = format!("notification fresh {}", last.code);
        let lines = solo.hear(&notification(Kind::Confirmable, 50, token, last));
        assert!(lines[0].starts_with(&line), "{lines:?}");
        assert!(!solo.endpoint.is_observed(peer(1), token));
    }
}

#[test]
fn ob_08_an_observation_does_not_expire() {
    let mut solo = Solo::new();
    let token = solo.observe("3");
    solo.pass(Duration::from_secs(7 * 86_400));
    assert_eq!(
        solo.endpoint.peer_count(),
        0,
        "of the peer itself nothing is kept"
    );
    let message = notification(Kind::Confirmable, 50, token, news(2, "b"));
    assert_eq!(solo.hear(&message), ["notification fresh 2.05 \"b\""]);
}

#[test]
fn ob_12_the_rest_of_a_large_notification_is_fetched() {
    let mut solo = Solo::new();
    let token = solo.observe("3");
    let first = piece(Some(2), FIRST, b"0123456789abcdef", 1);
    assert_eq!(
        solo.hear(&notification(Kind::Confirmable, 50, token, first)),
        ["CON 0.01"]
    );
    let fetch = solo.last().clone();
    assert_ne!(fetch.token, token);
    assert_eq!(
        (fetch.options.observe(), fetch.options.block2()),
        (
            None,
            Some(Block {
                num: 1,
                more: false,
                szx: 0
            })
        )
    );
    assert_eq!(fetch.options.uri_path().collect::<Vec<_>>(), [b"3"]);
    let lines = solo.hear_answer(piece(None, LAST, b"gh", 1));
    assert_eq!(lines, ["notification fresh 2.05 \"0123456789abcdefgh\""]);
    assert_eq!(
        solo.pass(10 * SECOND),
        [""; 0],
        "its acknowledgement is the caller's again"
    );
    solo.endpoint
        .acknowledge_notification(solo.now, solo.notifications[0]);
    assert_eq!(solo.drain(), ["ACK 0.00"]);
    assert_eq!(solo.last().mid, 50);
}

#[test]
fn ob_12_newer_news_abort_the_fetch_of_older_ones() {
    let mut solo = Solo::new();
    let token = solo.observe("3");
    solo.hear(&notification(
        Kind::Confirmable,
        50,
        token,
        piece(Some(2), FIRST, &[b'a'; 16], 1),
    ));
    let newer = notification(
        Kind::Confirmable,
        51,
        token,
        piece(Some(3), FIRST, &[b'b'; 16], 2),
    );
    assert_eq!(
        solo.hear(&newer),
        ["ACK 0.00", "CON 0.01"],
        "the older is done with"
    );
    let lines = solo.hear_answer(piece(None, LAST, b"b", 2));
    assert_eq!(lines, ["notification fresh 2.05 \"bbbbbbbbbbbbbbbbb\""]);
    assert_eq!(solo.notifications[0].mid(), 51);
}

#[test]
fn ob_12_ob_13_what_ends_or_moves_an_observation_ends_its_fetch() {
    type End = fn(&mut Solo, Token);
    let ends: [(&str, End); 3] = [
        ("forgotten", |solo, token| {
            solo.endpoint.forget_observation(peer(1), token);
        }),
        ("moved", |solo, token| {
            solo.endpoint.move_observation(peer(1), token, peer(2));
        }),
        ("cancelled", |solo, token| {
            let request = Request::new(Code::GET).segment("3");
            let asked = solo
                .endpoint
                .cancel_active(solo.now, peer(1), token, request);
            asked.expect("there is room");
            solo.drain();
            let to_the_fetch = Response::new(Code::CONTENT).payload(b"late".to_vec());
            solo.hear(&answer(Kind::NonConfirmable, 60, token, to_the_fetch));
        }),
    ];
    for (name, end) in ends {
        let parameters = Parameters {
            nstart: 2,
            ..Parameters::UDP
        };
        let mut solo = Solo::with(parameters, Limits::SERVER);
        let token = solo.observe("3");
        let first = piece(Some(2), FIRST, b"0123456789abcdef", 1);
        solo.hear(&notification(Kind::Confirmable, 50, token, first));
        assert_eq!(solo.endpoint.exchange_count(), 1, "the fetch");
        end(&mut solo, token);
        assert_eq!(solo.endpoint.exchange_count(), 0, "{name}");
        assert_eq!(solo.notifications, [], "{name}");
    }
}

#[test]
fn ob_12_a_change_during_the_fetch_begins_anew() {
    let mut solo = Solo::new();
    let token = solo.observe("3");
    solo.hear(&notification(
        Kind::Confirmable,
        50,
        token,
        piece(Some(2), FIRST, &[b'a'; 16], 1),
    ));
    assert_eq!(solo.hear_answer(piece(None, LAST, b"b", 2)), ["CON 0.01"]);
    assert_eq!(
        solo.last().options.block2(),
        Some(Block {
            num: 0,
            more: false,
            szx: 0
        })
    );
    assert_eq!(
        solo.hear_answer(content("short now")),
        ["notification fresh 2.05 \"short now\""]
    );
    assert_eq!(
        solo.responses
            .last()
            .and_then(|response| response.options.observe()),
        Some(2)
    );
}

#[test]
fn ob_12_a_long_fetch_does_not_hold_the_acknowledgement() {
    let mut solo = Solo::new();
    let token = solo.observe("3");
    solo.hear(&notification(
        Kind::Confirmable,
        50,
        token,
        piece(Some(2), FIRST, &[b'a'; 16], 1),
    ));
    assert_eq!(solo.pass(Duration::from_millis(1_100)), ["ACK 0.00"]);
    let lines = solo.pass(Duration::from_secs(600));
    let end = lines.last().expect("an end");
    assert!(
        end.starts_with("unexpected: a large notification whose rest could not be fetched"),
        "{end}"
    );
    assert!(solo.endpoint.is_observed(peer(1), token));
}

#[test]
fn ob_13_observations_move_with_a_peer_that_may_move() {
    let mut solo = Solo::new();
    let token = solo.observe("3");
    solo.endpoint.move_observation(peer(1), token, peer(2));
    assert!(!solo.endpoint.is_observed(peer(1), token));
    let message = notification(Kind::Confirmable, 50, token, news(2, "b")).encode();
    solo.endpoint.handle_datagram(solo.now, peer(2), &message);
    assert_eq!(solo.drain(), ["notification fresh 2.05 \"b\""]);
}

#[test]
fn ob_16_observations_survive_a_restart() {
    let mut solo = Solo::new();
    let token = solo.observe("3");
    let mut restarted = Solo::new();
    restarted
        .endpoint
        .restore_observation(peer(1), token, Request::get().segment("3"));
    let message = notification(Kind::Confirmable, 50, token, news(2, "b"));
    assert_eq!(restarted.hear(&message), ["notification fresh 2.05 \"b\""]);
    let large = notification(
        Kind::Confirmable,
        51,
        token,
        piece(Some(3), FIRST, &[b'a'; 16], 1),
    );
    assert_eq!(restarted.hear(&large), ["CON 0.01"]);
    assert_eq!(
        restarted.last().options.uri_path().collect::<Vec<_>>(),
        [b"3"]
    );
}

#[test]
fn an_observation_whose_first_answer_never_got_whole_is_none() {
    let mut solo = Solo::new();
    let (id, token) = solo
        .endpoint
        .observe(solo.now, peer(1), Request::get())
        .expect("room");
    solo.drain();
    solo.hear_answer(piece(Some(1), FIRST, &[b'a'; 16], 1));
    assert!(solo.endpoint.is_observed(peer(1), token));
    solo.endpoint.cancel_exchange(id);
    assert!(!solo.endpoint.is_observed(peer(1), token));
}

/// The peer observes /3 of ours.
fn observed() -> (Solo, Token) {
    let mut solo = Solo::with(
        Parameters {
            block_szx: 0,
            ..Parameters::UDP
        },
        Limits::DEVICE,
    );
    let mut request = Request::get().segment("3");
    request.options.set_uint(option::OBSERVE, 0);
    let message = question(Kind::Confirmable, 1, request);
    assert_eq!(solo.hear(&message), ["request 0.01"]);
    assert_eq!(solo.requests[0].1.options.observe(), Some(0));
    assert_eq!(solo.respond(news(1, "a")), ["ACK 2.05 \"a\""]);
    (solo, message.token)
}

#[test]
fn a_notification_of_ours_is_delivered_rejected_or_lost() {
    let (mut solo, token) = observed();
    let notify = |solo: &mut Solo, sequence, confirmable| {
        solo.endpoint
            .notify(
                solo.now,
                peer(1),
                token,
                sequence,
                content("b"),
                confirmable,
            )
            .expect("room");
        solo.drain()
    };
    assert_eq!(notify(&mut solo, 2, true), ["CON 2.05 \"b\""]);
    assert_eq!(
        (solo.last().token, solo.last().options.observe()),
        (token, Some(2))
    );
    assert_eq!(notify(&mut solo, 3, true), [""; 0], "one at a time");
    assert_eq!(solo.hear_ack(), ["delivered", "CON 2.05 \"b\""]);
    let mid = solo.last().mid;
    let reset = "failed: the peer rejected the message with a Reset";
    assert_eq!(solo.hear(&Message::empty(Kind::Reset, mid)), [reset]);
    assert_eq!(notify(&mut solo, 4, false), ["NON 2.05 \"b\"", "delivered"]);
    let mid = solo.last().mid;
    assert_eq!(
        solo.hear(&Message::empty(Kind::Reset, mid)),
        [reset],
        "int-302: also of a NON"
    );
    assert_eq!(notify(&mut solo, 5, true), ["CON 2.05 \"b\""]);
    let end = solo.pass(Duration::from_secs(100));
    assert!(
        end.last()
            .is_some_and(|line| line.starts_with("failed: no acknowledgement")),
        "{end:?}"
    );
}

#[test]
fn ob_12_the_rest_of_a_large_notification_of_ours_is_served() {
    let (mut solo, token) = observed();
    let body: Vec<u8> = (0..40).collect();
    let response = Response::new(Code::CONTENT).payload(body.clone());
    solo.endpoint
        .notify(solo.now, peer(1), token, 2, response, true)
        .expect("room");
    assert_eq!(solo.drain().len(), 1);
    assert_eq!(solo.last().options.block2(), Some(FIRST));
    let etag = solo.last().options.etag().map(<[u8]>::to_vec);
    let mut rest = Request::get().segment("3");
    rest.options.set_uint(
        option::BLOCK2,
        Block {
            num: 2,
            more: false,
            szx: 0,
        }
        .to_value(),
    );
    assert_eq!(solo.hear(&question(Kind::Confirmable, 9, rest)).len(), 1);
    assert_eq!(solo.last().payload, body[32..]);
    assert_eq!(solo.last().options.etag().map(<[u8]>::to_vec), etag);
    assert_eq!(solo.requests.len(), 1);
}
