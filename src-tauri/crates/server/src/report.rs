//! What devices report by themselves: notifications and Send (Core 1.1.1 §6.4).
//! Values are stored before they are acknowledged. The care for the observations
//! behind them stands in `observing`.

use crate::answer;
use crate::change::{Change, ReadingSource, Readings};
use crate::engine_io::problem_kind;
use crate::observation::{Observation, ObservationLink};
use crate::operation::TimedValue;
use crate::register::Refusal;
use crate::server::{Gated, Server};
use clock::UnixTime;
use coap::{Code, Kind, NotificationId, Peer, Request, RequestId, Response, Token};
use lwm2m::{Format, Path};

impl Server {
    pub(crate) fn handle_notification(
        &mut self,
        id: NotificationId,
        peer: Peer,
        token: Token,
        fresh: bool,
        response: &Response,
    ) {
        let link = ObservationLink { peer, token };
        let Some(observation) = self.observations.of_link(link).cloned() else {
            return self.coap.reject_notification(self.now.instant, id);
        };
        let Some(registration) = self.devices.registration(observation.device).cloned() else {
            return self.coap.reject_notification(self.now.instant, id);
        };
        if !response.code.is_success() {
            return self.lose_observation(id, &observation, response);
        }
        // Those that are acknowledged hold their senders back; these would not.
        if self.is_full() && id.kind() == Kind::NonConfirmable {
            return;
        }
        self.hear_report(observation.device);
        let now = self.now.unix;
        let device = observation.device;
        let read = answer::notified(
            &observation.target,
            observation.format,
            response,
            &registration,
            &self.registry,
            now,
        );
        let read = read.and_then(|(format, values, mut deviations)| {
            self.judge(Some(device), &mut deviations)
                .map(|()| (format, values, deviations))
                .map_err(|refused| {
                    let words = format!("it deviates: {refused}");
                    self.count_deviations(device, vec![refused]);
                    words
                })
        });
        match read {
            Ok((_, mut values, deviations)) => {
                if fresh {
                    self.observations.note_newest(observation.id, now);
                } else {
                    let time = self.observations.time_behind(observation.id, now);
                    set_behind(&mut values, time);
                }
                self.tell_deviations(device, peer, &deviations);
                if let Some(own) = self.observations.of_link_mut(link) {
                    own.notifications = own.notifications.saturating_add(1);
                    own.last_at = own.last_at.max(Some(now));
                }
                self.record(Change::Readings(Readings {
                    device,
                    source: ReadingSource::of(&observation.target),
                    observation: Some(observation.id),
                    arrived_at: now,
                    values,
                }));
            }
            Err(reason) => {
                let endpoint = self.devices.get(device).map(|known| known.endpoint.clone());
                let message = format!(
                    "a notification for {} cannot be read: {reason}",
                    observation.target
                );
                self.problem(
                    problem_kind::MALFORMED_PAYLOAD,
                    Some(peer),
                    endpoint,
                    message,
                );
            }
        }
        if response.options.observe().is_none() {
            let reason = "the device sent a last value, without the Observe option";
            self.report_loss(&observation, reason);
            self.stop_observing(device, &observation.target);
        }
        self.after_commit(Gated::Acknowledge(id));
        self.advance(device);
    }

    /// An error notification ends the observation (RFC 7641 §4.2; conformance OB-07).
    fn lose_observation(
        &mut self,
        id: NotificationId,
        observation: &Observation,
        response: &Response,
    ) {
        self.report_loss(observation, &answer::refusal(response));
        self.stop_observing(observation.device, &observation.target);
        self.after_commit(Gated::Acknowledge(id));
    }

    pub(crate) fn report_loss(&mut self, observation: &Observation, reason: &str) {
        let endpoint = self
            .devices
            .get(observation.device)
            .map(|known| known.endpoint.clone());
        let peer = observation.link.map(|link| link.peer);
        let message = format!("{} is no longer observed: {reason}", observation.target);
        self.problem(problem_kind::OBSERVATION_LOST, peer, endpoint, message);
    }

    /// Send (Core 1.1.1 §6.4.6; conformance IR-04, IR-06, IR-07).
    pub(crate) fn receive_send(
        &mut self,
        id: RequestId,
        peer: Peer,
        request: &Request,
    ) -> Result<(), Refusal> {
        let device = self.devices.by_peer(peer).ok_or_else(|| {
            let reason = "only a registered device may send; register first";
            Refusal::new(Code::FORBIDDEN, reason)
        })?;
        let registration = self
            .devices
            .registration(device)
            .cloned()
            .ok_or_else(|| Refusal::bad_request("the registration is over; register first"))?;
        if let Some(known) = self.devices.get(device) {
            self.check_sender(peer, &known.endpoint)?;
        }
        let format = request
            .options
            .content_format()
            .and_then(Format::from_id)
            .filter(|format| format.is_composite());
        if format.is_none() {
            let reason = "Send is read in SenML JSON (110) or SenML CBOR (112)";
            return Err(Refusal::new(Code::UNSUPPORTED_CONTENT_FORMAT, reason));
        }
        let carried = Response {
            code: Code::CONTENT,
            options: request.options.clone(),
            payload: request.payload.clone(),
        };
        let (_, values, mut deviations) = answer::values(
            Path::Root,
            None,
            &carried,
            &registration,
            &self.registry,
            self.now.unix,
        )
        .map_err(Refusal::bad_request)?;
        self.judge(Some(device), &mut deviations)
            .map_err(|refused| {
                let reason = refused.message.clone();
                self.count_deviations(device, vec![refused]);
                Refusal::bad_request(reason)
            })?;
        if let Some(stray) = values
            .iter()
            .find(|value| !announces_instance(&registration, value.path))
        {
            let reason = format!(
                "{} belongs to no instance that the device registered",
                stray.path
            );
            return Err(Refusal::new(Code::NOT_FOUND, reason));
        }
        self.hear_report(device);
        self.tell_deviations(device, peer, &deviations);
        self.record(Change::Readings(Readings {
            device,
            source: ReadingSource::Send,
            observation: None,
            arrived_at: self.now.unix,
            values,
        }));
        self.after_commit(Gated::Respond(id, Response::new(Code::CHANGED)));
        self.advance(device);
        Ok(())
    }
}

fn announces_instance(registration: &crate::registration::Registration, path: Path) -> bool {
    let instance = path
        .object()
        .zip(path.instance())
        .map(|(object, instance)| Path::Instance(object, instance));
    instance.is_some_and(|instance| registration.objects.announces(instance))
}

/// A notification that was overtaken becomes history, where it says no time of its own.
fn set_behind(values: &mut [TimedValue], time: UnixTime) {
    for value in values {
        value.taken_at = value.taken_at.or(Some(time));
    }
}
