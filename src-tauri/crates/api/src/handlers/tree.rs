//! The object tree of a device as rows: what it announced, what the definitions say
//! of it, what is known of its values. The page shows the rows as they are.

use super::actions::actions;
use super::known_tree::KnownTree;
use crate::dto::{EndpointRequest, ModelFit, TreeGetResponse, TreeLevel, TreeRow};
use crate::error::ApiError;
use crate::host::Host;
use crate::rows::source;
use crate::value::{kind_to_dto, to_json, to_preview};
use lwm2m::attribute_levels::merged;
use lwm2m::attribute_words::phrases;
use lwm2m::attributes::NotificationAttributes;
use lwm2m::guess::guesses;
use lwm2m::model::{ObjectDefinition, ResourceDefinition};
use lwm2m::object_list::AnnouncedObject;
use lwm2m::registry::Registry;
use lwm2m::{Id, Kind, ObjectVersion, Path, Value};
use server::answer::DeviceTypes;
use server::observation::{Observation, Target};
use std::collections::{BTreeMap, BTreeSet};
use store::{DeviceRow, ReadingRow};

/// `tree_get`
pub(crate) async fn tree_get(
    host: &Host,
    request: EndpointRequest,
) -> Result<TreeGetResponse, ApiError> {
    let reader = host.workbench().reader();
    let revision = host.workbench().bus().revision();
    let device = host.device(&request.endpoint).await?;
    let latest = reader.latest(device.id, Path::Root).await?;
    let observed = reader.observations(Some(device.id)).await?;
    let in_force = || {
        let rows = observed.iter().map(|row| &row.observation);
        rows.filter(|own| own.link.is_some())
    };
    let known = KnownTree::load(host, &device).await?;
    let mut instances: BTreeMap<Path, Vec<Path>> = BTreeMap::new();
    for row in latest.iter().filter(|row| row.path.depth() == 4) {
        instances
            .entry(row.path.parent())
            .or_default()
            .push(row.path);
    }
    let tree = Tree {
        instances,
        device: &device,
        registry: host.workbench().registry(),
        latest: latest.into_iter().map(|row| (row.path, row)).collect(),
        observed: in_force().filter_map(alone).collect(),
        together: in_force().filter_map(together).collect(),
        known,
    };
    let types = DeviceTypes {
        registration: &device.registration,
        registry: &tree.registry,
    };
    Ok(TreeGetResponse {
        actions: actions(&types, &tree.latest, |path| tree.known.has(path)),
        rows: tree.rows(),
        revision: revision.0,
    })
}

struct Tree<'a> {
    device: &'a DeviceRow,
    registry: Registry,
    latest: BTreeMap<Path, ReadingRow>,
    /// Known resource instances by their resource, ascending.
    instances: BTreeMap<Path, Vec<Path>>,
    observed: BTreeSet<Path>,
    /// The paths of each composite observation.
    together: Vec<&'a [Path]>,
    known: KnownTree,
}

fn alone(observation: &Observation) -> Option<Path> {
    match &observation.target {
        Target::One(path) => Some(*path),
        Target::Several(_) => None,
    }
}

fn together(observation: &Observation) -> Option<&[Path]> {
    match &observation.target {
        Target::One(_) => None,
        Target::Several(paths) => Some(paths),
    }
}

