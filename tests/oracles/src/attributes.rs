//! Notification attributes as queries, and the ranges of definitions: text that people,
//! devices and vendors write.

use lwm2m::attributes::{AttributeChange, NotificationAttributes};
use lwm2m::range::Range;
use lwm2m::{Kind, Path, Value};

/// Queries divided by `&`, and the same text as a range.
pub fn attributes(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    queries(text);
    range(text);
}

fn queries(text: &str) {
    let Ok(change) = AttributeChange::from_queries(text.split('&')) else {
        return;
    };
    let written = change.to_queries();
    let again = AttributeChange::from_queries(written.iter().map(String::as_str));
    assert_eq!(again.as_ref(), Ok(&change), "written as {written:?}");
    let mut attached = NotificationAttributes::default();
    attached.apply(&change);
    let mut twice = attached.clone();
    twice.apply(&change);
    assert_eq!(twice, attached, "the same change twice is one change");
    assert_eq!(
        attached.inherit(&NotificationAttributes::default()),
        attached
    );
    for kind in Kind::ALL {
        let found = attached.check_at(Path::Resource(3, 0, 9), Some(kind));
        assert!(found.len() >= attached.check().len());
    }
}

fn range(text: &str) {
    for kind in Kind::ALL {
        let range = Range::parse(text, Some(kind));
        // What is understood is printed so that it is understood again, apart from one
        // number alone, which would be no range.
        let printed = range.to_string();
        if printed.contains([',', '.']) {
            assert_eq!(Range::parse(&printed, Some(kind)), range, "{printed}");
        }
        for value in [
            Value::Integer(i64::MIN),
            Value::Unsigned(u64::MAX),
            Value::Float(f64::NAN),
            Value::String(text.to_owned()),
            Value::Opaque(text.as_bytes().to_vec()),
        ] {
            if let Err(sentence) = range.check(&value) {
                assert!(range != Range::Free && !sentence.is_empty());
            }
        }
    }
}
