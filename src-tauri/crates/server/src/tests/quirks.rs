//! What devices in the field do, each a fixture of its own: understood, told, and
//! never a reason to lose the device (conformance QRK).

use super::bench::{Bench, LINKS, at};
use super::device::{content, observing};
use super::operate::{changed, reading};
use crate::operation::{Ask, Outcome, WriteMode};
use coap::{Code, Kind, Response};
use lwm2m::{Lwm2mVersion, Value};

const GOOD: &str = "ep=urn:x&lt=86400&lwm2m=1.1&b=U";

/// Registers with `queries`, a Content-Format and `links`, and yields the codes of
/// what was told.
fn registers(queries: &str, format: Option<u16>, links: &str) -> (Bench, Vec<String>) {
    let mut bench = Bench::new();
    bench.request(Code::POST, &format!("rd?{queries}"), format, links);
    assert!(bench.registration("urn:x").is_some(), "{queries} {links}");
    let told = told(&bench);
    bench.clear();
    (bench, told)
}

/// The codes at the ends of the problems' messages.
fn told(bench: &Bench) -> Vec<String> {
    let code = |message: &str| {
        let (_, code) = message.rsplit_once('(').expect("a code at the end");
        code.trim_end_matches(')').to_owned()
    };
    bench
        .problems
        .iter()
        .map(|one| code(&one.message))
        .collect()
}

/// The codes of the deviations with which operation 1 ended.
fn ended_with(bench: &Bench) -> Vec<&'static str> {
    let deviations = bench.ending(1).deviations.iter();
    deviations.map(|own| own.code).collect()
}

#[test]
fn qrk_01_a_device_that_names_no_version_speaks_1_0() {
    let (bench, told) = registers("ep=urn:x&lt=60", Some(40), LINKS);
    let own = bench.registration("urn:x").expect("taken");
    assert_eq!(own.version, Lwm2mVersion::V1_0);
    assert_eq!(told, ["QRK-01"]);
}

#[test]
fn qrk_02_formats_twice_and_versions_on_instances_are_understood() {
    let links = "</>;ct=110;ct=112,</1/0>,</3/0>;ver=1.1,</3303/0>;ver=\"1.1\"";
    let (bench, told) = registers(GOOD, Some(40), links);
    let own = bench.registration("urn:x").expect("taken");
    assert_eq!(own.objects.formats, [110, 112]);
    let version = |object| {
        let known = own.objects.object(object).expect("listed");
        known.version.expect("a version").to_string()
    };
    assert_eq!((version(3), version(3303)), ("1.1".into(), "1.1".into()));
    assert_eq!(told, ["QRK-02", "QRK-02", "QRK-02"]);
}

#[test]
fn qrk_03_an_object_list_without_or_with_a_wrong_format_is_read() {
    for format in [None, Some(0)] {
        let (mut bench, told) = registers(GOOD, format, LINKS);
        assert_eq!(told, ["QRK-03"]);
        let target = format!("rd/{}", bench.location);
        bench.request(Code::POST, &target, format, "</1/0>,</3/0>");
        bench.expect(&[
            "problem: deviation",
            "store: updated; deviated QRK-03",
            "A: ACK 2.04",
        ]);
        let own = bench.registration("urn:x").expect("in force");
        assert_eq!(own.objects.objects.len(), 2);
    }
}

#[test]
fn qrk_04_spaces_in_an_object_list_are_understood() {
    let links = "</>;ct=110, </1/0> , </3/0>; ver=1.1 ,</3303/0>";
    let (bench, told) = registers(GOOD, Some(40), links);
    let own = bench.registration("urn:x").expect("taken");
    assert_eq!(own.objects.objects.len(), 3);
    assert!(told.iter().any(|code| code == "QRK-04"), "{told:?}");
}

#[test]
fn qrk_05_a_payload_without_a_format_is_text_for_one_value_and_tlv_for_more() {
    let bare = |payload: &[u8]| Response::new(Code::CONTENT).payload(payload);
    let (mut bench, _) = registers(GOOD, Some(40), LINKS);
    bench.read("/3/0/9");
    bench.answer(bare(b"95"));
    assert_eq!(bench.ending(1).values[0].value, Value::Integer(95));
    assert_eq!(ended_with(&bench), ["QRK-05"]);
    bench.read("/3/0");
    bench.answer(bare(&[0xc1, 9, 94]));
    assert_eq!(bench.ending(2).values[0].value, Value::Integer(94));

    bench.observed("/3303/0/5700");
    bench.notify(Kind::Confirmable, 2, bare(b"21.5"));
    bench.expect(&[
        "problem: deviation",
        "store: deviated QRK-05; Notify /3303/0/5700=21.5",
        "A: ACK",
    ]);
    assert!(bench.problem().1.ends_with("(QRK-05)"));
}

