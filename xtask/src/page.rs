//! The page: its packages and its build, each redone only when something changed.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::failure::Failure;
use crate::process::{Line, root};
use crate::setup;

/// The page's folder.
pub(crate) fn folder() -> PathBuf {
    root().join("ui")
}

/// A script of the page's `package.json`.
pub(crate) fn script(name: &str) -> Line {
    Line::new("npm")
        .args(["run", "--silent", name])
        .folder(folder())
}

/// Installs the page's packages when the lock file is not the one they came from.
pub(crate) fn packages() -> Result<(), Failure> {
    setup::node()?;
    let lock = folder().join("package-lock.json");
    let stamp = folder().join("node_modules").join(".installed-lock.json");
    let wanted = read(&lock)?;
    if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    Line::new("npm")
        .args(["ci", "--no-audit", "--no-fund"])
        .folder(folder())
        .run()?;
    fs::write(&stamp, wanted).map_err(|source| Failure::Machine {
        doing: "cannot write",
        path: stamp,
        source,
    })
}

/// Builds the page when a source is newer than what was built.
pub(crate) fn build() -> Result<(), Failure> {
    let built = folder().join("dist").join("index.html");
    let built = fs::metadata(built).and_then(|file| file.modified()).ok();
    let sources = [
        "src",
        "public",
        "index.html",
        "vite.config.ts",
        "svelte.config.js",
        "package-lock.json",
    ];
    let newest = sources
        .iter()
        .filter_map(|name| newest_under(&folder().join(name)))
        .max();
    if built.is_some() && built >= newest {
        return Ok(());
    }
    script("build").run()
}

fn newest_under(path: &Path) -> Option<SystemTime> {
    let own = fs::metadata(path).and_then(|file| file.modified()).ok();
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| newest_under(&entry.path()))
        .chain(own)
        .max()
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|source| Failure::Machine {
        doing: "cannot read",
        path: path.to_path_buf(),
        source,
    })
}
