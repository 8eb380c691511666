//! What becomes of sessions: devices move with them, they outlive the server, and end with
//! the credentials behind them.

use super::hall::{Hall, PLAIN, SECURE, psk, with_psk};
use super::operate::reading;
use crate::credential::Proof;
use crate::engine_io::problem_kind;
use crate::ids::EndpointName;
use crate::operation::{Ask, WriteMode};
use crate::security::SecurityNews;
use coap::{Code, Kind, ListenerId, Message, Peer, Response, Token};
use secure::{Cause, ClientConfig, MaxFragment, Step};
use std::time::Duration;

const OTHER: ListenerId = ListenerId(16);

/// A hall with one device, registered as `meter` with a pre-shared key.
fn registered() -> (Hall, usize) {
    let mut hall = Hall::new();
    hall.put(1, "meter", psk("meter", b"key"));
    let device = hall.secured(with_psk("meter", b"key"));
    assert!(hall.connect(device));
    assert_eq!(hall.register(device, "meter"), Some(Code::CREATED));
    (hall, device)
}

/// The device answers the last request that it heard.
fn answer(hall: &mut Hall, device: usize) {
    let asked = hall.devices[device].heard.iter().rev();
    let asked = asked.clone().find(|own| own.code.is_request());
    let asked = asked.expect("a request").clone();
    let Response {
        code,
        options,
        payload,
    } = Response::new(Code::CONTENT)
        .content_format(0)
        .payload(b"text");
    hall.say(
        device,
        &Message {
            kind: Kind::Acknowledgement,
            code,
            mid: asked.mid,
            token: asked.token,
            options,
            payload,
        },
    );
}

fn update(hall: &mut Hall, device: usize) -> Option<Code> {
    let at = format!("rd/{}", hall.devices[device].location);
    hall.ask(device, Code::POST, &at)
}

#[test]
fn sec_18_g_13_a_device_with_a_connection_id_moves_without_a_handshake() {
    let (mut hall, device) = registered();
    for (listener, address) in [(SECURE, &b"elsewhere"[..]), (OTHER, b"another listener")] {
        hall.tell(crate::engine_io::Command::Secure(OTHER));
        hall.roam(device, listener, address);
        assert_eq!(update(&mut hall, device), Some(Code::CHANGED));
        hall.read("meter", "/3/0/0");
        answer(&mut hall, device);
    }
    assert_eq!(hall.handshakes, 1);
    assert_eq!(
        hall.asked(device),
        2,
        "both requests reached it where it was"
    );
    let saved = hall.memory.associations.values().next();
    let saved = saved.expect("its association").address;
    let at = crate::security::at(&saved);
    assert_eq!(at, Peer::new(OTHER, b"another listener"));
}

/// A number is given again once its listener is closed.
#[test]
fn a_listener_for_plain_coap_may_have_the_number_of_one_for_dtls() {
    let mut hall = Hall::new();
    let plain = hall.plain();
    hall.roam(plain, OTHER, b"here");
    hall.tell(crate::engine_io::Command::Secure(OTHER));
    assert_eq!(hall.register(plain, "toy"), None);
    hall.tell(crate::engine_io::Command::Plain(OTHER));
    assert_eq!(hall.register(plain, "toy"), Some(Code::CREATED));
}

/// A registered device whose records carry 512 bytes.
fn narrow() -> (Hall, usize) {
    let mut hall = Hall::new();
    hall.put(1, "meter", psk("meter", b"key"));
    let mut config = ClientConfig::new(with_psk("meter", b"key"));
    config.max_fragment = Some(MaxFragment::Bytes512);
    let device = hall.add(Some(config));
    assert!(hall.connect(device));
    assert_eq!(hall.register(device, "meter"), Some(Code::CREATED));
    (hall, device)
}

#[test]
fn what_is_longer_than_a_device_takes_is_said_with_its_name() {
    let (mut hall, _) = narrow();
    let association = *hall.memory.associations.keys().next().expect("one");
    let peer = crate::security::sessions::peer_of(association);
    hall.server.send_protected(peer, vec![0; 513]);
    hall.wait(Duration::from_secs(1));
    let [problem] = &hall.problems[..] else {
        panic!("{:?}", hall.problems);
    };
    assert_eq!(problem.kind, problem_kind::MESSAGE_TOO_LONG);
    let named = problem.endpoint.as_ref().map(EndpointName::as_str);
    assert_eq!(named, Some("meter"));
    assert!(problem.message.contains("513 bytes") && problem.message.contains("512 bytes"));
}

