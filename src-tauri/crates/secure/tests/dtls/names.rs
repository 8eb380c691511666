//! Several servers behind one address: the name that a client asks for chooses the key
//! and the certificate that it is shown (RFC 6066 §3; conformance SEC-12).

use crate::pki::{Pki, YEAR, chained, start};
use crate::wire::{World, keyring, psk};
use secure::authority::{KeyPair, key_of_private, self_signed};
use secure::{
    Cause, ClientConfig, ClientCredential, Config, Identity, MAX_SERVER_NAMES, ServerKey,
    ServerName, SetupError,
};
use std::collections::BTreeMap;

fn name(text: &str) -> ServerName {
    ServerName::new(text).expect("a name")
}

/// A key with a certificate in that name.
fn key_named(text: &str) -> ServerKey {
    let pair = KeyPair::generate().expect("a key");
    let own = self_signed(&pair.private, text, start(), YEAR).expect("a certificate");
    ServerKey {
        private_key: pair.private,
        chain: vec![own],
    }
}

/// A server that is `one.example` and `two.example`, and something else to all others.
fn three_servers(pki: &Pki) -> Config {
    let names = ["one.example", "two.example"];
    Config {
        named_keys: names.map(|text| (name(text), key_named(text))).into(),
        ..pki.config()
    }
}

fn asking(config: ClientConfig, text: Option<&str>) -> ClientConfig {
    ClientConfig {
        server_name: text.map(name),
        ..config
    }
}

/// A device that believes all certificates of these servers.
fn trusting(pki: &Pki, config: &Config) -> ClientConfig {
    let ClientCredential::Certificate { key, server, .. } = pki.certified().credential else {
        panic!("a certificate was asked for");
    };
    let all = config.named_keys.values().chain(&config.server_key);
    ClientConfig::new(ClientCredential::Certificate {
        key,
        server,
        trust_anchors: all.map(|key| key.chain[0].clone()).collect(),
    })
}

/// Connects a device; the common name that it was shown, and the name that chose it.
fn shown(world: &mut World, config: ClientConfig) -> (String, Option<String>) {
    let at = world.add(config);
    world.connect(at);
    let last = world.clients[at].established.last();
    let last = last.unwrap_or_else(|| panic!("not established: {:?}", world.clients[at].failed));
    let Some(Identity::Certificate(server)) = &last.server else {
        panic!("no certificate: {last:?}");
    };
    let common_name = server.common_name.clone().expect("a common name");
    let chosen = world.established().server_name;
    (common_name.into(), chosen.map(|name| name.to_string()))
}

#[test]
fn sec_12_the_name_asked_for_chooses_the_certificate() {
    let pki = Pki::new();
    let config = three_servers(&pki);
    let device = trusting(&pki, &config);
    let mut world = World::new(5, config, pki.keyring());
    for (asked, common_name, chosen) in [
        (Some("one.example"), "one.example", Some("one.example")),
        (Some("TWO.example"), "two.example", Some("two.example")),
        (Some("three.example"), "server", None),
        (None, "server", None),
    ] {
        let expected = (common_name.to_owned(), chosen.map(str::to_owned));
        let device = asking(device.clone(), asked);
        assert_eq!(shown(&mut world, device), expected, "{asked:?}");
    }
}

#[test]
fn sec_12_the_name_asked_for_chooses_the_raw_public_key() {
    let pki = Pki::new();
    let config = three_servers(&pki);
    let own = &config.named_keys[&name("one.example")];
    let expected = key_of_private(&own.private_key).expect("a key");
    let ClientCredential::RawKey { key, .. } = pki.raw().credential else {
        panic!("a raw key was asked for");
    };
    let device = ClientConfig::new(ClientCredential::RawKey {
        key,
        server: expected.to_vec(),
    });
    let mut keyring = keyring();
    keyring.put_public_key(&pki.device.public);
    let mut world = World::new(5, config, keyring);
    let [with, without] = [Some("one.example"), None].map(|asked| {
        let at = world.add(asking(device.clone(), asked));
        world.connect(at);
        at
    });
    let expected = Some(Identity::PublicKey(expected));
    assert_eq!(world.clients[with].established[0].server, expected);
    assert_eq!(world.clients[without].failed, [Cause::UnknownPublicKey]);
}

