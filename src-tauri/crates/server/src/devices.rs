//! The table of known devices: by id, by endpoint name, by the location of the
//! registration, by the moment it expires and by the moment it falls asleep. A table
//! only: what a Register or an expiry means is decided in `lifecycle`.

use crate::credential::Mode;
use crate::ids::{DeviceId, EndpointName, Location};
use crate::presence::{AWAKE_WINDOW, Expected, Presence};
use crate::profile::Profile;
use crate::rate::Burst;
use crate::registration::Registration;
use crate::snapshot::KnownDevice;
use clock::{Instant, Now};
use coap::Peer;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// Devices known at once, registered or not, unless chosen otherwise. A Register
/// beyond it is answered with 5.03: memory stays bounded whoever knocks.
pub const MAX_DEVICES: usize = 1_000_000;

/// A device that registered at least once.
#[derive(Debug)]
pub struct Device {
    /// Its name.
    pub endpoint: EndpointName,
    /// Its registration, while it has one.
    pub registration: Option<Arc<Registration>>,
    /// How it is treated; `None` for as every device.
    pub profile: Option<Arc<Profile>>,
    /// How often it registered lately.
    pub burst: Burst,
    /// Where it was when its last session ended.
    pub last_at: Option<Box<Peer>>,
    /// How it proved itself in the last registration that ended.
    last_security: Mode,
    /// When it was heard and how it woke.
    presence: Presence,
    /// The entry in [`Devices::naps`], if there is one.
    nap: Option<Instant>,
    /// When its registration ends unless renewed, on the same clock: a jump of the
    /// civil one expires nobody (conformance G-15).
    ends_at: Option<Instant>,
    /// When it is dropped unless renewed: the same and the grace.
    dropped_at: Option<Instant>,
    /// The entry in [`Devices::expiries`], if there is one.
    timer: Option<Instant>,
}

impl Device {
    const fn new(endpoint: EndpointName) -> Self {
        Self {
            endpoint,
            registration: None,
            profile: None,
            burst: Burst::NONE,
            last_at: None,
            last_security: Mode::NoSec,
            presence: Presence::NEVER,
            nap: None,
            ends_at: None,
            dropped_at: None,
            timer: None,
        }
    }

    /// How it proved itself at its registration, or at the last one that it had.
    #[must_use]
    pub fn security(&self) -> Mode {
        let own = self.registration.as_ref();
        own.map_or(self.last_security, |own| own.security)
    }

    /// Whether it is registered in queue mode.
    #[must_use]
    pub fn sleeps(&self) -> bool {
        self.registration.as_ref().is_some_and(|own| own.queue_mode)
    }

    /// Whether it sleeps: in queue mode and past its awake window.
    #[must_use]
    pub fn is_asleep(&self, now: Instant) -> bool {
        self.sleeps() && self.presence.is_asleep(now, self.awake_window())
    }

    /// How long it listens after it was heard, in queue mode.
    #[must_use]
    pub fn awake_window(&self) -> Duration {
        self.profile
            .as_ref()
            .map_or(AWAKE_WINDOW, |own| own.awake_window())
    }

    /// The end of its awake window, if it was heard.
    #[must_use]
    pub fn awake_until(&self) -> Option<Instant> {
        self.presence.awake_until(self.awake_window())
    }

    /// The average time from one wake-up to the next, where at least one was seen.
    #[must_use]
    pub fn wakes_every(&self) -> Option<Duration> {
        self.presence.pause()
    }

    /// When it should wake.
    #[must_use]
    pub fn expected_wake(&self, now: Instant) -> Option<Expected> {
        let own = self.registration.as_ref()?;
        let window = self.awake_window();
        Some(
            self.presence
                .expected(now, window, own.lifetime_s, self.ends_at),
        )
    }
}

