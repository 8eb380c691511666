//! The levels at which notification attributes are attached, and what counts at the
//! lowest of them (Core 1.1.1 §5.1.1): resource instance before resource before
//! instance before object before the defaults of the Server object.
//!
//! Pure rules: nothing here knows who attached what or when. The attributes
//! themselves and the rules among them are in `attributes`.

use crate::attributes::{
    AttributeChange, AttributeName, Inconsistency, NotificationAttributes, Setting,
};
use crate::model::Lwm2mVersion;
use crate::path::Path;
use crate::value::Kind;

/// The attributes attached at one place.
#[derive(Clone, PartialEq, Debug)]
pub struct Level {
    /// Object, instance, resource or resource instance; the instance of the Server
    /// object for its defaults.
    pub path: Path,
    /// What is attached there, and only there.
    pub attributes: NotificationAttributes,
}

/// An attribute that counts, and where it comes from.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct InForce {
    /// Which.
    pub name: AttributeName,
    /// Its value.
    pub setting: Setting,
    /// The level that it is attached at.
    pub from: Path,
}

/// What counts at the last of `levels`, which go from the top down.
#[must_use]
pub fn in_force(levels: &[Level]) -> Vec<InForce> {
    let lowest = |name: AttributeName| {
        let own = |level: &Level| Some((level.attributes.get(name)?, level.path));
        levels.iter().rev().find_map(own)
    };
    AttributeName::ALL
        .into_iter()
        .filter_map(|name| {
            let (setting, from) = lowest(name)?;
            Some(InForce {
                name,
                setting,
                from,
            })
        })
        .collect()
}

/// The same as one set of attributes.
#[must_use]
pub fn merged(levels: &[Level]) -> NotificationAttributes {
    let top = NotificationAttributes::default();
    levels
        .iter()
        .fold(top, |above, level| level.attributes.inherit(&above))
}

/// What a Write-Attributes is sent to.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Target {
    /// The place.
    pub path: Path,
    /// The type of the value there, as far as it is known.
    pub kind: Option<Kind>,
    /// The LwM2M version of the device.
    pub version: Lwm2mVersion,
}

/// What is wrong with a change at `target`, given what is attached `above` it (from
/// the top down) and at it (`own`): attributes that the place or the device's
/// version does not have, and rules that what will be in force breaks (conformance
/// DM-13). What was broken before, and by others, is told but not refused.
#[must_use]
pub fn check_change(
    target: Target,
    above: &[Level],
    own: &NotificationAttributes,
    change: &AttributeChange,
) -> Vec<Inconsistency> {
    let inherited = merged(above);
    let before = own.inherit(&inherited).check();
    let mut changed = own.clone();
    changed.apply(change);
    let mut found = misplaced(target, change);
    let rules = changed.inherit(&inherited).check();
    found.extend(rules.into_iter().map(|wrong| Inconsistency {
        refused: wrong.refused && !before.contains(&wrong),
        ..wrong
    }));
    found
}

