//! Operations of the server at every level, in every format, with every refusal.

use super::*;
use lwm2m::{Lwm2mVersion, ObjectList, link};

fn sensor() -> Bench {
    Bench::of(ProfileKind::Sensor)
}

fn tlv(path: &str, base: &str, value: Value) -> Vec<u8> {
    let readings = [Reading::new(path.parse().expect("a path"), value)];
    codec::encode(Format::Tlv, base.parse().expect("a path"), &readings).expect("writable")
}

#[test]
fn dm_01_dm_02_every_level_can_be_read() {
    let mut bench = sensor();
    for (path, least) in [
        ("/3303", 12),
        ("/3303/0", 7),
        ("/3/0", 18),
        ("/3/0/6", 2),
        ("/3/0/6/1", 1),
    ] {
        let response = bench.ask(get(path).accept(Format::SenmlCbor.id()));
        let readings = bench.decode(path, &response);
        assert!(readings.len() >= least, "{path} has {}", readings.len());
    }
    assert_eq!(bench.read("/3/0/17"), Value::String("room sensor".into()));
}

#[test]
fn dm_03_every_format_is_answered_and_without_accept_a_sensible_one() {
    let mut bench = sensor();
    for format in [
        Format::Tlv,
        Format::Json,
        Format::SenmlJson,
        Format::SenmlCbor,
    ] {
        for path in ["/3303/0/5700", "/3303/0", "/3303", "/3/0/6"] {
            let response = bench.ask(get(path).accept(format.id()));
            assert!(
                !bench.decode(path, &response).is_empty(),
                "{path} as {format}"
            );
        }
    }
    let level = bench.ask(get("/3/0/9").accept(Format::Text.id()));
    assert!(text(&level).parse::<i64>().is_ok());
    let format = |response: &Response| response.options.content_format().and_then(Format::from_id);
    assert_eq!(format(&bench.ask(get("/3/0/9"))), Some(Format::Text));
    assert_eq!(format(&bench.ask(get("/6/0/4"))), Some(Format::Opaque));
    assert_eq!(format(&bench.ask(get("/3/0"))), Some(Format::SenmlCbor));
    let profile = Profile::new(ProfileKind::Plain, "d").with_version(Lwm2mVersion::V1_0);
    let mut old = Bench::registered(profile);
    assert_eq!(format(&old.ask(get("/3/0"))), Some(Format::Tlv));
    assert_eq!(old.ask(get("/3/0").accept(110)).code, Code::NOT_ACCEPTABLE);
    assert_eq!(old.ask(get("/3/0/11/0")).code, Code::METHOD_NOT_ALLOWED);
}

#[test]
fn dm_01_dm_18_each_error_has_its_code() {
    let mut bench = sensor();
    for (path, code) in [
        ("/0", Code::UNAUTHORIZED),
        ("/0/0/1", Code::UNAUTHORIZED),
        ("/21/0", Code::UNAUTHORIZED),
        ("/9999", Code::NOT_FOUND),
        ("/3/1", Code::NOT_FOUND),
        ("/3/0/99", Code::NOT_FOUND),
        ("/3/0/6/9", Code::NOT_FOUND),
        ("/3/0/9/0", Code::NOT_FOUND),
        ("/not/a/path", Code::NOT_FOUND),
        ("/65535", Code::NOT_FOUND),
        ("/", Code::METHOD_NOT_ALLOWED),
        ("/3/0/4", Code::METHOD_NOT_ALLOWED),
        ("/5/0/0", Code::METHOD_NOT_ALLOWED),
    ] {
        assert_eq!(bench.ask(get(path)).code, code, "{path}");
    }
    let many_as_text = bench.ask(get("/3/0").accept(Format::Text.id()));
    assert_eq!(many_as_text.code, Code::NOT_ACCEPTABLE);
    assert_eq!(bench.ask(get("/3/0").accept(50)).code, Code::NOT_ACCEPTABLE);
    assert_eq!(
        bench.ask(put("/3").payload("1")).code,
        Code::METHOD_NOT_ALLOWED
    );
    assert_eq!(bench.ask(delete("/3303")).code, Code::METHOD_NOT_ALLOWED);
}

