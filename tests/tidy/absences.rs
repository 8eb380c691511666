//! What must never be: words and paths that a folder's code may not name.
//!
//! Each function is one rule and takes the files, so that a sample can prove it able to fail.
//! Rust is looked at without its comments and literals, and `use` trees are expanded.

use crate::repository::{CONTRACT_FLOOR, FIRST_FLOOR_WITH_A_MACHINE, File, Finding};
use crate::rust_source::NamedPath;

/// Runtimes, sockets, files and clocks below floor 3.
pub(crate) fn machine_below_floor_3(files: &[File]) -> Vec<Finding> {
    const MACHINE: &[&str] = &[
        "tokio",
        "std::fs",
        "std::net",
        "core::net",
        "std::env",
        "std::process",
        "std::thread",
        "std::time::Instant",
        "std::time::SystemTime",
        "socket2",
        "libc",
        "tracing",
    ];
    let reads_a_clock = |path: &NamedPath| {
        path.contains("SystemTime")
            || (path.segments.len() > 1 && path.segments.last().is_some_and(|s| s == "now"))
    };
    let forbidden = |path: &NamedPath| {
        MACHINE.iter().any(|prefix| path.starts_with(prefix)) || reads_a_clock(path)
    };
    let why = "below floor 3 time and bytes are arguments: no runtime, socket, file or clock";
    in_rooms(
        files,
        |floor| floor < FIRST_FLOOR_WITH_A_MACHINE,
        forbidden,
        why,
    )
}

/// Randomness below floor 3 that is not handed in.
pub(crate) fn randomness_below_floor_3(files: &[File]) -> Vec<Finding> {
    const SOURCES: &[&str] = &[
        "getrandom",
        "thread_rng",
        "ThreadRng",
        "OsRng",
        "SysRng",
        "from_os_rng",
        "from_entropy",
        "try_from_os_rng",
        "RandomState",
        "DefaultHasher",
    ];
    let forbidden = |path: &NamedPath| {
        SOURCES.iter().any(|source| path.contains(source))
            || ["rand::rng", "rand::random"]
                .iter()
                .any(|prefix| path.starts_with(prefix))
    };
    let why = "below floor 3 randomness is a seeded generator handed in";
    in_rooms(
        files,
        |floor| floor < FIRST_FLOOR_WITH_A_MACHINE,
        forbidden,
        why,
    )
}

/// Collections whose order changes from run to run, below floor 3.
pub(crate) fn unordered_collections_below_floor_3(files: &[File]) -> Vec<Finding> {
    let forbidden = |path: &NamedPath| path.contains("HashMap") || path.contains("HashSet");
    let why = "below floor 3 iteration order is part of the trace: use BTreeMap, BTreeSet, VecDeque or Vec";
    in_rooms(
        files,
        |floor| floor < FIRST_FLOOR_WITH_A_MACHINE,
        forbidden,
        why,
    )
}

/// `Serialize` on domain types: the DTOs live in `api`. Reading JSON with a visitor is no such.
pub(crate) fn serialize_below_the_contract(files: &[File]) -> Vec<Finding> {
    let why = "domain types below `api` are not Serialize: the contract's DTOs live in `api`";
    in_rooms(
        files,
        |floor| floor < CONTRACT_FLOOR,
        |path| path.contains("Serialize"),
        why,
    )
}

/// SQL outside `store`, by library or by statement. Tests may look into the file they wrote.
pub(crate) fn sql_outside_the_store(files: &[File]) -> Vec<Finding> {
    const STATEMENTS: &[&str] = &["INSERT INTO ", "DELETE FROM ", "CREATE TABLE ", "PRAGMA "];
    let statement = |line: &str| {
        STATEMENTS.iter().any(|words| line.contains(words))
            || (line.contains("SELECT ") && line.contains(" FROM "))
    };
    let why = "SQL stays in `store`";
    let shipped = shipped_rust(files).filter(|file| file.room() != Some("store"));
    let find = |file: &File| {
        let tests = crate::rust_source::test_lines(file.code());
        let mut found = paths_in(
            file,
            |path| path.starts_with("sqlx") || path.starts_with("rusqlite"),
            why,
        );
        found.extend(file.lines_where(&file.text, statement, why));
        found.retain(|finding| !tests.contains(&finding.line));
        found
    };
    shipped.flat_map(find).collect()
}

