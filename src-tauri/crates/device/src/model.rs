//! The device as its server sees it: the tree, the attributes attached to it, and
//! the world that moves it.
//!
//! Everything that reads or writes values goes through here, so that nobody reads
//! a value that is not up to date. Requests are `serve`'s, timing is `observe`'s
//! and `registration`'s.

use crate::objects::{self, server};
use crate::profile::Profile;
use crate::tree::{Content, Tree};
use crate::world::World;
use clock::Now;
use lwm2m::attributes::NotificationAttributes;
use lwm2m::path::Id;
use lwm2m::{AnnouncedObject, Format, ObjectList, Path, Reading, Value};
use std::collections::BTreeMap;

/// Profile, data and surroundings of one device.
#[derive(Clone, Debug)]
pub(crate) struct Model {
    pub(crate) profile: Profile,
    pub(crate) tree: Tree,
    /// Notification attributes by the place they are attached to.
    pub(crate) attributes: BTreeMap<Path, NotificationAttributes>,
    pub(crate) world: World,
}

/// The instance of object 1 that the device registers by.
const SERVER: (Id, Id) = (server::OBJECT, 0);

impl Model {
    pub(crate) fn new(profile: Profile, key: u64, now: Now) -> Self {
        let world = World::new(now, key, profile.firmware_result);
        Self {
            tree: objects::deliver(&profile, &world),
            attributes: BTreeMap::new(),
            world,
            profile,
        }
    }

    /// Makes the device as it was delivered, except for its firmware.
    pub(crate) fn reset(&mut self) {
        self.world.clock_offset_s = 0;
        self.tree = objects::deliver(&self.profile, &self.world);
        self.attributes.clear();
    }

    /// Brings the values at or below a path up to date.
    pub(crate) fn refresh(&mut self, path: Path) {
        objects::refresh(&mut self.tree, path, &mut self.world);
    }

    /// Every readable value at or below a path, up to date.
    pub(crate) fn read(&mut self, path: Path) -> Vec<Reading> {
        self.refresh(path);
        let mut readings = Vec::new();
        self.tree.read(path, &mut readings);
        readings
    }

    /// Sets a value from outside and holds it. Whether the place exists and the
    /// type fits.
    pub(crate) fn set(&mut self, path: Path, value: Value) -> bool {
        let fits = self.tree.definition(path).is_some_and(|definition| {
            definition.kind == Some(value.kind()) && definition.multiple == is_one_of(path)
        });
        let place = (path.object(), path.instance(), path.resource());
        let (true, (Some(object), Some(id), Some(resource))) = (fits, place) else {
            return false;
        };
        self.refresh(Path::Instance(object, id));
        let Some(instance) = self.tree.instance_mut(object, id) else {
            return false;
        };
        match (path.resource_instance(), instance.content(resource)) {
            (None, Some(Content::Single(_))) => instance.put(resource, Content::Single(value)),
            (Some(one), Some(Content::Multiple(_))) => instance.put_one_of(resource, one, value),
            _ => return false,
        }
        instance.hold(resource, true);
        objects::written(&mut self.tree, path, &mut self.world);
        true
    }

    /// The attributes in force at a path: its own, filled up from above
    /// (Core 1.1.1 §5.1.1).
    pub(crate) fn attributes_in_force(&self, path: Path) -> NotificationAttributes {
        let mut merged = NotificationAttributes::default();
        let mut place = path;
        while place != Path::Root {
            if let Some(attached) = self.attributes.get(&place) {
                merged = merged.inherit(attached);
            }
            place = place.parent();
        }
        merged
    }

    /// What the device announces when it registers.
    pub(crate) fn object_list(&self) -> ObjectList {
        let profile = &self.profile;
        let prefix: Vec<String> = profile.prefix().map(str::to_owned).collect();
        let values = profile.formats.iter().filter(|f| **f != Format::Link);
        let formats = if profile.is_1_1() {
            values.map(|format| format.id()).collect()
        } else {
            // Of the formats of 1.0 only JSON is worth a word (Core 1.0.2 §6.4).
            let json = values.filter(|format| **format == Format::Json);
            json.map(|format| format.id()).collect()
        };
        let announced = self.tree.objects().map(|object| AnnouncedObject {
            object: object.id(),
            version: objects::announced_version(&object.definition, profile),
            instances: object.instances().map(|(id, _)| id).collect(),
        });
        ObjectList {
            alternate_path: (!prefix.is_empty()).then_some(prefix),
            formats,
            objects: announced.collect(),
            deviations: Vec::new(),
        }
    }

    /// The registration lifetime in seconds (/1/0/1).
    pub(crate) fn lifetime_s(&self) -> u32 {
        self.server_seconds(server::LIFETIME)
            .unwrap_or(self.profile.lifetime_s)
    }

    /// The binding (/1/0/7).
    pub(crate) fn binding(&self) -> &str {
        let instance = self.tree.instance(SERVER.0, SERVER.1);
        let written = instance.and_then(|instance| instance.text(server::BINDING));
        written.unwrap_or(&self.profile.binding)
    }

    /// How long the device stays away after Disable (/1/0/5).
    pub(crate) fn disable_timeout_s(&self) -> u32 {
        self.server_seconds(server::DISABLE_TIMEOUT)
            .unwrap_or(server::DEFAULT_DISABLE_S)
    }

    /// The least seconds between notifications where no attribute says them
    /// (/1/0/2).
    pub(crate) fn default_pmin_s(&self) -> u32 {
        self.server_seconds(server::DEFAULT_PMIN).unwrap_or(0)
    }

    /// The most seconds between notifications where no attribute says them
    /// (/1/0/3); 0 means none.
    pub(crate) fn default_pmax_s(&self) -> Option<u32> {
        self.server_seconds(server::DEFAULT_PMAX)
            .filter(|seconds| *seconds > 0)
    }

    /// Whether the server wants no Send (/1/0/23).
    pub(crate) fn is_send_muted(&self) -> bool {
        let instance = self.tree.instance(SERVER.0, SERVER.1);
        instance.and_then(|instance| instance.flag(server::MUTE_SEND)) == Some(true)
    }

    fn server_seconds(&self, resource: Id) -> Option<u32> {
        let instance = self.tree.instance(SERVER.0, SERVER.1)?;
        u32::try_from(instance.integer(resource)?).ok()
    }
}

/// Whether the path names one of several values.
pub(crate) const fn is_one_of(path: Path) -> bool {
    matches!(path, Path::ResourceInstance(..))
}
