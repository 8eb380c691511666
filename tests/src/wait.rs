//! Waiting for what must come, with one bound for all tests: a machine that builds and tests at
//! the same time is slow, a product that never gets there is broken.

use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long a test waits for what must come.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The time between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Looks until there is something; `what` names it in the failure.
///
/// # Panics
/// When it does not come within [`PATIENCE`].
pub fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "it did not come: {what}");
        sleep(LOOK_EVERY);
    }
}
