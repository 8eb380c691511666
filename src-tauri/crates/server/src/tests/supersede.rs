//! What a second Register does: a repetition nothing, a new one takes the place of
//! the old registration with all that hung on it.

use super::bench::{Bench, LINKS, check, peer};
use super::device::content;
use coap::{Code, ListenerId, Peer};

const GOOD: &str = "ep=urn:x&lt=60&lwm2m=1.1&b=U";

#[test]
fn reg_20_a_repeated_register_gets_the_same_answer_and_does_nothing() {
    check(
        |bench| {
            bench.hold();
            bench.register(GOOD, LINKS);
            bench.repeat();
            bench.commit();
            bench.repeat();
            let answers: Vec<_> = bench
                .sent
                .iter()
                .map(|(_, message)| message.encode())
                .collect();
            assert_eq!(answers[0], answers[1]);
            assert!(!bench.is_writing());
        },
        &[
            "store: registered urn:x",
            "committed",
            "A: ACK 2.01 /rd/*",
            "A: ACK 2.01 /rd/*",
        ],
    );
}

#[test]
fn reg_23_the_last_register_counts_whatever_the_listener() {
    let mut bench = Bench::registered(GOOD);
    let first = bench.location.clone();
    bench.here = Peer::new(ListenerId(1), b"T").expect("one byte fits");
    bench.register(GOOD, LINKS);
    assert_eq!(
        bench.registration("urn:x").expect("in force").peer,
        bench.here
    );
    bench.here = peer('A');
    bench.request(Code::POST, &format!("rd/{first}"), None, "");
    bench.expect(&[
        "store: registered urn:x",
        "T: ACK 2.01 /rd/*",
        "problem: registration_refused",
        "A: ACK 4.04",
    ]);
}

#[test]
fn reg_26_what_waits_for_a_device_goes_out_behind_the_answer_to_its_register() {
    let mut bench = Bench::registered(GOOD);
    bench.read("/3/0/0");
    bench.read("/3/0/1");
    bench.read("/3/0/2");
    bench.sent.clear();
    bench.register(GOOD, LINKS);
    let sent: Vec<_> = bench.sent.iter().map(|(_, message)| message.code).collect();
    assert_eq!(sent, [Code::CREATED, Code::GET]);
}
