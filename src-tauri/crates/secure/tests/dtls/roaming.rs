//! Addresses that change, and those that only seem to.

use crate::wire::{Seen, World, address, keyring, now_at, psk};
use secure::{ClientInput, ClientOutput, Config, EndCause, Input, Output};
use std::time::Duration;

fn connected() -> World {
    let mut world = World::new(4, Config::default(), keyring());
    let device = world.add(psk());
    world.connect(device);
    world
}

fn moves(world: &World) -> usize {
    let moved = |seen: &&Seen| matches!(seen, Seen::Moved(..));
    world.seen.iter().filter(moved).count()
}

#[test]
fn sec_18_records_by_connection_id_survive_a_change_of_address() {
    let mut world = connected();
    let association = world.established().association;
    for port in 100..160 {
        world.clients[0].address = address(port);
        world.send(0, &port.to_be_bytes());
        world.guard(Input::Send {
            association,
            bytes: b"to the new address",
        });
        world.run(Duration::from_secs(60));
    }
    assert_eq!(moves(&world), 60);
    assert_eq!(world.received().len(), 60);
    assert_eq!(world.clients[0].got.len(), 60);
    assert_eq!(world.clients[0].established.len(), 1, "no new handshake");
    let association = world.guard.association(association).expect("alive");
    assert_eq!((association.moves(), association.forged()), (60, 0));
}

#[test]
fn without_connection_id_a_new_address_needs_a_new_handshake() {
    let mut world = World::new(4, Config::default(), keyring());
    let mut config = psk();
    config.cid_bytes = None;
    let device = world.add(config);
    world.connect(device);
    world.clients[device].address = address(99);
    world.send(device, b"lost");
    assert!(world.received().is_empty());
    assert_eq!(
        world.causes(),
        [secure::Cause::UnknownAssociation { cid: false }]
    );
    world.connect(device);
    world.send(device, b"found");
    assert_eq!(world.received(), [b"found"]);
    assert!(world.established().resumed);
}

/// Whoever has a Connection ID may claim any address with a record that is genuine.
#[test]
fn sec_18_who_claims_the_address_of_another_displaces_nobody() {
    let mut world = World::new(4, Config::default(), keyring());
    let mut plain = psk();
    plain.cid_bytes = None;
    let victim = world.add(plain);
    world.connect(victim);
    let theirs = world.established().association;
    let other = world.add(psk());
    world.connect(other);
    let roamer = world.add(psk());
    world.connect(roamer);
    let home = world.clients[roamer].address;
    for claimed in [victim, other] {
        world.clients[roamer].address = world.clients[claimed].address;
        world.send(roamer, b"from elsewhere");
        world.send(victim, b"beside it");
        assert_eq!(world.received().last().expect("something"), b"beside it");
        world.clients[roamer].address = home;
        world.send(roamer, b"home again");
        world.send(victim, b"after it");
        assert_eq!(world.received().last().expect("something"), b"after it");
    }
    let place = |world: &World| world.guard.association(theirs).map(|own| own.address());
    assert_eq!(place(&world), Some(world.clients[victim].address));
    // The others are found where they are, too, once they begin anew.
    let associations = world.guard.associations();
    for device in [victim, other] {
        world.connect(device);
        assert!(!world.established().replaces.is_empty());
    }
    assert_eq!(world.guard.associations(), associations);
}

#[test]
fn a_new_handshake_replaces_all_of_its_identity_at_its_address() {
    let mut world = World::new(4, Config::default(), keyring());
    let mut plain = psk();
    plain.cid_bytes = None;
    let first = world.add(plain);
    world.connect(first);
    let mut same = Vec::new();
    for _ in 0..2 {
        let roamer = world.add(psk());
        world.connect(roamer);
        same.push(world.established().association);
        world.clients[roamer].address = world.clients[first].address;
        world.send(roamer, b"here now");
    }
    assert_eq!(world.guard.associations(), 3);
    world.client(first, ClientInput::Close);
    world.connect(first);
    same.sort();
    assert_eq!(world.established().replaces, same);
    assert_eq!(world.guard.associations(), 1);
}

#[test]
fn handshakes_that_are_under_way_together_draw_different_connection_ids() {
    let mut config = Config::default();
    config.tuning.cid_bytes = 1;
    let mut world = World::new(6, config, keyring());
    for _ in 0..60 {
        let device = world.add(psk());
        world.client(device, ClientInput::Connect);
    }
    world.run(Duration::from_secs(150));
    assert_eq!(world.causes(), []);
    assert_eq!(world.guard.associations(), 60);
}

/// G-33: 10,000 forged and old records with a Connection ID from other addresses.
#[test]
fn sec_14_sec_18_forged_and_old_records_move_nobody() {
    let mut world = connected();
    let association = world.established().association;
    for number in 0..40_u8 {
        world.send(0, &[number]);
    }
    let genuine: Vec<Vec<u8>> = world
        .log
        .iter()
        .filter(|(to_server, _, bytes)| *to_server && bytes[0] == 25)
        .map(|(_, _, bytes)| bytes.clone())
        .collect();
    let received = world.received().len();
    for attempt in 0..10_000_usize {
        let mut bytes = genuine[attempt % genuine.len()].clone();
        if attempt % 3 > 0 {
            // Byte 11 on is the Connection ID: that one is known to the attacker.
            let at = if attempt % 3 == 1 {
                5 + attempt % 6
            } else {
                21 + attempt % (bytes.len() - 21)
            };
            bytes[at] ^= u8::try_from(attempt % 255 + 1).expect("a byte");
        }
        world.inject(address(5_000), &bytes);
    }
    world.run(Duration::from_secs(1));
    assert_eq!(moves(&world), 0);
    assert_eq!(world.received().len(), received);
    let state = world.guard.association(association).expect("alive");
    assert_eq!(state.address(), address(1));
    assert_eq!(state.forged(), 10_000);
    world.send(0, b"still there");
    assert_eq!(world.received().last().expect("something"), b"still there");
}

