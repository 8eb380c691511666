//! The protected half of an association: keys, Connection IDs, what was sent, what was
//! received. The same for both roles, with the directions swapped.

use super::cipher::{Crypt, Shape};
use super::keys::{Direction, Keys};
use super::window::Window;
use super::{MAX_SEQUENCE, Record, TLS12_CID};

/// Which end of the association we are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Side {
    /// The device.
    Client,
    /// The LwM2M server.
    Server,
}

/// What protects the records of epoch 1.
#[derive(Clone)]
pub(crate) struct Protection {
    /// Who we are.
    pub(crate) side: Side,
    /// For both directions.
    pub(crate) keys: Box<Keys>,
    /// The number of the next record that we send.
    pub(crate) next: u64,
    /// What was received.
    pub(crate) window: Window,
    /// What the peer puts on its records; empty for none.
    pub(crate) own_cid: Box<[u8]>,
    /// What we put on ours; empty for none.
    pub(crate) peer_cid: Box<[u8]>,
    /// Most bytes of plaintext that the peer takes in a record.
    pub(crate) max_plaintext: u16,
}

/// An authentic record.
pub(crate) struct Opened {
    /// The content type inside.
    pub(crate) kind: u8,
    /// The plaintext.
    pub(crate) bytes: Vec<u8>,
    /// Whether no later one has been received.
    pub(crate) newest: bool,
}

/// The epoch that the one handshake leads to; renegotiation is refused.
pub(crate) const EPOCH: u64 = 1;

impl Protection {
    /// Appends the next record to `out`.
    pub(crate) fn seal(
        &mut self,
        crypt: &mut Crypt,
        kind: u8,
        plaintext: &[u8],
        out: &mut Vec<u8>,
    ) -> Option<()> {
        if self.next > MAX_SEQUENCE || plaintext.len() > usize::from(self.max_plaintext) {
            return None;
        }
        let shape = Shape {
            number: EPOCH << 48 | self.next,
            kind,
            cid: (!self.peer_cid.is_empty()).then_some(&*self.peer_cid),
        };
        crypt.seal(self.keys.suite, self.own(), shape, plaintext, out)?;
        self.next += 1;
        Some(())
    }

    /// Opens a record, unless it is a replay or not authentic.
    pub(crate) fn open(&mut self, crypt: &mut Crypt, record: &Record<'_>) -> Option<Opened> {
        if !self.is_mine(record) || !self.window.is_fresh(record.sequence()) {
            return None;
        }
        let (kind, bytes) = crypt.open(self.keys.suite, self.peer(), record)?;
        let newest = self.window.mark(record.sequence());
        Some(Opened {
            kind,
            bytes,
            newest,
        })
    }

    /// Whether the record carries the epoch and the Connection ID of this association.
    /// Once an ID is negotiated, only records with it count (RFC 9146 §3).
    pub(crate) fn is_mine(&self, record: &Record<'_>) -> bool {
        record.epoch() == EPOCH
            && (record.kind == TLS12_CID) != self.own_cid.is_empty()
            && record.cid == &*self.own_cid
    }

    /// A handshake record of the peer in the form that OpenSSL understands: under the
    /// same keys and number, without Connection ID. It never leaves the process.
    pub(crate) fn for_openssl(&self, crypt: &mut Crypt, number: u64, opened: &Opened) -> Vec<u8> {
        let mut out = Vec::new();
        let shape = Shape {
            number,
            kind: opened.kind,
            cid: None,
        };
        // An empty record is nothing that OpenSSL would miss.
        let _ = crypt.seal(self.keys.suite, self.peer(), shape, &opened.bytes, &mut out);
        out
    }

    /// The plaintext of a record that OpenSSL wrote in our name.
    pub(crate) fn of_openssl(
        &self,
        crypt: &mut Crypt,
        record: &Record<'_>,
    ) -> Option<(u8, Vec<u8>)> {
        crypt.open(self.keys.suite, self.own(), record)
    }

    /// Whether all numbers have been used.
    pub(crate) fn is_worn_out(&self) -> bool {
        self.next > MAX_SEQUENCE
    }

    fn own(&self) -> &Direction {
        match self.side {
            Side::Client => &self.keys.client,
            Side::Server => &self.keys.server,
        }
    }

    fn peer(&self) -> &Direction {
        match self.side {
            Side::Client => &self.keys.server,
            Side::Server => &self.keys.client,
        }
    }
}
