//! Credentials that are taken back while a handshake with them is under way.

use crate::pki::Pki;
use crate::wire::{IDENTITY, Seen, World, keyring, psk};
use secure::{Cause, ClientConfig, ClientInput, Config, EndCause, Keyring, Secret, Step};
use std::time::Duration;

/// Holds back what a device sends under its new keys: the Finished first of all.
fn without_finished(to_server: bool, bytes: Vec<u8>) -> Vec<u8> {
    let mut passes = Vec::new();
    let mut rest = &bytes[..];
    while to_server && rest.len() > 13 && rest[3..5] == [0, 0] {
        let len = 13 + usize::from(u16::from_be_bytes([rest[11], rest[12]]));
        passes.extend_from_slice(&rest[..len]);
        rest = &rest[len..];
    }
    if to_server { passes } else { bytes }
}

/// Has a device do all of a handshake but its Finished, takes something back, and lets the
/// Finished come.
fn finish_after(world: &mut World, device: usize, takes_back: impl Fn(&mut Keyring)) {
    world.seen.clear();
    world.tamper = Some(without_finished);
    world.client(device, ClientInput::Connect);
    world.run(Duration::from_millis(500));
    assert_eq!(world.guard.handshakes(), 1);
    takes_back(world.guard.keyring_mut());
    world.tamper = None;
    world.run(Duration::from_secs(150));
    assert_eq!(world.guard.handshakes(), 0);
}

fn is_established(world: &World) -> bool {
    let established = |seen: &Seen| matches!(seen, Seen::Established(_));
    world.seen.iter().any(established)
}

/// That a new device comes to nothing after something was taken back, and why.
fn refused(
    (config, keyring): (Config, Keyring),
    device: ClientConfig,
    takes_back: impl Fn(&mut Keyring),
) -> Cause {
    let mut world = World::new(21, config, keyring);
    let device = world.add(device);
    finish_after(&mut world, device, takes_back);
    assert!(!is_established(&world), "{:?}", world.seen);
    assert_eq!(world.guard.associations(), 0);
    let device = &world.clients[device];
    assert!(device.established.is_empty());
    assert_eq!(device.failed, [Cause::Alert { description: 49 }]);
    let Some(Seen::Failed(failure)) = world.seen.last() else {
        panic!("{:?}", world.seen);
    };
    assert_eq!(failure.step, Step::Finished);
    assert!(failure.psk_identity.is_some() != failure.shown.is_some());
    failure.cause.clone()
}

#[test]
fn sec_17_a_key_that_is_changed_before_the_finished_comes_opens_nothing() {
    let takes_back = |keyring: &mut Keyring| {
        assert!(keyring.put_psk(IDENTITY, Secret::new(vec![1; 16])));
    };
    let cause = refused((Config::default(), keyring()), psk(), takes_back);
    assert_eq!(cause, Cause::WrongKey);
}

#[test]
fn sec_17_a_key_that_is_deleted_before_the_finished_comes_opens_nothing() {
    let takes_back = |keyring: &mut Keyring| keyring.remove_psk(IDENTITY);
    let cause = refused((Config::default(), keyring()), psk(), takes_back);
    assert_eq!(cause, Cause::UnknownPskIdentity);
}

#[test]
fn sec_09_an_authority_that_is_removed_before_the_finished_comes_vouches_for_nobody() {
    let pki = Pki::new();
    let takes_back = |keyring: &mut Keyring| keyring.set_trust_anchors(Vec::new());
    let cause = refused((pki.config(), pki.keyring()), pki.certified(), takes_back);
    assert_eq!(cause, Cause::UnknownAuthority);
}

/// OpenSSL judges by the anchors of the hello, whenever the certificate comes.
#[test]
fn sec_09_an_authority_that_is_replaced_after_the_hello_vouches_for_nobody() {
    let (pki, other) = (Pki::new(), Pki::new());
    let mut world = World::new(21, pki.config(), pki.keyring());
    let device = world.add(pki.certified());
    world.client(device, ClientInput::Connect);
    world.run(Duration::from_millis(70));
    assert_eq!(world.guard.handshakes(), 1);
    let anchors = vec![other.authority.certificate.clone()];
    world.guard.keyring_mut().set_trust_anchors(anchors);
    world.run(Duration::from_secs(150));
    assert!(!is_established(&world), "{:?}", world.seen);
    assert_eq!(world.causes(), [Cause::UnknownAuthority]);
}

