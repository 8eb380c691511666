//! Finding places of a device by path or by name: `3303/0`, `temp`, `sensor value`.

use super::view::{Place, View};
use lwm2m::Path;

/// A place that fits, with how well it does; less is better.
#[derive(Clone, Debug)]
pub(crate) struct Found<'a> {
    /// The place.
    pub(crate) place: Place<'a>,
    /// How well it fits.
    pub(crate) rank: u8,
}

/// The places that fit `text`, the likeliest first. `useful` says which count.
pub(crate) fn find<'a>(
    view: &'a View,
    text: &str,
    useful: impl Fn(&Place<'a>) -> bool,
    limit: usize,
) -> Vec<Found<'a>> {
    let wanted = Wanted::new(text);
    let mut found: Vec<Found<'a>> = view
        .places()
        .into_iter()
        .filter(&useful)
        .filter_map(|place| {
            Some(Found {
                rank: wanted.rank(&place)?,
                place,
            })
        })
        .collect();
    // Among equals first what every device of that kind has, then what this one has.
    let optional = |place: &Place<'_>| place.definition.is_some_and(|own| !own.mandatory);
    let order = |place: &Place<'_>| (optional(place), !place.known, place.path);
    found.sort_by_key(|one| (one.rank, order(&one.place)));
    found.truncate(limit);
    found
}

/// What is looked for.
enum Wanted {
    /// A path as far as it is typed: whole ids, then the digits of the last one.
    Path(Vec<u16>, String),
    /// Lower-case words, all of which have to occur.
    Name(Vec<String>),
    /// Nothing yet: objects first.
    Anything,
}

impl Wanted {
    fn new(text: &str) -> Self {
        let digits = text.strip_prefix('/').unwrap_or(text);
        let mut segments: Vec<&str> = digits.split('/').collect();
        let last = segments.pop().unwrap_or_default();
        // A version is not part of what places are called.
        let plain = |segment: &str| segment.split('_').next().and_then(|id| id.parse().ok());
        let ids: Option<Vec<u16>> = segments.into_iter().map(plain).collect();
        let last = last.split('_').next().unwrap_or_default();
        let numeric = last.bytes().all(|byte| byte.is_ascii_digit());
        match ids {
            Some(ids) if numeric && (text.starts_with('/') || !digits.is_empty()) => {
                Self::Path(ids, last.to_owned())
            }
            _ if text.trim().is_empty() => Self::Anything,
            _ => Self::Name(text.split_whitespace().map(str::to_lowercase).collect()),
        }
    }

    fn rank(&self, place: &Place<'_>) -> Option<u8> {
        match self {
            Self::Path(ids, last) => rank_of_path(ids, last, place.path),
            Self::Name(words) => rank_of_name(words, place),
            Self::Anything => u8::try_from(place.path.depth()).ok(),
        }
    }
}

/// What is typed itself, then what lies at the same depth, then what lies one below.
fn rank_of_path(ids: &[u16], last: &str, path: Path) -> Option<u8> {
    let own: Vec<u16> = path.ids().collect();
    let begins = own.get(..ids.len())? == ids;
    let here = own.get(ids.len()).map(ToString::to_string);
    let exact = here.as_deref() == Some(last);
    match own.len().checked_sub(ids.len())? {
        _ if !begins => None,
        1 if exact => Some(0),
        1 if here.is_some_and(|id| id.starts_with(last)) => Some(2),
        2 if exact => Some(1),
        _ => None,
    }
}

/// How much of its own name a place shares with the words; the name of its object
/// helps, so that `temp` finds the value of a temperature sensor.
fn rank_of_name(words: &[String], place: &Place<'_>) -> Option<u8> {
    let (name, object) = (place.name.to_lowercase(), place.object.to_lowercase());
    let first = words.first()?;
    let every = |text: &str| words.iter().all(|word| text.contains(word.as_str()));
    let word_begins = |text: &str| {
        text.split_whitespace()
            .any(|word| word.starts_with(first.as_str()))
    };
    let depth = place.path.depth();
    match () {
        () if depth == 3 && name.starts_with(first.as_str()) && every(&name) => Some(0),
        () if name.starts_with(first.as_str()) && every(&name) => Some(1),
        () if word_begins(&name) && every(&name) => Some(2),
        () if depth >= 3 && word_begins(&object) && every(&format!("{object} {name}")) => Some(3),
        () if every(&name) => Some(4),
        () if every(&format!("{object} {name}")) => Some(5),
        () => None,
    }
}
