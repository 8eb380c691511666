//! The device's role: one association with one server.
//!
//! The same handshake and the same records as on the server's side, directions swapped.
//! It keeps its session and resumes it when it is told to connect again. Used by the
//! simulated device and by tests.

pub(crate) mod config;
mod output;
#[cfg(test)]
mod tests;

pub use config::{ClientConfig, ClientCredential};
pub use output::{ClientInput, ClientOutput};

use crate::config::{MAX_TIMEOUT, MaxFragment, SetupError, Tuning};
use crate::context;
use crate::failure::Cause;
use crate::handshake::flight::Flight;
use crate::handshake::shared::Shared;
use crate::handshake::{Handshake, Progress, Terms};
use crate::hello::MAX_PLAINTEXT;
use crate::identity::Identity;
use crate::keyring::Keyring;
use crate::output::EndCause;
use crate::record::cipher::Crypt;
use crate::record::protection::Protection;
use crate::record::{ALERT, APPLICATION_DATA, HANDSHAKE, Record, TLS12_CID};
use crate::secret::Secret;
use crate::server_name::ServerName;
use clock::{Instant, Now};
use openssl::ssl::SslContext;
use rand_chacha::ChaCha12Rng;
use rand_core::{Rng, SeedableRng};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

/// A client.
pub struct Client {
    config: ClientConfig,
    context: SslContext,
    keyring: Arc<Keyring>,
    crypt: Crypt,
    rng: ChaCha12Rng,
    now: Now,
    state: State,
    session: Option<Secret>,
    server: Option<Identity>,
    waiting: VecDeque<Box<[u8]>>,
    output: VecDeque<ClientOutput>,
}

enum State {
    Idle,
    Handshaking(Box<Attempt>),
    Established(Box<Link>),
}

struct Attempt {
    handshake: Handshake,
    deadline: Instant,
    wait: Duration,
    repeat_at: Instant,
}

struct Link {
    protection: Protection,
    /// After a resumption the client spoke last, and may have to repeat it.
    last_flight: Option<Flight>,
    next_plain: u64,
}

impl Client {
    /// One that does nothing yet.
    ///
    /// # Errors
    /// If the configuration is not one that works.
    pub fn new(now: Now, config: ClientConfig, seed: [u8; 32]) -> Result<Self, SetupError> {
        let usual = Tuning::default();
        let tuning = Tuning {
            cid_bytes: config.cid_bytes.unwrap_or(usual.cid_bytes),
            mtu: config.mtu,
            first_timeout: config.first_timeout,
        };
        tuning.check()?;
        let keyring = config::keyring(&config.credential)?;
        let (key, types) = config.credential.shown();
        Ok(Self {
            context: context::client(
                &config.fitting_suites(),
                key,
                types,
                config.max_fragment,
                &keyring,
            )?,
            keyring: Arc::new(keyring),
            crypt: Crypt::new()?,
            rng: ChaCha12Rng::from_seed(seed),
            now,
            state: State::Idle,
            session: None,
            server: None,
            waiting: VecDeque::new(),
            output: VecDeque::new(),
            config,
        })
    }

    /// Takes in what happened.
    pub fn handle(&mut self, now: Now, input: ClientInput<'_>) {
        self.now = now;
        match input {
            ClientInput::Datagram(bytes) => self.receive(bytes),
            ClientInput::Send(bytes) => self.send(bytes),
            ClientInput::Connect => self.connect(),
            ClientInput::Close => self.close(),
            ClientInput::ForgetSession => self.session = None,
            ClientInput::Wake => {}
        }
        self.run_timer();
    }

    /// What is to be done; [`ClientOutput::WakeAt`] when there is nothing more.
    pub fn poll(&mut self) -> ClientOutput {
        self.output.pop_front().unwrap_or_else(|| {
            ClientOutput::WakeAt(match &self.state {
                State::Handshaking(attempt) => Some(attempt.repeat_at.min(attempt.deadline)),
                _ => None,
            })
        })
    }

