//! What is wrong below keys and certificates: another protocol, another port, a network
//! that loses large datagrams, a session that is gone.

use super::{Case, Explanation, readable, secure_beside};
use secure::Step;
use serde_json::json;

/// Plain CoAP on the secure port.
pub(super) fn plain_coap(case: Case<'_>) -> Explanation {
    let fix = match case.plain_url {
        Some(url) => format!(
            "Give the device a coaps address and a key, or, without security, the address {url}."
        ),
        None => "Give the device a coaps address and a key, or open a listener for plain CoAP."
            .to_owned(),
    };
    let plain = Explanation::new(
        "Plain CoAP on the secure port",
        format!(
            "A device at {} sent a CoAP message without DTLS to {}.",
            case.host, case.listener
        ),
        "The device uses the port of coaps with a coap address, or has no security configured.",
        &fix,
    );
    if case.plain_url.is_some() {
        return plain;
    }
    let open = json!({ "scheme": "coap", "address": "127.0.0.1:5683" });
    plain.with("Open a plain listener", "listener_open", open)
}

/// DTLS on the plain port.
pub(super) fn dtls_on_plain_port(case: Case<'_>) -> Explanation {
    let fix = match case.secure_url {
        Some(url) => format!("Give the device the address {url}."),
        None => "Open a listener for coaps and give the device its address.".to_owned(),
    };
    let plain = Explanation::new(
        "DTLS on the plain port",
        format!(
            "A device at {} sent a DTLS record to {}.",
            case.host, case.listener
        ),
        "The device wants a handshake, and this port speaks CoAP without security: its address or port is wrong.",
        &fix,
    );
    if case.secure_url.is_some() {
        return plain;
    }
    let open = json!({ "scheme": "coaps", "address": secure_beside(case.listener) });
    plain.with("Open a secure listener", "listener_open", open)
}

/// Something else altogether.
pub(super) fn not_dtls(case: Case<'_>) -> Explanation {
    Explanation::new(
        "Something that is no DTLS",
        format!(
            "A datagram from {} to {} begins neither like DTLS nor like CoAP.",
            case.host, case.listener
        ),
        "Another program uses this port, or somebody looks for open ones.",
        "If it is a device of yours, check its address and protocol; otherwise nothing needs to be done.",
    )
}

/// It fell silent in the middle.
pub(super) fn timed_out(case: Case<'_>) -> Explanation {
    let who = case.identity.map(readable);
    let who = who.map_or_else(String::new, |own| format!(" as {own}"));
    let (got, why, fix) = match case.step {
        Step::Hello => (
            "sent a ClientHello, got a cookie, and never sent it back",
            "Our answer does not reach the device: a firewall or NAT in between lets datagrams through in one direction only, or the sender's address was not its own.",
            "Check that UDP gets back from this machine to the device, and that the device waits long enough: NB-IoT needs 9 s or more.",
        ),
        Step::Verified => (
            "proved its address and then did not go on",
            "Our flight does not arrive whole. With certificates it is large, and a network that drops fragments loses it; or the device refused it without saying so.",
            "Use a raw public key or a pre-shared key, a shorter chain of certificates, or a smaller MTU; check the device's log for what it refused.",
        ),
        Step::KeyExchange | Step::Finished => (
            "sent its key exchange and then nothing that could be used",
            "Its last messages are lost, or the device refused ours.",
            "Let the device try again; if it happens every time, compare keys and look at the device's log.",
        ),
    };
    Explanation::new(
        "The handshake stopped half-way",
        format!("A device at {}{who} {got}.", case.host),
        why,
        fix,
    )
}

/// The device gave up.
pub(super) fn alert(case: Case<'_>, description: u8) -> Explanation {
    let (name, why, fix) = alert_words(description);
    let plain = Explanation::new(
        "The device gave up",
        format!(
            "A device at {} ended the handshake with the alert {name} ({description}).",
            case.host
        ),
        why,
        fix,
    );
    if matches!(description, 42 | 43 | 44 | 45 | 46 | 48) {
        return plain.with(
            "Show this server's certificate",
            "server_identity_get",
            json!({}),
        );
    }
    plain
}

