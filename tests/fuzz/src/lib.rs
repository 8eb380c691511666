//! What a fuzzer hands to each room that reads what strangers send, and what must hold
//! whatever the bytes are.
//!
//! One function per target; `targets/` binds each to libFuzzer, `cargo xtask fuzz` runs
//! them. "It does not crash" is the least of the oracles: what was understood must be
//! written and read again alike, memory must not outgrow the input, another
//! implementation must agree where there is one, and a machine fed the same twice must do
//! the same twice.

pub mod attributes;
mod choice;
pub mod coap_endpoint;
pub mod coap_message;
pub mod ddf;
pub mod device;
mod exchange;
pub mod links;
mod model;
mod other;
pub mod path;
mod readings;
pub mod server;
pub mod values;
