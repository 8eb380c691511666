//! Device management over a real socket, with a device that answers what a test says: what each
//! operation looks like on the wire, and what is made of each answer.

use crate::scripted::{Bench, SENML_CBOR, SENML_JSON, TLV, body, changed, line, of_d, write};
use coap::{Code, Message, Response};
use serde_json::{Value, json};
use std::time::Duration;
use wb_tests::raw_device::{content, path_of, text};

#[test]
fn dm_01_dm_02_every_level_is_read() {
    let mut bench = Bench::new("levels");
    for (path, pack, values) in [
        (
            "/3303",
            r#"[{"bn":"/3303/0/","n":"5700","v":1},{"n":"5701","vs":"Cel"}]"#,
            2,
        ),
        (
            "/3/0",
            r#"[{"bn":"/3/0/","n":"9","v":95},{"n":"7/0","v":3800},{"n":"7/1","v":5000}]"#,
            3,
        ),
        ("/3/0/9", r#"[{"n":"/3/0/9","v":95}]"#, 1),
        ("/3/0/7/1", r#"[{"n":"/3/0/7/1","v":5000}]"#, 1),
        ("/16", "[]", 0),
    ] {
        let answer = content(SENML_JSON, pack);
        let (asked, ended) = bench.exchange("resource_read", json!({ "path": path }), answer);
        assert_eq!(line(&asked), format!("GET {path}"));
        assert_eq!(ended["outcome"], "success", "{path}: {ended}");
        let count = ended["values"].as_array().map_or(0, Vec::len);
        assert_eq!(count, values, "{path}: {ended}");
    }
    let empty = Response::new(Code::CONTENT);
    let (_, ended) = bench.exchange("resource_read", json!({ "path": "/3/0/14" }), empty);
    assert_eq!(ended["values"][0]["value"], "", "an empty text: {ended}");
}

#[test]
fn dm_01_dm_19_each_refusal_of_a_device_is_shown_with_its_code_and_words() {
    let mut bench = Bench::new("refusals");
    let mut told = Vec::new();
    for code in [
        Code::BAD_REQUEST,
        Code::UNAUTHORIZED,
        Code::NOT_FOUND,
        Code::METHOD_NOT_ALLOWED,
        Code::NOT_ACCEPTABLE,
        Code::INTERNAL_SERVER_ERROR,
        Code::of(5, 3),
        Code::of(5, 29),
    ] {
        let answer = Response::diagnostic(code, "Ventil zu: 温度");
        let (_, ended) = bench.exchange("resource_read", json!({ "path": "/3/0/9" }), answer);
        assert_eq!(ended["outcome"], "refused");
        assert_eq!(ended["code"], code.to_string());
        let detail = ended["detail"].as_str().unwrap_or_default().to_owned();
        assert!(detail.contains("Ventil zu: 温度"), "{detail}");
        assert!(!told.contains(&detail), "told apart: {detail}");
        told.push(detail);
    }
}

#[test]
fn dm_03_a_format_is_asked_for_or_not_and_whatever_comes_is_read() {
    let answers = [
        content(0, "95"),
        content(60, [0x18, 95]),
        content(TLV, [0xc1, 9, 95]),
        content(11_543, r#"{"bn":"/3/0/9","e":[{"v":95}]}"#),
        content(SENML_JSON, r#"[{"n":"/3/0/9","v":95}]"#),
        content(SENML_CBOR, *b"\x81\xa2\x00\x66/3/0/9\x02\x18\x5f"),
    ];
    let formats = ["text", "cbor", "tlv", "json", "senml_json", "senml_cbor"];
    let mut bench = Bench::with("accept", "lwm2m=1.1", "</1/0>,</3/0>");
    for (format, answer) in formats.into_iter().zip(answers) {
        let number = answer.options.content_format();
        let read = json!({ "path": "/3/0/9" });
        let (asked, ended) = bench.exchange("resource_read", read, answer.clone());
        assert_eq!(asked.options.accept(), None, "the device lists no format");
        assert_eq!(ended["values"][0]["value"], "95", "{format}: {ended}");
        let read = json!({ "path": "/3/0/9", "format": format });
        let (asked, ended) = bench.exchange("resource_read", read, answer);
        assert_eq!(asked.options.accept(), number);
        assert_eq!(ended["values"][0]["value"], "95", "{format}: {ended}");
        assert_eq!(ended["format"], format);
    }
}

#[test]
fn dm_04_writes_replace_and_update_at_each_level_in_a_named_format() {
    let mut bench = Bench::new("writes");
    let both = json!([
        { "path": "/3311/0/5850", "kind": "boolean", "value": true },
        { "path": "/3311/0/5851", "kind": "integer", "value": "17" },
    ]);
    let instance = |mode: &str| json!({ "path": "/3311/0", "mode": mode, "values": both });
    let pack = r#"[{"bn":"/3311/0/","n":"5850","vb":true},{"n":"5851","v":17}]"#;
    for (request, expected, payload) in [
        (instance("replace"), "PUT /3311/0 110", pack),
        (instance("update"), "POST /3311/0 110", pack),
        (
            write("/3/0/14", "string", json!("+02")),
            "PUT /3/0/14 110",
            r#"[{"bn":"/3/0/14","vs":"+02"}]"#,
        ),
        (
            write("/2/0/2/7", "integer", json!("3")),
            "PUT /2/0/2/7 110",
            r#"[{"bn":"/2/0/2/7","v":3}]"#,
        ),
    ] {
        let (asked, ended) = bench.exchange("resource_write", request, changed());
        assert_eq!(line(&asked), expected);
        assert_eq!(body(&asked), payload);
        assert_eq!(ended["code"], "2.04", "{ended}");
    }
    for format in ["text", "opaque", "cbor"] {
        let several = json!({ "path": "/2/0/2", "mode": "replace", "format": format, "values": [
            { "path": "/2/0/2/1", "kind": "integer", "value": "1" },
            { "path": "/2/0/2/2", "kind": "integer", "value": "2" },
        ] });
        let (code, message) = bench.refused("resource_write", several);
        assert_eq!(code, "invalid_request", "never as {format}: {message}");
        assert!(message.contains("SenML"), "what would do: {message}");
    }
}

#[test]
fn dm_08_arguments_travel_as_text_and_must_follow_their_grammar() {
    let mut bench = Bench::new("arguments");
    for (arguments, expected) in [
        (json!(null), "POST /3/0/4"),
        (json!(""), "POST /3/0/4"),
        (json!("5"), "POST /3/0/4 0"),
        (json!("0='U',1,2='http://a.b/c?d=e'"), "POST /3/0/4 0"),
    ] {
        let request = json!({ "path": "/3/0/4", "arguments": arguments });
        let (asked, ended) = bench.exchange("resource_execute", request, changed());
        assert_eq!(line(&asked), expected);
        assert_eq!(body(&asked), arguments.as_str().unwrap_or_default());
        assert_eq!(asked.kind, coap::Kind::Confirmable);
        assert_eq!(ended["outcome"], "success");
    }
    let once = json!({ "path": "/3/0/4", "confirmable": false });
    let (asked, ended) = bench.exchange("resource_execute", once, changed());
    assert_eq!(asked.kind, coap::Kind::NonConfirmable);
    assert_eq!(ended["outcome"], "success");
    for arguments in [
        "10", "a", "0=U", "0='a\\b'", "0='it's'", "0,,1", "0,", "1,1",
    ] {
        let request = json!({ "path": "/3/0/4", "arguments": arguments });
        let (code, message) = bench.refused("resource_execute", request);
        assert_eq!(code, "invalid_value", "{arguments}: {message}");
    }
}

#[test]
fn dm_09_instances_are_created_with_and_without_an_id_and_several_at_once() {
    let mut bench = Bench::new("create");
    let on = |value: bool| json!([{ "path": "5850", "kind": "boolean", "value": value }]);
    let created = |path: &[&str]| {
        let answer = Response::new(Code::CREATED);
        path.iter()
            .fold(answer, |answer, segment| answer.location(segment))
    };
    let chosen = json!({ "object": 3311, "values": on(true) });
    let (asked, ended) = bench.exchange("instance_create", chosen, created(&["3311", "8"]));
    assert_eq!(line(&asked), format!("POST /3311 {TLV}"));
    assert_eq!(
        asked.payload,
        [0xe1, 0x16, 0xda, 1],
        "no instance around it"
    );
    assert_eq!(ended["location"], "/3311/8");

    let named = json!({ "object": 3311, "instance": 5, "values": on(true) });
    let (asked, ended) = bench.exchange("instance_create", named, created(&[]));
    assert_eq!(line(&asked), "POST /3311 110");
    assert_eq!(body(&asked), r#"[{"bn":"/3311/5/","n":"5850","vb":true}]"#);
    assert_eq!(ended["location"], "/3311/5");

    let more = json!([{ "instance": 7, "values": on(false) }]);
    let several = json!({ "object": 3311, "instance": 6, "values": on(true), "more": more });
    let (asked, ended) = bench.exchange("instance_create", several.clone(), created(&[]));
    let pack = r#"[{"bn":"/3311/","n":"6/5850","vb":true},{"n":"7/5850","vb":false}]"#;
    assert_eq!(body(&asked), pack);
    assert_eq!(ended["code"], "2.01");

    let mut nameless = several;
    nameless["instance"] = Value::Null;
    let (code, message) = bench.refused("instance_create", nameless);
    assert_eq!(code, "invalid_request", "{message}");

    let empty = json!({ "object": 3311, "instance": 9, "values": [] });
    let (asked, _) = bench.exchange("instance_create", empty, created(&[]));
    assert_eq!(
        (asked.options.content_format(), &asked.payload[..]),
        (Some(TLV), &[0, 9][..])
    );
}

#[test]
fn dm_09_the_location_of_a_create_may_have_the_alternate_path_or_not() {
    let links = "</a>;rt=\"oma.lwm2m\";ct=110,</a/1/0>,</a/3/0>,</a/16>";
    let mut bench = Bench::with("created-below", "lwm2m=1.1", links);
    for path in [&["a", "16", "4"][..], &["16", "4"]] {
        let answer = Response::new(Code::CREATED);
        let answer = path
            .iter()
            .fold(answer, |answer, segment| answer.location(segment));
        let request = json!({ "object": 16, "values": [] });
        let (asked, ended) = bench.exchange("instance_create", request, answer);
        assert_eq!(path_of(&asked), "/a/16");
        assert_eq!(ended["location"], "/16/4", "{path:?}");
    }
}

#[test]
fn dm_10_an_instance_is_deleted_and_a_refusal_is_shown() {
    let mut bench = Bench::new("delete");
    let request = json!({ "path": "/3311/0" });
    let deleted = Response::new(Code::DELETED);
    let (asked, ended) = bench.exchange("instance_delete", request, deleted);
    assert_eq!(
        (line(&asked).as_str(), &ended["code"]),
        ("DELETE /3311/0", &json!("2.02"))
    );
    let kept = Response::new(Code::METHOD_NOT_ALLOWED);
    let (_, ended) = bench.exchange("instance_delete", json!({ "path": "/3/0" }), kept);
    assert_eq!(
        (&ended["outcome"], &ended["code"]),
        (&json!("refused"), &json!("4.05"))
    );
}

#[test]
fn dm_11_discover_tells_what_is_there_and_what_is_attached() {
    let mut bench = Bench::new("discover");
    let links = "</3303/0>;pmin=10;ssid=101,</3303/0/5700>;dim=1;gt=40;lt=-5.5;st=0.5;epmin=1;epmax=9,\
        </3303/0/5750>;con=1;hqmax=7;edge=0,</3303/0/5601>;x-own=\"a,b;c\"";
    let answer = content(40, links);
    let (asked, ended) = bench.exchange("resource_discover", json!({ "path": "/3303" }), answer);
    assert_eq!(
        (line(&asked).as_str(), asked.options.accept()),
        ("GET /3303", Some(40))
    );
    let links = ended["links"].as_array().expect("links");
    let paths: Vec<_> = links.iter().map(|link| &link["path"]).collect();
    assert_eq!(
        paths,
        ["/3303/0", "/3303/0/5700", "/3303/0/5750", "/3303/0/5601"]
    );
    assert_eq!(links[1]["attributes"]["lt"], "-5.5", "{ended}");
    assert_eq!(links[3]["attributes"]["x-own"], "a,b;c", "{ended}");
}

#[test]
fn dm_17_what_no_definition_knows_is_read_and_written_raw() {
    let mut bench = Bench::new("raw-mode");
    let read = json!({ "path": "/33000/0/1", "format": "text" });
    let (asked, ended) = bench.exchange("resource_read", read, text("abc"));
    assert_eq!(asked.options.accept(), Some(0));
    assert_eq!(ended["values"][0]["value"], "abc");
    let mut blind = write("/33000/0/1", "unsigned", json!("18446744073709551615"));
    blind["format"] = json!("senml_json");
    let (asked, _) = bench.exchange("resource_write", blind, changed());
    assert_eq!(
        body(&asked),
        r#"[{"bn":"/33000/0/1","v":18446744073709551615}]"#
    );
    let (asked, _) = bench.exchange(
        "resource_execute",
        json!({ "path": "/33000/0/2" }),
        changed(),
    );
    assert_eq!(line(&asked), "POST /33000/0/2");
}

#[test]
fn dm_20_access_rules_are_read_shown_and_replaced() {
    let mut bench = Bench::new("access");
    // 0: object 3, 1: instance 0, 2: {0: read, 101: everything}, 3: owner 65535.
    let rule = r#"[{"bn":"/2/0/","n":"0","v":3},{"n":"1","v":0},{"n":"2/0","v":1},{"n":"2/101","v":31},{"n":"3","v":65535}]"#;
    let answer = content(SENML_JSON, rule);
    let (_, ended) = bench.exchange("resource_read", json!({ "path": "/2/0" }), answer);
    assert_eq!(ended["values"].as_array().map(Vec::len), Some(5), "{ended}");
    let rows = bench
        .instrument
        .door()
        .ask("access_get", json!({ "endpoint": "d" }));
    let row = &rows["rows"][0];
    assert_eq!(
        (&row["object"], &row["owner"]),
        (&json!(3), &json!(65_535)),
        "{rows}"
    );
    let every = json!(["read", "write", "execute", "delete", "create"]);
    assert_eq!(
        row["entries"],
        json!([{ "server": 0, "rights": ["read"] }, { "server": 101, "rights": every }])
    );
    let entries =
        json!([{ "server": 0, "rights": [] }, { "server": 7, "rights": ["read", "execute"] }]);
    let put = json!({ "instance": 0, "entries": entries });
    let (asked, ended) = bench.exchange("access_put", put, changed());
    assert_eq!(line(&asked), "PUT /2/0/2 110");
    assert_eq!(
        body(&asked),
        r#"[{"bn":"/2/0/2/","n":"0","v":0},{"n":"7","v":5}]"#
    );
    assert_eq!(ended["outcome"], "success");
    let denied = Response::new(Code::UNAUTHORIZED);
    let (_, ended) = bench.exchange("resource_read", json!({ "path": "/3/0/9" }), denied);
    assert_eq!(
        (&ended["outcome"], &ended["code"]),
        (&json!("refused"), &json!("4.01"))
    );
}

#[test]
fn dm_21_a_reset_a_withdrawal_and_a_late_answer_are_told_apart() {
    let mut bench = Bench::new("endings");
    let begin = |bench: &Bench, timeout_ms: u64| {
        let request = json!({ "endpoint": "d", "path": "/3/0/9", "timeout_ms": timeout_ms });
        bench.instrument.door().begin("resource_read", request)
    };
    let operation = begin(&bench, 60_000);
    let asked = bench.device.expect_request();
    bench
        .device
        .send(&Message::empty(coap::Kind::Reset, asked.mid));
    let reset = bench.instrument.door().ended(&operation);
    let operation = begin(&bench, 60_000);
    let _ = bench.device.expect_request();
    let cancel = json!({ "operation": operation });
    let _ = bench.instrument.door().ask("operation_cancel", cancel);
    let cancelled = bench.instrument.door().ended(&operation);
    let operation = begin(&bench, 300);
    let asked = bench.device.expect_request();
    bench
        .device
        .send(&Message::empty(coap::Kind::Acknowledgement, asked.mid));
    let late = bench.instrument.door().ended(&operation);
    let told = [reset, cancelled, late];
    let outcomes: Vec<_> = told.iter().map(|one| &one["outcome"]).collect();
    assert_eq!(outcomes, ["refused", "cancelled", "timed_out"]);
    let words = ["Reset", "withdrawn", "before the device answered"];
    for (one, words) in told.iter().zip(words) {
        let detail = one["detail"].as_str().unwrap_or_default();
        assert!(detail.contains(words), "{words}: {detail}");
    }
}

/// One engine, one owner: whoever calls at the same time waits in one line (CO-17).
#[test]
fn cve_2023_51847_callers_at_the_same_time_share_no_state() {
    const CALLERS: usize = 8;
    const READS: usize = 10;
    let mut bench = Bench::new("callers");
    let door = bench.instrument.door().clone();
    let callers: Vec<_> = (0..CALLERS)
        .map(|caller| {
            let door = door.clone();
            std::thread::spawn(move || {
                let path = format!("/3/0/{caller}");
                let request = of_d(json!({ "path": path }));
                let reads = (0..READS).map(|_| door.begin("resource_read", request.clone()));
                let started: Vec<String> = reads.collect();
                let ended = started.iter().map(|operation| door.ended(operation));
                ended.filter(|one| one["values"][0]["path"] == path).count()
            })
        })
        .collect();
    for _ in 0..CALLERS * READS {
        let asked = bench.device.expect_request();
        let alone = bench.device.is_left_alone(Duration::from_millis(5));
        assert!(alone, "one request at a time");
        bench.device.respond(&asked, text("1"));
    }
    for caller in callers {
        let answered = caller.join().expect("a caller that does not panic");
        assert_eq!(answered, READS, "each with its own answer");
    }
    let list = door.ask("operation_list", json!({ "endpoint": "d", "limit": 1_000 }));
    assert_eq!(
        list["operations"].as_array().map(Vec::len),
        Some(CALLERS * READS)
    );
}
