//! One function for each call of the contract, sorted by noun. They turn text into
//! domain types, ask the instrument, and turn the answer into shapes. They hold no
//! state and know no door.

mod access;
mod actions;
mod attributes;
mod certificate;
mod check;
mod composite;
mod console;
mod credential;
mod credential_import;
mod credential_list;
mod credential_request;
mod device;
mod export;
mod formats;
mod instrument;
mod known_tree;
mod model;
mod operation;
mod palette;
mod path_set;
mod pending;
mod profile;
mod queue;
mod reading;
mod resource;
mod server_identity;
mod session;
mod simulator;
mod traffic;
mod tree;

pub(crate) use access::*;
pub(crate) use attributes::*;
pub(crate) use composite::*;
pub(crate) use console::*;
pub(crate) use credential::*;
pub(crate) use credential_import::*;
pub(crate) use credential_list::*;
pub(crate) use device::*;
pub(crate) use export::*;
pub use instrument::*;
pub(crate) use model::*;
pub(crate) use operation::*;
pub(crate) use palette::*;
pub(crate) use path_set::*;
pub(crate) use pending::*;
pub(crate) use profile::*;
pub(crate) use queue::*;
pub(crate) use reading::*;
pub(crate) use resource::*;
pub(crate) use server_identity::*;
pub(crate) use session::*;
pub(crate) use simulator::*;
pub(crate) use traffic::*;
pub(crate) use tree::*;
