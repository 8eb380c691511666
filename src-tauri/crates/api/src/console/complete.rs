//! What may come next in a line: finds out what belongs at the cursor and asks
//! `candidates` for it; adds lines of before that go on like this one.

use super::candidates::{self as offer, Candidate, MAX_CANDIDATES};
use super::grammar::{Deed, OptionName, Verb};
use super::lexer::{Word, Words, lex_open};
use super::typed::{below, takes, target};
use super::view::View;
use crate::dto::CandidateKind;
use lwm2m::Path;

/// Lines of before among them.
const MAX_LINES: usize = 5;

/// What may stand at the cursor.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Completion {
    /// What candidates replace begins here, in bytes.
    pub(crate) from: usize,
    /// The likeliest first.
    pub(crate) candidates: Vec<Candidate>,
    /// What belongs here, in words.
    pub(crate) expected: Option<String>,
}

/// What belongs at a place of a line.
#[derive(Clone, PartialEq, Debug)]
enum Slot {
    /// A verb, or the second word of one.
    Verb(String),
    /// A path that the verb can do something with; `true` if more follow.
    Path(Deed),
    /// `path=`, then a value.
    PathValue,
    /// A value of a resource.
    Value(Path),
    /// `id=`, then a value, below a path.
    Below(Path),
    /// `pmin=`, then a number.
    Attribute,
    Format,
    Seconds,
    Priority,
    Passive,
    Operation,
    Arguments,
    Nothing,
}

/// What may stand at the end of `line`, which is the line up to the cursor.
pub(crate) fn complete(view: &View, line: &str) -> Completion {
    let Words {
        mut words,
        open_quote,
    } = lex_open(line);
    let goes_on = open_quote.is_some() || !line.ends_with(char::is_whitespace);
    let current = if goes_on { words.pop() } else { None };
    let from = current.as_ref().map_or(line.len(), |word| word.at.start);
    let typed = current.as_ref().map_or("", |word| word.text.as_str());
    let found = Verb::find(words.iter().map(|word| word.text.as_str()));
    let slot = match found {
        Some((verb, length)) => {
            if typed.starts_with("--") && current.as_ref().is_some_and(Word::is_option) {
                return finish(view, line, from, offer::options(verb, typed), None);
            }
            slot(
                view,
                verb,
                words.get(length..).unwrap_or_default(),
                current.as_ref(),
            )
        }
        None => Slot::Verb(words.iter().map(|word| format!("{} ", word.text)).collect()),
    };
    let (from, candidates) = fill(view, &slot, current.as_ref(), from);
    finish(view, line, from, candidates, expectation(view, &slot))
}

/// Adds lines of before that go on like this one.
fn finish(
    view: &View,
    line: &str,
    from: usize,
    mut candidates: Vec<Candidate>,
    expected: Option<String>,
) -> Completion {
    candidates.truncate(MAX_CANDIDATES);
    let continued = view.lines.iter().filter_map(|before| {
        let rest = before.strip_prefix(line).filter(|rest| !rest.is_empty())?;
        let text = format!("{}{rest}", line.get(from..).unwrap_or_default());
        Some(Candidate::new(CandidateKind::Line, text, before.clone()).with("typed before"))
    });
    for one in continued.take(MAX_LINES) {
        if !candidates.iter().any(|known| known.text == one.text) {
            candidates.push(one);
        }
    }
    Completion {
        from,
        candidates,
        expected,
    }
}

/// What belongs behind these words of a verb.
fn slot(view: &View, verb: &Verb, before: &[Word], current: Option<&Word>) -> Slot {
    if let Some(option) = before.last().filter(|word| word.is_option()) {
        let known = OptionName::ALL
            .into_iter()
            .find(|known| known.text() == option.text);
        match known {
            Some(OptionName::Format) => return Slot::Format,
            Some(OptionName::Timeout | OptionName::Ttl) => return Slot::Seconds,
            Some(OptionName::Priority) => return Slot::Priority,
            _ => {}
        }
    }
    let words = without_options(before);
    let path = words
        .first()
        .and_then(|word| target(view, word).ok())
        .map(|place| place.path);
    match (verb.deed, words.len()) {
        (Deed::Help, 0) => Slot::Verb(String::new()),
        (Deed::Wait, 0) => Slot::Operation,
        (Deed::Help | Deed::Wait | Deed::Queue, _) => Slot::Nothing,
        (Deed::CompositeRead | Deed::CompositeObserve | Deed::CompositeCancel, _) | (_, 0)
            if verb.deed != Deed::CompositeWrite =>
        {
            Slot::Path(verb.deed)
        }
        (Deed::CompositeWrite, _) => Slot::PathValue,
        (Deed::Read, 1) if path.is_some() => Slot::Format,
        (Deed::Write, count) => {
            path.map_or(Slot::Nothing, |path| written(view, path, count, current))
        }
        (Deed::Create, _) => path.map_or(Slot::Nothing, |path| {
            let object = path.object().unwrap_or_default();
            Slot::Below(Path::Instance(object, path.instance().unwrap_or(0)))
        }),
        (Deed::Observe | Deed::Attributes, _) => Slot::Attribute,
        (Deed::Cancel, 1) => Slot::Passive,
        (Deed::Execute, _) => Slot::Arguments,
        _ => Slot::Nothing,
    }
}

