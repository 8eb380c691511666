//! Line by line: the call that it stands for, or the sentence that refuses it.

use super::view;
use crate::console::{Call, Order, order};
use crate::error::ErrorCode;
use serde_json::{Value as Json, json};

/// The calls of a line, without the endpoint that all of them carry.
fn calls(line: &str) -> Vec<(&'static str, Json)> {
    let order = order(&view(), line).unwrap_or_else(|complaint| panic!("{line}: {complaint:?}"));
    let calls: Vec<Call> = match order {
        Order::Start { before, call } => before.into_iter().chain([call]).collect(),
        Order::Wait(call) | Order::Look(call) => vec![call],
        Order::Say(_) => Vec::new(),
    };
    let plain = |mut call: Call| {
        let endpoint = call.request.remove("endpoint");
        if call.name != "operation_wait" {
            assert_eq!(endpoint, Some("urn:x".into()), "{line}");
        }
        (call.name, Json::Object(call.request))
    };
    calls.into_iter().map(plain).collect()
}

fn check(line: &str, name: &'static str, request: Json) {
    assert_eq!(calls(line), [(name, request)], "{line}");
}

#[test]
fn paths_are_read_with_format_version_and_options() {
    let read = |line: &str, request: Json| check(line, "resource_read", request);
    read("read /3303/0/5700", json!({ "path": "/3303/0/5700" }));
    read("read 3/0", json!({ "path": "/3/0" }));
    read(
        "  read   /3  tlv ",
        json!({ "path": "/3", "format": "tlv" }),
    );
    read(
        "read /3 --format senml_cbor",
        json!({ "path": "/3", "format": "senml_cbor" }),
    );
    read("read /3_1.1/0/9", json!({ "path": "/3_1.1/0/9" }));
    read(
        "read --unchecked /0/0",
        json!({ "path": "/0/0", "unchecked": true }),
    );
    read(
        "read /3 --timeout 2.5",
        json!({ "path": "/3", "timeout_ms": 2500 }),
    );
    read("read /4711/0/1/2", json!({ "path": "/4711/0/1/2" }));
    read(
        "read /3 --ttl 3600 --priority high",
        json!({ "path": "/3", "ttl_ms": 3_600_000, "priority": "high" }),
    );
    check("read device", "device_read", json!({}));
    check(
        "discover /3/0",
        "resource_discover",
        json!({ "path": "/3/0" }),
    );
}

#[test]
fn values_are_written_as_their_definition_has_them() {
    let one = |line: &str, path: &str, kind: &str, value: Json| {
        let values = json!([{ "path": path, "kind": kind, "value": value }]);
        let request = json!({ "path": path, "mode": "replace", "values": values });
        check(line, "resource_write", request);
    };
    one("write /1/0/1 300", "/1/0/1", "integer", json!("300"));
    one("write /1/0/6 true", "/1/0/6", "boolean", json!(true));
    one(
        "write /3/0/13 2026-11-20T09:42:17Z",
        "/3/0/13",
        "time",
        json!("1795167737"),
    );
    one(
        "write /3/0/14 \"+02:00\"",
        "/3/0/14",
        "string",
        json!("+02:00"),
    );
    one("write /3/0/14 a=b", "/3/0/14", "string", json!("a=b"));
    one("write /3_1.1/0/14 x", "/3_1.1/0/14", "string", json!("x"));
    one("write /3/0/15 \"\"", "/3/0/15", "string", json!(""));
    one(
        "write /3311/0/5706 \"warm white\"",
        "/3311/0/5706",
        "string",
        json!("warm white"),
    );
    // What came before says the type where no definition does; else its look.
    one(
        "write /60000/0/7 0x0aff",
        "/60000/0/7",
        "opaque",
        json!("Cv8="),
    );
    one(
        "write /60000/0/8 0x0aff",
        "/60000/0/8",
        "opaque",
        json!("Cv8="),
    );
    one("write /60000/0/8 -5", "/60000/0/8", "integer", json!("-5"));
    one("write /60000/0/8 5.5", "/60000/0/8", "float", json!(5.5));
    one("write /60000/0/8 3:0", "/60000/0/8", "objlnk", json!("3:0"));
    one(
        "write /60000/0/8 true",
        "/60000/0/8",
        "boolean",
        json!(true),
    );
    one("write /60000/0/8 \"5\"", "/60000/0/8", "string", json!("5"));
    one(
        "write /60000/0/8 word",
        "/60000/0/8",
        "string",
        json!("word"),
    );
}

