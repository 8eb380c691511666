//! Object definitions that a user imports: XML, and our own catalogue's lines.

use lwm2m::ddf::{self, MAX_FILE};
use lwm2m::path::RESERVED_ID;
use lwm2m::{Provenance, Registry, catalogue};
use std::collections::BTreeSet;

/// A file of any content.
pub fn ddf(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        catalogue_lines(text);
    }
    let parsed = match ddf::parse("fuzz.xml", bytes) {
        Ok(parsed) => parsed,
        Err(error) => {
            let lines = bytes.iter().filter(|byte| **byte == b'\n').count() + 1;
            assert!((1..=lines).contains(&(error.line as usize)), "{error}");
            return;
        }
    };
    assert!(bytes.len() <= MAX_FILE && !parsed.objects.is_empty());
    let mut registry = Registry::new();
    for object in &parsed.objects {
        assert_ne!(object.id, RESERVED_ID);
        let ids: BTreeSet<_> = object.resources.iter().map(|own| own.id).collect();
        assert_eq!(ids.len(), object.resources.len(), "each resource once");
        let written = ddf::write(object);
        let again = ddf::parse("fuzz.xml", written.as_bytes()).expect("our own writing");
        assert_eq!(
            again.objects.as_slice(),
            std::slice::from_ref(object),
            "{written}"
        );
        registry.insert(object.clone(), Provenance::User("fuzz.xml".to_owned()));
        let found = registry.exact(object.id, object.version);
        assert_eq!(found.map(|found| found.as_ref()), Some(object));
        facts(object);
    }
    assert_eq!(registry.len(), parsed.objects.len());
}

/// The catalogue keeps ids, types and operations of whatever was understood.
fn facts(object: &lwm2m::ObjectDefinition) {
    let text = catalogue::write(std::slice::from_ref(object));
    let facts = catalogue::parse(&text).expect("our own writing");
    let [fact] = facts.as_slice() else {
        panic!("one object is one object: {text}");
    };
    assert_eq!((fact.id, fact.version), (object.id, object.version));
    let key = |own: &lwm2m::ResourceDefinition| (own.id, own.kind, own.operations, own.multiple);
    assert!(
        fact.resources
            .iter()
            .map(key)
            .eq(object.resources.iter().map(key))
    );
}

fn catalogue_lines(text: &str) {
    if let Ok(objects) = catalogue::parse(text) {
        let written = catalogue::write(&objects);
        let again = catalogue::parse(&written).expect("our own writing");
        assert_eq!(
            catalogue::write(&again),
            written,
            "there is one way of writing"
        );
    }
}
