//! The message layer: format errors, pings, repetitions, options.

use std::time::Duration;

use super::peer;
use super::solo::{SECOND, Solo, content, question};
use crate::code::Code;
use crate::message::{Kind, Message};
use crate::option;
use crate::params::{Limits, Parameters};
use crate::request::{Request, Response};

/// A peer sends `bytes`; what comes of it.
fn check(bytes: &[u8], expected: &[&str]) {
    let mut solo = Solo::new();
    assert_eq!(solo.hear_bytes(bytes), expected, "{bytes:02x?}");
    assert_eq!(
        solo.endpoint.peer_count(),
        0,
        "nothing is kept of a malformed message"
    );
}

#[test]
fn co_06_format_errors_are_reset_if_confirmable_and_dropped_if_not() {
    let empty = "malformed: the payload marker has no payload behind it";
    check(&[0x40, 1, 0, 1, 0xff], &["RST 0.00", empty]);
    for kind in [0x50, 0x60, 0x70] {
        check(&[kind, 1, 0, 1, 0xff], &[empty]);
    }
    check(
        &[0x80, 1, 0, 1],
        &["malformed: CoAP version 2 is not known; 1 is"],
    );
    check(
        &[],
        &["malformed: a datagram of 0 B is too short for a CoAP message, which has at least 4"],
    );
}

#[test]
fn co_07_a_ping_is_answered_with_reset() {
    let mut solo = Solo::new();
    assert_eq!(solo.hear_bytes(&[0x40, 0, 0x12, 0x34]), ["RST 0.00"]);
    assert_eq!(solo.last().mid, 0x1234);
    assert_eq!(solo.endpoint.peer_count(), 0);
}

#[test]
fn co_07_our_ping_is_delivered_by_its_reset() {
    let mut solo = Solo::new();
    solo.endpoint.ping(solo.now, peer(1)).expect("room");
    assert_eq!(solo.drain(), ["CON 0.00"]);
    let mid = solo.last().mid;
    assert_eq!(solo.hear(&Message::empty(Kind::Reset, mid)), ["delivered"]);
}

#[test]
fn co_11_a_repetition_gets_the_same_bytes_and_runs_nothing() {
    let mut solo = Solo::new();
    let post = question(Kind::Confirmable, 5, Request::post().segment("rd"));
    assert_eq!(solo.hear(&post), ["request 0.02"]);
    assert_eq!(solo.hear(&post), [""; 0], "the answer is pending: silence");
    assert_eq!(
        solo.respond(Response::new(Code::CREATED).location("rd").location("7")),
        ["ACK 2.01"]
    );
    let first = solo.last().clone();
    assert_eq!(solo.hear(&post), ["ACK 2.01"]);
    assert_eq!(solo.last(), &first);
    assert_eq!(solo.endpoint.counters().duplicates, 2);
    solo.pass(Duration::from_secs(246));
    assert_eq!(solo.hear(&post), ["ACK 2.01"], "within EXCHANGE_LIFETIME");
    solo.pass(2 * SECOND);
    assert_eq!(
        solo.hear(&post),
        ["request 0.02"],
        "after it the id may come again"
    );
}

#[test]
fn co_11_a_non_confirmable_repetition_is_ignored_for_non_lifetime() {
    let mut solo = Solo::new();
    let get = question(Kind::NonConfirmable, 5, Request::get());
    assert_eq!(solo.hear(&get), ["request 0.01"]);
    assert_eq!(solo.respond(content("1")), ["NON 2.05 \"1\""]);
    assert_eq!(solo.hear(&get), [""; 0]);
    solo.pass(Duration::from_secs(146));
    assert_eq!(solo.hear(&get), ["request 0.01"]);
}

#[test]
fn co_12_a_peer_that_stays_away_is_forgotten() {
    let mut solo = Solo::new();
    solo.hear(&question(Kind::Confirmable, 5, Request::post()));
    solo.respond(Response::new(Code::CHANGED));
    assert_eq!(solo.endpoint.peer_count(), 1);
    solo.pass(Duration::from_secs(250));
    assert_eq!(solo.endpoint.peer_count(), 0);
    assert_eq!(solo.endpoint.next_timeout(), None);
}

#[test]
fn co_12_commands_beyond_memory_are_told_to_wait() {
    let mut solo = Solo::new();
    let mut answers = std::collections::BTreeMap::<String, u32>::new();
    // Ids in no order: those counted up are kept however many they are.
    for mid in (0..20_000).step_by(10) {
        let lines = solo.hear(&question(Kind::Confirmable, mid, Request::post()));
        if lines == ["request 0.02"] {
            assert_eq!(solo.respond(Response::new(Code::CHANGED)), ["ACK 2.04"]);
        }
        *answers.entry(lines.concat()).or_default() += 1;
    }
    assert_eq!(answers.len(), 2, "{answers:?}");
    assert!(answers["request 0.02"] > 1_000);
    assert_eq!(solo.last().code, Code::SERVICE_UNAVAILABLE);
    assert!(solo.last().options.get(option::MAX_AGE).is_some());
    for mid in (0..1_000).step_by(10) {
        let again = solo.hear(&question(Kind::Confirmable, mid, Request::post()));
        assert_eq!(again, [""; 0], "command {mid} must not run twice");
    }
}

#[test]
fn co_12_pending_requests_are_never_forgotten() {
    let limits = Limits {
        remembered_per_peer: 4,
        ..Limits::SERVER
    };
    let mut solo = Solo::with(Parameters::UDP, limits);
    for mid in 0..4 {
        assert_eq!(
            solo.hear(&question(Kind::Confirmable, mid, Request::get())),
            ["request 0.01"]
        );
    }
    let wordy = Request::get().segment("long-enough-for-words");
    let refused = solo.hear(&question(Kind::Confirmable, 4, wordy));
    assert_eq!(refused, ["ACK 5.03 \"too much at once; try again later\""]);
    assert_eq!(
        solo.hear(&question(Kind::Confirmable, 0, Request::get())),
        [""; 0]
    );
}

