//! What a disk that is slow, full or broken does to those who wait for it.

use super::bench::{Bench, LINKS, NAME, at, name};
use super::device::content;
use crate::engine_io::{CommandError, Input};
use crate::ids::Revision;
use crate::operation::{Ask, Outcome};
use coap::{Kind, option};

const GOOD: &str = "ep=urn:x&lt=86400&lwm2m=1.1&b=U";

#[test]
fn nothing_leaves_before_its_facts_are_stored() {
    let mut bench = Bench::registered(GOOD);
    bench.observed("/3303/0/5700");
    bench.hold();
    bench.update("");
    bench.expect(&["store: seen"]);
    // What comes while the writer is busy travels together with the next batch.
    bench.notify(Kind::Confirmable, 2, content(0, "21"));
    bench.read("/3/0/0");
    bench.expect(&[]);
    bench.commit();
    bench.expect(&[
        "committed",
        "A: ACK 2.04",
        "store: Notify /3303/0/5700=21; operation 2 sent",
    ]);
    bench.commit();
    bench.expect(&[
        "committed",
        "reply: operation 2",
        "A: ACK",
        "A: CON GET /3/0/0 accept=112",
    ]);
}

#[test]
fn a_failed_commit_is_told_with_5_03_and_tried_again() {
    let mut bench = Bench::new();
    bench.hold();
    bench.register(GOOD, LINKS);
    bench.fail();
    bench.expect(&[
        "store: registered urn:x",
        "problem: storage",
        "A: ACK 5.03 max-age=10",
    ]);
    assert_eq!(bench.problem().1, "nothing can be stored: disk full");
    // Until a commit succeeds, nobody is let in.
    bench.register(GOOD, LINKS);
    bench.expect(&["A: ACK 5.03 max-age=10"]);
    bench.pass(1);
    bench.expect(&["store: registered urn:x; departed Replaced"]);
    bench.commit();
    bench.expect(&["committed"]);
    bench.register(GOOD, LINKS);
    bench.commit();
    bench.expect(&["store: registered urn:x", "committed", "A: ACK 2.01 /rd/*"]);
}

#[test]
fn a_failed_commit_leaves_notifications_unacknowledged_until_they_are_stored() {
    let mut bench = Bench::registered(GOOD);
    bench.observed("/3303/0/5700");
    bench.hold();
    bench.notify(Kind::Confirmable, 2, content(0, "21"));
    bench.fail();
    bench.repeat();
    bench.notify(Kind::Confirmable, 3, content(0, "22"));
    bench.expect(&["store: Notify /3303/0/5700=21", "problem: storage"]);
    bench.pass(1);
    bench.commit();
    bench.expect(&[
        "store: Notify /3303/0/5700=21; Notify /3303/0/5700=22",
        "committed",
        "A: ACK",
        "A: ACK",
    ]);
}

#[test]
fn a_device_whose_register_was_turned_away_is_asked_nothing() {
    let mut bench = Bench::registered(GOOD);
    bench.observed("/3303/0/5700");
    bench.hold();
    bench.register(GOOD, LINKS);
    bench.fail();
    bench.pass(1);
    bench.commit();
    bench.expect(&[
        "store: /3303/0/5700 to be observed; registered urn:x",
        "problem: storage",
        "A: ACK 5.03 max-age=10",
        "store: /3303/0/5700 to be observed; registered urn:x; departed Replaced",
        "committed",
    ]);
}

#[test]
fn an_operation_whose_caller_was_turned_away_is_not_carried_out() {
    let mut bench = Bench::registered(GOOD);
    bench.hold();
    bench.ask(Ask::Execute {
        path: at("/3/0/4"),
        arguments: None,
        confirmable: true,
    });
    bench.fail();
    bench.expect(&[
        "store: operation 1 sent",
        "problem: storage",
        "reply: the database does not take writes: disk full",
    ]);
    bench.pass(1);
    bench.commit();
    bench.expect(&[
        "store: operation 1 sent; operation 1 Cancelled",
        "committed",
    ]);
    assert_eq!(bench.ending(1).outcome, Outcome::Cancelled);
}

#[test]
fn co_34_a_stalled_disk_turns_requests_away_at_once_and_repetitions_cost_nothing() {
    let mut bench = Bench::new();
    bench.hold();
    bench.register(GOOD, LINKS);
    bench.expect(&["store: registered urn:x"]);
    bench.repeat();
    bench.expect(&[]);
    bench.pass(3);
    // RFC 7252 §5.2.2: it is acknowledged after a second, the answer follows.
    bench.expect(&["A: ACK"]);
    bench.repeat();
    bench.expect(&["A: ACK"]);
    bench.register("ep=urn:y&lt=60&lwm2m=1.1", LINKS);
    bench.request(coap::Code::POST, "dp", Some(110), "[]");
    bench.expect(&["A: ACK 5.03 max-age=10", "A: ACK 5.03 max-age=10"]);
    assert_eq!(
        bench
            .sent
            .last()
            .expect("an answer")
            .1
            .options
            .get_uint(option::MAX_AGE),
        Some(10)
    );
    bench.read("/3/0/0");
    bench
        .expect(&["reply: the database does not take writes: the disk is slow to take what waits"]);
    bench.commit();
    bench.expect(&["committed", "A: CON 2.01 /rd/*"]);
    bench.register("ep=urn:y&lt=60&lwm2m=1.1", LINKS);
    bench.commit();
    bench.expect(&["store: registered urn:y", "committed", "A: ACK 2.01 /rd/*"]);
}

#[test]
fn expiry_and_timeouts_go_on_while_the_disk_is_stalled() {
    let mut bench = Bench::registered("ep=urn:x&lt=60&lwm2m=1.1");
    bench.observed("/3303/0/5700");
    bench.hold();
    bench.update("");
    bench.pass(300);
    assert!(bench.registration("urn:x").is_none());
    bench.commit();
    bench.commit();
    assert!(!bench.is_writing());
    bench.memory.assert_equals(&bench.server);
}

#[test]
fn news_of_an_unknown_revision_releases_nothing() {
    let mut bench = Bench::new();
    bench.hold();
    bench.register(GOOD, LINKS);
    bench.handle(Input::Committed(Revision(0)));
    let reason = "late".to_owned();
    bench.handle(Input::CommitFailed {
        revision: Revision(0),
        reason,
    });
    bench.commit();
    bench.expect(&[
        "store: registered urn:x",
        "problem: storage",
        "committed",
        "A: ACK 2.01 /rd/*",
    ]);
}

#[test]
fn errors_in_commands_do_not_wait_for_the_disk() {
    let mut bench = Bench::new();
    bench.hold();
    bench.register(GOOD, LINKS);
    bench.expect(&["store: registered urn:x"]);
    bench.cancel(77);
    bench.expect(&["reply: operation 77 is not under way; it has ended or never was"]);
    let error = CommandError::UnknownDevice(name(NAME));
    assert_eq!(
        error.to_string(),
        "no device named \"urn:x\" ever registered here"
    );
}
