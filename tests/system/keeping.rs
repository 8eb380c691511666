//! What the operator gave the program to keep: names and notes, settings, layouts, simulated
//! devices; and what is to be forgotten.

use crate::instrument::{Instrument, TEMPERATURE};
use coap::{Code, Kind};
use serde_json::{Value, json};
use wb_tests::eventually;
use wb_tests::raw_device::text;

#[test]
fn alias_note_and_tags_are_kept_field_by_field() {
    let mut instrument = Instrument::start_to_restart("note");
    let mut device = instrument.device();
    let _ = device.register("d");
    let note =
        |instrument: &Instrument, request: Value| instrument.door().ask("device_note", request);
    let all =
        json!({ "endpoint": "d", "alias": "Boiler", "note": "left wall", "tags": ["lab", "hot"] });
    let row = note(&instrument, all);
    assert_eq!(
        (&row["alias"], &row["note"], &row["tags"]),
        (
            &json!("Boiler"),
            &json!("left wall"),
            &json!(["lab", "hot"])
        )
    );
    let row = note(&instrument, json!({ "endpoint": "d", "alias": "Kettle" }));
    assert_eq!(
        (&row["alias"], &row["note"]),
        (&json!("Kettle"), &json!("left wall")),
        "absent stays"
    );
    instrument.crash();
    instrument.go_on();
    let row = instrument.door().device("d");
    assert_eq!(
        (&row["alias"], &row["tags"]),
        (&json!("Kettle"), &json!(["lab", "hot"]))
    );
    let row = note(
        &instrument,
        json!({ "endpoint": "d", "alias": "", "tags": [] }),
    );
    assert!(row.get("alias").is_none(), "empty removes: {row}");
    assert_eq!(row["tags"], json!([]));
    let events = instrument.door().events(None);
    let _ = note(&instrument, json!({ "endpoint": "d", "alias": "Seen" }));
    let _ = events.until("of the new name", |event| {
        event.name == "device" && event.data["device"]["alias"] == "Seen"
    });
}

#[test]
fn a_forgotten_device_is_gone_with_its_history() {
    let instrument = Instrument::start("forget");
    let door = instrument.door();
    let mut device = instrument.device();
    let id = device.register("d");
    let token = instrument.observe(&mut device, "d", "20.0");
    let events = door.events(None);
    let first = device.notify(token, 2, text("21.0")).expect("an answer");
    assert_eq!(first.kind, Kind::Acknowledgement);
    // The stream has to know the device before it can say that it is gone.
    let _ = events.until("of the value", |event| event.name == "readings");
    let _ = door.ask("device_forget", json!({ "endpoint": "d" }));
    assert_eq!(
        door.refused("device_get", json!({ "endpoint": "d" }))
            .code(),
        "unknown_device"
    );
    assert_eq!(door.ask("device_list", json!({}))["total"], 0);
    assert_eq!(
        door.ask("observation_list", json!({}))["observations"],
        json!([])
    );
    let gone = events.until("that it is gone", |event| {
        event.name == "device" && event.data.get("device").is_none()
    });
    assert_eq!(gone.data["endpoint"], "d");
    assert_eq!(
        device.update(&id, &[]),
        Code::NOT_FOUND,
        "it has to register again"
    );
    let answer = device.notify(token, 3, text("22.0")).expect("an answer");
    assert_eq!(answer.kind, Kind::Reset);
    let _ = device.register("d");
    assert_eq!(
        door.history("d", "/"),
        Vec::<Value>::new(),
        "a new device of that name"
    );
    assert!(door.device("d").get("alias").is_none());
}

#[test]
fn settings_are_kept_and_only_the_named_ones_change() {
    let mut instrument = Instrument::start_to_restart("settings");
    let usual = instrument.door().ask("settings_get", json!({}));
    assert_eq!(
        (&usual["strict"], &usual["theme"]),
        (&json!(false), &json!("system"))
    );
    assert_eq!(
        usual["listeners"],
        json!({ "coap": "127.0.0.1:5683", "coaps": "127.0.0.1:5684" }),
        "loopback at first"
    );
    let change =
        json!({ "theme": "dark", "retention_days": 7, "retention_mib": 0, "on_close": "keep" });
    let changed = instrument.door().ask("settings_put", change);
    assert_eq!(changed["listeners"], usual["listeners"]);
    instrument.crash();
    instrument.go_on();
    let kept = instrument.door().ask("settings_get", json!({}));
    assert_eq!(kept, changed);
    let unknown = instrument
        .door()
        .refused("settings_put", json!({ "theme": "pink" }));
    assert_eq!((unknown.status, unknown.code()), (400, "invalid_request"));
    let listener = instrument.door().refused(
        "settings_put",
        json!({ "listeners": { "coap": "anywhere" } }),
    );
    assert_eq!((listener.status, listener.code()), (400, "invalid_request"));
    assert_eq!(
        instrument.door().ask("settings_get", json!({})),
        changed,
        "nothing of it counts"
    );
}

