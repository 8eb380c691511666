//! History: ranges of paths and times, and curves.

use super::facts::{readings, time};
use super::harness::Memory;
use crate::{Chart, ChartQuery, ReadingQuery};
use clock::UnixTime;
use lwm2m::{Path, Value};
use server::ids::DeviceId;

fn everything() -> ReadingQuery {
    ReadingQuery {
        device: DeviceId(1),
        path: Path::Root,
        from: None,
        to: None,
        limit: 1_000,
    }
}

/// Asks for readings and compares `second path, …`.
async fn check(memory: &Memory, query: ReadingQuery, expect: &str) {
    let rows = memory.store.reader.readings(query).await.expect("readings");
    let second = |at: UnixTime| at.as_seconds() - time(0).as_seconds();
    let found: Vec<_> = rows
        .iter()
        .map(|row| format!("{} {}", second(row.time), row.path))
        .collect();
    assert_eq!(found.join(", "), expect, "{query:?}");
}

#[tokio::test]
async fn values_are_weighed_without_being_read() {
    let mut memory = Memory::new().await;
    let image: Path = "/5/0/0".parse().expect("a path");
    let bytes = |length: usize| Value::Opaque(vec![7; length]);
    for (at, length) in [(1, 3_000), (2, 2_000), (3, 100)] {
        let values = [(image, bytes(length))];
        memory.commit(vec![readings(1, at, &values)]).await;
    }
    let weigh = async |limit| {
        let query = ReadingQuery {
            path: image,
            limit,
            ..everything()
        };
        memory
            .store
            .reader
            .readings_size(query)
            .await
            .expect("a sum")
    };
    assert_eq!(weigh(9).await, 5_100);
    assert_eq!(weigh(2).await, 2_100, "the newest two");
    assert_eq!(weigh(0).await, 0);
}

#[tokio::test]
async fn a_prefix_reaches_what_lies_below_it() {
    let mut memory = Memory::new().await;
    let paths = [
        "/3/0/9",
        "/3/0/11/0",
        "/3/0/11/1",
        "/3303/0/5700",
        "/3303/1/5700",
        "/33/0/1",
    ];
    let values: Vec<_> = paths
        .iter()
        .map(|path| (path.parse().expect(path), Value::Integer(1)))
        .collect();
    memory
        .commit(vec![readings(1, 1, &values), readings(2, 1, &values)])
        .await;
    let at = |path: &str| ReadingQuery {
        path: path.parse().expect(path),
        ..everything()
    };
    check(&memory, at("/3303"), "1 /3303/0/5700, 1 /3303/1/5700").await;
    check(&memory, at("/3/0/11"), "1 /3/0/11/0, 1 /3/0/11/1").await;
    check(&memory, at("/3/0"), "1 /3/0/9, 1 /3/0/11/0, 1 /3/0/11/1").await;
    check(&memory, at("/33/0/1"), "1 /33/0/1").await;
    check(&memory, at("/4"), "").await;
    assert_eq!(
        memory
            .store
            .reader
            .readings(everything())
            .await
            .expect("readings")
            .len(),
        paths.len()
    );
    let latest = memory
        .store
        .reader
        .latest(DeviceId(2), Path::Object(3))
        .await
        .expect("readings");
    assert_eq!(latest.len(), 3);
    let many = [DeviceId(1), DeviceId(2), DeviceId(3)];
    let found = memory
        .store
        .reader
        .latest_of_many(&many, &[values[0].0, Path::Resource(9, 9, 9)])
        .await;
    let mut devices: Vec<_> = found
        .expect("readings")
        .into_iter()
        .map(|(device, _)| device.0)
        .collect();
    devices.sort_unstable();
    assert_eq!(devices, [1, 2]);
}

#[tokio::test]
async fn the_newest_come_ascending_and_the_span_is_half_open() {
    let mut memory = Memory::new().await;
    let (a, b) = (Path::Resource(3, 0, 1), Path::Resource(3, 0, 2));
    for second in 0..10 {
        memory
            .commit(vec![readings(
                1,
                second,
                &[(if second % 3 == 0 { b } else { a }, Value::Integer(second))],
            )])
            .await;
    }
    let span = |from, to, limit| ReadingQuery {
        from: Some(time(from)),
        to: Some(time(to)),
        limit,
        ..everything()
    };
    check(&memory, span(2, 5, 10), "2 /3/0/1, 3 /3/0/2, 4 /3/0/1").await;
    check(&memory, span(2, 9, 3), "6 /3/0/2, 7 /3/0/1, 8 /3/0/1").await;
    check(
        &memory,
        ReadingQuery {
            limit: 1,
            ..everything()
        },
        "9 /3/0/2",
    )
    .await;
    check(
        &memory,
        ReadingQuery {
            limit: 0,
            ..everything()
        },
        "",
    )
    .await;
    check(
        &memory,
        ReadingQuery {
            path: b,
            limit: 2,
            ..everything()
        },
        "6 /3/0/2, 9 /3/0/2",
    )
    .await;
}

