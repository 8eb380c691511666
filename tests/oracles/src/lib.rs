//! What must hold for everything that reads what strangers send, whatever the bytes are.
//!
//! One function per fuzz target; `tests/fuzz` binds each to libFuzzer, `cargo xtask fuzz`
//! runs them, and a test here goes through all inputs that ever mattered. "It does not
//! crash" is the least of it: what was understood must be written and read again alike,
//! memory must not outgrow the input, another implementation must agree where there is
//! one, and a machine fed the same twice must do the same twice.

pub mod attributes;
mod choice;
pub mod coap_endpoint;
pub mod coap_message;
pub mod ddf;
pub mod device;
pub mod dtls;
mod exchange;
pub mod links;
mod model;
mod other;
pub mod path;
mod readings;
pub mod server;
pub mod values;

/// A target's name and what holds for it.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: &[Target] = &[
    ("attributes", attributes::attributes),
    ("cbor", values::cbor),
    ("coap_endpoint", coap_endpoint::coap_endpoint),
    ("coap_message", coap_message::coap_message),
    ("ddf", ddf::ddf),
    ("device", device::device),
    ("dtls_hello", dtls::dtls_hello),
    ("dtls_record", dtls::dtls_record),
    ("link_format", links::link_format),
    ("object_list", links::object_list),
    ("oma_json", values::oma_json),
    ("path", path::path),
    ("senml_cbor", values::senml_cbor),
    ("senml_json", values::senml_json),
    ("senml_paths", values::senml_paths),
    ("server", server::server),
    ("text", values::text),
    ("tlv", values::tlv),
];
