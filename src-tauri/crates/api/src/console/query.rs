//! What is typed into the palette, sorted by its first letters: a place, a value for
//! one, a device, a tag, an operation, a question, or words.

use lwm2m::VersionedPath;

/// What a query of the palette means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Query<'a> {
    /// Nothing yet.
    Nothing,
    /// `@meter-12`, perhaps with a place in it: `@meter-12 /3/0/0`.
    Device(&'a str, &'a str),
    /// `#batch-7`
    Tag(&'a str),
    /// `?write`
    Help(&'a str),
    /// `op-7`
    Operation(&'a str),
    /// `= 25` for the place that is selected, `/3303/0/5700 = 25` for another one.
    Value(&'a str, &'a str),
    /// `3303/0/57`, complete or not.
    Place(&'a str),
    /// All else.
    Words(&'a str),
}

impl<'a> Query<'a> {
    /// Sorts a query.
    pub(crate) fn of(text: &'a str) -> Self {
        let text = text.trim();
        if text.is_empty() {
            return Self::Nothing;
        }
        if let Some(rest) = text.strip_prefix('@') {
            let (name, place) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
            return Self::Device(name, place.trim());
        }
        if let Some(tag) = text.strip_prefix('#') {
            return Self::Tag(tag.trim());
        }
        if let Some(topic) = text.strip_prefix('?') {
            return Self::Help(topic.trim());
        }
        let number = text.strip_prefix("op-");
        if number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit())) {
            return Self::Operation(text);
        }
        if let Some((place, value)) = text.split_once('=') {
            let place = place.trim();
            if place.is_empty() || is_place(place) {
                return Self::Value(place, value.trim());
            }
        }
        if is_place(text) {
            return Self::Place(text);
        }
        Self::Words(text)
    }
}

/// Whether a text is a path as far as it is typed.
fn is_place(text: &str) -> bool {
    let digits = text.trim_start_matches('/').trim_end_matches('/');
    let typed = format!("/{digits}");
    let numeric = digits.starts_with(|first: char| first.is_ascii_digit());
    text == "/" || (numeric && typed.parse::<VersionedPath>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_letters_tell_what_is_meant() {
        for (text, meant) in [
            ("  ", Query::Nothing),
            ("@meter-12", Query::Device("meter-12", "")),
            ("@meter-12  3303/0", Query::Device("meter-12", "3303/0")),
            ("@", Query::Device("", "")),
            ("#batch-7", Query::Tag("batch-7")),
            ("?write", Query::Help("write")),
            ("op-7", Query::Operation("op-7")),
            ("op-amp", Query::Words("op-amp")),
            ("= 25", Query::Value("", "25")),
            ("=25", Query::Value("", "25")),
            ("3303/0/5700 = a=b", Query::Value("3303/0/5700", "a=b")),
            ("read /1=2", Query::Words("read /1=2")),
            ("3303/0/5700", Query::Place("3303/0/5700")),
            ("/3303_1.1/0/", Query::Place("/3303_1.1/0/")),
            ("/", Query::Place("/")),
            ("3", Query::Place("3")),
            ("3d printer", Query::Words("3d printer")),
            ("temp", Query::Words("temp")),
            ("read /3/0/0", Query::Words("read /3/0/0")),
        ] {
            assert_eq!(Query::of(text), meant, "{text}");
        }
    }
}
