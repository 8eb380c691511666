//! How strong a key is, and how people call its kind.

use super::error::MaterialError;
use openssl::nid::Nid;
use openssl::pkey::{HasPublic, Id, PKeyRef};

/// Refuses a key that nothing should rest on (RFC 7925 §4.3: no less than 256 bits).
pub(super) fn require_strength<T: HasPublic>(key: &PKeyRef<T>) -> Result<(), MaterialError> {
    let enough = match key.id() {
        Id::RSA => key.bits() >= 2_048,
        _ => key.bits() >= 255,
    };
    let found = || kind_of_key(key);
    enough
        .then_some(())
        .ok_or_else(|| MaterialError::Weak { found: found() })
}

/// E.g. `on the curve P-256` or `RSA with 2048 bits`.
pub(super) fn kind_of_key<T: HasPublic>(key: &PKeyRef<T>) -> String {
    match (key.id(), curve(key)) {
        (_, Some(Nid::X9_62_PRIME256V1)) => "on the curve P-256".to_owned(),
        (_, Some(Nid::SECP384R1)) => "on the curve P-384".to_owned(),
        (_, Some(Nid::SECP521R1)) => "on the curve P-521".to_owned(),
        (_, Some(other)) => format!(
            "on the curve {}",
            other.short_name().unwrap_or("without a name")
        ),
        (Id::RSA, _) => format!("RSA with {} bits", key.bits()),
        (Id::ED25519, _) => "an Ed25519 key".to_owned(),
        _ => format!("of another kind, with {} bits", key.bits()),
    }
}

pub(super) fn curve<T: HasPublic>(key: &PKeyRef<T>) -> Option<Nid> {
    key.ec_key().ok()?.group().curve_name()
}
