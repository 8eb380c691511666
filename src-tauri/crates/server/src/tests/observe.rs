//! Observations: how they begin, what notifications do, how they end
//! (conformance OB, IR).

use super::bench::{Bench, LINKS, at};
use super::device::{content, observing};
use crate::operation::{Ask, Outcome};
use coap::Kind;
use lwm2m::Format;

const GOOD: &str = "ep=urn:x&lt=86400&lwm2m=1.1&b=U";

#[test]
fn ir_01_ob_01_every_level_is_observed_and_the_first_value_kept() {
    for path in ["/3", "/3/0", "/3/0/9", "/3/0/7/0"] {
        let mut bench = Bench::registered(GOOD);
        bench.observe(path);
        bench.answer(observing(7, content(110, "[]")));
        bench.expect(&[
            "store: operation 1 sent",
            "reply: operation 1",
            &format!("A: CON GET {path} accept=112 observe=0"),
            &format!("store: {path} observed; operation 1 Success 2.05"),
        ]);
    }
    let mut bench = Bench::registered(GOOD);
    bench.ask(Ask::Observe {
        path: at("/3/0/9"),
        format: Some(Format::Text),
    });
    bench.answer(observing(7, content(0, "95")));
    assert_eq!(
        super::trace::value(&bench.memory.readings[0].values[0]),
        "/3/0/9=95"
    );
}

#[test]
fn ob_01_a_value_without_the_observe_option_is_no_observation() {
    let mut bench = Bench::registered(GOOD);
    bench.observe("/3303/0/5700");
    bench.answer(content(0, "20"));
    assert!(bench.memory.observations.is_empty());
    let ending = bench.ending(1);
    assert_eq!(ending.outcome, Outcome::Refused);
    assert_eq!(
        ending.detail,
        "the device answered with the value but does not observe it"
    );
    assert_eq!(ending.values.len(), 1, "the value itself is shown");
}

#[test]
fn ob_02_notifications_are_stored_before_they_are_acknowledged() {
    let mut bench = Bench::registered(GOOD);
    bench.observed("/3303/0/5700");
    bench.hold();
    bench.notify(Kind::Confirmable, 2, content(0, "21"));
    bench.expect(&["store: Notify /3303/0/5700=21"]);
    bench.commit();
    bench.expect(&["committed", "A: ACK"]);
    bench.notify(Kind::NonConfirmable, 3, content(0, "22"));
    bench.commit();
    bench.expect(&["store: Notify /3303/0/5700=22", "committed"]);
    let (_, observations) = bench.server.belief();
    let own = observations.iter().next().expect("in force");
    assert_eq!(own.notifications, 2);
}

#[test]
fn ob_03_a_notification_that_nobody_asked_for_is_reset() {
    let mut bench = Bench::registered(GOOD);
    bench.notify(Kind::Confirmable, 2, content(0, "21"));
    bench.expect(&["A: RST", "problem: unexpected_message"]);
    bench.notify(Kind::NonConfirmable, 2, content(0, "21"));
    bench.expect(&[
        "A: RST",
        "problem: unexpected_message",
        "store: deviated QRK-08",
    ]);
}

#[test]
fn ob_04_a_notification_that_was_overtaken_becomes_history() {
    let mut bench = Bench::registered(GOOD);
    bench.observed("/3303/0/5700");
    bench.pass(10);
    bench.notify(Kind::NonConfirmable, 5, content(0, "25"));
    bench.pass(10);
    for sequence in [4, 3] {
        bench.pass(10);
        bench.notify(Kind::NonConfirmable, sequence, content(0, "24"));
    }
    let [fresh, stale, staler] = [1, 2, 3].map(|n| bench.memory.readings[n].values[0].taken_at);
    assert_eq!(fresh, None, "the time of arrival counts");
    let arrival = bench.memory.readings[1].arrived_at;
    assert!(
        stale.expect("a time of its own") < arrival,
        "just before the newer one"
    );
    assert!(staler < stale, "each has a time of its own: {staler:?}");
}

#[test]
fn ob_08_silence_does_not_end_an_observation() {
    let mut bench = Bench::registered(GOOD);
    bench.observe("/3303/0/5700");
    bench.answer(observing(1, content(0, "20").max_age(1)));
    bench.pass(80_000);
    bench.notify(Kind::Confirmable, 2, content(0, "21"));
    assert_eq!(bench.memory.readings.len(), 2);
}

#[test]
fn ob_09_a_repeated_notification_is_one_value() {
    let mut bench = Bench::registered(GOOD);
    bench.observed("/3303/0/5700");
    bench.notify(Kind::Confirmable, 2, content(0, "21"));
    bench.repeat();
    bench.expect(&["store: Notify /3303/0/5700=21", "A: ACK", "A: ACK"]);
    bench.notify(Kind::NonConfirmable, 3, content(0, "22"));
    bench.repeat();
    bench.expect(&["store: Notify /3303/0/5700=22"]);
}

#[test]
fn ob_10_what_was_observed_is_observed_again_after_the_next_register() {
    let mut bench = Bench::registered(GOOD);
    bench.observed("/3303/0/5700");
    let former = bench.token;
    bench.register(GOOD, LINKS);
    assert_ne!(bench.token, former, "a fresh token");
    bench.answer(observing(1, content(0, "23")));
    bench.expect(&[
        "store: /3303/0/5700 to be observed; registered urn:x",
        "A: ACK 2.01 /rd/*",
        "store: operation 2 sent",
        "A: CON GET /3303/0/5700 accept=112 observe=0",
        "store: Notify /3303/0/5700=23; /3303/0/5700 observed; operation 2 Success 2.05 /3303/0/5700=23",
    ]);
    assert_eq!(
        bench.memory.observations.len(),
        1,
        "still the same observation"
    );
}

#[test]
fn ob_14_ir_09_a_notification_is_read_in_its_own_format_by_the_best_definition() {
    let mut bench = Bench::registered(GOOD);
    bench.observed("/3304/9/5700");
    bench.notify(Kind::Confirmable, 2, content(60, [0x18, 55]));
    assert_eq!(
        super::trace::value(&bench.memory.readings[1].values[0]),
        "/3304/9/5700=55"
    );
}

#[test]
fn ob_15_a_read_of_an_observed_path_leaves_the_observation_alone() {
    let mut bench = Bench::registered(GOOD);
    bench.observed("/3303/0/5700");
    let token = bench.token;
    bench.read("/3303/0/5700");
    bench.answer(content(0, "21"));
    bench.respond(
        Kind::NonConfirmable,
        900,
        token,
        observing(2, content(0, "22")),
    );
    assert_eq!(bench.memory.readings.len(), 3);
}
