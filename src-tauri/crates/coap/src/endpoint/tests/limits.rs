//! The numbers of a binding, and what is remembered of whom: parameters are honoured,
//! memory is bounded, and those who crowd it push out only their like.

use std::time::Duration;

use super::solo::{SECOND, Solo, answer, content, news, question};
use super::{LISTENER, peer};
use crate::code::Code;
use crate::message::{Kind, Message};
use crate::option;
use crate::params::{Limits, Parameters};
use crate::peer::Peer;
use crate::request::{Request, Response};

/// A peer of many.
fn one_of_many(n: u32) -> Peer {
    Peer::new(LISTENER, &n.to_be_bytes()).expect("four bytes fit")
}

#[test]
fn co_08_the_parameters_of_a_binding_are_honoured() {
    let lorawan = Parameters {
        ack_timeout: Duration::from_secs(300),
        ack_random_per_mille: 1_000,
        max_retransmit: 2,
        ..Parameters::UDP
    };
    let mut solo = Solo::with(lorawan, Limits::SERVER);
    let start = solo.now;
    solo.ask(Request::get());
    let mut times = vec![];
    while let Some(at) = solo.endpoint.next_timeout() {
        solo.now = at;
        solo.endpoint.handle_timeout(at);
        let lines = solo.drain();
        times.push(at.since(start).as_secs());
        if lines.iter().any(|line| line.starts_with("failed")) {
            break;
        }
    }
    assert_eq!(times, [300, 900, 2_100]);
    assert_eq!(lorawan.max_transmit_span(), Duration::from_secs(900));
    assert_eq!(lorawan.max_transmit_wait(), Duration::from_secs(2_100));
}

#[test]
fn co_11_the_same_id_of_another_peer_is_another_message() {
    let mut solo = Solo::new();
    let post = question(Kind::Confirmable, 5, Request::post());
    assert_eq!(solo.hear(&post), ["request 0.02"]);
    solo.endpoint
        .handle_datagram(solo.now, peer(2), &post.encode());
    assert_eq!(solo.drain(), ["request 0.02"], "another address");
    let session = Peer::new(crate::ListenerId(1), peer(1).address()).expect("short");
    solo.endpoint
        .handle_datagram(solo.now, session, &post.encode());
    assert_eq!(solo.drain(), ["request 0.02"], "another listener");
}

#[test]
fn co_12_ob_09_a_device_may_notify_a_hundred_times_a_second() {
    for kind in [Kind::NonConfirmable, Kind::Confirmable] {
        let mut solo = Solo::new();
        let token = solo.observe("3");
        for n in 2..20_000_u32 {
            let message = answer(kind, n as u16, token, news(n, "x"));
            assert_eq!(
                solo.hear(&message),
                ["notification fresh 2.05 \"x\""],
                "{n}"
            );
            let id = solo.notifications.pop().expect("a notification");
            solo.endpoint.acknowledge_notification(solo.now, id);
            solo.drain();
            if n % 97 == 0 {
                let again = answer(kind, (n - 50) as u16, token, news(n - 50, "x"));
                let lines = solo.hear(&again);
                assert!(lines.len() <= 1, "OB-09: no second sample: {lines:?}");
                assert!(!lines.concat().contains("notification"));
            }
            solo.pass(SECOND / 100);
        }
    }
}

#[test]
fn co_12_forged_addresses_push_out_each_other_and_nobody_verified() {
    let limits = Limits {
        peers: 100,
        ..Limits::SERVER
    };
    let mut solo = Solo::with(Parameters::UDP, limits);
    // A device that has answered us, and one whose Register waits for its answer.
    solo.ask(Request::get());
    solo.hear_answer(content("true"));
    let register = question(Kind::Confirmable, 7, Request::post().segment("rd"));
    solo.hear(&register);
    solo.respond(Response::new(Code::CREATED));
    solo.endpoint
        .handle_datagram(solo.now, peer(2), &register.encode());
    assert_eq!(solo.drain(), ["request 0.02"]);
    for n in 0..10_000 {
        let bytes = question(Kind::Confirmable, 1, Request::post()).encode();
        solo.endpoint
            .handle_datagram(solo.now, one_of_many(n), &bytes);
        let (id, _) = match solo.drain().as_slice() {
            [line] if line == "request 0.02" => solo.requests.pop().expect("a request"),
            other => panic!("{other:?}"),
        };
        solo.endpoint
            .respond(solo.now, id, Response::new(Code::CHANGED));
        solo.drain();
        assert!(solo.endpoint.peer_count() <= 100);
    }
    assert_eq!(solo.hear(&register), ["ACK 2.01"], "remembered");
    solo.endpoint
        .handle_datagram(solo.now, peer(2), &register.encode());
    assert_eq!(solo.drain(), [""; 0], "its answer is still to come");
    assert!(solo.endpoint.counters().evicted >= 9_900);
    solo.pass(Duration::from_secs(300));
    assert!(solo.endpoint.peer_count() <= 1, "{:?}", solo.endpoint);
    assert_eq!(
        solo.endpoint.ctx.room.used,
        solo.endpoint
            .peers
            .values()
            .map(|state| state.remembered.bytes())
            .sum::<usize>()
    );
}

