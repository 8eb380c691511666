//! The registration interface over a real socket, with a device that follows the standard and one
//! that does not.

use crate::instrument::Instrument;
use coap::option::{PROXY_URI, URI_PATH};
use coap::{Code, Kind, Message, Request};
use serde_json::json;
use std::time::{Duration, Instant};
use wb_tests::raw_device::{LINK_FORMAT, LINKS, location, observed_text, path_of, text};
use wb_tests::{RawDevice, eventually};

fn register(device: &mut RawDevice, queries: &[&str], links: &str) -> (Code, String) {
    let answer = device.register_with(queries, links);
    let words = String::from_utf8_lossy(&answer.payload).into_owned();
    (answer.code, words)
}

#[test]
fn reg_01_a_register_is_answered_with_a_location_below_rd() {
    let instrument = Instrument::start("register");
    let mut device = instrument.device();
    let queries = [
        "ep=d",
        "lt=60",
        "lwm2m=1.1",
        "b=U",
        "Q",
        "sms=+491",
        "site=lab",
    ];
    let id = location(&device.register_with(&queries, LINKS));
    let row = instrument.door().device("d");
    assert_eq!(row["registration_id"], id.as_str());
    assert_eq!(row["queue_mode"], true, "REG-19: {row}");
    assert_eq!(row["lifetime_s"], 60);
    let vendor = row["deviations"].as_array().map_or(0, Vec::len);
    assert_eq!(
        vendor, 0,
        "REG-05: vendor parameters are no deviation: {row}"
    );
}

#[test]
fn reg_02_locations_cannot_be_guessed_and_there_is_one_registration_for_a_name() {
    let instrument = Instrument::start("location");
    let mut device = instrument.device();
    let ids: Vec<String> = (0..8).map(|_| device.register("same")).collect();
    for (at, id) in ids.iter().enumerate() {
        let hexadecimal = id.bytes().all(|byte| byte.is_ascii_hexdigit());
        assert!(id.len() == 16 && hexadecimal, "64 bits: {id}");
        assert!(!ids[..at].contains(id), "{id} came twice");
    }
    let newest = ids.last().expect("eight");
    assert_eq!(device.update(newest, &[]), Code::CHANGED);
    assert_eq!(device.update(&ids[0], &[]), Code::NOT_FOUND, "replaced");
    assert_eq!(device.update(&newest.to_uppercase(), &[]), Code::NOT_FOUND);
    assert_eq!(instrument.status()["devices"], 1);
}

#[test]
fn reg_03_versions_that_nobody_speaks_fail_the_precondition() {
    let instrument = Instrument::start("version");
    let mut device = instrument.device();
    for version in ["1.0", "1.1", "1.2"] {
        let queries = ["ep=d", "lt=60", &format!("lwm2m={version}")];
        assert_eq!(
            register(&mut device, &queries, LINKS).0,
            Code::CREATED,
            "{version}"
        );
        assert_eq!(instrument.door().device("d")["lwm2m_version"], version);
    }
    for version in ["2.0", "0.9", "one", ""] {
        let queries = ["ep=d", "lt=60", &format!("lwm2m={version}")];
        let (code, words) = register(&mut device, &queries, LINKS);
        assert_eq!(code, Code::PRECONDITION_FAILED, "{version}: {words}");
    }
    let _ = instrument.problem("registration_refused", "2.0");
}

#[test]
fn reg_04_what_is_missing_gets_its_default_with_a_note() {
    let instrument = Instrument::start("lenient");
    let mut device = instrument.device();
    assert_eq!(
        register(&mut device, &["ep=bare"], "").0,
        Code::CREATED,
        "QRK-01"
    );
    let row = instrument.door().device("bare");
    assert_eq!(row["lifetime_s"], 86_400);
    assert_eq!(row["lwm2m_version"], "1.0");
    assert_eq!(row["binding"], "U");
    assert!(
        !row["deviations"].as_array().expect("a list").is_empty(),
        "{row}"
    );
    let _ = instrument.problem("deviation", "lt is missing");
    let (code, words) = register(&mut device, &["lt=60", "lwm2m=1.1"], LINKS);
    assert_eq!(code, Code::BAD_REQUEST, "no name to go by");
    assert!(words.contains("ep"), "{words}");
}

