//! Lines tried on a device that has a bit of everything.

mod completion;
mod orders;

use super::view::{Announced, View};
use lwm2m::{Id, ObjectVersion, Path, Value, bundled};
use server::observation::Target;

/// A device with the server object, a device object of 1.1, a thermometer, a light
/// and an object that no definition knows.
fn view() -> View {
    let registry = bundled::registry();
    let announced = |object: Id, minor, instances: &[Id]| {
        let version = ObjectVersion::new(1, minor);
        let nearest = registry.nearest(object, Some(version));
        Announced {
            object,
            version,
            instances: instances.to_vec(),
            definition: nearest.map(|found| found.definition.clone()),
        }
    };
    let text = |text: &str| Value::String(text.to_owned());
    View {
        endpoint: "urn:x".to_owned(),
        objects: vec![
            announced(1, 1, &[0]),
            announced(3, 1, &[0]),
            announced(3303, 1, &[0, 1]),
            announced(3311, 0, &[0]),
            announced(60_000, 0, &[0]),
        ],
        latest: [
            (Path::Resource(3, 0, 15), text("Europe/Berlin")),
            (Path::ResourceInstance(3, 0, 11, 0), Value::Integer(0)),
            (Path::Resource(3303, 0, 5700), Value::Float(21.5)),
            (Path::Resource(60_000, 0, 7), Value::Opaque(vec![10, 255])),
        ]
        .into(),
        told: [
            Path::Resource(3, 0, 17),
            Path::ResourceInstance(3, 0, 11, 1),
        ]
        .into(),
        observed: vec![
            Target::One(Path::Resource(3303, 0, 5700)),
            Target::Several(vec![Path::Resource(3, 0, 9), Path::Object(1)]),
        ],
        open_operations: vec![("op-7".to_owned(), "resource_read /3".to_owned())],
        lines: vec![
            "read /3303/0/5700".to_owned(),
            "write /1/0/1 300".to_owned(),
        ],
    }
}

/// Lines with everything that the grammar has.
const LINES: &[&str] = &[
    "read /3303_1.1/0/5700 senml_cbor --timeout 2.5 --priority high",
    "write /3/0 14=\"+02:00\" 11/0=5 --update --latest-wins",
    "write /60000/0/7 0x0aff",
    "execute /3/0/4 0='U',1",
    "create /3303/2 5700=21.5 --unchecked",
    "observe /3303/0/5700 pmin=5 gt= --format tlv",
    "composite write /1/0/1=300 /3/0/15=\"Europe / Berlin\"",
    "composite cancel /3/0/9 /1 passive",
    "wait op-7",
    "help composite read",
];

/// Letters that mean something, and some that mean nothing.
const LETTERS: &[&str] = &[
    " ", "\"", "\\", "=", "/", "_", "-", "--", "0", "65535", "é", "🌡", "\u{0}", "",
];

#[test]
fn no_line_makes_it_stumble() {
    let view = view();
    let mut tried = 0;
    let mut check = |line: &str| {
        if let Err(complaint) = super::order(&view, line) {
            let error = complaint.to_error(line);
            assert!(error.message.starts_with("Column "), "{line}: {error}");
            assert!(
                line.get(complaint.at.clone()).is_some(),
                "{line}: {complaint:?}"
            );
        }
        let found = super::complete(&view, line);
        assert!(line.get(found.from..).is_some(), "{line}: {found:?}");
        let _ = super::address(line);
        let _ = super::Query::of(line);
        tried += 1;
    };
    for line in LINES {
        let ends = line.char_indices().map(|(at, _)| at).chain([line.len()]);
        for at in ends {
            let (before, after) = line.split_at(at);
            check(before);
            for letter in LETTERS {
                check(&format!("{before}{letter}{after}"));
                let behind = after.get(1..).unwrap_or_default();
                check(&format!("{before}{letter}{behind}"));
            }
        }
    }
    assert!(tried > 10_000, "{tried}");
}

#[test]
fn what_is_offered_can_be_taken() {
    let view = view();
    for line in LINES {
        for (at, _) in line.char_indices().chain([(line.len(), ' ')]) {
            let before = line.get(..at).expect("a boundary");
            let found = super::complete(&view, before);
            for candidate in found.candidates {
                let taken = format!("{}{}", &before[..found.from], candidate.text);
                let words = super::lexer::lex_open(&taken);
                assert!(words.open_quote.is_none(), "{before}: {taken}");
                assert!(!taken.contains('\n'), "{taken}");
            }
        }
    }
}
