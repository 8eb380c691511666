//! Object definitions as XML: the files of the public registry and of vendors
//! (DDF, schemas LWM2M.xsd 1.0 and 1.1).
//!
//! A file is untrusted input (conformance VER-04): no DOCTYPE, no entities of its
//! own, bounded size and depth, and either every object of it is understood or
//! none. What is merely odd becomes a [`DdfProblem`] with its line. `tree` reads
//! the XML, `read` its meaning, `write` goes the other way.

mod read;
mod tree;
mod write;

#[cfg(test)]
mod tests;

use crate::model::ObjectDefinition;
use std::fmt;

pub use write::write;

/// How long a file may be, in bytes; the longest of the registry has 100 KiB.
pub const MAX_FILE: usize = 1024 * 1024;

/// How deep elements may nest; the schema needs 5.
pub const MAX_DEPTH: usize = 16;

/// What a file defines, and what was odd about it.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Parsed {
    /// At least one.
    pub objects: Vec<ObjectDefinition>,
    /// By rising line.
    pub problems: Vec<DdfProblem>,
}

/// Something odd that did not keep a definition from being understood.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct DdfProblem {
    /// The line, starting at 1.
    pub line: u32,
    /// What is odd, in words.
    pub message: String,
}

/// Why a file was not taken, and where.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct DdfError {
    /// The line, starting at 1.
    pub line: u32,
    /// What is wrong.
    pub reason: DdfReason,
}

impl DdfError {
    /// Whether the file is simply something else, which the import of a folder
    /// skips instead of calling it a failure.
    #[must_use]
    pub fn is_other_file(&self) -> bool {
        matches!(self.reason, DdfReason::NotADefinition(_))
    }
}

/// What keeps a file from being taken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DdfReason {
    /// Well-formed so far, but no object definition: what it is instead.
    NotADefinition(String),
    /// Longer than [`MAX_FILE`].
    TooLong(usize),
    /// Deeper than [`MAX_DEPTH`].
    TooDeep,
    /// UTF-16.
    Utf16,
    /// Bytes that are not UTF-8.
    NotUtf8,
    /// A document type declaration.
    Doctype,
    /// A reference to an entity that XML itself does not define.
    Entity(String),
    /// Not well-formed XML: what the parser says.
    Malformed(String),
    /// The file ends inside this element.
    Truncated(String),
    /// An element that the definition cannot do without: its name, what it is in.
    Missing(&'static str, &'static str),
    /// A value that cannot stand: of which element, what stood there, what should.
    BadValue(&'static str, String, &'static str),
    /// Two resources with this id.
    DuplicateResource(u16),
    /// The object and version come twice in the file.
    DuplicateObject(u16),
}

impl fmt::Display for DdfReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotADefinition(what) => write!(
                f,
                "this is {what}, not an object definition; those start with <LWM2M><Object>"
            ),
            Self::TooLong(bytes) => {
                write!(f, "the file has {bytes} bytes; at most {MAX_FILE} are taken")
            }
            Self::TooDeep => write!(f, "elements nest deeper than {MAX_DEPTH} levels"),
            Self::Utf16 => f.write_str("the file is UTF-16; save it as UTF-8"),
            Self::NotUtf8 => f.write_str("the file is not UTF-8; save it as UTF-8"),
            Self::Doctype => f.write_str(
                "the file declares a document type, which is refused for safety; remove <!DOCTYPE …>",
            ),
            Self::Entity(name) => write!(
                f,
                "the entity &{name}; is not one of XML's own, and others are refused for safety"
            ),
            Self::Malformed(what) => write!(f, "not well-formed XML: {what}"),
            Self::Truncated(element) => write!(f, "the file ends inside <{element}>"),
            Self::Missing(element, inside) => write!(f, "<{element}> is missing in <{inside}>"),
            Self::BadValue(element, found, expected) => {
                write!(f, "\"{found}\" is not a value of {element}, which takes {expected}")
            }
            Self::DuplicateResource(id) => write!(f, "resource {id} is defined twice"),
            Self::DuplicateObject(id) => {
                write!(f, "object {id} is defined twice with the same version")
            }
        }
    }
}

/// Reads a file. `name` becomes the definitions' provenance, as a user's file.
pub fn parse(name: &str, bytes: &[u8]) -> Result<Parsed, DdfError> {
    let root = tree::parse(bytes)?;
    read::objects(name, &root)
}
