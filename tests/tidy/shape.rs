//! The shape of files: how they open and how long they may be.

use crate::repository::{File, Finding};

/// A file longer than this lacks a noun that should be a file of its own.
pub(crate) const MOST_LINES: usize = 600;

/// The window is a door, not a room.
pub(crate) const MOST_LINES_IN_THE_WINDOW: usize = 700;

/// Rust modules that do not open by saying what they are. The tests beside a module need not.
pub(crate) fn modules_without_an_opening(files: &[File]) -> Vec<Finding> {
    let exempt = |path: &str| path.ends_with("build.rs") || path.ends_with("/tests.rs");
    let modules = files
        .iter()
        .filter(|file| file.is_rust() && !exempt(&file.path));
    let silent = modules.filter(|file| !file.text.starts_with("//!"));
    silent
        .map(|file| {
            file.at(
                1,
                "open with `//!`: what it is, what it never does, where to look next",
            )
        })
        .collect()
}

/// Files above [`MOST_LINES`], apart from `exceptions`, which only shrink.
pub(crate) fn long_files(files: &[File], exceptions: &[(&str, usize)]) -> Vec<Finding> {
    let written = files.iter().filter(|file| file.has_extension(WRITTEN));
    let judge = |file: &File| {
        let lines = file.text.lines().count();
        let granted = exceptions
            .iter()
            .find(|(path, _)| *path == file.path)
            .map(|(_, lines)| *lines);
        let why = match granted {
            None if lines > MOST_LINES => {
                format!("{lines} lines, {MOST_LINES} at most: look for the missing noun")
            }
            Some(granted) if lines > granted => {
                format!("{lines} lines, an exception only shrinks: {granted} at most")
            }
            Some(granted) if lines < granted => {
                format!("write down the exception's new size: {lines} lines")
            }
            _ => return None,
        };
        Some(file.at(lines, why))
    };
    let gone = |(path, _): &&(&str, usize)| !files.iter().any(|file| file.path == *path);
    let gone = exceptions.iter().filter(gone).map(|(path, _)| Finding {
        path: (*path).to_owned(),
        line: 1,
        why: "this file is gone, and so should be its exception".to_owned(),
    });
    written.filter_map(judge).chain(gone).collect()
}

/// The lines of Rust in `src-tauri/src`.
pub(crate) fn window_lines(files: &[File]) -> usize {
    let window = files
        .iter()
        .filter(|file| file.is_rust() && file.path.starts_with("src-tauri/src/"));
    window.map(|file| file.text.lines().count()).sum()
}

const WRITTEN: &[&str] = &[
    "rs", "ts", "mts", "js", "mjs", "cjs", "svelte", "css", "java", "py", "sh",
];

#[cfg(test)]
mod tests {
    use super::{MOST_LINES, long_files, modules_without_an_opening, window_lines};
    use crate::repository::File;

    fn file(path: &str, lines: usize) -> File {
        File::new(path, &"a\n".repeat(lines))
    }

    #[test]
    fn a_module_without_an_opening_is_found() {
        let files = [
            File::new("a/src/lib.rs", "//! A.\n"),
            File::new("a/src/b.rs", "// b\n"),
        ];
        assert_eq!(modules_without_an_opening(&files).len(), 1);
    }

    #[test]
    fn a_long_file_is_found() {
        assert_eq!(long_files(&[file("a.rs", MOST_LINES)], &[]), []);
        assert_eq!(long_files(&[file("a.rs", MOST_LINES + 1)], &[]).len(), 1);
        assert_eq!(long_files(&[file("a.json", MOST_LINES + 1)], &[]), []);
    }

    #[test]
    fn an_exception_only_shrinks() {
        let exceptions = [("a.rs", 700)];
        assert_eq!(long_files(&[file("a.rs", 700)], &exceptions), []);
        assert_eq!(long_files(&[file("a.rs", 701)], &exceptions).len(), 1);
        assert_eq!(long_files(&[file("a.rs", 650)], &exceptions).len(), 1);
        assert_eq!(long_files(&[], &exceptions).len(), 1);
    }

    #[test]
    fn the_window_is_measured() {
        assert_eq!(
            window_lines(&[
                file("src-tauri/src/main.rs", 5),
                file("src-tauri/crates/a/src/lib.rs", 9)
            ]),
            5
        );
    }
}
