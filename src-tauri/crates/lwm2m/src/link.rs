//! CoRE link-format (RFC 6690): what a device registers with and what Discover
//! answers.
//!
//! Lenient by design (conformance LF-01): what real devices write is understood
//! and reported as a [`Deviation`]. This file knows no meaning of any attribute;
//! see `object_list` and `attributes` for those.

use crate::deviation::Deviation;
use crate::path::{Path, parse_id};

/// How many links a payload may hold; further ones are refused (conformance LF-01).
pub const MAX_LINKS: usize = 10_000;

/// How long a payload may be, in bytes.
pub const MAX_PAYLOAD: usize = 64 * 1024;

/// One link: `</3/0>;ver="1.1"`.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Link {
    /// What stands between the angle brackets.
    pub target: String,
    /// Names and values in their order; a name may come twice, or without a value.
    pub attributes: Vec<(String, Option<String>)>,
}

/// What a payload says, and what was odd about it.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Links {
    /// In the order of the payload.
    pub links: Vec<Link>,
    /// Each oddity once.
    pub deviations: Vec<Deviation>,
}

/// Why a payload is no link-format.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum LinkError {
    /// Longer than [`MAX_PAYLOAD`].
    #[error("the list of links has {0} bytes; at most {MAX_PAYLOAD} are accepted")]
    TooLong(usize),
    /// More links than [`MAX_LINKS`].
    #[error("the list has more than {MAX_LINKS} links")]
    TooMany,
    /// Not UTF-8 from this byte on.
    #[error("the list of links is not UTF-8 text from byte {0} on")]
    NotText(usize),
    /// A link that does not start with `<`.
    #[error("a link starts with \"<\"; byte {0} is something else")]
    NoTarget(usize),
    /// A `<` without its `>`.
    #[error("the link at byte {0} has no closing \">\"")]
    OpenTarget(usize),
    /// A quotation without its end.
    #[error("the quoted value at byte {0} has no closing quotation mark")]
    OpenQuote(usize),
}

impl Link {
    /// A link without attributes.
    #[must_use]
    pub fn new(target: impl Into<String>) -> Self {
        Self {
            target: target.into(),
            attributes: Vec::new(),
        }
    }

    /// The first attribute of that name: `None` when absent, `Some(None)` when it
    /// has no value.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<Option<&str>> {
        let found = self.attributes.iter().find(|(known, _)| known == name)?;
        Some(found.1.as_deref())
    }

    /// Every value of the attributes of that name.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.attributes
            .iter()
            .filter(move |(known, _)| known == name)
            .filter_map(|(_, value)| value.as_deref())
    }

    /// The target's segments, without the empty ones that a leading, trailing or
    /// doubled slash makes.
    pub fn segments(&self) -> impl Iterator<Item = &str> {
        self.target
            .trim()
            .split('/')
            .filter(|segment| !segment.is_empty())
    }

    /// The target below `prefix` as a path; `None` when it lies elsewhere or is
    /// no path of the data model.
    #[must_use]
    pub fn path(&self, prefix: &[String]) -> Option<Path> {
        let mut segments = self.segments();
        for expected in prefix {
            if segments.next()? != expected {
                return None;
            }
        }
        segments.try_fold(Path::Root, |path, segment| path.child(parse_id(segment)?))
    }
}

/// Reads a payload of content-format 40. An empty payload has no links.
pub fn parse(payload: &[u8]) -> Result<Links, LinkError> {
    if payload.len() > MAX_PAYLOAD {
        return Err(LinkError::TooLong(payload.len()));
    }
    let text =
        std::str::from_utf8(payload).map_err(|error| LinkError::NotText(error.valid_up_to()))?;
    let mut parser = Parser {
        text,
        at: 0,
        deviations: Vec::new(),
    };
    let links = parser.links()?;
    Ok(Links {
        links,
        deviations: parser.deviations,
    })
}

/// Writes links as a payload of content-format 40, without any space.
#[must_use]
pub fn write(links: &[Link]) -> String {
    let mut text = String::new();
    for link in links {
        if !text.is_empty() {
            text.push(',');
        }
        text.push('<');
        text.push_str(&link.target);
        text.push('>');
        for (name, value) in &link.attributes {
            text.push(';');
            text.push_str(name);
            if let Some(value) = value {
                text.push('=');
                write_value(&mut text, value);
            }
        }
    }
    text
}

