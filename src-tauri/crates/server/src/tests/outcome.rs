//! How operations end: refusals, timeouts told apart, withdrawal. Each ends once.

use super::bench::{Bench, at};
use super::device::content;
use crate::operation::{Ask, Outcome};
use coap::{Code, Response};
use std::time::Duration;

const GOOD: &str = "ep=urn:x&lt=86400&lwm2m=1.1&b=U";

fn outcome(bench: &Bench) -> (Outcome, &str) {
    let ending = bench.ending(1);
    (ending.outcome, &ending.detail)
}

#[test]
fn dm_01_dm_19_dm_20_each_refusal_keeps_its_code_and_the_words_of_the_device() {
    let codes = [
        (
            Code::BAD_REQUEST,
            "the device answered 4.00 Bad Request: no",
        ),
        (
            Code::UNAUTHORIZED,
            "the device answered 4.01 Unauthorized: no",
        ),
        (Code::NOT_FOUND, "the device answered 4.04 Not Found: no"),
        (
            Code::METHOD_NOT_ALLOWED,
            "the device answered 4.05 Method Not Allowed: no",
        ),
        (
            Code::NOT_ACCEPTABLE,
            "the device answered 4.06 Not Acceptable: no",
        ),
        (
            Code::INTERNAL_SERVER_ERROR,
            "the device answered 5.00 Internal Server Error: no",
        ),
        (Code::of(5, 30), "the device answered 5.30 Server Error: no"),
    ];
    for (code, words) in codes {
        let mut bench = Bench::registered(GOOD);
        bench.read("/3/0/0");
        bench.answer(Response::diagnostic(code, "no"));
        assert_eq!(outcome(&bench), (Outcome::Refused, words));
        assert_eq!(bench.ending(1).code, Some(code));
    }
}

#[test]
fn dm_07_a_payload_that_cannot_be_read_is_told_and_a_wrong_type_is_kept() {
    let mut bench = Bench::registered(GOOD);
    bench.read("/3/0/9");
    bench.answer(content(110, "[{\"n\":"));
    let (outcome, detail) = outcome(&bench);
    assert_eq!(outcome, Outcome::Refused);
    assert!(
        detail.starts_with("the answer 2.05 arrived but cannot be read: "),
        "{detail}"
    );

    bench.read("/3/0/9");
    bench.answer(content(110, "[{\"bn\":\"/3/0/9\",\"vs\":\"full\"}]"));
    let ending = bench.ending(2);
    assert_eq!((ending.outcome, ending.values.len()), (Outcome::Success, 1));
    assert!(
        ending.deviations.iter().any(|own| own.code == "DM-07"),
        "{:?}",
        ending.deviations
    );
}

#[test]
fn dm_21_no_acknowledgement_no_response_reset_and_waiting_are_told_apart() {
    let silent = "no acknowledgement after 5 transmissions; the peer may be offline, asleep or behind another address";
    let mut bench = Bench::registered(GOOD);
    bench.read("/3/0/0");
    bench.pass(94);
    assert_eq!(outcome(&bench), (Outcome::TimedOut, silent));
    assert_eq!(
        bench
            .sent
            .iter()
            .filter(|(_, own)| own.code == Code::GET)
            .count(),
        5
    );

    let mut bench = Bench::registered(GOOD);
    bench.read("/3/0/0");
    bench.acknowledge();
    bench.pass(94);
    let late = "no response within 93 s, though the request was acknowledged";
    assert_eq!(outcome(&bench), (Outcome::TimedOut, late));

    let mut bench = Bench::registered(GOOD);
    bench.read("/3/0/0");
    bench.reset();
    let reset = "the peer rejected the message with a Reset";
    assert_eq!(outcome(&bench), (Outcome::Refused, reset));

    let mut bench = Bench::registered(GOOD);
    bench.ask_within(
        Some(Duration::from_secs(5)),
        Ask::Read {
            path: at("/3/0/0"),
            format: None,
        },
    );
    bench.ask_within(
        Some(Duration::from_secs(3)),
        Ask::Read {
            path: at("/3/0/1"),
            format: None,
        },
    );
    bench.pass(6);
    assert_eq!(
        outcome(&bench),
        (
            Outcome::TimedOut,
            "it was sent, and its time of 5 s was over before the device answered"
        )
    );
    assert_eq!(
        bench.ending(2).detail,
        "it was never sent: its turn did not come within 3 s"
    );
}

#[test]
fn an_answer_may_come_later_in_a_message_of_its_own() {
    let mut bench = Bench::registered(GOOD);
    bench.read("/3/0/9");
    bench.acknowledge();
    bench.answer_later(content(110, "[{\"bn\":\"/3/0/9\",\"v\":95}]"));
    bench.expect(&[
        "store: operation 1 sent",
        "reply: operation 1",
        "A: CON GET /3/0/9 accept=112",
        "A: ACK",
        "store: Read /3/0/9=95; operation 1 Success 2.05 /3/0/9=95",
    ]);
}

#[test]
fn a_withdrawn_operation_ends_once_and_the_next_one_goes() {
    let mut bench = Bench::registered(GOOD);
    (0..3).for_each(|n| bench.read(&format!("/3/0/{n}")));
    let asked = bench.asked();
    bench.cancel(2);
    bench.cancel(1);
    bench.cancel(1);
    bench.respond(
        coap::Kind::Acknowledgement,
        asked.mid,
        asked.token,
        content(0, "late"),
    );
    bench.expect(&[
        "store: operation 1 sent",
        "reply: operation 1",
        "A: CON GET /3/0/0 accept=112",
        "store: operation 2 queued",
        "reply: operation 2",
        "store: operation 3 queued",
        "reply: operation 3",
        "store: operation 2 Cancelled",
        "reply: operation 2",
        "store: operation 1 Cancelled; operation 3 sent",
        "reply: operation 1",
        "A: CON GET /3/0/2 accept=112",
        "reply: operation 1 is not under way; it has ended or never was",
    ]);
    assert_eq!(bench.ending(1).detail, "withdrawn by the operator");
}
