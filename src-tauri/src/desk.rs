//! What the window stands for, kept by Tauri as its state: the engine behind it and
//! the page in it, as far as that listens. It decides nothing.

use api::Host;
use serde::Serialize;
use serde_json::Value;
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tauri::async_runtime::JoinHandle;
use tauri::ipc::Channel;

/// The window's state.
pub(crate) struct Desk {
    /// Who answers calls.
    pub(crate) host: Host,
    /// Who gets events.
    pub(crate) page: Page,
    /// Whether the window showed once.
    pub(crate) shown: AtomicBool,
}

/// An event of the contract, or what the window has to say, which has no data.
#[derive(Clone, Serialize)]
pub(crate) struct Message {
    revision: u64,
    event: &'static str,
    data: Value,
}

impl Message {
    pub(crate) fn new(revision: u64, event: &'static str, data: Value) -> Self {
        Self {
            revision,
            event,
            data,
        }
    }
}

/// The page, as far as it listens.
#[derive(Default)]
pub(crate) struct Page(Mutex<Listening>);

type Listening = Option<(Channel<Message>, JoinHandle<()>)>;

impl Page {
    /// Tells it that the window wants to close. Whether it could be told.
    pub(crate) fn ask_whether_to_close(&self) -> bool {
        let question = Message::new(0, "close_requested", Value::Null);
        self.lock()
            .as_ref()
            .is_some_and(|(channel, _)| channel.send(question).is_ok())
    }

    /// Sends to `channel` from now on; `forwarding` is what does.
    pub(crate) fn listen(&self, channel: Channel<Message>, forwarding: JoinHandle<()>) {
        if let Some((_, former)) = self.lock().replace((channel, forwarding)) {
            former.abort();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Listening> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