#[test]
fn dm_04_a_resource_is_written_in_every_format_it_fits() {
    let mut bench = sensor();
    let path: Path = "/3311/0/5851".parse().expect("a path");
    for (number, format) in [Format::Text, Format::Cbor, Format::Tlv, Format::Json]
        .into_iter()
        .chain([Format::SenmlJson, Format::SenmlCbor])
        .enumerate()
    {
        let value = Value::Integer(i64::try_from(number).expect("small") + 10);
        let payload = codec::encode(format, path, &[Reading::new(path, value.clone())]);
        let request = put("/3311/0/5851").content_format(format.id());
        let response = bench.ask(request.payload(payload.expect("writable")));
        assert_eq!(
            response.code,
            Code::CHANGED,
            "{format}: {}",
            words(&response)
        );
        assert_eq!(bench.read("/3311/0/5851"), value);
    }
    let written = Event::Written { path };
    assert_eq!(
        bench
            .events
            .iter()
            .filter(|event| **event == written)
            .count(),
        6
    );
}

#[test]
fn dm_04_what_does_not_fit_is_refused_and_nothing_changes() {
    let mut bench = sensor();
    let text = |path: &str, body: &str| put(path).content_format(0).payload(body);
    for (request, code) in [
        (text("/3311/0/5851", "200"), Code::BAD_REQUEST),
        (text("/3311/0/5851", "bright"), Code::BAD_REQUEST),
        (text("/3/0/0", "me"), Code::METHOD_NOT_ALLOWED),
        (text("/3303/0/5605", "1"), Code::METHOD_NOT_ALLOWED),
        (text("/3311/0/9", "1"), Code::NOT_FOUND),
        (text("/3311/9/5851", "1"), Code::NOT_FOUND),
        (text("/16/0/0", "x"), Code::UNSUPPORTED_CONTENT_FORMAT),
        (
            text("/3311/0/5851", "5").content_format(50),
            Code::UNSUPPORTED_CONTENT_FORMAT,
        ),
        (
            text("/3311/0/5851", "5").content_format(40),
            Code::UNSUPPORTED_CONTENT_FORMAT,
        ),
        (
            put("/3311/0/5851").content_format(11542).payload([0xC8]),
            Code::BAD_REQUEST,
        ),
    ] {
        let shown = line(&request);
        let response = bench.ask(request);
        assert_eq!(response.code, code, "{shown}: {}", words(&response));
        assert!(!response.payload.is_empty(), "a reason is given");
    }
    assert_eq!(bench.read("/3311/0/5851"), Value::Integer(100));
    assert_eq!(bench.events, []);
}

#[test]
fn dm_04_an_instance_is_updated_by_post_and_replaced_by_put() {
    let mut bench = sensor();
    let body = tlv("/3311/0/5850", "/3311/0", Value::Boolean(true));
    let partial = post("/3311/0").content_format(11542).payload(body.clone());
    assert_eq!(bench.ask(partial).code, Code::CHANGED);
    assert_eq!(bench.read("/3311/0/5706"), Value::String("#ffd6aa".into()));
    let whole = put("/3311/0").content_format(11542).payload(body);
    assert_eq!(bench.ask(whole).code, Code::CHANGED);
    assert_eq!(bench.read("/3311/0/5850"), Value::Boolean(true));
    assert_eq!(bench.ask(get("/3311/0/5706")).code, Code::NOT_FOUND);
    assert_eq!(
        bench.ask(get("/3311/0/5805")).code,
        Code::CONTENT,
        "read-only ones stay"
    );
}

#[test]
fn dm_04_dt_02_multiple_resources_and_their_instances_are_written() {
    let mut bench = sensor();
    let one = put("/16/0/0/2").content_format(0).payload("attic");
    assert_eq!(bench.ask(one).code, Code::CHANGED);
    assert_eq!(bench.read("/16/0/0/2"), Value::String("attic".into()));
    let absent = put("/16/0/0/9").content_format(0).payload("x");
    assert_eq!(bench.ask(absent).code, Code::NOT_FOUND);
    let body = tlv("/16/0/0/65534", "/16/0/0", Value::String("far".into()));
    let all = put("/16/0/0").content_format(11542).payload(body);
    assert_eq!(bench.ask(all).code, Code::CHANGED);
    let response = bench.ask(get("/16/0/0").accept(112));
    let readings = bench.decode("/16/0/0", &response);
    assert_eq!(readings.len(), 1);
    assert_eq!(readings[0].path, Path::ResourceInstance(16, 0, 0, 65_534));
}

