//! Register: what is granted, what is refused, and what a new one does to the old.

use super::bench::{Bench, LINKS, check, name};
use crate::engine_io::Command;
use crate::ids::Location;
use crate::security::Blocked;
use coap::Code;
use lwm2m::Lwm2mVersion;

const GOOD: &str = "ep=urn:x&lt=60&lwm2m=1.1&b=U";

#[test]
fn reg_01_a_register_is_stored_and_then_answered_with_its_location() {
    check(
        |bench| {
            bench.hold();
            bench.register(GOOD, LINKS);
            bench.expect(&["store: registered urn:x"]);
            bench.commit();
            let own = bench.registration("urn:x").expect("a registration");
            assert_eq!((own.lifetime_s, own.version), (60, Lwm2mVersion::V1_1));
            assert_eq!(own.binding.as_str(), "U");
            assert_eq!(own.objects.objects.len(), 3);
        },
        &["committed", "A: ACK 2.01 /rd/*"],
    );
}

#[test]
fn reg_02_locations_are_random_and_an_endpoint_has_one_registration() {
    let mut bench = Bench::registered(GOOD);
    let first = bench.location.clone();
    bench.register(GOOD, LINKS);
    assert!(
        Location::parse(&first).is_some(),
        "16 hexadecimal digits: {first}"
    );
    assert_ne!(first, bench.location);
    assert_eq!(bench.server.belief().0.iter().count(), 1);
    bench.expect(&["store: registered urn:x", "A: ACK 2.01 /rd/*"]);

    bench.request(Code::POST, &format!("rd/{first}"), None, "");
    bench.expect(&["problem: registration_refused", "A: ACK 4.04"]);
    let mut other = Bench::with(|config| config.seed = [8; 32]);
    other.register(GOOD, LINKS);
    assert_ne!(first, other.location, "the seed decides");
}

#[test]
fn reg_03_versions_of_the_same_major_are_taken_and_others_fail_the_precondition() {
    for (version, code) in [
        ("1.0", "2.01"),
        ("1.1", "2.01"),
        ("1.2", "2.01"),
        ("2.0", "4.12"),
        ("x", "4.12"),
    ] {
        let mut bench = Bench::new();
        bench.register(&format!("ep=urn:x&lt=60&lwm2m={version}"), LINKS);
        let answer = &bench.sent.last().expect("an answer").1;
        assert_eq!(answer.code.to_string(), code, "{version}");
        assert_eq!(bench.registration("urn:x").is_some(), code == "2.01");
    }
}

#[test]
fn reg_04_what_is_missing_is_filled_in_and_reported_or_refused_when_strict() {
    let mut bench = Bench::new();
    bench.register("ep=urn:x", LINKS);
    bench.expect(&[
        "problem: deviation",
        "problem: deviation",
        "store: registered urn:x; deviated REG-04 QRK-01",
        "A: ACK 2.01 /rd/*",
    ]);
    assert_eq!(
        bench.registration("urn:x").expect("taken").lifetime_s,
        86_400
    );

    let mut strict = Bench::with(|config| config.strict = true);
    strict.register("ep=urn:x&lwm2m=1.1", LINKS);
    strict.expect(&[
        "problem: registration_refused",
        "A: ACK 4.00",
        "store: refused urn:x",
    ]);
    let (_, reason) = strict.problem();
    assert_eq!(
        reason,
        "POST /rd was answered 4.00: lt is missing; read as 86400"
    );
    strict.register("lt=60&lwm2m=1.1", LINKS);
    strict.expect(&[
        "problem: registration_refused",
        "A: ACK 4.00",
        "store: refused nobody",
    ]);
}

#[test]
fn reg_05_reg_08_what_nobody_knows_is_no_reason_to_refuse() {
    let mut bench = Bench::new();
    bench.register(
        &format!("{GOOD}&site=lab"),
        "</1/0>;hb,</3/0>,</64999/7>,</5>;ver=9.9",
    );
    bench.expect(&["store: registered urn:x", "A: ACK 2.01 /rd/*"]);
    let own = bench.registration("urn:x").expect("taken");
    assert_eq!(own.vendor, [("site".to_owned(), "lab".to_owned())]);
    assert!(
        own.objects.object(64_999).is_some(),
        "REG-13: an unknown object, REG-08"
    );
}

