//! What one view of a device costs: a device with the eight readable objects of a well-known demo
//! client, read as a whole by one call of the contract. The table that the test prints has the
//! shape of published ones, so that the figures can be held against them:
//! `cargo test -p wb-tests --test system view -- --nocapture`.

use crate::instrument::Instrument;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use coap::{Code, Message, Response};
use lwm2m::codec::{decode_paths, encode};
use lwm2m::{Format, Path, Reading, Value, bundled};
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;
use wb_tests::raw_device::{content, path_of};
use wb_tests::{RawDevice, eventually};

const OBJECTS: &str =
    "</1/0>,</2/0>,</3/0>,</4/0>,</5/0>,</6/0>,</7/0>,</31024/10>,</31024/11>,</31024/12>";

/// What the device has, in the order of its paths.
fn readings() -> Vec<Reading> {
    let text = |text: &str| Value::String(text.to_owned());
    let whole = Value::Integer;
    let values = vec![
        ("/1/0/0", whole(123)),
        ("/1/0/1", whole(300)),
        ("/1/0/6", Value::Boolean(false)),
        ("/1/0/7", text("U")),
        ("/2/0/0", whole(3)),
        ("/2/0/1", whole(0)),
        ("/2/0/2/123", whole(15)),
        ("/2/0/3", whole(123)),
        ("/3/0/0", text("Open Mobile Alliance")),
        ("/3/0/1", text("Lightweight M2M Client")),
        ("/3/0/2", text("345000123")),
        ("/3/0/3", text("1.0")),
        ("/3/0/6/0", whole(1)),
        ("/3/0/6/1", whole(5)),
        ("/3/0/7/0", whole(3_800)),
        ("/3/0/7/1", whole(5_000)),
        ("/3/0/8/0", whole(125)),
        ("/3/0/8/1", whole(900)),
        ("/3/0/9", whole(100)),
        ("/3/0/10", whole(15)),
        ("/3/0/11/0", whole(0)),
        ("/3/0/13", Value::Time(1_367_491_215)),
        ("/3/0/14", text("+01:00")),
        ("/3/0/15", text("Europe/Berlin")),
        ("/3/0/16", text("U")),
        ("/4/0/0", whole(0)),
        ("/4/0/1/0", whole(0)),
        ("/4/0/2", whole(80)),
        ("/4/0/3", whole(98)),
        ("/4/0/4/0", text("192.168.178.101")),
        ("/4/0/5/0", text("192.168.178.001")),
        ("/4/0/6", whole(0)),
        ("/4/0/7/0", text("web.vodafone.de")),
        ("/4/0/8", whole(12_345)),
        ("/4/0/9", whole(34)),
        ("/4/0/10", whole(69)),
        ("/5/0/3", whole(1)),
        ("/5/0/5", whole(0)),
        ("/6/0/0", Value::Float(27.986_065)),
        ("/6/0/1", Value::Float(86.922_623)),
        ("/6/0/2", Value::Float(8_495.0)),
        ("/6/0/5", Value::Time(1_367_491_215)),
        ("/7/0/0", whole(0)),
        ("/7/0/1", whole(0)),
        ("/7/0/2", whole(0)),
        ("/7/0/3", whole(0)),
        ("/7/0/4", whole(0)),
        ("/7/0/5", whole(0)),
    ];
    values.into_iter().map(reading).chain(custom()).collect()
}

fn reading((path, value): (&str, Value)) -> Reading {
    Reading::new(path.parse().expect("a path"), value)
}

/// The three instances of the object that no definition tells of.
fn custom() -> impl Iterator<Item = Reading> {
    [(10, 20), (11, 21), (12, 22)]
        .into_iter()
        .flat_map(|(instance, number)| {
            let values = [Value::Integer(number), Value::Integer(0), Value::Float(0.0)];
            let at = move |resource| Path::Resource(31_024, instance, resource);
            (1..)
                .zip(values)
                .map(move |(resource, value)| Reading::new(at(resource), value))
        })
}

