//! The devices' side of the world, and the people beside them.

use super::{DEVICE_OFF, Event, World};
use crate::address;
use crate::broken::Broken;
use crate::trace::Mark;
use crate::wakes::Node;
use clock::Instant;
use coap::Message;
use device::Device;
use lwm2m::Path;
use secure::{ClientConfig, ClientCredential, Secret};

impl World {
    pub(super) fn begin_device(&mut self, number: usize) -> Result<(), Broken> {
        let seed = self.fate.seed();
        let server = address::server();
        let now = self.clocks(self.now);
        let secured = self.plan.is_secured(number);
        let unit = &mut self.units[number];
        unit.lives += 1;
        unit.since = self.now;
        let mut device = Device::new(unit.profile.clone(), server, seed, now);
        if secured {
            let config = ClientConfig::new(ClientCredential::Psk {
                identity: unit.profile.endpoint.clone().into_bytes(),
                key: key_of(number),
            });
            device = device.over_dtls(config).expect("a good key");
        }
        unit.device = Some(device);
        self.figures.device_starts += 1;
        self.note(Mark::Fate, Some(number), "is switched on".to_owned());
        self.drain_device(number)
    }

    pub(super) fn end_device(&mut self, number: usize) {
        let unit = &mut self.units[number];
        if unit.device.take().is_none() {
            return;
        }
        self.wakes.set(Node::Device(number), None);
        self.checks.device_dies(number);
        let off = self.fate.between(DEVICE_OFF);
        self.note(
            Mark::Fate,
            Some(number),
            format!("is switched off for {off:?}"),
        );
        self.after(off, Event::DeviceBegins(number));
    }

    pub(super) fn device_receives(&mut self, number: usize, bytes: &[u8]) -> Result<(), Broken> {
        let mark = if self.units[number].device.is_some() {
            Mark::DeviceReceives
        } else {
            Mark::Unheard
        };
        let shown = self.shown(number, bytes);
        self.trace.note(self.now, mark, Some(number), shown);
        let peer = address::server();
        self.tell_device(number, device::Input::Datagram { peer, bytes })
    }

    pub(super) fn person_acts(&mut self) -> Result<(), Broken> {
        self.again(self.plan.person_acts_every, Event::SomePersonActs);
        let number = self.some_device();
        let command = match self.fate.below(8) {
            0 => {
                let span = self.fate.between(DEVICE_OFF);
                self.after(span, Event::PersonComesBack(number));
                device::Command::Deregister
            }
            1 => device::Command::Reboot {
                pause: self.fate.between(DEVICE_OFF),
            },
            2..=4 => device::Command::Send {
                paths: vec![Path::Resource(3303, 0, 5700), Path::Resource(3, 0, 9)],
            },
            _ => device::Command::Update,
        };
        self.note(Mark::Fate, Some(number), format!("{command:?}"));
        self.tell_device(number, device::Input::Command(command))
    }

    pub(super) fn tell_device(
        &mut self,
        number: usize,
        input: device::Input<'_>,
    ) -> Result<(), Broken> {
        let now = self.clocks(self.units[number].since);
        if let Some(device) = &mut self.units[number].device {
            device.handle(now, input);
        }
        self.drain_device(number)
    }

    pub(super) fn drain_device(&mut self, number: usize) -> Result<(), Broken> {
        loop {
            let unit = &mut self.units[number];
            let Some(device) = &mut unit.device else {
                return Ok(());
            };
            match device.poll() {
                device::Output::Transmit { bytes, .. } => {
                    // Records differ from run to run: OpenSSL draws its own randomness.
                    let shown = self.shown(number, &bytes);
                    self.trace
                        .note(self.now, Mark::DeviceSends, Some(number), shown);
                    if let Ok(message) = Message::decode(&bytes) {
                        self.checks.device_sends(number, &message);
                    }
                    self.carry(number, bytes, Event::ServerReceives);
                }
                device::Output::Event(event) => {
                    if event == device::Event::Rebooted {
                        // It has forgotten which messages it knows already.
                        unit.lives += 1;
                    }
                    let life = unit.lives;
                    self.note(Mark::Device, Some(number), format!("{event:?}"));
                    self.figures.count(&event);
                    self.checks.device_says(number, life, &event)?;
                }
                device::Output::WakeAt(at) => {
                    let at = at.map(|at| unit.since + at.since(Instant::ZERO));
                    self.wakes.set(Node::Device(number), at);
                    return Ok(());
                }
            }
        }
    }
}

/// The key of a device over DTLS.
pub(super) fn key_of(number: usize) -> Secret {
    Secret::new(format!("key of {number}").into_bytes())
}
