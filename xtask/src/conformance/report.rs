//! What the tables ask for beside what the tests prove: one list to read, one verdict.
//!
//! It reads no file. Gaps and contradictions fail; what is left out or due later is only listed.

use super::ledger::{Due, Entry, Ledger};
use super::source::Test;
use crate::failure::Failure;

/// What is proven, and what is wrong.
pub(super) struct Report<'a> {
    proven: Vec<(&'a Entry, Vec<String>)>,
    /// Due later and not proven yet.
    open: Vec<&'a Entry>,
    /// Left out, with the reason.
    left_out: Vec<(&'a Entry, &'a str)>,
    /// Due now and not proven.
    gaps: Vec<&'a Entry>,
    /// Sentences about the tables and the tests that contradict each other.
    contradictions: Vec<String>,
}

impl<'a> Report<'a> {
    pub(super) fn new(ledger: &'a Ledger, tests: &[Test]) -> Self {
        let mut report = Self {
            proven: Vec::new(),
            open: Vec::new(),
            left_out: Vec::new(),
            gaps: Vec::new(),
            contradictions: Vec::new(),
        };
        for entry in &ledger.entries {
            let proofs = tests.iter().filter(|test| test.proves(&entry.id));
            report.enter(entry, proofs.map(ToString::to_string).collect());
        }
        for test in tests {
            let unknown = test.ids().into_iter().filter(|id| ledger.lacks(id));
            let sentence = |id| format!("{test} names {id}, which no table has");
            report.contradictions.extend(unknown.map(sentence));
        }
        report
    }

    fn enter(&mut self, entry: &'a Entry, proofs: Vec<String>) {
        match (&entry.due, proofs.is_empty()) {
            (Due::Now, true) => self.gaps.push(entry),
            (Due::Later, true) => self.open.push(entry),
            (Due::LeftOut(reason), true) => self.left_out.push((entry, reason)),
            (Due::LeftOut(_), false) => self.contradictions.push(format!(
                "{} is left out of the tables' promises, but {} proves it",
                entry.id, proofs[0]
            )),
            (_, false) => self.proven.push((entry, proofs)),
        }
    }

    pub(super) fn text(&self) -> String {
        let mut lines = Vec::new();
        for (entry, proofs) in &self.proven {
            lines.push(heading(entry));
            lines.extend(proofs.iter().map(|proof| format!("      {proof}")));
        }
        for (entry, reason) in &self.left_out {
            lines.push(format!("{}\n      left out: {reason}", heading(entry)));
        }
        for entry in &self.open {
            lines.push(format!("{}\n      later", heading(entry)));
        }
        for entry in &self.gaps {
            lines.push(format!("{}\n      GAP: no test names it", heading(entry)));
        }
        lines.extend(self.contradictions.iter().cloned());
        lines.push(self.summary());
        lines.join("\n") + "\n"
    }

    pub(super) fn markdown(&self) -> String {
        let row = |entry: &Entry, tests: String| {
            let Entry {
                id,
                priority,
                section,
                title,
                ..
            } = entry;
            format!("| {id} | {priority} | {section} | {title} | {tests} |")
        };
        let code = |proofs: &[String]| {
            let quoted: Vec<String> = proofs.iter().map(|proof| format!("`{proof}`")).collect();
            quoted.join("<br>")
        };
        let mut lines = vec!["| id | priority | section | requirement | tests |".to_owned()];
        lines.push("|---|---|---|---|---|".to_owned());
        let proven = self.proven.iter();
        lines.extend(proven.map(|(entry, proofs)| row(entry, code(proofs))));
        let left_out = self.left_out.iter();
        lines.extend(left_out.map(|(entry, reason)| row(entry, format!("left out: {reason}"))));
        lines.extend(self.open.iter().map(|entry| row(entry, "later".to_owned())));
        let gaps = self.gaps.iter();
        lines.extend(gaps.map(|entry| row(entry, "**gap**".to_owned())));
        lines.push(String::new());
        lines.extend(self.contradictions.iter().cloned());
        lines.push(self.summary());
        lines.join("\n") + "\n"
    }

