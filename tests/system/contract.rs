//! What scripts rely on: the ready line, the list of calls, who is let in, and how a call is
//! refused.

use crate::instrument::{Instrument, is_time};
use serde_json::{Value, json};
use wb_tests::raw_device::LINKS;

/// The calls of the contract that this version has.
const CALLS: &[&str] = &[
    "device_list",
    "device_get",
    "device_forget",
    "device_note",
    "resource_read",
    "resource_write",
    "resource_execute",
    "resource_discover",
    "attributes_write",
    "attributes_get",
    "access_get",
    "access_put",
    "instance_create",
    "instance_delete",
    "observation_start",
    "observation_cancel",
    "observation_list",
    "composite_read",
    "composite_write",
    "composite_observe",
    "composite_cancel",
    "device_read",
    "path_set_list",
    "path_set_save",
    "path_set_delete",
    "operation_wait",
    "operation_get",
    "operation_list",
    "operation_cancel",
    "console_run",
    "console_complete",
    "console_history",
    "palette_search",
    "reading_history",
    "value_get",
    "model_import",
    "model_list",
    "model_get",
    "simulator_start",
    "simulator_stop",
    "problem_list",
    "settings_get",
    "settings_put",
    "events_ticket",
];

fn check_error(status: u16, error: &Value, expected: (u16, &str)) {
    assert_eq!(
        (status, error["code"].as_str()),
        (expected.0, Some(expected.1)),
        "{error}"
    );
    let message = error["message"].as_str().unwrap_or_default();
    assert!(!message.is_empty(), "a sentence for people: {error}");
    let fields = error.as_object().expect("an object");
    assert!(fields.contains_key("details"), "{error}");
}

fn check_refused(instrument: &Instrument, name: &str, request: Value, status: u16, code: &str) {
    let refusal = instrument.door().refused(name, request);
    check_error(refusal.status, &refusal.error, (status, code));
}

#[test]
fn the_ready_line_says_where_the_program_is_and_how_to_be_let_in() {
    let instrument = Instrument::start("ready");
    let ready = instrument.daemon().ready();
    assert_eq!(ready["ready"], true);
    let http = ready["http"].as_str().expect("a URL");
    assert!(http.starts_with("http://127.0.0.1:"), "{http}");
    assert!(
        ready["token"].as_str().is_some_and(|t| t.len() >= 32),
        "{ready}"
    );
    let listeners = ready["listeners"].as_array().expect("a list");
    assert_eq!(listeners.len(), 1, "{ready}");
    assert_eq!(listeners[0]["role"], "server");
    assert_eq!(listeners[0]["scheme"], "coap");
    assert!(
        listeners[0]["address"]
            .as_str()
            .is_some_and(|a| a.starts_with("127.0.0.1:"))
    );
    let status = instrument.status();
    assert_eq!(
        status["listeners"][0]["address"], listeners[0]["address"],
        "{status}"
    );
}

#[test]
fn get_rpc_lists_every_call_with_its_schemas() {
    let instrument = Instrument::start("listing");
    let door = instrument.door();
    let authorization = format!("Bearer {}", door.token());
    let (status, body) = door
        .send("GET", "/rpc", &[("authorization", &authorization)], b"")
        .expect("an answer");
    assert_eq!(status, 200, "{body}");
    let listing: Value = serde_json::from_str(&body).expect("JSON");
    let calls = listing["calls"].as_array().expect("a list of calls");
    for name in CALLS {
        let call = calls.iter().find(|call| call["name"] == *name);
        let call = call.unwrap_or_else(|| panic!("{name} is not listed"));
        assert!(
            call["request"].is_object() && call["response"].is_object(),
            "{call}"
        );
    }
}

#[test]
fn only_the_token_of_this_run_lets_in() {
    let instrument = Instrument::start("token");
    let door = instrument.door();
    let wrong = format!("Bearer {}", "0".repeat(door.token().len()));
    let bare = door.token().to_owned();
    let headers: [&[(&str, &str)]; 3] = [
        &[],
        &[("authorization", &wrong)],
        &[("authorization", &bare)],
    ];
    for headers in headers {
        for (method, path) in [
            ("GET", "/rpc"),
            ("POST", "/rpc/status_get"),
            ("POST", "/rpc/nothing"),
            ("GET", "/events"),
            ("GET", "/events?ticket=0123"),
        ] {
            let (status, body) = door.send(method, path, headers, b"").expect("an answer");
            let error = serde_json::from_str(&body).expect("JSON");
            check_error(status, &error, (401, "unauthorized"));
        }
    }
}

