//! What is asked and not even sent, because it cannot or must not be.

use super::bench::{Bench, NAME, at, check, name};
use crate::engine_io::Command;
use crate::operation::{Ask, CancelWay, Outcome, Terms, WriteMode};
use coap::{Code, Response};

const GOOD: &str = "ep=urn:x&lt=86400&lwm2m=1.1&b=U";

fn outcome(bench: &Bench) -> (Outcome, &str) {
    let ending = bench.ending(1);
    (ending.outcome, &ending.detail)
}

#[test]
fn dm_18_credentials_are_touched_only_when_the_tester_insists() {
    for path in ["/0", "/0/1/5", "/21/0"] {
        let mut bench = Bench::registered(GOOD);
        bench.read(path);
        let words = format!("{path} holds credentials, which only a bootstrap server may touch");
        assert_eq!(outcome(&bench), (Outcome::Refused, words.as_str()));
        assert_eq!(bench.ending(1).code, None, "nothing was sent");
        let (ticket, ask) = (
            bench.ticket(),
            Ask::Read {
                path: at(path),
                format: None,
            },
        );
        bench.command(Command::Start {
            ticket,
            endpoint: name(NAME),
            ask,
            terms: Terms {
                unchecked: true,
                ..Terms::default()
            },
        });
        bench.answer(Response::new(Code::UNAUTHORIZED));
        assert_eq!(bench.ending(2).code, Some(Code::UNAUTHORIZED));
    }
}

#[test]
fn what_does_not_apply_to_a_path_is_not_sent() {
    let write = |path: &str, mode| Ask::Write {
        path: at(path),
        mode,
        values: vec![],
        format: None,
    };
    let cases = [
        (
            Ask::Read {
                path: at("/"),
                format: None,
            },
            "resource_read does not apply to /",
        ),
        (
            Ask::Execute {
                path: at("/3/0"),
                arguments: None,
                confirmable: true,
            },
            "resource_execute does not apply to /3/0",
        ),
        (
            Ask::Delete { path: at("/3/0/1") },
            "instance_delete does not apply to /3/0/1",
        ),
        (
            write("/3", WriteMode::Replace),
            "resource_write does not apply to /3",
        ),
        (
            write("/3/0/7/1", WriteMode::Update),
            "resource_write does not apply to /3/0/7/1",
        ),
        (
            Ask::CancelObservation {
                path: at("/3/0/9"),
                way: CancelWay::Active,
            },
            "/3/0/9 is not observed",
        ),
    ];
    for (ask, words) in cases {
        let mut bench = Bench::registered(GOOD);
        bench.ask(ask);
        assert_eq!(outcome(&bench), (Outcome::Refused, words));
        bench.expect(&["store: operation 1 Refused", "reply: operation 1"]);
    }
}

#[test]
fn a_device_that_is_not_registered_or_never_was_is_asked_nothing() {
    check(
        |bench| bench.read("/3/0/0"),
        &["reply: no device named \"urn:x\" ever registered here"],
    );
    let mut bench = Bench::registered(GOOD);
    bench.deregister();
    bench.expect(&["store: departed Deregistered", "A: ACK 2.02"]);
    bench.read("/3/0/0");
    bench.expect(&["store: operation 1 Refused", "reply: operation 1"]);
    assert_eq!(
        bench.ending(1).detail,
        "the device is not registered, so there is no address to send to"
    );
}
