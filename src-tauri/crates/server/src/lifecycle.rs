//! The life of a registration: Register, Update, De-register, expiry, and the
//! start after a stop (Core 1.1.1 §6.2). Here requests to the server are routed.

use crate::change::Change;
use crate::engine_io::{CommandError, problem_kind};
use crate::ids::{DeviceId, EndpointName, Location};
use crate::operation::{Ending, OperationState, Outcome};
use crate::presence::words;
use crate::register::{Announcement, Complete, Refusal};
use crate::registration::{Departure, Registration};
use crate::security::RefusalCause;
use crate::server::{Gated, Server, busy};
use crate::snapshot::Snapshot;
use coap::{Code, Peer, Request, RequestId, Response, option};
use lwm2m::deviation::Deviation;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The first segment of registration paths (Transport 1.1.1 §6.4.3).
const REGISTRATION: &str = "rd";
/// Bytes of an object list that fit into a datagram which no network takes apart
/// (RFC 7252 §4.6).
const UNDIVIDED_BYTES: usize = 1_024;
/// The Block1 option that asks for blocks of 1,024 bytes, from the first one on
/// (RFC 7959 §2.2).
const FITTING_BLOCK: u32 = 6;
/// A large object list in one datagram (conformance QRK-09).
const TOO_LARGE: &str = "QRK-09";
/// The path of Send (Transport 1.1.1 §6.4.5).
const DATA_PUSH: &str = "dp";

impl Server {
    pub(crate) fn restore(&mut self, snapshot: Snapshot) {
        for credential in snapshot.credentials {
            self.take_credential(credential);
        }
        self.use_trust_anchors(snapshot.anchors);
        self.restore_sessions(snapshot.associations);
        for device in snapshot.devices {
            self.devices.restore(self.now, device);
        }
        snapshot
            .last_device
            .into_iter()
            .for_each(|last| self.devices.reserve(last));
        snapshot
            .last_observation
            .into_iter()
            .for_each(|last| self.observations.reserve(last));
        snapshot
            .last_operation
            .into_iter()
            .for_each(|last| self.operations.reserve(last));
        for observation in snapshot.observations {
            self.restore_observation(observation);
        }
        let waiting: BTreeSet<DeviceId> =
            snapshot.operations.iter().map(|own| own.device).collect();
        for operation in snapshot.operations {
            self.restore_operation(operation);
        }
        // Whoever was blocked, or lost what let it in, and was not yet put out when the
        // program stopped.
        self.end_blocked();
        self.end_unproven();
        for device in waiting {
            self.advance(device);
        }
    }

    /// Routes a request to what it asks for.
    pub(crate) fn handle_request(&mut self, id: RequestId, peer: Peer, request: &Request) {
        if self.stalled().is_some() {
            return self.coap.respond(self.now.instant, id, busy());
        }
        let path: Option<Vec<&str>> = request
            .options
            .uri_path()
            .map(|s| std::str::from_utf8(s).ok())
            .collect();
        let result = match (path.as_deref(), request.code) {
            (Some([REGISTRATION]), Code::POST) => self.register(id, peer, request),
            (Some([REGISTRATION, location]), Code::POST) => {
                self.update(id, peer, location, request)
            }
            (Some([REGISTRATION, location]), Code::DELETE) => self.deregister(id, peer, location),
            (Some([DATA_PUSH]), Code::POST) => self.receive_send(id, peer, request),
            (Some([REGISTRATION | DATA_PUSH] | [REGISTRATION, _]), _) => Err(Refusal::new(
                Code::METHOD_NOT_ALLOWED,
                "this path does not take that method",
            )),
            (Some(_), _) => Err(Refusal::new(
                Code::NOT_FOUND,
                "there is nothing at this path",
            )),
            (None, _) => Err(Refusal::bad_request("the path is not UTF-8 text")),
        };
        if let Err(refusal) = result {
            self.refuse(id, peer, request, &refusal);
        }
    }

