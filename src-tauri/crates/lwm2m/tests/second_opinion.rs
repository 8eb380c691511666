//! Our payloads in the eyes of cbor4ii and serde_json, which know nothing of LwM2M, and
//! theirs in ours: a record is read from their tree in the plainest way RFC 8428 allows,
//! and must say what our decoder says (G-05, conformance SJ-01 to SJ-07, SC-01, CB-01).

use cbor4ii::core::Value as Item;
use cbor4ii::core::dec::Decode;
use cbor4ii::core::enc::Encode;
use cbor4ii::core::utils::{BufWriter, SliceReader};
use lwm2m::codec::{Untyped, decode, encode};
use lwm2m::{Format, Path, Reading, Value};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value as Json;

/// What a record says, apart from LwM2M's own view of it.
#[derive(Clone, PartialEq, Debug)]
struct Plain {
    name: String,
    value: Value,
}

fn plain(readings: &[Reading]) -> Vec<Plain> {
    let of = |reading: &Reading| Plain {
        name: reading.path.to_string(),
        value: reading.value.clone(),
    };
    readings.iter().map(of).collect()
}

fn item(bytes: &[u8]) -> Item {
    let mut reader = SliceReader::new(bytes);
    Item::decode(&mut reader).expect("CBOR by another implementation")
}

fn bytes(item: &Item) -> Vec<u8> {
    let mut writer = BufWriter::new(Vec::new());
    item.encode(&mut writer).expect("a vector has room");
    writer.into_inner()
}

/// The value that an item has without any definition.
fn value_of(item: Item) -> Value {
    match item {
        Item::Integer(number) => i64::try_from(number).map_or_else(
            |_| Value::Unsigned(u64::try_from(number).expect("64 bits")),
            Value::Integer,
        ),
        Item::Float(number) => Value::Float(number),
        Item::Bool(value) => Value::Boolean(value),
        Item::Text(text) => Value::String(text),
        Item::Bytes(bytes) => Value::Opaque(bytes),
        other => panic!("{other:?} is no value"),
    }
}

fn link_of(text: &str) -> Value {
    let (object, instance) = text.split_once(':').expect("a link");
    let id = |text: &str| text.parse().expect("an id");
    Value::Objlnk(id(object), id(instance))
}

/// A SenML pack as their tree tells it.
fn read_cbor(pack: Item) -> Vec<Plain> {
    let Item::Array(records) = pack else {
        panic!("a pack is an array");
    };
    let mut base = String::new();
    let mut read = Vec::new();
    for record in records {
        let Item::Map(labels) = record else {
            panic!("a record is a map");
        };
        let (mut name, mut value) = (String::new(), None);
        for (label, item) in labels {
            match (label, item) {
                (Item::Integer(-2), Item::Text(text)) => base = text,
                (Item::Integer(0), Item::Text(text)) => name = text,
                (Item::Integer(2 | 3 | 4 | 8), item) => value = Some(value_of(item)),
                (Item::Text(label), Item::Text(text)) if label == "vlo" => {
                    value = Some(link_of(&text));
                }
                other => panic!("{other:?} is no label of ours"),
            }
        }
        read.push(Plain {
            name: format!("{base}{name}"),
            value: value.expect("a record has a value"),
        });
    }
    read
}

/// The same of JSON, for SenML and for OMA's records.
fn read_json(records: &[Json], mut base: String) -> Vec<Plain> {
    let text = |json: &Json| json.as_str().expect("text").to_owned();
    let number = |json: &Json| {
        let signed = json.as_i64().map(Value::Integer);
        let unsigned = || json.as_u64().map(Value::Unsigned);
        let real = || json.as_f64().map(Value::Float);
        signed.or_else(unsigned).or_else(real).expect("a number")
    };
    let mut read = Vec::new();
    for record in records {
        let (mut name, mut value) = (String::new(), None);
        for (label, json) in record.as_object().expect("a record") {
            match label.as_str() {
                "bn" => base = text(json),
                "n" => name = text(json),
                "v" => value = Some(number(json)),
                "vb" | "bv" => value = json.as_bool().map(Value::Boolean),
                "vs" | "sv" => value = Some(Value::String(text(json))),
                "vlo" | "ov" => value = Some(link_of(&text(json))),
                other => panic!("{other} is no label of ours"),
            }
        }
        read.push(Plain {
            name: format!("{base}{name}"),
            value: value.expect("a record has a value"),
        });
    }
    read
}

