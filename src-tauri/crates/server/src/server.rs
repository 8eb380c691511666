//! The engine: one LwM2M server without sockets, without a disk, without a clock.
//!
//! **One mutation, full drain:** hand one [`Input`] to [`Server::handle`], then call
//! [`Server::poll`] until it answers [`Output::WakeAt`]. One owner, no locks. The
//! same inputs at the same times give the same outputs.
//!
//! This file joins the parts; `lifecycle` knows registrations, `dispatch`
//! operations, `report` notifications, `ledger` what must be on disk first.

use crate::change::Change;
use crate::devices::{Devices, MAX_DEVICES};
use crate::engine_io::{
    Command, CommandError, Event, Input, Output, Problem, Ticket, problem_kind,
};
use crate::ids::{DeviceId, EndpointName, OperationId};
use crate::ledger::Ledger;
use crate::observations::Observations;
use crate::operations::Operations;
use crate::rate::RateRule;
use crate::security::failing::looks_like_dtls;
use crate::security::{ASSOCIATIONS, Blocked, Security};
use crate::snapshot::Snapshot;
use clock::{Instant, Now};
use coap::{Code, Limits, NotificationId, Parameters, Peer, RequestId, Response, Token};
use lwm2m::registry::Registry;
use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use secure::AssociationId;
use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

/// How long an operation may take in all unless the caller says otherwise: several
/// CoAP exchanges of 247 s each (RFC 7252 §4.8.2) for a block-wise transfer.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(600);

/// How long an operation waits for a device in queue mode to wake unless the caller
/// says otherwise: a week, since the longest sleepers report daily and may miss some
/// days (conformance QM-03).
pub const QUEUE_TTL: Duration = Duration::from_secs(7 * 86_400);

/// For how many seconds a device should stay away when the disk is stalled
/// (Max-Age of a 5.03, RFC 7252 §5.9.3.4; conformance CO-34).
pub const BUSY_MAX_AGE_S: u32 = 10;

/// What can be chosen about a server.
#[derive(Clone, Debug)]
pub struct Config {
    /// Object definitions.
    pub registry: Registry,
    /// Refuses what deviates from the standard instead of recording it.
    pub strict: bool,
    /// How long registrations are kept after their lifetimes (conformance REG-15).
    pub grace: Duration,
    /// Who is kept out (conformance REG-06).
    pub blocked: Blocked,
    /// CoAP parameters.
    pub parameters: Parameters,
    /// Bounds of the CoAP layer's memory.
    pub limits: Limits,
    /// Devices known at once, registered or not.
    pub most_devices: usize,
    /// How often one endpoint may register.
    pub rate: RateRule,
    /// How handshakes are run; none are without it.
    pub secure: Option<secure::Config>,
    /// Where tokens, message ids and locations come from. Secret and fresh in the
    /// product, fixed in a simulation.
    pub seed: [u8; 32],
}

impl Config {
    /// The defaults of the product.
    #[must_use]
    pub const fn new(registry: Registry, seed: [u8; 32]) -> Self {
        Self {
            registry,
            strict: false,
            grace: Duration::ZERO,
            blocked: Blocked {
                endpoints: BTreeSet::new(),
                proofs: BTreeSet::new(),
            },
            parameters: Parameters::UDP,
            limits: Limits::SERVER,
            most_devices: MAX_DEVICES,
            rate: RateRule::DEFAULT,
            secure: None,
            seed,
        }
    }
}

/// One LwM2M server.
#[derive(Debug)]
pub struct Server {
    pub(crate) coap: coap::Endpoint,
    pub(crate) devices: Devices,
    pub(crate) operations: Operations,
    pub(crate) observations: Observations,
    pub(crate) registry: Registry,
    pub(crate) strict: bool,
    pub(crate) rate: RateRule,
    pub(crate) security: Security,
    /// The last answer that nobody asked for.
    pub(crate) unasked: Option<(Peer, Token)>,
    pub(crate) now: Now,
    ledger: Ledger<Gated>,
    random: ChaCha12Rng,
    outputs: VecDeque<Output>,
}

