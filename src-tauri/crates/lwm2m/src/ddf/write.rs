//! A definition as XML in the order of the standard's schema (LWM2M.xsd 1.1).
//!
//! What is written here reads back equal, apart from provenance; comments and
//! layout of an original file are not kept.

use crate::model::ObjectDefinition;
use quick_xml::escape::partial_escape;
use std::fmt::Write as _;

/// The file of one definition, with `\n` line ends.
#[must_use]
pub fn write(definition: &ObjectDefinition) -> String {
    let mut xml = Xml {
        text: String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"),
        depth: 0,
    };
    xml.open("<LWM2M>");
    xml.open("<Object ObjectType=\"MODefinition\">");
    xml.field("Name", &definition.name);
    xml.field("Description1", &definition.description);
    xml.field("ObjectID", &definition.id.to_string());
    xml.field("ObjectURN", &definition.urn);
    xml.field("LWM2MVersion", &definition.lwm2m_version);
    xml.field("ObjectVersion", &definition.version.to_string());
    xml.field("MultipleInstances", multiplicity(definition.multiple));
    xml.field("Mandatory", obligation(definition.mandatory));
    xml.open("<Resources>");
    for resource in &definition.resources {
        xml.open(&format!("<Item ID=\"{}\">", resource.id));
        xml.field("Name", &resource.name);
        xml.field("Operations", &resource.operations.to_string());
        xml.field("MultipleInstances", multiplicity(resource.multiple));
        xml.field("Mandatory", obligation(resource.mandatory));
        let kind = resource.kind.map(|kind| kind.to_string());
        xml.field("Type", &kind.unwrap_or_default());
        xml.field("RangeEnumeration", &resource.range);
        xml.field("Units", &resource.units);
        xml.field("Description", &resource.description);
        xml.close("</Item>");
    }
    xml.close("</Resources>");
    xml.field("Description2", "");
    xml.close("</Object>");
    xml.close("</LWM2M>");
    xml.text
}

struct Xml {
    text: String,
    depth: usize,
}

impl Xml {
    fn line(&mut self, line: &str) {
        let indent = self.depth.saturating_mul(2);
        let _ = writeln!(self.text, "{:indent$}{line}", "");
    }

    fn open(&mut self, tag: &str) {
        self.line(tag);
        self.depth = self.depth.saturating_add(1);
    }

    fn close(&mut self, tag: &str) {
        self.depth = self.depth.saturating_sub(1);
        self.line(tag);
    }

    fn field(&mut self, name: &str, value: &str) {
        if value.is_empty() {
            self.line(&format!("<{name}/>"));
        } else {
            self.line(&format!("<{name}>{}</{name}>", partial_escape(value)));
        }
    }
}

fn multiplicity(multiple: bool) -> &'static str {
    if multiple { "Multiple" } else { "Single" }
}

fn obligation(mandatory: bool) -> &'static str {
    if mandatory { "Mandatory" } else { "Optional" }
}
