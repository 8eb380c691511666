//! Registrations that are turned down leave a fact behind: who asked for what, and why not.

use super::bench::name;
use super::hall::{Hall, psk, with_psk};
use crate::engine_io::Command;
use crate::security::{
    Blocked, BlockedProof, Fact, RefusalCause, RefusedRegistration, SecurityNews,
};
use coap::Code;
use secure::ClientCredential;

/// The refusals that are stored; the same were shown as they happened.
fn refused(hall: &Hall) -> Vec<RefusedRegistration> {
    let stored: Vec<_> = hall
        .memory
        .security
        .iter()
        .filter_map(|fact| match fact {
            Fact::RegistrationRefused(own) => Some(RefusedRegistration::clone(own)),
            _ => None,
        })
        .collect();
    let shown = hall.news.iter().filter_map(|news| match news {
        SecurityNews::Refused(own) => Some(RefusedRegistration::clone(own)),
        _ => None,
    });
    assert_eq!(stored, shown.collect::<Vec<_>>());
    stored
}

#[test]
fn sec_07_who_proves_one_identity_and_names_another_is_noted_with_both() {
    let mut hall = Hall::new();
    hall.put(1, "meter", psk("meter-id", b"key"));
    let device = hall.secured(with_psk("meter-id", b"key"));
    assert!(hall.connect(device));
    assert_eq!(hall.register(device, "lamp"), Some(Code::BAD_REQUEST));
    let [one] = &refused(&hall)[..] else {
        panic!("one refusal");
    };
    assert_eq!(one.cause, RefusalCause::OtherIdentity);
    assert_eq!(
        one.endpoint.as_ref().map(|name| name.as_str()),
        Some("lamp")
    );
    assert_eq!(one.psk_identity.as_deref(), Some(&b"meter-id"[..]));
    assert_eq!(one.from, hall.devices[device].at, "where it is outside");
}

#[test]
fn sec_07_who_comes_without_security_for_an_endpoint_with_credentials_is_noted() {
    let mut hall = Hall::new();
    hall.put(1, "meter", psk("meter", b"key"));
    let device = hall.plain();
    assert_eq!(hall.register(device, "meter"), Some(Code::FORBIDDEN));
    let [one] = &refused(&hall)[..] else {
        panic!("one refusal");
    };
    assert_eq!(one.cause, RefusalCause::Insecure);
    assert_eq!((&one.psk_identity, &one.shown), (&None, &None));
}

#[test]
fn reg_03_what_cannot_be_understood_is_noted_with_what_was_said() {
    let mut hall = Hall::new();
    let device = hall.plain();
    for (target, code, cause) in [
        (
            "rd?lt=60&lwm2m=1.1",
            Code::BAD_REQUEST,
            RefusalCause::MissingEndpoint,
        ),
        (
            "rd?ep=meter&lt=60&lwm2m=2.0",
            Code::PRECONDITION_FAILED,
            RefusalCause::UnknownVersion {
                version: "2.0".to_owned(),
            },
        ),
        (
            "rd?ep=meter&lt=soon&lwm2m=1.1",
            Code::BAD_REQUEST,
            RefusalCause::Unreadable {
                reason: "lt=\"soon\" is not a number of seconds from 0 to 4294967295".to_owned(),
            },
        ),
    ] {
        assert_eq!(hall.ask(device, Code::POST, target), Some(code), "{target}");
        assert_eq!(refused(&hall).pop().expect("a refusal").cause, cause);
    }
}

/// What a device only has to ask again in another way, and an Update for a registration
/// that is over, keep nobody out.
#[test]
fn what_keeps_nobody_out_is_not_noted() {
    let mut hall = Hall::new();
    let device = hall.plain();
    assert_eq!(
        hall.ask_with(
            device,
            Code::POST,
            "rd?ep=a&lt=60&lwm2m=1.2&pid=1:2",
            40,
            ""
        ),
        Some(Code::CONFLICT)
    );
    assert_eq!(
        hall.ask(device, Code::POST, "rd/0123"),
        Some(Code::NOT_FOUND)
    );
    assert_eq!(refused(&hall), []);
}

#[test]
fn of_a_flood_of_refusals_some_are_kept() {
    let mut hall = Hall::new();
    let device = hall.plain();
    for _ in 0..300 {
        let _ = hall.ask(device, Code::POST, "rd?lt=60");
    }
    assert_eq!(refused(&hall).len(), 100);
}