/// Answers a GET for one object, and a FETCH where `together`.
fn answer(request: &Message, plain: Format, together: bool) -> Response {
    let all = readings();
    let below = |base: Path| -> Vec<Reading> {
        all.iter()
            .filter(|own| base.contains(own.path))
            .cloned()
            .collect()
    };
    let asked = request.options.accept().and_then(Format::from_id);
    let format = asked.unwrap_or(plain);
    let (base, wanted) = match request.code {
        Code::GET => {
            let base: Path = path_of(request).parse().expect("a path");
            (base, below(base))
        }
        Code::FETCH if together => {
            let paths = decode_paths(format, &request.payload).expect("a list of paths");
            (Path::Root, paths.into_iter().flat_map(below).collect())
        }
        _ => return Response::new(Code::METHOD_NOT_ALLOWED),
    };
    let payload = encode(format, base, &wanted).expect("the format carries it");
    content(format.id(), payload)
}

/// One device, the way it is read, and what it cost.
struct View {
    name: &'static str,
    /// Request and answer by what was asked for, in the order asked.
    exchanges: Vec<(String, usize, usize)>,
    /// JSON of the one call, its answer and the events that follow it.
    http_bytes: usize,
}

impl View {
    fn bytes(&self) -> usize {
        let sum = |(_, request, answer): &(String, usize, usize)| request + answer;
        self.exchanges.iter().map(sum).sum()
    }

    fn table(&self) -> String {
        let mut table = format!("\n{}\n", self.name);
        for (path, request, answer) in &self.exchanges {
            let _ = writeln!(
                table,
                "  {path:<8} {request:>5} + {answer:>5} = {:>6}",
                request + answer
            );
        }
        let _ = writeln!(
            table,
            "  in all: {} exchanges, {} bytes of CoAP; one call and its events: {} bytes of JSON",
            self.exchanges.len(),
            self.bytes(),
            self.http_bytes
        );
        table
    }
}

