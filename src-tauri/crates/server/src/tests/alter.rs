//! What changes a device: Write, Execute, Create, Delete, Write-Attributes.

use super::bench::{Bench, LINKS, at};
use super::operate::{changed, exchange, reading};
use crate::operation::{Ask, Outcome, WriteMode};
use coap::{Code, Response};
use lwm2m::attributes::AttributeChange;
use lwm2m::{Format, Value};

#[test]
fn dm_04_writes_name_their_format_and_replace_or_update() {
    let utc = || vec![reading("/3/0/14", Value::String("+02".into()))];
    let two = || {
        vec![
            reading("/1/0/1", Value::Integer(60)),
            reading("/1/0/6", Value::Boolean(true)),
        ]
    };
    let write = |path: &str, mode, values, format| Ask::Write {
        path: at(path),
        mode,
        values,
        format,
    };
    let cases = [
        (
            "lwm2m=1.0",
            write("/3/0/14", WriteMode::Replace, utc(), None),
            "PUT /3/0/14 ct=11542 c30e2b3032".to_owned(),
        ),
        (
            "lwm2m=1.0",
            write("/3/0/14", WriteMode::Replace, utc(), Some(Format::Text)),
            "PUT /3/0/14 ct=0 \"+02\"".to_owned(),
        ),
        (
            "lwm2m=1.1",
            write("/1/0", WriteMode::Update, two(), Some(Format::SenmlJson)),
            "POST /1/0 ct=110 \"[{\\\"bn\\\":\\\"/1/0/\\\",\\\"n\\\":\\\"1\\\",\\\"v\\\":60},{\\\"n\\\":\\\"6\\\",\\\"vb\\\":true}]\"".to_owned(),
        ),
    ];
    for (queries, ask, asked) in cases {
        let told = exchange(queries, "</1/0>,</3/0>", ask, changed());
        assert_eq!(told, (format!("CON {asked}"), "Success 2.04".to_owned()));
    }
}

#[test]
fn dm_04_the_format_of_a_write_is_one_the_device_reads() {
    let cases = [
        ("lwm2m=1.0", "</3/0>", 11542),
        ("lwm2m=1.1", "</3/0>", 112),
        ("lwm2m=1.1", "</>;ct=110,</3/0>", 110),
        ("lwm2m=1.1", "</>;ct=\"0 60\",</3/0>", 112),
    ];
    for (queries, links, format) in cases {
        let values = (0..2)
            .map(|n| reading(&format!("/3/0/7/{n}"), Value::Integer(n)))
            .collect();
        let ask = Ask::Write {
            path: at("/3/0/7"),
            mode: WriteMode::Replace,
            values,
            format: None,
        };
        let (asked, _) = exchange(queries, links, ask, changed());
        assert!(
            asked.starts_with(&format!("CON PUT /3/0/7 ct={format} ")),
            "{links}: {asked}"
        );
    }
}

/// Formats of one value refuse several before anything is sent.
#[test]
fn dm_04_several_values_never_travel_as_one() {
    for format in [Format::Text, Format::Opaque, Format::Cbor] {
        for path in ["/3/0/7", "/3/0"] {
            let mut bench = Bench::registered("ep=urn:x&lt=60&lwm2m=1.1");
            let values = (0..2).map(|n| reading(&format!("/3/0/7/{n}"), Value::Integer(n)));
            bench.ask(Ask::Write {
                path: at(path),
                mode: WriteMode::Replace,
                values: values.collect(),
                format: Some(format),
            });
            let ending = bench.ending(1);
            assert_eq!((ending.outcome, ending.code), (Outcome::Refused, None));
            assert!(ending.detail.contains("one value"), "{}", ending.detail);
            assert!(!bench.sent.iter().any(|(_, own)| own.code == Code::PUT));
        }
    }
}

/// Register by updating, bootstrap and pause are Executes like any other.
#[test]
fn reg_22_the_triggers_of_the_server_object_are_executed() {
    for (path, arguments, asked) in [
        ("/1/0/8", None, "CON POST /1/0/8"),
        ("/1/0/8", Some("0='U'"), "CON POST /1/0/8 ct=0 \"0='U'\""),
        ("/1/0/9", None, "CON POST /1/0/9"),
        ("/1/0/4", None, "CON POST /1/0/4"),
    ] {
        let ask = Ask::Execute {
            path: at(path),
            arguments: arguments.map(str::to_owned),
            confirmable: true,
        };
        let told = exchange("lwm2m=1.1", LINKS, ask, changed());
        assert_eq!(told, (asked.to_owned(), "Success 2.04".to_owned()));
    }
}

#[test]
fn ir_05_send_is_muted_by_a_resource_of_the_server_object() {
    for (format, body) in [
        (None, "ct=112 81a221672f312f302f323304f5"),
        (Some(Format::Text), "ct=0 \"1\""),
        (Some(Format::Tlv), "ct=11542 c11701"),
    ] {
        let ask = Ask::Write {
            path: at("/1/0/23"),
            mode: WriteMode::Replace,
            values: vec![reading("/1/0/23", Value::Boolean(true))],
            format,
        };
        let told = exchange("lwm2m=1.1", LINKS, ask, changed());
        assert_eq!(
            told,
            (format!("CON PUT /1/0/23 {body}"), "Success 2.04".to_owned())
        );
    }
}

