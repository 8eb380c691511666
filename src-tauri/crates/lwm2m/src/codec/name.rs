//! Names of SenML and OMA JSON records, and the paths that they mean.
//!
//! A name is the base name followed by the record's own. Real devices leave out
//! the first slash, add a last one, or put an alternate path in front; those are
//! read, and told (conformance SJ-01).

use super::collect::Reason;
use crate::path::{Id, Path, RESERVED_ID};
use std::fmt::Write;

/// Where a name is read.
#[derive(Clone, Copy)]
pub(super) struct Place<'r> {
    /// What names may begin with: the device's alternate path.
    pub(super) root: &'r str,
    /// The path of the request.
    pub(super) base: Path,
    /// The instance that resources without an instance belong to, in a Create.
    pub(super) free: Option<Id>,
    /// Whether names are relative to the request by the rules, as in OMA JSON
    /// without a base name.
    pub(super) relative: bool,
}

/// A path, and what was odd about its name.
pub(super) type Named = (Path, Option<&'static str>);

/// Finds the path of a value.
pub(super) fn of_value(base_name: &str, name: &str, place: Place<'_>) -> Result<Named, Reason> {
    let (base_name, name) = below_root(place.root, base_name, name);
    let Place {
        root: _,
        base,
        free,
        relative,
    } = place;
    let spelled = Spelled::read(base_name, name)?;
    let is_value = |path: &Path| path.depth() >= 3;
    let absolute = spelled.below(Path::Root);
    let below_base = || spelled.below(base).filter(is_value);
    let in_free = || match (free, spelled.ids()) {
        (Some(free), [resource, below @ ..]) if spelled.relative && below.len() < 2 => {
            Spelled::join(base.child(free)?, &[*resource])
                .and_then(|path| Spelled::join(path, below))
        }
        (Some(free), [object, below @ ..]) if base == Path::Object(*object) => {
            Spelled::join(base.child(free)?, below)
        }
        _ => None,
    };
    if !spelled.relative {
        if let Some(path) = absolute.filter(is_value) {
            return Ok((path, spelled.oddity));
        }
        let path = in_free().filter(is_value);
        return path
            .map(|path| (path, Some("names no instance")))
            .ok_or_else(|| unusable(base_name, name));
    }
    if spelled.ids().is_empty() && is_value(&base) {
        return Ok((base, (!relative).then_some("has no name")));
    }
    let inside = absolute.filter(|path| is_value(path) && base.contains(*path));
    if let Some(path) = inside.filter(|_| !relative) {
        return Ok((path, Some("does not start with a slash")));
    }
    below_base()
        .or_else(|| in_free().filter(is_value))
        .or(inside)
        .map(|path| (path, (!relative).then_some("is relative to the request")))
        .ok_or_else(|| unusable(base_name, name))
}

/// A name without the alternate path that it may begin with.
fn below_root<'n>(root: &str, base_name: &'n str, name: &'n str) -> (&'n str, &'n str) {
    let cut = |text: &'n str| {
        let rest = text.strip_prefix(root)?;
        (rest.is_empty() || rest.starts_with('/')).then_some(rest)
    };
    match (cut(base_name), cut(name)) {
        _ if root.is_empty() => (base_name, name),
        (Some(rest), _) => (rest, name),
        (None, Some(rest)) if base_name.is_empty() => (base_name, rest),
        _ => (base_name, name),
    }
}

/// Finds a path of any depth, in a list of paths.
pub(super) fn of_path(root: &str, base_name: &str, name: &str) -> Result<Path, Reason> {
    let nothing = base_name.is_empty() && name.is_empty();
    let (below, rest) = below_root(root, base_name, name);
    Spelled::read(below, rest)?
        .below(Path::Root)
        .filter(|_| !nothing)
        .ok_or_else(|| unusable(base_name, name))
}

/// Writes the ids of `path` below `base`, as in `0/6/1`; from the root with a
/// leading slash.
pub(super) fn write_below(base: Path, path: Path, out: &mut String) {
    for (index, id) in path.ids().enumerate().skip(base.depth()) {
        if base == Path::Root || index > base.depth() {
            out.push('/');
        }
        // Writing to a string cannot fail.
        let _ = write!(out, "{id}");
    }
}

