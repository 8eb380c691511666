//! Notification attributes: what Write-Attributes sets and what decides when a
//! device notifies (Core 1.1.1 §5.1).
//!
//! They are typed, because the server checks them before it sends them and
//! devices obey them. Nothing here sends or schedules a notification: see
//! `server::observation` and `device`; what Discover shows is `link_attributes`.

use crate::model::Lwm2mVersion;
use crate::path::Path;
use crate::value::Kind;
use std::collections::BTreeMap;
use std::fmt;

/// The name of a notification attribute (Core 1.1.1 table 5.1.2-1, Core 1.2.1
/// table 5.1.2-1).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum AttributeName {
    /// Least seconds between two notifications.
    Pmin,
    /// Most seconds between two notifications.
    Pmax,
    /// Notify when the value rises above or falls below.
    Gt,
    /// Notify when the value falls below or rises above.
    Lt,
    /// Notify when the value changed by at least this much.
    St,
    /// Least seconds between two evaluations (1.1).
    Epmin,
    /// Most seconds between two evaluations (1.1).
    Epmax,
    /// Notify on a falling (0) or rising (1) edge of a Boolean (1.2).
    Edge,
    /// Notify in confirmable messages (1.2).
    Con,
    /// How many past values the device keeps while offline (1.2).
    Hqmax,
}

impl AttributeName {
    /// All names, in the order they are written in.
    pub const ALL: [Self; 10] = [
        Self::Pmin,
        Self::Pmax,
        Self::Gt,
        Self::Lt,
        Self::St,
        Self::Epmin,
        Self::Epmax,
        Self::Edge,
        Self::Con,
        Self::Hqmax,
    ];

    /// The name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pmin => "pmin",
            Self::Pmax => "pmax",
            Self::Gt => "gt",
            Self::Lt => "lt",
            Self::St => "st",
            Self::Epmin => "epmin",
            Self::Epmax => "epmax",
            Self::Edge => "edge",
            Self::Con => "con",
            Self::Hqmax => "hqmax",
        }
    }

    /// The version of LwM2M that brought it (Core 1.0 table 5.1.2-1 and its successors).
    #[must_use]
    pub const fn since(self) -> Lwm2mVersion {
        match self {
            Self::Pmin | Self::Pmax | Self::Gt | Self::Lt | Self::St => Lwm2mVersion::V1_0,
            Self::Epmin | Self::Epmax => Lwm2mVersion::V1_1,
            Self::Edge | Self::Con | Self::Hqmax => Lwm2mVersion::V1_2,
        }
    }

    /// The attribute of that name; names are case-sensitive.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|name| name.as_str() == text)
    }
}

impl fmt::Display for AttributeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The value of a notification attribute.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Setting {
    /// Seconds, or a count for `hqmax`.
    Whole(u32),
    /// A threshold or a step.
    Number(f64),
    /// `edge` and `con`.
    Flag(bool),
}

impl Setting {
    /// Reads a value of `name`.
    pub fn parse(name: AttributeName, text: &str) -> Result<Self, AttributeError> {
        let text = text.trim();
        let parsed = match name {
            AttributeName::Gt | AttributeName::Lt | AttributeName::St => text
                .parse()
                .ok()
                .filter(|number: &f64| number.is_finite())
                .map(Self::Number),
            AttributeName::Edge | AttributeName::Con => match text {
                "0" => Some(Self::Flag(false)),
                "1" => Some(Self::Flag(true)),
                _ => None,
            },
            _ => text.parse().ok().map(Self::Whole),
        };
        parsed.ok_or_else(|| AttributeError::BadValue {
            name,
            text: text.to_owned(),
        })
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(number) => number.fmt(f),
            // `Display` of f64 never uses an exponent, as the standard asks.
            Self::Number(number) => number.fmt(f),
            Self::Flag(flag) => u8::from(*flag).fmt(f),
        }
    }
}

/// Why a query is no attribute, in words.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum AttributeError {
    /// A name that no version of LwM2M knows.
    #[error(
        "\"{0}\" is not a notification attribute; they are pmin, pmax, gt, lt, st, epmin, epmax, edge, con and hqmax"
    )]
    Unknown(String),
    /// A value of the wrong type.
    #[error("\"{text}\" is not a value of {name}, which takes {}", takes(*.name))]
    BadValue {
        /// The attribute.
        name: AttributeName,
        /// What stood there.
        text: String,
    },
}

