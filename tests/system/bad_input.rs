//! What should never come in: each of it gets a sentence, and what was good stays good.

use crate::certificates::{Authority, show_with_openssl};
use crate::hellos::{Hello, answer_to};
use crate::instrument::Instrument;
use coap::{Code, Message, Request};
use openssl::nid::Nid;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;
use wb_tests::{RawDevice, eventually};

const KEY: &[u8] = b"\xd0\x01\xd2\x03\xd4\x05\xd6\x07\xd8\x09\xda\x0b\xdc\x0d\xde\x0f";
const KEY_HEX: &str = "d001d203d405d607d809da0bdc0dde0f";

/// A program, and a device whose session and registration everything else must leave alone.
struct Bench {
    instrument: Instrument,
    device: RawDevice,
    location: String,
    rows: Value,
}

impl Bench {
    fn new(name: &str) -> Self {
        let instrument = Instrument::start_secure(name);
        let credential = json!({
            "endpoint": "good", "mode": "psk", "identity": "good-id", "key_hex": KEY_HEX,
        });
        let _ = instrument.door().ask("credential_put", credential);
        let mut device = RawDevice::with_psk(instrument.daemon().coaps(), "good-id", KEY);
        assert!(device.connect(), "{:?}", device.refused());
        let location = device.register("good");
        let rows = own_rows(&instrument);
        Self {
            instrument,
            device,
            location,
            rows,
        }
    }

    /// What was good is good: the session, the registration, the credentials.
    fn stays_good(&mut self) {
        assert_eq!(self.device.update(&self.location, &[]), Code::CHANGED);
        assert_eq!(self.device.sessions(), (1, 0), "without a new handshake");
        let row = self.instrument.door().device("good");
        assert_eq!(row["address"], self.device.address().to_string(), "{row}");
        assert_eq!(own_rows(&self.instrument), self.rows);
    }

    /// A call that is refused with these words.
    fn refuses(&self, call: &str, request: Value, words: &str) {
        let refused = self.instrument.door().refused(call, request);
        let message = refused.message();
        assert_eq!(refused.code(), "invalid_value", "{message}");
        assert!(message.contains(words), "{call}: {message}");
    }

    /// What is said of a handshake that failed at that address has these words.
    fn tells(&self, from: SocketAddr, words: &[&str]) {
        let from = from.to_string();
        let told = eventually(&format!("the failure at {from}"), || {
            let list = self.instrument.door().ask("pending_list", json!({}));
            let list = list["pending"].as_array().cloned().unwrap_or_default();
            list.into_iter().find(|own| own["address"] == from.as_str())
        });
        for part in ["title", "seen", "why", "fix"] {
            assert_ne!(
                told[part].as_str().unwrap_or_default(),
                "",
                "{part}: {told}"
            );
        }
        let text = told.to_string();
        for word in words {
            assert!(text.contains(word), "\"{word}\" is not in {told}");
        }
    }

    /// The message of an Update.
    fn an_update(&mut self) -> Message {
        let request = Request::post().path(["rd", &self.location]);
        self.device.message(request)
    }

    /// The datagram that would carry that message.
    fn seal(&self, message: &Message) -> Vec<u8> {
        let sealed = self.device.sealed(&message.encode());
        let [one] = &sealed[..] else {
            panic!("{} datagrams", sealed.len());
        };
        one.clone()
    }

    fn expects_the_answer_to(&mut self, message: &Message) {
        let answer = self.device.receive(Duration::from_secs(10));
        let answer = answer.expect("an answer");
        assert_eq!((answer.code, answer.token), (Code::CHANGED, message.token));
    }
}

/// The credential of the good device, without what a handshake notes there.
fn own_rows(instrument: &Instrument) -> Value {
    let filter = json!({ "filter": "good" });
    let listed = instrument.door().ask("credential_list", filter);
    let own = |name: &str| listed["credentials"][0][name].clone();
    json!([
        listed["total"],
        own("credential"),
        own("identity"),
        own("key_bytes"),
        own("last_used_at")
    ])
}

#[test]
fn sec_14_sec_15_records_cut_forged_or_repeated_are_dropped_and_counted() {
    let mut bench = Bench::new("bad-records");
    let message = bench.an_update();
    let genuine = bench.seal(&message);
    let mut forged = genuine.clone();
    *forged.last_mut().expect("bytes") ^= 1;
    for _ in 0..3 {
        bench.device.send_datagram(&forged);
    }
    for len in [0, 1, 12, 13, 20, 21, genuine.len() - 1] {
        bench.device.send_datagram(&genuine[..len]);
    }
    bench.device.send_datagram(&genuine);
    bench.expects_the_answer_to(&message);
    for _ in 0..4 {
        bench.device.send_datagram(&genuine);
    }
    assert!(
        bench.device.receive(Duration::from_millis(300)).is_none(),
        "a repeated record is not answered"
    );
    bench.stays_good();
    let request = json!({ "endpoint": "good" });
    let session = bench.instrument.door().ask("session_get", request);
    assert_eq!(session["dropped_records"], 7, "{session}");
    let why = session["dropped_because"].as_str().unwrap_or_default();
    assert!(why.contains("damaged or forged"), "{session}");
}

