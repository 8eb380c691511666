//! Whether a peer's certificate or raw public key is believed: our decision at each point
//! where OpenSSL asks, with a cause that a person can act on.
//!
//! All state belongs to one handshake, so that one bad certificate spoils nothing for
//! the next. Time is the one we are told, set by `handshake`.

use crate::failure::Cause;
use crate::ffi;
use crate::handshake::shared::{Shared, shared_of};
use crate::identity::unix_time;
use openssl::nid::Nid;
use openssl::ssl::SslRef;
use openssl::x509::{X509Ref, X509StoreContext, X509StoreContextRef, X509VerifyResult};
use std::ffi::c_int;
use std::sync::{Arc, Mutex};

/// OpenSSL's question about each certificate, `ok` being its own opinion.
pub(crate) fn judge(ok: bool, context: &mut X509StoreContextRef) -> bool {
    let Some(shared) = shared(context) else {
        return false;
    };
    let Ok(mut shared) = shared.lock() else {
        return false;
    };
    if let Some(key) = ffi::judged_public_key(context) {
        return judge_key(key, &mut shared);
    }
    match judge_certificate(ok, context, &mut shared) {
        Ok(()) => true,
        Err((cause, error)) => {
            if let Some(error) = error {
                context.set_error(error);
            }
            shared.verdict.get_or_insert(cause);
            false
        }
    }
}

fn judge_key(key: Box<[u8]>, shared: &mut Shared) -> bool {
    let keyring = shared.keyring.as_ref();
    let known = keyring.and_then(|keyring| keyring.public_key_version(&key));
    shared.shown = Some(key);
    match known {
        Some(version) => shared.believed = version,
        None => {
            shared.verdict.get_or_insert(Cause::UnknownPublicKey);
        }
    }
    known.is_some()
}

/// A refusal: for the user, and for OpenSSL to choose the alert by.
type Refusal = (Cause, Option<X509VerifyResult>);

fn judge_certificate(
    ok: bool,
    context: &X509StoreContextRef,
    shared: &mut Shared,
) -> Result<(), Refusal> {
    let leaf = context.chain().and_then(|chain| chain.get(0));
    let leaf = leaf.ok_or((Cause::NoCertificate, None))?;
    let der = leaf.to_der().unwrap_or_default();
    let keyring = shared.keyring.as_ref();
    let pinned = keyring.and_then(|keyring| keyring.pinned_version(&der));
    shared.believed = pinned.unwrap_or(shared.believed);
    let pinned = pinned.is_some();
    shared.shown = Some(der.into());
    judge_curve(leaf)?;
    if ok {
        return Ok(());
    }
    let current = context.current_cert().unwrap_or(leaf);
    let error = context.error();
    match error.as_raw() {
        CERT_HAS_EXPIRED => {
            let not_after = unix_time(current.not_after()).unwrap_or_default();
            Err((Cause::CertificateExpired { not_after }, None))
        }
        CERT_NOT_YET_VALID => {
            let not_before = unix_time(current.not_before()).unwrap_or_default();
            Err((Cause::CertificateNotYetValid { not_before }, None))
        }
        _ if pinned && context.error_depth() == 0 => Ok(()),
        error if NO_AUTHORITY.contains(&error) => {
            if pinned {
                Ok(())
            } else {
                Err((Cause::UnknownAuthority, None))
            }
        }
        _ => {
            let reason = error.error_string().to_owned();
            Err((Cause::BadCertificate { reason }, None))
        }
    }
}

/// Groups of fewer than 255 bits shall not be used (Transport 1.1.1 §5.2.3).
fn judge_curve(leaf: &X509Ref) -> Result<(), Refusal> {
    let key = leaf.public_key().and_then(|key| key.ec_key());
    let reason = match key {
        Ok(key) if key.group().curve_name() == Some(Nid::X9_62_PRIME256V1) => return Ok(()),
        Ok(key) => {
            let curve = key
                .group()
                .curve_name()
                .and_then(|nid| nid.short_name().ok());
            let curve = curve.unwrap_or("a curve of its own");
            format!("its key is on {curve}, not on secp256r1")
        }
        Err(_) => "its key is no elliptic curve key".to_owned(),
    };
    Err((Cause::BadCertificate { reason }, Some(ffi::weak_key())))
}

