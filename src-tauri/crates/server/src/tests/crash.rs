//! A crash between a change of credentials, which is stored first, and what follows from
//! it: the next start ends what the change was to end (conformance SEC-21).

use super::hall::{Hall, psk, with_psk};
use super::keys::Pair;
use crate::credential::{Proof, Role};
use coap::Code;
use secure::ClientCredential;
use std::time::Duration;

/// Whom a change concerns, and what is stored by it.
type Change = (&'static str, fn(&mut Hall));

fn certificate(hall: &Hall, pair: &Pair) -> ClientCredential {
    ClientCredential::Certificate {
        key: pair.own(),
        trust_anchors: Vec::new(),
        server: Some(hall.key.der().into()),
    }
}

/// One device of each kind, registered as `key`, `pinned`, `issued` and `open`.
fn everybody() -> (Hall, [(usize, &'static str); 4]) {
    let mut hall = Hall::new();
    let (pinned, issued) = (Pair::alone("somebody"), hall.authority.issue("issued"));
    hall.put(1, "key", psk("key", b"key"));
    let der = Some(pinned.der());
    hall.put(2, "pinned", Proof::Certificate { pinned: der });
    let (by_pin, by_authority) = (certificate(&hall, &pinned), certificate(&hall, &issued));
    let all = [
        (hall.secured(with_psk("key", b"key")), "key"),
        (hall.secured(by_pin), "pinned"),
        (hall.secured(by_authority), "issued"),
        (hall.plain(), "open"),
    ];
    for (device, name) in all {
        assert!(name == "open" || hall.connect(device));
        assert_eq!(hall.register(device, name), Some(Code::CREATED));
        hall.read(name, "/3/0/0");
    }
    hall.wait(Duration::from_secs(1));
    (hall, all)
}

/// Each is removed, given another key, given away, or set upon an open endpoint; nobody but
/// the one that it is about loses anything.
#[test]
fn sec_21_a_change_of_credentials_counts_though_the_program_crashed_right_after_it() {
    let changes: [Change; 8] = [
        ("", |_| {}),
        ("key", |hall| hall.credentials.retain(|own| own.id.0 != 1)),
        ("key", |hall| {
            hall.stored(1, "key", Role::Management, psk("key", b"another"));
        }),
        ("key", |hall| {
            hall.stored(1, "else", Role::Management, psk("key", b"key"));
        }),
        ("pinned", |hall| {
            hall.credentials.retain(|own| own.id.0 != 2)
        }),
        ("pinned", |hall| {
            let der = Some(Pair::alone("somebody").der());
            let other = Proof::Certificate { pinned: der };
            hall.stored(2, "pinned", Role::Management, other);
        }),
        ("issued", |hall| hall.anchors.clear()),
        ("open", |hall| {
            hall.stored(3, "open", Role::Management, psk("open", b"key"));
        }),
    ];
    for (number, (changed, change)) in changes.into_iter().enumerate() {
        let (mut hall, all) = everybody();
        change(&mut hall);
        hall.restart();
        for (device, name) in all {
            let stays = name != changed;
            assert_eq!(hall.is_registered(name), stays, "{number}: {name}");
            let at = format!("rd/{}", hall.devices[device].location);
            let answer = hall.ask(device, Code::POST, &at);
            assert_eq!(answer == Some(Code::CHANGED), stays, "{number}: {name}");
        }
        let ended = usize::from(!matches!(changed, "" | "open"));
        assert_eq!(hall.memory.associations.len(), 3 - ended, "{number}");
    }
}
