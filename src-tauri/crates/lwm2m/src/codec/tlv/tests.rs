use crate::codec::tests::{Model, at, clean, example_device, hex, odd, refused, string};
use crate::codec::{EncodeError, Untyped, decode, encode};
use crate::format::Format;
use crate::path::Path;
use crate::value::{Reading, Value};

/// Checks bytes and readings against each other, both ways.
#[track_caller]
fn check(base: &str, digits: &str, readings: &[Reading]) {
    assert_eq!(clean(Format::Tlv, &hex(digits), base), readings);
    let base: Path = base.parse().expect("a path");
    assert_eq!(encode(Format::Tlv, base, readings), Ok(hex(digits)));
}

/// The device of Core's examples, "Lightweight" with all its letters (the
/// printed bytes lack one under a length that counts it).
const DEVICE: &str = "
    C8 00 14 4F 70 65 6E 20 4D 6F 62 69 6C 65 20 41 6C 6C 69 61 6E 63 65
    C8 01 16 4C 69 67 68 74 77 65 69 67 68 74 20 4D 32 4D 20 43 6C 69 65 6E 74
    C8 02 09 33 34 35 30 30 30 31 32 33
    C3 03 31 2E 30
    86 06 41 00 01 41 01 05
    88 07 08 42 00 0E D8 42 01 13 88
    87 08 41 00 7D 42 01 03 84
    C1 09 64
    C1 0A 0F
    83 0B 41 00 00
    C4 0D 51 82 42 8F
    C6 0E 2B 30 32 3A 30 30
    C1 10 55";

#[test]
fn fm_03_an_instance_is_121_bytes() {
    assert_eq!(hex(DEVICE).len(), 121);
    check("/3/0", DEVICE, &example_device());
}

#[test]
fn fm_03_tlv_03_an_object_wraps_its_instance_in_124_bytes() {
    let wrapped = format!("08 00 79 {DEVICE}");
    assert_eq!(hex(&wrapped).len(), 124);
    check("/3", &wrapped, &example_device());
}

#[test]
fn fm_03_two_access_control_instances_are_38_bytes() {
    let digits = "
        08 00 0E C1 00 01 C1 01 00 83 02 41 7F 07 C1 03 7F
        08 02 12 C1 00 03 C1 01 00 87 02 41 7F 07 61 01 36 01 C1 03 7F";
    assert_eq!(hex(digits).len(), 38);
    let integer = |path, number| at(path, Value::Integer(number));
    check(
        "/2",
        digits,
        &[
            integer("/2/0/0", 1),
            integer("/2/0/1", 0),
            integer("/2/0/2/127", 7),
            integer("/2/0/3", 127),
            integer("/2/2/0", 3),
            integer("/2/2/1", 0),
            integer("/2/2/2/127", 7),
            integer("/2/2/2/310", 1),
            integer("/2/2/3", 127),
        ],
    );
}

#[test]
fn fm_03_a_server_object_is_18_bytes() {
    let digits = "08 00 0F C1 00 01 C4 01 00 01 51 80 C1 06 01 C1 07 55";
    assert_eq!(hex(digits).len(), 18);
    check(
        "/1",
        digits,
        &[
            at("/1/0/0", Value::Integer(1)),
            at("/1/0/1", Value::Integer(86_400)),
            at("/1/0/6", Value::Boolean(true)),
            at("/1/0/7", string("U")),
        ],
    );
}

#[test]
fn fm_03_object_links_are_four_bytes() {
    let digits = "
        88 00 0C 44 00 00 42 00 00 44 01 00 42 00 01
        C8 01 0D 38 36 31 33 38 30 30 37 35 35 35 30 30
        C4 02 12 34 56 78";
    check(
        "/65/0",
        digits,
        &[
            at("/65/0/0/0", Value::Objlnk(66, 0)),
            at("/65/0/0/1", Value::Objlnk(66, 1)),
            at("/65/0/1", string("8613800755500")),
            at("/65/0/2", Value::Integer(0x1234_5678)),
        ],
    );
    check(
        "/66/1/2",
        "C4 02 FF FF FF FF",
        &[at("/66/1/2", Value::Objlnk(65_535, 65_535))],
    );
}

/// Three objects that point at each other, one payload for each object.
#[test]
fn fm_03_linked_objects_one_by_one() {
    check(
        "/66",
        "08 00 26
            C8 00 0B 6D 79 53 65 72 76 69 63 65 20 31
            C8 01 0F 49 6E 74 65 72 6E 65 74 2E 31 35 2E 32 33 34
            C4 02 00 43 00 00
         08 01 26
            C8 00 0B 6D 79 53 65 72 76 69 63 65 20 32
            C8 01 0F 49 6E 74 65 72 6E 65 74 2E 31 35 2E 32 33 35
            C4 02 FF FF FF FF",
        &[
            at("/66/0/0", string("myService 1")),
            at("/66/0/1", string("Internet.15.234")),
            at("/66/0/2", Value::Objlnk(67, 0)),
            at("/66/1/0", string("myService 2")),
            at("/66/1/1", string("Internet.15.235")),
            at("/66/1/2", Value::Objlnk(65_535, 65_535)),
        ],
    );
}

