//! `cargo xtask conformance`: every requirement with the tests that prove it, and the gaps.
//!
//! The requirements and the vulnerabilities of the field are two tables in `tests/conformance`. A
//! test proves an id by its name (`reg_04_…`) or by the comment directly above it; an id anywhere
//! else counts for nothing. This runs no test: it says which one to look at.

mod ledger;
mod report;
mod source;

use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::process::root;
use ledger::Ledger;
use report::Report;
use source::Test;

/// Where the tables lie.
const TABLES: &[&str] = &[
    "tests/conformance/requirements.tsv",
    "tests/conformance/vulnerabilities.tsv",
];

/// Where tests are looked for.
const ROOMS: &[&str] = &["src-tauri", "tests", "ui"];

/// What is built or fetched; the tests of the tidy rules, whose samples look like tests; and the
/// simulated device, whose own tests prove nothing of the server that the requirements are about.
const NOT_TESTS: &[&str] = &[
    "target",
    "node_modules",
    "dist",
    "gen",
    "tests/tidy",
    "src-tauri/crates/device",
];

pub(crate) fn run(options: &[String]) -> Result<(), Failure> {
    let markdown = match options {
        [] => false,
        [option] if option == "--markdown" => true,
        _ => {
            return Err(Failure::Usage(
                "It is `conformance` or `conformance --markdown`.".to_owned(),
            ));
        }
    };
    judge(|report| {
        print!(
            "{}",
            if markdown {
                report.markdown()
            } else {
                report.text()
            }
        );
    })
}

/// The same as a step of another command: in one line.
pub(crate) fn check() -> Result<(), Failure> {
    judge(|report| println!("    {}", report.summary()))
}

fn judge(print: impl FnOnce(&Report<'_>)) -> Result<(), Failure> {
    let ledger = Ledger::parse(&tables()?).map_err(Failure::Conformance)?;
    let report = Report::new(&ledger, &tests()?);
    print(&report);
    report.judge()
}

fn tables() -> Result<String, Failure> {
    let read = |name: &&str| {
        let path = root().join(name);
        fs::read_to_string(&path).map_err(|source| refused("cannot read", &path, source))
    };
    TABLES.iter().map(read).collect()
}

/// Every test of the repository, in the order of its files.
fn tests() -> Result<Vec<Test>, Failure> {
    let mut files = Vec::new();
    for room in ROOMS {
        walk(&root().join(room), &mut files)?;
    }
    files.sort();
    let mut tests = Vec::new();
    for path in files {
        let text =
            fs::read_to_string(&path).map_err(|source| refused("cannot read", &path, source))?;
        let file = path.strip_prefix(root()).unwrap_or(&path);
        tests.extend(source::tests_of(&file.display().to_string(), &text));
    }
    Ok(tests)
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let entries =
        fs::read_dir(folder).map_err(|source| refused("cannot read the folder", folder, source))?;
    for entry in entries {
        let entry = entry.map_err(|source| refused("cannot read the folder", folder, source))?;
        let path = entry.path();
        let left_out = NOT_TESTS.iter().any(|own| path.ends_with(own));
        if path.is_dir() && !left_out {
            walk(&path, files)?;
        } else if path.is_file() && source::may_hold_tests(&path) {
            files.push(path);
        }
    }
    Ok(())
}

fn refused(doing: &'static str, path: &Path, source: std::io::Error) -> Failure {
    Failure::Machine {
        doing,
        path: path.to_path_buf(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::{run, tables, tests};
    use crate::conformance::ledger::Ledger;

    #[test]
    fn the_tables_and_the_tests_of_the_repository_are_found() {
        let ledger = Ledger::parse(&tables().expect("tables")).expect("sound tables");
        let tests = tests().expect("tests");
        for id in ["REG-01", "TLV-05"] {
            assert!(ledger.entries.iter().any(|entry| entry.id == id));
            assert!(tests.iter().any(|test| test.proves(id)), "{id}");
        }
    }

    #[test]
    fn an_option_that_is_not_there_is_refused() {
        assert!(run(&["--html".to_owned()]).is_err());
    }
}
