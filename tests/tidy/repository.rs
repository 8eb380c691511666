//! The repository as the tidy rules see it: its files, each with the crate and the floor it
//! belongs to, and the findings that a rule reports.
//!
//! It reads files and decides nothing. What is generated, fetched or built is not listed.

use std::cell::OnceCell;
use std::fmt;
use std::path::{Path, PathBuf};

use crate::rust_source::{NamedPath, code_only, named_paths, test_lines, test_modules};

/// The crates and their floors: an arrow points only to a lower one.
pub(crate) const FLOORS: &[(&str, u8)] = &[
    ("clock", 0),
    ("coap", 1),
    ("lwm2m", 1),
    ("secure", 1),
    ("server", 2),
    ("device", 2),
    ("store", 3),
    ("workbench", 4),
    ("api", 5),
    ("headless", 6),
];

/// The lowest floor that may touch the machine: files, sockets, clocks.
pub(crate) const FIRST_FLOOR_WITH_A_MACHINE: u8 = 3;

/// The floor of the DTOs; domain types below it are not `Serialize`.
pub(crate) const CONTRACT_FLOOR: u8 = 5;

/// One file, by its path from the repository's root with `/` between the parts.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) text: String,
    /// Only tests compile it.
    pub(crate) is_test: bool,
    code: OnceCell<String>,
}

impl File {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let is_test = path.ends_with("/tests.rs")
            || path.starts_with("tests/")
            || path.starts_with("ui/tests/")
            || path.contains("/src/tests/")
            || [".test.ts", ".spec.ts"]
                .iter()
                .any(|end| path.ends_with(end));
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
            is_test,
            code: OnceCell::new(),
        }
    }

    pub(crate) fn has_extension(&self, wanted: &[&str]) -> bool {
        self.path
            .rsplit_once('.')
            .is_some_and(|(_, extension)| wanted.contains(&extension))
    }

    pub(crate) fn is_rust(&self) -> bool {
        self.has_extension(&["rs"])
    }

    /// The folder name of the crate under `src-tauri/crates` that the file belongs to.
    pub(crate) fn room(&self) -> Option<&str> {
        self.path
            .strip_prefix("src-tauri/crates/")?
            .split('/')
            .next()
    }

    pub(crate) fn floor(&self) -> Option<u8> {
        floor_of(self.room()?)
    }

    /// The file without comments and literals.
    pub(crate) fn code(&self) -> &str {
        self.code.get_or_init(|| code_only(&self.text))
    }

    /// Every path that shipped code names: lines that only tests compile are left out.
    pub(crate) fn shipped_paths(&self) -> Vec<NamedPath> {
        if self.is_test {
            return Vec::new();
        }
        let tests = test_lines(self.code());
        let mut paths = named_paths(self.code());
        paths.retain(|path| !tests.contains(&path.line));
        paths
    }

    /// The lines of `text` (the file's own or its code) that `wanted` picks, as findings.
    pub(crate) fn lines_where(
        &self,
        text: &str,
        wanted: impl Fn(&str) -> bool,
        why: &str,
    ) -> Vec<Finding> {
        let numbered = text.lines().enumerate().filter(|(_, line)| wanted(line));
        numbered.map(|(index, _)| self.at(index + 1, why)).collect()
    }

    pub(crate) fn at(&self, line: usize, why: impl Into<String>) -> Finding {
        Finding {
            path: self.path.clone(),
            line,
            why: why.into(),
        }
    }
}

pub(crate) fn floor_of(room: &str) -> Option<u8> {
    FLOORS
        .iter()
        .find(|(name, _)| *name == room)
        .map(|(_, floor)| *floor)
}

/// A broken rule: where, and why it matters.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) path: String,
    pub(crate) line: usize,
    pub(crate) why: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}: {}", self.path, self.line, self.why)
    }
}

