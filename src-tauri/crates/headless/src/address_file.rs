//! Where a running program is found: `headless.json` in the data directory holds
//! its URL and token, for its owner's eyes only, from the ready line to the end.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

const NAME: &str = "headless.json";

/// The file; it is removed when this is dropped.
#[derive(Debug)]
pub(crate) struct AddressFile(PathBuf);

impl AddressFile {
    /// Writes it, replacing what a killed program left.
    pub(crate) fn write(folder: &Path, url: &str, token: &str) -> io::Result<Self> {
        let path = folder.join(NAME);
        let fresh = folder.join(format!("{NAME}.new"));
        match fs::remove_file(&fresh) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let content =
            serde_json::json!({ "url": url, "token": token, "process": std::process::id() });
        options
            .open(&fresh)?
            .write_all(content.to_string().as_bytes())?;
        fs::rename(&fresh, &path)?;
        Ok(Self(path))
    }
}

/// What the file of a running program says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Found {
    /// Its door.
    pub(crate) url: String,
    /// The secret of its run.
    pub(crate) token: String,
    /// Its process.
    pub(crate) process: String,
}

/// Reads the file in a folder, if there is one that can be read. A killed program
/// leaves its own behind: `process` has to be compared with who holds the lock.
pub(crate) fn find(folder: &Path) -> Option<Found> {
    let text = fs::read_to_string(folder.join(NAME)).ok()?;
    let content: serde_json::Value = serde_json::from_str(&text).ok()?;
    let field = |name: &str| content.get(name)?.as_str().map(str::to_owned);
    Some(Found {
        url: field("url")?,
        token: field("token")?,
        process: content.get("process")?.to_string(),
    })
}

impl Drop for AddressFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_its_owners_and_goes_with_the_program() {
        let folder = std::env::temp_dir().join(format!("wb-address-file-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join("headless.json"), "left by a killed program").expect("a file");
        assert_eq!(find(&folder), None);
        let file = AddressFile::write(&folder, "http://127.0.0.1:1", "secret").expect("the file");
        let text = fs::read_to_string(folder.join("headless.json")).expect("the file");
        assert!(text.contains("\"token\":\"secret\""), "{text}");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(folder.join("headless.json"))
                .expect("the file")
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        let found = find(&folder).expect("the file is read");
        assert_eq!(
            (found.url.as_str(), found.token.as_str()),
            ("http://127.0.0.1:1", "secret")
        );
        assert_eq!(found.process, std::process::id().to_string());
        drop(file);
        assert_eq!(find(&folder), None);
        assert_eq!(fs::read_dir(&folder).expect("the folder").count(), 0);
        let _ = fs::remove_dir_all(&folder);
    }
}
