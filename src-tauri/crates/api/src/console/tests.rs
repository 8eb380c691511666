//! Lines tried on a device that has a bit of everything.

mod completion;
mod orders;

use super::view::{Announced, View};
use lwm2m::{Id, ObjectVersion, Path, Value, bundled};
use server::observation::Target;

/// A device with the server object, a device object of 1.1, a thermometer, a light
/// and an object that no definition knows.
fn view() -> View {
    let registry = bundled::registry();
    let announced = |object: Id, minor, instances: &[Id]| {
        let version = ObjectVersion::new(1, minor);
        let nearest = registry.nearest(object, Some(version));
        Announced {
            object,
            version,
            instances: instances.to_vec(),
            definition: nearest.map(|found| found.definition.clone()),
        }
    };
    let text = |text: &str| Value::String(text.to_owned());
    View {
        endpoint: "urn:x".to_owned(),
        objects: vec![
            announced(1, 1, &[0]),
            announced(3, 1, &[0]),
            announced(3303, 1, &[0, 1]),
            announced(3311, 0, &[0]),
            announced(60_000, 0, &[0]),
        ],
        latest: [
            (Path::Resource(3, 0, 15), text("Europe/Berlin")),
            (Path::ResourceInstance(3, 0, 11, 0), Value::Integer(0)),
            (Path::Resource(3303, 0, 5700), Value::Float(21.5)),
            (Path::Resource(60_000, 0, 7), Value::Opaque(vec![10, 255])),
        ]
        .into(),
        observed: vec![
            Target::One(Path::Resource(3303, 0, 5700)),
            Target::Several(vec![Path::Resource(3, 0, 9), Path::Object(1)]),
        ],
        open_operations: vec![("op-7".to_owned(), "resource_read /3".to_owned())],
        lines: vec![
            "read /3303/0/5700".to_owned(),
            "write /1/0/1 300".to_owned(),
        ],
    }
}
