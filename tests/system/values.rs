//! Values at the edges on their whole way: 64-bit integers exact in each format, and bodies of a
//! mebibyte that rows and events show in part.

use crate::scripted::{Bench, SENML_CBOR, SENML_JSON, TLV, of_d};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use coap::option::{BLOCK1, BLOCK2};
use coap::{Block, Code, Message, Response};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use wb_tests::raw_device::{content, text};

const CBOR: u16 = 60;

/// An integer of `/3/0/13`'s kind would lose its end in a 64-bit float.
const LARGEST: i64 = i64::MAX;

/// A body of a mebibyte, no two of its blocks alike.
fn image() -> Vec<u8> {
    (0..1_u32 << 18)
        .flat_map(|word| word.wrapping_mul(0x9e37_79b1).to_be_bytes())
        .collect()
}

/// An object with one resource of each wide type.
fn meter() -> String {
    let item = |id: u32, kind: &str| {
        format!(
            "<Item ID=\"{id}\"><Name>{kind}</Name><Operations>RW</Operations>\
             <MultipleInstances>Single</MultipleInstances><Mandatory>Optional</Mandatory>\
             <Type>{kind}</Type><RangeEnumeration/><Units/><Description/></Item>"
        )
    };
    format!(
        "<LWM2M><Object ObjectType=\"MODefinition\"><Name>Meter</Name><Description1/>\
         <ObjectID>33998</ObjectID><ObjectURN>urn:oma:lwm2m:x:33998</ObjectURN>\
         <LWM2MVersion>1.0</LWM2MVersion><ObjectVersion>1.0</ObjectVersion>\
         <MultipleInstances>Single</MultipleInstances><Mandatory>Optional</Mandatory>\
         <Resources>{}{}{}{}</Resources><Description2/></Object></LWM2M>",
        item(0, "Integer"),
        item(1, "Unsigned Integer"),
        item(2, "Time"),
        item(3, "Opaque"),
    )
}

fn bench(name: &str) -> Bench {
    let bench = Bench::with(name, "lwm2m=1.1", "</>;ct=110,</1/0>,</3/0>,</33998/0>");
    let import = json!({ "name": "meter.xml", "content": meter() });
    let imported = bench.instrument.door().ask("model_import", import);
    assert_eq!(imported["problems"], json!([]));
    bench
}

fn cbor_unsigned(value: u64) -> Vec<u8> {
    [&[0x1b][..], &value.to_be_bytes()].concat()
}

