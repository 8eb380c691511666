//! Who was turned away, and whom a person keeps out.

use super::facts::time;
use super::harness::Memory;
use crate::{BlockRow, BlockSubject, Edit, MAX_REFUSALS};
use coap::{ListenerId, Peer};
use server::change::Change;
use server::ids::EndpointName;
use server::security::{Fact, RefusalCause, RefusedRegistration};
use std::sync::Arc;

fn refused(endpoint: &str, at: i64, cause: RefusalCause) -> Change {
    let refused = RefusedRegistration {
        from: Peer::new(ListenerId(3), b"here").expect("a peer"),
        at: time(at),
        endpoint: EndpointName::new(endpoint),
        psk_identity: Some(b"meter-id"[..].into()),
        shown: None,
        cause,
    };
    Change::Security(Fact::RegistrationRefused(Arc::new(refused)))
}

#[tokio::test]
async fn refused_registrations_are_counted_while_they_repeat() {
    let mut memory = Memory::new().await;
    let version = || RefusalCause::UnknownVersion {
        version: "2.0".to_owned(),
    };
    memory
        .commit(vec![
            refused("a", 1, RefusalCause::OtherIdentity),
            refused("a", 2, RefusalCause::OtherIdentity),
            refused("", 3, version()),
        ])
        .await;
    memory
        .commit(vec![refused("a", 4, RefusalCause::OtherIdentity)])
        .await;
    let reader = &memory.store.reader;
    let rows = reader.refusals(time(0)).await.expect("rows");
    let told: Vec<_> = rows
        .iter()
        .map(|row| (row.refused.at, row.first_at, row.count))
        .collect();
    assert_eq!(told, [(time(4), time(1), 3), (time(3), time(3), 1)]);
    assert_eq!(
        rows[0].refused.endpoint.as_ref().map(EndpointName::as_str),
        Some("a")
    );
    assert_eq!(rows[1].refused.endpoint, None);
    assert_eq!(rows[1].refused.cause, version());
    let psk = rows[1].refused.psk_identity.as_deref();
    assert_eq!(psk, Some(&b"meter-id"[..]));
    assert_eq!(reader.refusals(time(4)).await.expect("rows").len(), 1);
}

#[tokio::test]
async fn a_flood_of_refusals_is_bounded() {
    let mut memory = Memory::new().await;
    for round in 0..12_i64 {
        let flood = (0..=255).map(|number| {
            let name = format!("{round}-{number}");
            refused(&name, round, RefusalCause::Insecure)
        });
        memory.commit(flood.collect()).await;
    }
    let rows = memory.store.reader.refusals(time(0)).await.expect("rows");
    assert_eq!(rows.len(), MAX_REFUSALS as usize);
    assert!(
        rows.iter().all(|row| row.refused.at >= time(4)),
        "the newest"
    );
}

#[tokio::test]
async fn blocks_are_kept_until_they_are_taken_back() {
    let mut memory = Memory::new().await;
    let identity = BlockSubject::PskIdentity(b"meter-id"[..].into());
    let host = BlockSubject::Host([192, 168, 1, 20][..].into());
    let block = |subject: &BlockSubject, at, until: Option<i64>| {
        Edit::Blocked(BlockRow {
            subject: subject.clone(),
            at: time(at),
            until: until.map(time),
        })
    };
    memory.edit(vec![block(&identity, 1, None)]).await;
    memory.edit(vec![block(&host, 2, Some(9))]).await;
    memory.edit(vec![block(&host, 3, Some(10))]).await;
    let rows = memory.store.reader.blocks().await.expect("rows");
    let told: Vec<_> = rows
        .iter()
        .map(|row| (&row.subject, row.at, row.until))
        .collect();
    assert_eq!(
        told,
        [(&host, time(3), Some(time(10))), (&identity, time(1), None)]
    );
    memory.edit(vec![Edit::Unblocked(host)]).await;
    assert_eq!(memory.store.reader.blocks().await.expect("rows").len(), 1);
}
