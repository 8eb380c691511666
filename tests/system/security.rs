//! Devices over coaps: they register with a key of their own, move without a handshake, go on
//! after a crash of the program, and speak for nobody else.

use crate::instrument::{Instrument, TEMPERATURE};
use coap::{Code, Request};
use serde_json::{Value, json};
use std::time::Duration;
use wb_tests::daemon::Simulator;
use wb_tests::raw_device::{LINKS, text};
use wb_tests::{RawDevice, eventually};

const KEY: &[u8] = b"0123456789abcdef";
const KEY_HEX: &str = "30313233343536373839616263646566";

fn put_psk(instrument: &Instrument, endpoint: &str, identity: &str) -> Value {
    let request = json!({
        "endpoint": endpoint, "server": "management", "mode": "psk",
        "identity": identity, "key_hex": KEY_HEX,
    });
    instrument.door().ask("credential_put", request)
}

/// A program, and a device that is registered as `meter` over coaps.
fn registered(name: &str) -> (Instrument, RawDevice, String) {
    let instrument = Instrument::start_secure(name);
    put_psk(&instrument, "meter", "meter-id");
    let mut device = RawDevice::with_psk(instrument.daemon().coaps(), "meter-id", KEY);
    assert!(device.connect(), "{:?}", device.refused());
    let location = device.register("meter");
    (instrument, device, location)
}

/// Has a value read, which the device answers.
fn read(instrument: &Instrument, device: &mut RawDevice) {
    let request = json!({ "endpoint": "meter", "path": TEMPERATURE });
    let operation = instrument.door().begin("resource_read", request);
    let asked = device.expect_request();
    device.respond(&asked, text("21.5"));
    let ended = instrument.door().ended(&operation);
    assert_eq!(ended["outcome"], "success", "{ended}");
    assert_eq!(ended["values"][0]["value"], 21.5, "{ended}");
}

#[test]
fn sec_06_a_device_registers_over_coaps_and_is_read() {
    let (instrument, mut device, _) = registered("over-coaps");
    let row = instrument.door().device("meter");
    assert_eq!(
        (&row["security"], &row["online"]),
        (&json!("psk"), &json!(true)),
        "{row}"
    );
    assert_eq!(row["address"], device.address().to_string(), "{row}");
    read(&instrument, &mut device);
    let traffic = instrument
        .door()
        .ask("traffic_list", json!({ "endpoint": "meter" }));
    let said: Vec<_> = traffic["messages"]
        .as_array()
        .expect("messages")
        .iter()
        .map(|own| own["summary"].as_str().expect("a summary"))
        .collect();
    assert!(
        said.iter().any(|line| line.contains(TEMPERATURE))
            && !said.iter().any(|l| l.contains("not a CoAP")),
        "what is shown is what is inside: {said:?}"
    );
}

#[test]
fn sec_18_a_device_moves_with_its_connection_id_and_makes_no_handshake() {
    let (instrument, mut device, location) = registered("moves");
    for _ in 0..3 {
        device.move_away();
        assert_eq!(device.update(&location, &[]), Code::CHANGED);
        read(&instrument, &mut device);
        let here = device.address().to_string();
        eventually("the address follows", || {
            (instrument.door().device("meter")["address"] == here).then_some(())
        });
    }
    assert_eq!(device.sessions(), (1, 0));
}

/// Twice killed, the device elsewhere each time: the session goes on all the same.
#[test]
fn g_25_a_session_outlives_the_program() {
    let (mut instrument, mut device, location) = registered("outlives");
    for _ in 0..2 {
        instrument.crash();
        instrument.go_on();
        device.move_away();
        assert_eq!(device.update(&location, &[]), Code::CHANGED);
        read(&instrument, &mut device);
        assert_eq!(instrument.door().device("meter")["security"], "psk");
    }
    assert_eq!(device.sessions(), (1, 0));
}

