//! The sockets that devices reach: taken ports with the way out, opening and closing while the
//! program runs.

use crate::instrument::Instrument;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;
use wb_tests::raw_device::LINKS;
use wb_tests::{Daemon, Folder, RawDevice, eventually};

fn addresses(listeners: &Value) -> Vec<String> {
    let list = listeners.as_array().expect("a list");
    let address = |one: &Value| one["address"].as_str().expect("an address").to_owned();
    list.iter().map(address).collect()
}

#[test]
fn a_port_in_use_is_shown_with_who_has_it_and_another_one_to_take() {
    let holder = Instrument::start("holder");
    let taken = holder.daemon().coap();
    let folder = Folder::new("second");
    let mut second = Daemon::start(folder.path(), &["--coap", &taken.to_string()]);
    assert_eq!(second.ready()["listeners"], json!([]), "ready all the same");
    let status = second.door().ask("status_get", json!({}));
    assert_eq!(addresses(&status["listeners"]), Vec::<String>::new());
    let closed = &status["closed_listeners"][0];
    assert_eq!(
        (&closed["role"], &closed["scheme"]),
        (&json!("server"), &json!("coap"))
    );
    assert_eq!(closed["address"], taken.to_string());
    let reason = closed["reason"].as_str().expect("a reason");
    if cfg!(target_os = "linux") {
        assert!(
            reason.contains(&holder.daemon().process().to_string()),
            "{reason}"
        );
        assert!(
            reason.contains("lwm2m-workbench"),
            "which program to look for: {reason}"
        );
    }
    let conflict = second
        .door()
        .refused("listener_open", json!({ "address": taken.to_string() }));
    assert_eq!((conflict.status, conflict.code()), (409, "conflict"));
    assert!(
        conflict.error["details"]["suggestion"].is_string(),
        "{conflict:?}"
    );

    let suggestion = closed["suggestion"]
        .as_str()
        .expect("a free address")
        .to_owned();
    let opened = second
        .door()
        .ask("listener_open", json!({ "address": suggestion }));
    assert_eq!(addresses(&opened["listeners"]).join(" "), suggestion);
    let status = second.door().ask("status_get", json!({}));
    assert_eq!(
        status["closed_listeners"],
        json!([]),
        "the way out was taken"
    );
    let mut device = RawDevice::new(suggestion.parse().expect("an address"));
    let _ = device.register("d");
    assert!(second.is_running());
    eventually("the problem", || {
        let problems = second.door().problems();
        problems
            .iter()
            .any(|problem| problem["kind"] == "port_in_use")
            .then_some(())
    });
}

#[test]
fn a_listener_opened_by_hand_is_there_again_after_a_restart() {
    let folder = Folder::new("by-hand");
    let start = || Daemon::start(folder.path(), &["--coap", "off"]);
    let daemon = start();
    assert_eq!(daemon.ready()["listeners"], json!([]));
    let none = daemon
        .door()
        .refused("simulator_start", json!({ "count": 1 }));
    assert_eq!(
        (none.status, none.code()),
        (409, "conflict"),
        "nothing to register at"
    );
    let opened = daemon
        .door()
        .ask("listener_open", json!({ "address": "127.0.0.1:0" }));
    let address = addresses(&opened["listeners"]).pop().expect("an address");
    assert!(!address.ends_with(":0"), "{address}");
    let wish = json!({ "address": address });
    let again = daemon.door().ask("listener_open", wish);
    assert_eq!(again, opened, "what is open is open");
    let status = daemon.door().ask("status_get", json!({}));
    assert_eq!(status["closed_listeners"], json!([]), "{status}");
    let settings = daemon.door().ask("settings_get", json!({}));
    let kept = settings["listeners"].as_object().expect("listeners");
    assert!(kept.values().any(|at| *at == address), "{settings}");
    daemon.kill();

    let daemon = start();
    let status = daemon.door().ask("status_get", json!({}));
    let open = addresses(&status["listeners"]);
    let closed = addresses(&status["closed_listeners"]);
    assert!(
        open.contains(&address) || closed.contains(&address),
        "{status}"
    );
    let mut device = RawDevice::new(address.parse().expect("an address"));
    let _ = device.register("d");
    let left = daemon
        .door()
        .ask("listener_close", json!({ "address": address }));
    assert_eq!(left["listeners"], json!([]));
    let patience = Duration::from_millis(400);
    let request = coap::Request::get().segment("rd");
    assert!(
        device.try_request(request, patience).is_none(),
        "nobody listens there"
    );
    let again = daemon
        .door()
        .refused("listener_close", json!({ "address": address }));
    assert_eq!((again.status, again.code()), (404, "not_found"));
}

