//! Handshakes under way: from the ClientHello without a trace, over the one that proves
//! the address, to the association or the failure.

use super::{Contexts, Guard, suites};
use crate::address::Address;
use crate::association::{Association, LastFlight, Reservation};
use crate::association_id::AssociationId;
use crate::config::UnknownPskAlert;
use crate::failure::{Cause, Failure, Step};
use crate::handshake::shared::Shared;
use crate::handshake::{Assembly, Handshake, Outcome, Progress, Terms};
use crate::hello::{ClientHello, Fragment, MESSAGE_HEADER_BYTES};
use crate::identity::Identity;
use crate::output::{EndCause, Established, Output};
use crate::record::{ALERT, HANDSHAKE, Record, write_plain};
use clock::Instant;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

/// A handshake of a client whose address is proven.
pub(super) struct HalfOpen {
    handshake: Handshake,
    /// The random of its ClientHello: the same again is a repetition.
    random: Box<[u8]>,
    /// Whose session may be resumed.
    resumes: Option<Arc<Identity>>,
    started: Instant,
    deadline: Instant,
    wait: Duration,
    repeat_at: Instant,
    repeated: Instant,
}

impl HalfOpen {
    pub(super) fn has_cid(&self, cid: &[u8]) -> bool {
        self.handshake.has_cid(cid)
    }

    fn timer(&self) -> Instant {
        self.repeat_at.min(self.deadline)
    }
}

/// ClientHellos of which pieces are missing: the only thing that is remembered of
/// addresses that have proven nothing, and little of it.
#[derive(Default)]
pub(super) struct Pieces(VecDeque<(Address, Assembly)>);

impl Pieces {
    /// Adds a piece; the whole message once it is there.
    fn add(&mut self, from: Address, fragment: &Fragment<'_>) -> Option<Vec<u8>> {
        let at = self
            .0
            .iter_mut()
            .position(|(address, assembly)| *address == from && assembly.add(fragment));
        let at = match at {
            Some(at) => at,
            None => {
                let assembly = Assembly::start(fragment, MAX_HELLO_BYTES)?;
                self.0.retain(|(address, _)| *address != from);
                if self.0.len() >= MAX_PIECED_HELLOS {
                    self.0.pop_front();
                }
                self.0.push_back((from, assembly));
                self.0.len() - 1
            }
        };
        let whole = self.0.get(at)?.1.whole().map(<[u8]>::to_vec)?;
        self.0.remove(at);
        Some(whole)
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
        if let Some((cause, alert)) = hello.refusal(&suites(&self.config)) {
            let mut bytes = Vec::new();
            write_plain(ALERT, record.sequence(), &[FATAL, alert], &mut bytes);
            self.output.push_back(Output::Transmit { to: from, bytes });
            self.report(from, Step::Hello, None, None, cause);
            return;
        }
        if self.make_room() {
            self.start(from, record, &hello);
        } else {
            self.note(from, Step::Hello, Cause::TooMany);
        }
    }