/// Tauri outside the window's own crate.
pub(crate) fn tauri_outside_the_window(files: &[File]) -> Vec<Finding> {
    let forbidden = |path: &NamedPath| {
        let first = path.segments[0].as_str();
        (first == "tauri" && path.segments.len() > 1)
            || first.starts_with("tauri_plugin")
            || first == "tauri_build"
    };
    let elsewhere = |file: &&File| file.is_rust() && !file.path.starts_with("src-tauri/src/");
    let elsewhere = files
        .iter()
        .filter(elsewhere)
        .filter(|file| file.path != "src-tauri/build.rs");
    elsewhere
        .flat_map(|file| paths_in(file, forbidden, "Tauri stays in `src-tauri/src`"))
        .collect()
}

/// `@tauri-apps` outside the page's host folder.
pub(crate) fn tauri_outside_the_host(files: &[File]) -> Vec<Finding> {
    let why = "only `ui/src/host` knows which door the page uses";
    let page = files
        .iter()
        .filter(|file| page_source(file) && !file.path.starts_with("ui/src/host/"));
    page.flat_map(|file| file.lines_where(&file.text, |line| line.contains("@tauri-apps"), why))
        .collect()
}

/// `console.log` in the page.
pub(crate) fn console_log_in_the_page(files: &[File]) -> Vec<Finding> {
    let why = "what the page has to say belongs on the screen";
    let page = files.iter().filter(|file| page_source(file));
    page.flat_map(|file| file.lines_where(&file.text, |line| line.contains("console.log"), why))
        .collect()
}

/// `unsafe` outside the two files that need it.
pub(crate) fn unsafe_code(files: &[File]) -> Vec<Finding> {
    let allowed = |path: &str| {
        path == "src-tauri/crates/secure/src/ffi.rs"
            || path.starts_with("src-tauri/crates/workbench/src/udp/batch")
    };
    let rust = files
        .iter()
        .filter(|file| file.is_rust() && !allowed(&file.path));
    let forbidden = |line: &str| words(line).any(|word| word == "unsafe");
    let why = "unsafe code lives in `secure`'s FFI file and the batched UDP file only";
    rust.flat_map(|file| file.lines_where(file.code(), forbidden, why))
        .collect()
}

/// `unwrap()` in shipped code.
pub(crate) fn unwraps(files: &[File]) -> Vec<Finding> {
    let why = "return the error, or `expect` the invariant that makes it impossible";
    let find = |file: &File| {
        let tests = crate::rust_source::test_lines(file.code());
        let mut found = file.lines_where(file.code(), |line| line.contains(".unwrap()"), why);
        found.retain(|finding| !tests.contains(&finding.line));
        found
    };
    shipped_rust(files).flat_map(find).collect()
}

/// `todo!`, `unimplemented!` and `dbg!`, in tests too.
pub(crate) fn unfinished_code(files: &[File]) -> Vec<Finding> {
    let forbidden = |line: &str| {
        ["todo!", "unimplemented!", "dbg!"]
            .iter()
            .any(|word| line.contains(word))
    };
    let rust = files.iter().filter(|file| file.is_rust());
    rust.flat_map(|file| file.lines_where(file.code(), forbidden, "finish it or leave it out"))
        .collect()
}

/// Tests that are skipped, and tests that make the others be.
pub(crate) fn skipped_tests(files: &[File]) -> Vec<Finding> {
    let why = "a test runs everywhere or is deleted";
    let rust = files.iter().filter(|file| file.is_rust());
    let ignored =
        rust.flat_map(|file| file.lines_where(file.code(), |line| line.contains("#[ignore"), why));
    let skips = |line: &str| {
        ["it", "test", "describe"].iter().any(|runner| {
            ["skip", "only", "todo", "fixme"].iter().any(|how| {
                line.find(&format!("{runner}.{how}"))
                    .is_some_and(|at| !line[..at].ends_with(char::is_alphanumeric))
            })
        })
    };
    let scripts = files.iter().filter(|file| file.has_extension(SCRIPTS));
    ignored
        .chain(scripts.flat_map(|file| file.lines_where(&file.text, skips, why)))
        .collect()
}

