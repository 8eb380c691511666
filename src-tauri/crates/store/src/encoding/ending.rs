//! How an operation ended, as JSON.

use super::json::{
    array_unless_empty, expected, field, format_from_json, format_to_json, list, number, object,
    optional, pair_from_json, pair_to_json, parse, path_from_json, path_to_json, paths_to_json,
    text, time_from_json, time_to_json,
};
use super::objects::{deviation_from_json, deviation_to_json};
use super::value::{timed_value_from_json, timed_value_to_json};
use crate::error::StoreError;
use coap::Code;
use serde_json::Value as Json;
use server::operation::{DiscoveredLink, Ending, Outcome};

/// `{"outcome": "success", "code": 69, …}`; what is empty is left out.
pub(crate) fn ending_to_text(ending: &Ending) -> String {
    object([
        ("outcome", Some(outcome_name(ending.outcome).into())),
        ("code", ending.code.map(|code| code.as_byte().into())),
        (
            "values",
            array_unless_empty(&ending.values, timed_value_to_json),
        ),
        (
            "missing",
            (!ending.missing.is_empty()).then(|| paths_to_json(&ending.missing)),
        ),
        ("links", array_unless_empty(&ending.links, link_to_json)),
        ("location", ending.location.map(path_to_json)),
        (
            "detail",
            (!ending.detail.is_empty()).then(|| ending.detail.as_str().into()),
        ),
        (
            "deviations",
            array_unless_empty(&ending.deviations, deviation_to_json),
        ),
        ("format", ending.format.map(format_to_json)),
        ("at", Some(time_to_json(ending.at))),
    ])
    .to_string()
}

/// Reads what [`ending_to_text`] wrote.
pub(crate) fn ending_from_text(column: &str) -> Result<Ending, StoreError> {
    let json = parse(column)?;
    Ok(Ending {
        outcome: outcome(field(&json, "outcome")?)?,
        code: optional(&json, "code", number::<u8>)?.map(Code::from_byte),
        values: list(&json, "values", timed_value_from_json)?,
        missing: list(&json, "missing", path_from_json)?,
        links: list(&json, "links", link_from_json)?,
        location: optional(&json, "location", path_from_json)?,
        detail: optional(&json, "detail", text)?
            .unwrap_or_default()
            .to_owned(),
        deviations: list(&json, "deviations", deviation_from_json)?,
        format: optional(&json, "format", format_from_json)?,
        at: time_from_json(field(&json, "at")?)?,
    })
}

fn link_to_json(link: &DiscoveredLink) -> Json {
    object([
        ("path", Some(path_to_json(link.path))),
        (
            "attributes",
            array_unless_empty(&link.attributes, pair_to_json),
        ),
    ])
}

fn link_from_json(json: &Json) -> Result<DiscoveredLink, StoreError> {
    Ok(DiscoveredLink {
        path: path_from_json(field(json, "path")?)?,
        attributes: list(json, "attributes", pair_from_json)?,
    })
}

const fn outcome_name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Success => "success",
        Outcome::Refused => "refused",
        Outcome::TimedOut => "timed_out",
        Outcome::Cancelled => "cancelled",
        Outcome::Lost => "lost",
    }
}

fn outcome(json: &Json) -> Result<Outcome, StoreError> {
    Ok(match text(json)? {
        "success" => Outcome::Success,
        "refused" => Outcome::Refused,
        "timed_out" => Outcome::TimedOut,
        "cancelled" => Outcome::Cancelled,
        "lost" => Outcome::Lost,
        _ => return Err(expected("an outcome", json)),
    })
}
