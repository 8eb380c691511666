//! Every input that ever mattered, on every build: the vectors that the fuzzers start from,
//! the shapes that they found, and whatever once brought something down.

use oracles::TARGETS;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz")
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).expect("a folder of ours");
    let name = |entry: std::io::Result<fs::DirEntry>| {
        let name = entry.expect("an entry").file_name();
        name.to_string_lossy().into_owned()
    };
    entries.map(name).collect()
}

#[test]
fn g_01_all_oracles_hold_for_the_whole_corpus() {
    let corpus = fuzz().join("corpus");
    for (name, holds) in TARGETS {
        for input in names(&corpus.join(name)) {
            let bytes = fs::read(corpus.join(name).join(&input)).expect("a file of ours");
            println!("{name}/{input}");
            holds(&bytes);
        }
    }
}

#[test]
fn every_oracle_has_its_fuzzer_and_its_corpus() {
    let known: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let bound = names(&fuzz().join("targets"));
    let bound: BTreeSet<String> = bound.iter().map(|own| own.replace(".rs", "")).collect();
    assert_eq!(bound, known);
    assert_eq!(names(&fuzz().join("corpus")), known);
}

#[test]
fn the_corpus_stays_small() {
    let corpus = fuzz().join("corpus");
    let size = |path: PathBuf| fs::metadata(path).map_or(0, |data| data.len());
    let folders = names(&corpus).into_iter().map(|name| corpus.join(name));
    let files = folders.flat_map(|folder| {
        let files = names(&folder).into_iter();
        files.map(move |file| folder.join(file)).collect::<Vec<_>>()
    });
    let bytes: u64 = files.map(size).sum();
    assert!(bytes < MOST_BYTES, "{bytes} bytes: minimise it");
}

/// Bytes of the whole corpus.
const MOST_BYTES: u64 = 300_000;