/// Numbers and versions stand bare, everything else is quoted, as the examples of
/// Core 1.1.1 §6.2.1 and §6.3.2 do it.
fn write_value(text: &mut String, value: &str) {
    let bare = |c: char| c.is_ascii_digit() || c == '.' || c == '-';
    if !value.is_empty() && value.chars().all(bare) {
        text.push_str(value);
        return;
    }
    text.push('"');
    for c in value.chars() {
        if matches!(c, '"' | '\\') {
            text.push('\\');
        }
        text.push(c);
    }
    text.push('"');
}

struct Parser<'a> {
    text: &'a str,
    /// The byte that is read next; always on a character boundary.
    at: usize,
    deviations: Vec<Deviation>,
}

impl<'a> Parser<'a> {
    fn links(&mut self) -> Result<Vec<Link>, LinkError> {
        let mut links = Vec::new();
        loop {
            self.skip_space();
            match self.peek() {
                None => return Ok(links),
                Some(',') => {
                    self.take(',');
                    self.odd("LF-01", "a comma without a link between");
                    continue;
                }
                Some(_) if links.len() == MAX_LINKS => return Err(LinkError::TooMany),
                Some(_) => links.push(self.link()?),
            }
            self.skip_space();
            if self.take(',') {
                if self.rest().trim_start().is_empty() {
                    self.odd("LF-01", "a comma after the last link");
                }
            } else if self.peek() == Some('<') {
                self.odd("LF-01", "no comma between two links");
            } else if self.peek().is_some() {
                return Err(LinkError::NoTarget(self.at));
            }
        }
    }

    fn link(&mut self) -> Result<Link, LinkError> {
        let start = self.at;
        if !self.take('<') {
            return Err(LinkError::NoTarget(start));
        }
        let target = self.until(&['>']);
        if !self.take('>') {
            return Err(LinkError::OpenTarget(start));
        }
        if target.trim() != target {
            self.odd("QRK-04", "spaces inside a link's target");
        }
        let mut link = Link::new(target.trim());
        loop {
            self.skip_space();
            if !self.take(';') {
                return Ok(link);
            }
            self.skip_space();
            if let Some(attribute) = self.attribute()? {
                link.attributes.push(attribute);
            }
        }
    }

    fn attribute(&mut self) -> Result<Option<(String, Option<String>)>, LinkError> {
        let name = self.until(&['=', ';', ',', '<']);
        let trimmed = name.trim();
        if trimmed.len() < name.len() {
            self.odd_space();
        }
        if !self.take('=') {
            if trimmed.is_empty() {
                self.odd("LF-01", "a semicolon without an attribute");
                return Ok(None);
            }
            return Ok(Some((trimmed.to_owned(), None)));
        }
        self.skip_space();
        let value = if self.peek() == Some('"') {
            self.quoted()?
        } else {
            self.bare()
        };
        if trimmed.is_empty() {
            self.odd("LF-01", "an attribute without a name");
            return Ok(None);
        }
        Ok(Some((trimmed.to_owned(), Some(value))))
    }

    fn quoted(&mut self) -> Result<String, LinkError> {
        let start = self.at;
        self.take('"');
        let mut value = String::new();
        while let Some(c) = self.next() {
            match c {
                '"' => return Ok(value),
                '\\' => value.extend(self.next()),
                c => value.push(c),
            }
        }
        Err(LinkError::OpenQuote(start))
    }

    fn bare(&mut self) -> String {
        let value = self.until(&[';', ',', '<']);
        let trimmed = value.trim();
        if trimmed.len() < value.len() {
            self.odd_space();
        }
        if trimmed.is_empty() {
            self.odd("LF-01", "an attribute with \"=\" but without a value");
        }
        trimmed.to_owned()
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at = self.at.saturating_add(c.len_utf8());
        Some(c)
    }

    fn take(&mut self, expected: char) -> bool {
        let found = self.peek() == Some(expected);
        if found {
            self.next();
        }
        found
    }

