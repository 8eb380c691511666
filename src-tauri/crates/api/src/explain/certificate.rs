//! Certificates and raw public keys that were shown and not taken.

use super::{Case, Explanation};
use crate::forms::{base64, pem};
use crate::time::to_text;
use clock::UnixTime;
use secure::authority::{Description, describe};
use serde_json::{Value, json};

/// Until when a date is that of a device whose clock was never set: the year 2001.
const CLOCK_UNSET: UnixTime = UnixTime::from_millis(978_307_200_000);

/// Its time is over.
pub(super) fn expired(case: Case<'_>, not_after: UnixTime) -> Explanation {
    let day = day(not_after);
    let seen = format!("{} shows {}, which ended on {day}.", at(case), whose(case));
    Explanation::new(
        "The device's certificate has expired",
        seen,
        "A certificate counts until its last day only.",
        "Give the device a new certificate; the authority of this bench issues one for the same name.",
    )
    .with_new(case)
}

/// Its time has not come.
pub(super) fn not_yet_valid(case: Case<'_>, not_before: UnixTime) -> Explanation {
    let day = day(not_before);
    let seen = format!(
        "{} shows {}, which holds from {day} on.",
        at(case),
        whose(case)
    );
    Explanation::new(
        "The device's certificate is not valid yet",
        seen,
        "Either the clock of this machine is behind, or the certificate was made by a machine whose clock is ahead.",
        "Check the clock of this machine; if it is right, give the device a new certificate.",
    )
    .with_new(case)
}

/// Nobody we trust signed it.
pub(super) fn unknown_authority(case: Case<'_>) -> Explanation {
    let told = shown(case);
    let issuer = told.as_ref().map_or_else(
        || "an authority".to_owned(),
        |own| format!("\"{}\"", own.issuer),
    );
    let seen = format!("{} shows {}, signed by {issuer}.", at(case), whose(case));
    let plain = Explanation::new(
        "The certificate's authority is not trusted",
        seen,
        "No trust anchor here vouches for it, and the certificate is not pinned.",
        "Trust that authority, with its own certificate, or pin the device's certificate for its endpoint.",
    );
    let name = told.as_ref().and_then(|own| own.common_name.clone());
    match (case.shown, name) {
        (Some(der), Some(name)) => plain
            .with(
                "Pin this certificate",
                "credential_put",
                json!({ "endpoint": name, "mode": "x509", "certificate": pem(der) }),
            )
            .about(Some(name)),
        _ => plain.with("Trust an authority", "trust_anchor_put", json!({})),
    }
}

/// It is wrong in another way.
pub(super) fn bad(case: Case<'_>, reason: &str) -> Explanation {
    let lower = reason.to_lowercase();
    if lower.contains("secp") {
        return Explanation::new(
            "The device's key is on another curve",
            format!("{} shows {}: {reason}.", at(case), whose(case)),
            "LwM2M's suites sign on P-256 (secp256r1) and nothing else is spoken here; a smaller curve is too weak besides.",
            "Give the device a key on P-256 with a certificate for it; the authority of this bench issues one.",
        )
        .with_new(case);
    }
    if lower.contains("signature failure") {
        return another_authority(case);
    }
    let seen = format!(
        "{} shows {}. OpenSSL says: {reason}.",
        at(case),
        whose(case)
    );
    let why = if lower.contains("purpose") || lower.contains("usage") {
        "The certificate says that it is for something else: a device needs the key usage digitalSignature and, if extended key usages are named at all, clientAuth."
    } else if lower.contains("too small") || lower.contains("weak") || lower.contains("md") {
        "Its key or its signature is too weak to count."
    } else {
        "The certificate itself is at fault, not the handshake."
    };
    Explanation::new(
        "The device's certificate is bad",
        seen,
        why,
        "Give the device a new certificate; the authority of this bench issues one with the right usages.",
    )
    .with_new(case)
}

/// An authority of that name is trusted, and its key did not sign this.
fn another_authority(case: Case<'_>) -> Explanation {
    let issuer = shown(case).map_or_else(
        || "its authority".to_owned(),
        |own| format!("\"{}\"", own.issuer),
    );
    Explanation::new(
        "Signed by another authority of the same name",
        format!(
            "{} shows {}. It names {issuer} as its authority, which is trusted here, and another key signed it.",
            at(case),
            whose(case)
        ),
        "The authority was probably made anew under its old name, and one side has the certificate of the former one. Or somebody pretends to be it.",
        "Trust the certificate that the authority has now, or issue the device's certificate anew with the authority that is trusted.",
    )
    .with("Trust an authority", "trust_anchor_put", json!({}))
}

/// A raw key that belongs to nobody.
pub(super) fn unknown_public_key(case: Case<'_>) -> Explanation {
    let seen = format!(
        "{} shows a raw public key that no credential has.",
        at(case)
    );
    let key = case.shown.map(base64);
    let request = key.map_or_else(
        || json!({ "mode": "rpk" }),
        |key| json!({ "mode": "rpk", "public_key": key }),
    );
    Explanation::new(
        "Unknown raw public key",
        seen,
        "Raw public keys are trusted one by one: the key is compared byte for byte.",
        "Add a credential with this key for the endpoint that the device uses.",
    )
    .with("Add this key", "credential_put", request)
}

/// Neither certificate nor key.
pub(super) fn none(case: Case<'_>) -> Explanation {
    Explanation::new(
        "The device showed no certificate",
        format!(
            "{} chose a suite with certificates and then sent an empty certificate message.",
            at(case)
        ),
        "The device has no certificate or key of its own, or none that fits what was asked for: P-256 with ECDSA. RSA keys and certificates do not fit and are not sent.",
        "Put a certificate and its key into the device; the authority of this bench issues one.",
    )
    .with("Issue a certificate", "authority_issue", json!({}))
}

/// A signature that is wrong.
pub(super) fn bad_signature(case: Case<'_>) -> Explanation {
    Explanation::new(
        "The device's signature is wrong",
        format!("{} shows {}, and its signature does not fit.", at(case), whose(case)),
        "The device signs with another private key than the one of what it shows, or its ECDSA is at fault.",
        "Put certificate and private key of the same pair into the device.",
    )
    .with_new(case)
}

impl Explanation {
    /// Offers a new certificate in the name of the one that was shown.
    fn with_new(self, case: Case<'_>) -> Self {
        let name = shown(case).and_then(|own| own.common_name);
        let request = name.as_ref().map_or_else(
            || Value::Object(serde_json::Map::new()),
            |name| json!({ "endpoint": name }),
        );
        self.with("Issue a certificate", "authority_issue", request)
            .about(name)
    }
}

fn shown(case: Case<'_>) -> Option<Description> {
    describe(case.shown?).ok()
}

fn at(case: Case<'_>) -> String {
    format!("A device at {}", case.host)
}

fn whose(case: Case<'_>) -> String {
    shown(case).map_or_else(
        || "a certificate".to_owned(),
        |own| format!("the certificate \"{}\"", own.subject),
    )
}

fn day(time: UnixTime) -> String {
    let day: String = to_text(time).chars().take(10).collect();
    if time < CLOCK_UNSET {
        format!("{day} (the clock of the machine that made it was not set)")
    } else {
        day
    }
}