    fn refuse(&mut self, id: RequestId, peer: Peer, request: &Request, refusal: &Refusal) {
        let path: Vec<_> = request
            .options
            .uri_path()
            .map(String::from_utf8_lossy)
            .collect();
        let kind = match path.first().map(AsRef::as_ref) {
            Some(REGISTRATION) => problem_kind::REGISTRATION_REFUSED,
            _ => problem_kind::REQUEST_REFUSED,
        };
        let message = format!(
            "{} /{} was answered {}: {}",
            request.code.name(),
            path.join("/"),
            refusal.code,
            refusal.reason
        );
        let endpoint = request.options.uri_query().find_map(|query| {
            EndpointName::new(std::str::from_utf8(query.strip_prefix(b"ep=")?).ok()?)
        });
        self.problem(kind, Some(peer), endpoint.clone(), message);
        let registers = path.len() == 1 && kind == problem_kind::REGISTRATION_REFUSED;
        if let Some(cause) = refusal.cause.clone().filter(|_| registers) {
            self.note_refused(peer, endpoint, cause);
        }
        let mut response = Response::diagnostic(refusal.code, &refusal.reason);
        if refusal.code == Code::REQUEST_ENTITY_TOO_LARGE {
            response.options.set_uint(option::BLOCK1, FITTING_BLOCK);
        }
        self.coap.respond(self.now.instant, id, response);
    }

    fn register(&mut self, id: RequestId, peer: Peer, request: &Request) -> Result<(), Refusal> {
        let unnamed = || self.unnamed_endpoint(peer);
        let mut complete = Announcement::read(&request.options, &request.payload)
            .map_err(Refusal::unreadable)?
            .complete(unnamed)?;
        complete.deviations.extend(too_large(id, request));
        let endpoint = complete.endpoint.clone();
        let known = self.devices.by_endpoint(&endpoint);
        let now = self.now.instant;
        let burst = known.and_then(|device| self.devices.burst(device));
        if burst.is_some_and(|burst| burst.is_ignored(now)) {
            self.coap.ignore(now, id);
            return Ok(());
        }
        self.check_sender(peer, &endpoint)?;
        self.judge(known, &mut complete.deviations)
            .map_err(|refused| self.refuse_deviation(known, refused))?;
        self.check_admitted(&endpoint)?;
        let device = match known {
            Some(device) => device,
            None => self.devices.id_for(&endpoint).ok_or_else(|| {
                let reason = "the server knows as many devices as it can";
                Refusal::new(Code::SERVICE_UNAVAILABLE, reason)
                    .because(RefusalCause::TooManyDevices)
            })?,
        };
        if self.registers_too_often(device, peer, &endpoint) {
            self.coap.ignore(now, id);
            return Ok(());
        }
        let location = Location(self.random_bits());
        let (registration, deviations) = self.grant(device, location, peer, complete);
        self.leave_former_registration(device);
        self.hand_over_nothing(device, peer);
        let registration = Arc::new(registration);
        self.devices.register(self.now, registration.clone());
        self.record(Change::Registered {
            endpoint,
            registration,
            deviations: deviations.clone(),
        });
        self.tell_deviations(device, peer, &deviations);
        self.retire_older_sessions(peer);
        let response = Response::new(Code::CREATED)
            .location(REGISTRATION)
            .location(&location.to_string());
        self.after_commit(Gated::Admit(id, response, device));
        // Only behind the answer: no request reaches a device that does not yet
        // know whether it is registered (conformance REG-26).
        self.after_commit(Gated::Resume(device));
        Ok(())
    }

    /// Refuses a Register or Update that deviates. One that should have come in blocks
    /// is told so (RFC 7959 §2.9.3).
    fn refuse_deviation(&mut self, known: Option<DeviceId>, refused: Deviation) -> Refusal {
        let reason = refused.message.clone();
        let refusal = match refused.code {
            TOO_LARGE => Refusal::new(Code::REQUEST_ENTITY_TOO_LARGE, reason),
            code => Refusal::bad_request(reason.clone()).because(RefusalCause::NotStandard {
                code: code.to_owned(),
                reason,
            }),
        };
        if let Some(device) = known {
            self.count_deviations(device, vec![refused]);
        }
        refusal
    }

    /// Counts a Register; whether it is one too many (conformance G-37), which is told
    /// once.
    fn registers_too_often(
        &mut self,
        device: DeviceId,
        peer: Peer,
        endpoint: &EndpointName,
    ) -> bool {
        let (now, rule) = (self.now.instant, self.rate);
        let burst = self.devices.burst(device);
        if burst.is_none_or(|burst| burst.count(now, rule)) {
            return false;
        }
        let message = format!(
            "it registered more than {} times within {}; its Registers are left without an answer for {}",
            rule.most,
            words(rule.within),
            words(rule.rest)
        );
        let kind = problem_kind::TOO_MANY_REGISTERS;
        self.problem(kind, Some(peer), Some(endpoint.clone()), message);
        true
    }