#[test]
fn reg_04_reg_05_what_deviates_is_refused_when_the_setting_says_strict() {
    let instrument = Instrument::start("strict");
    let mut device = instrument.device();
    let set = |strict: bool| {
        let settings = instrument
            .door()
            .ask("settings_put", json!({ "strict": strict }));
        assert_eq!(settings["strict"], strict);
    };
    let good = ["ep=d", "lt=60", "lwm2m=1.1", "b=U"];
    let odd: [&[&str]; 5] = [
        &["ep=d", "lwm2m=1.1"],
        &["ep=d", "lt=60"],
        &["ep=d", "lt=60", "lwm2m=1.1", "site=lab"],
        &["ep=d", "lt=60", "lwm2m=1.1", "b=XYZ"],
        &["ep=d", "ep=e", "lt=60", "lwm2m=1.1"],
    ];
    set(true);
    assert_eq!(register(&mut device, &good, LINKS).0, Code::CREATED);
    for queries in odd {
        let (code, words) = register(&mut device, queries, LINKS);
        assert_eq!(code, Code::BAD_REQUEST, "{queries:?}");
        assert!(!words.is_empty(), "a reason for {queries:?}");
    }
    set(false);
    for queries in odd {
        assert_eq!(
            register(&mut device, queries, LINKS).0,
            Code::CREATED,
            "{queries:?}"
        );
    }
}

#[test]
fn reg_06_only_a_registered_device_may_send() {
    let instrument = Instrument::start("forbidden");
    let mut device = instrument.device();
    let send = || {
        let pack = br#"[{"n":"/3303/0/5700","v":21.5}]"#;
        Request::post()
            .segment("dp")
            .content_format(110)
            .payload(pack.to_vec())
    };
    assert_eq!(device.request(send()).code, Code::FORBIDDEN, "IR-04");
    let _ = device.register("d");
    assert_eq!(device.request(send()).code, Code::CHANGED);
    let readings = instrument.door().history("d", "/3303");
    assert_eq!(readings.len(), 1, "stored before it was answered");
    assert_eq!(readings[0]["source"], "send");
    let text = Request::post()
        .segment("dp")
        .content_format(0)
        .payload(b"21.5".to_vec());
    assert_eq!(device.request(text).code, Code::UNSUPPORTED_CONTENT_FORMAT);
    let stray = br#"[{"n":"/3304/0/5700","v":21.5}]"#.to_vec();
    let stray = Request::post()
        .segment("dp")
        .content_format(110)
        .payload(stray);
    assert_eq!(
        device.request(stray).code,
        Code::NOT_FOUND,
        "not registered"
    );
}

#[test]
fn reg_08_reg_09_reg_10_reg_12_reg_13_odd_object_lists_are_read() {
    let instrument = Instrument::start("links");
    let mut device = instrument.device();
    let links = "</>;rt=\"oma.lwm2m\";ct=\"110 112\";hb, </0/0>,</1>;ver=1.1,</1/0>,</3/0>,</21/0>,\
        </3303>;ver=\"1.1\";x=y,</3303/0>,</33333>;ver=7.9,</33333/7>";
    let queries = ["ep=d", "lt=60", "lwm2m=1.1"];
    assert_eq!(register(&mut device, &queries, links).0, Code::CREATED);
    let row = instrument.door().device("d");
    let objects = row["objects"].as_array().expect("a list");
    let ids: Vec<u64> = objects
        .iter()
        .filter_map(|object| object["object"].as_u64())
        .collect();
    assert_eq!(ids, [1, 3, 3303, 33_333], "never /0 and /21");
    assert_eq!(objects[3]["version"], "7.9");
    assert!(
        !row["deviations"].as_array().expect("a list").is_empty(),
        "{row}"
    );
}

