//! The way of an operation: accepted, stored, sent when its turn comes, ended
//! exactly once (Core 1.1.1 §6.3 and §6.4.1). Each step that a crash must not undo
//! is on disk before the next one is taken.

use crate::answer::{self, DeviceTypes};
use crate::ask::BOOTSTRAP_ONLY;
use crate::change::{Change, ReadingSource, Readings};
use crate::discovery;
use crate::engine_io::{CommandError, Event};
use crate::ids::{DeviceId, EndpointName, OperationId};
use crate::observation::Target;
use crate::operation::{
    Ask, CancelWay, Ending, Operation, OperationState, Outcome, Terms, WriteMode,
};
use crate::operations::MAX_WAITING_PER_DEVICE;
use crate::registration::Registration;
use crate::request;
use crate::server::{DEFAULT_TIMEOUT, Gated, Server};
use coap::{ExchangeId, Failure, Progress, Response, Token};
use lwm2m::Path;
use std::sync::Arc;

/// What becomes of an observation that is given up without asking the device.
const RESET_FOLLOWS: &str = "should a notification still come, it is answered with a Reset";

/// How an operation is on its way.
struct Carried {
    exchange: ExchangeId,
    token: Option<Token>,
}

impl Server {
    /// Accepts an operation. It ends at once if it cannot even be sent.
    pub(crate) fn start(
        &mut self,
        endpoint: &EndpointName,
        ask: Ask,
        terms: Terms,
    ) -> Result<OperationId, CommandError> {
        if let Some(reason) = self.stalled() {
            return Err(CommandError::StorageUnavailable(reason.to_owned()));
        }
        let device = self
            .devices
            .by_endpoint(endpoint)
            .ok_or_else(|| CommandError::UnknownDevice(endpoint.clone()))?;
        let waiting = self.operations.waiting(device);
        if waiting >= MAX_WAITING_PER_DEVICE {
            return Err(CommandError::QueueFull {
                endpoint: endpoint.clone(),
                waiting,
            });
        }
        Ok(self.accept(device, ask, terms))
    }

    pub(crate) fn accept(&mut self, device: DeviceId, ask: Ask, terms: Terms) -> OperationId {
        let id = self.operations.next_id();
        let ask = self.in_own_format(device, ask);
        let ending = self.ending_at_once(device, &ask, terms.unchecked);
        let supersedes = self.supersedes(device, &ask, &terms);
        let operation = Operation {
            id,
            device,
            ask,
            state: OperationState::Queued,
            started_at: self.now.unix,
            timeout: terms.timeout.unwrap_or(DEFAULT_TIMEOUT),
            ttl: self.time_to_wait(device, &terms),
            priority: terms.priority,
            place: id.0,
        };
        let patience = operation.ttl.unwrap_or(operation.timeout);
        self.operations
            .enqueue(operation.clone(), self.now.instant + patience);
        if let Some((outcome, reason)) = ending {
            self.end(id, Ending::without_answer(outcome, reason, self.now.unix));
        } else if self.advance(device) != Some(id) {
            self.record(Change::Operation(Arc::new(operation)));
        }
        if supersedes {
            // Not before it is stored: should the disk refuse it, the former one stays.
            self.after_commit(Gated::Supersede(id));
        }
        id
    }

    /// How an operation ends that need not or cannot be sent.
    fn ending_at_once(
        &mut self,
        device: DeviceId,
        ask: &Ask,
        unchecked: bool,
    ) -> Option<(Outcome, String)> {
        if let Some((target, way)) = Target::cancelled_by(ask)
            && let Some(observation) = self.observations.of_target(device, &target)
            && (way == CancelWay::Passive || observation.link.is_none())
        {
            self.stop_observing(device, &target);
            return Some((Outcome::Success, RESET_FOLLOWS.to_owned()));
        }
        let refusal = self.reason_not_to_send(device, ask, unchecked);
        refusal.map(|reason| (Outcome::Refused, reason))
    }

    fn reason_not_to_send(&self, device: DeviceId, ask: &Ask, unchecked: bool) -> Option<String> {
        let Some(registration) = self.devices.registration(device) else {
            return Some(
                "the device is not registered, so there is no address to send to".to_owned(),
            );
        };
        let secret = |path: &Path| {
            path.object()
                .is_some_and(|own| BOOTSTRAP_ONLY.contains(&own))
        };
        if let Some(path) = ask.paths().into_iter().find(secret).filter(|_| !unchecked) {
            return Some(format!(
                "{path} holds credentials, which only a bootstrap server may touch"
            ));
        }
        let path = ask.path();
        let fits = match ask {
            Ask::Execute { .. } => path.depth() == 3,
            Ask::Delete { .. } => path.depth() == 2,
            Ask::Write {
                mode: WriteMode::Replace,
                ..
            } => path.depth() >= 2,
            Ask::Write {
                mode: WriteMode::Update,
                ..
            } => (2..=3).contains(&path.depth()),
            Ask::CancelObservation { .. } | Ask::CancelComposite { .. } => {
                let target = Target::of(ask)?;
                let known = self.observations.of_target(device, &target).is_some();
                return (!known).then(|| format!("{target} is not observed"));
            }
            Ask::ReadDevice => true,
            _ if ask.is_composite() => {
                return composite_reason(ask, registration).filter(|_| !unchecked);
            }
            _ => path.depth() >= 1,
        };
        (!fits).then(|| format!("{} does not apply to {path}", ask.name()))
    }

