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
use crate::server_name::ServerName;
use std::sync::Arc;

impl Guard {
    pub(super) fn establish(&mut self, from: Address, half_open: HalfOpen) {
        let (step, shown) = (half_open.handshake.step(), half_open.handshake.shown());
        let named = half_open.handshake.psk_identity();
        let (asked, server_name) = (half_open.asked, half_open.server_name);
        let outcome = half_open.handshake.finish(self.config.most_sessions > 0);
        let Some((mut outcome, identity)) = outcome.and_then(|mut outcome| {
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
        self.keep_session(&mut outcome, &identity, asked);
        self.adopt(from, outcome, (identity, server_name), replaces);
    }

    /// The association at the same address that the new one stands for (RFC 6347 §4.2.8).
    /// One of another peer with a Connection ID may have moved on: it stays.
    fn replaced_by(&self, from: Address, identity: &Identity) -> Option<AssociationId> {
        let old = self.table.at(from)?;
        let same = old.own_cid().is_empty() || old.identity() == identity;
        same.then_some(old.id)
    }

    /// Keeps the session for resumption.
    fn keep_session(
        &mut self,
        outcome: &mut Outcome,
        identity: &Arc<Identity>,
        asked: Option<ServerName>,
    ) {
        if let Some((id, der)) = outcome.session.take() {
            let whose = (Arc::clone(identity), asked);
            let (keyring, now) = (&self.keyring, self.now.unix);
            self.sessions.put(id, der, whose, keyring, now);
        }
    }

    fn adopt(
        &mut self,
        from: Address,
        outcome: Outcome,
        (identity, server_name): (Arc<Identity>, Option<ServerName>),
        replaces: Option<AssociationId>,
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