/// Also in the next run, which knows the session from the disk.
#[test]
fn sec_20_a_large_write_goes_in_blocks_that_the_records_of_the_device_carry() {
    let (mut hall, device) = narrow();
    for run in 1..=2 {
        let path = "/3/0/21".parse().expect("a path");
        let value = lwm2m::Value::Opaque(vec![7; 2_000]);
        let ask = Ask::Write {
            path,
            mode: WriteMode::Replace,
            values: vec![reading("/3/0/21", value)],
            format: Some(lwm2m::Format::Opaque),
        };
        hall.start("meter", ask);
        assert_eq!((hall.asked(device), hall.problems.len()), (run, 0));
        let block = hall.devices[device].heard.back().expect("a request");
        assert_eq!(block.payload.len(), 256);
        answer(&mut hall, device);
        hall.restart();
    }
}

#[test]
fn g_25_sessions_go_on_after_a_restart_without_a_handshake() {
    let (mut hall, device) = registered();
    for _ in 0..5 {
        hall.restart();
        hall.roam(device, SECURE, &[hall.handshakes as u8, 9]);
        assert_eq!(update(&mut hall, device), Some(Code::CHANGED));
        hall.read("meter", "/3/0/0");
        answer(&mut hall, device);
    }
    assert_eq!((hall.handshakes, hall.asked(device)), (1, 5));
}

#[test]
fn sec_17_a_session_is_not_resumed_with_a_credential_that_is_gone() {
    let (mut hall, device) = registered();
    assert!(
        hall.connect(device),
        "resumed while it holds: {:?} {:?}",
        hall.failed,
        hall.news
    );
    let resumed =
        |news: &SecurityNews| matches!(news, SecurityNews::Established(own) if own.resumed);
    assert_eq!(hall.news.iter().filter(|own| resumed(own)).count(), 1);
    hall.drop_credential(1);
    assert!(!hall.connect(device));
    assert_eq!(hall.news.iter().filter(|own| resumed(own)).count(), 1);
}

/// Deleted, given another key, given to another endpoint, replaced by one that another
/// endpoint had: in each case the session, the registration and what waits in it end.
#[test]
fn sec_21_a_change_of_credentials_ends_what_hangs_on_them() {
    let changes: [fn(&mut Hall); 5] = [
        |hall| hall.drop_credential(1),
        |hall| hall.put(1, "meter", psk("meter", b"another key")),
        |hall| hall.put(1, "somebody", psk("meter", b"key")),
        |hall| hall.put(1, "meter", Proof::NoSec),
        |hall| {
            hall.put(2, "lamp", psk("lamp", b"key"));
            hall.put(2, "meter", psk("lamp", b"key"));
        },
    ];
    for change in changes {
        let (mut hall, device) = registered();
        hall.read("meter", "/3/0/0");
        change(&mut hall);
        assert!(!hall.is_registered("meter"));
        assert_eq!(hall.memory.associations.len(), 0);
        let ended = hall.memory.operations.values().next().expect("a row");
        assert!(
            format!("{:?}", ended.state).contains("credentials"),
            "{ended:?}"
        );
        let asked = hall.asked(device);
        hall.wait(Duration::from_secs(120));
        assert_eq!(hall.asked(device), asked, "nothing more is sent");
    }
}

#[test]
fn sec_21_credentials_for_an_open_endpoint_end_its_open_registration() {
    let mut hall = Hall::new();
    let device = hall.plain();
    assert_eq!(hall.register(device, "meter"), Some(Code::CREATED));
    hall.put(1, "other", psk("other", b"key"));
    assert!(hall.is_registered("meter"), "it is not concerned");
    hall.put(2, "meter", psk("meter", b"key"));
    assert!(!hall.is_registered("meter"));
    assert_eq!(hall.register(device, "meter"), Some(Code::FORBIDDEN));
    hall.put(2, "meter", Proof::NoSec);
    assert_eq!(hall.register(device, "meter"), Some(Code::CREATED));
}

#[test]
fn sec_21_an_authority_that_is_believed_no_more_ends_what_it_vouched_for() {
    let mut hall = Hall::new();
    let issued = hall.authority.issue("meter");
    let credential = secure::ClientCredential::Certificate {
        key: issued.own(),
        trust_anchors: Vec::new(),
        server: Some(hall.key.der().into()),
    };
    let device = hall.secured(credential);
    hall.tell(crate::engine_io::Command::UseTrustAnchors(vec![
        hall.authority.der(),
    ]));
    assert!(hall.connect(device));
    assert_eq!(hall.register(device, "meter"), Some(Code::CREATED));
    hall.tell(crate::engine_io::Command::UseTrustAnchors(Vec::new()));
    assert!(!hall.is_registered("meter"));
    assert!(!hall.connect(device));
}

