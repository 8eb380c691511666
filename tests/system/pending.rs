//! Who did not get in: listed with a code, an explanation and the call that mends it.

use crate::instrument::Instrument;
use coap::{Code, Request};
use secure::{ClientConfig, ClientCredential, Secret};
use serde_json::{Value, json};
use std::time::Duration;
use wb_tests::raw_device::LINKS;
use wb_tests::{RawDevice, eventually};

const KEY: &[u8] = b"0123456789abcdef";
const KEY_HEX: &str = "30313233343536373839616263646566";

fn put_psk(instrument: &Instrument, endpoint: &str, identity: &str) -> Value {
    let request = json!({
        "endpoint": endpoint, "mode": "psk", "identity": identity, "key_hex": KEY_HEX,
    });
    instrument.door().ask("credential_put", request)
}

/// A device with a session.
fn secured(instrument: &Instrument, identity: &str) -> RawDevice {
    let device = RawDevice::with_psk(instrument.daemon().coaps(), identity, KEY);
    assert!(device.connect(), "{:?}", device.refused());
    device
}

fn all_pending(instrument: &Instrument) -> Vec<Value> {
    let answer = instrument.door().ask("pending_list", json!({}));
    answer["pending"].as_array().expect("a list").clone()
}

/// The entry with a code, which has all four parts.
fn pending(instrument: &Instrument, cause: &str) -> Value {
    let found = eventually(&format!("{cause} among the pending"), || {
        let mut all = all_pending(instrument).into_iter();
        all.find(|own| own["cause"] == cause)
    });
    for part in ["title", "seen", "why", "fix", "time", "first_at"] {
        let text = found[part].as_str().unwrap_or_default();
        assert!(!text.is_empty(), "{part} of {found}");
    }
    found
}

fn try_register(device: &mut RawDevice, queries: &[&str]) -> Code {
    device.register_with(queries, LINKS).code
}

#[test]
fn sec_13_failed_handshakes_have_codes_for_scripts() {
    let instrument = Instrument::start_secure("codes");
    put_psk(&instrument, "meter", "meter-id");
    let unknown = RawDevice::with_psk(instrument.daemon().coaps(), "meter-ib", KEY);
    assert!(!unknown.connect());
    let found = pending(&instrument, "unknown_psk_identity");
    assert_eq!(found["kind"], "handshake");
    assert_eq!(found["endpoint"], "meter", "a slip: {found}");
    assert_eq!(found["action"]["request"]["keep_key"], true, "{found}");
    let wrong = RawDevice::with_psk(instrument.daemon().coaps(), "meter-id", b"another key");
    assert!(!wrong.connect());
    let found = pending(&instrument, "wrong_key");
    assert_eq!(found["identity"], "meter-id", "{found}");
    // One click must not put a new key in the place of one that may be right.
    assert_eq!(found["acceptable"], false, "{found}");
    let accept = json!({ "id": found["id"] });
    let refusal = instrument.door().refused("pending_accept", accept);
    assert_eq!(refusal.code(), "invalid_request", "{refusal:?}");
    let secure = RawDevice::with_psk(instrument.daemon().coap(), "meter-id", KEY);
    assert!(!secure.connect());
    pending(&instrument, "dtls_on_plain_port");
    let plain = RawDevice::new(instrument.daemon().coaps());
    plain.send_bytes(&[0x40, 1, 0, 7]);
    pending(&instrument, "plain_coap");
}

/// The identity of one endpoint, the name of another: one click makes the name that of the
/// device, another day both names share the key.
#[test]
fn sec_07_a_device_that_names_another_endpoint_is_let_in_by_one_call() {
    let instrument = Instrument::start_secure("names-another");
    put_psk(&instrument, "meter", "meter-id");
    let mut device = secured(&instrument, "meter-id");
    let queries = ["ep=lamp", "lt=60", "lwm2m=1.1"];
    for _ in 0..3 {
        assert_eq!(try_register(&mut device, &queries), Code::BAD_REQUEST);
    }
    let found = eventually("all three", || {
        Some(pending(&instrument, "other_endpoint")).filter(|own| own["count"] == 3)
    });
    assert_eq!(found["kind"], "registration");
    assert_eq!(found["action"]["request"]["also"], false, "{found}");
    let accepted = instrument
        .door()
        .ask("pending_accept", json!({ "id": found["id"] }));
    assert_eq!(accepted["identity"], "meter-id", "{accepted}");
    assert_eq!(accepted.get("key_hex"), None, "no key leaves: {accepted}");
    assert_eq!(try_register(&mut device, &queries), Code::CREATED);
    assert_eq!(all_pending(&instrument), Vec::<Value>::new());

    let bulb = ["ep=bulb", "lt=60", "lwm2m=1.1"];
    assert_eq!(try_register(&mut device, &bulb), Code::BAD_REQUEST);
    let found = pending(&instrument, "other_endpoint");
    assert_eq!(found["action"]["request"]["also"], true, "{found}");
    let _ = instrument
        .door()
        .ask("pending_accept", json!({ "id": found["id"] }));
    assert_eq!(try_register(&mut device, &bulb), Code::CREATED);
    assert_eq!(try_register(&mut device, &queries), Code::CREATED);
    let listed = instrument.door().ask("credential_list", json!({}));
    let shared: Vec<_> = listed["credentials"]
        .as_array()
        .expect("rows")
        .iter()
        .map(|own| (own["endpoint"].clone(), own["shared"].clone()))
        .collect();
    assert_eq!(json!(shared), json!([["bulb", true], ["lamp", true]]));
}

