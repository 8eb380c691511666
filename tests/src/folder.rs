//! A folder for one test, below the system's folder for such things. It goes with the test that
//! passed and stays, for a look, with the one that did not.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// A folder of its own.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// An empty one; `name` makes it easy to find.
    ///
    /// # Panics
    /// When the system gives none.
    #[must_use]
    pub fn new(name: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("wb-{}-{number}-{name}", std::process::id()));
        // Left by an older process of the same id.
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("the system's folder for tests takes another one");
        Self { path }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A copy of the files in it, as they are now.
    ///
    /// # Panics
    /// When a file cannot be copied.
    #[must_use]
    pub fn copy(&self) -> Self {
        let copy = Self::new("copy");
        for entry in fs::read_dir(&self.path).expect("the folder is there") {
            let from = entry.expect("an entry can be read").path();
            if from.is_file() {
                let to = copy.path.join(from.file_name().unwrap_or_default());
                fs::copy(&from, to).expect("a file can be copied");
            }
        }
        copy
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("left for a look: {}", self.path.display());
        } else {
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}