/// Something that must not happen before the facts behind it are on disk.
#[derive(Debug)]
pub(crate) enum Gated {
    /// Answer a request.
    Respond(RequestId, Response),
    /// Tell a device that it is registered.
    Admit(RequestId, Response, DeviceId),
    /// Acknowledge a notification.
    Acknowledge(NotificationId),
    /// Answer a command.
    Reply(Ticket, Result<Option<OperationId>, CommandError>),
    /// Send an operation that is recorded as sent.
    Send(OperationId),
    /// Observe again what was observed before the device registered anew.
    Resume(DeviceId),
    /// Let a Write take the place of those before it.
    Supersede(OperationId),
    /// Let an association use the numbers that it reserved.
    Reserved(AssociationId, u64),
    /// End an association whose device went on in another one.
    Retire(AssociationId),
}

impl Server {
    /// A server that goes on where `snapshot` stopped.
    #[must_use]
    pub fn new(now: Now, config: Config, snapshot: Snapshot) -> Self {
        let mut random = ChaCha12Rng::from_seed(config.seed);
        let mut coap_seed = [0; 32];
        random.fill_bytes(&mut coap_seed);
        let mut server = Self {
            coap: coap::Endpoint::new(config.parameters, config.limits, coap_seed),
            devices: Devices::new(config.most_devices),
            operations: Operations::default(),
            observations: Observations::default(),
            registry: config.registry,
            strict: config.strict,
            rate: config.rate,
            security: Security::new(config.blocked),
            unasked: None,
            now,
            ledger: Ledger::new(snapshot.revision),
            random,
            outputs: VecDeque::new(),
        };
        server.coap.trust(ASSOCIATIONS);
        if let Some(config) = config.secure {
            let mut seed = [0; 32];
            server.random.fill_bytes(&mut seed);
            if let Err(error) = server.security.begin(now, config, seed) {
                let message = format!("no device can come over coaps: {error}");
                server.problem(problem_kind::CREDENTIAL, None, None, message);
            }
        }
        server.devices.set_grace(config.grace);
        server.restore(snapshot);
        server
    }

    /// Takes in one thing that happened at `now`. Drain [`Server::poll`] afterwards.
    pub fn handle(&mut self, now: Now, input: Input<'_>) {
        self.now = now;
        match input {
            Input::Datagram { peer, bytes } if self.security.is_secure(peer) => {
                self.receive_record(peer, bytes);
            }
            Input::Datagram { peer, bytes } if looks_like_dtls(bytes) => self.note_plain_port(peer),
            Input::Datagram { peer, bytes } => self.coap.handle_datagram(now.instant, peer, bytes),
            Input::Command(command) => self.handle_command(command),
            Input::Committed(revision) => {
                for action in self.ledger.committed(revision) {
                    self.perform(action);
                }
            }
            Input::CommitFailed { revision, reason } => self.handle_failed_commit(revision, reason),
            Input::Wake => {}
        }
        self.handle_due();
        // What the one says may give the other something to say.
        loop {
            self.drain_coap();
            if !self.drain_guard() {
                return;
            }
        }
    }

    /// The next thing to do; [`Output::WakeAt`] when there is nothing more.
    pub fn poll(&mut self) -> Output {
        if let Some(output) = self.outputs.pop_front() {
            return output;
        }
        if self.ledger.is_due(self.now.instant) {
            self.record_positions();
        }
        match self.ledger.next_batch(self.now.instant) {
            Some(batch) => Output::Commit(batch),
            None => Output::WakeAt(self.wake_at()),
        }
    }

    /// Every registration in force and every observation, for checks from outside.
    pub fn belief(&self) -> (&Devices, &Observations) {
        (&self.devices, &self.observations)
    }

    /// Counters of the CoAP layer.
    #[must_use]
    pub fn counters(&self) -> coap::Counters {
        self.coap.counters()
    }

