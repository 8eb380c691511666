//! Who may speak for whom: every kind of credential against every endpoint by every
//! operation, with real handshakes (conformance SEC-07, SEC-08, G-34).

use super::hall::{Hall, psk, with_psk};
use super::keys::Pair;
use crate::credential::{Proof, Role};
use coap::Code;
use secure::{ClientCredential, ServerKey};

const SEND: &str = "[{\"bn\":\"/3303/0/\",\"n\":\"5700\",\"v\":20}]";
const SENML_JSON: u32 = 110;

fn certificate(hall: &Hall, key: ServerKey) -> ClientCredential {
    ClientCredential::Certificate {
        key,
        trust_anchors: Vec::new(),
        server: Some(hall.key.der().into()),
    }
}

/// One device of each kind, two of some, each with the endpoint that is its own.
fn everybody(hall: &mut Hall) -> Vec<(usize, &'static str)> {
    let raw = Pair::alone("raw");
    let pinned = Pair::alone("somebody");
    let issued = [
        hall.authority.issue("issued-1"),
        hall.authority.issue("issued-2"),
    ];
    hall.put(1, "psk-1", psk("one", b"key-1"));
    hall.put(2, "psk-2", psk("two", b"key-2"));
    hall.put(3, "raw-1", Proof::PublicKey { key: raw.public() });
    let der = Some(pinned.der());
    hall.put(4, "pinned-1", Proof::Certificate { pinned: der });
    hall.put(5, "issued-1", Proof::Certificate { pinned: None });
    hall.put(6, "fleet-*", psk("fleet", b"key-3"));
    hall.put(7, "open-1", Proof::NoSec);
    hall.put(8, "fleet-8", psk("eight", b"key-4"));
    let raw_key = ClientCredential::RawKey {
        key: raw.own(),
        server: hall.key.public().into(),
    };
    let by_pin = certificate(hall, pinned.own());
    let by_authority = issued.map(|own| certificate(hall, own.own()));
    let [first, second] = by_authority;
    vec![
        (hall.secured(with_psk("one", b"key-1")), "psk-1"),
        (hall.secured(with_psk("two", b"key-2")), "psk-2"),
        (hall.secured(raw_key), "raw-1"),
        (hall.secured(by_pin), "pinned-1"),
        (hall.secured(first), "issued-1"),
        (hall.secured(second), "issued-2"),
        (hall.secured(with_psk("fleet", b"key-3")), "fleet-7"),
        (hall.secured(with_psk("eight", b"key-4")), "fleet-8"),
        (hall.plain(), "open-1"),
        (hall.plain(), "free-1"),
    ]
}

/// Endpoints that come without security; nobody else has to prove anything for them.
const OPEN: [&str; 2] = ["open-1", "free-1"];

#[test]
fn sec_07_g_34_nobody_speaks_for_the_endpoint_of_another() {
    let mut hall = Hall::new();
    let all = everybody(&mut hall);
    for (device, endpoint) in &all {
        if !OPEN.contains(endpoint) {
            assert!(hall.connect(*device), "{endpoint}");
        }
        let code = hall.register(*device, endpoint);
        assert_eq!(code, Some(Code::CREATED), "{endpoint}");
    }
    let before = hall.registrations();
    let mut pairs = 0;
    for (device, own) in &all {
        for (victim, endpoint) in all.iter().filter(|(other, _)| other != device) {
            // Without security one open endpoint cannot be told from another; who
            // updates is told by the location.
            if OPEN.contains(own) && OPEN.contains(endpoint) {
                continue;
            }
            let wanted = if OPEN.contains(own) {
                Code::FORBIDDEN
            } else {
                Code::BAD_REQUEST
            };
            let at = format!("rd/{}", hall.devices[*victim].location);
            let update = format!("{at}?lt=600");
            let heard = [
                hall.register(*device, endpoint),
                hall.ask(*device, Code::POST, &update),
                hall.ask(*device, Code::POST, &at),
                hall.ask(*device, Code::DELETE, &at),
            ];
            assert_eq!(heard, [Some(wanted); 4], "{own} for {endpoint}");
            pairs += heard.len();
        }
    }
    assert_eq!(
        hall.registrations(),
        before,
        "a refused request changes nothing"
    );
    assert_eq!(pairs, 4 * (10 * 9 - 2));
    for (device, own) in &all {
        let at = format!("rd/{}", hall.devices[*device].location);
        let sent = hall.ask_with(*device, Code::POST, "dp", SENML_JSON, SEND);
        assert_eq!(sent, Some(Code::CHANGED), "{own} sends");
        assert_eq!(hall.ask(*device, Code::POST, &at), Some(Code::CHANGED));
        assert_eq!(hall.ask(*device, Code::DELETE, &at), Some(Code::DELETED));
    }
}

