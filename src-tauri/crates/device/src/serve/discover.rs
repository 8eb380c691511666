//! Discover: what is there and which attributes are attached (Core 1.1.1 §6.3.2,
//! conformance DM-11).

use super::Refusal;
use crate::model::Model;
use crate::objects;
use crate::tree::Content;
use coap::{Code, Response};
use lwm2m::link::{self, Link};
use lwm2m::link_attributes::LinkAttributes;
use lwm2m::{Format, Path};

/// The links at and below a path: its own with the attributes in force, those
/// below with what is attached to themselves.
pub(super) fn discover(model: &Model, path: Path) -> Result<Response, Refusal> {
    if path == Path::Root || path.depth() > 3 {
        return Err(Refusal::not_allowed(
            "discover an object, an instance or a resource",
        ));
    }
    if !model.tree.has(path) {
        return Err(Refusal::not_found(path));
    }
    let mut links = vec![link_to(model, path, true)];
    for object in model.tree.objects() {
        for (id, instance) in object.instances() {
            let place = Path::Instance(object.id(), id);
            if path.contains(place) && path != place {
                links.push(link_to(model, place, false));
            }
            for (resource, content) in instance.resources() {
                let place = Path::Resource(object.id(), id, resource);
                if path.contains(place) && path != place {
                    links.push(link_to(model, place, false));
                }
                // Resource instances are listed one level up only, since 1.1.
                if let (true, Content::Multiple(values)) = (path == place, content)
                    && model.profile.is_1_1()
                {
                    let places = values.iter().filter_map(|(one, _)| place.child(*one));
                    links.extend(places.map(|place| link_to(model, place, false)));
                }
            }
        }
    }
    let payload = link::write(&links);
    Ok(Response::new(Code::CONTENT)
        .content_format(Format::Link.id())
        .payload(payload))
}

fn link_to(model: &Model, path: Path, in_force: bool) -> Link {
    let prefix = model.profile.root();
    let notification = if in_force {
        model.attributes_in_force(path)
    } else {
        model.attributes.get(&path).cloned().unwrap_or_default()
    };
    let version = match path {
        Path::Object(id) => model
            .tree
            .object(id)
            .and_then(|object| objects::announced_version(&object.definition, &model.profile)),
        _ => None,
    };
    let attributes = LinkAttributes {
        dim: dimension(model, path),
        version,
        notification,
        ..LinkAttributes::default()
    };
    let mut link = Link::new(format!("{prefix}{path}"));
    link.attributes = attributes.to_attributes();
    link
}

/// How many values a multiple resource has.
fn dimension(model: &Model, path: Path) -> Option<u16> {
    let Path::Resource(object, id, resource) = path else {
        return None;
    };
    match model.tree.instance(object, id)?.content(resource)? {
        Content::Multiple(values) => u16::try_from(values.len()).ok(),
        _ => None,
    }
}