#[test]
fn tlv_01_ids_and_lengths_of_every_width() {
    check("/3/0/9", "C1 09 64", &[at("/3/0/9", Value::Integer(100))]);
    for (len, head) in [
        (0, "C0 05"),
        (7, "C7 05"),
        (8, "C8 05 08"),
        (255, "C8 05 FF"),
        (256, "D0 05 01 00"),
        (65_535, "D0 05 FF FF"),
        (65_536, "D8 05 01 00 00"),
    ] {
        let payload = [hex(head), vec![0xAB; len]].concat();
        let readings = [at("/100/0/5", Value::Opaque(vec![0xAB; len]))];
        assert_eq!(clean(Format::Tlv, &payload, "/100/0"), readings, "{head}");
        assert_eq!(
            encode(Format::Tlv, Path::Instance(100, 0), &readings),
            Ok(payload)
        );
    }
    check(
        "/3303/0",
        "E4 16 44 41 AC 00 00",
        &[at("/3303/0/5700", Value::Float(21.5))],
    );
    // Bits 2-0 say nothing beside a length field, and ids and lengths may be wider
    // than they need be.
    let readings = [at("/3/0/9", Value::Integer(100))];
    for digits in [
        "CF 09 01 64",
        "E1 00 09 64",
        "F0 00 09 00 01 64",
        "D8 09 00 00 01 64",
    ] {
        assert_eq!(
            clean(Format::Tlv, &hex(digits), "/3/0"),
            readings,
            "{digits}"
        );
    }
}

#[test]
fn tlv_02_integers_are_as_short_as_they_can_be() {
    for (number, digits) in [
        (0, "C1 01 00"),
        (-1, "C1 01 FF"),
        (-128, "C1 01 80"),
        (128, "C2 01 00 80"),
        (-32_769, "C4 01 FF FF 7F FF"),
        (1 << 31, "C8 01 08 00 00 00 00 80 00 00 00"),
    ] {
        check("/100/0", digits, &[at("/100/0/1", Value::Integer(number))]);
    }
    for (number, digits) in [
        (255, "C1 02 FF"),
        (u64::MAX, "C8 02 08 FF FF FF FF FF FF FF FF"),
    ] {
        check("/100/0", digits, &[at("/100/0/2", Value::Unsigned(number))]);
    }
    check(
        "/100/0",
        "C8 03 08 3F B9 99 99 99 99 99 9A",
        &[at("/100/0/3", Value::Float(0.1))],
    );
}

/// Integers of no bytes and short floats were read past their end elsewhere
/// (CONTIKI-NG-3166).
#[test]
fn tlv_02_dm_07_bytes_that_do_not_fit_the_type_stay_bytes() {
    for digits in [
        "C0 01",                // Integer of 0 bytes
        "C3 01 01 02 03",       // Integer of 3 bytes
        "C2 03 00 00",          // Float of 2 bytes
        "C0 03",                // Float of 0 bytes
        "C1 04 02",             // Boolean that is 2
        "C2 04 00 01",          // Boolean of 2 bytes
        "C3 07 00 42 00",       // Object link of 3 bytes
        "C1 00 FF",             // String that is not UTF-8
        "C0 06",                // Time of 0 bytes
        "C5 02 00 00 00 00 01", // Unsigned of 5 bytes
    ] {
        let payload = hex(digits);
        let (readings, codes) = odd(Format::Tlv, &payload, "/100/0");
        assert_eq!(
            readings[0].value,
            Value::Opaque(payload[2..].to_vec()),
            "{digits}"
        );
        assert_eq!(codes, ["DM-07"]);
    }
}

#[test]
fn tlv_03_an_instance_around_the_resources_is_welcome_where_it_is_not_needed() {
    let readings = [at("/3/0/9", Value::Integer(100))];
    for base in ["/3", "/3/0", "/3/0/9"] {
        assert_eq!(clean(Format::Tlv, &hex("03 00 C1 09 64"), base), readings);
    }
    let (bare, codes) = odd(Format::Tlv, &hex("C1 09 64"), "/3");
    assert_eq!((bare, codes), (readings.to_vec(), vec!["TLV-03"]));
}