#[test]
fn several_values_are_written_below_an_instance_or_a_multiple_resource() {
    let text = |path: &str, value: &str| json!({ "path": path, "kind": "string", "value": value });
    check(
        "write /3/0 14=\"+02:00\" 15=Europe/Berlin",
        "resource_write",
        json!({ "path": "/3/0", "mode": "update",
            "values": [text("/3/0/14", "+02:00"), text("/3/0/15", "Europe/Berlin")] }),
    );
    let integer =
        |path: &str, value: &str| json!({ "path": path, "kind": "integer", "value": value });
    check(
        "write /1/0 1=300 --replace",
        "resource_write",
        json!({ "path": "/1/0", "mode": "replace", "values": [integer("/1/0/1", "300")] }),
    );
    check(
        "write /60000/0/9 0=1 1=2 --update",
        "resource_write",
        json!({ "path": "/60000/0/9", "mode": "update",
            "values": [integer("/60000/0/9/0", "1"), integer("/60000/0/9/1", "2")] }),
    );
    check(
        "write /3/0 11/1=6 --unchecked",
        "resource_write",
        json!({ "path": "/3/0", "mode": "update", "unchecked": true,
            "values": [integer("/3/0/11/1", "6")] }),
    );
}

#[test]
fn resources_are_executed_with_the_rest_of_the_line() {
    let execute = |line: &str, request: Json| check(line, "resource_execute", request);
    execute("execute /3/0/4", json!({ "path": "/3/0/4" }));
    execute(
        "execute /3/0/4 0",
        json!({ "path": "/3/0/4", "arguments": "0" }),
    );
    execute(
        "execute --timeout 9 /3/0/5 0='a',1 ",
        json!({ "path": "/3/0/5", "arguments": "0='a',1", "timeout_ms": 9000 }),
    );
}

#[test]
fn instances_are_created_and_deleted() {
    let value = json!({ "path": "5700", "kind": "float", "value": 21.5 });
    check(
        "create /3303/2 5700=21.5",
        "instance_create",
        json!({ "object": 3303, "instance": 2, "values": [value] }),
    );
    check(
        "create /3303",
        "instance_create",
        json!({ "object": 3303, "values": [] }),
    );
    check(
        "delete /3303/1",
        "instance_delete",
        json!({ "path": "/3303/1" }),
    );
}

#[test]
fn attributes_are_set_before_observing() {
    let path = "/3303/0/5700";
    let attributes = (
        "attributes_write",
        json!({ "path": path, "attributes": { "pmin": 5, "gt": 30.5 } }),
    );
    let observe = ("observation_start", json!({ "path": path }));
    assert_eq!(
        calls("observe /3303/0/5700 pmin=5 gt=30.5"),
        [attributes.clone(), observe.clone()]
    );
    assert_eq!(calls("observe /3303/0/5700"), [observe]);
    assert_eq!(
        calls("attributes /3303/0/5700 pmin=5 gt=30.5"),
        [attributes]
    );
    check(
        "attributes /3303 pmax= con=1",
        "attributes_write",
        json!({ "path": "/3303", "attributes": { "pmax": null, "con": 1 } }),
    );
    check(
        "attributes /3303",
        "attributes_get",
        json!({ "path": "/3303" }),
    );
    let formatted = calls("observe /3303/0 pmin=5 --format tlv --timeout 1");
    assert_eq!(
        formatted[0].1["format"],
        Json::Null,
        "attributes have no format"
    );
    assert_eq!(
        (&formatted[1].1["format"], &formatted[0].1["timeout_ms"]),
        (&json!("tlv"), &json!(1000))
    );
}

#[test]
fn observations_are_cancelled_both_ways() {
    let cancel = |line: &str, way: &str| {
        check(
            line,
            "observation_cancel",
            json!({ "path": "/3303/0/5700", "way": way }),
        );
    };
    cancel("cancel /3303/0/5700", "active");
    cancel("cancel /3303/0/5700 passive", "passive");
}

