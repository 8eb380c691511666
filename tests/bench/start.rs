//! From the start of the process to the ready line, and the device list's filter.

use crate::daemon::{Daemon, Folder};
use crate::measure::median;
use crate::register::register;
use crate::report::Report;
use serde_json::json;
use std::time::Instant;

/// Devices in the large file.
const MANY: usize = 100_000;

/// Starts of which the median counts.
const STARTS: usize = 5;

/// Measures starts on an empty folder and on a hundred thousand devices.
pub(crate) fn measure(report: &mut Report) {
    let empty = median((0..STARTS).map(|number| {
        let folder = Folder::new(&format!("start-{number}"));
        Daemon::start(&folder.0).ready_after.as_secs_f64() * 1e3
    }));
    report.add(
        "ready, empty",
        format!("{empty:.0} ms"),
        "≤ 300 ms",
        "median of 5 starts".to_owned(),
    );
    let folder = Folder::new("start-many");
    let daemon = Daemon::start(&folder.0);
    drop(register(&daemon, "start", MANY, crate::DEVICES));
    drop(daemon);
    let full =
        median((0..STARTS).map(|_| Daemon::start(&folder.0).ready_after.as_secs_f64() * 1e3));
    report.add(
        "ready, 100,000 devices",
        format!("{full:.0} ms"),
        "≤ 3,000 ms",
        "median of 5 starts".to_owned(),
    );
    let daemon = Daemon::start(&folder.0);
    let filter = median((0..20).map(|number| {
        let begun = Instant::now();
        let filter = format!("start-0{number:02}");
        let page = daemon.call("device_list", &json!({ "filter": filter, "limit": 100 }));
        assert!(
            page["total"].as_u64().is_some_and(|total| total > 0),
            "the filter finds devices"
        );
        begun.elapsed().as_secs_f64() * 1e3
    }));
    report.add(
        "device_list with a filter, 100,000 devices",
        format!("{filter:.0} ms"),
        "≤ 150 ms",
        "median of 20 calls".to_owned(),
    );
}
