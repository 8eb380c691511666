//! The main job with a simulated device: it registers, is read in every format, written, executed,
//! discovered, observed, charted, and given and taken an instance.

use crate::instrument::{Instrument, TEMPERATURE};
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};
use wb_tests::eventually;

fn with(endpoint: &str, more: Value) -> Value {
    let mut request = json!({ "endpoint": endpoint });
    let fields = request.as_object_mut().expect("an object");
    fields.extend(more.as_object().expect("an object").clone());
    request
}

fn write(endpoint: &str, path: &str, kind: &str, value: Value) -> Value {
    let values = json!([{ "path": path, "kind": kind, "value": value }]);
    with(
        endpoint,
        json!({ "path": path, "mode": "replace", "values": values }),
    )
}

fn value_of(operation: &Value, path: &str) -> Value {
    let values = operation["values"].as_array().expect("values");
    let found = values.iter().find(|value| value["path"] == path);
    found.unwrap_or_else(|| panic!("no {path} in {operation}"))["value"].clone()
}

#[test]
fn a_device_is_read_in_every_format_at_every_level() {
    let instrument = Instrument::start("read");
    let endpoint = instrument.simulated("sensor");
    let door = instrument.door();
    for (format, path) in [
        ("tlv", "/3"),
        ("tlv", "/3/0"),
        ("json", "/3/0"),
        ("senml_json", "/3/0"),
        ("senml_cbor", "/3/0"),
        ("senml_cbor", "/3303"),
        ("tlv", "/3/0/6/0"),
        ("senml_json", "/3/0/0"),
        ("text", "/3/0/0"),
        ("text", TEMPERATURE),
        ("cbor", "/3/0/9"),
    ] {
        let request = with(&endpoint, json!({ "path": path, "format": format }));
        let operation = door.succeed("resource_read", request);
        assert_eq!(operation["code"], "2.05", "{operation}");
        assert_eq!(operation["format"], format, "{operation}");
        let values = operation["values"].as_array().expect("values");
        let below = |value: &Value| {
            value["path"]
                .as_str()
                .is_some_and(|at| at.starts_with(path))
        };
        assert!(
            !values.is_empty() && values.iter().all(below),
            "{path}: {operation}"
        );
    }
    let all: Vec<Value> = ["tlv", "json", "senml_json", "senml_cbor"]
        .iter()
        .map(|format| {
            let request = with(&endpoint, json!({ "path": "/3/0/16", "format": format }));
            door.succeed("resource_read", request)["values"].clone()
        })
        .collect();
    assert!(
        all.windows(2).all(|pair| pair[0] == pair[1]),
        "one value in every format: {all:?}"
    );
    let unread = with(&endpoint, json!({ "path": "/3/0/4" }));
    let refused = door.operate("resource_read", unread);
    assert_eq!(
        (&refused["outcome"], &refused["code"]),
        (&json!("refused"), &json!("4.05")),
        "{refused}"
    );
    let missing = with(&endpoint, json!({ "path": "/3303/44" }));
    let refused = door.operate("resource_read", missing);
    assert_eq!(
        (&refused["outcome"], &refused["code"]),
        (&json!("refused"), &json!("4.04")),
        "{refused}"
    );
}

