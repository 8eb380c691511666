//! Object definitions that a user brings: good ones are in force at once and stay, bad ones are
//! named with file and line and replace nothing.

use crate::instrument::Instrument;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};
use std::io::{Cursor, Write};
use wb_tests::raw_device::content;

/// A definition of ours: object 33999 with one resource.
fn valve(name: &str, version: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<LWM2M>
  <Object ObjectType="MODefinition">
    <Name>{name}</Name>
    <Description1>Lets water through.</Description1>
    <ObjectID>33999</ObjectID>
    <ObjectURN>urn:oma:lwm2m:x:33999:{version}</ObjectURN>
    <LWM2MVersion>1.0</LWM2MVersion>
    <ObjectVersion>{version}</ObjectVersion>
    <MultipleInstances>Multiple</MultipleInstances>
    <Mandatory>Optional</Mandatory>
    <Resources>
      <Item ID="1">
        <Name>Opening</Name>
        <Operations>RW</Operations>
        <MultipleInstances>Single</MultipleInstances>
        <Mandatory>Mandatory</Mandatory>
        <Type>Integer</Type>
        <RangeEnumeration>0..100</RangeEnumeration>
        <Units>%</Units>
        <Description>How far it is open.</Description>
      </Item>
    </Resources>
    <Description2></Description2>
  </Object>
</LWM2M>
"#
    )
}

fn import(instrument: &Instrument, name: &str, content: &str) -> Value {
    let request = json!({ "name": name, "content": content });
    instrument.door().ask("model_import", request)
}

fn loaded(instrument: &Instrument) -> Value {
    instrument
        .door()
        .ask("model_get", json!({ "object": 33_999 }))
}

#[test]
fn an_imported_definition_is_in_force_at_once_and_after_a_restart() {
    let mut instrument = Instrument::start_to_restart("import");
    let mut device = instrument.device();
    let links = "</1/0>,</3/0>,</33999/0>";
    let _ = device.register_with(&["ep=d", "lt=600", "lwm2m=1.1"], links);
    assert_eq!(instrument.tree_row("d", "/33999")["fit"], "missing");
    let imported = import(&instrument, "valve.xml", &valve("Valve", "1.0"));
    assert_eq!(imported["problems"], json!([]));
    let object = &imported["objects"][0];
    assert_eq!(
        (&object["object"], &object["version"], &object["name"]),
        (&json!(33_999), &json!("1.0"), &json!("Valve"))
    );
    let row = instrument.tree_row("d", "/33999/0/1");
    assert_eq!(
        (&row["name"], &row["unit"], &row["kind"]),
        (&json!("Opening"), &json!("%"), &json!("integer"))
    );

    let write = |value: &str| {
        json!({ "endpoint": "d", "path": "/33999/0/1", "mode": "replace",
            "values": [{ "path": "/33999/0/1", "kind": "integer", "value": value }] })
    };
    let outside = instrument.door().refused("resource_write", write("101"));
    assert_eq!(
        (outside.status, outside.code()),
        (400, "invalid_value"),
        "DM-06"
    );
    let operation = instrument.door().begin(
        "resource_read",
        json!({ "endpoint": "d", "path": "/33999/0/1" }),
    );
    let asked = device.expect_request();
    // TLV says nothing of types: the new definition does, with the session going on (VER-03).
    device.respond(&asked, content(11_542, vec![0xc1, 1, 42]));
    let ended = instrument.door().ended(&operation);
    assert_eq!(
        ended["values"],
        json!([{ "path": "/33999/0/1", "kind": "integer", "value": "42" }])
    );

    instrument.crash();
    instrument.go_on();
    assert_eq!(loaded(&instrument)["source"], "imported");
    assert_eq!(instrument.tree_row("d", "/33999/0/1")["name"], "Opening");
}

#[test]
fn ver_04_a_bad_file_is_named_with_its_line_and_the_good_definition_stays() {
    let instrument = Instrument::start("bad-file");
    let good = valve("Valve", "1.0");
    let _ = import(&instrument, "valve.xml", &good);
    let before = loaded(&instrument);
    let line_of = |text: &str, words: &str| {
        let at = text.lines().position(|line| line.contains(words));
        u64::try_from(at.expect(words) + 1).expect("a small number")
    };
    let number = good
        .replace("Valve", "Flap")
        .replace("<ObjectID>33999<", "<ObjectID>many<");
    let cut = good.replace("Valve", "Flap").replace("</Resources>", "");
    let kind = good
        .replace("Valve", "Flap")
        .replace(">Integer<", ">Colour<");
    for (name, text, line) in [
        ("number.xml", &number, Some(line_of(&number, "ObjectID"))),
        ("cut.xml", &cut, None),
        ("kind.xml", &kind, Some(line_of(&kind, "Colour"))),
        ("empty.xml", &String::new(), None),
        ("words.xml", &"<html>hello</html>".to_owned(), None),
    ] {
        let imported = import(&instrument, name, text);
        let problem = &imported["problems"][0];
        assert_eq!(problem["file"], name, "{imported}");
        let words = problem["message"].as_str().unwrap_or_default();
        assert!(!words.is_empty(), "{imported}");
        let at = problem["line"].as_u64().unwrap_or_default();
        assert!(at >= 1, "{imported}");
        if let Some(line) = line {
            assert_eq!(at, line, "{name}: {words}");
        }
        assert_eq!(imported["objects"], json!([]), "{name}");
        assert_eq!(
            loaded(&instrument),
            before,
            "{name}: the good definition stays"
        );
    }
}

