use crate::codec::tests::{Model, at, clean, example_device, hex, odd, refused, string};
use crate::codec::{
    DecodeError, EncodeError, Location, Untyped, decode, decode_from, decode_paths, encode,
    encode_from, encode_paths, encode_paths_from,
};
use crate::format::Format::{self, SenmlCbor, SenmlJson};
use crate::path::Path;
use crate::value::{Reading, ReadingTime, Value};

const DEVICE_JSON: &str = concat!(
    r#"[{"bn":"/3/0/","n":"0","vs":"Open Mobile Alliance"},"#,
    r#"{"n":"1","vs":"Lightweight M2M Client"},{"n":"2","vs":"345000123"},{"n":"3","vs":"1.0"},"#,
    r#"{"n":"6/0","v":1},{"n":"6/1","v":5},{"n":"7/0","v":3800},{"n":"7/1","v":5000},"#,
    r#"{"n":"8/0","v":125},{"n":"8/1","v":900},{"n":"9","v":100},{"n":"10","v":15},"#,
    r#"{"n":"11/0","v":0},{"n":"13","v":1367491215},{"n":"14","vs":"+02:00"},{"n":"16","vs":"U"}]"#,
);

const DEVICE_CBOR: &str = "
    90
    A3 21 65 2F332F302F 00 61 30 03 74 4F70656E204D6F62696C6520416C6C69616E6365
    A2 00 61 31 03 76 4C69676874776569676874204D324D20436C69656E74
    A2 00 61 32 03 69 333435303030313233
    A2 00 61 33 03 63 312E30
    A2 00 63 362F30 02 01
    A2 00 63 362F31 02 05
    A2 00 63 372F30 02 19 0ED8
    A2 00 63 372F31 02 19 1388
    A2 00 63 382F30 02 18 7D
    A2 00 63 382F31 02 19 0384
    A2 00 61 39 02 18 64
    A2 00 62 3130 02 0F
    A2 00 64 31312F30 02 00
    A2 00 62 3133 02 1A 5182428F
    A2 00 62 3134 03 66 2B30323A3030
    A2 00 62 3136 03 61 55";

fn json(text: &str, base: &str) -> Vec<Reading> {
    clean(SenmlJson, text.as_bytes(), base)
}

fn timed(path: &str, value: Value, time: ReadingTime) -> Reading {
    Reading {
        time: Some(time),
        ..at(path, value)
    }
}

#[test]
fn fm_03_the_device_of_cores_examples_in_json() {
    // Core prints each record on a line of its own.
    let printed = DEVICE_JSON.replace("},{", "},\n{");
    assert_eq!(printed.len(), 399);
    assert_eq!(json(&printed, "/3/0"), example_device());
    let encoded = encode(SenmlJson, Path::Instance(3, 0), &example_device());
    assert_eq!(encoded, Ok(DEVICE_JSON.into()));
}

#[test]
fn fm_03_the_device_of_cores_examples_in_cbor() {
    assert_eq!(
        clean(SenmlCbor, &hex(DEVICE_CBOR), "/3/0"),
        example_device()
    );
    let encoded = encode(SenmlCbor, Path::Instance(3, 0), &example_device());
    assert_eq!(encoded, Ok(hex(DEVICE_CBOR)));
}

