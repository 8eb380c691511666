//! What is offered at the end of a line.

use super::view;
use crate::console::complete;
use crate::dto::CandidateKind;

/// The first candidates as `text|label`, and what they replace.
fn offered(line: &str) -> (String, Vec<String>) {
    let found = complete(&view(), line);
    let shown = |text: &str, label: &str| format!("{text}|{label}");
    let candidates = found.candidates.iter();
    (
        line[found.from..].to_owned(),
        candidates.map(|one| shown(&one.text, &one.label)).collect(),
    )
}

/// Whether these candidates come first, in this order, in place of `replaced`.
fn first(line: &str, replaced: &str, expected: &[&str]) {
    let (from, candidates) = offered(line);
    assert_eq!(from, replaced, "{line}");
    let begins = candidates.get(..expected.len());
    assert_eq!(
        begins.map(<[String]>::to_vec),
        Some(expected.iter().map(|&one| one.to_owned()).collect()),
        "{line}: {candidates:?}"
    );
}

fn only(line: &str, replaced: &str, expected: &[&str]) {
    first(line, replaced, expected);
    assert_eq!(
        offered(line).1.len(),
        expected.len(),
        "{line}: {:?}",
        offered(line).1
    );
}

#[test]
fn verbs_come_first_and_in_two_words_where_they_have_two() {
    first("", "", &["read|read PATH [FORMAT], or read device"]);
    first("comp", "comp", &["composite read|composite read PATH…"]);
    first("composite w", "w", &["write|write PATH=VALUE…"]);
    only("help dis", "dis", &["discover|discover PATH"]);
    only("fly ", "", &[]);
}

#[test]
fn places_are_found_by_path_and_by_name() {
    first("read /330", "/330", &["/3303|Temperature"]);
    first(
        "read /3303",
        "/3303",
        &[
            "/3303|Temperature",
            "/3303/0|Temperature 0",
            "/3303/1|Temperature 1",
        ],
    );
    first(
        "read /3303/",
        "/3303/",
        &["/3303/0|Temperature 0", "/3303/1|Temperature 1"],
    );
    first("read /3303/0/", "/3303/0/", &["/3303/0/5700|Sensor Value"]);
    only(
        "read /3303/0/5700",
        "/3303/0/5700",
        &["/3303/0/5700|Sensor Value"],
    );
    first(
        "read 3303/1/57",
        "3303/1/57",
        &["/3303/1/5700|Sensor Value"],
    );
    first(
        "read sensor",
        "sensor",
        &["/3303/0/5700|Sensor Value", "/3303/1/5700|Sensor Value"],
    );
    first("read manuf", "manuf", &["/3/0/0|Manufacturer"]);
    first(
        "read \"sensor val",
        "\"sensor val",
        &["/3303/0/5700|Sensor Value"],
    );
    let (_, temp) = offered("read temp");
    assert!(
        temp.contains(&"/3303/0/5700|Sensor Value".to_owned()),
        "{temp:?}"
    );
    first("read /3303_", "/3303_", &["/3303_1.1|Temperature"]);
    first(
        "read /3303_1.1/0/57",
        "/3303_1.1/0/57",
        &["/3303_1.1/0/5700|Sensor Value"],
    );
    // What the device told of is there, read or not.
    only(
        "read /3/0/11/",
        "/3/0/11/",
        &["/3/0/11/0|Error Code 0", "/3/0/11/1|Error Code 1"],
    );
    let (_, device) = offered("read dev");
    assert!(
        device.contains(&"device|the whole device".to_owned()),
        "{device:?}"
    );
}

#[test]
fn only_what_a_verb_can_do_something_with_is_offered() {
    let places = |line: &str| offered(line).1;
    assert!(places("read rebo").is_empty());
    only("execute rebo", "rebo", &["/3/0/4|Reboot"]);
    assert!(places("write manuf").is_empty());
    first("write lifet", "lifet", &["/1/0/1|Lifetime"]);
    only("cancel ", "", &["/3303/0/5700|Sensor Value"]);
    first(
        "composite cancel ",
        "",
        &["/1|LwM2M Server", "/3/0/9|Battery Level"],
    );
    only(
        "create /33",
        "/33",
        &["/3303|Temperature", "/3311|Light Control"],
    );
    only(
        "delete /3303/",
        "/3303/",
        &["/3303/0|Temperature 0", "/3303/1|Temperature 1"],
    );
    first(
        "composite read /3/0/0 /3303/0/57",
        "/3303/0/57",
        &["/3303/0/5700|Sensor Value"],
    );
    first(
        "composite write /1/0/1=300 lifet",
        "lifet",
        &["/1/0/1=|Lifetime"],
    );
}

#[test]
fn values_come_from_the_definition_and_from_what_is_there() {
    only(
        "write /1/0/6 ",
        "",
        &[
            "true|Notification Storing When Disabled or Offline",
            "false|Notification Storing When Disabled or Offline",
        ],
    );
    only(
        "write /1/0/6 t",
        "t",
        &["true|Notification Storing When Disabled or Offline"],
    );
    first("write /3/0/15 ", "", &["Europe/Berlin|Timezone"]);
    first("write /60000/0/7 ", "", &["0x0aff|"]);
    first("write /3/0 utc", "utc", &["14=|UTC Offset"]);
    first("write /3/0 14=x 15=", "", &["Europe/Berlin|Timezone"]);
    first(
        "composite write /1/0/6=f",
        "f",
        &["false|Notification Storing When Disabled or Offline"],
    );
    first("create /3311/1 on", "on", &["5850=|On/Off"]);
}

#[test]
fn words_of_the_grammar_are_offered_where_they_belong() {
    first(
        "observe /3303/0/5700 pm",
        "pm",
        &["pmin=|pmin", "pmax=|pmax"],
    );
    first("read /3 senml_c", "senml_c", &["senml_cbor|data format"]);
    first("read /3 --format tl", "tl", &["tlv|data format"]);
    first("read /3 --priority h", "h", &["high|priority"]);
    first("read /3 --", "--", &["--format|--format FORMAT"]);
    first(
        "read --timeout 5 /3303/0/57",
        "/3303/0/57",
        &["/3303/0/5700|Sensor Value"],
    );
    only(
        "cancel /3303/0/5700 ",
        "",
        &["passive|by reset to the next notification"],
    );
    only("wait ", "", &["op-7|resource_read /3"]);
    only("read /3 --timeout ", "", &[]);
    only("execute /3/0/4 ", "", &[]);
}

#[test]
fn lines_of_before_go_on_from_the_cursor() {
    let found = complete(&view(), "write /1");
    let line = found
        .candidates
        .iter()
        .find(|one| one.kind == CandidateKind::Line);
    assert_eq!(line.map(|one| one.text.as_str()), Some("/1/0/1 300"));
    let found = complete(&view(), "");
    let lines: Vec<_> = found
        .candidates
        .iter()
        .filter(|one| one.kind == CandidateKind::Line)
        .collect();
    assert_eq!(
        lines.first().map(|one| one.text.as_str()),
        Some("read /3303/0/5700")
    );
    assert!(
        !complete(&view(), "write /1/0/1 300")
            .candidates
            .iter()
            .any(|one| one.kind == CandidateKind::Line)
    );
}

#[test]
fn what_belongs_at_the_cursor_is_said() {
    let said = |line: &str| complete(&view(), line).expected.unwrap_or_default();
    assert_eq!(said("write /1/0/1 "), "Lifetime: a whole number, in s");
    assert_eq!(said("read "), "a path, or device for everything");
    assert!(said("observe /3 ").contains("pmin=5"));
    assert_eq!(said(""), "");
}