#[test]
fn dm_08_execute_takes_arguments_and_refuses_what_is_none() {
    let mut bench = sensor();
    let run = |bench: &mut Bench, path: &str, arguments: &str| {
        bench
            .ask(post(path).content_format(0).payload(arguments))
            .code
    };
    assert_eq!(run(&mut bench, "/3303/0/5605", "0,1='now'"), Code::CHANGED);
    let path = Path::Resource(3303, 0, 5605);
    let arguments = "0,1='now'".to_owned();
    assert_eq!(bench.events, [Event::Executed { path, arguments }]);
    assert_eq!(run(&mut bench, "/3303/0/5605", "x"), Code::BAD_REQUEST);
    assert_eq!(
        run(&mut bench, "/3303/0/5700", ""),
        Code::METHOD_NOT_ALLOWED
    );
    assert_eq!(run(&mut bench, "/3303/0/5999", ""), Code::NOT_FOUND);
    assert_eq!(run(&mut bench, "/3303/9/5605", ""), Code::NOT_FOUND);
    let binary = post("/3303/0/5605").content_format(11542).payload("0");
    assert_eq!(bench.ask(binary).code, Code::UNSUPPORTED_CONTENT_FORMAT);
}

#[test]
fn dm_09_instances_are_created_with_and_without_an_id() {
    let mut bench = sensor();
    let readings = [Reading::new(
        Path::Resource(3303, 7, 5750),
        Value::String("roof".into()),
    )];
    for (instance, expected) in [(None, 2), (Some(9), 9)] {
        let body = codec::encode_create(Format::Tlv, 3303, instance.map(|_| 7), &readings);
        let mut body = body.expect("writable");
        if instance.is_some() {
            let moved = [Reading::new(
                Path::Resource(3303, 9, 5750),
                Value::String("roof".into()),
            )];
            body = codec::encode_create(Format::Tlv, 3303, Some(9), &moved).expect("writable");
        }
        let response = bench.ask(post("/3303").content_format(11542).payload(body));
        assert_eq!(response.code, Code::CREATED, "{}", words(&response));
        let location: Vec<&[u8]> = response.options.location_path().collect();
        if instance.is_none() {
            assert_eq!(location, [&b"3303"[..], b"2"]);
        } else {
            assert!(location.is_empty());
        }
        assert_eq!(
            bench.read(&format!("/3303/{expected}/5750")),
            Value::String("roof".into())
        );
        assert!(matches!(
            bench.read(&format!("/3303/{expected}/5700")),
            Value::Float(_)
        ));
    }
    let announced = &bench.asked.last().expect("an Update").1;
    let list = ObjectList::parse(announced).expect("a list");
    assert_eq!(list.object(3303).expect("there").instances, [0, 1, 2, 9]);
}

#[test]
fn dm_09_an_instance_without_values_gets_the_id_that_is_asked_for() {
    let mut bench = sensor();
    let body = codec::encode_create(Format::Tlv, 3303, Some(7), &[]).expect("TLV can");
    let create = post("/3303").content_format(11542).payload(body);
    let response = bench.ask(create.clone());
    assert_eq!(response.code, Code::CREATED, "{}", words(&response));
    assert_eq!(response.options.location_path().count(), 0, "it was told");
    assert!(matches!(bench.read("/3303/7/5700"), Value::Float(_)));
    assert_eq!(bench.ask(get("/3303/2")).code, Code::NOT_FOUND);
    assert_eq!(
        bench.ask(create).code,
        Code::BAD_REQUEST,
        "it is there already"
    );
}

