//! Answers how devices are at this moment: their presence and their queues, put
//! together into a `view` for whoever looks.

use crate::devices::Device;
use crate::ids::DeviceId;
use crate::security::{ASSOCIATIONS, Session};
use crate::server::Server;
use crate::view::{View, Wakefulness};
use clock::{Instant, UnixTime};
use coap::Peer;

impl Server {
    /// How these devices are; those that are not known are left out.
    pub(crate) fn look(&self, devices: &[DeviceId]) -> Vec<View> {
        devices
            .iter()
            .filter_map(|id| Some(self.view(*id, self.devices.get(*id)?)))
            .collect()
    }

    fn view(&self, id: DeviceId, device: &Device) -> View {
        let now = self.now.instant;
        let state = match &device.registration {
            None => Wakefulness::Unregistered,
            Some(_) if !device.sleeps() => Wakefulness::AlwaysOn,
            Some(_) if device.is_asleep(now) => Wakefulness::Asleep,
            Some(_) => Wakefulness::Awake,
        };
        let until = device.awake_until().filter(|_| state == Wakefulness::Awake);
        let expected = device
            .expected_wake(now)
            .filter(|_| state == Wakefulness::Asleep);
        let (expected_wake_at, wake_basis) =
            expected.map(|own| (own.at, own.basis)).unwrap_or_default();
        View {
            device: id,
            state,
            awake_until: until.map(|at| self.civil(at)),
            expected_wake_at: expected_wake_at.map(|at| self.civil(at)),
            wake_basis,
            wakes_every: device.wakes_every(),
            awake_window: device.awake_window(),
            operations: self.operations.of_device(id),
            is_asked: self.operations.current(id).is_some(),
            at: self.place_of(device),
            session: self.session_of(device).cloned(),
            forged_records: self.forged_records_of(device).unwrap_or(0),
        }
    }

    fn forged_records_of(&self, device: &Device) -> Option<u32> {
        let session = self.session_of(device)?;
        let guard = self.security.guard.as_ref()?;
        Some(guard.association(session.association)?.forged())
    }

    fn session_of(&self, device: &Device) -> Option<&Session> {
        let registration = device.registration.as_ref()?;
        self.security.sessions.of_peer(registration.peer)
    }

    fn place_of(&self, device: &Device) -> Option<Peer> {
        let peer = device.registration.as_ref().map(|own| own.peer);
        let outside = peer.map(|peer| self.outside(peer));
        // The name of an association that is over says nothing of where the device is.
        let outside = outside.filter(|at| at.listener() != ASSOCIATIONS);
        outside.or_else(|| device.last_at.as_deref().copied())
    }

    /// The civil time of a moment to come.
    fn civil(&self, at: Instant) -> UnixTime {
        self.now.unix + at.since(self.now.instant)
    }
}
