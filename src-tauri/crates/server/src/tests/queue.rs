//! Queue mode: a sleeping device is asked nothing until it is heard (conformance QM).

use super::bench::{Bench, LINKS, at};
use super::device::content;
use crate::operation::{Ask, Outcome};
use coap::{Code, Kind};
use std::time::Duration;

const DAY: Duration = Duration::from_secs(86_400);

fn sleeper() -> Bench {
    Bench::registered("ep=urn:x&lt=86400&lwm2m=1.1&b=U&Q")
}

fn read(bench: &mut Bench, path: &str) {
    bench.ask_within(
        Some(DAY),
        Ask::Read {
            path: at(path),
            format: None,
        },
    );
}

#[test]
fn qm_01_a_device_sleeps_93_s_after_it_was_heard() {
    for queries in [
        "ep=urn:x&lt=86400&lwm2m=1.1&b=U&Q",
        "ep=urn:x&lt=86400&lwm2m=1.0&b=UQ",
    ] {
        let mut bench = Bench::registered(queries);
        bench.pass(93);
        assert!(!bench.is_asleep());
        bench.pass(1);
        assert!(bench.is_asleep());
        bench.update("");
        assert!(!bench.is_asleep());
    }
    let mut awake = Bench::registered("ep=urn:x&lt=86400&lwm2m=1.1&b=U");
    awake.pass(1_000);
    assert!(!awake.is_asleep());
}

#[test]
fn qm_02_what_waits_for_a_sleeper_goes_out_one_by_one_when_it_wakes() {
    let mut bench = sleeper();
    bench.pass(94);
    read(&mut bench, "/3/0/0");
    read(&mut bench, "/3/0/1");
    bench.pass(3_600);
    bench.expect(&[
        "store: operation 1 queued",
        "reply: operation 1",
        "store: operation 2 queued",
        "reply: operation 2",
    ]);
    bench.update("");
    bench.expect(&[
        "store: seen",
        "A: ACK 2.04",
        "store: operation 1 sent",
        "A: CON GET /3/0/0 accept=112",
    ]);
    bench.answer(content(112, [0x80]));
    bench.expect(&[
        "store: operation 1 Success 2.05; operation 2 sent",
        "A: CON GET /3/0/1 accept=112",
    ]);
}

#[test]
fn qm_02_each_answer_keeps_the_device_awake() {
    let mut bench = sleeper();
    bench.pass(80);
    read(&mut bench, "/3/0/0");
    bench.pass(1);
    bench.answer(content(112, [0x80]));
    bench.pass(90);
    assert!(!bench.is_asleep());
    read(&mut bench, "/3/0/1");
    assert_eq!(bench.asked().options.uri_path().last(), Some(&b"1"[..]));
}

#[test]
fn ir_07_a_notification_wakes_the_queue() {
    let mut bench = sleeper();
    bench.observed("/3303/0/5700");
    bench.pass(94);
    read(&mut bench, "/3/0/0");
    bench.notify(Kind::Confirmable, 2, content(0, "21"));
    bench.expect(&[
        "store: operation 2 queued",
        "reply: operation 2",
        "store: Notify /3303/0/5700=21; operation 2 sent",
        "A: ACK",
        "A: CON GET /3/0/0 accept=112",
    ]);
}

#[test]
fn qm_03_what_waits_too_long_ends_and_what_is_withdrawn_is_not_sent() {
    let mut bench = sleeper();
    bench.pass(94);
    bench.ask_within(
        Some(Duration::from_secs(60)),
        Ask::Read {
            path: at("/3/0/0"),
            format: None,
        },
    );
    read(&mut bench, "/3/0/1");
    bench.cancel(2);
    bench.pass(60);
    bench.update("");
    assert_eq!(
        bench.ending(1).detail,
        "its time was over before the device could be asked"
    );
    assert_eq!(bench.ending(2).outcome, Outcome::Cancelled);
    assert!(
        bench
            .sent
            .iter()
            .all(|(_, message)| message.code != Code::GET)
    );
}

#[test]
fn qm_04_a_device_that_does_not_answer_is_taken_for_asleep() {
    let mut bench = sleeper();
    bench.pass(80);
    read(&mut bench, "/3/0/0");
    read(&mut bench, "/3/0/1");
    // It says something, but does not answer.
    bench.pass(60);
    bench.request(
        Code::POST,
        "dp",
        Some(110),
        "[{\"bn\":\"/3303/0/5700\",\"v\":1}]",
    );
    bench.pass(34);
    assert_eq!(bench.ending(1).outcome, Outcome::TimedOut);
    assert!(bench.is_asleep());
    assert_eq!(
        bench.asked().options.uri_path().last(),
        Some(&b"0"[..]),
        "the second one waits"
    );
    bench.update("");
    assert_eq!(bench.asked().options.uri_path().last(), Some(&b"1"[..]));
}

#[test]
fn qm_06_the_queue_goes_on_when_the_device_registers_anew() {
    let mut bench = sleeper();
    bench.pass(94);
    read(&mut bench, "/3/0/0");
    bench.here = super::bench::peer('B');
    bench.register("ep=urn:x&lt=86400&lwm2m=1.1&b=U&Q", LINKS);
    bench.expect(&[
        "store: operation 1 queued",
        "reply: operation 1",
        "store: registered urn:x",
        "B: ACK 2.01 /rd/*",
        "store: operation 1 sent",
        "B: CON GET /3/0/0 accept=112",
    ]);
}
