//! Server and devices in one process, in virtual time, over a wire that can lose, repeat,
//! reorder and readdress what it carries.

mod first;
mod wire;
