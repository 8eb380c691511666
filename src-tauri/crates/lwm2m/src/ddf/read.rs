//! What the elements of a definition mean, with the tolerance that the registry's
//! own files need (conformance RG-03 to RG-09).
//!
//! An id, a version or a structure that is wrong refuses the file; a type or an
//! operation that nobody knows is a problem to report, and the resource stays.

use super::tree::Element;
use super::{DdfError, DdfProblem, DdfReason, Parsed};
use crate::model::{ObjectDefinition, Operations, Provenance, ResourceDefinition};
use crate::path::{Id, ObjectVersion, RESERVED_ID};
use crate::value::Kind;
use std::collections::BTreeSet;

/// Reads every object below the root, or none.
pub(super) fn objects(name: &str, root: &Element) -> Result<Parsed, DdfError> {
    let mut reader = Reader {
        name,
        problems: Vec::new(),
    };
    let mut objects = Vec::new();
    let mut seen = BTreeSet::new();
    for element in root.children.iter().filter(|child| child.name == "Object") {
        if element.object_type.as_deref() == Some("CommonResources") {
            let what = "a list of reusable resources".to_owned();
            return Err(error(element, DdfReason::NotADefinition(what)));
        }
        let object = reader.object(element)?;
        if !seen.insert((object.id, object.version)) {
            return Err(error(element, DdfReason::DuplicateObject(object.id)));
        }
        objects.push(object);
    }
    if objects.is_empty() {
        let what = "an <LWM2M> element without any <Object>".to_owned();
        return Err(error(root, DdfReason::NotADefinition(what)));
    }
    reader.problems.sort();
    Ok(Parsed {
        objects,
        problems: reader.problems,
    })
}

struct Reader<'a> {
    /// The file's name.
    name: &'a str,
    problems: Vec<DdfProblem>,
}

impl Reader<'_> {
    fn object(&mut self, element: &Element) -> Result<ObjectDefinition, DdfError> {
        let id = object_id(element)?;
        let version = self.version(element)?;
        let urn = line_of_text(element, "ObjectURN");
        self.check_urn(element, &urn, id, version);
        let resources = element
            .child("Resources")
            .ok_or_else(|| error(element, DdfReason::Missing("Resources", "Object")))?;
        let lwm2m_version = line_of_text(element, "LWM2MVersion");
        Ok(ObjectDefinition {
            id,
            name: self.named(element, "Object", id),
            version,
            lwm2m_version: if lwm2m_version.is_empty() {
                ObjectVersion::DEFAULT.to_string()
            } else {
                lwm2m_version
            },
            urn,
            multiple: self.choice(element, "MultipleInstances", "Multiple", "Single"),
            mandatory: self.choice(element, "Mandatory", "Mandatory", "Optional"),
            description: description(element),
            resources: self.resources(resources)?,
            provenance: Provenance::User(self.name.to_owned()),
        })
    }

    fn resources(&mut self, parent: &Element) -> Result<Vec<ResourceDefinition>, DdfError> {
        let mut seen = BTreeSet::new();
        let mut resources = Vec::new();
        for item in parent.children.iter().filter(|child| child.name == "Item") {
            let resource = self.resource(item)?;
            if !seen.insert(resource.id) {
                return Err(error(item, DdfReason::DuplicateResource(resource.id)));
            }
            resources.push(resource);
        }
        Ok(resources)
    }

    fn resource(&mut self, item: &Element) -> Result<ResourceDefinition, DdfError> {
        let text = item.id.as_deref().unwrap_or("").trim();
        let id = id(text).ok_or_else(|| {
            let expected = "a number from 0 to 65534";
            error(
                item,
                DdfReason::BadValue("Item ID", shorten(text), expected),
            )
        })?;
        let operations = self.operations(item);
        Ok(ResourceDefinition {
            id,
            name: self.named(item, "Resource", id),
            operations,
            multiple: self.choice(item, "MultipleInstances", "Multiple", "Single"),
            mandatory: self.choice(item, "Mandatory", "Mandatory", "Optional"),
            kind: self.kind(item, operations),
            range: text_of(item, "RangeEnumeration"),
            units: line_of_text(item, "Units"),
            description: text_of(item, "Description"),
        })
    }

    /// 1.0 when there is none (RG-06).
    fn version(&mut self, element: &Element) -> Result<ObjectVersion, DdfError> {
        let text = line_of_text(element, "ObjectVersion");
        if text.is_empty() {
            return Ok(ObjectVersion::DEFAULT);
        }
        text.parse().map_err(|_| {
            let at = element.child("ObjectVersion").unwrap_or(element);
            error(
                at,
                DdfReason::BadValue("ObjectVersion", shorten(&text), "a version such as 1.1"),
            )
        })
    }

    /// A URN with and without `:1.0` is the same (RG-07, VER-06).
    fn check_urn(&mut self, element: &Element, urn: &str, id: Id, version: ObjectVersion) {
        let at = element.child("ObjectURN").unwrap_or(element);
        let mut parts = urn.split(':');
        let head: Vec<&str> = parts.by_ref().take(3).collect();
        let owner = parts.next().unwrap_or("");
        if head != ["urn", "oma", "lwm2m"] || owner.is_empty() {
            self.odd(
                at,
                format!("\"{}\" is not a URN of an object", shorten(urn)),
            );
            return;
        }
        if parts.next().map(str::trim) != Some(id.to_string().as_str()) {
            self.odd(at, format!("the URN names another object than {id}"));
        }
        let stated = parts.next().map_or(Ok(ObjectVersion::DEFAULT), str::parse);
        if stated != Ok(version) {
            self.odd(at, format!("the URN names another version than {version}"));
        }
    }

    /// The name on one line, or a stand-in.
    fn named(&mut self, element: &Element, noun: &str, id: Id) -> String {
        let name = line_of_text(element, "Name");
        if !name.is_empty() {
            return name;
        }
        self.odd(element, format!("{} {id} has no name", noun.to_lowercase()));
        format!("{noun} {id}")
    }

    fn choice(&mut self, element: &Element, field: &str, yes: &str, no: &str) -> bool {
        let text = line_of_text(element, field);
        let known = text.eq_ignore_ascii_case(yes);
        if !known && !text.eq_ignore_ascii_case(no) {
            let at = element.child(field).unwrap_or(element);
            let text = shorten(&text);
            self.odd(at, format!("{field} is \"{text}\"; {no} is assumed"));
        }
        known
    }

    fn operations(&mut self, item: &Element) -> Operations {
        let text = line_of_text(item, "Operations");
        text.parse().unwrap_or_else(|problem| {
            let at = item.child("Operations").unwrap_or(item);
            self.odd(at, format!("{problem}; none is assumed"));
            Operations::NONE
        })
    }

    /// The type; none for a resource that can only be executed (RG-08).
    fn kind(&mut self, item: &Element, operations: Operations) -> Option<Kind> {
        let text = line_of_text(item, "Type");
        let at = item.child("Type").unwrap_or(item);
        let known = kind(&text);
        if known.is_none() && !text.is_empty() && !text.eq_ignore_ascii_case("none") {
            self.odd(
                at,
                format!("\"{}\" is not a type; none is assumed", shorten(&text)),
            );
        } else if operations == Operations::E && known.is_some() {
            self.odd(
                at,
                "an executable resource has no type; it is left out".to_owned(),
            );
            return None;
        } else if known.is_none() && operations != Operations::E {
            self.odd(
                at,
                "the resource has no type; every value is taken".to_owned(),
            );
        }
        known
    }

    fn odd(&mut self, element: &Element, message: String) {
        self.problems.push(DdfProblem {
            line: element.line,
            message,
        });
    }
}

