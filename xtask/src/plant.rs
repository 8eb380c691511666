//! `cargo xtask plant`: bugs put into a copy of the sources on purpose, to see that the
//! simulation finds each of them (conformance G-63). A simulation that lets a planted bug
//! live proves nothing about the others.
//!
//! The copy lies below the target folder and shares its dependencies; the repository is never
//! touched. The bugs stand in `plant/bugs.rs`, and a unit test says when one no longer fits.

mod bugs;

use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::failure::Failure;
use crate::process::{Line, root, target};

use bugs::BUGS;

/// A change of one place in the sources.
pub(crate) struct Bug {
    /// Names it on the command line.
    pub(crate) name: &'static str,
    /// What goes wrong with it.
    pub(crate) about: &'static str,
    /// The file, from the folder of the crates.
    pub(crate) file: &'static str,
    /// What stands there, exactly once.
    pub(crate) find: &'static str,
    /// What is put there instead.
    pub(crate) replace: &'static str,
}

/// Where the crates lie.
const CRATES: &str = "src-tauri/crates";

/// Seeds within which a bug must be found.
const SEEDS: u64 = 1_000;

/// What the simulation is made of, besides the crates.
const PARTS: [&str; 7] = [
    "Cargo.toml",
    "Cargo.lock",
    "src-tauri",
    "tests",
    "xtask",
    "models",
    "icons",
];

/// How a planted bug fared.
struct Fate {
    bug: &'static Bug,
    /// The words in which the simulation complained.
    found: Option<String>,
    seconds: u64,
}

/// Bugs that every run of the tests plants, one each of messages, of durability and of blocks.
const SAMPLE: [&str; 3] = [
    "deduplication-off",
    "acknowledged-before-commit",
    "block-exchange-not-renewed",
];

/// The package that all others stand upon, built a little otherwise than in the repository:
/// Cargo then gives the members that the copy builds other names, and no planted bug stays
/// behind in the target folder that both share.
const APART: &str = "profile.sim.package.wb-clock.debug=false";

/// Seeds within which those are found.
const SAMPLE_SEEDS: &str = "5";

/// Plants the bugs of every test run.
pub(crate) fn sample() -> Result<(), Failure> {
    let words = ["--seeds", SAMPLE_SEEDS].into_iter().chain(SAMPLE);
    run(&words.map(str::to_owned).collect::<Vec<_>>())
}

pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    let (seeds, chosen) = choose(arguments)?;
    let copy = target().join("planted");
    let mut fates = Vec::new();
    for bug in chosen {
        refresh(&copy)?;
        println!("\n── {}: {}", bug.name, bug.about);
        plant(&copy, bug)?;
        let began = Instant::now();
        let found = simulate(&copy, seeds)?;
        let seconds = began.elapsed().as_secs();
        match &found {
            Some(words) => println!("    found in {seconds} s: {words}"),
            None => println!("    NOT FOUND within {seeds} seeds, {seconds} s"),
        }
        fates.push(Fate {
            bug,
            found,
            seconds,
        });
    }
    report(&fates, seeds)
}

/// The bugs named, or all, and the seeds to try.
fn choose(arguments: &[String]) -> Result<(u64, Vec<&'static Bug>), Failure> {
    let mut seeds = SEEDS;
    let mut chosen = Vec::new();
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        if argument == "--seeds" {
            let given = arguments.next().and_then(|text| text.parse().ok());
            seeds = given.ok_or_else(|| Failure::Usage("`--seeds` takes a number.".to_owned()))?;
            continue;
        }
        let bug = BUGS.iter().find(|bug| bug.name == argument);
        chosen.push(bug.ok_or_else(|| unknown(argument))?);
    }
    if chosen.is_empty() {
        chosen = BUGS.iter().collect();
    }
    Ok((seeds, chosen))
}

fn unknown(name: &str) -> Failure {
    let names: Vec<&str> = BUGS.iter().map(|bug| bug.name).collect();
    Failure::Usage(format!(
        "There is no bug `{name}`; there are {}.",
        names.join(", ")
    ))
}

/// Makes the copy what the repository is. Files that are the same stay as they are, so that
/// Cargo builds only what a bug changed.
fn refresh(copy: &Path) -> Result<(), Failure> {
    let listed = Line::new("git")
        .args([
            "ls-files",
            "--cached",
            "--others",
            "--exclude-standard",
            "--",
        ])
        .args(PARTS)
        .output()?;
    for name in listed.lines() {
        let from = root().join(name);
        let Ok(wanted) = std::fs::read(&from) else {
            continue;
        };
        let to = copy.join(name);
        if std::fs::read(&to).is_ok_and(|there| there == wanted) {
            continue;
        }
        if let Some(folder) = to.parent() {
            std::fs::create_dir_all(folder)
                .map_err(|source| machine("cannot make", folder, source))?;
        }
        std::fs::write(&to, wanted).map_err(|source| machine("cannot write", &to, source))?;
    }
    Ok(())
}

fn plant(copy: &Path, bug: &Bug) -> Result<(), Failure> {
    let file = copy.join(CRATES).join(bug.file);
    let before =
        std::fs::read_to_string(&file).map_err(|source| machine("cannot read", &file, source))?;
    let after = planted(&before, bug).map_err(Failure::Models)?;
    std::fs::write(&file, after).map_err(|source| machine("cannot write", &file, source))
}

