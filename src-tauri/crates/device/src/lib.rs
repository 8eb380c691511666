//! A complete simulated LwM2M client: demo device, test peer and load source.
//!
//! A [`Device`] registers, serves every operation of LwM2M 1.0 and 1.1, obeys
//! notification attributes and has values that move. It never reads a clock or a
//! socket: hand it an [`Input`] with the time, then drain [`Device::poll`]. Start
//! reading at `device`; `objects` is where the simulation lives.

mod device;
mod model;
mod objects;
mod observe;
mod output;
mod profile;
mod registration;
mod serve;
mod signal;
mod tree;
mod world;

#[cfg(test)]
mod tests;

pub use device::Device;
pub use output::{Command, Event, Input, Output};
pub use profile::{Collecting, Profile, ProfileKind, UnknownProfile};
