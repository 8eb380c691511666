//! Records and hellos that nobody should send.

use crate::wire::{IDENTITY, World, address, keyring, psk};
use secure::{Cause, ClientInput, Config, Input};
use std::time::Duration;

fn connected() -> World {
    let mut world = World::new(7, Config::default(), keyring());
    let device = world.add(psk());
    world.connect(device);
    world
}

/// G-32: 100,000 replayed records.
#[test]
fn sec_15_of_100_000_replayed_records_none_is_accepted() {
    let mut world = connected();
    for number in 0..100_u8 {
        world.send(0, &[number]);
    }
    let records: Vec<Vec<u8>> = world
        .log
        .iter()
        .filter(|(to_server, ..)| *to_server)
        .map(|(_, _, bytes)| bytes.clone())
        .collect();
    let (received, reports) = (world.received().len(), world.seen.len());
    assert_eq!(received, 100);
    let sealed: Vec<&Vec<u8>> = records.iter().filter(|bytes| bytes[0] == 25).collect();
    for round in 0..100_000 {
        world.inject(address(1), sealed[round % sealed.len()]);
    }
    world.run(Duration::from_secs(1));
    assert_eq!(world.seen.len(), reports);
}

#[test]
fn sec_14_records_that_cannot_be_opened_are_dropped_without_a_word() {
    let mut world = connected();
    world.send(0, b"one");
    let genuine = world.log.last().expect("sent").2.clone();
    let answers = world.log.len();
    for at in 0..genuine.len() {
        for bit in 0..8 {
            let mut bytes = genuine.clone();
            bytes[at] ^= 1 << bit;
            world.inject(address(1), &bytes);
            world.inject(address(1), &bytes[..at]);
        }
    }
    world.run(Duration::from_secs(1));
    assert_eq!(world.log.len(), answers, "no answer to any of them");
    assert_eq!(world.received(), [b"one"]);
    world.send(0, b"two");
    assert_eq!(world.received().last().expect("received"), b"two");
}

#[test]
fn plain_coap_on_the_secure_port_is_recognised() {
    let mut world = World::new(7, Config::default(), keyring());
    world.inject(address(9), b"\x40\x02\x12\x34\xb2rd");
    world.inject(address(9), b"\x16\x03\x01\x00\x05hello");
    world.inject(address(9), b"");
    let expected = [
        Cause::NotDtls { coap: true },
        Cause::NotDtls { coap: false },
    ];
    assert_eq!(world.causes(), expected);
    assert!(world.log.is_empty());
}

#[test]
fn reports_about_addresses_that_prove_nothing_are_few() {
    let mut world = World::new(7, Config::default(), keyring());
    for number in 0..10_000 {
        world.inject(address(number), b"\x40\x02\x12\x34");
    }
    assert_eq!(world.causes().len(), 50);
    world.run(Duration::from_secs(1));
    world.inject(address(1), b"\x40\x02\x12\x34");
    assert_eq!(world.causes().len(), 51);
}

/// The first hello of a device, as it goes over the wire.
fn hello() -> Vec<u8> {
    let mut world = World::new(8, Config::default(), keyring());
    let device = world.add(psk());
    world.client(device, ClientInput::Connect);
    world.log[0].2.clone()
}

/// What a device sent last.
fn last_sent(world: &World) -> Vec<u8> {
    let mut sent = world.log.iter().rev().filter(|(to_server, ..)| *to_server);
    sent.next().expect("something was sent").2.clone()
}

#[test]
fn sec_02_a_hello_without_a_proven_address_leaves_nothing_behind_but_a_small_answer() {
    let mut world = World::new(7, Config::default(), keyring());
    let hello = hello();
    for number in 0..1_000 {
        world.inject(address(number), &hello);
    }
    world.run(Duration::from_secs(1));
    assert_eq!(world.guard.handshakes(), 0);
    assert_eq!(world.log.len(), 1_000);
    for (_, to, bytes) in &world.log {
        assert!(bytes.len() < hello.len(), "{to:?} {}", bytes.len());
        assert_eq!((bytes[0], bytes[13]), (22, 3));
    }
}