/// Registers a device, reads it by one call, and counts.
fn view(
    instrument: &Instrument,
    (name, version, formats): (&'static str, &str, &str),
    plain: Format,
    together: bool,
) -> View {
    let mut device: RawDevice = instrument.device();
    device.answer_with(move |request| Some(answer(request, plain, together)));
    let endpoint = format!("view-{}", name.replace(' ', "-"));
    let queries = [
        format!("ep={endpoint}"),
        "lt=300".into(),
        format!("lwm2m={version}"),
        "b=U".into(),
    ];
    let queries: Vec<&str> = queries.iter().map(String::as_str).collect();
    let links = format!("</>;rt=\"oma.lwm2m\"{formats},{OBJECTS}");
    assert_eq!(device.register_with(&queries, &links).code, Code::CREATED);
    let door = instrument.door();
    let events = door.events(None);
    let request = json!({ "endpoint": endpoint });
    let started = door.ask("device_read", request.clone());
    let operation = started["operation"]
        .as_str()
        .expect("an operation")
        .to_owned();
    let mut http_bytes = request.to_string().len() + started.to_string().len();
    let ended = eventually("the end of the reading", || {
        device.listen(Duration::from_millis(20));
        let event = events.next(Duration::from_millis(1))?;
        http_bytes += event.data.to_string().len();
        let own = event.name == "operation" && event.data["operation"] == operation.as_str();
        (own && event.data["state"] == "ended").then_some(event.data)
    });
    assert_eq!(ended["outcome"], "success", "{ended}");
    assert!(ended.get("missing").is_none(), "{ended}");
    let values = ended["values"].as_array().expect("values");
    assert_eq!(values.len(), readings().len(), "{ended}");
    View {
        name,
        exchanges: exchanges(instrument, &endpoint),
        http_bytes,
    }
}

/// The exchanges of the server with a device since it registered, from what passed.
fn exchanges(instrument: &Instrument, endpoint: &str) -> Vec<(String, usize, usize)> {
    let request = json!({ "endpoint": endpoint, "limit": 4_096 });
    let traffic = instrument.door().ask("traffic_list", request);
    let mut by_token: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
    let mut exchanges: Vec<(String, usize, usize)> = Vec::new();
    for message in traffic["messages"]
        .as_array()
        .expect("datagrams")
        .iter()
        .rev()
    {
        let bytes = BASE64
            .decode(message["bytes"].as_str().expect("bytes"))
            .expect("base64");
        let own = Message::decode(&bytes).expect("a message");
        let token = own.token.as_bytes().to_vec();
        if message["inbound"] == false && own.code.is_request() {
            by_token.insert(token, exchanges.len());
            let what = match own.code {
                Code::FETCH => "FETCH /".to_owned(),
                _ => path_of(&own),
            };
            exchanges.push((what, bytes.len(), 0));
        } else if let Some(exchange) = by_token.get(&token).and_then(|at| exchanges.get_mut(*at)) {
            exchange.2 += bytes.len();
        }
    }
    exchanges
}

#[test]
fn dm_14_one_view_of_a_device_is_one_call_and_as_few_exchanges_as_the_device_allows() {
    let instrument = Instrument::start("view");
    let by_object =
        |name, version, formats, plain| view(&instrument, (name, version, formats), plain, false);
    let tlv = by_object("1.0 in TLV", "1.0", "", Format::Tlv);
    let json = by_object(
        "1.1 without FETCH in SenML JSON",
        "1.1",
        ";ct=110",
        Format::SenmlJson,
    );
    let cbor = by_object(
        "1.1 without FETCH in SenML CBOR",
        "1.1",
        ";ct=112",
        Format::SenmlCbor,
    );
    let together = ("1.1 in SenML CBOR", "1.1", ";ct=\"110 112\"");
    let whole = view(&instrument, together, Format::SenmlCbor, true);
    for one in [&tlv, &json, &cbor, &whole] {
        println!("{}", one.table());
    }
    assert_eq!(tlv.exchanges.len(), 8, "one for each readable object");
    assert_eq!(whole.exchanges.len(), 1);
    // The one that is refused, then one for each object.
    assert_eq!((json.exchanges.len(), cbor.exchanges.len()), (9, 9));
    assert!(tlv.bytes() < cbor.bytes() && cbor.bytes() < json.bytes());
    assert!(whole.bytes() < cbor.bytes(), "one head instead of eight");
}

#[test]
fn dm_14_a_simulated_device_is_read_in_one_exchange_and_an_old_one_object_by_object() {
    let instrument = Instrument::start("view-simulated");
    for (kind, requests) in [("sensor", 1), ("classic", 8)] {
        let endpoint = instrument.simulated(kind);
        let ended = instrument
            .door()
            .succeed("device_read", json!({ "endpoint": endpoint }));
        assert!(ended.get("missing").is_none(), "{ended}");
        let all = exchanges(&instrument, &endpoint);
        let blocks = all.iter().filter(|(what, ..)| what == "FETCH /").count();
        let asked = if blocks > 0 {
            all.len() - (blocks - 1)
        } else {
            all.len()
        };
        let bytes: usize = all
            .iter()
            .map(|(_, request, answer)| request + answer)
            .sum();
        println!("{kind}: {asked} exchanges, {blocks} blocks, {bytes} bytes of CoAP");
        assert_eq!(asked, requests, "{all:?}");
    }
}

/// The definitions say what is a value and what has several.
#[test]
fn the_device_of_the_view_is_true_to_the_definitions() {
    let registry = bundled::registry();
    for reading in readings() {
        let (Some(object), Some(resource)) = (reading.path.object(), reading.path.resource())
        else {
            panic!("{} is no value", reading.path);
        };
        let Some(found) = registry.nearest(object, None) else {
            continue;
        };
        let definition = found
            .definition
            .resource(resource)
            .expect("a known resource");
        assert_eq!(
            definition.kind,
            Some(reading.value.kind()),
            "{}",
            reading.path
        );
        assert_eq!(
            definition.multiple,
            reading.path.depth() == 4,
            "{}",
            reading.path
        );
    }
}
