//! The definitions that the program carries: ours, in our own words, and the
//! catalogue of the public registry.
//!
//! All of `models/` is compiled in; nothing is read at run time. What a user
//! imports joins the same [`Registry`] and overrides these.

use crate::catalogue;
use crate::ddf;
use crate::model::{ObjectDefinition, Provenance};
use crate::registry::Registry;
use std::sync::LazyLock;

/// Names the files below `models/` and brings in their text.
macro_rules! embed {
    ($($file:literal),* $(,)?) => {
        &[$(($file, include_str!(concat!("../../../../models/", $file)))),*]
    };
}

/// The facts of the public registry.
const CATALOGUE: &str = include_str!("../../../../models/catalogue.tsv");

static REGISTRY: LazyLock<Registry> = LazyLock::new(load);

/// Every definition that the program carries, ours in front of the catalogue's.
/// Read once per process; each call hands out the same snapshot.
#[must_use]
pub fn registry() -> Registry {
    REGISTRY.clone()
}

fn load() -> Registry {
    let facts = catalogue::parse(CATALOGUE).expect("a test reads the whole catalogue");
    let mut registry = Registry::new();
    for definition in facts {
        registry.insert(definition, Provenance::Catalogue);
    }
    for (name, text) in DEFINITIONS {
        for definition in own(name, text) {
            registry.insert(definition, Provenance::Bundled);
        }
    }
    registry
}

fn own(name: &str, text: &str) -> Vec<ObjectDefinition> {
    let parsed = ddf::parse(name, text.as_bytes()).expect("a test reads each definition");
    parsed.objects
}

