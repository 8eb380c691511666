//! Reading a whole device: one exchange where it can be, one for each object where
//! it cannot, and what came stays in any case (conformance DM-14).

use super::bench::{Bench, at};
use super::device::content;
use super::trace;
use crate::operation::{Ask, Outcome};
use coap::{Code, Response};
use lwm2m::Path;
use lwm2m::codec::decode_paths;

const GOOD: &str = "ep=urn:x&lt=86400&lwm2m=1.1&b=U";
const OLD: &str = "ep=urn:x&lt=86400&lwm2m=1.0&b=U";
const LINKS: &str = "</0/0>,</1/0>,</3/0>,</5>,</3303/0>,</3303/1>,</31024/11>";

fn registered(queries: &str) -> Bench {
    let mut bench = Bench::new();
    bench.register(queries, LINKS);
    bench.sent.clear();
    bench
}

/// The paths of the requests sent, in order; `FETCH` for one without.
fn requests(bench: &Bench) -> Vec<String> {
    let sent = bench.sent.iter().map(|(_, message)| message);
    let asked = sent.filter(|message| message.code.is_request());
    let target = |message: &coap::Message| {
        let path: Vec<_> = message
            .options
            .uri_path()
            .map(String::from_utf8_lossy)
            .collect();
        match message.code {
            Code::FETCH => "FETCH".to_owned(),
            _ => format!("/{}", path.join("/")),
        }
    };
    asked.map(target).collect()
}

fn values(bench: &Bench) -> Vec<String> {
    bench.ending(1).values.iter().map(trace::value).collect()
}

#[test]
fn dm_14_a_device_of_1_1_is_read_in_one_exchange() {
    let mut bench = registered(GOOD);
    bench.ask(Ask::ReadDevice);
    let format = lwm2m::Format::SenmlCbor;
    let listed = decode_paths(format, &bench.asked().payload).expect("a list of paths");
    assert_eq!(listed, [Path::Root]);
    bench.answer(content(
        110,
        r#"[{"n":"/3/0/9","v":95},{"n":"/3303/1/5700","v":7}]"#,
    ));
    assert_eq!(requests(&bench), ["FETCH"]);
    let ending = bench.ending(1);
    assert_eq!(
        (ending.outcome, ending.detail.as_str()),
        (Outcome::Success, "")
    );
    assert_eq!(values(&bench), ["/3/0/9=95", "/3303/1/5700=7"]);
    assert_eq!(bench.memory.readings.len(), 1);
}

#[test]
fn dm_14_a_device_of_1_0_is_read_object_by_object_in_one_operation() {
    let mut bench = registered(OLD);
    bench.ask(Ask::ReadDevice);
    bench.read("/3/0/0");
    for body in [
        r#"{"bn":"/1/","e":[{"n":"0/1","v":60}]}"#,
        r#"{"bn":"/3/","e":[{"n":"0/9","v":95}]}"#,
        r#"{"bn":"/3303/","e":[{"n":"0/5700","v":20},{"n":"1/5700","v":21}]}"#,
        r#"{"bn":"/31024/","e":[{"n":"11/1","v":5}]}"#,
    ] {
        assert_eq!(bench.asked().code, Code::GET);
        bench.answer(content(11543, body));
    }
    assert_eq!(
        requests(&bench),
        ["/1", "/3", "/3303", "/31024", "/3/0/0"],
        "no credentials, nothing without instances, and what waits goes after it"
    );
    assert_eq!(
        values(&bench),
        [
            "/1/0/1=60",
            "/3/0/9=95",
            "/3303/0/5700=20",
            "/3303/1/5700=21",
            "/31024/11/1=5"
        ]
    );
    assert_eq!(
        bench.memory.readings.len(),
        4,
        "each is stored when it comes"
    );
    assert!(bench.ending(1).missing.is_empty());
}

#[test]
fn dm_14_a_refused_object_is_missing_and_the_rest_is_read() {
    let mut bench = registered(OLD);
    bench.ask(Ask::ReadDevice);
    bench.answer(content(11543, r#"{"bn":"/1/","e":[{"n":"0/1","v":60}]}"#));
    bench.answer(Response::new(Code::UNAUTHORIZED));
    bench.reset();
    bench.answer(content(
        11543,
        r#"{"bn":"/31024/","e":[{"n":"11/1","v":5}]}"#,
    ));
    let ending = bench.ending(1);
    assert_eq!(ending.outcome, Outcome::Success);
    assert_eq!(ending.missing, [at("/3"), at("/3303")]);
    assert_eq!(
        ending.detail,
        "/3: the device answered 4.01 Unauthorized; /3303: the peer rejected the message with a Reset"
    );
    assert_eq!(values(&bench), ["/1/0/1=60", "/31024/11/1=5"]);
}

#[test]
fn dm_14_a_device_of_1_1_that_refuses_the_fetch_is_read_object_by_object() {
    for code in [
        Code::NOT_FOUND,
        Code::METHOD_NOT_ALLOWED,
        Code::NOT_IMPLEMENTED,
        Code::UNSUPPORTED_CONTENT_FORMAT,
    ] {
        let mut bench = registered(GOOD);
        bench.ask(Ask::ReadDevice);
        bench.answer(Response::new(code));
        for _ in 0..4 {
            bench.answer(content(110, "[]"));
        }
        assert_eq!(requests(&bench), ["FETCH", "/1", "/3", "/3303", "/31024"]);
        let ending = bench.ending(1);
        assert_eq!(ending.outcome, Outcome::Success, "{code}");
        assert!(
            ending.detail.contains(&code.to_string()),
            "{}",
            ending.detail
        );
    }
}

#[test]
fn dm_14_a_device_that_answers_for_the_root_with_nothing_is_read_object_by_object() {
    let mut bench = registered(GOOD);
    bench.ask(Ask::ReadDevice);
    bench.answer(content(110, "[]"));
    bench.answer(content(110, r#"[{"n":"/1/0/1","v":60}]"#));
    assert_eq!(requests(&bench), ["FETCH", "/1", "/3"]);
}

#[test]
fn what_came_before_the_silence_is_kept() {
    let mut bench = registered(OLD);
    bench.ask(Ask::ReadDevice);
    bench.answer(content(11543, r#"{"bn":"/1/","e":[{"n":"0/1","v":60}]}"#));
    bench.pass(100);
    let ending = bench.ending(1);
    assert_eq!(ending.outcome, Outcome::TimedOut);
    assert_eq!(ending.missing, [at("/3"), at("/3303"), at("/31024")]);
    assert_eq!(values(&bench), ["/1/0/1=60"]);
}

#[test]
fn a_device_of_which_nothing_can_be_read_says_so() {
    let mut bench = registered(OLD);
    bench.ask(Ask::ReadDevice);
    for _ in 0..4 {
        bench.answer(Response::new(Code::NOT_FOUND));
    }
    let ending = bench.ending(1);
    assert_eq!(
        (ending.outcome, ending.missing.len()),
        (Outcome::Refused, 4)
    );
}
