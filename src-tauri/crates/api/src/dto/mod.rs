//! The shapes that cross the two doors, one file per noun.
//!
//! These types carry no behaviour: handlers fill them from the domain types of
//! the rooms below, which are never serialised themselves. `contract` names the
//! calls that use them; the TypeScript and the JSON schemas are derived here.

mod access;
mod attributes;
mod block;
mod certificate;
mod composite;
mod console;
mod credential;
mod device;
mod event;
mod instrument;
mod model;
mod operation;
mod palette;
mod pending;
mod queue;
mod reading;
mod traffic;
mod tree;

pub use access::*;
pub use attributes::*;
pub use block::*;
pub use certificate::*;
pub use composite::*;
pub use console::*;
pub use credential::*;
pub use device::*;
pub use event::*;
pub use instrument::*;
pub use model::*;
pub use operation::*;
pub use palette::*;
pub use pending::*;
pub use queue::*;
pub use reading::*;
pub use traffic::*;
pub use tree::*;

/// Derives everything a shape needs. Absent options are left out of the JSON,
/// never written as `null`.
macro_rules! shapes {
    ($($(#[$meta:meta])* pub struct $name:ident $body:tt)*) => {
        $(
            #[serde_with::skip_serializing_none]
            #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema, ts_rs::TS)]
            #[ts(optional_fields)]
            $(#[$meta])*
            pub struct $name $body
        )*
    };
}
/// The same for closed lists of words, written in `snake_case`.
macro_rules! words {
    ($($(#[$meta:meta])* pub enum $name:ident $body:tt)*) => {
        $(
            #[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema, ts_rs::TS)]
            #[serde(rename_all = "snake_case")]
            $(#[$meta])*
            pub enum $name $body
        )*
    };
}
pub(crate) use {shapes, words};

shapes! {
    /// Nothing to say.
    #[derive(Default)]
    pub struct Empty {}
}
