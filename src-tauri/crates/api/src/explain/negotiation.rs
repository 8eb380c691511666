//! What the two sides could not agree on before any key was used.

use super::{Case, Explanation};
use secure::Suite;
use serde_json::json;

/// Not one suite of the device's is ours.
pub(super) fn no_common_suite(case: Case<'_>, offered: &[u16]) -> Explanation {
    let names: Vec<String> = offered.iter().map(|number| name(*number)).collect();
    let ours: Vec<&str> = Suite::ALL.iter().map(|suite| suite.name()).collect();
    let seen = format!("A device at {} offers {}.", case.host, list(&names));
    let psk = offered.iter().any(|number| is_psk(*number));
    let why = if psk {
        format!(
            "None of them is spoken here: {}. Libraries leave CCM_8 out where their security level is above 0, or where it was not compiled in.",
            ours.join(", ")
        )
    } else {
        format!("None of them is spoken here: {}.", ours.join(", "))
    };
    Explanation::new(
        "No cipher suite in common",
        seen,
        why,
        "Turn on TLS_PSK_WITH_AES_128_CCM_8 for pre-shared keys, or TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8 for keys and certificates, in the device's library; every LwM2M device has to have one of them.",
    )
}

/// CBC without encrypt-then-MAC.
pub(super) fn no_encrypt_then_mac(case: Case<'_>) -> Explanation {
    Explanation::new(
        "CBC without encrypt-then-MAC",
        format!(
            "A device at {} offers CBC suites only, without encrypt-then-MAC.",
            case.host
        ),
        "CBC in the old order can be broken by measuring time (Lucky 13), so this server speaks it with encrypt-then-MAC only (RFC 7366).",
        "Turn on encrypt-then-MAC or a CCM_8 suite in the device's library.",
    )
}

/// No DTLS 1.2.
pub(super) fn old_version(case: Case<'_>) -> Explanation {
    Explanation::new(
        "The device does not speak DTLS 1.2",
        format!(
            "The ClientHello of a device at {} offers no DTLS 1.2.",
            case.host
        ),
        "LwM2M uses DTLS 1.2; version 1.0 is too weak, and 1.3 alone is not spoken here.",
        "Update the device's library, or let it offer DTLS 1.2.",
    )
}

/// No secp256r1.
pub(super) fn no_common_group(case: Case<'_>) -> Explanation {
    Explanation::new(
        "No curve in common",
        format!(
            "A device at {} does not offer the curve secp256r1.",
            case.host
        ),
        "LwM2M's suites with keys and certificates use secp256r1 (P-256), and nothing else is spoken here.",
        "Turn on secp256r1 in the device's library, and give it keys on that curve.",
    )
}

/// One side wants certificates, the other raw keys.
pub(super) fn certificate_type(case: Case<'_>) -> Explanation {
    Explanation::new(
        "Certificate or raw key: the sides want different things",
        format!(
            "A device at {} asks for one of certificate and raw public key, and takes only the other itself.",
            case.host
        ),
        "A device that has this server's raw public key cannot check a certificate, and the other way round.",
        "Put the device into the mode that its credential here has. This server's key and certificate are ready to be copied for both.",
    )
    .with("Show key and certificate", "server_identity_get", json!({}))
}

fn name(number: u16) -> String {
    let known = Suite::from_number(number).map(Suite::name);
    let other = OTHERS.iter().find(|(known, _)| *known == number);
    known
        .or(other.map(|(_, name)| *name))
        .map_or_else(|| format!("0x{number:04X}"), str::to_owned)
}

/// The first few, and how many more.
fn list(names: &[String]) -> String {
    const SHOWN: usize = 6;
    match names.len() {
        0 => "no cipher suite at all".to_owned(),
        many if many > SHOWN => {
            let first: Vec<&str> = names.iter().take(SHOWN).map(String::as_str).collect();
            format!("{} and {} more", first.join(", "), many - SHOWN)
        }
        _ => names.join(", "),
    }
}

fn is_psk(number: u16) -> bool {
    OTHERS
        .iter()
        .any(|(known, name)| *known == number && name.contains("PSK"))
}

/// Suites that devices offer and that are not spoken here (IANA TLS Cipher Suites).
const OTHERS: &[(u16, &str)] = &[
    (0x008C, "TLS_PSK_WITH_AES_128_CBC_SHA"),
    (0x008D, "TLS_PSK_WITH_AES_256_CBC_SHA"),
    (0x00A8, "TLS_PSK_WITH_AES_128_GCM_SHA256"),
    (0x00A9, "TLS_PSK_WITH_AES_256_GCM_SHA384"),
    (0x00FF, "TLS_EMPTY_RENEGOTIATION_INFO_SCSV"),
    (0xC009, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"),
    (0xC00A, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA"),
    (0xC02C, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"),
    (0xC02F, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
    (0xC030, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"),
    (0xC035, "TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA"),
    (0xC037, "TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA256"),
    (0xC0A4, "TLS_PSK_WITH_AES_128_CCM"),
    (0xC0A5, "TLS_PSK_WITH_AES_256_CCM"),
    (0xC0A9, "TLS_PSK_WITH_AES_256_CCM_8"),
    (0xC0AC, "TLS_ECDHE_ECDSA_WITH_AES_128_CCM"),
    (0xC0AD, "TLS_ECDHE_ECDSA_WITH_AES_256_CCM"),
    (0xC0AF, "TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8"),
    (0xCCA9, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"),
    (0xCCAB, "TLS_PSK_WITH_CHACHA20_POLY1305_SHA256"),
];
