//! Reads what follows a verb word by word, and says what is missing or too much.

use super::call::{Call, Order};
use super::complaint::Complaint;
use super::grammar::Verb;
use super::lexer::Word;
use super::options::Options;
use super::typed::{self, Check, Target, target};
use super::view::View;
use crate::error::ErrorCode;
use lwm2m::Path;
use serde_json::{Map, Value as Json};

/// Reads what follows a verb.
pub(crate) struct Reader<'a> {
    /// The device.
    pub(crate) view: &'a View,
    /// Which verb.
    pub(crate) verb: &'static Verb,
    /// What follows it, without options.
    pub(crate) rest: std::vec::IntoIter<Word>,
    /// The options.
    pub(crate) options: Options,
    /// Where the line ends.
    pub(crate) end: usize,
}

impl Reader<'_> {
    /// The next word, or what it should be.
    pub(crate) fn word(&mut self, what: &str) -> Result<Word, Complaint> {
        self.rest.next().ok_or_else(|| self.missing(what))
    }

    /// A path.
    pub(crate) fn path(&mut self) -> Result<Target, Complaint> {
        let word = self.word("a path, as in /3/0/14")?;
        target(self.view, &word)
    }

    /// A path that is not the whole device.
    pub(crate) fn below_root(&self, word: &Word) -> Result<Target, Complaint> {
        let place = target(self.view, word)?;
        if place.path != Path::Root {
            return Ok(place);
        }
        let words =
            "/ is the whole device; name at least an object, as in /3, or write read device";
        Err(Complaint::new(place.at, words).of(ErrorCode::InvalidPath))
    }

    /// What should stand at the end of the line.
    pub(crate) fn missing(&self, what: &str) -> Complaint {
        let words = format!("here is missing {what}");
        Complaint::new(self.end..self.end, words)
    }

    /// What a value for a path has to be.
    pub(crate) fn value_words(&self, path: Path) -> String {
        let definition = self.view.definition(path);
        match (path.depth(), self.view.kind(path)) {
            (2, _) => "ID=VALUE for each resource, as in 14=VALUE".to_owned(),
            (3, _) if definition.is_some_and(|own| own.multiple) => {
                "ID=VALUE for each resource instance, as in 0=VALUE".to_owned()
            }
            (_, Some(kind)) => format!("a value: {}", typed::takes(kind, definition)),
            (_, None) => "a value".to_owned(),
        }
    }

    /// That the line ends here.
    pub(crate) fn nothing_more(&mut self) -> Result<(), Complaint> {
        self.nothing_more_but("nothing more does")
    }

    /// The same, with what to do instead.
    pub(crate) fn nothing_more_but(&mut self, hint: &str) -> Result<(), Complaint> {
        match self.rest.next() {
            None => Ok(()),
            Some(word) => {
                let words = format!("\"{}\" does not belong here; {hint}", word.text);
                Err(Complaint::new(word.at, words))
            }
        }
    }

    /// What is checked of values that are written.
    pub(crate) const fn check(&self) -> Check {
        if self.options.unchecked {
            Check::Nothing
        } else {
            Check::Write
        }
    }

    /// One operation.
    pub(crate) fn start(&self, name: &'static str, request: Json) -> Order {
        Order::Start {
            before: None,
            call: self.call(name, request),
        }
    }

    /// A call with the device and the options.
    pub(crate) fn call(&self, name: &'static str, own: Json) -> Call {
        let mut request =
            Map::from_iter([("endpoint".to_owned(), self.view.endpoint.as_str().into())]);
        if let Json::Object(own) = own {
            request.extend(own);
        }
        self.options.add_to(&mut request);
        Call { name, request }
    }
}
