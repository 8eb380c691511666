//! Every value of every type at every path, out and in again, in every format that can
//! carry it; with the values at which encodings change their shape drawn most often.

use super::tests::same;
use super::*;
use crate::value::{Kind, ReadingTime, Value};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// Every object has all types: the resource id says which, and whether there are several
/// values of it.
struct Every;

impl Types for Every {
    fn kind(&self, _: Id, resource: Id) -> Option<Kind> {
        let kinds = Kind::ALL.len() as Id;
        Kind::ALL.get(usize::from(resource % kinds)).copied()
    }

    fn is_multiple(&self, _: Id, resource: Id) -> Option<bool> {
        let kinds = Kind::ALL.len() as Id;
        Some((resource / kinds) % 2 == 1)
    }
}

/// Ids around every width that a TLV or a name can have.
fn an_id() -> impl Strategy<Value = Id> + Clone {
    const EDGES: &[Id] = &[
        0, 1, 9, 10, 127, 128, 255, 256, 5_700, 32_767, 32_768, 65_533, 65_534,
    ];
    prop_oneof![2 => select(EDGES), 1 => 0..=65_534_u16]
}

/// A path that can hold a value.
fn a_path() -> impl Strategy<Value = Path> {
    (an_id(), an_id(), an_id(), an_id()).prop_map(|(object, instance, resource, own)| {
        match Every.is_multiple(object, resource) {
            Some(true) => Path::ResourceInstance(object, instance, resource, own),
            _ => Path::Resource(object, instance, resource),
        }
    })
}

/// Numbers at the edges of one, two, four and eight bytes and of what a float holds.
fn a_number() -> impl Strategy<Value = i128> {
    const WIDTHS: &[u32] = &[0, 7, 8, 15, 16, 23, 24, 31, 32, 52, 53, 63, 64];
    let edge = (select(WIDTHS), -2..=2_i128, any::<bool>()).prop_map(|(bits, near, minus)| {
        let edge = (1_i128 << bits) + near;
        if minus { -edge } else { edge }
    });
    prop_oneof![3 => edge, 1 => any::<i64>().prop_map(i128::from), 1 => any::<u64>().prop_map(i128::from)]
}

fn a_float() -> impl Strategy<Value = f64> {
    let edges = [
        0.0,
        -0.0,
        0.1,
        -21.5,
        f64::MIN_POSITIVE,
        5e-324,
        f64::MAX,
        f64::MIN,
        f64::EPSILON,
        f64::from(f32::MAX),
        f64::from(f32::MIN_POSITIVE),
        1e-9,
        9.9e-10,
        1e17,
        9.9e16,
        9_007_199_254_740_993.0,
        18_446_744_073_709_551_616.0,
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
    ];
    prop_oneof![
        3 => select(edges.to_vec()),
        1 => any::<f64>(),
        1 => any::<f32>().prop_map(f64::from),
        1 => (-100_000..100_000_i32).prop_map(|cents| f64::from(cents) / 100.0),
    ]
}

fn a_text() -> impl Strategy<Value = String> {
    const EDGES: &[&str] = &[
        "",
        "0",
        "true",
        "66:0",
        "AQI=",
        "a\u{0}b",
        "\"\\/\u{8}\u{1f}\u{7f}",
        "\u{feff}\u{202e}é\u{301}\u{1F468}\u{200D}\u{1F469}",
        "\r\n\t ",
        "\u{10FFFF}\u{FFFD}",
    ];
    prop_oneof![
        4 => select(EDGES).prop_map(str::to_owned),
        4 => "\\PC{0,40}",
        // 64 KiB, of one byte and of three bytes for each character.
        1 => select(&["x", "語"]).prop_map(|letter| letter.repeat(65_536 / letter.len())),
    ]
}

fn some_bytes() -> impl Strategy<Value = Vec<u8>> {
    const LENGTHS: &[usize] = &[0, 1, 4, 7, 8, 23, 24, 255, 256, 65_535, 65_536];
    prop_oneof![
        1 => (select(LENGTHS), any::<u8>()).prop_map(|(length, byte)| vec![byte; length]),
        1 => vec(any::<u8>(), 0..40),
    ]
}