/// A value that every format says in its own words and no definition is needed for.
fn a_value(bytes: bool) -> BoxedStrategy<Value> {
    let finite = any::<f64>().prop_filter("JSON has no others", |number| number.is_finite());
    // Whole floats would come back from JSON as what they are written like.
    let real = finite.prop_filter("a fraction", |number| number.fract() != 0.0);
    let values = prop_oneof![
        any::<i64>().prop_map(Value::Integer),
        (1 + i64::MAX as u64..).prop_map(Value::Unsigned),
        real.prop_map(Value::Float),
        any::<bool>().prop_map(Value::Boolean),
        "\\PC{0,12}|[\u{0}-\u{1f}\"\\\\]{0,4}".prop_map(Value::String),
        any::<(u16, u16)>().prop_map(|(o, i)| Value::Objlnk(o, i)),
    ];
    if bytes {
        prop_oneof![values, vec(any::<u8>(), 0..30).prop_map(Value::Opaque)].boxed()
    } else {
        values.boxed()
    }
}

fn readings(bytes: bool) -> impl Strategy<Value = Vec<Reading>> {
    let one = ((0..3_u16, 0..65_535_u16, 0..65_535_u16), a_value(bytes));
    vec(one, 0..8).prop_map(|all| {
        let reading = |((o, i, r), value)| Reading::new(Path::Resource(100 + o, i, r), value);
        let mut readings: Vec<Reading> = all.into_iter().map(reading).collect();
        readings.sort_by_key(|reading| reading.path);
        readings.dedup_by_key(|reading| reading.path);
        readings
    })
}

