//! The grammar as one table: every verb with its words, its options and an example.
//! Help is printed from it, `run` reads lines by it, `complete` asks it what may
//! come next.

use std::fmt::Write as _;

/// What a line asks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Deed {
    Read,
    Write,
    Execute,
    Discover,
    Create,
    Delete,
    Observe,
    Cancel,
    Attributes,
    CompositeRead,
    CompositeWrite,
    CompositeObserve,
    CompositeCancel,
    Wait,
    Queue,
    Help,
}

/// A verb of the grammar.
#[derive(Debug)]
pub(crate) struct Verb {
    /// What it asks.
    pub(crate) deed: Deed,
    /// One word, or two.
    pub(crate) name: &'static str,
    /// What follows it, as help shows it.
    pub(crate) usage: &'static str,
    /// One line of doc.
    pub(crate) doc: &'static str,
    /// A line that works.
    pub(crate) example: &'static str,
    /// Options that it takes.
    pub(crate) options: &'static [OptionName],
}

/// A word with two dashes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum OptionName {
    Format,
    Replace,
    Update,
    Unchecked,
    Timeout,
    Ttl,
    Priority,
    LatestWins,
}

impl OptionName {
    /// All options, in the order of the help.
    pub(crate) const ALL: [Self; 8] = [
        Self::Format,
        Self::Replace,
        Self::Update,
        Self::Unchecked,
        Self::Timeout,
        Self::Ttl,
        Self::Priority,
        Self::LatestWins,
    ];

    /// As it is typed.
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Format => "--format",
            Self::Replace => "--replace",
            Self::Update => "--update",
            Self::Unchecked => "--unchecked",
            Self::Timeout => "--timeout",
            Self::Ttl => "--ttl",
            Self::Priority => "--priority",
            Self::LatestWins => "--latest-wins",
        }
    }

    /// What follows it, if something does.
    pub(crate) const fn takes(self) -> Option<&'static str> {
        match self {
            Self::Format => Some("FORMAT"),
            Self::Timeout | Self::Ttl => Some("SECONDS"),
            Self::Priority => Some("PRIORITY"),
            Self::Replace | Self::Update | Self::Unchecked | Self::LatestWins => None,
        }
    }

    /// One line of doc.
    pub(crate) const fn doc(self) -> &'static str {
        match self {
            Self::Format => {
                "text, opaque, cbor, tlv, json, senml_json or senml_cbor instead of the most compact one"
            }
            Self::Replace => "what is not named is removed (PUT); usual for a resource",
            Self::Update => "what is not named stays (POST); usual for an instance",
            Self::Unchecked => "sends even what the definitions forbid",
            Self::Timeout => "when to give up; with --ttl counted from when it is sent",
            Self::Ttl => "how long it may wait to be sent, for a device that sleeps",
            Self::Priority => "high, normal or low among what waits for the device",
            Self::LatestWins => "takes the place of a write of the same path that still waits",
        }
    }
}

use OptionName::{Format, LatestWins, Priority, Replace, Timeout, Ttl, Unchecked, Update};

/// Options of what can neither be checked nor has a format.
const PLAIN: &[OptionName] = &[Timeout, Ttl, Priority];

/// Options of what can be checked.
const CHECKED: &[OptionName] = &[Unchecked, Timeout, Ttl, Priority];

/// Options of what has a format too.
const FORMATTED: &[OptionName] = &[Format, Unchecked, Timeout, Ttl, Priority];

