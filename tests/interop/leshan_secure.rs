//! Leshan's client library over DTLS: every kind of credential, with and without Connection ID,
//! resumed and full handshakes, a new address, a restart of the program, and keys that are wrong.

use crate::leshan::{Desk, device_at, start_at};
use crate::peer::Peer;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use openssl::ec::{EcGroup, EcKey};
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use serde_json::{Value, json};
use std::fs;
use wb_tests::daemon::lasting_port;
use wb_tests::{Daemon, Door, Folder, Roaming, eventually};

/// A server whose one listener is the secure one.
fn secure(folder: &Folder) -> Daemon {
    Daemon::start(folder.path(), &["--coaps", "127.0.0.1:0"])
}

/// Writes `text` beside the database, where the peer finds it.
fn file(folder: &Folder, name: &str, text: &str) -> String {
    let path = folder.path().join(name);
    fs::write(&path, text).expect("a file");
    path.to_str().expect("a path in UTF-8").to_owned()
}

fn key_pair() -> PKey<Private> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).expect("the curve");
    let key = EcKey::generate(&group).expect("a key");
    PKey::from_ec_key(key).expect("a key")
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("PEM is text")
}

/// What the peer is started with, once the door knows its credential.
fn credentials(folder: &Folder, door: &Door, mode: &str, endpoint: &str) -> Vec<String> {
    let words = |list: &[&str]| list.iter().map(|one| (*one).to_owned()).collect();
    let put = |more: Value| {
        let mut request = json!({ "endpoint": endpoint, "server": "management", "mode": mode });
        let fields = request.as_object_mut().expect("an object");
        fields.extend(more.as_object().expect("an object").clone());
        door.ask("credential_put", request)
    };
    match mode {
        "psk" => {
            let made = put(json!({ "identity": format!("identity of {endpoint}") }));
            let key = made["key_hex"].as_str().expect("a generated key");
            words(&["-i", &format!("identity of {endpoint}"), "-p", key])
        }
        "rpk" => {
            let pair = key_pair();
            let public = pair.public_key_to_der().expect("a public key");
            put(json!({ "public_key": STANDARD.encode(public) }));
            let own = door.ask("server_identity_get", json!({}));
            let server = format!(
                "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
                own["public_key"].as_str().expect("a public key")
            );
            let private = text(pair.private_key_to_pem_pkcs8().expect("PEM"));
            let public = text(pair.public_key_to_pem().expect("PEM"));
            words(&[
                "-cpubk",
                &file(folder, "device.pub.pem", &public),
                "-cprik",
                &file(folder, "device.key.pem", &private),
                "-spubk",
                &file(folder, "server.pub.pem", &server),
            ])
        }
        _ => {
            put(json!({}));
            let issued = door.ask("authority_issue", json!({ "endpoint": endpoint }));
            let pem = |field: &str| issued[field].as_str().expect(field).to_owned();
            let own = door.ask("server_identity_get", json!({}));
            let server = own["certificate_pem"].as_str().expect("a certificate");
            words(&[
                "-ccert",
                &file(folder, "device.pem", &pem("certificate_pem")),
                "-cprik",
                &file(folder, "device.key.pem", &pem("private_key_pem")),
                "-scert",
                &file(folder, "server.pem", server),
            ])
        }
    }
}

fn connect(address: std::net::SocketAddr, name: &str, given: &[String], more: &[&str]) -> Peer {
    let mut arguments: Vec<&str> = given.iter().map(String::as_str).collect();
    arguments.extend(more);
    device_at(&format!("coaps://{address}"), name, &arguments).0
}

fn session(door: &Door, endpoint: &str) -> Value {
    door.ask("session_get", json!({ "endpoint": endpoint }))
}

/// SEC-03, SEC-04, SEC-06, SEC-18: one device after another, each read once.
fn comes_with(mode: &str, suites: &[&str]) {
    let folder = Folder::new(&format!("leshan-{mode}"));
    let daemon = secure(&folder);
    let door = daemon.door();
    for suite in suites {
        for cid in [None, Some("0"), Some("6")] {
            let endpoint = format!("urn:leshan:{mode}:{suite}:{}", cid.unwrap_or("none"));
            let given = credentials(&folder, door, mode, &endpoint);
            let mut more = vec!["-c", suite];
            more.extend(cid.iter().flat_map(|length| ["-cid", length]));
            let mut peer = connect(daemon.coaps(), &endpoint, &given, &more);
            let row = door.device(&endpoint);
            assert_eq!(
                (&row["online"], &row["security"]),
                (&json!(true), &json!(mode)),
                "{row}"
            );
            let desk = Desk {
                door,
                endpoint: &endpoint,
            };
            let read = desk.succeed("resource_read", json!({ "path": "/3/0/0" }));
            assert_eq!(read["values"][0]["value"], "Leshan", "{read}");
            let own = session(door, &endpoint);
            assert_eq!(own["cid"], json!(cid.is_some()), "{own}");
            assert_eq!(own["suite"].as_str(), Some(*suite), "{own}");
            assert_eq!(own["resumed"], json!(false), "{own}");
            peer.tell("update");
            peer.expect("updated");
            peer.tell("quit");
            peer.expect("deregistered");
        }
    }
}

#[test]
fn leshan_comes_with_a_pre_shared_key() {
    comes_with("psk", &["TLS_PSK_WITH_AES_128_CCM_8"]);
}

#[test]
fn leshan_comes_with_a_raw_public_key() {
    comes_with("rpk", &["TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8"]);
}

#[test]
fn leshan_comes_with_a_certificate() {
    let suites = [
        "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8",
        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    ];
    comes_with("x509", &suites);
}

