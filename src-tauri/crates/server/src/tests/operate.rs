//! What is asked of devices: how each operation looks on the wire and what its
//! answer is read as (conformance DM).

use super::bench::{Bench, LINKS, at, check};
use super::device::content;
use crate::operation::{Ask, WriteMode};
use coap::{Code, Response};
use lwm2m::{Format, Reading, Value};

/// What device A hears when it registered with `queries` and `links`, is asked
/// `ask` and answers `answer`; and how the operation ends.
pub(super) fn exchange(queries: &str, links: &str, ask: Ask, answer: Response) -> (String, String) {
    let mut bench = Bench::new();
    bench.register(&format!("ep=urn:x&lt=60&{queries}"), links);
    bench.ask(ask);
    let asked = super::trace::message(&bench.asked());
    bench.answer(answer);
    let ended = super::trace::operation(
        bench
            .memory
            .operations
            .values()
            .last()
            .expect("an operation"),
    );
    (asked, ended.replace("operation 1 ", ""))
}

pub(super) fn reading(path: &str, value: Value) -> Reading {
    Reading::new(at(path), value)
}

pub(super) fn changed() -> Response {
    Response::new(Code::CHANGED)
}

#[test]
fn dm_01_dm_02_every_level_is_read() {
    let cases = [
        (
            "/3",
            "/3",
            "[{\"bn\":\"/3/0/\",\"n\":\"9\",\"v\":95}]",
            "/3/0/9=95",
        ),
        (
            "/3/0",
            "/3/0",
            "[{\"bn\":\"/3/0/\",\"n\":\"9\",\"v\":95}]",
            "/3/0/9=95",
        ),
        (
            "/3/0/9",
            "/3/0/9",
            "[{\"bn\":\"/3/0/9\",\"v\":95}]",
            "/3/0/9=95",
        ),
        (
            "/3/0/7/1",
            "/3/0/7/1",
            "[{\"bn\":\"/3/0/7/1\",\"v\":5000}]",
            "/3/0/7/1=5000",
        ),
        ("/3/0", "/3/0", "[]", ""),
    ];
    for (path, asked, payload, values) in cases {
        let ask = Ask::Read {
            path: at(path),
            format: Some(Format::SenmlJson),
        };
        let told = exchange("lwm2m=1.1", LINKS, ask, content(110, payload));
        let ended = format!("Success 2.05 {values}");
        assert_eq!(
            told,
            (
                format!("CON GET {asked} accept=110"),
                ended.trim_end().to_owned()
            )
        );
    }
}

#[test]
fn dm_03_the_format_is_asked_for_as_the_device_offers_it() {
    let none = "</1/0>,</3/0>";
    let cases = [
        ("lwm2m=1.1", "</>;ct=112,</3/0>", None, " accept=112"),
        ("lwm2m=1.1", "</>;ct=110,</3/0>", None, " accept=110"),
        ("lwm2m=1.1", "</>;ct=\"0 60\",</3/0>", None, ""),
        (
            "lwm2m=1.1",
            "</>;ct=\"110 112 11542\",</3/0>",
            None,
            " accept=11542",
        ),
        ("lwm2m=1.1", none, None, ""),
        ("lwm2m=1.0", none, None, " accept=11542"),
        ("lwm2m=1.1", none, Some(Format::Text), " accept=0"),
        ("lwm2m=1.1", none, Some(Format::Cbor), " accept=60"),
    ];
    for (queries, links, format, accept) in cases {
        let ask = Ask::Read {
            path: at("/3/0/9"),
            format,
        };
        let (asked, ended) = exchange(queries, links, ask, content(60, [0x18, 95]));
        assert_eq!(asked, format!("CON GET /3/0/9{accept}"), "REG-10: {links}");
        assert_eq!(
            ended, "Success 2.05 /3/0/9=95",
            "QRK-06: whatever comes is read"
        );
    }
}

#[test]
fn reg_11_an_alternate_path_stands_before_every_path() {
    let links = "</lwm2m/a>;rt=\"oma.lwm2m\";ct=110,</lwm2m/a/1/0>,</lwm2m/a/3/0>";
    let read = Ask::Read {
        path: at("/3/0/9"),
        format: None,
    };
    let (asked, ended) = exchange("lwm2m=1.1", links, read, content(0, "95"));
    assert_eq!(asked, "CON GET /lwm2m/a/3/0/9 accept=110");
    assert_eq!(ended, "Success 2.05 /3/0/9=95");
    let create = Ask::Create {
        object: 16,
        instance: None,
        values: Vec::new(),
        format: None,
    };
    let made = Response::new(Code::CREATED);
    let made = ["lwm2m", "a", "16", "4"]
        .into_iter()
        .fold(made, Response::location);
    assert_eq!(
        exchange("lwm2m=1.1", links, create, made).1,
        "Success 2.01 at /16/4"
    );
}

#[test]
fn dm_11_discover_yields_paths_with_their_attributes() {
    let links = "</3/0>;pmin=10,</3/0/7>;dim=2;lt=3.5,</3/0/9>,</elsewhere>";
    let ask = Ask::Discover { path: at("/3/0") };
    let told = exchange("lwm2m=1.1", LINKS, ask, content(40, links));
    let ended = "Success 2.05 </3/0>;pmin=10 </3/0/7>;dim=2;lt=3.5 </3/0/9>";
    assert_eq!(told, ("CON GET /3/0 accept=40".into(), ended.into()));
}

#[test]
fn dm_17_what_no_definition_names_is_read_and_written_all_the_same() {
    let ask = Ask::Read {
        path: at("/64999/1/2"),
        format: Some(Format::Text),
    };
    assert_eq!(
        exchange("lwm2m=1.1", LINKS, ask, content(0, "7")).1,
        "Success 2.05 /64999/1/2=\"7\"",
        "without a definition, text stays text"
    );
    let values = vec![reading("/64999/1/2", Value::Integer(7))];
    let (path, format) = (at("/64999/1/2"), Some(Format::Text));
    let ask = Ask::Write {
        path,
        mode: WriteMode::Replace,
        values,
        format,
    };
    assert_eq!(
        exchange("lwm2m=1.1", LINKS, ask, changed()).0,
        "CON PUT /64999/1/2 ct=0 \"7\""
    );
}

#[test]
fn co_17_one_operation_at_a_time_is_under_way_and_the_others_keep_their_order() {
    check(
        |bench| {
            bench.register("ep=urn:x&lt=60&lwm2m=1.1", LINKS);
            bench.clear();
            (0..3).for_each(|n| bench.read(&format!("/3/0/{n}")));
            bench.answer(content(0, "a"));
            bench.answer(content(0, "b"));
        },
        &[
            "store: operation 1 sent",
            "reply: operation 1",
            "A: CON GET /3/0/0 accept=112",
            "store: operation 2 queued",
            "reply: operation 2",
            "store: operation 3 queued",
            "reply: operation 3",
            "store: Read /3/0/0=\"a\"; operation 1 Success 2.05 /3/0/0=\"a\"; operation 2 sent",
            "A: CON GET /3/0/1 accept=112",
            "store: Read /3/0/1=\"b\"; operation 2 Success 2.05 /3/0/1=\"b\"; operation 3 sent",
            "A: CON GET /3/0/2 accept=112",
        ],
    );
}