/// The base name of records below `base`: with a last slash when there are ids
/// to follow.
pub(super) fn base_name(base: Path, ids_follow: bool) -> String {
    if ids_follow && base != Path::Root {
        format!("{base}/")
    } else {
        base.to_string()
    }
}

fn unusable(base_name: &str, name: &str) -> Reason {
    let shown: String = base_name
        .chars()
        .chain(name.chars())
        .take(MAX_SHOWN)
        .collect();
    if shown.is_empty() {
        return "the record has no name".into();
    }
    format!("\"{shown}\" is not the path of a value").into()
}

/// The ids of a name, with how it was spelled.
struct Spelled {
    ids: [Id; 4],
    count: usize,
    relative: bool,
    oddity: Option<&'static str>,
}

impl Spelled {
    /// Splits a name at its slashes, without joining its two parts first.
    fn read(base_name: &str, name: &str) -> Result<Self, Reason> {
        if base_name.len().saturating_add(name.len()) > MAX_NAME {
            return Err(format!("the name is longer than {MAX_NAME} bytes").into());
        }
        let mut bytes = base_name.bytes().chain(name.bytes()).peekable();
        let relative = bytes.next_if_eq(&b'/').is_none();
        let mut spelled = Self {
            ids: [0; 4],
            count: 0,
            relative,
            oddity: None,
        };
        while bytes.peek().is_some() {
            let mut segment = Segment::default();
            let mut ended = false;
            for byte in bytes.by_ref() {
                if byte == b'/' {
                    ended = true;
                    break;
                }
                segment.push(byte);
            }
            let last = ended && bytes.peek().is_none();
            spelled
                .add(segment, last)
                .ok_or_else(|| unusable(base_name, name))?;
        }
        Ok(spelled)
    }

    fn add(&mut self, segment: Segment, slash_ends_name: bool) -> Option<()> {
        if slash_ends_name {
            self.oddity = Some("ends with a slash");
        }
        match segment.id() {
            Some(id) => {
                *self.ids.get_mut(self.count)? = id;
                self.count = self.count.saturating_add(1);
            }
            None if segment.len == 0 => self.oddity = Some("has two slashes in a row"),
            // An alternate path or the prefix of a gateway comes before all ids.
            None if self.count == 0 && !segment.numeric => {
                self.relative = false;
                self.oddity = Some("has a prefix before the object id");
            }
            None => return None,
        }
        Some(())
    }

    fn ids(&self) -> &[Id] {
        self.ids.get(..self.count).unwrap_or_default()
    }

    fn below(&self, base: Path) -> Option<Path> {
        Self::join(base, self.ids())
    }

    fn join(base: Path, ids: &[Id]) -> Option<Path> {
        ids.iter().try_fold(base, |path, id| path.child(*id))
    }
}

/// What stands between two slashes.
struct Segment {
    value: u32,
    len: usize,
    numeric: bool,
    leading_zero: bool,
}

impl Default for Segment {
    fn default() -> Self {
        Self {
            value: 0,
            len: 0,
            numeric: true,
            leading_zero: false,
        }
    }
}

impl Segment {
    fn push(&mut self, byte: u8) {
        self.leading_zero |= self.len == 0 && byte == b'0';
        self.len = self.len.saturating_add(1);
        match byte {
            b'0'..=b'9' => {
                let digit = u32::from(byte & 0x0F);
                self.value = self.value.saturating_mul(10).saturating_add(digit);
            }
            _ => self.numeric = false,
        }
    }

    /// The id, when this is one in its canonical spelling.
    fn id(&self) -> Option<Id> {
        let canonical = self.numeric && self.len > 0 && (self.len == 1 || !self.leading_zero);
        let id = Id::try_from(self.value).ok().filter(|_| canonical)?;
        (id != RESERVED_ID).then_some(id)
    }
}

/// Longest name that is read, with its base name, in bytes: four segments of an alternate
/// path (RFC 7252 §5.10.1), and the ids. A base name is read again for each record, so that
/// a payload of 16 MiB with a base name of half that length would take hours.
const MAX_NAME: usize = 4 * 256 + 24;

/// How much of a name an error repeats, in characters.
const MAX_SHOWN: usize = 60;

#[cfg(test)]
mod tests {
    use super::*;

