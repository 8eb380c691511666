//! `lwm2m-workbenchd` as a child process: started until its ready line, killed, asked to end.
//!
//! It does not outlive the test: dropping kills it. `WORKBENCH_DAEMON` names the program; without
//! it the one beside the test's own executable counts, as `cargo build` leaves it there.

use crate::door::Door;
use crate::wait::{PATIENCE, eventually};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Listeners that every test switches off unless it names them: tests run side by side.
const OFF: [&str; 5] = [
    "--coaps",
    "--bs-coap",
    "--bs-coaps",
    "--coap-tcp",
    "--coaps-tcp",
];

/// Listeners that get any free port unless a test names them.
const ANY_PORT: [&str; 2] = ["--http", "--coap"];

/// A running program that has said that it is ready.
#[derive(Debug)]
pub struct Daemon {
    process: Process,
    ready: Value,
    door: Door,
    started_in: Duration,
}

/// A program that ended instead of becoming ready.
#[derive(Debug)]
pub struct NotStarted {
    /// Its exit code.
    pub code: Option<i32>,
    /// What it wrote on standard error.
    pub said: String,
}

impl Daemon {
    /// Starts it on `folder` and waits for the ready line. `arguments` come on top of free ports.
    ///
    /// # Panics
    /// When it does not become ready.
    #[must_use]
    pub fn start(folder: &Path, arguments: &[&str]) -> Self {
        Self::try_start(folder, arguments).unwrap_or_else(|failed| {
            panic!(
                "the daemon ended with {:?} and said:\n{}",
                failed.code, failed.said
            )
        })
    }

    /// The same for a start that is to be refused.
    ///
    /// # Errors
    /// How it ended.
    pub fn try_start(folder: &Path, arguments: &[&str]) -> Result<Self, NotStarted> {
        Self::try_start_as(Command::new(program()), folder, arguments)
    }

