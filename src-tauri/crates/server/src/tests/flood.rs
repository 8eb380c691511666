//! The rate rule: whoever registers again and again is ignored, and nobody else
//! (conformance G-37).

use super::bench::{Bench, LINKS, name, peer};
use crate::engine_io::problem_kind;
use coap::Code;

const GOOD: &str = "ep=urn:x&lt=86400&lwm2m=1.1&b=U";

/// Answers to Registers sent so far.
fn admitted(bench: &Bench) -> usize {
    let sent = bench.sent.iter();
    sent.filter(|(_, own)| own.code == Code::CREATED).count()
}

#[test]
fn g_37_the_eleventh_register_in_ten_seconds_gets_no_answer_for_a_minute() {
    let mut bench = Bench::new();
    (0..10).for_each(|_| bench.register(GOOD, LINKS));
    assert_eq!(admitted(&bench), 10);
    bench.clear();
    bench.register(GOOD, LINKS);
    bench.expect(&["problem: too_many_registers"]);
    (0..100).for_each(|_| bench.register(GOOD, LINKS));
    bench.pass(59);
    bench.register(GOOD, LINKS);
    bench.expect(&[]);
    assert!(bench.registration("urn:x").is_some(), "the last one stands");
    bench.pass(2);
    bench.register(GOOD, LINKS);
    assert_eq!(admitted(&bench), 11);
}

#[test]
fn g_37_an_ignored_register_is_not_answered_when_it_comes_again_either() {
    let mut bench = Bench::new();
    (0..11).for_each(|_| bench.register(GOOD, LINKS));
    bench.clear();
    (0..4).for_each(|_| bench.repeat());
    bench.pass(30);
    bench.repeat();
    bench.expect(&[]);
}

#[test]
fn g_37_others_are_served_even_from_the_same_address() {
    let mut bench = Bench::new();
    for number in 0..50 {
        // The flood and the fleet stand behind one address.
        (0..10).for_each(|_| bench.register(GOOD, LINKS));
        let other = format!("ep=urn:{number}&lt=86400&lwm2m=1.1&b=U");
        bench.register(&other, LINKS);
        assert!(bench.registration(&format!("urn:{number}")).is_some());
    }
    assert_eq!(admitted(&bench), 10 + 50);
    let told = bench.problems.iter();
    let told = told.filter(|own| own.kind == problem_kind::TOO_MANY_REGISTERS);
    let told: Vec<_> = told.map(|own| own.endpoint.clone()).collect();
    assert_eq!(told, [Some(name("urn:x"))], "one problem, with its name");
}

#[test]
fn g_37_the_flood_leaves_no_facts_for_the_disk_behind() {
    let mut bench = Bench::new();
    (0..10).for_each(|_| bench.register(GOOD, LINKS));
    let before = bench.memory.revision;
    (0..1_000).for_each(|_| bench.register(GOOD, LINKS));
    assert_eq!(bench.memory.revision, before);
}

#[test]
fn g_37_updates_of_the_same_name_go_on() {
    let mut bench = Bench::new();
    (0..11).for_each(|_| bench.register(GOOD, LINKS));
    bench.clear();
    bench.update("");
    bench.expect(&["store: seen", "A: ACK 2.04"]);
    bench.here = peer('B');
    bench.register(GOOD, LINKS);
    bench.expect(&[]);
}