/// All known devices.
#[derive(Debug)]
pub struct Devices {
    /// Boxed, because ids ascend, and a tree that grows at its end leaves nearly half of
    /// its room empty.
    by_id: BTreeMap<DeviceId, Box<Device>>,
    by_endpoint: BTreeMap<EndpointName, DeviceId>,
    by_location: BTreeMap<Location, DeviceId>,
    /// Whose registration a peer's is; the last one where several share an address.
    by_peer: BTreeMap<Peer, DeviceId>,
    /// One entry for each registration that can expire. It may lie too early: an
    /// Update does not move it, [`Devices::next_expired`] does when it comes up.
    expiries: BTreeSet<(Instant, DeviceId)>,
    /// One entry for each device in queue mode that is awake. It too may lie too early.
    naps: BTreeSet<(Instant, DeviceId)>,
    last: i64,
    most: usize,
    /// How long registrations are kept after their lifetimes (conformance REG-15).
    grace: Duration,
}

impl Devices {
    /// An empty table that takes at most `most` devices.
    #[must_use]
    pub const fn new(most: usize) -> Self {
        Self {
            by_id: BTreeMap::new(),
            by_endpoint: BTreeMap::new(),
            by_location: BTreeMap::new(),
            by_peer: BTreeMap::new(),
            expiries: BTreeSet::new(),
            naps: BTreeSet::new(),
            last: 0,
            most,
            grace: Duration::ZERO,
        }
    }

    /// Keeps registrations for a while after their lifetimes, those in force too: an
    /// Update may be late without being refused.
    pub fn set_grace(&mut self, grace: Duration) {
        self.grace = grace;
        for (id, device) in &mut self.by_id {
            device.dropped_at = device.ends_at.map(|at| at + grace);
            let dropped_at = device.dropped_at;
            set_timer(&mut self.expiries, device, *id, dropped_at);
        }
    }

    /// Makes sure that no id up to `last` is given again.
    pub fn reserve(&mut self, last: DeviceId) {
        self.last = self.last.max(last.0);
    }

    /// Takes in a device from the last run.
    pub fn restore(&mut self, now: Now, known: KnownDevice) {
        let KnownDevice {
            id,
            endpoint,
            registration,
            security,
            profile,
        } = known;
        self.reserve(id);
        self.by_endpoint.insert(endpoint.clone(), id);
        let device = Device {
            profile,
            last_security: security,
            ..Device::new(endpoint)
        };
        self.by_id.insert(id, Box::new(device));
        if let Some(registration) = registration {
            self.register(now, registration);
            // It was heard, but not by this run.
            self.forget_presence(id);
        }
    }

    /// The id of `endpoint`, a new one if it was never heard of. `None` when the
    /// table is full.
    pub fn id_for(&mut self, endpoint: &EndpointName) -> Option<DeviceId> {
        if let Some(id) = self.by_endpoint.get(endpoint) {
            return Some(*id);
        }
        if self.by_id.len() >= self.most {
            return None;
        }
        self.last = self.last.saturating_add(1);
        let id = DeviceId(self.last);
        self.by_endpoint.insert(endpoint.clone(), id);
        let device = Device::new(endpoint.clone());
        self.by_id.insert(id, Box::new(device));
        Some(id)
    }

    /// Puts a registration in force; a former one of the same device is dropped.
    pub fn register(&mut self, now: Now, registration: Arc<Registration>) {
        let id = registration.device;
        self.end_registration(id);
        let Some(device) = self.by_id.get_mut(&id) else {
            return;
        };
        self.by_location.insert(registration.location, id);
        self.by_peer.insert(registration.peer, id);
        device.ends_at = end_of(&registration, now, Duration::ZERO);
        device.dropped_at = end_of(&registration, now, self.grace);
        let dropped_at = device.dropped_at;
        set_timer(&mut self.expiries, device, id, dropped_at);
        device.registration = Some(registration);
        note_heard(&mut self.naps, device, id, now.instant);
    }

    /// Changes the registration in force and notes that the device was heard.
    /// Yields the registration as it is then.
    pub fn update(
        &mut self,
        now: Now,
        id: DeviceId,
        change: impl FnOnce(&mut Registration),
    ) -> Option<Arc<Registration>> {
        let device = self.by_id.get_mut(&id)?;
        let registration = device.registration.as_mut()?;
        let own = Arc::make_mut(registration);
        let former_peer = own.peer;
        change(own);
        if own.peer != former_peer {
            remove_peer(&mut self.by_peer, former_peer, id);
            self.by_peer.insert(own.peer, id);
        }
        own.seen_at = now.unix;
        let registration = registration.clone();
        note_heard(&mut self.naps, device, id, now.instant);
        device.ends_at = end_of(&registration, now, Duration::ZERO);
        device.dropped_at = end_of(&registration, now, self.grace);
        // A later end moves the entry only when it comes up; an earlier one at once.
        if let Some(at) = device.dropped_at
            && device.timer.is_none_or(|known| at < known)
        {
            set_timer(&mut self.expiries, device, id, Some(at));
        }
        Some(registration)
    }

