//! One handshake of either role: OpenSSL runs it between two ends of memory, and every
//! record of epoch 1 is translated on its way, because OpenSSL knows no Connection ID.
//!
//! OpenSSL's retransmission timer is out of reach; the last flight is kept here and sent
//! again when the owner says so. Afterwards OpenSSL's part is dropped, and what remains is
//! an [`Outcome`].

mod assembly;
pub(crate) mod cause;
pub(crate) mod flight;
pub(crate) mod pipe;
pub(crate) mod plausible;
pub(crate) mod shared;
mod translation;

pub(crate) use assembly::Assembly;

use crate::failure::{Cause, Step};
use crate::ffi;
use crate::identity::{Certificate, Identity};
use crate::keyring::{Keyring, Version};
use crate::record::cipher::Crypt;
use crate::record::protection::{Protection, Side};
use crate::record::{Record, TLS12_CID};
use crate::secret::Secret;
use clock::UnixTime;
use flight::Flight;
use openssl::error::ErrorStack;
use openssl::ssl::{Ssl, SslContext, SslRef, SslSession, SslStream};
use pipe::Pipe;
use shared::Shared;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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
    /// Who the peer is, and the version of what proved it; `None` after a resumption of a
    /// pre-shared key, where the session tells.
    pub(crate) identity: Option<(Identity, Version)>,
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
        if let Some(name) = &shared.server_name {
            ssl.set_hostname(name.as_str())?;
        }
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
            if !plausible::may_see(self.side, record.kind, record.body) {
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

    /// Bytes of the flight that waits for an answer.
    pub(crate) fn flight_bytes(&self) -> usize {
        self.flight.bytes()
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
        let identity = match suite.is_psk() {
            true => {
                let proven = self.shared().proven.take();
                proven.map(|(identity, version)| (Identity::Psk(identity), version))
            }
            false => shown(ssl).map(|identity| (identity, self.shared().believed)),
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

    pub(crate) fn own_cid_bytes(&self) -> usize {
        let shared = self.shared();
        shared.own_cid.as_ref().map_or(0, |cid| cid.len())
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Who the peer proved to be without a pre-shared key.
pub(crate) fn shown(ssl: &SslRef) -> Option<Identity> {
    if let Some(key) = ffi::peer_public_key(ssl) {
        return Some(Identity::PublicKey(key));
    }
    let certificate = ssl.peer_certificate()?;
    let certificate = Certificate::from_x509(&certificate)?;
    Some(Identity::Certificate(Box::new(certificate)))
}
