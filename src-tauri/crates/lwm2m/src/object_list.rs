//! The list of objects that a device registers or updates with
//! (Core 1.1.1 §6.2.1, Transport 1.1.1 §6.4.1).
//!
//! Parsing never rejects a list for what it announces: unknown objects, versions
//! and attributes pass, oddities become [`Deviation`]s. `link` reads the syntax;
//! the way back, for devices, is [`ObjectList::to_payload`].

use crate::deviation::Deviation;
use crate::link::{self, Link, LinkError};
use crate::path::{Id, ObjectVersion, Path, parse_id};
use std::collections::{BTreeMap, BTreeSet};

/// Objects that hold credentials and never belong in a list: Security, OSCORE,
/// COSE (Core 1.2.1 §6.2.1, conformance REG-09).
const SECRET_OBJECTS: [Id; 3] = [0, 21, 23];

/// The resource type that marks the root of the objects (Transport 1.1.1 §6.4.1).
const ROOT_TYPE: &str = "oma.lwm2m";

/// How many content-formats are kept; LwM2M has about ten.
const MAX_FORMATS: usize = 64;

/// How many deviations one list reports; more would only repeat themselves.
const MAX_DEVIATIONS: usize = 50;

/// What a device says it has.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct ObjectList {
    /// The segments before every path of the device, as in `/lwm2m/3/0`; `None`
    /// when the objects lie at the root.
    pub alternate_path: Option<Vec<String>>,
    /// The content-formats that the device understands, in its order, each once.
    pub formats: Vec<u16>,
    /// The objects by rising id, each once.
    pub objects: Vec<AnnouncedObject>,
    /// What was odd about the list.
    pub deviations: Vec<Deviation>,
}

/// One object of a device.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AnnouncedObject {
    /// The object id.
    pub object: Id,
    /// The version, where the device says it.
    pub version: Option<ObjectVersion>,
    /// The instances by rising id; may be empty.
    pub instances: Vec<Id>,
}

impl ObjectList {
    /// Reads the payload of a Register or Update. Errors are those of the syntax.
    pub fn parse(payload: &[u8]) -> Result<Self, LinkError> {
        let parsed = link::parse(payload)?;
        let mut reader = Reader {
            list: Self {
                deviations: parsed.deviations,
                ..Self::default()
            },
            objects: BTreeMap::new(),
        };
        reader.read_roots(&parsed.links);
        let prefix = reader.prefix_in_use(&parsed.links);
        for link in &parsed.links {
            reader.read_link(link, &prefix);
        }
        Ok(reader.finish(payload))
    }

    /// The segments before every path of the device; none for most devices.
    #[must_use]
    pub fn prefix(&self) -> &[String] {
        self.alternate_path.as_deref().unwrap_or(&[])
    }

    /// The same as text, as in `/lwm2m`: what the names of values begin with.
    #[must_use]
    pub fn root(&self) -> String {
        self.prefix().iter().map(|s| format!("/{s}")).collect()
    }

    /// What the device says of one object.
    #[must_use]
    pub fn object(&self, id: Id) -> Option<&AnnouncedObject> {
        self.objects.iter().find(|known| known.object == id)
    }

    /// Whether the device announced this object, or the instance the path lies in.
    #[must_use]
    pub fn announces(&self, path: Path) -> bool {
        let Some(id) = path.object() else {
            return true;
        };
        self.object(id).is_some_and(|known| {
            path.instance()
                .is_none_or(|instance| known.instances.contains(&instance))
        })
    }

    /// The payload that announces this list, in the words of Core 1.1.1 §6.2.1:
    /// the root first when it says something, a link per object that has a version
    /// or no instance, a link per instance.
    #[must_use]
    pub fn to_payload(&self) -> String {
        let mut links = Vec::new();
        if self.alternate_path.is_some() || !self.formats.is_empty() {
            links.push(self.root_link());
        }
        let prefix = self.root();
        for announced in &self.objects {
            let id = announced.object;
            if announced.version.is_some() || announced.instances.is_empty() {
                let mut link = Link::new(format!("{prefix}/{id}"));
                if let Some(version) = announced.version {
                    link.attributes
                        .push(("ver".into(), Some(version.to_string())));
                }
                links.push(link);
            }
            for instance in &announced.instances {
                links.push(Link::new(format!("{prefix}/{id}/{instance}")));
            }
        }
        link::write(&links)
    }