/// B takes A's address with a session of its own: what is asked of A is not said to B,
/// neither then nor when A comes back elsewhere.
#[test]
fn sec_23_what_waits_for_one_is_not_said_to_another_at_its_address() {
    let (mut hall, first) = registered();
    hall.put(2, "other", psk("other", b"key"));
    let second = hall.secured(with_psk("other", b"key"));
    let address = hall.devices[first].at;
    hall.roam(first, PLAIN, b"nowhere");
    hall.devices[second].at = address;
    assert!(hall.connect(second));
    assert_eq!(hall.register(second, "other"), Some(Code::CREATED));
    hall.read("meter", "/3/0/0");
    hall.wait(Duration::from_secs(10));
    assert_eq!(hall.asked(second), 0, "it is none of its business");
    hall.read("other", "/3/0/0");
    assert_eq!(hall.asked(second), 1, "this is");
    answer(&mut hall, second);
    hall.roam(first, SECURE, b"home again");
    assert!(hall.connect_anew(first));
    assert_eq!(update(&mut hall, first), Some(Code::CHANGED));
    hall.wait(Duration::from_secs(100));
    assert_eq!(hall.asked(second), 1);
}

/// A device that lost its session makes another one; its registration goes on in it.
#[test]
fn a_registration_goes_on_in_a_new_session_of_the_same_identity() {
    let (mut hall, device) = registered();
    hall.roam(device, SECURE, b"after a restart");
    assert!(hall.connect_anew(device));
    assert_eq!(update(&mut hall, device), Some(Code::CHANGED));
    hall.read("meter", "/3/0/0");
    assert_eq!(hall.asked(device), 1);
    answer(&mut hall, device);
}

/// Without a Connection ID each change of address costs a session: the former one ends when
/// the device speaks for its endpoint in the next, by Register or by Update.
#[test]
fn sec_23_an_older_session_of_the_same_device_ends_when_it_speaks_in_the_next() {
    let speak: [fn(&mut Hall, usize) -> Option<Code>; 2] =
        [update, |hall, device| hall.register(device, "meter")];
    for speak in speak {
        let (mut hall, device) = registered();
        for place in 0..5_u8 {
            hall.wait(Duration::from_secs(60));
            hall.roam(device, SECURE, &[b'p', place]);
            assert!(hall.connect_anew(device));
            assert_eq!(hall.memory.associations.len(), 2, "until it speaks");
            assert!(speak(&mut hall, device).is_some());
            assert_eq!(hall.memory.associations.len(), 1);
            hall.read("meter", "/3/0/0");
            answer(&mut hall, device);
        }
        assert_eq!(hall.asked(device), 5, "it is reached where it is");
    }
}

/// A device that only ever shakes hands takes no more than a few places.
#[test]
fn sec_23_a_device_in_a_loop_of_handshakes_keeps_a_few_sessions() {
    let (mut hall, device) = registered();
    hall.put(2, "loop", psk("loop", b"key"));
    let looping = hall.secured(with_psk("loop", b"key"));
    for place in 0..20_u8 {
        for device in [looping, device] {
            hall.wait(Duration::from_secs(1));
            hall.roam(device, SECURE, &[b'p', place, device as u8]);
            assert!(hall.connect_anew(device));
        }
        if place == 10 {
            hall.restart();
        }
    }
    assert_eq!(hall.memory.associations.len(), 8, "four each");
    hall.read("meter", "/3/0/0");
    assert_eq!(update(&mut hall, device), Some(Code::CHANGED));
    assert_eq!(hall.asked(device), 1, "it is in the newest");
    assert_eq!(hall.register(looping, "loop"), Some(Code::CREATED));
    assert_eq!(hall.memory.associations.len(), 5, "what it left has ended");
}

/// Of several devices with one identity none ends the session of another.
#[test]
fn sec_22_a_shared_identity_keeps_all_its_sessions() {
    let mut hall = Hall::new();
    hall.put(1, "fleet-*", psk("fleet", b"key"));
    for name in ["fleet-1", "fleet-2", "fleet-3"] {
        let device = hall.secured(with_psk("fleet", b"key"));
        assert!(hall.connect(device));
        assert_eq!(hall.register(device, name), Some(Code::CREATED));
    }
    assert_eq!(hall.memory.associations.len(), 3);
    for name in ["fleet-1", "fleet-2", "fleet-3"] {
        assert!(hall.is_registered(name));
    }
}

/// A certificate that names several endpoints may be in several devices.
#[test]
fn sec_09_a_certificate_with_several_names_keeps_all_its_sessions() {
    let mut hall = Hall::new();
    let issued = hall.authority.issue_also("gate-1", &["gate-1", "gate-2"]);
    let gates = ["gate-1", "gate-2"].map(|name| {
        let credential = secure::ClientCredential::Certificate {
            key: issued.own(),
            trust_anchors: Vec::new(),
            server: Some(hall.key.der().into()),
        };
        let device = hall.secured(credential);
        assert!(hall.connect(device));
        (device, name)
    });
    for (device, name) in gates {
        assert_eq!(hall.register(device, name), Some(Code::CREATED));
    }
    let (first, _) = gates[0];
    assert!(hall.connect_anew(first));
    assert_eq!(hall.register(first, "gate-1"), Some(Code::CREATED));
    for (device, name) in gates {
        hall.read(name, "/3/0/0");
        assert_eq!(hall.asked(device), 1, "{name}");
        answer(&mut hall, device);
        assert_eq!(update(&mut hall, device), Some(Code::CHANGED));
    }
}

