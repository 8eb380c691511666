//! Values of resources and what a device reports: the data types of Core 1.1.1
//! §7.1 (appendix C), independent of any format. The formats live in `codec`,
//! the checks against a definition in `model`.

use crate::path::Path;
use std::fmt;

/// The type of a value, as object definitions name it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Kind {
    /// UTF-8 text.
    String,
    /// Signed, up to 64 bits.
    Integer,
    /// Up to 64 bits (1.1 and later).
    Unsigned,
    /// IEEE 754, up to 64 bits.
    Float,
    /// True or false.
    Boolean,
    /// Bytes.
    Opaque,
    /// Seconds since 1970-01-01T00:00:00Z.
    Time,
    /// A link to an object instance.
    Objlnk,
    /// Links in CoRE link-format (1.1 and later).
    Corelnk,
}

impl Kind {
    /// All kinds, for tables and tests.
    pub const ALL: [Self; 9] = [
        Self::String,
        Self::Integer,
        Self::Unsigned,
        Self::Float,
        Self::Boolean,
        Self::Opaque,
        Self::Time,
        Self::Objlnk,
        Self::Corelnk,
    ];
}

impl fmt::Display for Kind {
    /// The name that object definitions use, e.g. `Unsigned Integer`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::String => "String",
            Self::Integer => "Integer",
            Self::Unsigned => "Unsigned Integer",
            Self::Float => "Float",
            Self::Boolean => "Boolean",
            Self::Opaque => "Opaque",
            Self::Time => "Time",
            Self::Objlnk => "Objlnk",
            Self::Corelnk => "Corelnk",
        })
    }
}

/// One value of a resource or of a resource instance.
#[derive(Clone, PartialEq, Debug)]
pub enum Value {
    /// UTF-8 text.
    String(String),
    /// Signed, up to 64 bits.
    Integer(i64),
    /// Up to 64 bits.
    Unsigned(u64),
    /// IEEE 754; may be NaN or infinite where the format can carry it.
    Float(f64),
    /// True or false.
    Boolean(bool),
    /// Bytes.
    Opaque(Vec<u8>),
    /// Seconds since 1970-01-01T00:00:00Z.
    Time(i64),
    /// Object id and instance id; `65535:65535` is the null link.
    Objlnk(u16, u16),
    /// CoRE link-format text.
    Corelnk(String),
}

impl Value {
    /// The type of this value.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::String(_) => Kind::String,
            Self::Integer(_) => Kind::Integer,
            Self::Unsigned(_) => Kind::Unsigned,
            Self::Float(_) => Kind::Float,
            Self::Boolean(_) => Kind::Boolean,
            Self::Opaque(_) => Kind::Opaque,
            Self::Time(_) => Kind::Time,
            Self::Objlnk(..) => Kind::Objlnk,
            Self::Corelnk(_) => Kind::Corelnk,
        }
    }
}

/// A value at a resource or resource instance, perhaps with the time the device
/// gave it. Every decoder yields these, every encoder takes them.
#[derive(Clone, PartialEq, Debug)]
pub struct Reading {
    /// [`Path::Resource`] for a single value, [`Path::ResourceInstance`] for one
    /// of several.
    pub path: Path,
    /// The value.
    pub value: Value,
    /// When the device took it; `None` means now.
    pub time: Option<ReadingTime>,
}

impl Reading {
    /// A reading without a time of its own.
    #[must_use]
    pub const fn new(path: Path, value: Value) -> Self {
        Self {
            path,
            value,
            time: None,
        }
    }
}

/// A time inside a SenML or JSON payload, in microseconds (RFC 8428 §4.5.3).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum ReadingTime {
    /// Since 1970-01-01T00:00:00Z.
    Absolute(i64),
    /// Relative to the moment of arrival; negative is the past.
    Relative(i64),
}
