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
fn reg_21_ob_10_a_new_register_voids_requests_and_observations_of_the_old_one() {
    let mut bench = Bench::registered(GOOD);
    bench.observed("/3303/0/5700");
    bench.read("/3/0/0");
    bench.read("/3/0/1");
    bench.hold();
    bench.expect(&[
        "store: operation 2 sent",
        "reply: operation 2",
        "A: CON GET /3/0/0 accept=112",
        "store: operation 3 queued",
        "reply: operation 3",
    ]);
    bench.register(GOOD, LINKS);
    bench.expect(&["store: operation 2 Cancelled; /3303/0/5700 to be observed; registered urn:x"]);
    bench.commit();
    // REG-26: nothing is asked before the 2.01.
    bench.expect(&[
        "committed",
        "A: ACK 2.01 /rd/*",
        "store: operation 3 sent; operation 4 queued",
    ]);
    let former = bench.ending(2);
    assert_eq!(
        former.detail,
        "the device registered anew before it answered"
    );
    bench.commit();
    bench.answer(content(0, "y"));
    bench.commit();
    bench.expect(&[
        "committed",
        "A: CON GET /3/0/1 accept=112",
        "store: Read /3/0/1=\"y\"; operation 3 Success 2.05 /3/0/1=\"y\"; operation 4 sent",
        "committed",
        "A: CON GET /3303/0/5700 accept=112 observe=0",
    ]);
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
