//! How a device is treated, as JSON; what is as for every device is left out.

use super::json::{
    expected, format_from_json, format_to_json, number, object, optional, parse, text,
};
use crate::error::StoreError;
use serde_json::{Map, Value as Json};
use server::profile::{Profile, Treatment, WakeOn};
use server::quirk;
use std::collections::BTreeMap;
use std::time::Duration;

/// `{"awake_window": 30000, "wake_on": "update", "quirks": {"QRK-05": "off"}}`; the
/// window in milliseconds.
pub(crate) fn profile_to_text(profile: &Profile) -> String {
    let window = profile.awake_window.map(|window| {
        let millis = u64::try_from(window.as_millis()).unwrap_or(u64::MAX);
        Json::from(millis)
    });
    let wake_on = profile.wake_on.map(|wake_on| match wake_on {
        WakeOn::Update => "update",
        WakeOn::Any => "any",
    });
    let quirks: Map<String, Json> = profile
        .treatments
        .iter()
        .map(|(code, own)| ((*code).to_owned(), treatment_name(*own).into()))
        .collect();
    object([
        ("awake_window", window),
        ("default_format", profile.default_format.map(format_to_json)),
        ("requeue", profile.requeue_on_timeout.map(Json::from)),
        ("wake_on", wake_on.map(Json::from)),
        ("latest_wins", profile.latest_wins.map(Json::from)),
        ("draft_numbers", profile.draft_numbers.map(Json::from)),
        (
            "quirks",
            (!quirks.is_empty()).then_some(Json::Object(quirks)),
        ),
    ])
    .to_string()
}

/// Reads what [`profile_to_text`] wrote. A quirk that is not known any more is left out.
pub(crate) fn profile_from_text(column: &str) -> Result<Profile, StoreError> {
    let json = parse(column)?;
    let flag = |name| {
        optional(&json, name, |json| {
            json.as_bool().ok_or_else(|| expected("a flag", json))
        })
    };
    let wake_on = |json: &Json| match text(json)? {
        "update" => Ok(WakeOn::Update),
        "any" => Ok(WakeOn::Any),
        _ => Err(expected("a sign of being awake", json)),
    };
    Ok(Profile {
        awake_window: optional(&json, "awake_window", number)?.map(Duration::from_millis),
        default_format: optional(&json, "default_format", format_from_json)?,
        requeue_on_timeout: flag("requeue")?,
        wake_on: optional(&json, "wake_on", wake_on)?,
        latest_wins: flag("latest_wins")?,
        draft_numbers: flag("draft_numbers")?,
        treatments: optional(&json, "quirks", treatments)?.unwrap_or_default(),
    })
}

fn treatments(json: &Json) -> Result<BTreeMap<&'static str, Treatment>, StoreError> {
    let fields = json.as_object().ok_or_else(|| expected("quirks", json))?;
    fields
        .iter()
        .filter_map(|(code, own)| Some((quirk::find(code)?.code, own)))
        .map(|(code, own)| Ok((code, treatment(own)?)))
        .collect()
}

const fn treatment_name(treatment: Treatment) -> &'static str {
    match treatment {
        Treatment::Strict => "strict",
        Treatment::Lenient => "lenient",
        Treatment::Off => "off",
    }
}

fn treatment(json: &Json) -> Result<Treatment, StoreError> {
    match text(json)? {
        "strict" => Ok(Treatment::Strict),
        "lenient" => Ok(Treatment::Lenient),
        "off" => Ok(Treatment::Off),
        _ => Err(expected("a treatment", json)),
    }
}
