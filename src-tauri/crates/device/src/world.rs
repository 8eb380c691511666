//! What surrounds the objects of one device: the time, its randomness, its
//! clock, its traffic, and the wishes that objects have of the client around them.
//!
//! Objects change the world and never reach the transport; `device` reads the
//! wishes after each step.

use crate::signal::{Signal, scramble};
use clock::{Instant, Now, UnixTime};
use lwm2m::path::Id;
use std::time::Duration;

/// The surroundings of one device.
#[derive(Clone, Debug)]
pub(crate) struct World {
    /// The moment of the step under way.
    pub(crate) now: Now,
    /// What makes this device differ from all others.
    key: u64,
    /// How far the device's clock is ahead of the real one, in seconds.
    pub(crate) clock_offset_s: i64,
    /// How many firmware updates it has had; the last part of its version.
    pub(crate) build: u32,
    /// With which Update Result the next firmware update ends.
    pub(crate) firmware_result: u8,
    /// What it sent and received.
    pub(crate) traffic: Traffic,
    wishes: Vec<Wish>,
}

/// What an object wants of the client.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Wish {
    /// An Update now (/1/0/8).
    Update,
    /// An Update that says the new lifetime (/1/0/1).
    AnnounceLifetime,
    /// An Update that says the new binding (/1/0/7).
    AnnounceBinding,
    /// De-register, and come back after the disable timeout (/1/0/4).
    Disable,
    /// Restart (/3/0/4, or a firmware update).
    Reboot,
    /// Restart as it was delivered (/3/0/5).
    FactoryReset,
}

/// Counters of object 7.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) struct Traffic {
    /// Until when it counts: `None` when stopped.
    pub(crate) until: Option<Instant>,
    /// Messages both ways.
    pub(crate) messages: u64,
    /// Bytes sent.
    pub(crate) sent: u64,
    /// Bytes received.
    pub(crate) received: u64,
    /// Bytes of the largest message.
    pub(crate) largest: u64,
}

/// Counts until it is stopped: no collection period was set.
const FOREVER: Instant = Instant::from_micros(u64::MAX);

impl Traffic {
    /// Begins to count anew, for `period` unless it is zero (/7/0/6).
    pub(crate) fn start(&mut self, now: Instant, period: Duration) {
        let until = if period.is_zero() {
            FOREVER
        } else {
            now + period
        };
        *self = Self {
            until: Some(until),
            ..Self::default()
        };
    }

    /// Counts a message that left.
    pub(crate) fn count_sent(&mut self, now: Instant, bytes: usize) {
        if self.count(now, bytes) {
            self.sent = self.sent.saturating_add(bytes as u64);
        }
    }

    /// Counts a message that came.
    pub(crate) fn count_received(&mut self, now: Instant, bytes: usize) {
        if self.count(now, bytes) {
            self.received = self.received.saturating_add(bytes as u64);
        }
    }

    fn count(&mut self, now: Instant, bytes: usize) -> bool {
        let counting = self.until.is_some_and(|until| now < until);
        if counting {
            self.messages = self.messages.saturating_add(1);
            self.largest = self.largest.max(bytes as u64);
        }
        counting
    }
}

impl World {
    pub(crate) fn new(now: Now, key: u64, firmware_result: u8) -> Self {
        Self {
            now,
            key,
            clock_offset_s: 0,
            build: 0,
            firmware_result,
            traffic: Traffic::default(),
            wishes: Vec::new(),
        }
    }

    /// The curves of one object instance at this moment.
    pub(crate) fn signal(&self, object: Id, instance: Id) -> Signal {
        let branch = u64::from(object) << 16 | u64::from(instance);
        Signal::new(self.key, self.now.unix).fork(branch)
    }

    /// The time by the device's own clock.
    pub(crate) fn device_time_s(&self) -> i64 {
        self.now
            .unix
            .as_seconds()
            .saturating_add(self.clock_offset_s)
    }

    /// Sets the device's own clock.
    pub(crate) fn set_device_time_s(&mut self, seconds: i64) {
        self.clock_offset_s = seconds.saturating_sub(self.now.unix.as_seconds());
    }

    /// Twelve characters that look like a serial number.
    pub(crate) fn serial_number(&self) -> String {
        format!("{:012X}", scramble(self.key) >> 16)
    }

    /// Records a wish, once.
    pub(crate) fn wish(&mut self, wish: Wish) {
        if !self.wishes.contains(&wish) {
            self.wishes.push(wish);
        }
    }

    /// The next wish to fulfil, in the order they came up.
    pub(crate) fn take_wish(&mut self) -> Option<Wish> {
        (!self.wishes.is_empty()).then(|| self.wishes.remove(0))
    }

    /// The moment at which the signals stand `ago` earlier.
    pub(crate) fn earlier(&self, ago: Duration) -> UnixTime {
        self.now.unix - ago
    }
}