#[test]
fn reg_11_the_alternate_path_comes_before_every_path() {
    let instrument = Instrument::start("alternate");
    let door = instrument.door();
    let mut device = instrument.device();
    let links = "</a/b>;rt=\"oma.lwm2m\",</a/b/1/0>,</a/b/3/0>";
    let queries = ["ep=d", "lt=60", "lwm2m=1.1"];
    assert_eq!(register(&mut device, &queries, links).0, Code::CREATED);
    let operation = door.begin(
        "resource_read",
        json!({ "endpoint": "d", "path": "/3/0/0" }),
    );
    let asked = device.expect_request();
    assert_eq!(path_of(&asked), "/a/b/3/0/0");
    device.respond(&asked, text("ACME"));
    let ended = door.ended(&operation);
    assert_eq!(ended["values"][0]["path"], "/3/0/0", "{ended}");
}

#[test]
fn reg_14_an_update_from_a_new_address_is_accepted_and_followed() {
    let instrument = Instrument::start("address");
    let door = instrument.door();
    let mut device = instrument.device();
    let id = device.register("d");
    let token = instrument.observe(&mut device, "d", "20.0");
    device.move_away();
    let stray = device.notify(token, 2, text("20.5")).expect("an answer");
    assert_eq!(
        stray.kind,
        Kind::Reset,
        "OB-13: nobody knows this address yet"
    );
    assert_eq!(device.update(&id, &[]), Code::CHANGED);
    assert_eq!(door.device("d")["address"], device.address().to_string());
    let known = device.notify(token, 3, text("21.0")).expect("an answer");
    assert_eq!(
        known.kind,
        Kind::Acknowledgement,
        "the observation moved along"
    );
    let operation = door.begin(
        "resource_read",
        json!({ "endpoint": "d", "path": "/3/0/0" }),
    );
    let asked = device.expect_request();
    device.respond(&asked, text("ACME"));
    assert_eq!(door.ended(&operation)["outcome"], "success");
}

#[test]
fn reg_15_an_update_within_the_grace_that_is_set_is_not_late() {
    let instrument = Instrument::start("grace");
    let door = instrument.door();
    let too_long = door.refused("settings_put", json!({ "grace_s": 86_401 }));
    assert_eq!(too_long.code(), "invalid_value");
    let set = door.ask("settings_put", json!({ "grace_s": 3_600 }));
    assert_eq!(set["grace_s"], 3_600);
    let mut device = instrument.device();
    let late = device.register_for("late", 1);
    let gone = device.register_for("gone", 1);
    std::thread::sleep(Duration::from_millis(1_500));
    assert_eq!(door.device("late")["online"], true);
    assert_eq!(device.update(&late, &["lt=600"]), Code::CHANGED);
    let _ = door.ask("settings_put", json!({ "grace_s": 0 }));
    eventually("the other one is offline", || {
        (door.device("gone")["online"] == false).then_some(())
    });
    assert_eq!(device.update(&gone, &[]), Code::NOT_FOUND);
    assert_eq!(device.update(&late, &[]), Code::CHANGED);
}

#[test]
fn reg_15_a_registration_ends_with_its_lifetime() {
    let instrument = Instrument::start("expiry");
    let door = instrument.door();
    let events = door.events(None);
    let mut device = instrument.device();
    let id = device.register_for("brief", 2);
    let begun = Instant::now();
    let eternal = device.register_for("eternal", 0);
    assert!(door.device("eternal").get("expires_at").is_none());
    let _ = events.until("that it is offline", |event| {
        event.name == "device"
            && event.data["endpoint"] == "brief"
            && event.data["device"]["online"] == false
    });
    let lived = begun.elapsed();
    let bounds = Duration::from_millis(1_900)..Duration::from_secs(5);
    assert!(bounds.contains(&lived), "it lived {lived:?}");
    let row = door.device("brief");
    assert_eq!(row["online"], false);
    assert!(row.get("registration_id").is_none(), "{row}");
    assert_eq!(device.update(&id, &[]), Code::NOT_FOUND);
    assert_eq!(device.update(&eternal, &[]), Code::CHANGED);
    let ended = door.operate(
        "resource_read",
        json!({ "endpoint": "brief", "path": "/3/0/0" }),
    );
    assert_eq!(ended["outcome"], "refused", "it has no address: {ended}");
    assert!(
        ended["detail"]
            .as_str()
            .is_some_and(|words| words.contains("not registered"))
    );
}

