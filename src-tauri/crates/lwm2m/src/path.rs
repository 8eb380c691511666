//! Paths into a device's data model: `/`, `/3`, `/3/0`, `/3/0/9`, `/3/0/11/0`.
//!
//! A [`Path`] is an enum by depth, so an instance without an object cannot
//! exist, and none of its ids is the reserved 65535. Alternate path prefixes and
//! object versions (`/3_1.2/0/9`, see [`VersionedPath`]) are peeled off before a
//! `Path` is made; look at `link` for what a device announces.

use std::fmt;
use std::str::FromStr;

/// An object, instance, resource or resource-instance id: 0–65534.
/// 65535 is reserved (Core 1.1.1 §7.3, conformance DM-23).
pub type Id = u16;

/// The reserved id, never part of a [`Path`].
pub const RESERVED_ID: Id = 65_535;

/// A place in the data model of one device.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Path {
    /// `/`: everything.
    Root,
    /// `/{object}`
    Object(Id),
    /// `/{object}/{instance}`
    Instance(Id, Id),
    /// `/{object}/{instance}/{resource}`
    Resource(Id, Id, Id),
    /// `/{object}/{instance}/{resource}/{resource instance}`
    ResourceInstance(Id, Id, Id, Id),
}

impl Path {
    /// Builds a path from zero to four ids; `None` for more, or for the reserved id.
    #[must_use]
    pub fn from_ids(ids: &[Id]) -> Option<Self> {
        if ids.contains(&RESERVED_ID) {
            return None;
        }
        match *ids {
            [] => Some(Self::Root),
            [o] => Some(Self::Object(o)),
            [o, i] => Some(Self::Instance(o, i)),
            [o, i, r] => Some(Self::Resource(o, i, r)),
            [o, i, r, ri] => Some(Self::ResourceInstance(o, i, r, ri)),
            _ => None,
        }
    }

    /// The ids from the root down.
    pub fn ids(self) -> impl ExactSizeIterator<Item = Id> {
        let (ids, len) = match self {
            Self::Root => ([0; 4], 0),
            Self::Object(o) => ([o, 0, 0, 0], 1),
            Self::Instance(o, i) => ([o, i, 0, 0], 2),
            Self::Resource(o, i, r) => ([o, i, r, 0], 3),
            Self::ResourceInstance(o, i, r, ri) => ([o, i, r, ri], 4),
        };
        ids.into_iter().take(len)
    }

    /// How many ids the path has: 0 for the root, 4 for a resource instance.
    #[must_use]
    pub fn depth(self) -> usize {
        self.ids().len()
    }

    /// The object id, unless this is the root.
    #[must_use]
    pub fn object(self) -> Option<Id> {
        self.ids().next()
    }

    /// The object-instance id, if the path reaches that deep.
    #[must_use]
    pub fn instance(self) -> Option<Id> {
        self.ids().nth(1)
    }

    /// The resource id, if the path reaches that deep.
    #[must_use]
    pub fn resource(self) -> Option<Id> {
        self.ids().nth(2)
    }

    /// The resource-instance id, if the path reaches that deep.
    #[must_use]
    pub fn resource_instance(self) -> Option<Id> {
        self.ids().nth(3)
    }

    /// One level up; the root is its own parent.
    #[must_use]
    pub fn parent(self) -> Self {
        match self {
            Self::Root | Self::Object(_) => Self::Root,
            Self::Instance(o, _) => Self::Object(o),
            Self::Resource(o, i, _) => Self::Instance(o, i),
            Self::ResourceInstance(o, i, r, _) => Self::Resource(o, i, r),
        }
    }

    /// One level down; `None` below a resource instance or for the reserved id.
    #[must_use]
    pub fn child(self, id: Id) -> Option<Self> {
        if id == RESERVED_ID {
            return None;
        }
        match self {
            Self::Root => Some(Self::Object(id)),
            Self::Object(o) => Some(Self::Instance(o, id)),
            Self::Instance(o, i) => Some(Self::Resource(o, i, id)),
            Self::Resource(o, i, r) => Some(Self::ResourceInstance(o, i, r, id)),
            Self::ResourceInstance(..) => None,
        }
    }

    /// Whether `other` is this path or lies below it.
    #[must_use]
    pub fn contains(self, other: Self) -> bool {
        self.depth() <= other.depth() && self.ids().eq(other.ids().take(self.depth()))
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::Root {
            return f.write_str("/");
        }
        self.ids().try_for_each(|id| write!(f, "/{id}"))
    }
}

/// What is wrong with the text of a path, in words for the person who typed it.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PathError {
    /// The text does not start with a slash.
    #[error("a path starts with \"/\", as in /3/0/9")]
    NoLeadingSlash,
    /// More than four ids.
    #[error("a path has at most four ids: object, instance, resource, resource instance")]
    TooDeep,
    /// A segment that is not a decimal number of 0–65534.
    #[error("\"{0}\" is not an id; ids are numbers from 0 to 65534")]
    NotAnId(String),
    /// A version such as `_1.` that is not `major.minor`.
    #[error("\"{0}\" is not an object version; a version looks like 1.1")]
    NotAVersion(String),
    /// A version on `/`, which has no object.
    #[error("a version belongs to the object, as in /3_1.2/0/9")]
    MisplacedVersion,
}