#[test]
fn dm_09_a_create_that_cannot_be_leaves_nothing_behind() {
    let mut bench = sensor();
    let body = |id: u16, value: Value| {
        let readings = [Reading::new(Path::Resource(3311, id, 5851), value)];
        codec::encode_create(Format::Tlv, 3311, Some(id), &readings).expect("writable")
    };
    let create = |path: &str, body: Vec<u8>| post(path).content_format(11542).payload(body);
    let taken = bench.ask(create("/3311", body(0, Value::Integer(1))));
    assert_eq!(taken.code, Code::BAD_REQUEST);
    assert_eq!(
        bench
            .ask(create("/3311", body(5, Value::Integer(101))))
            .code,
        Code::BAD_REQUEST
    );
    assert_eq!(bench.ask(get("/3311/5")).code, Code::NOT_FOUND);
    assert_eq!(bench.ask(post("/3")).code, Code::METHOD_NOT_ALLOWED);
    assert_eq!(bench.ask(post("/1")).code, Code::METHOD_NOT_ALLOWED);
    assert_eq!(bench.ask(post("/9999")).code, Code::NOT_FOUND);
    assert_eq!(bench.asked_lines(), [""; 0], "no Update");
}

#[test]
fn dm_10_instances_are_deleted_where_there_may_be_several() {
    let mut bench = sensor();
    assert_eq!(bench.ask(delete("/3303/1")).code, Code::DELETED);
    assert_eq!(bench.ask(get("/3303/1")).code, Code::NOT_FOUND);
    assert_eq!(bench.asked_lines(), ["POST /rd/id0"]);
    assert_eq!(
        bench.events[0],
        Event::Deleted {
            path: Path::Instance(3303, 1)
        }
    );
    for (path, code) in [
        ("/3/0", Code::METHOD_NOT_ALLOWED),
        ("/1/0", Code::METHOD_NOT_ALLOWED),
        ("/3303/1", Code::NOT_FOUND),
        ("/3303/0/5700", Code::METHOD_NOT_ALLOWED),
    ] {
        assert_eq!(bench.ask(delete(path)).code, code, "{path}");
    }
}

#[test]
fn dm_11_dm_13_discover_shows_what_write_attributes_attached() {
    let mut bench = sensor();
    let discover = |bench: &mut Bench, path: &str| {
        let response = bench.ask(get(path).accept(40));
        assert_eq!(response.code, Code::CONTENT, "{}", words(&response));
        text(&response)
    };
    let attach = |bench: &mut Bench, path: &str, queries: &[&str]| {
        let request = queries
            .iter()
            .fold(put(path), |request, query| request.query(query));
        bench.ask(request).code
    };
    assert_eq!(attach(&mut bench, "/3303", &["pmin=5"]), Code::CHANGED);
    assert_eq!(
        attach(&mut bench, "/3303/0/5700", &["gt=25.5", "st=0.5"]),
        Code::CHANGED
    );
    assert_eq!(
        discover(&mut bench, "/3303/0/5700"),
        "</3303/0/5700>;pmin=5;gt=25.5;st=0.5"
    );
    let object = discover(&mut bench, "/3303");
    assert!(
        object.starts_with("</3303>;ver=1.1;pmin=5,</3303/0>,</3303/0/5601>,"),
        "{object}"
    );
    assert!(
        object.contains("</3303/0/5700>;gt=25.5;st=0.5,"),
        "{object}"
    );
    let sources = discover(&mut bench, "/3/0/6");
    assert_eq!(sources, "</3/0/6>;dim=2,</3/0/6/0>,</3/0/6/1>");
    assert_eq!(
        attach(&mut bench, "/3303/0/5700", &["gt", "st"]),
        Code::CHANGED
    );
    assert_eq!(
        discover(&mut bench, "/3303/0/5700"),
        "</3303/0/5700>;pmin=5"
    );
    for (path, queries, code) in [
        ("/3303/0/5700", &["lt=5", "gt=4"][..], Code::BAD_REQUEST),
        ("/3303/0/5700", &["often=1"], Code::BAD_REQUEST),
        ("/3303/0/5701", &["gt=1"], Code::BAD_REQUEST),
        ("/3303/7", &["pmin=1"], Code::NOT_FOUND),
        ("/", &["pmin=1"], Code::METHOD_NOT_ALLOWED),
    ] {
        assert_eq!(
            attach(&mut bench, path, queries),
            code,
            "{path} {queries:?}"
        );
    }
    assert_eq!(bench.ask(get("/77").accept(40)).code, Code::NOT_FOUND);
}

