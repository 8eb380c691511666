//! The master key in a file of its own, for machines without a keychain and runs
//! without a passphrase. It is no stronger than the rights of the file, so a file that
//! others may read is refused.

use secure::Secret;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use store::MasterKey;

/// Its name in the data directory.
pub(crate) const FILE_NAME: &str = "secrets.key";

/// The name of one that is being written.
const UNFINISHED_NAME: &str = "secrets.key.new";

/// The name of one with another key, which stood in the way.
pub(crate) const FORMER_NAME: &str = "secrets.key.former";

/// More bytes than a key has: a longer file is read no further.
const MAX_FILE_BYTES: u64 = 64;

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// It is gone.
    #[error(
        "the secrets of this folder are sealed with the key in {}, and that file is gone; put it back from a backup",
        .0.display()
    )]
    Missing(PathBuf),
    /// Others than its owner may read it.
    #[error(
        "{} can be read by others than its owner; take that right away with `chmod 600`, and change the keys if somebody may have read it",
        .0.display()
    )]
    Readable(PathBuf),
    /// It holds something else.
    #[error("{} is damaged: it does not hold a key; put it back from a backup", .0.display())]
    Damaged(PathBuf),
    /// The system refuses.
    #[error("{} cannot be read or written: {source}", .file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}

/// Reads the key.
pub(crate) fn read(data_dir: &Path) -> Result<MasterKey, KeyFileError> {
    let path = data_dir.join(FILE_NAME);
    let failed = |source: std::io::Error| match source.kind() {
        ErrorKind::NotFound => KeyFileError::Missing(path.clone()),
        _ => KeyFileError::Io {
            file: path.clone(),
            source,
        },
    };
    let file = File::open(&path).map_err(failed)?;
    if is_open_to_others(&file).map_err(failed)? {
        return Err(KeyFileError::Readable(path));
    }
    let bytes = contents(file).map_err(failed)?;
    MasterKey::new(Secret::new(bytes)).ok_or(KeyFileError::Damaged(path))
}

/// Puts the key into a file that only its owner can read. There is a whole file at every
/// moment, and one with another key is set aside: something may still be sealed with it.
pub(crate) fn put(data_dir: &Path, key: &MasterKey) -> Result<(), KeyFileError> {
    if data_dir.join(FILE_NAME).exists() && !holds(data_dir, key) {
        rename(data_dir, FILE_NAME, FORMER_NAME)?;
    }
    write(data_dir, key)?;
    rename(data_dir, UNFINISHED_NAME, FILE_NAME)
}

fn write(data_dir: &Path, key: &MasterKey) -> Result<(), KeyFileError> {
    let path = data_dir.join(UNFINISHED_NAME);
    let failed = |source| KeyFileError::Io {
        file: path.clone(),
        source,
    };
    // Of a write that was cut off.
    remove_named(data_dir, UNFINISHED_NAME).map_err(failed)?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    let mut file = own_only(&mut options).open(&path).map_err(failed)?;
    file.write_all(key.expose().expose()).map_err(failed)?;
    file.sync_all().map_err(failed)
}

/// Removes the file if it holds this key, which lies elsewhere by now.
pub(crate) fn remove(data_dir: &Path, key: &MasterKey) -> std::io::Result<()> {
    match holds(data_dir, key) {
        true => remove_named(data_dir, FILE_NAME),
        false => Ok(()),
    }
}

/// Whether the file holds this key, whoever may read it.
fn holds(data_dir: &Path, key: &MasterKey) -> bool {
    let bytes = File::open(data_dir.join(FILE_NAME)).and_then(contents);
    bytes.is_ok_and(|bytes| Secret::new(bytes) == *key.expose())
}

fn contents(file: File) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(MAX_FILE_BYTES as usize);
    file.take(MAX_FILE_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn rename(data_dir: &Path, from: &str, to: &str) -> Result<(), KeyFileError> {
    let file = data_dir.join(from);
    std::fs::rename(&file, data_dir.join(to)).map_err(|source| KeyFileError::Io { file, source })
}

fn remove_named(data_dir: &Path, name: &str) -> std::io::Result<()> {
    match std::fs::remove_file(data_dir.join(name)) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(unix)]
fn own_only(options: &mut OpenOptions) -> &mut OpenOptions {
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600)
}

#[cfg(unix)]
fn is_open_to_others(file: &File) -> std::io::Result<bool> {
    let metadata = file.metadata()?;
    Ok(std::os::unix::fs::MetadataExt::mode(&metadata) & 0o077 != 0)
}

/// Folders of a user are closed to others by the rights that they pass on.
#[cfg(not(unix))]
fn own_only(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

#[cfg(not(unix))]
fn is_open_to_others(_: &File) -> std::io::Result<bool> {
    Ok(false)
}