    /// 4.03 for a name that may not register (Transport 1.1.1 table 6.7-2; conformance
    /// REG-06). What it had registered ended with the block. A name that cannot be read was
    /// answered 4.00 before.
    fn check_admitted(&self, endpoint: &EndpointName) -> Result<(), Refusal> {
        if !self.security.blocked.endpoints.contains(endpoint) {
            return Ok(());
        }
        let reason = "this endpoint is blocked here";
        Err(Refusal::new(Code::FORBIDDEN, reason))
    }

    fn grant(
        &self,
        device: DeviceId,
        location: Location,
        peer: Peer,
        complete: Complete,
    ) -> (Registration, Vec<Deviation>) {
        let registration = Registration {
            device,
            location,
            peer,
            security: self.mode_of(peer),
            version: complete.version,
            lifetime_s: complete.lifetime_s,
            binding: complete.binding,
            queue_mode: complete.queue_mode,
            sms: complete.sms,
            objects: Arc::new(complete.objects),
            vendor: complete.vendor,
            registered_at: self.now.unix,
            seen_at: self.now.unix,
        };
        (registration, complete.deviations)
    }

    /// A new Register voids what hung on the former one: its requests under way
    /// (conformance REG-21) and its observations (OB-10).
    fn leave_former_registration(&mut self, device: DeviceId) {
        // The registration goes first: what waits must not be sent under it. Another
        // device may share the address, so exchanges end with their operations.
        self.devices.end_registration(device);
        if let Some(operation) = self.operations.current(device) {
            self.withdraw(operation, "the device registered anew before it answered");
        }
        self.void_observations(device);
    }

    /// Takes back a registration that could not be stored: its device was told so
    /// and does not expect requests (conformance REG-26).
    pub(crate) fn turn_away(&mut self, device: DeviceId) {
        if self.devices.registration(device).is_some() {
            self.leave_former_registration(device);
            self.record(Change::Departed {
                device,
                cause: Departure::Replaced,
                at: self.now.unix,
            });
        }
    }

    fn update(
        &mut self,
        id: RequestId,
        peer: Peer,
        location: &str,
        request: &Request,
    ) -> Result<(), Refusal> {
        let device = self.locate(peer, location)?;
        let mut announcement = Announcement::read(&request.options, &request.payload)?;
        if let Some(version) = self.devices.registration(device).map(|own| own.version) {
            announcement.check_update(version);
        }
        announcement.deviations.extend(too_large(id, request));
        self.judge(Some(device), &mut announcement.deviations)
            .map_err(|refused| self.refuse_deviation(Some(device), refused))?;
        let changes_something = announcement.lifetime_s.is_some()
            || announcement.binding.is_some()
            || announcement.sms.is_some()
            || announcement.queue_mode
            || announcement.objects.is_some();
        let former_peer = self.devices.registration(device).map(|own| own.peer);
        let moved = former_peer.filter(|former| *former != peer);
        let deviations = std::mem::take(&mut announcement.deviations);
        self.hand_over_nothing(device, peer);
        let security = self.mode_of(peer);
        let updated = self.devices.update(self.now, device, |own| {
            (own.peer, own.security) = (peer, security);
            apply(own, announcement);
        });
        if moved.is_some() {
            // NoSec: whoever knows the location is the device, because the location
            // cannot be guessed (conformance REG-14). A session was checked before.
            self.move_observations(device, peer);
        }
        match updated {
            Some(registration) if changes_something || moved.is_some() => {
                self.record(Change::Updated { registration });
            }
            _ => self.record(Change::Seen {
                device,
                at: self.now.unix,
            }),
        }
        self.tell_deviations(device, peer, &deviations);
        // What was asked in an older session has its end there.
        if self.operations.current(device).is_none() {
            self.retire_older_sessions(peer);
        }
        self.after_commit(Gated::Respond(id, Response::new(Code::CHANGED)));
        self.after_commit(Gated::Resume(device));
        Ok(())
    }

