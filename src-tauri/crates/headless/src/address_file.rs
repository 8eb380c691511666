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
        drop(file);
        assert_eq!(fs::read_dir(&folder).expect("the folder").count(), 0);
        let _ = fs::remove_dir_all(&folder);
    }
}
