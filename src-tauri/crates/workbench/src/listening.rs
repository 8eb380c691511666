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
    pub async fn open_listener(&self, address: SocketAddr) -> Result<OpenListener, OpenError> {
        let mut listeners = self.shared.listeners.lock().await;
        let mut taken = self.settings().listeners;
        // One that could not be opened gives way to its replacement.
        let key = listeners
            .closed_key()
            .filter(|key| taken.contains_key(key))
            .or_else(|| settings::free_key(&taken));
        let key = key.ok_or(OpenError::TooMany)?;
        let opened = listeners.open(&self.shared.engine, &key, address).await;
        let opened = opened.inspect_err(|error| self.note_refusal(address, error))?;
        self.name(&opened);
        taken.insert(key, opened.address.to_string());
        self.change_settings(|own| own.listeners = taken).await?;
        Ok(opened)
    }

    /// Closes a listener, now and at every start. Whether there was one.
    ///
    /// # Errors
    /// Those of the disk.
    pub async fn close_listener(&self, address: &str) -> Result<bool, EditError> {
        let Some(key) = self
            .shared
            .listeners
            .lock()
            .await
            .close(&self.shared.engine, address)
            .await
        else {
            return Ok(false);
        };
        self.change_settings(|own| drop(own.listeners.remove(&key)))
            .await?;
        Ok(true)
    }

    /// Opens what the settings and the command line want. A port that somebody else
    /// has is a problem to show.
    pub(crate) async fn open_listeners(&self, coap: Option<Option<SocketAddr>>) {
        let mut wanted: BTreeMap<String, SocketAddr> = self
            .settings()
            .listeners
            .into_iter()
            .filter_map(|(key, address)| Some((key, settings::parse_address(&address)?)))
            .collect();
        match coap {
            Some(Some(address)) => drop(wanted.insert(settings::COAP.to_owned(), address)),
            Some(None) => drop(wanted.remove(settings::COAP)),
            None => {}
        }
        let mut listeners = self.shared.listeners.lock().await;
        for (key, address) in wanted {
            match listeners.open(&self.shared.engine, &key, address).await {
                Ok(opened) => self.name(&opened),
                Err(error) => {
                    tracing::warn!(%error, %address, "a listener could not be opened");
                    self.note_refusal(address, &error);
                }
            }
        }
    }

    /// Problems name the listener that they came through.
    fn name(&self, opened: &OpenListener) {
        let name = format!("coap {}", opened.address);
        self.shared.bus.name_listener(opened.id, name);
    }

    fn note_refusal(&self, address: SocketAddr, error: &OpenError) {
        self.shared.bus.note_problem(ProblemRow {
            at: unix_now(),
            listener: format!("coap {address}"),
            peer: String::new(),
            kind: "port_in_use".to_owned(),
            message: error.to_string(),
            count: 1,
        });
    }
}