#[test]
fn what_is_written_is_read_back() {
    let instrument = Instrument::start("write");
    let endpoint = instrument.simulated("sensor");
    let door = instrument.door();
    for (path, kind, value) in [
        ("/3/0/14", "string", json!("+02:00")),
        ("/3311/0/5850", "boolean", json!(true)),
        ("/3311/0/5851", "integer", json!("42")),
        ("/1/0/2", "integer", json!("3")),
    ] {
        let operation = door.succeed(
            "resource_write",
            write(&endpoint, path, kind, value.clone()),
        );
        assert_eq!(operation["code"], "2.04", "{operation}");
        let read = door.succeed("resource_read", with(&endpoint, json!({ "path": path })));
        assert_eq!(value_of(&read, path), value, "{path}");
    }
    for format in ["tlv", "json", "senml_json", "senml_cbor"] {
        let values = json!([
            { "path": "/3311/0/5850", "kind": "boolean", "value": false },
            { "path": "/3311/0/5851", "kind": "integer", "value": "17" },
        ]);
        let request =
            json!({ "path": "/3311/0", "mode": "update", "values": values, "format": format });
        let _ = door.succeed("resource_write", with(&endpoint, request));
        let read = door.succeed(
            "resource_read",
            with(&endpoint, json!({ "path": "/3311/0" })),
        );
        assert_eq!(value_of(&read, "/3311/0/5851"), "17", "{format}");
        let _ = door.succeed(
            "resource_write",
            write(&endpoint, "/3311/0/5851", "integer", json!("90")),
        );
    }
    let forced = json!({ "path": "/3/0/9", "mode": "replace", "unchecked": true,
        "values": [{ "path": "/3/0/9", "kind": "integer", "value": "5" }] });
    let refused = door.operate("resource_write", with(&endpoint, forced));
    assert_eq!(
        refused["outcome"], "refused",
        "DM-06: the device says it itself: {refused}"
    );
}

#[test]
fn a_written_lifetime_is_announced_by_the_device() {
    let instrument = Instrument::start("lifetime");
    let endpoint = instrument.simulated("plain");
    let door = instrument.door();
    let _ = door.succeed(
        "resource_write",
        write(&endpoint, "/1/0/1", "integer", json!("600")),
    );
    eventually("the new lifetime", || {
        (door.device(&endpoint)["lifetime_s"] == 600).then_some(())
    });
}

#[test]
fn resources_are_executed_with_and_without_arguments() {
    let instrument = Instrument::start("execute");
    let endpoint = instrument.simulated("sensor");
    let door = instrument.door();
    let seen = door.device(&endpoint)["last_seen_at"].clone();
    let trigger = json!({ "path": "/1/0/8", "arguments": "0='U'" });
    let operation = door.succeed("resource_execute", with(&endpoint, trigger));
    assert_eq!(operation["code"], "2.04", "REG-22: {operation}");
    eventually("the update that was asked for", || {
        (door.device(&endpoint)["last_seen_at"] != seen).then_some(())
    });
    let reset = json!({ "path": "/3303/0/5605" });
    let _ = door.succeed("resource_execute", with(&endpoint, reset));
    let extremes = door.succeed(
        "resource_read",
        with(&endpoint, json!({ "path": "/3303/0" })),
    );
    let number = |path: &str| value_of(&extremes, path).as_f64().expect("a number");
    assert!(
        number("/3303/0/5602") - number("/3303/0/5601") < 1.0,
        "{extremes}"
    );
}

#[test]
fn instances_are_created_announced_and_deleted() {
    let instrument = Instrument::start("create");
    let endpoint = instrument.simulated("sensor");
    let door = instrument.door();
    let instances = || {
        let row = door.device(&endpoint);
        let objects = row["objects"].as_array().expect("objects").clone();
        let lamp = objects.into_iter().find(|object| object["object"] == 3311);
        lamp.expect("a lamp")["instances"].clone()
    };
    assert_eq!(instances(), json!([0]));
    let values = json!([{ "path": "5850", "kind": "boolean", "value": true }]);
    let named = json!({ "object": 3311, "instance": 7, "values": values });
    let operation = door.succeed("instance_create", with(&endpoint, named.clone()));
    assert_eq!(operation["code"], "2.01", "{operation}");
    assert_eq!(operation["location"], "/3311/7", "{operation}");
    eventually("the new instance", || {
        (instances() == json!([0, 7])).then_some(())
    });
    let read = door.succeed(
        "resource_read",
        with(&endpoint, json!({ "path": "/3311/7/5850" })),
    );
    assert_eq!(value_of(&read, "/3311/7/5850"), true);
    let again = door.operate("instance_create", with(&endpoint, named));
    assert_eq!(again["outcome"], "refused", "{again}");
    let chosen = json!({ "object": 3311, "values": values });
    let operation = door.succeed("instance_create", with(&endpoint, chosen));
    let location = operation["location"]
        .as_str()
        .expect("the device's choice")
        .to_owned();
    assert!(
        location.starts_with("/3311/") && location != "/3311/7",
        "{location}"
    );
    for path in ["/3311/7", &location] {
        let operation = door.succeed("instance_delete", with(&endpoint, json!({ "path": path })));
        assert_eq!(operation["code"], "2.02", "{operation}");
    }
    eventually("the old state", || {
        (instances() == json!([0])).then_some(())
    });
    let kept = door.operate(
        "instance_delete",
        with(&endpoint, json!({ "path": "/3/0" })),
    );
    assert_eq!(
        (&kept["outcome"], &kept["code"]),
        (&json!("refused"), &json!("4.05")),
        "DM-10"
    );
}

