//! New registrations, durable: a closed loop that registers each endpoint once.

use crate::daemon::{Daemon, Folder};
use crate::flood::{Flood, Next};
use crate::report::{Report, per_second};
use crate::{DEVICES, echo, message};
use std::time::{Duration, Instant};

/// Devices of the large run.
const MANY: usize = 100_000;

/// Devices counted at either end of the large run.
const SLICE: usize = 10_000;

/// Registers `count` endpoints of that prefix through so many sockets. Yields the
/// location of each socket's last endpoint and the time of each registration.
pub(crate) fn register(
    daemon: &Daemon,
    prefix: &str,
    count: usize,
    sockets: usize,
) -> (Flood, Vec<String>, Vec<Instant>) {
    let mut flood = Flood::new(daemon.coap, sockets);
    let mut next = 0;
    let mut current = vec![0; sockets];
    let mut locations = vec![String::new(); sockets];
    let mut times = Vec::with_capacity(count);
    let request = |number: usize| {
        message::register(&format!("{prefix}-{number:06}"), 86_400, number as u16).encode()
    };
    for (socket, own) in current.iter_mut().enumerate() {
        *own = next;
        flood.send(socket, &request(next));
        next += 1;
    }
    flood.run(
        Instant::now() + Duration::from_secs(120),
        |socket, answer| {
            let Some(answer) = answer else {
                return Next::Send(request(current[socket]));
            };
            let Some(location) = message::location(answer) else {
                return Next::Wait;
            };
            locations[socket] = location;
            times.push(Instant::now());
            if next >= count {
                return Next::Done;
            }
            current[socket] = next;
            next += 1;
            Next::Send(request(current[socket]))
        },
    );
    assert!(
        times.len() >= count,
        "only {} of {count} devices registered",
        times.len()
    );
    (flood, locations, times)
}

/// Measures the rate at the beginning and at the end of a hundred thousand.
pub(crate) fn measure(report: &mut Report) {
    let folder = Folder::new("registrations");
    let daemon = Daemon::start(&folder.0);
    let begun = Instant::now();
    let (.., times) = register(&daemon, "new", MANY, DEVICES);
    let whole = times.len() as f64 / begun.elapsed().as_secs_f64();
    let rate = |slice: &[Instant]| match slice {
        [first, .., last] => slice.len() as f64 / last.duration_since(*first).as_secs_f64(),
        _ => 0.0,
    };
    let (early, late) = (rate(&times[..SLICE]), rate(&times[MANY - SLICE..]));
    let echo = echo::rate(DEVICES, 100, Duration::from_secs(3));
    report.add(
        "new registrations, durable, 100,000 devices",
        per_second(whole),
        "≥ 20,000/s, no slower than at 1,000",
        format!(
            "first 10,000: {}, last 10,000: {}, ratio {:.2}; raw echo {}, ratio {:.2}",
            per_second(early),
            per_second(late),
            late / early,
            per_second(echo),
            whole / echo
        ),
    );
}
