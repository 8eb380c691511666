//! One handshake of either role: OpenSSL runs it between two ends of memory, and every
//! record of epoch 1 is translated on its way, because OpenSSL knows no Connection ID.
//!
//! OpenSSL's retransmission timer is out of reach; the last flight is kept here and sent
//! again when the owner says so. Afterwards OpenSSL's part is dropped, and what remains is
//! an [`Outcome`].

mod assembly;
mod cause;
pub(crate) mod flight;
mod pipe;
pub(crate) mod shared;

pub(crate) use assembly::Assembly;

use crate::config::Suite;
use crate::failure::{Cause, Step};
use crate::ffi;
use crate::hello::{self, Fragment};
use crate::identity::{Certificate, Identity};
use crate::keyring::Keyring;
use crate::record::cipher::Crypt;
use crate::record::keys::Keys;
use crate::record::protection::{Protection, Side};
use crate::record::window::Window;
use crate::record::{ALERT, HANDSHAKE, Record, TLS12_CID};
use crate::secret::Secret;
use clock::UnixTime;
use flight::Flight;
use openssl::error::ErrorStack;
use openssl::ssl::{ErrorCode, Ssl, SslContext, SslSession, SslStream};
use pipe::Pipe;
use shared::Shared;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use zeroize::Zeroizing;

/// A handshake under way.
pub(crate) struct Handshake {
    stream: SslStream<Pipe>,
    shared: Arc<Mutex<Shared>>,
    side: Side,
    terms: Terms,
    protection: Option<Protection>,
    /// Numbers our records of epoch 0.
    next: u64,
    flight: Flight,
    /// Records of epoch 1 that came before the messages that make their keys.
    early: VecDeque<Box<[u8]>>,
    key_exchange: Option<Assembly>,
    encrypts_then_macs: bool,
    step: Step,
    unreadable: u32,
}

/// What an owner decides for its handshakes.
#[derive(Clone, Copy)]
pub(crate) struct Terms {
    /// Largest datagram.
    pub(crate) mtu: u16,
    /// Width of the receive window.
    pub(crate) replay_window: u8,
    /// The alert in place of unknown_psk_identity.
    pub(crate) unknown_psk_alert: u8,
    /// Most bytes of plaintext that the peer takes in a record.
    pub(crate) max_plaintext: u16,
    /// For certificates.
    pub(crate) now: UnixTime,
}

/// How far a handshake is.
#[derive(Debug)]
pub(crate) enum Progress {
    /// It waits for the peer.
    Pending,
    /// It is complete.
    Done,
    /// It came to nothing.
    Failed(Cause),
}

/// What remains of a complete handshake.
pub(crate) struct Outcome {
    pub(crate) protection: Protection,
    /// The last flight that we sent, in case it was lost.
    pub(crate) flight: Flight,
    /// Numbers our further records of epoch 0.
    pub(crate) next_plain: u64,
    pub(crate) resumed: bool,
    /// Who the peer is; `None` after a resumption, where the session tells.
    pub(crate) identity: Option<Identity>,
    /// Id and DER of the session, if it can be resumed.
    pub(crate) session: Option<(Box<[u8]>, Secret)>,
}

impl Handshake {
    /// The server's, from the record with a ClientHello whose cookie was verified.
    /// `encrypts_then_macs`: whether the hello offers it.
    pub(crate) fn server(
        context: &SslContext,
        terms: Terms,
        shared: Shared,
        hello: &Record<'_>,
        encrypts_then_macs: bool,
    ) -> Result<Self, Cause> {
        let mut handshake =
            Self::new(context, terms, shared, Side::Server).map_err(|_| cause::of_openssl())?;
        handshake.next = hello.sequence();
        handshake.encrypts_then_macs = encrypts_then_macs;
        let incoming = &mut handshake.stream.get_mut().incoming;
        incoming.push_back(hello.whole.to_vec());
        if !ffi::listen(handshake.stream.ssl()) {
            return Err(cause::of_openssl());
        }
        ffi::stop_timer(handshake.stream.ssl());
        Ok(handshake)
    }

