//! Everything that is encoded comes back as it was, bit by bit.

use super::value::{value_from_json, value_to_json};
use super::*;
use clock::UnixTime;
use coap::Code;
use lwm2m::attributes::{AttributeChange, AttributeName, Setting};
use lwm2m::deviation::Deviation;
use lwm2m::object_list::{AnnouncedObject, ObjectList};
use lwm2m::{Format, ObjectVersion, Path, Reading, ReadingTime, Value};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use server::operation::{Ask, CancelWay, DiscoveredLink, Ending, Outcome, TimedValue, WriteMode};

/// Equal to the bit: NaN equals itself, and zero does not equal minus zero.
fn same_value(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Float(left), Value::Float(right)) => left.to_bits() == right.to_bits(),
        _ => left == right,
    }
}

fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<String>().prop_map(Value::String),
        any::<i64>().prop_map(Value::Integer),
        any::<u64>().prop_map(Value::Unsigned),
        any::<u64>().prop_map(|bits| Value::Float(f64::from_bits(bits))),
        any::<f64>().prop_map(Value::Float),
        any::<bool>().prop_map(Value::Boolean),
        vec(any::<u8>(), 0..40).prop_map(Value::Opaque),
        any::<i64>().prop_map(Value::Time),
        any::<(u16, u16)>().prop_map(|(object, instance)| Value::Objlnk(object, instance)),
        any::<String>().prop_map(Value::Corelnk),
    ]
}

/// A value that equals itself, for comparing what contains it.
fn plain_value() -> impl Strategy<Value = Value> {
    any_value().prop_filter(
        "NaN differs from itself",
        |value| !matches!(value, Value::Float(number) if number.is_nan()),
    )
}

fn any_path() -> impl Strategy<Value = Path> {
    vec(0_u16..65_535, 0..=4).prop_map(|ids| Path::from_ids(&ids).expect("a path"))
}

fn any_format() -> impl Strategy<Value = Option<Format>> {
    option::of(proptest::sample::select(Format::ALL.to_vec()))
}

fn any_time() -> impl Strategy<Value = UnixTime> {
    any::<i64>().prop_map(UnixTime::from_micros)
}

fn any_reading() -> impl Strategy<Value = Reading> {
    let time = prop_oneof![
        any::<i64>().prop_map(ReadingTime::Absolute),
        any::<i64>().prop_map(ReadingTime::Relative),
    ];
    (any_path(), plain_value(), option::of(time)).prop_map(|(path, value, time)| Reading {
        path,
        value,
        time,
    })
}

fn any_change() -> impl Strategy<Value = AttributeChange> {
    let setting = prop_oneof![
        any::<u32>().prop_map(Setting::Whole),
        any::<f64>()
            .prop_filter("a number", |number| !number.is_nan())
            .prop_map(Setting::Number),
        any::<bool>().prop_map(Setting::Flag),
    ];
    let name = proptest::sample::select(AttributeName::ALL.to_vec());
    btree_map(name, option::of(setting), 0..4).prop_map(|settings| AttributeChange { settings })
}

fn any_ask() -> impl Strategy<Value = Ask> {
    let readings = || vec(any_reading(), 0..4);
    prop_oneof![
        (any_path(), any_format()).prop_map(|(path, format)| Ask::Read { path, format }),
        (any_path(), readings(), any_format()).prop_map(|(path, values, format)| Ask::Write {
            path,
            mode: WriteMode::Update,
            values,
            format
        }),
        (any_path(), readings()).prop_map(|(path, values)| Ask::Write {
            path,
            mode: WriteMode::Replace,
            values,
            format: None
        }),
        (any_path(), option::of(any::<String>()), any::<bool>()).prop_map(
            |(path, arguments, confirmable)| Ask::Execute {
                path,
                arguments,
                confirmable,
            }
        ),
        any_path().prop_map(|path| Ask::Discover { path }),
        (any_path(), any_change()).prop_map(|(path, change)| Ask::WriteAttributes { path, change }),
        (
            0_u16..65_535,
            option::of(0_u16..65_535),
            readings(),
            any_format()
        )
            .prop_map(|(object, instance, values, format)| Ask::Create {
                object,
                instance,
                values,
                format
            }),
        any_path().prop_map(|path| Ask::Delete { path }),
        (any_path(), any_format()).prop_map(|(path, format)| Ask::Observe { path, format }),
        any_path().prop_map(|path| Ask::CancelObservation {
            path,
            way: CancelWay::Active
        }),
        any_path().prop_map(|path| Ask::CancelObservation {
            path,
            way: CancelWay::Passive
        }),
        any_composite(),
        Just(Ask::ReadDevice),
    ]
}