#[test]
fn pages_of_other_sites_and_other_names_are_not_let_in() {
    let instrument = Instrument::start("origin");
    let door = instrument.door();
    let authorization = format!("Bearer {}", door.token());
    for (name, value) in [("origin", "http://evil.example"), ("host", "evil.example")] {
        let headers = [("authorization", authorization.as_str()), (name, value)];
        let (status, body) = door
            .send("POST", "/rpc/status_get", &headers, b"{}")
            .expect("an answer");
        let error = serde_json::from_str(&body).expect("JSON");
        check_error(status, &error, (401, "unauthorized"));
    }
    let own = [
        ("authorization", authorization.as_str()),
        ("origin", door.url()),
    ];
    let (status, body) = door
        .send("POST", "/rpc/status_get", &own, b"{}")
        .expect("an answer");
    assert_eq!(status, 200, "the program's own page: {body}");
}

#[test]
fn what_does_not_exist_is_named_by_its_code() {
    let instrument = Instrument::start("unknown");
    let check = |name: &str, request: Value, code: &str| {
        check_refused(&instrument, name, request, 404, code);
    };
    check("device_fly", json!({}), "not_found");
    check("device_get", json!({ "endpoint": "x" }), "unknown_device");
    check(
        "device_forget",
        json!({ "endpoint": "x" }),
        "unknown_device",
    );
    check(
        "resource_read",
        json!({ "endpoint": "x", "path": "/3" }),
        "unknown_device",
    );
    check(
        "reading_history",
        json!({ "endpoint": "x", "path": "/3" }),
        "unknown_device",
    );
    check(
        "operation_get",
        json!({ "operation": "op-1" }),
        "unknown_operation",
    );
    check(
        "operation_wait",
        json!({ "operation": "?" }),
        "unknown_operation",
    );
    check("model_get", json!({ "object": 64_999 }), "not_found");
}

#[test]
fn a_body_that_does_not_fit_is_an_invalid_request() {
    let instrument = Instrument::start("body");
    let door = instrument.door();
    let authorization = format!("Bearer {}", door.token());
    let headers = [("authorization", authorization.as_str())];
    for body in [&b"{"[..], b"[1]", b"\xff", b"{} {}"] {
        let (status, answer) = door
            .send("POST", "/rpc/device_get", &headers, body)
            .expect("an answer");
        let error = serde_json::from_str(&answer).expect("JSON");
        check_error(status, &error, (400, "invalid_request"));
    }
    for request in [json!({}), json!({ "endpoint": 7 })] {
        check_refused(&instrument, "device_get", request, 400, "invalid_request");
    }
    let words = json!({ "endpoint": "x", "path": "/3/0", "way": "sideways" });
    check_refused(
        &instrument,
        "observation_cancel",
        words,
        400,
        "invalid_request",
    );
    let (status, _) = door
        .send("POST", "/rpc/device_list", &headers, b"")
        .expect("an answer");
    assert_eq!(status, 200, "no body is a request without fields");
}