fn shared(context: &X509StoreContextRef) -> Option<Arc<Mutex<Shared>>> {
    let index = X509StoreContext::ssl_idx().ok()?;
    let ssl: &SslRef = context.ex_data(index)?;
    shared_of(ssl)
}

const CERT_NOT_YET_VALID: c_int = openssl_sys::X509_V_ERR_CERT_NOT_YET_VALID;
const CERT_HAS_EXPIRED: c_int = openssl_sys::X509_V_ERR_CERT_HAS_EXPIRED;

/// Nobody we trust stands behind the certificate.
const NO_AUTHORITY: [c_int; 6] = [
    openssl_sys::X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT,
    openssl_sys::X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT,
    openssl_sys::X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,
    openssl_sys::X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
    openssl_sys::X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE,
    openssl_sys::X509_V_ERR_CERT_UNTRUSTED,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Suite;
    use crate::context;
    use crate::keyring::Keyring;
    use openssl::asn1::Asn1Time;
    use openssl::ec::{EcGroup, EcKey};
    use openssl::hash::MessageDigest;
    use openssl::pkey::{PKey, Private};
    use openssl::rsa::Rsa;
    use openssl::ssl::Ssl;
    use openssl::stack::Stack;
    use openssl::x509::store::X509StoreBuilder;
    use openssl::x509::{X509, X509StoreContext};

    fn certificate(key: &PKey<Private>) -> X509 {
        let mut builder = X509::builder().expect("a builder");
        builder.set_pubkey(key).expect("set");
        let before = Asn1Time::from_unix(0).expect("a time");
        let after = Asn1Time::days_from_now(1).expect("a time");
        builder.set_not_before(&before).expect("set");
        builder.set_not_after(&after).expect("set");
        builder.sign(key, MessageDigest::sha256()).expect("signed");
        builder.build()
    }

    fn on(curve: Nid) -> X509 {
        let group = EcGroup::from_curve_name(curve).expect("a curve");
        let key = EcKey::generate(&group).expect("a key");
        certificate(&PKey::from_ec_key(key).expect("a key"))
    }

    #[test]
    fn sec_04_a_key_on_a_weak_curve_or_on_none_is_refused() {
        assert_eq!(
            judge_curve(&on(Nid::X9_62_PRIME256V1)).map_err(|it| it.0),
            Ok(())
        );
        for (curve, named) in [
            (Nid::SECP224R1, "secp224r1"),
            (Nid::X9_62_PRIME192V1, "prime192v1"),
            (Nid::SECP256K1, "secp256k1"),
        ] {
            let Err((Cause::BadCertificate { reason }, Some(_))) = judge_curve(&on(curve)) else {
                panic!("{named} was believed");
            };
            assert!(reason.contains(named), "{reason}");
        }
        let rsa = Rsa::generate(1_024).expect("a key");
        let rsa = certificate(&PKey::from_rsa(rsa).expect("a key"));
        assert!(judge_curve(&rsa).is_err());
    }

    /// CVE-2025-65499: a callback of libcoap followed a null pointer. Ours are called here
    /// with nothing of what they need.
    #[test]
    fn cve_2025_65499_callbacks_without_their_notes_refuse() {
        let store = X509StoreBuilder::new().expect("a store").build();
        let leaf = on(Nid::X9_62_PRIME256V1);
        let mut context = X509StoreContext::new().expect("a context");
        let believed = context
            .init(&store, &leaf, &Stack::new().expect("a stack"), |context| {
                Ok(judge(true, context) || judge(false, context))
            })
            .expect("judged");
        assert!(!believed);
        let keyring = Keyring::new();
        let context = context::server(&[Suite::PskCcm8], None, false, &keyring).expect("a context");
        let ssl = Ssl::new(&context).expect("an SSL object");
        assert!(shared_of(&ssl).is_none());
        let mut key = [0; 64];
        assert_eq!(crate::handshake::shared::server_psk(&ssl, &mut key), 0);
        let mut identity = [0; 8];
        let handed = crate::handshake::shared::client_psk(&ssl, &mut identity, &mut key);
        assert_eq!((handed, key), (0, [0; 64]));
    }
}
