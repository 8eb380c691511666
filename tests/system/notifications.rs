//! Observation over a real socket: what is acknowledged is stored, and what belongs to nothing is
//! reset.

use crate::instrument::{Instrument, TEMPERATURE};
use coap::{Code, Kind, Response};
use serde_json::{Value, json};
use std::time::Duration;
use wb_tests::raw_device::{content, observed_text, text};
use wb_tests::{RawDevice, eventually};

fn observed(name: &str) -> (Instrument, RawDevice, coap::Token) {
    let instrument = Instrument::start(name);
    let mut device = instrument.device();
    let _ = device.register("d");
    let token = instrument.observe(&mut device, "d", "20.0");
    (instrument, device, token)
}

#[test]
fn ob_02_a_confirmable_notification_is_stored_before_it_is_acknowledged() {
    let (instrument, mut device, token) = observed("stored");
    for (sequence, value) in (2..).zip([21.0, 21.5, 22.25]) {
        let answer = device.notify(token, sequence, text(&value.to_string()));
        let answer = answer.expect("an answer");
        assert_eq!(
            (answer.kind, answer.code),
            (Kind::Acknowledgement, Code::EMPTY)
        );
        // No waiting: whoever has the acknowledgement finds the value.
        assert_eq!(instrument.temperatures("d").last(), Some(&value));
    }
    let readings = instrument.door().history("d", "/3303");
    assert!(
        readings.iter().all(|reading| reading["source"] == "notify"),
        "IR-01: {readings:?}"
    );
    let list = instrument
        .door()
        .ask("observation_list", json!({ "endpoint": "d" }));
    let observation = &list["observations"][0];
    assert_eq!(observation["paths"], json!([TEMPERATURE]));
    assert_eq!(observation["notifications"], 3, "{observation}");
}

#[test]
fn ob_02_a_notification_without_confirmation_is_stored_and_not_answered() {
    let (instrument, mut device, token) = observed("non");
    let message = device.notification(Kind::NonConfirmable, token, 2, text("23.0"));
    device.send(&message);
    eventually("the value", || {
        instrument.temperatures("d").contains(&23.0).then_some(())
    });
    assert!(device.is_left_alone(Duration::from_millis(300)));
}

#[test]
fn ob_03_a_notification_that_nobody_asked_for_is_reset() {
    let (instrument, mut device, token) = observed("stray");
    let stray = coap::Token::from(0xdead_beef);
    let answer = device.notify(stray, 5, text("99.0")).expect("an answer");
    assert_eq!((answer.kind, answer.code), (Kind::Reset, Code::EMPTY));
    let mut stranger = instrument.device();
    let answer = stranger.notify(token, 5, text("98.0")).expect("an answer");
    assert_eq!(answer.kind, Kind::Reset, "a token alone is not enough");
    assert_eq!(instrument.temperatures("d"), [20.0]);
    let _ = instrument.problem("unexpected_message", "");
    let answer = device.notify(token, 2, text("21.0")).expect("an answer");
    assert_eq!(answer.kind, Kind::Acknowledgement, "the real one goes on");
}

#[test]
fn ob_04_a_notification_that_was_overtaken_is_history_and_not_the_current_value() {
    let (instrument, mut device, token) = observed("stale");
    for (sequence, value) in [(10, "22.0"), (8, "20.5"), (9, "21.0")] {
        let answer = device
            .notify(token, sequence, text(value))
            .expect("an answer");
        assert_eq!(answer.kind, Kind::Acknowledgement);
    }
    let kept = instrument.temperatures("d");
    assert_eq!(kept.len(), 4, "each of them: {kept:?}");
    assert_eq!(kept.last(), Some(&22.0), "{kept:?}");
    assert_eq!(instrument.tree_row("d", TEMPERATURE)["value"], 22.0);
    let answer = device.notify(token, 11, text("23.0")).expect("an answer");
    assert_eq!(answer.kind, Kind::Acknowledgement);
    assert_eq!(instrument.tree_row("d", TEMPERATURE)["value"], 23.0);
}

#[test]
fn ob_06_both_ways_to_cancel_end_the_notifications() {
    let (instrument, mut device, token) = observed("cancel");
    let door = instrument.door();
    let cancel = |way: &str| json!({ "endpoint": "d", "path": TEMPERATURE, "way": way });
    let operation = door.begin("observation_cancel", cancel("active"));
    let asked = device.expect_request();
    assert_eq!(
        (asked.options.observe(), asked.token),
        (Some(1), token),
        "the same token"
    );
    device.respond(&asked, text("20.0"));
    assert_eq!(door.ended(&operation)["outcome"], "success");
    let answer = device.notify(token, 5, text("90.0")).expect("an answer");
    assert_eq!(answer.kind, Kind::Reset);

    let token = instrument.observe(&mut device, "d", "20.5");
    assert_eq!(
        door.operate("observation_cancel", cancel("passive"))["outcome"],
        "success"
    );
    let answer = device.notify(token, 6, text("91.0")).expect("an answer");
    assert_eq!(answer.kind, Kind::Reset);
    let list = door.ask("observation_list", json!({ "endpoint": "d" }));
    assert_eq!(list["observations"], json!([]));
    assert!(
        !instrument
            .temperatures("d")
            .iter()
            .any(|value| *value > 89.0)
    );
    let again = door.operate("observation_cancel", cancel("active"));
    assert_eq!(again["outcome"], "refused", "{again}");
}

