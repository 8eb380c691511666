//! What the program sends to addresses that were forged, so that nobody can turn it against others.

use std::time::Duration;
use wb_tests::amplification::{Record, over_coap, over_coaps, worst};
use wb_tests::{Daemon, Folder};

/// Bytes that an address gets at most for each byte in its name (conformance G-30).
const MOST: usize = 3;

/// Bytes of the first answer at most (conformance G-30).
const FIRST: usize = 136;

/// Long enough for a first retransmission (RFC 7252 §4.8: 2 to 3 s) beside the answers.
const PATIENCE: Duration = Duration::from_secs(4);

/// G-30: a mix of requests, registers, blocks, hellos and garbage, each from an address of its own
/// that proves nothing, sound and damaged.
#[test]
fn nobody_can_be_flooded_by_somebody_who_forges_an_address() {
    let folder = Folder::new("amplification");
    let daemon = Daemon::start(folder.path(), &["--coaps", "127.0.0.1:0"]);
    let plain = over_coap(daemon.coap(), PATIENCE);
    let secure = over_coaps(daemon.coaps(), PATIENCE);
    for (scheme, records) in [("coap", &plain), ("coaps", &secure)] {
        let worst = worst(records).expect("records");
        println!("{scheme}: at worst {:.2} for {}", worst.ratio(), worst.what);
        for own in records {
            assert!(own.received <= MOST * own.sent, "{scheme}: {own:?}");
            assert!(own.first <= FIRST, "{scheme}: {own:?}");
        }
    }
    // Silence would prove nothing.
    let answered = |records: &[Record], what: &str| {
        let own = records.iter().find(|own| own.what == what);
        own.is_some_and(|own| own.received > 0)
    };
    assert!(answered(&plain, "a Register"), "{plain:?}");
    assert!(
        answered(&plain, "the first block of a Register"),
        "{plain:?}"
    );
    assert!(answered(&secure, "a hello"), "{secure:?}");
    assert!(answered(&secure, "the smallest hello"), "{secure:?}");
    assert!(answered(&secure, "a hello in two pieces"), "{secure:?}");
}
