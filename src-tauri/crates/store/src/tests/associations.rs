//! Secure associations and what became of handshakes: what a start needs is there, and
//! nothing more.

use super::facts::time;
use super::harness::Memory;
use super::secrets::{credential, endpoint, master, psk, unseal};
use crate::{Batch, Edit, LastUse, MAX_FAILURES, StoreError, Usage};
use clock::{Instant, Now};
use coap::ListenerId;
use secure::{
    Address, AssociationId, Cause, Client, ClientConfig, ClientCredential, ClientInput,
    ClientOutput, Config, Failure, Guard, Input, Keyring, Output, Position, SavedAssociation,
    Secret, Step,
};
use server::change::Change;
use server::credential::CredentialId;
use server::ids::DeviceId;
use server::registration::Departure;
use server::security::{Fact, FailedHandshake};
use std::collections::BTreeMap;
use std::sync::Arc;

const IDENTITY: &[u8] = b"urn:dev:1";
const KEY: &[u8] = b"a key of sixteen";

fn address(last: u8) -> Address {
    Address::new(&[1, 0, 9, 127, 0, 0, last]).expect("short")
}

/// What a real handshake leaves to be saved.
fn saved() -> SavedAssociation {
    let now = Now {
        instant: Instant::from_micros(1),
        unix: time(1),
    };
    let mut keys = Keyring::new();
    assert!(keys.put_psk(IDENTITY, Secret::new(KEY.to_vec())));
    let config = Config {
        saved: true,
        ..Config::default()
    };
    let mut guard = Guard::new(now, config, keys, [1; 32]).expect("a guard");
    let credential = ClientCredential::Psk {
        identity: IDENTITY.into(),
        key: Secret::new(KEY.to_vec()),
    };
    let config = ClientConfig::new(credential);
    let mut client = Client::new(now, config, [2; 32]).expect("a client");
    client.handle(now, ClientInput::Connect);
    for _ in 0..100 {
        loop {
            match client.poll() {
                ClientOutput::Transmit(bytes) => {
                    let from = address(1);
                    guard.handle(
                        now,
                        Input::Datagram {
                            from,
                            bytes: &bytes,
                        },
                    );
                }
                ClientOutput::WakeAt(_) => break,
                _ => {}
            }
        }
        loop {
            match guard.poll() {
                Output::Transmit { bytes, .. } => client.handle(now, ClientInput::Datagram(&bytes)),
                Output::Save(saved) => return saved,
                Output::WakeAt(_) => break,
                _ => {}
            }
        }
    }
    panic!("no handshake");
}

fn fact(fact: Fact) -> Change {
    Change::Security(fact)
}

fn position(association: AssociationId, newest: u64) -> Change {
    fact(Fact::Positions(vec![Position {
        association,
        newest,
    }]))
}

#[tokio::test]
async fn an_association_comes_back_with_its_latest_address_and_position() {
    let mut memory = Memory::new().await;
    let key = master(1);
    unseal(&mut memory, &key).await.expect("a new vault");
    let own = saved();
    let moved = |last, at| {
        fact(Fact::AssociationMoved {
            association: own.id,
            to: address(last),
            at: time(at),
        })
    };
    memory
        .commit(vec![
            fact(Fact::Association(Arc::new(own.clone()))),
            moved(2, 2),
            position(own.id, 5),
            moved(3, 4),
            position(own.id, 9),
        ])
        .await;
    let stranger = AssociationId(own.id.0 ^ 1);
    memory.commit(vec![position(stranger, 1)]).await;
    let mut memory = memory.crash().await;
    let found = unseal(&mut memory, &key).await.expect("opened");
    let mut expected = own.clone();
    (expected.address, expected.newest) = (address(3), Some(9));
    assert_eq!(found.associations, [expected]);
    let moves = memory.store.reader.association_moves(own.id).await;
    assert_eq!(
        moves.expect("moves"),
        [
            (own.since, address(1)),
            (time(2), address(2)),
            (time(4), address(3))
        ]
    );
}