/// The same from another address: it moves nobody.
#[test]
fn sec_18_forged_and_repeated_records_from_elsewhere_move_nobody() {
    let mut bench = Bench::new("bad-elsewhere");
    let message = bench.an_update();
    let genuine = bench.seal(&message);
    bench.device.send_datagram(&genuine);
    bench.expects_the_answer_to(&message);
    let elsewhere = RawDevice::new(bench.instrument.daemon().coaps());
    let mut forged = genuine.clone();
    forged[30] ^= 1;
    for _ in 0..5 {
        elsewhere.send_datagram(&genuine);
        elsewhere.send_datagram(&forged);
    }
    bench.stays_good();
}

#[test]
fn sec_15_records_out_of_order_are_all_read() {
    let mut bench = Bench::new("bad-order");
    let messages: Vec<Message> = (0..5).map(|_| bench.an_update()).collect();
    let sealed: Vec<Vec<u8>> = messages.iter().map(|own| bench.seal(own)).collect();
    for (datagram, message) in sealed.iter().zip(&messages).rev() {
        bench.device.send_datagram(datagram);
        bench.expects_the_answer_to(message);
    }
    bench.stays_good();
}

#[test]
fn sec_13_a_hello_with_everything_wrong_is_told_what() {
    let mut bench = Bench::new("bad-hello");
    let coaps = bench.instrument.daemon().coaps();
    let good = Hello::default();
    for (hello, alert, words) in [
        (
            Hello {
                version: [0xfe, 0xff],
                ..good.clone()
            },
            70,
            "DTLS 1.2",
        ),
        (
            Hello {
                suites: vec![0xc0a4, 0x1301],
                ..good.clone()
            },
            40,
            "suite",
        ),
        (
            Hello {
                suites: vec![0x00ae],
                ..good.clone()
            },
            40,
            "encrypt-then-MAC",
        ),
        (
            Hello {
                suites: vec![0xc0ae],
                // supported_groups: secp384r1 alone
                extensions: vec![0, 10, 0, 4, 0, 2, 0, 24],
                ..good.clone()
            },
            40,
            "secp256r1",
        ),
        (
            Hello {
                suites: vec![0xc0ae],
                // client_certificate_type: OpenPGP alone
                extensions: vec![0, 19, 0, 2, 1, 1],
                ..good.clone()
            },
            43,
            "ertificate",
        ),
    ] {
        let (from, answer) = answer_to(coaps, &hello);
        assert_eq!(answer.get(13..15), Some(&[2, alert][..]), "{hello:?}");
        bench.tells(from, &[words]);
    }
    // Nothing fits into anything.
    let (from, answer) = answer_to(
        coaps,
        &Hello {
            claims: 200,
            ..good
        },
    );
    assert!(answer.is_empty(), "{answer:?}");
    bench.tells(from, &["ClientHello"]);
    bench.stays_good();
}

#[test]
fn sec_19_a_hello_in_fragments_is_answered_once_it_is_whole() {
    let mut bench = Bench::new("bad-fragments");
    let device = RawDevice::new(bench.instrument.daemon().coaps());
    let mut pieces = Hello::default().in_pieces(10);
    pieces.reverse();
    let last = pieces.pop().expect("pieces");
    for piece in pieces.iter().chain(&pieces) {
        device.send_datagram(piece);
    }
    let silence = device.receive_bytes(Duration::from_millis(200));
    assert!(silence.is_none(), "{silence:?}");
    device.send_datagram(&last);
    let answer = device.receive_bytes(Duration::from_secs(10));
    let answer = answer.expect("an answer");
    assert_eq!((answer[0], answer[13]), (22, 3), "a HelloVerifyRequest");
    bench.stays_good();
}

