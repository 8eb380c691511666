//! The things that may stand at the cursor, by what belongs there: places with their
//! names, ids, values, attributes, formats, options.

use super::grammar::{Deed, OptionName, VERBS, Verb};
use super::options::PRIORITIES;
use super::search::{Found, find};
use super::typed::{FORMATS, takes};
use super::view::{Place, View};
use crate::dto::CandidateKind;
use crate::value::to_json;
use lwm2m::attributes::AttributeName;
use lwm2m::model::ResourceDefinition;
use lwm2m::range::Range;
use lwm2m::{Format, Kind, Path, Value};
use server::observation::Target;

/// Candidates in one answer.
pub(crate) const MAX_CANDIDATES: usize = 50;

/// Numbers of a range that are listed one by one.
const MAX_LISTED: i128 = 16;

/// One of the things that may stand at the cursor.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Candidate {
    /// What to put into the line.
    pub(crate) text: String,
    /// What it is.
    pub(crate) kind: CandidateKind,
    /// Its name.
    pub(crate) label: String,
    /// More of it.
    pub(crate) detail: String,
}

impl Candidate {
    /// A candidate without detail.
    pub(crate) fn new(
        kind: CandidateKind,
        text: impl Into<String>,
        label: impl Into<String>,
    ) -> Self {
        Self {
            text: text.into(),
            kind,
            label: label.into(),
            detail: String::new(),
        }
    }

    /// The same with more of it.
    pub(crate) fn with(self, detail: impl Into<String>) -> Self {
        Self {
            detail: detail.into(),
            ..self
        }
    }
}

/// Verbs, or the second words of one.
pub(crate) fn verbs(before: &str, typed: &str) -> Vec<Candidate> {
    let fits = |verb: &&Verb| verb.name.starts_with(&format!("{before}{typed}"));
    let candidate = |verb: &Verb| {
        let text = verb.name.get(before.len()..).unwrap_or_default();
        let label = format!("{text} {}", verb.usage).trim_end().to_owned();
        Candidate::new(CandidateKind::Verb, text, label).with(verb.doc)
    };
    VERBS.iter().filter(fits).map(candidate).collect()
}

/// The options of a verb.
pub(crate) fn options(verb: &Verb, typed: &str) -> Vec<Candidate> {
    let fits = verb
        .options
        .iter()
        .filter(|option| option.text().starts_with(typed));
    let candidate = |option: &OptionName| {
        let label = format!("{} {}", option.text(), option.takes().unwrap_or_default());
        Candidate::new(CandidateKind::Option, option.text(), label.trim_end()).with(option.doc())
    };
    fits.map(candidate).collect()
}

/// Data formats.
pub(crate) fn formats(typed: &str) -> Vec<Candidate> {
    let fits = FORMATS
        .map(Format::name)
        .into_iter()
        .filter(|name| name.starts_with(typed));
    fits.map(|name| Candidate::new(CandidateKind::Format, name, "data format"))
        .collect()
}

/// Who goes first.
pub(crate) fn priorities(typed: &str) -> Vec<Candidate> {
    let fits = PRIORITIES
        .into_iter()
        .filter(|name| name.starts_with(typed));
    fits.map(|name| Candidate::new(CandidateKind::Option, name, "priority"))
        .collect()
}

/// The one word that may follow the path of an observation.
pub(crate) fn passive(typed: &str) -> Vec<Candidate> {
    let word = "passive";
    let fits = word.starts_with(typed);
    let candidate = Candidate::new(
        CandidateKind::Value,
        word,
        "by reset to the next notification",
    );
    fits.then_some(candidate).into_iter().collect()
}

/// Operations that have not ended.
pub(crate) fn operations(view: &View, typed: &str) -> Vec<Candidate> {
    let fits = view
        .open_operations
        .iter()
        .filter(|(id, _)| id.starts_with(typed));
    fits.map(|(id, what)| Candidate::new(CandidateKind::Operation, id.as_str(), what.as_str()))
        .collect()
}

