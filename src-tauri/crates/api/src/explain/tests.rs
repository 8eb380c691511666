//! Every cause has its own words, its action is a call of the contract, and no key is
//! ever among them.

use super::*;
use crate::contract::CALLS;
use crate::dto::PendingCause;
use clock::UnixTime;
use secure::Secret;
use secure::authority::{Authority, KeyPair};
use serde_json::json;
use server::credential::{Credential, CredentialId, Holder, Proof};
use server::ids::EndpointName;
use server::security::{RefusalCause, RefusedRegistration};
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
        neighbour: None,
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
        Cause::LargeFlight { bytes: 900 },
        Cause::Malformed { reason: reason() },
        Cause::TooMany,
        Cause::NotDtls { coap: true },
        Cause::NotDtls { coap: false },
        Cause::PlainPort,
        Cause::UnknownAssociation { cid: true },
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

/// Scripts compare codes: they are published, and no two causes share one.
#[test]
fn every_cause_has_a_code_of_its_own() {
    let all = Credentials::default();
    let causes = causes();
    let codes = causes.iter().map(|cause| code::of_case(&case(cause, &all)));
    let names: Vec<_> = codes
        .map(|own| serde_json::to_value(own).expect("a word"))
        .collect();
    for (at, name) in names.iter().enumerate() {
        assert!(!names[..at].contains(name), "{name} twice");
    }
    assert_eq!(names[0], "unknown_psk_identity");
    assert_eq!(names[1], "wrong_key");
    assert!(names.contains(&"plain_coap".into()) && names.contains(&"not_dtls".into()));
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
    let beside = Case {
        listener: "coap 10.0.0.2:5683",
        ..case(&secure, &all)
    };
    let action = explain(beside).action.expect("an action");
    let expected = json!({ "scheme": "coaps", "address": "10.0.0.2:5684" });
    assert_eq!((action.call, action.request), ("listener_open", expected));
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
fn what_is_wrong_with_a_certificate_has_words_of_its_own() {
    let all = Credentials::default();
    for (reason, words) in [
        ("its key is on secp384r1, not on secp256r1", "P-256"),
        ("certificate signature failure", "made anew"),
        ("unsuitable certificate purpose", "clientAuth"),
    ] {
        let cause = Cause::BadCertificate {
            reason: reason.to_owned(),
        };
        let told = explain(case(&cause, &all));
        assert!(told.why.contains(words), "{reason}: {}", told.why);
        assert_eq!(told.seen.contains("OpenSSL"), words == "clientAuth");
    }
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
        beyond: false,
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

fn turned<'a>(refused: &'a RefusedRegistration, credentials: &'a Credentials) -> Turned<'a> {
    Turned {
        refused,
        host: "192.168.1.20",
        listener: "coap 10.0.0.2:5683",
        secure_url: Some("coaps://10.0.0.2:5684"),
        credentials,
        id_of: |own| format!("cr-{}", own.id.0),
        is_here: false,
        holder_was_here: false,
        strict: false,
    }
}

fn refusal(
    endpoint: Option<&str>,
    identity: Option<&[u8]>,
    cause: RefusalCause,
) -> RefusedRegistration {
    RefusedRegistration {
        from: coap::Peer::new(coap::ListenerId(3), b"here").expect("a peer"),
        at: UnixTime::from_millis(0),
        endpoint: endpoint.and_then(EndpointName::new),
        psk_identity: identity.map(Into::into),
        shown: None,
        cause,
    }
}

#[test]
fn every_refusal_says_what_was_seen_why_and_what_to_do_and_has_a_code_of_its_own() {
    let all = credentials(b"meter-id", KEY);
    let reason = || "lt is missing; read as 86400".to_owned();
    let causes = [
        RefusalCause::OtherIdentity,
        RefusalCause::Insecure,
        RefusalCause::MissingEndpoint,
        RefusalCause::UnknownVersion {
            version: "2.0".to_owned(),
        },
        RefusalCause::Unreadable { reason: reason() },
        RefusalCause::NotStandard {
            code: "REG-04".to_owned(),
            reason: reason(),
        },
        RefusalCause::TooManyDevices,
    ];
    let (mut titles, mut codes) = (BTreeSet::new(), BTreeSet::new());
    for cause in causes {
        let refused = refusal(Some("lamp"), Some(b"meter-id"), cause.clone());
        let told = explain_refusal(&turned(&refused, &all));
        for text in [&told.title, &told.seen, &told.why, &told.fix] {
            assert!(!text.is_empty() && !text.contains("canary") && !text.contains("  "));
        }
        assert!(told.seen.contains("192.168.1.20"), "{}", told.seen);
        assert!(titles.insert(told.title.clone()), "{} twice", told.title);
        let code = serde_json::to_string(&code::of_refusal(&cause)).expect("a word");
        assert!(codes.insert(code), "{cause:?}");
        if let Some(action) = told.action {
            let known = CALLS.iter().any(|call| call.name == action.call);
            assert!(known, "{cause:?}: {} is no call", action.call);
        }
    }
}

#[test]
fn a_credential_may_be_given_to_the_endpoint_that_was_named_or_shared_with_it() {
    let all = credentials(b"meter-id", KEY);
    let refused = refusal(Some("lamp"), Some(b"meter-id"), RefusalCause::OtherIdentity);
    let told = explain_refusal(&turned(&refused, &all));
    assert!(told.seen.contains("\"meter-17\""), "{}", told.seen);
    let action = told.action.expect("an action");
    assert_eq!(action.call, "credential_bind");
    assert_eq!(
        action.request,
        serde_json::json!({ "credential": "cr-1", "endpoint": "lamp", "also": false })
    );
    let told = explain_refusal(&Turned {
        holder_was_here: true,
        ..turned(&refused, &all)
    });
    let action = told.action.expect("an action");
    assert_eq!(action.request["also"], true);
    assert!(action.label.contains("also"), "{}", action.label);
}

/// Nothing that takes a device's credential away is offered because a stranger asked.
#[test]
fn the_name_of_a_device_that_is_here_is_not_given_away() {
    let all = credentials(b"meter-id", KEY);
    let stranger = refusal(
        Some("meter-17"),
        Some(b"other"),
        RefusalCause::OtherIdentity,
    );
    assert_eq!(explain_refusal(&turned(&stranger, &all)).action, None);
    let plain = refusal(Some("meter-17"), None, RefusalCause::Insecure);
    let here = Turned {
        is_here: true,
        ..turned(&plain, &all)
    };
    assert_eq!(explain_refusal(&here).action, None);
}

#[test]
fn a_strict_setting_is_named_and_may_be_lifted() {
    let all = Credentials::default();
    let cause = RefusalCause::NotStandard {
        code: "REG-04".to_owned(),
        reason: "lt is missing".to_owned(),
    };
    let refused = refusal(Some("lamp"), None, cause);
    let told = explain_refusal(&Turned {
        strict: true,
        ..turned(&refused, &all)
    });
    let action = told.action.expect("an action");
    assert_eq!(
        (action.call, &action.request["strict"]),
        ("settings_put", &false.into())
    );
    assert_eq!(explain_refusal(&turned(&refused, &all)).action, None);
}

#[test]
fn an_empty_identity_and_one_of_the_bootstrap_server_are_told_apart_from_unknown_ones() {
    let mut all = credentials(b"meter-17", KEY);
    let told = named(&Cause::UnknownPskIdentity, b"", &all);
    assert!(told.title.contains("no identity") && told.action.is_none());
    let mut bootstrap = all.iter().next().expect("one").clone();
    bootstrap.id = CredentialId(2);
    bootstrap.role = Role::Bootstrap;
    bootstrap.proof = Proof::Psk {
        identity: b"boot"[..].into(),
        key: Secret::new(KEY.to_vec()),
    };
    all.put(bootstrap).expect("another server");
    let told = named(&Cause::UnknownPskIdentity, b"boot", &all);
    assert!(told.seen.contains("bootstrap server"), "{}", told.seen);
    let action = told.action.expect("an action");
    assert_eq!(action.request["endpoint"], "meter-17");
}

/// A session without a Connection ID is lost when a router gives the device another port: it is
/// recognised by the device that is known at the same address, and has a code of its own.
#[test]
fn a_session_that_lost_its_address_is_told_from_one_that_is_gone() {
    let all = Credentials::default();
    let (without, with) = (
        Cause::UnknownAssociation { cid: false },
        Cause::UnknownAssociation { cid: true },
    );
    let moved = Case {
        neighbour: Some("meter-17"),
        ..case(&without, &all)
    };
    let told = explain(moved);
    assert!(told.why.contains("Connection ID"), "{}", told.why);
    assert_eq!(told.endpoint.as_deref(), Some("meter-17"));
    assert_eq!(code::of_case(&moved), PendingCause::AddressChanged);
    let gone = case(&without, &all);
    assert_eq!(code::of_case(&gone), PendingCause::UnknownSession);
    let ended = Case {
        neighbour: Some("meter-17"),
        ..case(&with, &all)
    };
    assert_eq!(code::of_case(&ended), PendingCause::UnknownSession);
    let whys: BTreeSet<_> = [moved, gone, ended].map(|one| explain(one).why).into();
    assert_eq!(whys.len(), 3);
}

#[test]
fn a_key_that_cannot_be_one_is_suspected() {
    let odd = credentials(b"meter-17", b"seventeen bytes..");
    let told = named(&Cause::WrongKey, b"meter-17", &odd);
    assert!(told.why.contains("17 bytes"), "{}", told.why);
    assert!(told.why.contains("16 or 32"), "{}", told.why);
}
