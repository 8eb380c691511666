//! Notification attributes as the program knows them: from Discover and from acknowledged writes,
//! at each level, in words, and still after a crash.

use crate::instrument::{Instrument, TEMPERATURE};
use crate::scripted::{Bench, LINKS, SENML_JSON, changed, of_d};
use coap::{Code, Response};
use serde_json::{Value, json};
use wb_tests::raw_device::{content, observed_text};

const LINK_FORMAT: u16 = 40;

fn known(instrument: &Instrument, path: &str) -> Value {
    let request = json!({ "endpoint": "d", "path": path });
    instrument.door().ask("attributes_get", request)
}

/// `/3303 {"pmin":5}`, one line for each level.
fn levels(known: &Value) -> Vec<String> {
    let levels = known["levels"].as_array().expect("levels");
    let line = |level: &Value| {
        format!(
            "{} {}",
            level["path"].as_str().expect("a path"),
            level["attributes"]
        )
    };
    levels.iter().map(line).collect()
}

fn discover(bench: &mut Bench, path: &str, links: &str) -> Value {
    let answer = content(LINK_FORMAT, links);
    let (_, ended) = bench.exchange("resource_discover", json!({ "path": path }), answer);
    assert_eq!(ended["outcome"], "success", "{ended}");
    ended
}

fn set(bench: &mut Bench, path: &str, attributes: Value) {
    let request = json!({ "path": path, "attributes": attributes });
    let (_, ended) = bench.exchange("attributes_write", request, changed());
    assert_eq!(ended["outcome"], "success", "{ended}");
}

#[test]
fn dm_13_each_level_is_shown_and_the_lowest_counts() {
    let mut bench = Bench::new("levels");
    let empty = known(&bench.instrument, TEMPERATURE);
    assert_eq!(
        (&empty["levels"], &empty["in_force"]),
        (&json!([]), &json!({}))
    );
    assert!(empty.get("as_of").is_none(), "{empty}");
    assert_eq!(empty["words"], json!(["whenever it changes"]));

    // The defaults of the Server object, as they were last read.
    let defaults = r#"[{"bn":"/1/0/","n":"2","v":1},{"n":"3","v":300}]"#;
    let answer = content(SENML_JSON, defaults);
    let _ = bench.exchange("resource_read", json!({ "path": "/1/0" }), answer);
    discover(
        &mut bench,
        "/3303",
        "</3303>;pmax=90,</3303/0>,</3303/0/5700>;st=0.5",
    );
    set(&mut bench, "/3303/0", json!({ "pmin": 5 }));
    set(&mut bench, TEMPERATURE, json!({ "gt": 30, "st": null }));
    let known = known(
        &bench.instrument,
        &TEMPERATURE.replace("3303/", "3303_1.0/"),
    );
    assert_eq!(known["path"], TEMPERATURE);
    assert_eq!(
        levels(&known),
        [
            r#"/1/0 {"pmax":300.0,"pmin":1.0}"#,
            r#"/3303 {"pmax":90.0}"#,
            r#"/3303/0 {"pmin":5.0}"#,
            r#"/3303/0/5700 {"gt":30.0}"#,
        ]
    );
    assert_eq!(
        known["in_force"],
        json!({
            "pmin": { "value": 5.0, "from": "/3303/0" },
            "pmax": { "value": 90.0, "from": "/3303" },
            "gt": { "value": 30.0, "from": TEMPERATURE },
        })
    );
    assert_eq!(
        known["words"],
        json!([
            "at most every 5 s",
            "at least every 90 s",
            "when it rises above 30 or comes back"
        ])
    );
    let offered: Vec<&str> = known["editable"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|one| one["name"].as_str())
        .collect();
    assert_eq!(
        offered,
        ["pmin", "pmax", "gt", "lt", "st", "epmin", "epmax"],
        "1.1"
    );
}

#[test]
fn dm_13_rules_count_what_comes_from_the_levels_above() {
    let mut bench = Bench::new("rules");
    set(&mut bench, "/3303", json!({ "pmax": 60, "epmin": 10 }));
    let refuse = |bench: &mut Bench, attributes: Value| {
        let request = json!({ "path": TEMPERATURE, "attributes": attributes });
        let (code, message) = bench.refused("attributes_write", request);
        assert_eq!(code, "invalid_value", "{message}");
        message
    };
    let message = refuse(&mut bench, json!({ "epmax": 10 }));
    assert!(
        message.contains("epmin must be less than epmax"),
        "{message}"
    );
    let request = of_d(json!({ "path": TEMPERATURE, "attributes": { "pmin": 90 } }));
    let started = bench.instrument.door().ask("attributes_write", request);
    let warning = started["warnings"][0].as_str().unwrap_or_default();
    assert!(warning.contains("60 is less than 90"), "{started}");
    let asked = bench.device.expect_request();
    bench.device.respond(&asked, changed());

    let message = refuse(&mut bench, json!({ "con": 1 }));
    assert!(
        message.contains("1.2") && message.contains("1.1"),
        "{message}"
    );
    let insisting = json!({ "path": TEMPERATURE, "attributes": { "con": 1 }, "unchecked": true });
    let no = Response::new(Code::BAD_REQUEST);
    let (_, ended) = bench.exchange("attributes_write", insisting, no);
    assert_eq!(ended["code"], "4.00");
    assert!(
        !levels(&known(&bench.instrument, TEMPERATURE))
            .concat()
            .contains("con"),
        "what a device refused is not attached"
    );
}

