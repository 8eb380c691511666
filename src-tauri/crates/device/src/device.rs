//! One simulated client: it joins the transport, the registration, the
//! observations and the model.
//!
//! One mutation, then a full drain: hand an [`Input`] to [`Device::handle`] with
//! the time, then take from [`Device::poll`] until it says [`Output::WakeAt`].
//! The same seed and the same inputs at the same times give the same outputs.

use crate::model::Model;
use crate::objects;
use crate::observe::Observations;
use crate::output::{Command, Event, Input, Output};
use crate::profile::Profile;
use crate::registration::{Leave, News, Registration};
use crate::serve::{Change, Served, Subject, report, serve, subject};
use crate::world::Wish;
use clock::{Instant, Now};
use coap::{Code, Endpoint, ExchangeId, Limits, Peer, Request, RequestId, Response, option};
use lwm2m::{Format, Lwm2mVersion, Path, Value};
use rand_chacha::ChaCha12Rng;
use rand_core::{Rng, SeedableRng};
use std::collections::VecDeque;
use std::time::Duration;

/// Between the order to restart and the silence, so that the answer gets out.
const GRACE: Duration = Duration::from_millis(500);

/// How long a restart takes that a server asked for.
const RESTART: Duration = Duration::from_secs(3);

/// One simulated client.
#[derive(Debug)]
pub struct Device {
    now: Now,
    seed: [u8; 32],
    /// How often it has started; each start has its own randomness.
    starts: u64,
    server: Peer,
    endpoint: Endpoint,
    model: Model,
    registration: Registration,
    observations: Observations,
    power: Power,
    /// Until when a device in queue mode listens.
    awake_until: Instant,
    /// A Send under way.
    sending: Option<ExchangeId>,
    outbox: VecDeque<Output>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Power {
    On,
    /// Runs until then, and is off for the pause after.
    GoingDown {
        at: Instant,
        pause: Duration,
        reset: bool,
    },
    /// Neither hears nor speaks until then.
    Off {
        until: Instant,
        reset: bool,
    },
    /// De-registers, then is off for good.
    Stopping,
    /// Off for good.
    Stopped,
}

impl Device {
    /// A device that registers with `server` as soon as it is woken. All its
    /// randomness comes from `seed`.
    #[must_use]
    pub fn new(profile: Profile, server: Peer, seed: [u8; 32], now: Now) -> Self {
        let key = generator(seed, 0).next_u64();
        Self {
            now,
            seed,
            starts: 1,
            server,
            endpoint: endpoint(&profile, seed, 1),
            registration: Registration::new(key, now.instant),
            model: Model::new(profile, key, now),
            observations: Observations::default(),
            power: Power::On,
            awake_until: now.instant,
            sending: None,
            outbox: VecDeque::new(),
        }
    }

    /// The endpoint client name.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.model.profile.endpoint
    }

    /// The server that it registers with.
    #[must_use]
    pub fn server(&self) -> Peer {
        self.server
    }

    /// The profile it was made from.
    #[must_use]
    pub fn profile(&self) -> &Profile {
        &self.model.profile
    }

    /// Whether the server knows the device, as far as the device knows.
    #[must_use]
    pub fn is_registered(&self) -> bool {
        self.registration.is_registered()
    }

