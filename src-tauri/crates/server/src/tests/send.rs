//! Send: what is taken, what is refused, and under which time (conformance IR).

use super::bench::{Bench, LINKS, START, peer};
use coap::{Code, Kind};

const GOOD: &str = "ep=urn:x&lt=86400&lwm2m=1.1&b=U";
const ONE: &str = "[{\"bn\":\"/3303/0/5700\",\"v\":21.5}]";

#[test]
fn ir_04_a_send_is_stored_and_then_answered() {
    let mut bench = Bench::registered(GOOD);
    bench.hold();
    bench.request(Code::POST, "dp", Some(110), ONE);
    bench.expect(&["store: Send /3303/0/5700=21.5"]);
    bench.commit();
    bench.repeat();
    bench.expect(&["committed", "A: ACK 2.04", "A: ACK 2.04"]);
    // [{-2: "/3303/0/5700", 2: 7}]
    let cbor = b"\x81\xa2\x21\x6c/3303/0/5700\x02\x07";
    bench.request(Code::POST, "dp", Some(112), cbor);
    bench.commit();
    bench.expect(&["store: Send /3303/0/5700=7", "committed", "A: ACK 2.04"]);
}

#[test]
fn ir_04_what_cannot_be_taken_is_refused_as_a_whole_by_its_own_code() {
    let stray = "[{\"bn\":\"/3303/0/5700\",\"v\":1},{\"bn\":\"/3303/1/5700\",\"v\":1}]";
    let cases = [
        (Some(110), stray, "4.04"),
        (Some(110), "[{\"n\":", "4.00"),
        (Some(0), "21", "4.15"),
        (Some(11542), "x", "4.15"),
        (None, ONE, "4.15"),
    ];
    for (format, payload, code) in cases {
        let mut bench = Bench::registered(GOOD);
        bench.request(Code::POST, "dp", format, payload);
        bench.expect(&["problem: request_refused", &format!("A: ACK {code}")]);
        assert!(bench.memory.readings.is_empty());
    }
}

#[test]
fn ir_04_strangers_and_those_who_left_are_forbidden_to_send() {
    let mut bench = Bench::registered(GOOD);
    bench.here = peer('B');
    bench.request(Code::POST, "dp", Some(110), ONE);
    bench.expect(&["problem: request_refused", "B: ACK 4.03"]);
    bench.here = peer('A');
    bench.deregister();
    bench.request(Code::POST, "dp", Some(110), ONE);
    bench.expect(&[
        "store: departed Deregistered",
        "A: ACK 2.02",
        "problem: request_refused",
        "A: ACK 4.03",
    ]);
}

#[test]
fn ir_06_values_are_stored_under_the_times_the_device_gave_them() {
    let mut bench = Bench::registered(GOOD);
    let history = format!(
        "[{{\"bn\":\"/3303/0/5700\",\"bt\":{START},\"t\":-30,\"v\":2}},{{\"t\":-60,\"v\":9}},{{\"t\":-60,\"v\":1}}]"
    );
    bench.request(Code::POST, "dp", Some(110), history);
    let relative = "[{\"bn\":\"/3303/0/5700\",\"t\":-5,\"v\":3},{\"v\":4}]";
    bench.request(Code::POST, "dp", Some(110), relative);
    let told: Vec<_> = bench
        .memory
        .readings
        .iter()
        .flat_map(|own| &own.values)
        .collect();
    let told: Vec<_> = told.into_iter().map(super::trace::value).collect();
    let [early, late, just] = [START - 60, START - 30, START - 5];
    assert_eq!(
        told,
        [
            format!("/3303/0/5700=2@{late}"),
            format!("/3303/0/5700=1@{early}"),
            format!("/3303/0/5700=3@{just}"),
            "/3303/0/5700=4".to_owned(),
        ]
    );
}

#[test]
fn sj_02_a_time_more_than_a_year_ahead_is_set_aside_and_reported() {
    let mut bench = Bench::registered(GOOD);
    let payload = "[{\"bn\":\"/3303/0/5700\",\"t\":9000000000,\"v\":1}]";
    bench.request(Code::POST, "dp", Some(110), payload);
    bench.expect(&[
        "problem: deviation",
        "store: deviated SJ-02; Send /3303/0/5700=1",
        "A: ACK 2.04",
    ]);
}

#[test]
fn a_send_that_needs_no_answer_is_stored_all_the_same() {
    let mut bench = Bench::registered(GOOD);
    bench.request(Code::POST, "dp", Some(110), ONE);
    let mut message = bench.last_message();
    (message.kind, message.mid) = (Kind::NonConfirmable, 900);
    bench.hear(&message);
    assert_eq!(bench.memory.readings.len(), 2);
    assert_eq!(
        bench.sent.last().expect("an answer").1.kind,
        Kind::NonConfirmable
    );
}

#[test]
fn ir_07_a_send_wakes_what_waits_for_a_sleeping_device() {
    let mut bench = Bench::new();
    bench.register("ep=urn:x&lt=86400&lwm2m=1.1&b=U&Q", LINKS);
    bench.pass(100);
    bench.read("/3/0/0");
    bench.sent.clear();
    bench.request(Code::POST, "dp", Some(110), ONE);
    let sent: Vec<_> = bench.sent.iter().map(|(_, message)| message.code).collect();
    assert_eq!(sent, [Code::CHANGED, Code::GET]);
}
