//! Values that a device collects while it sleeps and reports together, each under
//! the time it was taken at (Send, Core 1.1.1 §6.4.6; conformance IR-06).

use super::Device;
use crate::output::Event;
use clock::Instant;
use lwm2m::path::Id;
use lwm2m::{Format, Path, Reading, ReadingTime};

/// The resource that holds the value of a sensor.
const SENSOR_VALUE: Id = 5700;

/// Values kept at most; the oldest give way, as in any small memory.
const MAX_COLLECTED: usize = 256;

/// What was taken since the last report.
#[derive(Clone, Default, Debug)]
pub(super) struct Collection {
    /// When the next sample is taken; `None` before the first one is planned.
    next: Option<Instant>,
    samples: u32,
    readings: Vec<Reading>,
    /// How many of them are on their way.
    sent: usize,
}

impl Collection {
    /// When the next sample is due.
    pub(super) const fn next(&self) -> Option<Instant> {
        self.next
    }

    /// What was on its way has arrived.
    pub(super) fn delivered(&mut self) {
        self.readings.drain(..self.sent.min(self.readings.len()));
        self.sent = 0;
    }

    /// What was on its way stays for the next report.
    pub(super) const fn lost(&mut self) {
        self.sent = 0;
    }
}

impl Device {
    /// Takes a sample when one is due, and reports after enough of them.
    pub(super) fn collect(&mut self) {
        let Some(plan) = self.model.profile.collects else {
            return;
        };
        let now = self.now.instant;
        let due = *self.collection.next.get_or_insert(now + plan.every);
        if due > now {
            return;
        }
        self.collection.next = Some(now + plan.every);
        self.take_sample();
        if self.collection.samples >= plan.samples.max(1) && self.is_registered() {
            self.report_collected();
        }
    }

    fn take_sample(&mut self) {
        let at = ReadingTime::Absolute(self.now.unix.as_micros());
        let sampled = |reading: &Reading| reading.path.resource() == Some(SENSOR_VALUE);
        let values = self.model.read(Path::Root).into_iter().filter(sampled);
        let collection = &mut self.collection;
        collection.samples = collection.samples.saturating_add(1);
        collection.readings.extend(values.map(|reading| Reading {
            time: Some(at),
            ..reading
        }));
        let surplus = collection.readings.len().saturating_sub(MAX_COLLECTED);
        if collection.sent == 0 {
            collection.readings.drain(..surplus);
        } else {
            collection.readings.truncate(MAX_COLLECTED);
        }
    }

    fn report_collected(&mut self) {
        if self.collection.readings.is_empty() {
            return;
        }
        let readings = self.collection.readings.clone();
        let encoded = lwm2m::codec::encode(Format::SenmlCbor, Path::Root, &readings);
        let payload = match encoded {
            Ok(payload) => payload,
            Err(error) => {
                self.collection.readings.clear();
                let reason = error.to_string();
                return self.event(Event::SendFailed { reason });
            }
        };
        if self.push(Format::SenmlCbor.id(), payload) {
            self.collection.sent = readings.len();
            self.collection.samples = 0;
        }
    }
}
