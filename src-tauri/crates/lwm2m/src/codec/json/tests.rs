use crate::codec::tests::{at, clean, example_device, odd, refused, string};
use crate::codec::{EncodeError, encode};
use crate::format::Format::Json;
use crate::path::Path;
use crate::value::{Reading, ReadingTime, Value};

const DEVICE: &str = concat!(
    r#"{"bn":"/3/0/","e":[{"n":"0","sv":"Open Mobile Alliance"},"#,
    r#"{"n":"1","sv":"Lightweight M2M Client"},{"n":"2","sv":"345000123"},{"n":"3","sv":"1.0"},"#,
    r#"{"n":"6/0","v":1},{"n":"6/1","v":5},{"n":"7/0","v":3800},{"n":"7/1","v":5000},"#,
    r#"{"n":"8/0","v":125},{"n":"8/1","v":900},{"n":"9","v":100},{"n":"10","v":15},"#,
    r#"{"n":"11/0","v":0},{"n":"13","v":1367491215},{"n":"14","sv":"+02:00"},{"n":"16","sv":"U"}]}"#,
);

#[track_caller]
fn check(base: &str, text: &str, readings: &[Reading]) {
    assert_eq!(clean(Json, text.as_bytes(), base), readings);
    let base: Path = base.parse().expect("a path");
    assert_eq!(encode(Json, base, readings), Ok(text.into()));
}