    fn root_link(&self) -> Link {
        let mut root = Link::new(format!("/{}", self.prefix().join("/")));
        root.attributes.push(("rt".into(), Some(ROOT_TYPE.into())));
        if !self.formats.is_empty() {
            let formats: Vec<String> = self.formats.iter().map(u16::to_string).collect();
            root.attributes.push(("ct".into(), Some(formats.join(" "))));
        }
        root
    }
}

/// An object while its links are being gathered.
#[derive(Default)]
struct Gathered {
    version: Option<ObjectVersion>,
    instances: BTreeSet<Id>,
}

struct Reader {
    list: ObjectList,
    objects: BTreeMap<Id, Gathered>,
}

impl Reader {
    /// Finds the alternate path and the formats (REG-10, REG-11).
    fn read_roots(&mut self, links: &[Link]) {
        for link in links {
            let is_root = link.segments().next().is_none();
            let marked = link
                .values("rt")
                .any(|types| types.split_whitespace().any(|name| name == ROOT_TYPE));
            if marked && !is_root {
                self.read_alternate_path(link);
            }
            if marked || is_root {
                self.read_formats(link);
            }
        }
    }

    fn read_alternate_path(&mut self, link: &Link) {
        let segments: Vec<String> = link.segments().map(str::to_owned).collect();
        let numeric = |segment: &String| segment.bytes().all(|b| b.is_ascii_digit());
        let blank =
            |segment: &String| segment.contains(|c: char| c.is_whitespace() || c.is_control());
        if segments.iter().any(blank) {
            self.odd(
                "REG-11",
                "an alternate path with blanks in it was ignored; no path has any",
            );
        } else if segments.iter().any(numeric) {
            self.odd(
                "REG-11",
                format!(
                    "the alternate path {} has a number in it and was ignored",
                    link.target
                ),
            );
        } else if self.list.alternate_path.is_some() {
            self.odd(
                "REG-11",
                format!("a second alternate path, {}, was ignored", link.target),
            );
        } else {
            self.list.alternate_path = Some(segments);
        }
    }

    fn read_formats(&mut self, link: &Link) {
        if link.values("ct").count() > 1 {
            self.odd("QRK-02", "the attribute ct is given more than once");
        }
        for value in link.values("ct") {
            for word in value
                .split([' ', ',', '\t'])
                .filter(|word| !word.is_empty())
            {
                match word.parse() {
                    Ok(format) if self.list.formats.contains(&format) => {}
                    Ok(_) if self.list.formats.len() == MAX_FORMATS => {
                        self.odd("REG-10", "further content-formats were ignored");
                    }
                    Ok(format) => self.list.formats.push(format),
                    Err(_) => self.odd(
                        "REG-10",
                        format!("\"{word}\" in ct is not the number of a content-format"),
                    ),
                }
            }
        }
    }

    /// The prefix to take off. A device that announces an alternate path but then
    /// lists its objects without it is still understood.
    fn prefix_in_use(&mut self, links: &[Link]) -> Vec<String> {
        let Some(prefix) = self.list.alternate_path.clone() else {
            return Vec::new();
        };
        let below = |prefix: &[String]| {
            links
                .iter()
                .any(|link| link.path(prefix).is_some_and(|path| path != Path::Root))
        };
        if !below(&prefix) && below(&[]) {
            self.odd(
                "REG-11",
                "the objects are listed without the alternate path",
            );
            return Vec::new();
        }
        prefix
    }

    fn read_link(&mut self, link: &Link, prefix: &[String]) {
        let path = link.path(prefix);
        match path {
            Some(Path::Root) => return,
            Some(Path::Object(id)) => self.read_object(link, id, None),
            Some(Path::Instance(id, instance)) => self.read_object(link, id, Some(instance)),
            Some(deeper) => {
                self.odd(
                    "REG-08",
                    format!("{deeper} is no object or instance; ignored"),
                );
            }
            // A resource outside LwM2M is every device's right; one that looks
            // like an object but is none deserves a word.
            None => {
                let first = link.segments().nth(prefix.len());
                let numeric = |segment: &str| segment.bytes().all(|b| b.is_ascii_digit());
                if first.is_some_and(numeric) {
                    self.odd(
                        "DM-23",
                        format!("{} has an id outside 0 to 65534; ignored", link.target),
                    );
                }
            }
        }
        if path.is_some() && is_oddly_spelt(&link.target) {
            self.odd(
                "QRK-10",
                format!("{} is an odd spelling of a path", link.target),
            );
        }
    }