#[test]
fn attributes_are_set_found_by_discover_and_unset() {
    let instrument = Instrument::start("attributes");
    let endpoint = instrument.simulated("sensor");
    let door = instrument.door();
    let found = |path: &str, at: &str| {
        let operation = door.succeed(
            "resource_discover",
            with(&endpoint, json!({ "path": path })),
        );
        let links = operation["links"].as_array().expect("links").clone();
        let link = links.into_iter().find(|link| link["path"] == at);
        link.unwrap_or_else(|| panic!("no {at} in {operation}"))["attributes"].clone()
    };
    assert_eq!(found("/3303", TEMPERATURE), json!({}));
    let attributes = json!({ "pmin": 1, "pmax": 60, "gt": 40.5, "lt": -10, "st": 0.5 });
    let set = json!({ "path": TEMPERATURE, "attributes": attributes });
    let _ = door.succeed("attributes_write", with(&endpoint, set));
    let now = found(TEMPERATURE, TEMPERATURE);
    for (name, value) in [
        ("pmin", "1"),
        ("pmax", "60"),
        ("gt", "40.5"),
        ("lt", "-10"),
        ("st", "0.5"),
    ] {
        assert_eq!(now[name], value, "{name} of {now}");
    }
    let shown = instrument.tree_row(&endpoint, TEMPERATURE)["attributes"].clone();
    assert!(
        shown
            .as_array()
            .is_some_and(|list| list.contains(&json!("pmin=1"))),
        "{shown}"
    );
    let unset =
        json!({ "path": TEMPERATURE, "attributes": { "gt": null, "lt": null, "st": null } });
    let _ = door.succeed("attributes_write", with(&endpoint, unset));
    assert_eq!(
        found(TEMPERATURE, TEMPERATURE),
        json!({ "pmin": "1", "pmax": "60" })
    );
}

