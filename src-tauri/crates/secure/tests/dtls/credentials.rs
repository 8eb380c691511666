//! Each kind of credential, each suite, each form of record.

use crate::pki::{ENDPOINT, Pki};
use crate::wire::{IDENTITY, Seen, World, key, keyring, psk};
use secure::{
    ClientConfig, ClientCredential, Config, Established, Identity, Input, Keyring, MaxFragment,
    Secret, Suite, Tuning,
};
use std::time::Duration;

/// Connects, sends both ways, and yields what the server says of the association.
fn talk(world: &mut World, config: ClientConfig) -> Established {
    let device = world.add(config);
    world.connect(device);
    let established = world.established();
    let before = world.received().len();
    for size in [1, 15, 16, 17, 1_000, 4_000] {
        let bytes = vec![0; size];
        world.send(device, &bytes);
        world.guard(Input::Send {
            association: established.association,
            bytes: &bytes,
        });
    }
    world.send(device, b"last");
    let received: Vec<usize> = world.received()[before..].iter().map(Vec::len).collect();
    let got: Vec<usize> = world.clients[device].got.iter().map(Vec::len).collect();
    assert_eq!(received, [1, 15, 16, 17, 1_000, 4_000, 4]);
    assert_eq!(got, [1, 15, 16, 17, 1_000, 4_000]);
    assert_eq!(world.causes(), []);
    assert_eq!(world.guard.handshakes(), 0);
    established
}

#[test]
fn sec_18_another_length_of_connection_ids_leaves_the_associations_that_there_are() {
    let mut world = World::new(1, Config::default(), keyring());
    let older = world.add(psk());
    world.connect(older);
    let tuned = |cid_bytes, mtu, seconds| Tuning {
        cid_bytes,
        mtu,
        first_timeout: Duration::from_secs(seconds),
    };
    for (refused, words) in [
        (
            tuned(17, 1_024, 1),
            "A Connection ID must be 0 to 16 bytes long, and is 17.",
        ),
        (
            tuned(8, 100, 1),
            "A datagram of a handshake must be 256 to 1472 bytes long at most, and is 100.",
        ),
        (
            tuned(8, 1_024, 61),
            "The first wait for an answer must be 100 to 60000 ms, and is 61000.",
        ),
    ] {
        let error = world.guard.set_tuning(refused).expect_err("out of range");
        assert_eq!(error.to_string(), words);
    }
    for cid_bytes in [3, 0, 16] {
        world
            .guard
            .set_tuning(tuned(cid_bytes, 1_024, 1))
            .expect("in range");
        let established = talk(&mut world, psk());
        assert_eq!(established.cid_bytes, usize::from(cid_bytes));
        world.send(older, b"still here");
        assert_eq!(
            world.received().last().map(|own| &own[..]),
            Some(&b"still here"[..])
        );
    }
}

#[test]
fn sec_03_sec_04_sec_18_every_suite_speaks_with_and_without_connection_id() {
    let pki = Pki::new();
    for suite in Suite::ALL {
        for server_cid in [0, 1, 8, 16] {
            for client_cid in [None, Some(0), Some(5)] {
                let config = Config {
                    tuning: Tuning {
                        cid_bytes: server_cid,
                        ..Tuning::default()
                    },
                    ..pki.config()
                };
                let mut world = World::new(1, config, pki.keyring());
                let mut client = if suite.is_psk() {
                    psk()
                } else {
                    pki.certified()
                };
                client.suites = vec![suite];
                client.cid_bytes = client_cid;
                let established = talk(&mut world, client);
                let case = format!("{suite:?} {server_cid} {client_cid:?}");
                assert_eq!(established.suite, suite.name(), "{case}");
                let bears = server_cid > 0 && client_cid.is_some();
                assert_eq!(established.cid_bytes > 0, bears);
                let association = world.guard.association(established.association);
                let association = association.expect("established");
                let lens = (association.own_cid().len(), association.peer_cid().len());
                assert_eq!(established.cid_bytes, lens.0, "{case}");
                let expected = match client_cid {
                    None => (0, 0),
                    Some(client_cid) => (usize::from(server_cid), usize::from(client_cid)),
                };
                assert_eq!(lens, expected, "{case}");
            }
        }
    }
}

#[test]
fn sec_06_sec_09_a_certificate_of_a_trusted_authority_is_an_identity() {
    let pki = Pki::new();
    let mut world = World::new(1, pki.config(), pki.keyring());
    let established = talk(&mut world, pki.certified());
    let Identity::Certificate(certificate) = established.identity else {
        panic!("{established:?}");
    };
    assert_eq!(certificate.common_name.as_deref(), Some(ENDPOINT));
}

#[test]
fn sec_09_a_pinned_certificate_needs_no_authority() {
    let pki = Pki::new();
    let stranger = Pki::new();
    let certificate = stranger.issue(crate::pki::start(), crate::pki::YEAR);
    let mut keyring = Keyring::new();
    keyring.pin_certificate(&certificate);
    let mut world = World::new(1, pki.config(), keyring);
    let mut device = stranger.with_certificate(certificate.clone());
    if let ClientCredential::Certificate { trust_anchors, .. } = &mut device.credential {
        trust_anchors.clone_from(&pki.server.chain);
    }
    let established = talk(&mut world, device);
    let Identity::Certificate(seen) = established.identity else {
        panic!("{established:?}");
    };
    assert_eq!(seen.der, certificate);
}

