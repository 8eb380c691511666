//! Composite operations over a real socket, with devices that answer what the test says
//! (conformance DM-14, DM-15, IR-02, IR-06, VER-05).

use crate::instrument::Instrument;
use coap::option::OBSERVE;
use coap::{Code, Kind, Message, Response};
use lwm2m::codec::{Untyped, decode, decode_paths};
use lwm2m::{Format, Path};
use serde_json::{Value, json};
use wb_tests::raw_device::{content, path_of};
use wb_tests::{RawDevice, eventually};

const SENML_JSON: u16 = 110;

/// A device of 1.1 that has registered.
fn with_device(name: &str) -> (Instrument, RawDevice) {
    let instrument = Instrument::start(name);
    let mut device = instrument.device();
    let _ = device.register("d");
    (instrument, device)
}

fn of_1_0(instrument: &Instrument) -> RawDevice {
    let mut device = instrument.device();
    let queries = ["ep=old", "lt=300", "lwm2m=1.0", "b=U"];
    let answer = device.register_with(&queries, "</1/0>,</3/0>,</3303/0>");
    assert_eq!(answer.code, Code::CREATED);
    device
}

/// The paths that a FETCH lists, as text.
fn listed(request: &Message) -> Vec<String> {
    assert_eq!(request.code, Code::FETCH, "{request:?}");
    let format = request.options.content_format().and_then(Format::from_id);
    let paths = decode_paths(format.expect("a format"), &request.payload).expect("a list of paths");
    paths.iter().map(Path::to_string).collect()
}

fn observing(sequence: u32, mut response: Response) -> Response {
    response.options.set_uint(OBSERVE, sequence);
    response
}

fn senml(text: &str) -> Response {
    content(SENML_JSON, text)
}

/// `path=value` of an operation's values or of readings.
fn told(list: &Value) -> Vec<String> {
    let values = list.as_array().map(Vec::as_slice).unwrap_or_default();
    let told = |own: &Value| format!("{}={}", own["path"].as_str().unwrap_or("?"), own["value"]);
    values.iter().map(told).collect()
}

/// Has the device observed at several paths; the request that did it.
fn observe(
    instrument: &Instrument,
    device: &mut RawDevice,
    paths: &[&str],
    first: &str,
) -> Message {
    let request = json!({ "endpoint": "d", "paths": paths });
    let operation = instrument.door().begin("composite_observe", request);
    let asked = device.expect_request();
    assert_eq!(asked.options.observe(), Some(0), "{asked:?}");
    assert_eq!(listed(&asked), paths);
    device.respond(&asked, observing(1, senml(first)));
    let ended = instrument.door().ended(&operation);
    assert_eq!(ended["outcome"], "success", "{ended}");
    asked
}

#[test]
fn dm_14_a_composite_read_is_best_effort_and_says_what_is_missing() {
    let (instrument, mut device) = with_device("composite-read");
    let paths = ["/3/0/0", "/3303", "/3/0/7/0", "/5/0/3", "/9999"];
    let request = json!({ "endpoint": "d", "paths": paths });
    let operation = instrument.door().begin("composite_read", request);
    let asked = device.expect_request();
    assert_eq!(path_of(&asked), "/", "the targets are in the body");
    assert_eq!(listed(&asked), paths);
    assert_eq!(asked.options.accept(), asked.options.content_format());
    let answer = r#"[{"bn":"/3/0/","n":"0","vs":"ACME"},{"bn":"/3303/0/","n":"5700","v":21.5}]"#;
    device.respond(&asked, senml(answer));
    let ended = instrument.door().ended(&operation);
    assert_eq!(
        (&ended["outcome"], &ended["code"]),
        (&json!("success"), &json!("2.05"))
    );
    assert_eq!(ended["name"], "composite_read");
    assert_eq!(ended["paths"], json!(paths));
    assert_eq!(
        told(&ended["values"]),
        ["/3/0/0=\"ACME\"", "/3303/0/5700=21.5"]
    );
    assert_eq!(ended["missing"], json!(["/3/0/7/0", "/5/0/3", "/9999"]));
    let readings = instrument.door().history("d", "/3303");
    assert_eq!(readings.len(), 1);
    assert_eq!(readings[0]["source"], "composite", "{readings:?}");
}

