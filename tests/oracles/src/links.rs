//! Link-format and what is made of it: object lists of a Register, attributes of a
//! Discover answer.

use lwm2m::link::{self, MAX_LINKS, MAX_PAYLOAD};
use lwm2m::link_attributes::LinkAttributes;
use lwm2m::{ObjectList, Path};

/// Any links, as Discover answers them.
pub fn link_format(bytes: &[u8]) {
    let Ok(parsed) = link::parse(bytes) else {
        return;
    };
    assert!(bytes.len() <= MAX_PAYLOAD && parsed.links.len() <= MAX_LINKS);
    let held: usize = parsed.links.iter().map(size).sum();
    assert!(held <= bytes.len(), "more bytes came out than went in");
    assert!(
        parsed.deviations.len() <= MOST_ODDITIES,
        "each oddity is told once"
    );
    let written = link::write(&parsed.links);
    if written.len() > MAX_PAYLOAD {
        // Ours has more quotation marks.
        return;
    }
    let again = link::parse(written.as_bytes()).expect("our own writing");
    assert_eq!(again.links, parsed.links);
    assert_eq!(
        link::write(&again.links),
        written,
        "there is one way of writing"
    );
    for link in &parsed.links {
        check_attributes(link);
    }
}

fn size(link: &link::Link) -> usize {
    let attributes = link.attributes.iter();
    let sizes = attributes.map(|(name, value)| name.len() + value.as_ref().map_or(0, String::len));
    link.target.len() + sizes.sum::<usize>()
}

fn check_attributes(link: &link::Link) {
    let sorted = LinkAttributes::from_link(link);
    let again = LinkAttributes::from_link(&link::Link {
        target: link.target.clone(),
        attributes: sorted.to_attributes(),
    });
    assert_eq!(again.notification, sorted.notification);
    assert_eq!(
        (
            again.dim,
            again.version,
            again.lwm2m,
            again.ssid,
            &again.uri
        ),
        (
            sorted.dim,
            sorted.version,
            sorted.lwm2m,
            sorted.ssid,
            &sorted.uri
        )
    );
    assert_eq!(again.others, sorted.others);
}

/// The payload of a Register.
pub fn object_list(bytes: &[u8]) {
    let Ok(list) = ObjectList::parse(bytes) else {
        return;
    };
    let instances: usize = list.objects.iter().map(|own| own.instances.len()).sum();
    assert!(list.objects.len() + instances + list.formats.len() <= bytes.len());
    let ascending = list
        .objects
        .windows(2)
        .all(|pair| pair[0].object < pair[1].object);
    assert!(ascending, "by rising id, each once");
    for own in &list.objects {
        assert!(
            ![0, 21, 23].contains(&own.object),
            "credentials are never shown"
        );
        assert!(list.announces(Path::Object(own.object)));
        assert!(own.instances.windows(2).all(|pair| pair[0] < pair[1]));
    }
    let written = list.to_payload();
    if written.len() > MAX_PAYLOAD {
        // An alternate path stands in front of every object.
        return;
    }
    let again = ObjectList::parse(written.as_bytes()).expect("our own writing");
    assert_eq!(again.objects, list.objects);
    assert_eq!(again.formats, list.formats);
    assert_eq!(again.alternate_path, list.alternate_path);
    assert_eq!(again.to_payload(), list.to_payload());
}

/// The sorts of oddities that a list of links can have.
const MOST_ODDITIES: usize = 16;
