//! One program as several servers: the name that a device asks for (SNI) chooses what it is
//! shown, and the calls that give names their keys refuse what no device would take.

use crate::instrument::Instrument;
use coap::Code;
use secure::authority::{KeyPair, certificates, private_key, self_signed};
use secure::{ClientConfig, ClientCredential, Identity, ServerKey, ServerName};
use serde_json::{Value, json};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use wb_tests::RawDevice;
use wb_tests::door::Door;

const YEAR: Duration = Duration::from_secs(365 * 86_400);

/// A pair for a server of that name: the private key, and the certificate as PEM.
fn pair(common_name: &str) -> (KeyPair, Box<[u8]>) {
    let unix = SystemTime::now().duration_since(UNIX_EPOCH);
    let millis = unix.expect("after 1970").as_millis();
    let now = clock::UnixTime::from_millis(i64::try_from(millis).expect("some years"));
    let pair = KeyPair::generate().expect("a key");
    let own = self_signed(&pair.private, common_name, now, YEAR).expect("a certificate");
    (pair, own)
}

fn put(server_name: &str, (pair, certificate): &(KeyPair, Box<[u8]>)) -> Value {
    let private = pair.private_pem().expect("PEM");
    json!({
        "server_name": server_name,
        "certificate_pem": hex(certificate),
        "private_key_pem": str::from_utf8(private.expose()).expect("text"),
    })
}

fn hex(bytes: &[u8]) -> String {
    secure::hex(bytes)
}

/// What a device with a certificate of the bench proves itself with.
fn device_key(door: &Door, endpoint: &str) -> ServerKey {
    let _ = door.ask(
        "credential_put",
        json!({ "endpoint": endpoint, "mode": "x509" }),
    );
    let issued = door.ask("authority_issue", json!({ "endpoint": endpoint }));
    let text = |field: &str| issued[field].as_str().expect("PEM").as_bytes().to_vec();
    ServerKey {
        private_key: private_key(&text("private_key_pem")).expect("a key"),
        chain: certificates(&text("certificate_pem")).expect("a certificate"),
    }
}

/// A device that asks for a server and believes these certificates.
fn asking(
    instrument: &Instrument,
    key: &ServerKey,
    name: Option<&str>,
    anchors: &[&[u8]],
) -> RawDevice {
    let mut config = ClientConfig::new(ClientCredential::Certificate {
        key: key.clone(),
        trust_anchors: anchors.iter().map(|own| (*own).into()).collect(),
        server: None,
    });
    config.server_name = name.map(|name| ServerName::new(name).expect("a name"));
    RawDevice::secured(instrument.daemon().coaps(), config)
}

fn usual(door: &Door) -> Box<[u8]> {
    let own = door.ask("server_identity_get", json!({}));
    let pem = own["certificate_pem"].as_str().expect("PEM");
    certificates(pem.as_bytes())
        .expect("a certificate")
        .remove(0)
}

fn shown(device: &RawDevice) -> Box<[u8]> {
    match device.server() {
        Some(Identity::Certificate(own)) => own.der,
        other => panic!("no certificate: {other:?}, {:?}", device.refused()),
    }
}

