//! What all decoders share: the model's view of a value, and the place where
//! readings and deviations gather.

use crate::deviation::Deviation;
use crate::path::Id;
use crate::value::{Kind, Reading};

/// What a decoder needs to know of the object definitions.
pub trait Types {
    /// The type of a resource; `None` when nothing is known of it.
    fn kind(&self, object: Id, resource: Id) -> Option<Kind>;

    /// Whether a resource has instances; `None` when nothing is known of it.
    fn is_multiple(&self, object: Id, resource: Id) -> Option<bool>;
}

/// Knows nothing: the raw mode for objects without a definition. TLV values
/// become bytes, text stays text, the others keep the type they were sent with.
#[derive(Clone, Copy, Debug)]
pub struct Untyped;

impl Types for Untyped {
    fn kind(&self, _: Id, _: Id) -> Option<Kind> {
        None
    }

    fn is_multiple(&self, _: Id, _: Id) -> Option<bool> {
        None
    }
}

/// What a payload said.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Decoded {
    /// The values in the order of the payload.
    pub readings: Vec<Reading>,
    /// What was odd, and read anyway.
    pub deviations: Vec<Deviation>,
}

/// Most values in one payload; a device with more splits its report. Keeps a
/// full payload below 8 MiB of readings.
pub const MAX_RECORDS: usize = 65_536;
