//! Send over a real socket: what is stored, under which time, and what is refused with which code
//! (conformance IR-04 to IR-07).

use crate::instrument::{Instrument, TEMPERATURE};
use coap::{Code, Request};
use lwm2m::codec::{Untyped, decode};
use lwm2m::{Format, Path, Reading};
use serde_json::{Value, json};
use std::time::Duration;
use wb_tests::raw_device::text;
use wb_tests::{RawDevice, eventually};

const SENML_JSON: u16 = 110;
const SENML_CBOR: u16 = 112;

fn push(device: &mut RawDevice, format: Option<u16>, body: impl Into<Vec<u8>>) -> Code {
    let request = Request::post().segment("dp").payload(body);
    let request = match format {
        Some(format) => request.content_format(format),
        None => request,
    };
    device.request(request).code
}

fn times_and_values(instrument: &Instrument, path: &str) -> Vec<(String, f64)> {
    let readings = instrument.door().history("d", path);
    let row = |own: &Value| Some((own["time"].as_str()?.to_owned(), own["value"].as_f64()?));
    readings.iter().filter_map(row).collect()
}

#[test]
fn ir_04_a_send_in_either_senml_is_stored_before_it_is_answered() {
    let instrument = Instrument::start("send");
    let mut device = instrument.device();
    let _ = device.register("d");
    let json = r#"[{"bn":"/3303/0/","n":"5700","v":21.5}]"#;
    assert_eq!(push(&mut device, Some(SENML_JSON), json), Code::CHANGED);
    // [{-2: "/3303/0/5700", 2: 22}]
    let cbor = b"\x81\xa2\x21\x6c/3303/0/5700\x02\x16";
    assert_eq!(push(&mut device, Some(SENML_CBOR), *cbor), Code::CHANGED);
    let readings = instrument.door().history("d", TEMPERATURE);
    let told: Vec<_> = readings
        .iter()
        .map(|own| (&own["value"], &own["source"]))
        .collect();
    let send = json!("send");
    assert_eq!(told, [(&json!(21.5), &send), (&json!(22.0), &send)]);
}

#[test]
fn ir_06_collected_values_are_kept_under_their_own_times_and_once() {
    let instrument = Instrument::start("send-history");
    let mut device = instrument.device();
    let _ = device.register("d");
    let collected =
        r#"[{"bn":"/3303/0/5700","bt":1700000000,"t":60,"v":21},{"t":0,"v":20},{"t":120,"v":22}]"#;
    let again = r#"[{"bn":"/3303/0/5700","bt":1700000000,"t":120,"v":22},{"t":180,"v":23},{"t":30,"v":20.5}]"#;
    for body in [collected, again, again] {
        assert_eq!(push(&mut device, Some(SENML_JSON), body), Code::CHANGED);
    }
    let expected = [
        ("2023-11-14T22:13:20.000Z", 20.0),
        ("2023-11-14T22:13:50.000Z", 20.5),
        ("2023-11-14T22:14:20.000Z", 21.0),
        ("2023-11-14T22:15:20.000Z", 22.0),
        ("2023-11-14T22:16:20.000Z", 23.0),
    ];
    let expected = expected.map(|(time, value)| (time.to_owned(), value));
    assert_eq!(times_and_values(&instrument, TEMPERATURE), expected);
    // The same time with another value: the last word counts.
    let corrected = r#"[{"bn":"/3303/0/5700","bt":1700000180,"v":23.5}]"#;
    assert_eq!(
        push(&mut device, Some(SENML_JSON), corrected),
        Code::CHANGED
    );
    let last = times_and_values(&instrument, TEMPERATURE)
        .pop()
        .expect("a value");
    assert_eq!(last, ("2023-11-14T22:16:20.000Z".to_owned(), 23.5));
}

