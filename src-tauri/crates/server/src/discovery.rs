//! What a device told of its own tree: which paths there are, and which notification
//! attributes are attached to them (Core 1.1.1 §6.3.2, conformance DM-11, DM-13).
//!
//! Pure: it turns the end of an operation into a fact to be stored, and compares what
//! was found with the definitions. The engine itself keeps none of it.

use crate::answer::DeviceTypes;
use crate::ids::DeviceId;
use crate::operation::{Ask, DiscoveredLink, Ending, Outcome};
use clock::UnixTime;
use lwm2m::attributes::{AttributeChange, AttributeName, NotificationAttributes, Setting};
use lwm2m::model::{ObjectDefinition, Operations};
use lwm2m::{Deviation, Path};
use std::collections::{BTreeMap, BTreeSet};

/// Differences told of one answer; the rest says nothing new.
const MAX_DIFFERENCES: usize = 32;

/// Something that a device told of its tree.
#[derive(Clone, PartialEq, Debug)]
pub struct Discovery {
    /// Whose tree.
    pub device: DeviceId,
    /// When.
    pub at: UnixTime,
    /// What.
    pub news: News,
}

/// What is new.
#[derive(Clone, PartialEq, Debug)]
pub enum News {
    /// Everything that there is at and below a path, in place of what was known.
    Listed {
        /// The target of the Discover.
        below: Path,
        /// What it listed, the target among it, each path once.
        found: Vec<Found>,
    },
    /// A change of attributes that the device acknowledged.
    Attributes {
        /// Where.
        path: Path,
        /// What is set and unset.
        change: AttributeChange,
    },
    /// A path that is no longer there.
    Gone(Path),
}

/// One path of a device's tree.
#[derive(Clone, PartialEq, Debug)]
pub struct Found {
    /// The path.
    pub path: Path,
    /// Its notification attributes.
    pub attributes: NotificationAttributes,
    /// Whether these may include what is attached above: the answer shows the target
    /// of a Discover with what is in force there.
    pub inherits: bool,
    /// Whether everything directly below it is listed too.
    pub listed: bool,
}

/// What the end of an operation tells of the device's tree, if anything.
#[must_use]
pub fn learned(device: DeviceId, ask: &Ask, ending: &Ending) -> Option<Discovery> {
    if ending.outcome != Outcome::Success {
        return None;
    }
    let news = match ask {
        Ask::Discover { path } => News::Listed {
            below: *path,
            found: found(*path, &ending.links),
        },
        Ask::WriteAttributes { path, change } => News::Attributes {
            path: *path,
            change: change.clone(),
        },
        Ask::Delete { path } => News::Gone(*path),
        _ => return None,
    };
    Some(Discovery {
        device,
        at: ending.at,
        news,
    })
}

fn found(target: Path, links: &[DiscoveredLink]) -> Vec<Found> {
    let mut attached: BTreeMap<Path, NotificationAttributes> = BTreeMap::new();
    // A target that answers is there, whether it lists itself or not.
    attached.entry(target).or_default();
    for link in links.iter().filter(|link| target.contains(link.path)) {
        let own = attached.entry(link.path).or_default();
        for (name, text) in &link.attributes {
            let name = AttributeName::from_text(name);
            let setting = name.and_then(|name| Some((name, Setting::parse(name, text).ok()?)));
            if let Some((name, setting)) = setting.filter(|(name, _)| own.get(*name).is_none()) {
                own.put(name, Some(setting));
            }
        }
    }
    attached
        .into_iter()
        .map(|(path, attributes)| Found {
            path,
            attributes,
            inherits: path == target,
            listed: is_listed(target, path),
        })
        .collect()
}

/// Whether a Discover of `target` names everything directly below `path`: it goes
/// down to the resources, and to resource instances only when it is sent to one.
fn is_listed(target: Path, path: Path) -> bool {
    path == target || path.depth() == 2
}

/// How a list of links differs from the definitions that the device announced:
/// resources that they lack, and mandatory ones that are not there (DM-11).
#[must_use]
pub fn differences(
    target: Path,
    links: &[DiscoveredLink],
    types: &DeviceTypes<'_>,
) -> Vec<Deviation> {
    let Some(definition) = target.object().and_then(|id| types.object(id)) else {
        return Vec::new();
    };
    let known: BTreeSet<Path> = links.iter().map(|link| link.path).collect();
    let own = known.iter().filter(|path| target.contains(**path));
    let unknown = own.clone().filter(|path| path.depth() == 3);
    let unknown = unknown.filter(|path| {
        path.resource()
            .is_some_and(|id| definition.resource(id).is_none())
    });
    let unknown = unknown.map(|path| {
        format!(
            "{path} is not in the definition of {} {}",
            definition.name, definition.version
        )
    });
    let instances = own.filter(|path| path.depth() == 2 && target.depth() <= 2);
    let missing = instances.flat_map(|instance| missing(*instance, &known, definition));
    unknown
        .chain(missing)
        .take(MAX_DIFFERENCES)
        .map(|message| Deviation::new("DM-11", message))
        .collect()
}

fn missing<'a>(
    instance: Path,
    known: &'a BTreeSet<Path>,
    definition: &'a ObjectDefinition,
) -> impl Iterator<Item = String> + 'a {
    let wanted = definition.resources.iter();
    let wanted = wanted.filter(|own| own.mandatory && own.operations != Operations::NONE);
    wanted.filter_map(move |own| {
        let path = instance.child(own.id)?;
        (!known.contains(&path)).then(|| {
            format!(
                "{path} ({}) is mandatory in {} {} and is missing",
                own.name, definition.name, definition.version
            )
        })
    })
}
