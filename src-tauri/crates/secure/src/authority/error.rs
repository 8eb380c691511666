//! Why a key or a certificate is no use, in words for the one who pasted it.

use openssl::error::ErrorStack;

/// What is wrong with a key, a certificate or a request.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum MaterialError {
    /// Nothing was given.
    #[error("the {0} is empty")]
    Empty(&'static str),
    /// It cannot be read in any form.
    #[error("this is no {what}: it reads neither as PEM nor as DER in hex or base64")]
    Unreadable {
        /// What was expected, e.g. `certificate`.
        what: &'static str,
    },
    /// It is something else, readable all the same.
    #[error("this is a {found}, and a {expected} is needed")]
    Other {
        /// What it is.
        found: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// A private key that only a passphrase opens.
    #[error(
        "the private key is sealed under a passphrase of its own; take that away first, as with `openssl pkey`"
    )]
    Encrypted,
    /// A key that devices cannot use.
    #[error("the key is {found}; devices need one on the curve P-256 (secp256r1)")]
    WrongCurve {
        /// What it is, e.g. `on the curve P-384` or `RSA with 2048 bits`.
        found: String,
    },
    /// A key that is too weak to count.
    #[error(
        "the key is {found}, which is too weak; at least 256 bits on a curve or 2048 bits of RSA are needed"
    )]
    Weak {
        /// What it is.
        found: String,
    },
    /// The private key is of another certificate.
    #[error(
        "the private key does not belong to the certificate; they must come from the same key pair"
    )]
    Mismatch,
    /// A certificate in a chain was not issued by the next one.
    #[error(
        "certificate {position} of the chain (\"{subject}\") was not issued by the one after it; put the own certificate first, then each issuer"
    )]
    BrokenChain {
        /// Counted from 1.
        position: usize,
        /// Its subject.
        subject: String,
    },
    /// A request that its sender did not sign.
    #[error("the signature of the request is wrong; make it anew with the key that it names")]
    RequestSignature,
    /// A name that does not fit into a certificate.
    #[error("the name has {found} characters, and a certificate holds {most} at most")]
    LongName {
        /// How long it is.
        found: usize,
        /// How long it may be.
        most: usize,
    },
    /// It cannot be used to sign others.
    #[error(
        "the certificate of \"{subject}\" is not one of an authority, so it cannot vouch for others; pin it for its device instead"
    )]
    NoAuthority {
        /// Its subject.
        subject: String,
    },
    /// OpenSSL refuses for another reason.
    #[error("the key or certificate could not be made: {0}")]
    Crypto(String),
}

impl From<ErrorStack> for MaterialError {
    fn from(error: ErrorStack) -> Self {
        Self::Crypto(error.to_string())
    }
}