#[test]
fn composite_calls_take_several_paths() {
    check(
        "composite read /",
        "composite_read",
        json!({ "paths": ["/"] }),
    );
    check(
        "composite read /3_1.1/0/0 3303/0 --format senml_json",
        "composite_read",
        json!({ "paths": ["/3_1.1/0/0", "/3303/0"], "format": "senml_json" }),
    );
    check(
        "composite observe /3/0/9 /1",
        "composite_observe",
        json!({ "paths": ["/3/0/9", "/1"] }),
    );
    check(
        "composite cancel /3/0/9 /1 passive",
        "composite_cancel",
        json!({ "paths": ["/3/0/9", "/1"], "way": "passive" }),
    );
    check(
        "composite write /1/0/1=300 /3/0/14=\"+02:00\" /3/0/11/0=5 --unchecked",
        "composite_write",
        json!({ "unchecked": true, "values": [
            { "path": "/1/0/1", "kind": "integer", "value": "300" },
            { "path": "/3/0/14", "kind": "string", "value": "+02:00" },
            { "path": "/3/0/11/0", "kind": "integer", "value": "5" },
        ] }),
    );
}

#[test]
fn some_lines_ask_nothing_of_the_device() {
    check(
        "wait op-7",
        "operation_wait",
        json!({ "operation": "op-7" }),
    );
    assert_eq!(calls("queue").len(), 1);
    for line in ["help", "help write", "help composite read"] {
        match order(&view(), line) {
            Ok(Order::Say(lines)) => assert!(lines.len() > 2, "{line}: {lines:?}"),
            other => panic!("{line}: {other:?}"),
        }
    }
    assert_eq!(order(&view(), "  "), Ok(Order::Say(Vec::new())));
}