#[test]
fn sj_06_dt_01_64_bit_integers_are_exact_on_their_whole_way() {
    let mut bench = bench("exact");
    let unsigned = (u64::MAX - 1).to_string();
    let largest = LARGEST.to_string();
    let bits = (u64::MAX - 1).to_be_bytes();
    let tlv = |id: u8, bytes: &[u8; 8]| [&[0xc8, id, 8][..], bytes].concat();
    let senml = |id: u8, number: &str| {
        content(
            SENML_JSON,
            format!(r#"[{{"n":"/33998/0/{id}","v":{number}}}]"#),
        )
    };
    let senml_cbor = |id: u8, number: &[u8]| {
        // [{0: "/33998/0/id", 2: number}]
        let mut pack = vec![0x81, 0xa2, 0x00, 0x6a];
        pack.extend(format!("/33998/0/{id}").bytes());
        pack.push(0x02);
        pack.extend(number);
        content(SENML_CBOR, pack)
    };
    let smallest = [&[0x3b][..], &LARGEST.to_be_bytes()].concat();
    let cases = [
        (0, &largest, content(TLV, tlv(0, &LARGEST.to_be_bytes()))),
        (0, &largest, senml(0, &largest)),
        (
            0,
            &largest,
            senml_cbor(0, &cbor_unsigned(LARGEST.unsigned_abs())),
        ),
        (
            0,
            &largest,
            content(CBOR, cbor_unsigned(LARGEST.unsigned_abs())),
        ),
        (0, &largest, text(&largest)),
        (0, &i64::MIN.to_string(), content(CBOR, smallest)),
        (1, &unsigned, content(TLV, tlv(1, &bits))),
        (1, &unsigned, senml(1, &unsigned)),
        (1, &unsigned, senml_cbor(1, &cbor_unsigned(u64::MAX - 1))),
        (1, &unsigned, content(CBOR, cbor_unsigned(u64::MAX - 1))),
        (1, &unsigned, text(&unsigned)),
        (2, &largest, content(TLV, tlv(2, &LARGEST.to_be_bytes()))),
    ];
    for (resource, exact, answer) in cases {
        let path = format!("/33998/0/{resource}");
        let answered = format!("{answer:?}");
        let (_, ended) = bench.exchange("resource_read", json!({ "path": path }), answer);
        assert_eq!(ended["values"][0]["value"], **exact, "{answered}: {ended}");
        assert_eq!(bench.instrument.tree_row("d", &path)["value"], **exact);
        let history = bench.instrument.door().history("d", &path);
        assert_eq!(history.last().expect("a reading")["value"], **exact);
    }

    for (resource, kind, value) in [(0, "integer", &largest), (1, "unsigned", &unsigned)] {
        let path = format!("/33998/0/{resource}");
        for format in ["tlv", "senml_json", "senml_cbor", "cbor", "text"] {
            let values = json!([{ "path": path, "kind": kind, "value": value }]);
            let write = json!({ "path": path, "values": values, "format": format });
            let (asked, ended) =
                bench.exchange("resource_write", write, Response::new(Code::CHANGED));
            assert_eq!(ended["outcome"], "success", "{ended}");
            let digits = value.as_bytes();
            let bytes = value.parse::<u64>().expect("digits").to_be_bytes();
            let carried = |what: &[u8]| asked.payload.windows(what.len()).any(|part| part == what);
            assert!(carried(digits) || carried(&bytes), "{format}: {asked:?}");
        }
        let parse = of_d(json!({ "path": path, "text": value }));
        assert_eq!(
            bench.instrument.door().ask("value_parse", parse)["value"],
            **value
        );
    }
}

/// Answers block by block, as asked for, with the body that it keeps; takes what is written.
fn serve_blocks(kept: Arc<Mutex<Vec<u8>>>) -> impl FnMut(&Message) -> Option<Response> {
    move |request| {
        let mut body = kept.lock().expect("one thread at a time");
        let block = |number| request.options.get_uint(number).map(Block::from_value);
        if request.code == Code::PUT {
            let block = block(BLOCK1).expect("a large body comes in blocks");
            if block.num == 0 {
                body.clear();
            }
            body.extend(&request.payload);
            let code = if block.more {
                Code::CONTINUE
            } else {
                Code::CHANGED
            };
            let mut response = Response::new(code);
            response.options.set_uint(BLOCK1, block.to_value());
            return Some(response);
        }
        let wanted = block(BLOCK2).unwrap_or(Block {
            num: 0,
            more: false,
            szx: 6,
        });
        let size = 16_usize << wanted.szx;
        let start = usize::try_from(wanted.num).expect("small") * size;
        let end = (start + size).min(body.len());
        let mut response = content(42, &body[start..end]);
        let sent = Block {
            more: end < body.len(),
            ..wanted
        };
        response.options.set_uint(BLOCK2, sent.to_value());
        Some(response)
    }
}

#[test]
fn dt_03_a_mebibyte_is_written_and_read_whole_and_shown_in_part() {
    let mut bench = bench("image");
    let path = "/33998/0/3";
    let (image, kept) = (image(), Arc::<Mutex<Vec<u8>>>::default());
    bench.device.answer_with(serve_blocks(kept.clone()));
    let encoded = BASE64.encode(&image);
    let mut ended_after = |call: &str, request: Value| {
        let door = bench.instrument.door();
        let operation = door.begin(call, of_d(request));
        let wait = json!({ "operation": operation, "timeout_ms": 0, "preview": true });
        loop {
            bench.device.listen(std::time::Duration::from_millis(200));
            let now = door.ask("operation_wait", wait.clone());
            if now["state"] == "ended" {
                assert_eq!(now["outcome"], "success", "{now}");
                return operation;
            }
        }
    };
    let values = json!([{ "path": path, "kind": "opaque", "value": encoded }]);
    let write = json!({ "path": path, "values": values, "format": "opaque" });
    let _ = ended_after("resource_write", write);
    assert_eq!(*kept.lock().expect("one thread"), image);

    let operation = ended_after("resource_read", json!({ "path": path, "format": "opaque" }));
    let door = bench.instrument.door();
    let beginning = BASE64.encode(&image[..1_024]);
    let shown = |value: &Value| (value["value"].clone(), value["size"].clone());
    let in_part = (json!(beginning), json!(image.len()));
    let row = bench.instrument.tree_row("d", path);
    assert_eq!(shown(&row), in_part);
    let list = door.ask("operation_list", json!({ "endpoint": "d" }));
    assert_eq!(shown(&list["operations"][0]["values"][0]), in_part);
    let preview = json!({ "endpoint": "d", "path": path, "preview": true });
    let history = door.ask("reading_history", preview);
    assert_eq!(shown(&history["readings"][0]), in_part);

    let time = history["readings"][0]["time"].clone();
    let whole = door.ask(
        "value_get",
        json!({ "endpoint": "d", "path": path, "time": time }),
    );
    assert_eq!(
        (&whole["value"], whole.get("size")),
        (&json!(encoded), None)
    );
    let got = door.ask("operation_get", json!({ "operation": operation }));
    assert_eq!(got["values"][0]["value"], json!(encoded));
    let span = json!({ "endpoint": "d", "paths": [path], "from": 0, "to": 4_000_000_000_000_i64, "columns": 800 });
    let chart = door.ask("reading_chart", span);
    assert_eq!(
        chart["series"][0]["v"],
        json!([]),
        "a curve has numbers only"
    );
    let tree = door.ask("tree_get", json!({ "endpoint": "d" })).to_string();
    assert!(tree.len() < 100_000, "the tree has {} bytes", tree.len());
    let none = door.refused(
        "value_get",
        json!({ "endpoint": "d", "path": "/33998/0/0" }),
    );
    assert_eq!((none.status, none.code()), (404, "not_found"));
}
