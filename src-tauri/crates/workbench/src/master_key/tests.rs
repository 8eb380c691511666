//! A data directory and its key, from start to start.

use super::*;
use std::fs;
use std::sync::atomic::{AtomicU32, Ordering};

/// A folder with what its database would note.
struct Folder {
    path: PathBuf,
    row: Option<Sealing>,
}

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("wb-key-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).expect("a folder");
        Self { path, row: None }
    }

    fn with_passphrase(&self, text: &str) -> KeyOptions {
        let file = self.path.join("passphrase");
        fs::write(&file, text).expect("a passphrase");
        KeyOptions {
            passphrase_file: Some(file),
            reseal: true,
            keychain: false,
        }
    }

    fn start(&mut self, options: &KeyOptions) -> Result<MasterKey, String> {
        let opened = open(&self.path, self.row.clone(), options);
        let opened = opened.map_err(|error| error.to_string())?;
        if let Some(former) = &opened.former {
            forget(&self.path, former, &opened.sealing);
        }
        self.row = Some(opened.sealing);
        Ok(opened.key)
    }

    fn key_file(&self) -> PathBuf {
        self.path.join(key_file::FILE_NAME)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}

#[test]
fn without_a_passphrase_the_key_lies_in_a_file_of_its_owner() {
    let mut folder = Folder::new();
    let key = folder.start(&KeyOptions::default()).expect("a new key");
    assert_eq!(folder.start(&KeyOptions::default()), Ok(key.clone()));
    let way = folder.row.as_ref().map(|row| row.way.clone());
    assert!(warning(&way.expect("a row")).is_some());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(folder.key_file()).expect("a file");
        assert_eq!(mode.permissions().mode() & 0o777, 0o600);
        fs::set_permissions(folder.key_file(), fs::Permissions::from_mode(0o644)).expect("rights");
        let refused = folder.start(&KeyOptions::default()).expect_err("open");
        assert!(refused.contains("chmod 600"), "{refused}");
    }
}

#[test]
fn a_start_that_was_cut_off_goes_on_with_its_key() {
    let mut folder = Folder::new();
    let key = folder.start(&KeyOptions::default()).expect("a new key");
    folder.row = None;
    assert_eq!(folder.start(&KeyOptions::default()), Ok(key));
}

#[test]
fn a_passphrase_opens_what_it_sealed_and_nothing_else_does() {
    let mut folder = Folder::new();
    let right = folder.with_passphrase("open sesame\n");
    let key = folder.start(&right).expect("a new key");
    assert!(!folder.key_file().exists());
    assert_eq!(folder.start(&right), Ok(key));
    let wrong = folder.with_passphrase("open barley");
    let refused = folder.start(&wrong).expect_err("another passphrase");
    assert!(refused.contains("passphrase is wrong"), "{refused}");
    let refused = folder.start(&KeyOptions::default()).expect_err("none");
    assert!(refused.contains("--passphrase-file"), "{refused}");
}

#[test]
fn a_passphrase_that_is_given_later_takes_the_place_of_the_key_file() {
    let mut folder = Folder::new();
    let key = folder.start(&KeyOptions::default()).expect("a new key");
    let given = folder.with_passphrase("open sesame");
    assert_eq!(folder.start(&given), Ok(key.clone()));
    assert!(!folder.key_file().exists());
    assert_eq!(folder.start(&given), Ok(key.clone()));
    // And back.
    let row = folder.row.clone().expect("a row");
    let now = keep(&folder.path, row.vault, &key, &Wish::File).expect("kept");
    forget(&folder.path, &row, &now);
    folder.row = Some(now);
    assert_eq!(folder.start(&KeyOptions::default()), Ok(key));
}

#[test]
fn a_key_file_that_is_gone_or_another_is_said() {
    let mut folder = Folder::new();
    folder.start(&KeyOptions::default()).expect("a new key");
    fs::write(folder.key_file(), b"short").expect("damaged");
    let refused = folder.start(&KeyOptions::default()).expect_err("damaged");
    assert!(refused.contains("damaged"), "{refused}");
    fs::write(folder.key_file(), [7; 32]).expect("another");
    let refused = folder.start(&KeyOptions::default()).expect_err("another");
    assert!(refused.contains("sealed with another one"), "{refused}");
    fs::remove_file(folder.key_file()).expect("gone");
    let refused = folder.start(&KeyOptions::default()).expect_err("gone");
    assert!(refused.contains("is gone"), "{refused}");
}
