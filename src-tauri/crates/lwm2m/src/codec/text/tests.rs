use super::*;
use crate::codec::{Types, Untyped, decode, encode};
use crate::path::{Id, Path};

/// Gives every resource one type.
struct All(Kind);

impl Types for All {
    fn kind(&self, _: Id, _: Id) -> Option<Kind> {
        Some(self.0)
    }

    fn is_multiple(&self, _: Id, _: Id) -> Option<bool> {
        Some(false)
    }
}

const PATH: Path = Path::Resource(3, 0, 9);

#[track_caller]
fn check(text: &str, kind: Kind, value: Value, odd: bool) {
    let decoded = decode(Format::Text, text.as_bytes(), PATH, &All(kind)).expect("readable");
    assert_eq!(decoded.readings, [Reading::new(PATH, value)]);
    assert_eq!(!decoded.deviations.is_empty(), odd);
}

#[test]
fn tx_01_text_becomes_the_models_type() {
    check("-12", Kind::Integer, Value::Integer(-12), false);
    check("1e3", Kind::Integer, Value::Integer(1000), false);
    check(
        "18446744073709551615",
        Kind::Unsigned,
        Value::Unsigned(u64::MAX),
        false,
    );
    check("21.5", Kind::Float, Value::Float(21.5), false);
    check("21", Kind::Float, Value::Float(21.0), false);
    check("1", Kind::Boolean, Value::Boolean(true), false);
    check("false", Kind::Boolean, Value::Boolean(false), false);
    check("1367491215", Kind::Time, Value::Time(1_367_491_215), false);
    check("AQI=", Kind::Opaque, Value::Opaque(vec![1, 2]), false);
    check("66:0", Kind::Objlnk, Value::Objlnk(66, 0), false);
    check(
        "</3/0>",
        Kind::Corelnk,
        Value::Corelnk("</3/0>".into()),
        false,
    );
    check("", Kind::String, Value::String(String::new()), false);
}

#[test]
fn dm_07_text_of_another_type_stays_text_and_is_told() {
    for (text, kind) in [
        ("", Kind::Integer),
        ("12x", Kind::Integer),
        ("1,5", Kind::Float),
        ("NaN", Kind::Float),
        ("yes", Kind::Boolean),
        ("2", Kind::Boolean),
        ("%%%", Kind::Opaque),
        ("66", Kind::Objlnk),
    ] {
        check(text, kind, Value::String(text.into()), true);
    }
    check("1.5", Kind::Integer, Value::Float(1.5), true);
    check("-1", Kind::Unsigned, Value::Integer(-1), true);
}

#[test]
fn dm_07_bytes_that_are_no_text_stay_bytes() {
    let decoded = decode(Format::Text, b"\xFF\xFE", PATH, &Untyped).expect("readable");
    assert_eq!(
        decoded.readings,
        [Reading::new(PATH, Value::Opaque(vec![0xFF, 0xFE]))]
    );
    assert_eq!(decoded.deviations[0].code, "DM-07");
}

#[test]
fn tx_01_floats_are_written_without_exponent_while_they_are_short() {
    let text = |number| {
        let readings = [Reading::new(PATH, Value::Float(number))];
        encode(Format::Text, PATH, &readings).map(|bytes| String::from_utf8(bytes).expect("text"))
    };
    assert_eq!(text(21.0), Ok("21".into()));
    assert_eq!(text(0.1), Ok("0.1".into()));
    assert_eq!(text(1e300), Ok("1e300".into()));
    assert!(text(f64::NAN).is_err());
}

#[test]
fn dm_08_arguments_follow_their_grammar() {
    let argument = |number, value| Argument { number, value };
    assert_eq!(execute_arguments(""), Ok(vec![]));
    assert_eq!(execute_arguments("5"), Ok(vec![argument(5, None)]));
    assert_eq!(
        execute_arguments("0='http://a,b=c',2,7=''"),
        Ok(vec![
            argument(0, Some("http://a,b=c")),
            argument(2, None),
            argument(7, Some("")),
        ])
    );
}

#[test]
fn dm_08_arguments_that_break_the_grammar_are_explained() {
    use ArgumentsError::{Character, NoComma, NoDigit, NotQuoted, Repeated};
    for (text, error) in [
        ("a", NoDigit("a".into())),
        (",", NoDigit(String::new())),
        ("1,", NoDigit(String::new())),
        ("٣", NoDigit("٣".into())),
        ("10", NoComma(1)),
        ("1='a'2", NoComma(1)),
        ("1=a", NotQuoted(1)),
        ("1='a", NotQuoted(1)),
        ("1=\"a\"", NotQuoted(1)),
        (
            "1='a b'",
            Character {
                number: 1,
                character: ' ',
            },
        ),
        (
            "1='a\\b'",
            Character {
                number: 1,
                character: '\\',
            },
        ),
        (
            "1='é'",
            Character {
                number: 1,
                character: 'é',
            },
        ),
        ("1,1", Repeated(1)),
    ] {
        assert_eq!(execute_arguments(text), Err(error), "{text}");
    }
}
