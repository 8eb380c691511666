//! Who proved itself once and comes without security later, or somebody else under its
//! name: it may get in, and hears nothing of what waits.

use super::hall::{Hall, psk, with_psk};
use crate::credential::Proof;
use crate::engine_io::problem_kind;
use coap::{Code, Kind, Message, Options, option};
use std::time::Duration;

const WORDS: &str = "came back without security";

/// A device in queue mode that is observed and fell asleep, with something waiting for it.
fn asleep(by_authority: bool) -> (Hall, usize) {
    let mut hall = Hall::new();
    let device = if by_authority {
        let issued = hall.authority.issue("meter");
        let credential = secure::ClientCredential::Certificate {
            key: issued.own(),
            trust_anchors: Vec::new(),
            server: Some(hall.key.der().into()),
        };
        hall.secured(credential)
    } else {
        hall.put(1, "m*", psk("meter", b"key"));
        hall.secured(with_psk("meter", b"key"))
    };
    assert!(hall.connect(device));
    assert_eq!(register(&mut hall, device), Some(Code::CREATED));
    hall.observe("meter", "/3/0/1");
    answer_observing(&mut hall, device);
    assert_eq!(hall.memory.observations.len(), 1);
    hall.wait(Duration::from_secs(100));
    hall.read("meter", "/3/0/0");
    assert_eq!(waiting(&hall), 1);
    (hall, device)
}

/// The same, and its lifetime ran out then; if it has a key, that was deleted since.
fn lapsed(by_authority: bool) -> (Hall, usize) {
    let (mut hall, device) = asleep(by_authority);
    hall.wait(Duration::from_secs(300));
    assert!(!hall.is_registered("meter"));
    if !by_authority {
        hall.drop_credential(1);
    }
    assert_eq!(hall.asked(device), 1, "it was observed, no more");
    (hall, device)
}

fn register(hall: &mut Hall, device: usize) -> Option<Code> {
    hall.ask(device, Code::POST, "rd?ep=meter&lt=300&lwm2m=1.1&b=U&Q")
}

fn answer_observing(hall: &mut Hall, device: usize) {
    let asked = hall.devices[device].heard.back().expect("a request");
    let (mid, token) = (asked.mid, asked.token);
    let mut options = Options::new();
    options.set_uint(option::OBSERVE, 1);
    options.set_uint(option::CONTENT_FORMAT, 0);
    let answer = Message {
        kind: Kind::Acknowledgement,
        code: Code::CONTENT,
        mid,
        token,
        options,
        payload: b"model".to_vec(),
    };
    hall.say(device, &answer);
}

/// Operations that have not ended.
fn waiting(hall: &Hall) -> usize {
    hall.memory.snapshot().operations.len()
}

/// Sees that all that waited has ended, is told of, and was not said to `device`.
fn hears_nothing(hall: &mut Hall, device: usize) {
    assert_eq!((hall.asked(device), waiting(hall)), (0, 0));
    let row = hall.memory.operations.values().last().expect("a row");
    let state = format!("{:?}", row.state);
    assert!(state.contains(WORDS), "{state}");
    assert_eq!(hall.memory.observations.len(), 0, "nor is it observed");
    let told = hall
        .problems
        .iter()
        .any(|own| own.kind == problem_kind::OBSERVATION_LOST && own.message.contains(WORDS));
    assert!(told, "{:?}", hall.problems);
    hall.read("meter", "/3/0/0");
    assert_eq!(hall.asked(device), 1, "what is asked of it now it hears");
}

/// Anybody may have the name, as no credential says otherwise.
#[test]
fn sec_23_who_comes_without_security_hears_nothing_of_what_waited_for_who_proved_itself() {
    for by_authority in [true, false] {
        for restarts in [false, true] {
            let (mut hall, _) = lapsed(by_authority);
            if restarts {
                hall.restart();
            }
            let stranger = hall.plain();
            assert_eq!(register(&mut hall, stranger), Some(Code::CREATED));
            hears_nothing(&mut hall, stranger);
        }
    }
}

#[test]
fn sec_23_who_proves_itself_again_hears_what_waited() {
    for restarts in [false, true] {
        let (mut hall, device) = lapsed(true);
        if restarts {
            hall.restart();
        }
        assert!(hall.connect_anew(device));
        assert_eq!(register(&mut hall, device), Some(Code::CREATED));
        answer_observing(&mut hall, device);
        assert_eq!(hall.asked(device), 3);
        assert_eq!(hall.memory.observations.len(), 1);
    }
}

/// What is in force is nobody's who proves nothing, unless somebody chose so.
#[test]
fn sec_23_what_is_registered_in_a_session_is_taken_over_only_by_choice() {
    let (mut hall, _) = asleep(true);
    let plain = hall.plain();
    assert_eq!(register(&mut hall, plain), Some(Code::FORBIDDEN));
    assert_eq!(waiting(&hall), 1);
    hall.put(1, "*r", Proof::NoSec);
    assert_eq!(register(&mut hall, plain), Some(Code::CREATED));
}

/// Two patterns let the device come in either way.
#[test]
fn sec_23_neither_register_nor_update_in_the_clear_hears_what_waited() {
    for updates in [false, true] {
        let (mut hall, device) = asleep(false);
        hall.put(2, "*r", Proof::NoSec);
        let plain = hall.plain();
        if updates {
            let at = format!("rd/{}", hall.devices[device].location);
            assert_eq!(hall.ask(plain, Code::POST, &at), Some(Code::CHANGED));
        } else {
            assert_eq!(register(&mut hall, plain), Some(Code::CREATED));
        }
        hears_nothing(&mut hall, plain);
        assert_eq!(hall.asked(device), 1, "it was observed, no more");
    }
}