#[test]
fn dm_08_an_execute_carries_its_arguments_as_text_or_nothing() {
    let execute = |path: &str, arguments: Option<&str>| Ask::Execute {
        path: at(path),
        arguments: arguments.map(str::to_owned),
        confirmable: true,
    };
    let cases = [
        (execute("/3/0/4", None), "CON POST /3/0/4"),
        (execute("/3/0/4", Some("")), "CON POST /3/0/4"),
        (
            execute("/1/0/8", Some("0='U'")),
            "CON POST /1/0/8 ct=0 \"0='U'\"",
        ),
    ];
    for (ask, asked) in cases {
        let told = exchange("lwm2m=1.1", LINKS, ask, changed());
        assert_eq!(
            told,
            (asked.to_owned(), "Success 2.04".to_owned()),
            "REG-22"
        );
    }
}

/// Sent once; the answer may still come, and silence is told like any other.
#[test]
fn dm_08_an_execute_may_go_without_confirmation() {
    let mut bench = Bench::registered("ep=urn:x&lt=86400&lwm2m=1.1");
    let ask = || Ask::Execute {
        path: at("/3/0/4"),
        arguments: None,
        confirmable: false,
    };
    bench.ask(ask());
    let asked = bench.asked();
    assert_eq!(asked.kind, coap::Kind::NonConfirmable);
    bench.respond(coap::Kind::NonConfirmable, 77, asked.token, changed());
    assert_eq!(bench.ending(1).outcome, Outcome::Success);
    bench.sent.clear();
    bench.ask(ask());
    bench.pass(150);
    assert_eq!(bench.ending(2).outcome, Outcome::TimedOut);
    assert_eq!(bench.sent.len(), 1, "never again");
}

#[test]
fn dm_09_a_create_names_the_instance_or_learns_it_from_the_location() {
    let values = || vec![reading("/16/0/0", Value::String("a".into()))];
    let create = |instance, format| Ask::Create {
        object: 16,
        instance,
        values: values(),
        format,
    };
    let at_4 = || Response::new(Code::CREATED).location("16").location("4");
    let (asked, ended) = exchange("lwm2m=1.1", LINKS, create(None, None), at_4());
    assert!(
        asked.starts_with("CON POST /16 ct=11542 "),
        "only TLV leaves the choice: {asked}"
    );
    assert_eq!(ended, "Success 2.01 at /16/4");

    let named = create(Some(0), Some(Format::SenmlJson));
    let (asked, ended) = exchange("lwm2m=1.1", LINKS, named, Response::new(Code::CREATED));
    assert!(
        asked.starts_with("CON POST /16 ct=110 ") && asked.contains("/16/0/"),
        "{asked}"
    );
    assert_eq!(ended, "Success 2.01 at /16/0");
}

#[test]
fn dm_09_a_create_may_name_several_instances_or_none_of_the_values() {
    let create = |values, format| Ask::Create {
        object: 16,
        instance: Some(4),
        values,
        format,
    };
    let values = vec![
        reading("/16/4/0/0", Value::String("a".into())),
        reading("/16/6/0/0", Value::String("b".into())),
    ];
    let cases = [
        (
            create(values.clone(), Some(Format::Tlv)),
            "ct=11542 0504830041006105068300410062",
        ),
        (
            create(values, Some(Format::SenmlJson)),
            "ct=110 \"[{\\\"bn\\\":\\\"/16/\\\",\\\"n\\\":\\\"4/0/0\\\",\\\"vs\\\":\\\"a\\\"},\
             {\\\"n\\\":\\\"6/0/0\\\",\\\"vs\\\":\\\"b\\\"}]\"",
        ),
        (create(Vec::new(), None), "ct=11542 0004"),
    ];
    for (ask, body) in cases {
        let (asked, ended) = exchange("lwm2m=1.1", LINKS, ask, Response::new(Code::CREATED));
        assert_eq!(asked, format!("CON POST /16 {body}"));
        assert_eq!(ended, "Success 2.01 at /16/4");
    }
}

#[test]
fn dm_10_an_instance_is_deleted_or_its_refusal_shown() {
    let delete = |path: &str| Ask::Delete { path: at(path) };
    let told = exchange(
        "lwm2m=1.1",
        LINKS,
        delete("/16/4"),
        Response::new(Code::DELETED),
    );
    assert_eq!(told, ("CON DELETE /16/4".into(), "Success 2.02".into()));
    let refused = Response::new(Code::METHOD_NOT_ALLOWED);
    assert_eq!(
        exchange("lwm2m=1.1", LINKS, delete("/3/0"), refused).1,
        "Refused 4.05"
    );
}

#[test]
fn dm_13_attributes_are_set_and_unset_at_every_level() {
    for path in ["/3", "/3/0", "/3/0/9", "/3/0/7/1"] {
        let change = AttributeChange::from_queries(["pmin=5", "gt", "pmax=60"]).expect("known");
        let ask = Ask::WriteAttributes {
            path: at(path),
            change,
        };
        let (asked, ended) = exchange("lwm2m=1.1", LINKS, ask, changed());
        assert_eq!(asked, format!("CON PUT {path}?pmin=5&pmax=60&gt"));
        assert_eq!(ended, "Success 2.04");
    }
}
