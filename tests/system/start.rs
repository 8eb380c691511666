//! Starting and ending: arguments, the one process of a folder, files that cannot be used, and an
//! orderly end.

use crate::instrument::Instrument;
use coap::Kind;
use serde_json::json;
use std::fs;
use std::net::TcpListener;
use wb_tests::raw_device::text;
use wb_tests::{Daemon, Folder};

/// Where SQLite keeps the number of the schema, as four bytes in network order
/// (sqlite.org/fileformat2.html, "User version").
const SCHEMA_AT: std::ops::Range<usize> = 60..64;

#[test]
fn a_signal_ends_the_program_in_order() {
    let folder = Folder::new("signal");
    let daemon = Daemon::start(folder.path(), &[]);
    let mut device = wb_tests::RawDevice::new(daemon.coap());
    let _ = device.register("d");
    let started = daemon
        .door()
        .ask("simulator_start", json!({ "count": 2, "kind": "plain" }));
    assert_eq!(started["endpoints"].as_array().map(Vec::len), Some(2));
    wb_tests::daemon::await_online(&daemon, 3);
    let (status, further) = daemon.terminate();
    assert_eq!(status.code(), Some(0), "{status}");
    assert_eq!(
        further, "",
        "the ready line is all that standard output gets"
    );
    let names: Vec<String> = fs::read_dir(folder.path())
        .expect("the folder")
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    assert!(
        !names
            .iter()
            .any(|name| name.contains("wal") || name == "headless.json"),
        "nothing half done is left: {names:?}"
    );
    let daemon = Daemon::start(folder.path(), &[]);
    assert_eq!(
        daemon.door().device("d")["online"],
        true,
        "its registration is still good"
    );
}

#[test]
fn a_second_process_is_told_who_has_the_folder() {
    let instrument = Instrument::start("twice");
    let refused = Daemon::try_start(instrument.folder(), &[]).expect_err("the folder is in use");
    let holder = instrument.daemon().process().to_string();
    assert!(refused.said.contains(&holder), "{}", refused.said);
    assert!(
        refused.said.contains("--data-dir"),
        "the way out: {}",
        refused.said
    );
    assert_eq!(refused.code, Some(3));
    let mut device = instrument.device();
    let _ = device.register("d");
}

#[test]
fn a_killed_process_holds_nothing() {
    let mut instrument = Instrument::start("released");
    for _ in 0..3 {
        instrument.crash();
        instrument.go_on();
    }
    assert!(instrument.daemon_mut().is_running());
}

#[test]
fn a_file_of_a_newer_schema_is_refused_with_a_sentence_and_left_as_it_is() {
    let mut instrument = Instrument::start("newer");
    let mut device = instrument.device();
    let _ = device.register("d");
    instrument.end();
    let file = instrument.folder().join("workbench.db");
    let mut bytes = fs::read(&file).expect("the database");
    bytes[SCHEMA_AT].copy_from_slice(&9_999_u32.to_be_bytes());
    fs::write(&file, &bytes).expect("the database is written");
    let refused = Daemon::try_start(instrument.folder(), &[]).expect_err("a newer schema");
    for words in [
        "9999",
        "newer version",
        "update the program",
        "workbench.db",
    ] {
        assert!(
            refused.said.contains(words),
            "no \"{words}\": {}",
            refused.said
        );
    }
    assert_eq!(refused.code, Some(1));
    assert!(fs::read(&file).expect("the database") == bytes, "untouched");
    for beside in ["workbench.db-wal", "workbench.db-shm"] {
        assert!(!instrument.folder().join(beside).exists(), "{beside}");
    }
}

#[test]
fn a_file_that_is_no_database_is_refused_and_left_as_it_is() {
    let folder = Folder::new("garbage");
    let file = folder.path().join("workbench.db");
    let garbage = b"This was somebody's shopping list. ".repeat(200);
    fs::write(&file, &garbage).expect("a file");
    let refused = Daemon::try_start(folder.path(), &[]).expect_err("no database");
    assert!(refused.said.contains("damaged"), "{}", refused.said);
    assert!(!refused.said.contains("panicked"), "{}", refused.said);
    assert!(fs::read(&file).expect("the file") == garbage, "untouched");
}