    /// Starts it so that [`Daemon::fill_disk`] may follow.
    ///
    /// # Panics
    /// When it does not become ready.
    #[must_use]
    pub fn start_on_a_disk_that_fills(folder: &Path, arguments: &[&str]) -> Self {
        // The signal that comes with a write beyond the limit would end the program; an ignored
        // one leaves it the error.
        let mut command = Command::new("sh");
        command.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""]);
        command.arg(program());
        Self::try_start_as(command, folder, arguments)
            .unwrap_or_else(|failed| panic!("it ended and said:\n{}", failed.said))
    }

    /// Lets every write of the program fail, as on a disk without room.
    pub fn fill_disk(&self) {
        self.limit_files("1");
    }

    /// Ends what [`Daemon::fill_disk`] began.
    pub fn make_room(&self) {
        self.limit_files("unlimited");
    }

    /// Sets the size beyond which no file may be written, by the system's own program.
    fn limit_files(&self, bytes: &str) {
        let (id, limit) = (self.process().to_string(), format!("--fsize={bytes}:"));
        let limited = Command::new("prlimit")
            .args(["--pid", &id, &limit])
            .status();
        assert!(
            limited.is_ok_and(|status| status.success()),
            "prlimit failed"
        );
    }

    fn try_start_as(
        mut command: Command,
        folder: &Path,
        arguments: &[&str],
    ) -> Result<Self, NotStarted> {
        command.arg("--data-dir").arg(folder);
        for (options, usual) in [(&ANY_PORT[..], "127.0.0.1:0"), (&OFF[..], "off")] {
            for option in options.iter().filter(|option| !arguments.contains(option)) {
                command.args([*option, usual]);
            }
        }
        command.args(arguments);
        let begun = Instant::now();
        let mut process = Process::start(command);
        let Some(line) = process.first_line() else {
            let code = process.wait().and_then(|status| status.code());
            return Err(NotStarted {
                code,
                said: process.said(),
            });
        };
        let started_in = begun.elapsed();
        let ready: Value = serde_json::from_str(&line)
            .unwrap_or_else(|error| panic!("the first line is no JSON ({error}): {line}"));
        let text = |field: &str| ready[field].as_str().unwrap_or_default().to_owned();
        let door = Door::new(&text("http"), &text("token"));
        Ok(Self {
            process,
            ready,
            door,
            started_in,
        })
    }

    /// Runs the program with exactly these arguments until it ends by itself.
    ///
    /// # Panics
    /// When it does not end.
    #[must_use]
    pub fn run(arguments: &[&str]) -> (NotStarted, String) {
        let mut command = Command::new(program());
        command.args(arguments);
        let mut process = Process::start(command);
        let mut output = String::new();
        while let Some(line) = process.first_line() {
            output.push_str(&line);
            output.push('\n');
        }
        let code = process.wait().and_then(|status| status.code());
        let said = process.said();
        (NotStarted { code, said }, output)
    }

    /// The ready line.
    #[must_use]
    pub const fn ready(&self) -> &Value {
        &self.ready
    }

    /// How long it took to become ready.
    #[must_use]
    pub const fn started_in(&self) -> Duration {
        self.started_in
    }

    /// The HTTP door.
    #[must_use]
    pub const fn door(&self) -> &Door {
        &self.door
    }

    /// Where devices register over plain CoAP.
    ///
    /// # Panics
    /// When no such listener is open.
    #[must_use]
    pub fn coap(&self) -> SocketAddr {
        self.listener("coap")
    }

    /// Where devices register over DTLS.
    ///
    /// # Panics
    /// When no such listener is open.
    #[must_use]
    pub fn coaps(&self) -> SocketAddr {
        self.listener("coaps")
    }

    fn listener(&self, scheme: &str) -> SocketAddr {
        let listeners = self.ready["listeners"]
            .as_array()
            .expect("a list of listeners");
        let found = listeners
            .iter()
            .find(|one| one["scheme"] == scheme && one["role"] == "server");
        let address = found.and_then(|one| one["address"].as_str());
        address
            .and_then(|text| text.parse().ok())
            .unwrap_or_else(|| panic!("no {scheme} listener in {}", self.ready))
    }

    /// Its process id.
    #[must_use]
    pub fn process(&self) -> u32 {
        self.process.child.id()
    }

    /// What it has written on standard error so far.
    #[must_use]
    pub fn said(&self) -> String {
        self.process.said()
    }

    /// Whether it still runs.
    ///
    /// # Panics
    /// When the system does not know its own child.
    #[must_use]
    pub fn is_running(&mut self) -> bool {
        let ended = self.process.child.try_wait();
        ended.expect("a child can be looked at").is_none()
    }

    /// Ends it at once, as a crash would (`kill -9`).
    pub fn kill(self) {
        // Dropping does it.
    }

    /// Asks it to end (SIGTERM) and waits. What it wrote on standard output after the ready line
    /// comes along.
    ///
    /// # Panics
    /// When it cannot be asked or does not end.
    #[must_use]
    pub fn terminate(mut self) -> (ExitStatus, String) {
        let status = self.process.terminate();
        let further = self.process.lines.try_iter().collect::<Vec<_>>();
        (status, further.join("\n"))
    }
}

/// `lwm2m-workbenchd simulate`: the program as devices. Dropping kills it.
#[derive(Debug)]
pub struct Simulator {
    process: Process,
}

impl Simulator {
    /// Starts it with these arguments and waits for its first line.
    ///
    /// # Panics
    /// When it ends instead.
    #[must_use]
    pub fn start(arguments: &[&str]) -> Self {
        let mut command = Command::new(program());
        command.args(arguments);
        let process = Process::start(command);
        assert!(
            process.first_line().is_some(),
            "it said:\n{}",
            process.said()
        );
        Self { process }
    }

    /// What it has written on standard error so far.
    #[must_use]
    pub fn said(&self) -> String {
        self.process.said()
    }

    /// Asks it to end (SIGTERM) and waits.
    ///
    /// # Panics
    /// When it does not end in order.
    pub fn terminate(mut self) {
        let status = self.process.terminate();
        assert!(status.success(), "{status}");
    }
}