#[test]
fn fm_03_js_01_the_device_of_the_examples() {
    check("/3/0", DEVICE, &example_device());
    let without_base_name = DEVICE.replace(r#""bn":"/3/0/","#, "");
    assert_eq!(
        clean(Json, without_base_name.as_bytes(), "/3/0"),
        example_device()
    );
}

#[test]
fn js_01_history_counts_back_from_the_base_time() {
    let text = concat!(
        r#"{"bn":"/72/","bt":25462634,"e":[{"n":"1/2","v":22.4,"t":-5},"#,
        r#"{"n":"1/2","v":22.9,"t":-30},{"n":"1/2","v":24.1,"t":-50}]}"#,
    );
    let readings = clean(Json, text.as_bytes(), "/72");
    let expected = [(22.4, 25_462_629), (22.9, 25_462_604), (24.1, 25_462_584)];
    assert_eq!(
        readings,
        expected.map(|(value, seconds)| Reading {
            time: Some(ReadingTime::Absolute(seconds * 1_000_000)),
            ..at("/72/1/2", Value::Float(value))
        })
    );
    let later = [Reading {
        time: Some(ReadingTime::Relative(1)),
        ..at("/72/1/2", Value::Float(1.0))
    }];
    let path = later[0].path;
    assert_eq!(
        encode(Json, Path::Object(72), &later),
        Err(EncodeError::Time { path })
    );
}

#[test]
fn js_01_links_and_several_objects() {
    check(
        "/",
        concat!(
            r#"{"bn":"/","e":[{"n":"65/0/0/0","ov":"66:0"},{"n":"65/0/0/1","ov":"66:1"},"#,
            r#"{"n":"65/0/1","sv":"8613800755500"},{"n":"65/0/2","v":1}]}"#,
        ),
        &[
            at("/65/0/0/0", Value::Objlnk(66, 0)),
            at("/65/0/0/1", Value::Objlnk(66, 1)),
            at("/65/0/1", string("8613800755500")),
            at("/65/0/2", Value::Integer(1)),
        ],
    );
    let null = clean(
        Json,
        br#"{"bn":"/66/","e":[{"n":"0/2","ov":"FFFF:FFFF"}]}"#,
        "/66",
    );
    assert_eq!(null, [at("/66/0/2", Value::Objlnk(65_535, 65_535))]);
}

#[test]
fn js_01_a_resource_has_an_empty_name() {
    check(
        "/3/0/9",
        r#"{"bn":"/3/0/9","e":[{"n":"","v":100}]}"#,
        &[at("/3/0/9", Value::Integer(100))],
    );
    for text in [r#"{"e":[{"n":"","v":100}]}"#, r#"{"e":[{"v":100}]}"#] {
        let readings = clean(Json, text.as_bytes(), "/3/0/9");
        assert_eq!(readings, [at("/3/0/9", Value::Integer(100))]);
    }
    let several = clean(
        Json,
        br#"{"e":[{"n":"0","v":1},{"n":"1","v":5}]}"#,
        "/3/0/6",
    );
    assert_eq!(
        several,
        [
            at("/3/0/6/0", Value::Integer(1)),
            at("/3/0/6/1", Value::Integer(5))
        ]
    );
}

#[test]
fn js_01_booleans_bytes_and_the_base_name_last() {
    let text = r#"{"e":[{"n":"4","bv":true},{"n":"5","sv":"AQI="}],"bn":"/100/0/"}"#;
    let readings = clean(Json, text.as_bytes(), "/100/0");
    assert_eq!(
        readings,
        [
            at("/100/0/4", Value::Boolean(true)),
            at("/100/0/5", Value::Opaque(vec![1, 2]))
        ]
    );
}

#[test]
fn js_01_what_is_no_link_is_text_and_stands_for_bytes_where_text_does() {
    let from_link = clean(Json, br#"{"e":[{"n":"5","ov":""}]}"#, "/100/0");
    assert_eq!(from_link, [at("/100/0/5", Value::Opaque(Vec::new()))]);
    let base: Path = "/100/0".parse().expect("a path");
    let written = encode(Json, base, &from_link).expect("it can be written");
    assert_eq!(clean(Json, &written, "/100/0"), from_link);
}

#[test]
fn js_01_an_array_at_the_root_is_read_and_told() {
    for text in [
        r#"[{"bn":"/3/0/","e":[{"n":"9","v":100},{"n":"10","v":15}]}]"#,
        r#"[{"bn":"/3/0/","n":"9","v":100},{"n":"10","v":15}]"#,
    ] {
        let (readings, codes) = odd(Json, text.as_bytes(), "/3/0");
        assert_eq!(
            readings,
            [
                at("/3/0/9", Value::Integer(100)),
                at("/3/0/10", Value::Integer(15))
            ]
        );
        assert_eq!(codes, ["JS-01"]);
    }
}

/// Entries without a name or value brought a device's parser down (Contiki-NG
/// #1312).
#[test]
fn js_01_malformed_payloads_are_refused() {
    for text in [
        "",
        "{}",
        r#"{"bn":"/3/0/"}"#,
        r#"{"bn":"/3/0/","e":{}}"#,
        r#"{"bn":"/3/0/","e":[{"n":"9"}]}"#,
        r#"{"bn":"/3/0/","e":[{"v":9}]}"#,
        r#"{"bn":"/3/0/","e":[{"n":"9","v":01}]}"#,
        r#"{"bn":"/3/0/","e":[{"n":"9","v":1,"sv":"1"}]}"#,
        r#"{"bn":"/3/0/","e":[{"n":"9","v":"1"}]}"#,
        r#"{"bn":"/3/0/","e":[{"n":"9","v":1}]} x"#,
        r#"{"bn":"/3/0/","e":[{"e":[{"n":"9","v":1}]}]}"#,
        r#"{"bn":3,"e":[]}"#,
        "[{},{},{}]",
    ] {
        refused(Json, text.as_bytes(), "/3/0");
    }
    let deep = format!(r#"{{"e":[],"x":{}}}"#, "[".repeat(10_000));
    refused(Json, deep.as_bytes(), "/3/0");
}

#[test]
fn dm_07_a_wrong_type_is_kept_and_told() {
    for (text, value) in [
        (r#""sv":"100""#, string("100")),
        (r#""bv":true"#, Value::Boolean(true)),
        (r#""ov":"1""#, string("1")),
    ] {
        let payload = format!(r#"{{"e":[{{"n":"9",{text}}}]}}"#);
        let (readings, codes) = odd(Json, payload.as_bytes(), "/3/0");
        assert_eq!(
            (readings, codes),
            (vec![at("/3/0/9", value)], vec!["DM-07"])
        );
    }
}