    /// Has requests to a device go elsewhere. Yields the registration as it is then.
    pub fn move_to(&mut self, id: DeviceId, peer: Peer) -> Option<Arc<Registration>> {
        let registration = self.by_id.get_mut(&id)?.registration.as_mut()?;
        let own = Arc::make_mut(registration);
        let former = std::mem::replace(&mut own.peer, peer);
        let registration = registration.clone();
        remove_peer(&mut self.by_peer, former, id);
        self.by_peer.insert(peer, id);
        Some(registration)
    }

    /// Notes that a device was heard. Its lifetime is not renewed by that. Says whether
    /// it woke.
    pub fn hear(&mut self, now: Instant, id: DeviceId) -> bool {
        let device = self.by_id.get_mut(&id);
        device.is_some_and(|device| note_heard(&mut self.naps, device, id, now))
    }

    /// Notes that a device did not answer. Says whether it counts as asleep by that.
    pub fn miss(&mut self, id: DeviceId) -> bool {
        let Some(device) = self.by_id.get_mut(&id) else {
            return false;
        };
        device.presence.miss();
        set_nap(&mut self.naps, device, id, None);
        device.sleeps()
    }

    /// Has a device treated in another way. Yields whether it is known.
    pub fn treat(&mut self, now: Instant, id: DeviceId, profile: Option<Arc<Profile>>) -> bool {
        let Some(device) = self.by_id.get_mut(&id) else {
            return false;
        };
        device.profile = profile;
        // The awake window may be another one.
        let until = device.awake_until().filter(|_| !device.is_asleep(now));
        let at = until.filter(|_| device.sleeps()).map(after);
        set_nap(&mut self.naps, device, id, at);
        true
    }

    /// Notes where a device was when its session ended.
    pub fn note_last_at(&mut self, id: DeviceId, at: Peer) {
        if let Some(device) = self.by_id.get_mut(&id) {
            device.last_at = Some(Box::new(at));
        }
    }

    /// The count of Registers of a device.
    pub fn burst(&mut self, id: DeviceId) -> Option<&mut Burst> {
        self.by_id.get_mut(&id).map(|device| &mut device.burst)
    }

    fn forget_presence(&mut self, id: DeviceId) {
        if let Some(device) = self.by_id.get_mut(&id) {
            device.presence = Presence::NEVER;
            set_nap(&mut self.naps, device, id, None);
        }
    }

    /// Ends the registration of a device, if it has one, and yields it.
    pub fn end_registration(&mut self, id: DeviceId) -> Option<Arc<Registration>> {
        let device = self.by_id.get_mut(&id)?;
        let registration = device.registration.take()?;
        (device.ends_at, device.dropped_at) = (None, None);
        device.last_security = registration.security;
        set_timer(&mut self.expiries, device, id, None);
        set_nap(&mut self.naps, device, id, None);
        self.by_location.remove(&registration.location);
        remove_peer(&mut self.by_peer, registration.peer, id);
        Some(registration)
    }

    /// Removes a device altogether.
    pub fn forget(&mut self, id: DeviceId) {
        self.end_registration(id);
        if let Some(device) = self.by_id.remove(&id) {
            self.by_endpoint.remove(&device.endpoint);
        }
    }

    /// A registration whose time has run out, once each. Call until `None`.
    pub fn next_expired(&mut self, now: Instant) -> Option<DeviceId> {
        loop {
            let (_, id) = *self.expiries.first().filter(|(at, _)| *at <= now)?;
            let device = self.by_id.get_mut(&id)?;
            let end = device.dropped_at;
            let later = end.filter(|at| *at > now);
            set_timer(&mut self.expiries, device, id, later);
            if end.is_some() && later.is_none() {
                return Some(id);
            }
        }
    }