/// Our own definitions: one object and version per file, `{id}-{version}.xml`.
const DEFINITIONS: &[(&str, &str)] = embed![
    "0000-1.0.xml",
    "0000-1.1.xml",
    "0000-1.2.xml",
    "0001-1.0.xml",
    "0001-1.1.xml",
    "0001-1.2.xml",
    "0002-1.0.xml",
    "0002-1.1.xml",
    "0003-1.0.xml",
    "0003-1.1.xml",
    "0003-1.2.xml",
    "0004-1.0.xml",
    "0004-1.1.xml",
    "0004-1.2.xml",
    "0004-1.3.xml",
    "0005-1.0.xml",
    "0005-1.1.xml",
    "0005-1.2.xml",
    "0006-1.0.xml",
    "0007-1.0.xml",
    "0009-1.0.xml",
    "0016-1.0.xml",
    "0019-1.0.xml",
    "0021-1.0.xml",
    "0021-1.1.xml",
    "0021-2.0.xml",
    "0025-1.0.xml",
    "0025-2.0.xml",
    "3200-1.0.xml",
    "3200-1.1.xml",
    "3201-1.0.xml",
    "3201-1.1.xml",
    "3202-1.0.xml",
    "3202-1.1.xml",
    "3203-1.0.xml",
    "3203-1.1.xml",
    "3300-1.0.xml",
    "3300-1.1.xml",
    "3301-1.0.xml",
    "3301-1.1.xml",
    "3302-1.0.xml",
    "3302-1.1.xml",
    "3303-1.0.xml",
    "3303-1.1.xml",
    "3304-1.0.xml",
    "3304-1.1.xml",
    "3305-1.0.xml",
    "3305-1.1.xml",
    "3306-1.0.xml",
    "3306-1.1.xml",
    "3308-1.0.xml",
    "3308-1.1.xml",
    "3311-1.0.xml",
    "3312-1.0.xml",
    "3312-1.1.xml",
    "3313-1.0.xml",
    "3313-1.1.xml",
    "3314-1.0.xml",
    "3314-1.1.xml",
    "3315-1.0.xml",
    "3315-1.1.xml",
    "3316-1.0.xml",
    "3316-1.1.xml",
    "3317-1.0.xml",
    "3317-1.1.xml",
    "3318-1.0.xml",
    "3318-1.1.xml",
    "3319-1.0.xml",
    "3319-1.1.xml",
    "3320-1.0.xml",
    "3320-1.1.xml",
    "3321-1.0.xml",
    "3321-1.1.xml",
    "3322-1.0.xml",
    "3322-1.1.xml",
    "3323-1.0.xml",
    "3323-1.1.xml",
    "3324-1.0.xml",
    "3324-1.1.xml",
    "3325-1.0.xml",
    "3325-1.1.xml",
    "3326-1.0.xml",
    "3326-1.1.xml",
    "3327-1.0.xml",
    "3327-1.1.xml",
    "3328-1.0.xml",
    "3328-1.1.xml",
    "3329-1.0.xml",
    "3329-1.1.xml",
    "3330-1.0.xml",
    "3330-1.1.xml",
    "3331-1.0.xml",
    "3331-1.1.xml",
    "3332-1.0.xml",
    "3332-1.1.xml",
    "3333-1.0.xml",
    "3333-1.1.xml",
    "3334-1.0.xml",
    "3334-1.1.xml",
    "3335-1.0.xml",
    "3335-1.1.xml",
    "3336-1.0.xml",
    "3336-1.1.xml",
    "3336-2.0.xml",
    "3337-1.0.xml",
    "3337-1.1.xml",
    "3338-1.0.xml",
    "3338-1.1.xml",
    "3339-1.0.xml",
    "3340-1.0.xml",
    "3341-1.0.xml",
    "3342-1.0.xml",
    "3342-1.1.xml",
    "3343-1.0.xml",
    "3344-1.0.xml",
    "3345-1.0.xml",
    "3346-1.0.xml",
    "3346-1.1.xml",
    "3347-1.0.xml",
    "3347-1.1.xml",
    "3348-1.0.xml",
    "3348-1.1.xml",
    "3349-1.0.xml",
    "3349-1.1.xml",
    "3350-1.0.xml",
    "3350-1.1.xml",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::path::ObjectVersion;
    use std::collections::BTreeSet;
    use std::path::Path;

    /// Objects that nobody has cleared for redistribution.
    const LEFT_OUT: [u16; 2] = [3443, 10244];

    fn facts(definition: &ObjectDefinition) -> ObjectDefinition {
        let written = catalogue::write(std::slice::from_ref(definition));
        catalogue::parse(&written).expect("a catalogue").remove(0)
    }

    #[test]
    fn the_table_names_every_file_of_the_folder() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../models");
        let files: BTreeSet<String> = std::fs::read_dir(folder)
            .expect("the folder")
            .map(|entry| entry.expect("an entry").file_name())
            .map(|name| name.into_string().expect("a plain name"))
            .filter(|name| name.ends_with(".xml"))
            .collect();
        let table: BTreeSet<String> = DEFINITIONS.iter().map(|(name, _)| (*name).into()).collect();
        assert_eq!(table, files);
    }

    #[test]
    fn our_definitions_are_flawless_and_named_by_what_they_define() {
        for (name, text) in DEFINITIONS {
            let parsed = ddf::parse(name, text.as_bytes()).expect(name);
            assert_eq!(parsed.problems, [], "{name}");
            let [object] = &parsed.objects[..] else {
                panic!("{name} defines several objects");
            };
            assert_eq!(format!("{:04}-{}.xml", object.id, object.version), *name);
            assert!(
                !object.description.is_empty(),
                "{name} says nothing of its object"
            );
            assert_eq!(
                ddf::write(object),
                *text,
                "{name} is not in the written form"
            );
        }
    }

    #[test]
    fn our_definitions_state_the_facts_of_the_catalogue() {
        let catalogue = catalogue::parse(CATALOGUE).expect("the catalogue");
        for (name, text) in DEFINITIONS {
            let mut ours = facts(&own(name, text).remove(0));
            let theirs = catalogue
                .iter()
                .find(|known| (known.id, known.version) == (ours.id, ours.version))
                .expect(name);
            // We spell some ranges more regularly.
            for (resource, known) in ours.resources.iter_mut().zip(&theirs.resources) {
                resource.range.clone_from(&known.range);
            }
            assert_eq!(&ours, theirs, "{name}");
        }
    }

    #[test]
    fn ver_03_rg_14_the_whole_registry_is_there_side_by_side() {
        let registry = registry();
        assert_eq!(registry.len(), 422);
        let objects: BTreeSet<u16> = registry.iter().map(|known| known.id).collect();
        assert_eq!(objects.len(), 325);
        let device: Vec<String> = registry.versions(3).map(|v| v.to_string()).collect();
        assert_eq!(device, ["1.0", "1.1", "1.2"]);
        let provenance = |id| registry.latest(id).expect("known").provenance.clone();
        assert_eq!(provenance(3), Provenance::Bundled);
        assert_eq!(provenance(10), Provenance::Catalogue);
        for id in LEFT_OUT {
            assert_eq!(registry.latest(id), None);
        }
    }

    #[test]
    fn ver_01_the_default_version_of_every_core_object_is_there() {
        use crate::model::Lwm2mVersion;
        use crate::registry::default_version;
        let registry = registry();
        for lwm2m in [Lwm2mVersion::V1_0, Lwm2mVersion::V1_1, Lwm2mVersion::V1_2] {
            for id in [0, 1, 2, 3, 4, 5, 6, 7, 21] {
                let version = default_version(id, lwm2m);
                assert!(registry.exact(id, version).is_some(), "/{id} {version}");
            }
        }
        let found = registry.nearest(4, Some(ObjectVersion::new(1, 9)));
        assert_eq!(
            found.expect("near").definition.version,
            ObjectVersion::new(1, 3)
        );
    }
}
