//! What the tests of the whole program share: the daemon as a child process, its HTTP door, its
//! event stream, and a device scripted message by message over a real socket.
//!
//! Nothing here asserts what the product does; it starts, asks and waits, and panics with what the
//! program said when it cannot. The tests are in `system/` and `interop/`.

pub mod amplification;
pub mod daemon;
pub mod door;
pub mod events;
pub mod folder;
pub mod noise;
pub mod raw_device;
pub mod roaming;
mod tunnel;
pub mod wait;

pub use daemon::{Daemon, NotStarted};
pub use door::{Door, Refusal};
pub use events::{Event, Events};
pub use folder::Folder;
pub use raw_device::RawDevice;
pub use roaming::Roaming;
pub use wait::{PATIENCE, eventually};
