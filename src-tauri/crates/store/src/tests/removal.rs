//! What is to go goes, a part at a time; what is to stay stays.

use super::facts::{ended, forgotten, operation, readings, registered, time};
use super::harness::Memory;
use crate::{ReadingQuery, Retention, Tidied};
use lwm2m::{Path, Value};
use server::ids::DeviceId;
use server::operation::OperationState;

const PATH: Path = Path::Resource(3303, 0, 5700);

/// One reading a second for each device.
async fn store_readings(memory: &mut Memory, devices: i64, seconds: std::ops::Range<i64>) {
    for device in 1..=devices {
        let value = |second| readings(device, second, &[(PATH, Value::Integer(second))]);
        memory.commit(seconds.clone().map(value).collect()).await;
    }
}

async fn count(memory: &Memory, device: i64) -> usize {
    let query = ReadingQuery {
        device: DeviceId(device),
        path: Path::Root,
        from: None,
        to: None,
        limit: u32::MAX,
    };
    memory
        .store
        .reader
        .readings(query)
        .await
        .expect("readings")
        .len()
}

#[tokio::test]
async fn old_readings_and_operations_go_and_the_newest_of_a_path_stays() {
    let mut memory = Memory::new().await;
    memory
        .commit(vec![registered(1, 0), registered(2, 0)])
        .await;
    store_readings(&mut memory, 2, 0..5_000).await;
    let lonely = (Path::Resource(3, 0, 0), Value::String("maker".into()));
    memory.commit(vec![readings(1, 3, &[lonely])]).await;
    memory
        .commit(vec![
            operation(1, 1, ended(10)),
            operation(2, 1, OperationState::Queued),
            operation(3, 1, ended(4_990)),
        ])
        .await;
    memory.store.writer.retain(Retention {
        keep_since: Some(time(4_900)),
        max_bytes: None,
    });
    assert!(memory.tidy().await > 1, "it is done in parts");
    assert_eq!(
        (count(&memory, 1).await, count(&memory, 2).await),
        (101, 100)
    );
    let left = memory
        .store
        .reader
        .operations(None, 10)
        .await
        .expect("operations");
    assert_eq!(
        left.iter()
            .map(|row| row.operation.id.0)
            .collect::<Vec<_>>(),
        [3, 2]
    );
    memory
        .store
        .writer
        .integrity_check()
        .await
        .expect("a sound file");
}

#[tokio::test]
async fn a_file_that_is_too_large_loses_its_oldest_readings() {
    let mut memory = Memory::new().await;
    store_readings(&mut memory, 4, 0..10_000).await;
    let before = memory.store.reader.database_bytes();
    memory.store.writer.retain(Retention {
        keep_since: None,
        max_bytes: Some(400_000),
    });
    memory.tidy().await;
    let left = count(&memory, 1).await;
    assert!((100..9_000).contains(&left), "{left} readings are left");
    let query = ReadingQuery {
        device: DeviceId(4),
        path: PATH,
        from: None,
        to: None,
        limit: 1,
    };
    let newest = memory.store.reader.readings(query).await.expect("readings");
    assert_eq!(newest[0].time, time(9_999), "the newest stay");
    // A limit that cannot be met ends too, and more is kept than nothing.
    memory.store.writer.retain(Retention {
        keep_since: None,
        max_bytes: Some(1),
    });
    memory.tidy().await;
    assert_eq!(count(&memory, 1).await, 1);
    memory
        .store
        .writer
        .integrity_check()
        .await
        .expect("a sound file");
    assert!(before > 400_000);
}

#[tokio::test]
async fn a_forgotten_device_is_gone_at_once_and_its_history_survives_no_crash() {
    let mut memory = Memory::new().await;
    memory
        .commit(vec![
            registered(1, 0),
            registered(2, 0),
            operation(1, 1, ended(2)),
        ])
        .await;
    memory
        .commit(vec![operation(2, 1, OperationState::Sent)])
        .await;
    store_readings(&mut memory, 2, 0..9_000).await;
    memory.commit(vec![forgotten(1)]).await;
    assert_eq!(
        memory
            .store
            .reader
            .device("urn:dev:000001")
            .await
            .expect("an answer"),
        None
    );
    assert_eq!(
        memory
            .store
            .reader
            .operations(None, 10)
            .await
            .expect("operations"),
        []
    );
    assert_eq!(
        memory.store.writer.tidy().await.expect("a part"),
        Tidied::More
    );

    let mut memory = memory.crash().await;
    assert_eq!(memory.snapshot.operations, []);
    assert!(memory.tidy().await > 1, "the rest was left to do");
    assert_eq!(
        (count(&memory, 1).await, count(&memory, 2).await),
        (0, 9_000)
    );
    assert!(
        memory
            .dump()
            .await
            .iter()
            .all(|row| !row.starts_with("forgotten") && !row.starts_with("operation"))
    );
    memory
        .store
        .writer
        .integrity_check()
        .await
        .expect("a sound file");
}

#[tokio::test]
async fn free_pages_go_back_to_the_file_system() {
    let mut memory = Memory::new().await;
    let large = Value::Opaque(vec![7; 4_000]);
    for second in 0..8 {
        let values = |at: i64| readings(1, second * 1_000 + at, &[(PATH, large.clone())]);
        memory.commit((0..1_000).map(values).collect()).await;
    }
    memory.store.writer.retain(Retention {
        keep_since: Some(time(8_000)),
        max_bytes: None,
    });
    memory.tidy().await;
    let Memory { store, .. } = memory;
    store.reader.close().await;
    let reader = store.reader.clone();
    store.writer.close().await.expect("closed");
    let left = reader.database_bytes();
    assert!(left < 20_000_000, "{left} bytes");
}