#[test]
fn an_observed_resource_moves_in_events_history_chart_and_tree() {
    let instrument = Instrument::start("observe");
    let endpoint = instrument.simulated("sensor");
    let door = instrument.door();
    let pace = json!({ "path": TEMPERATURE, "attributes": { "pmin": 0, "pmax": 1 } });
    let _ = door.succeed("attributes_write", with(&endpoint, pace));
    let events = door.events(None);
    let begun = door.succeed(
        "observation_start",
        with(&endpoint, json!({ "path": TEMPERATURE })),
    );
    assert_eq!(begun["values"].as_array().map(Vec::len), Some(1), "{begun}");
    for _ in 0..3 {
        let event = events.until("of a reading", |event| {
            event.name == "readings" && event.data["path"] == TEMPERATURE
        });
        assert_eq!(event.data["source"], "notify");
        assert_eq!(
            event.data["t"].as_array().map(Vec::len),
            event.data["v"].as_array().map(Vec::len)
        );
    }
    let readings = door.history(&endpoint, TEMPERATURE);
    assert!(readings.len() >= 3, "{readings:?}");
    let times: Vec<&str> = readings
        .iter()
        .filter_map(|one| one["time"].as_str())
        .collect();
    assert!(times.is_sorted(), "{times:?}");
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("after 1970")
        .as_millis();
    let now = i64::try_from(now).expect("milliseconds");
    let span = json!({ "paths": [TEMPERATURE, "/3/0/9"], "from": now - 60_000, "to": now + 60_000, "columns": 400 });
    let chart = door.ask("reading_chart", with(&endpoint, span));
    let curve = &chart["series"][0];
    assert!(
        curve["t"]
            .as_array()
            .is_some_and(|points| points.len() >= 3),
        "{curve}"
    );
    assert!(curve["name"].as_str().is_some_and(|name| !name.is_empty()));
    assert_eq!(chart["series"][1]["t"], json!([]), "nothing known: {chart}");
    let row = instrument.tree_row(&endpoint, TEMPERATURE);
    assert_eq!(row["observed"], TEMPERATURE, "{row}");
    assert!(row["value"].is_f64() && row["numeric"] == true, "{row}");
    let cancel = json!({ "path": TEMPERATURE, "way": "active" });
    let _ = door.succeed("observation_cancel", with(&endpoint, cancel));
    let list = door.ask("observation_list", json!({ "endpoint": endpoint }));
    assert_eq!(list["observations"], json!([]));
    assert!(
        instrument
            .tree_row(&endpoint, TEMPERATURE)
            .get("observed")
            .is_none()
    );
}

#[test]
fn the_tree_shows_what_was_announced_with_names_units_and_values() {
    let instrument = Instrument::start("tree");
    let endpoint = instrument.simulated("sensor");
    let door = instrument.door();
    let row = instrument.tree_row(&endpoint, TEMPERATURE);
    assert!(
        row["name"].as_str().is_some_and(|name| !name.is_empty()),
        "{row}"
    );
    assert_eq!(
        (&row["level"], &row["parent"], &row["kind"]),
        (&json!("resource"), &json!("/3303/0"), &json!("float"))
    );
    assert!(row.get("value").is_none(), "nothing was read yet: {row}");
    let read = door.succeed(
        "resource_read",
        with(&endpoint, json!({ "path": "/3303/0" })),
    );
    let row = instrument.tree_row(&endpoint, TEMPERATURE);
    assert_eq!(row["value"], value_of(&read, TEMPERATURE), "{row}");
    assert_eq!(row["source"], "read");
    let object = instrument.tree_row(&endpoint, "/3303");
    assert_eq!(
        (&object["level"], &object["fit"]),
        (&json!("object"), &json!("exact")),
        "{object}"
    );
    let parsed = door.ask(
        "value_parse",
        with(&endpoint, json!({ "path": "/3311/0/5851", "text": " 42 " })),
    );
    assert_eq!(parsed, json!({ "kind": "integer", "value": "42" }));
    let refused = door.refused(
        "value_parse",
        with(&endpoint, json!({ "path": "/3311/0/5851", "text": "much" })),
    );
    assert_eq!(refused.code(), "invalid_value");
    let traffic = door.ask("traffic_list", json!({ "endpoint": endpoint, "limit": 50 }));
    let messages = traffic["messages"].as_array().expect("datagrams");
    assert!(
        messages
            .iter()
            .any(|one| one["path"] == "/3303/0" && one["inbound"] == false),
        "{traffic}"
    );
}

#[test]
fn a_rebooted_device_comes_back() {
    let instrument = Instrument::start("reboot");
    let endpoint = instrument.simulated("sensor");
    let door = instrument.door();
    let former = door.device(&endpoint)["registered_at"].clone();
    let _ = door.succeed(
        "resource_execute",
        with(&endpoint, json!({ "path": "/3/0/4" })),
    );
    eventually("a new registration", || {
        let row = door.device(&endpoint);
        (row["online"] == true && row["registered_at"] != former).then_some(())
    });
}
