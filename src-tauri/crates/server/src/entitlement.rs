//! Credentials as they come and go while the engine runs. They are stored before the
//! engine hears of them, so nothing here waits for the disk. What no longer holds ends
//! at once: sessions, registrations, what was asked (conformance SEC-21).

use crate::credential::{Credential, CredentialId, Holder, Mode, Role};
use crate::engine_io::problem_kind;
use crate::ids::DeviceId;
use crate::security::Blocked;
use crate::server::Server;
use coap::Peer;
use secure::{ServerKey, ServerName, Tuning};
use std::collections::BTreeMap;

/// Why operations of a device end whose credentials are changed.
const REVOKED: &str = "the credentials of the device were changed";

/// The same where somebody keeps it out.
const BLOCKED: &str = "the device was blocked";

/// Why operations and observations of a device end that does not prove itself any more.
const INSECURE: &str =
    "it was asked for while the device came in a secure session, and it came back without security";

impl Server {
    /// Puts a credential in force. One that contradicts another never comes from a
    /// caller that checked it; from elsewhere it is a problem to show.
    pub(crate) fn take_credential(&mut self, credential: Credential) {
        let (holder, proof) = (credential.holder.clone(), credential.proof.clone());
        let former = match self.security.put(credential) {
            Ok(former) => former,
            Err(conflict) => {
                let message = format!("a credential is not in force: {conflict}");
                return self.problem(problem_kind::CREDENTIAL, None, None, message);
            }
        };
        for former in former {
            if former.proof != proof {
                self.end_sessions_of(&former);
            }
            self.check_again(&former.holder);
        }
        self.check_again(&holder);
    }

    /// Takes a credential out of force.
    pub(crate) fn drop_credential(&mut self, id: CredentialId) {
        if let Some(former) = self.security.remove(id) {
            self.end_sessions_of(&former);
            self.check_again(&former.holder);
        }
    }

    /// Shows another key from the next handshake on.
    pub(crate) fn use_server_key(&mut self, key: ServerKey) {
        let Some(guard) = &mut self.security.guard else {
            return;
        };
        if let Err(error) = guard.set_server_key(Some(key)) {
            let message = format!("the server's own key is not in use: {error}");
            self.problem(problem_kind::CREDENTIAL, None, None, message);
        }
    }

    /// Shows these keys to devices that ask for their names, from the next handshake on.
    pub(crate) fn use_named_keys(&mut self, keys: BTreeMap<ServerName, ServerKey>) {
        let Some(guard) = &mut self.security.guard else {
            return;
        };
        if let Err(error) = guard.set_named_keys(keys) {
            let message = format!("the keys for server names are not in use: {error}");
            self.problem(problem_kind::CREDENTIAL, None, None, message);
        }
    }

    /// Makes the handshakes that begin from now on fit another network.
    pub(crate) fn tune_handshakes(&mut self, tuning: Tuning) {
        let guard = self.security.guard.as_mut();
        if let Some(Err(error)) = guard.map(|guard| guard.set_tuning(tuning)) {
            let message = format!("handshakes stay as they were: {error}");
            self.problem(problem_kind::CREDENTIAL, None, None, message);
        }
    }

    /// Believes these authorities and no others.
    pub(crate) fn use_trust_anchors(&mut self, anchors: Vec<Box<[u8]>>) {
        let lost = self.security.set_anchors(anchors);
        if !lost {
            return;
        }
        // Which of them vouched for whom is not remembered; who is still believed comes
        // back with a handshake.
        for identity in self.security.certificates_by_authority() {
            self.revoke_identity(&identity, REVOKED);
        }
    }

    /// Keeps these out from now on, and no others.
    pub(crate) fn block(&mut self, blocked: Blocked) {
        self.security.block(blocked);
        self.end_blocked();
    }

    /// Ends the sessions and registrations of those who are kept out.
    pub(crate) fn end_blocked(&mut self) {
        for identity in self.security.blocked_identities() {
            self.revoke_identity(&identity, BLOCKED);
        }
        let endpoints = self.security.blocked.endpoints.iter();
        let known = endpoints.filter_map(|name| self.devices.by_endpoint(name));
        for device in known.collect::<Vec<_>>() {
            self.revoke(device, BLOCKED);
        }
    }

    /// Ends the sessions and registrations that the credentials at a start do not allow: they
    /// may have been changed just before the program was killed.
    pub(crate) fn end_unproven(&mut self) {
        for association in self.security.unproven() {
            self.revoke_session(association, REVOKED);
        }
        let registered = self.devices.iter().filter_map(|(id, known)| {
            let own = known.registration.as_ref()?;
            // A session that is over may be followed by another of the same device.
            self.is_reachable(own.peer).then_some(id)
        });
        let registered: Vec<_> = registered.collect();
        self.check_devices(registered);
    }

    /// Whoever comes from `peer` may have the name of a device that proved itself so far and
    /// prove nothing: what waits for that device is not said to it, nor in the clear
    /// (conformance SEC-23).
    pub(crate) fn hand_over_nothing(&mut self, device: DeviceId, peer: Peer) {
        let known = self.devices.get(device);
        let proved = known.is_some_and(|own| own.security() != Mode::NoSec);
        if !proved || self.mode_of(peer) != Mode::NoSec {
            return;
        }
        // From the end, so that none gets its turn by the end of another.
        for operation in self.operations.of_device(device).into_iter().rev() {
            self.withdraw(operation, INSECURE);
        }
        for observation in self.observations.of_device(device) {
            self.report_loss(&observation, INSECURE);
            self.stop_observing(device, &observation.target);
        }
    }

    /// Ends the sessions that only this credential allowed.
    fn end_sessions_of(&mut self, former: &Credential) {
        if former.role != Role::Management || self.security.has_proof(former) {
            return;
        }
        for identity in self.security.identities_of(&former.proof) {
            self.revoke_identity(&identity, REVOKED);
        }
    }

    /// Ends the registrations of endpoints whose present sender may not speak for them
    /// any more.
    fn check_again(&mut self, holder: &Holder) {
        let devices: Vec<DeviceId> = match holder {
            Holder::Endpoint(name) => self.devices.by_endpoint(name).into_iter().collect(),
            Holder::Pattern(_) => {
                let all = self.devices.iter();
                let covered = all.filter(|(_, known)| holder.covers(&known.endpoint));
                covered.map(|(id, _)| id).collect()
            }
        };
        self.check_devices(devices);
    }

    /// Ends the registrations of those devices whose present sender may not speak for them.
    fn check_devices(&mut self, devices: Vec<DeviceId>) {
        for device in devices {
            let Some(registration) = self.devices.registration(device) else {
                continue;
            };
            let peer = registration.peer;
            let endpoint = self.devices.get(device).map(|own| own.endpoint.clone());
            if endpoint.is_some_and(|name| self.check_sender(peer, &name).is_err()) {
                self.revoke(device, REVOKED);
            }
        }
    }
}