/// A value of that kind, mostly one at which an encoding changes its shape.
pub(super) fn a_value(kind: Kind) -> BoxedStrategy<Value> {
    let clamped = |number: i128| number.clamp(i64::MIN.into(), i64::MAX.into()) as i64;
    match kind {
        Kind::String => a_text().prop_map(Value::String).boxed(),
        Kind::Corelnk => a_text().prop_map(Value::Corelnk).boxed(),
        Kind::Integer => a_number()
            .prop_map(move |n| Value::Integer(clamped(n)))
            .boxed(),
        Kind::Time => a_number()
            .prop_map(move |n| Value::Time(clamped(n)))
            .boxed(),
        Kind::Unsigned => a_number()
            .prop_map(|n| Value::Unsigned(n.clamp(0, u64::MAX.into()) as u64))
            .boxed(),
        Kind::Float => a_float().prop_map(Value::Float).boxed(),
        Kind::Boolean => any::<bool>().prop_map(Value::Boolean).boxed(),
        Kind::Opaque => some_bytes().prop_map(Value::Opaque).boxed(),
        Kind::Objlnk => {
            let id = prop_oneof![an_id(), Just(65_535)];
            (id.clone(), id)
                .prop_map(|(o, i)| Value::Objlnk(o, i))
                .boxed()
        }
    }
}

/// Times that a format can tell apart: absolute from 2^28 s on (RFC 8428 §4.5.3), and up to
/// 2^32 s (the year 2106), beyond which a float of seconds is coarser than a microsecond.
fn a_time() -> impl Strategy<Value = Option<ReadingTime>> {
    const FIRST: i64 = (1 << 28) * 1_000_000;
    const EXACT: i64 = (1 << 32) * 1_000_000;
    let absolute = prop_oneof![Just(FIRST), Just(FIRST + 1), Just(EXACT), FIRST..EXACT];
    let relative = prop_oneof![Just(0), Just(-1), Just(-EXACT), -EXACT..=0];
    prop_oneof![
        Just(None),
        absolute.prop_map(|micros| Some(ReadingTime::Absolute(micros))),
        relative.prop_map(|micros| Some(ReadingTime::Relative(micros))),
    ]
}

fn a_reading() -> impl Strategy<Value = Reading> {
    a_path().prop_flat_map(|path| {
        let kind = path.resource().and_then(|resource| Every.kind(0, resource));
        a_value(kind.expect("every resource has a type")).prop_map(move |v| Reading::new(path, v))
    })
}

/// Readings below one place, at different paths.
fn readings_together() -> impl Strategy<Value = Vec<Reading>> {
    let lone = (an_id(), an_id());
    (
        lone,
        btree_map((0..3_u16, 0..3_u16, an_id(), an_id()), any::<Index>(), 0..8),
    )
        .prop_flat_map(|((object, instance), places)| {
            let readings: Vec<_> = places
                .into_keys()
                .map(|(o, i, resource, own)| {
                    let object = (object % 60_000) + o;
                    let instance = (instance % 60_000) + i;
                    let path = match Every.is_multiple(object, resource) {
                        Some(true) => Path::ResourceInstance(object, instance, resource, own),
                        _ => Path::Resource(object, instance, resource),
                    };
                    let kind = Every
                        .kind(object, resource)
                        .expect("every resource has a type");
                    a_value(kind).prop_map(move |value| Reading::new(path, value))
                })
                .collect();
            readings
        })
        .prop_map(|mut readings| {
            readings.sort_by(|a, b| a.path.ids().cmp(b.path.ids()));
            readings.dedup_by_key(|reading| reading.path);
            readings
        })
}

/// The path itself and everything above it.
fn bases(path: Path) -> Vec<Path> {
    let mut bases = vec![path];
    let mut base = path;
    while base != Path::Root {
        base = base.parent();
        bases.push(base);
    }
    bases
}

/// Whether the standard has a place for `reading` in a payload about `base`.
fn can_carry(format: Format, base: Path, reading: &Reading) -> bool {
    let alone = base == reading.path;
    let finite = !matches!(reading.value, Value::Float(number) if !number.is_finite());
    match format {
        Format::Link => false,
        Format::Opaque => alone && matches!(reading.value, Value::Opaque(_)),
        Format::Text => alone && finite,
        Format::Cbor => alone,
        Format::Tlv => base != Path::Root,
        Format::Json | Format::SenmlJson => finite,
        Format::SenmlCbor => true,
    }
}

/// Writes and reads; `Ok(None)` when the format has no place for this.
fn through(
    format: Format,
    base: Path,
    readings: &[Reading],
) -> Result<Option<Vec<Reading>>, TestCaseError> {
    through_from("", format, base, readings)
}

/// The same for a device whose objects lie below `root`.
fn through_from(
    root: &str,
    format: Format,
    base: Path,
    readings: &[Reading],
) -> Result<Option<Vec<Reading>>, TestCaseError> {
    let Ok(payload) = encode_from(root, format, base, readings) else {
        return Ok(None);
    };
    let decoded = decode_from(root, format, &payload, base, &Every);
    let decoded = decoded.map_err(|error| TestCaseError::fail(error.to_string()))?;
    prop_assert_eq!(decoded.deviations, []);
    let again = encode_from(root, format, base, &decoded.readings);
    prop_assert_eq!(again.as_ref(), Ok(&payload), "there is one shortest form");
    Ok(Some(decoded.readings))
}