#[test]
fn sec_07_nobody_speaks_for_the_endpoint_of_another_from_outside() {
    let (instrument, mut device, location) = registered("another");
    put_psk(&instrument, "other", "other-id");
    let mut other = RawDevice::with_psk(instrument.daemon().coaps(), "other-id", KEY);
    assert!(other.connect(), "{:?}", other.refused());
    let before = instrument.door().device("meter");
    let queries = ["ep=meter", "lt=60", "lwm2m=1.1"];
    assert_eq!(other.register_with(&queries, LINKS).code, Code::BAD_REQUEST);
    assert_eq!(other.update(&location, &[]), Code::BAD_REQUEST);
    assert_eq!(other.deregister(&location), Code::BAD_REQUEST);
    let mut plain = instrument.device();
    assert_eq!(plain.register_with(&queries, LINKS).code, Code::FORBIDDEN);
    assert_eq!(plain.update(&location, &[]), Code::FORBIDDEN);
    assert_eq!(plain.deregister(&location), Code::FORBIDDEN);
    let after = instrument.door().device("meter");
    assert_eq!(after, before, "nothing has changed");
    instrument.problem("registration_refused", "may not speak");
    instrument.problem("registration_refused", "without security");
    assert_eq!(device.update(&location, &[]), Code::CHANGED);
}

#[test]
fn sec_13_a_wrong_key_and_an_unknown_identity_get_in_nowhere_and_are_told() {
    let (instrument, mut device, location) = registered("wrong");
    let unknown = RawDevice::with_psk(instrument.daemon().coaps(), "nobody", KEY);
    assert!(!unknown.connect());
    assert!(unknown.refused().is_some(), "it is told at once");
    instrument.problem("handshake_failed", "\"nobody\"");
    assert_eq!(device.update(&location, &[]), Code::CHANGED);
}

#[test]
fn credentials_are_found_by_what_they_are_and_how_they_fare() {
    let (instrument, _device, _) = registered("found");
    put_psk(&instrument, "never", "never-id");
    put_psk(&instrument, "failed", "failed-id");
    let toy = json!({ "endpoint": "toy", "server": "management", "mode": "nosec" });
    let _ = instrument.door().ask("credential_put", toy);
    let boot = json!({ "endpoint": "boot", "server": "bootstrap", "mode": "psk" });
    let _ = instrument.door().ask("credential_put", boot);
    let coaps = instrument.daemon().coaps();
    let other = RawDevice::with_psk(coaps, "failed-id", b"another key, and");
    assert!(!other.connect());
    let found = |wish: Value| {
        let listed = instrument.door().ask("credential_list", wish);
        let rows = listed["credentials"].as_array().expect("rows").iter();
        let names: Vec<_> = rows.map(|row| row["endpoint"].clone()).collect();
        json!(names)
    };
    eventually("the failure is stored", || {
        (found(json!({ "state": "failed" })) == json!(["failed"])).then_some(())
    });
    assert_eq!(found(json!({ "mode": "nosec" })), json!(["toy"]));
    assert_eq!(found(json!({ "server": "bootstrap" })), json!(["boot"]));
    let state = json!({ "state": "accepted" });
    assert_eq!(found(state), json!(["meter"]));
    let both = json!({ "state": "never_used", "server": "management" });
    assert_eq!(found(both), json!(["never", "toy"]));
    let last_used = json!(["failed", "meter", "boot", "never", "toy"]);
    assert_eq!(found(json!({ "order": "used" })), last_used);
    let newest = json!(["boot", "toy", "failed", "never", "meter"]);
    assert_eq!(found(json!({ "order": "created" })), newest);
}

#[test]
fn a_device_that_comes_without_security_after_it_came_with_it_has_fallen_back() {
    let (instrument, device, _) = registered("fell-back");
    let row = instrument.door().device("meter");
    assert_eq!(
        (&row["fell_back"], &row["cid_bytes"]),
        (&json!(false), &json!(8)),
        "{row}"
    );
    drop(device);
    let open = json!({ "endpoint": "meter", "server": "management", "mode": "nosec" });
    let _ = instrument.door().ask("credential_put", open);
    let mut plain = RawDevice::new(instrument.daemon().coap());
    plain.register("meter");
    let row = instrument.door().device("meter");
    assert_eq!(
        (&row["fell_back"], &row["security"]),
        (&json!(true), &json!("nosec")),
        "{row}"
    );
    assert!(row["cid_bytes"].is_null(), "{row}");
}

