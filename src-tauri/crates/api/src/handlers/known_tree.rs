//! What a device told of its own tree, ready for questions: which paths there are, and
//! which notification attributes are attached at and above one. It asks the device
//! nothing; `resource_discover` does.

use crate::error::ApiError;
use crate::host::Host;
use clock::UnixTime;
use lwm2m::attribute_levels::{Level, merged};
use lwm2m::attributes::NotificationAttributes;
use lwm2m::{Id, Path, Value};
use std::collections::BTreeMap;
use store::{DeviceRow, DiscoveredRow, ReadingRow};

/// The Server object and its defaults (Core 1.1.1 appendix E.2).
const SERVER: Id = 1;
const DEFAULT_PMIN: Id = 2;
const DEFAULT_PMAX: Id = 3;

/// What is known of a device's tree from Discover and acknowledged writes.
pub(crate) struct KnownTree {
    places: BTreeMap<Path, DiscoveredRow>,
    children: BTreeMap<Path, Vec<Path>>,
    /// What its Server object sets for all paths.
    defaults: Option<Level>,
}

impl KnownTree {
    pub(crate) async fn load(host: &Host, device: &DeviceRow) -> Result<Self, ApiError> {
        let reader = host.workbench().reader();
        let defaults = match server_instance(device) {
            Some(instance) => {
                let paths = [DEFAULT_PMIN, DEFAULT_PMAX];
                let paths = paths.map(|id| Path::Resource(SERVER, instance, id));
                reader.latest_of_many(&[device.id], &paths).await?
            }
            None => Vec::new(),
        };
        let defaults = defaults_of(device, defaults.iter().map(|(_, row)| row));
        Ok(Self::new(reader.discovered(device.id).await?, defaults))
    }

    fn new(rows: Vec<DiscoveredRow>, defaults: Option<Level>) -> Self {
        let places: BTreeMap<Path, DiscoveredRow> =
            rows.into_iter().map(|row| (row.found.path, row)).collect();
        let mut children: BTreeMap<Path, Vec<Path>> = BTreeMap::new();
        for path in places.keys() {
            children.entry(path.parent()).or_default().push(*path);
        }
        let mut known = Self {
            places,
            children,
            defaults,
        };
        // Paths sort from the top down, so what is above is right when it is needed.
        let inheriting = known.places.values().filter(|row| row.found.inherits);
        let inheriting: Vec<Path> = inheriting.map(|row| row.found.path).collect();
        for path in inheriting {
            let inherited = merged(&known.levels(path.parent()));
            if let Some(row) = known.places.get_mut(&path) {
                row.found.attributes = without(&row.found.attributes, &inherited);
            }
        }
        known
    }

    /// What is attached at a path and above it, from the top down.
    pub(crate) fn levels(&self, path: Path) -> Vec<Level> {
        let mut levels: Vec<Level> = self.defaults.iter().cloned().collect();
        for depth in 1..=path.depth() {
            let at = above(path, depth);
            if let Some(own) = self.own(at).filter(|own| !own.is_empty()) {
                levels.push(Level {
                    path: at,
                    attributes: own.clone(),
                });
            }
        }
        levels
    }

    /// What is attached at a path itself.
    pub(crate) fn own(&self, path: Path) -> Option<&NotificationAttributes> {
        self.places.get(&path).map(|row| &row.found.attributes)
    }

    /// Whether a path is there: `None` where the device was not asked.
    pub(crate) fn has(&self, path: Path) -> Option<bool> {
        let above = self.places.get(&path.parent());
        match self.places.contains_key(&path) {
            true => Some(true),
            false => above.filter(|row| row.found.listed).map(|_| false),
        }
    }

    /// The paths one step below a path that the device listed, ascending.
    pub(crate) fn children(&self, path: Path) -> &[Path] {
        self.children.get(&path).map_or(&[], Vec::as_slice)
    }

    /// When something was heard of a path, or of what lies around it.
    pub(crate) fn as_of(&self, path: Path) -> Option<UnixTime> {
        let about = (1..=path.depth()).map(|depth| above(path, depth));
        about.filter_map(|at| Some(self.places.get(&at)?.at)).max()
    }
}