/// Every text file of the repository that people write.
pub(crate) fn files() -> Vec<File> {
    let root = root();
    let mut paths = Vec::new();
    walk(&root, &mut paths);
    paths.sort();
    let mut files: Vec<File> = paths
        .iter()
        .filter_map(|path| {
            let relative = path.strip_prefix(&root).ok()?.to_str()?.replace('\\', "/");
            Some(File::new(&relative, &std::fs::read_to_string(path).ok()?))
        })
        .collect();
    mark_test_modules(&mut files);
    files
}

/// A file that its parent declares under `#[cfg(test)]` holds tests only.
fn mark_test_modules(files: &mut [File]) {
    let tests: Vec<String> = files
        .iter()
        .filter(|file| file.is_rust())
        .flat_map(test_files)
        .collect();
    for file in files {
        let stem = file.path.trim_end_matches(".rs").trim_end_matches("/mod");
        let inside = |test: &String| stem == test || stem.starts_with(&format!("{test}/"));
        file.is_test |= tests.iter().any(inside);
    }
}

fn test_files(parent: &File) -> Vec<String> {
    let stem = parent.path.trim_end_matches(".rs");
    let folder = ["/lib", "/main", "/mod"]
        .iter()
        .find_map(|end| stem.strip_suffix(end))
        .unwrap_or(stem);
    test_modules(parent.code())
        .iter()
        .map(|name| format!("{folder}/{name}"))
        .collect()
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .canonicalize()
        .expect("the tests lie in the repository")
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(folder).expect("a folder of the repository can be read");
    for entry in entries.map(|entry| entry.expect("a folder entry can be read")) {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = entry.path();
        if path.is_dir() && !NOT_OURS.contains(&name.as_str()) {
            walk(&path, found);
        } else if path.is_file() && is_written(&name, folder) {
            found.push(path);
        }
    }
}

fn is_written(name: &str, folder: &Path) -> bool {
    let text =
        TEXT.iter().any(|end| name.ends_with(end)) || folder.file_name() == Some(".ci".as_ref());
    text && !name.starts_with("generated.")
}

/// Folders that are built, fetched or generated.
const NOT_OURS: &[&str] = &[
    ".git",
    "target",
    "node_modules",
    "dist",
    "gen",
    "generated",
    "test-results",
    ".work",
];

const TEXT: &[&str] = &[
    ".rs", ".toml", ".ts", ".mts", ".js", ".mjs", ".cjs", ".svelte", ".css", ".html", ".json",
    ".md", ".sql", ".sh", ".xml", ".java", ".py", ".yml", ".yaml", ".svg", ".txt", ".csv",
];

#[cfg(test)]
mod tests {
    use super::{File, mark_test_modules};

    #[test]
    fn a_file_declared_under_cfg_test_holds_tests_only() {
        let mut files = [
            File::new(
                "src-tauri/crates/server/src/queue.rs",
                "#[cfg(test)]\nmod script;\nmod plan;",
            ),
            File::new("src-tauri/crates/server/src/queue/script.rs", ""),
            File::new("src-tauri/crates/server/src/queue/plan.rs", ""),
        ];
        mark_test_modules(&mut files);
        assert_eq!(files.map(|file| file.is_test), [false, true, false]);
    }

    #[test]
    fn a_file_knows_its_floor() {
        assert_eq!(
            File::new("src-tauri/crates/store/src/lib.rs", "").floor(),
            Some(3)
        );
        assert_eq!(File::new("src-tauri/src/main.rs", "").floor(), None);
    }

    #[test]
    fn shipped_paths_leave_tests_out() {
        let file = File::new(
            "a/src/lib.rs",
            "use a::b;\n#[cfg(test)]\nmod t { use c::d; }",
        );
        let paths: Vec<String> = file
            .shipped_paths()
            .iter()
            .map(|path| path.segments.join("::"))
            .collect();
        assert_eq!(paths, ["a::b"]);
    }
}
