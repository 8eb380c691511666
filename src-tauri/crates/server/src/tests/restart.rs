//! What a start after a crash finds and goes on with.

use super::bench::{Bench, NAME, at};
use super::device::{content, observing};
use crate::operation::{Ask, Outcome};
use coap::{Code, Kind};
use std::time::Duration;

const GOOD: &str = "ep=urn:x&lt=86400&lwm2m=1.1&b=U";
const SLEEPY: &str = "ep=urn:x&lt=86400&lwm2m=1.1&b=U&Q";

#[test]
fn registrations_go_on_with_the_time_they_have_left() {
    let mut bench = Bench::registered("ep=urn:x&lt=60&lwm2m=1.1");
    bench.restart(20);
    bench.update("");
    bench.expect(&["store: seen", "A: ACK 2.04"]);
    bench.restart(20);
    bench.pass(39);
    assert!(bench.registration(NAME).is_some());
    bench.pass(1);
    bench.expect(&["store: departed Expired"]);
}

#[test]
fn a_registration_that_ran_out_meanwhile_ends_at_the_start() {
    let mut bench = Bench::registered("ep=urn:x&lt=60&lwm2m=1.1");
    bench.observed("/3303/0/5700");
    bench.restart(3_600);
    bench.expect(&["store: /3303/0/5700 to be observed; departed Expired"]);
}

#[test]
fn ob_16_a_notification_of_an_observation_from_before_is_matched_and_stored() {
    let mut bench = Bench::registered(GOOD);
    bench.observed("/3303/0/5700");
    bench.restart(20);
    bench.notify(Kind::Confirmable, 2, content(0, "21"));
    bench.expect(&["store: Notify /3303/0/5700=21", "A: ACK"]);
    bench.respond(
        Kind::Confirmable,
        900,
        coap::Token::from(1),
        observing(2, content(0, "1")),
    );
    bench.expect(&["A: RST", "problem: unexpected_message"]);
}

#[test]
fn what_was_not_stored_before_the_crash_was_not_acknowledged_either() {
    let mut bench = Bench::registered(GOOD);
    bench.observed("/3303/0/5700");
    bench.hold();
    bench.notify(Kind::Confirmable, 2, content(0, "21"));
    bench.restart(2);
    bench.repeat();
    bench.commit();
    bench.expect(&[
        "store: Notify /3303/0/5700=21",
        "store: Notify /3303/0/5700=21",
        "committed",
        "A: ACK",
    ]);
}

#[test]
fn an_execute_that_was_sent_is_lost_and_never_repeated() {
    let mut bench = Bench::registered(GOOD);
    bench.ask(Ask::Execute {
        path: at("/3/0/4"),
        arguments: None,
        confirmable: true,
    });
    bench.read("/3/0/0");
    bench.restart(20);
    bench.expect(&[
        "store: operation 1 sent",
        "reply: operation 1",
        "A: CON POST /3/0/4",
        "store: operation 2 queued",
        "reply: operation 2",
        "store: operation 1 Lost; operation 2 sent",
        "A: CON GET /3/0/0 accept=112",
    ]);
    let lost = bench.ending(1);
    assert_eq!(lost.outcome, Outcome::Lost);
    assert!(lost.detail.ends_with("whether the device acted is unknown"));
    bench.pass(600);
    let posts = bench
        .sent
        .iter()
        .filter(|(_, message)| message.code == Code::POST);
    assert_eq!(posts.count(), 1);
}

#[test]
fn an_execute_that_was_only_accepted_is_lost_unless_its_row_was_stored() {
    let mut bench = Bench::registered(GOOD);
    bench.hold();
    bench.ask(Ask::Execute {
        path: at("/3/0/4"),
        arguments: None,
        confirmable: true,
    });
    bench.restart(20);
    bench.expect(&["store: operation 1 sent"]);
    assert!(
        bench.memory.operations.is_empty(),
        "its caller was never told of it"
    );
}

#[test]
fn qm_05_what_waits_for_a_sleeper_goes_on_waiting() {
    let mut bench = Bench::registered(SLEEPY);
    bench.pass(94);
    let day = Some(Duration::from_secs(86_400));
    bench.ask_within(
        day,
        Ask::Read {
            path: at("/3/0/0"),
            format: None,
        },
    );
    bench.restart(20);
    bench.pass(3_600);
    bench.expect(&["store: operation 1 queued", "reply: operation 1"]);
    bench.update("");
    bench.expect(&[
        "store: seen",
        "A: ACK 2.04",
        "store: operation 1 sent",
        "A: CON GET /3/0/0 accept=112",
    ]);
}

#[test]
fn numbers_are_never_given_twice() {
    let mut bench = Bench::registered(GOOD);
    bench.observed("/3303/0/5700");
    bench.forget();
    bench.restart(1);
    bench.register(GOOD, super::bench::LINKS);
    bench.observed("/3303/0/5700");
    assert_eq!(bench.registration(NAME).expect("in force").device.0, 2);
    let observations: Vec<_> = bench.memory.observations.keys().map(|id| id.0).collect();
    let operations: Vec<_> = bench.memory.operations.keys().map(|id| id.0).collect();
    assert_eq!((observations, operations), (vec![2], vec![2]));
}

#[test]
fn a_wish_to_observe_outlives_the_crash() {
    let mut bench = Bench::registered(GOOD);
    bench.observed("/3303/0/5700");
    bench.deregister();
    bench.restart(20);
    bench.sent.clear();
    bench.register(GOOD, super::bench::LINKS);
    let sent: Vec<_> = bench.sent.iter().map(|(_, message)| message.code).collect();
    assert_eq!(sent, [Code::CREATED, Code::GET]);
}
