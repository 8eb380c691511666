//! Writes the inputs that the fuzzers start from, out of our own vectors:
//! `cargo run -p wb-oracles --example seeds`.
//!
//! What the fuzzers found lies beside them in `corpus/` and is left alone.

use lwm2m::codec::{encode, encode_paths};
use lwm2m::ddf;
use lwm2m::{Format, Path, Reading, ReadingTime, Value};
use std::fs;

fn main() {
    values();
    lists_of_paths();
    words();
    definitions();
    datagrams();
}

/// One of every type and the device of Core's examples, in every format.
fn values() {
    for (target, format) in [
        ("tlv", Format::Tlv),
        ("oma_json", Format::Json),
        ("senml_json", Format::SenmlJson),
        ("senml_cbor", Format::SenmlCbor),
    ] {
        for (name, choice, base, readings) in [
            ("device", 35, Path::Instance(3, 0), device()),
            ("types", 32, Path::Object(100), every_type()),
            ("instances", 21, Path::Resource(100, 0, 11), instances()),
            ("history", 9, Path::Resource(100, 0, 9), history()),
            ("nothing", 33, Path::Instance(100, 0), Vec::new()),
        ] {
            let timed = readings.iter().any(|reading| reading.time.is_some());
            if timed && format == Format::Tlv {
                continue;
            }
            let payload = encode(format, base, &readings).expect("a vector");
            write(target, name, &[&[choice], payload.as_slice()].concat());
        }
    }
    for reading in every_type() {
        let resource = reading.path.resource().unwrap_or_default() as u8;
        let name = format!("type-{resource}");
        for (target, format) in [("cbor", Format::Cbor), ("text", Format::Text)] {
            let one = std::slice::from_ref(&reading);
            let payload = encode(format, reading.path, one).expect("a vector");
            write(target, &name, &[&[resource], payload.as_slice()].concat());
        }
    }
    odd_values();
}

/// What devices write otherwise than we would.
fn odd_values() {
    for (target, name, choice, payload) in [
        ("tlv", "bare", 32, &b"\xC1\x01\x64"[..]),
        ("tlv", "wide", 33, b"\xF8\x00\x01\x00\x00\x01\x64"),
        (
            "senml_cbor",
            "text-labels",
            35,
            b"\x81\xA2\x61n\x66/3/0/9\x61v\x18\x64",
        ),
        (
            "senml_cbor",
            "indefinite",
            35,
            b"\x9F\xBF\x00\x66/3/0/9\x02\xC4\x82\x20\x18\xD7\xFF\xFF",
        ),
        (
            "senml_json",
            "bases",
            30,
            br#"[{"bver":10,"bn":"/3/0/","bt":1e9,"bv":2,"n":"9","v":1,"s":1,"t":-1}]"#,
        ),
        (
            "senml_json",
            "escapes",
            35,
            br#"[{"n":"\/3\/0\/0","vs":"\u00e9\ud83d\ude00"}]"#,
        ),
        (
            "oma_json",
            "array",
            35,
            br#"[{"bn":"/3/0/","n":"9","v":100},{"n":"10","v":15}]"#,
        ),
        ("cbor", "fraction", 3, b"\xC4\x82\x20\x18\xE1"),
        (
            "cbor",
            "bignum",
            2,
            b"\xC2\x48\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF",
        ),
        ("cbor", "time", 6, b"\xC1\x1A\x51\x82\x42\x8F"),
        ("cbor", "pieces", 0, b"\x7F\x61a\x61b\xFF"),
        ("text", "arguments", b'0', b"='http://a,b=c',2,7=''"),
        ("text", "exponent", 3, b"-1.5e-7"),
    ] {
        write(target, name, &[&[choice], payload].concat());
    }
}

fn device() -> Vec<Reading> {
    vec![
        Reading::new(Path::Resource(3, 0, 0), Value::String("Maker".into())),
        Reading::new(Path::ResourceInstance(3, 0, 6, 0), Value::Integer(1)),
        Reading::new(Path::ResourceInstance(3, 0, 6, 1), Value::Integer(5)),
        Reading::new(Path::Resource(3, 0, 9), Value::Integer(100)),
        Reading::new(Path::Resource(3, 0, 13), Value::Time(1_367_491_215)),
    ]
}

fn every_type() -> Vec<Reading> {
    let values = [
        Value::String("é".into()),
        Value::Integer(i64::MIN),
        Value::Unsigned(u64::MAX),
        Value::Float(0.1),
        Value::Boolean(true),
        Value::Opaque(vec![0, 255]),
        Value::Time(-1),
        Value::Objlnk(66, 65_535),
        Value::Corelnk("</3/0>".into()),
    ];
    let at = |(resource, value)| Reading::new(Path::Resource(100, 0, resource), value);
    (0..).zip(values).map(at).collect()
}

