//! Why a registration was turned down, as JSON: `{"cause": "insecure"}`, with what
//! belongs to it.

use super::json::{field, object, parse, text};
use crate::error::StoreError;
use server::security::RefusalCause;

/// Writes a cause.
pub(crate) fn refusal_to_text(cause: &RefusalCause) -> String {
    let (name, code, detail) = match cause {
        RefusalCause::OtherIdentity => ("other_identity", None, None),
        RefusalCause::Insecure => ("insecure", None, None),
        RefusalCause::MissingEndpoint => ("missing_endpoint", None, None),
        RefusalCause::UnknownVersion { version } => ("unknown_version", None, Some(version)),
        RefusalCause::Unreadable { reason } => ("unreadable", None, Some(reason)),
        RefusalCause::NotStandard { code, reason } => ("not_standard", Some(code), Some(reason)),
        RefusalCause::TooManyDevices => ("too_many_devices", None, None),
    };
    let json = object([
        ("cause", Some(name.into())),
        ("code", code.map(|own| own.as_str().into())),
        ("detail", detail.map(|own| own.as_str().into())),
    ]);
    json.to_string()
}

/// Reads what [`refusal_to_text`] wrote.
pub(crate) fn refusal_from_text(column: &str) -> Result<RefusalCause, StoreError> {
    let json = parse(column)?;
    let told = |name: &str| Ok::<_, StoreError>(text(field(&json, name)?)?.to_owned());
    Ok(match text(field(&json, "cause")?)? {
        "other_identity" => RefusalCause::OtherIdentity,
        "insecure" => RefusalCause::Insecure,
        "missing_endpoint" => RefusalCause::MissingEndpoint,
        "unknown_version" => RefusalCause::UnknownVersion {
            version: told("detail")?,
        },
        "unreadable" => RefusalCause::Unreadable {
            reason: told("detail")?,
        },
        "not_standard" => RefusalCause::NotStandard {
            code: told("code")?,
            reason: told("detail")?,
        },
        "too_many_devices" => RefusalCause::TooManyDevices,
        other => return Err(StoreError::corrupt(format!("{other} is no cause"))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_comes_back() {
        let reason = || "ü \"x\"".to_owned();
        for cause in [
            RefusalCause::OtherIdentity,
            RefusalCause::Insecure,
            RefusalCause::MissingEndpoint,
            RefusalCause::UnknownVersion { version: reason() },
            RefusalCause::Unreadable { reason: reason() },
            RefusalCause::NotStandard {
                code: "REG-04".to_owned(),
                reason: reason(),
            },
            RefusalCause::TooManyDevices,
        ] {
            let text = refusal_to_text(&cause);
            assert_eq!(refusal_from_text(&text).expect(&text), cause);
        }
        assert!(refusal_from_text("{\"cause\":\"other\"}").is_err());
    }
}