#[test]
fn sec_18_an_older_record_from_elsewhere_is_read_but_moves_nobody() {
    let mut world = connected();
    world.faults.lost = 100;
    world.client(0, ClientInput::Send(b"one"));
    let one = world.log.last().expect("something").2.clone();
    world.client(0, ClientInput::Send(b"two"));
    let two = world.log.last().expect("something").2.clone();
    world.inject(address(1), &two);
    world.inject(address(66), &one);
    world.run(Duration::from_secs(1));
    assert_eq!(world.received(), [b"two", b"one"]);
    assert_eq!(moves(&world), 0);
}

#[test]
fn sec_16_a_hello_at_an_address_in_use_destroys_nothing() {
    let mut world = connected();
    let first = world.established().association;
    let mut other = World::new(5, Config::default(), keyring());
    let stranger = other.add(psk());
    other.connect(stranger);
    let hello = other.log[0].2.clone();
    world.inject(address(1), &hello);
    world.run(Duration::from_secs(1));
    world.send(0, b"still there");
    assert_eq!(world.received(), [b"still there"]);
    assert_eq!(world.guard.handshakes(), 0);

    // With its address proven a handshake begins, and the old association goes on.
    let mut config = psk();
    config.cid_bytes = None;
    let second = world.add(config);
    world.clients[second].address = address(1);
    world.clients.swap(0, second);
    world.client(0, ClientInput::Connect);
    world.run(Duration::from_millis(75));
    assert_eq!(world.guard.handshakes(), 1);
    world.clients.swap(0, second);
    world.send(0, b"during the handshake");
    assert_eq!(
        world.received().last().expect("something"),
        b"during the handshake"
    );
    world.clients.swap(0, second);
    world.run(Duration::from_secs(30));
    assert_eq!(world.established().replaces, [first]);
    assert!(world.seen.contains(&Seen::Ended(first, EndCause::Replaced)));
    world.send(0, b"new");
    assert_eq!(world.received().last().expect("something"), b"new");
}

/// G-13, at its figure: a thousand devices change their address each minute for an hour.
#[test]
fn g_13_sec_18_a_thousand_devices_roam_for_an_hour_without_a_handshake() {
    let mut world = World::new(4, Config::default(), keyring());
    for _ in 0..1_000 {
        let device = world.add(psk());
        world.client(device, ClientInput::Connect);
    }
    world.run(Duration::from_secs(30));
    let begun = world.now.instant.as_micros();
    let (mut port, mut moves, mut answers) = (1_000, 0, 0);
    for minute in 1..=60 {
        world.now = now_at(begun + minute * 60_000_000);
        for device in 0..1_000 {
            port += 1;
            world.clients[device].address = address(port);
            let (moved, answered) = exchange(&mut world, device);
            moves += usize::from(moved);
            answers += usize::from(answered);
        }
    }
    assert_eq!((moves, answers), (60_000, 60_000));
    let handshakes = world.clients.iter().map(|it| it.established.len());
    assert_eq!(handshakes.sum::<usize>(), 1_000, "none was made on the way");
    assert_eq!(world.guard.associations(), 1_000);
    assert_eq!(world.causes(), []);
}

/// Has a device ask and the server answer, past the wire of the world, which would look at
/// all devices for each datagram. Whether the guard saw it move, and whether it got the answer.
fn exchange(world: &mut World, device: usize) -> (bool, bool) {
    let now = world.now;
    let from = world.clients[device].address;
    let mut moved = false;
    let client = &mut world.clients[device].client;
    client.handle(now, ClientInput::Send(b"update"));
    let mut answered = false;
    loop {
        match client.poll() {
            ClientOutput::Transmit(bytes) => {
                let bytes = &bytes;
                world.guard.handle(now, Input::Datagram { from, bytes });
            }
            ClientOutput::Received(bytes) => answered = bytes == b"changed",
            ClientOutput::WakeAt(_) => return (moved, answered),
            other => panic!("{other:?}"),
        }
        loop {
            match world.guard.poll() {
                Output::Received { association, .. } => {
                    let bytes = b"changed";
                    world.guard.handle(now, Input::Send { association, bytes });
                }
                Output::Transmit { to, bytes } => {
                    assert_eq!(to, from, "the answer goes where the device is now");
                    client.handle(now, ClientInput::Datagram(&bytes));
                }
                Output::Moved { to, .. } => moved = to == from,
                Output::WakeAt(_) => break,
                other => panic!("{other:?}"),
            }
        }
    }
}

#[test]
fn the_association_that_was_heard_longest_ago_gives_way() {
    let config = Config {
        most_associations: 2,
        ..Config::default()
    };
    let mut world = World::new(4, config, keyring());
    let mut associations = Vec::new();
    for _ in 0..2 {
        let device = world.add(psk());
        world.connect(device);
        associations.push(world.established().association);
    }
    world.send(0, b"I am still here");
    let device = world.add(psk());
    world.connect(device);
    assert_eq!(world.guard.associations(), 2);
    assert!(
        world
            .seen
            .contains(&Seen::Ended(associations[1], EndCause::Evicted))
    );
    world.send(0, b"and still");
    assert_eq!(world.received().len(), 2);
}
