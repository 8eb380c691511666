//! What the engine does, as lines that a person can read: `A: ACK 2.01 /rd/*`,
//! `store: registered urn:x; operation 1 sent`.

use crate::change::{Change, Readings};
use crate::discovery::News;
use crate::operation::{Ending, Operation, OperationState, TimedValue};
use crate::security::Fact;
use coap::{Code, Message, option};
use lwm2m::Value;

/// A message as the device sees it.
pub(super) fn message(message: &Message) -> String {
    let mut line = vec![message.kind.name().to_owned()];
    match message.code {
        Code::EMPTY => return line.remove(0),
        code if code.is_request() => line.push(code.name().to_owned()),
        code => line.push(code.to_string()),
    }
    let options = &message.options;
    let path = segments(options.uri_path(), "/");
    let query = segments(options.uri_query(), if path.is_empty() { "?" } else { "&" });
    match (path.as_str(), query.trim_start_matches(['&', '?'])) {
        ("", "") => {}
        (path, "") => line.push(path.to_owned()),
        (path, query) => line.push(format!("{path}?{query}")),
    }
    match options.location_path().next() {
        Some(b"rd") => line.push("/rd/*".to_owned()),
        Some(_) => line.push(segments(options.location_path(), "/")),
        None => {}
    }
    let numbers = [
        ("accept", option::ACCEPT),
        ("observe", option::OBSERVE),
        ("ct", option::CONTENT_FORMAT),
        ("max-age", option::MAX_AGE),
    ];
    for (name, number) in numbers {
        if let Some(value) = options.get_uint(number) {
            line.push(format!("{name}={value}"));
        }
    }
    if !message.payload.is_empty() && !matches!(message.code.class(), 4 | 5) {
        line.push(match std::str::from_utf8(&message.payload) {
            Ok(text) if !text.chars().any(char::is_control) => format!("{text:?}"),
            _ => message
                .payload
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect(),
        });
    }
    line.join(" ")
}

fn segments<'a>(segments: impl Iterator<Item = &'a [u8]>, before: &str) -> String {
    segments
        .map(|segment| format!("{before}{}", String::from_utf8_lossy(segment)))
        .collect()
}

/// A fact as the store gets it.
pub(super) fn fact(change: &Change) -> String {
    match change {
        Change::Registered { endpoint, .. } => format!("registered {endpoint}"),
        Change::Updated { .. } => "updated".to_owned(),
        Change::Seen { .. } => "seen".to_owned(),
        Change::Departed { cause, .. } => format!("departed {cause:?}"),
        Change::Forgotten { .. } => "forgotten".to_owned(),
        Change::Observed(own) => {
            format!(
                "{} {}",
                own.target,
                if own.link.is_some() {
                    "observed"
                } else {
                    "to be observed"
                }
            )
        }
        Change::ObservationEnded { .. } => "observation ended".to_owned(),
        Change::Readings(readings) => read(readings),
        Change::Operation(own) => operation(own),
        Change::Discovered(own) => news(&own.news),
        Change::Profiled { .. } => "profiled".to_owned(),
        Change::Deviated { deviations, .. } => {
            let codes: Vec<_> = deviations.iter().map(|own| own.code).collect();
            format!("deviated {}", codes.join(" "))
        }
        Change::Security(own) => security(own),
    }
}

/// `credential 1 used`, `handshake failed`.
fn security(fact: &Fact) -> String {
    match fact {
        Fact::CredentialUsed {
            credential,
            accepted,
            ..
        } => format!(
            "credential {} {}",
            credential.0,
            if *accepted { "used" } else { "refused" }
        ),
        Fact::HandshakeFailed(_) => "handshake failed".to_owned(),
        Fact::RegistrationRefused(own) => {
            let name = own.endpoint.as_ref().map_or("nobody", |name| name.as_str());
            format!("refused {name}")
        }
        Fact::Association(_) => "association".to_owned(),
        Fact::AssociationMoved { .. } => "association moved".to_owned(),
        Fact::AssociationEnded { .. } => "association ended".to_owned(),
        Fact::Positions(_) => "positions".to_owned(),
    }
}

/// `listed /3/0: /3/0;pmin=5 /3/0/9`, `attributes /3/0/9 pmin=5`, `gone /3303/1`.
fn news(news: &News) -> String {
    match news {
        News::Listed { below, found } => {
            let found = found.iter().map(|own| {
                let attributes = own.attributes.iter();
                let attributes = attributes.map(|(name, setting)| format!(";{name}={setting}"));
                format!(" {}{}", own.path, attributes.collect::<String>())
            });
            format!("listed {below}:{}", found.collect::<String>())
        }
        News::Attributes { path, change } => {
            format!("attributes {path} {}", change.to_queries().join("&"))
        }
        News::Gone(path) => format!("gone {path}"),
    }
}

fn read(readings: &Readings) -> String {
    let Readings { source, values, .. } = readings;
    format!(
        "{source:?} {}",
        values.iter().map(value).collect::<Vec<_>>().join(" ")
    )
}

/// `/3/0/9=95`, with `@` and seconds where the device gave a time.
pub(super) fn value(timed: &TimedValue) -> String {
    let value = match &timed.value {
        Value::String(text) | Value::Corelnk(text) => format!("{text:?}"),
        Value::Integer(number) | Value::Time(number) => number.to_string(),
        Value::Unsigned(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Boolean(yes) => yes.to_string(),
        Value::Opaque(bytes) => format!("{bytes:02x?}"),
        Value::Objlnk(object, instance) => format!("{object}:{instance}"),
    };
    let at = timed
        .taken_at
        .map(|at| format!("@{}", at.as_seconds()))
        .unwrap_or_default();
    format!("{}={value}{at}", timed.path)
}

pub(super) fn operation(own: &Operation) -> String {
    let state = match &own.state {
        OperationState::Queued => "queued".to_owned(),
        OperationState::Sent => "sent".to_owned(),
        OperationState::Ended(own) => ending(own),
    };
    format!("operation {} {state}", own.id.0)
}

fn ending(own: &Ending) -> String {
    let mut words = vec![format!("{:?}", own.outcome)];
    words.extend(own.code.map(|code| code.to_string()));
    words.extend(own.location.map(|path| format!("at {path}")));
    words.extend(own.values.iter().map(value));
    for link in &own.links {
        let attributes = link
            .attributes
            .iter()
            .map(|(name, value)| format!(";{name}={value}"));
        words.push(format!("<{}>{}", link.path, attributes.collect::<String>()));
    }
    words.join(" ")
}
