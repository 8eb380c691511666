//! The few functions of OpenSSL that the `openssl` crate does not offer, each behind a
//! safe one.
//!
//! The only file of this crate with `unsafe` in it. Nothing here decides anything; the
//! callers are `context`, `verify` and `handshake`. A callback that goes to C neither
//! unwinds nor hands out a null pointer that C would follow.

#![allow(unsafe_code)]

use foreign_types::ForeignTypeRef;
use openssl::pkey::{PKeyRef, Public};
use openssl::ssl::{SslContextBuilder, SslRef, SslSession, SslSessionRef};
use openssl::x509::{X509StoreContextRef, X509VerifyResult};
use openssl_sys as sys;
use std::ffi::{c_int, c_long, c_uchar, c_uint, c_void};

unsafe extern "C" {
    fn BIO_ADDR_new() -> *mut c_void;
    fn BIO_ADDR_free(address: *mut c_void);
    fn DTLSv1_listen(ssl: *mut sys::SSL, client: *mut c_void) -> c_int;
    fn DTLS_set_timer_cb(
        ssl: *mut sys::SSL,
        callback: extern "C" fn(*mut sys::SSL, c_uint) -> c_uint,
    );
    fn SSL_CTX_set1_server_cert_type(
        context: *mut sys::SSL_CTX,
        types: *const c_uchar,
        len: usize,
    ) -> c_int;
    fn SSL_CTX_set1_client_cert_type(
        context: *mut sys::SSL_CTX,
        types: *const c_uchar,
        len: usize,
    ) -> c_int;
    fn SSL_CTX_set_tlsext_max_fragment_length(context: *mut sys::SSL_CTX, mode: u8) -> c_int;
    fn SSL_SESSION_set_timeout(session: *mut sys::SSL_SESSION, seconds: c_long) -> c_long;
    fn SSL_get0_peer_rpk(ssl: *const sys::SSL) -> *mut sys::EVP_PKEY;
    fn X509_STORE_CTX_get0_rpk(context: *const sys::X509_STORE_CTX) -> *mut sys::EVP_PKEY;
}

/// Takes the ClientHello that waits in the stream as one whose cookie was verified, and
/// has the handshake go on behind it. False if OpenSSL cannot.
pub(crate) fn listen(ssl: &SslRef) -> bool {
    // SAFETY: `ssl` lives across the call; the address is ours, checked, and freed once.
    unsafe {
        let address = BIO_ADDR_new();
        if address.is_null() {
            return false;
        }
        let outcome = DTLSv1_listen(ssl.as_ptr(), address);
        BIO_ADDR_free(address);
        outcome == 1
    }
}

/// Puts OpenSSL's own retransmission timer out of reach: it reads the machine's clock.
pub(crate) fn stop_timer(ssl: &SslRef) {
    // SAFETY: the callback is a plain function that lives as long as the program.
    unsafe { DTLS_set_timer_cb(ssl.as_ptr(), never) }
}

/// An hour in microseconds, longer than any handshake may take.
extern "C" fn never(_: *mut sys::SSL, _: c_uint) -> c_uint {
    3_600_000_000
}

/// The kinds of certificate (RFC 7250 §3) that we show and accept, best first.
pub(crate) fn set_certificate_types(context: &mut SslContextBuilder, types: &[u8]) -> bool {
    // SAFETY: OpenSSL copies the bytes.
    unsafe {
        let context = context.as_ptr();
        SSL_CTX_set1_server_cert_type(context, types.as_ptr(), types.len()) == 1
            && SSL_CTX_set1_client_cert_type(context, types.as_ptr(), types.len()) == 1
    }
}

/// Has OpenSSL refuse longer chains of certificates.
pub(crate) fn limit_certificates(context: &mut SslContextBuilder, bytes: usize) {
    // include/openssl/ssl.h
    const SSL_CTRL_SET_MAX_CERT_LIST: c_int = 51;
    let bytes = c_long::try_from(bytes).unwrap_or(c_long::MAX);
    // SAFETY: sets a number of a context that lives across the call; no pointer is used.
    unsafe {
        sys::SSL_CTX_ctrl(
            context.as_ptr(),
            SSL_CTRL_SET_MAX_CERT_LIST,
            bytes,
            std::ptr::null_mut(),
        );
    }
}

/// Has a client ask for short records; `code` is that of RFC 6066 §4.
pub(crate) fn ask_for_short_records(context: &mut SslContextBuilder, code: u8) -> bool {
    // SAFETY: sets a number of a context that lives across the call.
    unsafe { SSL_CTX_set_tlsext_max_fragment_length(context.as_ptr(), code) == 1 }
}

/// Has OpenSSL ask `lookup` for sessions. What it returns must be made for this call.
pub(crate) fn set_session_lookup(
    context: &mut SslContextBuilder,
    lookup: fn(&mut SslRef, &[u8]) -> Option<SslSession>,
) {
    // SAFETY: the sessions are read from DER for each call, so that none belongs to
    // another context.
    unsafe { context.set_get_session_callback(lookup) }
}

/// Offers a session, read from DER for this call, for resumption.
pub(crate) fn offer_session(ssl: &mut SslRef, session: &SslSessionRef) -> bool {
    // SAFETY: the session was read from DER and belongs to no other context.
    unsafe { ssl.set_session(session).is_ok() }
}

/// Keeps OpenSSL from judging the age of a session: that is done on the clock we are told.
pub(crate) fn keep_session(session: &SslSessionRef) {
    const LONG: c_long = 1 << 30;
    // SAFETY: sets a number of a session that lives across the call.
    unsafe {
        SSL_SESSION_set_timeout(session.as_ptr(), LONG);
    }
}

/// The raw public key (RFC 7250) that the peer proved, as DER of its SubjectPublicKeyInfo.
pub(crate) fn peer_public_key(ssl: &SslRef) -> Option<Box<[u8]>> {
    // SAFETY: the key belongs to `ssl` and is only looked at while that lives.
    unsafe { public_key(SSL_get0_peer_rpk(ssl.as_ptr())) }
}

/// The raw public key that is being judged.
pub(crate) fn judged_public_key(context: &X509StoreContextRef) -> Option<Box<[u8]>> {
    // SAFETY: the key belongs to `context` and is only looked at while that lives.
    unsafe { public_key(X509_STORE_CTX_get0_rpk(context.as_ptr())) }
}

/// The verdict about a key that is too weak.
pub(crate) fn weak_key() -> X509VerifyResult {
    // SAFETY: a number that OpenSSL defines.
    unsafe { X509VerifyResult::from_raw(sys::X509_V_ERR_EE_KEY_TOO_SMALL) }
}

/// # Safety
/// `key` is null or lives across the call.
unsafe fn public_key(key: *mut sys::EVP_PKEY) -> Option<Box<[u8]>> {
    if key.is_null() {
        return None;
    }
    // SAFETY: not null, and alive as the caller says.
    let key: &PKeyRef<Public> = unsafe { PKeyRef::from_ptr(key) };
    key.public_key_to_der().ok().map(Vec::into_boxed_slice)
}
