//! A live run under fire: simulated devices work with a real program, people read and write them,
//! and strangers send damaged messages by the hundred thousand, from addresses of their own and
//! from those of the devices themselves.
//!
//! Nothing may end the program, and nothing that anybody got an acknowledgement for may be lost:
//! not by the noise, and not by a `kill -9` after it. What was acknowledged is written down here,
//! outside the program: `fleet` are the devices, `people` ask for operations, `barrage` sends what
//! `material` makes up. The same seed makes up the same messages.

mod barrage;
mod fleet;
mod material;
mod people;
mod random;
mod verdict;

use crate::{Daemon, Folder, eventually};
use barrage::Barrage;
use fleet::Fleet;
use people::People;
use serde_json::json;
use std::time::Duration;

pub use verdict::Verdict;

/// What to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Plan {
    /// Chooses the messages and what is done to them.
    pub seed: u64,
    /// Datagrams of noise.
    pub datagrams: u64,
    /// Devices at work.
    pub devices: usize,
}

/// What is observed at every device.
const OBSERVED: &str = "/3303/0/5700";

/// How long everybody works before the noise begins, so that its effect on memory shows.
const WARM_UP: Duration = Duration::from_secs(5);

/// Carries out a plan on a program and a folder of its own.
///
/// # Panics
/// When the program does not start, or the devices cannot even begin.
#[must_use]
pub fn run(plan: Plan) -> Verdict {
    let folder = Folder::new("noise");
    let mut daemon = Daemon::start(folder.path(), &[]);
    let fleet = Fleet::start(plan, daemon.coap());
    begin(&daemon, &fleet);
    let people = People::start(daemon.door(), &fleet);
    std::thread::sleep(WARM_UP);
    let mut verdict = Verdict::new(plan, &daemon);

    let fired = Barrage::new(plan, daemon.coap(), &fleet).fire(|| daemon.is_running());
    verdict.fired(fired);
    verdict.operations(people.end());
    fleet.rest();
    if daemon.is_running() {
        verdict.living(&daemon, &fleet);
        verdict.kept("after the noise", daemon.door(), &fleet);
    }
    daemon.kill();
    let again = Daemon::start(folder.path(), &[]);
    verdict.kept("after kill -9 and a new start", again.door(), &fleet);
    verdict
}

/// Waits until all devices are registered, and observes each.
fn begin(daemon: &Daemon, fleet: &Fleet) {
    let count = fleet.endpoints().len();
    eventually("all devices registered", || {
        fleet.are_registered().then_some(())
    });
    for endpoint in fleet.endpoints() {
        let request = json!({ "endpoint": endpoint, "path": OBSERVED });
        let _ = daemon.door().succeed("observation_start", request);
    }
    let status = daemon.door().ask("status_get", json!({}));
    assert_eq!(status["online"], count, "{status}");
}