    fn read_object(&mut self, link: &Link, id: Id, instance: Option<Id>) {
        if SECRET_OBJECTS.contains(&id) {
            self.odd(
                "REG-09",
                format!("object {id} holds credentials and must not be listed; ignored"),
            );
            return;
        }
        let gathered = self.objects.entry(id).or_default();
        if let Some(instance) = instance
            && !gathered.instances.insert(instance)
        {
            self.odd("QRK-10", format!("/{id}/{instance} is listed twice"));
        }
        if let Some(value) = link.attribute("ver") {
            self.read_version(value.unwrap_or(""), id, instance.is_some());
        }
    }

    /// The first version wins (REG-12).
    fn read_version(&mut self, text: &str, id: Id, on_instance: bool) {
        let Ok(version) = text.trim().parse::<ObjectVersion>() else {
            self.odd(
                "REG-12",
                format!("\"{text}\" is not a version of object {id}; a version looks like 1.1"),
            );
            return;
        };
        if on_instance {
            self.odd(
                "QRK-02",
                format!("the version of object {id} stands on an instance"),
            );
        }
        let known = self
            .objects
            .entry(id)
            .or_default()
            .version
            .get_or_insert(version);
        if *known != version {
            let first = *known;
            self.odd(
                "REG-12",
                format!("object {id} has the versions {first} and {version}; {first} is used"),
            );
        }
    }

    fn finish(mut self, payload: &[u8]) -> ObjectList {
        for (id, name) in [(1, "Server"), (3, "Device")] {
            let listed = self.objects.contains_key(&id);
            if !listed && !payload.is_empty() {
                self.odd(
                    "REG-09",
                    format!("the mandatory object {id} ({name}) is not listed"),
                );
            }
        }
        self.list.objects = self
            .objects
            .into_iter()
            .map(|(object, gathered)| AnnouncedObject {
                object,
                version: gathered.version,
                instances: gathered.instances.into_iter().collect(),
            })
            .collect();
        self.list
    }

    fn odd(&mut self, code: &'static str, message: impl Into<String>) {
        let deviation = Deviation::new(code, message);
        let deviations = &mut self.list.deviations;
        if deviations.len() < MAX_DEVIATIONS && !deviations.contains(&deviation) {
            deviations.push(deviation);
        }
    }
}