impl Tree<'_> {
    fn rows(&self) -> Vec<TreeRow> {
        let mut rows = Vec::new();
        for announced in &self.device.registration.objects.objects {
            let version = self.device.registration.object_version(announced.object);
            let matched = self.registry.nearest(announced.object, Some(version));
            let definition = matched.map(|found| found.definition.as_ref());
            rows.push(self.object_row(announced, version, definition));
            for instance in &announced.instances {
                let path = Path::Instance(announced.object, *instance);
                rows.push(self.instance_row(path, definition));
                self.add_resources(&mut rows, path, definition);
            }
        }
        rows
    }

    fn object_row(
        &self,
        announced: &AnnouncedObject,
        version: ObjectVersion,
        definition: Option<&ObjectDefinition>,
    ) -> TreeRow {
        let path = Path::Object(announced.object);
        let (fit, warning) = match definition {
            Some(own) if own.version == version => (ModelFit::Exact, None),
            Some(own) => {
                let words = format!(
                    "The device has version {version}; read by the definition of {}.",
                    own.version
                );
                (ModelFit::Nearest, Some(words))
            }
            None => {
                let words = self.missing_words(announced.object, version);
                (ModelFit::Missing, Some(words))
            }
        };
        TreeRow {
            name: definition.map_or_else(
                || format!("Object {}", announced.object),
                |own| own.name.clone(),
            ),
            version: Some(version.to_string()),
            announced_version: announced.version.map(|own| own.to_string()),
            model_version: definition.map(|own| own.version.to_string()),
            fit: Some(fit),
            warning,
            description: definition
                .map(|own| own.description.clone())
                .filter(|text| !text.is_empty()),
            readable: true,
            multiple: definition.is_none_or(|own| own.multiple),
            mandatory: definition.is_some_and(|own| own.mandatory),
            ..self.row(path, TreeLevel::Object, "")
        }
    }

    /// Why the values of an object are shown raw (conformance VER-02).
    fn missing_words(&self, object: Id, version: ObjectVersion) -> String {
        let known: Vec<String> = self
            .registry
            .versions(object)
            .map(|v| v.to_string())
            .collect();
        let other = match known.is_empty() {
            true => String::new(),
            false => format!(" ({} would not fit)", known.join(", ")),
        };
        format!(
            "No definition of object {object} version {version} is loaded{other}: values are shown raw. Import its DDF file."
        )
    }

    fn instance_row(&self, path: Path, definition: Option<&ObjectDefinition>) -> TreeRow {
        let name = definition.map_or_else(|| "Instance".to_owned(), |own| own.name.clone());
        let number = path.instance().unwrap_or_default();
        TreeRow {
            name: format!("{name} {number}"),
            readable: true,
            writable: true,
            ..self.row(path, TreeLevel::Instance, "")
        }
    }

    /// The resources that the definition names, in its order, then those that only
    /// the device knows.
    fn add_resources(
        &self,
        rows: &mut Vec<TreeRow>,
        instance: Path,
        definition: Option<&ObjectDefinition>,
    ) {
        let defined: Vec<Id> = definition
            .map(|own| own.resources.iter().map(|one| one.id).collect())
            .unwrap_or_default();
        let below = self
            .latest
            .keys()
            .copied()
            .filter(|path| instance.contains(*path));
        let below = below.chain(self.known.children(instance).iter().copied());
        let known: BTreeSet<Id> = below.filter_map(Path::resource).collect();
        let further = known.into_iter().filter(|id| !defined.contains(id));
        for id in defined.iter().copied().chain(further) {
            let Some(path) = instance.child(id) else {
                continue;
            };
            let resource = definition.and_then(|own| own.resource(id));
            rows.push(self.resource_row(path, TreeLevel::Resource, resource));
            let told = self.instances.get(&path).into_iter().flatten().copied();
            let told: BTreeSet<Path> = told
                .chain(self.known.children(path).iter().copied())
                .collect();
            for at in told {
                rows.push(self.resource_row(at, TreeLevel::ResourceInstance, resource));
            }
        }
    }

    fn resource_row(
        &self,
        path: Path,
        level: TreeLevel,
        definition: Option<&ResourceDefinition>,
    ) -> TreeRow {
        let latest = self.latest.get(&path);
        let kind = definition
            .and_then(|own| own.kind)
            .or_else(|| latest.map(|row| row.value.kind()));
        let id = path.ids().last().unwrap_or_default();
        let name = match (level, definition) {
            (TreeLevel::ResourceInstance, _) => format!("[{id}]"),
            (_, Some(own)) => own.name.clone(),
            (_, None) => format!("Resource {id}"),
        };
        let unit = text(definition.map(|own| &own.units)).or_else(|| self.sensor_units(path));
        let (value, size) = latest.map(|row| to_preview(&row.value)).unzip();
        // What no definition forbids may be tried.
        let allows = |what: fn(&ResourceDefinition) -> bool| definition.is_none_or(what);
        TreeRow {
            name,
            kind: kind.map(kind_to_dto),
            unit: unit.clone(),
            range: text(definition.map(|own| &own.range)),
            description: text(definition.map(|own| &own.description)),
            readable: allows(|own| own.operations.read),
            writable: allows(|own| own.operations.write),
            executable: definition.is_some_and(|own| own.operations.execute),
            multiple: level == TreeLevel::Resource && definition.is_some_and(|own| own.multiple),
            mandatory: definition.is_some_and(|own| own.mandatory),
            numeric: matches!(
                kind,
                Some(Kind::Integer | Kind::Unsigned | Kind::Float | Kind::Boolean)
            ) && (level == TreeLevel::ResourceInstance
                || definition.is_none_or(|own| !own.multiple)),
            value,
            size: size.flatten(),
            guesses: latest.and_then(|row| guessed(&row.value, definition)),
            at: latest.map(|row| row.time.as_millis()),
            source: latest.map(|row| source(row.source)),
            ..self.row(path, level, unit.as_deref().unwrap_or_default())
        }
    }

    /// The unit that a sensor states itself where its definition leaves it open.
    fn sensor_units(&self, path: Path) -> Option<String> {
        let units = sensor_units(path)?;
        match &self.latest.get(&units)?.value {
            Value::String(unit) if !unit.is_empty() => Some(unit.clone()),
            _ => None,
        }
    }

    /// What every row has; `unit` is the one of its values.
    fn row(&self, path: Path, level: TreeLevel, unit: &str) -> TreeRow {
        let mut above = path;
        let mut observed = None;
        while observed.is_none() && above != Path::Root {
            observed = self.observed.contains(&above).then(|| above.to_string());
            above = above.parent();
        }
        let own = self.known.own(path);
        let attributes: Vec<String> = own
            .into_iter()
            .flat_map(NotificationAttributes::iter)
            .map(|(name, setting)| format!("{name}={setting}"))
            .collect();
        let together = self
            .together
            .iter()
            .find(|paths| paths.iter().any(|above| above.contains(path)));
        let is_target =
            self.observed.contains(&path) || together.is_some_and(|paths| paths.contains(&path));
        TreeRow {
            path: path.to_string(),
            parent: (path.depth() > 1).then(|| path.parent().to_string()),
            level,
            name: String::new(),
            version: None,
            announced_version: None,
            model_version: None,
            fit: None,
            warning: None,
            kind: None,
            unit: None,
            range: None,
            description: None,
            readable: false,
            writable: false,
            executable: false,
            multiple: false,
            mandatory: false,
            present: self.known.has(path),
            numeric: false,
            value: None,
            size: None,
            guesses: None,
            at: None,
            source: None,
            observed,
            observed_together: together
                .map(|paths| paths.iter().map(ToString::to_string).collect()),
            reporting: (is_target || !attributes.is_empty())
                .then(|| phrases(&merged(&self.known.levels(path)), unit).join(", ")),
            attributes,
        }
    }
}