#[test]
fn sec_09_a_certificate_that_is_unpinned_before_the_finished_comes_is_nobody() {
    let pki = Pki::new();
    let certificate = pki.issue(crate::pki::start(), crate::pki::YEAR);
    let mut keyring = Keyring::new();
    keyring.pin_certificate(&certificate);
    let device = pki.with_certificate(certificate.clone());
    let takes_back = |keyring: &mut Keyring| keyring.unpin_certificate(&certificate);
    let cause = refused((pki.config(), keyring), device, takes_back);
    assert_eq!(cause, Cause::UnknownAuthority);
}

#[test]
fn sec_10_a_public_key_that_is_deleted_before_the_finished_comes_is_nobody() {
    let pki = Pki::new();
    let mut keyring = Keyring::new();
    keyring.put_public_key(&pki.device.public);
    let takes_back = |keyring: &mut Keyring| keyring.remove_public_key(&pki.device.public);
    let cause = refused((pki.config(), keyring), pki.raw(), takes_back);
    assert_eq!(cause, Cause::UnknownPublicKey);
}

#[test]
fn sec_17_a_key_that_is_deleted_while_its_session_is_resumed_opens_nothing() {
    let mut world = World::new(21, Config::default(), keyring());
    let device = world.add(psk());
    world.connect(device);
    let association = world.established().association;
    world.guard(secure::Input::Close { association });
    finish_after(&mut world, device, |keyring| keyring.remove_psk(IDENTITY));
    assert!(!is_established(&world), "{:?}", world.seen);
    assert_eq!(world.guard.associations(), 0);
    assert_eq!(world.causes(), [Cause::UnknownPskIdentity]);
    // The device took the handshake for complete, and hears that it was not.
    let ended = world.clients[device].ended.last().copied();
    assert_eq!(ended, Some(EndCause::Alert(49)));
}

/// The authorities of other certificates say nothing about one that was pinned.
#[test]
fn sec_09_an_unpinned_certificate_is_nobody_although_an_authority_stands_beside_it() {
    let (pki, other, another) = (Pki::new(), Pki::new(), Pki::new());
    let certificate = pki.issue(crate::pki::start(), crate::pki::YEAR);
    let others = [&other, &another].map(|own| own.authority.certificate.clone());
    let mut keyring = other.keyring();
    keyring.pin_certificate(&certificate);
    keyring.set_trust_anchors(others.to_vec());
    let device = pki.with_certificate(certificate.clone());
    let takes_back = |keyring: &mut Keyring| keyring.unpin_certificate(&certificate);
    let cause = refused((pki.config(), keyring), device, takes_back);
    assert_eq!(cause, Cause::UnknownAuthority);
}

#[test]
fn what_is_put_beside_a_credential_disturbs_no_handshake() {
    let mut world = World::new(21, Config::default(), keyring());
    let device = world.add(psk());
    finish_after(&mut world, device, |keyring| {
        assert!(keyring.put_psk(b"another", Secret::new(vec![1; 16])));
        assert!(keyring.put_psk(IDENTITY, crate::wire::key()));
    });
    assert!(is_established(&world), "{:?}", world.seen);
}

#[test]
fn sec_09_what_is_put_beside_an_authority_disturbs_no_handshake_and_no_session() {
    let (pki, other) = (Pki::new(), Pki::new());
    let certificate = pki.issue(crate::pki::start(), crate::pki::YEAR);
    let both = [&pki, &other].map(|own| own.authority.certificate.clone());
    let puts: [&dyn Fn(&mut Keyring); 2] = [
        &|keyring| keyring.set_trust_anchors(both.to_vec()),
        &|keyring| keyring.pin_certificate(&certificate),
    ];
    for put in puts {
        let mut world = World::new(21, pki.config(), pki.keyring());
        let device = world.add(pki.with_certificate(certificate.clone()));
        finish_after(&mut world, device, put);
        assert!(is_established(&world), "{:?}", world.seen);
        world.connect(device);
        assert!(world.established().resumed);
    }
}
