//! Handshakes under way: from the ClientHello without a trace, over the one that proves
//! the address, to the association or the failure.

use super::pieces::one_piece;
use super::{Contexts, Guard, suites};
use crate::address::Address;
use crate::config::{MAX_TIMEOUT, UnknownPskAlert};
use crate::failure::{Cause, Failure, Step};
use crate::handshake::shared::Shared;
use crate::handshake::{Handshake, Progress, Terms};
use crate::hello::{ClientHello, Fragment};
use crate::identity::Identity;
use crate::keyring::Version;
use crate::output::Output;
use crate::record::{ALERT, HANDSHAKE, Record, write_plain};
use crate::server_name::ServerName;
use clock::Instant;
use std::sync::Arc;
use std::time::Duration;

/// A handshake of a client whose address is proven.
pub(super) struct HalfOpen {
    pub(super) handshake: Handshake,
    /// The random of its ClientHello: the same again is a repetition.
    random: Box<[u8]>,
    /// The server name that the client asked for.
    pub(super) asked: Option<ServerName>,
    /// The same, if we have it.
    pub(super) server_name: Option<ServerName>,
    /// Whose session may be resumed, and the version of what proved it.
    pub(super) resumes: Option<(Arc<Identity>, Version)>,
    pub(super) started: Instant,
    deadline: Instant,
    wait: Duration,
    repeat_at: Instant,
    repeated: Instant,
}

impl HalfOpen {
    pub(super) fn has_cid(&self, cid: &[u8]) -> bool {
        self.handshake.has_cid(cid)
    }

    pub(super) fn own_cid_bytes(&self) -> usize {
        self.handshake.own_cid_bytes()
    }

    fn timer(&self) -> Instant {
        self.repeat_at.min(self.deadline)
    }
}

impl Guard {
    /// A ClientHello, or a piece of one.
    pub(super) fn hello(&mut self, from: Address, record: &Record<'_>, fragment: &Fragment<'_>) {
        if fragment.is_whole() {
            self.whole_hello(from, record, fragment);
            return;
        }
        let Some(body) = self.pieces.add(from, fragment) else {
            return;
        };
        // OpenSSL takes a hello in one piece only, and its transcript counts the message
        // as if it had come so (RFC 6347 §4.2.6).
        let message = one_piece(fragment, &body);
        let mut whole = Vec::with_capacity(message.len() + 13);
        write_plain(HANDSHAKE, record.sequence(), &message, &mut whole);
        if let Some((record, _)) = Record::first(&whole, 0)
            && let Some((fragment, _)) = Fragment::first(record.body)
        {
            self.whole_hello(from, &record, &fragment);
        }
    }

    fn whole_hello(&mut self, from: Address, record: &Record<'_>, fragment: &Fragment<'_>) {
        let Some(hello) = ClientHello::read(fragment.body) else {
            let reason = "the ClientHello cannot be read".to_owned();
            self.note(from, Step::Hello, Cause::Malformed { reason });
            return;
        };
        self.cookies.refresh(self.now.instant, &mut self.rng);
        if !self.cookies.accept(from, &hello) {
            let bytes = self.cookies.verify_request(from, &hello, record.number);
            self.output.push_back(Output::Transmit { to: from, bytes });
            if self.budget.take(self.now.instant) {
                self.stepped(from, Step::Hello, None);
            }
            return;
        }
        if let Some(half_open) = self.half_open.get_mut(&from)
            && *half_open.random == *hello.random
        {
            self.repeat_for_peer(from);
            return;
        }
        if let Some((cause, alert)) =
            hello.refusal(&suites(&self.config, hello.server_name().as_ref()))
        {
            let mut bytes = Vec::new();
            write_plain(ALERT, record.sequence(), &[FATAL, alert], &mut bytes);
            self.output.push_back(Output::Transmit { to: from, bytes });
            self.report(from, Step::Hello, None, None, cause);
            return;
        }
        if self.make_room(from) {
            self.start(from, record, &hello);
        } else {
            self.note(from, Step::Hello, Cause::TooMany);
        }
    }

