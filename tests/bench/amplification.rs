//! What forged addresses get of the daemon, beside the limit: counted by the same recorder that
//! a system test holds against it.

use crate::daemon::{Daemon, Folder};
use crate::report::Report;
use std::time::Duration;
use wb_tests::amplification::{Record, over_coap, over_coaps, worst};

/// How long answers and their repetitions are waited for: all that RFC 7252 §4.8.2 allows,
/// MAX_TRANSMIT_SPAN and a wait behind it.
const PATIENCE: Duration = Duration::from_secs(95);

/// Counts at both listeners.
pub(crate) fn measure(report: &mut Report) {
    let folder = Folder::new("amplification");
    let daemon = Daemon::start(&folder.0);
    let (coap, coaps) = (daemon.coap, daemon.coaps);
    let (plain, secure) = std::thread::scope(|scope| {
        let plain = scope.spawn(move || over_coap(coap, PATIENCE));
        let secure = over_coaps(coaps, PATIENCE);
        (plain.join().expect("records"), secure)
    });
    add(report, "coap", &plain);
    add(report, "coaps", &secure);
}

fn add(report: &mut Report, scheme: &str, records: &[Record]) {
    let Some(worst) = worst(records) else {
        return;
    };
    let sum = |bytes: fn(&Record) -> usize| records.iter().map(bytes).sum::<usize>() as f64;
    let longest = records.iter().map(|own| own.first).max().unwrap_or(0);
    report.add(
        &format!("bytes to a forged address for each in its name, {scheme}"),
        format!("{:.2} at worst", worst.ratio()),
        "≤ 3, first answer ≤ 136 B",
        format!(
            "for {}; {:.2} over all {} addresses; longest first answer {longest} B",
            worst.what,
            sum(|own| own.received) / sum(|own| own.sent),
            records.len()
        ),
    );
}
