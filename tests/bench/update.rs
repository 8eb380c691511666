//! Registration updates, durable: a thousand devices in a closed loop.

use crate::daemon::{Daemon, Folder};
use crate::flood::Next;
use crate::message::{self, Template};
use crate::register::register;
use crate::report::{Report, per_second};
use crate::{DEVICES, echo};
use std::time::{Duration, Instant};

/// How long the loop runs.
const TIME: Duration = Duration::from_secs(8);

/// Bytes of an Update, for the echo beside it.
const UPDATE_BYTES: usize = 36;

/// Measures updates a second beside a raw echo with as many sockets.
pub(crate) fn measure(report: &mut Report) {
    let folder = Folder::new("updates");
    let daemon = Daemon::start(&folder.0);
    let (mut flood, locations, _) = register(&daemon, "update", DEVICES);
    let mut mids = vec![20_000_u16; DEVICES];
    let mut templates: Vec<Template> = locations
        .iter()
        .map(|location| Template::new(&message::update(location, 0)))
        .collect();
    let before = echo::rate(DEVICES, UPDATE_BYTES, Duration::from_secs(3));
    let used = daemon.processor_seconds();
    let begun = Instant::now();
    for (socket, template) in templates.iter_mut().enumerate() {
        flood.send(socket, template.with_mid(mids[socket]));
    }
    let (mut changed, mut busy) = (0_u64, 0_u64);
    flood.run(begun + TIME, |socket, answer| {
        match answer.and_then(|bytes| bytes.get(1)) {
            Some(0x44) => changed += 1,
            Some(0xa3) => busy += 1,
            // An empty acknowledgement: the answer comes by itself.
            Some(0) => return Next::Wait,
            _ => {}
        }
        mids[socket] = mids[socket].wrapping_add(1);
        Next::Send(templates[socket].with_mid(mids[socket]).to_vec())
    });
    let seconds = begun.elapsed().as_secs_f64();
    let rate = changed as f64 / seconds;
    let after = echo::rate(DEVICES, UPDATE_BYTES, Duration::from_secs(3));
    let echo = f64::midpoint(before, after);
    let cost = daemon
        .processor_seconds()
        .zip(used)
        .map(|(now, then)| (now - then) * 1e6 / changed as f64);
    report.add(
        "registration updates, durable, 1,000 devices",
        per_second(rate),
        "≥ 80,000/s, ≥ 0.3 of a raw echo",
        format!(
            "raw echo {} (before {}, after {}), ratio {:.2}; {:.1} µs of the daemon's time each; {busy} busy, {} lost",
            per_second(echo),
            per_second(before),
            per_second(after),
            rate / echo,
            cost.unwrap_or(f64::NAN),
            flood.lost
        ),
    );
}
