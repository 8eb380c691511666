//! The object definitions that values are read with: one object with a resource of every
//! type, and a few of the real ones.

use lwm2m::codec::Types;
use lwm2m::{Id, Kind, Path};

/// Resource n of object 100 has the n-th type; n + 10 is the same with instances.
pub(crate) struct Model;

impl Types for Model {
    fn kind(&self, object: Id, resource: Id) -> Option<Kind> {
        Some(match (object, resource) {
            (100, n) => *Kind::ALL.get(usize::from(n % 10))?,
            (3, 0 | 1 | 2 | 14) => Kind::String,
            (3, 6..=11) => Kind::Integer,
            (3, 13) => Kind::Time,
            (3303, 5700) => Kind::Float,
            _ => return None,
        })
    }

    fn is_multiple(&self, object: Id, resource: Id) -> Option<bool> {
        self.kind(object, resource)?;
        Some(matches!(
            (object, resource),
            (100, 10..) | (3, 6 | 7 | 8 | 11)
        ))
    }
}

/// A path that a request may have had, one for each number.
pub(crate) fn base(number: u8) -> Path {
    let resource = Id::from(number % 10);
    match number / 10 {
        0 => Path::Resource(100, 0, resource),
        1 => Path::ResourceInstance(100, 0, 10 + resource, 1),
        2 => Path::Resource(100, 0, 10 + resource),
        _ => match resource {
            0 | 1 => Path::Root,
            2 => Path::Object(100),
            3 => Path::Instance(100, 0),
            4 => Path::Object(3),
            5 => Path::Instance(3, 0),
            6 => Path::Resource(3, 0, 6),
            7 => Path::Instance(3303, 65_534),
            8 => Path::Resource(65_534, 65_534, 65_534),
            _ => Path::Object(5),
        },
    }
}
