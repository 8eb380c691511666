//! Versions of LwM2M and of objects over a real socket: which definition counts, what a device of
//! 1.0 is not offered, and what happens where nothing fits.

use crate::instrument::Instrument;
use crate::scripted::{Bench, SENML_JSON, TLV, body, changed, line, of_d, write};
use coap::{Code, Response};
use serde_json::{Value, json};
use wb_tests::raw_device::content;

fn row(bench: &Bench, path: &str) -> Value {
    bench.instrument.tree_row("d", path)
}

#[test]
fn ver_01_an_object_has_the_version_it_says_or_that_of_its_enabler() {
    let links = "</1/0>,</2/0>,</3/0>,</4/0>,</5/0>,</3303>;ver=1.1,</3303/0>,</3304/0>";
    for (lwm2m, versions) in [
        (
            "1.0",
            [
                ("1", "1.0"),
                ("2", "1.0"),
                ("3", "1.0"),
                ("4", "1.0"),
                ("5", "1.0"),
            ],
        ),
        (
            "1.1",
            [
                ("1", "1.1"),
                ("2", "1.0"),
                ("3", "1.1"),
                ("4", "1.2"),
                ("5", "1.0"),
            ],
        ),
        (
            "1.2",
            [
                ("1", "1.2"),
                ("2", "1.1"),
                ("3", "1.2"),
                ("4", "1.3"),
                ("5", "1.1"),
            ],
        ),
    ] {
        let query = format!("lwm2m={lwm2m}");
        let bench = Bench::with("version", &query, links);
        for (object, version) in versions
            .into_iter()
            .chain([("3303", "1.1"), ("3304", "1.0")])
        {
            let row = row(&bench, &format!("/{object}"));
            assert_eq!(row["version"], version, "{lwm2m} /{object}: {row}");
            assert_eq!(row["fit"], "exact", "{lwm2m} /{object}: {row}");
        }
        let said = row(&bench, "/3303");
        assert_eq!(said["announced_version"], "1.1");
        assert!(row(&bench, "/3").get("announced_version").is_none());
    }
}

