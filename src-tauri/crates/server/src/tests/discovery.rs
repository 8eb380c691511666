//! What a device tells of its own tree, and what of it is remembered.

use super::bench::{Bench, LINKS, at};
use super::device::content;
use super::operate::changed;
use crate::operation::Ask;
use coap::{Code, Response};
use lwm2m::attributes::AttributeChange;

const LINK_FORMAT: u16 = 40;

/// The last fact about the tree, after a device of 1.1 was asked and answered.
fn learned(ask: Ask, answer: Response) -> (Vec<String>, Vec<String>) {
    let mut bench = Bench::new();
    bench.register("ep=urn:x&lt=60&lwm2m=1.1", LINKS);
    bench.ask(ask);
    bench.clear();
    bench.answer(answer);
    let told = bench.lines.iter().flat_map(|line| line.split("; "));
    let told = told.map(|fact| fact.trim_start_matches("store: "));
    let about_the_tree = |fact: &&str| {
        ["listed", "attributes", "gone"]
            .iter()
            .any(|word| fact.starts_with(word))
    };
    let facts = told.filter(about_the_tree).map(str::to_owned).collect();
    let deviations = bench.ending(1).deviations.iter();
    let deviations = deviations.map(|one| format!("{} {}", one.code, one.message));
    (facts, deviations.collect())
}

fn discover(path: &str, links: &str) -> (Vec<String>, Vec<String>) {
    learned(
        Ask::Discover { path: at(path) },
        content(LINK_FORMAT, links),
    )
}

#[test]
fn dm_11_what_a_discover_lists_is_remembered_below_its_target() {
    let links = "</3303/0>;pmin=5,</3303/0/5700>;gt=30;st=x;foo,</3303/0/5601>,</3/0>;pmax=9";
    let (facts, _) = discover("/3303/0", links);
    assert_eq!(
        facts,
        ["listed /3303/0: /3303/0;pmin=5 /3303/0/5601 /3303/0/5700;gt=30"]
    );
    let (facts, _) = discover("/3303/0/5700", "");
    assert_eq!(facts, ["listed /3303/0/5700: /3303/0/5700"]);
}

#[test]
fn dm_11_a_list_is_compared_with_the_definition() {
    let (_, odd) = discover("/3303", "</3303>,</3303/0>,</3303/0/5601>,</3303/0/9999>");
    assert_eq!(
        odd,
        [
            "DM-11 /3303/0/9999 is not in the definition of Temperature 1.0",
            "DM-11 /3303/0/5700 (Sensor Value) is mandatory in Temperature 1.0 and is missing",
        ]
    );
    let (_, odd) = discover("/3303/0", "</3303/0>,</3303/0/5700>");
    assert_eq!(odd, [""; 0]);
    let (_, odd) = discover("/3303/0/5601", "</3303/0/5601>");
    assert_eq!(odd, [""; 0], "a resource says nothing of its neighbours");
}

#[test]
fn dm_13_only_acknowledged_changes_are_remembered() {
    let write = || Ask::WriteAttributes {
        path: at("/3303/0/5700"),
        change: AttributeChange::from_queries(["pmin=5", "gt"]).expect("attributes"),
    };
    let (facts, _) = learned(write(), changed());
    assert_eq!(facts, ["attributes /3303/0/5700 pmin=5&gt"]);
    let (facts, _) = learned(write(), Response::new(Code::BAD_REQUEST));
    assert_eq!(facts, [""; 0]);
}

#[test]
fn dm_10_a_deleted_instance_is_no_longer_there() {
    let delete = Ask::Delete {
        path: at("/3303/1"),
    };
    let (facts, _) = learned(delete, Response::new(Code::DELETED));
    assert_eq!(facts, ["gone /3303/1"]);
}
