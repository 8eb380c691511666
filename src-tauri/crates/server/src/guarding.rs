//! Where `secure` meets the engine: records in and plaintext out, and what follows when
//! an association begins, moves or ends. Who may speak for whom decides
//! `security::binding`; here it is asked.

use crate::change::Change;
use crate::credential::{Mode, Role};
use crate::engine_io::{Event, Output, problem_kind};
use crate::ids::{DeviceId, EndpointName};
use crate::operation::{Ending, Outcome};
use crate::register::Refusal;
use crate::registration::Departure;
use crate::security::binding::{self, Mismatch, Sender};
use crate::security::sessions::{self, association_of, peer_of};
use crate::security::{ASSOCIATIONS, Fact, RefusalCause, SecurityNews, Session};
use crate::server::{Gated, Server};
use coap::{Code, Peer};
use secure::{Address, AssociationId, EndCause, Established, Identity, SavedAssociation};
use std::sync::Arc;

/// Sessions of an identity that one device has: the one that it is in, and those of
/// handshakes whose end it did not hear of.
const MOST_SESSIONS: usize = 4;

impl Server {
    /// Takes a datagram of a secure listener.
    pub(crate) fn receive_record(&mut self, peer: Peer, bytes: &[u8]) {
        if let Some(from) = sessions::address_of(peer) {
            self.tell_guard(secure::Input::Datagram { from, bytes });
        }
    }

    /// Has plaintext of the CoAP layer protected and sent.
    pub(crate) fn send_protected(&mut self, peer: Peer, bytes: Vec<u8>) {
        let Some(association) = association_of(peer) else {
            return;
        };
        self.tell_guard(secure::Input::Send {
            association,
            bytes: &bytes,
        });
        self.show_plaintext(peer, false, bytes);
    }

    pub(crate) fn tell_guard(&mut self, input: secure::Input<'_>) {
        let now = self.now;
        if let Some(guard) = &mut self.security.guard {
            guard.handle(now, input);
        }
    }

    /// Does what the guard wants. Whether it wanted anything.
    pub(crate) fn drain_guard(&mut self) -> bool {
        let mut any = false;
        while let Some(guard) = &mut self.security.guard {
            match guard.poll() {
                secure::Output::WakeAt(at) => {
                    self.security.wake_at = at;
                    break;
                }
                output => {
                    any = true;
                    self.heed_guard(output);
                }
            }
        }
        any
    }

    fn heed_guard(&mut self, output: secure::Output) {
        match output {
            secure::Output::Transmit { to, bytes } => {
                if let Some(peer) = sessions::at(&to) {
                    self.output(Output::Transmit { peer, bytes });
                }
            }
            secure::Output::Received { association, bytes } => {
                let peer = peer_of(association);
                self.coap.handle_datagram(self.now.instant, peer, &bytes);
                self.show_plaintext(peer, true, bytes);
            }
            secure::Output::Stepped {
                from,
                step,
                psk_identity,
            } => {
                if let Some(from) = sessions::at(&from) {
                    self.event(Event::Security(SecurityNews::Stepped {
                        from,
                        step,
                        psk_identity,
                    }));
                }
            }
            secure::Output::Established(established) => self.begin_session(established),
            secure::Output::Moved {
                association, to, ..
            } => self.move_session(association, to),
            secure::Output::TooLong {
                association,
                bytes,
                most,
            } => self.note_too_long(peer_of(association), bytes, most),
            secure::Output::Ended { association, why } => self.end_session(association, why),
            secure::Output::Failed(failure) => self.note_failure(failure),
            secure::Output::Save(saved) => self.save_association(saved),
            secure::Output::Forget(association) => {
                self.record(Change::Security(Fact::AssociationEnded { association }));
            }
            secure::Output::WakeAt(_) => {}
        }
    }

    fn note_too_long(&mut self, peer: Peer, bytes: usize, most: u16) {
        let device = self.devices.by_peer(peer);
        let endpoint = device
            .and_then(|device| self.devices.get(device))
            .map(|own| own.endpoint.clone());
        let message = format!(
            "A message of {bytes} bytes was not sent: the device asked in its handshake for \
             {most} bytes at most (max_fragment_length). Ask for less at a time."
        );
        self.problem(
            problem_kind::MESSAGE_TOO_LONG,
            Some(peer),
            endpoint,
            message,
        );
    }

    /// Goes on with the associations of the last run.
    pub(crate) fn restore_sessions(&mut self, mut saved: Vec<SavedAssociation>) {
        saved.sort_by_key(|own| own.since);
        let Some(guard) = &mut self.security.guard else {
            return;
        };
        let ids: Vec<AssociationId> = saved.iter().map(|own| own.id).collect();
        guard.restore(self.now, saved);
        let known = ids.into_iter().filter_map(|id| guard.association(id));
        let known: Vec<_> = known.filter_map(Session::of).collect();
        for session in known {
            self.fit_blocks(session.association);
            self.security.sessions.open(session);
        }
    }

