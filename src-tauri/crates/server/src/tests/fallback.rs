//! Who proved itself once and comes without security later, or somebody else under its
//! name: whether it gets in, and what it hears of what waits.

use super::hall::{Hall, psk, with_psk};
use crate::credential::Proof;
use crate::security::{RefusalCause, SecurityNews};
use coap::Code;
use std::time::Duration;

/// A device in queue mode that fell asleep with something waiting for it, and whose
/// lifetime ran out then; known by its certificate or by a key that was deleted since.
fn lapsed(by_authority: bool) -> (Hall, usize) {
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
        hall.put(1, "meter", psk("meter", b"key"));
        hall.secured(with_psk("meter", b"key"))
    };
    assert!(hall.connect(device));
    assert_eq!(sleepy(&mut hall, device), Some(Code::CREATED));
    hall.wait(Duration::from_secs(100));
    hall.read("meter", "/3/0/0");
    hall.wait(Duration::from_secs(300));
    assert!(!hall.is_registered("meter"));
    if !by_authority {
        hall.drop_credential(1);
    }
    assert_eq!(hall.asked(device), 0);
    (hall, device)
}

fn sleepy(hall: &mut Hall, device: usize) -> Option<Code> {
    hall.ask(device, Code::POST, "rd?ep=meter&lt=300&lwm2m=1.1&b=U&Q")
}

fn state(hall: &Hall) -> String {
    let row = hall.memory.operations.values().next().expect("a row");
    format!("{:?}", row.state)
}

#[test]
fn sec_07_nobody_takes_over_without_security_who_proved_itself_before_its_lifetime_ended() {
    for by_authority in [true, false] {
        for restarts in [false, true] {
            let (mut hall, device) = lapsed(by_authority);
            if restarts {
                hall.restart();
            }
            let stranger = hall.plain();
            let refused = hall.register(stranger, "meter");
            assert_eq!(refused, Some(Code::FORBIDDEN), "{by_authority} {restarts}");
            let insecure = |news: &SecurityNews| matches!(news, SecurityNews::Refused(own) if own.cause == RefusalCause::Insecure);
            assert!(hall.news.iter().any(insecure), "it can be explained");
            assert_eq!(hall.asked(stranger), 0);
            assert_eq!(state(&hall), "Queued");
            if by_authority {
                assert!(hall.connect_anew(device));
                assert_eq!(sleepy(&mut hall, device), Some(Code::CREATED));
                assert_eq!(hall.asked(device), 1, "it is asked what waited for it");
            }
        }
    }
}

/// Somebody chose that it comes without security: it is let in with that choice alone, but
/// what was asked of who proved itself is not said in the clear.
#[test]
fn sec_23_who_comes_back_without_security_as_chosen_hears_nothing_of_what_waited() {
    for by_authority in [true, false] {
        let (mut hall, _) = lapsed(by_authority);
        hall.put(2, "meter", Proof::NoSec);
        let plain = hall.plain();
        assert_eq!(sleepy(&mut hall, plain), Some(Code::CREATED));
        assert_eq!(hall.asked(plain), 0);
        assert!(
            state(&hall).contains("without security"),
            "{}",
            state(&hall)
        );
        hall.read("meter", "/3/0/0");
        assert_eq!(hall.asked(plain), 1, "what is asked now it hears");
        hall.drop_credential(2);
        assert_eq!(sleepy(&mut hall, plain), Some(Code::CREATED), "as before");
    }
}

/// The same where an Update is what comes without security.
#[test]
fn sec_23_an_update_in_the_clear_lets_go_nothing_that_waited() {
    let mut hall = Hall::new();
    hall.put(1, "m*", psk("meter", b"key"));
    hall.put(2, "*r", Proof::NoSec);
    let device = hall.secured(with_psk("meter", b"key"));
    assert!(hall.connect(device));
    assert_eq!(sleepy(&mut hall, device), Some(Code::CREATED));
    hall.wait(Duration::from_secs(100));
    hall.read("meter", "/3/0/0");
    let plain = hall.plain();
    let at = format!("rd/{}", hall.devices[device].location);
    assert_eq!(hall.ask(plain, Code::POST, &at), Some(Code::CHANGED));
    assert_eq!((hall.asked(plain), hall.asked(device)), (0, 0));
    assert!(
        state(&hall).contains("without security"),
        "{}",
        state(&hall)
    );
}

#[test]
fn sec_07_who_was_forgotten_is_known_to_nobody() {
    let (mut hall, _) = lapsed(true);
    hall.forget("meter");
    let plain = hall.plain();
    assert_eq!(hall.register(plain, "meter"), Some(Code::CREATED));
}