    /// Asks for another server from the next handshake on.
    pub fn ask_for(&mut self, name: Option<ServerName>) {
        self.config.server_name = name;
    }

    /// Whether there is an association.
    #[must_use]
    pub fn is_established(&self) -> bool {
        matches!(self.state, State::Established(_))
    }

    fn connect(&mut self) {
        self.state = State::Idle;
        let own_cid = self.config.cid_bytes.map(|bytes| {
            let mut cid = vec![0; usize::from(bytes)];
            self.rng.fill_bytes(&mut cid);
            cid.into_boxed_slice()
        });
        let shared = Shared {
            own_cid,
            psk_identity: match &self.config.credential {
                ClientCredential::Psk { identity, .. } => Some(identity.as_slice().into()),
                _ => None,
            },
            session: self.session.clone(),
            server_name: self.config.server_name.clone(),
            ..Shared::default()
        };
        let terms = Terms {
            mtu: self.config.mtu,
            replay_window: 64,
            unknown_psk_alert: 0,
            max_plaintext: self
                .config
                .max_fragment
                .map_or(MAX_PLAINTEXT, MaxFragment::bytes),
            now: self.now.unix,
        };
        let Ok(mut handshake) = Handshake::client(&self.context, terms, shared) else {
            self.fail(Cause::Malformed {
                reason: "OpenSSL cannot begin a handshake".to_owned(),
            });
            return;
        };
        let mut out = Vec::new();
        let progress = handshake.start(&self.keyring, &mut self.crypt, &mut out);
        let now = self.now.instant;
        let attempt = Attempt {
            handshake,
            deadline: now + self.config.patience,
            wait: self.config.first_timeout,
            repeat_at: now + self.config.first_timeout,
        };
        self.settle(Box::new(attempt), progress, out);
    }

    fn receive(&mut self, datagram: &[u8]) {
        let cid_bytes = self.config.cid_bytes.map_or(0, usize::from);
        let mut rest = datagram;
        while let Some((record, tail)) = Record::first(rest, cid_bytes) {
            rest = tail;
            match std::mem::replace(&mut self.state, State::Idle) {
                State::Idle => return,
                State::Handshaking(attempt) => self.advance(attempt, &record),
                State::Established(link) => self.open(link, &record),
            }
        }
    }

    fn advance(&mut self, mut attempt: Box<Attempt>, record: &Record<'_>) {
        let mut out = Vec::new();
        let handshake = &mut attempt.handshake;
        let progress = handshake.feed(record, &self.keyring, &mut self.crypt, &mut out);
        if !out.is_empty() {
            attempt.wait = self.config.first_timeout;
            attempt.repeat_at = self.now.instant + attempt.wait;
        }
        self.settle(attempt, progress, out);
    }

    fn settle(&mut self, attempt: Box<Attempt>, progress: Progress, out: Vec<Vec<u8>>) {
        self.output
            .extend(out.into_iter().map(ClientOutput::Transmit));
        match progress {
            Progress::Pending => self.state = State::Handshaking(attempt),
            Progress::Failed(cause) => self.fail(cause),
            Progress::Done => self.establish(attempt.handshake),
        }
    }

    fn establish(&mut self, handshake: Handshake) {
        let Some(outcome) = handshake.finish(true) else {
            self.fail(Cause::Malformed {
                reason: "OpenSSL does not say what was agreed on".to_owned(),
            });
            return;
        };
        if let Some((_, session)) = outcome.session {
            self.session = Some(session);
        }
        if !outcome.resumed {
            self.server = outcome.identity.map(|(identity, _)| identity);
        }
        let link = Link {
            protection: outcome.protection,
            last_flight: outcome.resumed.then_some(outcome.flight),
            next_plain: outcome.next_plain,
        };
        self.output.push_back(ClientOutput::Established {
            server: self.server.clone(),
            suite: link.protection.keys.suite.name(),
            cid: link.protection.peer_cid.clone(),
            resumed: outcome.resumed,
        });
        self.state = State::Established(Box::new(link));
        for bytes in std::mem::take(&mut self.waiting) {
            self.send(&bytes);
        }
    }

