//! Object definitions: what an object is made of and which values it takes.
//!
//! A definition is plain data; it never reads a file (`ddf` parses them,
//! `catalogue` and `bundled` carry ours) and never refuses a value because a
//! range was not understood. `registry` holds many versions side by side.

use crate::path::{Id, ObjectVersion};
use crate::range::Range;
use crate::value::{Kind, Value};
use std::fmt;
use std::str::FromStr;

/// One version of one object.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ObjectDefinition {
    /// The object id.
    pub id: Id,
    /// The name, without surrounding space.
    pub name: String,
    /// The version of the object; 1.0 where the definition says nothing.
    pub version: ObjectVersion,
    /// The version of LwM2M that the definition asks for, as written (`1.0`).
    pub lwm2m_version: String,
    /// The URN as written; equal URNs may differ in `:1.0` (conformance VER-06).
    pub urn: String,
    /// Whether there may be several instances.
    pub multiple: bool,
    /// Whether every device has the object.
    pub mandatory: bool,
    /// What the object is for; may be empty.
    pub description: String,
    /// The resources in the order of the definition, which is the order to show.
    pub resources: Vec<ResourceDefinition>,
    /// Who gave us the definition.
    pub provenance: Provenance,
}

impl ObjectDefinition {
    /// The definition of one resource.
    #[must_use]
    pub fn resource(&self, id: Id) -> Option<&ResourceDefinition> {
        self.resources.iter().find(|resource| resource.id == id)
    }
}

/// Who gave us a definition. A later variant overrides an earlier one of the
/// same object and version (conformance VER-03).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Provenance {
    /// The facts-only catalogue of the public registry.
    Catalogue,
    /// A definition that we wrote and ship.
    Bundled,
    /// A file that the user imported, by its name.
    User(String),
}

impl fmt::Display for Provenance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Catalogue => f.write_str("catalogue"),
            Self::Bundled => f.write_str("bundled"),
            Self::User(name) => f.write_str(name),
        }
    }
}

/// One resource of an object.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ResourceDefinition {
    /// The resource id.
    pub id: Id,
    /// The name, without surrounding space.
    pub name: String,
    /// What a server may do with it.
    pub operations: Operations,
    /// Whether it holds several values, each a resource instance.
    pub multiple: bool,
    /// Whether every instance of the object has it.
    pub mandatory: bool,
    /// The data type; `None` for an executable resource, or when nobody said.
    pub kind: Option<Kind>,
    /// The range or enumeration as written; see [`ResourceDefinition::parsed_range`].
    pub range: String,
    /// The unit as written, mostly a SenML unit (`Cel`), sometimes free text.
    pub units: String,
    /// What the resource is for; may be empty.
    pub description: String,
}

impl ResourceDefinition {
    /// The range as far as it can be understood.
    #[must_use]
    pub fn parsed_range(&self) -> Range {
        Range::parse(&self.range, self.kind)
    }
}

/// What a server may do with a resource. None of the three means that only a
/// bootstrap server reaches it.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Operations {
    /// Read, Observe, Discover.
    pub read: bool,
    /// Write.
    pub write: bool,
    /// Execute.
    pub execute: bool,
}

impl Operations {
    /// `R`
    pub const R: Self = Self::of(true, false, false);
    /// `W`
    pub const W: Self = Self::of(false, true, false);
    /// `RW`
    pub const RW: Self = Self::of(true, true, false);
    /// `E`
    pub const E: Self = Self::of(false, false, true);
    /// No operation: bootstrap only.
    pub const NONE: Self = Self::of(false, false, false);

    const fn of(read: bool, write: bool, execute: bool) -> Self {
        Self {
            read,
            write,
            execute,
        }
    }
}

impl fmt::Display for Operations {
    /// `R`, `W`, `RW`, `E`, the empty string, or the odd `RWE`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (may, letter) in [(self.read, "R"), (self.write, "W"), (self.execute, "E")] {
            if may {
                f.write_str(letter)?;
            }
        }
        Ok(())
    }
}

impl FromStr for Operations {
    type Err = NotOperations;

    /// Reads the letters R, W and E in any order and case; spaces are ignored.
    fn from_str(text: &str) -> Result<Self, NotOperations> {
        let mut operations = Self::NONE;
        for letter in text.chars().filter(|c| !c.is_whitespace()) {
            match letter.to_ascii_uppercase() {
                'R' => operations.read = true,
                'W' => operations.write = true,
                'E' => operations.execute = true,
                _ => return Err(NotOperations(text.trim().to_owned())),
            }
        }
        Ok(operations)
    }
}

/// Text that is no set of operations.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("\"{0}\" is no set of operations; they are R, W, RW, E or nothing")]
pub struct NotOperations(pub String);

