//! Every known object definition, many versions side by side.
//!
//! A [`Registry`] is a snapshot: cheap to clone, so the engine and the door that
//! imports a definition each hold their own and sessions never notice a change.
//! It never reads files; `bundled` fills the first one.

use crate::model::{Lwm2mVersion, ObjectDefinition, Provenance};
use crate::path::{Id, ObjectVersion};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The definitions of one version, weakest provenance first: what a user imports
/// hides ours, and ours is back when the user removes theirs.
type Layers = Vec<Arc<ObjectDefinition>>;

/// Definitions by object id and version.
#[derive(Clone, Default, Debug)]
pub struct Registry {
    objects: Arc<BTreeMap<Id, BTreeMap<ObjectVersion, Layers>>>,
}

/// The definition that a lookup found.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Match<'a> {
    /// The definition.
    pub definition: &'a Arc<ObjectDefinition>,
    /// Whether it is the version that was asked for.
    pub exact: bool,
    /// The version that was asked for, or that the default stands for.
    pub asked: ObjectVersion,
}

impl Registry {
    /// A registry without definitions: every device is shown raw.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a definition under `provenance`, in place of one of the same object,
    /// version and kind of provenance.
    pub fn insert(&mut self, definition: ObjectDefinition, provenance: Provenance) {
        let definition = ObjectDefinition {
            provenance,
            ..definition
        };
        let layers = Arc::make_mut(&mut self.objects)
            .entry(definition.id)
            .or_default()
            .entry(definition.version)
            .or_default();
        layers.retain(|known| rank(known) != rank(&definition));
        layers.push(Arc::new(definition));
        layers.sort_by_key(|known| rank(known));
    }

    /// Removes what a user imported for this version. Returns whether there was any.
    pub fn remove_user(&mut self, id: Id, version: ObjectVersion) -> bool {
        let objects = Arc::make_mut(&mut self.objects);
        let Some(versions) = objects.get_mut(&id) else {
            return false;
        };
        let Some(layers) = versions.get_mut(&version) else {
            return false;
        };
        let before = layers.len();
        layers.retain(|known| !matches!(known.provenance, Provenance::User(_)));
        let removed = layers.len() < before;
        if layers.is_empty() {
            versions.remove(&version);
        }
        if versions.is_empty() {
            objects.remove(&id);
        }
        removed
    }

    /// The definition of exactly this version.
    #[must_use]
    pub fn exact(&self, id: Id, version: ObjectVersion) -> Option<&Arc<ObjectDefinition>> {
        self.objects.get(&id)?.get(&version)?.last()
    }

    /// The definition to read a device's object with (conformance VER-02): the
    /// version itself, else the nearest minor version of the same major, the newer
    /// of two equally near. `None` means raw mode. Without a version this asks for
    /// 1.0; see [`default_version`] when the client's LwM2M version is known.
    #[must_use]
    pub fn nearest(&self, id: Id, version: Option<ObjectVersion>) -> Option<Match<'_>> {
        let asked = version.unwrap_or(ObjectVersion::DEFAULT);
        let versions = self.objects.get(&id)?;
        let nearest = versions
            .keys()
            .filter(|known| known.major == asked.major)
            .min_by_key(|known| {
                let distance = known.minor.abs_diff(asked.minor);
                (distance, std::cmp::Reverse(known.minor))
            })?;
        Some(Match {
            definition: versions.get(nearest)?.last()?,
            exact: *nearest == asked,
            asked,
        })
    }

    /// The newest version known, for a person who asks about an object as such.
    #[must_use]
    pub fn latest(&self, id: Id) -> Option<&Arc<ObjectDefinition>> {
        self.objects.get(&id)?.values().next_back()?.last()
    }

    /// The versions known of an object, oldest first.
    pub fn versions(&self, id: Id) -> impl Iterator<Item = ObjectVersion> {
        self.objects
            .get(&id)
            .into_iter()
            .flat_map(|v| v.keys().copied())
    }

    /// Every definition in force, by object id and version.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<ObjectDefinition>> {
        self.objects
            .values()
            .flat_map(BTreeMap::values)
            .filter_map(|layers| layers.last())
    }

    /// How many definitions are in force.
    #[must_use]
    pub fn len(&self) -> usize {
        self.objects.values().map(BTreeMap::len).sum()
    }

    /// Whether there is no definition at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }
}