#[test]
fn sec_21_a_deleted_credential_ends_the_session_and_another_key_needs_another_one() {
    let (instrument, mut device, location) = registered("deleted");
    let listed = instrument.door().ask("credential_list", json!({}));
    let listed = &listed["credentials"][0];
    assert_eq!(
        (&listed["online"], &listed["last_outcome"]),
        (&json!(true), &json!("accepted")),
        "{listed}"
    );
    let credential = listed["credential"].clone();
    let gone = json!({ "credential": credential });
    let _ = instrument.door().ask("credential_delete", gone);
    eventually("the device is offline", || {
        (instrument.door().device("meter")["online"] == false).then_some(())
    });
    let request = Request::post().path(["rd", &location]);
    let answer = device.try_request(request, Duration::from_secs(2));
    assert!(answer.is_none(), "the session is over: {answer:?}");
    assert!(!device.connect(), "and so is its resumption");
    put_psk(&instrument, "meter", "meter-id");
    assert!(device.connect());
    device.register("meter");
    assert_eq!(instrument.door().device("meter")["online"], true);
}

#[test]
fn sec_18_the_length_of_connection_ids_is_set_and_the_sessions_that_there_are_go_on() {
    let (instrument, mut device, location) = registered("tuned");
    let door = instrument.door();
    let bytes = || door.ask("session_get", json!({ "endpoint": "meter" }))["cid_bytes"].clone();
    assert_eq!(bytes(), 8);
    for (wrong, words) in [
        (json!({ "dtls_cid_bytes": 17 }), "0 to 16 bytes"),
        (json!({ "dtls_mtu": 20 }), "256 to 1472 bytes"),
        (json!({ "dtls_first_timeout_ms": 1 }), "100 to 60000 ms"),
    ] {
        let refused = door.refused("settings_put", wrong);
        assert_eq!(refused.code(), "invalid_value");
        assert!(refused.message().contains(words), "{}", refused.message());
    }
    let narrowband =
        json!({ "dtls_cid_bytes": 3, "dtls_mtu": 512, "dtls_first_timeout_ms": 9_000 });
    let set = door.ask("settings_put", narrowband);
    assert_eq!(set["dtls_first_timeout_ms"], 9_000, "{set}");
    assert_eq!(device.update(&location, &[]), Code::CHANGED);
    assert_eq!(bytes(), 8, "the session goes on as it was made");
    assert!(device.connect());
    device.register("meter");
    assert_eq!(bytes(), 3);
}

#[test]
fn simulated_devices_come_over_coaps_and_their_credentials_go_with_them() {
    let mut instrument = Instrument::start_secure("simulated");
    let started = instrument.door().ask(
        "simulator_start",
        json!({ "count": 2, "prefix": "lock", "security": "psk" }),
    );
    assert_eq!(started["endpoints"], json!(["lock-0001", "lock-0002"]));
    for _ in 0..2 {
        instrument.await_online("lock-0002");
        let row = instrument.door().device("lock-0002");
        assert_eq!(row["security"], "psk", "{row}");
        let read = json!({ "endpoint": "lock-0002", "path": "/3/0/0" });
        let _ = instrument.door().succeed("resource_read", read);
        instrument.end();
        instrument.go_on();
    }
    instrument.await_online("lock-0001");
    let _ = instrument.door().ask("simulator_stop", json!({}));
    let left = instrument.door().ask("credential_list", json!({}));
    assert_eq!(left["total"], 0, "{left}");
}

/// A fleet with one key: the identity is shared on purpose, for names that fit.
#[test]
fn sec_22_a_fleet_shares_an_identity_and_comes_from_another_process() {
    let instrument = Instrument::start_secure("fleet");
    let shared = json!({
        "endpoint_pattern": "fleet-*", "mode": "psk", "identity": "all of them",
        "key_hex": KEY_HEX, "shared": true,
    });
    let _ = instrument.door().ask("credential_put", shared);
    let server = format!("coaps://{}", instrument.daemon().coaps());
    let mut arguments = vec![
        "simulate", "--count", "3", "--prefix", "fleet", "--server", &server,
    ];
    arguments.extend(["--psk-identity", "all of them", "--psk-key", KEY_HEX]);
    let fleet = Simulator::start(&arguments);
    for endpoint in ["fleet-0001", "fleet-0002", "fleet-0003"] {
        instrument.await_online(endpoint);
        let row = instrument.door().device(endpoint);
        assert_eq!(row["security"], "psk", "{row}");
    }
    let coaps = instrument.daemon().coaps();
    let mut other = RawDevice::with_psk(coaps, "all of them", KEY);
    assert!(other.connect(), "{:?}", other.refused());
    let stranger = other.register_with(&["ep=other", "lt=60", "lwm2m=1.1"], LINKS);
    assert_eq!(stranger.code, Code::BAD_REQUEST);
    fleet.terminate();
    eventually("the fleet has left", || {
        let row = instrument.door().device("fleet-0002");
        (row["online"] == false).then_some(())
    });
}