#[test]
fn sec_07_a_registration_without_security_for_an_endpoint_with_credentials_is_explained() {
    let instrument = Instrument::start_secure("insecure");
    put_psk(&instrument, "meter", "meter-id");
    let mut plain = instrument.device();
    let queries = ["ep=meter", "lt=60", "lwm2m=1.1"];
    assert_eq!(try_register(&mut plain, &queries), Code::FORBIDDEN);
    let found = pending(&instrument, "credentials_required");
    assert_eq!(found["endpoint"], "meter");
    assert!(
        found["fix"].as_str().expect("a text").contains("coaps://"),
        "{found}"
    );
    // The true one is here: nothing is offered to whoever took its name.
    let mut device = secured(&instrument, "meter-id");
    device.register("meter");
    eventually("no button any more", || {
        let found = pending(&instrument, "credentials_required");
        found.get("action").is_none().then_some(())
    });
}

#[test]
fn reg_03_reg_04_what_a_registration_lacks_is_explained() {
    let instrument = Instrument::start("lacks");
    let mut device = instrument.device();
    assert_eq!(
        try_register(&mut device, &["lt=60", "lwm2m=1.1"]),
        Code::BAD_REQUEST
    );
    pending(&instrument, "missing_endpoint");
    let version = ["ep=meter", "lt=60", "lwm2m=3.0"];
    assert_eq!(
        try_register(&mut device, &version),
        Code::PRECONDITION_FAILED
    );
    let found = pending(&instrument, "unknown_version");
    assert!(found["seen"].as_str().expect("a text").contains("3.0"));
    assert_eq!(
        try_register(&mut device, &["ep=meter", "lt=soon", "lwm2m=1.1"]),
        Code::BAD_REQUEST
    );
    pending(&instrument, "unreadable_registration");
    let _ = instrument
        .door()
        .ask("settings_put", json!({ "strict": true }));
    assert_eq!(
        try_register(&mut device, &["ep=meter", "lwm2m=1.1"]),
        Code::BAD_REQUEST
    );
    let found = pending(&instrument, "not_standard");
    let action = &found["action"];
    assert_eq!(action["call"], "settings_put", "{found}");
    let call = action["call"].as_str().expect("a call");
    let _ = instrument.door().ask(call, action["request"].clone());
    assert_eq!(
        try_register(&mut device, &["ep=meter", "lwm2m=1.1"]),
        Code::CREATED
    );
    let found = pending(&instrument, "unnamed_endpoint");
    assert_eq!(
        (&found["kind"], &found["endpoint"]),
        (&json!("endpoint"), &json!("meter"))
    );
}

fn block(instrument: &Instrument, pending: &Value) -> Value {
    instrument
        .door()
        .ask("pending_block", json!({ "id": pending["id"] }))
}

fn blocks(instrument: &Instrument) -> Vec<Value> {
    let answer = instrument.door().ask("block_list", json!({}));
    answer["blocks"].as_array().expect("a list").clone()
}

/// Blocked, it is not heard of any more, not even after a restart, until it is let in again.
#[test]
fn sec_13_a_blocked_identity_is_refused_without_a_further_entry_until_it_is_let_in() {
    let mut instrument = Instrument::start_secure("blocked");
    let unknown = RawDevice::with_psk(instrument.daemon().coaps(), "nobody", KEY);
    assert!(!unknown.connect());
    let found = pending(&instrument, "unknown_psk_identity");
    assert_eq!(
        found["block"],
        json!({ "kind": "identity", "subject": "nobody" })
    );
    let made = block(&instrument, &found);
    assert_eq!(made["subject"], "nobody", "{made}");
    assert_eq!(made.get("until"), None, "for good: {made}");
    put_psk(&instrument, "meter", "nobody");
    for _ in 0..2 {
        let unknown = RawDevice::with_psk(instrument.daemon().coaps(), "nobody", KEY);
        assert!(!unknown.connect(), "though it has a credential by now");
        assert_eq!(all_pending(&instrument), Vec::<Value>::new());
        assert_eq!(blocks(&instrument), std::slice::from_ref(&made));
        instrument.crash();
        instrument.go_on();
    }
    let left = instrument
        .door()
        .ask("block_delete", json!({ "block": made["block"] }));
    assert_eq!(left["blocks"], json!([]));
    let mut device = secured(&instrument, "nobody");
    device.register("meter");
}

