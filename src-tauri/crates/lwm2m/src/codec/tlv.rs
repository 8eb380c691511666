//! OMA TLV (Core 1.1.1 §7.4.3): type, id, length, value, up to three levels deep.
//!
//! The levels are fixed by the types, so nothing recurses: instances hold
//! resources, multiple resources hold resource instances, and those hold values.
//! `item` has the header, `value` the bytes of the values themselves.

mod decode;
mod encode;
mod item;
#[cfg(test)]
mod tests;
mod value;

pub(super) use decode::{decode, empty_instances};
pub(super) use encode::{encode, encode_empty_instance, encode_resources};