    /// Everything before the first of `stops`, or the whole rest.
    fn until(&mut self, stops: &[char]) -> &'a str {
        let rest = self.rest();
        let end = rest.find(stops).unwrap_or(rest.len());
        self.at = self.at.saturating_add(end);
        rest.get(..end).unwrap_or("")
    }

    fn skip_space(&mut self) {
        let before = self.at;
        while self.peek().is_some_and(char::is_whitespace) {
            self.next();
        }
        if self.at != before {
            self.odd_space();
        }
    }

    fn odd_space(&mut self) {
        self.odd("QRK-04", "spaces between links or attributes");
    }

    fn odd(&mut self, code: &'static str, message: &str) {
        if !self.deviations.iter().any(|known| known.message == message) {
            self.deviations.push(Deviation::new(code, message));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(payload: &str) -> String {
        let links = parse(payload.as_bytes()).expect(payload);
        let codes: Vec<&str> = links.deviations.iter().map(|odd| odd.code).collect();
        format!("{} {}", write(&links.links), codes.join(" "))
            .trim_end()
            .to_owned()
    }

    #[test]
    fn lf_01_what_the_standard_writes_comes_back_unchanged() {
        for payload in [
            "",
            "</1/0>,</3/0>",
            "</>;rt=\"oma.lwm2m\";ct=110,</3>;ver=1.1,</3/0>",
            "</3/0/11>;dim=8;pmin=10",
            "</3>;hb",
            "</a>;title=\"one, two; three\",</b>",
            "</a>;title=\"say \\\"hi\\\" \\\\\"",
        ] {
            assert_eq!(shown(payload), payload);
        }
    }

    #[test]
    fn lf_01_odd_spellings_are_understood_and_reported() {
        for (payload, expected) in [
            ("</1/0>,</3/0>,", "</1/0>,</3/0> LF-01"),
            ("</1/0>,,</3/0>", "</1/0>,</3/0> LF-01"),
            ("</1/0></3/0>", "</1/0>,</3/0> LF-01"),
            ("</1/0>;,</3/0>", "</1/0>,</3/0> LF-01"),
            ("</1/0>;ver=", "</1/0>;ver=\"\" LF-01"),
            ("</>;rt=oma.lwm2m", "</>;rt=\"oma.lwm2m\""),
        ] {
            assert_eq!(shown(payload), expected);
        }
    }

    #[test]
    fn qrk_04_spaces_anywhere_are_understood() {
        let spaced = " </1/0> ; ver = 1.1 ,\r\n </3/0>;ct=\"110 112\" , ";
        assert_eq!(
            shown(spaced),
            "</1/0>;ver=1.1,</3/0>;ct=\"110 112\" QRK-04 LF-01"
        );
        assert_eq!(shown("< /1/0 >"), "</1/0> QRK-04");
    }

    #[test]
    fn lf_01_what_is_no_link_is_refused_with_its_place() {
        for (payload, error) in [
            ("/1/0", LinkError::NoTarget(0)),
            ("</1/0>,3", LinkError::NoTarget(7)),
            ("</1/0> x", LinkError::NoTarget(7)),
            ("</1/0>,</3", LinkError::OpenTarget(7)),
            ("</1>;a=\"b", LinkError::OpenQuote(7)),
            ("</1>;a=\"b\\", LinkError::OpenQuote(7)),
        ] {
            assert_eq!(parse(payload.as_bytes()), Err(error), "{payload}");
        }
        assert_eq!(parse(b"</1>\xff"), Err(LinkError::NotText(4)));
    }

    #[test]
    fn lf_01_payloads_are_bounded() {
        let links = |count: usize| "<>,".repeat(count);
        assert!(parse(links(MAX_LINKS).as_bytes()).is_ok());
        assert_eq!(
            parse(links(MAX_LINKS + 1).as_bytes()),
            Err(LinkError::TooMany)
        );
        let long = vec![b' '; MAX_PAYLOAD + 1];
        assert_eq!(parse(&long), Err(LinkError::TooLong(MAX_PAYLOAD + 1)));
    }

    /// Blanks at the end were looked through again behind every comma, which took seconds.
    #[test]
    fn lf_01_g_02_blanks_at_the_end_are_passed_once() {
        let links = "<>,".repeat(MAX_LINKS - 1);
        let blanks = " ".repeat(MAX_PAYLOAD - links.len());
        let parsed = parse(format!("{links}{blanks}").as_bytes()).expect("links");
        assert_eq!(parsed.links.len(), MAX_LINKS - 1);
    }

    #[test]
    fn lf_01_targets_become_paths_with_and_without_slash_and_prefix() {
        let path = |target: &str, prefix: &[&str]| {
            let prefix: Vec<String> = prefix.iter().map(|&s| s.to_owned()).collect();
            Link::new(target).path(&prefix).map(|path| path.to_string())
        };
        assert_eq!(path("/3/0", &[]).as_deref(), Some("/3/0"));
        assert_eq!(path("3/0/", &[]).as_deref(), Some("/3/0"));
        assert_eq!(path("/a/b/3", &["a", "b"]).as_deref(), Some("/3"));
        assert_eq!(path("/3/0", &["a"]), None);
        assert_eq!(path("/a/rd", &["a"]), None);
        assert_eq!(path("/1/2/3/4/5", &[]), None);
    }
}