fn instances() -> Vec<Reading> {
    let at = |id| Reading::new(Path::ResourceInstance(100, 0, 11, id), Value::Integer(1));
    [0, 1, 256, 65_534].map(at).to_vec()
}

fn history() -> Vec<Reading> {
    let at = |micros| Reading {
        time: Some(ReadingTime::Absolute(micros)),
        ..Reading::new(Path::Resource(100, 0, 9), Value::String("a".into()))
    };
    [1_367_491_215_000_000, 1_367_491_216_500_001]
        .map(at)
        .to_vec()
}

fn lists_of_paths() {
    let paths = [
        Path::Root,
        Path::Object(3),
        Path::Resource(3, 0, 9),
        Path::ResourceInstance(3, 0, 6, 65_534),
    ];
    for (choice, format) in [(0, Format::SenmlJson), (1, Format::SenmlCbor)] {
        let payload = encode_paths(format, &paths).expect("SenML carries paths");
        let name = format.name();
        write(
            "senml_paths",
            name,
            &[&[choice], payload.as_slice()].concat(),
        );
    }
}

fn words() {
    for (target, texts) in [
        ("link_format", LINKS),
        ("object_list", LISTS),
        ("attributes", ATTRIBUTES),
        ("path", PATHS),
    ] {
        for (number, text) in texts.iter().enumerate() {
            write(target, &format!("words-{number}"), text.as_bytes());
        }
    }
}

fn definitions() {
    for object in [3, 3303] {
        let registry = lwm2m::bundled::registry();
        let definition = registry.latest(object).expect("a definition of ours");
        let mut short = definition.as_ref().clone();
        short.resources.truncate(3);
        write(
            "ddf",
            &format!("object-{object}"),
            ddf::write(&short).as_bytes(),
        );
    }
    let odd = "<?xml version='1.0'?><!-- a --><LWM2M><Object><ObjectID> 9 </ObjectID><Resources>\
               <Item ID='1'><Name><![CDATA[a<b]]></Name><Type>Integer</Type></Item></Resources></Object></LWM2M>";
    write("ddf", "odd", odd.as_bytes());
    let facts = "O\t31000\t1.1\t1.0\tMO\tKettle\nR\t1\tRW\tuint\tSM\t0..100\t/100\tLevel\n";
    write("ddf", "catalogue", facts.as_bytes());
}

fn datagrams() {
    let register = coap::Request::post()
        .segment("rd")
        .query("ep=a")
        .query("lwm2m=1.1")
        .content_format(40)
        .payload("</1/0>,</3/0>");
    let mut message = coap::Message {
        kind: coap::Kind::Confirmable,
        code: register.code,
        mid: 1,
        token: coap::Token::from(1),
        options: register.options,
        payload: register.payload,
    };
    write("coap_message", "register", &message.encode());
    message.options.push(coap::option::SIZE1, [1, 0]);
    message.options.push(2_048, vec![0; 300]);
    write("coap_message", "wide-options", &message.encode());
    let ping = coap::Message::empty(coap::Kind::Confirmable, 7);
    write("coap_message", "ping", &ping.encode());
}

fn write(target: &str, name: &str, bytes: &[u8]) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../fuzz/corpus")
        .join(target);
    fs::create_dir_all(&folder).expect("a folder of ours");
    fs::write(folder.join(name), bytes).expect("a file of ours");
}

const LINKS: &[&str] = &[
    "</3/0>;ver=1.1;ssid=101;uri=\"coap://a\";dim=8;pmin=10;gt=-0.5;edge=1;x;y=\"z\"",
    " </1/0> ; ver = 1.1 ,\r\n </3/0>;ct=\"110 112\" , ",
    "</a>;title=\"one, two; \\\"three\\\" \\\\\",,</b>;=,</c>;hb",
];

const LISTS: &[&str] = &[
    "</>;rt=\"oma.lwm2m\";ct=\"110 112\",</1/0>,</3>;ver=1.1,</3/0>,</3303/65534>",
    "</lwm2m>;rt=oma.lwm2m;ct=110;ct=112,</lwm2m/1/0>,</lwm2m/3/0>;ver=\"1.2\"",
    "<3/0/>,</0/0>,</65535/0>,</3/0/9>,</5>;rt=\"oma.lwm2m x\"",
];

const ATTRIBUTES: &[&str] = &[
    "pmin=10&pmax=60&gt=21.5&lt=-3&st=0.5&epmin=1&epmax=2&edge=1&con=0&hqmax=9",
    "pmin&gt=",
    "0..247, 255",
    "0-255 bytes",
    "16,32,48",
    "-140..-44",
    "0.000001..1.0",
];

const PATHS: &[&str] = &["/", "/3/0/11/65534", "/3_1.2/0/9", "1.0", "senml_cbor"];
