//! Why a handshake failed, as JSON: `{"cause": "wrong_key"}`, with what belongs to it.

use super::json::{
    field, flag, items, number, object, optional, parse, text, time_from_json, time_to_json,
};
use crate::error::StoreError;
use secure::Cause;
use serde_json::Value as Json;

/// Writes a cause.
pub(crate) fn cause_to_text(cause: &Cause) -> String {
    let plain = |name: &str| object([("cause", Some(name.into()))]);
    let with = |name: &str, key: &str, value: Json| {
        object([("cause", Some(name.into())), (key, Some(value))])
    };
    let json = match cause {
        Cause::UnknownPskIdentity => plain("unknown_psk_identity"),
        Cause::WrongKey => plain("wrong_key"),
        Cause::NoCommonSuite { offered } => {
            with("no_common_suite", "offered", offered.clone().into())
        }
        Cause::OldVersion => plain("old_version"),
        Cause::NoCommonGroup => plain("no_common_group"),
        Cause::NoEncryptThenMac => plain("no_encrypt_then_mac"),
        Cause::CertificateType => plain("certificate_type"),
        Cause::CertificateExpired { not_after } => {
            with("certificate_expired", "time", time_to_json(*not_after))
        }
        Cause::CertificateNotYetValid { not_before } => with(
            "certificate_not_yet_valid",
            "time",
            time_to_json(*not_before),
        ),
        Cause::UnknownAuthority => plain("unknown_authority"),
        Cause::BadCertificate { reason } => {
            with("bad_certificate", "reason", reason.as_str().into())
        }
        Cause::UnknownPublicKey => plain("unknown_public_key"),
        Cause::NoCertificate => plain("no_certificate"),
        Cause::BadSignature => plain("bad_signature"),
        Cause::Alert { description } => with("alert", "description", (*description).into()),
        Cause::TimedOut => plain("timed_out"),
        Cause::LargeFlight { bytes } => with("large_flight", "bytes", (*bytes).into()),
        Cause::Malformed { reason } => with("malformed", "reason", reason.as_str().into()),
        Cause::TooMany => plain("too_many"),
        Cause::NotDtls { coap } => with("not_dtls", "coap", (*coap).into()),
        Cause::PlainPort => plain("plain_port"),
        Cause::UnknownAssociation { cid } => with("unknown_association", "cid", (*cid).into()),
    };
    json.to_string()
}

/// Reads what [`cause_to_text`] wrote.
pub(crate) fn cause_from_text(column: &str) -> Result<Cause, StoreError> {
    let json = parse(column)?;
    let reason = || Ok::<_, StoreError>(text(field(&json, "reason")?)?.to_owned());
    let time = || time_from_json(field(&json, "time")?);
    Ok(match text(field(&json, "cause")?)? {
        "unknown_psk_identity" => Cause::UnknownPskIdentity,
        "wrong_key" => Cause::WrongKey,
        "no_common_suite" => Cause::NoCommonSuite {
            offered: items(field(&json, "offered")?)?
                .iter()
                .map(number)
                .collect::<Result<_, _>>()?,
        },
        "old_version" => Cause::OldVersion,
        "no_common_group" => Cause::NoCommonGroup,
        "no_encrypt_then_mac" => Cause::NoEncryptThenMac,
        "certificate_type" => Cause::CertificateType,
        "certificate_expired" => Cause::CertificateExpired { not_after: time()? },
        "certificate_not_yet_valid" => Cause::CertificateNotYetValid {
            not_before: time()?,
        },
        "unknown_authority" => Cause::UnknownAuthority,
        "bad_certificate" => Cause::BadCertificate { reason: reason()? },
        "unknown_public_key" => Cause::UnknownPublicKey,
        "no_certificate" => Cause::NoCertificate,
        "bad_signature" => Cause::BadSignature,
        "alert" => Cause::Alert {
            description: number(field(&json, "description")?)?,
        },
        "timed_out" => Cause::TimedOut,
        "large_flight" => Cause::LargeFlight {
            bytes: number(field(&json, "bytes")?)?,
        },
        "malformed" => Cause::Malformed { reason: reason()? },
        "too_many" => Cause::TooMany,
        "not_dtls" => Cause::NotDtls {
            coap: flag(field(&json, "coap")?)?,
        },
        "plain_port" => Cause::PlainPort,
        // Rows of the first days do not tell.
        "unknown_association" => Cause::UnknownAssociation {
            cid: optional(&json, "cid", flag)?.unwrap_or(false),
        },
        other => return Err(StoreError::corrupt(format!("{other} is no cause"))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clock::UnixTime;

    #[test]
    fn every_cause_comes_back() {
        let at = UnixTime::from_millis(5);
        let reason = || "ü \"x\"".to_owned();
        for cause in [
            Cause::UnknownPskIdentity,
            Cause::WrongKey,
            Cause::NoCommonSuite {
                offered: vec![0xc0a8, 1],
            },
            Cause::OldVersion,
            Cause::NoCommonGroup,
            Cause::NoEncryptThenMac,
            Cause::CertificateType,
            Cause::CertificateExpired { not_after: at },
            Cause::CertificateNotYetValid { not_before: at },
            Cause::UnknownAuthority,
            Cause::BadCertificate { reason: reason() },
            Cause::UnknownPublicKey,
            Cause::NoCertificate,
            Cause::BadSignature,
            Cause::Alert { description: 48 },
            Cause::TimedOut,
            Cause::LargeFlight { bytes: 900 },
            Cause::Malformed { reason: reason() },
            Cause::TooMany,
            Cause::NotDtls { coap: true },
            Cause::PlainPort,
            Cause::UnknownAssociation { cid: true },
        ] {
            let text = cause_to_text(&cause);
            assert_eq!(cause_from_text(&text).expect(&text), cause);
        }
        let early = cause_from_text("{\"cause\":\"unknown_association\"}");
        let unknown = Cause::UnknownAssociation { cid: false };
        assert_eq!(early.expect("as it was written first"), unknown);
        assert!(cause_from_text("{\"cause\":\"other\"}").is_err());
        assert!(cause_from_text("{\"cause\":\"alert\",\"description\":256}").is_err());
    }
}