    /// The client's, with the session that it would like to resume.
    pub(crate) fn client(
        context: &SslContext,
        terms: Terms,
        shared: Shared,
    ) -> Result<Self, ErrorStack> {
        Self::new(context, terms, shared, Side::Client)
    }

    fn new(
        context: &SslContext,
        terms: Terms,
        shared: Shared,
        side: Side,
    ) -> Result<Self, ErrorStack> {
        let mut ssl = Ssl::new(context)?;
        let offered = shared.session.as_ref();
        let offered = offered.and_then(|der| SslSession::from_der(der.expose()).ok());
        let shared = Arc::new(Mutex::new(shared));
        if !shared::attach(&mut ssl, Arc::clone(&shared)) {
            return Err(ErrorStack::get());
        }
        if side == Side::Client
            && let Some(session) = offered
            && !ffi::offer_session(&mut ssl, &session)
        {
            drop(ErrorStack::get());
        }
        ssl.set_mtu(u32::from(terms.mtu))?;
        ssl.param_mut().set_time(terms.now.as_seconds());
        ffi::stop_timer(&ssl);
        Ok(Self {
            stream: SslStream::new(ssl, Pipe::default())?,
            shared,
            side,
            terms,
            protection: None,
            next: 0,
            flight: Flight::default(),
            early: VecDeque::new(),
            key_exchange: None,
            encrypts_then_macs: false,
            step: Step::Verified,
            unreadable: 0,
        })
    }

    /// Has OpenSSL go on with what it has.
    pub(crate) fn start(
        &mut self,
        keyring: &Arc<Keyring>,
        crypt: &mut Crypt,
        out: &mut Vec<Vec<u8>>,
    ) -> Progress {
        self.shared().keyring = Some(Arc::clone(keyring));
        let progress = self.drive(crypt, out);
        self.shared().keyring = None;
        progress
    }

    /// Takes a record of the peer.
    pub(crate) fn feed(
        &mut self,
        record: &Record<'_>,
        keyring: &Arc<Keyring>,
        crypt: &mut Crypt,
        out: &mut Vec<Vec<u8>>,
    ) -> Progress {
        if record.epoch() == 0 {
            if record.kind == TLS12_CID {
                return Progress::Pending;
            }
            self.look_at(record);
            self.hand_over(record.whole.to_vec());
        } else if !self.take_protected(record, crypt) {
            return Progress::Pending;
        }
        let mut progress = self.start(keyring, crypt, out);
        while matches!(progress, Progress::Pending)
            && !self.early.is_empty()
            && self.derive()
            && let Some(early) = self.early.pop_front()
        {
            let cid_bytes = self.own_cid_bytes();
            let Some((record, _)) = Record::first(&early, cid_bytes) else {
                continue;
            };
            if self.take_protected(&record, crypt) {
                progress = self.start(keyring, crypt, out);
            }
        }
        progress
    }

    /// Sends the last flight again.
    pub(crate) fn repeat(&mut self, crypt: &mut Crypt, out: &mut Vec<Vec<u8>>) {
        let mtu = usize::from(self.terms.mtu);
        let protection = self.protection.as_mut();
        self.flight
            .send(mtu, &mut self.next, protection, crypt, out);
    }

    /// Numbers our next record of epoch 0.
    pub(crate) fn next_plain(&self) -> u64 {
        self.next
    }

    /// How far it got.
    pub(crate) fn step(&self) -> Step {
        self.step
    }

    /// The PSK identity, once it was named.
    pub(crate) fn psk_identity(&self) -> Option<Box<[u8]>> {
        self.shared().psk_identity.clone()
    }

    /// The certificate or public key that the peer showed.
    pub(crate) fn shown(&self) -> Option<Box<[u8]>> {
        self.shared().shown.clone()
    }

    /// Whether a Finished came that our key does not open.
    pub(crate) fn key_differs(&self) -> bool {
        self.unreadable > 0
    }

