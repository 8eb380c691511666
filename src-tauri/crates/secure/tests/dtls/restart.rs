//! Associations that go on after the program was killed.

use crate::wire::{Seen, World, address, keyring, now_at, psk};
use secure::{Config, EndCause, Guard, Input, SavedAssociation};
use std::collections::BTreeSet;
use std::time::Duration;

fn saving() -> Config {
    Config {
        saved: true,
        ..Config::default()
    }
}

/// Puts a new guard in the place of the old one, with what the store has.
fn restart(world: &mut World, seed: u8) {
    let positions = world.guard.positions();
    let saved: Vec<SavedAssociation> = world
        .store
        .values()
        .map(|bytes| {
            let mut saved = SavedAssociation::from_bytes(bytes).expect("as saved");
            let position = positions.iter().find(|it| it.association == saved.id);
            if let Some(position) = position {
                saved.newest = Some(position.newest);
            }
            saved
        })
        .collect();
    let now = now_at(0);
    world.guard = Guard::new(now, saving(), keyring(), [seed; 32]).expect("a guard");
    world.guard.restore(world.now, saved);
}

/// G-25: of 1,000 associations each goes on after a kill, without a handshake, from
/// another address even.
#[test]
fn sec_18_a_thousand_associations_go_on_after_a_kill() {
    let mut world = World::new(11, saving(), keyring());
    for _ in 0..1_000 {
        let device = world.add(psk());
        world.client(device, secure::ClientInput::Connect);
    }
    world.run(Duration::from_secs(30));
    assert_eq!(world.store.len(), 1_000);
    for device in 0..1_000 {
        world.client(device, secure::ClientInput::Send(b"before"));
    }
    world.run(Duration::from_secs(1));
    restart(&mut world, 1);
    world.seen.clear();
    for device in 0..1_000 {
        if device % 2 == 0 {
            world.clients[device].address =
                address(u16::try_from(5_000 + device).expect("few devices"));
        }
        world.client(device, secure::ClientInput::Send(b"after"));
    }
    world.run(Duration::from_secs(1));
    let mut answered = 0;
    for seen in world.seen.clone() {
        if let Seen::Received(association, bytes) = seen {
            assert_eq!(bytes, b"after");
            world.guard(Input::Send {
                association,
                bytes: b"answer",
            });
            answered += 1;
        }
    }
    world.run(Duration::from_secs(1));
    assert_eq!(answered, 1_000);
    for device in &world.clients {
        assert_eq!(device.got, [b"answer"]);
        assert_eq!(device.established.len(), 1);
    }
    assert_eq!(world.causes(), []);
}

#[test]
fn sec_15_a_restored_window_never_reopens() {
    let mut world = World::new(12, saving(), keyring());
    let device = world.add(psk());
    world.connect(device);
    for number in 0..10 {
        world.send(device, &[number]);
    }
    let old: Vec<Vec<u8>> = world
        .log
        .iter()
        .filter(|(to_server, _, bytes)| *to_server && bytes[0] == 25)
        .map(|(_, _, bytes)| bytes.clone())
        .collect();
    restart(&mut world, 2);
    world.seen.clear();
    for bytes in &old {
        world.inject(address(1), bytes);
    }
    world.run(Duration::from_secs(1));
    assert_eq!(world.seen, []);
    world.send(device, b"new");
    assert_eq!(world.received(), [b"new"]);
}

/// G-24: over kills at any point no send number is ever used twice under one key.
#[test]
fn no_send_number_is_used_twice_over_many_kills() {
    let mut world = World::new(13, saving(), keyring());
    let device = world.add(psk());
    world.connect(device);
    let association = world.established().association;
    for kill in 0..100_u8 {
        for _ in 0..u32::from(kill) * 37 % 2_500 {
            world.guard(Input::Send {
                association,
                bytes: b"x",
            });
        }
        world.run(Duration::from_millis(50));
        restart(&mut world, kill);
        world.send(device, b"still there");
    }
    let numbers = numbers_sent(&world);
    let distinct: BTreeSet<u64> = numbers.iter().copied().collect();
    assert!(numbers.len() > 50_000, "{}", numbers.len());
    assert_eq!(distinct.len(), numbers.len());
    assert_eq!(world.received().len(), 100);
}

