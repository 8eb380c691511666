//! Which instance of the program is meant: one data directory is one instance. The
//! lock in `lock` enforces it; this names it, so that a second start can find the
//! first.

use crate::fingerprint::fingerprint;
use std::path::{Path, PathBuf};

/// The system names no folder for a user's data.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("this system names no folder for a user's data; choose one with --data-dir")]
pub struct NoFolder;

/// An instance of the program.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Instance {
    /// The folder that holds everything.
    pub data_dir: PathBuf,
    /// Its name on this machine: that of the program for the usual folder, with the
    /// folder's fingerprint for any other. Letters, digits, dashes and dots.
    pub identifier: String,
}

/// Whether a folder holds what this program keeps.
#[must_use]
pub fn holds_data(folder: &Path) -> bool {
    folder.join(store::FILE_NAME).is_file()
}

impl Instance {
    /// The instance that `chosen` means; without it the usual one, whose folder is
    /// named after `program` and lies among this user's data of this machine.
    ///
    /// # Errors
    /// Nothing is chosen, and the system names no folder for data.
    pub fn find(program: &str, chosen: Option<&Path>) -> Result<Self, NoFolder> {
        let usual = dirs::data_local_dir().map(|folder| folder.join(program));
        let data_dir = chosen
            .map(Path::to_owned)
            .or_else(|| usual.clone())
            .ok_or(NoFolder)?;
        let data_dir = whole(&data_dir);
        let identifier = if usual.is_some_and(|usual| whole(&usual) == data_dir) {
            program.to_owned()
        } else {
            // D-Bus wants a letter after the dot.
            format!(
                "{program}.d{:016x}",
                fingerprint(data_dir.as_os_str().as_encoded_bytes())
            )
        };
        Ok(Self {
            data_dir,
            identifier,
        })
    }
}

/// The path by which all spellings of a folder are known.
fn whole(path: &Path) -> PathBuf {
    path.canonicalize()
        .or_else(|_| std::path::absolute(path))
        .unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_one_instance_however_it_is_spelled() {
        let find = |chosen: Option<&str>| {
            Instance::find("program", chosen.map(Path::new)).expect("a folder")
        };
        let (one, same, other) = (find(Some("./a")), find(Some("a")), find(Some("b")));
        assert_eq!(one, same);
        assert_ne!(one.identifier, other.identifier);
        assert!(
            one.data_dir.is_absolute() && one.identifier.starts_with("program.d"),
            "{one:?}"
        );
        if let Some(usual) = dirs::data_local_dir() {
            assert_eq!(find(usual.join("program").to_str()).identifier, "program");
        }
    }
}