/// A version of LwM2M itself, which decides the default versions of core objects.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Lwm2mVersion {
    /// LwM2M 1.0
    V1_0,
    /// LwM2M 1.1
    V1_1,
    /// LwM2M 1.2
    V1_2,
}

impl Lwm2mVersion {
    /// The version named `1.0`, `1.1` or `1.2`; `None` for any other.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        match text {
            "1.0" => Some(Self::V1_0),
            "1.1" => Some(Self::V1_1),
            "1.2" => Some(Self::V1_2),
            _ => None,
        }
    }
}

impl fmt::Display for Lwm2mVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V1_0 => "1.0",
            Self::V1_1 => "1.1",
            Self::V1_2 => "1.2",
        })
    }
}

/// Why a value does not fit a resource, in words for the person who typed it.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ValueError {
    /// The value has another type than the definition asks for.
    #[error("{name} takes {expected}, and this value is {found}")]
    WrongKind {
        /// The name of the resource.
        name: String,
        /// What it takes.
        expected: Kind,
        /// What was given.
        found: Kind,
    },
    /// The value lies outside the range.
    #[error("{name}: {reason}")]
    OutOfRange {
        /// The name of the resource.
        name: String,
        /// Which limit was missed, as [`Range::check`] says it.
        reason: String,
    },
    /// A server may not write the resource.
    #[error("{name} cannot be written; its definition allows {allowed}")]
    NotWritable {
        /// The name of the resource.
        name: String,
        /// What the definition allows, in words.
        allowed: &'static str,
    },
}

/// Checks a value's type and range (conformance DM-06, DM-07). A resource without
/// a type, or with a range that was not understood, takes every value.
pub fn check_value(definition: &ResourceDefinition, value: &Value) -> Result<(), ValueError> {
    if let Some(expected) = definition.kind
        && expected != value.kind()
    {
        return Err(ValueError::WrongKind {
            name: definition.name.clone(),
            expected,
            found: value.kind(),
        });
    }
    definition
        .parsed_range()
        .check(value)
        .map_err(|reason| ValueError::OutOfRange {
            name: definition.name.clone(),
            reason,
        })
}

/// Checks whether a server may write this value: the operation, then the type and
/// the range. A bootstrap server, which writes everything, uses [`check_value`].
pub fn check_write(definition: &ResourceDefinition, value: &Value) -> Result<(), ValueError> {
    if definition.operations.write {
        return check_value(definition, value);
    }
    Err(ValueError::NotWritable {
        name: definition.name.clone(),
        allowed: match definition.operations {
            Operations { read: true, .. } => "reading only",
            Operations { execute: true, .. } => "executing only",
            _ => "only a bootstrap server to reach it",
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(operations: Operations, kind: Option<Kind>, range: &str) -> ResourceDefinition {
        ResourceDefinition {
            id: 1,
            name: "Lifetime".into(),
            operations,
            multiple: false,
            mandatory: true,
            kind,
            range: range.into(),
            units: "s".into(),
            description: String::new(),
        }
    }

    #[test]
    fn operations_are_read_in_any_spelling_and_printed_in_one() {
        for (text, printed) in [
            ("R", "R"),
            (" RW\n", "RW"),
            ("WR", "RW"),
            ("", ""),
            ("E", "E"),
            ("rwe", "RWE"),
        ] {
            let operations: Operations = text.parse().expect(text);
            assert_eq!(operations.to_string(), printed);
        }
        assert!("X".parse::<Operations>().is_err());
    }

    #[test]
    fn dm_06_a_value_is_checked_by_type_range_and_operation() {
        let lifetime = resource(Operations::RW, Some(Kind::Integer), "1..86400");
        assert_eq!(check_write(&lifetime, &Value::Integer(300)), Ok(()));
        let refused = |value| {
            check_write(&lifetime, &value)
                .expect_err("out of place")
                .to_string()
        };
        assert_eq!(
            refused(Value::Integer(0)),
            "Lifetime: 0 is outside 1..86400"
        );
        assert_eq!(
            refused(Value::String("300".into())),
            "Lifetime takes Integer, and this value is String"
        );
        let read_only = resource(Operations::R, Some(Kind::Integer), "");
        assert_eq!(
            check_write(&read_only, &Value::Integer(1))
                .expect_err("read only")
                .to_string(),
            "Lifetime cannot be written; its definition allows reading only"
        );
        assert_eq!(check_value(&read_only, &Value::Integer(1)), Ok(()));
    }

    #[test]
    fn rg_08_a_resource_without_a_type_takes_every_value() {
        let untyped = resource(Operations::RW, None, "");
        assert_eq!(check_write(&untyped, &Value::Boolean(true)), Ok(()));
    }
}
