//! The short form of `cargo xtask bench noise`, which sends a million.

use wb_tests::noise::{self, Plan};

/// G-03: whatever strangers send, and devices themselves beside their own words, nobody loses
/// anything, now or after a crash.
#[test]
fn twenty_thousand_damaged_datagrams_beside_devices_at_work_lose_nothing() {
    let verdict = noise::run(Plan {
        seed: 1,
        datagrams: 20_000,
        devices: 30,
    });
    println!("{verdict}");
    assert!(verdict.is_good(), "{verdict}");
}
