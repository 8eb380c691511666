//! How a registration lives on and how it ends: Update, De-register, expiry.

use super::bench::{Bench, LINKS, START, check, peer};
use super::device::{content, observing};
use crate::engine_io::Command;
use coap::{Code, Kind};
use std::time::Duration;

const GOOD: &str = "ep=urn:x&lt=60&lwm2m=1.1&b=U";

#[test]
fn reg_15_a_registration_ends_when_its_lifetime_has_passed() {
    let mut bench = Bench::registered(GOOD);
    bench.observed("/3303/0/5700");
    bench.pass(59);
    bench.expect(&[]);
    bench.pass(1);
    bench.expect(&["store: /3303/0/5700 to be observed; departed Expired"]);
    bench.update("");
    bench.expect(&["problem: registration_refused", "A: ACK 4.04"]);
    assert_eq!(
        bench.problem().1,
        format!(
            "POST /rd/{} was answered 4.04: there is no registration at this location; register again",
            bench.location
        )
    );
}

#[test]
fn reg_15_a_registration_is_kept_for_the_grace_that_is_set() {
    let grace = |bench: &mut Bench, seconds| {
        bench.command(Command::SetGrace(Duration::from_secs(seconds)));
    };
    let mut bench = Bench::registered(GOOD);
    grace(&mut bench, 30);
    bench.pass(89);
    assert!(bench.registration("urn:x").is_some());
    bench.update("");
    bench.clear();
    bench.pass(90);
    bench.expect(&["store: departed Expired"]);

    // It counts for those in force when it changes, and after a start.
    let mut shorter = Bench::registered(GOOD);
    grace(&mut shorter, 30);
    shorter.pass(70);
    grace(&mut shorter, 0);
    shorter.pass(0);
    assert!(shorter.registration("urn:x").is_none());
    let mut eternal = Bench::registered("ep=urn:x&lt=0&lwm2m=1.1");
    grace(&mut eternal, 30);
    eternal.pass(86_400);
    assert!(eternal.registration("urn:x").is_some());
}

#[test]
fn reg_15_a_lifetime_of_0_never_ends_and_the_longest_is_kept() {
    let mut bench = Bench::registered("ep=urn:x&lt=0&lwm2m=1.1");
    bench.pass(10 * 366 * 86_400);
    bench.expect(&[]);
    assert!(bench.registration("urn:x").is_some());
    let mut longest = Bench::registered("ep=urn:x&lt=4294967295&lwm2m=1.1");
    longest.pass(4_294_967_294);
    assert!(longest.registration("urn:x").is_some());
    longest.pass(1);
    assert!(longest.registration("urn:x").is_none());
}

#[test]
fn reg_15_a_jump_of_the_wall_clock_expires_nobody_and_keeps_nobody() {
    for jump in [86_400, -86_400] {
        let mut bench = Bench::registered(GOOD);
        bench.pass(30);
        bench.update("");
        bench.pass(15);
        bench.set_wall_clock(START + jump);
        bench.pass(44);
        assert!(bench.registration("urn:x").is_some(), "{jump}");
        bench.pass(1);
        assert!(bench.registration("urn:x").is_none(), "{jump}");
    }
}

#[test]
fn reg_16_an_empty_update_renews_and_changes_nothing_else() {
    let mut bench = Bench::registered(GOOD);
    let before = bench.registration("urn:x").expect("in force").clone();
    bench.pass(50);
    bench.update("");
    bench.expect(&["store: seen", "A: ACK 2.04"]);
    let mut after = bench.registration("urn:x").expect("in force").clone();
    assert_eq!(after.seen_at.as_seconds(), START + 50);
    after.seen_at = before.seen_at;
    assert_eq!(after, before);
    bench.pass(59);
    bench.expect(&[]);
    bench.pass(1);
    bench.expect(&["store: departed Expired"]);
}

#[test]
fn reg_16_an_update_changes_what_it_names_and_replaces_the_object_list() {
    let mut bench = Bench::registered(GOOD);
    bench.update("lt=20&b=UT");
    bench.expect(&["store: updated", "A: ACK 2.04"]);
    let target = format!("rd/{}", bench.location);
    bench.request(Code::POST, &target, Some(40), "</1/0>,</3/0>,</4/0>");
    let own = bench.registration("urn:x").expect("in force");
    assert_eq!((own.lifetime_s, own.binding.as_str()), (20, "UT"));
    let objects: Vec<_> = own
        .objects
        .objects
        .iter()
        .map(|known| known.object)
        .collect();
    assert_eq!(objects, [1, 3, 4]);
    bench.expect(&["store: updated", "A: ACK 2.04"]);
    bench.pass(20);
    bench.expect(&["store: departed Expired"]);
}

#[test]
fn reg_16_an_update_that_cannot_be_read_changes_nothing() {
    let mut bench = Bench::registered(GOOD);
    bench.update("lt=soon");
    bench.expect(&["problem: registration_refused", "A: ACK 4.00"]);
    let target = format!("rd/{}", bench.location);
    bench.request(Code::POST, &target, Some(110), "[]");
    bench.expect(&["problem: registration_refused", "A: ACK 4.15"]);
    assert_eq!(
        bench.registration("urn:x").expect("in force").lifetime_s,
        60
    );
}