/// What alerts mean (RFC 5246 §7.2, RFC 4279; Transport 1.1.1 table 5.2.9-1).
const fn alert_words(description: u8) -> (&'static str, &'static str, &'static str) {
    match description {
        20 | 51 => (
            if description == 20 {
                "bad_record_mac"
            } else {
                "decrypt_error"
            },
            "The device could not open our Finished, or our signature: the keys differ.",
            "Give device and server the same key; for certificates, let the device trust this server's key.",
        ),
        40 => (
            "handshake_failure",
            "The device accepts none of what was agreed on: suite, curve or key.",
            "Compare the device's suites with TLS_PSK_WITH_AES_128_CCM_8 and TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8.",
        ),
        42 | 43 | 46 => (
            if description == 42 {
                "bad_certificate"
            } else if description == 43 {
                "unsupported_certificate"
            } else {
                "certificate_unknown"
            },
            "The device does not accept this server's certificate or raw key.",
            "Give the device this server's certificate or public key, in the form that its mode needs.",
        ),
        44 | 45 => (
            if description == 44 {
                "certificate_revoked"
            } else {
                "certificate_expired"
            },
            "The device takes this server's certificate for ended. Its clock may never have been set: 1970 is before every certificate.",
            "Set the device's clock, or give this server a certificate that holds now.",
        ),
        48 => (
            "unknown_ca",
            "The device does not know who signed this server's certificate.",
            "Put this server's certificate, or that of its authority, among those that the device trusts.",
        ),
        70 => (
            "protocol_version",
            "The device does not speak DTLS 1.2.",
            "Update the device's library, or let it offer DTLS 1.2.",
        ),
        71 => (
            "insufficient_security",
            "The device's security level is above what LwM2M's suites have: CCM_8 counts as 64 bits.",
            "Lower the security level in the device's library to 0, or turn on the GCM suite.",
        ),
        80 => (
            "internal_error",
            "Something went wrong inside the device, often too little memory for the handshake.",
            "Look at the device's log; use a pre-shared key if memory is short.",
        ),
        90 => (
            "user_canceled",
            "The device was told to stop.",
            "Let it try again.",
        ),
        115 => (
            "unknown_psk_identity",
            "The device does not know the identity.",
            "Compare the identity in the device with the one here.",
        ),
        0 => (
            "close_notify",
            "The device closed before it was done, often because its own time was up.",
            "Let it wait longer: NB-IoT needs 9 s or more between flights.",
        ),
        _ => (
            "without a name here",
            "The device refuses something of the handshake.",
            "Look at the device's log for this number.",
        ),
    }
}

/// A message that cannot be read.
pub(super) fn malformed(case: Case<'_>, reason: &str) -> Explanation {
    Explanation::new(
        "A handshake message cannot be read",
        format!("A message from {} cannot be read: {reason}.", case.host),
        "The device's library has a fault, or the datagram was damaged or cut off on its way.",
        "If it happens every time, record the traffic and report it to the maker of the device's library; a smaller MTU helps where large datagrams are cut off.",
    )
}

/// Too many at once.
pub(super) fn too_many(case: Case<'_>) -> Explanation {
    Explanation::new(
        "Too many handshakes at once",
        format!(
            "A handshake from {} was put off: as many as can be were under way.",
            case.host
        ),
        "A fleet came back at the same time, or somebody floods this port.",
        "Nothing: devices try again, and each that is done makes room for the next.",
    )
}

/// It fell silent after what may be too large for its network.
pub(super) fn large_flight(case: Case<'_>, bytes: u32) -> Explanation {
    Explanation::new(
        "The certificates do not get through",
        format!(
            "A device at {} proved its address and then was silent while a flight of {bytes} bytes with this server's certificates was sent to it again and again.",
            case.host
        ),
        "Something between loses large datagrams or the fragments that they are cut into; a path with a small MTU, as over 6LoWPAN or a tunnel, does so. Or the device refuses the certificate without a word.",
        "Use a raw public key or a pre-shared key, whose flights are small, or a shorter chain of certificates; compare with the device's log whether anything of the flight arrived.",
    )
    .with(
        "Show this server's certificate",
        "server_identity_get",
        json!({}),
    )
}

/// A session that is gone, though it could be known again.
pub(super) fn session_gone(case: Case<'_>) -> Explanation {
    Explanation::new(
        "The device uses a session that is gone",
        format!(
            "A device at {} sent a record with a Connection ID that is not known here.",
            case.host
        ),
        "A change of address is not the reason, as the Connection ID would have told. The session was ended here: its credential was changed or blocked, another session of the device took its place, or others needed its room. Or it belongs to another server.",
        "Let the device make a new handshake, as by a restart; most do so by themselves when nothing answers.",
    )
}

/// A record that only its address could tell whose it is.
pub(super) fn session_without_id(case: Case<'_>) -> Explanation {
    let seen = format!(
        "A device at {} sent a record without Connection ID, and no session is known at its address and port.",
        case.host
    );
    if let Some(name) = case.neighbour {
        let why = format!(
            "\"{name}\" has a session without Connection ID at the same address and another port: a router (NAT) probably gave it a new port while it was quiet, and without a Connection ID nothing else tells whose record it is."
        );
        return Explanation::new(
            "The address of a session changed",
            seen,
            why,
            "Turn on Connection ID (RFC 9146) in the device's library, so that it keeps its session when its address changes; or let it speak more often than the router forgets, some 30 s, or make a new handshake each time.",
        )
        .about(Some(name.to_owned()));
    }
    Explanation::new(
        "A session that is not known here",
        seen,
        "The session was ended here, is that of another server or of another data folder, or its address changed behind a router (NAT) and it has no Connection ID by which it would be known again.",
        "Let the device make a new handshake, as by a restart; turn on Connection ID (RFC 9146) in its library so that it keeps its session when its address changes.",
    )
}
