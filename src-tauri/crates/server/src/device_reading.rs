//! Reading a whole device within one operation: one FETCH of the root where the
//! device can be asked for it, else one GET for each object, one after the other.
//!
//! What came stays whatever comes after it: an object that is refused is named as
//! missing, and the next one is read. `gathering` knows how far it is, `dispatch`
//! starts and ends the operation.

use crate::answer;
use crate::engine_io::Event;
use crate::gathering::Gathering;
use crate::ids::{DeviceId, OperationId};
use crate::operation::{Ask, Ending, Outcome};
use crate::profile::Profile;
use crate::registration::Registration;
use crate::request;
use crate::server::Server;
use coap::Response;
use lwm2m::Path;

impl Server {
    /// Sends the first request of a reading.
    pub(crate) fn begin_device_reading(&mut self, id: OperationId, registration: &Registration) {
        let gathering = Gathering::new(registration, &self.registry, self.now.unix);
        self.read_next(id, gathering, registration);
    }

    /// Takes the answer to one request of a reading and sends the next one.
    pub(crate) fn continue_device_reading(
        &mut self,
        id: OperationId,
        registration: &Registration,
        response: &Response,
    ) {
        let Some(mut gathering) = self.operations.take_gathering(id) else {
            return;
        };
        let device = registration.device;
        let Some(ask) = gathering.ask().map(|ask| self.part(device, ask)) else {
            return;
        };
        let (at, registry) = (self.now.unix, &self.registry);
        let mut part = answer::ending(&ask, response, registration, registry, at);
        self.judge_ending(device, &mut part);
        self.tell_deviations(device, registration.peer, &part.deviations);
        self.keep_readings(device, gathering.source(), &part);
        gathering.take(part);
        self.read_next(id, gathering, registration);
    }

    /// Goes on after a request that failed for a reason of its own. Says whether it
    /// was one of a reading.
    pub(crate) fn skip_in_device_reading(&mut self, id: OperationId, reason: &str) -> bool {
        let device = self.operations.get(id).map(|own| own.operation.device);
        let registration = device.and_then(|device| self.devices.registration(device).cloned());
        let Some(registration) = registration else {
            return false;
        };
        let Some(mut gathering) = self.operations.take_gathering(id) else {
            return false;
        };
        gathering.take(Ending::without_answer(
            Outcome::Refused,
            reason,
            self.now.unix,
        ));
        self.read_next(id, gathering, &registration);
        true
    }

    /// A part of a reading in the device's own format.
    fn part(&self, device: DeviceId, ask: Ask) -> Ask {
        let own = self.profile(device).and_then(Profile::composite_format);
        match (ask, own) {
            (Ask::ReadDevice, Some(format)) => Ask::ReadComposite {
                paths: vec![Path::Root],
                format: Some(format),
            },
            (ask, _) => self.in_own_format(device, ask),
        }
    }

    fn read_next(&mut self, id: OperationId, gathering: Gathering, registration: &Registration) {
        let own = |ask| self.part(registration.device, ask);
        let Some(ask) = gathering.ask().map(own) else {
            let ending = gathering.conclude(self.now.unix);
            return self.end(id, ending);
        };
        self.event(Event::Progress {
            operation: id,
            text: gathering.progress(),
        });
        self.operations.keep_gathering(id, gathering);
        let drafts = self.sends_draft_numbers(registration.device);
        let request = request::build(&ask, registration, drafts).map_err(|error| error.to_string());
        let sent = request.and_then(|request| {
            self.coap
                .request(self.now.instant, registration.peer, request)
                .map_err(|refused| refused.to_string())
        });
        match sent {
            Ok(exchange) => self.operations.carry(id, exchange, None),
            Err(reason) => self.end(
                id,
                Ending::without_answer(Outcome::Refused, reason, self.now.unix),
            ),
        }
    }
}