#[test]
fn what_the_page_keeps_comes_back_to_it() {
    let mut instrument = Instrument::start_to_restart("view");
    let get = |instrument: &Instrument, key: &str| {
        instrument.door().ask("view_get", json!({ "key": key }))["value"].clone()
    };
    assert_eq!(get(&instrument, "layout"), Value::Null);
    let layout = json!({ "tabs": ["d", 7, null], "wide": true });
    let _ = instrument
        .door()
        .ask("view_put", json!({ "key": "layout", "value": layout }));
    instrument.crash();
    instrument.go_on();
    assert_eq!(get(&instrument, "layout"), layout);
    let large = "x".repeat(65 << 10);
    let refused = instrument
        .door()
        .refused("view_put", json!({ "key": "layout", "value": large }));
    assert_eq!((refused.status, refused.code()), (400, "invalid_request"));
    assert_eq!(get(&instrument, "layout"), layout);
    let _ = instrument
        .door()
        .ask("view_put", json!({ "key": "layout", "value": null }));
    assert_eq!(get(&instrument, "layout"), Value::Null);
}

#[test]
fn simulated_devices_come_back_with_the_program_until_they_are_stopped() {
    let mut instrument = Instrument::start_to_restart("simulated");
    let request = json!({ "count": 3, "kind": "plain", "prefix": "lab" });
    let started = instrument.door().ask("simulator_start", request);
    assert_eq!(
        started["endpoints"],
        json!(["lab-0001", "lab-0002", "lab-0003"])
    );
    let running = |instrument: &Instrument| {
        instrument.door().ask("simulator_list", json!({}))["endpoints"].clone()
    };
    for name in ["lab-0001", "lab-0003"] {
        instrument.await_online(name);
        assert_eq!(instrument.door().device(name)["simulated"], true);
    }
    let _ = instrument
        .door()
        .ask("simulator_stop", json!({ "endpoint": "lab-0002" }));
    instrument.crash();
    instrument.go_on();
    assert_eq!(running(&instrument), json!(["lab-0001", "lab-0003"]));
    let _ = instrument.door().succeed(
        "resource_read",
        json!({ "endpoint": "lab-0001", "path": TEMPERATURE }),
    );
    let more = instrument
        .door()
        .ask("simulator_start", json!({ "count": 2, "prefix": "lab" }));
    let names = more["endpoints"].as_array().expect("names");
    assert!(
        names
            .iter()
            .all(|name| name != "lab-0001" && name != "lab-0003"),
        "{more}"
    );
    let _ = instrument.door().ask("simulator_stop", json!({}));
    eventually("all offline", || {
        (instrument.status()["online"] == 0).then_some(())
    });
    instrument.end();
    instrument.go_on();
    assert_eq!(running(&instrument), json!([]));
    let none = instrument
        .door()
        .refused("simulator_stop", json!({ "endpoint": "lab-0001" }));
    assert_eq!(none.code(), "not_found");
    let kind = instrument
        .door()
        .refused("simulator_start", json!({ "count": 1, "kind": "toaster" }));
    assert_eq!(kind.code(), "invalid_request");
    assert!(kind.message().contains("sensor"), "{}", kind.message());
}

#[test]
fn every_table_can_be_had_as_csv() {
    let instrument = Instrument::start("csv");
    let door = instrument.door();
    let mut device = instrument.device();
    let _ = device.register("d");
    let token = instrument.observe(&mut device, "d", "20.0");
    let answer = device.notify(token, 2, text("21.5")).expect("an answer");
    assert_eq!(answer.kind, Kind::Acknowledgement);
    let formula = json!({ "endpoint": "d", "alias": "=1+1", "note": "a, \"b\"" });
    let _ = door.ask("device_note", formula);
    device.send_bytes(&[0x80, 0, 0, 0]);
    let _ = instrument.problem("malformed_message", "version");
    let export = |table: &str| {
        let file = door.ask(
            "table_export",
            json!({ "table": table, "endpoint": "d", "path": "/3303" }),
        );
        assert!(
            file["name"]
                .as_str()
                .is_some_and(|name| name.ends_with(".csv")),
            "{file}"
        );
        file["content"].as_str().expect("text").to_owned()
    };
    let devices = export("devices");
    assert!(devices.starts_with("endpoint,"), "{devices}");
    assert!(
        devices.contains("d,'=1+1,true") && devices.contains("\"a, \"\"b\"\"\""),
        "{devices}"
    );
    let readings = export("readings");
    assert_eq!(readings.lines().count(), 3, "{readings}");
    assert!(
        readings.contains(",/3303/0/5700,float,21.5,notify"),
        "{readings}"
    );
    assert!(export("operations").contains("observation_start,/3303/0/5700,ended,success"));
    assert!(export("problems").contains("malformed_message"));
    assert!(export("tree").contains("/3303/0/5700"));
    assert!(export("models").contains("3303"));
    let whose = door.refused("table_export", json!({ "table": "tree" }));
    assert_eq!(whose.code(), "invalid_request");
}