fn object_id(element: &Element) -> Result<Id, DdfError> {
    let at = element
        .child("ObjectID")
        .ok_or_else(|| error(element, DdfReason::Missing("ObjectID", "Object")))?;
    let text = at.text.trim();
    id(text).ok_or_else(|| {
        error(
            at,
            DdfReason::BadValue("ObjectID", shorten(text), "a number from 0 to 65534"),
        )
    })
}

/// Ids may have leading zeros here, unlike in a path.
fn id(text: &str) -> Option<Id> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|id| digits && *id != RESERVED_ID)
}

/// The type of that name, in any case and spacing.
fn kind(text: &str) -> Option<Kind> {
    let plain = |text: &str| -> String {
        text.chars()
            .filter(|c| !c.is_whitespace())
            .map(|c| c.to_ascii_lowercase())
            .collect()
    };
    let wanted = plain(text);
    Kind::ALL
        .into_iter()
        .find(|kind| plain(&kind.to_string()) == wanted)
}

/// A child's text with its line breaks, trimmed; empty when there is no such child.
fn text_of(element: &Element, name: &str) -> String {
    let text = element.child(name).map_or("", |child| child.text.trim());
    text.chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .collect()
}

/// A child's text on one line, each run of white space as one space.
fn line_of_text(element: &Element, name: &str) -> String {
    let text = text_of(element, name);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `Description1` and `Description2`, whichever are there.
fn description(element: &Element) -> String {
    let mut text = text_of(element, "Description1");
    let more = text_of(element, "Description2");
    if !text.is_empty() && !more.is_empty() {
        text.push_str("\n\n");
    }
    text.push_str(&more);
    text
}

/// What fits into a message.
fn shorten(text: &str) -> String {
    text.chars().take(40).collect()
}

fn error(element: &Element, reason: DdfReason) -> DdfError {
    DdfError {
        line: element.line,
        reason,
    }
}