/// Paths that a verb can do something with, each with `suffix`.
pub(crate) fn paths(view: &View, deed: Deed, typed: &str, suffix: &str) -> Vec<Candidate> {
    let mut candidates: Vec<Candidate> = find(
        view,
        typed,
        |place| serves(view, deed, place),
        MAX_CANDIDATES,
    )
    .into_iter()
    .map(|Found { place, .. }| path_candidate(view, &place, typed, suffix))
    .collect();
    if deed == Deed::Read && "device".starts_with(typed) && !typed.is_empty() {
        candidates.push(Candidate::new(
            CandidateKind::Path,
            "device",
            "the whole device",
        ));
    }
    candidates
}

/// Whether a verb can do something with a place, or with what lies below it.
fn serves(view: &View, deed: Deed, place: &Place<'_>) -> bool {
    let depth = place.path.depth();
    let allows = |what: fn(&ResourceDefinition) -> bool| {
        let below = || {
            let object = place.path.object().and_then(|id| view.object(id));
            let definition = object.and_then(|own| own.definition.as_ref());
            definition.is_none_or(|own| own.resources.iter().any(what))
        };
        match place.definition {
            Some(own) => what(own),
            None => depth >= 3 || below(),
        }
    };
    match deed {
        Deed::Read | Deed::Observe | Deed::CompositeRead | Deed::CompositeObserve => {
            allows(|own| own.operations.read)
        }
        Deed::Write => allows(|own| own.operations.write),
        Deed::CompositeWrite => depth >= 3 && allows(|own| own.operations.write),
        Deed::Execute => depth <= 3 && allows(|own| own.operations.execute),
        Deed::Discover => depth <= 3,
        Deed::Create => depth == 1,
        Deed::Delete => depth <= 2,
        Deed::Cancel => view.observed.contains(&Target::One(place.path)),
        Deed::CompositeCancel => view.observed.iter().any(|target| match target {
            Target::Several(paths) => paths.contains(&place.path),
            Target::One(_) => false,
        }),
        Deed::Attributes => true,
        Deed::Wait | Deed::Queue | Deed::Help => false,
    }
}

fn path_candidate(view: &View, place: &Place<'_>, typed: &str, suffix: &str) -> Candidate {
    let text = with_version(view, place.path, typed);
    Candidate::new(
        CandidateKind::Path,
        format!("{text}{suffix}"),
        place.name.as_str(),
    )
    .with(place_detail(view, place))
}

/// Object, type, unit and value of a place, as far as there are any.
pub(crate) fn place_detail(view: &View, place: &Place<'_>) -> String {
    let mut parts = Vec::new();
    if place.path.depth() == 1 {
        let version = place
            .path
            .object()
            .and_then(|id| view.object(id))
            .map(|own| own.version);
        parts.extend(version.map(|version| format!("object, version {version}")));
    } else if place.path.depth() > 2 {
        parts.push(place.object.clone());
    }
    if let Some(definition) = place.definition {
        parts.extend(definition.kind.map(|kind| kind.to_string()));
        let unit = Some(&definition.units).filter(|unit| !unit.is_empty());
        match (view.latest.get(&place.path), unit) {
            (Some(value), Some(unit)) => parts.push(format!("{} {unit}", shown(value))),
            (Some(value), None) => parts.push(shown(value)),
            (None, unit) => parts.extend(unit.cloned()),
        }
    }
    parts.join(", ")
}

/// The path with the version that was typed or is being typed.
fn with_version(view: &View, path: Path, typed: &str) -> String {
    let object = typed
        .trim_start_matches('/')
        .split('/')
        .next()
        .unwrap_or_default();
    let own = path.object().and_then(|id| view.object(id));
    let (true, Some(own)) = (object.contains('_'), own) else {
        return path.to_string();
    };
    let below: String = path.ids().skip(1).map(|id| format!("/{id}")).collect();
    format!("/{}_{}{below}", own.object, own.version)
}

