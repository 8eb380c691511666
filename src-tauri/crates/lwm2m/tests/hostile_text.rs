//! Text from the network and from imported files never panics, whatever it holds
//! (conformance LF-01, REG-08, VER-04), and what was understood can be written.

use lwm2m::attributes::AttributeChange;
use lwm2m::link_attributes::LinkAttributes;
use lwm2m::range::Range;
use lwm2m::{Kind, ObjectList, Value, catalogue, ddf, link};
use proptest::prelude::*;

/// Pieces that link-format, queries and definitions are made of.
const PIECES: &[&str] = &[
    "<",
    ">",
    "/",
    "3",
    "0",
    "65535",
    "99999",
    ",",
    ";",
    "=",
    "\"",
    "\\",
    " ",
    "\n",
    "ver",
    "1.1",
    "ct",
    "rt",
    "oma.lwm2m",
    "pmin",
    "gt",
    "dim",
    "é",
    "..",
    "-",
    "&",
    "&#0;",
    "<LWM2M>",
    "<Object>",
    "</Object>",
    "<Item ID=\"1\">",
    "</Item>",
    "<Resources>",
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "<?",
    "?>",
    "<!DOCTYPE",
    "O\t",
    "R\t",
    "\t",
];

fn text() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(PIECES);
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn lf_01_links_are_written_as_they_were_understood(text in text()) {
        if let Ok(parsed) = link::parse(text.as_bytes()) {
            let written = link::write(&parsed.links);
            let again = link::parse(written.as_bytes()).expect("our own writing");
            prop_assert_eq!(&again.links, &parsed.links);
            for link in &parsed.links {
                let _ = LinkAttributes::from_link(link).to_attributes();
            }
        }
    }

    #[test]
    fn reg_08_object_lists_are_announced_as_they_were_understood(text in text()) {
        if let Ok(list) = ObjectList::parse(text.as_bytes()) {
            let again = ObjectList::parse(list.to_payload().as_bytes()).expect("our own writing");
            prop_assert_eq!(&again.objects, &list.objects);
            prop_assert_eq!(&again.formats, &list.formats);
            prop_assert_eq!(&again.alternate_path, &list.alternate_path);
        }
    }

    #[test]
    fn ver_04_definitions_and_catalogues_never_panic(text in text()) {
        for start in ["", "<LWM2M><Object><ObjectID>3</ObjectID><Resources>", "O\t1\t1.0\t1.0\tMO\t"] {
            let whole = format!("{start}{text}");
            if let Ok(parsed) = ddf::parse("hostile.xml", whole.as_bytes()) {
                for object in &parsed.objects {
                    let again = ddf::parse("hostile.xml", ddf::write(object).as_bytes());
                    let again = again.expect("our own writing");
                    prop_assert_eq!(&again.objects[..], std::slice::from_ref(object));
                }
            }
            let _ = catalogue::parse(&whole);
        }
    }

    #[test]
    fn bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = link::parse(&bytes);
        let _ = ObjectList::parse(&bytes);
        let _ = ddf::parse("hostile.xml", &bytes);
    }

    #[test]
    fn rg_09_ranges_and_attributes_never_panic(text in text(), number in any::<i64>()) {
        for kind in Kind::ALL {
            let range = Range::parse(&text, Some(kind));
            let _ = range.check(&Value::Integer(number));
            let _ = range.check(&Value::String(text.clone()));
        }
        let _ = AttributeChange::from_queries([text.as_str()]);
    }
}