#[test]
fn sec_02_a_cookie_is_good_for_one_address_and_one_hello() {
    let mut world = World::new(8, Config::default(), keyring());
    let device = world.add(psk());
    world.client(device, ClientInput::Connect);
    world.run(Duration::from_millis(45));
    let second = last_sent(&world);
    let mut other = World::new(8, Config::default(), keyring());
    other.inject(address(2), &second);
    assert_eq!(other.guard.handshakes(), 0, "another address");
    other.inject(address(1), &second);
    assert_eq!(other.guard.handshakes(), 1, "the address that was asked");
    let mut changed = second.clone();
    changed[13 + 12 + 2 + 5] ^= 1;
    let mut third = World::new(8, Config::default(), keyring());
    third.inject(address(1), &changed);
    assert_eq!(third.guard.handshakes(), 0, "another random");
}

#[test]
fn sec_02_cookies_are_good_for_minutes_and_no_longer() {
    for (wait, handshakes) in [(299, 1), (601, 0)] {
        let mut world = World::new(8, Config::default(), keyring());
        let device = world.add(psk());
        world.client(device, ClientInput::Connect);
        world.run(Duration::from_millis(45));
        let second = last_sent(&world);
        let mut other = World::new(8, Config::default(), keyring());
        other.run(Duration::from_secs(wait));
        // A flood keeps the keys changing.
        other.inject(address(3), &hello());
        other.run(Duration::from_secs(wait));
        other.inject(address(1), &second);
        assert_eq!(other.guard.handshakes(), handshakes, "{wait}");
    }
}

#[test]
fn sec_02_a_cookie_does_not_outlive_a_quiet_time() {
    for (wait, handshakes) in [(299, 1), (601, 0), (100_000, 0)] {
        let mut world = World::new(8, Config::default(), keyring());
        let device = world.add(psk());
        world.client(device, ClientInput::Connect);
        world.run(Duration::from_millis(45));
        let second = last_sent(&world);
        let mut other = World::new(8, Config::default(), keyring());
        other.run(Duration::from_secs(wait));
        other.inject(address(1), &second);
        assert_eq!(other.guard.handshakes(), handshakes, "{wait}");
    }
}

#[test]
fn a_hello_cut_or_changed_anywhere_breaks_nothing() {
    let mut world = World::new(8, Config::default(), keyring());
    let device = world.add(psk());
    world.client(device, ClientInput::Connect);
    world.run(Duration::from_millis(45));
    let sent = world.log.iter().filter(|(to_server, ..)| *to_server);
    let hellos: Vec<Vec<u8>> = sent.map(|(_, _, bytes)| bytes.clone()).collect();
    for hello in &hellos {
        for at in 0..hello.len() {
            for change in [0x01, 0x80, 0xff] {
                let mut bytes = hello.clone();
                bytes[at] ^= change;
                world.inject(address(1), &bytes);
                world.inject(address(2), &bytes);
            }
            world.inject(address(2), &hello[..at]);
        }
    }
    let device = world.add(psk());
    world.clients[device].address = address(77);
    world.connect(device);
    assert_eq!(world.clients[device].established.len(), 1);
}

/// A hello as several records, each with a piece of it.
fn in_pieces(hello: &[u8], size: usize) -> Vec<Vec<u8>> {
    let byte = |number: usize| u8::try_from(number).expect("a short hello");
    let (header, body) = hello[13..].split_at(12);
    let mut records = Vec::new();
    for (number, piece) in body.chunks(size).enumerate() {
        let mut record = hello[..13].to_vec();
        record[10] = record[10].wrapping_add(byte(number));
        record[11..13].copy_from_slice(&[0, byte(12 + piece.len())]);
        record.extend_from_slice(&header[..6]);
        record.extend_from_slice(&[0, 0, byte(number * size), 0, 0, byte(piece.len())]);
        record.extend_from_slice(piece);
        records.push(record);
    }
    records
}

