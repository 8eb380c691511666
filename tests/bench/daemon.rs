//! The measured process: `lwm2m-workbenchd` of the same profile as this program,
//! on a data directory of its own.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A running daemon; killed when dropped.
pub(crate) struct Daemon {
    child: Child,
    http: String,
    token: String,
    /// Where devices reach it.
    pub(crate) coap: SocketAddr,
    /// Where devices reach it over DTLS.
    pub(crate) coaps: SocketAddr,
    /// From the start of the process to its ready line.
    pub(crate) ready_after: Duration,
}

impl Daemon {
    /// Starts on `dir`, which may hold an earlier run's data.
    pub(crate) fn start(dir: &Path) -> Self {
        let own = std::env::current_exe().expect("this program has a path");
        let binary =
            own.with_file_name(format!("lwm2m-workbenchd{}", std::env::consts::EXE_SUFFIX));
        let begun = Instant::now();
        let mut child = Command::new(&binary)
            .args([
                "--http",
                "127.0.0.1:0",
                "--coap",
                "127.0.0.1:0",
                "--coaps",
                "127.0.0.1:0",
                "--data-dir",
            ])
            .arg(dir)
            .env("RUST_LOG", "error")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{} does not start: {error}", binary.display()));
        let mut line = String::new();
        let stdout = child.stdout.take().expect("a pipe");
        BufReader::new(stdout)
            .read_line(&mut line)
            .expect("a ready line");
        let ready_after = begun.elapsed();
        let ready: Value =
            serde_json::from_str(&line).unwrap_or_else(|_| panic!("no ready line but {line:?}"));
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let listener = |scheme: &str| -> SocketAddr {
            let all = ready["listeners"].as_array().expect("listeners");
            let own = all.iter().find(|own| own["scheme"] == scheme);
            let own = own.unwrap_or_else(|| panic!("no listener for {scheme} in {ready}"));
            text(&own["address"]).parse().expect("an address")
        };
        Self {
            child,
            http: text(&ready["http"]),
            token: text(&ready["token"]),
            coap: listener("coap"),
            coaps: listener("coaps"),
            ready_after,
        }
    }

    /// Makes a call and expects its success.
    pub(crate) fn call(&self, name: &str, body: &Value) -> Value {
        let mut response = ureq::post(format!("{}/rpc/{name}", self.http))
            .header("Authorization", format!("Bearer {}", self.token))
            .send_json(body)
            .unwrap_or_else(|error| panic!("{name} failed: {error}"));
        response.body_mut().read_json().expect("JSON")
    }

    /// The URL of the event stream.
    pub(crate) fn events_url(&self) -> String {
        let ticket = self.call("events_ticket", &json!({}));
        format!(
            "{}/events?ticket={}",
            self.http,
            ticket["ticket"].as_str().expect("a ticket")
        )
    }

    /// Resident memory in bytes; `None` where the system does not tell.
    pub(crate) fn resident(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
        Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? * 1_024)
    }

    /// Processor time used so far, user and system; `None` where the system does not tell.
    pub(crate) fn processor_seconds(&self) -> Option<f64> {
        processor_seconds(&self.child.id().to_string())
    }
}

/// Processor time that a process has used so far; `self` is this one.
pub(crate) fn processor_seconds(process: &str) -> Option<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let fields: Vec<&str> = stat.rsplit(')').next()?.split_whitespace().collect();
    let ticks: u64 = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    Some(ticks as f64 / 100.0)
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A folder that is removed when dropped.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    /// A new, empty one.
    pub(crate) fn new(name: &str) -> Self {
        let path =
            std::env::temp_dir().join(format!("workbench-bench-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder for the run");
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
