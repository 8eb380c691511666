//! What waits for sleeping devices, how devices are treated, and how they deviate.

use super::facts::{deviated, forgotten, operation, profiled, registered, time};
use super::harness::Memory;
use crate::{Batch, DeviationRow};
use lwm2m::Format;
use server::change::Change;
use server::ids::{DeviceId, OperationId};
use server::operation::{Operation, OperationState, Priority};
use server::profile::{Profile, Treatment, WakeOn};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// A profile in which nothing is as usual.
fn odd_profile() -> Profile {
    Profile {
        awake_window: Some(Duration::from_millis(12_500)),
        default_format: Some(Format::SenmlJson),
        requeue_on_timeout: Some(false),
        wake_on: Some(WakeOn::Update),
        latest_wins: Some(true),
        draft_numbers: Some(true),
        treatments: BTreeMap::from([
            ("QRK-05", Treatment::Strict),
            ("QRK-06", Treatment::Lenient),
            ("REG-05", Treatment::Off),
        ]),
    }
}

/// The same operation waiting on other terms.
fn waiting(fact: &Change, change: impl FnOnce(&mut Operation)) -> Change {
    let Change::Operation(operation) = fact else {
        panic!("no operation: {fact:?}");
    };
    let mut operation = Operation::clone(operation);
    change(&mut operation);
    Change::Operation(Arc::new(operation))
}

#[tokio::test]
async fn qm_05_terms_and_places_of_what_waits_come_back_after_a_crash() {
    let mut memory = Memory::new().await;
    let queued = |id| operation(id, 1, OperationState::Queued);
    let odd = waiting(&queued(2), |own| {
        own.ttl = Some(Duration::from_secs(604_800));
        (own.priority, own.place) = (Priority::High, -7);
    });
    let low = waiting(&queued(3), |own| own.priority = Priority::Low);
    let facts = vec![queued(1), odd, low];
    memory.commit(vec![registered(1, 0)]).await;
    memory.commit(facts.clone()).await;
    let memory = memory.crash().await;
    let found = memory.snapshot.operations.iter();
    let found: Vec<_> = found
        .map(|own| Change::Operation(Arc::new(own.clone())))
        .collect();
    assert_eq!(found, facts);
    let ids = [2, 3, 9].map(OperationId);
    let rows = memory.store.reader.operations_by_id(&ids);
    assert_eq!(rows.await.expect("an answer").len(), 2);
}

#[test]
fn qm_05_what_waits_for_a_sleeper_and_how_it_is_treated_is_synced_to_the_disk() {
    let synced = |fact: Change| {
        let batch = Batch {
            changes: vec![Arc::new(vec![fact])],
            ..Batch::default()
        };
        batch.must_be_synced()
    };
    let read = |state| operation(1, 1, state);
    assert!(!synced(read(OperationState::Queued)));
    let patient = |state| waiting(&read(state), |own| own.ttl = Some(Duration::from_secs(60)));
    assert!(synced(patient(OperationState::Queued)));
    assert!(!synced(patient(OperationState::Sent)));
    assert!(synced(profiled(1, odd_profile())));
    assert!(!synced(deviated(1, 0, "QRK-05")));
}

#[tokio::test]
async fn profiles_come_back_after_a_crash_and_go_with_their_device() {
    let mut memory = Memory::new().await;
    memory
        .commit(vec![
            registered(1, 0),
            registered(2, 0),
            profiled(1, odd_profile()),
            profiled(2, odd_profile()),
        ])
        .await;
    memory.commit(vec![profiled(2, Profile::default())]).await;
    let mut memory = memory.crash().await;
    let profiles: Vec<_> = memory
        .snapshot
        .devices
        .iter()
        .map(|own| own.profile.as_deref())
        .collect();
    assert_eq!(profiles, [Some(&odd_profile()), None]);
    let stored = memory.store.reader.profile(DeviceId(1)).await;
    assert_eq!(stored.expect("an answer"), odd_profile());
    memory.commit(vec![forgotten(1)]).await;
    let stored = memory.store.reader.profile(DeviceId(1)).await;
    assert_eq!(stored.expect("an answer"), Profile::default());
}

#[tokio::test]
async fn deviations_are_counted_by_device_and_code() {
    let mut memory = Memory::new().await;
    memory
        .commit(vec![
            registered(1, 0),
            registered(2, 0),
            deviated(1, 5, "QRK-05"),
            deviated(1, 6, "QRK-05"),
            deviated(1, 7, "REG-05"),
            deviated(2, 8, "QRK-05"),
        ])
        .await;
    memory.commit(vec![deviated(1, 9, "QRK-05")]).await;
    let row = |code: &str, count, first, last| DeviationRow {
        code: code.to_owned(),
        count,
        first_at: time(first),
        last_at: time(last),
        example: format!("seen at {last}"),
    };
    let reader = memory.store.reader.clone();
    let of = async |device| {
        reader
            .deviations(DeviceId(device))
            .await
            .expect("an answer")
    };
    assert_eq!(
        of(1).await,
        [row("QRK-05", 3, 5, 9), row("REG-05", 1, 7, 7)]
    );
    assert_eq!(of(2).await, [row("QRK-05", 1, 8, 8)]);
    memory.commit(vec![forgotten(1)]).await;
    assert_eq!(of(1).await, []);
}
