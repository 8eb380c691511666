//! Queue mode: a sleeping device is asked nothing until it is heard (conformance QM).

use super::bench::{Bench, LINKS, at};
use super::device::content;
use crate::operation::{Ask, Outcome, Priority, Terms};
use crate::profile::{Profile, WakeOn};
use crate::view::Wakefulness;
use coap::{Code, Kind};
use std::time::Duration;

const DAY: Duration = Duration::from_secs(86_400);

fn sleeper() -> Bench {
    Bench::registered("ep=urn:x&lt=86400&lwm2m=1.1&b=U&Q")
}

fn read(bench: &mut Bench, path: &str) {
    bench.ask_within(Some(DAY), reading(path));
}

fn reading(path: &str) -> Ask {
    Ask::Read {
        path: at(path),
        format: None,
    }
}

fn waiting(ttl: Option<Duration>) -> Terms {
    Terms {
        ttl,
        ..Terms::default()
    }
}

/// The paths of all that the server read, in order, repetitions left out.
fn asked_paths(bench: &Bench) -> Vec<String> {
    let mut mids = std::collections::BTreeSet::new();
    let reads = bench.sent.iter().map(|(_, message)| message);
    let reads = reads.filter(|own| own.code == Code::GET && mids.insert(own.mid));
    let path = |own: &coap::Message| {
        let segments = own.options.uri_path().map(String::from_utf8_lossy);
        segments.map(|segment| format!("/{segment}")).collect()
    };
    reads.map(path).collect()
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
    let ttl = Some(Duration::from_secs(60));
    bench.ask_on(waiting(ttl), reading("/3/0/0"));
    read(&mut bench, "/3/0/1");
    bench.cancel(2);
    bench.pass(60);
    bench.update("");
    let ending = bench.ending(1);
    assert_eq!(ending.outcome, Outcome::TimedOut);
    let never = "it was never sent: the device did not wake within 60 s";
    assert_eq!(ending.detail, never);
    assert_eq!(bench.ending(2).outcome, Outcome::Cancelled);
    assert!(asked_paths(&bench).is_empty());
}

#[test]
fn qm_03_a_sleeper_has_a_week_to_wake_unless_told_otherwise() {
    let mut bench = Bench::registered("ep=urn:x&lt=0&lwm2m=1.1&b=U&Q");
    bench.pass(94);
    bench.read("/3/0/0");
    let day = 86_400;
    bench.pass(7 * day - 1);
    assert_eq!(bench.line(), [1]);
    bench.pass(2);
    let ending = bench.ending(1);
    assert_eq!(ending.outcome, Outcome::TimedOut);
    assert!(
        ending.detail.ends_with("within 7 days"),
        "{}",
        ending.detail
    );
}

#[test]
fn qm_03_the_time_to_answer_begins_when_it_is_sent() {
    let mut bench = sleeper();
    bench.pass(94);
    let terms = Terms {
        timeout: Some(Duration::from_secs(5)),
        ..waiting(Some(DAY))
    };
    bench.ask_on(terms, reading("/3/0/0"));
    bench.pass(3_600);
    bench.update("");
    bench.pass(4);
    assert_eq!(bench.line(), [1]);
    bench.pass(2);
    let ending = bench.ending(1);
    assert_eq!(
        ending.detail,
        "it was sent, and its time of 5 s was over before the device answered"
    );
}

#[test]
fn qm_03_the_urgent_go_first_and_among_equals_who_came_first() {
    let mut bench = sleeper();
    bench.pass(94);
    for (path, priority) in [
        ("/3/0/0", Priority::Low),
        ("/3/0/1", Priority::Normal),
        ("/3/0/2", Priority::High),
        ("/3/0/3", Priority::Normal),
        ("/3/0/4", Priority::High),
    ] {
        let terms = Terms {
            priority,
            ..Terms::default()
        };
        bench.ask_on(terms, reading(path));
    }
    assert_eq!(bench.line(), [3, 5, 2, 4, 1]);
    bench.update("");
    (0..5).for_each(|_| bench.answer(content(112, [0x80])));
    let paths = ["/3/0/2", "/3/0/4", "/3/0/1", "/3/0/3", "/3/0/0"];
    assert_eq!(asked_paths(&bench), paths);
}