// `PROPTEST_CASES` says how many cases; 256 when it is not set.
proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// DT-01: one value, at itself and at every path above, in every format. What cannot be
    /// carried is refused, not bent (SJ-06).
    #[test]
    fn dt_01_a_value_survives_wherever_it_may_stand(reading in a_reading()) {
        for format in Format::ALL {
            for base in bases(reading.path) {
                let back = through(format, base, std::slice::from_ref(&reading))?;
                prop_assert_eq!(back.is_some(), can_carry(format, base, &reading), "{} at {}", format, base);
                if let Some(back) = back {
                    prop_assert!(same(&back, std::slice::from_ref(&reading)), "{} at {}: {:?}", format, base, back);
                }
            }
        }
    }

    /// DT-02: many values at sparse ids, below everything that they have in common.
    #[test]
    fn dt_02_many_values_survive_together(readings in readings_together()) {
        let common = readings.iter().map(|reading| reading.path).reduce(|a, b| {
            bases(a).into_iter().find(|base| base.contains(b)).unwrap_or(Path::Root)
        });
        for base in bases(common.unwrap_or(Path::Object(3))) {
            for format in [Format::Tlv, Format::Json, Format::SenmlJson, Format::SenmlCbor] {
                let carried = readings.iter().all(|reading| can_carry(format, base, reading))
                    && (format != Format::Tlv || base != Path::Root);
                let back = through(format, base, &readings)?;
                prop_assert_eq!(back.is_some(), carried, "{} at {}", format, base);
                if let Some(back) = back {
                    prop_assert!(same(&back, &readings), "{} at {}: {:?}", format, base, back);
                }
            }
        }
    }

    /// SJ-01: names below an alternate path, which the standard allows any segments but ids.
    #[test]
    fn sj_01_names_below_an_alternate_path_survive(
        readings in readings_together(),
        root in "(/[a-z][a-z0-9.]{0,6}){1,3}",
    ) {
        let finite = |reading: &Reading| can_carry(Format::SenmlJson, Path::Root, reading);
        let readings: Vec<Reading> = readings.into_iter().filter(finite).collect();
        for format in [Format::SenmlJson, Format::SenmlCbor] {
            let back = through_from(&root, format, Path::Root, &readings)?;
            prop_assert_eq!(back.as_ref(), Some(&readings), "{} below {}", format, root);
        }
    }

    /// SJ-02, SJ-07: values with times, several of one path among them.
    #[test]
    fn sj_02_sj_07_times_survive_to_the_microsecond(
        times in vec((a_time(), 0..3_u16), 1..6),
        depth in 0..3_usize,
    ) {
        let mut readings: Vec<Reading> = times
            .into_iter()
            .map(|(time, resource)| Reading {
                time,
                ..Reading::new(Path::Resource(100, 0, resource * 18 + 1), Value::Integer(1))
            })
            .collect();
        readings.sort_by_key(|reading| (reading.path, reading.time));
        readings.dedup_by_key(|reading| (reading.path, reading.time));
        let base = [Path::Root, Path::Object(100), Path::Instance(100, 0)][depth];
        for format in [Format::Json, Format::SenmlJson, Format::SenmlCbor] {
            let back = through(format, base, &readings)?;
            prop_assert_eq!(back.as_ref(), Some(&readings), "{}", format);
        }
    }

    /// DM-14: paths of any depth as names without values.
    #[test]
    fn dm_14_lists_of_paths_survive(paths in vec((a_path(), 0..5_usize), 0..20)) {
        let paths: Vec<Path> = paths
            .into_iter()
            .map(|(path, up)| (0..up).fold(path, |path, _| path.parent()))
            .collect();
        for format in [Format::SenmlJson, Format::SenmlCbor] {
            let payload = encode_paths(format, &paths).expect("SenML carries paths");
            prop_assert_eq!(decode_paths(format, &payload), Ok(paths.clone()));
        }
    }

    /// DT-01, the tenth type: what an executable resource takes are arguments.
    #[test]
    fn dt_01_arguments_have_one_spelling(
        given in btree_map(0..10_u8, proptest::option::of("[!#-&(-\\[\\]-~]{0,12}"), 0..10),
    ) {
        let write = |(number, value): (&u8, &Option<String>)| match value {
            Some(value) => format!("{number}='{value}'"),
            None => number.to_string(),
        };
        let text = given.iter().map(write).collect::<Vec<_>>().join(",");
        let read = text::execute_arguments(&text).expect("by the grammar");
        let same = read.iter().map(|own| (own.number, own.value.map(str::to_owned)));
        prop_assert!(same.eq(given), "{}", text);
    }
}
