//! The care for observations: they begin with an answer, lose their link with the
//! registration and get it back with the next one, move with the device, and end
//! (RFC 7641; conformance OB-10 to OB-16). `dispatch` asks for them, `report` reads
//! what they bring.

use crate::change::Change;
use crate::ids::DeviceId;
use crate::observation::{Observation, ObservationLink, Target};
use crate::operation::{Ask, Ending, Outcome, Terms};
use crate::request;
use crate::server::{DEFAULT_TIMEOUT, Server};
use coap::{Peer, Response, Token};
use lwm2m::Format;

impl Server {
    /// A success without the Observe option established nothing (RFC 7641 §3.1;
    /// conformance OB-01).
    pub(crate) fn begin_observing(
        &mut self,
        device: DeviceId,
        target: Target,
        format: Option<Format>,
        token: Option<Token>,
        response: &Response,
        ending: &mut Ending,
    ) {
        let peer = self.devices.registration(device).map(|own| own.peer);
        if ending.outcome != Outcome::Success {
            // The wish ends with the refusal, or it would be asked for ever again.
            return self.stop_observing(device, &target);
        }
        let (Some(peer), Some(token), Some(_)) = (peer, token, response.options.observe()) else {
            ending.outcome = Outcome::Refused;
            ending.detail = "the device answered with the value but does not observe it".to_owned();
            return self.stop_observing(device, &target);
        };
        let former = self.observations.of_target(device, &target).cloned();
        if let Some(link) = former.as_ref().and_then(|own| own.link) {
            self.coap.forget_observation(link.peer, link.token);
        }
        let link = Some(ObservationLink { peer, token });
        let observation = match former {
            Some(former) => Observation {
                target,
                link,
                format,
                ..former
            },
            None => Observation {
                id: self.observations.next_id(),
                device,
                target,
                format,
                link,
                since: self.now.unix,
                notifications: 0,
                last_at: None,
            },
        };
        self.observations.note_newest(observation.id, ending.at);
        self.observations.put(observation.clone());
        self.record(Change::Observed(observation));
    }

    /// Drops an observation and the wish for it.
    pub(crate) fn stop_observing(&mut self, device: DeviceId, target: &Target) {
        let known = self.observations.of_target(device, target);
        let Some(id) = known.map(|own| own.id) else {
            return;
        };
        if let Some(link) = self.observations.remove(id).and_then(|own| own.link) {
            self.coap.forget_observation(link.peer, link.token);
        }
        self.record(Change::ObservationEnded { id });
    }

    /// Takes the links from a device's observations, but not the wish for them
    /// (conformance OB-10, OB-11).
    pub(crate) fn void_observations(&mut self, device: DeviceId) {
        for mut observation in self.observations.of_device(device) {
            if let Some(link) = observation.link.take() {
                self.coap.forget_observation(link.peer, link.token);
                self.observations.put(observation.clone());
                self.record(Change::Observed(observation));
            }
        }
    }

    /// Follows a device to its new address.
    pub(crate) fn move_observations(&mut self, device: DeviceId, to: Peer) {
        for mut observation in self.observations.of_device(device) {
            if let Some(link) = &mut observation.link {
                self.coap.move_observation(link.peer, link.token, to);
                link.peer = to;
                self.observations.put(observation.clone());
                self.record(Change::Observed(observation));
            }
        }
    }

    /// Observes again what lost its link, and lets waiting operations go: the device
    /// has just been heard.
    pub(crate) fn resume_observations(&mut self, device: DeviceId) {
        if self.devices.registration(device).is_none() {
            return;
        }
        for observation in self.observations.of_device(device) {
            let ask = observation.ask();
            if observation.link.is_none() && !self.is_under_way(device, &ask) {
                self.accept(device, ask, Terms::within(DEFAULT_TIMEOUT));
            }
        }
        self.advance(device);
    }

    fn is_under_way(&self, device: DeviceId, ask: &Ask) -> bool {
        let of_device = self.operations.of_device(device);
        of_device
            .into_iter()
            .filter_map(|id| self.operations.get(id))
            .any(|active| active.operation.ask == *ask)
    }

    /// Takes in an observation from the last run, so that its notifications are
    /// still understood (conformance OB-16).
    pub(crate) fn restore_observation(&mut self, observation: Observation) {
        let ask = observation.ask();
        if let (Some(link), Some(registration)) = (
            observation.link,
            self.devices.registration(observation.device),
        ) && let Ok(request) = request::build(
            &ask,
            registration,
            self.sends_draft_numbers(observation.device),
        ) {
            self.coap
                .restore_observation(link.peer, link.token, request);
        }
        self.observations.put(observation);
    }
}
