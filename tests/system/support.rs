//! The support bundle: what somebody needs to know who helps from afar, from a running program
//! and from a folder; nothing that devices measured. That no secret is in it, `secrets` tries.

use crate::console::command;
use crate::instrument::{Instrument, TEMPERATURE};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};
use wb_tests::Folder;
use wb_tests::raw_device::{content, text};

/// What a bundle may have at most, packed: far less than mail takes.
const MAX_BUNDLE_BYTES: usize = 4 << 20;

/// The files of a bundle, as the call answers it.
pub(crate) fn unpacked(answer: &Value) -> BTreeMap<String, String> {
    let content = answer["content"].as_str().expect("base64");
    texts(BASE64.decode(content).expect("base64"))
}

fn texts(bytes: Vec<u8>) -> BTreeMap<String, String> {
    assert!(bytes.len() < MAX_BUNDLE_BYTES, "{}", bytes.len());
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("an archive");
    let mut found = BTreeMap::new();
    for at in 0..archive.len() {
        let mut file = archive.by_index(at).expect("a file");
        let name = file.name().expect("a name in UTF-8").into_owned();
        let mut text = String::new();
        file.read_to_string(&mut text).expect("text");
        found.insert(name, text);
    }
    found
}

fn read_json(bundle: &BTreeMap<String, String>, name: &str) -> Value {
    serde_json::from_str(&bundle[name]).expect("JSON")
}

#[test]
fn a_bundle_says_what_a_helper_asks_first_and_nothing_that_was_measured() {
    const MEASURED: &str = "8471.5";
    const WRITTEN: &str = "the name of a patient";
    let mut instrument = Instrument::start_secure("support");
    let mut device = instrument.device();
    let _ = device.register("meter");
    let read_it = json!({ "endpoint": "meter", "path": TEMPERATURE });
    for answer in [
        text(MEASURED),
        content(110, format!("[{{\"n\":\"{WRITTEN}\"}}]")),
    ] {
        let operation = instrument.door().begin("resource_read", read_it.clone());
        let asked = device.expect_request();
        device.respond(&asked, answer);
        let _ = instrument.door().ended(&operation);
    }
    let stranger = wb_tests::RawDevice::with_psk(instrument.daemon().coaps(), "stranger", b"key");
    assert!(!stranger.connect());
    let _ = instrument.problem("handshake_failed", "");

    let answer = instrument.door().ask("support_bundle", json!({}));
    let name = answer["name"].as_str().expect("a name");
    assert!(name.starts_with("lwm2m-workbench-support-20") && name.ends_with(".zip"));
    assert!(!name.contains(':') && answer["base64"] == true, "{name}");
    let bundle = unpacked(&answer);
    let about = read_json(&bundle, "about.json");
    assert_eq!(about["version"], env!("CARGO_PKG_VERSION"), "{about}");
    assert_eq!(about["system"], std::env::consts::OS, "{about}");
    let schema = about["database"]["schema"].as_u64().expect("a schema");
    assert!(
        schema >= 9 && about["database"]["newest_change"].is_string(),
        "{about}"
    );
    let status = read_json(&bundle, "status.json");
    assert_eq!(status["devices"], 1, "{status}");
    let schemes = status["listeners"].as_array().expect("listeners").iter();
    let schemes: Vec<_> = schemes.map(|own| &own["scheme"]).collect();
    assert_eq!(schemes, ["coap", "coaps"], "{status}");
    assert!(read_json(&bundle, "settings.json")["retention_days"].is_u64());
    assert_eq!(
        read_json(&bundle, "security.json")["sealing"]["way"],
        "file"
    );
    let pending = read_json(&bundle, "pending.json");
    assert_eq!(pending[0]["identity"], "stranger", "{pending}");
    assert!(pending[0]["why"].is_string(), "{pending}");
    assert!(bundle["problems.json"].contains("handshake_failed"));
    assert!(bundle["README.txt"].contains("about.json"));
    for (name, text) in &bundle {
        for value in [MEASURED, WRITTEN] {
            assert!(!text.contains(value), "{value} in {name}: {text}");
        }
    }

    instrument.end();
    let there = Folder::new("support-file");
    let file = there.path().join("bundle.zip");
    let (to, data) = (
        file.to_string_lossy(),
        instrument.folder().to_string_lossy(),
    );
    let line = ["support", "--to", &to, "--data-dir", &data];
    let done = command(&line);
    assert_eq!(done.code, Some(0), "{}", done.said);
    let written = texts(std::fs::read(&file).expect("the bundle"));
    assert_eq!(read_json(&written, "status.json")["devices"], 1);
    assert!(written["log.txt"].contains("asked to end"), "{written:?}");
    let done = command(&line);
    assert_eq!(done.code, Some(2), "{}", done.said);
    assert!(done.said.contains("is there already"), "{}", done.said);
}