/// Whoever else its certificate names has a credential of its own: it is one device.
#[test]
fn sec_23_a_name_that_is_anothers_makes_no_identity_shared() {
    let mut hall = Hall::new();
    hall.put(1, "gate-2", psk("two", b"key"));
    let issued = hall.authority.issue_also("gate-1", &["gate-2"]);
    let device = hall.secured(secure::ClientCredential::Certificate {
        key: issued.own(),
        trust_anchors: Vec::new(),
        server: Some(hall.key.der().into()),
    });
    assert!(hall.connect(device));
    assert_eq!(hall.register(device, "gate-1"), Some(Code::CREATED));
    hall.roam(device, SECURE, b"elsewhere");
    assert!(hall.connect_anew(device));
    assert_eq!(update(&mut hall, device), Some(Code::CHANGED));
    assert_eq!(hall.memory.associations.len(), 1);
}

#[test]
fn sec_24_nothing_is_sent_to_a_session_that_is_over_until_there_is_another() {
    let (mut hall, device) = registered();
    hall.close(device);
    hall.read("meter", "/3/0/0");
    hall.wait(Duration::from_secs(1));
    assert_eq!(hall.asked(device), 0);
    assert!(hall.connect_anew(device));
    assert_eq!(hall.asked(device), 0, "it has not said that it is there");
    assert_eq!(update(&mut hall, device), Some(Code::CHANGED));
    assert_eq!(hall.asked(device), 1);
}

/// CoAP in the clear on the secure port, an identity that nobody has, a wrong key: each is
/// a problem to show and a fact to keep, and the session that was good stays good.
#[test]
fn sec_14_what_fails_is_told_and_harms_nobody() {
    let (mut hall, device) = registered();
    let unknown = hall.secured(with_psk("meters", b"key"));
    assert!(!hall.connect(unknown));
    let wrong = hall.secured(with_psk("meter", b"wrong"));
    assert!(!hall.connect(wrong));
    hall.wait(Duration::from_secs(200));
    let ping = Message::empty(Kind::Confirmable, 7).encode();
    let stranger = Peer::new(SECURE, b"stranger").expect("a peer");
    hall.input(crate::engine_io::Input::Datagram {
        peer: stranger,
        bytes: &ping,
    });
    let failed = hall.news.iter().filter_map(|news| match news {
        SecurityNews::Failed(own) => Some(own.failure.cause.clone()),
        _ => None,
    });
    let failed: Vec<_> = failed.collect();
    let wanted = [
        Cause::UnknownPskIdentity,
        Cause::WrongKey,
        Cause::NotDtls { coap: true },
    ];
    for cause in wanted {
        assert!(failed.contains(&cause), "{cause:?} is not among {failed:?}");
    }
    let kinds: Vec<_> = hall.problems.iter().map(|own| own.kind).collect();
    assert!(
        kinds
            .iter()
            .all(|kind| *kind == problem_kind::HANDSHAKE_FAILED)
    );
    assert_eq!(kinds.len(), failed.len());
    assert_eq!(update(&mut hall, device), Some(Code::CHANGED));
}

#[test]
fn the_steps_of_a_handshake_are_told_as_they_are_taken() {
    let (hall, _) = registered();
    let steps = hall.news.iter().filter_map(|news| match news {
        SecurityNews::Stepped { step, .. } => Some(*step),
        _ => None,
    });
    let steps: Vec<_> = steps.collect();
    assert!(steps.is_sorted(), "{steps:?}");
    assert!(steps.contains(&Step::Verified) && steps.contains(&Step::KeyExchange));
}

/// A request of the last session is not answered in the next (conformance CO-15).
#[test]
fn co_15_an_answer_counts_only_in_the_session_of_its_question() {
    let (mut hall, device) = registered();
    hall.read("meter", "/3/0/0");
    let asked = hall.devices[device]
        .heard
        .back()
        .expect("a request")
        .clone();
    assert!(hall.connect_anew(device));
    hall.say(
        device,
        &Message {
            kind: Kind::NonConfirmable,
            code: Code::CONTENT,
            mid: 900,
            token: Token::clone(&asked.token),
            options: coap::Options::new(),
            payload: b"late".to_vec(),
        },
    );
    let row = hall.memory.operations.values().next().expect("a row");
    let state = format!("{:?}", row.state);
    assert!(!state.contains("late"), "{state}");
}