#[test]
fn a_wrong_word_is_named_with_its_column_and_what_would_fit() {
    use ErrorCode::{InvalidPath, InvalidRequest, InvalidValue, InvalidVersion};
    for (line, code, sentence) in [
        (
            "raed /3",
            InvalidRequest,
            "Column 1: \"raed\" is no command; commands are read, write,",
        ),
        (
            "composite",
            InvalidRequest,
            "Column 10: after \"composite\" comes read, write, observe, cancel.",
        ),
        (
            "composite fly /3",
            InvalidRequest,
            "Column 11: after \"composite\" comes",
        ),
        ("read", InvalidRequest, "Column 5: here is missing a path"),
        (
            "read three",
            InvalidPath,
            "Column 6: \"three\" is not a path; a path looks like /3303/0/5700.",
        ),
        (
            "read /3/0/99999",
            InvalidPath,
            "Column 6: \"/3/0/99999\" is not a path: \"99999\" is not an id",
        ),
        ("read /", InvalidPath, "or write read device"),
        (
            "read /3_1.2/0/9",
            InvalidVersion,
            "Column 6: Invalid object version: /3_1.2/0/9 asks for object 3 version 1.2, the device has 1.1.",
        ),
        (
            "read /3 xml",
            InvalidRequest,
            "Column 9: \"xml\" is not a format; formats are text,",
        ),
        (
            "read /3 tlv /1",
            InvalidRequest,
            "Column 13: \"/1\" does not belong here; composite read takes",
        ),
        (
            "read /3 --fast",
            InvalidRequest,
            "Column 9: \"--fast\" is no option of read, which has --format,",
        ),
        (
            "read /3 --timeout",
            InvalidRequest,
            "Column 18: --timeout needs SECONDS.",
        ),
        (
            "read /3 --timeout soon",
            InvalidRequest,
            "Column 19: \"soon\" is not a number of seconds",
        ),
        ("write /3", InvalidPath, "Column 7: /3 cannot be written"),
        (
            "write /3/0/14",
            InvalidRequest,
            "Column 14: here is missing a value: text",
        ),
        (
            "write /1/0/1 soon",
            InvalidValue,
            "Column 14: \"soon\" does not fit /1/0/1 (Lifetime), which takes a whole number",
        ),
        ("write /1/0/6 2", InvalidValue, "which takes true or false."),
        (
            "write /3/0/0 x",
            InvalidValue,
            "Column 14: Manufacturer cannot be written",
        ),
        (
            "write /3/0/4 x",
            InvalidPath,
            "Column 14: /3/0/4 (Reboot) is executed, not written.",
        ),
        (
            "write /3/0/11 5",
            InvalidValue,
            "holds several values; write ID=VALUE for each, as in 0=5.",
        ),
        (
            "write /3/0/15 Europe Berlin",
            InvalidRequest,
            "Column 22: \"Berlin\" does not belong here; put text",
        ),
        (
            "write /3/0 x",
            InvalidRequest,
            "Column 12: \"x\" is not ID=VALUE; below /3/0",
        ),
        (
            "write /3/0 x=1",
            InvalidPath,
            "Column 12: \"x\" is not the id of a resource",
        ),
        (
            "write /1/0 1=300 1/2/3=4",
            InvalidPath,
            "Column 18: \"1/2/3\" is not the id",
        ),
        (
            "write /1/0 1=soon",
            InvalidValue,
            "Column 14: \"soon\" does not fit /1/0/1 (Lifetime)",
        ),
        (
            "write /3/0/15 \"Europe",
            InvalidRequest,
            "Column 15: this quote is not closed",
        ),
        (
            "execute /3/0",
            InvalidPath,
            "Column 9: /3/0 cannot be executed",
        ),
        (
            "execute /3/0/0",
            InvalidPath,
            "Column 9: /3/0/0 (Manufacturer) is not executable.",
        ),
        (
            "execute /3/0/4 0 1",
            InvalidRequest,
            "Column 18: \"1\" does not belong here; arguments have no spaces",
        ),
        (
            "execute /3/0/4 x",
            InvalidValue,
            "Column 16: the arguments do not fit",
        ),
        (
            "create /3303/0/1",
            InvalidPath,
            "Column 8: /3303/0/1 cannot be created",
        ),
        (
            "create /3303 5700",
            InvalidRequest,
            "Column 14: \"5700\" is not ID=VALUE",
        ),
        (
            "delete /3303",
            InvalidPath,
            "Column 8: /3303 cannot be deleted",
        ),
        (
            "observe /3303 fast=1",
            InvalidValue,
            "Column 15: \"fast\" is not a notification attribute; they are pmin,",
        ),
        (
            "observe /3303 pmin=soon",
            InvalidValue,
            "Column 20: \"soon\" is not a value of pmin",
        ),
        (
            "observe /3303 pmin",
            InvalidRequest,
            "Column 15: \"pmin\" is not an attribute with a number",
        ),
        (
            "cancel /3303 later",
            InvalidRequest,
            "Column 14: \"later\" does not belong here; passive",
        ),
        (
            "composite read",
            InvalidRequest,
            "Column 15: here is missing paths",
        ),
        (
            "composite write /1=3",
            InvalidPath,
            "Column 17: /1 is no resource",
        ),
        (
            "composite write /1/0/1",
            InvalidRequest,
            "Column 17: \"/1/0/1\" is not PATH=VALUE",
        ),
        (
            "read /3 --priority urgent",
            InvalidRequest,
            "Column 20: \"urgent\" is not a priority",
        ),
        (
            "read /3 --ttl 9e9",
            InvalidRequest,
            "Column 15: \"9e9\" is not a number of seconds up to 2592000",
        ),
        (
            "read /3 --latest-wins",
            InvalidRequest,
            "Column 9: \"--latest-wins\" is no option of read",
        ),
        (
            "wait",
            InvalidRequest,
            "Column 5: here is missing an operation",
        ),
        (
            "queue now",
            InvalidRequest,
            "Column 7: \"now\" does not belong here",
        ),
        (
            "help fly",
            InvalidRequest,
            "Column 6: \"fly\" is no command",
        ),
    ] {
        let error = order(&view(), line).expect_err(line).to_error(line);
        assert_eq!(error.code, code, "{line}: {error}");
        assert!(error.message.contains(sentence), "{line}: {error}");
        assert!(error.message.ends_with('.'), "{line}: {error}");
    }
}
