//! What the palette and the console ask: devices by a part of what is known of
//! them, and lines typed before.

use super::facts::{forgotten, registered, time};
use super::harness::Memory;
use crate::{ConsoleLine, DeviceSearch, Edit, MAX_CONSOLE_LINES};
use lwm2m::ObjectList;
use server::change::Change;
use server::ids::{DeviceId, OperationId};
use std::sync::Arc;

async fn found(memory: &Memory, search: DeviceSearch, limit: u32) -> Vec<i64> {
    let rows = memory.store.reader.find_devices(&search, limit).await;
    rows.expect("devices").iter().map(|row| row.id.0).collect()
}

#[tokio::test]
async fn devices_are_found_by_name_alias_and_tag() {
    let mut memory = Memory::new().await;
    memory
        .commit((1..=30).map(|device| registered(device, 0)).collect())
        .await;
    let note = |device, alias: Option<&str>, tags: &[&str]| Edit::Note {
        device: DeviceId(device),
        alias: alias.map(Into::into),
        note: None,
        tags: Some(tags.iter().map(|&tag| tag.into()).collect()),
    };
    memory
        .edit(vec![
            note(7, Some("000002 in the cellar"), &["batch-7", "100%"]),
            note(8, None, &["batch-70"]),
        ])
        .await;
    let name = |text: &str| DeviceSearch::Name(text.into());
    let tag = |text: &str| DeviceSearch::Tag(text.into());
    for (search, limit, expected) in [
        // Beginnings first, then aliases, then the middle of names.
        (name("urn:dev:00000"), 3, vec![1, 2, 3]),
        (name("000002"), 9, vec![7, 2]),
        (name("CELLAR"), 9, vec![7]),
        (name("%"), 9, vec![]),
        (name(""), 2, vec![1, 2]),
        (tag("batch-7"), 9, vec![7, 8]),
        (tag("BATCH-70"), 9, vec![8]),
        (tag("100%"), 9, vec![7]),
        (tag("atch"), 9, vec![]),
    ] {
        assert_eq!(
            found(&memory, search.clone(), limit).await,
            expected,
            "{search:?}"
        );
    }
}

#[tokio::test]
async fn devices_are_found_by_what_they_announce() {
    let mut memory = Memory::new().await;
    memory
        .commit(vec![registered(1, 0), registered(2, 0)])
        .await;
    let row = memory.store.reader.device("urn:dev:000001").await;
    let row = row.expect("an answer").expect("a device");
    let announced = row.registration.objects.objects.first().expect("an object");
    let (object, instance) = (announced.object, announced.instances.first().copied());
    let find = |object, instance| DeviceSearch::Object(object, instance);
    assert_eq!(found(&memory, find(object, None), 9).await, [1, 2]);
    assert_eq!(found(&memory, find(object, instance), 1).await, [1]);
    assert!(
        found(&memory, find(object, Some(60_000)), 9)
            .await
            .is_empty()
    );
    assert!(found(&memory, find(60_000, None), 9).await.is_empty());
    // An instance counts for its own object, and is more than a part of a number.
    let mut rich = registered(3, 0);
    if let Change::Registered { registration, .. } = &mut rich {
        let own = Arc::make_mut(registration);
        let list = "</3303/12>,</3303/13>;ver=1.1,</3304/2>";
        own.objects = Arc::new(ObjectList::parse(list.as_bytes()).expect("a list"));
    }
    memory.commit(vec![rich]).await;
    for (object, instance, expected) in [
        (3303, Some(12), vec![3]),
        (3303, Some(13), vec![3]),
        (3303, Some(2), vec![]),
        (3303, Some(1), vec![]),
        (3304, Some(2), vec![3]),
        (3304, None, vec![3]),
        (304, None, vec![]),
    ] {
        let ids = found(&memory, find(object, instance), 9).await;
        assert_eq!(ids, expected, "{object} {instance:?}");
    }
}

#[tokio::test]
async fn the_newest_lines_of_each_console_are_kept() {
    let mut memory = Memory::new().await;
    memory
        .commit(vec![registered(1, 0), registered(2, 0)])
        .await;
    let typed = |line: &str, at| ConsoleLine {
        line: line.into(),
        at: time(at),
        operation: None,
    };
    let edit = |device, line: &ConsoleLine| Edit::ConsoleLine {
        device: DeviceId(device),
        line: line.clone(),
    };
    let (read, help) = (typed("read /3", 1), typed("help", 2));
    memory
        .edit(vec![edit(1, &read), edit(2, &help), edit(1, &help)])
        .await;
    // A repetition takes the place of the line before.
    let again = ConsoleLine {
        operation: Some(OperationId(7)),
        ..typed("help", 3)
    };
    memory.edit(vec![edit(1, &again)]).await;
    let mut memory = memory.crash().await;
    let lines = memory.store.reader.console_lines(DeviceId(1), 10).await;
    assert_eq!(lines.expect("lines"), [again, read]);

    let many = (0..i64::from(MAX_CONSOLE_LINES) + 5).map(|at| edit(1, &typed(&at.to_string(), at)));
    memory.edit(many.collect()).await;
    let lines = memory
        .store
        .reader
        .console_lines(DeviceId(1), u32::MAX)
        .await;
    let lines = lines.expect("lines");
    assert_eq!(lines.len(), MAX_CONSOLE_LINES as usize);
    assert_eq!(lines.last().map(|line| line.line.as_str()), Some("5"));
    let others = memory.store.reader.console_lines(DeviceId(2), 10).await;
    assert_eq!(others.expect("lines"), [help]);

    memory.commit(vec![forgotten(1)]).await;
    let lines = memory.store.reader.console_lines(DeviceId(1), 10).await;
    assert_eq!(lines.expect("lines"), []);
}
