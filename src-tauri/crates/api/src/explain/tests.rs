//! Every cause has its own words, its action is a call of the contract, and no key is
//! ever among them.

use super::*;
use crate::contract::CALLS;
use clock::UnixTime;
use secure::Secret;
use secure::authority::{Authority, KeyPair};
use server::credential::{Credential, CredentialId, Holder, Proof};
use server::ids::EndpointName;
use std::collections::BTreeSet;
use std::time::Duration;

const KEY: &[u8] = b"canary canary 16";

fn credentials(identity: &[u8], key: &[u8]) -> Credentials {
    let mut all = Credentials::default();
    let one = Credential {
        id: CredentialId(1),
        holder: Holder::Endpoint(EndpointName::new("meter-17").expect("a name")),
        role: Role::Management,
        proof: Proof::Psk {
            identity: identity.into(),
            key: Secret::new(key.to_vec()),
        },
        shared: false,
        created_at: UnixTime::from_millis(0),
    };
    all.put(one).expect("the first");
    all
}

fn case<'a>(cause: &'a Cause, credentials: &'a Credentials) -> Case<'a> {
    Case {
        cause,
        step: Step::KeyExchange,
        identity: None,
        shown: None,
        host: "192.168.1.20",
        listener: "coaps 0.0.0.0:5684",
        plain_url: None,
        secure_url: None,
        credentials,
        role: Role::Management,
    }
}

fn named(cause: &Cause, identity: &[u8], all: &Credentials) -> Explanation {
    explain(Case {
        identity: Some(identity),
        ..case(cause, all)
    })
}

fn causes() -> Vec<Cause> {
    let at = UnixTime::from_millis(1_795_000_000_000);
    let reason = || "unsuitable certificate purpose".to_owned();
    vec![
        Cause::UnknownPskIdentity,
        Cause::WrongKey,
        Cause::NoCommonSuite {
            offered: vec![0xc0a4, 0x1301],
        },
        Cause::NoEncryptThenMac,
        Cause::OldVersion,
        Cause::NoCommonGroup,
        Cause::CertificateType,
        Cause::CertificateExpired { not_after: at },
        Cause::CertificateNotYetValid { not_before: at },
        Cause::UnknownAuthority,
        Cause::BadCertificate { reason: reason() },
        Cause::UnknownPublicKey,
        Cause::NoCertificate,
        Cause::BadSignature,
        Cause::Alert { description: 48 },
        Cause::TimedOut,
        Cause::Malformed { reason: reason() },
        Cause::TooMany,
        Cause::NotDtls { coap: true },
        Cause::NotDtls { coap: false },
        Cause::PlainPort,
        Cause::UnknownAssociation,
    ]
}

#[test]
fn every_cause_says_what_was_seen_why_and_what_to_do() {
    let all = credentials(b"meter-17", KEY);
    let mut titles = BTreeSet::new();
    for cause in causes() {
        let told = named(&cause, b"meter-17", &all);
        for (part, text) in [
            ("title", &told.title),
            ("seen", &told.seen),
            ("why", &told.why),
            ("fix", &told.fix),
        ] {
            assert!(!text.is_empty(), "{cause:?} has no {part}");
            assert!(!text.contains("canary"), "{cause:?} tells a key: {text}");
            assert!(!text.contains("  "), "{cause:?}: {text}");
        }
        assert!(
            told.seen.contains("192.168.1.20"),
            "{cause:?}: {}",
            told.seen
        );
        assert!(titles.insert(told.title.clone()), "{} twice", told.title);
        if let Some(action) = told.action {
            let known = CALLS.iter().any(|call| call.name == action.call);
            assert!(known, "{cause:?}: {} is no call", action.call);
            assert!(!action.label.is_empty());
            assert!(!action.request.to_string().contains("canary"));
        }
    }
}

#[test]
fn an_identity_with_a_slip_names_the_one_that_was_meant() {
    let all = credentials(b"meter-17", KEY);
    let told = named(&Cause::UnknownPskIdentity, b"Meter-17", &all);
    assert!(
        told.why.contains("only the case of letters differs"),
        "{}",
        told.why
    );
    assert_eq!(told.endpoint.as_deref(), Some("meter-17"));
    let action = told.action.expect("an action");
    assert_eq!(action.call, "credential_put");
    assert_eq!(action.request["endpoint"], "meter-17");
    assert_eq!(action.request["identity"], "Meter-17");
    let told = named(&Cause::UnknownPskIdentity, b"lamp-3", &all);
    assert_eq!(told.title, "Unknown identity");
    assert_eq!(told.endpoint.as_deref(), Some("lamp-3"));
    let binary = named(&Cause::UnknownPskIdentity, &[0, 0xff], &all);
    assert!(binary.seen.contains("00ff (hex)"), "{}", binary.seen);
    assert_eq!(
        binary.action.expect("an action").request["identity_hex"],
        "00ff"
    );
}

