//! On, off, restarting, asleep: when a device hears and speaks, and the wishes of
//! its objects that end in it.

use super::collecting::Collection;
use super::{Device, endpoint, generator};
use crate::objects;
use crate::output::Event;
use crate::registration::{Leave, News, Registration};
use crate::world::Wish;
use clock::Instant;
use lwm2m::Path;
use rand_core::Rng;
use std::time::Duration;

/// Between the order to restart and the silence, so that the answer gets out.
const GRACE: Duration = Duration::from_millis(500);

/// How long a restart takes that a server asked for.
const RESTART: Duration = Duration::from_secs(3);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Power {
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
    pub(super) fn fulfil_wishes(&mut self) {
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

    fn go_down(&mut self, reset: bool) {
        if self.power == Power::On {
            let at = self.now.instant + GRACE;
            let pause = RESTART;
            self.power = Power::GoingDown { at, pause, reset };
        }
    }

    pub(super) fn power_off(&mut self, pause: Duration, reset: bool) {
        let until = self.now.instant + pause;
        self.power = Power::Off { until, reset };
    }

    pub(super) fn switch_power(&mut self) {
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
    pub(super) fn restart_client(&mut self, start: Instant) {
        self.starts = self.starts.saturating_add(1);
        self.endpoint = endpoint(&self.model.profile, self.seed, self.starts, self.server);
        let key = generator(self.seed, self.starts).next_u64();
        self.registration = Registration::new(key, start);
        self.observations.clear();
        self.sending = None;
        self.forget_session();
        self.collection = Collection::default();
    }

    /// Whether a datagram reaches the device: a device in queue mode sleeps
    /// between two messages of its own (Transport 1.1.1 §6.5).
    pub(super) fn hears(&self) -> bool {
        let off = matches!(self.power, Power::Off { .. } | Power::Stopped);
        let asleep = self.model.profile.queue_mode && self.now.instant > self.awake_until;
        !off && !asleep
    }

    pub(super) fn stay_awake(&mut self) {
        self.awake_until = self.now.instant + self.model.profile.awake_for;
    }
}