fn takes(name: AttributeName) -> &'static str {
    match name {
        AttributeName::Gt | AttributeName::Lt | AttributeName::St => "a number such as 21.5",
        AttributeName::Edge | AttributeName::Con => "0 or 1",
        AttributeName::Hqmax => "a whole number",
        _ => "whole seconds",
    }
}

/// The notification attributes attached at one place.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct NotificationAttributes {
    /// Least seconds between two notifications.
    pub pmin: Option<u32>,
    /// Most seconds between two notifications.
    pub pmax: Option<u32>,
    /// Upper threshold.
    pub gt: Option<f64>,
    /// Lower threshold.
    pub lt: Option<f64>,
    /// Step.
    pub st: Option<f64>,
    /// Least seconds between two evaluations.
    pub epmin: Option<u32>,
    /// Most seconds between two evaluations.
    pub epmax: Option<u32>,
    /// True for the rising edge, false for the falling one.
    pub edge: Option<bool>,
    /// True for confirmable notifications.
    pub con: Option<bool>,
    /// How many past values the device keeps.
    pub hqmax: Option<u32>,
}

impl NotificationAttributes {
    /// One attribute's value.
    #[must_use]
    pub fn get(&self, name: AttributeName) -> Option<Setting> {
        match name {
            AttributeName::Pmin => self.pmin.map(Setting::Whole),
            AttributeName::Pmax => self.pmax.map(Setting::Whole),
            AttributeName::Gt => self.gt.map(Setting::Number),
            AttributeName::Lt => self.lt.map(Setting::Number),
            AttributeName::St => self.st.map(Setting::Number),
            AttributeName::Epmin => self.epmin.map(Setting::Whole),
            AttributeName::Epmax => self.epmax.map(Setting::Whole),
            AttributeName::Edge => self.edge.map(Setting::Flag),
            AttributeName::Con => self.con.map(Setting::Flag),
            AttributeName::Hqmax => self.hqmax.map(Setting::Whole),
        }
    }

    /// Sets or, with `None`, unsets one attribute. A setting of another type than
    /// the attribute's unsets it; [`Setting::parse`] never yields one.
    pub fn put(&mut self, name: AttributeName, setting: Option<Setting>) {
        let whole = match setting {
            Some(Setting::Whole(number)) => Some(number),
            _ => None,
        };
        let number = match setting {
            Some(Setting::Number(number)) => Some(number),
            _ => None,
        };
        let flag = match setting {
            Some(Setting::Flag(flag)) => Some(flag),
            _ => None,
        };
        match name {
            AttributeName::Pmin => self.pmin = whole,
            AttributeName::Pmax => self.pmax = whole,
            AttributeName::Gt => self.gt = number,
            AttributeName::Lt => self.lt = number,
            AttributeName::St => self.st = number,
            AttributeName::Epmin => self.epmin = whole,
            AttributeName::Epmax => self.epmax = whole,
            AttributeName::Edge => self.edge = flag,
            AttributeName::Con => self.con = flag,
            AttributeName::Hqmax => self.hqmax = whole,
        }
    }

