//! XML as a small tree of elements with their lines, within the limits of [`super`].
//!
//! Comments, processing instructions, namespaces and attributes other than `ID`
//! and `ObjectType` are dropped. Nothing is ever fetched or expanded; `read`
//! gives the tree its meaning.

use super::{DdfError, DdfReason, MAX_DEPTH, MAX_FILE};
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

/// How many attributes of an element are looked at.
const MAX_ATTRIBUTES: usize = 16;

/// One element.
#[derive(Debug)]
pub(super) struct Element {
    pub(super) name: String,
    /// The line of its start tag, starting at 1.
    pub(super) line: u32,
    /// The attribute `ID`.
    pub(super) id: Option<String>,
    /// The attribute `ObjectType`.
    pub(super) object_type: Option<String>,
    /// Text and CDATA, joined, with line ends as `\n`.
    pub(super) text: String,
    pub(super) children: Vec<Element>,
}

impl Element {
    /// The first child of that name.
    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }
}

/// Reads a whole file. A root other than `LWM2M` ends it at once.
pub(super) fn parse(bytes: &[u8]) -> Result<Element, DdfError> {
    let text = decode(bytes)?;
    let mut builder = Builder {
        lines: Lines {
            text,
            at: 0,
            line: 1,
        },
        open: Vec::new(),
        root: None,
    };
    let mut reader = Reader::from_str(text);
    loop {
        let start = reader.buffer_position();
        let line = builder.lines.line_of(start);
        let event = reader.read_event().map_err(|error| {
            let line = builder.lines.line_of(reader.error_position());
            builder.at(line, DdfReason::Malformed(error.to_string()))
        })?;
        if matches!(event, Event::Eof) {
            return builder.finish(line);
        }
        builder.handle(event, line)?;
    }
}

fn decode(bytes: &[u8]) -> Result<&str, DdfError> {
    let at = |line, reason| Err(DdfError { line, reason });
    if bytes.len() > MAX_FILE {
        return at(1, DdfReason::TooLong(bytes.len()));
    }
    if let [0xFE, 0xFF, ..] | [0xFF, 0xFE, ..] | [0, b'<', ..] | [b'<', 0, ..] = bytes {
        return at(1, DdfReason::Utf16);
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    std::str::from_utf8(bytes).or_else(|error| {
        let valid = bytes.get(..error.valid_up_to()).unwrap_or(&[]);
        let breaks = valid.iter().filter(|byte| **byte == b'\n').count();
        let line = u32::try_from(breaks).unwrap_or(u32::MAX).saturating_add(1);
        at(line, DdfReason::NotUtf8)
    })
}

/// Counts lines along with the reader, each byte once.
struct Lines<'a> {
    text: &'a str,
    at: usize,
    line: u32,
}

impl Lines<'_> {
    /// The line of a byte position that is not before an earlier one.
    fn line_of(&mut self, position: u64) -> u32 {
        let position = usize::try_from(position).unwrap_or(self.text.len());
        if let Some(passed) = self.text.as_bytes().get(self.at..position) {
            let breaks = passed.iter().filter(|byte| **byte == b'\n').count();
            let breaks = u32::try_from(breaks).unwrap_or(u32::MAX);
            self.line = self.line.saturating_add(breaks);
            self.at = position;
        }
        self.line
    }
}

struct Builder<'a> {
    lines: Lines<'a>,
    /// From the root to the element that is being read.
    open: Vec<Element>,
    root: Option<Element>,
}

impl Builder<'_> {
    fn at(&self, line: u32, reason: DdfReason) -> DdfError {
        DdfError { line, reason }
    }

    fn handle(&mut self, event: Event<'_>, line: u32) -> Result<(), DdfError> {
        match event {
            Event::Start(tag) => self.start(&tag, line)?,
            Event::Empty(tag) => {
                self.start(&tag, line)?;
                self.end();
            }
            Event::End(_) => self.end(),
            Event::Text(text) => self.text(&text.xml10_content(), line)?,
            Event::CData(text) => self.text(&text.xml10_content(), line)?,
            Event::GeneralRef(reference) => {
                let c = resolve(&reference)
                    .ok_or_else(|| self.at(line, DdfReason::Entity(reference.to_string())))?;
                self.text(c.encode_utf8(&mut [0; 4]), line)?;
            }
            Event::DocType(_) => return Err(self.at(line, DdfReason::Doctype)),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::Eof => {}
        }
        Ok(())
    }

    fn start(&mut self, tag: &BytesStart<'_>, line: u32) -> Result<(), DdfError> {
        let name = tag.local_name().as_ref().to_owned();
        if self.open.is_empty() {
            if self.root.is_some() {
                let what = "there is a second root element".to_owned();
                return Err(self.at(line, DdfReason::Malformed(what)));
            }
            if name != "LWM2M" {
                return Err(self.at(line, DdfReason::NotADefinition(other_root(&name))));
            }
        }
        if self.open.len() == MAX_DEPTH {
            return Err(self.at(line, DdfReason::TooDeep));
        }
        self.open.push(Element {
            id: attribute(tag, "ID"),
            object_type: attribute(tag, "ObjectType"),
            name,
            line,
            text: String::new(),
            children: Vec::new(),
        });
        Ok(())
    }

    fn end(&mut self) {
        let Some(element) = self.open.pop() else {
            return;
        };
        match self.open.last_mut() {
            Some(parent) => parent.children.push(element),
            None => self.root = Some(element),
        }
    }

    fn text(&mut self, text: &str, line: u32) -> Result<(), DdfError> {
        if let Some(element) = self.open.last_mut() {
            element.text.push_str(text);
            return Ok(());
        }
        if text.trim().is_empty() {
            return Ok(());
        }
        let what = "there is text outside the root element".to_owned();
        Err(self.at(line, DdfReason::Malformed(what)))
    }

    fn finish(mut self, line: u32) -> Result<Element, DdfError> {
        if let Some(element) = self.open.pop() {
            return Err(self.at(line, DdfReason::Truncated(element.name)));
        }
        let missing = || DdfReason::NotADefinition("a file without any element".to_owned());
        self.root.take().ok_or_else(|| DdfError {
            line,
            reason: missing(),
        })
    }
}

/// The five entities of XML and character references; nothing else exists here.
fn resolve(reference: &quick_xml::events::BytesRef<'_>) -> Option<char> {
    if reference.is_char_ref() {
        return reference.resolve_char_ref().ok().flatten();
    }
    match &**reference {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "apos" => Some('\''),
        "quot" => Some('"'),
        _ => None,
    }
}

fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    // The check for duplicates compares all pairs, which a hostile tag could use.
    let mut attributes = tag.attributes();
    attributes.with_checks(false);
    let found = attributes
        .take(MAX_ATTRIBUTES)
        .filter_map(Result::ok)
        .find(|attribute| attribute.key.as_ref() == name)?;
    let value = found.normalized_value(XmlVersion::Implicit1_0).ok()?;
    Some(value.into_owned())
}

fn other_root(name: &str) -> String {
    match name {
        "DDFList" => "an index of definitions (<DDFList>)".to_owned(),
        "schema" => "an XML schema".to_owned(),
        "units" => "a list of units (<units>)".to_owned(),
        other => {
            let shown: String = other.chars().take(40).collect();
            format!("a file with the root element <{shown}>")
        }
    }
}