    /// Whether a record carries the Connection ID of this handshake.
    pub(crate) fn has_cid(&self, cid: &[u8]) -> bool {
        self.shared().own_cid.as_deref() == Some(cid)
    }

    /// What remains, with the session if it is wanted. `None` if OpenSSL does not say what
    /// it agreed on.
    pub(crate) fn finish(mut self, with_session: bool) -> Option<Outcome> {
        self.derive();
        let ssl = self.stream.ssl();
        let suite = self.protection.as_ref()?.keys.suite;
        let resumed = ssl.session_reused();
        let identity = if suite.is_psk() {
            self.shared().proven.take().map(Identity::Psk)
        } else if let Some(key) = ffi::peer_public_key(ssl) {
            Some(Identity::PublicKey(key))
        } else {
            let certificate = ssl.peer_certificate();
            certificate
                .and_then(|certificate| Certificate::from_x509(&certificate))
                .map(|certificate| Identity::Certificate(Box::new(certificate)))
        };
        let session = ssl.session().filter(|_| with_session);
        let session = session.and_then(|session| {
            ffi::keep_session(session);
            let der = session.to_der().ok()?;
            (!session.id().is_empty()).then(|| (session.id().into(), Secret::new(der)))
        });
        Some(Outcome {
            protection: self.protection.take()?,
            flight: self.flight,
            next_plain: self.next,
            resumed,
            identity,
            session,
        })
    }

    /// Reads what OpenSSL would not tell: the whole PSK identity, and as a client whether
    /// the server agreed to encrypt-then-MAC.
    fn look_at(&mut self, record: &Record<'_>) {
        if self.side == Side::Client {
            if let Some(agreed) = hello::server_encrypts_then_macs(record) {
                self.encrypts_then_macs = agreed;
            }
            return;
        }
        let mut rest = record.body;
        while record.kind == HANDSHAKE
            && let Some((fragment, tail)) = Fragment::first(rest)
        {
            rest = tail;
            if fragment.kind == hello::CLIENT_KEY_EXCHANGE {
                self.look_at_key_exchange(&fragment);
            }
        }
    }

    fn look_at_key_exchange(&mut self, fragment: &Fragment<'_>) {
        let body = if fragment.is_whole() {
            Some(fragment.body)
        } else {
            let added = self
                .key_exchange
                .as_mut()
                .is_some_and(|assembly| assembly.add(fragment));
            if !added {
                self.key_exchange = Assembly::start(fragment, MAX_KEY_EXCHANGE_BYTES);
            }
            self.key_exchange.as_ref().and_then(Assembly::whole)
        };
        if let Some(body) = body {
            let identity = hello::psk_identity(body).map(Into::into);
            self.shared().psk_identity = identity;
            self.step = Step::KeyExchange;
        }
    }

    /// Opens a record of epoch 1 and hands it to OpenSSL in the form that it knows.
    fn take_protected(&mut self, record: &Record<'_>, crypt: &mut Crypt) -> bool {
        if !self.derive() {
            if self.early.len() < MAX_EARLY_RECORDS {
                self.early.push_back(record.whole.into());
            }
            return false;
        }
        let Some(protection) = self.protection.as_mut() else {
            return false;
        };
        if !protection.is_mine(record) {
            return false;
        }
        let Some(opened) = protection.open(crypt, record) else {
            if protection.keys.suite.is_psk() && protection.window.is_fresh(record.sequence()) {
                self.unreadable = self.unreadable.saturating_add(1);
            }
            return false;
        };
        if opened.kind != HANDSHAKE && opened.kind != ALERT {
            return false;
        }
        let translated = protection.for_openssl(crypt, record.number, &opened);
        self.hand_over(translated);
        true
    }

    fn hand_over(&mut self, record: Vec<u8>) {
        self.stream.get_mut().incoming.push_back(record);
    }