/// The path cut off at a depth.
fn above(path: Path, depth: usize) -> Path {
    let ids: Vec<Id> = path.ids().take(depth).collect();
    Path::from_ids(&ids).unwrap_or(path)
}

/// The attributes that are not the same above.
fn without(own: &NotificationAttributes, above: &NotificationAttributes) -> NotificationAttributes {
    let mut left = own.clone();
    for (name, setting) in own.iter() {
        if above.get(name) == Some(setting) {
            left.put(name, None);
        }
    }
    left
}

/// The instance of the Server object that stands for us; unknown when there are
/// several.
fn server_instance(device: &DeviceRow) -> Option<Id> {
    match device.registration.objects.object(SERVER)?.instances[..] {
        [only] => Some(only),
        _ => None,
    }
}

fn defaults_of<'a>(
    device: &DeviceRow,
    latest: impl Iterator<Item = &'a ReadingRow>,
) -> Option<Level> {
    let path = Path::Instance(SERVER, server_instance(device)?);
    let mut attributes = NotificationAttributes::default();
    for row in latest {
        let seconds = match row.value {
            Value::Integer(seconds) => u32::try_from(seconds).ok(),
            _ => None,
        };
        match row.path.resource() {
            Some(DEFAULT_PMIN) => attributes.pmin = seconds,
            Some(DEFAULT_PMAX) => attributes.pmax = seconds,
            _ => {}
        }
    }
    (!attributes.is_empty()).then_some(Level { path, attributes })
}

#[cfg(test)]
mod tests {
    use super::*;
    use lwm2m::attributes::AttributeChange;
    use server::discovery::Found;

    fn attributes(queries: &[&str]) -> NotificationAttributes {
        let mut attributes = NotificationAttributes::default();
        let change = AttributeChange::from_queries(queries.iter().copied());
        attributes.apply(&change.expect("attributes"));
        attributes
    }

    fn row(path: &str, queries: &[&str], target: bool) -> DiscoveredRow {
        let path: Path = path.parse().expect("a path");
        DiscoveredRow {
            found: Found {
                path,
                attributes: attributes(queries),
                inherits: target,
                listed: target || path.depth() == 2,
            },
            at: UnixTime::from_millis(1_000),
        }
    }

    fn known() -> KnownTree {
        let defaults = Level {
            path: Path::Instance(1, 0),
            attributes: attributes(&["pmin=1", "pmax=300"]),
        };
        let rows = vec![
            row("/3303", &["pmax=60", "pmin=1"], true),
            row("/3303/0", &[], false),
            row("/3303/0/5700", &["pmin=5", "pmax=60", "gt=30"], true),
        ];
        KnownTree::new(rows, Some(defaults))
    }

    #[test]
    fn dm_13_what_a_target_shows_of_the_levels_above_is_not_its_own() {
        let value = Path::Resource(3303, 0, 5700);
        let levels = known().levels(value);
        let own: Vec<(String, NotificationAttributes)> = levels
            .into_iter()
            .map(|level| (level.path.to_string(), level.attributes))
            .collect();
        assert_eq!(
            own,
            [
                ("/1/0".to_owned(), attributes(&["pmin=1", "pmax=300"])),
                ("/3303".to_owned(), attributes(&["pmax=60"])),
                ("/3303/0/5700".to_owned(), attributes(&["pmin=5", "gt=30"])),
            ]
        );
    }

    #[test]
    fn dm_11_what_was_listed_says_what_is_not_there() {
        let known = known();
        assert_eq!(known.has(Path::Resource(3303, 0, 5700)), Some(true));
        assert_eq!(known.has(Path::Resource(3303, 0, 5601)), Some(false));
        assert_eq!(known.has(Path::Resource(3, 0, 9)), None, "never asked");
        assert_eq!(known.has(Path::Instance(3303, 4)), Some(false));
        let below = known.children(Path::Instance(3303, 0));
        assert_eq!(below, [Path::Resource(3303, 0, 5700)]);
    }
}