/// The version of an object whose client did not say it (conformance VER-01): for
/// a core object the one that the client's LwM2M version goes with (Core 1.1.1
/// §7.2.3 and appendix E, Core 1.2.1 appendix E), otherwise 1.0.
#[must_use]
pub fn default_version(id: Id, lwm2m: Lwm2mVersion) -> ObjectVersion {
    let minor = match (lwm2m, id) {
        (Lwm2mVersion::V1_0, _) => 0,
        (Lwm2mVersion::V1_1, 0 | 1 | 3) => 1,
        (Lwm2mVersion::V1_1, 4) => 2,
        (Lwm2mVersion::V1_2, 0 | 1 | 3) => 2,
        (Lwm2mVersion::V1_2, 2 | 5 | 21) => 1,
        (Lwm2mVersion::V1_2, 4) => 3,
        _ => 0,
    };
    ObjectVersion::new(1, minor)
}

/// Which layer a definition belongs to; the names of users' files do not matter.
fn rank(definition: &ObjectDefinition) -> u8 {
    match definition.provenance {
        Provenance::Catalogue => 0,
        Provenance::Bundled => 1,
        Provenance::User(_) => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(id: Id, version: (u8, u8), name: &str) -> ObjectDefinition {
        ObjectDefinition {
            id,
            name: name.into(),
            version: ObjectVersion::new(version.0, version.1),
            lwm2m_version: "1.0".into(),
            urn: String::new(),
            multiple: false,
            mandatory: false,
            description: String::new(),
            resources: Vec::new(),
            provenance: Provenance::Catalogue,
        }
    }

    fn registry(versions: &[(u8, u8)]) -> Registry {
        let mut registry = Registry::new();
        for version in versions {
            registry.insert(object(3, *version, "Device"), Provenance::Bundled);
        }
        registry
    }

    #[test]
    fn ver_02_the_nearest_minor_version_of_the_same_major_is_used() {
        let known = registry(&[(1, 0), (1, 1), (1, 3), (2, 1)]);
        let nearest = |major, minor| {
            known
                .nearest(3, Some(ObjectVersion::new(major, minor)))
                .map(|found| (found.definition.version.to_string(), found.exact))
        };
        assert_eq!(nearest(1, 1), Some(("1.1".into(), true)));
        assert_eq!(nearest(1, 2), Some(("1.3".into(), false)), "newer of two");
        assert_eq!(nearest(1, 9), Some(("1.3".into(), false)));
        assert_eq!(nearest(2, 0), Some(("2.1".into(), false)));
        assert_eq!(nearest(3, 0), None, "another major version is raw mode");
        assert_eq!(known.nearest(4, None), None);
    }

    #[test]
    fn ver_01_without_a_version_the_default_is_asked_for() {
        let found = registry(&[(1, 0), (1, 2)]);
        let found = found.nearest(3, None).expect("1.0 is known");
        assert_eq!(found.definition.version, ObjectVersion::DEFAULT);
        assert!(found.exact);
        assert_eq!(registry(&[(2, 0)]).nearest(3, None), None);
    }

    #[test]
    fn ver_01_core_objects_follow_the_clients_lwm2m_version() {
        let check = |id, lwm2m: &str, expected: &str| {
            let lwm2m = Lwm2mVersion::from_text(lwm2m).expect("a version");
            assert_eq!(default_version(id, lwm2m).to_string(), expected, "/{id}");
        };
        check(3, "1.0", "1.0");
        check(3, "1.1", "1.1");
        check(3, "1.2", "1.2");
        check(4, "1.1", "1.2");
        check(5, "1.1", "1.0");
        check(5, "1.2", "1.1");
        check(3303, "1.2", "1.0");
    }

    #[test]
    fn ver_03_a_users_definition_hides_ours_until_it_is_removed() {
        let mut known = registry(&[(1, 0)]);
        let before = known.clone();
        let version = ObjectVersion::DEFAULT;
        for name in ["Mine", "Mine again"] {
            known.insert(
                object(3, (1, 0), name),
                Provenance::User(format!("{name}.xml")),
            );
        }
        known.insert(object(3, (1, 0), "Facts"), Provenance::Catalogue);
        let in_force = known.exact(3, version).expect("inserted");
        assert_eq!(in_force.name, "Mine again");
        assert_eq!(in_force.provenance.to_string(), "Mine again.xml");
        assert_eq!(before.exact(3, version).expect("a snapshot").name, "Device");
        assert!(known.remove_user(3, version));
        assert!(!known.remove_user(3, version));
        assert_eq!(known.exact(3, version).expect("ours").name, "Device");
    }

    #[test]
    fn rg_11_versions_stand_side_by_side() {
        let known = registry(&[(1, 2), (1, 0), (2, 0)]);
        let versions: Vec<String> = known.versions(3).map(|v| v.to_string()).collect();
        assert_eq!(versions, ["1.0", "1.2", "2.0"]);
        assert_eq!(
            known.latest(3).expect("some").version,
            ObjectVersion::new(2, 0)
        );
        assert_eq!((known.len(), known.iter().count()), (3, 3));
    }
}