#[test]
fn sec_06_sec_10_a_raw_public_key_is_an_identity() {
    let pki = Pki::new();
    let mut keyring = Keyring::new();
    keyring.put_public_key(&pki.device.public);
    let mut world = World::new(1, pki.config(), keyring);
    let established = talk(&mut world, pki.raw());
    assert_eq!(
        established.identity,
        Identity::PublicKey(pki.device.public.clone())
    );
    let server = world.clients[0].established[0].server.clone();
    assert!(matches!(server, Some(Identity::PublicKey(_))), "{server:?}");
}

/// The values of the Certificate Usage resource: what a device was given to believe.
#[test]
fn sec_11_the_server_shows_a_chain_that_fits_every_certificate_usage() {
    let pki = Pki::new();
    let (server, root) = crate::pki::chained();
    let (own, intermediate) = (server.chain[0].clone(), server.chain[1].clone());
    let usages = [
        ("CA constraint", vec![root.clone()], None),
        (
            "service certificate constraint",
            vec![root],
            Some(own.clone()),
        ),
        ("trust anchor assertion", vec![intermediate], None),
        ("domain-issued certificate", vec![], Some(own)),
    ];
    let config = Config {
        server_key: Some(server),
        ..Config::default()
    };
    for (usage, anchors, pinned) in usages {
        let mut world = World::new(1, config.clone(), pki.keyring());
        let mut device = pki.certified();
        if let ClientCredential::Certificate {
            trust_anchors,
            server,
            ..
        } = &mut device.credential
        {
            *trust_anchors = anchors;
            *server = pinned.map(Vec::from);
        }
        let device = world.add(device);
        world.connect(device);
        let failed = &world.clients[device].failed;
        assert_eq!(
            world.clients[device].established.len(),
            1,
            "{usage}: {failed:?}"
        );
    }
}

#[test]
fn sec_01_the_client_believes_only_the_server_it_knows() {
    let pki = Pki::new();
    let other = Pki::new();
    let mut keyring = pki.keyring();
    keyring.put_public_key(&other.device.public);
    let mut world = World::new(1, pki.config(), keyring);
    for config in [other.raw(), other.certified()] {
        let device = world.add(config);
        world.connect(device);
        assert!(world.clients[device].established.is_empty());
        assert_eq!(world.clients[device].failed.len(), 1);
    }
    assert_eq!(world.guard.associations(), 0);
}

#[test]
fn sec_05_the_longest_identity_and_the_longest_key_work() {
    let identity: Vec<u8> = (1..=128).map(|byte| byte | 0x80).collect();
    for len in [1, 64] {
        let key = Secret::new(vec![9; len]);
        let mut keyring = Keyring::new();
        assert!(keyring.put_psk(&identity, key.clone()));
        let mut world = World::new(1, Config::default(), keyring);
        let credential = ClientCredential::Psk {
            identity: identity.clone(),
            key,
        };
        let established = talk(&mut world, ClientConfig::new(credential));
        assert_eq!(established.identity, Identity::Psk(identity.clone().into()));
    }
}

#[test]
fn sec_20_what_is_longer_than_a_device_takes_is_not_sent_and_said() {
    use MaxFragment::{Bytes512, Bytes1024, Bytes2048, Bytes4096};
    let pki = Pki::new();
    for asked in [Bytes512, Bytes1024, Bytes2048, Bytes4096] {
        for mut device in [psk(), pki.certified()] {
            device.max_fragment = Some(asked);
            let mut world = World::new(1, pki.config(), pki.keyring());
            let device = world.add(device);
            // The second time its session is resumed.
            for resumed in [false, true] {
                world.connect(device);
                let established = world.established();
                assert_eq!(established.resumed, resumed);
                let id = established.association;
                let association = world.guard.association(id).expect("established");
                assert_eq!(association.max_plaintext(), asked.bytes());
                let most = usize::from(asked.bytes());
                world.seen.clear();
                world.clients[device].got.clear();
                for len in [most, most + 1, 1] {
                    world.guard(Input::Send {
                        association: id,
                        bytes: &vec![0; len],
                    });
                }
                world.run(Duration::from_secs(1));
                let got: Vec<usize> = world.clients[device].got.iter().map(Vec::len).collect();
                assert_eq!(got, [most, 1]);
                assert_eq!(world.seen, [Seen::TooLong(most + 1, asked.bytes())]);
                world.seen.clear();
            }
        }
    }
}

#[test]
fn devices_with_different_keys_keep_apart() {
    let mut keyring = keyring();
    assert!(keyring.put_psk(b"other", Secret::new(vec![8; 16])));
    let mut world = World::new(1, Config::default(), keyring);
    let first = talk(&mut world, psk());
    let credential = ClientCredential::Psk {
        identity: b"other".to_vec(),
        key: Secret::new(vec![8; 16]),
    };
    let second = talk(&mut world, ClientConfig::new(credential));
    assert_eq!(first.identity, Identity::Psk(IDENTITY.into()));
    assert_eq!(second.identity, Identity::Psk((*b"other").into()));
    assert_eq!(world.guard.associations(), 2);
    assert_ne!(key(), Secret::new(vec![8; 16]));
}
