//! Each odd kind of file that the registry or a hostile hand holds.

use super::*;
use crate::model::{Operations, Provenance};
use crate::path::ObjectVersion;
use crate::value::Kind;

/// A definition with one resource, whose fields a test replaces.
const PLAIN: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<LWM2M xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <Object ObjectType="MODefinition">
    <Name>Kettle</Name>
    <Description1>Boils water.</Description1>
    <ObjectID>31000</ObjectID>
    <ObjectURN>urn:oma:lwm2m:x:31000</ObjectURN>
    <LWM2MVersion>1.0</LWM2MVersion>
    <ObjectVersion>1.0</ObjectVersion>
    <MultipleInstances>Multiple</MultipleInstances>
    <Mandatory>Optional</Mandatory>
    <Resources>
      <Item ID="1">
        <Name>Level</Name>
        <Operations>RW</Operations>
        <MultipleInstances>Single</MultipleInstances>
        <Mandatory>Mandatory</Mandatory>
        <Type>Integer</Type>
        <RangeEnumeration>0..100</RangeEnumeration>
        <Units>/100</Units>
        <Description>How full it is.</Description>
      </Item>
    </Resources>
    <Description2></Description2>
  </Object>
</LWM2M>
"#;

fn read(xml: &str) -> Parsed {
    match parse("kettle.xml", xml.as_bytes()) {
        Ok(parsed) => parsed,
        Err(error) => panic!("{error}\n{xml}"),
    }
}

/// [`PLAIN`] with one piece replaced.
fn changed(from: &str, to: &str) -> String {
    assert!(PLAIN.contains(from), "{from} is not in the file");
    PLAIN.replacen(from, to, 1)
}

/// Reads a changed file that must be taken without a word.
fn clean(from: &str, to: &str) -> ObjectDefinition {
    let mut parsed = read(&changed(from, to));
    assert_eq!(parsed.problems, [], "{from} → {to}");
    parsed.objects.remove(0)
}

/// Reads a changed file, and shows what was odd: `line: message`.
fn odd(from: &str, to: &str) -> (ObjectDefinition, Vec<String>) {
    let mut parsed = read(&changed(from, to));
    let shown = |problem: &DdfProblem| format!("{}: {}", problem.line, problem.message);
    let problems = parsed.problems.iter().map(shown).collect();
    (parsed.objects.remove(0), problems)
}

