//! What is stored comes back, also after a crash.

use super::facts::{
    departed, ended, endpoint, forgotten, objects, observation, operation, peer, readings,
    registered, registration, seen, time,
};
use super::harness::Memory;
use crate::{ReadingQuery, ReadingRow};
use coap::Token;
use lwm2m::deviation::Deviation;
use lwm2m::{Format, Lwm2mVersion, Path, Value};
use server::change::{Change, ReadingSource, Readings};
use server::credential::Mode;
use server::ids::{DeviceId, ObservationId, OperationId, Revision};
use server::observation::{Observation, ObservationLink, Target};
use server::operation::{OperationState, TimedValue};
use server::registration::{Binding, Departure, Registration};
use std::sync::Arc;

/// A registration in which nothing is as usual.
fn odd_registration(device: i64) -> Registration {
    Registration {
        security: Mode::PublicKey,
        version: Lwm2mVersion::V1_0,
        lifetime_s: u32::MAX,
        binding: Binding::parse("UQS").expect("a binding"),
        queue_mode: true,
        sms: Some("+49 170 1234567".into()),
        objects: objects(
            "</lwm2m>;rt=\"oma.lwm2m\";ct=\"110 112\",</lwm2m/1/0>,</lwm2m/3303>;ver=1.1,</lwm2m/3303/2>",
        ),
        vendor: vec![
            ("x".into(), "ü \"quoted\"".into()),
            ("empty".into(), String::new()),
        ],
        ..registration(device, 5)
    }
}

#[tokio::test]
async fn registrations_come_back_after_a_crash() {
    let mut memory = Memory::new().await;
    let odd = odd_registration(1);
    let deviations = vec![Deviation::new("REG-05", "an unknown parameter")];
    memory
        .commit(vec![
            Change::Registered {
                endpoint: endpoint(1),
                registration: Arc::new(odd.clone()),
                deviations,
            },
            registered(2, 0),
            registered(3, 0),
            seen(2, 7),
            departed(3, 9),
        ])
        .await;
    let mut memory = memory.crash().await;
    let known: Vec<_> = memory
        .snapshot
        .devices
        .iter()
        .map(|known| known.registration.as_deref().cloned())
        .collect();
    let heard_later = Registration {
        seen_at: time(7),
        ..registration(2, 0)
    };
    assert_eq!(known, [Some(odd.clone()), Some(heard_later), None]);
    assert_eq!(memory.snapshot.revision, Revision(1));
    assert_eq!(memory.snapshot.last_device, Some(DeviceId(3)));

    let row = memory
        .store
        .reader
        .device("urn:dev:000001")
        .await
        .expect("an answer")
        .expect("a device");
    assert_eq!(
        (row.registration, row.deviations.len(), row.ended),
        (odd, 1, None)
    );
    let gone = memory
        .store
        .reader
        .device("urn:dev:000003")
        .await
        .expect("an answer")
        .expect("a device");
    assert_eq!(gone.ended, Some((Departure::Expired, time(9))));
    assert_eq!(
        gone.registration.peer,
        peer(3),
        "the last address stays to be shown"
    );

    let moved = Registration {
        peer: peer(77),
        lifetime_s: 60,
        ..registration(2, 20)
    };
    memory
        .commit(vec![
            Change::Updated {
                registration: Arc::new(moved.clone()),
            },
            registered(3, 30),
        ])
        .await;
    let memory = memory.crash().await;
    let known: Vec<_> = memory
        .snapshot
        .devices
        .iter()
        .map(|known| known.registration.as_deref().cloned())
        .collect();
    assert_eq!(known[1..], [Some(moved), Some(registration(3, 30))]);
}

#[tokio::test]
async fn observations_come_back_with_their_tokens_and_counts() {
    let mut memory = Memory::new().await;
    let waiting = Observation {
        target: Target::Several(vec![
            Path::Resource(3303, 0, 5700),
            Path::Root,
            Path::Instance(3, 0),
        ]),
        format: Some(Format::SenmlCbor),
        link: None,
        notifications: 4,
        last_at: Some(time(3)),
        ..observation(2, 1)
    };
    let empty = Observation {
        link: Some(ObservationLink {
            peer: peer(1),
            token: Token::EMPTY,
        }),
        ..observation(4, 1)
    };
    let notified = Change::Readings(Readings {
        device: DeviceId(1),
        source: ReadingSource::Notify,
        observation: Some(ObservationId(1)),
        arrived_at: time(8),
        values: Vec::new(),
    });
    let observed = [
        observation(1, 1),
        waiting.clone(),
        observation(3, 1),
        empty.clone(),
    ];
    let mut facts = vec![registered(1, 0)];
    facts.extend(observed.into_iter().map(Change::Observed));
    facts.extend([
        notified.clone(),
        Change::ObservationEnded {
            id: ObservationId(3),
        },
    ]);
    memory.commit(facts).await;
    memory.commit(vec![notified]).await;

    let memory = memory.crash().await;
    let counted = Observation {
        notifications: 2,
        last_at: Some(time(8)),
        ..observation(1, 1)
    };
    assert_eq!(
        memory.snapshot.observations,
        [counted.clone(), waiting, empty]
    );
    assert_eq!(memory.snapshot.last_observation, Some(ObservationId(4)));
    let listed = memory
        .store
        .reader
        .observations(Some(DeviceId(1)))
        .await
        .expect("an answer");
    assert_eq!(listed[0].observation, counted);
    assert_eq!(listed[0].endpoint, endpoint(1));
    assert_eq!(
        memory
            .store
            .reader
            .observations(Some(DeviceId(9)))
            .await
            .expect("an answer"),
        []
    );
    assert_eq!(
        memory
            .store
            .reader
            .counts()
            .await
            .expect("figures")
            .observations,
        2
    );
}

