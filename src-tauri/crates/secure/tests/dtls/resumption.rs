//! Sessions that are resumed, and those that no longer may be.

use crate::pki::Pki;
use crate::wire::{IDENTITY, World, keyring, psk};
use secure::{Address, Config, Secret};
use std::time::Duration;

fn connected(config: Config) -> World {
    let mut world = World::new(3, config, keyring());
    let device = world.add(psk());
    world.connect(device);
    world.send(device, b"hello");
    world
}

fn resumed(world: &World) -> bool {
    let last = world.clients[0].established.last().expect("established");
    assert_eq!(last.resumed, world.established().resumed);
    last.resumed
}

#[test]
fn sec_17_a_session_is_resumed_after_sleep_with_the_same_identity() {
    let mut world = connected(Config::default());
    let first = world.established();
    world.run(Duration::from_secs(3600));
    world.connect(0);
    let second = world.established();
    assert!(resumed(&world));
    assert_eq!(first.identity, second.identity);
    assert_eq!(second.replaces, [first.association]);
    world.send(0, b"again");
    assert_eq!(world.received(), [b"hello".to_vec(), b"again".to_vec()]);
}

#[test]
fn sec_17_each_kind_of_credential_resumes_with_its_identity() {
    let pki = Pki::new();
    let mut keyring = pki.keyring();
    keyring.put_public_key(&pki.device.public);
    for config in [pki.certified(), pki.raw()] {
        let mut world = World::new(3, pki.config(), keyring.clone());
        let device = world.add(config);
        world.connect(device);
        let first = world.established();
        world.connect(device);
        let second = world.established();
        assert!(second.resumed && !first.resumed);
        assert_eq!(first.identity, second.identity);
    }
}

#[test]
fn sec_17_a_session_whose_credential_is_gone_is_not_resumed() {
    let mut world = connected(Config::default());
    world.guard.keyring_mut().remove_psk(IDENTITY);
    world.connect(0);
    assert_eq!(world.clients[0].established.len(), 1);
    assert_eq!(world.causes(), [secure::Cause::UnknownPskIdentity]);
}

#[test]
fn sec_17_a_session_whose_key_was_changed_is_not_resumed() {
    let mut world = connected(Config::default());
    let keyring = world.guard.keyring_mut();
    assert!(keyring.put_psk(IDENTITY, Secret::new(vec![1; 16])));
    world.connect(0);
    assert_eq!(world.causes(), [secure::Cause::WrongKey]);
}

#[test]
fn sec_17_a_session_of_a_distrusted_authority_is_not_resumed() {
    let pki = Pki::new();
    let mut world = World::new(3, pki.config(), pki.keyring());
    let device = world.add(pki.certified());
    world.connect(device);
    world.guard.keyring_mut().set_trust_anchors(Vec::new());
    world.connect(device);
    assert_eq!(world.clients[device].established.len(), 1);
    assert_eq!(world.causes(), [secure::Cause::UnknownAuthority]);
}

#[test]
fn a_session_that_is_too_old_leads_to_a_full_handshake() {
    let mut world = connected(Config {
        session_lifetime: Duration::from_secs(600),
        ..Config::default()
    });
    world.run(Duration::from_secs(601));
    world.connect(0);
    assert!(!resumed(&world));
    world.connect(0);
    assert!(resumed(&world));
}

#[test]
fn sec_17_a_session_does_not_live_longer_for_being_resumed() {
    let mut world = connected(Config {
        session_lifetime: Duration::from_secs(3_600),
        ..Config::default()
    });
    // Each attempt runs for 150 s, and the first message ran for two.
    for attempt in 1..=30 {
        let age = 2 + attempt * 150;
        world.connect(0);
        assert_eq!(resumed(&world), age <= 3_600, "after {age} s");
        if age > 3_600 {
            return;
        }
    }
    panic!("resumed for ever");
}

/// CVE-2022-2576: a resumption that falls back to a full handshake skipped the cookie.
#[test]
fn sec_02_cve_2022_2576_a_resumption_is_verified_like_any_other_hello() {
    let mut world = connected(Config {
        most_sessions: 0,
        ..Config::default()
    });
    let before = world.log.len();
    world.connect(0);
    assert!(!resumed(&world), "nothing to resume: the fallback");
    let from_server = |entry: &&(bool, Address, Vec<u8>)| !entry.0;
    let first = world.log[before..].iter().find(from_server);
    let (_, _, first) = first.expect("an answer");
    assert_eq!(first[13], 3, "a HelloVerifyRequest comes first");
    assert!(first.len() <= 60, "{} bytes", first.len());
}

#[test]
fn sec_02_a_resumption_that_succeeds_shows_its_cookie_too() {
    let mut world = connected(Config::default());
    let before = world.log.len();
    world.connect(0);
    assert!(resumed(&world));
    let kinds: Vec<u8> = world.log[before..]
        .iter()
        .filter(|(to_server, ..)| !to_server)
        .map(|(_, _, bytes)| bytes[13])
        .collect();
    assert_eq!(kinds, [3, 2], "HelloVerifyRequest, then ServerHello");
}