    fn open(&mut self, mut link: Box<Link>, record: &Record<'_>) {
        if record.kind == TLS12_CID || record.epoch() > 0 {
            let opened = link.protection.open(&mut self.crypt, record);
            match opened.map(|opened| (opened.kind, opened.bytes)) {
                Some((APPLICATION_DATA, bytes)) => {
                    link.last_flight = None;
                    self.output.push_back(ClientOutput::Received(bytes));
                }
                Some((HANDSHAKE, _)) => self.repeat_last_flight(&mut link),
                Some((ALERT, bytes)) => match bytes[..] {
                    [_, CLOSE_NOTIFY] => return self.end(EndCause::ClosedByPeer),
                    [FATAL, description] => return self.end(EndCause::Alert(description)),
                    _ => {}
                },
                _ => {}
            }
        }
        self.state = State::Established(link);
    }

    fn repeat_last_flight(&mut self, link: &mut Link) {
        let Some(flight) = &link.last_flight else {
            return;
        };
        let mut out = Vec::new();
        let mtu = usize::from(self.config.mtu);
        let protection = Some(&mut link.protection);
        flight.send(
            mtu,
            &mut link.next_plain,
            protection,
            &mut self.crypt,
            &mut out,
        );
        self.output
            .extend(out.into_iter().map(ClientOutput::Transmit));
    }

    fn send(&mut self, bytes: &[u8]) {
        match &mut self.state {
            State::Established(link) => {
                let mut out = Vec::new();
                let crypt = &mut self.crypt;
                let sealed = link
                    .protection
                    .seal(crypt, APPLICATION_DATA, bytes, &mut out);
                if sealed.is_some() {
                    self.output.push_back(ClientOutput::Transmit(out));
                }
            }
            State::Handshaking(_) | State::Idle => {
                if self.waiting.len() >= MAX_WAITING {
                    self.waiting.pop_front();
                }
                self.waiting.push_back(bytes.into());
            }
        }
    }

    fn close(&mut self) {
        if let State::Established(link) = &mut self.state {
            let mut out = Vec::new();
            let alert = [WARNING, CLOSE_NOTIFY];
            let sealed = link
                .protection
                .seal(&mut self.crypt, ALERT, &alert, &mut out);
            if sealed.is_some() {
                self.output.push_back(ClientOutput::Transmit(out));
            }
            self.end(EndCause::ClosedHere);
        }
        self.state = State::Idle;
    }

    fn run_timer(&mut self) {
        let now = self.now.instant;
        let State::Handshaking(attempt) = &mut self.state else {
            return;
        };
        if attempt.deadline <= now {
            self.fail(Cause::TimedOut);
        } else if attempt.repeat_at <= now {
            attempt.wait = (attempt.wait * 2).min(MAX_TIMEOUT);
            attempt.repeat_at = now + attempt.wait;
            let mut out = Vec::new();
            attempt.handshake.repeat(&mut self.crypt, &mut out);
            self.output
                .extend(out.into_iter().map(ClientOutput::Transmit));
        }
    }

    fn end(&mut self, why: EndCause) {
        self.state = State::Idle;
        self.output.push_back(ClientOutput::Ended(why));
    }

    /// A session that a handshake failed with is not tried again.
    fn fail(&mut self, cause: Cause) {
        self.state = State::Idle;
        self.session = None;
        self.output.push_back(ClientOutput::Failed(cause));
    }
}

/// Most messages that wait for the handshake.
const MAX_WAITING: usize = 16;

/// Levels of alerts (RFC 5246 §7.2).
const WARNING: u8 = 1;
const FATAL: u8 = 2;
/// close_notify
const CLOSE_NOTIFY: u8 = 0;
