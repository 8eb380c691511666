//! What comes from and goes to peers with an association.

use super::Guard;
use crate::address::Address;
use crate::association_id::AssociationId;
use crate::failure::{Cause, Step};
use crate::handshake::flight::Flight;
use crate::hello::{CLIENT_HELLO, Fragment};
use crate::output::{EndCause, Output};
use crate::record::protection::Opened;
use crate::record::{ALERT, APPLICATION_DATA, HANDSHAKE, Record, TLS12_CID};
use std::time::Duration;

impl Guard {
    /// Takes a datagram apart.
    pub(super) fn receive(&mut self, from: Address, datagram: &[u8]) {
        let mut rest = datagram;
        while !rest.is_empty() {
            let Some(after) = self.receive_record(from, rest) else {
                if rest.len() == datagram.len() {
                    self.unreadable(from, datagram);
                }
                return;
            };
            rest = after;
        }
    }

    /// Takes one record and yields what follows it; `None` if there is none to be read.
    fn receive_record<'a>(&mut self, from: Address, datagram: &'a [u8]) -> Option<&'a [u8]> {
        if datagram.first() == Some(&TLS12_CID) {
            return self.receive_with_cid(from, datagram);
        }
        let (record, rest) = Record::first(datagram, 0)?;
        match (record.epoch(), record.kind) {
            (0, HANDSHAKE) => match Fragment::first(record.body) {
                Some((fragment, _)) if fragment.kind == CLIENT_HELLO => {
                    self.hello(from, &record, &fragment);
                }
                _ => self.advance(from, &record),
            },
            (0, APPLICATION_DATA) => {}
            (0, _) => self.advance(from, &record),
            (1, _) => {
                let id = self.table.of_plain(from, &record);
                let opened = id.is_some_and(|id| self.open(id, from, &record));
                if !opened && self.half_open.contains_key(&from) {
                    self.advance(from, &record);
                } else if let (Some(id), false) = (id, opened) {
                    self.forged(id);
                } else if !opened && record.kind != HANDSHAKE {
                    self.unknown(from, false);
                }
            }
            _ => {}
        }
        Some(rest)
    }

    fn receive_with_cid<'a>(&mut self, from: Address, datagram: &'a [u8]) -> Option<&'a [u8]> {
        if let Some((id, record, rest)) = self.table.cut(datagram) {
            if !self.open(id, from, &record) {
                self.forged(id);
            }
            return Some(rest);
        }
        let half_open = self.half_open.get(&from);
        let cid_bytes = match half_open {
            Some(half_open) => half_open.own_cid_bytes(),
            None => self.config.tuning.cid_bytes.into(),
        };
        let (record, rest) = Record::first(datagram, cid_bytes)?;
        if half_open.is_some_and(|half_open| half_open.has_cid(record.cid)) {
            self.advance(from, &record);
        } else {
            self.unknown(from, true);
        }
        Some(rest)
    }

    /// Opens a record of an association; false if it is not authentic or not new.
    fn open(&mut self, id: AssociationId, from: Address, record: &Record<'_>) -> bool {
        let Some(association) = self.table.get_mut(id) else {
            return false;
        };
        let Some(opened) = association.protection.open(&mut self.crypt, record) else {
            return false;
        };
        association.heard = self.now.unix;
        if self.config.saved && !association.has_moved {
            association.has_moved = true;
            self.moved.push(id);
        }
        if opened.kind == APPLICATION_DATA {
            association.last_flight = None;
        }
        let elsewhere = association.address != from;
        // An older record may have been held back on the way by somebody who sends it from
        // elsewhere now (RFC 9146 §6).
        if opened.newest
            && elsewhere
            && let Some(old) = self.table.move_to(id, from)
        {
            self.output.push_back(Output::Moved {
                association: id,
                from: old,
                to: from,
            });
        }
        self.take(id, opened);
        true
    }

    fn take(&mut self, id: AssociationId, opened: Opened) {
        match (opened.kind, &opened.bytes[..]) {
            (APPLICATION_DATA, _) => self.output.push_back(Output::Received {
                association: id,
                bytes: opened.bytes,
            }),
            (ALERT, [_, CLOSE_NOTIFY]) => {
                self.send_alert(id, [WARNING, CLOSE_NOTIFY]);
                self.end(id, EndCause::ClosedByPeer);
            }
            (ALERT, [FATAL, description]) => self.end(id, EndCause::Alert(*description)),
            (HANDSHAKE, [CLIENT_HELLO, ..]) => {
                self.send_alert(id, [WARNING, NO_RENEGOTIATION]);
            }
            (HANDSHAKE, _) => self.repeat_last_flight(id),
            _ => {}
        }
    }

    /// The peer sent its last flight again: it has not seen ours.
    fn repeat_last_flight(&mut self, id: AssociationId) {
        let mtu = usize::from(self.config.tuning.mtu);
        let Some(association) = self.table.get_mut(id) else {
            return;
        };
        if !association.may_send() {
            return;
        }
        let Some(last) = association.last_flight.as_mut() else {
            return;
        };
        let mut out = Vec::new();
        let protection = Some(&mut association.protection);
        let (flight, next): (&Flight, _) = (&last.flight, &mut last.next_plain);
        flight.send(mtu, next, protection, &mut self.crypt, &mut out);
        let to = association.address;
        self.transmit(to, out);
    }

    pub(super) fn send(&mut self, id: AssociationId, bytes: &[u8]) {
        let Some(association) = self.table.get_mut(id) else {
            return;
        };
        let most = association.max_plaintext();
        if bytes.len() > usize::from(most) {
            self.output.push_back(Output::TooLong {
                association: id,
                bytes: bytes.len(),
                most,
            });
            return;
        }
        if !association.may_send() {
            // Whoever sends without end while the disk is slow loses what is oldest.
            let held = &mut association.held.get_or_insert_default().0;
            if held.len() >= MAX_HELD {
                held.pop_front();
            }
            held.push_back(bytes.into());
        } else if let Some(bytes) = association.seal(&mut self.crypt, bytes) {
            let to = association.address;
            self.output.push_back(Output::Transmit { to, bytes });
        }
        if association.runs_short() || association.protection.is_worn_out() {
            self.reserve(id);
        }
    }

    /// A reservation is on disk: what waited for it leaves.
    pub(super) fn reserved(&mut self, id: AssociationId, through: u64) {
        let Some(association) = self.table.get_mut(id) else {
            return;
        };
        association.confirm(through);
        while association.may_send()
            && let Some(bytes) = association
                .held
                .as_mut()
                .and_then(|held| held.0.pop_front())
        {
            if let Some(bytes) = association.seal(&mut self.crypt, &bytes) {
                let to = association.address;
                self.output.push_back(Output::Transmit { to, bytes });
            }
        }
        self.reserve(id);
    }

    pub(super) fn close(&mut self, id: AssociationId) {
        self.send_alert(id, [WARNING, CLOSE_NOTIFY]);
        self.end(id, EndCause::ClosedHere);
    }

    pub(super) fn end(&mut self, id: AssociationId, why: EndCause) {
        if self.table.remove(id).is_none() {
            return;
        }
        self.output.push_back(Output::Ended {
            association: id,
            why,
        });
        if self.config.saved {
            self.output.push_back(Output::Forget(id));
        }
    }

    fn reserve(&mut self, id: AssociationId) {
        let Some(association) = self.table.get_mut(id) else {
            return;
        };
        if association.protection.is_worn_out() {
            self.end(id, EndCause::WornOut);
        } else if association.reserve() {
            let saved = association.saved();
            self.output.push_back(Output::Save(saved));
        }
    }

    fn send_alert(&mut self, id: AssociationId, alert: [u8; 2]) {
        let Some(association) = self.table.get_mut(id) else {
            return;
        };
        if let Some(bytes) = association.alert(&mut self.crypt, alert) {
            let to = association.address;
            self.output.push_back(Output::Transmit { to, bytes });
        }
    }

    /// Counts a record that was not authentic, or a repetition of one that was. Nothing
    /// else happens to the association (RFC 6347 §4.1.2.7), until there were so many that
    /// the next might be taken for a good one.
    fn forged(&mut self, id: AssociationId) {
        let Some(association) = self.table.get_mut(id) else {
            return;
        };
        association.forged = association.forged.saturating_add(1);
        if association.forged >= MAX_FORGED {
            self.end(id, EndCause::WornOut);
        }
    }

    fn unknown(&mut self, from: Address, cid: bool) {
        let lately = self
            .failed
            .iter()
            .any(|(at, address)| *address == from && self.now.instant.since(*at) < FAILED_LATELY);
        if !lately {
            self.note(from, Step::Hello, Cause::UnknownAssociation { cid });
        }
    }

    fn unreadable(&mut self, from: Address, datagram: &[u8]) {
        let coap = datagram.len() >= 4
            && datagram
                .first()
                .is_some_and(|first| first >> 6 == COAP_VERSION && first & 0x0f <= MAX_TOKEN);
        self.note(from, Step::Hello, Cause::NotDtls { coap });
    }

    /// Remembers for a while that a handshake of that address failed.
    pub(super) fn remember_failed(&mut self, from: Address) {
        if self.failed.len() >= MAX_FAILED {
            self.failed.pop_front();
        }
        self.failed.push_back((self.now.instant, from));
    }
}

/// Levels of alerts (RFC 5246 §7.2).
const WARNING: u8 = 1;
const FATAL: u8 = 2;
/// close_notify
const CLOSE_NOTIFY: u8 = 0;
/// no_renegotiation
const NO_RENEGOTIATION: u8 = 100;

/// Most messages of an association that wait for a reservation.
const MAX_HELD: usize = 16;

/// Records that were not authentic before an association is given up: with the eight bytes
/// of CCM_8, the chance of one to be taken for good stays below 2^-41 (RFC 9147 §4.5.3 asks
/// for such a limit).
const MAX_FORGED: u32 = 1 << 23;

/// Most addresses whose handshake failed lately.
const MAX_FAILED: usize = 64;

/// How long a client may go on sending what a failed handshake has led to: it doubles its
/// wait up to 60 s (RFC 6347 §4.2.4.1).
const FAILED_LATELY: Duration = Duration::from_secs(120);

/// The version in the first two bits of a CoAP message (RFC 7252 §3).
const COAP_VERSION: u8 = 1;
/// Longest token (RFC 7252 §3).
const MAX_TOKEN: u8 = 8;