    /// Whether it was stopped and is silent for good.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.power == Power::Stopped
    }

    /// The location that the server gave, e.g. `/rd/abc`; `None` when not
    /// registered.
    #[must_use]
    pub fn location(&self) -> Option<String> {
        self.registration.location()
    }

    /// The value of a resource or resource instance, readable or not, as it was
    /// when anybody last looked.
    #[must_use]
    pub fn value(&self, path: Path) -> Option<Value> {
        self.model.tree.value(path).cloned()
    }

    /// The paths and values of everything that can be read, up to date.
    pub fn values(&mut self, now: Now) -> Vec<(Path, Value)> {
        self.model.world.now = now;
        let readings = self.model.read(Path::Root);
        readings.into_iter().map(|r| (r.path, r.value)).collect()
    }

    #[cfg(test)]
    pub(crate) fn tree(&self) -> &crate::tree::Tree {
        &self.model.tree
    }

    /// Takes one input. Drain [`Self::poll`] afterwards.
    pub fn handle(&mut self, now: Now, input: Input<'_>) {
        self.now = now;
        self.model.world.now = now;
        match input {
            Input::Datagram { peer, bytes } if peer == self.server && self.hears() => {
                self.model
                    .world
                    .traffic
                    .count_received(now.instant, bytes.len());
                self.stay_awake();
                self.endpoint.handle_datagram(now.instant, peer, bytes);
            }
            Input::Datagram { .. } | Input::Wake => {}
            Input::Command(command) => self.command(command),
        }
        self.advance();
    }

    /// The next output; [`Output::WakeAt`] when there is nothing left to do.
    pub fn poll(&mut self) -> Output {
        self.outbox
            .pop_front()
            .unwrap_or_else(|| Output::WakeAt(self.wake_at()))
    }

    fn command(&mut self, command: Command) {
        let now = self.now.instant;
        let off = matches!(self.power, Power::Off { .. } | Power::Stopped);
        match command {
            Command::Deregister => self.registration.leave(Leave::ForGood),
            Command::Reboot { .. } if self.power == Power::Stopped => {}
            Command::Reboot { pause } => self.power_off(pause, false),
            Command::Update if self.power == Power::On => self.registration.call(now),
            Command::Set { path, value } => {
                if self.model.set(path, value) {
                    self.observations.look_at_all(now);
                }
            }
            Command::SetServer(server) => {
                self.server = server;
                self.restart_client(now);
            }
            Command::Stop if off => self.power = Power::Stopped,
            Command::Stop => {
                self.power = Power::Stopping;
                self.registration.leave(Leave::ForGood);
            }
            Command::Send { paths } => self.send(&paths),
            Command::Update => {}
        }
    }

    /// Does everything that is due until nothing is.
    fn advance(&mut self) {
        let now = self.now.instant;
        self.switch_power();
        if matches!(self.power, Power::Off { .. } | Power::Stopped) {
            return;
        }
        self.endpoint.handle_timeout(now);
        self.drain_endpoint();
        objects::refresh_due(&mut self.model.tree, &mut self.model.world);
        self.fulfil_wishes();
        self.register();
        self.notify();
        self.drain_endpoint();
        if self.power == Power::Stopping && self.registration.is_gone() {
            self.observations.clear();
            self.power = Power::Stopped;
        }
    }

    fn wake_at(&self) -> Option<Instant> {
        match self.power {
            Power::Stopped => return None,
            Power::Off { until, .. } => return Some(until),
            _ => {}
        }
        let down = match self.power {
            Power::GoingDown { at, .. } => Some(at),
            _ => None,
        };
        let notice = self
            .observations
            .next_look()
            .filter(|_| self.is_registered());
        let due = [
            down,
            notice,
            self.endpoint.next_timeout(),
            self.registration.next(),
            objects::next_due(&self.model.tree),
        ];
        due.into_iter().flatten().min()
    }

    // The transport.

    fn drain_endpoint(&mut self) {
        while let Some(output) = self.endpoint.poll() {
            match output {
                coap::Output::Transmit { peer, bytes } => {
                    let now = self.now.instant;
                    self.model.world.traffic.count_sent(now, bytes.len());
                    self.stay_awake();
                    self.outbox.push_back(Output::Transmit { peer, bytes });
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
            // Observations belong to a registration (Core 1.1.1 §6.2.1).
            if matches!(event, Event::Registered { .. } | Event::Deregistered) {
                self.observations.clear();
            }
            self.event(event);
        } else if self.sending == Some(id) {
            self.sending = None;
            let code = response.code;
            self.event(if code == Code::CHANGED {
                Event::Sent
            } else {
                let reason = format!("the server refused the values with {code}");
                Event::SendFailed { reason }
            });
        }
    }

    fn failed(&mut self, id: ExchangeId, reason: &str) {
        if self.registration.owns(id) {
            let event = self.registration.failed(self.now.instant, reason);
            self.event(event);
        } else if self.sending == Some(id) {
            self.sending = None;
            let reason = reason.to_owned();
            self.event(Event::SendFailed { reason });
        } else if let Some(path) = self.observations.failed(id) {
            let reason = reason.to_owned();
            self.event(Event::NotifyFailed { path, reason });
        }
    }

    // What the device does by itself.

    fn register(&mut self) {
        while let Some(due) = self.registration.due(&self.model) {
            let now = self.now.instant;
            let event = match due {
                Err(event) => Some(event),
                Ok(request) => match self.endpoint.request(now, self.server, request) {
                    Ok(id) => {
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

    fn notify(&mut self) {
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

    fn send(&mut self, paths: &[Path]) {
        let refuse = |reason: &str| Event::SendFailed {
            reason: reason.to_owned(),
        };
        if self.model.profile.version == Lwm2mVersion::V1_0 {
            return self.event(refuse("LwM2M 1.0 has no Send"));
        }
        if self.model.is_send_muted() {
            return self.event(refuse("the server wants no Send (/1/0/23)"));
        }
        if !self.is_registered() || self.sending.is_some() {
            return self.event(refuse("not registered, or another Send is under way"));
        }
        let subject = Subject::Many(paths.to_vec());
        let Ok((response, _)) = report(&mut self.model, &subject, None) else {
            return self.event(refuse("the values cannot be written as SenML"));
        };
        let format = response
            .options
            .content_format()
            .unwrap_or(Format::SenmlCbor.id());
        let request = Request::post()
            .segment("dp")
            .content_format(format)
            .payload(response.payload);
        match self
            .endpoint
            .request(self.now.instant, self.server, request)
        {
            Ok(id) => self.sending = Some(id),
            Err(refused) => self.event(refuse(&refused.to_string())),
        }
    }

    fn fulfil_wishes(&mut self) {
        while let Some(wish) = self.model.world.take_wish() {
            match wish {
                Wish::Update => self.registration.tell(News::Alive),
                Wish::AnnounceLifetime => self.registration.tell(News::Lifetime),
                Wish::AnnounceBinding => self.registration.tell(News::Binding),
                Wish::Disable => {
                    let pause = u64::from(self.model.disable_timeout_s());
                    let leave = Leave::For(Duration::from_secs(pause));
                    self.registration.leave(leave);
                }
                Wish::Reboot => self.go_down(false),
                Wish::FactoryReset => self.go_down(true),
            }
        }
    }

    // Power and sleep.

    fn go_down(&mut self, reset: bool) {
        if self.power == Power::On {
            let at = self.now.instant + GRACE;
            let pause = RESTART;
            self.power = Power::GoingDown { at, pause, reset };
        }
    }

    fn power_off(&mut self, pause: Duration, reset: bool) {
        let until = self.now.instant + pause;
        self.power = Power::Off { until, reset };
    }

    fn switch_power(&mut self) {
        let now = self.now.instant;
        match self.power {
            Power::GoingDown { at, pause, reset } if at <= now => self.power_off(pause, reset),
            Power::Off { until, reset } if until <= now => {
                if reset {
                    self.model.reset();
                }
                objects::boot(&mut self.model.tree, &mut self.model.world);
                self.model.refresh(Path::Root);
                self.restart_client(now);
                self.power = Power::On;
                self.event(Event::Rebooted);
            }
            _ => {}
        }
    }

    /// Forgets everything that lives in the memory of the client.
    fn restart_client(&mut self, start: Instant) {
        self.starts = self.starts.saturating_add(1);
        self.endpoint = endpoint(&self.model.profile, self.seed, self.starts);
        let key = generator(self.seed, self.starts).next_u64();
        self.registration = Registration::new(key, start);
        self.observations.clear();
        self.sending = None;
    }

    /// Whether a datagram reaches the device: a device in queue mode sleeps
    /// between two messages of its own (Transport 1.1.1 §6.5).
    fn hears(&self) -> bool {
        let off = matches!(self.power, Power::Off { .. } | Power::Stopped);
        let asleep = self.model.profile.queue_mode && self.now.instant > self.awake_until;
        !off && !asleep
    }

    fn stay_awake(&mut self) {
        self.awake_until = self.now.instant + self.model.profile.awake_for;
    }

    fn event(&mut self, event: Event) {
        self.outbox.push_back(Output::Event(event));
    }
}

/// The randomness of one start: streams of one seed.
fn generator(seed: [u8; 32], start: u64) -> ChaCha12Rng {
    let mut generator = ChaCha12Rng::from_seed(seed);
    generator.set_stream(start);
    generator
}

fn endpoint(profile: &Profile, seed: [u8; 32], start: u64) -> Endpoint {
    let mut own = [0; 32];
    generator(seed, start).fill_bytes(&mut own);
    Endpoint::new(profile.parameters, Limits::DEVICE, own)
}