/// Send numbers must not be forgotten in a power cut once they are used: an association of
/// the last run uses none before it was saved in this one.
#[tokio::test]
async fn the_first_save_of_an_association_of_the_last_run_is_synced_to_the_disk() {
    let mut memory = Memory::new().await;
    let key = master(1);
    unseal(&mut memory, &key).await.expect("a new vault");
    let own = saved();
    let save = || vec![fact(Fact::Association(Arc::new(own.clone())))];
    memory.commit(save()).await;
    assert!(!was_synced(&mut memory).await, "nothing is lost with it");
    for run in 0..2 {
        memory = memory.crash().await;
        unseal(&mut memory, &key).await.expect("opened");
        memory.commit(vec![position(own.id, 1)]).await;
        assert!(!was_synced(&mut memory).await, "no numbers in run {run}");
        memory.commit(save()).await;
        assert!(was_synced(&mut memory).await, "taken up in run {run}");
        memory.commit(save()).await;
        assert!(!was_synced(&mut memory).await, "once in run {run}");
    }
}

/// Whether the last commit waited for the disk: `FULL` is 2.
async fn was_synced(memory: &mut Memory) -> bool {
    let level: i64 = sqlx::query_scalar("PRAGMA synchronous")
        .fetch_one(memory.store.writer.connection())
        .await
        .expect("a level");
    level == 2
}

#[tokio::test]
async fn an_association_that_cannot_be_read_is_left_out_and_named() {
    let mut memory = Memory::new().await;
    let key = master(1);
    unseal(&mut memory, &key).await.expect("a new vault");
    let own = saved();
    let other = |number| {
        let mut other = own.clone();
        other.id = AssociationId(own.id.0 ^ number);
        other
    };
    let all = [own.clone(), other(1), other(2), other(3)];
    let made = |own: &SavedAssociation| fact(Fact::Association(Arc::new(own.clone())));
    memory.commit(all.iter().map(made).collect()).await;
    let broken = [
        "UPDATE association SET secret = x'00' WHERE id = ?",
        "UPDATE association SET secret = substr(secret, 1, 60) WHERE id = ?",
        "UPDATE association SET address = zeroblob(300) WHERE id = ?",
    ];
    for (statement, own) in broken.into_iter().zip(&all[1..]) {
        let done = sqlx::query(statement)
            .bind(own.id.0.cast_signed())
            .execute(memory.store.writer.connection())
            .await;
        assert_eq!(done.expect("broken").rows_affected(), 1);
    }
    let mut memory = memory.crash().await;
    let found = unseal(&mut memory, &key).await.expect("opened");
    assert_eq!(found.associations, [own]);
    let mut unreadable = found.unreadable;
    unreadable.sort();
    let mut expected: Vec<_> = all[1..].iter().map(|own| own.id).collect();
    expected.sort();
    assert_eq!(unreadable, expected);
}

