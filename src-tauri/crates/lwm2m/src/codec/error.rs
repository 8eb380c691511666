//! Why a payload could not be read or written, in words for a person.

use crate::format::Format;
use crate::path::Path;
use crate::value::Kind;
use std::borrow::Cow;
use std::fmt;

/// A payload that is not what its format says. Readable parts are not kept:
/// what is merely odd is a deviation, not an error.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not readable as {format}, {at}: {reason}")]
pub struct DecodeError {
    /// What the payload was read as.
    pub format: Format,
    /// Where it went wrong.
    pub at: Location,
    /// What was wrong, in plain English.
    pub reason: Cow<'static, str>,
}

impl DecodeError {
    /// An error at a byte of the payload.
    #[must_use]
    pub fn at_byte(format: Format, offset: usize, reason: impl Into<Cow<'static, str>>) -> Self {
        Self {
            format,
            at: Location::Byte(offset),
            reason: reason.into(),
        }
    }

    /// An error in a record of the payload, counted from zero.
    #[must_use]
    pub fn in_record(format: Format, index: usize, reason: impl Into<Cow<'static, str>>) -> Self {
        Self {
            format,
            at: Location::Record(index),
            reason: reason.into(),
        }
    }
}

/// A place in a payload.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Location {
    /// Offset from the start, in bytes.
    Byte(usize),
    /// Index of a SenML or JSON record, from zero.
    Record(usize),
}

impl fmt::Display for Location {
    /// Records are counted from one, as people do.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Byte(offset) => write!(f, "byte {offset}"),
            Self::Record(index) => write!(f, "record {}", index.saturating_add(1)),
        }
    }
}

/// Why values cannot be written in a format.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum EncodeError {
    /// A format without values.
    #[error("{format} cannot carry values; choose another format")]
    NoValues {
        /// The format asked for.
        format: Format,
    },
    /// A format for one value was given none or several, or an object.
    #[error("{format} carries exactly one value, but {path} has {count}; choose TLV or SenML")]
    NotOneValue {
        /// The format asked for.
        format: Format,
        /// The path of the request.
        path: Path,
        /// How many values there were.
        count: usize,
    },
    /// A format whose payloads have no place for the object was asked for `/`.
    #[error("{format} cannot describe several objects at once; choose SenML JSON or SenML CBOR")]
    NotComposite {
        /// The format asked for.
        format: Format,
    },
    /// A value at something that is neither a resource nor a resource instance.
    #[error("{path} cannot hold a value; only resources and resource instances can")]
    NotAValuePath {
        /// The path of the value.
        path: Path,
    },
    /// A value that does not belong to what is being written.
    #[error("{path} does not lie below {base}")]
    OutsideBase {
        /// The path of the value.
        path: Path,
        /// The path of the request.
        base: Path,
    },
    /// Two values for one place in a format without times, or a resource with
    /// and without resource instances.
    #[error("{path} has more than one value; leave out all but one")]
    Repeated {
        /// The path that occurs again.
        path: Path,
    },
    /// A value that the format has no spelling for, such as NaN in JSON.
    #[error("{format} cannot carry this {kind} at {path}: {reason}")]
    NotCarried {
        /// The format asked for.
        format: Format,
        /// Where the value belongs.
        path: Path,
        /// The type of the value.
        kind: Kind,
        /// What hinders it.
        reason: &'static str,
    },
    /// A time that SenML would read as something else (RFC 8428 §4.5.3).
    #[error(
        "the time of {path} cannot be written: absolute times start in July 1978, relative ones end 8.5 years ahead"
    )]
    Time {
        /// The path of the value.
        path: Path,
    },
    /// A Create that leaves the instance id to the device, in a format for which
    /// the standard defines no such thing (Core 1.1.1 §6.3.6).
    #[error(
        "{format} has no agreed way to leave the instance id to the device; give an id, or choose TLV"
    )]
    InstanceNeeded {
        /// The format asked for.
        format: Format,
    },
    /// A Create names an instance that has no values.
    #[error("{format} cannot name an instance without values; give a value, or choose TLV")]
    ValueNeeded {
        /// The format asked for.
        format: Format,
    },
    /// A value longer than the length field of the format can say.
    #[error("{path} is longer than the 16 MiB that TLV can carry")]
    TooLong {
        /// The path of the value.
        path: Path,
    },
}