#[test]
fn a_wrong_key_is_told_from_an_unknown_identity_and_its_likely_reason_named() {
    let all = credentials(b"meter-17", KEY);
    let told = named(&Cause::WrongKey, b"meter-17", &all);
    assert!(told.why.contains("has 16 bytes"), "{}", told.why);
    let action = told.action.expect("an action");
    assert_eq!(action.request["endpoint"], "meter-17");
    assert_eq!(action.request["identity_hex"], hex(b"meter-17"));
    assert!(
        action.request.get("key_hex").is_none(),
        "a new one is generated"
    );
    let twice = credentials(b"meter-17", b"00112233445566778899aabbccddeeff");
    let told = named(&Cause::WrongKey, b"meter-17", &twice);
    assert!(told.why.contains("in hex twice"), "{}", told.why);
}

#[test]
fn the_other_port_is_named_where_there_is_one() {
    let all = Credentials::default();
    let (plain, secure) = (Cause::NotDtls { coap: true }, Cause::PlainPort);
    let told = explain(Case {
        plain_url: Some("coap://10.0.0.2:5683"),
        ..case(&plain, &all)
    });
    assert!(told.fix.contains("coap://10.0.0.2:5683") && told.action.is_none());
    let told = explain(Case {
        secure_url: Some("coaps://10.0.0.2:5684"),
        ..case(&secure, &all)
    });
    assert!(told.fix.contains("coaps://10.0.0.2:5684") && told.action.is_none());
    let action = explain(case(&secure, &all)).action.expect("an action");
    assert_eq!(
        (action.call, &action.request["scheme"]),
        ("listener_open", &"coaps".into())
    );
}

#[test]
fn an_offer_is_read_out() {
    let all = Credentials::default();
    let offered = vec![0xc0a4, 0x00a8, 0x1301];
    let told = explain(case(&Cause::NoCommonSuite { offered }, &all));
    assert!(
        told.seen.contains("TLS_PSK_WITH_AES_128_CCM, "),
        "{}",
        told.seen
    );
    assert!(told.seen.contains("0x1301"), "{}", told.seen);
    assert!(told.why.contains("TLS_PSK_WITH_AES_128_CCM_8") && told.why.contains("security level"));
    let many = Cause::NoCommonSuite {
        offered: (0..40).collect(),
    };
    assert!(explain(case(&many, &all)).seen.contains("and 34 more"));
}

#[test]
fn a_certificate_is_named_and_a_new_one_offered_in_its_name() {
    let now = UnixTime::from_millis(1_600_000_000_000);
    let day = Duration::from_secs(86_400);
    let authority = Authority::found("Elsewhere", now, day * 9).expect("an authority");
    let pair = KeyPair::generate().expect("a pair");
    let der = authority
        .issue("lamp-3", &pair.public, now, day)
        .expect("issued");
    let all = Credentials::default();
    let expired = Cause::CertificateExpired {
        not_after: now + day,
    };
    let shown = |cause| Case {
        shown: Some(&der),
        ..case(cause, &all)
    };
    let told = explain(shown(&expired));
    assert!(
        told.seen
            .contains("\"CN=lamp-3\", which ended on 2020-09-14"),
        "{}",
        told.seen
    );
    let action = told.action.expect("an action");
    assert_eq!(
        (action.call, &action.request["endpoint"]),
        ("authority_issue", &"lamp-3".into())
    );
    let told = explain(shown(&Cause::UnknownAuthority));
    assert!(told.seen.contains("CN=Elsewhere"), "{}", told.seen);
    let request = told.action.expect("an action").request;
    assert_eq!(
        (&request["mode"], &request["endpoint"]),
        (&"x509".into(), &"lamp-3".into())
    );
}

#[test]
fn alerts_have_names_and_an_unset_clock_is_suspected() {
    let all = Credentials::default();
    for (description, words) in [
        (48, "unknown_ca"),
        (45, "1970"),
        (51, "keys differ"),
        (71, "security level"),
        (200, "(200)"),
    ] {
        let told = explain(case(&Cause::Alert { description }, &all));
        let whole = format!("{} {} {}", told.seen, told.why, told.fix);
        assert!(whole.contains(words), "{description}: {whole}");
    }
}

#[test]
fn where_a_handshake_stopped_tells_what_to_look_at() {
    let all = Credentials::default();
    let mut told = BTreeSet::new();
    for step in [Step::Hello, Step::Verified, Step::KeyExchange] {
        let stopped = explain(Case {
            step,
            ..case(&Cause::TimedOut, &all)
        });
        told.insert(stopped.why);
    }
    assert_eq!(told.len(), 3);
    assert!(told.iter().any(|why| why.contains("fragments")));
}

#[test]
fn a_visitor_may_be_accepted_and_its_likely_name_is_told() {
    let visitor = Visitor {
        endpoint: "meter-18",
        address: "10.0.0.9:4711",
        near: Some("meter-17"),
    };
    let told = unknown_endpoint(&visitor);
    assert!(
        told.why.contains("\"meter-17\" has credentials"),
        "{}",
        told.why
    );
    let action = told.action.expect("an action");
    assert_eq!(action.request["mode"], "nosec");
}
