//! LwM2M's data model: paths, values, definitions, formats.
//!
//! This crate knows nothing of CoAP, sockets, files or time; `server` and
//! `device` join it with `coap`.

pub mod access;
pub mod attribute_levels;
pub mod attribute_words;
pub mod attributes;
pub mod bundled;
pub mod catalogue;
pub mod codec;
pub mod ddf;
pub mod deviation;
pub mod format;
pub mod guess;
pub mod link;
pub mod link_attributes;
pub mod model;
pub mod object_list;
pub mod path;
pub mod range;
pub mod registry;
pub mod value;

pub use deviation::Deviation;
pub use format::Format;
pub use model::{Lwm2mVersion, ObjectDefinition, Operations, Provenance, ResourceDefinition};
pub use object_list::{AnnouncedObject, ObjectList};
pub use path::{Id, ObjectVersion, Path, PathError, VersionedPath};
pub use registry::Registry;
pub use value::{Kind, Reading, ReadingTime, Value};