/// The text with the bug in it.
fn planted(text: &str, bug: &Bug) -> Result<String, String> {
    match text.matches(bug.find).count() {
        1 => Ok(text.replacen(bug.find, bug.replace, 1)),
        count => Err(format!(
            "The bug `{}` no longer fits: what it changes stands {count} times in {}.",
            bug.name, bug.file
        )),
    }
}

/// Runs the simulation of the copy until it complains; its first words, or nothing when all
/// seeds passed.
fn simulate(copy: &Path, seeds: u64) -> Result<Option<String>, Failure> {
    let test = |line: Line| {
        line.args(["test", "--profile", "sim", "--package", "wb-tests"])
            .args(["--test", "sim", "--config", APART])
            .folder(copy)
            .env("CARGO_TARGET_DIR", absolute(target()))
    };
    // A bug that does not even compile would look like one that was found.
    test(Line::cargo().with_built_openssl())
        .arg("--no-run")
        .arg("--quiet")
        .run()?;
    let line = test(Line::cargo().with_built_openssl())
        .arg("--quiet")
        .env("WORKBENCH_SIM_SEEDS", seeds.to_string());
    let line = if cfg!(target_os = "linux") {
        line.under("prlimit", &[MOST_MEMORY])
    } else {
        line
    };
    let (passed, words) = line.words_of_failure()?;
    Ok((!passed).then(|| complaint(&words)))
}

/// What a simulation with a bug in it may take: 12 GiB of addresses. A bug that lets memory
/// grow without end is found by that, and not by the system that ends whatever it likes.
const MOST_MEMORY: &str = "--as=12884901888";

/// The line in which a test names the seed, with the one behind the trace that says what rule
/// was broken.
fn complaint(words: &str) -> String {
    let seed = words.lines().find(|line| line.contains(": seed "));
    let rule = words
        .lines()
        .take_while(|line| !line.starts_with("run it again"))
        .filter(|line| !line.trim().is_empty())
        .last();
    match (seed, rule) {
        (Some(seed), Some(rule)) if seed != rule => format!("{} {}", seed.trim(), rule.trim()),
        (Some(seed), _) => seed.trim().to_owned(),
        (None, _) => words
            .lines()
            .find(|line| line.contains("panicked at"))
            .unwrap_or("a test failed")
            .trim()
            .to_owned(),
    }
}

fn report(fates: &[Fate], seeds: u64) -> Result<(), Failure> {
    println!("\nplanted bugs, each given {seeds} seeds");
    for Fate {
        bug,
        found,
        seconds,
    } in fates
    {
        let fate = if found.is_some() {
            "found"
        } else {
            "NOT FOUND"
        };
        println!("  {:<32} {fate:<10} {seconds:>5} s", bug.name);
    }
    let alive: Vec<&str> = fates
        .iter()
        .filter(|fate| fate.found.is_none())
        .map(|fate| fate.bug.name)
        .collect();
    println!("  {} of {} found", fates.len() - alive.len(), fates.len());
    if alive.is_empty() {
        Ok(())
    } else {
        let names = alive.join(", ");
        Err(Failure::Models(format!(
            "The simulation does not see these planted bugs: {names}."
        )))
    }
}

fn absolute(path: PathBuf) -> PathBuf {
    std::path::absolute(&path).unwrap_or(path)
}

fn machine(doing: &'static str, path: &Path, source: std::io::Error) -> Failure {
    Failure::Machine {
        doing,
        path: path.to_path_buf(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::{BUGS, CRATES, choose, complaint, planted};
    use crate::process::root;

    #[test]
    fn g_63_every_bug_fits_the_sources_and_changes_them() {
        for bug in BUGS {
            let file = root().join(CRATES).join(bug.file);
            let text = std::fs::read_to_string(&file).expect("a file of the crates");
            let after = planted(&text, bug).expect("it fits");
            assert_ne!(after, text, "{}", bug.name);
        }
        assert!(BUGS.len() >= 20, "there are {} bugs", BUGS.len());
    }

    #[test]
    fn bugs_are_chosen_by_name_and_unknown_ones_refused() {
        let words = |words: &[&str]| {
            words
                .iter()
                .map(|word| (*word).to_owned())
                .collect::<Vec<_>>()
        };
        let (seeds, chosen) = choose(&words(&["--seeds", "7", BUGS[0].name])).expect("a good line");
        assert_eq!((seeds, chosen.len()), (7, 1));
        assert!(choose(&words(&["no-such-bug"])).is_err());
    }

    #[test]
    fn the_sample_is_there() {
        assert!(
            super::SAMPLE
                .iter()
                .all(|name| BUGS.iter().any(|bug| bug.name == *name))
        );
    }

    #[test]
    fn a_complaint_is_the_seed_and_the_rule() {
        let words = "thread panicked\ng_60: seed 3 at 5 s of virtual time\ntrace\nREG-26: too early\n\nrun it again:\n  x";
        assert_eq!(
            complaint(words),
            "g_60: seed 3 at 5 s of virtual time REG-26: too early"
        );
    }
}
