//! `kill -9`, then the same folder again: registrations, observations and history go on, and an
//! operation that was under way is neither forgotten nor done twice.

use crate::instrument::{Instrument, TEMPERATURE};
use coap::{Code, Kind, Response};
use serde_json::json;
use std::time::Duration;
use wb_tests::raw_device::{path_of, text};

#[test]
fn a_registration_and_its_observation_outlive_a_crash() {
    let mut instrument = Instrument::start_to_restart("outlive");
    let mut device = instrument.device();
    let id = device.register("d");
    let token = instrument.observe(&mut device, "d", "20.0");
    let answer = device.notify(token, 2, text("21.0")).expect("an answer");
    assert_eq!(answer.kind, Kind::Acknowledgement);
    let before = instrument.door().device("d");
    instrument.crash();
    // Lost on the way, as with any server that is gone.
    let missed = device.notification(Kind::NonConfirmable, token, 3, text("21.5"));
    device.send(&missed);
    instrument.go_on();

    let after = instrument.door().device("d");
    for field in [
        "online",
        "registration_id",
        "registered_at",
        "address",
        "objects",
        "lifetime_s",
    ] {
        assert_eq!(after[field], before[field], "{field}");
    }
    let answer = device.notify(token, 4, text("22.0")).expect("an answer");
    assert_eq!(answer.kind, Kind::Acknowledgement, "OB-16: still observed");
    assert_eq!(instrument.temperatures("d"), [20.0, 21.0, 22.0]);
    let list = instrument
        .door()
        .ask("observation_list", json!({ "endpoint": "d" }));
    assert_eq!(list["observations"][0]["notifications"], 2, "{list}");
    assert_eq!(
        device.update(&id, &[]),
        Code::CHANGED,
        "the location is as good as before"
    );
    assert!(
        device.is_left_alone(Duration::from_millis(300)),
        "nothing is observed twice"
    );

    let cancel = json!({ "endpoint": "d", "path": TEMPERATURE, "way": "active" });
    let operation = instrument.door().begin("observation_cancel", cancel);
    let asked = device.expect_request();
    assert_eq!((asked.token, asked.options.observe()), (token, Some(1)));
    device.respond(&asked, text("22.0"));
    assert_eq!(instrument.door().ended(&operation)["outcome"], "success");
}

#[test]
fn an_operation_under_way_is_lost_and_never_done_twice() {
    let mut instrument = Instrument::start_to_restart("lost");
    let mut device = instrument.device();
    let id = device.register("d");
    let execute = json!({ "endpoint": "d", "path": "/3/0/4" });
    let sent = instrument.door().begin("resource_execute", execute);
    let waiting = instrument.door().begin(
        "resource_read",
        json!({ "endpoint": "d", "path": "/3/0/0" }),
    );
    let asked = device.expect_request();
    assert_eq!(
        (asked.code, path_of(&asked).as_str()),
        (Code::POST, "/3/0/4")
    );
    instrument.crash();
    instrument.go_on();

    let lost = instrument.door().ended(&sent);
    assert_eq!(lost["outcome"], "lost", "{lost}");
    assert!(
        lost["detail"]
            .as_str()
            .is_some_and(|words| words.contains("unknown")),
        "{lost}"
    );
    // A late answer belongs to nothing any more.
    device.respond(&asked, Response::new(Code::CHANGED));
    assert_eq!(device.update(&id, &[]), Code::CHANGED);
    let asked = device.expect_request();
    assert_eq!(path_of(&asked), "/3/0/0", "what had not been sent goes on");
    device.respond(&asked, text("ACME"));
    assert_eq!(instrument.door().ended(&waiting)["outcome"], "success");
    assert!(
        device.is_left_alone(Duration::from_millis(500)),
        "never a second Execute"
    );
    assert_eq!(
        instrument.door().ended(&sent)["outcome"],
        "lost",
        "it ends once"
    );
}

#[test]
fn an_observation_is_established_again_when_the_device_comes_back_with_a_new_registration() {
    let mut instrument = Instrument::start_to_restart("reestablish");
    let mut device = instrument.device();
    let _ = device.register("d");
    let former = instrument.observe(&mut device, "d", "20.0");
    instrument.crash();
    instrument.go_on();
    let _ = device.register("d");
    let asked = device.expect_request();
    assert_eq!(
        (path_of(&asked).as_str(), asked.options.observe()),
        (TEMPERATURE, Some(0))
    );
    assert_ne!(asked.token, former);
}

#[test]
fn a_registration_that_ran_out_while_the_program_was_gone_is_over() {
    let mut instrument = Instrument::start_to_restart("ran-out");
    let mut device = instrument.device();
    let brief = device.register_for("brief", 2);
    let long = device.register_for("long", 600);
    instrument.crash();
    std::thread::sleep(Duration::from_millis(2_500));
    instrument.go_on();
    assert_eq!(instrument.door().device("brief")["online"], false);
    assert_eq!(device.update(&brief, &[]), Code::NOT_FOUND);
    assert_eq!(instrument.door().device("long")["online"], true);
    assert_eq!(device.update(&long, &[]), Code::CHANGED);
}

#[test]
fn chart_tree_and_history_are_there_after_a_crash() {
    let mut instrument = Instrument::start_to_restart("chart");
    let mut device = instrument.device();
    let _ = device.register("d");
    let token = instrument.observe(&mut device, "d", "20.0");
    for (sequence, value) in (2..12).zip(21..) {
        let answer = device.notify(token, sequence, text(&format!("{value}.5")));
        assert_eq!(answer.expect("an answer").kind, Kind::Acknowledgement);
    }
    let span = json!({ "endpoint": "d", "paths": [TEMPERATURE], "from": 0, "to": 4_000_000_000_000_i64, "columns": 800 });
    let chart = |instrument: &Instrument| instrument.door().ask("reading_chart", span.clone());
    let (before, history) = (chart(&instrument), instrument.temperatures("d"));
    assert_eq!(before["series"][0]["readings"], 11, "{before}");
    instrument.crash();
    instrument.go_on();
    assert_eq!(chart(&instrument), before);
    assert_eq!(instrument.temperatures("d"), history);
    assert_eq!(instrument.tree_row("d", TEMPERATURE)["value"], 30.5);
}