/// A blocked endpoint is answered 4.03, a name that is none 4.00.
#[test]
fn reg_06_a_blocked_endpoint_may_neither_register_nor_stay() {
    let mut bench = Bench::registered(GOOD);
    bench.command(Command::Block(Blocked {
        endpoints: [name("urn:x")].into_iter().collect(),
        ..Blocked::default()
    }));
    bench.expect(&["store: departed Revoked"]);
    bench.request(Code::POST, "dp", Some(110), "[]");
    bench.expect(&["problem: request_refused", "A: ACK 4.03"]);
    bench.update("");
    bench.expect(&["problem: registration_refused", "A: ACK 4.04"]);
    bench.register(GOOD, LINKS);
    bench.expect(&["problem: registration_refused", "A: ACK 4.03"]);
    let (_, reason) = bench.problem();
    assert_eq!(
        reason,
        "POST /rd was answered 4.03: this endpoint is blocked here"
    );
    bench.register("ep=urn:y&lt=60&lwm2m=1.1", LINKS);
    bench.expect(&["store: registered urn:y", "A: ACK 2.01 /rd/*"]);
    bench.command(Command::Block(Default::default()));
    bench.register(GOOD, LINKS);
    bench.expect(&["store: registered urn:x", "A: ACK 2.01 /rd/*"]);
    bench.register("ep=a%00\n&lt=60&lwm2m=1.1", LINKS);
    bench.expect(&[
        "problem: registration_refused",
        "A: ACK 4.00",
        "store: refused nobody",
    ]);
}

#[test]
fn reg_07_a_profile_id_without_an_object_list_is_a_conflict() {
    check(
        |bench| bench.register("ep=urn:x&lt=60&lwm2m=1.2&pid=6:27354b9a", ""),
        &["problem: registration_refused", "A: ACK 4.09"],
    );
}

#[test]
fn reg_09_objects_with_credentials_are_left_out_and_reported() {
    let mut bench = Bench::new();
    bench.register(GOOD, "</0/0>,</1/0>,</3/0>,</21/0>");
    let own = bench.registration("urn:x").expect("taken");
    assert!(own.objects.object(0).is_none() && own.objects.object(21).is_none());
    assert!(
        bench
            .problems
            .iter()
            .any(|own| own.message.contains("REG-09")),
        "{:?}",
        bench.problems
    );
}

/// No answer here has a representation, so that no Accept can be failed.
#[test]
fn co_26_formats_absent_unsupported_or_wished_for_have_their_answers() {
    let target = format!("rd?{GOOD}");
    for (format, accept, code) in [
        (Some(40), None, "2.01"),
        (None, None, "2.01"),
        (Some(40), Some(50), "2.01"),
        (Some(60), None, "4.15"),
        (Some(11_542), Some(40), "4.15"),
        (Some(65_000), None, "4.15"),
    ] {
        let mut bench = Bench::new();
        bench.request(Code::POST, &target, format, LINKS);
        let mut message = bench.last_message();
        if let Some(accept) = accept {
            message.options.set_uint(coap::option::ACCEPT, accept);
        }
        message.mid += 1;
        bench.hear(&message);
        let answer = &bench.sent.last().expect("an answer").1;
        assert_eq!(answer.code.to_string(), code, "{format:?} {accept:?}");
    }
}

#[test]
fn paths_methods_and_formats_that_do_not_fit_are_refused_by_their_own_codes() {
    let cases = [
        (Code::POST, "nowhere", Some(40), "4.04"),
        (Code::GET, "", None, "4.04"),
        (Code::GET, ".well-known/core", None, "4.04"),
        (Code::GET, "rd", None, "4.05"),
        (Code::PUT, "rd/0123456789abcdef", None, "4.05"),
        (Code::GET, "dp", None, "4.05"),
        (Code::of(0, 8), "rd", None, "4.05"),
        (Code::POST, "rd/0123456789abcdef", None, "4.04"),
        (Code::POST, "rd/0123456789ABCDEF", None, "4.04"),
        (Code::POST, "rd/0123456789abcdef/1", None, "4.04"),
        (Code::POST, "rd?ep=urn:x&lt=60&lwm2m=1.1", Some(60), "4.15"),
        (
            Code::POST,
            "rd?ep=urn:x&lt=9999999999&lwm2m=1.1",
            Some(40),
            "4.00",
        ),
        (Code::POST, "rd?ep=&lt=60&lwm2m=1.1", Some(40), "4.00"),
    ];
    for (code, target, format, expected) in cases {
        let mut bench = Bench::new();
        bench.request(
            code,
            target,
            format,
            if format.is_some() { LINKS } else { "" },
        );
        let answer = &bench.sent.last().expect("an answer").1;
        assert_eq!(
            answer.code.to_string(),
            expected,
            "CO-24, CO-26: {code:?} {target}"
        );
        assert!(
            !answer.payload.is_empty(),
            "the reason is in the diagnostic payload"
        );
    }
}
