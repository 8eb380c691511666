//! Several paths with one request: what is sent, what the answer is taken for, how
//! such an observation lives and ends (conformance DM-14, DM-15, IR-02, VER-05).

use super::bench::{Bench, LINKS, NAME, at, name};
use super::device::{content, observing};
use super::trace;
use crate::change::ReadingSource;
use crate::engine_io::Command;
use crate::observation::Target;
use crate::operation::{Ask, CancelWay, Outcome, Terms};
use coap::{Code, Kind, Response};
use lwm2m::codec::decode_paths;
use lwm2m::{Format, Path, Reading, Value};

const GOOD: &str = "ep=urn:x&lt=86400&lwm2m=1.1&b=U";
const OLD: &str = "ep=urn:x&lt=86400&lwm2m=1.0&b=U";

fn paths(texts: &[&str]) -> Vec<Path> {
    texts.iter().map(|text| at(text)).collect()
}

fn read(texts: &[&str]) -> Ask {
    Ask::ReadComposite {
        paths: paths(texts),
        format: None,
    }
}

fn write(values: &[(&str, i64)]) -> Ask {
    let value = |(path, value): &(&str, i64)| Reading::new(at(path), Value::Integer(*value));
    Ask::WriteComposite {
        values: values.iter().map(value).collect(),
        format: None,
    }
}

fn observe(texts: &[&str]) -> Ask {
    Target::Several(paths(texts)).observe(None)
}

fn cancel(texts: &[&str], way: CancelWay) -> Ask {
    Ask::CancelComposite {
        paths: paths(texts),
        way,
    }
}

/// What a FETCH lists.
fn listed(message: &coap::Message) -> Vec<Path> {
    decode_paths(Format::SenmlCbor, &message.payload).expect("a list of paths")
}

fn stored(bench: &Bench) -> Vec<String> {
    let values = bench.memory.readings.iter().flat_map(|own| &own.values);
    values.map(trace::value).collect()
}

#[test]
fn dm_14_every_level_is_read_at_once_and_what_is_not_there_is_missing() {
    let mut bench = Bench::registered(GOOD);
    bench.ask(read(&["/3303", "/3/0", "/3/0/9", "/3/0/7/0", "/5/0/3"]));
    let asked = bench.asked();
    assert_eq!(asked.code, Code::FETCH);
    assert_eq!(
        asked.options.uri_path().count(),
        0,
        "the targets are in the body"
    );
    assert_eq!(asked.options.content_format(), Some(112));
    assert_eq!(asked.options.accept(), Some(112));
    assert_eq!(
        listed(&asked),
        paths(&["/3303", "/3/0", "/3/0/9", "/3/0/7/0", "/5/0/3"])
    );
    bench.answer(content(
        110,
        r#"[{"bn":"/3303/0/","n":"5700","v":20.5},{"bn":"/3/0/","n":"9","v":95},{"n":"7/1","v":3800}]"#,
    ));
    let ending = bench.ending(1);
    assert_eq!(ending.outcome, Outcome::Success);
    assert_eq!(ending.missing, paths(&["/3/0/7/0", "/5/0/3"]));
    assert_eq!(
        stored(&bench),
        ["/3303/0/5700=20.5", "/3/0/9=95", "/3/0/7/1=3800"]
    );
    assert_eq!(bench.memory.readings[0].source, ReadingSource::Composite);
}