/// Three objects that point at each other, with the null link in both of its spellings.
#[test]
fn fm_03_linked_objects_in_one_payload() {
    let printed = concat!(
        r#"[{"bn":"/","n":"65/0/0/0","vlo":"66:0"},{"n":"65/0/0/1","vlo":"66:1"},"#,
        r#"{"n":"65/0/1","vs":"8613800755500"},{"n":"65/0/2","v":1},"#,
        r#"{"n":"66/0/0","vs":"myService1"},{"n":"66/0/1","vs":"Internet.15.234"},"#,
        r#"{"n":"66/0/2","vlo":"67:0"},{"n":"66/1/0","vs":"myService2"},"#,
        r#"{"n":"66/1/1","vs":"Internet.15.235"},{"n":"66/1/2","vlo":"FFFF:FFFF"},"#,
        r#"{"n":"67/0/0","vs":"85.76.76.84"},{"n":"67/0/1","vs":"85.76.255.255"}]"#,
    );
    let readings = [
        at("/65/0/0/0", Value::Objlnk(66, 0)),
        at("/65/0/0/1", Value::Objlnk(66, 1)),
        at("/65/0/1", string("8613800755500")),
        at("/65/0/2", Value::Integer(1)),
        at("/66/0/0", string("myService1")),
        at("/66/0/1", string("Internet.15.234")),
        at("/66/0/2", Value::Objlnk(67, 0)),
        at("/66/1/0", string("myService2")),
        at("/66/1/1", string("Internet.15.235")),
        at("/66/1/2", Value::Objlnk(65_535, 65_535)),
        at("/67/0/0", string("85.76.76.84")),
        at("/67/0/1", string("85.76.255.255")),
    ];
    assert_eq!(json(printed, "/"), readings);
    let decimal = printed.replace("FFFF:FFFF", "65535:65535");
    assert_eq!(json(&decimal, "/"), readings);
    // Where the request is for the root, our names are whole instead of a base name "/".
    let ours = decimal
        .replace(r#""bn":"/","#, "")
        .replace(r#""n":""#, r#""n":"/"#);
    assert_eq!(encode(SenmlJson, Path::Root, &readings), Ok(ours.into()));
    let cbor = hex("
        8C
        A3 21 61 2F 00 68 36352F302F302F30 63766C6F 64 36363A30
        A2 00 68 36352F302F302F31 63766C6F 64 36363A31
        A2 00 66 36352F302F31 03 6D 38363133383030373535353030
        A2 00 66 36352F302F32 02 01
        A2 00 66 36362F302F30 03 6A 6D795365727669636531
        A2 00 66 36362F302F31 03 6F 496E7465726E65742E31352E323334
        A2 00 66 36362F302F32 63766C6F 64 36373A30
        A2 00 66 36362F312F30 03 6A 6D795365727669636532
        A2 00 66 36362F312F31 03 6F 496E7465726E65742E31352E323335
        A2 00 66 36362F312F32 63766C6F 6B 36353533353A3635353335
        A2 00 66 36372F302F30 03 6B 38352E37362E37362E3834
        A2 00 66 36372F302F31 03 6D 38352E37362E3235352E323535");
    assert_eq!(clean(SenmlCbor, &cbor, "/"), readings);
}

#[test]
fn fm_03_history_and_one_object_below_its_base_name() {
    let printed = concat!(
        r#"[{"bn":"/72/","bt":1278887,"n":"1/2","v":22.4,"t":-5},"#,
        r#"{"n":"1/2","v":22.9,"t":-30},{"n":"1/2","v":24.1,"t":-50}]"#,
    );
    let seconds = |seconds: i64| ReadingTime::Relative(seconds * 1_000_000);
    let readings = [
        timed("/72/1/2", Value::Float(22.4), seconds(1_278_882)),
        timed("/72/1/2", Value::Float(22.9), seconds(1_278_857)),
        timed("/72/1/2", Value::Float(24.1), seconds(1_278_837)),
    ];
    assert_eq!(json(printed, "/72"), readings);
    let ours = concat!(
        r#"[{"bn":"/72/","n":"1/2","v":22.4,"t":1278882},"#,
        r#"{"n":"1/2","v":22.9,"t":1278857},{"n":"1/2","v":24.1,"t":1278837}]"#,
    );
    assert_eq!(
        encode(SenmlJson, Path::Object(72), &readings),
        Ok(ours.into())
    );
    assert_eq!(json(ours, "/72"), readings);
}

#[test]
fn fm_03_a_send_of_two_values() {
    let payload = hex("82 A3 21 65 2F33302F302F 00 61 39 02 0F A2 00 62 3230 02 04");
    refused(SenmlCbor, &payload, "/");
    let payload = hex("82 A3 21 65 2F332F302F 00 61 39 02 0F A2 00 62 3130 02 04");
    assert_eq!(
        clean(SenmlCbor, &payload, "/"),
        [
            at("/3/0/9", Value::Integer(15)),
            at("/3/0/10", Value::Integer(4))
        ]
    );
}

#[test]
fn sj_01_base_fields_hold_until_they_are_set_anew() {
    let readings = json(
        r#"[{"bver":10,"bn":"/3303/0/","bt":1276020076,"bu":"Cel","bv":20,"n":"5700","v":1.5},
            {"n":"5700","t":1,"u":"K","v":2,"ut":60},
            {"bn":"/3/0/9","bv":0,"v":50}]"#,
        "/",
    );
    let time = |seconds: i64| ReadingTime::Absolute(seconds * 1_000_000);
    assert_eq!(
        readings,
        [
            timed("/3303/0/5700", Value::Float(21.5), time(1_276_020_076)),
            timed("/3303/0/5700", Value::Float(22.0), time(1_276_020_077)),
            timed("/3/0/9", Value::Integer(50), time(1_276_020_076)),
        ]
    );
}

#[test]
fn sj_02_history_of_one_value() {
    let readings = json(
        r#"[{"bn":"/72/1/2","bt":1367491215.5,"v":22.4,"t":-5},{"v":22.9,"t":-30},{"v":24.1}]"#,
        "/72",
    );
    let times: Vec<_> = readings.iter().filter_map(|reading| reading.time).collect();
    let expected = [
        1_367_491_210_500_000,
        1_367_491_185_500_000,
        1_367_491_215_500_000,
    ];
    assert_eq!(times, expected.map(ReadingTime::Absolute));
    let (readings, codes) = odd(SenmlJson, br#"[{"n":"/3/0/9","v":1,"t":9e15}]"#, "/");
    assert_eq!((readings[0].time, codes), (None, vec!["SJ-02"]));
}

#[test]
fn sj_02_a_shared_time_is_written_once() {
    let time = ReadingTime::Absolute(1_367_491_215_250_000);
    let readings = [
        timed("/3/0/9", Value::Integer(1), time),
        timed("/3/0/10", Value::Integer(2), time),
    ];
    assert_eq!(
        encode(SenmlJson, Path::Root, &readings),
        Ok(br#"[{"bt":1367491215.25,"n":"/3/0/9","v":1},{"n":"/3/0/10","v":2}]"#.to_vec())
    );
    let readings = [readings[0].clone(), at("/3/0/10", Value::Integer(2))];
    assert_eq!(
        encode(SenmlJson, Path::Instance(3, 0), &readings),
        Ok(br#"[{"bn":"/3/0/","n":"9","v":1,"t":1367491215.25},{"n":"10","v":2}]"#.to_vec())
    );
    let early = [timed("/3/0/9", Value::Integer(1), ReadingTime::Absolute(0))];
    let path = early[0].path;
    assert_eq!(
        encode(SenmlCbor, Path::Root, &early),
        Err(EncodeError::Time { path })
    );
}

#[test]
fn sj_03_a_record_has_exactly_one_value() {
    for text in [
        r#"[{"n":"/3/0/9"}]"#,
        r#"[{"n":"/3/0/9","v":1,"vs":"1"}]"#,
        r#"[{"n":"/3/0/9","v":1,"v":1}]"#,
        r#"[{"n":"/3/0/9","v":null}]"#,
        r#"[{"n":"/3/0/9","v":"1"}]"#,
        r#"[{"n":"/3/0/9","vb":1}]"#,
        r#"[{"n":"/3/0/9","vd":"!"}]"#,
        r#"[{"n":"/3/0/9","v":1,"must_":1}]"#,
        r#"[{"bver":11,"n":"/3/0/9","v":1}]"#,
    ] {
        refused(SenmlJson, text.as_bytes(), "/");
    }
    let readings = json(r#"[{"n":"/3/0/9","v":1,"s":7,"future":[{"a":{}}]}]"#, "/");
    assert_eq!(readings, [at("/3/0/9", Value::Integer(1))]);
    let (readings, codes) = odd(SenmlJson, br#"[{"n":"/3/0/9","s":7}]"#, "/");
    assert_eq!((readings, codes), (vec![], vec!["SJ-03"]));
}

#[test]
fn sj_04_bytes_are_base64url() {
    let readings = [at("/100/0/5", Value::Opaque(vec![0xFB, 0xEF, 0xFF, 0x01]))];
    let payload = br#"[{"bn":"/100/0/5","vd":"--__AQ"}]"#;
    assert_eq!(
        encode(SenmlJson, readings[0].path, &readings),
        Ok(payload.to_vec())
    );
    for vd in ["--__AQ", "--__AQ==", "++//AQ=="] {
        assert_eq!(
            json(&format!(r#"[{{"n":"/100/0/5","vd":"{vd}"}}]"#), "/"),
            readings
        );
    }
}

#[test]
fn sj_05_links_are_vlo_in_both_spellings() {
    let readings = [
        at("/66/0/2", Value::Objlnk(66, 0)),
        at("/66/1/2", Value::Objlnk(65_535, 65_535)),
    ];
    let payload = r#"[{"n":"/66/0/2","vlo":"66:0"},{"n":"/66/1/2","vlo":"65535:65535"}]"#;
    assert_eq!(encode(SenmlJson, Path::Root, &readings), Ok(payload.into()));
    assert_eq!(json(payload, "/"), readings);
    assert_eq!(
        json(&payload.replace("65535:65535", "FFFF:FFFF"), "/"),
        readings
    );
    let payload = hex("81 A2 00 67 2F36362F302F32 63 766C6F 64 36363A30");
    assert_eq!(
        encode(SenmlCbor, Path::Root, &readings[..1]),
        Ok(payload.clone())
    );
    assert_eq!(clean(SenmlCbor, &payload, "/"), readings[..1]);
    let (read, codes) = odd(SenmlJson, br#"[{"n":"/66/0/2","vs":"66:0"}]"#, "/");
    assert_eq!((read.as_slice(), codes), (&readings[..1], vec!["SJ-05"]));
    let (read, codes) = odd(SenmlJson, br#"[{"n":"/66/0/2","vlo":"66"}]"#, "/");
    assert_eq!(
        (read, codes),
        (vec![at("/66/0/2", string("66"))], vec!["SJ-05"])
    );
    let (read, codes) = odd(SenmlJson, br#"[{"n":"/100/0/8","vlo":"</3>"}]"#, "/");
    let links = Value::Corelnk("</3>".into());
    assert_eq!((read, codes), (vec![at("/100/0/8", links)], vec!["SJ-05"]));
}

#[test]
fn sj_06_64_bits_are_exact() {
    for (path, text, value) in [
        (
            "/100/0/1",
            "9007199254740993",
            Value::Integer(9_007_199_254_740_993),
        ),
        ("/100/0/1", "-9223372036854775808", Value::Integer(i64::MIN)),
        ("/100/0/1", "1.0", Value::Integer(1)),
        ("/100/0/1", "1e3", Value::Integer(1000)),
        (
            "/100/0/2",
            "18446744073709551615",
            Value::Unsigned(u64::MAX),
        ),
        ("/100/0/3", "21", Value::Float(21.0)),
        ("/100/0/6", "1367491215", Value::Time(1_367_491_215)),
    ] {
        let readings = json(&format!(r#"[{{"n":"{path}","v":{text}}}]"#), "/");
        assert_eq!(readings, [at(path, value)], "{text}");
    }
    let payload = hex("81 A2 21 68 2F3130302F302F32 02 1B FFFFFFFFFFFFFFFF");
    assert_eq!(
        clean(SenmlCbor, &payload, "/"),
        [at("/100/0/2", Value::Unsigned(u64::MAX))]
    );
}

#[test]
fn sj_06_json_has_no_nan_but_cbor_has() {
    let path = Path::Resource(3303, 0, 5700);
    for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let readings = [Reading::new(path, Value::Float(number))];
        assert!(matches!(
            encode(SenmlJson, path, &readings),
            Err(EncodeError::NotCarried { .. })
        ));
        let payload = encode(SenmlCbor, path, &readings).expect("CBOR has it");
        let Value::Float(read) = clean(SenmlCbor, &payload, "/3303/0/5700")[0].value else {
            panic!("no float");
        };
        assert!(read == number || number.is_nan() && read.is_nan());
    }
}

#[test]
fn dm_07_values_of_the_wrong_type_are_kept_and_told() {
    for (text, value) in [
        (r#""vs":"21""#, string("21")),
        (r#""v":1.5"#, Value::Float(1.5)),
        (r#""vb":true"#, Value::Boolean(true)),
        (r#""v":18446744073709551615"#, Value::Unsigned(u64::MAX)),
    ] {
        let payload = format!(r#"[{{"n":"/3/0/9",{text}}}]"#);
        let (readings, codes) = odd(SenmlJson, payload.as_bytes(), "/3/0/9");
        assert_eq!(readings, [at("/3/0/9", value)]);
        assert_eq!(codes, ["DM-07"]);
    }
}

#[test]
fn sj_07_the_last_value_of_a_time_wins() {
    let payload = br#"[{"n":"/3/0/9","v":1},{"n":"/3/0/9","v":2,"t":-1},{"n":"/3/0/9","v":3}]"#;
    let (readings, codes) = odd(SenmlJson, payload, "/3/0/9");
    assert_eq!(
        readings,
        [
            timed(
                "/3/0/9",
                Value::Integer(2),
                ReadingTime::Relative(-1_000_000)
            ),
            at("/3/0/9", Value::Integer(3)),
        ]
    );
    assert_eq!(codes, ["SJ-07"]);
}

#[test]
fn tlv_04_names_outside_of_the_request_are_left_out() {
    let payload = br#"[{"n":"/3/0/9","v":1},{"n":"/5/0/1","vs":"coap://x"}]"#;
    let (readings, codes) = odd(SenmlJson, payload, "/3/0");
    assert_eq!(readings, [at("/3/0/9", Value::Integer(1))]);
    assert_eq!(codes, ["TLV-04"]);
}

#[test]
fn a_resource_needs_no_name_below_its_base_name() {
    let readings = [at("/3/0/9", Value::Integer(100))];
    let payload = br#"[{"bn":"/3/0/9","v":100}]"#;
    assert_eq!(
        encode(SenmlJson, Path::Resource(3, 0, 9), &readings),
        Ok(payload.to_vec())
    );
    assert_eq!(clean(SenmlJson, payload, "/3/0/9"), readings);
    let (read, codes) = odd(SenmlJson, br#"[{"v":100}]"#, "/3/0/9");
    assert_eq!(
        (read.as_slice(), codes),
        (readings.as_slice(), vec!["SJ-01"])
    );
    let several = [
        at("/3/0/6/0", Value::Integer(1)),
        at("/3/0/6/1", Value::Integer(5)),
    ];
    let payload = br#"[{"bn":"/3/0/6/","n":"0","v":1},{"n":"1","v":5}]"#;
    assert_eq!(
        encode(SenmlJson, Path::Resource(3, 0, 6), &several),
        Ok(payload.to_vec())
    );
}

#[test]
fn empty_packs_are_legal() {
    for (format, payload) in [(SenmlJson, &b"[]"[..]), (SenmlCbor, b"\x80")] {
        assert_eq!(clean(format, payload, "/3/0"), []);
        assert_eq!(
            encode(format, Path::Instance(3, 0), &[]),
            Ok(payload.to_vec())
        );
    }
}

#[test]
fn sc_01_indefinite_lengths_floats_and_fractions() {
    let read = |digits: &str| {
        clean(SenmlCbor, &hex(digits), "/3303/0/5700")[0]
            .value
            .clone()
    };
    let name = "21 6C 2F333330332F302F35373030";
    for (digits, number) in [
        (format!("9F BF {name} 02 F9 4D60 FF FF"), 21.5),
        (format!("81 A2 {name} 02 FA 41AC0000"), 21.5),
        (format!("81 A2 {name} 02 FB 4035800000000000"), 21.5),
        (format!("81 A2 {name} 02 C4 82 20 18 D7"), 21.5),
        (format!("81 A2 {name} 02 C4 9F 20 18 D7 FF"), 21.5),
        (format!("81 A2 {name} 02 38 13"), -20.0),
        (format!("D9D9F7 81 A3 {name} 23 C1 1A 5182428F 02 15"), 21.0),
        (
            format!("81 A3 {name} 19 0400 82 A1 01 02 C1 03 02 15"),
            21.0,
        ),
        (
            "81 A2 00 7F 66 2F333330332F 66 302F35373030 FF 02 15".to_owned(),
            21.0,
        ),
    ] {
        assert_eq!(read(&digits), Value::Float(number), "{digits}");
    }
    let text = hex("81 A2 21 66 2F332F302F30 03 7F 61 55 61 51 FF");
    assert_eq!(clean(SenmlCbor, &text, "/3/0/0")[0].value, string("UQ"));
    let bytes = hex("81 A2 21 68 2F3130302F302F35 08 5F 41 01 41 02 FF");
    assert_eq!(
        clean(SenmlCbor, &bytes, "/100/0/5")[0].value,
        Value::Opaque(vec![1, 2])
    );
}

#[test]
fn sc_01_labels_may_be_text_as_old_servers_write_them() {
    let payload = hex("81 A2 61 6E 66 2F332F302F39 61 76 18 64");
    assert_eq!(
        clean(SenmlCbor, &payload, "/3/0/9"),
        [at("/3/0/9", Value::Integer(100))]
    );
}

#[test]
fn sc_01_malformed_cbor_is_refused() {
    for digits in [
        "",
        "A0",
        "81",
        "81 01",
        "82 A2 21 66 2F332F302F39 02 01",
        "81 A2 21 66 2F332F302F39 02",
        "81 A2 21 66 2F332F302F39 02 F6",
        "81 A2 21 66 2F332F302F39 02 01 00",
        "81 A2 21 66 2F332F302F39 03 01",
        "81 A2 21 66 2F332F302F39 08 61 41",
        "81 A1 21 66 2F332F302F39",
        "81 A3 21 66 2F332F302F39 02 01 02 01",
        "81 A3 20 0B 21 66 2F332F302F39 02 01",
        "81 A3 62 785F 01 21 66 2F332F302F39 02 01",
        "81 A2 F5 01 02 01",
        "9F A2 21 66 2F332F302F39 02 01",
        "81 A3 21 66 2F332F302F39 02 01 18 63 BF 01 FF",
        "81 BF 21 66 2F332F302F39 02 01 18 63 FF",
        "81 A2 21 7A FFFFFFFF 2F",
        "9B FFFFFFFFFFFFFFFF A2",
        "81 BB FFFFFFFFFFFFFFFF 02",
        "FF",
    ] {
        refused(SenmlCbor, &hex(digits), "/3/0/9");
    }
}

/// Nesting and announced sizes exhausted stack and memory elsewhere
/// (GHSA-fj2w-wfgv-mwq6); for the sizes see the malformed CBOR above.
#[test]
fn g_38_nesting_is_bounded() {
    let name = "21 66 2F332F302F39";
    let cbor = |depth: usize| {
        hex(&format!(
            "81 A3 {name} 02 01 18 63 {} 00",
            "81".repeat(depth)
        ))
    };
    assert!(decode(SenmlCbor, &cbor(10), Path::Resource(3, 0, 9), &Model).is_ok());
    refused(SenmlCbor, &cbor(100), "/3/0/9");
    refused(SenmlCbor, &cbor(100_000), "/3/0/9");
    let tagged = |count: usize| hex(&format!("{} 80", "C6".repeat(count)));
    assert!(decode(SenmlCbor, &tagged(10), Path::Root, &Model).is_ok());
    refused(SenmlCbor, &tagged(100), "/");
    let json = |depth: usize| {
        let (open, close) = ("[".repeat(depth), "]".repeat(depth));
        format!(r#"[{{"n":"/3/0/9","v":1,"x":{open}{close}}}]"#)
    };
    assert!(
        decode(
            SenmlJson,
            json(10).as_bytes(),
            Path::Resource(3, 0, 9),
            &Model
        )
        .is_ok()
    );
    refused(SenmlJson, json(100_000).as_bytes(), "/3/0/9");
}

#[test]
fn malformed_json_is_refused_with_its_place() {
    for text in [
        "",
        "{}",
        "[",
        "[{]",
        "[{\"n\":\"/3/0/9\",\"v\":01}]",
        "[1]",
        "[] x",
        "\"\"",
        "null",
    ] {
        refused(SenmlJson, text.as_bytes(), "/3/0/9");
    }
    // Not even what is passed over may be anything but text.
    for (format, payload) in [
        (SenmlJson, &b"[{\"x\":\"\xFF\"}]"[..]),
        (Format::Json, b"{\"e\":[],\"x\":\"\xFF\"}"),
    ] {
        let DecodeError { at, .. } = refused(format, payload, "/3/0/9");
        let byte = payload.iter().position(|byte| *byte == 0xFF);
        assert_eq!(Some(at), byte.map(Location::Byte));
    }
    let missing_quote = b"[{\"n\":\"/3/0/9\",\n\"v:1}]";
    let DecodeError { at, .. } = refused(SenmlJson, missing_quote, "/3/0/9");
    assert_eq!(at, Location::Byte(missing_quote.len() - 1));
    let DecodeError { at, .. } = refused(
        SenmlJson,
        br#"[{"n":"/3/0/9","v":1},{"n":"x y","v":1}]"#,
        "/",
    );
    assert_eq!(at, Location::Record(1));
}

#[test]
fn sj_01_names_for_an_alternate_path_begin_with_it() {
    let paths = [Path::Root, Path::Resource(3, 0, 9)];
    let json = br#"[{"n":"/lwm2m"},{"n":"/lwm2m/3/0/9"}]"#;
    assert_eq!(
        encode_paths_from("/lwm2m", SenmlJson, &paths),
        Ok(json.to_vec())
    );
    assert_eq!(decode_paths(SenmlJson, json), Ok(paths.to_vec()));
    let written = [Reading::new(Path::Resource(1, 0, 1), Value::Integer(60))];
    for (base, json) in [
        (Path::Root, r#"[{"bn":"/lwm2m","n":"/1/0/1","v":60}]"#),
        (
            Path::Instance(1, 0),
            r#"[{"bn":"/lwm2m/1/0/","n":"1","v":60}]"#,
        ),
    ] {
        let payload = encode_from("/lwm2m", SenmlJson, base, &written).expect("SenML");
        assert_eq!(String::from_utf8_lossy(&payload), json);
        let read = decode_from("/lwm2m", SenmlJson, &payload, base, &Untyped).expect("SenML");
        assert_eq!(read.readings, written);
        assert!(read.deviations.is_empty(), "{:?}", read.deviations);
    }
}

#[test]
fn dm_14_lists_of_paths_are_names_without_values() {
    let paths = [
        Path::Resource(3, 0, 0),
        Path::Object(1),
        Path::ResourceInstance(3, 0, 6, 1),
        Path::Root,
    ];
    let json = br#"[{"n":"/3/0/0"},{"n":"/1"},{"n":"/3/0/6/1"},{"n":"/"}]"#;
    assert_eq!(encode_paths(SenmlJson, &paths), Ok(json.to_vec()));
    for format in [SenmlJson, SenmlCbor] {
        let payload = encode_paths(format, &paths).expect("SenML");
        assert_eq!(decode_paths(format, &payload), Ok(paths.to_vec()));
    }
    let based = br#"[{"bn":"/3/0/","n":"0"},{"n":"9"}]"#;
    let expected = vec![Path::Resource(3, 0, 0), Path::Resource(3, 0, 9)];
    assert_eq!(decode_paths(SenmlJson, based), Ok(expected));
    assert!(decode_paths(SenmlJson, br#"[{"n":"/3/0/0","v":1}]"#).is_err());
    assert!(decode_paths(SenmlJson, b"[{}]").is_err());
    assert!(decode_paths(Format::Tlv, b"").is_err());
    assert!(encode_paths(Format::Tlv, &paths).is_err());
}
