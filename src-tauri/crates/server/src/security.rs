//! Who may speak for which endpoint: credentials, what a session proved, and what
//! follows when either changes (Transport 1.1.1 §5.2).
//!
//! Handshakes and records are `secure`'s; here their outcome meets the endpoint names
//! of LwM2M. Start reading at `binding`.

pub mod credentials;
mod fact;
mod keeping;

pub use fact::{Fact, FailedHandshake};
