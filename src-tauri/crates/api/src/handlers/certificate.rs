//! Certificates as the contract shows them.

use crate::dto::CertificateInfo;
use crate::error::{ApiError, ErrorCode};
use crate::time::to_text;
use clock::UnixTime;
use secure::authority::{Description, MaterialError, Validity};

/// What a certificate says.
pub(crate) fn info(told: &Description, now: UnixTime) -> CertificateInfo {
    CertificateInfo {
        subject: told.subject.clone(),
        issuer: told.issuer.clone(),
        not_before: to_text(told.not_before),
        not_after: to_text(told.not_after),
        serial: told.serial.clone(),
        fingerprint: told.fingerprint.clone(),
        key: told.key_kind.clone(),
        self_signed: told.is_self_signed,
        warning: warning(told, now),
    }
}

/// What to know of the time of a certificate, if it is not simply good.
pub(crate) fn warning(told: &Description, now: UnixTime) -> Option<String> {
    let day = |time: UnixTime| to_text(time).chars().take(10).collect::<String>();
    let days = told.not_after.since(now).as_secs() / 86_400;
    match told.validity(now) {
        Validity::Good => None,
        Validity::NotYet => Some(format!(
            "It holds from {} on; check the clock of this machine.",
            day(told.not_before)
        )),
        Validity::EndsSoon => Some(format!(
            "It ends on {}, in {days} days; replace it before.",
            day(told.not_after)
        )),
        Validity::Over => Some(format!("It ended on {}; replace it.", day(told.not_after))),
    }
}

impl From<MaterialError> for ApiError {
    fn from(error: MaterialError) -> Self {
        let code = match error {
            MaterialError::Crypto(_) => ErrorCode::Internal,
            _ => ErrorCode::InvalidValue,
        };
        Self::sentence(code, &error)
    }
}