    /// Notes how far the receive windows have moved, in the batch that is about to leave:
    /// what its facts came with is not to be taken twice.
    pub(crate) fn record_positions(&mut self) {
        let Some(guard) = &mut self.security.guard else {
            return;
        };
        let positions = guard.positions();
        if !positions.is_empty() {
            self.record(Change::Security(Fact::Positions(positions)));
        }
    }

    fn show_plaintext(&mut self, peer: Peer, inbound: bool, bytes: Vec<u8>) {
        let at = self.outside(peer);
        self.output(Output::Plaintext {
            peer,
            at,
            inbound,
            bytes,
        });
    }

    fn save_association(&mut self, saved: SavedAssociation) {
        let (association, through) = (saved.id, saved.reserved());
        self.record(Change::Security(Fact::Association(Arc::new(saved))));
        self.after_commit(Gated::Reserved(association, through));
    }

    fn begin_session(&mut self, established: Established) {
        let guard = self.security.guard.as_ref();
        let known = guard.and_then(|guard| guard.association(established.association));
        let Some(session) = known.and_then(Session::of) else {
            return;
        };
        let identity = session.identity.clone();
        // A blocked key opens no handshake. A certificate may be blocked that an authority
        // vouches for.
        if self.security.blocked.has(&identity) {
            let association = session.association;
            return self.tell_guard(secure::Input::Close { association });
        }
        let shared = self.security.is_shared(&identity);
        self.note_use(&identity, true);
        let former = self.security.sessions.of_identity(&identity);
        self.security.sessions.open(session.clone());
        self.fit_blocks(session.association);
        if !shared {
            for association in former.into_iter().chain(established.replaces) {
                self.follow(
                    peer_of(association),
                    peer_of(session.association),
                    &identity,
                );
            }
            self.bound_sessions(&identity);
        }
        self.event(Event::Security(SecurityNews::Established(session)));
    }

    /// Ends the oldest sessions of an identity that has too many, as a device makes that
    /// shakes hands again and again: others need the room.
    fn bound_sessions(&mut self, identity: &Identity) {
        let all = self.security.sessions.of_identity(identity);
        let surplus = all.len().saturating_sub(MOST_SESSIONS);
        let idle = |own: &AssociationId| self.devices.by_peer(peer_of(*own)).is_none();
        let ended: Vec<_> = all.into_iter().filter(idle).take(surplus).collect();
        for association in ended {
            self.tell_guard(secure::Input::Close { association });
        }
    }

    /// Has a registration go on in a new session of the same identity: what the device
    /// reports is understood from now on, what waits for it goes once it has said that
    /// it is there (conformance SEC-23).
    fn follow(&mut self, from: Peer, to: Peer, identity: &Identity) {
        let Some(device) = self.devices.by_peer(from) else {
            return;
        };
        let sender = Sender::Proven(identity);
        let endpoint = self.devices.get(device).map(|own| own.endpoint.clone());
        let speaks = endpoint.is_some_and(|name| {
            binding::admit(&self.security.credentials, Role::Management, sender, &name).is_ok()
        });
        if !speaks {
            return;
        }
        let moved = self.devices.move_to(device, to);
        self.move_observations(device, to);
        if let Some(registration) = moved {
            self.record(Change::Updated { registration });
        }
    }

    /// A device that has no Connection ID and comes from elsewhere makes another session.
    /// Now that it speaks for its endpoint in this one, its older ones are of no use: they
    /// end once that is stored. An identity that several devices have says nothing.
    pub(crate) fn retire_older_sessions(&mut self, peer: Peer) {
        let Some(own) = self.security.sessions.of_peer(peer) else {
            return;
        };
        let older = self.security.sessions.older_than(own);
        if older.is_empty() || self.security.is_shared(&own.identity) {
            return;
        }
        for association in older {
            if self.devices.by_peer(peer_of(association)).is_none() {
                self.after_commit(Gated::Retire(association));
            }
        }
    }

    fn move_session(&mut self, association: AssociationId, to: Address) {
        let Some(at) = sessions::at(&to) else {
            return;
        };
        self.security.sessions.move_to(association, at);
        self.record(Change::Security(Fact::AssociationMoved {
            association,
            to,
            at: self.now.unix,
        }));
        if let Some(device) = self.devices.by_peer(peer_of(association)) {
            self.event(Event::Presence(device));
        }
    }

    /// An association is over. Its registration is not: the device may come back with
    /// another. What was asked in it cannot be answered any more (RFC 7252 §9.1.1).
    fn end_session(&mut self, association: AssociationId, why: EndCause) {
        let device = self.devices.by_peer(peer_of(association));
        if let Some(device) = device {
            self.note_place(device);
        }
        self.security.sessions.close(association);
        if let Some(device) = device
            && let Some(operation) = self.operations.current(device)
        {
            let reason = format!("the session ended before the answer came: {}", words(why));
            let ending = Ending::without_answer(Outcome::TimedOut, reason, self.now.unix);
            self.end(operation, ending);
        }
        self.coap.abandon_peer(peer_of(association));
        self.fit_blocks(association);
    }