#[test]
fn addresses_that_cannot_be_are_refused_in_words() {
    let instrument = Instrument::start("addresses");
    for (address, scheme) in [
        ("nowhere", "coap"),
        ("127.0.0.1", "coap"),
        ("127.0.0.1:99999", "coap"),
        ("203.0.113.7:5683", "coap"),
        ("127.0.0.1:0", "coaps+tcp"),
    ] {
        let request = json!({ "address": address, "scheme": scheme });
        let refused = instrument.door().refused("listener_open", request);
        assert_eq!(
            (refused.status, refused.code()),
            (400, "invalid_request"),
            "{address}"
        );
        assert!(refused.message().len() > 20, "{}", refused.message());
    }
    let interfaces = instrument.door().ask("interface_list", json!({}));
    let loopback = &interfaces["interfaces"][0];
    assert_eq!(loopback["loopback"], true, "loopback first: {interfaces}");
    let url = loopback["urls"][0].as_str().expect("a URL to copy");
    let address: SocketAddr = url
        .trim_start_matches("coap://")
        .parse()
        .expect("an address");
    assert_eq!(address.port(), instrument.daemon().coap().port());
}

/// The system reports a port that nobody listens at to whoever sent there; on some systems by
/// failing the next call on the socket.
#[test]
fn co_28_devices_that_vanish_do_not_take_the_listener_along() {
    let instrument = Instrument::start("vanished");
    let door = instrument.door();
    for round in 0..20 {
        let mut gone = instrument.device();
        let name = format!("gone-{round}");
        let _ = gone.register(&name);
        drop(gone);
        let read = json!({ "endpoint": name, "path": "/3/0/0" });
        let _ = door.begin("resource_read", read);
    }
    let begun = std::time::Instant::now();
    let mut device = instrument.device();
    let _ = device.register("here");
    let operation = door.begin(
        "resource_read",
        json!({ "endpoint": "here", "path": "/3/0/0" }),
    );
    let asked = device.expect_request();
    device.respond(&asked, wb_tests::raw_device::text("ACME"));
    assert_eq!(door.ended(&operation)["outcome"], "success");
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(5), "at once, not {took:?}");
    let silent = door.ask("operation_list", json!({ "endpoint": "gone-0" }));
    assert_eq!(
        silent["operations"][0]["state"], "sent",
        "still tried: {silent}"
    );
}

#[test]
fn devices_are_answered_through_the_listener_that_they_asked() {
    let instrument = Instrument::start("two");
    let opened = instrument
        .door()
        .ask("listener_open", json!({ "address": "127.0.0.1:0" }));
    let open = addresses(&opened["listeners"]);
    assert_eq!(open.len(), 2, "{opened}");
    for (number, address) in open.iter().enumerate() {
        let mut device = RawDevice::new(address.parse().expect("an address"));
        let name = format!("ep=d{number}");
        let answer = device.register_with(&[&name, "lt=60", "lwm2m=1.1"], LINKS);
        assert_eq!(answer.code, coap::Code::CREATED, "CO-29: {address}");
        // It takes answers from the address it asked only.
        let read = json!({ "endpoint": format!("d{number}"), "path": "/3/0/0" });
        let operation = instrument.door().begin("resource_read", read);
        let asked = device.expect_request();
        device.respond(&asked, wb_tests::raw_device::text("ACME"));
        assert_eq!(instrument.door().ended(&operation)["outcome"], "success");
    }
}