#[test]
fn paths_values_and_versions_that_cannot_be_are_refused_before_anything_is_sent() {
    let instrument = Instrument::start("invalid");
    let mut device = instrument.device();
    let _ = device.register_with(&["ep=d", "lt=300", "lwm2m=1.1"], LINKS);
    let check = |name: &str, more: Value, code: &str, words: &str| {
        let mut request = json!({ "endpoint": "d" });
        let fields = request.as_object_mut().expect("an object");
        fields.extend(more.as_object().expect("an object").clone());
        let refusal = instrument.door().refused(name, request.clone());
        check_error(refusal.status, &refusal.error, (400, code));
        assert!(
            refusal.message().contains(words),
            "{request}: {}",
            refusal.message()
        );
    };
    for path in [
        "3/x",
        "/",
        "//3",
        "/3/0/9/0/1",
        "/65536",
        "/65535",
        "/3/65535",
        "",
        "/3.5",
    ] {
        check(
            "resource_read",
            json!({ "path": path }),
            "invalid_path",
            path,
        );
    }
    check(
        "instance_delete",
        json!({ "path": "/3303" }),
        "invalid_path",
        "/3303",
    );
    check(
        "resource_execute",
        json!({ "path": "/3/0" }),
        "invalid_path",
        "/3/0",
    );
    check(
        "resource_execute",
        json!({ "path": "/3/0/0" }),
        "invalid_path",
        "executable",
    );
    check(
        "resource_execute",
        json!({ "path": "/3/0/4", "arguments": "0=U" }),
        "invalid_value",
        "",
    );
    check(
        "resource_read",
        json!({ "path": "/3303_1.0/0/5700" }),
        "invalid_version",
        "1.1",
    );
    let write = |path: &str, kind: &str, value: Value| json!({ "path": path, "mode": "replace", "values": [{ "path": path, "kind": kind, "value": value }] });
    check(
        "resource_write",
        write("/3/0/14", "integer", json!("1")),
        "invalid_value",
        "/3/0/14",
    );
    check(
        "resource_write",
        write("/3/0/13", "time", json!("soon")),
        "invalid_value",
        "/3/0/13",
    );
    check(
        "resource_write",
        write("/3/0/9", "integer", json!("5")),
        "invalid_value",
        "/3/0/9",
    );
    check(
        "resource_write",
        write("/1/0/1", "integer", json!(1.5)),
        "invalid_value",
        "/1/0/1",
    );
    check(
        "attributes_write",
        json!({ "path": "/3303/0/5700", "attributes": { "speed": 5 } }),
        "invalid_value",
        "speed",
    );
    check(
        "attributes_write",
        json!({ "path": "/3303/0/5700", "attributes": { "lt": 30, "gt": 20 } }),
        "invalid_value",
        "",
    );
    assert!(device.is_left_alone(std::time::Duration::from_millis(300)));
}

#[test]
fn a_device_row_has_the_shape_that_scripts_rely_on() {
    let instrument = Instrument::start("row");
    let mut device = instrument.device();
    let location = device.register("urn:dev:row");
    let row = instrument.door().device("urn:dev:row");
    for (field, value) in [
        ("endpoint", json!("urn:dev:row")),
        ("online", json!(true)),
        ("sleeping", json!(false)),
        ("lwm2m_version", json!("1.1")),
        ("lifetime_s", json!(300)),
        ("binding", json!("U")),
        ("queue_mode", json!(false)),
        ("address", json!(device.address().to_string())),
        ("security", json!("nosec")),
        ("registration_id", json!(location)),
    ] {
        assert_eq!(row[field], value, "{field} of {row}");
    }
    for field in ["registered_at", "last_seen_at", "expires_at"] {
        assert!(is_time(&row[field]), "{field} of {row}");
    }
    let objects = json!([
        { "object": 1, "version": "1.1", "instances": [0] },
        { "object": 3, "version": "1.1", "instances": [0] },
        { "object": 3303, "version": "1.1", "instances": [0] },
    ]);
    assert_eq!(row["objects"], objects);
    assert!(row.get("alias").is_none(), "absent, not null: {row}");
}

#[test]
fn the_device_list_is_filtered_by_name_and_alias_and_comes_in_pages() {
    let instrument = Instrument::start("list");
    let door = instrument.door();
    let mut device = instrument.device();
    for name in ["cellar-1", "cellar-2", "attic"] {
        let _ = device.register(name);
    }
    let note = json!({ "endpoint": "attic", "alias": "Under the roof" });
    let _ = door.ask("device_note", note);
    let names = |request: Value| {
        let answer = door.ask("device_list", request);
        let devices = answer["devices"].as_array().expect("rows").clone();
        let names: Vec<String> = devices
            .iter()
            .map(|d| d["endpoint"].as_str().expect("a name").to_owned())
            .collect();
        (names.join(" "), answer["total"].as_u64().expect("a number"))
    };
    assert_eq!(names(json!({})), ("attic cellar-1 cellar-2".to_owned(), 3));
    assert_eq!(
        names(json!({ "filter": "cellar" })),
        ("cellar-1 cellar-2".to_owned(), 2)
    );
    assert_eq!(names(json!({ "filter": "roof" })), ("attic".to_owned(), 1));
    assert_eq!(
        names(json!({ "limit": 1, "offset": 1 })),
        ("cellar-1".to_owned(), 3)
    );
    assert_eq!(
        names(json!({ "filter": "%" })),
        (String::new(), 0),
        "no pattern"
    );
}