const TEMPERATURE: Path = Path::Resource(3303, 0, 5700);

async fn curve(values: impl Iterator<Item = (i64, Value)>) -> Memory {
    let mut memory = Memory::new().await;
    memory
        .commit(
            values
                .map(|(second, value)| readings(1, second, &[(TEMPERATURE, value)]))
                .collect(),
        )
        .await;
    memory
}

async fn chart(memory: &Memory, from: i64, to: i64, columns: u32) -> Chart {
    let query = ChartQuery {
        device: DeviceId(1),
        path: TEMPERATURE,
        from: time(from),
        to: time(to),
        columns,
    };
    memory.store.reader.chart(query).await.expect("a chart")
}

#[tokio::test]
async fn a_curve_keeps_the_extremes_of_each_column_and_both_ends() {
    let saw = |second: i64| match second {
        4_321 => 1_000.0,
        7_654 => -1_000.0,
        other => f64::from(i32::try_from(other % 7).expect("small")),
    };
    let memory = curve((0..10_000).map(|second| (second, Value::Float(saw(second))))).await;
    let chart = chart(&memory, -1_000, 20_000, 100).await;
    assert_eq!(chart.readings, 10_000);
    assert!(
        chart.points.len() <= 2 * 100 + 2,
        "{} points",
        chart.points.len()
    );
    assert!(chart.points.is_sorted_by(|a, b| a.time < b.time));
    let point = |at: i64| {
        chart
            .points
            .iter()
            .find(|point| point.time == time(at))
            .map(|point| point.value)
    };
    assert_eq!(point(4_321), Some(1_000.0));
    assert_eq!(point(7_654), Some(-1_000.0));
    assert_eq!((point(0), point(9_999)), (Some(saw(0)), Some(saw(9_999))));
}

#[tokio::test]
async fn few_readings_are_all_drawn_and_the_span_is_half_open() {
    let memory = curve((0..10).map(|second| (second, Value::Integer(second)))).await;
    let some = chart(&memory, 3, 6, 100).await;
    assert_eq!(
        some.points
            .iter()
            .map(|point| point.value)
            .collect::<Vec<_>>(),
        [3.0, 4.0, 5.0]
    );
    assert_eq!(chart(&memory, 50, 60, 100).await, Chart::default());
    let reduced = chart(&memory, 0, 10, 1).await;
    assert_eq!(
        reduced
            .points
            .iter()
            .map(|point| point.value)
            .collect::<Vec<_>>(),
        [0.0, 9.0]
    );
    // A span that no clock has is no trouble.
    let query = ChartQuery {
        device: DeviceId(1),
        path: TEMPERATURE,
        from: UnixTime::from_micros(i64::MIN),
        to: UnixTime::from_micros(i64::MAX),
        columns: 2,
    };
    assert_eq!(
        memory
            .store
            .reader
            .chart(query)
            .await
            .expect("a chart")
            .readings,
        10
    );
}

#[tokio::test]
async fn every_number_has_its_place_and_the_rest_has_none() {
    let values = [
        Value::Unsigned(u64::MAX),
        Value::Float(f64::NAN),
        Value::Boolean(true),
        Value::String("7".into()),
        Value::Time(5),
        Value::Float(-0.0),
        Value::Opaque(vec![1]),
        Value::Float(f64::INFINITY),
        Value::Objlnk(3, 0),
    ];
    let memory = curve((0..).zip(values)).await;
    let all = chart(&memory, 0, 100, 100).await;
    let drawn: Vec<f64> = all.points.iter().map(|point| point.value).collect();
    assert_eq!(
        drawn,
        [18_446_744_073_709_551_615.0, 1.0, 5.0, 0.0, f64::INFINITY]
    );
    assert_eq!(all.readings, 5);
}
