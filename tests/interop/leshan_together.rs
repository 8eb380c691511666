//! What LwM2M 1.1 added, with Leshan's client: composite operations, Send of current and of
//! collected values, and queue mode with an operation that waits for the wake-up.

use crate::leshan::{Bench, Desk, TEMPERATURE, device_with, value_of};
use serde_json::{Value, json};
use std::thread::sleep;
use std::time::Duration;
use wb_tests::daemon::lasting_port;
use wb_tests::{Daemon, Folder, eventually};

/// The battery level, which never changes.
const LEVEL: &str = "/3/0/9";

/// How far Leshan's clock may be behind the line that it writes, in milliseconds.
const TOLERANCE_MS: i64 = 250;

#[test]
fn dm_14_leshan_is_read_at_several_paths_and_says_nothing_of_those_it_has_not() {
    let (bench, mut peer) = Bench::new("leshan-composite");
    let desk = bench.desk();
    peer.tell("temperature 21.5");
    let paths = json!([
        "/3/0/0",
        LEVEL,
        "/3303",
        "/3442/0/1110/0",
        "/3/0/3",
        "/9999"
    ]);
    for format in ["senml_cbor", "senml_json"] {
        let read = desk.succeed(
            "composite_read",
            json!({ "paths": paths, "format": format }),
        );
        assert_eq!(read["format"], format, "{read}");
        assert_eq!(value_of(&read["values"], "/3/0/0"), "Leshan");
        assert_eq!(value_of(&read["values"], LEVEL), "87");
        assert_eq!(value_of(&read["values"], TEMPERATURE), 21.5);
        assert_eq!(read["missing"], json!(["/3/0/3", "/9999"]), "{read}");
    }
    let rows = desk.temperatures();
    assert!(
        rows.iter().all(|row| row["source"] == "composite"),
        "{rows:?}"
    );
}

#[test]
fn dm_14_leshan_is_read_as_a_whole_in_one_exchange() {
    let (bench, _peer) = Bench::new("leshan-whole");
    let desk = bench.desk();
    let read = desk.succeed("device_read", json!({}));
    assert!(read.get("missing").is_none(), "{read}");
    for (path, value) in [("/3/0/0", json!("Leshan")), (LEVEL, json!("87"))] {
        assert_eq!(value_of(&read["values"], path), value);
    }
    let messages = desk.door.ask(
        "traffic_list",
        json!({ "endpoint": "leshan", "limit": 200 }),
    );
    let messages = messages["messages"].as_array().expect("datagrams").clone();
    let asked = messages.iter().filter(|own| {
        let line = own["summary"].as_str().unwrap_or_default();
        own["inbound"] == false && (line.contains("GET") || line.contains("FETCH"))
    });
    let asked: Vec<_> = asked.filter_map(|own| own["summary"].as_str()).collect();
    assert!(asked.iter().all(|line| line.contains("FETCH")), "{asked:?}");
}

#[test]
fn dm_15_leshan_takes_values_of_several_objects_at_once() {
    let (bench, mut peer) = Bench::new("leshan-composite-write");
    let desk = bench.desk();
    for (format, zone, number) in [("senml_cbor", "A", "7"), ("senml_json", "B", "-8")] {
        let values = json!([
            { "path": "/3/0/15", "kind": "string", "value": zone },
            { "path": "/3442/0/120", "kind": "integer", "value": number },
        ]);
        let written = desk.succeed(
            "composite_write",
            json!({ "values": values, "format": format }),
        );
        assert_eq!(written["code"], "2.04", "{written}");
        assert_eq!(peer.expect("written"), format!("written /3/0/15 {zone}"));
        let read = json!({ "paths": ["/3/0/15", "/3442/0/120"] });
        let read = desk.succeed("composite_read", read);
        assert_eq!(value_of(&read["values"], "/3/0/15"), zone);
        assert_eq!(value_of(&read["values"], "/3442/0/120"), number);
    }
    let values = json!([{ "path": "/3/0/0", "kind": "string", "value": "x" }]);
    let refused = json!({ "values": values, "unchecked": true });
    let refused = desk.operate("composite_write", refused);
    assert_eq!(refused["outcome"], "refused", "{refused}");
}

#[test]
fn ir_02_leshan_is_observed_at_several_paths_and_both_ways_to_cancel_reach_it() {
    let (bench, mut peer) = Bench::new("leshan-composite-observe");
    let desk = bench.desk();
    let door = desk.door;
    peer.tell("temperature 20.5");
    let paths = json!([TEMPERATURE, "/3/0/15", "/3303/7/5700"]);
    for (way, value) in [("active", 21.5), ("passive", 22.5)] {
        let begun = desk.succeed("composite_observe", json!({ "paths": paths }));
        assert_eq!(begun["missing"], json!(["/3303/7/5700"]), "{begun}");
        peer.tell(&format!("temperature {value}"));
        let row = desk.await_temperature(value);
        assert_eq!(row["source"], "composite", "{row}");
        let list = door.ask("observation_list", json!({ "endpoint": "leshan" }));
        assert_eq!(list["observations"][0]["paths"], paths, "{list}");
        let cancel = json!({ "paths": paths, "way": way });
        let _ = desk.succeed("composite_cancel", cancel);
        let list = door.ask("observation_list", json!({ "endpoint": "leshan" }));
        assert_eq!(list["observations"], json!([]), "{way}");
        // The first change after a passive cancel is what the Reset answers.
        for change in [value + 10.0, value + 11.0] {
            peer.tell(&format!("temperature {change}"));
        }
        peer.tell("update");
        peer.expect("updated");
        let heard = desk.temperatures();
        assert!(
            heard.iter().all(|row| row["value"].as_f64() < Some(30.0)),
            "{way}: {heard:?}"
        );
        peer.tell("temperature 20.5");
    }
}