/// A request with one option more; what comes of it, confirmable and not.
fn check_option(number: u16, value: &[u8], confirmable: &str, non_confirmable: &[&str]) {
    for (kind, expected) in [
        (Kind::Confirmable, &[confirmable][..]),
        (Kind::NonConfirmable, non_confirmable),
    ] {
        let mut solo = Solo::new();
        let mut request = Request::get().segment("3");
        request.options.push(number, value);
        let lines = solo.hear(&question(kind, 1, request));
        let codes: Vec<&str> = lines
            .iter()
            .map(|line| line.split(" \"").next().unwrap_or_default())
            .collect();
        assert_eq!(codes, expected, "option {number} in {kind:?}");
    }
}

#[test]
fn co_18_unknown_critical_options_are_refused() {
    check_option(9, &[], "ACK 4.02", &[]);
    check_option(19, &[1], "ACK 4.02", &[]);
    check_option(option::URI_PORT, &[1, 2, 3], "ACK 4.02", &[]);
}

#[test]
fn co_18_the_refusal_names_the_option_and_is_repeated() {
    let mut solo = Solo::new();
    let mut request = Request::get().segment("long-enough-for-words");
    request.options.push(9, [1]);
    let message = question(Kind::Confirmable, 1, request);
    let refusal = "ACK 4.02 \"option 9 is critical and not understood, or its value is malformed or repeated\"";
    assert_eq!(solo.hear(&message), [refusal]);
    assert_eq!(solo.hear(&message), [refusal]);
}

#[test]
fn co_19_co_20_co_21_elective_and_host_options_do_no_harm() {
    for (number, value) in [
        (option::URI_HOST, &b"a"[..]),
        (option::URI_PORT, &[22, 51]),
        (2048, &[1, 2]),
        (option::NO_RESPONSE, &[2]),
        (option::OBSERVE, &[0, 0, 0, 0]),
    ] {
        check_option(number, value, "request 0.01", &["request 0.01"]);
    }
}

#[test]
fn ob_05_an_observe_option_of_four_bytes_is_none() {
    let mut solo = Solo::new();
    let mut request = Request::get();
    request.options.push(option::OBSERVE, [0; 4]);
    assert_eq!(
        solo.hear(&question(Kind::Confirmable, 1, request)),
        ["request 0.01"]
    );
    assert_eq!(solo.requests[0].1.options.get(option::OBSERVE), None);
}

#[test]
fn co_22_nothing_is_proxied() {
    check_option(
        option::PROXY_URI,
        b"coap://10.0.0.1/",
        "ACK 5.05",
        &["NON 5.05"],
    );
    check_option(option::PROXY_SCHEME, b"http", "ACK 5.05", &["NON 5.05"]);
}

#[test]
fn g_30_a_refusal_is_at_most_three_times_as_long_as_its_request() {
    let requests = [
        (
            Request::new(Code::of(0, 30)),
            "ACK 4.05 \"method 0.30 is not\"",
        ),
        (Request::get(), "ACK 5.03 \"too much at once;\""),
    ];
    let limits = Limits {
        remembered_per_peer: 1,
        ..Limits::SERVER
    };
    for (request, words) in requests {
        let mut solo = Solo::with(Parameters::UDP, limits);
        if request.code == Code::GET {
            solo.hear(&question(Kind::Confirmable, 1, Request::get()));
        }
        let message = question(Kind::Confirmable, 2, request);
        assert_eq!(solo.hear(&message), [words]);
        let (asked, answered) = (message.encode().len(), solo.last().encode().len());
        assert!(answered <= asked * 3, "{answered} bytes for {asked}");
    }
}

#[test]
fn co_24_unknown_methods_are_not_allowed() {
    for detail in 8..32 {
        let mut solo = Solo::new();
        let lines = solo.hear(&question(
            Kind::Confirmable,
            1,
            Request::new(Code::of(0, detail)).segment("words"),
        ));
        assert_eq!(
            lines,
            [format!("ACK 4.05 \"method 0.{detail:02} is not known\"")]
        );
    }
}

#[test]
fn co_27_a_body_over_the_limit_is_refused_with_its_size() {
    let limits = Limits {
        body_bytes: 2_000,
        ..Limits::SERVER
    };
    let mut solo = Solo::with(Parameters::UDP, limits);
    let request = Request::post().payload(vec![0; 2_001]);
    assert_eq!(
        solo.hear(&question(Kind::Confirmable, 1, request)),
        ["ACK 4.13 \"at most 2000 bytes are taken\""]
    );
    assert_eq!(solo.last().options.get_uint(option::SIZE1), Some(2_000));
}

#[test]
fn stray_messages_leave_nothing_behind() {
    let mut solo = Solo::new();
    assert_eq!(
        solo.hear(&Message::empty(Kind::Acknowledgement, 1)),
        [""; 0]
    );
    assert_eq!(solo.hear(&Message::empty(Kind::Reset, 1)), [""; 0]);
    assert_eq!(solo.hear(&Message::empty(Kind::NonConfirmable, 1)), [""; 0]);
    assert_eq!(
        solo.hear(&question(Kind::Reset, 1, Request::get())),
        [""; 0]
    );
    assert_eq!(
        (solo.endpoint.peer_count(), solo.endpoint.next_timeout()),
        (0, None)
    );
}