#[test]
fn reg_16_an_update_changes_what_it_names_and_refreshes_the_rest() {
    let instrument = Instrument::start("update");
    let door = instrument.door();
    let mut device = instrument.device();
    let id = device.register_for("d", 3);
    for _ in 0..4 {
        std::thread::sleep(Duration::from_secs(1));
        assert_eq!(device.update(&id, &[]), Code::CHANGED);
    }
    assert_eq!(device.update(&id, &["lt=500", "b=UQ"]), Code::CHANGED);
    let row = door.device("d");
    assert_eq!(
        (&row["lifetime_s"], &row["binding"]),
        (&json!(500), &json!("UQ"))
    );
    assert_eq!(
        row["objects"].as_array().map(Vec::len),
        Some(3),
        "untouched"
    );
    let objects = Request::post()
        .path(["rd", &id])
        .content_format(LINK_FORMAT)
        .payload("</3/0>");
    assert_eq!(device.request(objects).code, Code::CHANGED);
    assert_eq!(
        door.device("d")["objects"].as_array().map(Vec::len),
        Some(1),
        "replaced"
    );
    assert_eq!(device.update(&id, &["lt=soon"]), Code::BAD_REQUEST);
    assert_eq!(device.update("0123456789abcdef", &[]), Code::NOT_FOUND);
    assert_eq!(device.update("x", &[]), Code::NOT_FOUND);
}

#[test]
fn reg_17_a_deregistered_device_is_known_but_offline() {
    let instrument = Instrument::start("deregister");
    let door = instrument.door();
    let mut device = instrument.device();
    let id = device.register("d");
    let token = instrument.observe(&mut device, "d", "20.0");
    assert_eq!(device.deregister(&id), Code::DELETED);
    assert_eq!(device.deregister(&id), Code::NOT_FOUND);
    assert_eq!(door.device("d")["online"], false);
    let observations = door.ask("observation_list", json!({ "endpoint": "d" }));
    assert_eq!(observations["observations"], json!([]), "OB-11");
    let answer = device.notify(token, 2, text("21.0")).expect("an answer");
    assert_eq!(answer.kind, Kind::Reset);
}

#[test]
fn reg_20_a_retransmitted_register_gets_the_same_answer_and_is_one_registration() {
    let instrument = Instrument::start("retransmission");
    let events = instrument.door().events(None);
    let mut device = instrument.device();
    let request = Request::post()
        .segment("rd")
        .query("ep=d")
        .query("lt=60")
        .query("lwm2m=1.1");
    let message = device.message(request.content_format(LINK_FORMAT).payload(LINKS));
    let patience = Duration::from_secs(10);
    let mut answers = Vec::new();
    for _ in 0..3 {
        device.send(&message);
        answers.push(device.receive_bytes(patience).expect("an answer"));
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], answers[2]);
    let id = location(&Message::decode(&answers[0]).expect("a message"));
    assert_eq!(
        instrument.door().device("d")["registration_id"],
        id.as_str()
    );
    let mut registered = Vec::new();
    while let Some(event) = events.next(Duration::from_millis(500)) {
        if event.name == "device" {
            registered.push(event.data["device"]["registration_id"].clone());
        }
    }
    assert_eq!(registered, [json!(id)], "one event");
}

#[test]
fn reg_24_any_name_is_only_a_name() {
    let instrument = Instrument::start("names");
    let door = instrument.door();
    let mut device = instrument.device();
    let long = "x".repeat(252);
    for name in [
        "urn:imei:356938035643809",
        "Ödometer 温度 🌡",
        "'; DROP TABLE device; --",
        "<img src=x onerror=alert(1)>",
        "../../etc/passwd",
        "a=b&c=d",
        &long,
    ] {
        let query = format!("ep={name}");
        let answer = device.register_with(&[&query, "lt=60", "lwm2m=1.1"], LINKS);
        assert_eq!(answer.code, Code::CREATED, "{name}");
        assert_eq!(door.device(name)["endpoint"], name);
    }
    assert_eq!(door.ask("device_list", json!({}))["total"], 7);
    for name in ["", "a\u{0}b", "tab\tbed"] {
        let (code, _) = register(&mut device, &[&format!("ep={name}"), "lt=60"], LINKS);
        assert_eq!(code, Code::BAD_REQUEST, "{name:?}");
    }
}

