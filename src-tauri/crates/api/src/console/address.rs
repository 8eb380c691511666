//! Lines that name their device, as scripts pass them: `read urn:x /3/0/0`. The
//! device is the word after the verb; without it the line is one of the console.

use super::complaint::Complaint;
use super::grammar::{Deed, help};
use super::lexer::{Word, lex};
use super::run::verb;
use crate::error::ApiError;

/// A line that may name its device.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Addressed {
    /// Something for a device.
    Device {
        /// Its endpoint client name, if the line says it.
        endpoint: Option<String>,
        /// The line without it. What follows keeps its column.
        line: String,
        /// Where the name belongs, as a column from 1.
        column: usize,
    },
    /// An operation to wait for.
    Operation(String),
    /// Nothing of a device: lines to print.
    Say(Vec<String>),
}

/// Splits the device off a line.
///
/// # Errors
/// A line that begins with no verb, or a quote that is not closed.
pub fn address(line: &str) -> Result<Addressed, ApiError> {
    split(line).map_err(|complaint| complaint.to_error(line))
}

fn split(line: &str) -> Result<Addressed, Complaint> {
    let words = lex(line)?;
    if words.is_empty() {
        return Ok(Addressed::Say(help(None)));
    }
    let (verb, length) = verb(&words)?;
    let rest = words.get(length..).unwrap_or_default();
    match verb.deed {
        Deed::Help => {
            let topic = match rest {
                [] => None,
                rest => Some(super::run::verb(rest)?.0),
            };
            return Ok(Addressed::Say(help(topic)));
        }
        Deed::Wait if rest.len() == 1 => {
            return Ok(Addressed::Operation(
                rest.iter().map(|word| word.text.clone()).collect(),
            ));
        }
        Deed::Wait => {
            let at = rest
                .get(1)
                .map_or(line.len()..line.len(), |word| word.at.clone());
            return Err(Complaint::new(
                at,
                "wait takes one operation, as in wait op-7",
            ));
        }
        _ => {}
    }
    let before = words.get(length - 1).map_or(0, |word| word.at.end);
    let column = line.get(..before).unwrap_or(line).chars().count() + 2;
    let name = rest.first().filter(|word| is_name(verb.deed, word, rest));
    let (endpoint, line) = match name {
        Some(word) => (Some(word.text.clone()), without(line, word)),
        None => (None, line.to_owned()),
    };
    Ok(Addressed::Device {
        endpoint,
        line,
        column,
    })
}

/// Whether the word after a verb names a device: no path, no option, and not the
/// `device` of `read device`.
fn is_name(deed: Deed, word: &Word, rest: &[Word]) -> bool {
    let whole_device =
        deed == Deed::Read && word.text == "device" && rest.get(1).is_none_or(Word::is_option);
    !(word.text.starts_with('/') && !word.quoted || word.is_option() || whole_device)
}

/// The line with spaces in place of a word.
fn without(line: &str, word: &Word) -> String {
    let part = |range| line.get(range).unwrap_or_default();
    let blank: String = part(word.at.clone()).chars().map(|_| ' ').collect();
    format!(
        "{}{blank}{}",
        part(0..word.at.start),
        part(word.at.end..line.len())
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_after_the_verb_names_the_device() {
        let device = |endpoint: Option<&str>, line: &str, column| {
            Ok(Addressed::Device {
                endpoint: endpoint.map(str::to_owned),
                line: line.to_owned(),
                column,
            })
        };
        let check = |line: &str, expected| assert_eq!(address(line), expected, "{line}");
        check(
            "read urn:x /3/0/0",
            device(Some("urn:x"), "read       /3/0/0", 6),
        );
        check("read /3/0/0", device(None, "read /3/0/0", 6));
        check("read device", device(None, "read device", 6));
        check(
            "read device --timeout 5",
            device(None, "read device --timeout 5", 6),
        );
        check(
            "read device device",
            device(Some("device"), "read        device", 6),
        );
        check(
            "read device /3",
            device(Some("device"), "read        /3", 6),
        );
        check(
            "composite read \"my ü\" / --format tlv",
            device(Some("my ü"), "composite read        / --format tlv", 16),
        );
        check("queue urn:x", device(Some("urn:x"), "queue      ", 7));
        check(
            "write --unchecked /3 1=2",
            device(None, "write --unchecked /3 1=2", 7),
        );
        check("wait op-7", Ok(Addressed::Operation("op-7".to_owned())));
        check("", Ok(Addressed::Say(help(None))));
        assert!(matches!(address("help write"), Ok(Addressed::Say(lines)) if lines.len() > 2));
        for line in ["fly urn:x", "composite urn:x", "wait", "read \"urn:x"] {
            assert!(address(line).is_err(), "{line}");
        }
    }
}
