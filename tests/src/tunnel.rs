//! DTLS for a device that is written out message by message: the product's own client with the
//! machine's clock, so that a test says CoAP and the wire carries records.

use clock::{Instant, Now, UnixTime};
use secure::{Cause, Client, ClientConfig, ClientInput, ClientOutput, Identity};
use std::collections::VecDeque;
use std::time::{Duration, SystemTime};

/// The device's side of DTLS.
pub(crate) struct Tunnel {
    client: Client,
    begun: std::time::Instant,
    wake_at: Option<Instant>,
    /// Plaintext that came.
    pub(crate) received: VecDeque<Vec<u8>>,
    /// Datagrams to send.
    pub(crate) leaving: Vec<Vec<u8>>,
    /// Handshakes that came to a session.
    pub(crate) sessions: u32,
    /// How many of them resumed one.
    pub(crate) resumed: u32,
    /// What the server showed in the last one.
    pub(crate) server: Option<Identity>,
    /// Why the last one came to nothing.
    pub(crate) failed: Option<Cause>,
}

impl Tunnel {
    pub(crate) fn new(config: ClientConfig) -> Self {
        let begun = std::time::Instant::now();
        let seed =
            u64::from(std::process::id()) << 32 | u64::from(now(begun).unix.as_micros() as u32);
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_be_bytes());
        Self {
            client: Client::new(now(begun), config, bytes).expect("a good configuration"),
            begun,
            wake_at: None,
            received: VecDeque::new(),
            leaving: Vec::new(),
            sessions: 0,
            resumed: 0,
            server: None,
            failed: None,
        }
    }

    pub(crate) fn handle(&mut self, input: ClientInput<'_>) {
        self.client.handle(now(self.begun), input);
        loop {
            match self.client.poll() {
                ClientOutput::Transmit(bytes) => self.leaving.push(bytes),
                ClientOutput::Received(bytes) => self.received.push_back(bytes),
                ClientOutput::Established {
                    server, resumed, ..
                } => {
                    self.server = server;
                    self.sessions += 1;
                    self.resumed += u32::from(resumed);
                }
                ClientOutput::Failed(cause) => self.failed = Some(cause),
                ClientOutput::Ended(_) => {}
                ClientOutput::WakeAt(at) => {
                    self.wake_at = at;
                    return;
                }
            }
        }
    }

    /// How long nothing is due.
    pub(crate) fn quiet_for(&self) -> Option<Duration> {
        self.wake_at.map(|at| at.since(now(self.begun).instant))
    }

    pub(crate) fn is_established(&self) -> bool {
        self.client.is_established()
    }
}

fn now(begun: std::time::Instant) -> Now {
    let passed = u64::try_from(begun.elapsed().as_micros()).expect("a short test");
    let civil = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let civil = civil.expect("after 1970").as_micros();
    Now {
        instant: Instant::from_micros(passed),
        unix: UnixTime::from_micros(i64::try_from(civil).expect("before the year 294000")),
    }
}
