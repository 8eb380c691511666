//! Secrets: what is entered stays sealed, leaves nowhere but where it should, and opens with its
//! passphrase only.

use crate::console::command;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Duration;
use wb_tests::daemon::Daemon;
use wb_tests::folder::Folder;

const KEY: &[u8] = b"canary-key-7f3a1";
const PASSPHRASE: &str = "canary passphrase 51c9 of this test";
const OTHER_PASSPHRASE: &str = "another canary phrase e07d";

/// A folder for the data, and beside it one for the passphrase.
struct Place {
    data: Folder,
    beside: Folder,
}

impl Place {
    fn new(name: &str) -> Self {
        let place = Self {
            data: Folder::new(name),
            beside: Folder::new(&format!("{name}-beside")),
        };
        place.write(PASSPHRASE);
        place
    }

    fn file(&self) -> PathBuf {
        self.beside.path().join("passphrase")
    }

    fn write(&self, passphrase: &str) {
        std::fs::write(self.file(), format!("{passphrase}\n")).expect("a passphrase");
    }

    fn start(&self, further: &[&str]) -> Daemon {
        let file = self.file();
        let file = file.to_str().expect("a path in UTF-8");
        let arguments = [&["--passphrase-file", file], further].concat();
        Daemon::start(self.data.path(), &arguments)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The forms in which a secret could show.
fn forms(secret: &[u8]) -> Vec<Vec<u8>> {
    let digits = hex(secret);
    let whole = BASE64.encode(secret);
    // The last letters depend on what follows.
    let safe = whole.trim_end_matches('=').len() - 1;
    vec![
        secret.to_vec(),
        digits.to_uppercase().into_bytes(),
        digits.into_bytes(),
        whole.as_bytes()[..safe].to_vec(),
    ]
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found
}

#[test]
fn no_secret_reaches_database_log_event_answer_or_command_line() {
    let place = Place::new("canary");
    let daemon = place.start(&[]);
    let door = daemon_door(&daemon);
    let events = door.events(None);
    let put = |endpoint: &str, identity: &str| json!({ "endpoint": endpoint, "mode": "psk", "identity": identity, "key_hex": hex(KEY) });
    let mut answers = vec![door.ask("credential_put", put("a", "id-a"))];
    let generated = door.ask("credential_put", json!({ "endpoint": "b", "mode": "psk" }));
    let generated = generated["key_hex"]
        .as_str()
        .expect("shown once")
        .to_owned();
    // Refusals quote nothing that may be a key.
    for (endpoint, identity) in [("c", "id-a"), ("", "x")] {
        let refused = door.refused("credential_put", put(endpoint, identity));
        answers.push(refused.error);
    }
    let csv = format!(
        "endpoint,identity,key_hex\nd,id-a,{}\ne,e,{}x\n",
        hex(KEY),
        hex(KEY)
    );
    answers.push(door.ask("credential_import", json!({ "csv": csv })));
    answers.push(door.ask("credential_list", json!({})));
    answers.push(door.ask("credential_export", json!({ "format": "csv" })));
    let sealed = json!({ "passphrase": OTHER_PASSPHRASE });
    answers.push(door.ask("credential_export", sealed));
    let elsewhere = json!({ "way": "passphrase", "passphrase": OTHER_PASSPHRASE });
    answers.push(door.ask("sealing_put", elsewhere));
    let issued = door.ask("authority_issue", json!({ "endpoint": "a" }));
    let private = issued["private_key_pem"]
        .as_str()
        .expect("shown once")
        .to_owned();
    for name in [
        "problem_list",
        "status_get",
        "settings_get",
        "server_identity_get",
        "authority_get",
    ] {
        answers.push(door.ask(name, json!({})));
    }
    let bundle = door.ask("support_bundle", json!({}));
    let bundle = crate::support::unpacked(&bundle);
    let mut told = Vec::new();
    while let Some(event) = events.next(Duration::from_millis(1_500)) {
        told.push(format!("{event:?}"));
        if told.len() > 200 || event.name == "status" && told.len() > 2 {
            break;
        }
    }
    let line = std::fs::read(format!("/proc/{}/cmdline", daemon.process())).unwrap_or_default();
    let said = daemon.said();
    // As after a crash: the write-ahead log is still there.
    daemon.kill();

    let generated: Vec<u8> = generated
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(str::from_utf8(pair).expect("digits"), 16).expect("hex"))
        .collect();
    let body: Vec<&str> = private.lines().collect();
    let secrets = [
        KEY.to_vec(),
        generated,
        PASSPHRASE.as_bytes().to_vec(),
        OTHER_PASSPHRASE.as_bytes().to_vec(),
        BASE64
            .decode(body[1..body.len() - 1].concat())
            .expect("PEM")[36..68]
            .to_vec(),
    ];
    let mut places: Vec<(String, Vec<u8>)> = files(place.data.path())
        .into_iter()
        .map(|path| {
            (
                path.display().to_string(),
                std::fs::read(&path).expect("a file"),
            )
        })
        .collect();
    assert!(
        places
            .iter()
            .any(|(name, _)| name.ends_with("workbench.db-wal")),
        "{places:?}"
    );
    for (name, text) in bundle {
        places.push((format!("{name} of the support bundle"), text.into_bytes()));
    }
    places.push(("standard error".into(), said.into_bytes()));
    places.push(("command line".into(), line));
    places.push(("events".into(), told.concat().into_bytes()));
    places.push((
        "answers".into(),
        Value::from(answers).to_string().into_bytes(),
    ));
    let mut hits = Vec::new();
    for secret in &secrets {
        for form in forms(secret) {
            for (name, content) in &places {
                if contains(content, &form) {
                    hits.push(format!("{} in {name}", String::from_utf8_lossy(&form)));
                }
            }
        }
    }
    assert!(hits.is_empty(), "{hits:#?}");
}

#[test]
fn secrets_open_with_their_passphrase_only() {
    let place = Place::new("passphrase");
    let daemon = place.start(&[]);
    let door = daemon_door(&daemon);
    let request = json!({ "endpoint": "a", "mode": "psk", "key_hex": hex(KEY) });
    let _ = door.ask("credential_put", request);
    let identity = door.ask("server_identity_get", json!({}))["public_key"].clone();
    let _ = daemon.terminate();
    assert!(!place.data.path().join("secrets.key").exists());

    let refused = Daemon::try_start(place.data.path(), &[]).expect_err("no passphrase");
    assert!(
        refused.said.contains("--passphrase-file"),
        "{}",
        refused.said
    );
    place.write(OTHER_PASSPHRASE);
    let file = place.file();
    let arguments = ["--passphrase-file", file.to_str().expect("a path in UTF-8")];
    let refused = Daemon::try_start(place.data.path(), &arguments).expect_err("another one");
    assert!(
        refused.said.contains("passphrase is wrong"),
        "{}",
        refused.said
    );
    assert_eq!(refused.code, Some(1));

    place.write(PASSPHRASE);
    let daemon = place.start(&[]);
    let door = daemon_door(&daemon);
    let listed = door.ask("credential_list", json!({}));
    assert_eq!(listed["credentials"][0]["endpoint"], "a");
    assert_eq!(listed["credentials"][0]["key_bytes"], KEY.len());
    assert_eq!(
        door.ask("server_identity_get", json!({}))["public_key"],
        identity
    );
}

/// The folder is looked into, and stays sealed as it is.
#[test]
fn do_and_export_open_a_stopped_folder_with_its_passphrase_only() {
    let place = Place::new("stopped");
    let daemon = place.start(&[]);
    let mut device = wb_tests::RawDevice::new(daemon.coap());
    let _ = device.register("d");
    let _ = daemon.terminate();
    let data = place.data.path().to_string_lossy().into_owned();
    let file = place.file().to_string_lossy().into_owned();
    let lines: [&[&str]; 2] = [&["do", "queue d", "--coap", "off"], &["export", "devices"]];
    let run = |line: &[&str], file: Option<&str>| {
        let passphrase: Vec<&str> = match file {
            Some(file) => vec!["--passphrase-file", file],
            None => Vec::new(),
        };
        command(&[line, &["--data-dir", &data], &passphrase].concat())
    };
    for line in lines {
        for (passphrase, file, words) in [
            (PASSPHRASE, None, "--passphrase-file"),
            (OTHER_PASSPHRASE, Some(&*file), "passphrase is wrong"),
            ("", Some(&*file), "passphrase is empty"),
            (PASSPHRASE, Some("/nowhere/at/all"), "cannot be read"),
        ] {
            place.write(passphrase);
            let done = run(line, file);
            assert_eq!(done.code, Some(1), "{line:?}: {}", done.said);
            assert!(done.said.contains(words), "{line:?}: {}", done.said);
        }
        place.write(PASSPHRASE);
        let done = run(line, Some(&file));
        assert_eq!(done.code, Some(0), "{line:?}: {}", done.said);
        assert!(!done.output.is_empty());
    }
    let door = ["--url", "http://127.0.0.1:9", "--token", "t"];
    let done = command(&[lines[1], &door, &["--passphrase-file", &file]].concat());
    assert_eq!(done.code, Some(2), "{}", done.said);
}

/// A passphrase that is given for looking into a folder does not change how it is sealed.
#[test]
fn do_leaves_a_folder_sealed_as_it_is() {
    let place = Place::new("as-it-is");
    let daemon = Daemon::start(place.data.path(), &[]);
    let _ = daemon.terminate();
    let data = place.data.path().to_string_lossy().into_owned();
    let file = place.file().to_string_lossy().into_owned();
    let line = ["export", "devices", "--data-dir", &data];
    let done = command(&[&line[..], &["--passphrase-file", &file]].concat());
    assert_eq!(done.code, Some(0), "{}", done.said);
    let daemon = Daemon::start(place.data.path(), &[]);
    let sealing = daemon_door(&daemon).ask("sealing_get", json!({}));
    assert_eq!(sealing["way"], "file");
}

#[test]
fn without_a_passphrase_the_key_lies_in_a_file_and_a_warning_says_so() {
    let folder = Folder::new("key-file");
    let daemon = Daemon::start(folder.path(), &[]);
    let said = daemon.said();
    assert!(said.contains("--passphrase-file"), "{said}");
    let sealing = daemon_door(&daemon).ask("sealing_get", json!({}));
    assert_eq!(sealing["way"], "file");
    assert!(
        sealing["warning"]
            .as_str()
            .is_some_and(|text| text.contains("beside them"))
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let file = std::fs::metadata(folder.path().join("secrets.key")).expect("the key");
        assert_eq!(file.permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn an_export_is_taken_in_elsewhere_with_its_passphrase() {
    let (one, other) = (Folder::new("export"), Folder::new("import"));
    let daemon = Daemon::start(one.path(), &[]);
    let door = daemon_door(&daemon);
    let request =
        json!({ "endpoint": "a", "mode": "psk", "identity_hex": "00ff", "key_hex": hex(KEY) });
    let _ = door.ask("credential_put", request);
    let group = json!({ "endpoint_pattern": "m-*", "mode": "psk", "identity": "m", "shared": true, "key_hex": "0a" });
    let _ = door.ask("credential_put", group);
    let sealed = door.ask("credential_export", json!({ "passphrase": PASSPHRASE }));
    let there = Daemon::start(other.path(), &[]);
    let door = daemon_door(&there);
    let import = |passphrase: &str, dry_run: bool| json!({ "csv": sealed["content"], "passphrase": passphrase, "dry_run": dry_run });
    let refused = door.refused("credential_import", import("wrong", false));
    assert!(
        refused.message().contains("passphrase is wrong"),
        "{}",
        refused.message()
    );
    let tried = door.ask("credential_import", import(PASSPHRASE, true));
    assert_eq!(
        (tried["rows"].as_array().map(Vec::len), &tried["written"]),
        (Some(2), &json!(0))
    );
    let done = door.ask("credential_import", import(PASSPHRASE, false));
    assert_eq!(done["written"], 2);
    let again = door.ask("credential_import", import(PASSPHRASE, false));
    assert_eq!(
        (&again["rows"][0]["outcome"], &again["written"]),
        (&json!("unchanged"), &json!(0))
    );
}

fn daemon_door(daemon: &Daemon) -> &wb_tests::door::Door {
    daemon.door()
}
