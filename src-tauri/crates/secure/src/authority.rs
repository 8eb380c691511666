//! Key pairs and certificates: our own, those that a small authority for the bench
//! issues, and reading what people paste in whatever form it has.
//!
//! Times are arguments; the randomness of keys and serial numbers is OpenSSL's. It
//! keeps nothing and trusts nobody: what is done with a certificate is decided by
//! handshakes and above. Start reading at `issue`, then `material`.

mod der;
mod describe;
mod error;
mod issue;
mod material;
mod strength;

pub use describe::{Description, EXPIRES_SOON, Validity, describe};
pub use error::MaterialError;
pub use issue::{Authority, KeyPair, MAX_COMMON_NAME, self_signed, self_signed_for};
pub use material::{
    SigningRequest, belongs_together, certificates, check_chain, key_of_private, private_key,
    public_key, signing_request,
};

#[cfg(test)]
mod tests;