    /// A device whose awake window is over, once each. Call until `None`.
    pub fn next_asleep(&mut self, now: Instant) -> Option<DeviceId> {
        loop {
            let (_, id) = *self.naps.first().filter(|(at, _)| *at <= now)?;
            let device = self.by_id.get_mut(&id)?;
            if device.is_asleep(now) || !device.sleeps() {
                set_nap(&mut self.naps, device, id, None);
                return Some(id);
            }
            // It was heard since.
            let at = device.awake_until().map(after);
            set_nap(&mut self.naps, device, id, at);
        }
    }

    /// When to call [`Devices::next_expired`] or [`Devices::next_asleep`].
    #[must_use]
    pub fn next_change(&self) -> Option<Instant> {
        let first = |timers: &BTreeSet<(Instant, DeviceId)>| timers.first().map(|(at, _)| *at);
        let (expiry, nap) = (first(&self.expiries), first(&self.naps));
        expiry.into_iter().chain(nap).min()
    }

    /// The device of that id.
    #[must_use]
    pub fn get(&self, id: DeviceId) -> Option<&Device> {
        self.by_id.get(&id).map(|device| &**device)
    }

    /// The registration in force of a device.
    #[must_use]
    pub fn registration(&self, id: DeviceId) -> Option<&Arc<Registration>> {
        self.by_id.get(&id)?.registration.as_ref()
    }

    /// The device of that name.
    #[must_use]
    pub fn by_endpoint(&self, endpoint: &EndpointName) -> Option<DeviceId> {
        self.by_endpoint.get(endpoint).copied()
    }

    /// The device that registered from that peer.
    #[must_use]
    pub fn by_peer(&self, peer: Peer) -> Option<DeviceId> {
        self.by_peer.get(&peer).copied()
    }

    /// The device whose registration has that location.
    #[must_use]
    pub fn by_location(&self, location: Location) -> Option<DeviceId> {
        self.by_location.get(&location).copied()
    }

    /// Every device.
    pub fn iter(&self) -> impl Iterator<Item = (DeviceId, &Device)> {
        self.by_id.iter().map(|(id, device)| (*id, &**device))
    }
}

/// When a registration ends, on the clock that timers use. Right at the moment it is
/// made, renewed or restored; later the civil clock may have jumped.
fn end_of(registration: &Registration, now: Now, grace: Duration) -> Option<Instant> {
    registration
        .expires_at()
        .map(|at| now.instant + (at + grace).since(now.unix))
}

fn set_timer(
    expiries: &mut BTreeSet<(Instant, DeviceId)>,
    device: &mut Device,
    id: DeviceId,
    at: Option<Instant>,
) {
    if let Some(old) = device.timer.take() {
        expiries.remove(&(old, id));
    }
    if let Some(new) = at {
        expiries.insert((new, id));
        device.timer = Some(new);
    }
}

/// Notes that a device was heard, and when it will sleep. Says whether that woke it.
fn note_heard(
    naps: &mut BTreeSet<(Instant, DeviceId)>,
    device: &mut Device,
    id: DeviceId,
    now: Instant,
) -> bool {
    let window = device.awake_window();
    let woke = device.presence.hear(now, window);
    let sleeps = device.sleeps();
    // A later end moves the entry only when it comes up.
    if sleeps && device.nap.is_none() {
        set_nap(naps, device, id, Some(after(now + window)));
    }
    woke && sleeps
}

/// The first moment that is later: at its very end the window is still open.
fn after(at: Instant) -> Instant {
    at + Duration::from_micros(1)
}

fn set_nap(
    naps: &mut BTreeSet<(Instant, DeviceId)>,
    device: &mut Device,
    id: DeviceId,
    at: Option<Instant>,
) {
    if let Some(old) = device.nap.take() {
        naps.remove(&(old, id));
    }
    if let Some(new) = at {
        naps.insert((new, id));
        device.nap = Some(new);
    }
}

fn remove_peer(by_peer: &mut BTreeMap<Peer, DeviceId>, peer: Peer, id: DeviceId) {
    if by_peer.get(&peer) == Some(&id) {
        by_peer.remove(&peer);
    }
}