    /// What is attached, in the order of [`AttributeName::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = (AttributeName, Setting)> {
        AttributeName::ALL
            .into_iter()
            .filter_map(|name| Some((name, self.get(name)?)))
    }

    /// Whether nothing is attached.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    /// These attributes, filled up with those attached further up the path
    /// (Core 1.1.1 §5.1.1: the lower level takes precedence).
    #[must_use]
    pub fn inherit(&self, above: &Self) -> Self {
        let mut merged = above.clone();
        for (name, setting) in self.iter() {
            merged.put(name, Some(setting));
        }
        merged
    }

    /// What a change leaves behind.
    pub fn apply(&mut self, change: &AttributeChange) {
        for (name, setting) in &change.settings {
            self.put(*name, *setting);
        }
    }

    /// Whether the attributes go together (conformance DM-13, Core 1.1.1 §5.1.2).
    #[must_use]
    pub fn check(&self) -> Vec<Inconsistency> {
        let mut found = Vec::new();
        let mut wrong = |refused: bool, sentence: String| {
            found.push(Inconsistency { refused, sentence });
        };
        if let (Some(lt), Some(gt)) = (self.lt, self.gt) {
            if lt >= gt {
                wrong(
                    true,
                    format!("lt must be less than gt, and {lt} is not less than {gt}"),
                );
            } else if let Some(st) = self.st
                && lt + 2.0 * st >= gt
            {
                wrong(
                    true,
                    format!(
                        "lt + 2 × st must be less than gt, and {lt} + 2 × {st} is not less than {gt}"
                    ),
                );
            }
        }
        if let Some(st) = self.st.filter(|st| *st <= 0.0) {
            wrong(true, format!("st must be more than 0, and it is {st}"));
        }
        if let (Some(epmin), Some(epmax)) = (self.epmin, self.epmax)
            && epmin >= epmax
        {
            wrong(
                true,
                format!("epmin must be less than epmax, and {epmin} is not less than {epmax}"),
            );
        }
        if let (Some(pmin), Some(pmax)) = (self.pmin, self.pmax)
            && pmax < pmin
        {
            wrong(
                false,
                format!(
                    "a device ignores pmax when it is less than pmin, and {pmax} is less than {pmin}"
                ),
            );
        }
        found
    }

    /// Whether the attributes go together and may be attached at `path`.
    #[must_use]
    pub fn check_at(&self, path: Path, kind: Option<Kind>) -> Vec<Inconsistency> {
        let mut found = self.check();
        found.extend(self.check_place(path, kind));
        found
    }

    /// Whether the attributes may be attached at `path`, whose type is `kind` as
    /// far as it is known (Core 1.2.1 table 5.1.2-1).
    #[must_use]
    pub fn check_place(&self, path: Path, kind: Option<Kind>) -> Vec<Inconsistency> {
        let numeric = kind.is_none_or(|kind| {
            matches!(
                kind,
                Kind::Integer | Kind::Unsigned | Kind::Float | Kind::Time
            )
        });
        let boolean = kind.is_none_or(|kind| kind == Kind::Boolean);
        let mut found = Vec::new();
        for (name, _) in self.iter() {
            let (works_on, fits) = match name {
                AttributeName::Gt | AttributeName::Lt | AttributeName::St => ("numbers", numeric),
                AttributeName::Edge => ("Booleans", boolean),
                _ => continue,
            };
            let sentence = if path.depth() < 3 {
                format!("{name} belongs to a resource, and {path} is none")
            } else if !fits {
                format!("{name} works on {works_on} only")
            } else {
                continue;
            };
            found.push(Inconsistency {
                refused: true,
                sentence,
            });
        }
        found
    }
}

/// Attributes that do not go together.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Inconsistency {
    /// True when a device refuses the request, false when it ignores a part.
    pub refused: bool,
    /// What is wrong, in words.
    pub sentence: String,
}

/// What one Write-Attributes does: attributes to set, and attributes to unset.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct AttributeChange {
    /// `None` unsets.
    pub settings: BTreeMap<AttributeName, Option<Setting>>,
}

impl AttributeChange {
    /// Reads Uri-Query options: `pmin=10` sets, `pmin` (or `pmin=`) unsets. When a
    /// name comes twice, the last one counts.
    pub fn from_queries<'a>(
        queries: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, AttributeError> {
        let mut change = Self::default();
        for query in queries {
            let (name, text) = query.split_once('=').unwrap_or((query, ""));
            let name = AttributeName::from_text(name)
                .ok_or_else(|| AttributeError::Unknown(name.to_owned()))?;
            let setting = match text {
                "" => None,
                text => Some(Setting::parse(name, text)?),
            };
            change.settings.insert(name, setting);
        }
        Ok(change)
    }

    /// The Uri-Query options that ask for this change.
    #[must_use]
    pub fn to_queries(&self) -> Vec<String> {
        self.settings
            .iter()
            .map(|(name, setting)| match setting {
                Some(setting) => format!("{name}={setting}"),
                None => name.to_string(),
            })
            .collect()
    }
}

