//! The room that speaks: the contract behind both doors, its shapes, and the
//! handlers that answer it. It knows no transport; the headless door and the window
//! carry names and JSON to [`call`] and events from [`events`].
//!
//! Start reading at `contract`.

pub mod console;
mod contract;
mod declarations;
pub mod dto;
mod error;
pub mod events;
mod explain;
mod forms;
mod handlers;
mod host;
pub mod local_file;
mod rows;
mod time;
mod typescript;
mod value;
mod version;

pub use contract::{CALLS, Call, CallKind, call, changes, listing};
pub use error::{ApiError, ErrorCode};
pub use handlers::list as listener_list;
pub use host::Host;
pub use typescript::generate as typescript;