/// The numbers under which the guard has sent to devices, from the first on.
fn numbers_sent(world: &World) -> Vec<u64> {
    let sent = world.log.iter().filter(|(to_server, ..)| !to_server);
    let sealed = sent.filter(|(_, _, bytes)| bytes[3..5] == [0, 1]);
    let number = |bytes: &[u8]| u64::from_be_bytes(*bytes[3..].first_chunk().expect("a header"));
    sealed.map(|(_, _, bytes)| number(bytes)).collect()
}

/// A power cut may take with it what was said to be on disk, and a folder may be copied.
#[test]
fn no_send_number_is_used_twice_by_those_that_start_from_the_same_place() {
    let mut world = World::new(13, saving(), keyring());
    let device = world.add(psk());
    world.connect(device);
    let association = world.established().association;
    let stored = world.store.clone();
    for copy in 0..100_u8 {
        world.store.clone_from(&stored);
        restart(&mut world, copy);
        for _ in 0..1_000 {
            world.guard(Input::Send {
                association,
                bytes: b"x",
            });
        }
    }
    let numbers = numbers_sent(&world);
    let distinct: BTreeSet<u64> = numbers.iter().copied().collect();
    assert_eq!(numbers.len(), 100_000);
    assert_eq!(distinct.len(), numbers.len());
}

#[test]
fn an_association_outlives_thousands_of_restarts_and_ends_before_its_numbers_do() {
    let mut world = World::new(13, saving(), keyring());
    let device = world.add(psk());
    world.connect(device);
    let association = world.established().association;
    let worn_out = Seen::Ended(association, EndCause::WornOut);
    let mut restarts = 0_u32;
    while !world.seen.contains(&worn_out) {
        restart(&mut world, u8::try_from(restarts % 251).expect("a byte"));
        world.seen.clear();
        world.guard(Input::Send {
            association,
            bytes: b"x",
        });
        restarts += 1;
    }
    assert!((4_000..20_000).contains(&restarts), "{restarts}");
    let numbers = numbers_sent(&world);
    assert!(
        numbers.is_sorted_by(|one, next| one < next),
        "none comes again"
    );
    assert!(world.store.is_empty());
}

#[test]
fn nothing_is_sent_past_a_reservation_that_is_not_on_disk() {
    let now = now_at(0);
    let mut world = World::new(14, saving(), keyring());
    let device = world.add(psk());
    world.connect(device);
    let association = world.established().association;
    let bytes = world.store[&association].clone();
    let saved = SavedAssociation::from_bytes(&bytes).expect("as saved");
    let before = saved.reserved();
    let mut guard = Guard::new(now, saving(), keyring(), [1; 32]).expect("a guard");
    guard.restore(now, vec![saved]);
    let outputs = |guard: &mut Guard| {
        let mut outputs = Vec::new();
        loop {
            match guard.poll() {
                secure::Output::WakeAt(_) => return outputs,
                output => outputs.push(output),
            }
        }
    };
    for _ in 0..3 {
        let bytes = b"held";
        guard.handle(now, Input::Send { association, bytes });
    }
    let held = outputs(&mut guard);
    let [secure::Output::Save(saved)] = &held[..] else {
        panic!("{held:?}");
    };
    let through = saved.reserved();
    assert!(
        through > before + (1 << 20),
        "a power cut may have lost some"
    );
    guard.handle(
        now,
        Input::Reserved {
            association,
            through,
        },
    );
    let sent = outputs(&mut guard);
    let transmits = sent
        .iter()
        .filter(|output| matches!(output, secure::Output::Transmit { .. }));
    assert_eq!(transmits.count(), 3);
}

#[test]
fn what_is_closed_is_forgotten() {
    let mut world = World::new(15, saving(), keyring());
    let device = world.add(psk());
    world.connect(device);
    let association = world.established().association;
    assert_eq!(world.store.len(), 1);
    world.guard(Input::Close { association });
    world.run(Duration::from_secs(1));
    assert!(world.store.is_empty());
    assert_eq!(world.clients[device].ended, [EndCause::ClosedByPeer]);
    world.connect(device);
    world.client(device, secure::ClientInput::Close);
    world.run(Duration::from_secs(1));
    let association = world.established().association;
    let ended = Seen::Ended(association, EndCause::ClosedByPeer);
    assert!(world.seen.contains(&ended));
    assert!(world.store.is_empty());
}