fn block(hall: &mut Hall, proof: BlockedProof) {
    let proofs = [proof].into_iter().collect();
    hall.tell(Command::Block(Blocked {
        proofs,
        ..Blocked::default()
    }));
}

/// Blocked while it is here, it is put out; it gets in no more, and nothing is noted of it,
/// until it is let in again. Nobody else notices.
#[test]
fn sec_21_a_blocked_identity_is_put_out_and_kept_out_without_a_word() {
    let mut hall = Hall::new();
    hall.put(1, "meter", psk("meter-id", b"key"));
    hall.put(2, "lamp", psk("lamp-id", b"key"));
    let meter = hall.secured(with_psk("meter-id", b"key"));
    let lamp = hall.secured(with_psk("lamp-id", b"key"));
    for (device, name) in [(meter, "meter"), (lamp, "lamp")] {
        assert!(hall.connect(device));
        assert_eq!(hall.register(device, name), Some(Code::CREATED));
    }
    block(&mut hall, BlockedProof::Psk(b"meter-id"[..].into()));
    assert!(!hall.is_registered("meter") && hall.is_registered("lamp"));
    let (facts, problems) = (hall.memory.security.len(), hall.problems.len());
    assert!(!hall.connect(meter), "neither with the session of before");
    assert!(!hall.connect_anew(meter));
    assert_eq!(
        (hall.memory.security.len(), hall.problems.len()),
        (facts, problems)
    );
    hall.put(1, "meter", psk("meter-id", b"another"));
    let other = hall.secured(with_psk("meter-id", b"another"));
    assert!(!hall.connect(other), "a new key changes nothing");
    hall.tell(Command::Block(Blocked::default()));
    assert!(hall.connect_anew(other));
    assert_eq!(hall.register(other, "meter"), Some(Code::CREATED));
}

/// Blocked by its name it is put out at once, with its session and what waits for it, and
/// its reports with it; also where the program crashed right after the block.
#[test]
fn reg_06_a_blocked_endpoint_is_put_out_at_once() {
    let blocked = Blocked {
        endpoints: ["meter", "toy"].map(name).into_iter().collect(),
        ..Blocked::default()
    };
    for crashes in [false, true] {
        let mut hall = Hall::new();
        hall.put(1, "meter", psk("meter", b"key"));
        hall.put(2, "lamp", psk("lamp", b"key"));
        let meter = hall.secured(with_psk("meter", b"key"));
        let lamp = hall.secured(with_psk("lamp", b"key"));
        let toy = hall.plain();
        for (device, name) in [(meter, "meter"), (lamp, "lamp"), (toy, "toy")] {
            assert!(device == toy || hall.connect(device));
            assert_eq!(hall.register(device, name), Some(Code::CREATED));
            hall.observe(name, "/3/0/1");
        }
        if crashes {
            hall.blocked = blocked.clone();
            hall.restart();
        } else {
            hall.tell(Command::Block(blocked.clone()));
        }
        let here = ["meter", "lamp", "toy"].map(|name| hall.is_registered(name));
        assert_eq!(here, [false, true, false]);
        assert_eq!(hall.memory.associations.len(), 1, "the lamp's");
        assert_eq!(
            hall.memory.snapshot().operations.len(),
            usize::from(!crashes)
        );
        let sent = hall.ask_with(toy, Code::POST, "dp", 110, "[]");
        assert_eq!(sent, Some(Code::FORBIDDEN));
        assert!(hall.connect_anew(meter));
        for (device, name) in [(meter, "meter"), (toy, "toy")] {
            assert_eq!(hall.register(device, name), Some(Code::FORBIDDEN));
        }
    }
}

/// A certificate that an authority vouches for is blocked by itself.
#[test]
fn a_blocked_certificate_gets_in_no_more_though_its_authority_is_believed() {
    let mut hall = Hall::new();
    let (good, bad) = (hall.authority.issue("good"), hall.authority.issue("bad"));
    hall.tell(Command::UseTrustAnchors(vec![hall.authority.der()]));
    let devices = [&good, &bad].map(|own| {
        hall.secured(ClientCredential::Certificate {
            key: own.own(),
            trust_anchors: Vec::new(),
            server: Some(hall.key.der().into()),
        })
    });
    block(&mut hall, BlockedProof::Certificate(bad.der()));
    for (device, name, answer) in [
        (devices[0], "good", Some(Code::CREATED)),
        (devices[1], "bad", None),
    ] {
        let _ = hall.connect(device);
        assert_eq!(hall.register(device, name), answer, "{name}");
    }
    assert_eq!(hall.memory.associations.len(), 1);
}
