//! What is noted of those who did not get in: failed handshakes, registrations that were
//! turned down, and which credentials were used. Of a flood only some are kept. Why each
//! failed stands with its cause; who is turned away decide `guarding` and `lifecycle`.

use crate::change::Change;
use crate::credential::Role;
use crate::engine_io::{Event, problem_kind};
use crate::ids::EndpointName;
use crate::security::sessions;
use crate::security::{Fact, FailedHandshake, RefusalCause, RefusedRegistration, SecurityNews};
use crate::server::Server;
use coap::Peer;
use secure::{Cause, Failure, Identity, Step};
use std::sync::Arc;

impl Server {
    /// Notes that a device wants a handshake where plain CoAP is spoken.
    pub(crate) fn note_plain_port(&mut self, peer: Peer) {
        if let Some(from) = sessions::address_of(peer) {
            self.note_failure(Failure {
                from,
                at: self.now.unix,
                step: Step::Hello,
                psk_identity: None,
                shown: None,
                cause: Cause::PlainPort,
            });
        }
    }

    /// Notes why a handshake failed. Of a flood only some are kept.
    pub(crate) fn note_failure(&mut self, failure: Failure) {
        let Some(at) = sessions::at(&failure.from) else {
            return;
        };
        if self.security.blocked.explains(&failure)
            || !self.security.failures.takes(self.now.instant)
            || self.is_full()
        {
            return;
        }
        if let Some(identity) = failure.psk_identity.clone() {
            self.note_use(&Identity::Psk(identity), false);
        }
        let message = crate::security::failing::sentence(&failure);
        let failed = Arc::new(FailedHandshake {
            listener: at.listener(),
            failure,
        });
        self.record(Change::Security(Fact::HandshakeFailed(failed.clone())));
        self.problem(problem_kind::HANDSHAKE_FAILED, Some(at), None, message);
        self.event(Event::Security(SecurityNews::Failed(failed)));
    }

    /// Notes why a registration was turned down. Of a flood only some are kept.
    pub(crate) fn note_refused(
        &mut self,
        peer: Peer,
        endpoint: Option<EndpointName>,
        cause: RefusalCause,
    ) {
        let blocked = &self.security.blocked.endpoints;
        if endpoint.as_ref().is_some_and(|name| blocked.contains(name))
            || !self.security.failures.takes(self.now.instant)
            || self.is_full()
        {
            return;
        }
        let session = self.security.sessions.of_peer(peer);
        let refused = RefusedRegistration {
            from: self.outside(peer),
            at: self.now.unix,
            endpoint,
            psk_identity: None,
            shown: None,
            cause,
        };
        let refused = Arc::new(refused.asked_by(session.map(|own| &*own.identity)));
        self.record(Change::Security(Fact::RegistrationRefused(refused.clone())));
        self.event(Event::Security(SecurityNews::Refused(refused)));
    }

    /// Notes for every credential of an identity that it was used.
    pub(crate) fn note_use(&mut self, identity: &Identity, accepted: bool) {
        let credentials = &self.security.credentials;
        let named = credentials.of_identity(Role::Management, identity);
        let named: Vec<_> = named.map(|own| own.id).collect();
        for credential in named {
            self.record(Change::Security(Fact::CredentialUsed {
                credential,
                at: self.now.unix,
                accepted,
            }));
        }
    }
}