#[test]
fn qrk_06_whatever_format_comes_is_read_and_told_if_another_was_asked_for() {
    let (mut bench, _) = registers(GOOD, Some(40), LINKS);
    bench.ask(Ask::Read {
        path: at("/3/0/9"),
        format: Some(lwm2m::Format::SenmlCbor),
    });
    bench.answer(content(11_542, [0xc1, 9, 95]));
    assert_eq!(bench.ending(1).values[0].value, Value::Integer(95));
    assert_eq!(ended_with(&bench), ["QRK-06"]);
}

#[test]
fn qrk_07_the_numbers_of_the_drafts_are_understood_everywhere() {
    let (mut bench, _) = registers("ep=urn:x&lt=60&lwm2m=1.0", Some(40), "</3/0>,</3303/0>");
    bench.observe("/3303/0/5700");
    bench.answer(observing(1, content(1541, "20.5")));
    assert_eq!(bench.ending(1).values[0].value, Value::Float(20.5));
    assert_eq!(ended_with(&bench), ["QRK-07"]);
    bench.notify(
        Kind::Confirmable,
        2,
        content(1542, [0xe4, 0x16, 0x44, 0x41, 0xac, 0, 0]),
    );
    bench.notify(
        Kind::Confirmable,
        3,
        content(1543, "{\"bn\":\"/3303/0/5700\",\"e\":[{\"v\":22.5}]}"),
    );
    let values: Vec<_> = bench
        .memory
        .readings
        .iter()
        .flat_map(|own| &own.values)
        .collect();
    let values: Vec<_> = values.into_iter().map(|own| own.value.clone()).collect();
    assert_eq!(values, [20.5, 21.5, 22.5].map(Value::Float));
}

/// A Reset for each confirmable one, and one line of words for all of them.
#[test]
fn qrk_08_the_same_unasked_answer_again_and_again_is_one_sentence() {
    let (mut bench, _) = registers(GOOD, Some(40), LINKS);
    let token = coap::Token::from(7_u64);
    for mid in 500..600 {
        bench.respond(Kind::Confirmable, mid, token, content(0, "1"));
        bench.respond(Kind::NonConfirmable, mid + 100, token, content(0, "1"));
    }
    let resets = bench.sent.iter().filter(|(_, own)| own.kind == Kind::Reset);
    assert!(resets.count() >= 100, "each confirmable one is reset");
    let messages: std::collections::BTreeSet<_> =
        bench.problems.iter().map(|one| &one.message).collect();
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert!(bench.memory.readings.is_empty());
}

#[test]
fn qrk_09_a_large_object_list_in_one_message_is_taken_with_advice() {
    let links = |count: usize| {
        let instances: Vec<_> = (0..count).map(|id| format!("</3303/{id}>")).collect();
        format!("</1/0>,</3/0>,{}", instances.join(","))
    };
    let (_, told_small) = registers(GOOD, Some(40), &links(50));
    assert_eq!(told_small, Vec::<String>::new());
    let (bench, told_large) = registers(GOOD, Some(40), &links(100));
    assert_eq!(told_large, ["QRK-09"]);
    assert!(
        bench.problem().1.contains("in blocks"),
        "{:?}",
        bench.problem()
    );
}

#[test]
fn qrk_10_endless_lifetimes_odd_bindings_and_odd_links_are_understood() {
    let (mut bench, _) = registers(
        "ep=urn:x&lt=0&lwm2m=1.0&b=UQSQ",
        Some(40),
        "</1/0>,</3/0/>,</3303/0>;rt=\"oma.lwm2m\"",
    );
    let own = bench.registration("urn:x").expect("taken");
    assert_eq!((own.lifetime_s, own.binding.as_str()), (0, "UQS"));
    assert!(own.queue_mode);
    assert_eq!(own.objects.objects.len(), 3);
    bench.pass(400 * 86_400);
    assert!(bench.registration("urn:x").is_some(), "it never ends");

    let (bench, told) = registers("ep=urn:x&lt=60&lwm2m=1.1", Some(40), LINKS);
    let own = bench.registration("urn:x").expect("taken");
    assert_eq!((own.binding.as_str(), told), ("U", Vec::new()));
}

#[test]
fn qrk_12_a_refused_write_to_an_absent_resource_instance_is_shown_as_such() {
    let (mut bench, _) = registers(GOOD, Some(40), LINKS);
    bench.ask(Ask::Write {
        path: at("/3/0/7/5"),
        mode: WriteMode::Replace,
        values: vec![reading("/3/0/7/5", Value::Integer(1))],
        format: None,
    });
    bench.answer(Response::diagnostic(Code::NOT_FOUND, "no such instance"));
    let ending = bench.ending(1);
    assert_eq!(
        (ending.outcome, ending.code),
        (Outcome::Refused, Some(Code::NOT_FOUND))
    );
    assert!(
        ending.detail.ends_with("no such instance"),
        "{}",
        ending.detail
    );
    // The way that works everywhere: the resource as a whole.
    bench.ask(Ask::Write {
        path: at("/3/0/7"),
        mode: WriteMode::Replace,
        values: vec![reading("/3/0/7/5", Value::Integer(1))],
        format: None,
    });
    bench.answer(changed());
    assert_eq!(bench.ending(2).outcome, Outcome::Success);
}