/// `/3/0/`, `3/0`, `//3`: everything but `/3/0`.
fn is_oddly_spelt(target: &str) -> bool {
    let segments = target.strip_prefix('/').map(|rest| rest.split('/'));
    !segments.is_some_and(|mut all| {
        all.all(|segment| {
            let numeric = segment.bytes().all(|b| b.is_ascii_digit());
            !segment.is_empty() && (!numeric || parse_id(segment).is_some())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Parses, and shows what was understood and the codes of what was odd.
    fn check(payload: &str, understood: &str, codes: &[&str]) {
        let list = ObjectList::parse(payload.as_bytes()).expect(payload);
        assert_eq!(list.to_payload(), understood, "{payload}");
        let found: Vec<&str> = list.deviations.iter().map(|odd| odd.code).collect();
        assert_eq!(found, codes, "{payload}: {:?}", list.deviations);
    }

    #[test]
    fn reg_08_unknown_objects_versions_and_attributes_pass() {
        check(
            "</1/0>,</3/0>,</31024>;ver=9.9;x-vendor,</31024/7>;foo=\"a,b\",</other/thing>",
            "</1/0>,</3/0>,</31024>;ver=9.9,</31024/7>",
            &[],
        );
        check("", "", &[]);
    }

    #[test]
    fn reg_09_credentials_are_left_out_and_missing_objects_are_named() {
        check(
            "</0/0>,</1/0>,</3/0>,</21/0>",
            "</1/0>,</3/0>",
            &["REG-09", "REG-09"],
        );
        check("</3/0>", "</3/0>", &["REG-09"]);
        let list = ObjectList::parse(b"</3303/0>").expect("a list");
        assert!(list.announces(Path::Resource(3303, 0, 5700)));
        assert!(!list.announces(Path::Object(0)));
        assert!(!list.announces(Path::Instance(3303, 1)));
    }

    #[test]
    fn reg_10_qrk_02_formats_are_one_number_a_list_or_repeated() {
        let formats = |root: &str| {
            let payload = format!("{root},</1/0>,</3/0>");
            let list = ObjectList::parse(payload.as_bytes()).expect(root);
            let codes: Vec<&str> = list.deviations.iter().map(|odd| odd.code).collect();
            (list.formats, codes.join(" "))
        };
        assert_eq!(formats("</>;ct=110"), (vec![110], String::new()));
        assert_eq!(
            formats("</>;rt=\"oma.lwm2m\";ct=\"110 112 60\""),
            (vec![110, 112, 60], String::new())
        );
        assert_eq!(
            formats("</>;ct=110;ct=112"),
            (vec![110, 112], "QRK-02".into())
        );
        assert_eq!(formats("</>;ct=senml"), (vec![], "REG-10".into()));
        let many: Vec<String> = (0..1_000).map(|number: u16| number.to_string()).collect();
        let (kept, codes) = formats(&format!("</>;ct=\"{}\"", many.join(" ")));
        assert_eq!((kept.len(), codes.as_str()), (MAX_FORMATS, "REG-10"));
    }

    #[test]
    fn reg_11_an_alternate_path_is_taken_off_every_link() {
        let prefixed = "</lwm2m>;rt=\"oma.lwm2m\",</lwm2m/1/0>,</lwm2m/3/0>";
        check(prefixed, prefixed, &[]);
        for (root, prefix) in [
            ("</lwm2m>;rt=oma.lwm2m", "/lwm2m"),
            ("</lwm2m>;rt=\"oma.lwm2m x\"", "/lwm2m"),
            ("</my/device/>;rt=\"x oma.lwm2m\"", "/my/device"),
        ] {
            let payload = format!("{root},<{prefix}/1/0>,<{prefix}/3/0>,</3303/0>");
            let list = ObjectList::parse(payload.as_bytes()).expect(root);
            assert_eq!(format!("/{}", list.prefix().join("/")), prefix);
            assert_eq!(list.objects.len(), 2, "{root}: /3303/0 lies outside");
        }
    }

    #[test]
    fn reg_11_odd_alternate_paths_are_reported() {
        check(
            "</5>;rt=\"oma.lwm2m\",</1/0>,</3/0>",
            "</1/0>,</3/0>,</5>",
            &["REG-11"],
        );
        check(
            "</a b /c>;rt=\"oma.lwm2m\",</1/0>,</3/0>",
            "</1/0>,</3/0>",
            &["REG-11"],
        );
        check(
            "</lwm2m>;rt=\"oma.lwm2m\",</1/0>,</3/0>",
            "</lwm2m>;rt=\"oma.lwm2m\",</lwm2m/1/0>,</lwm2m/3/0>",
            &["REG-11"],
        );
    }

    #[test]
    fn reg_12_qrk_02_versions_are_quoted_or_not_and_the_first_one_wins() {
        check(
            "</1/0>,</3>;ver=\"1.1\",</3/0>",
            "</1/0>,</3>;ver=1.1,</3/0>",
            &[],
        );
        check(
            "</1/0>,</3>;ver=1.1,</3/0>;ver=1.2",
            "</1/0>,</3>;ver=1.1,</3/0>",
            &["QRK-02", "REG-12"],
        );
        check(
            "</1/0>,</3/0>;ver=1.2",
            "</1/0>,</3>;ver=1.2,</3/0>",
            &["QRK-02"],
        );
        check("</1/0>,</3>;ver=new,</3/0>", "</1/0>,</3/0>", &["REG-12"]);
    }

    #[test]
    fn reg_13_attributes_without_a_value_pass() {
        check(
            "</>;hb;ct=110,</1/0>,</3/0>;x",
            "</>;rt=\"oma.lwm2m\";ct=110,</1/0>,</3/0>",
            &[],
        );
    }

    #[test]
    fn qrk_10_odd_spellings_of_paths_are_understood() {
        check(
            "</1/0>,</3/0/>,</3303/0>;rt=\"x\"",
            "</1/0>,</3/0>,</3303/0>",
            &["QRK-10"],
        );
        check("<1/0>,</3/0>", "</1/0>,</3/0>", &["QRK-10"]);
        check("</1/0>,</3/0>,</3/0>", "</1/0>,</3/0>", &["QRK-10"]);
        check("</1/0>,</3/0>,</3/0/9>", "</1/0>,</3/0>", &["REG-08"]);
    }

    #[test]
    fn dm_23_reserved_and_oversized_ids_are_left_out() {
        check(
            "</1/0>,</3/0>,</65535/0>,</99999>",
            "</1/0>,</3/0>",
            &["DM-23", "DM-23"],
        );
    }

    #[test]
    fn a_hostile_list_reports_a_bounded_number_of_deviations() {
        let payload: String = (0..2_000).map(|id| format!("</{id}/0/0>,")).collect();
        let list = ObjectList::parse(payload.as_bytes()).expect("a list");
        assert_eq!(list.deviations.len(), MAX_DEVIATIONS);
    }
}
