//! Many people who change at once who is let in: whatever the order was, the store, the
//! memory and the engine agree at the end.

use super::{Bench, PATIENCE};
use crate::blocking::Block;
use clock::UnixTime;
use secure::Secret;
use server::Command;
use server::credential::{Credential, CredentialId, Holder, Proof, Role};
use server::ids::EndpointName;
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::task::JoinSet;

/// Who changes something at the same time.
const AT_ONCE: u8 = 16;

fn authority(number: u8) -> Box<[u8]> {
    let made = secure::authority::Authority::found(
        &format!("Authority {number}"),
        clock::UnixTime::from_millis(1_800_000_000_000),
        Duration::from_secs(86_400),
    );
    made.expect("an authority").certificate
}

fn name(text: &str) -> EndpointName {
    EndpointName::new(text).expect("a name")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_engine_believes_the_authorities_of_the_store_whoever_changed_them_last() {
    let bench = Bench::start().await;
    let all: Vec<_> = (0..AT_ONCE).map(authority).collect();
    for round in 0..16 {
        let mut changes = JoinSet::new();
        for (index, own) in all.iter().cloned().enumerate() {
            let workbench = bench.workbench.clone();
            changes.spawn(async move {
                if (index + round) % 2 == 0 {
                    workbench.trust(own).await
                } else {
                    workbench.distrust(own).await
                }
            });
        }
        for changed in changes.join_all().await {
            changed.expect("stored");
        }
        let rows = bench.workbench.reader().trust_anchors().await;
        let stored: BTreeSet<_> = rows
            .expect("anchors")
            .into_iter()
            .map(|row| row.certificate)
            .collect();
        let told = bench
            .last_told(|command| match command {
                Command::UseTrustAnchors(anchors) => Some(anchors.iter().cloned().collect()),
                _ => None,
            })
            .await;
        assert_eq!(told, Some(stored), "round {round}");
    }
    bench.stop().await;
}

#[tokio::test]
async fn endpoints_that_are_blocked_at_once_are_all_blocked() {
    let bench = Bench::start().await;
    let wanted: BTreeSet<_> = (0..AT_ONCE).map(|n| name(&format!("urn:{n}"))).collect();
    let mut changes = JoinSet::new();
    for endpoint in wanted.iter().cloned() {
        let workbench = bench.workbench.clone();
        changes.spawn(async move { workbench.block(Block::Endpoint(endpoint)).await });
    }
    for changed in changes.join_all().await {
        changed.expect("blocked");
    }
    assert_eq!(bench.workbench.settings().blocked, wanted);
    let kept = bench.workbench.reader().settings().await.expect("settings");
    assert_eq!(crate::settings::Settings::load(&kept).blocked, wanted);
    let told = bench
        .last_told(|command| match command {
            Command::Block(blocked) => Some(blocked.endpoints.clone()),
            _ => None,
        })
        .await;
    assert_eq!(told, Some(wanted));
    bench.stop().await;
}

/// Who hears that something was changed reads it again, and nobody tells it once more.
#[tokio::test]
async fn settings_that_are_stored_are_read_before_the_engine_took_them() {
    let bench = Bench::start().await;
    let workbench = bench.workbench.clone();
    let former = workbench.settings().strict;
    let full = bench.workbench.shared.engine.reserve().await;
    let full = full.expect("an engine");
    let change = async move { workbench.change_settings(|own| own.strict = !former).await };
    let change = tokio::spawn(change);
    let read = async {
        while bench.workbench.settings().strict == former {
            tokio::task::yield_now().await;
        }
    };
    let read = tokio::time::timeout(PATIENCE, read).await;
    read.expect("the new settings, with the engine still waiting");
    assert!(!change.is_finished(), "the engine was told");
    drop(full);
    change.await.expect("no panic").expect("changed");
    bench.stop().await;
}

/// A credential under one identity, with a key of that byte alone.
fn psk(id: CredentialId, holder: Holder, key: u8, created_at: UnixTime) -> Credential {
    Credential {
        id,
        holder,
        role: Role::Management,
        proof: Proof::Psk {
            identity: b"urn:one".as_slice().into(),
            key: Secret::new(vec![key; 16]),
        },
        shared: false,
        created_at,
    }
}

#[tokio::test]
async fn a_credential_that_is_deleted_while_it_is_bound_stays_deleted() {
    let bench = Bench::start().await;
    let workbench = &bench.workbench;
    let make = |id, holder| psk(id, holder, 7, workbench.now());
    let holder = Holder::Endpoint(name("urn:one"));
    let put = workbench.put_credential(Role::Management, holder, make);
    let (own, _) = put.await.expect("stored");
    // Both wait for their turn behind somebody who looks through all of them.
    let looking = workbench.credentials().await;
    let other = Holder::Endpoint(name("urn:two"));
    let bind = workbench.bind_credential(own.id, other, false);
    let (bound, dropped, ()) = tokio::join!(bind, workbench.drop_credential(own.id), async move {
        tokio::task::yield_now().await;
        drop(looking);
    });
    assert!(bound.expect("stored").is_some(), "it was there first");
    assert!(dropped.expect("stored").is_some(), "it was there");
    assert!(workbench.credentials().await.get(own.id).is_none());
    let told = bench
        .last_told(|command| match command {
            Command::PutCredential(own) => Some((own.id, true)),
            Command::DropCredential(id) => Some((*id, false)),
            _ => None,
        })
        .await;
    assert_eq!(told, Some((own.id, false)));
    bench.stop().await;
}

/// Sessions that are older than their credential end with the next start.
#[tokio::test]
async fn g_25_a_credential_that_proves_the_same_is_as_old_as_before() {
    let bench = Bench::start().await;
    let workbench = &bench.workbench;
    let put = async |key: u8, second: i64| {
        let at = UnixTime::from_millis(second * 1_000);
        let make = |id, holder| psk(id, holder, key, at);
        let holder = Holder::Endpoint(name("urn:one"));
        let put = workbench.put_credential(Role::Management, holder.clone(), make);
        let (own, _) = put.await.expect("stored");
        let again = workbench.put_credentials(vec![make(own.id, holder)]);
        again.await.expect("stored");
        let all = workbench.credentials().await;
        let stored = all.get(own.id).expect("a credential");
        stored.created_at.as_micros() / 1_000_000
    };
    assert_eq!(put(7, 1).await, 1);
    assert_eq!(put(7, 2).await, 1, "the same key");
    assert_eq!(put(8, 3).await, 3, "another key");
    bench.stop().await;
}
