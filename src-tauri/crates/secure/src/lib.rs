//! DTLS for LwM2M without sockets and without a clock: bytes in, plaintext out.
//!
//! OpenSSL runs every handshake; what follows it, the protection of records with
//! Connection ID (RFC 9146), is ours, because OpenSSL has no Connection ID and an idle
//! association must cost a few hundred bytes. Nothing here knows CoAP or LwM2M.

mod address;
pub mod authority;
mod failure;
mod identity;
mod secret;

pub use address::{Address, MAX_ADDRESS_BYTES};
pub use failure::{Cause, Failure, Step};
pub use identity::{Certificate, Identity, MAX_PSK_BYTES, MAX_PSK_IDENTITY_BYTES};
pub use secret::Secret;
