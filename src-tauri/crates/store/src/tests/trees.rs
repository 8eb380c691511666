//! What devices told of their trees, as rows.

use super::facts::{discovered, forgotten, listed, registered, written};
use super::harness::Memory;
use lwm2m::Path;
use server::discovery::News;
use server::ids::DeviceId;

/// `/3303/0 listed pmin=5`, one line for each path.
async fn tree(memory: &Memory) -> Vec<String> {
    let rows = memory.store.reader.discovered(DeviceId(1)).await;
    rows.expect("rows")
        .iter()
        .map(|row| {
            let mut words = vec![row.found.path.to_string()];
            let marks = [
                (row.found.listed, "listed"),
                (row.found.inherits, "inherits"),
            ];
            words.extend(
                marks
                    .into_iter()
                    .filter(|(on, _)| *on)
                    .map(|(_, word)| word.to_owned()),
            );
            let attached = row.found.attributes.iter();
            words.extend(attached.map(|(name, setting)| format!("{name}={setting}")));
            words.join(" ")
        })
        .collect()
}

#[tokio::test]
async fn dm_13_attributes_survive_a_crash() {
    let mut memory = Memory::new().await;
    let found = [
        ("/3303/0", &["pmin=5"][..]),
        ("/3303/0/5601", &[]),
        ("/3303/0/5700", &["gt=30.25", "edge=1"]),
    ];
    memory
        .commit(vec![
            registered(1, 0),
            discovered(1, 1, listed("/3303/0", &found)),
            discovered(1, 2, written("/3303/0/5700", &["gt", "lt=-0.1", "pmax=60"])),
            discovered(1, 3, written("/3", &["pmax=9", "st"])),
        ])
        .await;
    let expected = [
        "/3 pmax=9",
        "/3303/0 listed inherits pmin=5",
        "/3303/0/5601",
        "/3303/0/5700 pmax=60 lt=-0.1 edge=1",
    ];
    let mut sorted = tree(&memory).await;
    sorted.sort();
    assert_eq!(sorted, expected);
    let memory = memory.crash().await;
    let mut sorted = tree(&memory).await;
    sorted.sort();
    assert_eq!(sorted, expected);
}

#[tokio::test]
async fn dm_11_a_new_list_takes_the_place_of_what_was_below() {
    let mut memory = Memory::new().await;
    let old = [("/3303/0", &["pmin=5"][..]), ("/3303/0/5700", &["gt=1"])];
    let new = [("/3303/0/5700", &["gt=2"][..])];
    let facts = vec![
        registered(1, 0),
        discovered(1, 1, listed("/3303/0", &old)),
        discovered(1, 2, listed("/3303/0/5700", &new)),
    ];
    memory.commit(facts).await;
    let expected = [
        "/3303/0/5700 inherits gt=2",
        "/3303/0 listed inherits pmin=5",
    ];
    assert_eq!(tree(&memory).await, expected);
    memory
        .commit(vec![discovered(1, 3, News::Gone(Path::Instance(3303, 0)))])
        .await;
    assert_eq!(tree(&memory).await, [""; 0]);
}

#[tokio::test]
async fn a_tree_is_bounded_and_goes_with_its_device() {
    let mut memory = Memory::new().await;
    memory.commit(vec![registered(1, 0)]).await;
    for object in 0..3_u16 {
        let below = Path::Object(object);
        let one = |number: u16| {
            let path = Path::Instance(object, number);
            let listed = listed(&path.to_string(), &[(&path.to_string(), &[])]);
            let News::Listed { mut found, .. } = listed else {
                unreachable!("a list");
            };
            found.pop().expect("one path")
        };
        let found = (0..9_000).map(one).collect();
        let news = News::Listed { below, found };
        memory
            .commit(vec![discovered(1, object.into(), news)])
            .await;
    }
    let paths = tree(&memory).await;
    assert_eq!(paths.len(), 20_000);
    let oldest = paths.iter().filter(|path| path.starts_with("/0/"));
    assert_eq!(oldest.count(), 2_000, "the oldest went");
    memory.commit(vec![forgotten(1)]).await;
    assert_eq!(tree(&memory).await, [""; 0]);
}