/// The error of a file that must not be taken.
fn refused(xml: &[u8]) -> String {
    match parse("bad.xml", xml) {
        Ok(_) => panic!("taken: {}", String::from_utf8_lossy(xml)),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_plain_file_is_read_field_by_field() {
    let object = clean("", "");
    assert_eq!((object.id, object.name.as_str()), (31000, "Kettle"));
    assert_eq!(object.version, ObjectVersion::DEFAULT);
    assert!(object.multiple && !object.mandatory);
    assert_eq!(object.description, "Boils water.");
    assert_eq!(object.provenance, Provenance::User("kettle.xml".into()));
    let level = object.resource(1).expect("the level");
    assert_eq!(
        (level.kind, level.operations),
        (Some(Kind::Integer), Operations::RW)
    );
    assert!(level.mandatory && !level.multiple);
    assert_eq!(
        (level.range.as_str(), level.units.as_str()),
        ("0..100", "/100")
    );
}

#[test]
fn rg_01_a_byte_order_mark_and_a_missing_declaration_are_fine() {
    let marked = format!("\u{feff}{PLAIN}");
    assert_eq!(read(&marked), read(PLAIN));
    let declaration = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n";
    let without = changed(declaration, "");
    assert_eq!(read(&without).objects, read(PLAIN).objects);
    clean("\"utf-8\"", "\"UTF-8\"");
}

#[test]
fn rg_02_cdata_comments_and_line_ends_are_fine() {
    let object = clean(
        "How full it is.",
        "<![CDATA[x < 5 & \u{a0}ä\r\n]]> &lt;&#228;&gt;",
    );
    let level = object.resource(1).expect("the level");
    assert_eq!(level.description, "x < 5 & \u{a0}ä\n <ä>");
    clean("<LWM2M ", "<!-- 1 -->\n<?editor x?>\n<!-- 2 -->\n<LWM2M ");
    clean("<Item ID", "<!-- here --><Item ID");
    assert_eq!(read(&PLAIN.replace('\n', "\r\n")), read(PLAIN));
}

#[test]
fn rg_03_space_around_names_ids_types_and_operations_is_no_part_of_them() {
    assert_eq!(clean("Kettle", "\n  Kettle \t big\n ").name, "Kettle big");
    assert_eq!(clean("<ObjectID>31000", "<ObjectID> 31000\n ").id, 31000);
    let of = |from, to| clean(from, to).resource(1).expect("the level").clone();
    assert_eq!(
        of("<Type>Integer", "<Type> unsigned integer ").kind,
        Some(Kind::Unsigned)
    );
    assert_eq!(
        of("<Operations>RW", "<Operations> W ").operations,
        Operations::W
    );
    assert_eq!(of("ID=\"1\"", "ID=\" 1 \"").id, 1);
}

#[test]
fn rg_04_the_order_of_elements_and_missing_optional_ones_do_not_matter() {
    let object = clean(
        "<Operations>RW</Operations>",
        "<Description>First.</Description><Operations>RW</Operations>",
    );
    assert_eq!(object.resource(1).expect("the level").description, "First.");
    let object = clean("<RangeEnumeration>0..100</RangeEnumeration>", "");
    assert_eq!(object.resource(1).expect("the level").range, "");
    let moved = changed("<Description2></Description2>", "").replacen(
        "<ObjectID>",
        "<Description2>More.</Description2><ObjectID>",
        1,
    );
    assert_eq!(read(&moved).objects[0].description, "Boils water.\n\nMore.");
}

#[test]
fn rg_05_resources_keep_the_order_of_the_file() {
    let item = |id: u16| {
        format!(
            "<Item ID=\"{id}\"><Name>R</Name><Operations>R</Operations>\
             <MultipleInstances>Single</MultipleInstances><Mandatory>Optional</Mandatory>\
             <Type>Time</Type></Item>"
        )
    };
    let more = format!("<Resources>{}{}", item(5700), item(65534));
    let object = clean("<Resources>", &more);
    let ids: Vec<u16> = object
        .resources
        .iter()
        .map(|resource| resource.id)
        .collect();
    assert_eq!(ids, [5700, 65534, 1]);
}

#[test]
fn rg_06_a_missing_or_empty_version_is_1_0() {
    for element in ["ObjectVersion", "LWM2MVersion"] {
        let full = format!("<{element}>1.0</{element}>");
        for instead in [
            "".to_owned(),
            format!("<{element}/>"),
            format!("<{element}> </{element}>"),
        ] {
            let object = clean(&full, &instead);
            assert_eq!(object.version, ObjectVersion::DEFAULT);
            assert_eq!(object.lwm2m_version, "1.0");
        }
    }
    let wrong = changed("<ObjectVersion>1.0", "<ObjectVersion>new");
    assert_eq!(
        refused(wrong.as_bytes()),
        "line 9: \"new\" is not a value of ObjectVersion, which takes a version such as 1.1"
    );
}

#[test]
fn rg_07_ver_06_a_urn_may_say_1_0_and_must_not_contradict() {
    clean("x:31000", "x:31000:1.0");
    assert_eq!(
        odd("x:31000", "x:31000:1.1").1,
        ["7: the URN names another version than 1.0"]
    );
    assert_eq!(
        odd("x:31000", "x:31001").1,
        ["7: the URN names another object than 31000"]
    );
    assert_eq!(
        odd("urn:oma:lwm2m:x:31000", "n/a").1,
        ["7: \"n/a\" is not a URN of an object"]
    );
}

#[test]
fn ver_06_both_spellings_of_1_0_are_one_definition() {
    let mut registry = crate::registry::Registry::new();
    for urn in ["urn:oma:lwm2m:x:31000", "urn:oma:lwm2m:x:31000:1.0"] {
        let object = clean("urn:oma:lwm2m:x:31000", urn);
        registry.insert(object, Provenance::User(urn.to_owned()));
        assert_eq!(registry.len(), 1);
        let found = registry.nearest(31000, Some(ObjectVersion::DEFAULT));
        let found = found.expect("a definition");
        assert!(found.exact);
        assert_eq!(found.definition.urn, urn);
    }
}

#[test]
fn rg_08_types_and_operations_that_do_not_fit_are_reported() {
    let (object, problems) = odd("<Type>Integer", "<Type>");
    assert_eq!(object.resource(1).expect("the level").kind, None);
    assert_eq!(
        problems,
        ["18: the resource has no type; every value is taken"]
    );
    let (object, problems) = odd("<Operations>RW", "<Operations>E");
    assert_eq!(object.resource(1).expect("the level").kind, None);
    assert_eq!(
        problems,
        ["18: an executable resource has no type; it is left out"]
    );
    let bootstrap = clean("<Operations>RW", "<Operations>");
    assert_eq!(
        bootstrap.resource(1).expect("the level").operations,
        Operations::NONE
    );
    let (_, problems) = odd("<Type>Integer", "<Type>Number");
    assert_eq!(problems, ["18: \"Number\" is not a type; none is assumed"]);
    let (_, problems) = odd("<Operations>RW", "<Operations>RX");
    assert_eq!(
        problems,
        ["15: \"RX\" is no set of operations; they are R, W, RW, E or nothing; none is assumed"]
    );
}

#[test]
fn rg_09_rg_10_ranges_and_units_are_kept_as_written() {
    let object = clean("0..100", "0: off\n 1: on");
    assert_eq!(
        object.resource(1).expect("the level").range,
        "0: off\n 1: on"
    );
    let object = clean("<Units>/100", "<Units>litres per\n week");
    assert_eq!(
        object.resource(1).expect("the level").units,
        "litres per week"
    );
}

/// A definition read files of the server elsewhere (CVE-2023-41034).
#[test]
fn rg_12_ver_04_document_types_and_entities_are_refused() {
    let attack = changed(
        "<LWM2M ",
        "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/hostname\">]>\n<LWM2M ",
    );
    assert_eq!(
        refused(attack.as_bytes()),
        "line 2: the file declares a document type, which is refused for safety; remove <!DOCTYPE …>"
    );
    let entity = changed("Boils", "&e;");
    assert_eq!(
        refused(entity.as_bytes()),
        "line 5: the entity &e; is not one of XML's own, and others are refused for safety"
    );
    let character = changed("Boils", "&#xD800;");
    assert!(refused(character.as_bytes()).starts_with("line 5: "));
}

#[test]
fn rg_13_several_objects_per_file_are_taken_or_refused_together() {
    let start = PLAIN.find("<Object ").expect("an object");
    let end = PLAIN.find("</LWM2M>").expect("the end");
    let object = &PLAIN[start..end];
    let second = object.replace("31000", "31001");
    let two = changed("</LWM2M>", &format!("{second}</LWM2M>"));
    let ids: Vec<u16> = read(&two).objects.iter().map(|object| object.id).collect();
    assert_eq!(ids, [31000, 31001]);
    let twice = changed("</LWM2M>", &format!("{object}</LWM2M>"));
    assert_eq!(
        refused(twice.as_bytes()),
        "line 26: object 31000 is defined twice with the same version"
    );
    let broken = two.replacen("ID=\"1\"", "ID=\"65535\"", 2);
    assert!(refused(broken.as_bytes()).starts_with("line 13: \"65535\" is not a value of Item ID"));
}

#[test]
fn rg_13_other_encodings_are_refused_in_words() {
    for (start, rest) in [
        ([0xFF, 0xFE], PLAIN),
        ([0xFE, 0xFF], PLAIN),
        ([b'<', 0], ""),
    ] {
        let bytes = [&start[..], rest.as_bytes()].concat();
        assert_eq!(
            refused(&bytes),
            "line 1: the file is UTF-16; save it as UTF-8"
        );
    }
    let mut latin: Vec<u8> = PLAIN.bytes().collect();
    let at = PLAIN.find("Boils").expect("a word");
    latin[at] = 0xE4;
    assert_eq!(
        refused(&latin),
        "line 5: the file is not UTF-8; save it as UTF-8"
    );
}

#[test]
fn rg_13_other_files_are_told_from_broken_ones() {
    for (xml, what) in [
        (
            "<DDFList><Item/></DDFList>",
            "an index of definitions (<DDFList>)",
        ),
        (
            "<LWM2M><Object ObjectType=\"CommonResources\"/></LWM2M>",
            "a list of reusable resources",
        ),
        ("<units/>", "a list of units (<units>)"),
        ("<xs:schema xmlns:xs=\"x\"/>", "an XML schema"),
        ("<html>", "a file with the root element <html>"),
        ("", "a file without any element"),
        ("<LWM2M/>", "an <LWM2M> element without any <Object>"),
    ] {
        let error = parse("other.xml", xml.as_bytes()).expect_err(xml);
        assert!(error.is_other_file(), "{xml}");
        assert_eq!(error.reason, DdfReason::NotADefinition(what.into()));
    }
    let broken = parse("bad.xml", b"<LWM2M><Object></LWM2M>").expect_err("broken");
    assert!(!broken.is_other_file());
}

#[test]
fn rg_13_what_is_missing_double_or_cut_off_is_named_with_its_line() {
    let item = &PLAIN[PLAIN.find("<Item").expect("item")..PLAIN.find("</Resources>").expect("end")];
    for (xml, message) in [
        (
            changed("<ObjectID>31000</ObjectID>", ""),
            "line 3: <ObjectID> is missing in <Object>",
        ),
        (
            changed("<ObjectID>31000", "<ObjectID>65535"),
            "line 6: \"65535\" is not a value of ObjectID, which takes a number from 0 to 65534",
        ),
        (
            changed("</Resources>", &format!("{item}</Resources>")),
            "line 23: resource 1 is defined twice",
        ),
        (
            PLAIN[..PLAIN.find("<Units>").expect("units")].to_owned(),
            "line 20: the file ends inside <Item>",
        ),
        (
            changed("</LWM2M>", "</LWM2M>\n<LWM2M/>"),
            "line 27: not well-formed XML: there is a second root element",
        ),
    ] {
        assert_eq!(refused(xml.as_bytes()), message);
    }
    assert!(
        refused(changed("</Units>", "</Unit>").as_bytes()).starts_with("line 20: not well-formed")
    );
}

#[test]
fn ver_04_size_and_depth_are_bounded() {
    let long = vec![b' '; MAX_FILE + 1];
    assert_eq!(
        refused(&long),
        "line 1: the file has 1048577 bytes; at most 1048576 are taken"
    );
    let deep = format!("<LWM2M>{}", "<a>".repeat(MAX_DEPTH));
    assert_eq!(
        refused(deep.as_bytes()),
        "line 1: elements nest deeper than 16 levels"
    );
    let attributes: String = (0..60_000).map(|n| format!(" a{n}=\"1\"")).collect();
    clean("<Item ID=\"1\"", &format!("<Item ID=\"1\"{attributes}"));
}

/// Imported files are as hostile as the wire: a parser of files overflowed elsewhere
/// (CVE-2023-35862).
#[test]
fn every_prefix_of_a_file_is_refused_without_a_panic() {
    let whole = PLAIN.trim_end().len();
    for end in 0..whole {
        refused(&PLAIN.as_bytes()[..end]);
    }
}

#[test]
fn what_is_written_reads_back_equal() {
    let odd_text = changed("Boils water.", "a &lt; b &amp; \"c\"\n  d");
    for xml in [
        PLAIN,
        &odd_text,
        &changed("<Units>/100</Units>", "<Units/>"),
    ] {
        let object = read(xml).objects.remove(0);
        let written = write(&object);
        assert_eq!(read(&written).objects, [object], "{written}");
    }
}
