//! From a complete handshake to the association.

use super::Guard;
use super::half_open::{ACCESS_DENIED, FATAL, HalfOpen, INTERNAL_ERROR};
use crate::address::Address;
use crate::association::{Association, LastFlight, Reservation};
use crate::association_id::AssociationId;
use crate::failure::{Cause, Step};
use crate::handshake::Outcome;
use crate::identity::Identity;
use crate::output::{EndCause, Established, Output};
use crate::record::{ALERT, write_plain};
use crate::server_name::ServerName;
use std::sync::Arc;

impl Guard {
    /// `last` is what OpenSSL has sent last; the peer hears it if nothing stands against it.
    pub(super) fn establish(&mut self, from: Address, half_open: HalfOpen, last: Vec<Vec<u8>>) {
        let (step, shown) = (half_open.handshake.step(), half_open.handshake.shown());
        let named = half_open.handshake.psk_identity();
        let (asked, server_name) = (half_open.asked, half_open.server_name);
        let next_plain = half_open.handshake.next_plain();
        let mut outcome = half_open.handshake.finish(self.config.most_sessions > 0);
        let proven = outcome.as_mut().and_then(|outcome| {
            // It was drawn as one that nobody has: a second of that name would hide the first.
            if self.table.has_cid(&outcome.protection.own_cid) {
                return None;
            }
            if outcome.resumed {
                return half_open.resumes;
            }
            let (identity, version) = outcome.identity.take()?;
            Some((Arc::new(identity), version))
        });
        let (mut outcome, (identity, version)) = match (outcome, proven) {
            (Some(outcome), Some(proven)) => (outcome, proven),
            (outcome, _) => {
                self.turn_away(from, outcome, next_plain, INTERNAL_ERROR);
                let reason = "the handshake ended without a name for the association".to_owned();
                self.report(from, step, named, shown, Cause::Malformed { reason });
                return;
            }
        };
        if let Some(cause) = self.keyring.revoked(&identity, version, self.now.unix) {
            self.refuse(from, outcome, &identity, cause);
            return;
        }
        self.transmit(from, last);
        let replaced = self.replaced_by(from, &identity);
        for old in &replaced {
            self.end(*old, EndCause::Replaced);
        }
        if self.table.len() >= self.config.most_associations
            && let Some(quietest) = self.table.quietest()
        {
            self.end(quietest, EndCause::Evicted);
        }
        // One that was resumed is there already, and lives no longer for it.
        if !outcome.resumed
            && let Some((id, der)) = outcome.session.take()
        {
            let whose = (Arc::clone(&identity), version);
            self.sessions.put(id, der, whose, asked, self.now.unix);
        }
        self.adopt(from, outcome, (identity, server_name), replaced);
    }

    /// What the peer proved itself with was taken back while the handshake was under way.
    fn refuse(&mut self, from: Address, outcome: Outcome, identity: &Identity, cause: Cause) {
        let next_plain = outcome.next_plain;
        self.turn_away(from, Some(outcome), next_plain, ACCESS_DENIED);
        let (named, shown) = match identity {
            Identity::Psk(identity) => (Some(identity.clone()), None),
            Identity::PublicKey(key) => (None, Some(key.clone())),
            Identity::Certificate(certificate) => (None, Some(certificate.der.clone())),
        };
        self.report(from, Step::Finished, named, shown, cause);
    }

    /// Tells the peer that its handshake led to nothing after all.
    fn turn_away(&mut self, from: Address, outcome: Option<Outcome>, next_plain: u64, alert: u8) {
        let (alert, mut bytes) = ([FATAL, alert], Vec::new());
        if let Some(mut outcome) = outcome.filter(|outcome| outcome.resumed) {
            // We have sent our Finished, and the peer expects protected records only.
            let (protection, crypt) = (&mut outcome.protection, &mut self.crypt);
            let _ = protection.seal(crypt, ALERT, &alert, &mut bytes);
        } else {
            write_plain(ALERT, next_plain, &alert, &mut bytes);
        }
        self.transmit(from, vec![bytes]);
    }

    /// The associations at the same address that the new one stands for (RFC 6347 §4.2.8),
    /// the one without Connection ID first. One of another peer with a Connection ID may
    /// have moved on: it stays.
    fn replaced_by(&self, from: Address, identity: &Identity) -> Vec<AssociationId> {
        let plain = self.table.at(from).into_iter();
        let others = self.table.heard_at(from);
        let others = others.filter(|old| old.identity() == identity);
        plain.chain(others).map(|old| old.id).collect()
    }

    fn adopt(
        &mut self,
        from: Address,
        outcome: Outcome,
        (identity, server_name): (Arc<Identity>, Option<ServerName>),
        replaces: Vec<AssociationId>,
    ) {
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
            server_name,
            since: self.now.unix,
            heard: self.now.unix,
            moves: 0,
            has_moved: false,
            forged: 0,
            reservation,
            held: None,
            last_flight,
        };
        self.stepped(from, Step::Finished, None);
        self.output.push_back(Output::Established(Established {
            association: association.id,
            identity: Identity::clone(&association.identity),
            from,
            suite: association.suite(),
            server_name: association.server_name.clone(),
            cid_bytes: association.own_cid().len(),
            resumed: association.resumed,
            replaces,
        }));
        if self.config.saved {
            self.output.push_back(Output::Save(association.saved()));
        }
        self.table.insert(association);
    }
}
