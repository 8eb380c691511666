//! One simulated client: it joins the transport, the registration, the
//! observations and the model.
//!
//! One mutation, then a full drain: hand an [`Input`] to [`Device::handle`] with
//! the time, then take from [`Device::poll`] until it says [`Output::WakeAt`].
//! The same seed and the same inputs at the same times give the same outputs.

mod collecting;
mod power;
mod report;
mod shield;
mod transport;

use crate::model::Model;
use crate::objects;
use crate::observe::Observations;
use crate::output::{Command, Event, Input, Output};
use crate::profile::Profile;
use crate::registration::{Leave, Registration};
use clock::{Instant, Now};
use coap::{Endpoint, ExchangeId, Limits, Peer};
use collecting::Collection;
use lwm2m::{Path, Value};
use power::Power;
use rand_chacha::ChaCha12Rng;
use rand_core::{Rng, SeedableRng};
use secure::{ClientConfig, SetupError};
use shield::Shield;
use std::collections::VecDeque;

/// One simulated client.
#[derive(Debug)]
pub struct Device {
    now: Now,
    seed: [u8; 32],
    /// How often it has started; each start has its own randomness.
    starts: u64,
    server: Peer,
    endpoint: Endpoint,
    /// DTLS, for a device that comes over coaps.
    shield: Option<Box<Shield>>,
    model: Model,
    registration: Registration,
    observations: Observations,
    power: Power,
    /// Until when a device in queue mode listens.
    awake_until: Instant,
    /// A Send under way.
    sending: Option<ExchangeId>,
    collection: Collection,
    outbox: VecDeque<Output>,
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
            endpoint: endpoint(&profile, seed, 1, server),
            shield: None,
            registration: Registration::new(key, now.instant),
            model: Model::new(profile, key, now),
            observations: Observations::default(),
            power: Power::On,
            awake_until: now.instant,
            sending: None,
            collection: Collection::default(),
            outbox: VecDeque::new(),
        }
    }

    /// The same device, but it comes over coaps and proves itself so.
    ///
    /// # Errors
    /// If the configuration is not one that works.
    pub fn over_dtls(mut self, config: ClientConfig) -> Result<Self, SetupError> {
        let mut seed = [0; 32];
        generator(self.seed, SHIELD).fill_bytes(&mut seed);
        self.shield = Some(Box::new(Shield::new(self.now, config, seed)?));
        Ok(self)
    }

    /// How many handshakes came to a session.
    #[must_use]
    pub fn sessions(&self) -> u32 {
        self.shield.as_ref().map_or(0, |own| own.sessions())
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
                self.take_in(bytes);
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
        self.wake_shield();
        self.endpoint.handle_timeout(now);
        self.drain_endpoint();
        objects::refresh_due(&mut self.model.tree, &mut self.model.world);
        self.fulfil_wishes();
        self.register();
        self.collect();
        self.notify();
        self.drain_endpoint();
        if self.power == Power::Stopping && self.registration.is_gone() {
            self.observations.clear();
            self.close_session();
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
            self.shield.as_ref().and_then(|own| own.wake_at()),
            self.registration.next(),
            self.collection.next(),
            objects::next_due(&self.model.tree),
        ];
        due.into_iter().flatten().min()
    }

    fn event(&mut self, event: Event) {
        self.outbox.push_back(Output::Event(event));
    }
}

/// The stream of the seed from which DTLS draws; starts have the first ones.
const SHIELD: u64 = u64::MAX;

/// The randomness of one start: streams of one seed.
fn generator(seed: [u8; 32], start: u64) -> ChaCha12Rng {
    let mut generator = ChaCha12Rng::from_seed(seed);
    generator.set_stream(start);
    generator
}

/// The device's side of CoAP. Its one peer is the server that it was told to use, so it
/// need not ask that one to show where it is (RFC 9175 §2.4).
fn endpoint(profile: &Profile, seed: [u8; 32], start: u64, server: Peer) -> Endpoint {
    let mut own = [0; 32];
    generator(seed, start).fill_bytes(&mut own);
    let mut endpoint = Endpoint::new(profile.parameters, Limits::DEVICE, own);
    endpoint.trust(server.listener());
    endpoint
}