    fn drive(&mut self, crypt: &mut Crypt, out: &mut Vec<Vec<u8>>) -> Progress {
        let outcome = match self.side {
            Side::Server => self.stream.accept(),
            Side::Client => self.stream.connect(),
        };
        if !self.collect(crypt, out) {
            return Progress::Failed(Cause::NoEncryptThenMac);
        }
        match outcome {
            Ok(()) => {
                self.step = Step::Finished;
                Progress::Done
            }
            Err(error) if matches!(error.code(), ErrorCode::WANT_READ | ErrorCode::WANT_WRITE) => {
                Progress::Pending
            }
            Err(error) => {
                let verdict = self.shared().verdict.take();
                Progress::Failed(verdict.unwrap_or_else(|| cause::of(&error)))
            }
        }
    }

    /// Takes what OpenSSL wrote as our next flight, and sends it. False if it speaks CBC
    /// without encrypt-then-MAC, which we do not.
    fn collect(&mut self, crypt: &mut Crypt, out: &mut Vec<Vec<u8>>) -> bool {
        let written = std::mem::take(&mut self.stream.get_mut().outgoing);
        let mut flight = Flight::default();
        for datagram in &written {
            let mut rest = &**datagram;
            while let Some((record, tail)) = Record::first(rest, 0) {
                rest = tail;
                if record.epoch() == 0 {
                    let body = self.alert_as_wanted(&record);
                    flight.push(record.kind, false, &body);
                    continue;
                }
                if !self.derive() {
                    return false;
                }
                let opened = self
                    .protection
                    .as_ref()
                    .and_then(|protection| protection.of_openssl(crypt, &record));
                if let Some((kind, body)) = opened {
                    flight.push(kind, true, &body);
                }
            }
        }
        if !flight.is_empty() {
            self.flight = flight;
            self.repeat(crypt, out);
        }
        true
    }

    fn alert_as_wanted(&self, record: &Record<'_>) -> Vec<u8> {
        let mut body = record.body.to_vec();
        if let (ALERT, [_, description @ cause::UNKNOWN_PSK_IDENTITY]) =
            (record.kind, &mut body[..])
        {
            *description = self.terms.unknown_psk_alert;
        }
        body
    }

    /// Makes the keys as soon as OpenSSL knows the master secret.
    fn derive(&mut self) -> bool {
        if self.protection.is_none() {
            self.protection = self.derived();
        }
        self.protection.is_some()
    }

    fn derived(&self) -> Option<Protection> {
        let ssl = self.stream.ssl();
        let mut master = Zeroizing::new([0; MASTER_SECRET_BYTES]);
        if ssl.session()?.master_key(&mut *master) != MASTER_SECRET_BYTES {
            return None;
        }
        let number = u16::from_be_bytes(ssl.current_cipher()?.protocol_id());
        let suite = Suite::from_number(number)?;
        if suite.is_cbc() && !self.encrypts_then_macs {
            return None;
        }
        let (mut client, mut server) = ([0; 32], [0; 32]);
        ssl.client_random(&mut client);
        ssl.server_random(&mut server);
        // A client that offers a session knows its secret before the server has spoken.
        if server == [0; 32] {
            return None;
        }
        let shared = self.shared();
        let (own_cid, peer_cid) = match (&shared.own_cid, &shared.peer_cid) {
            (Some(own), Some(peer)) => (own.clone(), peer.clone()),
            _ => Default::default(),
        };
        Some(Protection {
            side: self.side,
            keys: Box::new(Keys::derive(suite, &*master, &client, &server)),
            next: 0,
            window: Window::new(self.terms.replay_window),
            own_cid,
            peer_cid,
            max_plaintext: self.terms.max_plaintext,
        })
    }

    fn own_cid_bytes(&self) -> usize {
        let shared = self.shared();
        shared.own_cid.as_ref().map_or(0, |cid| cid.len())
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Bytes of a master secret (RFC 5246 §8.1).
const MASTER_SECRET_BYTES: usize = 48;

/// Longest ClientKeyExchange that is put together from pieces: an identity of twice the
/// length that LwM2M allows.
const MAX_KEY_EXCHANGE_BYTES: usize = 512;

/// Most records of epoch 1 that wait for their keys.
const MAX_EARLY_RECORDS: usize = 4;