#[test]
fn reg_11_every_path_has_the_alternate_prefix() {
    let mut profile = Profile::new(ProfileKind::Sensor, "d");
    profile.alternate_path = Some("/lwm2m".to_owned());
    let mut bench = Bench::registered(profile);
    assert_eq!(bench.ask(get("/lwm2m/3/0/0")).code, Code::CONTENT);
    assert_eq!(bench.ask(get("/3/0/0")).code, Code::NOT_FOUND);
    let links = bench.ask(get("/lwm2m/3/0/9").accept(40));
    assert_eq!(text(&links), "</lwm2m/3/0/9>");
    assert!(link::parse(&links.payload).is_ok());
    let created = bench.ask(post("/lwm2m/3303"));
    let location: Vec<&[u8]> = created.options.location_path().collect();
    assert_eq!(location, [&b"lwm2m"[..], b"3303", b"2"]);
    // Names in bodies may have it too.
    let named = Reading::new(Path::Resource(3303, 9, 5750), Value::String("roof".into()));
    let json = Format::SenmlJson;
    let body = codec::encode_create_from("/lwm2m", json, 3303, Some(9), &[named]);
    let create = post("/lwm2m/3303").content_format(json.id());
    let created = bench.ask(create.payload(body.expect("writable")));
    assert_eq!(created.code, Code::CREATED, "{}", words(&created));
    assert_eq!(bench.ask(get("/lwm2m/3303/9/5750")).code, Code::CONTENT);
    let listed = codec::encode_paths_from("/lwm2m", json, &[Path::Resource(3303, 9, 5750)]);
    let fetch = at(Request::new(Code::FETCH), "/lwm2m").content_format(json.id());
    let read = bench.ask(fetch.payload(listed.expect("SenML")));
    let came = bench.decode("/", &read);
    assert_eq!(came[0].value, Value::String("roof".into()));
}

#[test]
fn dm_14_read_composite_leaves_out_what_is_missing() {
    let mut bench = sensor();
    let paths = ["/3/0/0", "/3303/0", "/9999", "/0/0/1"].map(|path| path.parse().expect("a path"));
    let body = codec::encode_paths(Format::SenmlCbor, &paths).expect("SenML");
    let fetch = at(Request::new(Code::FETCH), "/")
        .content_format(112)
        .payload(body);
    let response = bench.ask(fetch.clone());
    let readings = bench.decode("/", &response);
    assert_eq!(readings[0].path, Path::Resource(3, 0, 0));
    assert!(readings.len() > 5 && readings.iter().all(|r| r.path.object() != Some(0)));
    assert_eq!(
        bench.ask(fetch.content_format(0)).code,
        Code::UNSUPPORTED_CONTENT_FORMAT
    );
    let body = codec::encode_paths(Format::SenmlCbor, &[Path::Root; 101]).expect("SenML");
    let greedy = Request::new(Code::FETCH).content_format(112).payload(body);
    assert_eq!(bench.ask(greedy).code, Code::BAD_REQUEST);
    let old = Profile::new(ProfileKind::Plain, "d").with_version(Lwm2mVersion::V1_0);
    let refused = Bench::registered(old).ask(Request::new(Code::FETCH));
    assert_eq!(refused.code, Code::METHOD_NOT_ALLOWED);
}

#[test]
fn dm_15_write_composite_is_all_or_nothing() {
    let mut bench = sensor();
    let body = |level: i64| {
        let light = Reading::new(Path::Resource(3311, 0, 5851), Value::Integer(level));
        let zone = Reading::new(Path::Resource(3, 0, 15), Value::String("UTC".into()));
        codec::encode(Format::SenmlJson, Path::Root, &[zone, light]).expect("SenML")
    };
    let patch = |level| {
        Request::new(Code::IPATCH)
            .content_format(110)
            .payload(body(level))
    };
    assert_eq!(bench.ask(patch(101)).code, Code::BAD_REQUEST);
    assert_eq!(bench.read("/3/0/15"), Value::String("Europe/Berlin".into()));
    assert_eq!(bench.ask(patch(40)).code, Code::CHANGED);
    assert_eq!(bench.read("/3/0/15"), Value::String("UTC".into()));
    assert_eq!(bench.read("/3311/0/5851"), Value::Integer(40));
}

