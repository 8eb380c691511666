//! The table of known devices: by id, by endpoint name, by the location of the
//! registration, and by the moment it expires. A table only: what a Register or
//! an expiry means is decided in `lifecycle`.

use crate::ids::{DeviceId, EndpointName, Location};
use crate::registration::Registration;
use clock::{Instant, Now};
use coap::Peer;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// Devices known at once, registered or not, unless chosen otherwise. A Register
/// beyond it is answered with 5.03: memory stays bounded whoever knocks.
pub const MAX_DEVICES: usize = 1_000_000;

/// How long a device in queue mode listens after it was heard: MAX_TRANSMIT_WAIT
/// (RFC 7252 §4.8.2, Transport 1.1.1 §6.5; conformance QM-01).
pub const AWAKE_WINDOW: Duration = Duration::from_secs(93);

/// A device that registered at least once.
#[derive(Debug)]
pub struct Device {
    /// Its name.
    pub endpoint: EndpointName,
    /// Its registration, while it has one.
    pub registration: Option<Arc<Registration>>,
    /// When it was heard last in this run, on the clock that timers use; `None` too
    /// once it did not answer.
    heard_at: Option<Instant>,
    /// When its registration ends unless renewed, on the same clock: a jump of the
    /// civil one expires nobody (conformance G-15).
    ends_at: Option<Instant>,
    /// The entry in [`Devices::expiries`], if there is one.
    timer: Option<Instant>,
}

impl Device {
    /// Whether it sleeps: in queue mode and past its awake window.
    #[must_use]
    pub fn is_asleep(&self, now: Instant) -> bool {
        self.registration.as_ref().is_some_and(|own| own.queue_mode)
            && self.heard_at.is_none_or(|at| now.since(at) > AWAKE_WINDOW)
    }
}

/// All known devices.
#[derive(Debug)]
pub struct Devices {
    by_id: BTreeMap<DeviceId, Device>,
    by_endpoint: BTreeMap<EndpointName, DeviceId>,
    by_location: BTreeMap<Location, DeviceId>,
    /// Whose registration a peer's is; the last one where several share an address.
    by_peer: BTreeMap<Peer, DeviceId>,
    /// One entry for each registration that can expire. It may lie too early: an
    /// Update does not move it, [`Devices::next_expired`] does when it comes up.
    expiries: BTreeSet<(Instant, DeviceId)>,
    last: i64,
    most: usize,
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
            last: 0,
            most,
        }
    }

    /// Makes sure that no id up to `last` is given again.
    pub fn reserve(&mut self, last: DeviceId) {
        self.last = self.last.max(last.0);
    }

    /// Takes in a device from the last run.
    pub fn restore(
        &mut self,
        now: Now,
        id: DeviceId,
        endpoint: EndpointName,
        registration: Option<Arc<Registration>>,
    ) {
        self.reserve(id);
        self.by_endpoint.insert(endpoint.clone(), id);
        self.by_id.insert(
            id,
            Device {
                endpoint,
                registration: None,
                heard_at: None,
                ends_at: None,
                timer: None,
            },
        );
        if let Some(registration) = registration {
            self.register(now, registration);
            // It was heard, but not by this run.
            self.miss(id);
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
        self.by_id.insert(
            id,
            Device {
                endpoint: endpoint.clone(),
                registration: None,
                heard_at: None,
                ends_at: None,
                timer: None,
            },
        );
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
        device.heard_at = Some(now.instant);
        device.ends_at = end_of(&registration, now);
        let ends_at = device.ends_at;
        set_timer(&mut self.expiries, device, id, ends_at);
        device.registration = Some(registration);
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
        device.heard_at = Some(now.instant);
        let registration = registration.clone();
        device.ends_at = end_of(&registration, now);
        // A later end moves the entry only when it comes up; an earlier one at once.
        if let Some(at) = device.ends_at
            && device.timer.is_none_or(|known| at < known)
        {
            set_timer(&mut self.expiries, device, id, Some(at));
        }
        Some(registration)
    }

    /// Notes that a device was heard. Its lifetime is not renewed by that.
    pub fn hear(&mut self, now: Instant, id: DeviceId) {
        if let Some(device) = self.by_id.get_mut(&id) {
            device.heard_at = Some(now);
        }
    }

    /// Notes that a device did not answer.
    pub fn miss(&mut self, id: DeviceId) {
        if let Some(device) = self.by_id.get_mut(&id) {
            device.heard_at = None;
        }
    }

    /// Ends the registration of a device, if it has one, and yields it.
    pub fn end_registration(&mut self, id: DeviceId) -> Option<Arc<Registration>> {
        let device = self.by_id.get_mut(&id)?;
        let registration = device.registration.take()?;
        device.ends_at = None;
        set_timer(&mut self.expiries, device, id, None);
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
            let end = device.ends_at;
            let later = end.filter(|at| *at > now);
            set_timer(&mut self.expiries, device, id, later);
            if end.is_some() && later.is_none() {
                return Some(id);
            }
        }
    }

    /// When to call [`Devices::next_expired`].
    #[must_use]
    pub fn next_expiry(&self) -> Option<Instant> {
        self.expiries.first().map(|(at, _)| *at)
    }

    /// The device of that id.
    #[must_use]
    pub fn get(&self, id: DeviceId) -> Option<&Device> {
        self.by_id.get(&id)
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
        self.by_id.iter().map(|(id, device)| (*id, device))
    }
}

/// When a registration ends, on the clock that timers use. Right at the moment it is
/// made, renewed or restored; later the civil clock may have jumped.
fn end_of(registration: &Registration, now: Now) -> Option<Instant> {
    registration
        .expires_at()
        .map(|at| now.instant + at.since(now.unix))
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

fn remove_peer(by_peer: &mut BTreeMap<Peer, DeviceId>, peer: Peer, id: DeviceId) {
    if by_peer.get(&peer) == Some(&id) {
        by_peer.remove(&peer);
    }
}