fn any_composite() -> impl Strategy<Value = Ask> {
    let paths = || vec(any_path(), 0..4);
    prop_oneof![
        (paths(), any_format()).prop_map(|(paths, format)| Ask::ReadComposite { paths, format }),
        (vec(any_reading(), 0..4), any_format())
            .prop_map(|(values, format)| Ask::WriteComposite { values, format }),
        (paths(), any_format()).prop_map(|(paths, format)| Ask::ObserveComposite { paths, format }),
        paths().prop_map(|paths| Ask::CancelComposite {
            paths,
            way: CancelWay::Active
        }),
    ]
}

fn any_deviation() -> impl Strategy<Value = Deviation> {
    (
        proptest::sample::select(vec!["QRK-02", "REG-09"]),
        any::<String>(),
    )
        .prop_map(|(code, message)| Deviation::new(code, message))
}

fn any_ending() -> impl Strategy<Value = Ending> {
    let outcomes = vec![
        Outcome::Success,
        Outcome::Refused,
        Outcome::TimedOut,
        Outcome::Cancelled,
        Outcome::Lost,
    ];
    let timed =
        (any_path(), plain_value(), option::of(any_time())).prop_map(|(path, value, taken_at)| {
            TimedValue {
                path,
                value,
                taken_at,
            }
        });
    let link = (any_path(), vec(any::<(String, String)>(), 0..3))
        .prop_map(|(path, attributes)| DiscoveredLink { path, attributes });
    let answer = (
        option::of(any::<u8>().prop_map(Code::from_byte)),
        vec(timed, 0..4),
        vec(any_path(), 0..3),
        vec(link, 0..4),
        any_format(),
    );
    let rest = (
        option::of(any_path()),
        any::<String>(),
        vec(any_deviation(), 0..3),
        any_time(),
    );
    (proptest::sample::select(outcomes), answer, rest).prop_map(
        |(outcome, (code, values, missing, links, format), (location, detail, deviations, at))| {
            Ending {
                outcome,
                code,
                values,
                missing,
                links,
                location,
                detail,
                deviations,
                format,
                at,
            }
        },
    )
}

fn any_object_list() -> impl Strategy<Value = ObjectList> {
    let version = any::<(u8, u8)>().prop_map(|(major, minor)| ObjectVersion::new(major, minor));
    let announced = (0_u16..65_535, option::of(version), vec(0_u16..65_535, 0..4)).prop_map(
        |(object, version, instances)| AnnouncedObject {
            object,
            version,
            instances,
        },
    );
    let alternate_path = option::of(vec("[a-z]{1,5}", 0..3));
    (
        alternate_path,
        vec(any::<u16>(), 0..4),
        vec(announced, 0..6),
        vec(any_deviation(), 0..2),
    )
        .prop_map(
            |(alternate_path, formats, objects, deviations)| ObjectList {
                alternate_path,
                formats,
                objects,
                deviations,
            },
        )
}

proptest! {
    #[test]
    fn a_value_comes_back_to_the_bit(value in any_value()) {
        let text = value_to_json(&value).to_string();
        let back = value_from_json(&serde_json::from_str(&text).expect("JSON")).expect(&text);
        prop_assert!(same_value(&value, &back), "{value:?} became {back:?}");
    }

    #[test]
    fn an_ask_comes_back(ask in any_ask()) {
        let text = ask_to_text(&ask);
        prop_assert_eq!(ask_from_text(&text).expect(&text), ask);
    }

    #[test]
    fn an_ending_comes_back(ending in any_ending()) {
        let text = ending_to_text(&ending);
        prop_assert_eq!(ending_from_text(&text).expect(&text), ending);
    }

    #[test]
    fn an_object_list_comes_back(list in any_object_list()) {
        let text = objects_to_text(&list);
        prop_assert_eq!(objects_from_text(&text).expect(&text), list);
    }

    #[test]
    fn pairs_and_texts_come_back(pairs in vec(any::<(String, String)>(), 0..4), texts in vec(any::<String>(), 0..4)) {
        prop_assert_eq!(pairs_from_text(pairs_to_text(&pairs).as_deref()).expect("pairs"), pairs);
        prop_assert_eq!(strings_from_text(strings_to_text(&texts).as_deref()).expect("texts"), texts);
    }

    #[test]
    fn paths_come_back(paths in vec(any_path(), 0..4)) {
        prop_assert_eq!(paths_from_text(&paths_to_text(&paths)).expect("paths"), paths);
    }

    #[test]
    fn damaged_columns_are_errors_not_panics(text in any::<String>()) {
        let wrapped = format!("{{\"ask\": {text:?}, \"path\": \"/3\", \"outcome\": [], \"objects\": [[]]}}");
        for column in [text.as_str(), wrapped.as_str()] {
            prop_assert!(ask_from_text(column).is_err());
            prop_assert!(ending_from_text(column).is_err());
        }
        prop_assert!(objects_from_text(&wrapped).is_err());
        prop_assert!(deviations_from_text(Some(&wrapped)).is_err());
    }
}