#[test]
fn an_http_port_in_use_ends_the_start_with_another_one_to_take() {
    let holder = TcpListener::bind("127.0.0.1:0").expect("a port");
    let taken = holder.local_addr().expect("an address").to_string();
    let folder = Folder::new("http");
    let refused = Daemon::try_start(folder.path(), &["--http", &taken]).expect_err("a taken port");
    assert_eq!(refused.code, Some(2));
    assert!(
        refused.said.contains(&taken) && refused.said.contains("--http 127.0.0.1:"),
        "{}",
        refused.said
    );
}

#[test]
fn arguments_that_make_no_sense_are_explained() {
    for (arguments, words) in [
        (&[][..], "--data-dir"),
        (&["--data-dir"], "--data-dir"),
        (&["--dta-dir", "x"], "--dta-dir"),
        (&["--data-dir", "x", "--coap", "5683"], "--coap"),
        (&["dance"], "dance"),
        (&["simulate", "--count", "3"], "--server"),
        (
            &[
                "simulate",
                "--count",
                "none",
                "--server",
                "coap://127.0.0.1:1",
            ],
            "none",
        ),
    ] {
        let (ended, output) = Daemon::run(arguments);
        assert_eq!(ended.code, Some(2), "{arguments:?}: {}", ended.said);
        assert!(ended.said.contains(words), "{arguments:?}: {}", ended.said);
        assert_eq!(output, "", "{arguments:?}");
    }
    let (ended, output) = Daemon::run(&["--help"]);
    assert_eq!(ended.code, Some(0));
    for option in [
        "--data-dir",
        "--http",
        "--coap",
        "--coaps",
        "--bs-coap",
        "--bs-coaps",
        "--coap-tcp",
        "--coaps-tcp",
        "--passphrase-file",
        "simulate",
    ] {
        assert!(output.contains(option), "{option}");
    }
}

#[test]
fn options_of_later_versions_are_accepted_with_a_warning() {
    let folder = Folder::new("later");
    let arguments = ["--bs-coaps", "127.0.0.1:0", "--bs-coap", "127.0.0.1:0"];
    let daemon = Daemon::start(folder.path(), &arguments);
    let said = daemon.said();
    for option in ["--bs-coaps", "--bs-coap"] {
        assert!(said.contains(option), "no warning of {option}: {said}");
    }
    let schemes: Vec<_> = daemon.ready()["listeners"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| one["scheme"].clone())
        .collect();
    assert_eq!(schemes, ["coap"]);
}

#[test]
fn simulated_devices_of_the_command_line_register_at_any_server() {
    let instrument = Instrument::start("simulate");
    let server = format!("coap://{}", instrument.daemon().coap());
    let arguments = [
        "simulate",
        "--count",
        "5",
        "--server",
        &server,
        "--prefix",
        "far",
        "--bootstrap",
    ];
    let simulator = wb_tests::daemon::Simulator::start(&arguments);
    for number in 1..=5 {
        instrument.await_online(&format!("far-{number:04}"));
    }
    assert_eq!(
        instrument.door().device("far-0001")["simulated"],
        false,
        "another process has them"
    );
    assert!(
        simulator.said().contains("--bootstrap"),
        "it does not warn of what it leaves out"
    );
    simulator.terminate();
    wb_tests::eventually("that they de-register", || {
        (instrument.status()["online"] == 0).then_some(())
    });
}

#[test]
fn everything_is_on_disk_when_the_program_has_ended() {
    let mut instrument = Instrument::start_to_restart("orderly");
    let mut device = instrument.device();
    let _ = device.register("d");
    let token = instrument.observe(&mut device, "d", "20.0");
    for sequence in 2..40 {
        let value = f64::from(sequence).to_string();
        let message = device.notification(Kind::NonConfirmable, token, sequence, text(&value));
        device.send(&message);
    }
    let answer = device.notify(token, 40, text("40")).expect("an answer");
    assert_eq!(answer.kind, Kind::Acknowledgement);
    instrument.end();
    instrument.go_on();
    let expected: Vec<f64> = std::iter::once(20.0)
        .chain((2..=40).map(f64::from))
        .collect();
    assert_eq!(instrument.temperatures("d"), expected);
}