    /// Sends the next waiting operation of a device, if it listens and is free.
    /// Yields the one that moved.
    pub(crate) fn advance(&mut self, device: DeviceId) -> Option<OperationId> {
        let awake = self.devices.get(device).is_some_and(|known| {
            let registration = known.registration.as_ref();
            registration.is_some_and(|own| self.is_reachable(own.peer))
                && !known.is_asleep(self.now.instant)
        });
        if !awake {
            return None;
        }
        let operation = self.operations.advance(self.now.instant, device)?;
        // Recorded as sent before it leaves: after a crash in between it counts as
        // lost, and nothing is ever executed twice.
        let operation = Arc::new(operation.clone());
        self.record(Change::Operation(operation.clone()));
        self.after_commit(Gated::Send(operation.id));
        Some(operation.id)
    }

    /// Sends an operation whose row says that it was sent.
    pub(crate) fn send(&mut self, id: OperationId) {
        let Some(active) = self.operations.get(id) else {
            return;
        };
        let (device, ask) = (active.operation.device, active.operation.ask.clone());
        if let (Ask::ReadDevice, Some(registration)) = (&ask, self.devices.registration(device)) {
            let registration = registration.clone();
            return self.begin_device_reading(id, &registration);
        }
        match self.carry(device, &ask) {
            Ok(Some(carried)) => self.operations.carry(id, carried.exchange, carried.token),
            Ok(None) => {
                self.end(
                    id,
                    Ending::without_answer(Outcome::Success, RESET_FOLLOWS, self.now.unix),
                );
            }
            Err(reason) => self.end(
                id,
                Ending::without_answer(Outcome::Refused, reason, self.now.unix),
            ),
        }
    }

    /// Hands a request to the CoAP layer; `None` where nothing needs to be sent.
    fn carry(&mut self, device: DeviceId, ask: &Ask) -> Result<Option<Carried>, String> {
        let registration = self
            .devices
            .registration(device)
            .ok_or("the device is no longer registered")?
            .clone();
        let drafts = self.sends_draft_numbers(device);
        let build = |ask: &Ask| {
            request::build(ask, &registration, drafts).map_err(|error| error.to_string())
        };
        let (now, peer) = (self.now.instant, registration.peer);
        let sent = match ask {
            Ask::Observe { .. } | Ask::ObserveComposite { .. } => self
                .coap
                .observe(now, peer, build(ask)?)
                .map(|(exchange, token)| Carried {
                    exchange,
                    token: Some(token),
                }),
            Ask::CancelObservation { .. } | Ask::CancelComposite { .. } => {
                let Some((target, way)) = Target::cancelled_by(ask) else {
                    return Ok(None);
                };
                let observation = self.observations.of_target(device, &target);
                let in_force = observation.and_then(|own| Some((own.link?, own.ask())));
                let Some((link, begin)) = in_force.filter(|_| way == CancelWay::Active) else {
                    self.stop_observing(device, &target);
                    return Ok(None);
                };
                // The request that began it, with another Observe (RFC 7641 §3.6;
                // conformance IR-02): as it was sent, whatever formats an Update lists.
                let sent = self.coap.observed(link.peer, link.token).cloned();
                let begun = sent.map_or_else(|| build(&begin), Ok)?;
                self.coap
                    .cancel_active(now, link.peer, link.token, begun)
                    .map(|exchange| Carried {
                        exchange,
                        token: None,
                    })
            }
            _ => self
                .coap
                .request(now, peer, build(ask)?)
                .map(|exchange| Carried {
                    exchange,
                    token: None,
                }),
        };
        sent.map(Some).map_err(|refused| refused.to_string())
    }