#[test]
fn reg_26_ob_10_a_device_that_registers_anew_is_observed_again_behind_the_answer() {
    let instrument = Instrument::start("anew");
    let mut device = instrument.device();
    let _ = device.register("d");
    let former = instrument.observe(&mut device, "d", "20.0");
    let request = Request::post()
        .segment("rd")
        .query("ep=d")
        .query("lt=60")
        .query("lwm2m=1.1");
    let message = device.message(request.content_format(LINK_FORMAT).payload(LINKS));
    device.send(&message);
    let first = device
        .receive_bytes(Duration::from_secs(10))
        .expect("an answer");
    let first = Message::decode(&first).expect("a message");
    assert_eq!((first.mid, first.code), (message.mid, Code::CREATED));
    let asked = device.expect_request();
    assert_eq!(
        (asked.options.observe(), path_of(&asked).as_str()),
        (Some(0), "/3303/0/5700")
    );
    assert_ne!(asked.token, former, "the old observation is void");
    device.respond(&asked, observed_text("22.0", 1));
    eventually("the value of the new observation", || {
        instrument.temperatures("d").contains(&22.0).then_some(())
    });
    let void = device.notify(former, 9, text("19.0")).expect("an answer");
    assert_eq!(void.kind, Kind::Reset);
}

#[test]
fn requests_for_other_things_are_told_so() {
    let instrument = Instrument::start("other");
    let mut device = instrument.device();
    let mut check = |request: Request, code: Code| {
        let answer = device.request(request.clone());
        assert_eq!(answer.code, code, "{request:?}");
    };
    let option = |number: u16, value: &[u8]| {
        let mut request = Request::get().segment("rd");
        request.options.push(number, value);
        request
    };
    check(Request::get().segment("rd"), Code::METHOD_NOT_ALLOWED);
    check(
        Request::new(Code::of(0, 30)).segment("rd"),
        Code::METHOD_NOT_ALLOWED,
    );
    check(Request::get(), Code::NOT_FOUND);
    check(Request::post().path(["rd", "a", "b"]), Code::NOT_FOUND);
    check(Request::post().path(["rd", "."]), Code::NOT_FOUND);
    check(
        Request::post().segment("%72%64").query("ep=d"),
        Code::NOT_FOUND,
    );
    check(option(URI_PATH, b"\xff"), Code::BAD_REQUEST);
    check(
        option(PROXY_URI, b"coap://elsewhere/"),
        Code::PROXYING_NOT_SUPPORTED,
    );
    check(option(9, b""), Code::BAD_OPTION);
    let cbor = Request::post()
        .segment("rd")
        .query("ep=d")
        .content_format(60)
        .payload(b"x".to_vec());
    check(cbor, Code::UNSUPPORTED_CONTENT_FORMAT);
    let queries = Request::post().segment("rd").query("ep=d").query("lt=-1");
    check(queries, Code::BAD_REQUEST);
    assert_eq!(instrument.status()["devices"], 0, "nobody registered");
}

#[test]
fn bw_01_a_large_object_list_arrives_in_blocks() {
    let instrument = Instrument::start("blocks");
    let mut device = instrument.device();
    let links: Vec<String> = (0..200).map(|id| format!("</3303/{id}>")).collect();
    let body = format!("</>;rt=\"oma.lwm2m\",{}", links.join(",")).into_bytes();
    let chunks: Vec<&[u8]> = body.chunks(256).collect();
    let mut last = None;
    for (num, chunk) in chunks.iter().enumerate() {
        let block = coap::Block {
            num: u32::try_from(num).expect("a small number"),
            more: num + 1 < chunks.len(),
            szx: 4,
        };
        let mut request = Request::post()
            .segment("rd")
            .query("ep=d")
            .query("lt=60")
            .query("lwm2m=1.1");
        request = request.content_format(LINK_FORMAT).payload(*chunk);
        request
            .options
            .set_uint(coap::option::BLOCK1, block.to_value());
        let answer = device.request(request);
        if block.more {
            assert_eq!(answer.code, Code::CONTINUE, "block {num}");
        }
        last = Some(answer);
    }
    let _ = location(&last.expect("blocks"));
    let row = instrument.door().device("d");
    assert_eq!(
        row["objects"][0]["instances"].as_array().map(Vec::len),
        Some(200)
    );
}