/// `14=` for what can be written below an instance, `0=` below a multiple resource.
pub(crate) fn ids(view: &View, base: Path, typed: &str) -> Vec<Candidate> {
    let object = base.object().and_then(|id| view.object(id));
    let Some(definition) = object.and_then(|own| own.definition.as_ref()) else {
        return Vec::new();
    };
    if base.depth() == 3 {
        let known = view
            .places()
            .into_iter()
            .filter(|place| place.path.parent() == base && place.path.depth() == 4);
        let known = known.filter_map(|place| {
            Some((place.path.resource_instance()?, place_detail(view, &place)))
        });
        let fits = known.filter(|(id, _)| id.to_string().starts_with(typed));
        return fits
            .map(|(id, detail)| {
                Candidate::new(CandidateKind::Path, format!("{id}="), "resource instance")
                    .with(detail)
            })
            .collect();
    }
    let wanted = typed.to_lowercase();
    let fits = definition.resources.iter().filter(|own| {
        own.operations.write
            && (own.id.to_string().starts_with(typed) || own.name.to_lowercase().contains(&wanted))
    });
    fits.map(|own| {
        let text = if own.multiple {
            format!("{}/", own.id)
        } else {
            format!("{}=", own.id)
        };
        let detail = own
            .kind
            .map(|kind| takes(kind, Some(own)))
            .unwrap_or_default();
        Candidate::new(CandidateKind::Path, text, own.name.as_str()).with(detail)
    })
    .collect()
}

/// Notification attributes.
pub(crate) fn attributes(typed: &str) -> Vec<Candidate> {
    let fits = AttributeName::ALL
        .into_iter()
        .filter(|name| name.as_str().starts_with(typed));
    fits.map(|name| {
        let words = attribute_words(name);
        Candidate::new(CandidateKind::Attribute, format!("{name}="), name.as_str()).with(words)
    })
    .collect()
}

const fn attribute_words(name: AttributeName) -> &'static str {
    match name {
        AttributeName::Pmin => "least seconds between two notifications",
        AttributeName::Pmax => "most seconds between two notifications",
        AttributeName::Gt => "notify when the value crosses this from below",
        AttributeName::Lt => "notify when the value crosses this from above",
        AttributeName::St => "notify when the value changed by at least this much",
        AttributeName::Epmin => "least seconds between two evaluations",
        AttributeName::Epmax => "most seconds between two evaluations",
        AttributeName::Edge => "notify when a Boolean falls (0) or rises (1)",
        AttributeName::Con => "1 for confirmable notifications",
        AttributeName::Hqmax => "how many past values the device keeps while offline",
    }
}

/// Values that a resource may take: the listed ones, and the one it has.
pub(crate) fn values(view: &View, path: Path, typed: &str) -> Vec<Candidate> {
    let definition = view.definition(path);
    let mut texts: Vec<(String, &str)> = Vec::new();
    if let Some(value) = view.latest.get(&path) {
        texts.push((typed_form(value), "as it is now"));
    }
    let kind = view.kind(path);
    if kind == Some(Kind::Boolean) {
        texts.extend([("true".to_owned(), ""), ("false".to_owned(), "")]);
    }
    if let Some(Range::Integers(spans)) = definition.map(ResourceDefinition::parsed_range) {
        let few = spans.iter().map(|(low, high)| high - low + 1).sum::<i128>() <= MAX_LISTED;
        let listed = spans
            .iter()
            .filter(|_| few)
            .flat_map(|(low, high)| *low..=*high);
        texts.extend(listed.map(|number| (number.to_string(), "")));
    }
    let name = definition.map_or("", |own| own.name.as_str());
    let mut candidates: Vec<Candidate> = Vec::new();
    for (text, detail) in texts {
        let fits = text.trim_start_matches('"').starts_with(typed);
        if fits && !candidates.iter().any(|known| known.text == text) {
            candidates.push(Candidate::new(CandidateKind::Value, text, name).with(detail));
        }
    }
    candidates
}

/// A value as it is typed into a line.
fn typed_form(value: &Value) -> String {
    match value {
        Value::String(text) | Value::Corelnk(text) => quoted(text),
        Value::Opaque(bytes) => {
            let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("0x{digits}")
        }
        other => shown(other),
    }
}

/// A text as one word of a line.
pub(crate) fn quoted(text: &str) -> String {
    let plain =
        !text.is_empty() && !text.contains([' ', '\t', '"', '\\', '=']) && !text.starts_with("--");
    if plain {
        text.to_owned()
    } else {
        format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
    }
}

/// A value as people read it, cut where it is long.
fn shown(value: &Value) -> String {
    const LONGEST: usize = 40;
    let text = match (value, to_json(value)) {
        (Value::Opaque(bytes), _) => format!("{} bytes", bytes.len()),
        (_, serde_json::Value::String(text)) => text,
        (_, other) => other.to_string(),
    };
    if text.chars().count() <= LONGEST {
        return text;
    }
    text.chars().take(LONGEST).chain(['…']).collect()
}
