//! What happens when tables are full.

use super::bench::{Bench, LINKS, check};
use super::device::content;
use super::trace::value;
use crate::ledger::MAX_WAITING_CHANGES;
use crate::operations::MAX_WAITING_PER_DEVICE;
use coap::{Code, Kind, Response};

const GOOD: &str = "ep=urn:x&lt=4000000000&lwm2m=1.1&b=U";

#[test]
fn a_line_that_is_full_takes_no_more_operations() {
    let mut bench = Bench::registered("ep=urn:x&lt=86400&lwm2m=1.1&b=U");
    for _ in 0..=MAX_WAITING_PER_DEVICE {
        bench.read("/3/0/0");
    }
    bench.clear();
    bench.read("/3/0/0");
    bench.expect(&["reply: \"urn:x\" has 1000 operations waiting already; cancel some or wait"]);
    bench.cancel(2);
    bench.clear();
    bench.read("/3/0/0");
    bench.expect(&["store: operation 1002 queued", "reply: operation 1002"]);
    bench.deregister();
    assert!(
        bench.memory.snapshot().operations.is_empty(),
        "all of them ended"
    );
}

/// Whatever way an attempt fails, what it took is given back.
#[test]
fn cve_2022_39368_failed_attempts_leave_no_count_behind() {
    let mut bench = Bench::with(|config| config.most_devices = 2);
    bench.register(GOOD, LINKS);
    for attempt in 0..MAX_WAITING_PER_DEVICE * 2 {
        bench.read("/3/0/9");
        match attempt % 5 {
            0 => bench.reset(),
            1 => bench.answer(Response::new(Code::NOT_FOUND)),
            2 => bench.answer(content(110, "[{")),
            3 => bench.cancel(i64::try_from(attempt + 1).expect("a small number")),
            _ => bench.pass(94),
        }
        let refused = [
            format!("ep=z{attempt}&lt=60&lwm2m=9.9"),
            format!("ep=z{attempt}&lt=soon&lwm2m=1.1"),
        ];
        refused
            .iter()
            .for_each(|queries| bench.register(queries, LINKS));
        bench.register(&format!("ep=z{attempt}&lt=60&lwm2m=1.1"), "<");
        bench.sent.clear();
        bench.owed.clear();
        bench.problems.clear();
        bench.clear();
    }
    bench.read("/3/0/9");
    bench.answer(content(0, "95"));
    bench.register("ep=urn:y&lt=60&lwm2m=1.1", LINKS);
    let last: Vec<_> = bench.lines.iter().rev().take(3).rev().collect();
    assert!(last[0].contains("Success 2.05"), "{last:?}");
    assert_eq!(last[1..], ["store: registered urn:y", "A: ACK 2.01 /rd/*"]);
}

#[test]
fn g_33_a_full_table_of_devices_takes_only_those_it_knows() {
    let mut bench = Bench::with(|config| config.most_devices = 2);
    for name in ["urn:x", "urn:y", "urn:z", "urn:y"] {
        bench.register(&format!("ep={name}&lt=60&lwm2m=1.1"), LINKS);
    }
    bench.expect(&[
        "store: registered urn:x",
        "A: ACK 2.01 /rd/*",
        "store: registered urn:y",
        "A: ACK 2.01 /rd/*",
        "problem: registration_refused",
        "A: ACK 5.03",
        "store: refused urn:z",
        "store: registered urn:y",
        "A: ACK 2.01 /rd/*",
    ]);
}

#[test]
fn a_disk_that_falls_behind_holds_back_requests_and_drops_what_is_not_acknowledged() {
    let mut bench = Bench::registered("ep=urn:x&lt=86400&lwm2m=1.1&b=U");
    bench.observed("/3303/0/5700");
    bench.hold();
    for _ in 0..=MAX_WAITING_CHANGES {
        bench.read("/");
    }
    bench.clear();
    bench.notify(Kind::NonConfirmable, 2, content(0, "21"));
    bench.notify(Kind::Confirmable, 3, content(0, "22"));
    bench.update("");
    bench.expect(&["A: ACK 5.03 max-age=10"]);
    bench.commit();
    bench.commit();
    assert!(!bench.is_writing());
    let told: Vec<_> = bench
        .memory
        .readings
        .iter()
        .flat_map(|own| &own.values)
        .collect();
    assert_eq!(
        told.into_iter().map(value).collect::<Vec<_>>(),
        ["/3303/0/5700=20", "/3303/0/5700=22",]
    );
}

#[test]
fn malformed_datagrams_are_shown_and_not_answered_unless_confirmable() {
    check(
        |bench| {
            bench.hear_bytes(b"\x41");
            bench.hear_bytes(b"\x80\x00\x00\x00");
            bench.hear_bytes(b"\x50\x02\x00\x01\xff");
            bench.hear_bytes(b"\x40\x02\x00\x02\xff");
        },
        &[
            "problem: malformed_message",
            "problem: malformed_message",
            "problem: malformed_message",
            "A: RST",
            "problem: malformed_message",
        ],
    );
}
