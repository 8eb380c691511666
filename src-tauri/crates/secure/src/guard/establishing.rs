//! From a complete handshake to the association.

use super::Guard;
use super::half_open::HalfOpen;
use crate::address::Address;
use crate::association::{Association, LastFlight, Reservation};
use crate::association_id::AssociationId;
use crate::failure::{Cause, Step};
use crate::handshake::Outcome;
use crate::identity::Identity;
use crate::output::{EndCause, Established, Output};
use std::sync::Arc;

impl Guard {
    pub(super) fn establish(&mut self, from: Address, half_open: HalfOpen) {
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
            held: None,
            last_flight,
        };
        self.stepped(from, Step::Finished, None);
        self.output.push_back(Output::Established(Established {
            association: association.id,
            identity: Identity::clone(&association.identity),
            from,
            suite: association.suite(),
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
