//! Handshakes that come to nothing, and what is said of each.

use crate::pki::{Pki, YEAR, start};
use crate::wire::{IDENTITY, Seen, World, key, keyring, psk};
use clock::UnixTime;
use secure::{
    Cause, ClientConfig, ClientCredential, ClientInput, Config, Keyring, Secret, Step, Suite,
    UnknownPskAlert,
};
use std::time::Duration;

fn psk_of(identity: &[u8], key: Secret) -> ClientConfig {
    ClientConfig::new(ClientCredential::Psk {
        identity: identity.to_vec(),
        key,
    })
}

/// The one failure of a device with that configuration, and what the device says.
fn failure(config: Config, keyring: Keyring, device: ClientConfig) -> (secure::Failure, Cause) {
    let mut world = World::new(6, config, keyring);
    let device = world.add(device);
    world.connect(device);
    let failures: Vec<_> = world
        .seen
        .iter()
        .filter_map(|seen| match seen {
            Seen::Failed(failure) => Some(failure.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(failures.len(), 1, "{failures:?}");
    assert_eq!(world.clients[device].failed.len(), 1);
    assert_eq!(world.guard.handshakes(), 0);
    assert_eq!(world.guard.associations(), 0);
    (failures[0].clone(), world.clients[device].failed[0].clone())
}

#[test]
fn sec_13_an_unknown_identity_is_named_and_hears_the_alert_that_is_set() {
    let alerts = [
        (UnknownPskAlert::UnknownPskIdentity, 115),
        (UnknownPskAlert::DecryptError, 51),
    ];
    for (unknown_psk, description) in alerts {
        let config = Config {
            unknown_psk,
            ..Config::default()
        };
        let device = psk_of(b"urn:dev:2", key());
        let (failure, heard) = failure(config, keyring(), device);
        assert_eq!(failure.cause, Cause::UnknownPskIdentity);
        assert_eq!(failure.step, Step::KeyExchange);
        assert_eq!(failure.psk_identity.as_deref(), Some(&b"urn:dev:2"[..]));
        assert_eq!(heard, Cause::Alert { description });
    }
}

#[test]
fn a_wrong_key_is_told_from_silence_and_soon() {
    let mut world = World::new(6, Config::default(), keyring());
    let device = world.add(psk_of(IDENTITY, Secret::new(vec![8; 16])));
    world.client(device, ClientInput::Connect);
    world.run(Duration::from_secs(6));
    assert_eq!(world.causes(), [Cause::WrongKey]);
    let heard = &world.clients[device].failed;
    assert_eq!(heard, &[Cause::Alert { description: 51 }]);
    let Some(Seen::Failed(failure)) = world.seen.last() else {
        panic!("{:?}", world.seen);
    };
    assert_eq!(failure.psk_identity.as_deref(), Some(IDENTITY));
    world.run(Duration::from_secs(200));
    assert_eq!(
        world.causes().len(),
        1,
        "what the device repeats is no news"
    );
}

#[test]
fn a_device_that_falls_silent_is_given_up() {
    let mut world = World::new(6, Config::default(), keyring());
    let device = world.add(psk());
    world.client(device, ClientInput::Connect);
    world.run(Duration::from_millis(70));
    assert_eq!(world.guard.handshakes(), 1);
    world.clients.clear();
    world.run(Duration::from_secs(119));
    assert_eq!(world.guard.handshakes(), 1);
    world.run(Duration::from_secs(2));
    assert_eq!(world.guard.handshakes(), 0);
    assert_eq!(world.causes(), [Cause::TimedOut]);
}

/// With certificates our flight is large: what a network does not carry in one piece.
#[test]
fn a_device_that_is_silent_after_a_flight_with_certificates_is_told_apart() {
    let pki = Pki::new();
    let mut world = World::new(6, pki.config(), pki.keyring());
    let device = world.add(pki.certified());
    world.client(device, ClientInput::Connect);
    world.run(Duration::from_millis(70));
    assert_eq!(world.guard.handshakes(), 1);
    world.clients.clear();
    world.run(Duration::from_secs(121));
    let [Cause::LargeFlight { bytes }] = world.causes()[..] else {
        panic!("{:?}", world.causes());
    };
    assert!((600..4_000).contains(&bytes), "{bytes}");
}

#[test]
fn suites_that_do_not_meet_are_listed() {
    let config = Config {
        allow_cbc: false,
        ..Config::default()
    };
    let mut device = psk();
    device.suites = vec![Suite::PskCbc];
    let (failure, heard) = failure(config, keyring(), device);
    let Cause::NoCommonSuite { offered } = failure.cause else {
        panic!("{failure:?}");
    };
    assert!(offered.contains(&Suite::PskCbc.number()), "{offered:x?}");
    assert_eq!(heard, Cause::Alert { description: 40 });
}

#[test]
fn a_server_without_a_key_has_no_suite_for_certificates() {
    let pki = Pki::new();
    let (failure, _) = failure(Config::default(), pki.keyring(), pki.certified());
    assert!(
        matches!(failure.cause, Cause::NoCommonSuite { .. }),
        "{failure:?}"
    );
}

#[test]
fn sec_09_sec_13_certificates_are_refused_for_what_is_wrong_with_them() {
    let pki = Pki::new();
    let stranger = Pki::new();
    let day = Duration::from_secs(24 * 3600);
    let expired = pki.issue(UnixTime::from_micros(start().as_micros()) - 10 * day, day);
    let too_early = pki.issue(start() + 10 * day, day);
    let unknown = stranger.issue(start(), YEAR);
    let mut from_stranger = stranger.with_certificate(unknown);
    if let ClientCredential::Certificate { trust_anchors, .. } = &mut from_stranger.credential {
        trust_anchors.clone_from(&pki.server.chain);
    }
    let cases = [
        (
            pki.with_certificate(expired),
            Cause::CertificateExpired {
                not_after: start() - 9 * day,
            },
            45,
        ),
        (
            pki.with_certificate(too_early),
            Cause::CertificateNotYetValid {
                // The authority gives clocks some slack.
                not_before: start() + 10 * day - Duration::from_secs(3600),
            },
            42,
        ),
        (from_stranger, Cause::UnknownAuthority, 48),
    ];
    for (device, cause, description) in cases {
        let (failure, heard) = failure(pki.config(), pki.keyring(), device);
        assert_eq!(failure.cause, cause);
        assert_eq!(heard, Cause::Alert { description });
        assert!(failure.shown.is_some());
    }
}

#[test]
fn sec_09_a_pinned_certificate_expires_like_any_other() {
    let pki = Pki::new();
    let day = Duration::from_secs(24 * 3600);
    let certificate = pki.issue(start() - 10 * day, day);
    let mut keyring = Keyring::new();
    keyring.pin_certificate(&certificate);
    let device = pki.with_certificate(certificate);
    let (failure, _) = failure(pki.config(), keyring, device);
    assert!(
        matches!(failure.cause, Cause::CertificateExpired { .. }),
        "{failure:?}"
    );
}

#[test]
fn sec_10_an_unknown_public_key_is_shown() {
    let pki = Pki::new();
    let (failure, heard) = failure(pki.config(), Keyring::new(), pki.raw());
    assert_eq!(failure.cause, Cause::UnknownPublicKey);
    assert_eq!(failure.shown.as_deref(), Some(&*pki.device.public));
    assert!(matches!(heard, Cause::Alert { .. }), "{heard:?}");
}

/// CVE-2020-27222: one failed certificate check made all later ones fail.
#[test]
fn cve_2020_27222_a_bad_certificate_spoils_nothing_for_the_next() {
    let pki = Pki::new();
    let stranger = Pki::new();
    let mut world = World::new(6, pki.config(), pki.keyring());
    for round in 0..5 {
        let bad = world.add(stranger.certified());
        world.connect(bad);
        let good = world.add(pki.certified());
        world.connect(good);
        assert_eq!(world.clients[good].established.len(), 1, "round {round}");
    }
    assert_eq!(world.guard.associations(), 5);
}

/// CVE-2022-39368: counters of failed handshakes were not given back, until all records
/// were dropped.
#[test]
fn cve_2022_39368_failed_handshakes_leave_nothing_behind() {
    let config = Config {
        most_half_open: 4,
        ..Config::default()
    };
    let mut world = World::new(6, config, keyring());
    let stranger = world.add(psk_of(b"nobody", key()));
    for _ in 0..2_000 {
        world.client(stranger, ClientInput::Connect);
        world.run(Duration::from_millis(200));
        assert_eq!(world.guard.handshakes(), 0);
        world.seen.clear();
        world.log.clear();
    }
    let device = world.add(psk());
    world.client(device, ClientInput::Connect);
    world.run(Duration::from_secs(2));
    assert_eq!(world.clients[device].established.len(), 1);
}

#[test]
fn steps_of_a_handshake_are_told_as_they_happen() {
    let mut world = World::new(6, Config::default(), keyring());
    let device = world.add(psk());
    world.connect(device);
    let steps: Vec<(Step, Option<Box<[u8]>>)> = world
        .seen
        .iter()
        .filter_map(|seen| match seen {
            Seen::Stepped(step, identity) => Some((*step, identity.clone())),
            _ => None,
        })
        .collect();
    let named = Some(IDENTITY.into());
    assert_eq!(
        steps,
        [
            (Step::Hello, None),
            (Step::Verified, None),
            (Step::KeyExchange, named),
            (Step::Finished, None)
        ]
    );
}