#[test]
fn ir_04_leshan_sends_what_it_has_now() {
    let (bench, mut peer) = Bench::new("leshan-send");
    let desk = bench.desk();
    for (format, value) in [("SENML_CBOR", 23.5), ("SENML_JSON", 24.5)] {
        peer.tell(&format!("temperature {value}"));
        peer.tell(&format!("send {format} {TEMPERATURE} {LEVEL}"));
        assert_eq!(peer.expect("sent"), "sent CHANGED(204)", "{format}");
        let row = desk.await_temperature(value);
        assert_eq!(row["source"], "send", "{row}");
    }
    assert_eq!(desk.door.history("leshan", LEVEL).len(), 2);
}

#[test]
fn ir_06_what_leshan_collected_is_stored_under_the_times_it_was_taken_at() {
    let (bench, mut peer) = Bench::new("leshan-collected");
    let desk = bench.desk();
    let mut collected = Vec::new();
    for (format, values) in [
        ("SENML_CBOR", [10.5, 11.5, 12.5]),
        ("SENML_JSON", [13.5, 14.5, 15.5]),
    ] {
        for value in values {
            peer.tell(&format!("temperature {value}"));
            peer.tell(&format!("collect {TEMPERATURE}"));
            let line = peer.expect("collected ");
            let at: i64 = line["collected ".len()..].parse().expect("milliseconds");
            collected.push((at, value));
            // Times of their own, and older than the message that brings them.
            sleep(Duration::from_millis(400));
        }
        peer.tell(&format!("send-collected {format}"));
        let last = collected.last().map(|(_, value)| *value);
        let _ = desk.await_temperature(last.expect("a value"));
    }
    let rows = desk.temperatures();
    assert_eq!(rows.len(), collected.len(), "{rows:?}");
    for (row, (at, value)) in rows.iter().zip(collected) {
        assert_eq!(
            (&row["value"], &row["source"]),
            (&json!(value), &json!("send")),
            "{row}"
        );
        let behind = at - milliseconds(&row["time"]);
        assert!(
            (0..TOLERANCE_MS).contains(&behind),
            "{row} was taken at {at}"
        );
    }
}

/// The milliseconds since 1970 of a time as the contract writes it.
fn milliseconds(time: &Value) -> i64 {
    let text = time.as_str().expect("a time");
    let number = |range: std::ops::Range<usize>| -> i64 { text[range].parse().expect("a number") };
    let days = days_since_1970(number(0..4), number(5..7), number(8..10));
    let seconds = (days * 24 + number(11..13)) * 3_600 + number(14..16) * 60 + number(17..19);
    seconds * 1_000 + number(20..23)
}

/// By the rule of the Gregorian calendar, with years that begin in March.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1;
    days - 719_468
}

#[test]
fn qm_02_an_operation_waits_for_leshan_in_queue_mode_to_wake() {
    let folder = Folder::new("leshan-queue");
    let coap = format!("127.0.0.1:{}", lasting_port());
    let daemon = Daemon::start(folder.path(), &["--coap", &coap]);
    let (mut peer, _) = device_with(&daemon, "leshan", &["-q"]);
    assert_eq!(daemon.door().device("leshan")["queue_mode"], true);
    // After a start, who has not been heard yet counts as asleep.
    daemon.kill();
    let daemon = Daemon::start(folder.path(), &["--coap", &coap]);
    let door = daemon.door();
    let desk = Desk {
        door,
        endpoint: "leshan",
    };
    let begin = |name: &str, more: Value| door.begin(name, desk.request(more));
    let read = begin("resource_read", json!({ "path": LEVEL }));
    let composite = begin(
        "composite_read",
        json!({ "paths": ["/3/0/0", TEMPERATURE] }),
    );
    sleep(Duration::from_millis(500));
    for operation in [&read, &composite] {
        let row = door.ask("operation_get", json!({ "operation": operation }));
        assert_eq!(row["state"], "queued", "{row}");
    }
    peer.tell("update");
    peer.expect("updated");
    let read = door.ended(&read);
    assert_eq!(value_of(&read["values"], LEVEL), "87");
    let composite = door.ended(&composite);
    assert_eq!(value_of(&composite["values"], "/3/0/0"), "Leshan");
    assert!(
        read["ended_at"].as_str() <= composite["ended_at"].as_str(),
        "one by one, in order"
    );
    eventually("awake", || {
        (door.device("leshan")["sleeping"] == false).then_some(())
    });
}