    /// Has large messages go in blocks that the records of an association carry, as long as
    /// it is there.
    fn fit_blocks(&mut self, association: AssociationId) {
        let guard = self.security.guard.as_ref();
        let known = guard.and_then(|guard| guard.association(association));
        let most = known.map(|own| usize::from(own.max_plaintext()));
        self.coap.fit(peer_of(association), most);
    }

    /// Notes where a device is, before the session that knows it ends.
    pub(crate) fn note_place(&mut self, device: DeviceId) {
        let registration = self.devices.registration(device);
        let session = registration.and_then(|own| self.security.sessions.of_peer(own.peer));
        if let Some(at) = session.map(|own| own.at) {
            self.devices.note_last_at(device, at);
        }
    }

    /// How whoever is there proved itself.
    pub(crate) fn mode_of(&self, peer: Peer) -> Mode {
        let session = self.security.sessions.of_peer(peer);
        session.map_or(Mode::NoSec, Session::mode)
    }

    /// Where a peer is outside: the present address of an association, else the peer.
    pub(crate) fn outside(&self, peer: Peer) -> Peer {
        self.security
            .sessions
            .of_peer(peer)
            .map_or(peer, |own| own.at)
    }

    /// Whether anything can be sent to a peer: an association has to be in force.
    pub(crate) fn is_reachable(&self, peer: Peer) -> bool {
        peer.listener() != ASSOCIATIONS || self.security.sessions.of_peer(peer).is_some()
    }

    /// The endpoint that a request means which names none (conformance SEC-08).
    pub(crate) fn unnamed_endpoint(&self, peer: Peer) -> Option<EndpointName> {
        let session = self.security.sessions.of_peer(peer)?;
        binding::only_endpoint(
            &self.security.credentials,
            Role::Management,
            &session.identity,
        )
    }

    /// Refuses who may not speak for an endpoint: 4.03 without security, 4.00 with
    /// somebody else's (Transport 1.1.1 §5.2.6, table 6.7-2; conformance SEC-07).
    pub(crate) fn check_sender(&self, peer: Peer, endpoint: &EndpointName) -> Result<(), Refusal> {
        let session = self.security.sessions.of_peer(peer);
        let sender = match session {
            Some(session) => Sender::Proven(&session.identity),
            None if peer.listener() == ASSOCIATIONS => {
                return Err(Refusal::bad_request("the session is over"));
            }
            None => Sender::Anybody,
        };
        let credentials = &self.security.credentials;
        let admitted = binding::admit(credentials, Role::Management, sender, endpoint);
        let admitted = admitted.and_then(|credential| match sender {
            // Whom no credential names may still be known by a certificate.
            Sender::Anybody if credential.is_none() && self.has_session(endpoint) => {
                Err(Mismatch::Insecure {
                    modes: "a certificate".to_owned(),
                })
            }
            _ => Ok(()),
        });
        admitted.map_err(|mismatch| {
            let (code, cause) = match mismatch {
                Mismatch::Insecure { .. } => (Code::FORBIDDEN, RefusalCause::Insecure),
                Mismatch::OtherIdentity { .. } | Mismatch::OtherCredential { .. } => {
                    (Code::BAD_REQUEST, RefusalCause::OtherIdentity)
                }
            };
            Refusal::new(code, mismatch.to_string()).because(cause)
        })
    }

    /// Whether an endpoint is registered in a session.
    fn has_session(&self, endpoint: &EndpointName) -> bool {
        let device = self.devices.by_endpoint(endpoint);
        let registration = device.and_then(|device| self.devices.registration(device));
        registration.is_some_and(|own| own.peer.listener() == ASSOCIATIONS)
    }

    /// Ends what hangs on a device that may not speak for its endpoint any more
    /// (conformance SEC-21).
    pub(crate) fn revoke(&mut self, device: DeviceId, reason: &str) {
        let peer = self.devices.registration(device).map(|own| own.peer);
        self.depart(device, Departure::Revoked, reason);
        if let Some(association) = peer.and_then(association_of) {
            self.tell_guard(secure::Input::Close { association });
        }
    }

    /// Ends every session of an identity, with the registrations made in it.
    pub(crate) fn revoke_identity(&mut self, identity: &Identity, reason: &str) {
        for association in self.security.sessions.of_identity(identity) {
            self.revoke_session(association, reason);
        }
    }

    /// Ends a session, with the registration made in it.
    pub(crate) fn revoke_session(&mut self, association: AssociationId, reason: &str) {
        match self.devices.by_peer(peer_of(association)) {
            Some(device) => self.revoke(device, reason),
            None => self.tell_guard(secure::Input::Close { association }),
        }
    }
}

/// Why an association ended, for people.
fn words(why: EndCause) -> String {
    match why {
        EndCause::ClosedByPeer => "the device closed it".to_owned(),
        EndCause::Alert(number) => format!("the device sent alert {number}"),
        EndCause::ClosedHere => "it was closed here".to_owned(),
        EndCause::Replaced => "the device began another".to_owned(),
        EndCause::Evicted => "others needed its place".to_owned(),
        EndCause::WornOut => {
            "too many records could not be opened, or its numbers ran out".to_owned()
        }
    }
}
