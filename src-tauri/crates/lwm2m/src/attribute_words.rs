//! Notification attributes in plain words: when a device will report.
//!
//! One phrase per attribute, in the order of `AttributeName::ALL`; nothing here
//! decides which attributes count (`attribute_levels` does).

use crate::attributes::{AttributeName, NotificationAttributes, Setting};

/// When a device reports a value with these attributes in force, in phrases to be
/// joined by commas. `unit` is the definition's and may be empty.
#[must_use]
pub fn phrases(attributes: &NotificationAttributes, unit: &str) -> Vec<String> {
    let phrases: Vec<String> = attributes
        .iter()
        .filter_map(|(name, setting)| phrase(name, setting, unit))
        .collect();
    if phrases.is_empty() {
        vec!["whenever it changes".to_owned()]
    } else {
        phrases
    }
}

/// What one attribute says; `None` when it says nothing, as a period of 0 does.
#[must_use]
pub fn phrase(name: AttributeName, setting: Setting, unit: &str) -> Option<String> {
    use AttributeName as A;
    let value = |number: f64| {
        let unit = unit_sign(unit);
        if unit.is_empty() {
            number.to_string()
        } else {
            format!("{number} {unit}")
        }
    };
    Some(match (name, setting) {
        (A::Pmin | A::Pmax | A::Epmin | A::Epmax, Setting::Whole(0)) => return None,
        (A::Pmin, Setting::Whole(s)) => format!("at most every {}", span(s)),
        (A::Pmax, Setting::Whole(s)) => format!("at least every {}", span(s)),
        (A::Gt, Setting::Number(n)) => {
            format!("when it rises above {} or comes back", value(n))
        }
        (A::Lt, Setting::Number(n)) => {
            format!("when it falls below {} or comes back", value(n))
        }
        (A::St, Setting::Number(n)) => format!("when it changed by {} or more", value(n)),
        (A::Epmin, Setting::Whole(s)) => format!("looked at every {} at most", span(s)),
        (A::Epmax, Setting::Whole(s)) => format!("looked at every {} at least", span(s)),
        (A::Edge, Setting::Flag(true)) => "when it turns true".to_owned(),
        (A::Edge, Setting::Flag(false)) => "when it turns false".to_owned(),
        (A::Con, Setting::Flag(true)) => "confirmed each time".to_owned(),
        (A::Con, Setting::Flag(false)) => "never confirmed".to_owned(),
        (A::Hqmax, Setting::Whole(n)) => format!("keeping up to {n} values while offline"),
        // `Setting::parse` yields no other pairs.
        _ => return None,
    })
}

/// Seconds in the largest unit that states them exactly.
fn span(seconds: u32) -> String {
    match seconds {
        s if s >= 86_400 && s % 86_400 == 0 => format!("{} d", s / 86_400),
        s if s >= 3_600 && s % 3_600 == 0 => format!("{} h", s / 3_600),
        s if s >= 120 && s % 60 == 0 => format!("{} min", s / 60),
        s => format!("{s} s"),
    }
}

/// The sign that people read for a unit that definitions spell in letters (RFC 8428
/// §12.1 and older spellings).
#[must_use]
pub fn unit_sign(unit: &str) -> &str {
    match unit.trim() {
        "Cel" | "degC" => "°C",
        "deg" => "°",
        "Ohm" => "Ω",
        "m2" => "m²",
        "m3" => "m³",
        "m3/s" => "m³/s",
        "m/s2" => "m/s²",
        "W/m2" => "W/m²",
        "ug/m3" => "µg/m³",
        "/100" => "%",
        "/" => "",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attributes::AttributeChange;

    fn said(queries: &[&str], unit: &str) -> String {
        let mut attributes = NotificationAttributes::default();
        let change = AttributeChange::from_queries(queries.iter().copied());
        attributes.apply(&change.expect("attributes"));
        phrases(&attributes, unit).join(", ")
    }

    #[test]
    fn dm_13_attributes_are_said_in_words_with_the_unit() {
        for (queries, unit, words) in [
            (
                &["gt=30", "pmin=5", "pmax=60"][..],
                "Cel",
                "at most every 5 s, at least every 60 s, when it rises above 30 °C or comes back",
            ),
            (
                &["lt=-0.5", "st=0.1"],
                "",
                "when it falls below -0.5 or comes back, when it changed by 0.1 or more",
            ),
            (
                &["pmax=3600", "epmin=120", "epmax=90"],
                "",
                "at least every 1 h, looked at every 2 min at most, looked at every 90 s at least",
            ),
            (
                &["edge=1", "con=0", "hqmax=9"],
                "",
                "when it turns true, never confirmed, keeping up to 9 values while offline",
            ),
            (&["pmin=0", "pmax=0"], "V", "whenever it changes"),
            (&["pmax=86400"], "V", "at least every 1 d"),
            (&[], "V", "whenever it changes"),
        ] {
            assert_eq!(said(queries, unit), words);
        }
    }
}