/// What anybody on the network reaches without security is marked, what is on this machine or
/// secure is not.
#[test]
fn sec_28_an_open_listener_on_the_network_is_marked() {
    let arguments = ["--coap", "0.0.0.0:0", "--coaps", "0.0.0.0:0"];
    let instrument = Instrument::start_with("marked", &arguments);
    let here = json!({ "address": "127.0.0.1:0", "scheme": "coap" });
    let list = instrument.door().ask("listener_open", here)["listeners"].clone();
    let marks: Vec<_> = list
        .as_array()
        .expect("listeners")
        .iter()
        .map(|own| {
            (
                own["scheme"].clone(),
                own["exposed"].clone(),
                own["unprotected"].clone(),
            )
        })
        .collect();
    assert_eq!(
        json!(marks),
        json!([
            ["coap", true, true],
            ["coaps", true, false],
            ["coap", false, false]
        ])
    );
    instrument.problem("unprotected_listener", "without any security");
}

/// Without any option both listeners are on this machine only.
#[test]
fn sec_28_nothing_is_open_to_the_network_by_itself() {
    let instrument = Instrument::start("by-itself");
    let settings = instrument.door().ask("settings_get", json!({}));
    assert_eq!(
        settings["listeners"],
        json!({ "coap": "127.0.0.1:5683", "coaps": "127.0.0.1:5684" })
    );
}

/// What a device proved itself with stays told when its credential and session are gone.
#[test]
fn sec_21_a_device_that_went_is_listed_as_it_came() {
    let (instrument, _device, _) = registered("went");
    let door = instrument.door();
    let by_holder = json!({ "endpoint": "meter", "server": "management" });
    let _ = door.ask("credential_delete", by_holder.clone());
    let row = eventually("the registration to end", || {
        Some(door.device("meter")).filter(|row| row["online"] == false)
    });
    assert_eq!(row["security"], "psk", "{row}");
    assert_ne!(row["address"], "", "{row}");
    assert_eq!(
        door.refused("credential_delete", by_holder).code(),
        "not_found"
    );
    put_psk(&instrument, "plain", "plain-id");
    assert_eq!(door.device("meter")["security"], "psk");
}

/// Another identity, or another holder, does not need another key.
#[test]
fn sec_22_a_key_stays_where_it_is_kept_or_shared() {
    let (instrument, _former, _) = registered("kept");
    let door = instrument.door();
    let renamed = json!({
        "endpoint": "meter", "mode": "psk", "identity": "meter-2", "keep_key": true, "shared": true,
    });
    let put = door.ask("credential_put", renamed);
    assert_eq!(put.get("key_hex"), None, "no key leaves: {put}");
    let mut device = RawDevice::with_psk(instrument.daemon().coaps(), "meter-2", KEY);
    assert!(device.connect(), "{:?}", device.refused());
    let second = json!({
        "endpoint": "meter-b", "mode": "psk", "identity": "meter-2", "shared": true,
    });
    let put = door.ask("credential_put", second);
    assert_eq!(put.get("key_hex"), None, "no key leaves: {put}");
    let _ = device.register("meter-b");
    assert_eq!(door.device("meter-b")["online"], true);
    let nothing = json!({ "endpoint": "nobody", "mode": "psk", "keep_key": true });
    let refusal = door.refused("credential_put", nothing);
    assert_eq!(refusal.code(), "invalid_value");
    assert!(
        refusal.message().contains("no pre-shared key"),
        "{refusal:?}"
    );
}