    /// The client has our address proof: OpenSSL begins.
    fn start(&mut self, from: Address, record: &Record<'_>, hello: &ClientHello<'_>) {
        self.refresh_contexts();
        let asked = hello.server_name();
        let resumed =
            self.sessions
                .find(hello.session, asked.as_ref(), &self.keyring, self.now.unix);
        let (session, resumes) = resumed.unzip();
        let shared = Shared {
            own_cid: Some(self.draw_cid()),
            session,
            believed: self.contexts.anchors_version,
            ..Shared::default()
        };
        let encrypts_then_macs = hello.encrypts_then_macs();
        let (contexts, server_name) = self.contexts.for_name(asked.as_ref());
        let context = match encrypts_then_macs {
            true => &contexts.all,
            false => &contexts.without_cbc,
        };
        let terms = self.terms(hello);
        let handshake = match Handshake::server(context, terms, shared, record, encrypts_then_macs)
        {
            Ok(handshake) => handshake,
            Err(cause) => {
                self.report(from, Step::Hello, None, None, cause);
                return;
            }
        };
        self.forget_half_open(from);
        let now = self.now.instant;
        let mut half_open = HalfOpen {
            handshake,
            random: hello.random.into(),
            asked,
            server_name,
            resumes,
            started: now,
            deadline: now + PATIENCE,
            wait: self.config.tuning.first_timeout,
            repeat_at: now + self.config.tuning.first_timeout,
            repeated: now,
        };
        let mut out = Vec::new();
        let handshake = &mut half_open.handshake;
        let progress = handshake.start(&self.keyring, &mut self.crypt, &mut out);
        self.stepped(from, Step::Verified, None);
        self.settle(from, half_open, progress, out);
    }

    /// A further record of a handshake.
    pub(super) fn advance(&mut self, from: Address, record: &Record<'_>) {
        let Some(mut half_open) = self.take_half_open(from) else {
            return;
        };
        let step = half_open.handshake.step();
        let mut out = Vec::new();
        let handshake = &mut half_open.handshake;
        let progress = handshake.feed(record, &self.keyring, &mut self.crypt, &mut out);
        if step < Step::KeyExchange && handshake.step() >= Step::KeyExchange {
            let identity = handshake.psk_identity();
            self.stepped(from, Step::KeyExchange, identity);
        }
        if !out.is_empty() {
            half_open.wait = self.config.tuning.first_timeout;
            half_open.repeat_at = self.now.instant + half_open.wait;
        }
        if half_open.handshake.key_differs() {
            let soon = self.now.instant + WRONG_KEY_PATIENCE;
            half_open.deadline = half_open.deadline.min(soon);
        }
        self.settle(from, half_open, progress, out);
    }

    /// Sends again what a client did not answer, and gives up on those that never will.
    pub(super) fn run_timers(&mut self) {
        let now = self.now.instant;
        while let Some((at, from)) = self.timers.first().copied()
            && at <= now
        {
            let Some(mut half_open) = self.take_half_open(from) else {
                self.timers.remove(&(at, from));
                continue;
            };
            if half_open.deadline <= now {
                self.give_up(from, &half_open);
                continue;
            }
            half_open.wait = (half_open.wait * 2).min(MAX_TIMEOUT);
            half_open.repeat_at = now + half_open.wait;
            let mut out = Vec::new();
            half_open.handshake.repeat(&mut self.crypt, &mut out);
            self.settle(from, half_open, Progress::Pending, out);
        }
    }

    /// The client repeats its hello: it has not seen our answer. One repetition answers
    /// several that come at once.
    fn repeat_for_peer(&mut self, from: Address) {
        let now = self.now.instant;
        let Some(half_open) = self.half_open.get_mut(&from) else {
            return;
        };
        if now.since(half_open.repeated) < REPEAT_GAP {
            return;
        }
        half_open.repeated = now;
        let mut out = Vec::new();
        half_open.handshake.repeat(&mut self.crypt, &mut out);
        self.transmit(from, out);
    }

    fn settle(
        &mut self,
        from: Address,
        half_open: HalfOpen,
        progress: Progress,
        out: Vec<Vec<u8>>,
    ) {
        match progress {
            Progress::Pending => {
                self.transmit(from, out);
                self.timers.insert((half_open.timer(), from));
                self.half_open.insert(from, half_open);
            }
            Progress::Done => self.establish(from, half_open, out),
            Progress::Failed(cause) => {
                self.transmit(from, out);
                self.fail(from, &half_open.handshake, cause);
            }
        }
    }