    fn place(base: &str) -> Place<'static> {
        Place {
            root: "",
            base: base.parse().expect("a path"),
            free: None,
            relative: false,
        }
    }

    #[track_caller]
    fn check(base: &str, base_name: &str, name: &str, path: &str, odd: bool) {
        let (found, oddity) = of_value(base_name, name, place(base)).expect(name);
        assert_eq!(found.to_string(), path);
        assert_eq!(oddity.is_some(), odd, "{oddity:?}");
    }

    #[test]
    fn sj_01_base_name_and_name_make_a_path() {
        check("/3/0", "/3/0/", "9", "/3/0/9", false);
        check("/3/0", "/3/0", "/9", "/3/0/9", false);
        check("/3/0/9", "/3/0/9", "", "/3/0/9", false);
        check("/", "", "/3/0/7/1", "/3/0/7/1", false);
        check("/3/0", "/3/0/", "6/1", "/3/0/6/1", false);
        check("/3/0", "/3/", "0/11/65534", "/3/0/11/65534", false);
    }

    #[test]
    fn sj_01_odd_names_are_read_and_told() {
        check("/3/0", "", "3/0/9", "/3/0/9", true);
        check("/3/0", "", "9", "/3/0/9", true);
        check("/3/0/9", "", "", "/3/0/9", true);
        check("/3/0", "/3/0/9/", "", "/3/0/9", true);
        check("/3/0", "/3/0/", "/9", "/3/0/9", true);
        check("/3/0", "/lwm2m/3/0/", "9", "/3/0/9", true);
        check("/", "", "dev1/3/0/9", "/3/0/9", true);
    }

    #[test]
    fn sj_01_names_that_are_no_value_path_are_refused() {
        for name in [
            "",
            "/",
            "/3",
            "/3/0",
            "/3/0/65535",
            "/3/0/9/0/0",
            "/3/0/09",
            "/3/0/x",
            "/3/0/70000",
            "/3/0/9 ",
            "/65535/0/1",
        ] {
            assert!(of_value("", name, place("/")).is_err(), "{name:?}");
        }
    }

    #[test]
    fn g_38_long_names_are_not_read_again_and_again() {
        let prefix = |length: usize| format!("/{}/3/0/", "a".repeat(length));
        let read = |length: usize| of_value(&prefix(length), "9", place("/"));
        let (path, _) = read(1_000).expect("a long prefix");
        assert_eq!(path, Path::Resource(3, 0, 9));
        let refused = read(1_100).expect_err("a longer one");
        assert!(refused.contains("longer than 1048 bytes"), "{refused}");
    }

    #[test]
    fn dm_09_a_create_without_instance_uses_the_free_one() {
        let place = Place {
            root: "",
            base: Path::Object(3303),
            free: Some(7),
            relative: false,
        };
        let read = |base_name, name| of_value(base_name, name, place).map(|(path, _)| path);
        assert_eq!(read("", "5700"), Ok(Path::Resource(3303, 7, 5700)));
        assert_eq!(read("/3303//", "5700"), Ok(Path::Resource(3303, 7, 5700)));
        assert_eq!(read("/3303/", "2/5700"), Ok(Path::Resource(3303, 2, 5700)));
        assert_eq!(read("", "2/5700"), Ok(Path::Resource(3303, 2, 5700)));
    }

    #[test]
    fn sj_01_an_alternate_path_that_the_device_announced_is_not_odd() {
        let place = Place {
            root: "/lwm2m",
            ..place("/")
        };
        let expected = (Path::Resource(3, 0, 9), None);
        for (base_name, name) in [
            ("/lwm2m/3/0/", "9"),
            ("", "/lwm2m/3/0/9"),
            ("/lwm2m", "/3/0/9"),
            ("", "/3/0/9"),
        ] {
            let found = of_value(base_name, name, place);
            assert_eq!(found.expect(name), expected, "{base_name} {name}");
        }
        let (_, oddity) = of_value("/other/3/0/", "9", place).expect("a path");
        assert!(oddity.is_some(), "another prefix is");
    }

    #[test]
    fn paths_of_any_depth_name_what_to_read() {
        assert_eq!(of_path("", "", "/"), Ok(Path::Root));
        assert_eq!(of_path("", "/3/", "0"), Ok(Path::Instance(3, 0)));
        assert!(of_path("", "", "").is_err());
    }
}