#[test]
fn sec_09_certificates_that_do_not_count_are_each_told_why() {
    let mut bench = Bench::new("bad-certificates");
    let door = bench.instrument.door();
    let own = door.ask("server_identity_get", json!({}));
    let server = own["certificate_pem"].as_str().expect("a certificate");
    let ours = Authority::new("Ours").believing(server);
    let strangers = Authority::new("Strangers").believing(server);
    let anchor = json!({ "certificate_pem": ours.certificate_pem() });
    let _ = door.ask("trust_anchor_put", anchor);
    for endpoint in ["cert", "another"] {
        let credential = json!({ "endpoint": endpoint, "mode": "x509" });
        let _ = door.ask("credential_put", credential);
    }
    let coaps = bench.instrument.daemon().coaps();
    for (config, words) in [
        (ours.device("cert", -20, -10), "ended on"),
        (ours.device("cert", 10, 20), "holds from"),
        (strangers.device("cert", -1, 10), "No trust anchor"),
    ] {
        let device = RawDevice::secured(coaps, config);
        assert!(!device.connect(), "{words}");
        bench.tells(device.address(), &["CN=cert", words]);
    }

    // Good, and in the name of another.
    let mut device = RawDevice::secured(coaps, ours.device("another", -1, 10));
    assert!(device.connect(), "{:?}", device.refused());
    let queries = ["ep=cert", "lt=60", "lwm2m=1.1"];
    let refused = device.register_with(&queries, wb_tests::raw_device::LINKS);
    let said = String::from_utf8_lossy(&refused.payload).into_owned();
    assert_eq!(refused.code, Code::BAD_REQUEST, "{said}");
    assert!(said.contains("the certificate of \"another\""), "{said}");
    device.register("another");

    // On a weak curve, and on one that the suites do not have.
    for (curve, name) in [(Nid::SECP224R1, "secp224r1"), (Nid::SECP384R1, "secp384r1")] {
        let (certificate, key) = ours.on_curve("cert", curve);
        let from = show_with_openssl(coaps, &certificate, &key);
        bench.tells(from, &[name]);
        let pem = String::from_utf8(certificate.to_pem().expect("PEM")).expect("text");
        let request = json!({ "endpoint": "cert", "mode": "x509", "certificate": pem });
        bench.refuses("credential_put", request, "on the curve");
    }
    let mut device = RawDevice::secured(coaps, ours.device("cert", -1, 10));
    assert!(device.connect(), "the next one is judged anew");
    device.register("cert");
    bench.stays_good();
}

#[test]
fn a_private_key_of_another_certificate_leaves_the_servers_identity_alone() {
    let mut bench = Bench::new("bad-identity");
    let door = bench.instrument.door();
    let before = door.ask("server_identity_get", json!({}));
    let (one, other) = (Authority::new("one"), Authority::new("other"));
    let put = |certificate: String, key: String| json!({ "certificate_pem": certificate, "private_key_pem": key });
    let (p384, its_key) = one.on_curve("server", Nid::SECP384R1);
    let pem = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    let cases = [
        (
            put(one.certificate_pem(), other.key_pem()),
            "does not belong to the certificate",
        ),
        (
            put(
                pem(p384.to_pem().expect("PEM")),
                pem(its_key.private_key_to_pem_pkcs8().expect("PEM")),
            ),
            "on the curve P-384",
        ),
        (
            put(one.key_pem(), one.certificate_pem()),
            "a certificate is needed",
        ),
    ];
    for (request, words) in cases {
        bench.refuses("server_identity_put", request, words);
        let after = bench
            .instrument
            .door()
            .ask("server_identity_get", json!({}));
        assert_eq!(after, before);
    }
    bench.stays_good();
}

#[test]
fn sec_05_a_key_that_is_the_ascii_of_hex_is_noticed_on_both_sides() {
    let mut bench = Bench::new("bad-hex");
    // Here: somebody writes the digits of the digits.
    let digits = "0123456789abcdef0123456789abcdef";
    let twice: String = digits.bytes().map(|digit| format!("{digit:02x}")).collect();
    let request = json!({ "endpoint": "good", "mode": "psk", "key_hex": twice });
    bench.refuses("credential_put", request, "hex twice");
    // There: the device takes the digits for the key.
    let coaps = bench.instrument.daemon().coaps();
    let device = RawDevice::with_psk(coaps, "good-id", KEY_HEX.as_bytes());
    assert!(!device.connect());
    bench.tells(
        device.address(),
        &["takes the hex digits for the key itself"],
    );
    assert_eq!(bench.device.update(&bench.location, &[]), Code::CHANGED);
}

#[test]
fn sec_22_a_table_with_duplicates_says_which_and_changes_nothing_for_them() {
    let mut bench = Bench::new("bad-table");
    let door = bench.instrument.door();
    let table = "endpoint,identity,key_hex\r\n\
                 new,new-id,0102\r\n\
                 new,new-id-2,0304\r\n\
                 thief,good-id,0506\r\n\
                 twin,new-id,0708\r\n\
                 typo,typo-id,0x0z\r\n";
    let expected = [
        (2, "new", ""),
        (3, "conflict", "Line 2"),
        (4, "conflict", "in use by \"good\""),
        (5, "conflict", "in use by \"new\""),
        (6, "invalid", "something else than hex digits"),
    ];
    for (dry_run, written) in [(true, 0), (false, 1)] {
        let request = json!({ "csv": table, "dry_run": dry_run });
        let done = door.ask("credential_import", request);
        assert_eq!(done["written"], written, "{done}");
        let rows = done["rows"].as_array().expect("rows");
        assert_eq!(rows.len(), expected.len(), "{done}");
        for (row, (line, outcome, words)) in rows.iter().zip(expected) {
            assert_eq!(
                (&row["line"], &row["outcome"]),
                (&json!(line), &json!(outcome))
            );
            let message = row["message"].as_str().unwrap_or_default();
            assert!(message.contains(words), "{row}");
        }
    }
    bench.stays_good();
}
