//! How observations end: by the operator, by the device, by another one.

use super::bench::{Bench, at};
use super::device::{content, observing};
use crate::operation::{Ask, CancelWay, Outcome};
use coap::{Code, Kind, Response, option};

const GOOD: &str = "ep=urn:x&lt=86400&lwm2m=1.1&b=U";

fn cancel(bench: &mut Bench, way: CancelWay) {
    bench.ask(Ask::CancelObservation {
        path: at("/3303/0/5700"),
        way,
    });
}

#[test]
fn ob_06_an_active_cancel_repeats_the_request_with_observe_1() {
    let mut bench = Bench::registered(GOOD);
    bench.observed("/3303/0/5700");
    let begun = bench.asked();
    cancel(&mut bench, CancelWay::Active);
    let ended = bench.asked();
    assert_eq!((ended.code, ended.token), (Code::GET, begun.token));
    let others = |options: &coap::Options| {
        let mut options = options.clone();
        options.remove(option::OBSERVE);
        options
    };
    assert_eq!(
        others(&ended.options),
        others(&begun.options),
        "RFC 7641 §3.6"
    );
    bench.answer(content(0, "22"));
    bench.expect(&[
        "store: operation 2 sent",
        "reply: operation 2",
        "A: CON GET /3303/0/5700 accept=112 observe=1",
        "store: observation ended; operation 2 Success 2.05",
    ]);
}

/// The device may have stopped though its answer was lost.
#[test]
fn ob_06_a_cancel_without_an_answer_ends_the_observation_all_the_same() {
    let mut bench = Bench::registered(GOOD);
    bench.observed("/3303/0/5700");
    cancel(&mut bench, CancelWay::Active);
    bench.pass(100);
    assert_eq!(bench.ending(2).outcome, Outcome::TimedOut);
    assert!(bench.memory.observations.is_empty());
}

#[test]
fn ob_06_a_cancel_that_is_refused_leaves_it_in_force() {
    let mut bench = Bench::registered(GOOD);
    bench.observed("/3303/0/5700");
    cancel(&mut bench, CancelWay::Active);
    bench.answer(Response::new(Code::INTERNAL_SERVER_ERROR));
    assert_eq!(bench.ending(2).outcome, Outcome::Refused);
    assert_eq!(bench.memory.observations.len(), 1);
}

#[test]
fn ob_06_a_passive_cancel_resets_the_next_notification() {
    let mut bench = Bench::registered(GOOD);
    bench.observed("/3303/0/5700");
    cancel(&mut bench, CancelWay::Passive);
    bench.notify(Kind::NonConfirmable, 2, content(0, "21"));
    bench.expect(&[
        "store: observation ended; operation 2 Success",
        "reply: operation 2",
        "A: RST",
        "problem: unexpected_message",
    ]);
}

#[test]
fn an_observation_of_a_device_that_left_can_be_given_up() {
    for way in [CancelWay::Active, CancelWay::Passive] {
        let mut bench = Bench::registered(GOOD);
        bench.observed("/3303/0/5700");
        bench.deregister();
        cancel(&mut bench, way);
        bench.expect(&[
            "store: /3303/0/5700 to be observed; departed Deregistered",
            "A: ACK 2.02",
            "store: observation ended; operation 2 Success",
            "reply: operation 2",
        ]);
    }
}

#[test]
fn ob_07_an_error_notification_ends_the_observation_for_all_to_see() {
    let mut bench = Bench::registered(GOOD);
    bench.observed("/3303/0/5700");
    let gone = Response::new(Code::NOT_FOUND);
    let mid = 900;
    bench.respond(Kind::Confirmable, mid, bench.token, gone);
    bench.expect(&[
        "problem: observation_lost",
        "store: observation ended",
        "A: ACK",
    ]);
    let words = "/3303/0/5700 is no longer observed: the device answered 4.04 Not Found";
    assert_eq!(bench.problem(), ("observation_lost", words));
    bench.update("");
    bench.expect(&["store: seen", "A: ACK 2.04"]);
}

#[test]
fn a_notification_without_its_number_is_the_last_one() {
    let mut bench = Bench::registered(GOOD);
    bench.observed("/3303/0/5700");
    bench.respond(Kind::Confirmable, 900, bench.token, content(0, "21"));
    bench.expect(&[
        "problem: observation_lost",
        "store: Notify /3303/0/5700=21; observation ended",
        "A: ACK",
    ]);
}

#[test]
fn a_second_observe_of_a_path_takes_the_place_of_the_first() {
    let mut bench = Bench::registered(GOOD);
    bench.observed("/3303/0/5700");
    let former = bench.token;
    bench.observed("/3303/0/5700");
    assert_eq!(bench.memory.observations.len(), 1);
    bench.respond(
        Kind::NonConfirmable,
        900,
        former,
        observing(2, content(0, "21")),
    );
    bench.expect(&["A: RST", "problem: unexpected_message"]);
}