#[test]
fn sec_07_who_is_not_registered_sends_nothing() {
    let mut hall = Hall::new();
    let all = everybody(&mut hall);
    for (device, endpoint) in &all {
        if !OPEN.contains(endpoint) {
            assert!(hall.connect(*device), "{endpoint}");
        }
        let sent = hall.ask_with(*device, Code::POST, "dp", SENML_JSON, SEND);
        assert_eq!(sent, Some(Code::FORBIDDEN), "{endpoint}");
    }
    assert_eq!(hall.memory.readings.len(), 0);
}

#[test]
fn sec_08_without_a_name_the_session_names_the_endpoint() {
    let mut hall = Hall::new();
    let all = everybody(&mut hall);
    for (device, endpoint) in &all {
        let open = OPEN.contains(endpoint);
        // Several endpoints share the fleet's identity.
        let named = !open && *endpoint != "fleet-7";
        assert!(open || hall.connect(*device));
        let unnamed = hall.ask(*device, Code::POST, "rd?lt=300&lwm2m=1.1");
        let wanted = if named {
            Code::CREATED
        } else {
            Code::BAD_REQUEST
        };
        assert_eq!(unnamed, Some(wanted), "{endpoint}");
        assert_eq!(hall.is_registered(endpoint), named, "{endpoint}");
        let old = hall.ask(*device, Code::POST, "rd?lt=300&lwm2m=1.0");
        assert_eq!(old, Some(Code::BAD_REQUEST), "1.0 has to name itself");
    }
}

/// A pattern holds for the endpoints that fit, and for no others.
#[test]
fn sec_22_a_shared_identity_speaks_for_what_its_pattern_covers() {
    let mut hall = Hall::new();
    hall.put(1, "fleet-*", psk("fleet", b"key"));
    let device = hall.secured(with_psk("fleet", b"key"));
    assert!(hall.connect(device));
    let cases = [
        ("fleet-1", Code::CREATED),
        ("fleet-", Code::CREATED),
        ("fleet", Code::BAD_REQUEST),
        ("other", Code::BAD_REQUEST),
    ];
    for (endpoint, wanted) in cases {
        assert_eq!(hall.register(device, endpoint), Some(wanted), "{endpoint}");
    }
    let stranger = hall.plain();
    assert_eq!(hall.register(stranger, "fleet-2"), Some(Code::FORBIDDEN));
}

/// Of two that fit the group's pattern one gets a key of its own: from then on the group
/// speaks for the other only.
#[test]
fn sec_07_the_key_of_a_group_does_not_speak_for_who_has_a_credential_of_its_own() {
    let mut hall = Hall::new();
    hall.put(1, "fleet-*", psk("fleet", b"key"));
    let [first, second] = ["fleet-1", "fleet-2"].map(|name| {
        let device = hall.secured(with_psk("fleet", b"key"));
        assert!(hall.connect(device));
        assert_eq!(hall.register(device, name), Some(Code::CREATED));
        device
    });
    hall.put(2, "fleet-1", psk("one", b"key-1"));
    assert!(
        !hall.is_registered("fleet-1"),
        "the group's session made it"
    );
    assert!(hall.is_registered("fleet-2"));
    for device in [first, second] {
        assert!(hall.connect_anew(device));
        let refused = hall.register(device, "fleet-1");
        assert_eq!(refused, Some(Code::BAD_REQUEST));
    }
    let own = hall.secured(with_psk("one", b"key-1"));
    assert!(hall.connect(own));
    assert_eq!(hall.register(own, "fleet-1"), Some(Code::CREATED));
    hall.drop_credential(2);
    assert_eq!(hall.register(first, "fleet-1"), Some(Code::CREATED));
}

/// The name in a certificate that somebody pinned was vouched for by nobody.
#[test]
fn sec_09_a_pinned_certificate_speaks_for_its_holder_whatever_it_says() {
    let mut hall = Hall::new();
    let pinned = Pair::alone("admin");
    let der = Some(pinned.der());
    hall.put(1, "meter", Proof::Certificate { pinned: der });
    let credential = certificate(&hall, pinned.own());
    let device = hall.secured(credential);
    assert!(hall.connect(device));
    assert_eq!(hall.register(device, "admin"), Some(Code::BAD_REQUEST));
    assert_eq!(hall.register(device, "meter"), Some(Code::CREATED));
}

#[test]
fn sec_09_a_self_signed_certificate_that_nobody_pinned_opens_nothing() {
    let mut hall = Hall::new();
    let own = Pair::alone("meter");
    hall.put(1, "meter", Proof::Certificate { pinned: None });
    let credential = certificate(&hall, own.own());
    let device = hall.secured(credential);
    assert!(!hall.connect(device));
    assert!(!hall.is_registered("meter"));
}

#[test]
fn a_credential_of_the_bootstrap_server_opens_nothing_here() {
    let mut hall = Hall::new();
    hall.put_as(1, "meter", Role::Bootstrap, psk("meter", b"key"));
    let device = hall.secured(with_psk("meter", b"key"));
    assert!(!hall.connect(device));
    let stranger = hall.plain();
    assert_eq!(hall.register(stranger, "meter"), Some(Code::CREATED));
}