#[test]
fn sec_19_a_hello_in_pieces_and_out_of_order_is_put_together() {
    let mut world = World::new(8, Config::default(), keyring());
    let device = world.add(psk());
    world.client(device, ClientInput::Connect);
    world.run(Duration::from_millis(45));
    let sent = world.log.iter().filter(|(to_server, ..)| *to_server);
    let hellos: Vec<Vec<u8>> = sent.map(|(_, _, bytes)| bytes.clone()).collect();
    let mut other = World::new(8, Config::default(), keyring());
    for piece in in_pieces(&hellos[0], 30).iter().rev() {
        other.inject(address(1), piece);
    }
    other.run(Duration::from_millis(1));
    assert_eq!(other.log.len(), 1);
    assert_eq!(other.log[0].2[13], 3, "a HelloVerifyRequest");
    for piece in in_pieces(&hellos[1], 50).iter().rev() {
        other.inject(address(1), piece);
    }
    assert_eq!(other.guard.handshakes(), 1);
}

#[test]
fn sec_19_pieces_of_hellos_that_never_end_are_bounded() {
    let mut world = World::new(8, Config::default(), keyring());
    let pieces = in_pieces(&hello(), 30);
    for number in 0..10_000 {
        world.inject(address(number), &pieces[0]);
    }
    // Of these hellos the last few only are remembered.
    for piece in &pieces[1..] {
        world.inject(address(9_999), piece);
        world.inject(address(1), piece);
    }
    world.run(Duration::from_millis(1));
    assert_eq!(world.log.len(), 1);
    assert_eq!(world.log[0].1, address(9_999));
}

#[test]
fn sec_05_an_identity_with_a_zero_byte_is_not_cut() {
    // OpenSSL would see `urn:dev:1` only, which is known.
    let named = b"urn:dev:1\0evil";
    let mut world = World::new(8, Config::default(), keyring());
    let device = world.add(psk());
    world.client(device, ClientInput::Connect);
    world.run(Duration::from_millis(70));
    assert_eq!(world.guard.handshakes(), 1);
    let mut message = vec![16, 0, 0, 16, 0, 2, 0, 0, 0, 0, 0, 16, 0, 14];
    message.extend_from_slice(named);
    let mut record = vec![22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, 28];
    record.extend_from_slice(&message);
    world.inject(address(1), &record);
    world.run(Duration::from_millis(5));
    assert_eq!(world.causes(), [Cause::UnknownPskIdentity]);
    let Some(crate::wire::Seen::Failed(failure)) = world.seen.last() else {
        panic!("{:?}", world.seen);
    };
    assert_eq!(failure.psk_identity.as_deref(), Some(&named[..]));
    assert_ne!(&named[..], IDENTITY);
}

#[test]
fn sec_20_renegotiation_is_refused_and_the_association_goes_on() {
    let mut world = connected();
    let association = world.established().association;
    world.guard(Input::Send {
        association,
        bytes: b"before",
    });
    world.send(0, b"up");
    assert_eq!(world.clients[0].got, [b"before"]);
    // A new hello of the same device, unprotected, is a new handshake and nothing else.
    world.inject(address(1), &hello());
    world.run(Duration::from_secs(1));
    world.send(0, b"after");
    assert_eq!(world.received(), [b"up".to_vec(), b"after".to_vec()]);
}

/// The first byte of a handshake message from a device.
fn piece(kind: u8, sequence: u8, total: u32) -> Vec<u8> {
    let mut record = vec![22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 1, sequence, 0, 13, kind];
    record.extend_from_slice(&total.to_be_bytes()[1..]);
    record.extend_from_slice(&[0, sequence, 0, 0, 0, 0, 0, 1, 7]);
    record
}

