//! Keys, certificates and identities in the forms that people read and copy.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
pub(crate) use secure::{hex, readable as text_identity};

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

/// With padding.
pub(crate) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Bytes of base64; line breaks and blanks, as tools write them, do not count.
pub(crate) fn from_base64(text: &str) -> Option<Vec<u8>> {
    let letters = text.bytes().filter(|byte| !byte.is_ascii_whitespace());
    STANDARD.decode(letters.collect::<Vec<_>>()).ok()
}

/// The identity of a pre-shared key, as text where it is one, and in hex.
pub(crate) fn both_forms(identity: Option<&[u8]>) -> (Option<String>, Option<String>) {
    let text = identity.and_then(text_identity).map(str::to_owned);
    (text, identity.map(hex))
}

/// Letters in a line of PEM (RFC 7468 §2).
const LINE: usize = 64;