    /// How many of each.
    pub(super) fn summary(&self) -> String {
        format!(
            "{} proven, {} later, {} left out, {} gaps, {} contradictions",
            self.proven.len(),
            self.open.len(),
            self.left_out.len(),
            self.gaps.len(),
            self.contradictions.len()
        )
    }

    /// A gap or a contradiction is a failure.
    pub(super) fn judge(&self) -> Result<(), Failure> {
        if self.gaps.is_empty() && self.contradictions.is_empty() {
            return Ok(());
        }
        let gaps: Vec<&str> = self.gaps.iter().map(|entry| entry.id.as_str()).collect();
        let mut reasons = self.contradictions.clone();
        if !gaps.is_empty() {
            reasons.insert(0, format!("no test names {}", gaps.join(", ")));
        }
        Err(Failure::Conformance(reasons.join("; ")))
    }
}

fn heading(entry: &Entry) -> String {
    let Entry {
        id,
        priority,
        section,
        title,
        ..
    } = entry;
    format!("{id:<16} {priority}  {section}: {title}")
}

#[cfg(test)]
mod tests {
    use super::Report;
    use crate::conformance::ledger::Ledger;
    use crate::conformance::source::tests_of;

    const TABLE: &str = "id\tpriority\tsection\ttitle\tdue\n\
        REG-01\tP1\tregistration\tone\tnow\n\
        REG-02\tP1\tregistration\ttwo\tnow\n\
        REG-03\tP1\tregistration\tthree\tIt comes with the spring.\n\
        REG-04\tP2\tregistration\tfour\tlater\n";

    fn judged(source: &str) -> (String, Option<String>) {
        let ledger = Ledger::parse(TABLE).expect("a sound table");
        let report = Report::new(&ledger, &tests_of("a.rs", source));
        let failure = report.judge().err().map(|failure| failure.to_string());
        (report.text(), failure)
    }

    #[test]
    fn a_hole_in_the_list_fails_by_name() {
        let (text, failure) = judged("#[test]\nfn reg_01_holds() {}\n");
        let failure = failure.expect("REG-02 has no test");
        assert!(
            failure.contains("REG-02") && !failure.contains("REG-01"),
            "{failure}"
        );
        assert!(
            text.ends_with(
                "GAP: no test names it\n1 proven, 1 later, 1 left out, 1 gaps, 0 contradictions\n"
            ),
            "{text}"
        );
    }

    #[test]
    fn a_list_without_a_hole_passes() {
        let (text, failure) = judged("#[test]\nfn reg_01_reg_02_hold() {}\n");
        assert_eq!(failure, None, "{text}");
        assert!(text.contains("      a.rs:reg_01_reg_02_hold"), "{text}");
    }

    #[test]
    fn an_id_in_code_or_in_a_helper_s_comment_fills_no_hole() {
        let source = "#[test]\nfn reg_01_holds() {\n    // REG-02\n    assert!(true, \"REG-02\");\n}\n\
            /// REG-02\nfn helper() {}\n";
        assert!(judged(source).1.is_some());
    }

    #[test]
    fn a_reason_beside_a_proof_and_an_id_of_no_table_are_contradictions() {
        let (text, failure) =
            judged("#[test]\nfn reg_01_reg_02_reg_03() {}\n/// REG-09\n#[test]\nfn a() {}\n");
        assert!(failure.is_some());
        assert!(text.contains("REG-03 is left out"), "{text}");
        assert!(
            text.contains("a.rs:a names REG-09, which no table has"),
            "{text}"
        );
    }

    #[test]
    fn the_table_can_be_written_for_a_page() {
        let ledger = Ledger::parse(TABLE).expect("a sound table");
        let tests = tests_of("a.rs", "#[test]\nfn reg_01_holds() {}\n");
        let page = Report::new(&ledger, &tests).markdown();
        assert!(
            page.contains("| REG-01 | P1 | registration | one | `a.rs:reg_01_holds` |"),
            "{page}"
        );
        assert!(
            page.contains("| REG-02 | P1 | registration | two | **gap** |"),
            "{page}"
        );
    }
}
