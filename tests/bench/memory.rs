//! Resident memory of an idle registered device.

use crate::daemon::{Daemon, Folder};
use crate::register::register;
use crate::report::Report;
use std::time::Duration;

/// Measures at ten thousand and at a hundred thousand devices.
pub(crate) fn measure(report: &mut Report) {
    for count in [10_000, 100_000] {
        let folder = Folder::new(&format!("memory-{count}"));
        let daemon = Daemon::start(&folder.0);
        std::thread::sleep(Duration::from_secs(1));
        let empty = daemon.resident().unwrap_or_default();
        drop(register(&daemon, "idle", count, crate::DEVICES));
        std::thread::sleep(Duration::from_secs(2));
        let full = daemon.resident().unwrap_or_default();
        let each = full.saturating_sub(empty) as f64 / count as f64;
        report.add(
            &format!("resident memory, {count} idle devices"),
            format!("{:.0} B each", each),
            "≤ 2,048 B each above the empty process",
            format!("empty {:.1} MiB, full {:.1} MiB", mib(empty), mib(full)),
        );
    }
}

fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
