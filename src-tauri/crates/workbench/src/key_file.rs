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
    let mut file = File::open(&path).map_err(failed)?;
    if is_open_to_others(&file).map_err(failed)? {
        return Err(KeyFileError::Readable(path));
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(failed)?;
    MasterKey::new(Secret::new(bytes)).ok_or(KeyFileError::Damaged(path))
}

/// Writes the key into a new file that only its owner can read.
pub(crate) fn write(data_dir: &Path, key: &MasterKey) -> Result<(), KeyFileError> {
    let path = data_dir.join(FILE_NAME);
    let failed = |source| KeyFileError::Io {
        file: path.clone(),
        source,
    };
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    let mut file = own_only(&mut options).open(&path).map_err(failed)?;
    file.write_all(key.expose().expose()).map_err(failed)?;
    file.sync_all().map_err(failed)
}

/// Removes the file; the key lies elsewhere by now.
pub(crate) fn remove(data_dir: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(data_dir.join(FILE_NAME)) {
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