#[test]
fn sec_12_the_name_that_a_device_asks_for_chooses_what_it_is_shown() {
    let mut instrument = Instrument::start_secure("names");
    let own = pair("one.example");
    let door = instrument.door();
    let usual = usual(door);
    let added = door.ask("server_identity_put", put("One.Example", &own));
    assert_eq!(added["server_name"], "one.example", "{added}");
    let key = device_key(door, "meter");
    let anchors: [&[u8]; 2] = [&usual, &own.1];

    let mut named = asking(&instrument, &key, Some("one.example"), &anchors);
    assert!(named.connect(), "{:?}", named.refused());
    assert_eq!(shown(&named), own.1);
    let location = named.register("meter");
    let session = door.ask("session_get", json!({ "endpoint": "meter" }));
    assert_eq!(session["server_name"], "one.example", "{session}");
    for name in [None, Some("two.example")] {
        let device = asking(&instrument, &key, name, &anchors);
        assert!(device.connect(), "{:?}", device.refused());
        assert_eq!(shown(&device), usual, "{name:?}");
    }

    // The key lies sealed in the folder, and the session goes on with its name.
    instrument.crash();
    instrument.go_on();
    assert_eq!(named.update(&location, &[]), Code::CHANGED);
    let session = instrument
        .door()
        .ask("session_get", json!({ "endpoint": "meter" }));
    assert_eq!(session["server_name"], "one.example", "{session}");
    let device = asking(&instrument, &key, Some("ONE.example"), &anchors);
    assert!(device.connect(), "{:?}", device.refused());
    assert_eq!(shown(&device), own.1);

    let request = json!({ "server_name": "one.example" });
    let left = instrument.door().ask("server_identity_delete", request);
    assert_eq!(left["server_identities"], json!([]));
    let device = asking(&instrument, &key, Some("one.example"), &anchors);
    assert!(device.connect(), "{:?}", device.refused());
    assert_eq!(shown(&device), usual);
}

/// The device believes one raw public key only, that of the name.
#[test]
fn sec_12_a_raw_public_key_is_chosen_by_name_too() {
    let instrument = Instrument::start_secure("named-keys");
    let (door, own, mine) = (instrument.door(), pair("one.example"), pair("device"));
    let _ = door.ask("server_identity_put", put("one.example", &own));
    let public = hex(&mine.0.public);
    let request = json!({ "endpoint": "meter", "mode": "rpk", "public_key": public });
    let _ = door.ask("credential_put", request);
    let mut config = ClientConfig::new(ClientCredential::RawKey {
        key: ServerKey {
            private_key: mine.0.private,
            chain: vec![mine.1],
        },
        server: own.0.public.to_vec(),
    });
    let nameless = RawDevice::secured(instrument.daemon().coaps(), config.clone());
    assert!(!nameless.connect());
    config.server_name = ServerName::new("one.example").ok();
    let mut device = RawDevice::secured(instrument.daemon().coaps(), config);
    assert!(device.connect(), "{:?}", device.refused());
    let _ = device.register("meter");
    let session = door.ask("session_get", json!({ "endpoint": "meter" }));
    assert_eq!(
        (&session["mode"], &session["server_name"]),
        (&json!("rpk"), &json!("one.example")),
        "{session}"
    );
}

#[test]
fn sec_12_what_no_name_can_have_is_refused_and_the_good_stays() {
    let instrument = Instrument::start_secure("bad-names");
    let door = instrument.door();
    let (own, other) = (pair("one.example"), pair("other"));
    let _ = door.ask("server_identity_put", put("one.example", &own));
    let _ = door.ask("server_identity_put", put("two.example", &own));
    for (name, words) in [
        ("192.0.2.1", "an address is no server name"),
        ("a b", "letters, digits"),
        ("", "1 to 253"),
    ] {
        let refused = door.refused("server_identity_put", put(name, &own));
        let message = refused.message().to_lowercase();
        assert!(message.contains(words), "{message}");
    }
    let torn = (own.0.clone(), other.1);
    let refused = door.refused("server_identity_put", put("one.example", &torn));
    assert!(
        refused.message().contains("does not belong"),
        "{}",
        refused.message()
    );
    for call in ["server_identity_get", "server_identity_delete"] {
        let refused = door.refused(call, json!({ "server_name": "three.example" }));
        assert!(
            refused.message().contains("three.example"),
            "{}",
            refused.message()
        );
    }
    let listed = door.ask("server_identity_list", json!({}));
    let listed = listed["server_identities"].as_array().expect("a list");
    let named: Vec<_> = listed.iter().map(|row| &row["server_name"]).collect();
    assert_eq!(named, ["one.example", "two.example"]);
    assert_eq!(listed[0].get("warning"), None, "{listed:?}");
    let warning = listed[1]["warning"].as_str().expect("a warning");
    assert!(
        warning.contains("does not name \"two.example\""),
        "{warning}"
    );
}
