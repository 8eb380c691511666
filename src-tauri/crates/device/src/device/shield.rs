//! DTLS in front of the endpoint, for a device that comes over coaps: what the endpoint
//! sends waits for the handshake, what the server sends is opened first. `secure` does
//! both; when to begin anew is decided here.

use super::Device;
use crate::output::{Event, Output};
use clock::{Instant, Now};
use secure::{Client, ClientConfig, ClientInput, ClientOutput, SetupError};
use std::fmt;

/// The device's side of DTLS.
pub(super) struct Shield {
    client: Client,
    /// Whether a handshake is under way.
    connecting: bool,
    /// Handshakes that came to a session.
    sessions: u32,
    wake_at: Option<Instant>,
}

impl Shield {
    pub(super) fn new(now: Now, config: ClientConfig, seed: [u8; 32]) -> Result<Self, SetupError> {
        Ok(Self {
            client: Client::new(now, config, seed)?,
            connecting: false,
            sessions: 0,
            wake_at: None,
        })
    }

    pub(super) const fn sessions(&self) -> u32 {
        self.sessions
    }

    pub(super) const fn wake_at(&self) -> Option<Instant> {
        self.wake_at
    }
}

impl fmt::Debug for Shield {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shield")
            .field("connecting", &self.connecting)
            .field("sessions", &self.sessions)
            .finish_non_exhaustive()
    }
}

impl Device {
    /// Sends what the endpoint wants sent, protected if the device comes over coaps.
    pub(super) fn emit(&mut self, bytes: Vec<u8>) {
        let (now, peer) = (self.now, self.server);
        let Some(shield) = &mut self.shield else {
            return self.outbox.push_back(Output::Transmit { peer, bytes });
        };
        if !shield.connecting && !shield.client.is_established() {
            shield.connecting = true;
            shield.client.handle(now, ClientInput::Connect);
        }
        shield.client.handle(now, ClientInput::Send(&bytes));
        self.drain_shield();
    }

    /// Takes a datagram of the server.
    pub(super) fn take_in(&mut self, bytes: &[u8]) {
        let Some(shield) = &mut self.shield else {
            return self.open_message(bytes);
        };
        shield.client.handle(self.now, ClientInput::Datagram(bytes));
        self.drain_shield();
    }

    /// Lets the handshake's own timer run.
    pub(super) fn wake_shield(&mut self) {
        let now = self.now;
        if let Some(shield) = &mut self.shield
            && shield.wake_at.is_some_and(|at| at <= now.instant)
        {
            shield.client.handle(now, ClientInput::Wake);
            self.drain_shield();
        }
    }

    /// The server did not answer: it may have forgotten the session. The next message
    /// begins another, with what is left of this one.
    pub(super) fn doubt_session(&mut self) {
        if let Some(shield) = &mut self.shield
            && shield.client.is_established()
        {
            shield.connecting = true;
            shield.client.handle(self.now, ClientInput::Connect);
            self.drain_shield();
        }
    }

    /// Begins with nothing, as after a loss of power.
    pub(super) fn forget_session(&mut self) {
        if let Some(shield) = &mut self.shield {
            let now = self.now;
            shield.client.handle(now, ClientInput::Close);
            shield.client.handle(now, ClientInput::ForgetSession);
            while !matches!(shield.client.poll(), ClientOutput::WakeAt(_)) {}
            shield.connecting = false;
            shield.wake_at = None;
        }
    }

    /// Ends the session in order.
    pub(super) fn close_session(&mut self) {
        if let Some(shield) = &mut self.shield {
            shield.client.handle(self.now, ClientInput::Close);
            self.drain_shield();
        }
    }

    fn drain_shield(&mut self) {
        while let Some(shield) = &mut self.shield {
            match shield.client.poll() {
                ClientOutput::Transmit(bytes) => {
                    let peer = self.server;
                    self.outbox.push_back(Output::Transmit { peer, bytes });
                }
                ClientOutput::Received(bytes) => self.open_message(&bytes),
                ClientOutput::Established { suite, resumed, .. } => {
                    shield.connecting = false;
                    shield.sessions = shield.sessions.saturating_add(1);
                    self.event(Event::Secured { suite, resumed });
                }
                ClientOutput::Failed(cause) => {
                    shield.connecting = false;
                    let reason = format!("{cause:?}");
                    self.event(Event::HandshakeFailed { reason });
                }
                ClientOutput::Ended(_) => shield.connecting = false,
                ClientOutput::WakeAt(at) => {
                    shield.wake_at = at;
                    return;
                }
            }
        }
    }

    fn open_message(&mut self, bytes: &[u8]) {
        let now = self.now.instant;
        self.model.world.traffic.count_received(now, bytes.len());
        self.stay_awake();
        self.endpoint.handle_datagram(now, self.server, bytes);
    }
}