#[test]
fn dm_14_the_root_is_everything() {
    let mut bench = Bench::registered(GOOD);
    bench.ask(read(&["/"]));
    assert_eq!(listed(&bench.asked()), [Path::Root]);
    bench.answer(content(110, r#"[{"n":"/3/0/9","v":95}]"#));
    assert_eq!(stored(&bench), ["/3/0/9=95"]);
    assert!(bench.ending(1).missing.is_empty());
}

#[test]
fn dm_14_what_nobody_asked_for_is_told_and_left_out() {
    let mut bench = Bench::registered(GOOD);
    bench.ask(read(&["/3/0/9"]));
    bench.answer(content(
        110,
        r#"[{"n":"/3/0/9","v":95},{"n":"/3/0/10","v":15}]"#,
    ));
    assert_eq!(stored(&bench), ["/3/0/9=95"]);
    let (kind, words) = bench.problem();
    assert_eq!(kind, "deviation");
    assert!(words.starts_with("/3/0/10 was left out"), "{words}");
}

#[test]
fn dm_14_an_answer_without_any_value_is_a_success_with_everything_missing() {
    for payload in ["[]", ""] {
        let mut bench = Bench::registered(GOOD);
        bench.ask(read(&["/3/0/9", "/4"]));
        bench.answer(content(110, payload));
        assert_eq!(bench.ending(1).outcome, Outcome::Success, "{payload:?}");
        assert_eq!(bench.ending(1).missing, paths(&["/3/0/9", "/4"]));
    }
}

#[test]
fn qrk_05_an_unmarked_composite_answer_is_read_in_the_format_that_was_asked_for() {
    let mut bench = Bench::registered(GOOD);
    bench.ask(Ask::ReadComposite {
        paths: paths(&["/3/0/9"]),
        format: Some(Format::SenmlJson),
    });
    assert_eq!(bench.asked().options.accept(), Some(110));
    bench.answer(Response::new(Code::CONTENT).payload(&br#"[{"n":"/3/0/9","v":95}]"#[..]));
    assert_eq!(stored(&bench), ["/3/0/9=95"]);
    assert!(
        bench.problem().1.contains("QRK-05"),
        "{}",
        bench.problem().1
    );
}

#[test]
fn dm_15_several_objects_are_written_with_one_request() {
    let mut bench = Bench::registered(GOOD);
    bench.ask(write(&[("/1/0/1", 300), ("/3303/0/5700", 7)]));
    let asked = bench.asked();
    assert_eq!(
        (asked.code, asked.options.uri_path().count()),
        (Code::IPATCH, 0)
    );
    assert_eq!(asked.options.content_format(), Some(112));
    let read = lwm2m::codec::decode(
        Format::SenmlCbor,
        &asked.payload,
        Path::Root,
        &lwm2m::codec::Untyped,
    );
    let written: Vec<_> = read.expect("SenML").readings;
    assert_eq!(
        written.iter().map(|own| own.path).collect::<Vec<_>>(),
        paths(&["/1/0/1", "/3303/0/5700"])
    );
    bench.answer(Response::new(Code::CHANGED));
    assert_eq!(bench.ending(1).outcome, Outcome::Success);
    bench.ask(write(&[("/1/0/1", 300), ("/3/0/9", 7)]));
    bench.answer(Response::new(Code::METHOD_NOT_ALLOWED));
    let ending = bench.ending(2);
    assert_eq!(
        (ending.outcome, ending.code),
        (Outcome::Refused, Some(Code::METHOD_NOT_ALLOWED))
    );
    assert!(bench.memory.readings.is_empty(), "written is not read");
}

#[test]
fn dm_15_values_need_a_resource() {
    let mut bench = Bench::registered(GOOD);
    bench.ask(write(&[("/1/0", 300)]));
    assert_eq!(
        bench.ending(1).detail,
        "/1/0 is no resource, so no value can be written to it"
    );
}

#[test]
fn dm_18_credentials_are_kept_out_of_composite_operations_too() {
    let mut bench = Bench::registered(GOOD);
    for ask in [
        read(&["/3", "/0/0/5"]),
        write(&[("/0/0/1", 1)]),
        observe(&["/21"]),
    ] {
        bench.ask(ask);
    }
    for operation in 1..=3 {
        let detail = &bench.ending(operation).detail;
        assert!(detail.contains("holds credentials"), "{detail}");
    }
}

#[test]
fn ver_05_composite_is_not_sent_to_a_device_of_1_0_unless_forced() {
    let links = "</1/0>,</3/0>";
    let mut bench = Bench::new();
    bench.register(OLD, links);
    bench.ask(read(&["/3/0/9"]));
    let ending = bench.ending(1);
    assert_eq!(ending.outcome, Outcome::Refused);
    assert!(ending.detail.contains("LwM2M 1.0"), "{}", ending.detail);
    let (ticket, endpoint) = (bench.ticket(), name(NAME));
    bench.command(Command::Start {
        ticket,
        endpoint,
        ask: read(&["/3/0/9"]),
        terms: Terms {
            unchecked: true,
            ..Terms::default()
        },
    });
    assert_eq!(bench.asked().code, Code::FETCH);
    bench.answer(Response::new(Code::METHOD_NOT_ALLOWED));
    assert_eq!(bench.ending(2).code, Some(Code::METHOD_NOT_ALLOWED));
}

#[test]
fn ver_05_a_device_of_1_0_that_lists_senml_is_taken_at_its_word() {
    let mut bench = Bench::new();
    bench.register(OLD, "</>;ct=\"110\",</3/0>");
    bench.ask(read(&["/3/0/9"]));
    assert_eq!(
        bench.asked().options.content_format(),
        Some(110),
        "what it lists"
    );
}

#[test]
fn reg_11_composite_requests_go_to_the_alternate_path_and_name_it() {
    let mut bench = Bench::new();
    bench.register(
        GOOD,
        "</lwm2m>;rt=\"oma.lwm2m\";ct=110,</lwm2m/1/0>,</lwm2m/3/0>",
    );
    bench.ask(read(&["/", "/3/0/9"]));
    let asked = bench.asked();
    assert_eq!(asked.options.uri_path().collect::<Vec<_>>(), [b"lwm2m"]);
    assert_eq!(
        String::from_utf8_lossy(&asked.payload),
        r#"[{"n":"/lwm2m"},{"n":"/lwm2m/3/0/9"}]"#
    );
    bench.answer(content(110, r#"[{"bn":"/lwm2m/3/0/","n":"9","v":95}]"#));
    assert_eq!(stored(&bench), ["/3/0/9=95"]);
    assert!(bench.problems.is_empty(), "{:?}", bench.problems);
    bench.ask(write(&[("/3/0/14", 1)]));
    let body = String::from_utf8_lossy(&bench.asked().payload).into_owned();
    assert_eq!(body, r#"[{"bn":"/lwm2m","n":"/3/0/14","v":1}]"#);
}

#[test]
fn ir_02_notifications_of_several_paths_are_read_from_the_root() {
    let mut bench = Bench::registered(GOOD);
    bench.ask(observe(&["/3/0/9", "/3303/1/5700"]));
    let asked = bench.asked();
    assert_eq!(
        (asked.code, asked.options.observe()),
        (Code::FETCH, Some(0))
    );
    bench.answer(observing(1, content(110, r#"[{"n":"/3/0/9","v":95}]"#)));
    assert_eq!(bench.ending(1).missing, paths(&["/3303/1/5700"]));
    bench.clear();
    // The instance appears later (int-304).
    let both = r#"[{"n":"/3/0/9","v":94},{"n":"/3303/1/5700","v":21}]"#;
    bench.notify(Kind::Confirmable, 2, content(110, both));
    bench.expect(&["store: Composite /3/0/9=94 /3303/1/5700=21", "A: ACK"]);
    let (_, observations) = bench.server.belief();
    let own = observations.iter().next().expect("in force");
    assert_eq!(
        own.target,
        Target::Several(paths(&["/3/0/9", "/3303/1/5700"]))
    );
    assert_eq!(own.notifications, 1);
}

#[test]
fn ir_02_a_cancel_repeats_the_request_to_the_byte_whatever_the_order_asked_in() {
    let mut bench = Bench::registered(GOOD);
    bench.ask(observe(&["/3303/0/5700", "/3/0/9", "/1"]));
    let begun = bench.asked();
    bench.answer(observing(1, content(110, "[]")));
    bench.ask(cancel(&["/1", "/3/0/9", "/3303/0/5700"], CancelWay::Active));
    let ended = bench.asked();
    assert_eq!(
        (ended.code, ended.options.observe()),
        (Code::FETCH, Some(1))
    );
    assert_eq!(ended.token, begun.token);
    assert_eq!(ended.payload, begun.payload);
    assert_eq!(
        (ended.options.content_format(), ended.options.accept()),
        (begun.options.content_format(), begun.options.accept())
    );
    bench.answer(content(110, "[]"));
    assert!(bench.memory.observations.is_empty());
    assert_eq!(bench.ending(2).outcome, Outcome::Success);
}

#[test]
fn ir_02_a_cancel_repeats_the_request_after_an_update_that_lists_other_formats() {
    let mut bench = Bench::registered(GOOD);
    bench.ask(observe(&["/3/0/9", "/1"]));
    let begun = bench.asked();
    bench.answer(observing(1, content(112, "")));
    let target = format!("rd/{}", bench.location);
    let links = "</>;ct=110,</1/0>,</3/0>";
    bench.request(Code::POST, &target, Some(40), links);
    bench.ask(cancel(&["/3/0/9", "/1"], CancelWay::Active));
    assert_eq!(bench.asked().payload, begun.payload);
}

#[test]
fn ir_02_a_passive_cancel_answers_the_next_notification_with_a_reset() {
    let mut bench = Bench::registered(GOOD);
    bench.ask(observe(&["/3/0/9", "/1"]));
    bench.answer(observing(1, content(110, "[]")));
    bench.ask(cancel(&["/3/0/9", "/1"], CancelWay::Passive));
    bench.clear();
    bench.notify(Kind::Confirmable, 2, content(110, "[]"));
    bench.expect(&["A: RST", "problem: unexpected_message"]);
    bench.ask(cancel(&["/3/0/9", "/1"], CancelWay::Active));
    assert_eq!(bench.ending(3).detail, "/3/0/9, /1 is not observed");
}

#[test]
fn ir_02_one_path_alone_and_the_same_path_among_others_are_two_observations() {
    let mut bench = Bench::registered(GOOD);
    bench.observed("/3/0/9");
    for set in [&["/3/0/9"][..], &["/3/0/9", "/1"], &["/1", "/3/0/9"]] {
        bench.ask(observe(set));
        bench.answer(observing(1, content(110, "[]")));
    }
    assert_eq!(
        bench.memory.observations.len(),
        3,
        "the last two are the same"
    );
}

#[test]
fn ob_10_several_paths_are_observed_again_after_the_next_register() {
    let mut bench = Bench::registered(GOOD);
    bench.ask(observe(&["/3/0/9", "/1"]));
    bench.answer(observing(1, content(110, "[]")));
    let (former, body) = (bench.token, bench.asked().payload);
    bench.register(GOOD, LINKS);
    let again = bench.asked();
    assert_ne!(again.token, former);
    assert_eq!((again.code, again.payload), (Code::FETCH, body));
    bench.answer(observing(1, content(110, r#"[{"n":"/3/0/9","v":90}]"#)));
    bench.notify(
        Kind::Confirmable,
        2,
        content(110, r#"[{"n":"/3/0/9","v":89}]"#),
    );
    assert_eq!(stored(&bench), ["/3/0/9=90", "/3/0/9=89"]);
    assert_eq!(bench.memory.observations.len(), 1);
}

#[test]
fn ob_16_notifications_of_several_paths_are_understood_after_a_restart() {
    let mut bench = Bench::registered(GOOD);
    bench.ask(observe(&["/3/0/9", "/1"]));
    bench.answer(observing(1, content(110, "[]")));
    bench.restart(20);
    bench.notify(
        Kind::Confirmable,
        2,
        content(110, r#"[{"n":"/3/0/9","v":89}]"#),
    );
    assert_eq!(stored(&bench), ["/3/0/9=89"]);
    let begun = bench.asked().payload;
    bench.ask(cancel(&["/1", "/3/0/9"], CancelWay::Active));
    assert_eq!(bench.asked().payload, begun, "even then");
}

#[test]
fn ir_06_times_in_composite_answers_and_notifications_are_the_values_own() {
    let mut bench = Bench::registered(GOOD);
    bench.ask(observe(&["/3303/0/5700", "/3/0/9"]));
    bench.answer(observing(
        1,
        content(110, r#"[{"n":"/3/0/9","t":-60,"v":95}]"#),
    ));
    let notified = r#"[{"n":"/3303/0/5700","t":1799999000,"v":20},{"n":"/3303/0/5700","t":1799999060,"v":21}]"#;
    bench.notify(Kind::Confirmable, 2, content(110, notified));
    assert_eq!(
        stored(&bench),
        [
            "/3/0/9=95@1799999940",
            "/3303/0/5700=20@1799999000",
            "/3303/0/5700=21@1799999060",
        ]
    );
}

#[test]
fn qrk_11_an_object_without_readable_resources_is_observed_with_an_empty_answer() {
    let mut bench = Bench::registered(GOOD);
    bench.observe("/3");
    bench.answer(observing(1, content(112, "")));
    assert_eq!(bench.ending(1).outcome, Outcome::Success);
    bench.notify(Kind::Confirmable, 2, content(112, ""));
    let told: Vec<_> = bench.problems.iter().map(|own| &own.message).collect();
    assert_eq!(
        told,
        ["the observation was answered with nothing at all (QRK-11)"]
    );
    assert_eq!(bench.memory.observations.len(), 1);
}
