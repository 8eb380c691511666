//! What people and the program around the engine enter.

use super::facts::{registered, time};
use super::harness::Memory;
use crate::{Edit, ModelRow, ProblemRow};
use lwm2m::ObjectVersion;
use server::ids::DeviceId;

#[tokio::test]
async fn edits_come_back() {
    let mut memory = Memory::new().await;
    let note = |alias: Option<&str>, note: Option<&str>, tags: Option<&[&str]>| Edit::Note {
        device: DeviceId(1),
        alias: alias.map(Into::into),
        note: note.map(Into::into),
        tags: tags.map(|tags| tags.iter().map(|&tag| tag.into()).collect()),
    };
    let model = |minor, xml: &str| ModelRow {
        object: 3303,
        version: ObjectVersion::new(1, minor),
        file: "3303.xml".into(),
        xml: xml.into(),
    };
    let view = |value: Option<&str>| Edit::View {
        key: "layout".into(),
        value: value.map(Into::into),
    };
    memory.commit(vec![registered(1, 0)]).await;
    memory
        .edit(vec![
            note(Some("Boiler"), Some("in the cellar"), Some(&["hot", "old"])),
            Edit::Setting {
                key: "theme".into(),
                value: "\"dark\"".into(),
            },
            view(Some("{}")),
            Edit::Model(model(0, "<first/>")),
            Edit::Model(model(1, "<other/>")),
        ])
        .await;
    memory
        .edit(vec![
            note(None, Some(""), None),
            Edit::Model(model(0, "<second/>")),
            Edit::ModelRemoved {
                object: 3303,
                version: ObjectVersion::new(1, 1),
            },
        ])
        .await;
    // What people entered stays when the device registers again.
    memory.commit(vec![registered(1, 9)]).await;
    let mut memory = memory.crash().await;
    let row = memory
        .store
        .reader
        .device("urn:dev:000001")
        .await
        .expect("an answer")
        .expect("a device");
    assert_eq!(
        (row.alias.as_deref(), row.note, row.tags),
        (Some("Boiler"), None, vec!["hot".into(), "old".into()])
    );
    assert_eq!(
        memory.store.reader.models().await.expect("an answer"),
        [model(0, "<second/>")]
    );
    assert_eq!(
        memory.store.reader.settings().await.expect("an answer")["theme"],
        "\"dark\""
    );
    assert_eq!(
        memory
            .store
            .reader
            .view("layout")
            .await
            .expect("an answer")
            .as_deref(),
        Some("{}")
    );
    memory
        .edit(vec![view(None), note(Some(""), None, Some(&[]))])
        .await;
    assert_eq!(
        memory.store.reader.view("layout").await.expect("an answer"),
        None
    );
    let row = memory
        .store
        .reader
        .device("urn:dev:000001")
        .await
        .expect("an answer")
        .expect("a device");
    assert_eq!((row.alias, row.tags), (None, Vec::new()));
}

#[tokio::test]
async fn problems_are_counted_and_bounded() {
    let problem = |message: String, at, count| ProblemRow {
        at: time(at),
        listener: "coap".into(),
        peer: "127.0.0.1:4".into(),
        kind: "malformed_message".into(),
        message,
        count,
    };
    let mut memory = Memory::new().await;
    memory
        .edit(vec![Edit::Problems(vec![
            problem("same".into(), 1, 2),
            problem("same".into(), 3, 1),
        ])])
        .await;
    memory
        .edit(vec![Edit::Problems(vec![
            problem("same".into(), 2, 4),
            problem("other".into(), 9, 1),
        ])])
        .await;
    let rows = memory.store.reader.problems(10).await.expect("an answer");
    assert_eq!(
        rows,
        [problem("other".into(), 9, 1), problem("same".into(), 3, 7)]
    );

    let flood = (0..crate::MAX_PROBLEMS)
        .map(|number| problem(format!("number {number}"), 100, 1))
        .collect();
    memory.edit(vec![Edit::Problems(flood)]).await;
    let rows = memory
        .store
        .reader
        .problems(u32::MAX)
        .await
        .expect("an answer");
    assert_eq!(rows.len(), crate::MAX_PROBLEMS as usize);
    assert!(
        rows.iter().all(|row| row.at == time(100)),
        "the oldest go first"
    );
}
