//! The little that the console knows of a device: what it announced, what the
//! definitions say of it, which values are known. Everything here is handed in, so
//! the grammar can be tried without a device.

use lwm2m::model::{ObjectDefinition, ResourceDefinition};
use lwm2m::registry::{Registry, default_version};
use lwm2m::{Id, Kind, ObjectVersion, Path, Value};
use server::observation::Target;
use server::registration::Registration;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::sync::Arc;

/// A device as the console sees it.
#[derive(Clone, Default, Debug)]
pub(crate) struct View {
    /// The endpoint client name.
    pub(crate) endpoint: String,
    /// What it announced.
    pub(crate) objects: Vec<Announced>,
    /// The latest values known.
    pub(crate) latest: BTreeMap<Path, Value>,
    /// What the device told that it has.
    pub(crate) told: BTreeSet<Path>,
    /// What is observed.
    pub(crate) observed: Vec<Target>,
    /// Operations that have not ended: id and what they ask.
    pub(crate) open_operations: Vec<(String, String)>,
    /// Lines typed before, newest first.
    pub(crate) lines: Vec<String>,
}

/// An object of the device.
#[derive(Clone, Debug)]
pub(crate) struct Announced {
    /// Its id.
    pub(crate) object: Id,
    /// Its version.
    pub(crate) version: ObjectVersion,
    /// Its instances.
    pub(crate) instances: Vec<Id>,
    /// The definition that fits best.
    pub(crate) definition: Option<Arc<ObjectDefinition>>,
}

/// A place in the object tree, with its names.
#[derive(Clone, Debug)]
pub(crate) struct Place<'a> {
    /// Where it is.
    pub(crate) path: Path,
    /// Its own name, as in `Sensor Value`.
    pub(crate) name: String,
    /// The name of its object, as in `Temperature`.
    pub(crate) object: String,
    /// Of a resource or resource instance.
    pub(crate) definition: Option<&'a ResourceDefinition>,
    /// Whether the device is known to have it.
    pub(crate) known: bool,
}

impl View {
    /// What a registration and the definitions say.
    pub(crate) fn of(endpoint: &str, registration: &Registration, registry: &Registry) -> Self {
        let announced = registration.objects.objects.iter().map(|own| {
            let version = own
                .version
                .unwrap_or_else(|| default_version(own.object, registration.version));
            let nearest = registry.nearest(own.object, Some(version));
            Announced {
                object: own.object,
                version,
                instances: own.instances.clone(),
                definition: nearest.map(|found| found.definition.clone()),
            }
        });
        Self {
            endpoint: endpoint.to_owned(),
            objects: announced.collect(),
            ..Self::default()
        }
    }

    /// An object of the device.
    pub(crate) fn object(&self, id: Id) -> Option<&Announced> {
        self.objects.iter().find(|own| own.object == id)
    }

    /// The definition of a resource, or of the one that a resource instance is of.
    pub(crate) fn definition(&self, path: Path) -> Option<&ResourceDefinition> {
        let object = self.object(path.object()?)?.definition.as_ref()?;
        object.resource(path.resource()?)
    }

    /// The type of the values at a path, by the definition or else by what came.
    pub(crate) fn kind(&self, path: Path) -> Option<Kind> {
        let defined = self.definition(path).and_then(|own| own.kind);
        let known = self.latest.get(&path);
        let known = known.or_else(|| {
            self.latest
                .range(instances_of(path)?)
                .next()
                .map(|(_, value)| value)
        });
        defined.or_else(|| known.map(Value::kind))
    }

    /// Every place of the tree, parents before children.
    pub(crate) fn places(&self) -> Vec<Place<'_>> {
        let mut places = Vec::new();
        for own in &self.objects {
            let object = match &own.definition {
                Some(definition) => definition.name.clone(),
                None => format!("Object {}", own.object),
            };
            let mut add = |path, name: &str, definition, known| {
                places.push(Place {
                    path,
                    name: name.to_owned(),
                    object: object.clone(),
                    definition,
                    known,
                });
            };
            add(Path::Object(own.object), &object, None, true);
            for instance in &own.instances {
                let path = Path::Instance(own.object, *instance);
                add(path, &format!("{object} {instance}"), None, true);
                self.add_resources(own, path, &mut add);
            }
        }
        places
    }

    /// Resources in the order of their ids: those defined and those only known.
    fn add_resources<'a>(
        &'a self,
        own: &'a Announced,
        instance: Path,
        add: &mut impl FnMut(Path, &str, Option<&'a ResourceDefinition>, bool),
    ) {
        let defined = own.definition.iter().flat_map(|own| &own.resources);
        let mut ids: BTreeSet<Id> = defined.map(|resource| resource.id).collect();
        let known = self.known_below(instance);
        ids.extend(known.iter().filter_map(|path| path.resource()));
        for id in ids {
            let Some(path) = instance.child(id) else {
                continue;
            };
            let definition = own.definition.as_ref().and_then(|own| own.resource(id));
            let name = definition.map_or_else(|| format!("Resource {id}"), |own| own.name.clone());
            let multiple = known.iter().any(|at| at.depth() == 4 && path.contains(*at));
            add(path, &name, definition, multiple || known.contains(&path));
            for at in known
                .iter()
                .filter(|at| at.depth() == 4 && path.contains(**at))
            {
                let number = at.resource_instance().unwrap_or_default();
                add(*at, &format!("{name} {number}"), definition, true);
            }
        }
    }

    /// Paths below an instance that have a value, or that the device told of.
    fn known_below(&self, instance: Path) -> BTreeSet<Path> {
        let Path::Instance(o, i) = instance else {
            return BTreeSet::new();
        };
        let resources = Path::Resource(o, i, 0)..=Path::Resource(o, i, Id::MAX);
        let instances =
            Path::ResourceInstance(o, i, 0, 0)..=Path::ResourceInstance(o, i, Id::MAX, Id::MAX);
        [resources, instances]
            .into_iter()
            .flat_map(|span| {
                let valued = self.latest.range(span.clone()).map(|(path, _)| path);
                valued.chain(self.told.range(span))
            })
            .copied()
            .collect()
    }
}

/// Where the instances of a resource lie among all paths.
fn instances_of(path: Path) -> Option<RangeInclusive<Path>> {
    match path {
        Path::Resource(o, i, r) => {
            Some(Path::ResourceInstance(o, i, r, 0)..=Path::ResourceInstance(o, i, r, Id::MAX))
        }
        _ => None,
    }
}