#[test]
fn tlv_03_dt_02_a_multiple_resource_has_none_one_or_many_instances() {
    assert_eq!(clean(Format::Tlv, &hex("80 06"), "/3/0/6"), []);
    assert_eq!(clean(Format::Tlv, b"", "/3/0"), []);
    check(
        "/3/0/6",
        "83 06 41 00 01",
        &[at("/3/0/6/0", Value::Integer(1))],
    );
    check(
        "/3/0/6",
        "84 06 61 FF FE 01",
        &[at("/3/0/6/65534", Value::Integer(1))],
    );
    check("/3/0/6/1", "41 01 05", &[at("/3/0/6/1", Value::Integer(5))]);
    let wrapped = clean(Format::Tlv, &hex("83 06 41 01 05"), "/3/0/6/1");
    assert_eq!(wrapped, [at("/3/0/6/1", Value::Integer(5))]);
}

#[test]
fn tlv_04_the_request_wins_over_ids_in_the_payload() {
    for (digits, base, path) in [
        ("C1 0A 64", "/3/0/9", "/3/0/9"),
        ("03 01 C1 09 64", "/3/0", "/3/0/9"),
        ("83 06 41 02 05", "/3/0/6/1", "/3/0/6/1"),
        ("C1 06 05", "/3/0/6/1", "/3/0/6/1"),
    ] {
        let (readings, codes) = odd(Format::Tlv, &hex(digits), base);
        assert_eq!(readings.len(), 1);
        assert_eq!(readings[0].path.to_string(), path);
        assert_eq!(codes, ["TLV-04"], "{digits}");
    }
}

#[test]
fn tlv_05_broken_structure_is_refused() {
    for (digits, base) in [
        ("C8 00 14 4F", "/3/0"),                   // truncated value
        ("C8", "/3/0"),                            // truncated header
        ("E1 00", "/3/0"),                         // truncated id
        ("D0 00 01", "/3/0"),                      // truncated length
        ("C1 09 64 C1", "/3/0"),                   // trailing garbage
        ("C1 09 64 C1 09 65", "/3/0"),             // an id twice
        ("41 00 01", "/3/0"),                      // resource instance at the top
        ("03 00 41 00 01", "/3"),                  // resource instance in an instance
        ("05 00 03 00 C1 09 64", "/3"),            // instance in an instance
        ("85 06 03 00 C1 09 64", "/3/0"),          // instance in a resource
        ("85 06 83 00 41 00 01", "/3/0"),          // resource in a resource
        ("86 06 41 00 01 41 00 05", "/3/0"),       // a resource instance twice
        ("E1 FF FF 64", "/3/0"),                   // the reserved id
        ("03 00 C1 09 64 03 01 C1 09 64", "/3/0"), // two instances for one
    ] {
        refused(Format::Tlv, &hex(digits), base);
    }
    refused(Format::Tlv, &hex("C1 09 64"), "/");
}

#[test]
fn tlv_05_an_instance_of_a_resource_may_lack_its_resource() {
    let (readings, codes) = odd(Format::Tlv, &hex("41 00 01"), "/3/0/6");
    assert_eq!(readings, [at("/3/0/6/0", Value::Integer(1))]);
    assert_eq!(codes, ["TLV-05"]);
}

#[test]
fn tlv_06_values_without_a_definition_stay_bytes() {
    let (readings, codes) = odd(Format::Tlv, &hex("C1 09 64 C2 63 01 02"), "/3/0");
    assert_eq!(
        readings,
        [
            at("/3/0/9", Value::Integer(100)),
            at("/3/0/99", Value::Opaque(vec![1, 2]))
        ]
    );
    assert_eq!(codes, ["TLV-06"]);
    let decoded = decode(Format::Tlv, &hex(DEVICE), Path::Instance(3, 0), &Untyped);
    let decoded = decoded.expect("readable");
    assert_eq!((decoded.readings.len(), decoded.deviations.len()), (16, 1));
}

#[test]
fn dm_07_a_single_value_for_a_multiple_resource_is_told() {
    let (readings, codes) = odd(Format::Tlv, &hex("C1 06 01"), "/3/0");
    assert_eq!(readings, [at("/3/0/6", Value::Integer(1))]);
    assert_eq!(codes, ["DM-07"]);
}

#[test]
fn tlv_07_a_length_field_promises_no_memory() {
    let error = refused(Format::Tlv, &hex("D8 00 FF FF FF 00"), "/3/0");
    assert!(error.to_string().contains("only 1 are left"), "{error}");
    let long = [at("/100/0/5", Value::Opaque(vec![0; 1 << 24]))];
    assert_eq!(
        encode(Format::Tlv, Path::Instance(100, 0), &long),
        Err(EncodeError::TooLong { path: long[0].path })
    );
}

#[test]
fn tlv_needs_an_object() {
    assert_eq!(
        encode(Format::Tlv, Path::Root, &example_device()),
        Err(EncodeError::NotComposite {
            format: Format::Tlv
        })
    );
    assert!(decode(Format::Tlv, b"", Path::Root, &Model).is_err());
}