/// Leshan's DTLS has CBC without encrypt-then-MAC only, which nobody should speak any more.
#[test]
fn leshan_with_cbc_alone_is_told_what_is_missing() {
    let folder = Folder::new("leshan-cbc");
    let daemon = secure(&folder);
    let door = daemon.door();
    let endpoint = "urn:leshan:cbc";
    let given = credentials(&folder, door, "psk", endpoint);
    let mut words: Vec<&str> = given.iter().map(String::as_str).collect();
    words.extend(["-c", "TLS_PSK_WITH_AES_128_CBC_SHA256"]);
    let _peer = start_at(&format!("coaps://{}", daemon.coaps()), endpoint, &words);
    let found = pending(door, "CBC without encrypt-then-MAC");
    assert!(
        found["fix"]
            .as_str()
            .is_some_and(|fix| fix.contains("CCM_8")),
        "{found}"
    );
}

/// SEC-17.
#[test]
fn leshan_resumes_its_session_or_shakes_hands_in_full() {
    let folder = Folder::new("leshan-resume");
    let daemon = secure(&folder);
    let door = daemon.door();
    for mode in ["psk", "x509"] {
        for (more, resumed) in [(&["-r"][..], true), (&["-r", "-f"][..], false)] {
            let endpoint = format!("urn:leshan:{mode}:{resumed}");
            let given = credentials(&folder, door, mode, &endpoint);
            let mut peer = connect(daemon.coaps(), &endpoint, &given, more);
            let before = session(door, &endpoint);
            assert_eq!(before["resumed"], json!(false), "{before}");
            peer.tell("update");
            peer.expect("updated");
            let after = session(door, &endpoint);
            assert_eq!(after["resumed"], json!(resumed), "{mode}: {after}");
            assert_ne!(after["established_at"], before["established_at"], "{after}");
        }
    }
}

/// SEC-18: with a Connection ID the device goes on from another address without a handshake.
#[test]
fn leshan_keeps_its_registration_behind_an_address_that_changes() {
    let folder = Folder::new("leshan-roams");
    let daemon = secure(&folder);
    let door = daemon.door();
    let endpoint = "urn:leshan:roams";
    let given = credentials(&folder, door, "psk", endpoint);
    let way = Roaming::start(daemon.coaps());
    let mut peer = connect(way.address(), endpoint, &given, &["-cid", "6"]);
    let before = (session(door, endpoint), door.device(endpoint));
    for _ in 0..3 {
        way.roam();
        peer.tell("update");
        peer.expect("updated");
        let seen = way.seen_as().to_string();
        eventually("the new address", || {
            (door.device(endpoint)["address"] == seen.as_str()).then_some(())
        });
        let desk = Desk { door, endpoint };
        let read = desk.succeed("resource_read", json!({ "path": "/3/0/0" }));
        assert_eq!(read["code"], "2.05", "{read}");
    }
    let after = (session(door, endpoint), door.device(endpoint));
    assert_eq!(after.0["established_at"], before.0["established_at"]);
    assert_eq!(after.1["registration_id"], before.1["registration_id"]);
    let addresses = after.0["addresses"].as_array().map(Vec::len);
    assert_eq!(addresses, Some(4), "{}", after.0);
}

/// G-25.
#[test]
fn leshan_does_not_notice_a_restart_of_the_program() {
    let folder = Folder::new("leshan-restart");
    let address = format!("127.0.0.1:{}", lasting_port());
    let daemon = Daemon::start(folder.path(), &["--coaps", &address]);
    let endpoint = "urn:leshan:restart";
    let given = credentials(&folder, daemon.door(), "psk", endpoint);
    let mut peer = connect(daemon.coaps(), endpoint, &given, &["-cid", "6"]);
    let before = session(daemon.door(), endpoint);
    daemon.kill();
    let daemon = Daemon::start(folder.path(), &["--coaps", &address]);
    let door = daemon.door();
    peer.tell("update");
    peer.expect("updated");
    let desk = Desk { door, endpoint };
    let read = desk.succeed("resource_read", json!({ "path": "/3/0/0" }));
    assert_eq!(read["code"], "2.05", "{read}");
    assert_eq!(
        session(door, endpoint)["established_at"],
        before["established_at"]
    );
}

/// The finding of the pending list about a failed handshake.
fn pending(door: &Door, title: &str) -> Value {
    eventually(&format!("{title} among the pending"), || {
        let answer = door.ask("pending_list", json!({}));
        let list = answer["pending"].as_array().expect("a list").clone();
        list.into_iter().find(|one| one["title"] == title)
    })
}

/// SEC-05, SEC-13: the program says what was wrong with each.
#[test]
fn leshan_with_a_wrong_key_or_an_unknown_identity_is_explained() {
    let folder = Folder::new("leshan-wrong");
    let daemon = secure(&folder);
    let door = daemon.door();
    let server = format!("coaps://{}", daemon.coaps());
    let endpoint = "urn:leshan:wrong";
    let given = credentials(&folder, door, "psk", endpoint);
    let _unknown = start_at(&server, endpoint, &["-i", "nobody", "-p", "00112233"]);
    let found = pending(door, "Unknown identity");
    assert_eq!(found["identity"], "nobody", "{found}");
    let _wrong = start_at(&server, endpoint, &["-i", &given[1], "-p", "00112233"]);
    let found = pending(door, "Wrong key");
    assert_eq!(found["identity"], given[1].as_str(), "{found}");
    for field in ["title", "seen", "why", "fix"] {
        assert!(
            found[field].as_str().is_some_and(|text| !text.is_empty()),
            "{field}: {found}"
        );
    }
    let listed = door.ask("device_list", json!({}));
    assert_eq!(listed["total"], 0, "{listed}");
}
