//! Pages of the device list.

use super::facts::{departed, endpoint, registered, registration, seen, time};
use super::harness::Memory;
use crate::{DeviceOrder, DevicePage, DeviceQuery, Edit};
use coap::{ListenerId, Peer};
use server::change::Change;
use server::ids::DeviceId;
use server::registration::Registration;
use server::security::ASSOCIATIONS;
use std::sync::Arc;

fn query() -> DeviceQuery {
    DeviceQuery {
        filter: String::new(),
        online: None,
        order: DeviceOrder::Endpoint,
        offset: 0,
        limit: 100,
        now: time(100),
    }
}

/// Five devices: 1 to 3 online and heard in this order, 4 departed, 5 lapsed.
async fn five_devices() -> Memory {
    let mut memory = Memory::new().await;
    memory
        .commit(
            (1..=5)
                .map(|device| registered(device, device - 300))
                .collect(),
        )
        .await;
    memory
        .commit(vec![
            seen(1, 10),
            seen(2, 20),
            seen(3, 30),
            seen(4, 40),
            departed(4, 50),
        ])
        .await;
    let alias = |device, alias: &str| Edit::Note {
        device: DeviceId(device),
        alias: Some(alias.into()),
        note: None,
        tags: None,
    };
    memory
        .edit(vec![alias(2, "Boiler 100%"), alias(3, "boiler_room")])
        .await;
    memory
}

fn ids(page: &DevicePage) -> Vec<i64> {
    page.devices.iter().map(|row| row.id.0).collect()
}

/// Asks for a page and compares `ids; total; online`.
async fn check(memory: &Memory, query: DeviceQuery, expect: &str) {
    let page = memory.store.reader.devices(&query).await.expect("a page");
    assert_eq!(
        format!("{:?}; {}; {}", ids(&page), page.total, page.online),
        expect,
        "{query:?}"
    );
    let online = page
        .devices
        .iter()
        .filter(|row| row.is_online(query.now))
        .count();
    assert!(u64::try_from(online).expect("small") <= page.online);
}

#[tokio::test]
async fn pages_are_sorted_and_counted() {
    let memory = five_devices().await;
    let ordered = |order| DeviceQuery { order, ..query() };
    check(&memory, query(), "[1, 2, 3, 4, 5]; 5; 3").await;
    check(
        &memory,
        ordered(DeviceOrder::LastSeen),
        "[4, 3, 2, 1, 5]; 5; 3",
    )
    .await;
    check(
        &memory,
        ordered(DeviceOrder::Expires),
        "[5, 1, 2, 3, 4]; 5; 3",
    )
    .await;
    check(
        &memory,
        ordered(DeviceOrder::Registered),
        "[5, 4, 3, 2, 1]; 5; 3",
    )
    .await;
    check(
        &memory,
        DeviceQuery {
            offset: 1,
            limit: 2,
            ..query()
        },
        "[2, 3]; 5; 3",
    )
    .await;
    check(
        &memory,
        DeviceQuery {
            offset: 9,
            ..query()
        },
        "[]; 5; 3",
    )
    .await;
    check(
        &memory,
        DeviceQuery {
            online: Some(true),
            ..query()
        },
        "[1, 2, 3]; 3; 3",
    )
    .await;
    check(
        &memory,
        DeviceQuery {
            online: Some(false),
            ..query()
        },
        "[4, 5]; 2; 0",
    )
    .await;
}

#[tokio::test]
async fn filters_match_parts_of_names_and_aliases_literally() {
    let memory = five_devices().await;
    let filtered = |filter: &str| DeviceQuery {
        filter: filter.into(),
        ..query()
    };
    check(&memory, filtered("BOILER"), "[2, 3]; 2; 2").await;
    check(&memory, filtered("URN:DEV:000004"), "[4]; 1; 0").await;
    check(&memory, filtered("100%"), "[2]; 1; 1").await;
    check(&memory, filtered("r_r"), "[3]; 1; 1").await;
    check(&memory, filtered("\\"), "[]; 0; 0").await;
}

#[tokio::test]
async fn names_lead_to_ids() {
    let memory = five_devices().await;
    assert_eq!(
        memory
            .store
            .reader
            .device_id("urn:dev:000003")
            .await
            .expect("an answer"),
        Some(DeviceId(3))
    );
    assert_eq!(
        memory
            .store
            .reader
            .device_id("urn:dev:00000")
            .await
            .expect("an answer"),
        None
    );
    assert_eq!(
        memory
            .store
            .reader
            .device("nobody")
            .await
            .expect("an answer"),
        None
    );
}

#[tokio::test]
async fn a_device_that_was_secure_before_is_known_as_such() {
    let mut memory = Memory::new().await;
    let comes = |listener, at| {
        let peer = Peer::new(listener, &[1]).expect("a byte");
        let registration = Registration {
            peer,
            ..registration(1, at)
        };
        vec![Change::Registered {
            endpoint: endpoint(1),
            registration: Arc::new(registration),
            deviations: Vec::new(),
        }]
    };
    let plain = ListenerId(1);
    for (listener, expected) in [
        (plain, false),
        (ASSOCIATIONS, false),
        (plain, true),
        (plain, true),
    ] {
        memory.commit(comes(listener, 10)).await;
        let page = memory.store.reader.devices(&query()).await;
        let page = page.expect("a page");
        assert_eq!(page.devices[0].was_secure, expected, "{listener:?}");
    }
}