#[test]
fn dm_13_a_1_2_device_takes_the_attributes_of_1_2() {
    let mut bench = Bench::with("later", "lwm2m=1.2", LINKS);
    set(&mut bench, TEMPERATURE, json!({ "con": 1, "hqmax": 20 }));
    set(&mut bench, "/3311/0/5850", json!({ "edge": 1 }));
    let words = known(&bench.instrument, "/3311/0/5850")["words"].clone();
    assert_eq!(words, json!(["when it turns true"]));
    let (code, message) = bench.refused(
        "attributes_write",
        json!({ "path": TEMPERATURE, "attributes": { "edge": 1 } }),
    );
    assert_eq!(
        (code.as_str(), message.contains("Booleans")),
        ("invalid_value", true)
    );
}

#[test]
fn dm_13_what_is_attached_survives_a_crash_and_a_new_register_casts_doubt() {
    let mut instrument = Instrument::start_to_restart("kept");
    let mut device = instrument.device();
    let register = |device: &mut wb_tests::RawDevice| {
        let answer = device.register_with(&["ep=d", "lt=600", "lwm2m=1.1"], LINKS);
        assert_eq!(answer.code, Code::CREATED);
    };
    register(&mut device);
    let token = instrument.observe(&mut device, "d", "20.0");
    let attributes = json!({ "pmin": 5, "pmax": 60, "gt": 30 });
    let write = json!({ "endpoint": "d", "path": TEMPERATURE, "attributes": attributes });
    let operation = instrument.door().begin("attributes_write", write);
    let asked = device.expect_request();
    device.respond(&asked, changed());
    assert_eq!(instrument.door().ended(&operation)["outcome"], "success");
    let words = "at most every 5 s, at least every 60 s, when it rises above 30 or comes back";
    assert_eq!(instrument.tree_row("d", TEMPERATURE)["reporting"], words);
    assert!(
        instrument
            .tree_row("d", "/3303/0")
            .get("reporting")
            .is_none()
    );

    instrument.crash();
    instrument.go_on();
    let row = instrument.tree_row("d", TEMPERATURE);
    assert_eq!(row["reporting"], words, "{row}");
    assert_eq!(row["attributes"], json!(["pmin=5", "pmax=60", "gt=30"]));
    assert_eq!(known(&instrument, TEMPERATURE)["warnings"], json!([]));

    register(&mut device);
    let again = device.expect_request();
    assert_ne!(again.token, token, "observed anew");
    device.respond(&again, observed_text("20.0", 1));
    let doubt = known(&instrument, TEMPERATURE)["warnings"][0].clone();
    assert!(
        doubt
            .as_str()
            .is_some_and(|words| words.contains("registered anew")),
        "{doubt}"
    );
}

#[test]
fn dm_11_what_differs_from_the_definition_is_told_and_shown() {
    let mut bench = Bench::new("differences");
    let links = "</3/0>,</3/0/0>,</3/0/11>,</3/0/16>,</3/0/9000>;pmin=3,</3/0/7>;dim=2,</3/0/7/3>";
    let ended = discover(&mut bench, "/3/0", links);
    let deviations = ended["deviations"].as_array().expect("deviations");
    let told = |words: &str| {
        deviations
            .iter()
            .filter_map(Value::as_str)
            .any(|line| line.contains(words))
    };
    assert!(
        told("/3/0/9000 is not in the definition of Device"),
        "{ended}"
    );
    assert!(told("/3/0/4 (Reboot) is mandatory"), "{ended}");
    assert_eq!(deviations.len(), 2, "{ended}");

    let row = |path: &str| bench.instrument.tree_row("d", path);
    assert_eq!(
        row("/3/0/9000")["attributes"],
        json!(["pmin=3"]),
        "nothing is dropped"
    );
    assert_eq!(row("/3/0/9000")["present"], true);
    assert_eq!(row("/3/0/7/3")["level"], "resource_instance");
    assert_eq!(row("/3/0/0")["present"], true);
    assert_eq!(row("/3/0/9")["present"], false);
    assert!(row("/3303/0/5700").get("present").is_none(), "not asked");
}