/// Where an IPSO sensor states the unit of its value: Sensor Units beside Sensor
/// Value and its extremes.
pub(crate) fn sensor_units(path: Path) -> Option<Path> {
    const VALUES: [Id; 5] = [5700, 5601, 5602, 5603, 5604];
    const SENSOR_UNITS: Id = 5701;
    match path {
        Path::Resource(object, instance, id) if VALUES.contains(&id) => {
            Some(Path::Resource(object, instance, SENSOR_UNITS))
        }
        _ => None,
    }
}

/// What bytes may mean that no definition explains (conformance DM-17).
fn guessed(value: &Value, definition: Option<&ResourceDefinition>) -> Option<Vec<String>> {
    let (Value::Opaque(bytes), None) = (value, definition.and_then(|own| own.kind)) else {
        return None;
    };
    let words = |guess: &Value| match to_json(guess) {
        serde_json::Value::String(text) if guess.kind() == Kind::String => {
            format!("text \"{text}\"")
        }
        serde_json::Value::String(digits) => format!("integer {digits}"),
        other if guess.kind() == Kind::Boolean => format!("Boolean {other}"),
        other => format!("number {other}"),
    };
    let words: Vec<String> = guesses(bytes).iter().map(words).collect();
    (!words.is_empty()).then_some(words)
}

fn text(text: Option<&String>) -> Option<String> {
    text.filter(|text| !text.is_empty()).cloned()
}
