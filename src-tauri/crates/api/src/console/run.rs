//! What a line asks: the very call of the contract that it stands for, or help. It
//! sends nothing; `handlers::console` makes the call.

use super::call::{Call, Order};
use super::complaint::Complaint;
use super::grammar::{Deed, VERBS, Verb, help};
use super::lexer::{Word, lex};
use super::options::Options;
use super::reader::Reader;
use super::typed::{self, Check, Target, attribute, below, named, target, value_at};
use super::view::View;
use crate::error::ErrorCode;
use lwm2m::Path;
use serde_json::{Map, Value as Json, json};

/// Reads a line for a device. An empty one says nothing.
pub(crate) fn order(view: &View, line: &str) -> Result<Order, Complaint> {
    let words = lex(line)?;
    if words.is_empty() {
        return Ok(Order::Say(Vec::new()));
    }
    let (verb, length) = verb(&words)?;
    let mut rest = words.into_iter().skip(length).collect::<Vec<_>>();
    let options = Options::taken_from(verb, &mut rest)?;
    let end = line.trim_end().len();
    Reader {
        view,
        verb,
        rest: rest.into_iter(),
        options,
        end,
    }
    .order()
}

/// The verb that a line begins with, and how many words its name has.
pub(crate) fn verb(words: &[Word]) -> Result<(&'static Verb, usize), Complaint> {
    let texts = words.iter().map(|word| word.text.as_str());
    if let Some(found) = Verb::find(texts) {
        return Ok(found);
    }
    let first = words.first().expect("a line without words was answered");
    let beginning = format!("{} ", first.text);
    let second: Vec<_> = VERBS
        .iter()
        .filter_map(|verb| verb.name.strip_prefix(&beginning))
        .collect();
    if second.is_empty() {
        let names: Vec<_> = VERBS.iter().map(|verb| verb.name).collect();
        let words = format!(
            "\"{}\" is no command; commands are {}",
            first.text,
            names.join(", ")
        );
        return Err(Complaint::new(first.at.clone(), words));
    }
    let at = words
        .get(1)
        .map_or(first.at.end..first.at.end, |word| word.at.clone());
    let words = format!("after \"{}\" comes {}", first.text, second.join(", "));
    Err(Complaint::new(at, words))
}