#[test]
fn dm_14_the_root_reads_everything() {
    let (instrument, mut device) = with_device("composite-root");
    let request = json!({ "endpoint": "d", "paths": ["/"], "format": "senml_json" });
    let operation = instrument.door().begin("composite_read", request);
    let asked = device.expect_request();
    assert_eq!(String::from_utf8_lossy(&asked.payload), r#"[{"n":"/"}]"#);
    let answer =
        r#"[{"n":"/1/0/1","v":300},{"n":"/3/0/0","vs":"ACME"},{"n":"/3303/0/5700","v":1}]"#;
    device.respond(&asked, senml(answer));
    let ended = instrument.door().ended(&operation);
    assert_eq!(ended["values"].as_array().map(Vec::len), Some(3), "{ended}");
    assert!(ended.get("missing").is_none(), "{ended}");
}

#[test]
fn ver_05_composite_for_a_device_of_1_0_is_refused_and_can_be_forced() {
    let instrument = Instrument::start("composite-old");
    let mut device = of_1_0(&instrument);
    let door = instrument.door();
    for (name, more) in [
        ("composite_read", json!({ "paths": ["/3/0/0"] })),
        ("composite_observe", json!({ "paths": ["/3/0/0"] })),
        (
            "composite_write",
            json!({ "values": [{ "path": "/3/0/14", "kind": "string", "value": "+02:00" }] }),
        ),
    ] {
        let mut request = more;
        request["endpoint"] = json!("old");
        let refusal = door.refused(name, request.clone());
        assert_eq!((refusal.status, refusal.code()), (400, "invalid_request"));
        assert!(
            refusal.message().contains("LwM2M 1.0"),
            "{}",
            refusal.message()
        );
        request["unchecked"] = json!(true);
        let operation = door.begin(name, request);
        let asked = device.expect_request();
        device.respond(&asked, Response::new(Code::METHOD_NOT_ALLOWED));
        let ended = door.ended(&operation);
        assert_eq!(
            (&ended["outcome"], &ended["code"]),
            (&json!("refused"), &json!("4.05"))
        );
    }
}

#[test]
fn dm_15_a_composite_write_is_one_request_with_all_values() {
    let (instrument, mut device) = with_device("composite-write");
    let values = json!([
        { "path": "/1/0/1", "kind": "integer", "value": "600" },
        { "path": "/3/0/14", "kind": "string", "value": "+02:00" },
    ]);
    let door = instrument.door();
    let request = json!({ "endpoint": "d", "values": values });
    let operation = door.begin("composite_write", request);
    let asked = device.expect_request();
    assert_eq!(
        (asked.code, path_of(&asked)),
        (Code::IPATCH, "/".to_owned())
    );
    let format = asked.options.content_format().and_then(Format::from_id);
    let read = decode(format.expect("SenML"), &asked.payload, Path::Root, &Untyped);
    assert_eq!(read.expect("SenML").readings.len(), 2);
    device.respond(&asked, Response::new(Code::CHANGED));
    let ended = door.ended(&operation);
    assert_eq!(
        (&ended["outcome"], &ended["code"]),
        (&json!("success"), &json!("2.04"))
    );
    assert_eq!(ended["paths"], json!(["/1/0/1", "/3/0/14"]));
    // What the model forbids is not sent.
    let wrong = json!({ "endpoint": "d", "values": [{ "path": "/3/0/0", "kind": "string", "value": "x" }] });
    let refusal = door.refused("composite_write", wrong);
    assert_eq!(refusal.code(), "invalid_value", "{refusal:?}");
}

#[test]
fn ir_02_a_path_that_appears_later_is_in_the_next_notification() {
    let (instrument, mut device) = with_device("composite-later");
    let paths = ["/3/0/9", "/3303/1/5700"];
    let asked = observe(
        &instrument,
        &mut device,
        &paths,
        r#"[{"n":"/3/0/9","v":95}]"#,
    );
    let both = r#"[{"n":"/3/0/9","v":94},{"n":"/3303/1/5700","v":19.5}]"#;
    let answer = device
        .notify(asked.token, 2, senml(both))
        .expect("an answer");
    assert_eq!(answer.kind, Kind::Acknowledgement);
    let readings = instrument.door().history("d", "/3303/1");
    assert_eq!(told(&json!(readings)), ["/3303/1/5700=19.5"]);
    assert_eq!(readings[0]["source"], "composite");
    let list = instrument
        .door()
        .ask("observation_list", json!({ "endpoint": "d" }));
    let own = &list["observations"][0];
    assert_eq!(
        (&own["paths"], &own["composite"]),
        (&json!(paths), &json!(true))
    );
    assert_eq!(own["notifications"], 1);
}

#[test]
fn ir_02_the_cancel_carries_the_same_payload_and_token() {
    let (instrument, mut device) = with_device("composite-cancel");
    let paths = ["/3303/0/5700", "/3/0/9"];
    let begun = observe(&instrument, &mut device, &paths, "[]");
    let request = json!({ "endpoint": "d", "paths": ["/3/0/9", "/3303/0/5700"], "way": "active" });
    let operation = instrument.door().begin("composite_cancel", request.clone());
    let ended = device.expect_request();
    assert_eq!(ended.options.observe(), Some(1));
    assert_eq!(
        (ended.code, ended.token, &ended.payload),
        (begun.code, begun.token, &begun.payload)
    );
    assert_eq!(
        ended.options.content_format(),
        begun.options.content_format()
    );
    device.respond(&ended, senml("[]"));
    assert_eq!(instrument.door().ended(&operation)["outcome"], "success");
    let list = instrument
        .door()
        .ask("observation_list", json!({ "endpoint": "d" }));
    assert_eq!(list["observations"], json!([]));
    let again = instrument.door().operate("composite_cancel", request);
    assert_eq!(again["outcome"], "refused", "{again}");
}

#[test]
fn a_row_names_the_paths_that_are_observed_with_it_and_is_not_observed_alone() {
    let (instrument, mut device) = with_device("composite-rows");
    let paths = ["/3303/0", "/3/0/9"];
    let _ = observe(&instrument, &mut device, &paths, "[]");
    let tree = instrument
        .door()
        .ask("tree_get", json!({ "endpoint": "d" }));
    let rows = tree["rows"].as_array().expect("rows");
    let row = |path: &str| rows.iter().find(|row| row["path"] == path).expect("a row");
    for path in ["/3303/0", "/3303/0/5700", "/3/0/9"] {
        assert_eq!(row(path)["observed_together"], json!(paths), "{path}");
        assert!(row(path).get("observed").is_none(), "{path}");
    }
    assert!(row("/3/0/0").get("observed_together").is_none());
}

#[test]
fn ir_02_a_passive_cancel_resets_the_next_notification() {
    let (instrument, mut device) = with_device("composite-passive");
    let begun = observe(&instrument, &mut device, &["/3303", "/3/0/9"], "[]");
    let request = json!({ "endpoint": "d", "paths": ["/3303", "/3/0/9"], "way": "passive" });
    assert_eq!(
        instrument.door().operate("composite_cancel", request)["outcome"],
        "success"
    );
    let answer = device
        .notify(begun.token, 2, senml("[]"))
        .expect("an answer");
    assert_eq!(answer.kind, Kind::Reset);
}

#[test]
fn ob_10_a_composite_observation_is_made_again_after_a_register_and_known_after_a_crash() {
    let mut instrument = Instrument::start_to_restart("composite-crash");
    let mut device = instrument.device();
    let _ = device.register("d");
    let begun = observe(&instrument, &mut device, &["/3/0/9", "/3303"], "[]");
    instrument.crash();
    instrument.go_on();
    let notified = r#"[{"n":"/3/0/9","v":71}]"#;
    let answer = device
        .notify(begun.token, 2, senml(notified))
        .expect("an answer");
    assert_eq!(answer.kind, Kind::Acknowledgement, "OB-16");
    assert_eq!(
        told(&json!(instrument.door().history("d", "/3/0/9"))),
        ["/3/0/9=\"71\""]
    );
    let _ = device.register("d");
    let again = device.expect_request();
    assert_eq!(
        (listed(&again), again.options.observe()),
        (listed(&begun), Some(0))
    );
    assert_ne!(again.token, begun.token);
    assert_eq!(again.payload, begun.payload);
    device.respond(&again, observing(1, senml(r#"[{"n":"/3/0/9","v":70}]"#)));
    eventually("the new value", || {
        let readings = instrument.door().history("d", "/3/0/9");
        (readings.len() == 2).then_some(())
    });
}

#[test]
fn ir_06_times_in_a_composite_notification_are_kept_once_in_any_order() {
    let (instrument, mut device) = with_device("composite-times");
    let begun = observe(&instrument, &mut device, &["/3303/0/5700", "/3/0/9"], "[]");
    let at = |time: i64, value: f64| format!(r#"{{"n":"/3303/0/5700","t":{time},"v":{value}}}"#);
    let (late, early) = (at(1_700_000_060, 21.0), at(1_700_000_000, 20.0));
    for (sequence, body) in (2..).zip([
        format!("[{late},{early}]"),
        format!("[{early},{late}]"),
        format!("[{early}]"),
    ]) {
        let answer = device.notify(begun.token, sequence, senml(&body));
        assert_eq!(answer.expect("an answer").kind, Kind::Acknowledgement);
    }
    let readings = instrument.door().history("d", "/3303/0/5700");
    let times: Vec<_> = readings
        .iter()
        .filter_map(|own| own["time"].as_str())
        .collect();
    assert_eq!(
        times,
        ["2023-11-14T22:13:20.000Z", "2023-11-14T22:14:20.000Z"]
    );
}

#[test]
fn ir_09_values_of_objects_that_were_never_announced_are_taken_in() {
    let (instrument, mut device) = with_device("composite-unknown");
    let begun = observe(&instrument, &mut device, &["/3304/7", "/31024"], "[]");
    let notified = r#"[{"n":"/3304/7/5700","v":55},{"n":"/31024/11/1","v":3}]"#;
    let answer = device
        .notify(begun.token, 2, senml(notified))
        .expect("an answer");
    assert_eq!(answer.kind, Kind::Acknowledgement);
    assert_eq!(
        told(&json!(instrument.door().history("d", "/3304"))),
        ["/3304/7/5700=55.0"]
    );
    assert_eq!(instrument.door().history("d", "/31024").len(), 1);
}

#[test]
fn qrk_06_a_device_that_answers_in_the_other_senml_is_understood_and_told() {
    let (instrument, mut device) = with_device("composite-format");
    let request = json!({ "endpoint": "d", "paths": ["/3/0/9"], "format": "senml_cbor" });
    let operation = instrument.door().begin("composite_read", request);
    let asked = device.expect_request();
    device.respond(&asked, senml(r#"[{"n":"/3/0/9","v":95}]"#));
    let ended = instrument.door().ended(&operation);
    assert_eq!(told(&ended["values"]), ["/3/0/9=\"95\""]);
    let deviations = ended["deviations"].to_string();
    assert!(deviations.contains("QRK-06"), "{ended}");
}

#[test]
fn qrk_12_a_write_to_a_resource_instance_that_is_not_there_is_shown_as_refused() {
    let (instrument, mut device) = with_device("composite-qrk-12");
    let request = json!({ "endpoint": "d", "unchecked": true, "values": [
        { "path": "/3/0/16", "kind": "string", "value": "U" },
        { "path": "/16/0/0/9", "kind": "string", "value": "x" },
    ]});
    let operation = instrument.door().begin("composite_write", request);
    let asked = device.expect_request();
    let refusal = Response::diagnostic(Code::NOT_FOUND, "no such resource instance");
    device.respond(&asked, refusal);
    let ended = instrument.door().ended(&operation);
    assert_eq!(
        (&ended["outcome"], &ended["code"]),
        (&json!("refused"), &json!("4.04"))
    );
    let detail = ended["detail"].as_str().unwrap_or_default();
    assert!(detail.contains("no such resource instance"), "{ended}");
}

#[test]
fn a_path_set_is_kept_for_a_device_or_its_model() {
    let mut instrument = Instrument::start_to_restart("path-sets");
    let mut device = instrument.device();
    let _ = device.register("d");
    let door = instrument.door();
    let save = |scope: &str, name: &str| json!({ "endpoint": "d", "name": name, "scope": scope, "paths": ["/3303/0/5700", "/3/0/9"] });
    let refusal = door.refused("path_set_save", save("model", "All"));
    assert!(
        refusal.message().contains("/3/0/0"),
        "{}",
        refusal.message()
    );
    let operation = door.begin("resource_read", json!({ "endpoint": "d", "path": "/3/0" }));
    let asked = device.expect_request();
    let make = r#"[{"bn":"/3/0/","n":"0","vs":"ACME"},{"n":"1","vs":"Meter-3"}]"#;
    device.respond(&asked, senml(make));
    let _ = door.ended(&operation);
    let _ = door.ask("path_set_save", save("model", "All"));
    let sets = door.ask("path_set_save", save("device", " Mine "));
    let names = |sets: &Value| -> Vec<String> {
        let sets = sets["sets"].as_array().expect("sets").iter();
        sets.map(|set| format!("{} {}", set["scope"], set["name"]))
            .collect()
    };
    assert_eq!(names(&sets), ["\"device\" \"Mine\"", "\"model\" \"All\""]);
    assert_eq!(sets["sets"][1]["model"], "ACME Meter-3");
    instrument.crash();
    instrument.go_on();
    let door = instrument.door();
    let list = door.ask("path_set_list", json!({ "endpoint": "d" }));
    assert_eq!(
        list, sets,
        "what people enter is on the disk when it is answered"
    );
    let delete = json!({ "endpoint": "d", "name": "Mine", "scope": "device" });
    let left = door.ask("path_set_delete", delete.clone());
    assert_eq!(names(&left), ["\"model\" \"All\""]);
    assert_eq!(door.refused("path_set_delete", delete).code(), "not_found");
}

#[test]
fn ir_02_the_simulated_device_takes_every_composite_operation() {
    let instrument = Instrument::start("composite-simulated");
    let endpoint = instrument.simulated("sensor");
    let door = instrument.door();
    let request = |more: Value| {
        let mut request = more;
        request["endpoint"] = json!(endpoint);
        request
    };
    let paths = json!(["/3/0/0", "/3311/0", "/3303/0/5700", "/16/0/0/1", "/9999"]);
    let read = door.succeed("composite_read", request(json!({ "paths": paths })));
    assert_eq!(read["missing"], json!(["/9999"]), "{read}");
    assert_eq!(read["format"], "senml_cbor", "the most compact one");
    let write = |level: &str| {
        json!({ "unchecked": true, "values": [
            { "path": "/3/0/15", "kind": "string", "value": "Asia/Tokyo" },
            { "path": "/3311/0/5851", "kind": "integer", "value": level },
        ]})
    };
    let refused = door.operate("composite_write", request(write("101")));
    assert_eq!(refused["outcome"], "refused", "{refused}");
    let zone = json!({ "paths": ["/3/0/15"] });
    let kept = door.succeed("composite_read", request(zone.clone()));
    assert_ne!(kept["values"][0]["value"], "Asia/Tokyo", "all or nothing");
    let _ = door.succeed("composite_write", request(write("40")));
    let changed = door.succeed("composite_read", request(zone));
    assert_eq!(changed["values"][0]["value"], "Asia/Tokyo");
    let observed = json!({ "paths": ["/3311/0/5851", "/3/0/15"] });
    let _ = door.succeed("composite_observe", request(observed.clone()));
    let before = door.history(&endpoint, "/3311/0/5851").len();
    let _ = door.succeed("composite_write", request(write("41")));
    eventually("a notification with the new level", || {
        let readings = door.history(&endpoint, "/3311/0/5851");
        let last = readings.last()?.clone();
        (readings.len() > before && last["value"] == "41").then_some(())
    });
    let _ = door.succeed("composite_cancel", request(observed));
    let list = door.ask("observation_list", json!({ "endpoint": endpoint }));
    assert_eq!(list["observations"], json!([]));
}

#[test]
fn bw_08_a_long_list_of_paths_and_its_long_answer_travel_in_blocks() {
    let instrument = Instrument::start("composite-blocks");
    let endpoint = instrument.simulated("sensor");
    let door = instrument.door();
    let tree = door.ask("tree_get", json!({ "endpoint": endpoint }));
    let rows = tree["rows"].as_array().expect("rows").iter();
    let readable = rows.filter(|row| row["level"] == "resource" && row["readable"] == true);
    let paths: Vec<_> = readable.map(|row| row["path"].clone()).take(100).collect();
    assert_eq!(paths.len(), 100);
    let request = json!({ "endpoint": endpoint, "paths": paths });
    let read = door.succeed("composite_read", request);
    let values = read["values"].as_array().map_or(0, Vec::len);
    let missing = read["missing"].as_array().map_or(0, Vec::len);
    assert!(values + missing >= 100 && values > missing, "{read}");
    let traffic = door.ask("traffic_list", json!({ "endpoint": endpoint }));
    let lines = traffic["messages"].as_array().expect("datagrams").iter();
    let lines: Vec<_> = lines.filter_map(|own| own["summary"].as_str()).collect();
    for block in ["block1 1/0/1024", "block2 1/"] {
        assert!(lines.iter().any(|line| line.contains(block)), "{lines:?}");
    }
}

#[test]
fn a_composite_request_is_shown_with_the_paths_in_its_body() {
    let (instrument, mut device) = with_device("composite-traffic");
    let begun = observe(&instrument, &mut device, &["/3/0/9", "/3303"], "[]");
    let _ = device.notify(begun.token, 2, senml("[]"));
    let traffic = instrument
        .door()
        .ask("traffic_list", json!({ "endpoint": "d" }));
    let messages = traffic["messages"].as_array().expect("datagrams").iter();
    let named = messages.filter(|own| own["path"] == "/3/0/9, /3303");
    assert_eq!(
        named.count(),
        3,
        "question, answer and notification: {traffic}"
    );
}
