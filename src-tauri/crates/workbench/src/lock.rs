//! One process for each data directory: a lock that the system releases when the
//! process ends, however it ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The name of the lock file.
const FILE_NAME: &str = "workbench.lock";

/// Held while the process runs.
#[derive(Debug)]
pub struct DataDirLock {
    _file: File,
}

/// Why a data directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process has it.
    #[error("{dir} is in use by process {holder}; stop it or choose another --data-dir", dir = dir.display())]
    Held {
        /// The directory.
        dir: PathBuf,
        /// The process id, as that process wrote it.
        holder: String,
    },
    /// The directory or the file cannot be made or opened.
    #[error("{dir} cannot be used: {source}", dir = dir.display())]
    Io {
        /// The directory.
        dir: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}

impl DataDirLock {
    /// Makes the directory if it is missing and takes its lock.
    ///
    /// # Errors
    /// Another process has it, or the directory cannot be used.
    pub fn take(dir: &Path) -> Result<Self, LockError> {
        let io = |source| LockError::Io {
            dir: dir.to_owned(),
            source,
        };
        std::fs::create_dir_all(dir).map_err(io)?;
        let path = dir.join(FILE_NAME);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(io)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // On Windows a locked file cannot be read; the sentence says so then.
                let read = file.read_to_string(&mut holder);
                let holder = if read.is_ok() && !holder.is_empty() {
                    holder
                } else {
                    "(unknown)".to_owned()
                };
                return Err(LockError::Held {
                    dir: dir.to_owned(),
                    holder,
                });
            }
            Err(TryLockError::Error(source)) => return Err(io(source)),
        }
        file.set_len(0).map_err(io)?;
        file.seek(SeekFrom::Start(0)).map_err(io)?;
        write!(file, "{}", std::process::id()).map_err(io)?;
        Ok(Self { _file: file })
    }

    /// How long ago the lock of a directory was taken last, as far as the system's
    /// clock tells.
    #[must_use]
    pub fn age(dir: &Path) -> Option<Duration> {
        let written = std::fs::metadata(dir.join(FILE_NAME))
            .ok()?
            .modified()
            .ok()?;
        written.elapsed().ok()
    }
}
