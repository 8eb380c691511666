//! LwM2M's data model: paths, values, definitions, formats.
//!
//! This crate knows nothing of CoAP, sockets, files or time; `server` and
//! `device` join it with `coap`.

pub mod codec;
pub mod deviation;
pub mod format;
pub mod path;
pub mod value;

pub use format::Format;
pub use path::{Id, ObjectVersion, Path, PathError, VersionedPath};
pub use value::{Kind, Reading, ReadingTime, Value};
