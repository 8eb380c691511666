//! Names and numbers by which the engine knows things. They are newtypes so that
//! a device is never mistaken for an operation; the store uses them as row ids.

use std::fmt;
use std::sync::Arc;

/// A known device. Given by the engine, never reused within one database.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct DeviceId(pub i64);

/// An operation. Given by the engine, ascending.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct OperationId(pub i64);

/// An observation, in force or to be established again. Ascending.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ObservationId(pub i64);

/// The number of a commit. Rises by one with each batch, across restarts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Revision(pub u64);

/// Longest endpoint client name, in bytes: the limit of a Uri-Query option
/// (RFC 7252 §5.10) less the `ep=` before it.
pub const MAX_ENDPOINT_BYTES: usize = 252;

/// The endpoint client name of a device: UTF-8, 1 to [`MAX_ENDPOINT_BYTES`] bytes,
/// without control characters (conformance REG-24).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EndpointName(Arc<str>);

impl EndpointName {
    /// Checks `name`; `None` if it is empty, too long or holds control characters.
    #[must_use]
    pub fn new(name: &str) -> Option<Self> {
        let fits = (1..=MAX_ENDPOINT_BYTES).contains(&name.len());
        (fits && !name.chars().any(char::is_control)).then(|| Self(name.into()))
    }

    /// The name itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::borrow::Borrow<str> for EndpointName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EndpointName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for EndpointName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.0)
    }
}

/// The location of a registration under `/rd`: 64 random bits, so that it cannot
/// be guessed (conformance REG-02), written as 16 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Location(pub u64);

impl Location {
    /// Reads the 16 digits back, in the one spelling that was given out.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let lower = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        (text.len() == 16 && lower).then(|| u64::from_str_radix(text, 16).ok().map(Self))?
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rd/{self}")
    }
}