/// The issuers of one key are not those of another.
#[test]
fn sec_12_a_chain_is_shown_with_its_own_certificate_only() {
    let pki = Pki::new();
    let (chain, root) = chained();
    let own = key_named("one.example");
    let intermediate = chain.chain[1].clone();
    let config = Config {
        server_key: Some(chain),
        named_keys: [(name("one.example"), own.clone())].into(),
        ..Config::default()
    };
    let ClientCredential::Certificate { key, .. } = pki.certified().credential else {
        panic!("a certificate was asked for");
    };
    let device = ClientConfig::new(ClientCredential::Certificate {
        key,
        server: None,
        trust_anchors: vec![root, own.chain[0].clone()],
    });
    let mut world = World::new(5, config, pki.keyring());
    let passed = |world: &World, der: &[u8]| {
        let all: Vec<u8> = world
            .log
            .iter()
            .flat_map(|(.., bytes)| bytes)
            .copied()
            .collect();
        all.windows(32).any(|part| part == &der[der.len() - 32..])
    };
    let named = shown(&mut world, asking(device.clone(), Some("one.example")));
    assert_eq!(named.0, "one.example");
    assert!(!passed(&world, &intermediate));
    assert_eq!(shown(&mut world, device), ("server".to_owned(), None));
    assert!(passed(&world, &intermediate));
}

/// RFC 6066 §3: a session made under one name is not resumed under another.
#[test]
fn sec_12_a_session_is_resumed_under_its_own_name_only() {
    let pki = Pki::new();
    let config = three_servers(&pki);
    for (asked, again, resumed) in [
        (Some("one.example"), Some("one.example"), true),
        (Some("one.example"), Some("two.example"), false),
        (Some("one.example"), None, false),
        (None, Some("one.example"), false),
        (Some("nobody.example"), Some("nobody.example"), true),
        (Some("nobody.example"), None, false),
    ] {
        let mut world = World::new(5, config.clone(), keyring());
        let at = world.add(asking(psk(), asked));
        world.connect(at);
        world.clients[at].client.ask_for(again.map(name));
        world.connect(at);
        assert_eq!(world.established().resumed, resumed, "{asked:?} {again:?}");
    }
}

#[test]
fn sec_12_names_come_and_go_and_a_key_that_cannot_be_used_changes_nothing() {
    let pki = Pki::new();
    let config = three_servers(&pki);
    let device = asking(trusting(&pki, &config), Some("one.example"));
    let mut world = World::new(5, config.clone(), pki.keyring());
    let mut torn = config.named_keys.clone();
    let other = key_named("other").private_key;
    torn.get_mut(&name("one.example"))
        .expect("there")
        .private_key = other;
    let refused = world.guard.set_named_keys(torn);
    assert!(
        matches!(refused, Err(SetupError::KeyMismatch)),
        "{refused:?}"
    );
    let many = (0..=MAX_SERVER_NAMES).map(|at| (name(&format!("s{at}")), key_named("s")));
    let refused = world.guard.set_named_keys(many.collect());
    assert!(
        matches!(refused, Err(SetupError::OutOfRange { .. })),
        "{refused:?}"
    );
    assert_eq!(shown(&mut world, device.clone()).0, "one.example");
    world.guard.set_named_keys(BTreeMap::new()).expect("none");
    assert_eq!(shown(&mut world, device).0, "server");
}

/// With a name and a key for it only, clients without the name still have their
/// pre-shared keys, and nothing else.
#[test]
fn sec_12_a_name_needs_no_usual_key() {
    let pki = Pki::new();
    let config = Config {
        server_key: None,
        ..three_servers(&pki)
    };
    let device = trusting(&pki, &config);
    let mut world = World::new(5, config, pki.keyring());
    let named = asking(device.clone(), Some("two.example"));
    assert_eq!(shown(&mut world, named).0, "two.example");
    let nameless = world.add(device);
    world.connect(nameless);
    let [Cause::NoCommonSuite { .. }] = &world.causes()[..] else {
        panic!("{:?}", world.causes());
    };
    let with_psk = world.add(asking(psk(), Some("one.example")));
    world.connect(with_psk);
    assert_eq!(world.established().server_name, Some(name("one.example")));
}

#[test]
fn sec_12_a_restart_keeps_the_name_of_a_session() {
    let pki = Pki::new();
    let config = Config {
        saved: true,
        ..three_servers(&pki)
    };
    let device = asking(trusting(&pki, &config), Some("one.example"));
    let mut world = World::new(5, config, pki.keyring());
    shown(&mut world, device);
    let saved = world
        .store
        .values()
        .map(|bytes| secure::SavedAssociation::from_bytes(bytes).expect("readable"));
    let saved: Vec<_> = saved.collect();
    let id = saved[0].id;
    let mut again = secure::Guard::new(world.now, Config::default(), keyring(), [0; 32]);
    let again = again.as_mut().expect("a guard");
    again.restore(world.now, saved);
    let association = again.association(id).expect("restored");
    assert_eq!(association.server_name(), Some(&name("one.example")));
}