/// Every verb, in the order of the help. A longer name stands before its beginning.
pub(crate) const VERBS: &[Verb] = &[
    Verb {
        deed: Deed::Read,
        name: "read",
        usage: "PATH [FORMAT], or read device",
        doc: "reads an object, instance, resource or resource instance; or everything",
        example: "read /3303/0/5700",
        options: FORMATTED,
    },
    Verb {
        deed: Deed::Write,
        name: "write",
        usage: "PATH VALUE, or PATH ID=VALUE…",
        doc: "writes a resource, or several below an instance or a multiple resource",
        example: "write /3/0 14=\"+02:00\" 15=\"Europe/Berlin\"",
        options: &[
            Format, Replace, Update, Unchecked, Timeout, Ttl, Priority, LatestWins,
        ],
    },
    Verb {
        deed: Deed::Execute,
        name: "execute",
        usage: "PATH [ARGUMENTS]",
        doc: "executes a resource, with arguments as in 0='text',1",
        example: "execute /3/0/4",
        options: CHECKED,
    },
    Verb {
        deed: Deed::Discover,
        name: "discover",
        usage: "PATH",
        doc: "lists what lies at a path, with its attributes",
        example: "discover /3/0",
        options: CHECKED,
    },
    Verb {
        deed: Deed::Create,
        name: "create",
        usage: "/OBJECT[/INSTANCE] [ID=VALUE…]",
        doc: "creates an instance; without its id the device chooses one",
        example: "create /3303/1 5700=21.5",
        options: FORMATTED,
    },
    Verb {
        deed: Deed::Delete,
        name: "delete",
        usage: "/OBJECT/INSTANCE",
        doc: "deletes an instance",
        example: "delete /3303/1",
        options: CHECKED,
    },
    Verb {
        deed: Deed::Observe,
        name: "observe",
        usage: "PATH [ATTRIBUTE=NUMBER…]",
        doc: "observes a path, after its attributes have been set",
        example: "observe /3303/0/5700 pmin=5 pmax=60",
        options: FORMATTED,
    },
    Verb {
        deed: Deed::Cancel,
        name: "cancel",
        usage: "PATH [passive]",
        doc: "ends an observation by request, or passively by reset",
        example: "cancel /3303/0/5700",
        options: PLAIN,
    },
    Verb {
        deed: Deed::Attributes,
        name: "attributes",
        usage: "PATH [ATTRIBUTE=NUMBER…]",
        doc: "sets notification attributes, unsets one as in gt=, or tells those in force",
        example: "attributes /3303/0/5700 gt=25 lt=",
        options: CHECKED,
    },
    Verb {
        deed: Deed::CompositeRead,
        name: "composite read",
        usage: "PATH…",
        doc: "reads several paths in one exchange; / is the whole device",
        example: "composite read /3/0/0 /3303/0/5700",
        options: FORMATTED,
    },
    Verb {
        deed: Deed::CompositeWrite,
        name: "composite write",
        usage: "PATH=VALUE…",
        doc: "writes several resources in one exchange",
        example: "composite write /1/0/1=300 /3/0/14=\"+02:00\"",
        options: &[Format, Unchecked, Timeout, Ttl, Priority, LatestWins],
    },
    Verb {
        deed: Deed::CompositeObserve,
        name: "composite observe",
        usage: "PATH…",
        doc: "observes several paths together",
        example: "composite observe /3/0/9 /3303/0/5700",
        options: FORMATTED,
    },
    Verb {
        deed: Deed::CompositeCancel,
        name: "composite cancel",
        usage: "PATH… [passive]",
        doc: "ends a composite observation of exactly these paths",
        example: "composite cancel /3/0/9 /3303/0/5700",
        options: PLAIN,
    },
    Verb {
        deed: Deed::Wait,
        name: "wait",
        usage: "OPERATION",
        doc: "waits for the end of an operation",
        example: "wait op-7",
        options: &[],
    },
    Verb {
        deed: Deed::Queue,
        name: "queue",
        usage: "",
        doc: "tells whether the device listens and what waits for it",
        example: "queue",
        options: &[],
    },
    Verb {
        deed: Deed::Help,
        name: "help",
        usage: "[VERB]",
        doc: "lists what there is, or tells more of one verb",
        example: "help write",
        options: &[],
    },
];

impl Verb {
    /// The verb that these words begin with, and how many words its name has.
    pub(crate) fn find<'a>(
        words: impl Iterator<Item = &'a str> + Clone,
    ) -> Option<(&'static Self, usize)> {
        VERBS.iter().find_map(|verb| {
            let name = verb.name.split(' ');
            let count = name.clone().count();
            let mut typed = words.clone();
            let fits = name.into_iter().all(|word| typed.next() == Some(word));
            fits.then_some((verb, count))
        })
    }

    /// `write PATH VALUE, or PATH ID=VALUE…`
    fn form(&self) -> String {
        format!("{} {}", self.name, self.usage)
            .trim_end()
            .to_owned()
    }
}

/// What `help` says, of one verb or of all.
pub(crate) fn help(topic: Option<&Verb>) -> Vec<String> {
    let Some(verb) = topic else {
        return overview();
    };
    let mut lines = vec![
        verb.form(),
        format!("  {}", verb.doc),
        format!("  example: {}", verb.example),
    ];
    lines.extend(verb.options.iter().copied().map(option_line));
    lines
}

fn overview() -> Vec<String> {
    let width = VERBS.iter().map(|verb| verb.form().chars().count()).max();
    let width = width.unwrap_or_default() + 2;
    let line = |verb: &Verb| format!("{:width$}{}", verb.form(), verb.doc);
    let mut lines: Vec<String> = VERBS.iter().map(line).collect();
    lines.push(String::new());
    lines.push(
        "Paths are /3303/0/5700, or /3303_1.1/0/5700 to insist on a version. Values are written"
            .to_owned(),
    );
    lines.push(
        "as the definition has it: 21.5, true, \"quoted text\", 0x0aff, 3:0, 2026-11-20T09:42:17Z."
            .to_owned(),
    );
    lines.push(String::new());
    lines.extend(OptionName::ALL.map(option_line));
    lines
}

fn option_line(option: OptionName) -> String {
    let mut form = option.text().to_owned();
    if let Some(takes) = option.takes() {
        let _ = write!(form, " {takes}");
    }
    format!("  {form:20}{}", option.doc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verb_is_found_by_its_own_example_and_named_in_the_help() {
        let overview = help(None).join("\n");
        for verb in VERBS {
            let (found, _) = Verb::find(verb.example.split(' ')).expect(verb.example);
            assert_eq!(found.deed, verb.deed, "{}", verb.example);
            assert!(overview.contains(&verb.form()), "{}", verb.name);
            let own = help(Some(verb)).join("\n");
            assert!(
                own.contains(verb.doc) && own.contains(verb.example),
                "{own}"
            );
        }
        for option in OptionName::ALL {
            assert!(overview.contains(option.text()), "{}", option.text());
        }
        assert!(Verb::find("composite".split(' ')).is_none());
    }
}