    pub(crate) fn handle_response(&mut self, exchange: ExchangeId, response: &Response) {
        let Some(id) = self.operations.of_exchange(exchange) else {
            return;
        };
        let Some(active) = self.operations.get(id) else {
            return;
        };
        let (device, ask, token) = (
            active.operation.device,
            active.operation.ask.clone(),
            active.token,
        );
        let Some(registration) = self.devices.registration(device).cloned() else {
            return;
        };
        self.hear(device);
        if ask == Ask::ReadDevice {
            return self.continue_device_reading(id, &registration, response);
        }
        let mut ending =
            answer::ending(&ask, response, &registration, &self.registry, self.now.unix);
        self.judge_ending(device, &mut ending);
        match &ask {
            Ask::Read { .. } => self.keep_readings(device, ReadingSource::Read, &ending),
            Ask::ReadComposite { .. } => {
                self.keep_readings(device, ReadingSource::Composite, &ending);
            }
            Ask::Observe { format, .. } | Ask::ObserveComposite { format, .. } => {
                let Some(target) = Target::of(&ask) else {
                    return;
                };
                self.keep_readings(device, ReadingSource::of(&target), &ending);
                self.begin_observing(device, target, *format, token, response, &mut ending);
            }
            Ask::Discover { path } => {
                let types = DeviceTypes {
                    registration: &registration,
                    registry: &self.registry,
                };
                let differences = discovery::differences(*path, &ending.links, &types);
                ending.deviations.extend(differences);
                self.judge_ending(device, &mut ending);
            }
            _ => {}
        }
        self.tell_deviations(device, registration.peer, &ending.deviations);
        if let Some(discovery) = discovery::learned(device, &ask, &ending) {
            self.record(Change::Discovered(discovery));
        }
        self.end(id, ending);
    }

    pub(crate) fn keep_readings(
        &mut self,
        device: DeviceId,
        source: ReadingSource,
        ending: &Ending,
    ) {
        if !ending.values.is_empty() {
            self.record(Change::Readings(Readings {
                device,
                source,
                observation: None,
                arrived_at: ending.at,
                values: ending.values.clone(),
            }));
        }
    }

    pub(crate) fn handle_failure(&mut self, exchange: ExchangeId, failure: &Failure) {
        let Some(id) = self.operations.of_exchange(exchange) else {
            return;
        };
        let outcome = match failure {
            Failure::NoAcknowledgement { .. } | Failure::NoResponse { .. } => Outcome::TimedOut,
            _ => Outcome::Refused,
        };
        let reason = failure.to_string();
        if outcome == Outcome::TimedOut && self.sleep_through(id, &reason) {
            return;
        }
        if outcome == Outcome::Refused && self.skip_in_device_reading(id, &reason) {
            return;
        }
        self.end(id, Ending::without_answer(outcome, reason, self.now.unix));
    }

    pub(crate) fn handle_progress(&mut self, exchange: ExchangeId, progress: &Progress) {
        if let Some(operation) = self.operations.of_exchange(exchange) {
            self.event(Event::Progress {
                operation,
                text: progress.to_string(),
            });
        }
    }

    pub(crate) fn cancel(&mut self, id: OperationId) -> Result<(), CommandError> {
        self.operations
            .get(id)
            .ok_or(CommandError::NotUnderWay(id))?;
        self.withdraw(id, "withdrawn by the operator");
        Ok(())
    }

    /// Ends an operation before its answer came.
    pub(crate) fn withdraw(&mut self, id: OperationId, reason: &str) {
        let ending = Ending::without_answer(Outcome::Cancelled, reason, self.now.unix);
        self.end(id, ending);
    }

    /// Ends an operation, once, and lets the next one go.
    pub(crate) fn end(&mut self, id: OperationId, ending: Ending) {
        let Some(active) = self.operations.remove(id) else {
            return;
        };
        if let Some(exchange) = active.exchange {
            self.coap.cancel_exchange(exchange);
        }
        let device = active.operation.device;
        if let Some((target, _)) = Target::cancelled_by(&active.operation.ask)
            && active.operation.state == OperationState::Sent
            && ending.outcome != Outcome::Refused
        {
            // Answered or not, the device may have stopped, and it was meant to.
            self.stop_observing(device, &target);
        }
        let ending = match active.gathering {
            Some(gathering) => gathering.cut_short(ending),
            None => ending,
        };
        let state = OperationState::Ended(Box::new(ending));
        self.record(Change::Operation(Arc::new(Operation {
            state,
            ..active.operation
        })));
        self.advance(device);
    }
}

/// Why a composite operation cannot be sent as it is, if so.
fn composite_reason(ask: &Ask, registration: &Registration) -> Option<String> {
    if !registration.takes_composite() {
        return Some(registration.why_no_composite());
    }
    if ask.paths().is_empty() {
        return Some("no path is named".to_owned());
    }
    let shallow = |path: &Path| path.depth() < 3;
    match ask {
        Ask::WriteComposite { .. } => ask
            .paths()
            .into_iter()
            .find(shallow)
            .map(|path| format!("{path} is no resource, so no value can be written to it")),
        _ => None,
    }
}