/// Attributes of the change that cannot be attached at the target.
fn misplaced(target: Target, change: &AttributeChange) -> Vec<Inconsistency> {
    let refusal = |sentence: String| Inconsistency {
        refused: true,
        sentence,
    };
    let mut found = Vec::new();
    if target.path.depth() == 4 && target.version == Lwm2mVersion::V1_0 {
        let sentence = format!(
            "{} is a resource instance, which takes attributes from LwM2M 1.1 on, and the device has 1.0",
            target.path
        );
        found.push(refusal(sentence));
    }
    let mut added = NotificationAttributes::default();
    for (name, setting) in &change.settings {
        added.put(*name, *setting);
        if setting.is_some() && name.since() > target.version {
            let sentence = format!(
                "{name} exists from LwM2M {} on, and the device has {}",
                name.since(),
                target.version
            );
            found.push(refusal(sentence));
        }
    }
    found.extend(added.check_place(target.path, target.kind));
    found
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

    fn level(path: &str, queries: &[&str]) -> Level {
        Level {
            path: path.parse().expect("a path"),
            attributes: attributes(queries),
        }
    }

    const VALUE: Target = Target {
        path: Path::Resource(3303, 0, 5700),
        kind: Some(Kind::Float),
        version: Lwm2mVersion::V1_1,
    };

    fn check(target: Target, own: &[&str], queries: &[&str]) -> Vec<(bool, String)> {
        let above = [level("/1/0", &["pmin=10"]), level("/3303", &["pmax=60"])];
        check_change(target, &above, &attributes(own), &change(queries))
            .into_iter()
            .map(|wrong| (wrong.refused, wrong.sentence))
            .collect()
    }

    #[test]
    fn dm_13_the_lowest_level_counts_and_says_where_it_is() {
        let levels = [
            level("/1/0", &["pmin=1", "pmax=300"]),
            level("/3303", &["pmax=60"]),
            level("/3303/0", &[]),
            level("/3303/0/5700", &["pmin=5", "gt=30"]),
            level("/3303/0/5700/1", &["gt=31"]),
        ];
        let told: Vec<String> = in_force(&levels)
            .iter()
            .map(|one| format!("{}={} {}", one.name, one.setting, one.from))
            .collect();
        assert_eq!(
            told,
            [
                "pmin=5 /3303/0/5700",
                "pmax=60 /3303",
                "gt=31 /3303/0/5700/1"
            ]
        );
        assert_eq!(merged(&levels), attributes(&["pmin=5", "pmax=60", "gt=31"]));
        assert_eq!(in_force(&[]), []);
    }

    #[test]
    fn dm_13_rules_hold_for_what_will_be_in_force() {
        assert_eq!(check(VALUE, &[], &["pmin=5", "gt=30"]), []);
        let ignored = "a device ignores pmax when it is less than pmin, and 60 is less than 90";
        assert_eq!(check(VALUE, &[], &["pmin=90"]), [(false, ignored.into())]);
        let crossed = "lt must be less than gt, and 40 is not less than 30";
        assert_eq!(
            check(VALUE, &["gt=30"], &["lt=40"]),
            [(true, crossed.into())]
        );
        assert_eq!(check(VALUE, &["gt=30"], &["lt=40", "gt"]), []);
        assert_eq!(
            check(VALUE, &["gt=30", "lt=40"], &["pmax=70"]),
            [(false, crossed.into())],
            "somebody else's fault is told only"
        );
    }

    #[test]
    fn dm_13_attributes_of_later_versions_are_named() {
        let refused = |version, queries: &[&str]| {
            let found = check(Target { version, ..VALUE }, &[], queries);
            assert!(found.iter().all(|(refused, _)| *refused));
            found.into_iter().map(|(_, words)| words).next()
        };
        assert_eq!(
            refused(Lwm2mVersion::V1_1, &["con=1"]).as_deref(),
            Some("con exists from LwM2M 1.2 on, and the device has 1.1")
        );
        assert_eq!(refused(Lwm2mVersion::V1_2, &["con=1", "hqmax=3"]), None);
        assert_eq!(
            refused(Lwm2mVersion::V1_0, &["epmin=1"]).as_deref(),
            Some("epmin exists from LwM2M 1.1 on, and the device has 1.0")
        );
        assert_eq!(refused(Lwm2mVersion::V1_0, &["epmin"]), None, "unset");
    }

    #[test]
    fn dm_13_resource_instances_take_attributes_from_1_1_on() {
        let at = |version| Target {
            path: Path::ResourceInstance(3, 0, 7, 1),
            kind: Some(Kind::Integer),
            version,
        };
        assert_eq!(check(at(Lwm2mVersion::V1_1), &[], &["gt=3"]), []);
        assert_eq!(check(at(Lwm2mVersion::V1_0), &[], &["gt=3"]).len(), 1);
    }
}