#[tokio::test]
async fn an_association_that_ended_leaves_nothing() {
    let mut memory = Memory::new().await;
    unseal(&mut memory, &master(1)).await.expect("a new vault");
    let own = saved();
    let made = fact(Fact::Association(Arc::new(own.clone())));
    let moved = fact(Fact::AssociationMoved {
        association: own.id,
        to: address(2),
        at: time(2),
    });
    let ended = fact(Fact::AssociationEnded {
        association: own.id,
    });
    memory
        .commit(vec![made.clone(), moved.clone(), position(own.id, 3)])
        .await;
    memory
        .commit(vec![position(own.id, 4), ended.clone()])
        .await;
    memory.commit(vec![made, moved, ended]).await;
    let left = memory.dump().await;
    let left: Vec<_> = left
        .iter()
        .filter(|row| row.contains("association"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

/// A power cut must not bring back what was taken away.
#[test]
fn sec_21_the_end_of_a_session_and_of_what_it_allowed_is_synced_to_the_disk() {
    let synced = |fact: Change| {
        let batch = Batch {
            changes: vec![Arc::new(vec![fact])],
            ..Batch::default()
        };
        batch.must_be_synced()
    };
    let association = AssociationId(7);
    assert!(synced(fact(Fact::AssociationEnded { association })));
    assert!(!synced(position(association, 9)));
    let departed = |cause| Change::Departed {
        device: DeviceId(1),
        cause,
        at: time(1),
    };
    assert!(synced(departed(Departure::Revoked)));
    assert!(!synced(departed(Departure::Expired)));
}

#[tokio::test]
async fn an_association_is_not_stored_before_there_is_a_key() {
    let mut memory = Memory::new().await;
    let made = fact(Fact::Association(Arc::new(saved())));
    let refused = memory.try_commit(vec![made], Vec::new()).await;
    assert!(
        matches!(refused, Err(StoreError::LockedSecrets)),
        "{refused:?}"
    );
}

#[tokio::test]
async fn the_last_use_of_a_credential_is_known() {
    let mut memory = Memory::new().await;
    unseal(&mut memory, &master(1)).await.expect("a new vault");
    let own = credential(7, endpoint("a"), psk(b"a", b"k"));
    memory.edit(vec![Edit::Credential(own)]).await;
    let used = |at, accepted| {
        fact(Fact::CredentialUsed {
            credential: CredentialId(7),
            at: time(at),
            accepted,
        })
    };
    memory.commit(vec![used(1, false), used(2, true)]).await;
    let ids = [CredentialId(7), CredentialId(8)].into_iter();
    let usage = memory.store.reader.credential_usage(ids, time(3)).await;
    let last = LastUse {
        at: time(2),
        ok: true,
    };
    let expected = Usage {
        last: Some(last),
        online: None,
    };
    let usage = usage.expect("usage");
    assert_eq!(usage, BTreeMap::from([(CredentialId(7), expected)]));
}

fn failed(last: u8, at: i64, cause: Cause) -> Change {
    let failure = Failure {
        from: address(last),
        at: time(at),
        step: Step::KeyExchange,
        psk_identity: Some(IDENTITY.into()),
        shown: None,
        cause,
    };
    let listener = ListenerId(3);
    fact(Fact::HandshakeFailed(Arc::new(FailedHandshake {
        listener,
        failure,
    })))
}

#[tokio::test]
async fn failed_handshakes_are_counted_while_they_repeat() {
    let mut memory = Memory::new().await;
    memory
        .commit(vec![
            failed(1, 1, Cause::WrongKey),
            failed(1, 2, Cause::WrongKey),
            failed(2, 3, Cause::UnknownPskIdentity),
        ])
        .await;
    memory.commit(vec![failed(1, 4, Cause::WrongKey)]).await;
    let reader = &memory.store.reader;
    let rows = reader.handshake_failures(time(0)).await.expect("rows");
    let told: Vec<_> = rows
        .iter()
        .map(|row| (row.failure.at, row.first_at, row.count, row.listener))
        .collect();
    let listener = ListenerId(3);
    assert_eq!(
        told,
        [
            (time(4), time(1), 3, listener),
            (time(3), time(3), 1, listener)
        ]
    );
    assert_eq!(rows[1].failure.cause, Cause::UnknownPskIdentity);
    assert_eq!(rows[1].failure.psk_identity.as_deref(), Some(IDENTITY));
    let late = reader.handshake_failures(time(4)).await.expect("rows");
    assert_eq!(late.len(), 1);
}

#[tokio::test]
async fn a_flood_of_failures_is_bounded() {
    let mut memory = Memory::new().await;
    for round in 0..12_i64 {
        let flood = (0..=255).map(|last| {
            let reason = format!("{round}");
            failed(last, round, Cause::Malformed { reason })
        });
        memory.commit(flood.collect()).await;
    }
    let rows = memory.store.reader.handshake_failures(time(0)).await;
    let rows = rows.expect("rows");
    assert_eq!(rows.len(), MAX_FAILURES as usize);
    assert!(
        rows.iter().all(|row| row.failure.at >= time(4)),
        "the newest"
    );
}