    fn handle_command(&mut self, command: Command) {
        match command {
            Command::Start {
                ticket,
                endpoint,
                ask,
                terms,
            } => {
                let result = self.start(&endpoint, ask, terms);
                self.reply_in_time(ticket, result.map(Some));
            }
            Command::Cancel { ticket, operation } => {
                let result = self.cancel(operation);
                self.reply_in_time(ticket, result.map(|()| Some(operation)));
            }
            Command::Move {
                ticket,
                operation,
                priority,
                position,
            } => {
                let result = self.rearrange(operation, priority, position);
                // Without its number: should the disk fail, it is not to be withdrawn.
                self.reply_in_time(ticket, result.map(|()| None));
            }
            Command::Treat {
                ticket,
                endpoint,
                profile,
            } => {
                let result = self.treat(&endpoint, profile);
                self.reply_in_time(ticket, result.map(|()| None));
            }
            Command::Look { ticket, devices } => {
                let views = self.look(&devices);
                self.outputs.push_back(Output::Seen { ticket, views });
            }
            Command::Forget { ticket, endpoint } => {
                let result = self.forget(&endpoint);
                self.reply_in_time(ticket, result.map(|()| None));
            }
            Command::UseRegistry(registry) => self.registry = registry,
            Command::SetStrict(strict) => self.strict = strict,
            Command::SetGrace(grace) => self.devices.set_grace(grace),
            Command::Block(blocked) => self.block(blocked),
            Command::PutCredential(credential) => self.take_credential(credential),
            Command::DropCredential(id) => self.drop_credential(id),
            Command::UseServerKey(key) => self.use_server_key(key),
            Command::UseNamedKeys(keys) => self.use_named_keys(keys),
            Command::TuneHandshakes(tuning) => self.tune_handshakes(tuning),
            Command::UseTrustAnchors(anchors) => self.use_trust_anchors(anchors),
            Command::Secure(listener) => drop(self.security.listeners.insert(listener)),
            Command::Plain(listener) => drop(self.security.listeners.remove(&listener)),
        }
    }

    fn handle_due(&mut self) {
        let now = self.now.instant;
        if self.coap.next_timeout().is_some_and(|at| at <= now) {
            self.coap.handle_timeout(now);
        }
        if self.security.wake_at.is_some_and(|at| at <= now) {
            self.tell_guard(secure::Input::Wake);
        }
        while let Some(device) = self.devices.next_expired(self.now.instant) {
            self.expire(device);
        }
        while let Some(device) = self.devices.next_asleep(now) {
            self.event(Event::Presence(device));
        }
        while let Some(operation) = self.operations.overdue(now) {
            self.time_out(operation);
        }
    }

    fn drain_coap(&mut self) {
        while let Some(output) = self.coap.poll() {
            match output {
                coap::Output::Transmit { peer, bytes } if peer.listener() == ASSOCIATIONS => {
                    self.send_protected(peer, bytes);
                }
                coap::Output::Transmit { peer, bytes } => {
                    self.outputs.push_back(Output::Transmit { peer, bytes })
                }
                coap::Output::Request {
                    id, peer, request, ..
                } => self.handle_request(id, peer, &request),
                coap::Output::Response { id, response, .. } => self.handle_response(id, &response),
                coap::Output::Failed { id, failure, .. } => self.handle_failure(id, &failure),
                coap::Output::Progress { id, progress } => self.handle_progress(id, &progress),
                coap::Output::Notification {
                    id,
                    peer,
                    token,
                    fresh,
                    response,
                } => {
                    self.handle_notification(id, peer, token, fresh, &response);
                }
                // A server sends no notifications.
                coap::Output::Delivered { .. } => {}
                coap::Output::Malformed { peer, malformed } => {
                    self.problem(
                        problem_kind::MALFORMED_MESSAGE,
                        Some(peer),
                        None,
                        malformed.reason.to_string(),
                    );
                }
                coap::Output::Unexpected {
                    peer,
                    reason,
                    token,
                } => {
                    self.handle_unexpected(peer, reason, token);
                }
            }
        }
    }

