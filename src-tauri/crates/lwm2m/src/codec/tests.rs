//! What holds for every format: round trips, and that no bytes bring a decoder
//! down. Also the small model that the tests of the formats share.

use super::round_trip::a_value;
use super::*;
use crate::deviation::Deviation;
use crate::value::{Kind, Value};
use proptest::collection::vec;
use proptest::prelude::*;

/// The device of the examples in Core, and one object with a resource of every
/// kind: resource n of object 100 has the n-th kind, and n + 10 is multiple.
pub(super) struct Model;

impl Types for Model {
    fn kind(&self, object: Id, resource: Id) -> Option<Kind> {
        Some(match (object, resource) {
            (100, n) => *Kind::ALL.get(usize::from(n % 10))?,
            (1, 7) | (3, 0..=3 | 14 | 16) | (65, 1) | (66, 0 | 1) => Kind::String,
            (1, 6) => Kind::Boolean,
            (1, 0 | 1) | (2, 0..=3) | (3, 6..=11) | (65, 2) => Kind::Integer,
            (3, 13) => Kind::Time,
            (65, 0) | (66, 2) => Kind::Objlnk,
            (67, 0 | 1) => Kind::String,
            (3303, 5700) | (72, 2) => Kind::Float,
            _ => return None,
        })
    }

    fn is_multiple(&self, object: Id, resource: Id) -> Option<bool> {
        self.kind(object, resource)?;
        Some(matches!(
            (object, resource),
            (100, 10..) | (2, 2) | (3, 6 | 7 | 8 | 11) | (65, 0)
        ))
    }
}

/// A reading without a time.
pub(super) fn at(path: &str, value: Value) -> Reading {
    Reading::new(path.parse().expect("a path"), value)
}

/// A string value.
pub(super) fn string(text: &str) -> Value {
    Value::String(text.to_owned())
}

/// The bytes of hexadecimal digits; spaces and line ends are for the reader.
pub(super) fn hex(digits: &str) -> Vec<u8> {
    let digits: Vec<u32> = digits
        .chars()
        .filter_map(|digit| digit.to_digit(16))
        .collect();
    digits
        .chunks(2)
        .map(|pair| (pair[0] * 16 + pair[1]) as u8)
        .collect()
}

/// The device object of the examples in Core, in the order of the examples.
pub(super) fn example_device() -> Vec<Reading> {
    vec![
        at("/3/0/0", string("Open Mobile Alliance")),
        at("/3/0/1", string("Lightweight M2M Client")),
        at("/3/0/2", string("345000123")),
        at("/3/0/3", string("1.0")),
        at("/3/0/6/0", Value::Integer(1)),
        at("/3/0/6/1", Value::Integer(5)),
        at("/3/0/7/0", Value::Integer(3800)),
        at("/3/0/7/1", Value::Integer(5000)),
        at("/3/0/8/0", Value::Integer(125)),
        at("/3/0/8/1", Value::Integer(900)),
        at("/3/0/9", Value::Integer(100)),
        at("/3/0/10", Value::Integer(15)),
        at("/3/0/11/0", Value::Integer(0)),
        at("/3/0/13", Value::Time(1_367_491_215)),
        at("/3/0/14", string("+02:00")),
        at("/3/0/16", string("U")),
    ]
}

/// Reads a payload that has nothing odd in it.
#[track_caller]
pub(super) fn clean(format: Format, payload: &[u8], base: &str) -> Vec<Reading> {
    let base = base.parse().expect("a path");
    let decoded = decode(format, payload, base, &Model).expect("readable");
    assert_eq!(decoded.deviations, [], "nothing odd");
    decoded.readings
}

/// Reads a payload that has something odd in it, and gives the codes.
#[track_caller]
pub(super) fn odd(format: Format, payload: &[u8], base: &str) -> (Vec<Reading>, Vec<&'static str>) {
    let base = base.parse().expect("a path");
    let decoded = decode(format, payload, base, &Model).expect("readable");
    let code = |deviation: &Deviation| deviation.code;
    (
        decoded.readings,
        decoded.deviations.iter().map(code).collect(),
    )
}

/// Checks that a payload is refused.
#[track_caller]
pub(super) fn refused(format: Format, payload: &[u8], base: &str) -> DecodeError {
    let base = base.parse().expect("a path");
    match decode(format, payload, base, &Model) {
        Ok(decoded) => panic!("{payload:02X?} was read as {decoded:?}"),
        Err(error) => error,
    }
}

/// A value of any kind, at the multiple resource of object 100 that has its kind.
fn a_reading() -> impl Strategy<Value = Reading> {
    (0..Kind::ALL.len(), 0..=65_534_u16).prop_flat_map(move |(n, instance)| {
        let path = Path::ResourceInstance(100, 0, n as Id + 10, instance);
        a_value(Kind::ALL[n]).prop_map(move |value| Reading::new(path, value))
    })
}