#[test]
fn an_endpoint_that_nobody_named_may_be_blocked_and_let_in_again() {
    let instrument = Instrument::start("blocked-endpoint");
    let mut device = instrument.device();
    let queries = ["ep=meter", "lt=60", "lwm2m=1.1"];
    assert_eq!(try_register(&mut device, &queries), Code::CREATED);
    let made = block(&instrument, &pending(&instrument, "unnamed_endpoint"));
    assert_eq!(
        (&made["kind"], &made["subject"]),
        (&json!("endpoint"), &json!("meter"))
    );
    assert_eq!(try_register(&mut device, &queries), Code::FORBIDDEN);
    assert_eq!(all_pending(&instrument), Vec::<Value>::new());
    let settings = instrument.door().ask("settings_get", json!({}));
    assert_eq!(settings["blocked"], json!(["meter"]));
    let _ = instrument
        .door()
        .ask("block_delete", json!({ "block": made["block"] }));
    assert_eq!(try_register(&mut device, &queries), Code::CREATED);
}

/// Where nothing else is known, it is the address, and not for good; nothing that comes from
/// there is answered meanwhile.
#[test]
fn an_address_is_blocked_for_a_while_where_nothing_else_is_known() {
    let instrument = Instrument::start_secure("blocked-address");
    let plain = RawDevice::new(instrument.daemon().coaps());
    plain.send_bytes(&[0x40, 1, 0, 7]);
    let made = block(&instrument, &pending(&instrument, "plain_coap"));
    assert_eq!(
        (&made["kind"], &made["subject"]),
        (&json!("address"), &json!("127.0.0.1"))
    );
    assert!(made["until"].is_string(), "{made}");
    put_psk(&instrument, "meter", "meter-id");
    let device = RawDevice::with_psk(instrument.daemon().coaps(), "meter-id", KEY);
    assert!(!device.connect());
    assert_eq!(all_pending(&instrument), Vec::<Value>::new());
    let _ = instrument
        .door()
        .ask("block_delete", json!({ "block": made["block"] }));
    secured(&instrument, "meter-id").register("meter");
}

/// A router that forgets a device gives it another port: without Connection ID its session is
/// lost, and it is told by the device that is known at the same host.
#[test]
fn sec_18_a_session_without_connection_id_that_lost_its_address_is_explained() {
    let instrument = Instrument::start_secure("without-id");
    put_psk(&instrument, "meter", "meter-id");
    let credential = ClientCredential::Psk {
        identity: b"meter-id".to_vec(),
        key: Secret::new(KEY.to_vec()),
    };
    let config = ClientConfig {
        cid_bytes: None,
        ..ClientConfig::new(credential)
    };
    let mut device = RawDevice::secured(instrument.daemon().coaps(), config);
    assert!(device.connect(), "{:?}", device.refused());
    let location = device.register("meter");
    device.move_away();
    let update = Request::post().path(["rd", &location]);
    let answer = device.try_request(update, Duration::from_secs(2));
    assert!(answer.is_none(), "nobody knows whose it is: {answer:?}");
    let found = pending(&instrument, "address_changed");
    assert_eq!(found["endpoint"], "meter", "{found}");
    assert!(device.connect());
    device.register("meter");
}

/// A device that is in, with an object that nobody can read.
#[test]
fn what_is_amiss_with_a_device_that_is_in_is_found() {
    let instrument = Instrument::start("amiss");
    let mut device = instrument.device();
    let queries = ["ep=meter", "lt=60", "lwm2m=1.1"];
    let answer = device.register_with(&queries, "</1/0>,</3/0>,</64999/0>");
    assert_eq!(answer.code, Code::CREATED);
    let answer = instrument
        .door()
        .ask("compatibility_get", json!({ "endpoint": "meter" }));
    let [found] = &answer["findings"].as_array().expect("findings")[..] else {
        panic!("{answer}");
    };
    assert_eq!(found["code"], "no_model");
    assert!(found["seen"].as_str().expect("a text").contains("64999"));
    assert_eq!(found["action"]["call"], "model_import");
}