/// What is written at a path: one value, or several below it.
fn written(view: &View, path: Path, count: usize, current: Option<&Word>) -> Slot {
    let multiple = view.definition(path).is_some_and(|own| own.multiple);
    match path.depth() {
        2 => Slot::Below(path),
        3 if multiple => Slot::Below(path),
        3 if view.definition(path).is_none()
            && current.is_some_and(|word| word.assignment().is_some()) =>
        {
            Slot::Below(path)
        }
        3 | 4 if count == 1 => Slot::Value(path),
        _ => Slot::Nothing,
    }
}

fn without_options(words: &[Word]) -> Vec<&Word> {
    let mut kept = Vec::new();
    let mut all = words.iter();
    while let Some(word) = all.next() {
        if !word.is_option() {
            kept.push(word);
            continue;
        }
        let option = OptionName::ALL
            .into_iter()
            .find(|known| known.text() == word.text);
        if option.is_some_and(|option| option.takes().is_some()) {
            all.next();
        }
    }
    kept
}

/// The candidates of a slot, and where what they replace begins.
fn fill(view: &View, slot: &Slot, current: Option<&Word>, from: usize) -> (usize, Vec<Candidate>) {
    let typed = current.map_or("", |word| word.text.as_str());
    let assigned = current.and_then(Word::assignment);
    let candidates = match (slot, &assigned) {
        (Slot::Verb(before), _) => offer::verbs(before, typed),
        (Slot::Path(deed), _) => offer::paths(view, *deed, typed, ""),
        (Slot::PathValue, Some((name, value))) => {
            let path = target(view, name).map(|place| place.path);
            let values = path.map(|path| offer::values(view, path, &value.text));
            return (value.at.start, values.unwrap_or_default());
        }
        (Slot::PathValue, None) => offer::paths(view, Deed::CompositeWrite, typed, "="),
        (Slot::Below(base), Some((name, value))) => {
            let values = below(*base, name).map(|path| offer::values(view, path, &value.text));
            return (value.at.start, values.unwrap_or_default());
        }
        (Slot::Below(base), None) => offer::ids(view, *base, typed),
        (Slot::Value(path), _) => offer::values(view, *path, typed),
        (Slot::Attribute, None) => offer::attributes(typed),
        (Slot::Format, _) => offer::formats(typed),
        (Slot::Priority, _) => offer::priorities(typed),
        (Slot::Passive, _) => offer::passive(typed),
        (Slot::Operation, _) => offer::operations(view, typed),
        (Slot::Attribute, Some(_)) | (Slot::Seconds | Slot::Arguments | Slot::Nothing, _) => {
            Vec::new()
        }
    };
    (from, candidates)
}

/// What belongs in a slot, in words.
fn expectation(view: &View, slot: &Slot) -> Option<String> {
    let words = match slot {
        Slot::Verb(_) | Slot::Nothing => return None,
        Slot::Path(Deed::Read) => "a path, or device for everything".to_owned(),
        Slot::Path(Deed::Cancel | Deed::CompositeCancel) => "what is observed".to_owned(),
        Slot::Path(_) => "a path".to_owned(),
        Slot::PathValue => "PATH=VALUE".to_owned(),
        Slot::Value(path) => {
            let definition = view.definition(*path);
            let kind = view.kind(*path).map(|kind| takes(kind, definition));
            let kind = kind.unwrap_or_else(|| "a value".to_owned());
            match definition {
                Some(own) => format!("{}: {kind}", own.name),
                None => kind,
            }
        }
        Slot::Below(path) if path.depth() == 3 => "ID=VALUE for a resource instance".to_owned(),
        Slot::Below(_) => "ID=VALUE for a resource".to_owned(),
        Slot::Attribute => "an attribute with a number, as in pmin=5".to_owned(),
        Slot::Format => "a format".to_owned(),
        Slot::Seconds => "a number of seconds".to_owned(),
        Slot::Priority => "high, normal or low".to_owned(),
        Slot::Passive => "passive, or nothing".to_owned(),
        Slot::Operation => "an operation that has not ended".to_owned(),
        Slot::Arguments => "arguments, such as 0 or 1='text'".to_owned(),
    };
    Some(words)
}
