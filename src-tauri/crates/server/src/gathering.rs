//! What a reading of a whole device is at and what it has gathered: the root first
//! where the device can be asked for it at once, then, or instead, object by object.
//! It sends nothing; `device_reading` does.

use crate::answer::DeviceTypes;
use crate::ask::{Ask, BOOTSTRAP_ONLY};
use crate::change::ReadingSource;
use crate::operation::{Ending, Outcome};
use crate::registration::Registration;
use clock::UnixTime;
use lwm2m::Path;
use lwm2m::registry::Registry;
use std::collections::VecDeque;

/// Sentences about refused objects that one ending keeps; the paths are all there.
const MAX_NOTES: usize = 8;

/// How far the reading of a device is.
#[derive(Debug)]
pub(crate) struct Gathering {
    /// What is being read now: the root, or an object; nothing once all is done.
    current: Option<Path>,
    /// The objects still to be read.
    rest: VecDeque<Path>,
    /// How many objects there are in all.
    objects: usize,
    /// What came so far.
    gathered: Ending,
    notes: Vec<String>,
}

impl Gathering {
    /// Before the first request.
    pub(crate) fn new(registration: &Registration, registry: &Registry, at: UnixTime) -> Self {
        let mut rest = readable_objects(registration, registry);
        let objects = rest.len();
        let current = if registration.takes_composite() {
            Some(Path::Root)
        } else {
            rest.pop_front()
        };
        Self {
            current,
            rest,
            objects,
            gathered: Ending::without_answer(Outcome::Success, "", at),
            notes: Vec::new(),
        }
    }

    /// What to ask now; `None` when there is nothing more to ask.
    pub(crate) fn ask(&self) -> Option<Ask> {
        Some(match self.current? {
            Path::Root => Ask::ReadDevice,
            path => Ask::Read { path, format: None },
        })
    }

    /// How the values of the answer to that come in.
    pub(crate) const fn source(&self) -> ReadingSource {
        match self.current {
            Some(Path::Root) => ReadingSource::Composite,
            _ => ReadingSource::Read,
        }
    }

    /// E.g. `object 3 of 8`.
    pub(crate) fn progress(&self) -> String {
        let number = self.objects.saturating_sub(self.rest.len());
        format!("object {number} of {}", self.objects)
    }

    /// Takes in how the last request ended and moves on. A device that answers for
    /// the root with nothing is asked object by object, like one that refuses.
    pub(crate) fn take(&mut self, mut part: Ending) {
        let Some(current) = self.current else {
            return;
        };
        let whole = current == Path::Root;
        let all_came = whole && !part.values.is_empty();
        if part.outcome != Outcome::Success {
            let words = part.detail;
            self.notes.push(if whole {
                format!("read object by object, because all at once failed: {words}")
            } else {
                self.gathered.missing.push(current);
                format!("{current}: {words}")
            });
        }
        let gathered = &mut self.gathered;
        gathered.values.append(&mut part.values);
        gathered.deviations.append(&mut part.deviations);
        gathered.format = part.format.or(gathered.format);
        gathered.code = part.code.or(gathered.code);
        self.current = self.rest.pop_front().filter(|_| !all_came);
    }

    /// The end once there is nothing more to ask.
    pub(crate) fn conclude(self, at: UnixTime) -> Ending {
        let refused = self.gathered.values.is_empty() && !self.gathered.missing.is_empty();
        let outcome = if refused {
            Outcome::Refused
        } else {
            Outcome::Success
        };
        self.cut_short(Ending::without_answer(outcome, "", at))
    }

    /// Adds what came so far to an end that came before all was read.
    pub(crate) fn cut_short(mut self, ending: Ending) -> Ending {
        let mut gathered = self.gathered;
        if let Some(current) = self.current {
            gathered.missing.push(current);
            gathered.missing.extend(self.rest);
        }
        if self.notes.len() > MAX_NOTES {
            let more = self.notes.len() - MAX_NOTES;
            self.notes.truncate(MAX_NOTES);
            self.notes.push(format!("{more} more were refused"));
        }
        if !ending.detail.is_empty() {
            self.notes.push(ending.detail);
        }
        Ending {
            outcome: ending.outcome,
            detail: self.notes.join("; "),
            at: ending.at,
            ..gathered
        }
    }
}

/// The objects of a device that have instances and, by their definition, anything
/// to read.
fn readable_objects(registration: &Registration, registry: &Registry) -> VecDeque<Path> {
    let types = DeviceTypes {
        registration,
        registry,
    };
    let announced = registration.objects.objects.iter();
    announced
        .filter(|own| !own.instances.is_empty() && !BOOTSTRAP_ONLY.contains(&own.object))
        .filter(|own| {
            let definition = types.object(own.object);
            definition.is_none_or(|known| known.resources.iter().any(|own| own.operations.read))
        })
        .map(|own| Path::Object(own.object))
        .collect()
}