#[test]
fn ob_07_an_error_ends_the_observation_and_is_shown() {
    let (instrument, mut device, token) = observed("error");
    let gone = Response::new(Code::NOT_FOUND);
    let message = device.notification(Kind::Confirmable, token, 2, gone);
    let answer = device
        .deliver(&message, Duration::from_secs(10))
        .expect("an answer");
    assert_eq!(answer.kind, Kind::Acknowledgement);
    let _ = instrument.problem("observation_lost", TEMPERATURE);
    let list = instrument.door().ask("observation_list", json!({}));
    assert_eq!(list["observations"], json!([]));
}

#[test]
fn ob_09_a_repeated_notification_is_one_value() {
    let (instrument, mut device, token) = observed("repeated");
    for kind in [Kind::Confirmable, Kind::NonConfirmable] {
        let message = device.notification(kind, token, 7, text("24.5"));
        for _ in 0..3 {
            device.send(&message);
            if kind == Kind::Confirmable {
                let answer = device.receive(Duration::from_secs(10)).expect("an answer");
                assert_eq!(
                    (answer.kind, answer.mid),
                    (Kind::Acknowledgement, message.mid)
                );
            }
        }
    }
    eventually("both values", || {
        (instrument.temperatures("d").len() >= 3).then_some(())
    });
    assert_eq!(
        instrument.temperatures("d").len(),
        3,
        "the first and one of each kind"
    );
}

#[test]
fn ob_01_a_device_that_answers_without_observe_is_not_observed() {
    let instrument = Instrument::start("no-observe");
    let door = instrument.door();
    let mut device = instrument.device();
    let _ = device.register("d");
    let request = json!({ "endpoint": "d", "path": TEMPERATURE });
    let operation = door.begin("observation_start", request);
    let asked = device.expect_request();
    device.respond(&asked, text("20.0"));
    let ended = door.ended(&operation);
    assert_eq!(ended["outcome"], "refused", "{ended}");
    assert_eq!(ended["code"], "2.05");
    let list = door.ask("observation_list", json!({}));
    assert_eq!(list["observations"], json!([]));
    assert_eq!(
        instrument.temperatures("d"),
        [20.0],
        "the value counts all the same"
    );
}

#[test]
fn ir_06_values_are_stored_under_the_time_that_the_device_gave_them() {
    let (instrument, mut device, token) = observed("history");
    // 2023-11-14T22:13:20Z and later; the second is out of order, the third has no time.
    let pack =
        r#"[{"bn":"/3303/0/5700","bt":1700000000,"v":1.5},{"t":-60,"v":1.25},{"t":0.5,"v":1.75}]"#;
    let answer = device
        .notify(token, 2, content(110, pack))
        .expect("an answer");
    assert_eq!(answer.kind, Kind::Acknowledgement);
    let history = |from: &str, to: &str| -> Vec<(String, f64)> {
        let request = json!({ "endpoint": "d", "path": "/3303", "from": from, "to": to });
        let answer = instrument.door().ask("reading_history", request);
        let readings = answer["readings"].as_array().expect("a list").clone();
        let pair = |reading: &Value| {
            let time = reading["time"].as_str().expect("a time").to_owned();
            (time, reading["value"].as_f64().expect("a float"))
        };
        readings.iter().map(pair).collect()
    };
    let expected = [
        ("2023-11-14T22:12:20.000Z".to_owned(), 1.25),
        ("2023-11-14T22:13:20.000Z".to_owned(), 1.5),
        ("2023-11-14T22:13:20.500Z".to_owned(), 1.75),
    ];
    assert_eq!(
        history("2023-11-14T00:00:00Z", "2023-11-15T00:00:00Z"),
        expected,
        "ascending"
    );
    let inclusive = history("2023-11-14T22:12:20Z", "2023-11-14T22:13:20Z");
    assert_eq!(inclusive, expected[..1], "from is inclusive, to is not");
    let newest = json!({ "endpoint": "d", "path": "/3303", "limit": 1 });
    let newest = instrument.door().ask("reading_history", newest);
    assert_eq!(
        newest["readings"][0]["value"], 20.0,
        "the newest ones: {newest}"
    );
}

