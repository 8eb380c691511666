//! The tables of what must hold: an id, how much it matters, a few words, when it is due.
//!
//! The words are our own; the ids are what a test names. This knows nothing of tests; `source`
//! finds those.

use std::collections::BTreeSet;

/// One line of a table.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) id: String,
    /// `P1` a credible product, `P2` a complete one, `P3` bindings to come.
    pub(super) priority: String,
    pub(super) section: String,
    pub(super) title: String,
    pub(super) due: Due,
}

/// Whether a test must name the id.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// Without a test it is a gap.
    Now,
    /// Without a test it is merely listed.
    Later,
    /// It cannot hold yet; the sentence says why.
    LeftOut(String),
}

/// Every entry, in the order of the tables.
#[derive(Debug)]
pub(super) struct Ledger {
    pub(super) entries: Vec<Entry>,
}

impl Ledger {
    /// Reads the lines of one table or of several, each with its heading; an error is a sentence.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let lines = text.lines().filter(|line| *line != HEADING);
        let entries: Vec<Entry> = lines.map(entry).collect::<Result<_, _>>()?;
        let mut seen = BTreeSet::new();
        match entries.iter().find(|entry| !seen.insert(&entry.id)) {
            Some(twice) => Err(format!("{} stands in the tables twice", twice.id)),
            None if entries.is_empty() => Err("the tables are empty".to_owned()),
            None => Ok(Self { entries }),
        }
    }

    /// Whether `id` looks like one of ours (`REG-99`) and is in no table.
    pub(super) fn lacks(&self, id: &str) -> bool {
        let family = |id: &str| id.split('-').next().map(str::to_owned);
        let ours = |entry: &Entry| family(&entry.id) == family(id);
        self.entries.iter().any(ours) && !self.entries.iter().any(|entry| entry.id == id)
    }
}

/// The first line of every table.
const HEADING: &str = "id\tpriority\tsection\ttitle\tdue";

fn entry(line: &str) -> Result<Entry, String> {
    let [id, priority, section, title, due] = line.split('\t').collect::<Vec<_>>()[..] else {
        return Err(format!("`{line}` has not the five columns of `{HEADING}`"));
    };
    let due = match due {
        "now" => Due::Now,
        "later" if priority != "P1" => Due::Later,
        reason if reason.ends_with('.') => Due::LeftOut(reason.to_owned()),
        other => {
            return Err(format!(
                "{id} is due `{other}`: it is `now`, a sentence that says why not, or `later` for what is not P1"
            ));
        }
    };
    Ok(Entry {
        id: id.to_owned(),
        priority: priority.to_owned(),
        section: section.to_owned(),
        title: title.to_owned(),
        due,
    })
}

#[cfg(test)]
mod tests {
    use super::{Due, Ledger};

    fn parse(due: &str) -> Result<Ledger, String> {
        Ledger::parse(&format!(
            "id\tpriority\tsection\ttitle\tdue\nCO-01\tP1\tmessage\ta\t{due}"
        ))
    }

    #[test]
    fn an_entry_is_due_now_or_says_why_not() {
        let due =
            |text| parse(text).map(|ledger| ledger.entries.into_iter().next().map(|own| own.due));
        assert_eq!(due("now"), Ok(Some(Due::Now)));
        assert_eq!(
            due("It needs DTLS."),
            Ok(Some(Due::LeftOut("It needs DTLS.".to_owned())))
        );
        assert!(due("later").is_err() && due("").is_err(), "P1 cannot wait");
    }

    #[test]
    fn a_table_with_a_hole_or_a_double_is_refused() {
        assert!(Ledger::parse("CO-01\tP1\tmessage\ta").is_err());
        assert!(Ledger::parse("").is_err());
        let twice = "CO-01\tP1\tmessage\ta\tnow\nCO-01\tP1\tmessage\tb\tnow";
        assert_eq!(
            Ledger::parse(twice).err().as_deref(),
            Some("CO-01 stands in the tables twice")
        );
    }

    #[test]
    fn an_id_of_a_known_family_must_be_in_a_table() {
        let ledger = parse("now").expect("a sound table");
        assert!(ledger.lacks("CO-99") && !ledger.lacks("CO-01"));
        assert!(!ledger.lacks("SEC-05"), "another family");
    }
}
