//! What only somebody with the keys of an association can try.

use super::*;
use crate::address::Address;
use crate::config::Config;
use crate::guard::Guard;
use crate::hello::CLIENT_HELLO;
use crate::output::{Input, Output};

/// A client and a guard that are connected.
fn connected() -> (Client, Guard) {
    let key = Secret::new(vec![1; 16]);
    let mut keyring = Keyring::new();
    assert!(keyring.put_psk(b"a", key.clone()));
    let credential = ClientCredential::Psk {
        identity: b"a".to_vec(),
        key,
    };
    let config = ClientConfig::new(credential);
    let mut client = Client::new(Now::default(), config, [1; 32]).expect("a client");
    let guard = Guard::new(Now::default(), Config::default(), keyring, [2; 32]);
    let mut guard = guard.expect("a guard");
    client.handle(Now::default(), ClientInput::Connect);
    for _ in 0..4 {
        for bytes in sent(&mut client) {
            for answer in answers(&mut guard, &bytes) {
                client.handle(Now::default(), ClientInput::Datagram(&answer));
            }
        }
    }
    assert!(client.is_established());
    assert_eq!(guard.associations(), 1);
    (client, guard)
}

fn sent(client: &mut Client) -> Vec<Vec<u8>> {
    let mut sent = Vec::new();
    loop {
        match client.poll() {
            ClientOutput::Transmit(bytes) => sent.push(bytes),
            ClientOutput::WakeAt(_) => return sent,
            _ => {}
        }
    }
}

fn answers(guard: &mut Guard, bytes: &[u8]) -> Vec<Vec<u8>> {
    let from = Address::new(&[1]).expect("short");
    guard.handle(Now::default(), Input::Datagram { from, bytes });
    let mut answers = Vec::new();
    loop {
        match guard.poll() {
            Output::Transmit { bytes, .. } => answers.push(bytes),
            Output::WakeAt(_) => return answers,
            _ => {}
        }
    }
}

/// Seals whatever the client would never send, and opens what comes back.
fn exchange(client: &mut Client, guard: &mut Guard, kind: u8, body: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let State::Established(link) = &mut client.state else {
        panic!("connected");
    };
    let mut record = Vec::new();
    link.protection
        .seal(&mut client.crypt, kind, body, &mut record)
        .expect("sealed");
    let mut opened = Vec::new();
    for answer in answers(guard, &record) {
        let mut rest = &answer[..];
        while let Some((record, tail)) = Record::first(rest, 0) {
            rest = tail;
            let plain = link.protection.open(&mut client.crypt, &record);
            opened.extend(plain.map(|plain| (plain.kind, plain.bytes)));
        }
    }
    opened
}

#[test]
fn sec_20_a_hello_inside_an_association_is_refused_and_changes_nothing() {
    let (mut client, mut guard) = connected();
    let hello = [CLIENT_HELLO, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    for _ in 0..3 {
        let answer = exchange(&mut client, &mut guard, HANDSHAKE, &hello);
        assert_eq!(answer, [(ALERT, vec![1, 100])], "no_renegotiation");
    }
    assert_eq!(guard.handshakes(), 0);
    assert_eq!(guard.associations(), 1);
}

#[test]
fn sec_19_a_last_flight_that_was_lost_is_sent_again_until_data_comes() {
    let (mut client, mut guard) = connected();
    let finished = [20, 0, 0, 12, 0, 3, 0, 0, 0, 0, 0, 12];
    for _ in 0..2 {
        let answer = exchange(&mut client, &mut guard, HANDSHAKE, &finished);
        assert_eq!(answer.len(), 1, "the server's Finished");
        assert_eq!((answer[0].0, answer[0].1[0]), (HANDSHAKE, 20));
    }
    assert_eq!(
        exchange(&mut client, &mut guard, APPLICATION_DATA, b"data"),
        []
    );
    assert_eq!(exchange(&mut client, &mut guard, HANDSHAKE, &finished), []);
}

#[test]
fn a_fatal_alert_ends_an_association_and_a_warning_does_not() {
    let (mut client, mut guard) = connected();
    assert_eq!(exchange(&mut client, &mut guard, ALERT, &[1, 90]), []);
    assert_eq!(exchange(&mut client, &mut guard, ALERT, &[1]), []);
    assert_eq!(guard.associations(), 1);
    assert_eq!(exchange(&mut client, &mut guard, ALERT, &[2, 20]), []);
    assert_eq!(guard.associations(), 0);
}