#[test]
fn ver_01_a_path_may_name_the_version_and_a_mismatch_names_both() {
    let mut bench = Bench::with(
        "typed",
        "lwm2m=1.1",
        "</>;ct=110,</1/0>,</3>;ver=1.2,</3/0>",
    );
    let read = json!({ "path": "/3_1.2/0/9" });
    let answer = content(SENML_JSON, r#"[{"n":"/3/0/9","v":95}]"#);
    let (asked, ended) = bench.exchange("resource_read", read, answer);
    assert_eq!(line(&asked), "GET /3/0/9");
    assert_eq!(ended["values"][0]["path"], "/3/0/9");
    for call in ["resource_read", "resource_discover", "observation_start"] {
        let (code, message) = bench.refused(call, json!({ "path": "/3_1.1/0/9" }));
        assert_eq!(code, "invalid_version");
        assert!(message.starts_with("Invalid object version"), "{message}");
        assert!(
            message.contains("1.1") && message.contains("1.2"),
            "{message}"
        );
    }
}

/// Requests of every call that takes a path, with the path typed as `typed`.
fn requests(typed: &str) -> Vec<(&'static str, Value)> {
    let (object, below) = typed.split_at(typed.find("/0").expect("an instance"));
    let version = object.split('_').nth(1).expect("a version");
    let instance = format!("{object}/0");
    let time = |path: &str| json!({ "path": path, "kind": "string", "value": "+02" });
    let one = json!({ "path": typed });
    let several = json!({ "paths": ["/1/0/1", typed] });
    let chart = json!({ "paths": [typed], "from": 0, "to": 1, "columns": 1 });
    let create = json!({ "object": 3, "version": version, "instance": 1,
        "values": [{ "path": "14", "kind": "string", "value": "+02" }] });
    let set = json!({ "name": "mine", "scope": "device", "paths": [typed] });
    let line = |verb: &str| json!({ "line": verb.replace('@', typed) });
    let within = json!({ "path": "/3/0", "values": [time(typed)] });
    assert_eq!(below, "/0/14");
    vec![
        ("resource_read", one.clone()),
        ("resource_discover", one.clone()),
        ("resource_execute", one.clone()),
        (
            "resource_write",
            json!({ "path": typed, "values": [time("/3/0/14")] }),
        ),
        ("resource_write", within),
        ("observation_start", one.clone()),
        ("observation_cancel", one.clone()),
        ("attributes_get", one.clone()),
        (
            "attributes_write",
            json!({ "path": typed, "attributes": { "pmin": 5 } }),
        ),
        ("instance_create", create),
        ("instance_delete", json!({ "path": instance })),
        ("composite_read", several.clone()),
        ("composite_write", json!({ "values": [time(typed)] })),
        ("composite_observe", several.clone()),
        ("composite_cancel", several),
        ("path_set_save", set),
        ("value_get", one.clone()),
        ("value_parse", json!({ "path": typed, "text": "+02" })),
        ("reading_history", one.clone()),
        ("reading_chart", chart),
        (
            "table_export",
            json!({ "table": "readings", "path": typed }),
        ),
        ("console_run", line("read @")),
        ("console_run", line("write @ +02")),
        ("console_run", line("execute @")),
        ("console_run", line("discover @")),
        ("console_run", line("observe @ pmin=5")),
        ("console_run", line("cancel @")),
        ("console_run", line("attributes @ pmin=5")),
        (
            "console_run",
            json!({ "line": format!("create {object} 14=+02") }),
        ),
        (
            "console_run",
            json!({ "line": format!("delete {instance}") }),
        ),
        ("console_run", line("composite read @")),
        ("console_run", line("composite write @=+02")),
        ("console_run", line("composite observe @")),
        ("console_run", line("composite cancel @")),
    ]
}

#[test]
fn ver_01_every_call_that_takes_a_path_turns_another_version_down_and_names_both() {
    let mut bench = Bench::with("all", "lwm2m=1.1", "</>;ct=110,</1/0>,</3>;ver=1.2,</3/0>");
    for (call, request) in requests("/3_1.1/0/14") {
        let (code, message) = bench.refused(call, request.clone());
        assert_eq!(code, "invalid_version", "{call} {request}: {message}");
        let whole = "asks for object 3 version 1.1, the device has 1.2.";
        let named = message.contains("Invalid object version: ") && message.ends_with(whole);
        assert!(named, "{call} {request}: {message}");
    }
    for (call, request) in requests("/33000_1.0/0/14") {
        // What is inside belongs to another object, and 3 has no version 1.0.
        let (code, message) = bench.refused(call, request.clone());
        assert_eq!(code, "invalid_version", "{call} {request}: {message}");
    }
}

/// It was the version alone that they were turned down for.
#[test]
fn ver_01_every_call_that_takes_a_path_takes_the_devices_own_version() {
    let mut bench = Bench::with("own", "lwm2m=1.1", "</>;ct=110,</1/0>,</3>;ver=1.2,</3/0>");
    let stored = content(SENML_JSON, r#"[{"n":"/3/0/14","vs":"+01"}]"#);
    let _ = bench.exchange("resource_read", json!({ "path": "/3/0/14" }), stored);
    for (call, request) in requests("/3_1.2/0/14") {
        let answer = bench.instrument.door().call(call, of_d(request.clone()));
        let refused = answer.err().map(|refusal| refusal.message().to_owned());
        let executed = call == "resource_execute" || request["line"] == "execute /3_1.2/0/14";
        let why = executed.then_some("(UTC Offset) is not executable");
        let fits = match (&refused, why) {
            (Some(words), Some(why)) => words.contains(why),
            (words, why) => words.is_none() && why.is_none(),
        };
        assert!(fits, "{call} {request}: {refused:?}");
    }
}

#[test]
fn ver_02_the_nearest_definition_is_used_with_a_warning_or_none_at_all() {
    let links = "</>;ct=110,</1/0>,</3/0>,</3303>;ver=1.7,</3303/0>,</3304>;ver=2.0,</3304/0>";
    let mut bench = Bench::with("nearest", "lwm2m=1.1", links);
    let near = row(&bench, "/3303");
    assert_eq!(
        (&near["fit"], &near["version"]),
        (&json!("nearest"), &json!("1.7"))
    );
    let warning = near["warning"].as_str().unwrap_or_default();
    assert!(warning.contains("1.1"), "which one is used: {warning}");
    assert_eq!(row(&bench, "/3303/0/5700")["kind"], "float");
    let far = row(&bench, "/3304");
    assert_eq!(far["fit"], "missing", "another major version: {far}");
    assert!(
        far["warning"]
            .as_str()
            .is_some_and(|words| !words.is_empty()),
        "{far}"
    );

    // Raw mode: no type is made up, and nothing is dropped.
    let read = json!({ "path": "/3304/0/5700" });
    let (_, ended) = bench.exchange(
        "resource_read",
        read,
        content(TLV, [0xe2, 0x16, 0x44, 1, 2]),
    );
    let value = &ended["values"][0];
    assert_eq!(
        (&value["kind"], &value["value"]),
        (&json!("opaque"), &json!("AQI="))
    );
    let blind = write("/3304/0/5700", "integer", json!("7"));
    let (asked, _) = bench.exchange("resource_write", blind, changed());
    assert_eq!(body(&asked), r#"[{"bn":"/3304/0/5700","v":7}]"#);
}

/// The very definition is used as soon as it is there, and no session is lost.
#[test]
fn ver_02_ver_03_an_imported_version_counts_at_once_for_devices_that_are_registered() {
    let links = "</>;ct=110,</1/0>,</3/0>,</3304>;ver=2.0,</3304/0>";
    let mut bench = Bench::with("imported", "lwm2m=1.1", links);
    let before = bench.instrument.door().device("d")["registration_id"].clone();
    assert_eq!(row(&bench, "/3304")["fit"], "missing");
    let imported = import(
        &bench.instrument,
        &humidity("2.0", "urn:oma:lwm2m:ext:3304:2.0"),
    );
    assert_eq!(imported["problems"], json!([]), "{imported}");
    assert_eq!(row(&bench, "/3304")["fit"], "exact");
    let read = json!({ "path": "/3304/0/5700" });
    let (_, ended) = bench.exchange(
        "resource_read",
        read,
        content(TLV, [0xe2, 0x16, 0x44, 1, 2]),
    );
    assert_eq!(ended["values"][0]["value"], "258", "{ended}");
    assert_eq!(
        bench.instrument.door().device("d")["registration_id"],
        before
    );
    let get = |version: &str| {
        let request = json!({ "object": 3304, "version": version });
        bench.instrument.door().ask("model_get", request)
    };
    assert_eq!(get("1.0")["source"], "bundled", "beside the former one");
    assert_eq!(get("2.0")["source"], "imported");
}

#[test]
fn ver_05_a_device_of_1_0_is_offered_neither_composite_operations_nor_senml() {
    let mut bench = Bench::with("old", "lwm2m=1.0", "</1/0>,</3/0>,</3311/0>");
    let read = json!({ "path": "/3/0" });
    let (asked, _) = bench.exchange("resource_read", read, content(TLV, [0xc1, 9, 95]));
    assert_eq!(asked.options.accept(), Some(TLV));
    let (asked, _) = bench.exchange(
        "resource_write",
        write("/3311/0/5851", "integer", json!("7")),
        changed(),
    );
    assert_eq!(asked.options.content_format(), Some(TLV));
    let composite = json!({ "paths": ["/3/0/9", "/3/0/0"] });
    for call in ["composite_read", "composite_observe"] {
        let (code, message) = bench.refused(call, composite.clone());
        assert_eq!(code, "invalid_request", "{message}");
        assert!(message.contains("1.0"), "{message}");
        let mut insisting = composite.clone();
        insisting["unchecked"] = json!(true);
        let no = Response::new(Code::METHOD_NOT_ALLOWED);
        let (asked, ended) = bench.exchange(call, insisting, no);
        assert_eq!((asked.code, &ended["code"]), (Code::FETCH, &json!("4.05")));
    }
    let senml = json!({ "path": "/3/0/9", "format": "senml_json" });
    let no = Response::new(Code::NOT_ACCEPTABLE);
    let (asked, _) = bench.exchange("resource_read", senml, no);
    assert_eq!(
        asked.options.accept(),
        Some(SENML_JSON),
        "the operator's word counts"
    );

    let mut listed = Bench::with("listed", "lwm2m=1.0", "</>;ct=\"110\",</1/0>,</3/0>");
    let answer = content(SENML_JSON, r#"[{"n":"/3/0/9","v":95}]"#);
    let (asked, ended) = listed.exchange("composite_read", composite, answer);
    assert_eq!(
        (asked.code, &ended["outcome"]),
        (Code::FETCH, &json!("success"))
    );
}

/// `urn:…:3304` and `urn:…:3304:1.0` are one definition.
#[test]
fn ver_06_a_urn_with_and_without_version_1_0_is_the_same() {
    let instrument = Instrument::start("urn");
    for urn in ["urn:oma:lwm2m:ext:3304", "urn:oma:lwm2m:ext:3304:1.0"] {
        let imported = import(&instrument, &humidity("1.0", urn));
        assert_eq!(imported["problems"], json!([]), "{urn}");
        assert_eq!(imported["objects"][0]["version"], "1.0", "{urn}");
    }
    let list = instrument.door().ask("model_list", json!({}));
    let objects = list["objects"].as_array().expect("a list");
    let own = |one: &&Value| one["object"] == 3304 && one["version"] == "1.0";
    assert_eq!(objects.iter().filter(own).count(), 1);
}

fn import(instrument: &Instrument, content: &str) -> Value {
    let request = json!({ "name": "humidity.xml", "content": content });
    instrument.door().ask("model_import", request)
}

/// Object 3304 with an integer where the published versions have a float.
fn humidity(version: &str, urn: &str) -> String {
    format!(
        "<LWM2M><Object ObjectType=\"MODefinition\"><Name>Damp</Name><Description1/>\
         <ObjectID>3304</ObjectID><ObjectURN>{urn}</ObjectURN><LWM2MVersion>1.0</LWM2MVersion>\
         <ObjectVersion>{version}</ObjectVersion><MultipleInstances>Multiple</MultipleInstances>\
         <Mandatory>Optional</Mandatory><Resources><Item ID=\"5700\"><Name>Damp</Name>\
         <Operations>R</Operations><MultipleInstances>Single</MultipleInstances>\
         <Mandatory>Mandatory</Mandatory><Type>Integer</Type><RangeEnumeration/><Units>%</Units>\
         <Description/></Item></Resources><Description2/></Object></LWM2M>"
    )
}