/// A port for a listener that has to keep it over restarts. It lies below those that the system
/// gives away by itself, so that nobody takes it in between.
///
/// # Panics
/// When none is free.
#[must_use]
pub fn lasting_port() -> u16 {
    const FIRST: u16 = 20_000;
    const COUNT: u16 = 12_000;
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let own = u16::try_from(std::process::id() % 997).unwrap_or_default();
    (0..COUNT)
        .map(|_| {
            let step = NEXT.fetch_add(1, Ordering::Relaxed);
            FIRST + own.wrapping_mul(12).wrapping_add(step) % COUNT
        })
        .find(|port| {
            UdpSocket::bind(("127.0.0.1", *port)).is_ok()
                && TcpListener::bind(("127.0.0.1", *port)).is_ok()
        })
        .expect("one of 12,000 ports is free")
}

/// A child with its outputs. Dropping kills it.
#[derive(Debug)]
struct Process {
    child: Child,
    lines: Receiver<String>,
    errors: Arc<Mutex<String>>,
    reader: Option<std::thread::JoinHandle<()>>,
}

impl Process {
    fn start(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let (sender, lines) = channel();
        let output = child.stdout.take().expect("standard output is piped");
        std::thread::spawn(move || {
            let lines = BufReader::new(output).lines().map_while(Result::ok);
            // Nobody may be interested any more.
            lines.for_each(|line| drop(sender.send(line)));
        });
        let errors = Arc::new(Mutex::new(String::new()));
        let mut pipe = child.stderr.take().expect("standard error is piped");
        let kept = errors.clone();
        let reader = std::thread::spawn(move || {
            let mut bytes = [0; 4_096];
            while let Ok(count @ 1..) = pipe.read(&mut bytes) {
                let text = String::from_utf8_lossy(bytes.get(..count).unwrap_or_default());
                kept.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push_str(&text);
            }
        });
        Self {
            child,
            lines,
            errors,
            reader: Some(reader),
        }
    }

    /// The next line on standard output; `None` when it closed that.
    fn first_line(&self) -> Option<String> {
        match self.lines.recv_timeout(PATIENCE * 2) {
            Ok(line) => Some(line),
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => {
                panic!("no line came; it said:\n{}", self.said())
            }
        }
    }

    /// Waits for its end; `None` if it does not come.
    fn wait(&mut self) -> Option<ExitStatus> {
        let deadline = Instant::now() + PATIENCE;
        let status = loop {
            match self.child.try_wait() {
                Ok(Some(status)) => break status,
                Ok(None) if Instant::now() < deadline => {
                    std::thread::sleep(Duration::from_millis(5));
                }
                Ok(None) | Err(_) => return None,
            }
        };
        // Its last words are complete then.
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
        Some(status)
    }

    /// SIGTERM, by the system's own program: the library has only the other signal.
    fn terminate(&mut self) -> ExitStatus {
        let id = self.child.id().to_string();
        let asked = Command::new("kill").args(["-TERM", &id]).status();
        assert!(asked.is_ok_and(|status| status.success()), "kill failed");
        let status = self.wait();
        status.unwrap_or_else(|| panic!("it does not end; it said:\n{}", self.said()))
    }

    fn said(&self) -> String {
        self.errors
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let said = self.said();
            let tail: Vec<&str> = said.lines().rev().take(20).collect();
            let tail: Vec<&str> = tail.into_iter().rev().collect();
            eprintln!("the daemon's last words:\n{}", tail.join("\n"));
        }
    }
}

fn program() -> PathBuf {
    if let Some(named) = std::env::var_os("WORKBENCH_DAEMON") {
        return named.into();
    }
    let name = format!("lwm2m-workbenchd{}", std::env::consts::EXE_SUFFIX);
    let own = std::env::current_exe().expect("a test knows its executable");
    let beside = own.ancestors().skip(1).take(2).map(|at| at.join(&name));
    let found = beside.into_iter().find(|path| path.is_file());
    found.unwrap_or_else(|| {
        panic!(
            "{name} is not there; build it: cargo build --package wb-headless, or name it in WORKBENCH_DAEMON"
        )
    })
}

/// Waits until `daemon` counts as many devices online.
///
/// # Panics
/// When it does not get there.
pub fn await_online(daemon: &Daemon, count: u64) {
    eventually(&format!("{count} devices online"), || {
        let status = daemon.door().ask("status_get", serde_json::json!({}));
        (status["online"] == count).then_some(())
    });
}