/// Folders of one person's machine. Tests take theirs from the system.
pub(crate) fn machine_paths(files: &[File]) -> Vec<Finding> {
    // Put together here, so that the rule does not find itself.
    const FOLDERS: &[&str] = &[
        concat!("/wo", "rk/"),
        concat!("/ho", "me/"),
        concat!("/ro", "ot/"),
        concat!("/t", "mp/"),
        concat!("/Us", "ers/"),
        concat!("C:", "\\"),
    ];
    let forbidden = |line: &str| {
        FOLDERS.iter().any(|folder| {
            line.match_indices(folder)
                .any(|(at, _)| begins_a_path(line, at))
        })
    };
    let why = "no path of one machine: ask the system, or take an argument";
    files
        .iter()
        .flat_map(|file| file.lines_where(&file.text, forbidden, why))
        .collect()
}

/// Hosts of package registries: the ordinary clients know them, the repository does not.
pub(crate) fn registry_hosts(files: &[File]) -> Vec<Finding> {
    const HOSTS: &[&str] = &[
        concat!("registry.", "npmjs.org"),
        concat!("static.", "crates.io"),
        concat!("index.", "crates.io"),
        concat!("files.", "pythonhosted.org"),
        concat!("pypi.", "org"),
        concat!("repo.", "maven.apache.org"),
        concat!("repo1.", "maven.org"),
        concat!("proxy.", "golang.org"),
        concat!("deb.", "debian.org"),
    ];
    let forbidden = |line: &str| HOSTS.iter().any(|host| line.contains(host));
    let why =
        "no registry host: packages come by name, from where the machine's clients are set up";
    files
        .iter()
        .flat_map(|file| file.lines_where(&file.text, forbidden, why))
        .collect()
}

const SCRIPTS: &[&str] = &["ts", "mts", "js", "mjs", "cjs", "svelte"];

fn page_source(file: &File) -> bool {
    file.path.starts_with("ui/src/") && file.has_extension(SCRIPTS)
}

fn shipped_rust(files: &[File]) -> impl Iterator<Item = &File> {
    files.iter().filter(|file| file.is_rust() && !file.is_test)
}

fn in_rooms(
    files: &[File],
    floors: impl Fn(u8) -> bool,
    forbidden: impl Fn(&NamedPath) -> bool,
    why: &str,
) -> Vec<Finding> {
    let rooms = files
        .iter()
        .filter(|file| file.is_rust() && file.floor().is_some_and(&floors));
    rooms
        .flat_map(|file| paths_in(file, &forbidden, why))
        .collect()
}

fn paths_in(file: &File, forbidden: impl Fn(&NamedPath) -> bool, why: &str) -> Vec<Finding> {
    let named = file.shipped_paths().into_iter().filter(forbidden);
    named
        .map(|path| file.at(path.line, format!("`{}`: {why}", path.segments.join("::"))))
        .collect()
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !c.is_alphanumeric() && c != '_')
}