#[test]
fn an_instance_is_observed_as_a_whole() {
    let instrument = Instrument::start("instance");
    let door = instrument.door();
    let mut device = instrument.device();
    let _ = device.register("d");
    let request = json!({ "endpoint": "d", "path": "/3303/0", "format": "senml_json" });
    let operation = door.begin("observation_start", request);
    let asked = device.expect_request();
    assert_eq!(asked.options.accept(), Some(110));
    let mut first = content(
        110,
        r#"[{"bn":"/3303/0/","n":"5700","v":20.5},{"n":"5701","vs":"Cel"}]"#,
    );
    first.options.set_uint(coap::option::OBSERVE, 1);
    device.respond(&asked, first);
    let ended = door.ended(&operation);
    assert_eq!(ended["values"].as_array().map(Vec::len), Some(2), "{ended}");
    assert_eq!(instrument.tree_row("d", TEMPERATURE)["observed"], "/3303/0");
    let answer = device.notify(
        asked.token,
        2,
        content(110, r#"[{"n":"/3303/0/5700","v":21.5}]"#),
    );
    assert_eq!(answer.expect("an answer").kind, Kind::Acknowledgement);
    assert_eq!(instrument.temperatures("d"), [20.5, 21.5]);
}

#[test]
fn a_device_that_acknowledges_first_and_answers_later_is_understood() {
    let instrument = Instrument::start("separate");
    let door = instrument.door();
    let mut device = instrument.device();
    let _ = device.register("d");
    let operation = door.begin(
        "resource_read",
        json!({ "endpoint": "d", "path": TEMPERATURE }),
    );
    let asked = device.expect_request();
    device.send(&coap::Message::empty(Kind::Acknowledgement, asked.mid));
    std::thread::sleep(Duration::from_millis(300));
    let late = coap::Message {
        kind: Kind::Confirmable,
        code: Code::CONTENT,
        mid: device.mid(),
        token: asked.token,
        options: observed_text("25.0", 1).options,
        payload: b"25.0".to_vec(),
    };
    let answer = device
        .deliver(&late, Duration::from_secs(10))
        .expect("an answer");
    assert_eq!(answer.kind, Kind::Acknowledgement, "CO-14");
    assert_eq!(door.ended(&operation)["values"][0]["value"], 25.0);
}

#[test]
fn operations_for_one_device_take_turns_and_can_be_withdrawn() {
    let instrument = Instrument::start("turns");
    let door = instrument.door();
    let mut device = instrument.device();
    let _ = device.register("d");
    let read = |path: &str| json!({ "endpoint": "d", "path": path });
    let first = door.begin("resource_read", read("/3/0/0"));
    let second = door.begin("resource_read", read("/3/0/1"));
    let third = door.begin("resource_read", read("/3/0/2"));
    let asked = device.expect_request();
    let state = |id: &str| door.ask("operation_get", json!({ "operation": id }))["state"].clone();
    assert_eq!(
        (state(&first), state(&second)),
        (json!("sent"), json!("queued")),
        "CO-17"
    );
    let brief = json!({ "operation": second, "timeout_ms": 50 });
    let waited = door.ask("operation_wait", brief);
    assert_eq!(
        waited["state"], "queued",
        "a timeout returns the present state"
    );
    let cancelled = door.ask("operation_cancel", json!({ "operation": second }));
    assert_eq!(cancelled["outcome"], "cancelled");
    let again = door.refused("operation_cancel", json!({ "operation": second }));
    assert_eq!((again.status, again.code()), (409, "conflict"));
    device.respond(&asked, text("A"));
    assert_eq!(door.ended(&first)["values"][0]["value"], "A");
    let asked = device.expect_request();
    assert_eq!(wb_tests::raw_device::path_of(&asked), "/3/0/2");
    device.respond(&asked, text("C"));
    assert_eq!(door.ended(&third)["outcome"], "success");
    let list = door.ask("operation_list", json!({ "endpoint": "d", "limit": 2 }));
    let ids: Vec<&Value> = list["operations"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|o| &o["operation"])
        .collect();
    assert_eq!(ids, [&json!(third), &json!(second)], "newest first");
}

#[test]
fn an_operation_that_nobody_answers_ends_with_its_own_timeout() {
    let instrument = Instrument::start("silence");
    let door = instrument.door();
    let mut device = instrument.device();
    let _ = device.register("d");
    let read = json!({ "endpoint": "d", "path": "/3/0/0", "timeout_ms": 700 });
    let ended = door.operate("resource_read", read);
    assert_eq!(ended["outcome"], "timed_out", "{ended}");
    assert!(
        ended["detail"]
            .as_str()
            .is_some_and(|words| !words.is_empty())
    );
    let refused = json!({ "endpoint": "d", "path": "/3/0/1" });
    let operation = door.begin("resource_read", refused);
    let asked = loop {
        let asked = device.expect_request();
        if wb_tests::raw_device::path_of(&asked) == "/3/0/1" {
            break asked;
        }
    };
    device.send(&coap::Message::empty(Kind::Reset, asked.mid));
    assert_eq!(door.ended(&operation)["outcome"], "refused", "DM-21");
}
