//! The tests of a source file and what their names and the comments above them say.
//!
//! It reads Rust (`#[test]`, `#[tokio::test]`) and scripts (`test("…")`, `it("…")`), line by line.
//! It understands neither language beyond that, and whether an id exists `ledger` knows.

use std::fmt;
use std::path::Path;

/// A test, by its file and its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Test {
    file: String,
    name: String,
    /// The comment directly above it.
    comment: String,
}

impl Test {
    /// Whether the name (`reg_04_…`, or `REG-04` in a script) or the comment names `id`.
    pub(super) fn proves(&self, id: &str) -> bool {
        let in_name = id.to_ascii_lowercase().replace('-', "_");
        let between = |text: &str, id: &str, inside: fn(char) -> bool| {
            text.match_indices(id).any(|(at, _)| {
                let before = text[..at].chars().next_back();
                let after = text[at + id.len()..].chars().next();
                !before.is_some_and(inside) && !after.is_some_and(inside)
            })
        };
        between(&self.name, &in_name, char::is_alphanumeric)
            || between(&self.name, id, char::is_alphanumeric)
            || between(&self.comment, id, char::is_alphanumeric)
    }

    /// Everything in name and comment that looks like an id: `REG-04`.
    pub(super) fn ids(&self) -> Vec<String> {
        let words = |text: &str, joint: char| -> Vec<String> {
            let split = |c: char| !c.is_alphanumeric() && c != joint;
            text.split(split).map(str::to_owned).collect()
        };
        let mut ids: Vec<String> = words(&format!("{} {}", self.name, self.comment), '-');
        let parts: Vec<&str> = self.name.split('_').collect();
        let pairs = parts.windows(2);
        ids.extend(pairs.map(|pair| format!("{}-{}", pair[0].to_ascii_uppercase(), pair[1])));
        ids.retain(|id| is_requirement(id));
        ids
    }
}

impl fmt::Display for Test {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.file, self.name)
    }
}

/// `CO-01`, `REG-26`: two or three capitals and two digits.
fn is_requirement(word: &str) -> bool {
    word.split_once('-').is_some_and(|(family, number)| {
        (2..=3).contains(&family.len())
            && family.chars().all(|c| c.is_ascii_uppercase())
            && number.len() == 2
            && number.chars().all(|c| c.is_ascii_digit())
    })
}

/// Whether a file is read at all.
pub(super) fn may_hold_tests(file: &Path) -> bool {
    let name = file.to_string_lossy();
    let ends = [".rs", ".test.ts", ".test.mjs"];
    ends.iter().any(|end| name.ends_with(end))
}

/// The tests of one file.
pub(super) fn tests_of(file: &str, text: &str) -> Vec<Test> {
    let name = if file.ends_with(".rs") { rust } else { script };
    let mut tests = Vec::new();
    let mut above = Above::default();
    for line in text.lines().map(str::trim) {
        match name(line, &mut above) {
            Line::Above => {}
            Line::Test(name) => {
                let comment = std::mem::take(&mut above).comment;
                let file = file.to_owned();
                tests.push(Test {
                    file,
                    name,
                    comment,
                });
            }
            Line::Other => above = Above::default(),
        }
    }
    tests
}

/// What stands directly above a line.
#[derive(Debug, Default)]
struct Above {
    comment: String,
    /// An attribute that makes the next function a test.
    marked: bool,
}

impl Above {
    fn comment(&mut self, line: &str) -> Line {
        self.comment.push_str(line);
        self.comment.push(' ');
        Line::Above
    }
}

/// What a line is to the test that may follow it.
enum Line {
    /// A comment or an attribute.
    Above,
    /// The test itself.
    Test(String),
    Other,
}

fn rust(line: &str, above: &mut Above) -> Line {
    if line.starts_with("//") && !line.starts_with("//!") {
        return above.comment(line);
    }
    if line.starts_with("#[") {
        above.marked |= line.starts_with("#[test]") || line.starts_with("#[tokio::test");
        return Line::Above;
    }
    match function(line) {
        Some(name) if above.marked => Line::Test(name),
        _ => Line::Other,
    }
}

/// The name of the function that begins on this line.
fn function(line: &str) -> Option<String> {
    let line = line.strip_prefix("async ").unwrap_or(line);
    let name = line.strip_prefix("fn ")?.split(['(', '<']).next()?;
    Some(name.to_owned())
}

fn script(line: &str, above: &mut Above) -> Line {
    if line.starts_with("//") {
        return above.comment(line);
    }
    let call = ["test(", "it("]
        .iter()
        .find_map(|call| line.strip_prefix(call));
    let title = call.and_then(|rest| {
        let quote = rest.chars().next().filter(|c| "\"'`".contains(*c))?;
        rest[quote.len_utf8()..].split(quote).next()
    });
    title.map_or(Line::Other, |title| Line::Test(title.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::{Test, tests_of};

    fn proving(file: &str, source: &str, id: &str) -> Vec<String> {
        let tests = tests_of(file, source);
        let proving = tests.iter().filter(|test| test.proves(id));
        proving.map(|test| test.name.clone()).collect()
    }

    #[test]
    fn names_and_comments_of_tests_count() {
        let source = "#[test]\nfn reg_04_a() {}\n\n/// As REG-04 and REG-05 say.\n#[tokio::test(flavor = \"x\")]\n\
            async fn b() {}\n\n// REG-04\n#[test]\nfn c() {}\n#[test]\nfn reg_041_d() {}\n";
        assert_eq!(proving("a.rs", source, "REG-04"), ["reg_04_a", "b", "c"]);
        assert_eq!(proving("a.rs", source, "REG-05"), ["b"]);
    }

    #[test]
    fn a_comment_that_stands_elsewhere_does_not() {
        let source = "/// REG-04\n\n#[test]\nfn a() {}\n/// REG-04\nfn helper() {}\n#[test]\nfn b() {}\n\
            //! REG-04\n#[test]\nfn c() {}\n";
        assert_eq!(tests_of("a.rs", source).len(), 3);
        assert!(proving("a.rs", source, "REG-04").is_empty());
    }

    #[test]
    fn longer_ids_are_found_whole() {
        let source = "#[test]\nfn cve_2023_41034_a() {}\n/// CVE-2023-410345\n#[test]\nfn b() {}\n";
        assert_eq!(
            proving("a.rs", source, "CVE-2023-41034"),
            ["cve_2023_41034_a"]
        );
    }

    #[test]
    fn titles_of_a_script_count() {
        let source = "describe(\"DM-06\", () => {\n  it(\"DM-06 asks first\", () => {});\n  // DM-07\n  \
            test('tells', async () => {});\n});\n";
        assert_eq!(proving("a.test.ts", source, "DM-06"), ["DM-06 asks first"]);
        assert_eq!(proving("a.test.ts", source, "DM-07"), ["tells"]);
    }

    #[test]
    fn what_looks_like_an_id_is_listed() {
        let test = Test {
            file: String::new(),
            name: "reg_99_dm_01_x".to_owned(),
            comment: "OB-77, RFC-7641, G-37".to_owned(),
        };
        assert_eq!(test.ids(), ["OB-77", "REG-99", "DM-01"]);
    }
}