/// As `==`, but NaN equals NaN.
pub(super) fn same(a: &[Reading], b: &[Reading]) -> bool {
    a.len() == b.len()
        && a.iter().zip(b).all(|(a, b)| match (&a.value, &b.value) {
            (Value::Float(x), Value::Float(y)) if x.is_nan() => y.is_nan() && a.path == b.path,
            _ => a == b,
        })
}

const MANY: [Format; 4] = [
    Format::Tlv,
    Format::Json,
    Format::SenmlJson,
    Format::SenmlCbor,
];

// `PROPTEST_CASES` says how many cases; 256 when it is not set.
proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn g_01_no_bytes_bring_a_decoder_down(payload in vec(any::<u8>(), 0..80), base in 0..5_usize) {
        survive(&payload, base);
    }

    #[test]
    fn g_01_nor_do_payloads_with_a_few_wrong_bytes(
        readings in vec(a_reading(), 1..4),
        changes in vec((any::<prop::sample::Index>(), any::<u8>(), 0..3_u8), 1..6),
        base in 0..5_usize,
    ) {
        for format in MANY {
            let Ok(mut payload) = encode(format, Path::Object(100), &readings) else { continue };
            for (index, byte, change) in &changes {
                let index = index.index(payload.len().max(1));
                match change {
                    0 if index < payload.len() => payload[index] = *byte,
                    1 => payload.truncate(index),
                    _ => payload.insert(index.min(payload.len()), *byte),
                }
            }
            survive(&payload, base);
        }
    }

    #[test]
    fn g_01_nor_does_text_made_of_the_formats_own_words(words in vec(prop_oneof![
        Just("["), Just("]"), Just("{"), Just("}"), Just(","), Just(":"), Just("\"bn\""),
        Just("\"n\""), Just("\"v\""), Just("\"vs\""), Just("\"vd\""), Just("\"t\""), Just("\"e\""),
        Just("\"bt\""), Just("\"/100/0/\""), Just("\"1\""), Just("1e400"), Just("-"), Just("0"),
        Just("18446744073709551616"), Just("null"), Just("true"), Just("\"\\ud800\""),
    ], 0..30), base in 0..5_usize) {
        survive(words.concat().as_bytes(), base);
    }
}

fn survive(payload: &[u8], depth: usize) {
    let base = Path::from_ids(&[100, 0, 11, 0][..depth]).expect("a path");
    for format in Format::ALL {
        if let Ok(decoded) = decode(format, payload, base, &Model) {
            assert!(
                decoded
                    .readings
                    .iter()
                    .all(|reading| base.contains(reading.path))
            );
            assert!(
                decoded
                    .readings
                    .iter()
                    .all(|reading| reading.path.depth() >= 3)
            );
        }
        let _ = decode(format, payload, base, &Untyped);
        let _ = decode_create(format, payload, 100, 3, &Model);
        let _ = decode_paths(format, payload);
    }
    if let Ok(text) = std::str::from_utf8(payload) {
        let _ = text::execute_arguments(text);
    }
}

#[test]
fn dm_04_formats_for_one_value_refuse_several() {
    let several = [
        at("/3/0/6/0", Value::Integer(1)),
        at("/3/0/6/1", Value::Integer(5)),
    ];
    for format in [Format::Text, Format::Opaque, Format::Cbor] {
        let base = Path::Resource(3, 0, 6);
        assert!(matches!(
            encode(format, base, &several),
            Err(EncodeError::NotOneValue { count: 2, .. })
        ));
        assert!(decode(format, b"1", Path::Instance(3, 0), &Model).is_err());
    }
    let error = encode(Format::Link, Path::Resource(3, 0, 9), &[]);
    assert_eq!(
        error,
        Err(EncodeError::NoValues {
            format: Format::Link
        })
    );
}

#[test]
fn values_outside_of_the_request_are_not_written() {
    for format in MANY {
        let outside = [at("/3/1/9", Value::Integer(1))];
        assert!(matches!(
            encode(format, Path::Instance(3, 0), &outside),
            Err(EncodeError::OutsideBase { .. })
        ));
        let above = [Reading::new(Path::Instance(3, 0), Value::Integer(1))];
        assert!(matches!(
            encode(format, Path::Object(3), &above),
            Err(EncodeError::NotAValuePath { .. })
        ));
        let twice = [
            at("/3/0/9", Value::Integer(1)),
            at("/3/0/9", Value::Integer(2)),
        ];
        assert!(matches!(
            encode(format, Path::Object(3), &twice),
            Err(EncodeError::Repeated { .. })
        ));
    }
}