impl From<&NotificationAttributes> for AttributeChange {
    /// Sets everything that is there, unsets nothing.
    fn from(attributes: &NotificationAttributes) -> Self {
        Self {
            settings: attributes.iter().map(|(n, s)| (n, Some(s))).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(queries: &[&str]) -> AttributeChange {
        AttributeChange::from_queries(queries.iter().copied()).expect("attributes")
    }

    fn attributes(queries: &[&str]) -> NotificationAttributes {
        let mut attributes = NotificationAttributes::default();
        attributes.apply(&change(queries));
        attributes
    }

    #[test]
    fn dm_13_attributes_are_set_and_unset_several_at_once() {
        let mut attached = attributes(&["pmin=10", "pmax=60", "gt=21.5"]);
        let next = change(&["pmax", "st=0.5", "gt="]);
        attached.apply(&next);
        assert_eq!(attached, attributes(&["pmin=10", "st=0.5"]));
        assert_eq!(next.to_queries(), ["pmax", "gt", "st=0.5"]);
        let all = AttributeChange::from(&attached);
        assert_eq!(all.to_queries(), ["pmin=10", "st=0.5"]);
    }

    #[test]
    fn dm_13_queries_that_are_no_attributes_are_refused_in_words() {
        let refused = |query: &str| {
            AttributeChange::from_queries([query])
                .expect_err(query)
                .to_string()
        };
        assert!(refused("pmim=1").starts_with("\"pmim\" is not a notification attribute"));
        assert_eq!(
            refused("pmin=1.5"),
            "\"1.5\" is not a value of pmin, which takes whole seconds"
        );
        assert_eq!(
            refused("edge=2"),
            "\"2\" is not a value of edge, which takes 0 or 1"
        );
        assert!(refused("gt=NaN").contains("a number such as 21.5"));
    }

    #[test]
    fn dm_13_inconsistent_attributes_are_named() {
        let sentences = |queries: &[&str]| -> Vec<(bool, String)> {
            attributes(queries)
                .check()
                .into_iter()
                .map(|wrong| (wrong.refused, wrong.sentence))
                .collect()
        };
        assert_eq!(
            sentences(&["pmin=1", "pmax=1", "lt=1", "gt=3", "st=0.5"]),
            []
        );
        assert_eq!(
            sentences(&["lt=5", "gt=5"]),
            [(
                true,
                "lt must be less than gt, and 5 is not less than 5".into()
            )]
        );
        assert_eq!(
            sentences(&["lt=1", "gt=2", "st=0.5"]),
            [(
                true,
                "lt + 2 × st must be less than gt, and 1 + 2 × 0.5 is not less than 2".into()
            )]
        );
        assert_eq!(
            sentences(&["epmin=9", "epmax=9"]),
            [(
                true,
                "epmin must be less than epmax, and 9 is not less than 9".into()
            )]
        );
        assert_eq!(
            sentences(&["pmin=60", "pmax=10"]),
            [(
                false,
                "a device ignores pmax when it is less than pmin, and 10 is less than 60".into()
            )]
        );
    }

    #[test]
    fn dm_13_thresholds_belong_to_numbers() {
        let first = |queries: &[&str], path, kind| {
            let found = attributes(queries).check_at(path, kind);
            found.into_iter().next().map(|wrong| wrong.sentence)
        };
        let value = Path::Resource(3303, 0, 5700);
        assert_eq!(first(&["gt=1", "pmin=1"], value, Some(Kind::Float)), None);
        assert_eq!(first(&["gt=1"], value, None), None);
        assert_eq!(
            first(&["gt=1"], value, Some(Kind::String)).as_deref(),
            Some("gt works on numbers only")
        );
        assert_eq!(
            first(&["st=1"], Path::Instance(3303, 0), None).as_deref(),
            Some("st belongs to a resource, and /3303/0 is none")
        );
        assert_eq!(
            first(&["edge=1"], value, Some(Kind::Float)).as_deref(),
            Some("edge works on Booleans only")
        );
    }

    #[test]
    fn lower_levels_take_precedence() {
        let below = attributes(&["pmin=1", "st=2"]);
        let above = attributes(&["pmin=9", "pmax=60"]);
        assert_eq!(
            below.inherit(&above),
            attributes(&["pmin=1", "pmax=60", "st=2"])
        );
    }
}