#[test]
fn ir_04_each_reason_to_refuse_has_its_code_and_nothing_is_stored() {
    let instrument = Instrument::start("send-refused");
    let mut device = instrument.device();
    let _ = device.register("d");
    let good = r#"[{"n":"/3303/0/5700","v":1}]"#;
    let stray = r#"[{"n":"/3303/0/5700","v":1},{"n":"/3303/7/5700","v":1}]"#;
    for (what, format, body, code) in [
        (
            "an instance that was not registered",
            Some(SENML_JSON),
            stray,
            Code::NOT_FOUND,
        ),
        (
            "cut off",
            Some(SENML_JSON),
            r#"[{"n":"/3303/0"#,
            Code::BAD_REQUEST,
        ),
        (
            "no value",
            Some(SENML_JSON),
            r#"[{"n":"/3303/0/5700"}]"#,
            Code::BAD_REQUEST,
        ),
        (
            "plain text",
            Some(0),
            "21",
            Code::UNSUPPORTED_CONTENT_FORMAT,
        ),
        ("TLV", Some(11_542), "x", Code::UNSUPPORTED_CONTENT_FORMAT),
        ("no format", None, good, Code::UNSUPPORTED_CONTENT_FORMAT),
    ] {
        assert_eq!(push(&mut device, format, body), code, "{what}");
    }
    let mut stranger = instrument.device();
    assert_eq!(push(&mut stranger, Some(SENML_JSON), good), Code::FORBIDDEN);
    assert!(instrument.door().history("d", "/").is_empty());
    let problem = instrument.problem("request_refused", "/3303/7/5700");
    assert!(
        problem["message"]
            .as_str()
            .is_some_and(|words| words.contains("4.04"))
    );
    assert_eq!(
        push(&mut device, Some(SENML_JSON), good),
        Code::CHANGED,
        "still alive"
    );
}

#[test]
fn ir_07_a_send_of_a_sleeping_device_is_stored_and_wakes_what_waits() {
    let mut instrument = Instrument::start_to_restart("send-asleep");
    let mut device = instrument.device();
    let queries = ["ep=d", "lt=86400", "lwm2m=1.1", "b=U", "Q"];
    let _ = device.register_with(&queries, wb_tests::raw_device::LINKS);
    // After a start, who has not been heard yet counts as asleep (QM-02).
    instrument.crash();
    instrument.go_on();
    let door = instrument.door();
    let waiting = door.begin(
        "resource_read",
        json!({ "endpoint": "d", "path": "/3/0/0" }),
    );
    device.answer_with(|request| (request.code == Code::GET).then(|| text("ACME")));
    let body = r#"[{"n":"/3303/0/5700","v":18.5}]"#;
    assert!(device.is_left_alone(Duration::from_millis(300)));
    assert_eq!(push(&mut device, Some(SENML_JSON), body), Code::CHANGED);
    assert_eq!(instrument.temperatures("d"), [18.5]);
    let ended = eventually("the waiting read", || {
        device.listen(Duration::from_millis(50));
        let row = door.ask("operation_get", json!({ "operation": waiting }));
        (row["state"] == "ended").then_some(row)
    });
    assert_eq!(ended["outcome"], "success", "{ended}");
}

#[test]
fn ir_05_send_is_muted_by_one_write_to_the_server_object() {
    let instrument = Instrument::start("send-muted");
    let mut device = instrument.device();
    let _ = device.register("d");
    let mute = json!({ "endpoint": "d", "path": "/1/0/23", "mode": "replace",
        "values": [{ "path": "/1/0/23", "kind": "boolean", "value": true }] });
    let operation = instrument.door().begin("resource_write", mute);
    let asked = device.expect_request();
    assert_eq!(wb_tests::raw_device::path_of(&asked), "/1/0/23");
    let format = asked.options.content_format().and_then(Format::from_id);
    let mute = Path::Resource(1, 0, 23);
    let read = decode(format.expect("a format"), &asked.payload, mute, &Untyped);
    let read = read.expect("a value").readings;
    assert_eq!(read, [Reading::new(mute, lwm2m::Value::Boolean(true))]);
    device.respond(&asked, coap::Response::new(Code::CHANGED));
    assert_eq!(instrument.door().ended(&operation)["outcome"], "success");
}
