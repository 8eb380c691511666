//! What the endpoint hands over: requests to answer, and what became of our own.

use super::Device;
use crate::output::Event;
use crate::registration::News;
use crate::serve::{Change, Served, report, serve, subject};
use coap::{Code, ExchangeId, Request, RequestId, Response, option};
use lwm2m::Format;

impl Device {
    pub(super) fn drain_endpoint(&mut self) {
        while let Some(output) = self.endpoint.poll() {
            match output {
                coap::Output::Transmit { bytes, .. } => {
                    let now = self.now.instant;
                    self.model.world.traffic.count_sent(now, bytes.len());
                    self.stay_awake();
                    self.emit(bytes);
                }
                coap::Output::Request { id, request, .. } => self.answer(id, &request),
                coap::Output::Response { id, response, .. } => self.answered(id, &response),
                coap::Output::Failed { id, failure, .. } => self.failed(id, &failure.to_string()),
                coap::Output::Delivered { id, .. } => self.observations.delivered(id),
                coap::Output::Progress { .. }
                | coap::Output::Notification { .. }
                | coap::Output::Malformed { .. }
                | coap::Output::Unexpected { .. } => {}
            }
        }
    }

    /// Answers a request of the server.
    fn answer(&mut self, id: RequestId, request: &Request) {
        let now = self.now.instant;
        let asked = match (request.code, request.options.observe()) {
            (Code::GET | Code::FETCH, Some(asked)) => Some(asked),
            _ => None,
        };
        if asked == Some(0) && request.options.accept() != Some(Format::Link.id()) {
            let response = self.observe(id, request);
            self.endpoint.respond(now, id, response);
            return;
        }
        let Served {
            response,
            event,
            change,
        } = serve(&mut self.model, request);
        self.endpoint.respond(now, id, response);
        if asked == Some(1)
            && let Ok(subject) = subject(&self.model, request)
            && let Some(path) = self.observations.cancel(id.token(), &subject)
        {
            self.event(Event::ObservationCancelled { path });
        }
        match change {
            Change::Nothing => {}
            Change::Values => self.observations.look_at_all(now),
            Change::Instances => {
                self.observations.look_at_all(now);
                self.registration.tell(News::Objects);
            }
        }
        if let Some(event) = event {
            self.event(event);
        }
    }

    /// Takes an observation and answers with the values as they are.
    fn observe(&mut self, id: RequestId, request: &Request) -> Response {
        let accept = request.options.accept();
        let observed = subject(&self.model, request).and_then(|subject| {
            let (response, readings) = report(&mut self.model, &subject, accept)?;
            Ok((subject, response, readings))
        });
        let (subject, mut response, readings) = match observed {
            Ok(observed) => observed,
            Err(refusal) => return refusal.into_response(),
        };
        let path = subject.path();
        let first = (&response, readings.as_slice());
        let token = id.token();
        let sequence = self
            .observations
            .add(token, subject, accept, first, &self.model);
        if let Some(sequence) = sequence {
            response.options.set_uint(option::OBSERVE, sequence);
            self.event(Event::Observed { path });
        }
        response
    }

    fn answered(&mut self, id: ExchangeId, response: &Response) {
        if self.registration.owns(id) {
            let lifetime_s = self.model.lifetime_s();
            let now = self.now.instant;
            let event = self.registration.answered(now, lifetime_s, response);
            if event == Event::Deregistered {
                self.observations.clear();
            }
            self.event(event);
        } else if self.sending == Some(id) {
            self.sending = None;
            let code = response.code;
            if code == Code::CHANGED {
                self.collection.delivered();
                return self.event(Event::Sent);
            }
            self.collection.lost();
            let reason = format!("the server refused the values with {code}");
            self.event(Event::SendFailed { reason });
        }
    }

    fn failed(&mut self, id: ExchangeId, reason: &str) {
        if self.registration.owns(id) {
            let event = self.registration.failed(self.now.instant, reason);
            self.event(event);
            self.doubt_session();
        } else if self.sending == Some(id) {
            self.sending = None;
            self.collection.lost();
            let reason = reason.to_owned();
            self.event(Event::SendFailed { reason });
        } else if let Some(path) = self.observations.failed(id) {
            let reason = reason.to_owned();
            self.event(Event::NotifyFailed { path, reason });
        }
    }
}
