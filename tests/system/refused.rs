//! What is refused before anything is sent, and what it takes to send it all the same.

use crate::scripted::{Bench, changed, line, of_d, write};
use coap::{Code, Response};
use serde_json::{Value, json};
use std::time::Duration;
use wb_tests::raw_device::{path_of, text};

#[test]
fn dm_06_what_the_model_forbids_is_not_sent_unless_the_operator_insists() {
    let mut bench = Bench::new("model");
    let create = |path: &str, kind: &str, value: Value| {
        let values = json!([{ "path": path, "kind": kind, "value": value }]);
        json!({ "object": 3311, "instance": 4, "values": values })
    };
    for (call, request, code, words) in [
        (
            "resource_write",
            write("/3/0/9", "integer", json!("5")),
            "invalid_value",
            "/3/0/9",
        ),
        (
            "resource_write",
            write("/3/0/4", "integer", json!("5")),
            "invalid_value",
            "/3/0/4",
        ),
        (
            "resource_write",
            write("/3/0/14", "integer", json!("5")),
            "invalid_value",
            "/3/0/14",
        ),
        (
            "resource_write",
            write("/1/0/0", "integer", json!("65535")),
            "invalid_value",
            "/1/0/0",
        ),
        (
            "resource_write",
            write("/3/0/14/0", "string", json!("a")),
            "invalid_path",
            "one value",
        ),
        (
            "resource_write",
            write("/2/0/2", "integer", json!("3")),
            "invalid_path",
            "/2/0/2/0",
        ),
        (
            "resource_execute",
            json!({ "path": "/3/0/9" }),
            "invalid_path",
            "not executable",
        ),
        (
            "instance_create",
            create("5851", "boolean", json!(true)),
            "invalid_value",
            "/3311/4/5851",
        ),
        (
            "instance_create",
            create("5851", "integer", json!("101")),
            "invalid_value",
            "/3311/4/5851",
        ),
    ] {
        let (found, message) = bench.refused(call, request.clone());
        assert_eq!(found, code, "{call} {request}: {message}");
        assert!(message.contains(words), "{call} {request}: {message}");
        let mut insisting = request;
        insisting["unchecked"] = json!(true);
        let said_no = Response::new(Code::BAD_REQUEST);
        let (_, ended) = bench.exchange(call, insisting, said_no);
        assert_eq!(ended["code"], "4.00", "the device decides: {ended}");
    }
}

#[test]
fn dm_13_attributes_go_to_every_level_and_contradictions_stay_here() {
    let mut bench = Bench::new("attributes");
    for path in ["/3303", "/3303/0", "/3303/0/5700", "/2/0/2/1"] {
        let request = json!({ "path": path, "attributes": { "pmin": 5, "pmax": 60 } });
        let (asked, ended) = bench.exchange("attributes_write", request, changed());
        assert_eq!(line(&asked), format!("PUT {path}?pmin=5&pmax=60"));
        assert!(asked.payload.is_empty());
        assert_eq!(ended["outcome"], "success");
    }
    let unset = json!({ "path": "/3303/0/5700", "attributes": { "pmin": null, "gt": 30.5 } });
    let (asked, _) = bench.exchange("attributes_write", unset, changed());
    assert_eq!(line(&asked), "PUT /3303/0/5700?pmin&gt=30.5");
    for (path, attributes) in [
        ("/3303/0/5700", json!({ "lt": 30, "gt": 20 })),
        ("/3303/0/5700", json!({ "lt": 10, "gt": 20, "st": 5 })),
        ("/3303/0/5700", json!({ "st": 0 })),
        ("/3303/0/5700", json!({ "epmin": 9, "epmax": 9 })),
        ("/3303/0", json!({ "gt": 20 })),
        ("/3/0/0", json!({ "gt": 20 })),
    ] {
        let request = json!({ "path": path, "attributes": attributes });
        let (code, message) = bench.refused("attributes_write", request);
        assert_eq!(code, "invalid_value", "{path} {attributes}: {message}");
    }
    let ignored = json!({ "endpoint": "d", "path": "/3303/0/5700",
        "attributes": { "pmin": 60, "pmax": 10 } });
    let started = bench.instrument.door().ask("attributes_write", ignored);
    let warning = started["warnings"][0].as_str().unwrap_or_default();
    assert!(warning.contains("ignores pmax"), "{started}");
    let asked = bench.device.expect_request();
    bench.device.respond(&asked, changed());
}

#[test]
fn dm_18_objects_with_credentials_are_asked_for_only_when_the_operator_insists() {
    let mut bench = Bench::new("credentials");
    let calls = [
        ("resource_read", json!({ "path": "/0/0" })),
        ("resource_write", write("/0/0/5", "opaque", json!("AAEC"))),
        ("resource_discover", json!({ "path": "/21" })),
        ("observation_start", json!({ "path": "/0/0/0" })),
        ("instance_delete", json!({ "path": "/21/0" })),
        (
            "instance_create",
            json!({ "object": 0, "instance": 3, "values": [] }),
        ),
    ];
    for (call, request) in calls {
        let door = bench.instrument.door();
        let checked = door.call(call, of_d(request.clone()));
        if let Ok(started) = checked {
            let ended = door.ended(started["operation"].as_str().expect("an id"));
            assert_eq!(ended["outcome"], "refused", "{call}: {ended}");
            let detail = ended["detail"].as_str().unwrap_or_default();
            assert!(detail.contains("credentials"), "{call}: {detail}");
        }
        assert!(
            bench.device.is_left_alone(Duration::from_millis(20)),
            "{call}"
        );
        let mut insisting = request;
        insisting["unchecked"] = json!(true);
        let no = Response::new(Code::UNAUTHORIZED);
        let (_, ended) = bench.exchange(call, insisting, no);
        assert_eq!(ended["code"], "4.01", "{call}: {ended}");
    }
}

#[test]
fn dm_23_the_reserved_id_is_refused_wherever_a_path_is_typed() {
    let mut bench = Bench::new("reserved");
    for path in [
        "/65535",
        "/3/65535",
        "/3/0/65535",
        "/3/0/7/65535",
        "/65536",
        "/3/0/-1",
        "/03/0",
    ] {
        for call in ["resource_read", "resource_discover", "observation_start"] {
            let (code, message) = bench.refused(call, json!({ "path": path }));
            assert_eq!(code, "invalid_path", "{call} {path}: {message}");
        }
    }
    for (object, instance) in [(65_535, 0), (3311, 65_535)] {
        let request = json!({ "object": object, "instance": instance, "values": [] });
        let (code, message) = bench.refused("instance_create", request);
        assert_eq!(code, "invalid_path", "{message}");
    }
    let (asked, _) = bench.exchange(
        "resource_read",
        json!({ "path": "/65534/65534/65534" }),
        text("a"),
    );
    assert_eq!(path_of(&asked), "/65534/65534/65534");
    for ssid in ["0", "65535"] {
        let (code, message) =
            bench.refused("resource_write", write("/1/0/0", "integer", json!(ssid)));
        assert_eq!(code, "invalid_value", "{ssid}: {message}");
    }
}
