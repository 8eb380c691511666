//! DTLS for LwM2M without sockets and without a clock: bytes in, plaintext out.
//!
//! OpenSSL runs every handshake; what follows it, the protection of records with
//! Connection ID (RFC 9146), is ours, because OpenSSL has no Connection ID and an idle
//! association must cost a few hundred bytes. Nothing here knows CoAP or LwM2M.

mod address;
mod association;
mod association_id;
pub mod authority;
mod client;
mod config;
mod context;
mod cookie;
mod failure;
mod ffi;
mod guard;
mod handshake;
mod hello;
mod identity;
mod keyring;
mod output;
mod record;
mod saved;
mod secret;
mod server_name;
mod sessions;
mod text;
pub mod tls;
mod verify;

pub use address::{Address, MAX_ADDRESS_BYTES};
pub use association::Association;
pub use association_id::AssociationId;
pub use client::{Client, ClientConfig, ClientCredential, ClientInput, ClientOutput};
pub use config::{
    Config, MAX_CID_BYTES, MAX_MTU, MAX_SERVER_NAMES, MAX_TIMEOUT, MIN_FIRST_TIMEOUT, MIN_MTU,
    MaxFragment, ServerKey, SetupError, Suite, Tuning, UnknownPskAlert,
};
pub use failure::{Cause, Failure, Step};
pub use guard::Guard;
pub use identity::{Certificate, Identity, MAX_PSK_BYTES, MAX_PSK_IDENTITY_BYTES};
pub use keyring::Keyring;
pub use output::{EndCause, Established, Input, Output, Position};
pub use saved::SavedAssociation;
pub use secret::Secret;
pub use server_name::{MAX_SERVER_NAME_BYTES, ServerName, ServerNameError};
pub use text::{hex, readable};