impl Reader<'_> {
    fn order(mut self) -> Result<Order, Complaint> {
        match self.verb.deed {
            Deed::Read => self.read(),
            Deed::Write => self.write(),
            Deed::Execute => self.execute(),
            Deed::Discover => self.discover(),
            Deed::Create => self.create(),
            Deed::Delete => self.delete(),
            Deed::Observe => self.observe(),
            Deed::Cancel => self.cancel(),
            Deed::Attributes => self.attributes(),
            Deed::CompositeRead => self.composite("composite_read"),
            Deed::CompositeObserve => self.composite("composite_observe"),
            Deed::CompositeCancel => self.composite("composite_cancel"),
            Deed::CompositeWrite => self.composite_write(),
            Deed::Wait => self.wait(),
            Deed::Queue => self.queue(),
            Deed::Help => self.help(),
        }
    }

    fn read(&mut self) -> Result<Order, Complaint> {
        let place = self.word("a path, as in /3303/0/5700, or device")?;
        if place.text == "device" {
            self.nothing_more()?;
            return Ok(self.start("device_read", json!({})));
        }
        let place = self.below_root(&place)?;
        let format = self
            .rest
            .next()
            .map(|word| typed::format(&word))
            .transpose()?;
        if format.is_some() {
            self.options.format = format;
        }
        self.nothing_more_but("composite read takes several paths")?;
        Ok(self.start("resource_read", json!({ "path": place.text })))
    }

    fn write(&mut self) -> Result<Order, Complaint> {
        let place = self.path()?;
        if place.path.depth() < 2 {
            let words = format!(
                "{} cannot be written; name an instance or a resource, as in /3/0/14",
                place.path
            );
            return Err(Complaint::new(place.at, words).of(ErrorCode::InvalidPath));
        }
        let first = self.word(&self.value_words(place.path))?;
        let values = if self.takes_assignments(place.path, &first) {
            self.assignments(&place, first)?
        } else {
            let value = value_at(self.view, place.path, &place.text, &first, self.check())?;
            self.nothing_more_but("put text with spaces into quotes")?;
            vec![value]
        };
        let update = !self.options.replace && (self.options.update || place.path.depth() == 2);
        let mode = if update { "update" } else { "replace" };
        Ok(self.start(
            "resource_write",
            json!({ "path": place.text, "mode": mode, "values": values }),
        ))
    }

    /// Whether what follows the path is `id=value` and not a value.
    fn takes_assignments(&self, path: Path, first: &Word) -> bool {
        match (path.depth(), self.view.definition(path)) {
            (2, _) => true,
            (3, Some(definition)) => definition.multiple && first.assignment().is_some(),
            (3, None) => first
                .assignment()
                .is_some_and(|(name, _)| lwm2m::path::parse_id(&name.text).is_some()),
            _ => false,
        }
    }

    /// `14=… 15=…` below a path, absolute.
    fn assignments(&mut self, base: &Target, first: Word) -> Result<Vec<Json>, Complaint> {
        let check = self.check();
        let mut values = Vec::new();
        for word in std::iter::once(first).chain(self.rest.by_ref()) {
            let Some((name, value)) = word.assignment() else {
                let words = format!(
                    "\"{}\" is not ID=VALUE; below {} a value has an id, as in {}",
                    word.text,
                    base.path,
                    if base.path.depth() == 2 {
                        "14=VALUE"
                    } else {
                        "0=VALUE"
                    }
                );
                return Err(Complaint::new(word.at, words));
            };
            let path = below(base.path, &name)?;
            let shown = format!("{}/{}", base.text, name.text);
            values.push(value_at(self.view, path, &shown, &value, check)?);
        }
        Ok(values)
    }

    fn execute(&mut self) -> Result<Order, Complaint> {
        let place = self.path()?;
        if place.path.depth() != 3 {
            let words = format!(
                "{} cannot be executed; name a resource, as in /3/0/4",
                place.path
            );
            return Err(Complaint::new(place.at, words).of(ErrorCode::InvalidPath));
        }
        let definition = self.view.definition(place.path);
        if definition.is_some_and(|own| !own.operations.execute) && !self.options.unchecked {
            let words = format!("{} is not executable", named(self.view, place.path));
            return Err(Complaint::new(place.at, words).of(ErrorCode::InvalidPath));
        }
        let mut request = json!({ "path": place.text });
        if let Some(word) = self.rest.next() {
            lwm2m::codec::text::execute_arguments(&word.text).map_err(|error| {
                let words = format!("the arguments do not fit: {error}");
                Complaint::new(word.at, words).of(ErrorCode::InvalidValue)
            })?;
            request["arguments"] = word.text.into();
        }
        self.nothing_more_but("arguments have no spaces, as in 0='text',1")?;
        Ok(self.start("resource_execute", request))
    }

    fn discover(&mut self) -> Result<Order, Complaint> {
        let place = self.word("a path, as in /3/0")?;
        let place = self.below_root(&place)?;
        self.nothing_more()?;
        Ok(self.start("resource_discover", json!({ "path": place.text })))
    }

    fn create(&mut self) -> Result<Order, Complaint> {
        let place = self.path()?;
        let (Some(object), 1..=2) = (place.path.object(), place.path.depth()) else {
            let words = format!(
                "{} cannot be created; name an object or an instance, as in /3303/1",
                place.path
            );
            return Err(Complaint::new(place.at, words).of(ErrorCode::InvalidPath));
        };
        let mut request = json!({ "object": object });
        if let Some(instance) = place.path.instance() {
            request["instance"] = instance.into();
        }
        if let Some(version) = place.version {
            request["version"] = version.to_string().into();
        }
        // The definition is that of any instance.
        let base = Path::Instance(object, place.path.instance().unwrap_or(0));
        let check = if self.options.unchecked {
            Check::Nothing
        } else {
            Check::Value
        };
        let mut values = Vec::new();
        for word in self.rest.by_ref() {
            let Some((name, value)) = word.assignment() else {
                let words = format!("\"{}\" is not ID=VALUE, as in 5700=21.5", word.text);
                return Err(Complaint::new(word.at, words));
            };
            let path = below(base, &name)?;
            values.push(value_at(self.view, path, &name.text, &value, check)?);
        }
        request["values"] = values.into();
        Ok(self.start("instance_create", request))
    }

    fn delete(&mut self) -> Result<Order, Complaint> {
        let place = self.path()?;
        if place.path.depth() != 2 {
            let words = format!(
                "{} cannot be deleted; name an instance, as in /3303/1",
                place.path
            );
            return Err(Complaint::new(place.at, words).of(ErrorCode::InvalidPath));
        }
        self.nothing_more()?;
        Ok(self.start("instance_delete", json!({ "path": place.text })))
    }

    fn observe(&mut self) -> Result<Order, Complaint> {
        let place = self.word("a path, as in /3303/0/5700")?;
        let place = self.below_root(&place)?;
        let attributes = self.settings()?;
        let before = (!attributes.is_empty()).then(|| {
            let request = json!({ "path": place.text, "attributes": attributes });
            let mut call = self.call("attributes_write", request);
            call.request.remove("format");
            call
        });
        let call = self.call("observation_start", json!({ "path": place.text }));
        Ok(Order::Start { before, call })
    }

    fn attributes(&mut self) -> Result<Order, Complaint> {
        let place = self.word("a path, as in /3303/0/5700")?;
        let place = self.below_root(&place)?;
        let attributes = self.settings()?;
        if attributes.is_empty() {
            return Ok(Order::Look(
                self.call("attributes_get", json!({ "path": place.text })),
            ));
        }
        Ok(self.start(
            "attributes_write",
            json!({ "path": place.text, "attributes": attributes }),
        ))
    }

    /// `pmin=5 gt=`, to the end of the line.
    fn settings(&mut self) -> Result<Map<String, Json>, Complaint> {
        let read = |word: Word| attribute(&word).map(|(name, value)| (name.to_string(), value));
        self.rest.by_ref().map(read).collect()
    }

    fn cancel(&mut self) -> Result<Order, Complaint> {
        let place = self.word("the path of an observation")?;
        let place = self.below_root(&place)?;
        let way = match self.rest.next() {
            None => "active",
            Some(word) if word.text == "passive" => "passive",
            Some(word) => {
                let words = format!(
                    "\"{}\" does not belong here; passive, or nothing, does",
                    word.text
                );
                return Err(Complaint::new(word.at, words));
            }
        };
        self.nothing_more()?;
        Ok(self.start(
            "observation_cancel",
            json!({ "path": place.text, "way": way }),
        ))
    }

    fn composite(&mut self, name: &'static str) -> Result<Order, Complaint> {
        let mut words: Vec<Word> = self.rest.by_ref().collect();
        let mut request = json!({});
        if name == "composite_cancel" {
            let passive = words.pop_if(|last| last.text == "passive").is_some();
            request["way"] = if passive { "passive" } else { "active" }.into();
        }
        let paths = words
            .iter()
            .map(|word| target(self.view, word).map(|place| place.text));
        let paths = paths.collect::<Result<Vec<_>, _>>()?;
        if paths.is_empty() {
            return Err(self.missing("paths, as in /3/0/0 /3303/0/5700"));
        }
        request["paths"] = paths.into();
        Ok(self.start(name, request))
    }

    fn composite_write(&mut self) -> Result<Order, Complaint> {
        let check = self.check();
        let mut values = Vec::new();
        for word in self.rest.by_ref() {
            let Some((path, value)) = word.assignment() else {
                let words = format!("\"{}\" is not PATH=VALUE, as in /1/0/1=300", word.text);
                return Err(Complaint::new(word.at, words));
            };
            let place = target(self.view, &path)?;
            if place.path.depth() < 3 {
                let words = format!(
                    "{} is no resource; write PATH=VALUE for each, as in /1/0/1=300",
                    place.path
                );
                return Err(Complaint::new(place.at, words).of(ErrorCode::InvalidPath));
            }
            values.push(value_at(self.view, place.path, &place.text, &value, check)?);
        }
        if values.is_empty() {
            return Err(self.missing("PATH=VALUE, as in /1/0/1=300"));
        }
        Ok(self.start("composite_write", json!({ "values": values })))
    }

    fn wait(&mut self) -> Result<Order, Complaint> {
        let word = self.word("an operation, as in op-7")?;
        self.nothing_more()?;
        let request = Map::from_iter([("operation".to_owned(), word.text.into())]);
        Ok(Order::Wait(Call {
            name: "operation_wait",
            request,
        }))
    }

    fn queue(&mut self) -> Result<Order, Complaint> {
        self.nothing_more()?;
        Ok(Order::Look(self.call("queue_get", json!({}))))
    }

    fn help(&mut self) -> Result<Order, Complaint> {
        let words: Vec<Word> = self.rest.by_ref().collect();
        let topic = if words.is_empty() {
            None
        } else {
            Some(verb(&words)?.0)
        };
        Ok(Order::Say(help(topic)))
    }
}