/// A folder name counts where a path begins, not in the middle of a URL or a longer path.
fn begins_a_path(line: &str, at: usize) -> bool {
    let before = line[..at].chars().next_back();
    !before.is_some_and(|c| c.is_alphanumeric() || "._-~/$}{".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines that `rule` finds in one file.
    fn check(rule: fn(&[File]) -> Vec<Finding>, path: &str, text: &str, expect: &[usize]) {
        let mut lines: Vec<usize> = rule(&[File::new(path, text)])
            .iter()
            .map(|finding| finding.line)
            .collect();
        lines.dedup();
        assert_eq!(lines, expect, "{path}: {text}");
    }

    const SERVER: &str = "src-tauri/crates/server/src/lib.rs";
    const STORE: &str = "src-tauri/crates/store/src/lib.rs";
    const API: &str = "src-tauri/crates/api/src/lib.rs";
    const PAGE: &str = "ui/src/features/devices/Table.svelte";

    #[test]
    fn the_machine_is_found_below_floor_3_only() {
        let text =
            "use std::{fmt, net::UdpSocket};\nlet t = Instant::now();\nlet n = now;\n// std::fs";
        check(machine_below_floor_3, SERVER, text, &[1, 2]);
        check(machine_below_floor_3, STORE, text, &[]);
    }

    #[test]
    fn randomness_out_of_nowhere_is_found() {
        check(
            randomness_below_floor_3,
            SERVER,
            "rand::rng();\nlet rng = ChaCha12Rng::from_seed(seed);",
            &[1],
        );
    }

    #[test]
    fn unordered_collections_are_found() {
        let text = "use std::collections::{BTreeMap, HashMap};\n#[cfg(test)]\nmod tests { use std::collections::HashSet; }";
        check(unordered_collections_below_floor_3, SERVER, text, &[1]);
    }

    #[test]
    fn serialize_is_found_below_api() {
        let text = "#[derive(Clone, serde::Serialize)]\nstruct A;";
        check(serialize_below_the_contract, STORE, text, &[1]);
        check(serialize_below_the_contract, API, text, &[]);
    }

    #[test]
    fn sql_is_found_outside_the_store() {
        let text = "sqlx::query(\n\"SELECT a FROM b\"\n);";
        check(sql_outside_the_store, API, text, &[1, 2]);
        check(sql_outside_the_store, STORE, text, &[]);
        check(sql_outside_the_store, "tests/system/kill.rs", text, &[]);
    }

    #[test]
    fn tauri_is_found_outside_the_window() {
        check(tauri_outside_the_window, API, "use tauri::Manager;", &[1]);
        check(
            tauri_outside_the_window,
            "src-tauri/src/main.rs",
            "use tauri::Manager;",
            &[],
        );
    }

    #[test]
    fn tauri_is_found_outside_the_host() {
        check(
            tauri_outside_the_host,
            PAGE,
            "import { invoke } from '@tauri-apps/api/core';",
            &[1],
        );
        check(
            tauri_outside_the_host,
            "ui/src/host/window.ts",
            "import { invoke } from '@tauri-apps/api/core';",
            &[],
        );
    }

    #[test]
    fn console_log_is_found() {
        check(console_log_in_the_page, PAGE, "a\n  console.log(1)", &[2]);
    }

    #[test]
    fn unsafe_is_found_outside_its_two_files() {
        let text = "#![deny(unsafe_code)]\n// unsafe\nunsafe { f() }";
        check(unsafe_code, SERVER, text, &[3]);
        check(
            unsafe_code,
            "src-tauri/crates/workbench/src/udp/batch_linux.rs",
            text,
            &[],
        );
    }

    #[test]
    fn unwrap_is_found_outside_tests() {
        let text = "a.unwrap();\nb.unwrap_or(1);\n#[cfg(test)]\nmod tests {\n c.unwrap();\n}";
        check(unwraps, SERVER, text, &[1]);
        check(unwraps, "tests/system/kill.rs", text, &[]);
    }

    #[test]
    fn unfinished_code_is_found() {
        check(
            unfinished_code,
            "tests/sim/main.rs",
            concat!("todo", "!();\nok();"),
            &[1],
        );
    }

    #[test]
    fn skipped_tests_are_found() {
        check(
            skipped_tests,
            SERVER,
            concat!("#[ign", "ore]\nfn a() {}"),
            &[1],
        );
        check(
            skipped_tests,
            "ui/tests/page.spec.ts",
            "it.skip('a');\nit('b');\nunit.only();",
            &[1],
        );
    }

    #[test]
    fn a_path_of_one_machine_is_found() {
        let text = concat!("\"/ho", "me/a\"\nhttp://a/ho", "me/b\n\"/usr/bin/a\"");
        check(machine_paths, "ui/src/app.ts", text, &[1]);
    }

    #[test]
    fn a_registry_host_is_found() {
        let text = concat!("\"resolved\": \"https://registry.", "npmjs.org/a\"\nok");
        check(registry_hosts, "ui/package-lock.json", text, &[1]);
    }
}