#[test]
fn reg_18_an_update_may_change_to_a_binding_of_its_own_version() {
    let mut bench = Bench::registered(GOOD);
    bench.update("b=UQ");
    bench.expect(&[
        "problem: deviation",
        "store: updated; deviated REG-18",
        "A: ACK 2.04",
    ]);
    let (_, words) = bench.problem();
    assert_eq!(words, "b=UQ is no binding of LwM2M 1.1 (REG-18)");
    bench.command(Command::SetStrict(true));
    bench.update("b=UQ");
    bench.expect(&[
        "problem: registration_refused",
        "A: ACK 4.00",
        "store: deviated REG-18",
    ]);
    bench.update("b=UT");
    bench.expect(&["store: updated", "A: ACK 2.04"]);
}

#[test]
fn reg_14_whoever_knows_the_location_moves_the_registration_with_its_observations() {
    let mut bench = Bench::registered(GOOD);
    bench.observed("/3303/0/5700");
    bench.here = peer('B');
    bench.update("");
    bench.expect(&["store: /3303/0/5700 observed; updated", "B: ACK 2.04"]);
    bench.notify(Kind::Confirmable, 2, content(0, "21"));
    bench.expect(&["store: Notify /3303/0/5700=21", "B: ACK"]);
    bench.read("/3/0/0");
    assert_eq!(bench.asked().code, Code::GET, "requests follow the device");
}

#[test]
fn ob_13_without_an_update_a_new_address_is_a_stranger() {
    let mut bench = Bench::registered(GOOD);
    bench.observed("/3303/0/5700");
    bench.here = peer('B');
    bench.respond(
        Kind::Confirmable,
        900,
        bench.token,
        observing(2, content(0, "21")),
    );
    bench.expect(&["B: RST", "problem: unexpected_message"]);
    assert!(bench.memory.readings.len() == 1, "only the first value");
}

#[test]
fn reg_17_ob_11_a_device_that_leaves_takes_its_observations_and_operations_along() {
    let mut bench = Bench::registered(GOOD);
    bench.observed("/3303/0/5700");
    bench.read("/3/0/0");
    bench.read("/3/0/1");
    bench.expect(&[
        "store: operation 2 sent",
        "reply: operation 2",
        "A: CON GET /3/0/0 accept=112",
        "store: operation 3 queued",
        "reply: operation 3",
    ]);
    bench.deregister();
    bench.expect(&[
        "store: operation 2 Cancelled; operation 3 Cancelled; /3303/0/5700 to be observed; departed Deregistered",
        "A: ACK 2.02",
    ]);
    assert_eq!(bench.ending(3).detail, "the device de-registered");
    bench.deregister();
    bench.expect(&["problem: registration_refused", "A: ACK 4.04"]);
    bench.respond(
        Kind::Confirmable,
        900,
        bench.token,
        observing(2, content(0, "21")),
    );
    bench.expect(&["A: RST", "problem: unexpected_message"]);
}

#[test]
fn a_device_that_leaves_before_its_update_is_stored_is_asked_nothing() {
    let mut bench = Bench::registered(GOOD);
    bench.observed("/3303/0/5700");
    bench.hold();
    bench.update("");
    bench.deregister();
    bench.expect(&["store: seen"]);
    bench.commit();
    bench.commit();
    bench.expect(&[
        "committed",
        "A: ACK 2.04",
        "store: /3303/0/5700 to be observed; departed Deregistered",
        "committed",
        "A: ACK 2.02",
    ]);
}

#[test]
fn a_forgotten_device_is_unknown_and_may_come_back_as_another() {
    let mut bench = Bench::registered(GOOD);
    bench.observed("/3303/0/5700");
    bench.read("/3/0/0");
    bench.forget();
    bench.read("/3/0/0");
    bench.register(GOOD, LINKS);
    bench.expect(&[
        "store: operation 2 sent",
        "reply: operation 2",
        "A: CON GET /3/0/0 accept=112",
        "store: operation 2 Cancelled; /3303/0/5700 to be observed; departed Forgotten; forgotten",
        "reply: done",
        "reply: no device named \"urn:x\" ever registered here",
        "store: registered urn:x",
        "A: ACK 2.01 /rd/*",
    ]);
    assert_eq!(bench.registration("urn:x").expect("in force").device.0, 2);
}

#[test]
fn two_devices_may_share_an_address() {
    check(
        |bench| {
            bench.register("ep=urn:x&lt=60&lwm2m=1.1", LINKS);
            bench.register("ep=urn:y&lt=60&lwm2m=1.1", LINKS);
            bench.read("/3/0/0");
            bench.deregister();
            bench.answer(content(0, "x"));
        },
        &[
            "store: registered urn:x",
            "A: ACK 2.01 /rd/*",
            "store: registered urn:y",
            "A: ACK 2.01 /rd/*",
            "store: operation 1 sent",
            "reply: operation 1",
            "A: CON GET /3/0/0 accept=112",
            "store: departed Deregistered",
            "A: ACK 2.02",
            "store: Read /3/0/0=\"x\"; operation 1 Success 2.05 /3/0/0=\"x\"",
        ],
    );
}