/// CVE-2023-41034.
#[test]
fn ver_04_document_types_and_entities_are_refused() {
    let instrument = Instrument::start("doctype");
    let folder = instrument.folder().display().to_string();
    let attack = valve("&e;", "1.0").replace(
        "<LWM2M>",
        &format!("<!DOCTYPE x [<!ENTITY e SYSTEM \"file://{folder}/workbench.lock\">]>\n<LWM2M>"),
    );
    let bomb = valve("&b;", "1.0").replace(
        "<LWM2M>",
        "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;\">]>\n<LWM2M>",
    );
    for text in [attack, bomb] {
        let imported = import(&instrument, "attack.xml", &text);
        assert_eq!(imported["objects"], json!([]));
        assert_eq!(imported["problems"][0]["line"], 2, "{imported}");
    }
    let missing = instrument
        .door()
        .refused("model_get", json!({ "object": 33_999 }));
    assert_eq!((missing.status, missing.code()), (404, "not_found"));
}

/// CVE-2023-35862: what is imported is read as warily as what comes from the network.
#[test]
fn a_zip_brings_its_good_files_and_names_the_bad_ones() {
    let instrument = Instrument::start("zip");
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let (first, second) = (valve("Valve", "1.0"), valve("Valve", "1.1"));
    for (name, content) in [
        ("a/valve.xml", first.as_str()),
        ("a/valve-1_1.xml", &second),
        ("b/broken.xml", "<LWM2M>\n<Object>"),
        ("../../outside.xml", "<LWM2M></LWM2M>"),
        ("readme.txt", "hello"),
    ] {
        archive
            .start_file(name, zip::write::SimpleFileOptions::default())
            .expect("an entry");
        archive.write_all(content.as_bytes()).expect("its content");
    }
    let bytes = archive.finish().expect("a zip").into_inner();
    let imported = import(&instrument, "all.zip", &BASE64.encode(&bytes));
    let versions: Vec<&Value> = imported["objects"]
        .as_array()
        .expect("objects")
        .iter()
        .map(|one| &one["version"])
        .collect();
    assert_eq!(versions, ["1.0", "1.1"], "VER-03, side by side: {imported}");
    let files: Vec<&str> = imported["problems"]
        .as_array()
        .expect("problems")
        .iter()
        .filter_map(|one| one["file"].as_str())
        .collect();
    assert!(
        files.contains(&"b/broken.xml") && !files.contains(&"readme.txt"),
        "{imported}"
    );
    assert_eq!(loaded(&instrument)["version"], "1.1", "the newest");
    let older = instrument
        .door()
        .ask("model_get", json!({ "object": 33_999, "version": "1.0" }));
    assert_eq!(older["version"], "1.0");
    let cut = import(
        &instrument,
        "cut.zip",
        &BASE64.encode(&bytes[..bytes.len() / 2]),
    );
    assert_eq!(cut["objects"], json!([]));
    assert_eq!(cut["problems"][0]["file"], "cut.zip", "{cut}");
}

#[test]
fn the_definitions_of_the_standard_are_there_from_the_start() {
    let instrument = Instrument::start("bundled");
    let list = instrument.door().ask("model_list", json!({}));
    let objects = list["objects"].as_array().expect("a list");
    for id in [0, 1, 2, 3, 4, 5, 6, 7, 3303, 3304, 3311] {
        let found = objects
            .iter()
            .find(|one| one["object"] == id && one["source"] == "bundled");
        assert!(found.is_some(), "object {id}");
    }
    let device = instrument.door().ask("model_get", json!({ "object": 3 }));
    let reboot = device["resources"]
        .as_array()
        .expect("resources")
        .iter()
        .find(|one| one["resource"] == 4);
    assert_eq!(reboot.expect("Reboot")["operations"], "E");
    let imports = instrument
        .door()
        .refused("model_get", json!({ "object": 3, "version": "x" }));
    assert_eq!((imports.status, imports.code()), (400, "invalid_version"));
}