    fn handle_failed_commit(&mut self, revision: crate::ids::Revision, reason: String) {
        self.problem(
            problem_kind::STORAGE,
            None,
            None,
            format!("nothing can be stored: {reason}"),
        );
        // Devices and callers are told; acknowledgements of notifications keep
        // waiting, since the same facts will be offered again.
        let give_up = |action: &Gated| {
            matches!(
                action,
                Gated::Respond(..) | Gated::Admit(..) | Gated::Reply(..)
            )
        };
        for action in self
            .ledger
            .failed(self.now.instant, revision, reason.clone(), give_up)
        {
            match action {
                Gated::Respond(id, _) => self.coap.respond(self.now.instant, id, busy()),
                Gated::Admit(id, _, device) => {
                    self.coap.respond(self.now.instant, id, busy());
                    self.turn_away(device);
                }
                Gated::Reply(ticket, result) => {
                    // Who is told no will ask again: it must not happen twice.
                    if let Ok(Some(operation)) = result {
                        self.withdraw(operation, "the database did not take it");
                    }
                    self.reply(
                        ticket,
                        Err(CommandError::StorageUnavailable(reason.clone())),
                    );
                }
                Gated::Acknowledge(_)
                | Gated::Send(_)
                | Gated::Resume(_)
                | Gated::Supersede(_)
                | Gated::Reserved(..)
                | Gated::Retire(_) => {}
            }
        }
    }

    fn perform(&mut self, action: Gated) {
        match action {
            Gated::Respond(id, response) | Gated::Admit(id, response, _) => {
                self.coap.respond(self.now.instant, id, response);
            }
            Gated::Acknowledge(id) => self.coap.acknowledge_notification(self.now.instant, id),
            Gated::Reply(ticket, result) => self.reply(ticket, result),
            Gated::Send(operation) => self.send(operation),
            Gated::Resume(device) => self.resume_observations(device),
            Gated::Supersede(operation) => self.supersede(operation),
            Gated::Retire(association) => self.tell_guard(secure::Input::Close { association }),
            Gated::Reserved(association, through) => self.tell_guard(secure::Input::Reserved {
                association,
                through,
            }),
        }
    }

    fn reply(&mut self, ticket: Ticket, result: Result<Option<OperationId>, CommandError>) {
        self.outputs.push_back(Output::Reply { ticket, result });
    }

    /// Notes a fact for the next batch.
    pub(crate) fn record(&mut self, change: Change) {
        self.ledger.record(change);
    }

    /// Does `action` once everything recorded so far is on disk.
    pub(crate) fn after_commit(&mut self, action: Gated) {
        if let Some(action) = self.ledger.after_commit(action) {
            self.perform(action);
        }
    }

    /// Answers a command: with an error at once, as it left no facts behind, else
    /// once the facts are on disk.
    fn reply_in_time(&mut self, ticket: Ticket, result: Result<Option<OperationId>, CommandError>) {
        match result {
            Ok(_) => self.after_commit(Gated::Reply(ticket, result)),
            Err(_) => self.reply(ticket, result),
        }
    }

    /// Why nothing new should be taken in now, if so.
    pub(crate) fn stalled(&self) -> Option<&str> {
        self.ledger.stalled(self.now.instant)
    }

    /// Whether nothing that can be spared should be recorded now.
    pub(crate) fn is_full(&self) -> bool {
        self.ledger.is_full()
    }

    /// Tells the operator that something went wrong.
    pub(crate) fn problem(
        &mut self,
        kind: &'static str,
        peer: Option<Peer>,
        endpoint: Option<EndpointName>,
        message: String,
    ) {
        let peer = peer.map(|peer| self.outside(peer));
        self.event(Event::Problem(Problem {
            kind,
            peer,
            endpoint,
            message,
        }));
    }

    pub(crate) fn event(&mut self, event: Event) {
        self.output(Output::Event(event));
    }

    pub(crate) fn output(&mut self, output: Output) {
        self.outputs.push_back(output);
    }

    /// 64 bits that nobody can guess.
    pub(crate) fn random_bits(&mut self) -> u64 {
        self.random.next_u64()
    }

    fn wake_at(&self) -> Option<Instant> {
        [
            self.coap.next_timeout(),
            self.devices.next_change(),
            self.operations.next_deadline(),
            self.security.wake_at,
            self.ledger.wake_at(),
        ]
        .into_iter()
        .flatten()
        .min()
    }
}

/// What a device hears while the disk is stalled.
pub(crate) fn busy() -> Response {
    Response::diagnostic(
        Code::SERVICE_UNAVAILABLE,
        "the server cannot store anything now",
    )
    .max_age(BUSY_MAX_AGE_S)
}
