//! The options of a line: words with two dashes, taken out before the rest is read.

use super::complaint::Complaint;
use super::grammar::{OptionName, Verb};
use super::lexer::Word;
use super::typed;
use serde_json::{Map, Value as Json};

/// Longest time to give up after, in seconds: a day, as for the calls.
const MAX_TIMEOUT_S: f64 = 86_400.0;

/// Longest time to wait for a device to wake, in seconds: thirty days, as for the calls.
const MAX_TTL_S: f64 = 30.0 * 86_400.0;

/// What the options of a line say.
#[derive(Default, Debug)]
pub(crate) struct Options {
    /// `--format`
    pub(crate) format: Option<&'static str>,
    /// `--replace`
    pub(crate) replace: bool,
    /// `--update`
    pub(crate) update: bool,
    /// `--unchecked`
    pub(crate) unchecked: bool,
    timeout_ms: Option<u64>,
    ttl_ms: Option<u64>,
    priority: Option<&'static str>,
    latest_wins: bool,
}

impl Options {
    /// Takes the options out of the words.
    pub(crate) fn taken_from(verb: &Verb, words: &mut Vec<Word>) -> Result<Self, Complaint> {
        let mut options = Self::default();
        let mut others = Vec::new();
        let mut all = std::mem::take(words).into_iter();
        while let Some(word) = all.next() {
            if word.is_option() {
                options.take(verb, &word, &mut all)?;
            } else {
                others.push(word);
            }
        }
        *words = others;
        Ok(options)
    }

    fn take(
        &mut self,
        verb: &Verb,
        word: &Word,
        following: &mut impl Iterator<Item = Word>,
    ) -> Result<(), Complaint> {
        let known = verb
            .options
            .iter()
            .find(|option| option.text() == word.text);
        let Some(option) = known else {
            return Err(unknown_option(verb, word));
        };
        let mut value = || {
            following.next().ok_or_else(|| {
                let takes = option.takes().unwrap_or_default();
                Complaint::new(
                    word.at.end..word.at.end,
                    format!("{} needs {takes}", word.text),
                )
            })
        };
        match option {
            OptionName::Format => self.format = Some(typed::format(&value()?)?),
            OptionName::Timeout => self.timeout_ms = Some(milliseconds(&value()?, MAX_TIMEOUT_S)?),
            OptionName::Ttl => self.ttl_ms = Some(milliseconds(&value()?, MAX_TTL_S)?),
            OptionName::Priority => self.priority = Some(priority(&value()?)?),
            OptionName::LatestWins => self.latest_wins = true,
            OptionName::Replace => self.replace = true,
            OptionName::Update => self.update = true,
            OptionName::Unchecked => self.unchecked = true,
        }
        Ok(())
    }

    /// Adds what they say to a request.
    pub(crate) fn add_to(&self, request: &mut Map<String, Json>) {
        let fields = [
            ("format", self.format.map(Json::from)),
            ("unchecked", self.unchecked.then_some(Json::Bool(true))),
            ("timeout_ms", self.timeout_ms.map(Json::from)),
            ("ttl_ms", self.ttl_ms.map(Json::from)),
            ("priority", self.priority.map(Json::from)),
            ("latest_wins", self.latest_wins.then_some(Json::Bool(true))),
        ];
        for (name, value) in fields {
            request.extend(value.map(|value| (name.to_owned(), value)));
        }
    }
}

fn unknown_option(verb: &Verb, word: &Word) -> Complaint {
    let own: Vec<_> = verb.options.iter().map(|option| option.text()).collect();
    let has = if own.is_empty() {
        "no options".to_owned()
    } else {
        own.join(", ")
    };
    let words = format!(
        "\"{}\" is no option of {}, which has {has}; put it into quotes if it is text",
        word.text, verb.name
    );
    Complaint::new(word.at.clone(), words)
}

fn milliseconds(word: &Word, longest: f64) -> Result<u64, Complaint> {
    let seconds = word.text.parse().ok();
    let fits = seconds.filter(|seconds: &f64| *seconds > 0.0 && *seconds <= longest);
    // Rounded up: a tenth of a millisecond is no time.
    let whole = fits.map(|seconds| (seconds * 1_000.0).ceil() as u64);
    whole.ok_or_else(|| {
        let words = format!(
            "\"{}\" is not a number of seconds up to {longest}",
            word.text
        );
        Complaint::new(word.at.clone(), words)
    })
}

/// Who goes first.
pub(crate) const PRIORITIES: [&str; 3] = ["high", "normal", "low"];

fn priority(word: &Word) -> Result<&'static str, Complaint> {
    let known = PRIORITIES.into_iter().find(|known| *known == word.text);
    known.ok_or_else(|| {
        let words = format!(
            "\"{}\" is not a priority; high, normal and low are",
            word.text
        );
        Complaint::new(word.at.clone(), words)
    })
}
