//! The event stream as a page reads it: server-sent events, taken apart line by line in a thread
//! of their own, which ends with the stream.

use crate::wait::PATIENCE;
use serde_json::Value;
use std::io::{BufRead, BufReader, Read};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

/// One event.
#[derive(Clone, PartialEq, Debug)]
pub struct Event {
    /// The revision in `id:`.
    pub id: u64,
    /// The word in `event:`.
    pub name: String,
    /// The object in `data:`.
    pub data: Value,
}

/// An open stream.
#[derive(Debug)]
pub struct Events {
    receiver: Receiver<Event>,
}

impl Events {
    /// Reads from an open body.
    #[must_use]
    pub fn read(body: impl Read + Send + 'static) -> Self {
        let (sender, receiver) = channel();
        std::thread::spawn(move || forward(body, &sender));
        Self { receiver }
    }

    /// The next event, if one comes within `patience`.
    #[must_use]
    pub fn next(&self, patience: Duration) -> Option<Event> {
        self.receiver.recv_timeout(patience).ok()
    }

    /// Whether the stream ends within [`PATIENCE`]; what comes before is dropped.
    #[must_use]
    pub fn ends(&self) -> bool {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.receiver.recv_timeout(left) {
                Ok(_) => {}
                Err(error) => return error == std::sync::mpsc::RecvTimeoutError::Disconnected,
            }
        }
    }

    /// The first event that is wanted; the ones before it are dropped. `what` names it in the
    /// failure.
    ///
    /// # Panics
    /// When it does not come within [`PATIENCE`].
    pub fn until(&self, what: &str, mut wanted: impl FnMut(&Event) -> bool) -> Event {
        let deadline = Instant::now() + PATIENCE;
        let mut passed = Vec::new();
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.receiver.recv_timeout(left) {
                Ok(event) if wanted(&event) => return event,
                Ok(event) => passed.push(format!("{} {}", event.id, event.name)),
                Err(_) => panic!("no event {what}; what came: {passed:?}"),
            }
        }
    }
}

fn forward(body: impl Read, sender: &Sender<Event>) {
    let (mut id, mut name, mut data) = (0, String::new(), String::new());
    for line in BufReader::new(body).lines().map_while(Result::ok) {
        let (field, value) = line.split_once(':').unwrap_or((line.as_str(), ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            // A line that begins with a colon is a comment that keeps the stream alive.
            "" if line.is_empty() && !name.is_empty() => {
                let data = serde_json::from_str(&std::mem::take(&mut data))
                    .unwrap_or_else(|error| panic!("the data of {name} is no JSON: {error}"));
                let name = std::mem::take(&mut name);
                if sender.send(Event { id, name, data }).is_err() {
                    return;
                }
            }
            "id" => id = value.parse().expect("an id is a revision"),
            "event" => value.clone_into(&mut name),
            "data" => data.push_str(value),
            _ => {}
        }
    }
}
