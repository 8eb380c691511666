//! Between the wire and OpenSSL: reads what OpenSSL would not tell, opens and seals the
//! records of epoch 1 in its place, and takes what it writes as a flight of ours.

use super::flight::Flight;
use super::plausible::{self, MAX_KEY_EXCHANGE_BYTES};
use super::{Assembly, Handshake, Progress, cause};
use crate::config::Suite;
use crate::failure::{Cause, Step};
use crate::hello::{self, Fragment};
use crate::record::cipher::Crypt;
use crate::record::keys::Keys;
use crate::record::protection::{Protection, Side};
use crate::record::window::Window;
use crate::record::{ALERT, HANDSHAKE, Record};
use openssl::ssl::ErrorCode;
use zeroize::Zeroizing;

impl Handshake {
    /// Reads what OpenSSL would not tell: the whole PSK identity, and as a client whether
    /// the server agreed to encrypt-then-MAC.
    pub(super) fn look_at(&mut self, record: &Record<'_>) {
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
    pub(super) fn take_protected(&mut self, record: &Record<'_>, crypt: &mut Crypt) -> bool {
        if !self.derive() {
            if self.early.len() < MAX_EARLY_RECORDS && record.whole.len() <= MAX_EARLY_BYTES {
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
        let expected = opened.kind == HANDSHAKE || opened.kind == ALERT;
        if !expected || !plausible::may_see(self.side, opened.kind, &opened.bytes) {
            return false;
        }
        let translated = protection.for_openssl(crypt, record.number, &opened);
        self.hand_over(translated);
        true
    }

    pub(super) fn hand_over(&mut self, record: Vec<u8>) {
        self.stream.get_mut().incoming.push_back(record);
    }

    pub(super) fn drive(&mut self, crypt: &mut Crypt, out: &mut Vec<Vec<u8>>) -> Progress {
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
    pub(super) fn derive(&mut self) -> bool {
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
}

/// Bytes of a master secret (RFC 5246 §8.1).
const MASTER_SECRET_BYTES: usize = 48;

/// Most records of epoch 1 that wait for their keys.
const MAX_EARLY_RECORDS: usize = 4;

/// Longest of them in bytes: a Finished under any suite.
const MAX_EARLY_BYTES: usize = 256;
