//! What the device sends by itself: Register and Update, notifications, Send.

use super::Device;
use crate::output::Event;
use crate::serve::{Subject, report};
use coap::Request;
use lwm2m::{Format, Lwm2mVersion, Path};

impl Device {
    pub(super) fn register(&mut self) {
        while let Some(due) = self.registration.due(&self.model) {
            let now = self.now.instant;
            let event = match due {
                Err(event) => Some(event),
                Ok(request) => match self.endpoint.request(now, self.server, request) {
                    Ok(id) => {
                        // Observations belong to a registration (Core 1.1.1 §6.2.1).
                        // They go with the request: one of the new registration may
                        // overtake the answer.
                        if self.registration.is_beginning() {
                            self.observations.clear();
                        }
                        self.registration.sent(id);
                        None
                    }
                    Err(refused) => Some(self.registration.failed(now, &refused.to_string())),
                },
            };
            if let Some(event) = event {
                self.event(event);
            }
        }
    }

    pub(super) fn notify(&mut self) {
        if !self.is_registered() {
            return;
        }
        while let Some(notice) = self.observations.next_notice(&mut self.model) {
            let (token, confirmable) = (notice.token, notice.confirmable);
            let sent = self.endpoint.notify(
                self.now.instant,
                self.server,
                token,
                notice.sequence,
                notice.response,
                confirmable,
            );
            match sent {
                Ok(id) => self.observations.sent(token, id, confirmable),
                Err(refused) => {
                    let reason = refused.to_string();
                    let path = notice.path;
                    self.event(Event::NotifyFailed { path, reason });
                }
            }
            if notice.last {
                let path = notice.path;
                self.event(Event::ObservationCancelled { path });
            }
        }
    }

    pub(super) fn send(&mut self, paths: &[Path]) {
        let subject = Subject::Many(paths.to_vec());
        let Ok((response, _)) = report(&mut self.model, &subject, None) else {
            return self.event(Event::SendFailed {
                reason: "the values cannot be written as SenML".to_owned(),
            });
        };
        let format = response
            .options
            .content_format()
            .unwrap_or(Format::SenmlCbor.id());
        self.push(format, response.payload);
    }

    /// Sends a body to the server unasked. Whether it is on its way; if not, an
    /// event says why.
    pub(super) fn push(&mut self, format: u16, payload: Vec<u8>) -> bool {
        let request = Request::post()
            .segment("dp")
            .content_format(format)
            .payload(payload);
        let now = self.now.instant;
        let sent = match self.reason_not_to_send() {
            Some(reason) => Err(reason.to_owned()),
            None => self
                .endpoint
                .request(now, self.server, request)
                .map_err(|refused| refused.to_string()),
        };
        match sent {
            Ok(id) => self.sending = Some(id),
            Err(reason) => {
                self.event(Event::SendFailed { reason });
                return false;
            }
        }
        true
    }

    fn reason_not_to_send(&self) -> Option<&'static str> {
        if self.model.profile.version == Lwm2mVersion::V1_0 {
            Some("LwM2M 1.0 has no Send")
        } else if self.model.is_send_muted() {
            Some("the server wants no Send (/1/0/23)")
        } else if !self.is_registered() || self.sending.is_some() {
            Some("not registered, or another Send is under way")
        } else {
            None
        }
    }
}
