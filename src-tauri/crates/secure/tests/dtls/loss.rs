//! Handshakes over a wire that loses, repeats and reorders (G-12).

use crate::pki::Pki;
use crate::wire::{Faults, World, keyring, psk};
use secure::{ClientConfig, ClientInput, Config, Keyring, Tuning};
use std::time::Duration;

/// How many of `seeds` handshakes are complete on both sides within 120 s.
fn complete(
    seeds: u64,
    faults: Faults,
    attempts: usize,
    config: &Config,
    keyring: &Keyring,
    device: &ClientConfig,
) -> u64 {
    let done = |seed: &u64| {
        let mut world = World::new(*seed, config.clone(), keyring.clone());
        world.faults = faults;
        let device = world.add(device.clone());
        for _ in 0..attempts {
            world.client(device, ClientInput::Connect);
            world.run(Duration::from_secs(120));
            if world.clients[device].client.is_established() && world.guard.associations() > 0 {
                return true;
            }
        }
        false
    };
    u64::try_from((0..seeds).filter(done).count()).expect("few")
}

const TENTH: Faults = Faults {
    lost: 10,
    doubled: 5,
    late: 5,
};

const THIRD: Faults = Faults {
    lost: 30,
    doubled: 5,
    late: 5,
};

#[test]
fn sec_19_a_tenth_lost_keeps_nobody_out() {
    let done = complete(1_000, TENTH, 1, &Config::default(), &keyring(), &psk());
    assert!(done >= 999, "{done} of 1,000");
}

#[test]
fn sec_19_a_tenth_lost_keeps_no_certificate_out() {
    let pki = Pki::new();
    let (config, keyring, device) = (pki.config(), pki.keyring(), pki.certified());
    let done = complete(200, TENTH, 1, &config, &keyring, &device);
    assert!(done >= 199, "{done} of 200");
}

#[test]
fn sec_19_a_third_lost_lets_most_in_at_once_and_all_in_three_attempts() {
    let once = complete(1_000, THIRD, 1, &Config::default(), &keyring(), &psk());
    assert!(once >= 970, "{once} of 1,000");
    let thrice = complete(1_000, THIRD, 3, &Config::default(), &keyring(), &psk());
    assert!(thrice >= 999, "{thrice} of 1,000");
}

#[test]
fn sec_19_a_resumption_survives_loss_too() {
    for seed in 0..200 {
        let mut world = World::new(seed, Config::default(), keyring());
        let device = world.add(psk());
        world.connect(device);
        world.faults = TENTH;
        world.connect(device);
        assert_eq!(world.clients[device].established.len(), 2, "seed {seed}");
        world.faults = Faults::default();
        world.send(device, b"through");
        assert_eq!(world.received(), [b"through"], "seed {seed}");
    }
}

#[test]
fn sec_19_everything_twice_and_late_changes_nothing() {
    let faults = Faults {
        lost: 0,
        doubled: 100,
        late: 50,
    };
    let done = complete(200, faults, 1, &Config::default(), &keyring(), &psk());
    assert_eq!(done, 200);
}

#[test]
fn sec_19_a_slow_network_is_not_asked_twice_with_nine_seconds() {
    let config = Config {
        tuning: Tuning {
            first_timeout: Duration::from_secs(9),
            ..Tuning::default()
        },
        ..Config::default()
    };
    let mut world = World::new(1, config, keyring());
    let mut device = psk();
    device.first_timeout = Duration::from_secs(9);
    let device = world.add(device);
    world.client(device, ClientInput::Connect);
    world.run(Duration::from_millis(70));
    world.clients[device].address = crate::wire::address(500);
    let before = world.log.len();
    world.run(Duration::from_millis(8_900));
    assert_eq!(world.log.len(), before, "silence for nine seconds");
    world.run(Duration::from_secs(1));
    assert!(world.log.len() > before);
}
