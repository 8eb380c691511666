//! Payloads that their format does not allow, on each way a payload comes in: the answer to a
//! Read, a notification, a Send, a Register.

use crate::instrument::{Instrument, TEMPERATURE};
use crate::malformed::check_alive;
use coap::{Code, Kind, Request};
use serde_json::json;
use wb_tests::raw_device::{LINK_FORMAT, content};

/// Content-Formats by number.
const TLV: u16 = 11_542;
const JSON: u16 = 11_543;
const SENML_JSON: u16 = 110;
const SENML_CBOR: u16 = 112;
const CBOR: u16 = 60;
const OPAQUE: u16 = 42;

/// Bodies that answer a Read of a path and are not what their format allows.
const UNREADABLE: &[(&str, &str, u16, &[u8])] = &[
    (
        "TLV-05: value cut off",
        TEMPERATURE,
        TLV,
        &[0xe4, 0x16, 0x44, 1],
    ),
    ("TLV-05: header cut off", TEMPERATURE, TLV, &[0xe4]),
    (
        "TLV-05: length cut off",
        TEMPERATURE,
        TLV,
        &[0xe8, 0x16, 0x44],
    ),
    (
        "TLV-05: instance inside a resource",
        "/3303/0",
        TLV,
        &[0x85, 0, 0x03, 0, 0xc1, 0, 1],
    ),
    (
        "TLV-07: 16 MiB announced",
        TEMPERATURE,
        TLV,
        &[0xf8, 0x16, 0x44, 0xff, 0xff, 0xff],
    ),
    (
        "JSON: no value",
        "/3303/0",
        JSON,
        br#"{"bn":"/3303/0/","e":[{"n":"5700"}]}"#,
    ),
    (
        "JSON: cut off",
        "/3303/0",
        JSON,
        br#"{"bn":"/3303/0/","e":[{"n":"57"#,
    ),
    (
        "SJ-03: no value",
        "/3303/0",
        SENML_JSON,
        br#"[{"n":"/3303/0/5700"}]"#,
    ),
    (
        "SJ-03: two values",
        "/3303/0",
        SENML_JSON,
        br#"[{"n":"/3303/0/5700","v":1,"vs":"x"}]"#,
    ),
    (
        "SJ-03: a label that must be understood",
        "/3303/0",
        SENML_JSON,
        br#"[{"n":"/3303/0/5700","v":1,"x_":1}]"#,
    ),
    (
        "SJ-03: version 11",
        "/3303/0",
        SENML_JSON,
        br#"[{"bver":11,"n":"/3303/0/5700","v":1}]"#,
    ),
    (
        "SJ-01: no path",
        "/3303/0",
        SENML_JSON,
        br#"[{"n":"somewhere","v":1}]"#,
    ),
    (
        "SenML JSON: not a list",
        "/3303/0",
        SENML_JSON,
        br#"{"n":"/3303/0/5700","v":1}"#,
    ),
    (
        "SenML JSON: depth",
        "/3303/0",
        SENML_JSON,
        b"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
    ),
    (
        "SenML CBOR: cut off",
        "/3303/0",
        SENML_CBOR,
        &[0x81, 0xa2, 0x00],
    ),
    (
        "SenML CBOR: a list longer than its bytes",
        "/3303/0",
        SENML_CBOR,
        &[0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    ),
    (
        "CB-01: more behind the value",
        "/3/0/9",
        CBOR,
        &[0x01, 0x02],
    ),
    ("an unknown format", "/3/0/0", 9_999, b"x"),
];

/// Bodies that their format allows, with a value that is not of the resource's type.
const OF_ANOTHER_TYPE: &[(&str, &str, u16, &[u8])] = &[
    (
        "TLV-02: float of 3 bytes",
        TEMPERATURE,
        TLV,
        &[0xe3, 0x16, 0x44, 1, 2, 3],
    ),
    (
        "TLV-02: float of 0 bytes",
        TEMPERATURE,
        TLV,
        &[0xe0, 0x16, 0x44],
    ),
    (
        "TLV-02: boolean of 2",
        "/3311/0/5850",
        TLV,
        &[0xe1, 0x16, 0xda, 2],
    ),
    (
        "TLV-02: integer of 3 bytes",
        "/3/0/9",
        TLV,
        &[0xc3, 9, 1, 2, 3],
    ),
    (
        "TLV-02: object link of 2 bytes",
        "/1/0/10",
        TLV,
        &[0xc2, 10, 0, 3],
    ),
    (
        "SenML: text for a float",
        "/3303/0",
        SENML_JSON,
        br#"[{"n":"/3303/0/5700","vs":"warm"}]"#,
    ),
    ("text: no number", "/3/0/9", 0, b"eleven"),
    ("text: not UTF-8", "/3/0/0", 0, b"\xff\xfe"),
];

#[test]
fn an_answer_that_cannot_be_read_ends_its_operation_with_the_reason() {
    let instrument = Instrument::start("answers");
    let door = instrument.door();
    let mut device = instrument.device();
    let _ = device.register("d");
    for (name, path, format, body) in UNREADABLE {
        let operation = door.begin("resource_read", json!({ "endpoint": "d", "path": path }));
        let asked = device.expect_request();
        device.respond(&asked, content(*format, *body));
        let ended = door.ended(&operation);
        assert_eq!(ended["outcome"], "refused", "{name}: {ended}");
        assert_eq!(ended["code"], "2.05", "{name}: {ended}");
        let detail = ended["detail"].as_str().unwrap_or_default();
        assert!(detail.contains("cannot be read"), "{name}: {detail}");
    }
    assert_eq!(
        door.history("d", "/"),
        Vec::<serde_json::Value>::new(),
        "nothing was made up"
    );
    check_alive(&instrument);
}

#[test]
fn dm_07_a_value_of_another_type_is_kept_as_it_came_and_told() {
    let instrument = Instrument::start("types");
    let door = instrument.door();
    let mut device = instrument.device();
    let _ = device.register("d");
    for (name, path, format, body) in OF_ANOTHER_TYPE {
        let operation = door.begin("resource_read", json!({ "endpoint": "d", "path": path }));
        let asked = device.expect_request();
        device.respond(&asked, content(*format, *body));
        let ended = door.ended(&operation);
        let told = ended["outcome"] == "refused" || ended["deviations"].is_array();
        assert!(told, "{name}: {ended}");
        let kinds = ended["values"].as_array().into_iter().flatten();
        let mut kinds = kinds.filter_map(|value| value["kind"].as_str());
        let raw = |kind: &str| matches!(kind, "opaque" | "string");
        assert!(kinds.all(raw), "never coerced, {name}: {ended}");
    }
    check_alive(&instrument);
}

#[test]
fn a_notification_that_cannot_be_read_is_shown_and_the_observation_goes_on() {
    let instrument = Instrument::start("notified");
    let mut device = instrument.device();
    let _ = device.register("d");
    let token = instrument.observe(&mut device, "d", "20.0");
    let broken = [
        (TLV, &[0xe3, 0x16, 0x44, 1, 2, 3][..]),
        (SENML_JSON, br#"[{"n":"/3303/0/5700"}]"#),
        (SENML_CBOR, &[0x81, 0xa2, 0x00]),
        (0, b"warm"),
        (9_999, b"x"),
    ];
    for (sequence, (format, body)) in (2..).zip(broken) {
        let answer = device
            .notify(token, sequence, content(format, body))
            .expect("an answer");
        assert_eq!(answer.kind, Kind::Acknowledgement, "{format}");
    }
    let problem = instrument.problem("malformed_payload", TEMPERATURE);
    assert_eq!(problem["peer"], "d", "the device is named: {problem}");
    let answer = device
        .notify(token, 20, content(0, "21.0"))
        .expect("an answer");
    assert_eq!(answer.kind, Kind::Acknowledgement);
    assert_eq!(instrument.temperatures("d"), [20.0, 21.0]);
}

#[test]
fn a_send_that_cannot_be_read_is_refused_and_nothing_of_it_is_stored() {
    let instrument = Instrument::start("sent");
    let mut device = instrument.device();
    let _ = device.register("d");
    for body in [
        r#"[{"n":"/3303/0/5700"}]"#,
        r#"[{"n":"/3303/0/5700","v":1},{"n":"/3303/0/5701","v_":1}]"#,
        r#"[{"n":"/3303/0/5700","v":1},{"n":"/3303/0"#,
        "nonsense",
    ] {
        let request = Request::post()
            .segment("dp")
            .content_format(SENML_JSON)
            .payload(body);
        assert_eq!(device.request(request).code, Code::BAD_REQUEST, "{body}");
    }
    let _ = instrument.problem("request_refused", "/dp");
    assert_eq!(
        instrument.door().history("d", "/"),
        Vec::<serde_json::Value>::new()
    );
}

#[test]
fn lf_01_object_lists_that_cannot_be_read_are_refused_with_the_reason() {
    let instrument = Instrument::start("lists");
    let mut device = instrument.device();
    let many = format!("</1/0>{}", ",</3303/0>".repeat(20_000));
    for list in ["<", "</3/0", "</3/0>;ct=\"110", "no link"] {
        let answer = device.register_with(&["ep=d", "lt=60", "lwm2m=1.1"], list);
        assert_eq!(answer.code, Code::BAD_REQUEST, "{list}");
        let words = String::from_utf8_lossy(&answer.payload).into_owned();
        assert!(words.contains("object list"), "{list}: {words}");
    }
    let _ = instrument.problem("registration_refused", "object list");
    assert_eq!(instrument.status()["devices"], 0);
    assert!(many.len() > 65_535, "more than one datagram");
    let mut last = Code::EMPTY;
    for (num, chunk) in (0..).zip(many.as_bytes().chunks(1_024)) {
        let more = (usize::try_from(num).unwrap_or_default() + 1) * 1_024 < many.len();
        let mut request = Request::post()
            .segment("rd")
            .query("ep=many")
            .query("lt=60")
            .query("lwm2m=1.1");
        request = request.content_format(LINK_FORMAT).payload(chunk);
        let block = coap::Block { num, more, szx: 6 };
        request
            .options
            .set_uint(coap::option::BLOCK1, block.to_value());
        last = device.request(request).code;
        if last != Code::CONTINUE {
            break;
        }
    }
    assert!(
        [Code::BAD_REQUEST, Code::REQUEST_ENTITY_TOO_LARGE].contains(&last),
        "10,000 links at most: {last}"
    );
    check_alive(&instrument);
}

#[test]
fn raw_bytes_of_an_unknown_object_come_through_unchanged() {
    let instrument = Instrument::start("raw");
    let door = instrument.door();
    let mut device = instrument.device();
    let _ = device.register("d");
    let read = json!({ "endpoint": "d", "path": "/33000/0/1", "format": "opaque" });
    let operation = door.begin("resource_read", read);
    let asked = device.expect_request();
    assert_eq!(asked.options.accept(), Some(OPAQUE));
    device.respond(&asked, content(OPAQUE, vec![0, 1, 0xfe, 0xff]));
    let ended = door.ended(&operation);
    assert_eq!(ended["format"], "opaque");
    assert_eq!(
        ended["values"],
        json!([{ "path": "/33000/0/1", "kind": "opaque", "value": "AAH+/w==" }])
    );
    let write = json!({ "endpoint": "d", "path": "/33000/0/1", "mode": "replace", "format": "opaque",
        "values": [{ "path": "/33000/0/1", "kind": "opaque", "value": "AAH+/w==" }] });
    let operation = door.begin("resource_write", write);
    let asked = device.expect_request();
    assert_eq!(
        (asked.code, asked.options.content_format()),
        (Code::PUT, Some(OPAQUE))
    );
    assert_eq!(asked.payload, [0, 1, 0xfe, 0xff]);
    device.respond(&asked, coap::Response::new(Code::CHANGED));
    assert_eq!(door.ended(&operation)["code"], "2.04");
}