/// A pack as another program would write it: base names, labels in any order, numbers in any
/// of their spellings.
fn a_foreign_pack() -> impl Strategy<Value = (Item, Vec<Plain>)> {
    let record = (
        (0..65_535_u16, 0..65_535_u16),
        a_value(true),
        any::<(bool, bool)>(),
    );
    vec(record, 0..8).prop_map(|records| {
        let mut base = String::new();
        let (mut pack, mut expected) = (Vec::new(), Vec::new());
        for ((instance, resource), value, (own_base, reversed)) in records {
            let mut labels = Vec::new();
            let own = format!("{resource}");
            if own_base || base.is_empty() {
                base = format!("/3303/{instance}/");
                labels.push((Item::Integer(-2), Item::Text(base.clone())));
            }
            let name = format!("{base}{own}");
            if expected.iter().any(|known: &Plain| known.name == name) {
                continue;
            }
            labels.push((Item::Integer(0), Item::Text(own)));
            labels.push(match value.clone() {
                Value::Integer(number) => (Item::Integer(2), Item::Integer(number.into())),
                Value::Unsigned(number) => (Item::Integer(2), Item::Integer(number.into())),
                Value::Float(number) => (Item::Integer(2), Item::Float(number)),
                Value::Boolean(value) => (Item::Integer(4), Item::Bool(value)),
                Value::String(text) => (Item::Integer(3), Item::Text(text)),
                Value::Opaque(bytes) => (Item::Integer(8), Item::Bytes(bytes)),
                Value::Objlnk(o, i) => {
                    (Item::Text("vlo".to_owned()), Item::Text(format!("{o}:{i}")))
                }
                other => panic!("{other:?} is not drawn"),
            });
            labels.push((Item::Integer(1), Item::Text("Cel".to_owned())));
            if reversed {
                labels.reverse();
            }
            pack.push(Item::Map(labels));
            expected.push(Plain { name, value });
        }
        (Item::Array(pack), expected)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sc_01_what_we_write_is_what_another_reads(readings in readings(true)) {
        for base in [Path::Root, Path::Object(100)] {
            if let Ok(payload) = encode(Format::SenmlCbor, base, &readings) {
                prop_assert_eq!(read_cbor(item(&payload)), plain(&readings));
            }
        }
    }

    #[test]
    fn sc_01_what_another_writes_is_what_we_read((pack, expected) in a_foreign_pack()) {
        let decoded = decode(Format::SenmlCbor, &bytes(&pack), Path::Root, &Untyped);
        let decoded = decoded.map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(plain(&decoded.readings), expected);
        prop_assert_eq!(decoded.deviations, []);
    }

    #[test]
    fn cb_01_one_item_is_the_same_to_both(value in a_value(true)) {
        let path = Path::Resource(3, 0, 9);
        let payload = encode(Format::Cbor, path, &[Reading::new(path, value.clone())]).expect("a value");
        match value {
            Value::Objlnk(o, i) => prop_assert_eq!(item(&payload), Item::Text(format!("{o}:{i}"))),
            value => prop_assert_eq!(value_of(item(&payload)), value),
        }
        let foreign = bytes(&item(&payload));
        let ours = decode(Format::Cbor, &payload, path, &Untyped).expect("our own");
        let theirs = decode(Format::Cbor, &foreign, path, &Untyped).expect("CBOR");
        prop_assert_eq!(ours, theirs);
    }

    #[test]
    fn sj_06_what_we_write_in_json_is_what_another_reads(readings in readings(false)) {
        let payload = encode(Format::SenmlJson, Path::Root, &readings).expect("SenML carries all");
        let tree: Json = serde_json::from_slice(&payload).expect("JSON");
        let records = tree.as_array().expect("a pack is an array");
        prop_assert_eq!(read_json(records, String::new()), plain(&readings));

        let payload = encode(Format::Json, Path::Root, &readings).expect("so does OMA JSON");
        let tree: Json = serde_json::from_slice(&payload).expect("JSON");
        let records = tree["e"].as_array().expect("entries");
        prop_assert_eq!(read_json(records, "/".to_owned()), plain(&readings));
    }

    /// Their tree, printed with spaces and line ends, its labels in another order.
    #[test]
    fn sj_06_what_another_writes_in_json_is_what_we_read(readings in readings(false)) {
        for format in [Format::SenmlJson, Format::Json] {
            let payload = encode(format, Path::Root, &readings).expect("JSON carries all");
            let tree: Json = serde_json::from_slice(&payload).expect("JSON");
            let foreign = serde_json::to_vec_pretty(&tree).expect("a tree of ours");
            let decoded = decode(format, &foreign, Path::Root, &Untyped);
            let decoded = decoded.map_err(|error| TestCaseError::fail(error.to_string()))?;
            prop_assert_eq!(decoded.readings, readings.clone());
        }
    }

    /// G-05: what we take for CBOR or JSON is CBOR or JSON, after any damage too.
    #[test]
    fn g_05_what_we_accept_another_accepts(
        readings in readings(true),
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
    ) {
        for format in [Format::SenmlCbor, Format::SenmlJson] {
            let mut payload = encode(format, Path::Root, &readings).expect("SenML carries all");
            for (index, byte) in &changes {
                let index = index.index(payload.len());
                payload[index] = *byte;
            }
            if decode(format, &payload, Path::Root, &Untyped).is_err() {
                continue;
            }
            if format == Format::SenmlJson {
                prop_assert!(serde_json::from_slice::<Json>(&payload).is_ok());
            } else if !payload.iter().any(|byte| matches!(byte, 0xE0..=0xF3 | 0xF8)) {
                // Simple values that nobody has defined are unknown to cbor4ii.
                let tree = Item::decode(&mut SliceReader::new(&payload));
                prop_assert!(tree.is_ok(), "{:02X?}", payload);
            }
        }
    }
}