#[tokio::test]
async fn qm_05_open_operations_come_back_in_order_and_ended_ones_stay() {
    let mut memory = Memory::new().await;
    memory
        .commit(vec![
            registered(1, 0),
            operation(1, 1, OperationState::Queued),
        ])
        .await;
    memory
        .commit(vec![
            operation(2, 1, OperationState::Sent),
            operation(3, 1, OperationState::Queued),
            operation(1, 1, ended(9)),
        ])
        .await;
    let memory = memory.crash().await;
    let open: Vec<_> = memory
        .snapshot
        .operations
        .iter()
        .map(|open| (open.id.0, open.state.clone()))
        .collect();
    assert_eq!(
        open,
        [(2, OperationState::Sent), (3, OperationState::Queued)]
    );
    assert_eq!(memory.snapshot.last_operation, Some(OperationId(3)));

    let reader = &memory.store.reader;
    let first = reader
        .operation(OperationId(1))
        .await
        .expect("an answer")
        .expect("an operation");
    assert_eq!(
        (Change::Operation(Arc::new(first.operation)), first.endpoint),
        (operation(1, 1, ended(9)), endpoint(1))
    );
    let newest = reader
        .operations(Some(DeviceId(1)), 2)
        .await
        .expect("an answer");
    assert_eq!(
        newest
            .iter()
            .map(|row| row.operation.id.0)
            .collect::<Vec<_>>(),
        [3, 2]
    );
    assert_eq!(
        reader.operations(None, 10).await.expect("an answer").len(),
        3
    );
    assert_eq!(reader.counts().await.expect("figures").open_operations, 2);
}

#[tokio::test]
async fn values_of_every_kind_come_back_to_the_bit() {
    let values = [
        Value::String("ü\0 text".into()),
        Value::Integer(i64::MIN),
        Value::Unsigned(u64::MAX),
        Value::Float(0.1 + 0.2),
        Value::Float(-0.0),
        Value::Float(f64::NAN),
        Value::Float(f64::NEG_INFINITY),
        Value::Float(f64::MIN_POSITIVE / 4.0),
        Value::Float(2.0),
        Value::Boolean(true),
        Value::Opaque(vec![0, 255, 7]),
        Value::Opaque(Vec::new()),
        Value::Time(i64::MAX),
        Value::Objlnk(65_535, 65_535),
        Value::Corelnk("</3/0>".into()),
    ];
    let at = |number: usize| {
        Path::ResourceInstance(3303, 0, 5700, u16::try_from(number).expect("small"))
    };
    let placed: Vec<_> = values
        .iter()
        .enumerate()
        .map(|(number, value)| (at(number), value.clone()))
        .collect();
    let mut memory = Memory::new().await;
    memory
        .commit(vec![registered(1, 0), readings(1, 1, &placed)])
        .await;
    let memory = memory.crash().await;
    let back = memory
        .store
        .reader
        .latest(DeviceId(1), Path::Root)
        .await
        .expect("an answer");
    assert_eq!(back.len(), values.len());
    for (row, value) in back.iter().zip(&values) {
        match (&row.value, value) {
            (Value::Float(found), Value::Float(stored)) => {
                assert_eq!(found.to_bits(), stored.to_bits(), "{stored}")
            }
            (found, stored) => assert_eq!(found, stored),
        }
    }
}

#[tokio::test]
async fn ir_06_readings_lie_under_their_own_time_and_once() {
    let path = Path::Resource(3303, 0, 5700);
    let sent = |value, taken_at| {
        Change::Readings(Readings {
            device: DeviceId(1),
            source: ReadingSource::Send,
            observation: None,
            arrived_at: time(50),
            values: vec![TimedValue {
                path,
                value: Value::Float(value),
                taken_at,
            }],
        })
    };
    let mut memory = Memory::new().await;
    memory
        .commit(vec![
            sent(3.0, None),
            sent(1.0, Some(time(10))),
            sent(2.0, Some(time(20))),
        ])
        .await;
    memory
        .commit(vec![sent(1.5, Some(time(10))), sent(2.0, Some(time(20)))])
        .await;
    let query = ReadingQuery {
        device: DeviceId(1),
        path: Path::Root,
        from: None,
        to: None,
        limit: 10,
    };
    let rows = memory
        .store
        .reader
        .readings(query)
        .await
        .expect("an answer");
    let row = |seconds, value| ReadingRow {
        path,
        time: time(seconds),
        value: Value::Float(value),
        source: ReadingSource::Send,
    };
    assert_eq!(rows, [row(10, 1.5), row(20, 2.0), row(50, 3.0)]);
}

#[tokio::test]
async fn ids_of_forgotten_devices_are_not_given_again() {
    let mut memory = Memory::new().await;
    memory
        .commit(vec![
            registered(5, 0),
            operation(9, 5, ended(1)),
            Change::Observed(observation(8, 5)),
        ])
        .await;
    memory.commit(vec![forgotten(5)]).await;
    memory.tidy().await;
    let memory = memory.crash().await;
    let Memory { snapshot, .. } = &memory;
    assert!(snapshot.devices.is_empty() && snapshot.observations.is_empty());
    assert_eq!(snapshot.last_device, Some(DeviceId(5)));
    assert_eq!(snapshot.last_observation, Some(ObservationId(8)));
    assert_eq!(snapshot.last_operation, Some(OperationId(9)));
}