#[test]
fn co_12_when_all_are_verified_a_stranger_has_to_wait() {
    let limits = Limits {
        peers: 3,
        ..Limits::SERVER
    };
    let mut solo = Solo::with(Parameters::UDP, limits);
    for n in 0..3 {
        let to = one_of_many(n);
        solo.endpoint
            .request(solo.now, to, Request::get())
            .expect("room");
        solo.drain();
        let last = solo.last().clone();
        let bytes = answer(Kind::Acknowledgement, last.mid, last.token, content("a")).encode();
        solo.endpoint.handle_datagram(solo.now, to, &bytes);
        assert_eq!(solo.drain(), ["response 2.05 \"a\""]);
    }
    let ask = question(Kind::Confirmable, 1, Request::post());
    assert_eq!(solo.hear(&ask), [""; 0]);
    assert_eq!(solo.endpoint.counters().dropped, 1);
    solo.pass(Duration::from_secs(248));
    assert_eq!(
        solo.hear(&ask),
        ["request 0.02"],
        "retransmitted, it is taken"
    );
}

#[test]
fn co_17_the_number_of_requests_under_way_goes_up_only() {
    for (nstart, at_once) in [(0, 1), (1, 1), (3, 3)] {
        let params = Parameters {
            nstart,
            ..Parameters::UDP
        };
        let mut solo = Solo::with(params, Limits::SERVER);
        for _ in 0..5 {
            solo.request(Request::get());
        }
        assert_eq!(solo.drain().len(), at_once);
        solo.hear_answer(content("a"));
        assert_eq!(solo.sent.len(), at_once + 1);
    }
}

#[test]
fn co_18_a_notification_with_an_unknown_critical_option_is_rejected() {
    for kind in [Kind::Confirmable, Kind::NonConfirmable] {
        let mut solo = Solo::new();
        let token = solo.observe("3");
        let mut strange = news(2, "x");
        strange.options.push(9, [1]);
        let lines = solo.hear(&answer(kind, 50, token, strange));
        assert_eq!(lines[0], "RST 0.00");
        assert!(lines[1].starts_with("unexpected"), "{lines:?}");
        assert!(!solo.endpoint.is_observed(peer(1), token));
    }
}

#[test]
fn co_20_elective_options_out_of_their_limits_are_as_if_absent() {
    for (number, values) in [
        (option::MAX_AGE, vec![vec![1], vec![2]]),
        (option::SIZE1, vec![vec![0; 5]]),
        (option::SIZE2, vec![vec![0; 5]]),
        (option::ETAG, vec![vec![]]),
        (option::CONTENT_FORMAT, vec![vec![0; 3]]),
    ] {
        let mut solo = Solo::new();
        let mut request = Request::get();
        for value in &values {
            request.options.push(number, value.as_slice());
        }
        let lines = solo.hear(&question(Kind::Confirmable, 1, request));
        assert_eq!(lines, ["request 0.01"]);
        let left = solo.requests[0].1.options.get_all(number).count();
        assert_eq!(left, values.len() - 1, "option {number}");
    }
}

#[test]
fn co_23_segments_of_a_path_are_opaque() {
    let segments: [&[u8]; 7] = [b"%2e%2e", b"..", b".", b"", b"a/b", &[0xff, 0xfe], b"%00"];
    let mut solo = Solo::new();
    let mut request = Request::get();
    for segment in segments {
        request.options.push(option::URI_PATH, segment);
        request.options.push(option::URI_QUERY, segment);
    }
    solo.hear(&question(Kind::Confirmable, 1, request));
    let (_, heard) = &solo.requests[0];
    assert!(heard.options.uri_path().eq(segments), "as they were sent");
    assert!(heard.options.uri_query().eq(segments));
}

#[test]
fn co_27_no_message_of_ours_is_longer_than_1152_bytes() {
    let mut solo = Solo::new();
    solo.trust();
    let body = vec![b'x'; 50_000];
    let path = ["a-segment-of-a-path"; 4];
    solo.ask(Request::new(Code::PUT).path(path).payload(body.clone()));
    solo.endpoint.abandon_peer(peer(1));
    solo.ask(Request::new(Code::FETCH).payload(body[..1_024].to_vec()));
    solo.hear(&question(Kind::Confirmable, 1, Request::get()));
    solo.respond(content("").payload(body.clone()));
    let mut observe = Request::get();
    observe.options.set_uint(option::OBSERVE, 0);
    let observe = question(Kind::Confirmable, 2, observe);
    solo.hear(&observe);
    solo.respond(news(1, "a"));
    let news = content("").payload(body);
    solo.endpoint
        .notify(solo.now, peer(1), observe.token, 2, news, false)
        .expect("room");
    solo.drain();
    assert_eq!(solo.sent.len(), 5);
    for message in &solo.sent {
        assert!(message.encode().len() <= 1_152);
    }
}

#[test]
fn co_27_a_datagram_of_64_kib_is_taken_whole_or_refused_with_the_limit() {
    let largest = 65_507 - 40;
    let ask = question(
        Kind::Confirmable,
        1,
        Request::post().payload(vec![7; largest]),
    );
    let mut solo = Solo::new();
    assert_eq!(solo.hear(&ask).len(), 1);
    assert_eq!(solo.requests[0].1.payload.len(), largest);
    let limits = Limits {
        body_bytes: 65_000,
        ..Limits::SERVER
    };
    let mut solo = Solo::with(Parameters::UDP, limits);
    solo.hear(&Message { mid: 2, ..ask });
    assert_eq!(solo.last().code, Code::REQUEST_ENTITY_TOO_LARGE);
    assert_eq!(solo.last().options.get_uint(option::SIZE1), Some(65_000));
    assert!(solo.requests.is_empty());
}
