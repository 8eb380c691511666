//! A peer as a child process that is spoken to in lines, and where the peers are.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Instant;
use wb_tests::PATIENCE;

/// A running peer. Dropping ends it.
pub(crate) struct Peer {
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
    heard: Vec<String>,
}

impl Peer {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let output = child.stdout.take().expect("standard output is piped");
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            let lines = BufReader::new(output).lines().map_while(Result::ok);
            lines.for_each(|line| drop(sender.send(line)));
        });
        let input = child.stdin.take();
        Self {
            child,
            input,
            lines,
            heard: Vec::new(),
        }
    }

    /// Writes a line to the peer.
    pub(crate) fn tell(&mut self, line: &str) {
        let input = self.input.as_mut().expect("the peer listens");
        writeln!(input, "{line}").expect("the peer takes a line");
        input.flush().expect("the peer takes a line");
    }

    /// The next line that begins with `words`; a line that begins with `failed` is a failure.
    pub(crate) fn expect(&mut self, words: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok(line) = self.lines.recv_timeout(left) else {
                panic!("the peer did not say \"{words}\", but {:?}", self.heard);
            };
            assert!(
                !line.starts_with("failed"),
                "{line}; before: {:?}",
                self.heard
            );
            let found = line.starts_with(words);
            self.heard.push(line.clone());
            if found {
                return line;
            }
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.input = None;
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A program or folder that `cargo xtask interop` names.
pub(crate) fn named(variable: &str) -> OsString {
    std::env::var_os(variable).unwrap_or_else(|| {
        panic!("{variable} is not set: run `cargo xtask interop`, which fetches the peers")
    })
}

/// A file of the repository.
pub(crate) fn in_repository(path: &str) -> PathBuf {
    PathBuf::from(named("WORKBENCH_ROOT")).join(path)
}