#[test]
fn sec_19_messages_that_are_too_long_or_too_early_are_dropped_and_disturb_nobody() {
    for (kind, sequence, total) in [(16, 2, 90_000), (16, 2, 513), (11, 3, 100), (99, 2, 12)] {
        let mut world = World::new(8, Config::default(), keyring());
        let device = world.add(psk());
        world.client(device, ClientInput::Connect);
        world.run(Duration::from_millis(70));
        assert_eq!(world.guard.handshakes(), 1);
        world.inject(address(1), &piece(kind, sequence, total));
        world.run(Duration::from_secs(150));
        let established = world.clients[device].established.len();
        assert_eq!(
            established, 1,
            "{kind} {sequence} {total}: {:?}",
            world.seen
        );
    }
}

/// A host of these tests is the first byte of an address.
#[test]
fn sec_02_one_host_that_takes_all_places_gives_way_to_others() {
    let config = Config {
        most_half_open: 8,
        host: 0..1,
        ..Config::default()
    };
    let mut world = World::new(9, config, keyring());
    for number in 0..9 {
        let device = world.add(psk());
        world.clients[device].address = address(0x100 + number);
        world.client(device, ClientInput::Connect);
    }
    // Long enough for the hellos, too short for their answers; then they fall silent.
    world.run(Duration::from_millis(75));
    assert_eq!(world.guard.handshakes(), 8);
    assert_eq!(
        world.causes(),
        [Cause::TooMany],
        "for its own sake none goes"
    );
    for device in &mut world.clients {
        device.address = address(0);
    }
    for number in 0..4 {
        let device = world.add(psk());
        world.clients[device].address = address(0x200 + number);
        world.client(device, ClientInput::Connect);
    }
    world.run(Duration::from_millis(500));
    assert_eq!(world.guard.associations(), 4);
    let gone = world.causes().len() - 1;
    assert_eq!(gone, 4, "one for each, and no more: {:?}", world.causes());
}

#[test]
fn sec_02_one_host_that_wants_all_places_drives_no_slow_device_out() {
    let config = Config {
        most_half_open: 8,
        host: 0..1,
        ..Config::default()
    };
    let mut world = World::new(9, config, keyring());
    let slow = address(0x200);
    // Each falls silent as soon as it has a place.
    let begin = |world: &mut World, from| {
        let device = world.add(psk());
        world.clients[device].address = from;
        world.client(device, ClientInput::Connect);
        world.run(Duration::from_millis(75));
        world.clients.clear();
    };
    begin(&mut world, slow);
    for number in 0..7 {
        begin(&mut world, address(0x100 + number));
    }
    assert_eq!(world.guard.handshakes(), 8);
    world.run(Duration::from_secs(11));
    for number in 0..20 {
        begin(&mut world, address(0x120 + number));
    }
    assert_eq!(world.guard.handshakes(), 8);
    let gone = world.seen.iter().filter_map(|seen| match seen {
        crate::wire::Seen::Failed(failure) => Some(failure.from),
        _ => None,
    });
    let gone: Vec<_> = gone.collect();
    assert!(!gone.is_empty() && !gone.contains(&slow), "{gone:?}");
}

#[test]
fn the_half_open_handshakes_are_bounded_and_the_oldest_gives_way() {
    let config = Config {
        most_half_open: 3,
        ..Config::default()
    };
    let mut world = World::new(9, config, keyring());
    for _ in 0..5 {
        let device = world.add(psk());
        world.client(device, ClientInput::Connect);
    }
    // Long enough for the hellos, too short for their answers.
    world.run(Duration::from_millis(75));
    assert_eq!(world.guard.handshakes(), 3);
    assert_eq!(world.causes(), [Cause::TooMany, Cause::TooMany]);
    world.run(Duration::from_secs(20));
    assert_eq!(world.guard.associations(), 5, "the others came later");
}
