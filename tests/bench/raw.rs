//! The limit of the disk: the rows of the notification run, inserted one by one by
//! a prepared statement into a file of the shipped schema, in one transaction.

use crate::daemon::Folder;
use std::time::Duration;

/// Rows a second for `devices` devices in turn.
pub(crate) fn rate(devices: i64, rows: i64) -> (f64, f64) {
    let folder = Folder::new("raw");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let limits = runtime
        .block_on(store::limit::insert(&folder.0, devices, rows))
        .expect("a limit");
    let rate = |time: Duration| rows as f64 / time.as_secs_f64();
    (rate(limits.prepared), rate(limits.generated))
}
