//! Keys, certificates and identities in the forms that people read and copy.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

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

/// An identity that people can read: text without control characters.
pub(crate) fn text_identity(identity: &[u8]) -> Option<&str> {
    let text = str::from_utf8(identity).ok()?;
    (!text.chars().any(char::is_control)).then_some(text)
}

/// Letters in a line of PEM (RFC 7468 §2).
const LINE: usize = 64;