#[test]
fn qm_03_what_waits_can_be_moved_and_keeps_its_place_over_a_crash() {
    let mut bench = sleeper();
    bench.pass(94);
    (0..4).for_each(|n| bench.read(&format!("/3/0/{n}")));
    bench.rearrange(4, None, 0);
    assert_eq!(bench.line(), [4, 1, 2, 3]);
    bench.rearrange(1, None, 99);
    assert_eq!(bench.line(), [4, 2, 3, 1]);
    bench.rearrange(3, Some(Priority::High), 0);
    assert_eq!(bench.line(), [3, 4, 2, 1]);
    bench.rearrange(3, Some(Priority::Low), 0);
    assert_eq!(bench.line(), [4, 2, 1, 3]);
    bench.restart(20);
    assert_eq!(bench.line(), [4, 2, 1, 3]);
    bench.update("");
    bench.clear();
    bench.rearrange(4, None, 2);
    bench.expect(&["reply: operation 4 does not wait any more; it was sent"]);
    bench.rearrange(9, None, 2);
    bench.expect(&["reply: operation 9 is not under way; it has ended or never was"]);
}

#[test]
fn qm_03_the_latest_write_wins_once_it_is_stored() {
    let mut bench = sleeper();
    bench.pass(94);
    let latest = Terms {
        latest_wins: Some(true),
        ..Terms::default()
    };
    bench.write_on(latest, "+01:00");
    bench.read("/3/0/14");
    bench.write_on(latest, "+02:00");
    let ending = bench.ending(1);
    assert_eq!(ending.outcome, Outcome::Cancelled);
    assert_eq!(ending.detail, "operation 3 writes the same path later");
    assert_eq!(bench.line(), [2, 3]);
    bench.write_on(Terms::default(), "+03:00");
    assert_eq!(
        bench.line(),
        [2, 3, 4],
        "only who asks for it takes a place"
    );

    bench.hold();
    bench.write_on(latest, "+04:00");
    assert_eq!(bench.line(), [2, 3, 4, 5], "not before it is stored");
    bench.fail();
    assert_eq!(bench.line(), [2, 3, 4], "the disk refused the newer one");
    bench.pass(2);
    bench.commit();
    assert_eq!(bench.line(), [2, 3, 4]);
}

#[test]
fn qm_03_a_profile_may_let_the_latest_write_win() {
    let mut bench = sleeper();
    bench.treat(Profile {
        latest_wins: Some(true),
        ..Profile::default()
    });
    bench.pass(94);
    bench.write_on(Terms::default(), "+01:00");
    bench.write_on(Terms::default(), "+02:00");
    assert_eq!(bench.line(), [2]);
}

#[test]
fn qm_04_what_a_sleeping_device_did_not_answer_waits_at_the_head_for_it_to_wake() {
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
    bench.clear();
    bench.pass(34);
    bench.expect(&["store: operation 1 queued"]);
    assert!(bench.is_asleep());
    assert_eq!(bench.line(), [1, 2]);
    bench.sent.clear();
    bench.update("");
    bench.answer(content(112, [0x80]));
    bench.answer(content(112, [0x80]));
    assert_eq!(asked_paths(&bench), ["/3/0/0", "/3/0/1"]);
    assert_eq!(bench.ending(1).outcome, Outcome::Success);
}

#[test]
fn qm_04_what_must_not_be_repeated_ends_and_the_rest_waits() {
    let mut bench = sleeper();
    bench.ask(Ask::Execute {
        path: at("/3/0/4"),
        arguments: None,
        confirmable: true,
    });
    bench.read("/3/0/0");
    bench.pass(94);
    let ending = bench.ending(1);
    assert_eq!(ending.outcome, Outcome::TimedOut);
    assert!(ending.detail.starts_with("no acknowledgement"));
    assert_eq!(bench.line(), [2]);
    bench.update("");
    bench.answer(content(112, [0x80]));
    let posts = bench.sent.iter().filter(|(_, own)| own.code == Code::POST);
    let mids: std::collections::BTreeSet<u16> = posts.map(|(_, own)| own.mid).collect();
    assert_eq!(mids.len(), 1, "one Execute, sent again by CoAP alone");
}

#[test]
fn qm_04_a_profile_may_let_it_end_instead() {
    let mut bench = sleeper();
    bench.treat(Profile {
        requeue_on_timeout: Some(false),
        ..Profile::default()
    });
    bench.read("/3/0/0");
    bench.pass(94);
    assert_eq!(bench.ending(1).outcome, Outcome::TimedOut);
}

#[test]
fn qm_04_what_is_slept_through_again_and_again_ends_with_its_time() {
    let mut bench = sleeper();
    let ttl = Some(Duration::from_secs(1_000));
    bench.ask_on(waiting(ttl), reading("/3/0/0"));
    for _ in 0..4 {
        bench.pass(200);
        bench.update("");
    }
    bench.pass(400);
    let ending = bench.ending(1);
    assert_eq!(ending.outcome, Outcome::TimedOut);
    assert_eq!(
        ending.detail,
        "the device did not answer, and did not wake again within 16.7 min"
    );
}