#[test]
fn dm_09_a_create_names_its_instance_or_leaves_it_to_the_device() {
    let readings = [at("/3303/4/5700", Value::Float(21.5))];
    for format in MANY {
        let payload = encode_create(format, 3303, Some(4), &readings).expect("an instance");
        let decoded = decode_create(format, &payload, 3303, 9, &Model).expect("our own");
        assert_eq!(decoded.readings, readings);
    }
    let payload = encode_create(Format::Tlv, 3303, None, &readings).expect("TLV can");
    assert_eq!(payload, hex("E4 16 44 41 AC 00 00"));
    let decoded = decode_create(Format::Tlv, &payload, 3303, 9, &Model).expect("our own");
    assert_eq!(decoded.readings[0].path, Path::Resource(3303, 9, 5700));
    assert_eq!(decoded.deviations, []);
    assert_eq!(
        encode_create(Format::SenmlCbor, 3303, None, &readings),
        Err(EncodeError::InstanceNeeded {
            format: Format::SenmlCbor
        })
    );
    assert!(encode_create(Format::Text, 3303, None, &readings).is_err());
}

#[test]
fn dm_09_a_create_makes_several_instances_or_an_empty_one() {
    let readings = [
        at("/3303/4/5700", Value::Float(21.5)),
        at("/3303/6/5700", Value::Float(22.5)),
    ];
    for format in MANY {
        let payload = encode_create(format, 3303, Some(4), &readings).expect("two instances");
        let decoded = decode_create(format, &payload, 3303, 9, &Model).expect("our own");
        assert_eq!(decoded.readings, readings, "{format}");
    }
    let stray = [at("/3304/4/5700", Value::Float(21.5))];
    assert!(encode_create(Format::SenmlCbor, 3303, Some(4), &stray).is_err());
    let empty = encode_create(Format::Tlv, 3303, Some(4), &[]).expect("TLV can");
    assert_eq!(empty, hex("00 04"));
    assert_eq!(empty_instances(Format::Tlv, &empty), [4]);
    let full = encode_create(Format::Tlv, 3303, Some(4), &readings).expect("two instances");
    assert_eq!(empty_instances(Format::Tlv, &full), [0; 0]);
    assert_eq!(
        empty_instances(Format::Tlv, &hex("00 04 00")),
        [4],
        "as far as it goes"
    );
    let format = Format::SenmlJson;
    assert_eq!(
        encode_create(format, 3303, Some(4), &[]),
        Err(EncodeError::ValueNeeded { format })
    );
}

/// Names begin with the path below which the device has its objects.
#[test]
fn dm_09_reg_11_a_create_names_its_instance_below_the_alternate_path() {
    let readings = [at("/3303/4/5700", Value::Float(21.5))];
    let root = "/lwm2m";
    let json = encode_create_from(root, Format::SenmlJson, 3303, Some(4), &readings);
    let json = json.expect("an instance");
    assert_eq!(json, br#"[{"bn":"/lwm2m/3303/4/","n":"5700","v":21.5}]"#);
    for format in [Format::SenmlJson, Format::SenmlCbor, Format::Tlv] {
        let payload = encode_create_from(root, format, 3303, Some(4), &readings);
        let payload = payload.expect("an instance");
        let decoded = decode_create_from(root, format, &payload, 3303, 9, &Model);
        let decoded = decoded.expect("our own");
        assert_eq!(decoded.readings, readings, "{format}");
    }
}

#[test]
fn reg_11_a_list_of_paths_is_read_below_the_alternate_path() {
    let listed = [Path::Root, Path::Object(3), Path::Resource(3, 0, 9)];
    for format in [Format::SenmlJson, Format::SenmlCbor] {
        for root in ["", "/lwm2m"] {
            let payload = encode_paths_from(root, format, &listed).expect("SenML");
            let read = decode_paths_from("/lwm2m", format, &payload);
            assert_eq!(read, Ok(listed.to_vec()), "{root:?}");
        }
    }
}

#[test]
fn dt_03_a_megabyte_of_bytes_passes_through() {
    let readings = [at("/100/0/5", Value::Opaque(vec![0xA5; 1 << 20]))];
    let base = readings[0].path;
    for format in [
        Format::Opaque,
        Format::Cbor,
        Format::Tlv,
        Format::SenmlCbor,
        Format::SenmlJson,
    ] {
        let payload = encode(format, base, &readings).expect("bytes");
        let decoded = decode(format, &payload, base, &Model).expect("our own");
        assert_eq!(decoded.readings, readings);
    }
}

#[test]
fn dm_07_a_flood_of_oddities_is_told_only_so_often() {
    let record = r#"{"n":"3/0/9","v":1.5},"#.repeat(1000);
    let payload = format!("[{}]", record.trim_end_matches(','));
    let (readings, codes) = odd(Format::SenmlJson, payload.as_bytes(), "/3/0");
    assert_eq!((readings.len(), codes.len()), (1, 32));
}

#[test]
fn errors_say_where_and_what() {
    let error = refused(Format::Tlv, &hex("C8 00 14 4F"), "/3/0");
    assert_eq!(
        error.to_string(),
        "not readable as TLV, byte 3: 20 bytes should follow, but only 1 are left"
    );
    let error = refused(
        Format::SenmlJson,
        br#"[{"n":"/3/0/9","v":1},{"n":"/3/0/1"}]"#,
        "/3/0",
    );
    assert_eq!(
        error.to_string(),
        "not readable as SenML JSON, record 2: the record has no value"
    );
}
