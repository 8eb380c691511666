//! Notifications: decoded, stored, acknowledged; and how long one takes to a reader
//! of the event stream.

use crate::daemon::{Daemon, Folder};
use crate::flood::{Flood, Next};
use crate::measure::percentile;
use crate::register::register;
use crate::report::{Report, per_second};
use crate::{DEVICES, raw};
use coap::{Code, Kind, Message, Options, Token, option};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::sync::mpsc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How long the closed loop runs.
const TIME: Duration = Duration::from_secs(8);

/// Notifications of the latency run, and the pause between two.
const SINGLE: usize = 200;
const PAUSE: Duration = Duration::from_millis(20);

/// TLV: resource 5700, an eight-byte float.
fn payload(value: f64) -> Vec<u8> {
    let mut bytes = vec![0xe8, 0x16, 0x44, 0x08];
    bytes.extend(value.to_be_bytes());
    bytes
}

fn content(kind: Kind, mid: u16, token: Token, sequence: u32, value: f64) -> Vec<u8> {
    let mut options = Options::new();
    options.set_uint(option::OBSERVE, sequence);
    options.set_uint(option::CONTENT_FORMAT, 11_542);
    Message {
        kind,
        code: Code::CONTENT,
        mid,
        token,
        options,
        payload: payload(value),
    }
    .encode()
}

/// Measures notifications a second, and the time of a single one.
pub(crate) fn measure(report: &mut Report) {
    let folder = Folder::new("notifications");
    let daemon = Daemon::start(&folder.0);
    let (mut flood, ..) = register(&daemon, "notify", DEVICES, DEVICES);
    let tokens = observe_all(&daemon, &mut flood);
    let (rate, cost) = closed_loop(&daemon, &mut flood, &tokens);
    let readings = (rate * TIME.as_secs_f64()) as i64;
    let (prepared, generated) = raw::rate(DEVICES as i64, readings.clamp(100_000, 1_000_000));
    report.add(
        "notifications stored, one reading each, 1,000 devices",
        per_second(rate),
        "≥ 50,000/s, ≥ 0.5 of raw inserts",
        format!(
            "raw inserts: prepared statements {}, ratio {:.2}; rows made by SQLite itself {}, ratio {:.2}; {cost:.1} µs of the daemon's time each; {} lost",
            per_second(prepared),
            rate / prepared,
            per_second(generated),
            rate / generated,
            flood.lost
        ),
    );
    let latencies = single(&daemon, &mut flood, tokens[0]);
    report.add(
        "notification on the socket to event at the reader",
        format!("p95 {:.1} ms", percentile(latencies.clone(), 0.95)),
        "≤ 100 ms to the chart",
        format!(
            "median {:.1} ms of {} notifications",
            percentile(latencies.clone(), 0.5),
            latencies.len()
        ),
    );
}

/// Has every device observed; yields the token of each.
fn observe_all(daemon: &Daemon, flood: &mut Flood) -> Vec<Token> {
    for number in 0..DEVICES {
        let body = json!({ "endpoint": format!("notify-{number:06}"), "path": "/3303/0/5700" });
        daemon.call("observation_start", &body);
    }
    let mut tokens = vec![None; DEVICES];
    let deadline = Instant::now() + Duration::from_secs(60);
    while tokens.contains(&None) && Instant::now() < deadline {
        flood.run(
            Instant::now() + Duration::from_millis(200),
            |socket, datagram| {
                let Some(request) = datagram.and_then(|bytes| Message::decode(bytes).ok()) else {
                    return Next::Wait;
                };
                if request.code != Code::GET {
                    return Next::Wait;
                }
                tokens[socket] = Some(request.token);
                let (kind, mid) = (Kind::Acknowledgement, request.mid);
                Next::Send(content(kind, mid, request.token, 1, 20.0))
            },
        );
    }
    // Sockets that waited for their turn lost nothing.
    flood.lost = 0;
    let found: Vec<Token> = tokens.into_iter().flatten().collect();
    assert_eq!(found.len(), DEVICES, "every device is observed");
    found
}

fn closed_loop(daemon: &Daemon, flood: &mut Flood, tokens: &[Token]) -> (f64, f64) {
    let mut sequences = vec![2_u32; DEVICES];
    let mut notification = |socket: usize| {
        sequences[socket] += 1;
        let sequence = sequences[socket];
        content(
            Kind::Confirmable,
            sequence as u16,
            tokens[socket],
            sequence,
            f64::from(sequence) / 8.0,
        )
    };
    for socket in 0..DEVICES {
        let bytes = notification(socket);
        flood.send(socket, &bytes);
    }
    let used = daemon.processor_seconds();
    let begun = Instant::now();
    let mut acknowledged = 0_u64;
    flood.run(begun + TIME, |socket, answer| {
        // An acknowledgement is four bytes: version 1, type ACK, code 0.00.
        if answer.is_some_and(|bytes| bytes.first() == Some(&0x60)) {
            acknowledged += 1;
        }
        Next::Send(notification(socket))
    });
    let rate = acknowledged as f64 / begun.elapsed().as_secs_f64();
    let cost = daemon
        .processor_seconds()
        .zip(used)
        .map(|(now, then)| (now - then) * 1e6 / acknowledged as f64);
    (rate, cost.unwrap_or(f64::NAN))
}

/// Sends single notifications whose value is the time of sending, and waits for
/// them at the event stream. Milliseconds.
fn single(daemon: &Daemon, flood: &mut Flood, token: Token) -> Vec<f64> {
    std::thread::sleep(Duration::from_secs(2));
    let (arrived, arrivals) = mpsc::channel();
    let response = ureq::get(daemon.events_url())
        .call()
        .expect("an event stream");
    let reader = BufReader::new(response.into_body().into_reader());
    std::thread::spawn(move || {
        for line in reader.lines().map_while(Result::ok) {
            let Some(data) = line
                .strip_prefix("data:")
                .and_then(|text| serde_json::from_str::<Value>(text).ok())
            else {
                continue;
            };
            if data["path"] == "/3303/0/5700" {
                let now = unix_millis();
                for sent in data["v"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(Value::as_f64)
                {
                    let _ = arrived.send(now - sent);
                }
            }
        }
    });
    std::thread::sleep(Duration::from_millis(300));
    while arrivals.try_recv().is_ok() {}
    for number in 0..SINGLE {
        let sequence = 1_000_000 + number as u32;
        let bytes = content(
            Kind::NonConfirmable,
            60_000_u16.wrapping_add(number as u16),
            token,
            sequence,
            unix_millis(),
        );
        flood.send(0, &bytes);
        std::thread::sleep(PAUSE);
    }
    std::thread::sleep(Duration::from_millis(500));
    arrivals
        .try_iter()
        .filter(|latency| (0.0..60_000.0).contains(latency))
        .collect()
}

fn unix_millis() -> f64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs_f64()
        * 1e3
}
