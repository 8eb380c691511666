//! Opening and closing listeners of the running instrument, now and for the next
//! start. `listeners` is the table, `engine` serves the sockets.

use crate::listeners::{Listeners, OpenError, OpenListener};
use crate::now::unix_now;
use crate::settings;
use crate::workbench::Workbench;
use crate::writer::EditError;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use store::ProblemRow;

impl Workbench {
    /// The listeners, open and closed.
    pub async fn listeners(&self) -> Listeners {
        self.shared.listeners.lock().await.clone()
    }

    /// Opens a listener, now and at every start.
    ///
    /// # Errors
    /// The address cannot be bound, with who has it; or the disk.
    pub async fn open_listener(
        &self,
        scheme: &str,
        address: SocketAddr,
    ) -> Result<OpenListener, OpenError> {
        let mut listeners = self.shared.listeners.lock().await;
        let is_it =
            |own: &&OpenListener| settings::scheme(&own.key) == scheme && own.address == address;
        if let Some(there) = listeners.open.iter().find(is_it) {
            return Ok(there.clone());
        }
        let taken = self.settings().listeners;
        // One that could not be opened gives way to its replacement.
        let key = listeners
            .closed_key(scheme)
            .filter(|key| taken.contains_key(key))
            .or_else(|| settings::free_key(&taken, scheme));
        let key = key.ok_or(OpenError::TooMany)?;
        let opened = listeners.open(&self.shared.engine, &key, address).await;
        let opened = opened.inspect_err(|error| self.note_refusal(&key, address, error))?;
        self.name(&opened);
        let text = opened.address.to_string();
        self.change_settings(|own| drop(own.listeners.insert(key, text)))
            .await?;
        Ok(opened)
    }

    /// Closes a listener, now and at every start. Whether there was one.
    ///
    /// # Errors
    /// Those of the disk.
    pub async fn close_listener(&self, address: &str) -> Result<bool, EditError> {
        let mut listeners = self.shared.listeners.lock().await;
        let Some(key) = listeners.close(&self.shared.engine, address).await else {
            return Ok(false);
        };
        self.change_settings(|own| drop(own.listeners.remove(&key)))
            .await?;
        Ok(true)
    }

    /// Opens what the settings and the command line want. A port that somebody else
    /// has is a problem to show.
    pub(crate) async fn open_listeners(&self, told: [(&str, Option<Option<SocketAddr>>); 2]) {
        let mut wanted: BTreeMap<String, SocketAddr> = self
            .settings()
            .listeners
            .into_iter()
            .filter_map(|(key, address)| Some((key, settings::parse_address(&address)?)))
            .collect();
        for (key, told) in told {
            match told {
                Some(Some(address)) => drop(wanted.insert(key.to_owned(), address)),
                Some(None) => drop(wanted.remove(key)),
                None => {}
            }
        }
        let mut listeners = self.shared.listeners.lock().await;
        for (key, address) in wanted {
            match listeners.open(&self.shared.engine, &key, address).await {
                Ok(opened) => self.name(&opened),
                Err(error) => {
                    tracing::warn!(%error, %address, "a listener could not be opened");
                    self.note_refusal(&key, address, &error);
                }
            }
        }
    }

    /// Problems name the listener that they came through. One that anybody on the network
    /// reaches without security is a problem of its own: it was chosen, and it stays
    /// visible (conformance SEC-28).
    fn name(&self, opened: &OpenListener) {
        let name = name_of(&opened.key, opened.address);
        self.shared.bus.name_listener(opened.id, name.clone());
        if opened.is_unprotected() {
            let message = format!(
                "{name} takes devices of the whole network without any security; use coaps, or listen on 127.0.0.1"
            );
            tracing::warn!("{message}");
            self.note(name, "unprotected_listener", message);
        }
    }

    fn note_refusal(&self, key: &str, address: SocketAddr, error: &OpenError) {
        self.note(name_of(key, address), "port_in_use", error.to_string());
    }

    fn note(&self, listener: String, kind: &str, message: String) {
        self.shared.bus.note_problem(ProblemRow {
            at: unix_now(),
            listener,
            peer: String::new(),
            kind: kind.to_owned(),
            message,
            count: 1,
        });
    }
}

/// As in `coaps 127.0.0.1:5684`.
fn name_of(key: &str, address: SocketAddr) -> String {
    format!("{} {address}", settings::scheme(key))
}
