//! What OpenSSL's errors mean.

use crate::failure::Cause;
use openssl::error::ErrorStack;
use openssl::ssl;
use std::ffi::c_int;

/// unknown_psk_identity (RFC 4279 §6)
pub(super) const UNKNOWN_PSK_IDENTITY: u8 = 115;

/// Why a handshake failed.
pub(crate) fn of(error: &ssl::Error) -> Cause {
    let stack = error.ssl_error();
    stack.map_or_else(|| malformed("it ended early"), of_stack)
}

/// Why the last call failed.
pub(super) fn of_openssl() -> Cause {
    of_stack(&ErrorStack::get())
}

fn of_stack(stack: &ErrorStack) -> Cause {
    let reasons = stack.errors().iter().map(|error| error.reason_code());
    reasons.into_iter().find_map(of_reason).unwrap_or_else(|| {
        let first = stack.errors().first().and_then(|error| error.reason());
        malformed(first.unwrap_or("OpenSSL gives no reason"))
    })
}

fn of_reason(reason: c_int) -> Option<Cause> {
    // OpenSSL adds the number of an alert that it received to this.
    const ALERTS: c_int = 1_000;
    match reason {
        NO_SHARED_CIPHER => Some(Cause::NoCommonSuite {
            offered: Vec::new(),
        }),
        NO_CERTIFICATE => Some(Cause::NoCertificate),
        BAD_SIGNATURE | WRONG_SIGNATURE_TYPE | WRONG_SIGNATURE_LENGTH | WRONG_SIGNATURE_SIZE => {
            Some(Cause::BadSignature)
        }
        UNSUPPORTED_PROTOCOL | WRONG_VERSION | UNKNOWN_PROTOCOL | VERSION_TOO_LOW => {
            Some(Cause::OldVersion)
        }
        PSK_IDENTITY_NOT_FOUND => Some(Cause::UnknownPskIdentity),
        _ => {
            let description = u8::try_from(reason - ALERTS).ok()?;
            Some(Cause::Alert { description })
        }
    }
}

fn malformed(reason: &str) -> Cause {
    Cause::Malformed {
        reason: reason.to_owned(),
    }
}

// OpenSSL's reason codes, include/openssl/sslerr.h.
const BAD_SIGNATURE: c_int = 123;
const NO_SHARED_CIPHER: c_int = 193;
const NO_CERTIFICATE: c_int = 199;
const PSK_IDENTITY_NOT_FOUND: c_int = 223;
const UNKNOWN_PROTOCOL: c_int = 252;
const UNSUPPORTED_PROTOCOL: c_int = 258;
const WRONG_SIGNATURE_LENGTH: c_int = 264;
const WRONG_SIGNATURE_SIZE: c_int = 265;
const WRONG_VERSION: c_int = 267;
const WRONG_SIGNATURE_TYPE: c_int = 370;
const VERSION_TOO_LOW: c_int = 396;