#[test]
fn qm_05_what_waits_keeps_the_rest_of_its_time_over_a_crash() {
    let mut bench = sleeper();
    bench.pass(94);
    bench.ask_on(waiting(Some(DAY)), reading("/3/0/0"));
    bench.restart(80_000);
    assert_eq!(bench.line(), [1]);
    bench.pass(6_300);
    assert_eq!(bench.line(), [1]);
    bench.pass(200);
    assert_eq!(bench.ending(1).outcome, Outcome::TimedOut);
}

#[test]
fn qm_06_what_waits_outlives_an_expired_registration_and_not_a_goodbye() {
    let mut bench = Bench::registered("ep=urn:x&lt=300&lwm2m=1.1&b=U&Q");
    bench.pass(94);
    bench.read("/3/0/0");
    bench.pass(300);
    assert_eq!(bench.look().state, Wakefulness::Unregistered);
    assert_eq!(bench.line(), [1]);
    bench.register("ep=urn:x&lt=300&lwm2m=1.1&b=U&Q", LINKS);
    assert_eq!(asked_paths(&bench), ["/3/0/0"]);
    bench.answer(content(112, [0x80]));
    assert_eq!(bench.ending(1).outcome, Outcome::Success);
    bench.pass(94);
    bench.read("/3/0/1");
    bench.deregister();
    assert_eq!(bench.ending(2).detail, "the device de-registered");
}

#[test]
fn qm_01_the_state_is_shown_with_its_times() {
    let mut bench = Bench::registered("ep=urn:x&lt=86400&lwm2m=1.1&b=U");
    assert_eq!(bench.look().state, Wakefulness::AlwaysOn);

    let mut bench = sleeper();
    let awake = bench.look();
    assert_eq!(awake.state, Wakefulness::Awake);
    assert_eq!(
        awake.awake_until,
        Some(bench.now.unix + Duration::from_secs(93))
    );
    assert_eq!(awake.expected_wake_at, None);
    bench.pass(94);
    assert_eq!(bench.turns, 1, "it was said to fall asleep");
    let asleep = bench.look();
    assert_eq!(
        (asleep.state, asleep.awake_until),
        (Wakefulness::Asleep, None)
    );
    let end = bench.now.unix + Duration::from_secs(86_400 - 94);
    assert_eq!(asleep.expected_wake_at, Some(end));
    assert!(
        asleep.wake_basis.contains("lifetime of 24 h"),
        "{}",
        asleep.wake_basis
    );
    for _ in 0..3 {
        bench.pass(506);
        bench.update("");
        bench.pass(94);
    }
    let asleep = bench.look();
    let next = bench.now.unix + Duration::from_secs(506);
    assert_eq!(asleep.expected_wake_at, Some(next));
    assert!(
        asleep.wake_basis.contains("every 10 min"),
        "{}",
        asleep.wake_basis
    );
    bench.pass(600);
    assert!(bench.look().wake_basis.starts_with("It is late"));
}

#[test]
fn qm_01_the_awake_window_is_the_profiles() {
    let mut bench = sleeper();
    bench.treat(Profile {
        awake_window: Some(Duration::from_secs(10)),
        ..Profile::default()
    });
    bench.pass(11);
    assert!(bench.is_asleep());
    bench.restart(0);
    bench.update("");
    bench.pass(10);
    assert!(!bench.is_asleep());
    bench.pass(1);
    assert!(bench.is_asleep(), "the profile outlives a crash");
    bench.treat(Profile {
        awake_window: Some(Duration::from_secs(1_000)),
        ..Profile::default()
    });
    assert!(!bench.is_asleep(), "a longer window counts at once");
    bench.pass(1_000);
    assert!(bench.is_asleep());
}

#[test]
fn ir_07_a_profile_may_take_only_an_update_for_a_wake_up() {
    let mut bench = sleeper();
    bench.observed("/3303/0/5700");
    bench.treat(Profile {
        wake_on: Some(WakeOn::Update),
        ..Profile::default()
    });
    bench.pass(94);
    bench.read("/3/0/0");
    bench.clear();
    bench.notify(Kind::Confirmable, 2, content(0, "21"));
    bench.expect(&["store: Notify /3303/0/5700=21", "A: ACK"]);
    assert!(bench.is_asleep());
    bench.update("");
    assert_eq!(bench.asked().options.uri_path().last(), Some(&b"0"[..]));
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
