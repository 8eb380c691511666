//! Speed, shown as ratios: every figure beside a limit or a peer of the same run.
//!
//! The daemon runs as its own process in the release profile, the load source in
//! this one, both on the machine's cores. `cargo xtask bench` calls it. It asserts
//! nothing: a figure is for people to judge. Only `noise` does: it is a run of its own,
//! which fails when anything was lost.

mod amplification;
mod daemon;
mod dtls;
mod echo;
mod flood;
mod measure;
mod memory;
mod message;
mod noise;
mod notify;
mod raw;
mod register;
mod report;
mod secured;
mod start;
mod update;

use report::Report;
use std::process::ExitCode;

/// Devices of the closed loops.
const DEVICES: usize = 1_000;

/// One group of figures.
type Part = fn(&mut Report);

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    match arguments.next().as_deref() {
        // The limit's server side runs as a process of its own, as the daemon does.
        Some("echo") => echo::serve(),
        Some("noise") => return noise::run(arguments),
        Some("dtls-idle") => dtls::measure_idle(arguments.next().as_deref()),
        wanted => run(wanted),
    }
    ExitCode::SUCCESS
}

fn run(wanted: Option<&str>) {
    let mut report = Report::default();
    let parts: [(&str, Part); 9] = [
        ("dtls", dtls::measure),
        ("updates", update::measure),
        ("secured", secured::updates),
        ("registrations", register::measure),
        ("notifications", notify::measure),
        ("memory", memory::measure),
        ("associations", secured::associations),
        ("start", start::measure),
        ("amplification", amplification::measure),
    ];
    for (name, part) in parts {
        if wanted.is_none_or(|wanted| wanted == name) {
            eprintln!("measuring {name} …");
            part(&mut report);
        }
    }
    report.print();
}
