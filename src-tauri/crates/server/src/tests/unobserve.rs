//! How observations end: by the operator, by the device, by another one.

use super::bench::{Bench, at};
use super::device::{content, observing};
use crate::operation::{Ask, CancelWay};
use coap::{Code, Kind, Response, option};

const GOOD: &str = "ep=urn:x&lt=86400&lwm2m=1.1&b=U";

fn cancel(bench: &mut Bench, way: CancelWay) {
    bench.ask(Ask::CancelObservation {
        path: at("/3303/0/5700"),
        way,
    });
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
