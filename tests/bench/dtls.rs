//! DTLS without sockets: handshakes beside those of plain OpenSSL in the same run, the
//! memory of idle associations, and a flood of hellos from forged addresses.

mod guard;
mod plain;

use crate::report::{Report, per_second};
use guard::{Listener, address};
use plain::{Credential, Peer};
use std::process::Command;
use std::time::{Duration, Instant};

/// How long each kind of handshake is measured, in turns with the other.
const SPAN: Duration = Duration::from_secs(4);

/// Turns of which each takes part of the span, so that a slow moment hits both alike.
const TURNS: u32 = 8;

/// Associations whose memory is measured.
const ASSOCIATIONS: usize = 10_000;

/// What is kept of an idle device.
const IDLE: [(&str, &str, &str); 4] = [
    ("psk", "idle association, PSK", "≤ 1,024 B"),
    ("psk-cached", "… with its session cached", "≤ 3,072 B"),
    ("x509", "idle association, X.509", "≤ 1,024 B"),
    ("x509-cached", "… with its session cached", "≤ 3,072 B"),
];

/// Hellos from forged addresses.
const HELLOS: u32 = 1_000_000;

/// Measures all of it, the flood first, while the heap is still small.
pub(crate) fn measure(report: &mut Report) {
    flood(report);
    for kind in IDLE {
        idle(report, kind);
    }
    for credential in [Credential::psk(), Credential::certificates()] {
        handshakes(report, &credential);
    }
}

fn handshakes(report: &mut Report, credential: &Credential) {
    let mut listener = Listener::new(credential, false);
    let (client, server) = (credential.client(), credential.server());
    let (mut ours, mut plain) = (Vec::new(), Vec::new());
    for turn in 0..TURNS {
        ours.push(rate(|number| {
            let from = address(turn << 24 | number);
            listener.handshake(from, Peer::client(&client));
        }));
        plain.push(rate(|_| {
            plain::handshake(Peer::client(&client), Peer::server(&server));
        }));
    }
    let ours = crate::measure::median(ours.into_iter());
    let plain = crate::measure::median(plain.into_iter());
    report.add(
        &format!("{} handshakes, both ends on one core", credential.name()),
        per_second(ours),
        "≥ 0.8 of plain OpenSSL",
        format!(
            "{:.2} of {} by OpenSSL with itself, which asks for no cookie",
            ours / plain,
            per_second(plain)
        ),
    );
}

fn rate(mut handshake: impl FnMut(u32)) -> f64 {
    let start = Instant::now();
    let mut count = 0;
    while start.elapsed() < SPAN / TURNS {
        handshake(count);
        count += 1;
    }
    f64::from(count) / start.elapsed().as_secs_f64()
}

/// The growth of a process of its own, whose heap nobody has used before.
fn idle(report: &mut Report, (kind, what, goal): (&str, &str, &str)) {
    let own = std::env::current_exe().expect("this program");
    let child = Command::new(own).args(["dtls-idle", kind]).output();
    let grown = String::from_utf8(child.expect("a process").stdout).expect("a number");
    report.add(
        what,
        format!("{} B", grown.trim()),
        goal,
        format!("growth of resident memory over {ASSOCIATIONS} of them"),
    );
}

/// Makes associations and prints what each takes.
pub(crate) fn measure_idle(kind: Option<&str>) {
    let kind = kind.unwrap_or_default();
    let credential = match kind.starts_with("x509") {
        true => Credential::certificates(),
        false => Credential::psk(),
    };
    let client = credential.client();
    let mut listener = Listener::new(&credential, kind.ends_with("cached"));
    for number in 0..100 {
        listener.handshake(address(1 << 24 | number), Peer::client(&client));
    }
    let before = resident();
    for number in 0..u32::try_from(ASSOCIATIONS).expect("few") {
        let from = address(number);
        let client = listener.handshake(from, Peer::client(&client));
        listener.settle(from, client);
    }
    let grown = resident().saturating_sub(before) / ASSOCIATIONS as u64;
    println!("{grown}");
}

fn flood(report: &mut Report) {
    let credential = Credential::psk();
    let client = credential.client();
    let mut listener = Listener::new(&credential, true);
    let hello = Peer::client(&client).hello();
    let mut handshakes = (0, 0);
    for number in 0..100 {
        listener.handshake(address(number), Peer::client(&client));
    }
    let before = resident();
    let start = Instant::now();
    for number in 0..HELLOS {
        listener.inject(address(1 << 31 | number), &hello);
        if number.is_multiple_of(HELLOS / 1_000) {
            handshakes.1 += 1;
            let from = address(1 << 30 | number);
            if listener.try_handshake(from, &mut Peer::client(&client)) {
                handshakes.0 += 1;
            }
        }
    }
    let spent = start.elapsed().as_secs_f64();
    let grown = resident().saturating_sub(before) as f64 / f64::from(1 << 20);
    report.add(
        "a million hellos from forged addresses",
        format!("{grown:.1} MiB"),
        "< 10 MiB more, ≥ 99 % of the handshakes beside them succeed",
        format!(
            "{} of {} handshakes beside them, {} hellos answered",
            handshakes.0,
            handshakes.1,
            per_second(f64::from(HELLOS) / spent)
        ),
    );
}

/// Resident memory of this process in bytes; 0 where the system does not tell.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    kib.unwrap_or(0) * 1_024
}