#[test]
fn ir_04_ir_05_send_reports_unasked_unless_it_is_muted() {
    let mut bench = sensor();
    let paths = vec![Path::Resource(3303, 0, 5700), Path::Resource(9, 9, 9)];
    bench.command(Command::Send {
        paths: paths.clone(),
    });
    assert_eq!(bench.asked_lines(), ["POST /dp"]);
    let sent = codec::decode(
        Format::SenmlCbor,
        &bench.asked[0].1,
        Path::Root,
        &codec::Untyped,
    );
    assert_eq!(sent.expect("SenML").readings[0].path, paths[0]);
    assert_eq!(bench.events, [Event::Sent]);
    bench.write("/1/0/23", Value::Boolean(true));
    bench.forget();
    bench.command(Command::Send { paths });
    assert!(matches!(&bench.events[..], [Event::SendFailed { .. }]));
    assert!(bench.asked.is_empty());
}

#[test]
fn ir_06_a_sleeper_reports_what_it_collected_under_the_times_it_was_taken_at() {
    let mut bench = Bench::of(ProfileKind::Sleeper);
    let mut reports = Vec::new();
    for _ in 0..2 {
        bench.run(120);
        let sent = bench.asked.iter().filter(|(line, _)| line == "POST /dp");
        reports.extend(sent.map(|(_, body)| body.clone()));
        bench.forget();
    }
    assert_eq!(reports.len(), 2);
    let read = |body: &Vec<u8>| {
        let decoded = codec::decode(Format::SenmlCbor, body, Path::Root, &codec::Untyped);
        decoded.expect("SenML").readings
    };
    let times = |readings: &[Reading]| {
        let temperature = readings
            .iter()
            .filter(|own| own.path.object() == Some(3303));
        temperature.map(|own| own.time).collect::<Vec<_>>()
    };
    let (first, second) = (times(&read(&reports[0])), times(&read(&reports[1])));
    assert_eq!((first.len(), second.len()), (4, 4), "nothing is told twice");
    assert!(
        first.is_sorted() && first.last() < second.first(),
        "{first:?} {second:?}"
    );
}

#[test]
fn what_was_collected_while_the_server_was_away_is_reported_later() {
    let mut bench = Bench::of(ProfileKind::Sleeper);
    bench.script = |_, _| Some(Response::new(Code::SERVICE_UNAVAILABLE));
    bench.run(130);
    bench.script = super::accept;
    bench.forget();
    bench.run(400);
    let sent = bench.asked.iter().find(|(line, _)| line == "POST /dp");
    let (_, body) = sent.expect("a report");
    let decoded = codec::decode(Format::SenmlCbor, body, Path::Root, &codec::Untyped);
    let count = decoded.expect("SenML").readings.len();
    assert!(count > 8, "those of the refused report too: {count}");
}

#[test]
fn dm_20_rights_are_read_and_written_as_a_multiple_resource() {
    let mut bench = sensor();
    let rights = |bench: &mut Bench| {
        let response = bench.ask(get("/2/1").accept(112));
        let readings = bench.decode("/", &response);
        let texts = readings
            .iter()
            .map(|own| format!("{}={:?}", own.path, own.value));
        texts.collect::<Vec<_>>()
    };
    assert_eq!(
        rights(&mut bench),
        [
            "/2/1/0=Integer(3)",
            "/2/1/1=Integer(0)",
            "/2/1/2/1=Integer(15)",
            "/2/1/2/2=Integer(1)",
            "/2/1/3=Integer(1)",
        ]
    );
    let entries = [(1, 31), (7, 2)].map(|(server, bits)| {
        Reading::new(
            Path::ResourceInstance(2, 1, 2, server),
            Value::Integer(bits),
        )
    });
    let base = Path::Resource(2, 1, 2);
    let body = codec::encode(Format::Tlv, base, &entries).expect("TLV");
    let write = put("/2/1/2").content_format(Format::Tlv.id()).payload(body);
    assert_eq!(bench.ask(write).code, Code::CHANGED);
    let now = rights(&mut bench);
    assert_eq!(now[2..4], ["/2/1/2/1=Integer(31)", "/2/1/2/7=Integer(2)"]);
}
