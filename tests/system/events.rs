//! The event stream: what changed comes in order, a reader that comes back misses nothing, and one
//! that is too far behind is told to fetch anew.

use crate::instrument::{Instrument, TEMPERATURE};
use coap::Kind;
use serde_json::json;
use std::time::Duration;
use wb_tests::Event;
use wb_tests::raw_device::text;

#[test]
fn a_reading_is_an_event_with_its_value_and_time() {
    let instrument = Instrument::start("event");
    let events = instrument.door().events(None);
    let mut device = instrument.device();
    let _ = device.register("d");
    let appeared = events.until("of the device", |event| event.name == "device");
    assert_eq!(appeared.data["endpoint"], "d");
    assert_eq!(
        appeared.data["device"],
        instrument.door().device("d"),
        "the row as it is listed"
    );
    let token = instrument.observe(&mut device, "d", "20.0");
    let operation = events.until("of the operation", |event| {
        event.name == "operation" && event.data["state"] == "ended"
    });
    assert_eq!(operation.data["name"], "observation_start");
    let answer = device.notify(token, 2, text("21.5")).expect("an answer");
    assert_eq!(answer.kind, Kind::Acknowledgement);
    let reading = events.until("of the reading", |event| {
        event.name == "readings" && event.data["v"] == json!([21.5])
    });
    assert_eq!(reading.data["endpoint"], "d");
    assert_eq!(reading.data["path"], TEMPERATURE);
    assert_eq!(reading.data["kind"], "float");
    let at = reading.data["t"][0].as_i64().expect("milliseconds");
    assert_eq!(reading.data["t"].as_array().map(Vec::len), Some(1));
    let row = instrument.tree_row("d", TEMPERATURE);
    assert_eq!(row["at"], at, "the same moment in the tree");
    assert!(
        reading.id >= operation.id && operation.id >= appeared.id,
        "revisions rise"
    );
}

#[test]
fn problems_and_datagrams_are_events_too() {
    let instrument = Instrument::start("problem-event");
    let events = instrument.door().events(None);
    let device = instrument.device();
    device.send_bytes(&[0x80, 0, 0, 0]);
    let own = device.address().to_string();
    let traffic = events.until("of the datagram", |event| {
        event.name == "traffic" && event.data["peer"] == own.as_str()
    });
    assert_eq!(traffic.data["inbound"], true);
    let problem = events.until("of the problem", |event| event.name == "problem");
    assert_eq!(problem.data["kind"], "malformed_message");
    assert_eq!(problem.data["peer"], own.as_str());
}

#[test]
fn a_reader_that_comes_back_gets_what_it_missed() {
    let instrument = Instrument::start("resume");
    let door = instrument.door();
    let mut device = instrument.device();
    let _ = device.register("d");
    let token = instrument.observe(&mut device, "d", "20.0");
    let events = door.events(None);
    let answer = device.notify(token, 2, text("21.0")).expect("an answer");
    assert_eq!(answer.kind, Kind::Acknowledgement);
    let is_value = |event: &Event, value: f64| {
        let values = event.data["v"].as_array();
        event.name == "readings" && values.is_some_and(|values| values.contains(&json!(value)))
    };
    let seen = events
        .until("of the first value", |event| is_value(event, 21.0))
        .id;
    drop(events);
    for (sequence, value) in [(3, "22.0"), (4, "23.0")] {
        let answer = device
            .notify(token, sequence, text(value))
            .expect("an answer");
        assert_eq!(answer.kind, Kind::Acknowledgement);
    }
    let again = door.events(Some(seen));
    let mut values = Vec::new();
    while !values.contains(&json!(23.0)) {
        let event = again.until("of what was missed", |event| {
            assert_ne!(event.name, "resync", "nothing was forgotten");
            event.name == "readings"
        });
        values.extend(event.data["v"].as_array().expect("values").clone());
    }
    assert_eq!(
        values,
        [json!(22.0), json!(23.0)],
        "all of it, and nothing twice"
    );
}

#[test]
fn a_reader_from_another_life_is_told_to_fetch_anew() {
    let mut instrument = Instrument::start_to_restart("resync");
    let mut device = instrument.device();
    let id = device.register("d");
    let revision =
        |instrument: &Instrument| instrument.status()["revision"].as_u64().expect("a number");
    let early = revision(&instrument);
    for _ in 0..3 {
        let _ = device.update(&id, &[]);
    }
    let late = revision(&instrument);
    assert!(late > early);
    instrument.crash();
    instrument.go_on();
    for after in [early, late + 1_000_000] {
        let events = instrument.door().events(Some(after));
        let first = events.until("at all", |event| event.name != "status");
        assert_eq!(first.name, "resync", "{first:?}");
        let now = first.data["revision"].as_u64().expect("a revision");
        assert!(now >= late, "{first:?}");
    }
    assert!(
        revision(&instrument) >= late,
        "revisions go on behind a crash"
    );
}

#[test]
fn a_ticket_opens_one_stream() {
    let instrument = Instrument::start("ticket");
    let door = instrument.door();
    let ticket = door.ask("events_ticket", json!({}));
    let path = format!(
        "/events?ticket={}",
        ticket["ticket"].as_str().expect("a ticket")
    );
    let url = format!("{}{path}", door.url());
    let used = std::thread::spawn(move || ureq::get(&url).call().map(|answer| answer.status()));
    let status = used.join().expect("a thread").expect("an answer");
    assert_eq!(status.as_u16(), 200);
    let (status, _) = door.send("GET", &path, &[], b"").expect("an answer");
    assert_eq!(status, 401, "a second time");
    let (status, _) = door
        .send("GET", "/events?after=soon", &[], b"")
        .expect("an answer");
    assert_eq!(status, 401, "who may come in is asked first");
}

#[test]
fn streams_end_with_the_program() {
    let mut instrument = Instrument::start("end-of-stream");
    let events = instrument.door().events(None);
    assert!(
        events.next(Duration::from_secs(10)).is_some(),
        "the status comes every second"
    );
    instrument.end();
    assert!(events.ends());
}