    fn give_up(&mut self, from: Address, half_open: &HalfOpen) {
        let handshake = &half_open.handshake;
        if !handshake.key_differs() {
            let bytes = handshake.flight_bytes();
            let cause = if handshake.step() == Step::Verified && bytes > SAFE_BYTES {
                let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
                Cause::LargeFlight { bytes }
            } else {
                Cause::TimedOut
            };
            self.fail(from, handshake, cause);
            return;
        }
        // In DTLS a Finished that cannot be opened is dropped without a word; the alert is
        // the one that RFC 4279 §2 has for a key that differs.
        let mut bytes = Vec::new();
        let number = handshake.next_plain();
        write_plain(ALERT, number, &[FATAL, DECRYPT_ERROR], &mut bytes);
        self.output.push_back(Output::Transmit { to: from, bytes });
        self.fail(from, handshake, Cause::WrongKey);
    }

    pub(super) fn fail(&mut self, from: Address, handshake: &Handshake, cause: Cause) {
        let (identity, shown) = (handshake.psk_identity(), handshake.shown());
        self.report(from, handshake.step(), identity, shown, cause);
    }

    pub(super) fn report(
        &mut self,
        from: Address,
        step: Step,
        psk_identity: Option<Box<[u8]>>,
        shown: Option<Box<[u8]>>,
        cause: Cause,
    ) {
        self.remember_failed(from);
        self.output.push_back(Output::Failed(Failure {
            from,
            at: self.now.unix,
            step,
            psk_identity,
            shown,
            cause,
        }));
    }

    pub(super) fn stepped(&mut self, from: Address, step: Step, psk_identity: Option<Box<[u8]>>) {
        self.output.push_back(Output::Stepped {
            from,
            step,
            psk_identity,
        });
    }

    pub(super) fn take_half_open(&mut self, from: Address) -> Option<HalfOpen> {
        let half_open = self.half_open.remove(&from)?;
        self.timers.remove(&(half_open.timer(), from));
        Some(half_open)
    }

    fn forget_half_open(&mut self, from: Address) {
        drop(self.take_half_open(from));
    }

    /// Trust anchors that have changed count from the next handshake on. If OpenSSL cannot
    /// take them, the old ones go on; no certificate counts that may hang on a removed one.
    fn refresh_contexts(&mut self) {
        if self.contexts.anchors_version != self.keyring.anchors_version()
            && let Ok(contexts) = Contexts::new(&self.config, &self.keyring)
        {
            self.contexts = contexts;
        }
    }

    fn terms(&self, hello: &ClientHello<'_>) -> Terms {
        Terms {
            mtu: self.config.tuning.mtu,
            replay_window: self.config.replay_window,
            unknown_psk_alert: match self.config.unknown_psk {
                UnknownPskAlert::UnknownPskIdentity => UNKNOWN_PSK_IDENTITY,
                UnknownPskAlert::DecryptError => DECRYPT_ERROR,
            },
            max_plaintext: hello.max_plaintext(),
            now: self.now.unix,
        }
    }
}

/// How long a handshake may take: seven flights of a client that doubles its wait from
/// one second (RFC 6347 §4.2.4.1).
const PATIENCE: Duration = Duration::from_secs(120);

/// Bytes that every host takes in one piece: 576 without the headers of IP and UDP
/// (RFC 791 §3.1).
const SAFE_BYTES: usize = 548;

/// How long a Finished that cannot be opened may be somebody else's doing.
const WRONG_KEY_PATIENCE: Duration = Duration::from_secs(5);

/// Repetitions of a hello that come closer than this are one.
const REPEAT_GAP: Duration = Duration::from_millis(200);

/// Level of an alert (RFC 5246 §7.2).
pub(super) const FATAL: u8 = 2;
/// access_denied
pub(super) const ACCESS_DENIED: u8 = 49;
/// decrypt_error
const DECRYPT_ERROR: u8 = 51;
/// internal_error
pub(super) const INTERNAL_ERROR: u8 = 80;
/// unknown_psk_identity (RFC 4279 §6)
const UNKNOWN_PSK_IDENTITY: u8 = 115;
