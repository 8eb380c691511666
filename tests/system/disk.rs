//! A disk without room: nothing is acknowledged that is not stored, everybody is told, and it goes
//! on by itself when there is room again.

use crate::instrument::TEMPERATURE;
use coap::{Code, Kind};
use serde_json::json;
use std::time::Duration;
use wb_tests::raw_device::{LINKS, observed_text, text};
use wb_tests::{Daemon, Door, Folder, PATIENCE, RawDevice, eventually};

/// How long an answer is waited for when none may come.
const MOMENT: Duration = Duration::from_millis(1_500);

fn numbers(daemon: &Daemon) -> Vec<f64> {
    let readings = daemon.door().history("d", TEMPERATURE);
    let numbers = readings.iter().map(|reading| reading["value"].as_f64());
    numbers.collect::<Option<_>>().expect("floats")
}

fn storage_problem(door: &Door) -> Option<String> {
    let status = door.ask("status_get", json!({}));
    status["storage_problem"].as_str().map(str::to_owned)
}

#[test]
fn a_full_disk_is_shown_and_nothing_is_falsely_acknowledged() {
    let folder = Folder::new("disk");
    let daemon = Daemon::start_on_a_disk_that_fills(folder.path(), &[]);
    let door = daemon.door();
    let events = door.events(None);
    let mut device = RawDevice::new(daemon.coap());
    let _ = device.register("d");
    let observe = json!({ "endpoint": "d", "path": TEMPERATURE });
    let operation = door.begin("observation_start", observe);
    let asked = device.expect_request();
    device.respond(&asked, observed_text("0", 1));
    assert_eq!(door.ended(&operation)["outcome"], "success");
    let answer = device.notify(asked.token, 2, text("1"));
    assert_eq!(answer.expect("an answer").kind, Kind::Acknowledgement);

    daemon.fill_disk();
    let unstored = device.notification(Kind::Confirmable, asked.token, 3, text("2"));
    assert_eq!(
        device.deliver(&unstored, MOMENT),
        None,
        "never acknowledged"
    );
    eventually("that it is shown", || storage_problem(door));
    let problem = events.until("of the problem", |event| {
        event.name == "problem" && event.data["kind"] == "storage"
    });
    let words = problem.data["message"].as_str().unwrap_or_default();
    assert!(words.contains("nothing can be stored"), "{words}");
    let mut other = RawDevice::new(daemon.coap());
    let answer = other.register_with(&["ep=other", "lt=60", "lwm2m=1.1"], LINKS);
    assert_eq!(answer.code, Code::SERVICE_UNAVAILABLE, "CO-34");
    let max_age = answer.options.get_uint(coap::option::MAX_AGE);
    assert!(max_age.is_some(), "when to come back: {answer:?}");
    for (name, request) in [
        ("device_note", json!({ "endpoint": "d", "alias": "x" })),
        ("settings_put", json!({ "theme": "dark" })),
        (
            "resource_read",
            json!({ "endpoint": "d", "path": TEMPERATURE }),
        ),
    ] {
        let refusal = door.refused(name, request);
        let told = (refusal.status, refusal.code());
        assert_eq!(told, (503, "storage_unavailable"), "{name}");
    }
    let settings = door.ask("settings_get", json!({}));
    assert_eq!(settings["theme"], "system", "nothing of it counts");
    assert_eq!(numbers(&daemon), [0.0, 1.0], "what was acknowledged");

    daemon.make_room();
    eventually("that it goes on by itself", || {
        storage_problem(door).is_none().then_some(())
    });
    let answer = device.deliver(&unstored, PATIENCE).expect("an answer");
    assert_eq!(
        answer.kind,
        Kind::Acknowledgement,
        "the device sent it again"
    );
    assert_eq!(numbers(&daemon), [0.0, 1.0, 2.0], "once");
    let _ = other.register("other");
    let _ = door.ask("device_note", json!({ "endpoint": "d", "alias": "x" }));
    daemon.kill();
    let daemon = Daemon::start(folder.path(), &[]);
    assert_eq!(numbers(&daemon), [0.0, 1.0, 2.0]);
    assert_eq!(daemon.door().device("d")["alias"], "x");
}