    /// The client has our address proof: OpenSSL begins.
    fn start(&mut self, from: Address, record: &Record<'_>, hello: &ClientHello<'_>) {
        self.refresh_contexts();
        let resumed = self
            .sessions
            .find(hello.session, &self.keyring, self.now.unix);
        let (session, resumes) = resumed.unzip();
        let shared = Shared {
            own_cid: Some(self.draw_cid()),
            session,
            ..Shared::default()
        };
        let encrypts_then_macs = hello.encrypts_then_macs();
        let context = match encrypts_then_macs {
            true => &self.contexts.all,
            false => &self.contexts.without_cbc,
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
            resumes,
            started: now,
            deadline: now + PATIENCE,
            wait: self.config.first_timeout,
            repeat_at: now + self.config.first_timeout,
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
            half_open.wait = self.config.first_timeout;
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
            half_open.wait = (half_open.wait * 2).min(LONGEST_WAIT);
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
        self.transmit(from, out);
        match progress {
            Progress::Pending => {
                self.timers.insert((half_open.timer(), from));
                self.half_open.insert(from, half_open);
            }
            Progress::Done => self.establish(from, half_open),
            Progress::Failed(cause) => self.fail(from, &half_open.handshake, cause),
        }
    }

    fn establish(&mut self, from: Address, half_open: HalfOpen) {
        let (step, shown) = (half_open.handshake.step(), half_open.handshake.shown());
        let named = half_open.handshake.psk_identity();
        let outcome = half_open.handshake.finish(self.config.most_sessions > 0);
        let Some((outcome, identity)) = outcome.and_then(|mut outcome| {
            let identity = match outcome.resumed {
                true => half_open.resumes,
                false => outcome.identity.take().map(Arc::new),
            };
            // Two handshakes may have drawn the same short Connection ID.
            let taken = self.table.has_cid(&outcome.protection.own_cid);
            (!taken).then_some((outcome, identity?))
        }) else {
            let reason = "the handshake ended without a name for the association".to_owned();
            self.report(from, step, named, shown, Cause::Malformed { reason });
            return;
        };
        let replaces = self.replaced_by(from, &identity);
        if let Some(old) = replaces {
            self.end(old, EndCause::Replaced);
        }
        if self.table.len() >= self.config.most_associations
            && let Some(quietest) = self.table.quietest()
        {
            self.end(quietest, EndCause::Evicted);
        }
        self.adopt(from, outcome, identity, replaces);
    }

    /// The association at the same address that the new one stands for (RFC 6347 §4.2.8).
    /// One of another peer with a Connection ID may have moved on: it stays.
    fn replaced_by(&self, from: Address, identity: &Identity) -> Option<AssociationId> {
        let old = self.table.at(from)?;
        let same = old.own_cid().is_empty() || old.identity() == identity;
        same.then_some(old.id)
    }

    fn adopt(
        &mut self,
        from: Address,
        outcome: Outcome,
        identity: Arc<Identity>,
        replaces: Option<AssociationId>,
    ) {
        if let Some((id, der)) = outcome.session {
            let (keyring, now) = (&self.keyring, self.now.unix);
            self.sessions
                .put(id, der, Arc::clone(&identity), keyring, now);
        }
        let reservation = match self.config.saved {
            true => Reservation::FIRST,
            false => Reservation::UNLIMITED,
        };
        // Only the one who spoke last may have to repeat it.
        let last_flight = (!outcome.resumed).then(|| {
            Box::new(LastFlight {
                flight: outcome.flight,
                next_plain: outcome.next_plain,
            })
        });
        let association = Association {
            id: self.draw_association_id(),
            identity,
            address: from,
            protection: outcome.protection,
            resumed: outcome.resumed,
            since: self.now.unix,
            heard: self.now.unix,
            moves: 0,
            forged: 0,
            reservation,
            held: VecDeque::new(),
            last_flight,
        };
        self.stepped(from, Step::Finished, None);
        self.output.push_back(Output::Established(Established {
            association: association.id,
            identity: Identity::clone(&association.identity),
            from,
            suite: association.suite(),
            cid: !association.own_cid().is_empty(),
            resumed: association.resumed,
            replaces,
        }));
        if self.config.saved {
            self.output.push_back(Output::Save(association.saved()));
        }
        self.table.insert(association);
    }

    fn give_up(&mut self, from: Address, half_open: &HalfOpen) {
        let handshake = &half_open.handshake;
        if !handshake.key_differs() {
            self.fail(from, handshake, Cause::TimedOut);
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

    fn fail(&mut self, from: Address, handshake: &Handshake, cause: Cause) {
        let (identity, shown) = (handshake.psk_identity(), handshake.shown());
        self.report(from, handshake.step(), identity, shown, cause);
    }

    fn report(
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

    fn stepped(&mut self, from: Address, step: Step, psk_identity: Option<Box<[u8]>>) {
        self.output.push_back(Output::Stepped {
            from,
            step,
            psk_identity,
        });
    }

    /// Whether one more handshake may begin. The oldest goes if it had time enough.
    fn make_room(&mut self) -> bool {
        if self.half_open.len() < self.config.most_half_open {
            return true;
        }
        let oldest = self
            .half_open
            .iter()
            .min_by_key(|(_, half_open)| half_open.started);
        let Some((from, started)) = oldest.map(|(from, oldest)| (*from, oldest.started)) else {
            return false;
        };
        if self.now.instant.since(started) < GRACE {
            return false;
        }
        if let Some(half_open) = self.take_half_open(from) {
            self.fail(from, &half_open.handshake, Cause::TooMany);
        }
        true
    }

    fn take_half_open(&mut self, from: Address) -> Option<HalfOpen> {
        let half_open = self.half_open.remove(&from)?;
        self.timers.remove(&(half_open.timer(), from));
        Some(half_open)
    }

    fn forget_half_open(&mut self, from: Address) {
        drop(self.take_half_open(from));
    }

    /// Trust anchors that have changed count from the next handshake on. If OpenSSL cannot
    /// take them, the old ones go on.
    fn refresh_contexts(&mut self) {
        if self.contexts.anchors_version != self.keyring.anchors_version()
            && let Ok(contexts) = Contexts::new(&self.config, &self.keyring)
        {
            self.contexts = contexts;
        }
    }

    fn terms(&self, hello: &ClientHello<'_>) -> Terms {
        Terms {
            mtu: self.config.mtu,
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

/// A handshake message with its header, as if it had come in one piece.
fn one_piece(fragment: &Fragment<'_>, body: &[u8]) -> Vec<u8> {
    let len = u32::try_from(body.len()).unwrap_or(u32::MAX).to_be_bytes();
    let mut message = Vec::with_capacity(MESSAGE_HEADER_BYTES + body.len());
    message.push(fragment.kind);
    message.extend_from_slice(&len[1..]);
    message.extend_from_slice(&fragment.sequence.to_be_bytes());
    message.extend_from_slice(&[0, 0, 0]);
    message.extend_from_slice(&len[1..]);
    message.extend_from_slice(body);
    message
}

/// How long a handshake may take: seven flights of a client that doubles its wait from
/// one second (RFC 6347 §4.2.4.1).
const PATIENCE: Duration = Duration::from_secs(120);

/// How long a Finished that cannot be opened may be somebody else's doing.
const WRONG_KEY_PATIENCE: Duration = Duration::from_secs(5);

/// Longest wait for an answer (RFC 6347 §4.2.4.1).
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Repetitions of a hello that come closer than this are one.
const REPEAT_GAP: Duration = Duration::from_millis(200);

/// How long a handshake is left alone when others want its place.
const GRACE: Duration = Duration::from_secs(10);

/// Longest ClientHello that is put together from pieces, in bytes.
const MAX_HELLO_BYTES: usize = 4 * 1024;

/// Most ClientHellos of which pieces are missing.
const MAX_PIECED_HELLOS: usize = 64;

/// Level of an alert (RFC 5246 §7.2).
const FATAL: u8 = 2;
/// decrypt_error
const DECRYPT_ERROR: u8 = 51;
/// unknown_psk_identity (RFC 4279 §6)
const UNKNOWN_PSK_IDENTITY: u8 = 115;