impl FromStr for Path {
    type Err = PathError;

    /// Reads `/3/0/9`. Leading zeros and signs are refused: a path that a device
    /// would not recognise must not be sent.
    fn from_str(text: &str) -> Result<Self, PathError> {
        let rest = text.strip_prefix('/').ok_or(PathError::NoLeadingSlash)?;
        if rest.is_empty() {
            return Ok(Self::Root);
        }
        let mut path = Self::Root;
        for segment in rest.split('/') {
            if path.depth() == 4 {
                return Err(PathError::TooDeep);
            }
            let id = parse_id(segment).ok_or_else(|| PathError::NotAnId(segment.to_owned()))?;
            path = path.child(id).ok_or(PathError::TooDeep)?;
        }
        Ok(path)
    }
}

/// Reads one id: decimal, canonical (no sign, no leading zero), not 65535.
#[must_use]
pub fn parse_id(segment: &str) -> Option<Id> {
    let canonical = segment.bytes().all(|b| b.is_ascii_digit())
        && (segment.len() == 1 || !segment.starts_with('0'));
    let id = segment.parse().ok().filter(|_| canonical)?;
    (id != RESERVED_ID).then_some(id)
}

/// The version of an object definition, `major.minor` (Core 1.1.1 §7.2).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ObjectVersion {
    /// Differs when the definitions are incompatible.
    pub major: u8,
    /// Differs when resources were added.
    pub minor: u8,
}

impl ObjectVersion {
    /// What an object has when nobody says otherwise (conformance VER-01).
    pub const DEFAULT: Self = Self { major: 1, minor: 0 };

    /// `major.minor`.
    #[must_use]
    pub const fn new(major: u8, minor: u8) -> Self {
        Self { major, minor }
    }
}

impl fmt::Display for ObjectVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl FromStr for ObjectVersion {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        let number = |part: &str| {
            let digits = !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
            part.parse().ok().filter(|_| digits)
        };
        text.split_once('.')
            .and_then(|(major, minor)| Some(Self::new(number(major)?, number(minor)?)))
            .ok_or_else(|| PathError::NotAVersion(text.to_owned()))
    }
}

/// A path as a person types it: perhaps with the object version they mean.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct VersionedPath {
    /// The path itself, which is what goes on the wire.
    pub path: Path,
    /// The version after the object id, as in `/3_1.2/0/9`.
    pub version: Option<ObjectVersion>,
}

impl FromStr for VersionedPath {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        let rest = text.strip_prefix('/').ok_or(PathError::NoLeadingSlash)?;
        let (object, below) = rest
            .split_once('/')
            .map_or((rest, None), |(o, b)| (o, Some(b)));
        if below.is_some_and(|b| b.contains('_')) {
            return Err(PathError::MisplacedVersion);
        }
        let Some((id, version)) = object.split_once('_') else {
            return Ok(Self {
                path: text.parse()?,
                version: None,
            });
        };
        let plain = below.map_or_else(|| format!("/{id}"), |b| format!("/{id}/{b}"));
        Ok(Self {
            path: plain.parse()?,
            version: Some(version.parse()?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_print_as_they_were_read() {
        for text in ["/", "/3", "/3/0", "/3303/0/5700", "/3/0/11/65534"] {
            assert_eq!(text.parse::<Path>().expect(text).to_string(), text);
        }
    }

    #[test]
    fn dm_23_the_reserved_id_and_odd_spellings_are_refused() {
        for text in [
            "",
            "3",
            "//",
            "/3/",
            "/65535",
            "/03",
            "/+3",
            "/3/0/0/0/0",
            "/a",
            "/3 ",
        ] {
            assert!(text.parse::<Path>().is_err(), "{text:?} was accepted");
        }
        assert_eq!(Path::from_ids(&[3, RESERVED_ID]), None);
    }

    #[test]
    fn a_version_belongs_to_the_object() {
        let read = |text: &str| text.parse::<VersionedPath>();
        let typed = read("/3_1.2/0/9").expect("a versioned path");
        assert_eq!(typed.path, Path::Resource(3, 0, 9));
        assert_eq!(typed.version, Some(ObjectVersion::new(1, 2)));
        assert_eq!(read("/3/0").expect("a plain path").version, None);
        assert_eq!(read("/3/0_1.1"), Err(PathError::MisplacedVersion));
        assert_eq!(read("/3_1"), Err(PathError::NotAVersion("1".into())));
    }

    #[test]
    fn containment_follows_the_ids_not_the_text() {
        let device = Path::Object(3);
        assert!(device.contains(Path::Resource(3, 0, 9)));
        assert!(!device.contains(Path::Object(33)));
        assert!(Path::Root.contains(device));
        assert!(!Path::Instance(3, 0).contains(device));
    }
}
