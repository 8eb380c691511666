//! Keys and certificates in the forms that people copy.

use crate::dto::CertificateInfo;
use crate::error::{ApiError, ErrorCode};
use crate::time::to_text;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clock::UnixTime;
use secure::authority::{Description, MaterialError, Validity};

/// DER of a certificate as PEM.
pub(crate) fn pem(der: &[u8]) -> String {
    armoured("CERTIFICATE", der)
}

/// DER between the lines that say what it is (RFC 7468).
pub(crate) fn armoured(what: &str, der: &[u8]) -> String {
    let letters = base64(der);
    let lines: Vec<&str> = letters
        .as_bytes()
        .chunks(LINE)
        .filter_map(|line| str::from_utf8(line).ok())
        .collect();
    format!(
        "-----BEGIN {what}-----\n{}\n-----END {what}-----\n",
        lines.join("\n")
    )
}

/// Lower case, without blanks.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// With padding.
pub(crate) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

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

/// Letters in a line of PEM (RFC 7468 §2).
const LINE: usize = 64;
