//! A running program with its folder, and the few steps that most tests begin with.

use serde_json::{Value, json};
use std::path::Path;
use wb_tests::daemon::lasting_port;
use wb_tests::raw_device::observed_text;
use wb_tests::{Daemon, Door, Folder, RawDevice, eventually};

/// The resource that most devices of these tests have.
pub(crate) const TEMPERATURE: &str = "/3303/0/5700";

/// A running program on a folder of its own.
pub(crate) struct Instrument {
    // Dropped first: the folder goes when nobody writes into it any more.
    daemon: Option<Daemon>,
    arguments: Vec<String>,
    folder: Folder,
}

impl Instrument {
    /// On any free ports.
    pub(crate) fn start(name: &str) -> Self {
        Self::start_with(name, &[])
    }

    /// With further arguments.
    pub(crate) fn start_with(name: &str, arguments: &[&str]) -> Self {
        let mut instrument = Self {
            daemon: None,
            arguments: arguments.iter().map(|&word| word.to_owned()).collect(),
            folder: Folder::new(name),
        };
        instrument.go_on();
        instrument
    }

    /// At an address for devices that it has again after a restart.
    pub(crate) fn start_to_restart(name: &str) -> Self {
        let coap = format!("127.0.0.1:{}", lasting_port());
        Self::start_with(name, &["--coap", &coap])
    }

    /// The same with a secure listener.
    pub(crate) fn start_secure(name: &str) -> Self {
        let (coap, coaps) = (lasting_port(), lasting_port());
        let (coap, coaps) = (format!("127.0.0.1:{coap}"), format!("127.0.0.1:{coaps}"));
        Self::start_with(name, &["--coap", &coap, "--coaps", &coaps])
    }

    /// Starts again after [`Self::crash`] or [`Self::end`].
    pub(crate) fn go_on(&mut self) {
        let arguments: Vec<&str> = self.arguments.iter().map(String::as_str).collect();
        self.daemon = Some(Daemon::start(self.folder.path(), &arguments));
    }

    /// `kill -9`.
    pub(crate) fn crash(&mut self) {
        self.daemon.take().expect("the program runs").kill();
    }

    /// An orderly end.
    pub(crate) fn end(&mut self) {
        let (status, _) = self.daemon.take().expect("the program runs").terminate();
        assert!(status.success(), "{status}");
    }

    pub(crate) fn daemon(&self) -> &Daemon {
        self.daemon.as_ref().expect("the program runs")
    }

    pub(crate) fn daemon_mut(&mut self) -> &mut Daemon {
        self.daemon.as_mut().expect("the program runs")
    }

    pub(crate) fn door(&self) -> &Door {
        self.daemon().door()
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A copy of the folder as it is now.
    pub(crate) fn copy_of_folder(&self) -> Folder {
        self.folder.copy()
    }

    /// A device that has not said anything yet.
    pub(crate) fn device(&self) -> RawDevice {
        RawDevice::new(self.daemon().coap())
    }

    /// A simulated device that has registered; its endpoint name.
    pub(crate) fn simulated(&self, kind: &str) -> String {
        let request = json!({ "count": 1, "kind": kind });
        let started = self.door().ask("simulator_start", request);
        let endpoint = started["endpoints"][0].as_str().expect("a name").to_owned();
        self.await_online(&endpoint);
        endpoint
    }

    pub(crate) fn await_online(&self, endpoint: &str) {
        eventually(&format!("{endpoint} online"), || {
            let row = self
                .door()
                .call("device_get", json!({ "endpoint": endpoint }))
                .ok()?;
            (row["online"] == true).then_some(())
        });
    }

    /// The problem of a kind that has these words in its message.
    pub(crate) fn problem(&self, kind: &str, words: &str) -> Value {
        let fits = |problem: &Value| {
            let message = problem["message"].as_str().unwrap_or_default();
            problem["kind"] == kind && message.contains(words)
        };
        eventually(&format!("the problem {kind} with \"{words}\""), || {
            self.door().problems().into_iter().find(fits)
        })
    }

    pub(crate) fn status(&self) -> Value {
        self.door().ask("status_get", json!({}))
    }

    /// Has `device` observed at [`TEMPERATURE`] with a first value; the token.
    pub(crate) fn observe(
        &self,
        device: &mut RawDevice,
        endpoint: &str,
        first: &str,
    ) -> coap::Token {
        let request = json!({ "endpoint": endpoint, "path": TEMPERATURE });
        let operation = self.door().begin("observation_start", request);
        let asked = device.expect_request();
        assert_eq!(asked.options.observe(), Some(0), "{asked:?}");
        device.respond(&asked, observed_text(first, 1));
        let ended = self.door().ended(&operation);
        assert_eq!(ended["outcome"], "success", "{ended}");
        asked.token
    }

    /// The numbers stored for [`TEMPERATURE`], oldest first.
    pub(crate) fn temperatures(&self, endpoint: &str) -> Vec<f64> {
        let readings = self.door().history(endpoint, TEMPERATURE);
        let numbers = readings
            .iter()
            .filter_map(|reading| reading["value"].as_f64());
        numbers.collect()
    }

    /// The row of the object tree at a path.
    pub(crate) fn tree_row(&self, endpoint: &str, path: &str) -> Value {
        let tree = self.door().ask("tree_get", json!({ "endpoint": endpoint }));
        let rows = tree["rows"].as_array().expect("rows");
        let row = rows.iter().find(|row| row["path"] == path);
        row.unwrap_or_else(|| panic!("no row {path}")).clone()
    }
}

/// Whether a text is a time as the contract writes it: `2026-11-20T09:42:17.350Z`.
pub(crate) fn is_time(value: &Value) -> bool {
    let form = b"dddd-dd-ddTdd:dd:dd.dddZ";
    value.as_str().is_some_and(|text| {
        let fits = |(byte, form): (u8, &u8)| match form {
            b'd' => byte.is_ascii_digit(),
            other => byte == *other,
        };
        text.len() == form.len() && text.bytes().zip(form).all(fits)
    })
}