    fn deregister(&mut self, id: RequestId, peer: Peer, location: &str) -> Result<(), Refusal> {
        let device = self.locate(peer, location)?;
        self.depart(device, Departure::Deregistered, "the device de-registered");
        self.after_commit(Gated::Respond(id, Response::new(Code::DELETED)));
        Ok(())
    }

    pub(crate) fn expire(&mut self, device: DeviceId) {
        self.depart(
            device,
            Departure::Expired,
            "the registration's lifetime ran out",
        );
    }

    pub(crate) fn forget(&mut self, endpoint: &EndpointName) -> Result<(), CommandError> {
        let device = self
            .devices
            .by_endpoint(endpoint)
            .ok_or_else(|| CommandError::UnknownDevice(endpoint.clone()))?;
        self.depart(device, Departure::Forgotten, "the device was forgotten");
        for observation in self.observations.of_device(device) {
            self.observations.remove(observation.id);
        }
        self.devices.forget(device);
        self.record(Change::Forgotten { device });
        Ok(())
    }

    /// Ends a registration with everything that hangs on it (conformance OB-11).
    pub(crate) fn depart(&mut self, device: DeviceId, cause: Departure, reason: &str) {
        self.note_place(device);
        // The registration goes first: what waits must not be sent under it.
        let former = self.devices.end_registration(device);
        for operation in self.operations.of_device(device) {
            // What waits for a sleeper waits on: it is late, and will register anew.
            let waits = self.operations.get(operation).is_some_and(|active| {
                active.operation.ttl.is_some() && active.operation.state == OperationState::Queued
            });
            if cause != Departure::Expired || !waits {
                self.withdraw(operation, reason);
            }
        }
        self.void_observations(device);
        if former.is_some() {
            self.record(Change::Departed {
                device,
                cause,
                at: self.now.unix,
            });
        }
    }

    /// The device whose registration is at a location, if the sender may speak for it.
    fn locate(&self, peer: Peer, location: &str) -> Result<DeviceId, Refusal> {
        let device = Location::parse(location)
            .and_then(|location| self.devices.by_location(location))
            .ok_or_else(|| {
                let reason = "there is no registration at this location; register again";
                Refusal::new(Code::NOT_FOUND, reason)
            })?;
        if let Some(known) = self.devices.get(device) {
            self.check_sender(peer, &known.endpoint)?;
        }
        Ok(device)
    }

    /// Takes in an operation from the last run: what was not yet sent goes on, what
    /// was is lost, because nobody can know whether the device acted on it.
    fn restore_operation(&mut self, operation: crate::operation::Operation) {
        let patience = match operation.ttl {
            Some(ttl) if operation.state == OperationState::Queued => {
                // Never longer than it was to wait, even if the clock was set back.
                ttl.saturating_sub(self.now.unix.since(operation.started_at))
            }
            _ => operation.timeout,
        };
        let deadline = self.now.instant + patience;
        let (id, sent) = (operation.id, operation.state == OperationState::Sent);
        self.operations.enqueue(operation, deadline);
        if sent {
            let reason =
                "the program stopped before the answer came; whether the device acted is unknown";
            self.end(
                id,
                Ending::without_answer(Outcome::Lost, reason, self.now.unix),
            );
        }
    }
}

/// A registration that arrived in spite of its size: on another network its fragments
/// are lost and the device seems dead (conformance QRK-09).
fn too_large(id: RequestId, request: &Request) -> Option<Deviation> {
    let length = request.payload.len();
    (length > UNDIVIDED_BYTES && !id.in_blocks()).then(|| {
        let message = format!(
            "the object list has {length} bytes in one message, which networks may lose; let the device send it in blocks"
        );
        Deviation::new(TOO_LARGE, message)
    })
}

fn apply(own: &mut Registration, announcement: Announcement) {
    own.lifetime_s = announcement.lifetime_s.unwrap_or(own.lifetime_s);
    if let Some(binding) = announcement.binding {
        own.binding = binding;
        own.queue_mode = binding.has_queue() || announcement.queue_mode;
    } else if announcement.queue_mode {
        own.queue_mode = true;
    }
    if announcement.sms.is_some() {
        own.sms = announcement.sms;
    }
    if let Some(objects) = announcement.objects {
        own.objects = Arc::new(objects);
    }
}
