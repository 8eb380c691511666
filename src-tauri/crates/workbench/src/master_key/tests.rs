//! A data directory and its key, from start to start.

use super::*;
use keyring_core::api::CredentialStore;
use keyring_core::{Error, mock};
use std::fs;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

/// A keychain in memory, the same for all tests; vaults tell them apart.
const KEYCHAIN: Keychain = Keychain::reached_by(|| {
    static STORE: OnceLock<Arc<CredentialStore>> = OnceLock::new();
    Ok(STORE
        .get_or_init(|| mock::Store::new().expect("a keychain in memory"))
        .clone())
});

/// The keychain of another machine.
const EMPTY: Keychain = Keychain::reached_by(|| Ok(mock::Store::new()?));

/// One that is there and does not open.
const LOCKED: Keychain = Keychain::reached_by(|| {
    let why = "the collection is locked";
    Err(Error::NoStorageAccess(why.into()))
});

/// A machine without one.
const NONE: Keychain = Keychain::reached_by(|| {
    let why = "there is no secret service";
    Err(Error::PlatformFailure(why.into()))
});

/// What a window starts with.
fn with_keychain() -> KeyOptions {
    KeyOptions {
        keychain: true,
        ..KeyOptions::default()
    }
}

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
        self.start_with(options, &NONE)
    }

    fn start_with(
        &mut self,
        options: &KeyOptions,
        keychain: &Keychain,
    ) -> Result<MasterKey, String> {
        let opened = open(&self.path, self.row.clone(), options, keychain);
        let opened = opened.map_err(|error| error.to_string())?;
        if let Some(former) = &opened.former {
            let places = (former, &opened.sealing);
            forget(&self.path, &opened.key, places, keychain);
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
    let now = keep(&folder.path, row.vault, &key, &Wish::File, &NONE).expect("kept");
    forget(&folder.path, &key, (&row, &now), &NONE);
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

#[test]
fn a_key_in_the_keychain_opens_start_after_start_and_leaves_no_file() {
    let mut folder = Folder::new();
    let key = folder.start_with(&with_keychain(), &KEYCHAIN).expect("new");
    assert!(!folder.key_file().exists());
    // The headless door makes no keys there, and reads those that are.
    for options in [with_keychain(), KeyOptions::default()] {
        assert_eq!(folder.start_with(&options, &KEYCHAIN), Ok(key.clone()));
    }
}

/// Whatever becomes of the keychain, the data stays sealed with the one key that opens it.
#[test]
fn a_keychain_that_fails_later_never_leads_to_another_key() {
    let mut folder = Folder::new();
    let key = folder.start_with(&with_keychain(), &KEYCHAIN).expect("new");
    let row = folder.row.clone();
    for (keychain, words) in [
        (&LOCKED, "the collection is locked"),
        (&LOCKED, "unlock the keychain"),
        (&NONE, "Nothing was changed"),
        (&EMPTY, "put its secrets under a passphrase there first"),
        (&EMPTY, "as that user"),
    ] {
        for options in [with_keychain(), folder.with_passphrase("open sesame")] {
            let refused = folder.start_with(&options, keychain).expect_err("no key");
            assert!(refused.contains(words), "{refused}");
            assert_eq!(folder.row, row);
            assert!(!folder.key_file().exists());
        }
    }
    assert_eq!(folder.start_with(&with_keychain(), &KEYCHAIN), Ok(key));
}

#[test]
fn an_entry_of_the_keychain_that_is_no_key_or_another_is_said() {
    let mut folder = Folder::new();
    let key = folder.start_with(&with_keychain(), &KEYCHAIN).expect("new");
    let vault = folder.row.as_ref().expect("a row").vault;
    let other = MasterKey::random().expect("a key");
    KEYCHAIN.put(vault, &other).expect("kept");
    let refused = folder.start_with(&with_keychain(), &KEYCHAIN);
    let refused = refused.expect_err("another");
    assert!(refused.contains("sealed with another one"), "{refused}");
    KEYCHAIN.put(vault, &key).expect("put back");
    assert_eq!(folder.start_with(&with_keychain(), &KEYCHAIN), Ok(key));
}

#[test]
fn a_first_start_without_a_keychain_keeps_its_key_in_a_file() {
    let mut folder = Folder::new();
    let key = folder.start_with(&with_keychain(), &NONE).expect("new");
    assert!(folder.key_file().exists());
    assert_eq!(folder.start_with(&with_keychain(), &KEYCHAIN), Ok(key));
}

/// The way that machines are changed: a passphrase where the keychain is, then the copy.
#[test]
fn a_folder_moves_to_another_machine_under_a_passphrase() {
    let mut folder = Folder::new();
    let key = folder.start_with(&with_keychain(), &KEYCHAIN).expect("new");
    let vault = folder.row.as_ref().expect("a row").vault;
    let given = folder.with_passphrase("open sesame");
    assert_eq!(folder.start_with(&given, &KEYCHAIN), Ok(key.clone()));
    assert!(matches!(KEYCHAIN.get(vault), Ok(None)));
    assert_eq!(folder.start_with(&given, &EMPTY), Ok(key.clone()));
    assert_eq!(folder.start_with(&given, &NONE), Ok(key));
}

/// The key of a database that was put aside may be needed again, and is not the key of
/// what a passphrase is to protect.
#[test]
fn a_key_file_without_a_row_is_not_the_key_of_a_passphrase() {
    let mut folder = Folder::new();
    let former = folder.start(&KeyOptions::default()).expect("a new key");
    let row = folder.row.take();
    let given = folder.with_passphrase("open sesame");
    let key = folder.start(&given).expect("a new key");
    assert_ne!(key, former);
    folder.row = row;
    assert_eq!(folder.start(&KeyOptions::default()), Ok(former));
}

#[test]
fn a_file_that_a_change_of_place_left_behind_goes_at_the_next_start() {
    let mut folder = Folder::new();
    let given = folder.with_passphrase("open sesame");
    let key = folder.start(&given).expect("a new key");
    key_file::put(&folder.path, &key).expect("cut off behind this");
    assert_eq!(folder.start(&given), Ok(key));
    assert!(!folder.key_file().exists());
}

#[test]
fn a_key_file_is_put_again_without_a_moment_in_which_there_is_none() {
    let mut folder = Folder::new();
    let key = folder.start(&KeyOptions::default()).expect("a new key");
    let row = folder.row.clone().expect("a row");
    // What a write that was cut off leaves.
    fs::write(folder.path.join("secrets.key.new"), b"half").expect("a file");
    let kept = keep(&folder.path, row.vault, &key, &Wish::File, &NONE).expect("kept");
    folder.row = Some(kept);
    assert_eq!(folder.start(&KeyOptions::default()), Ok(key.clone()));
    let other = MasterKey::random().expect("a key");
    key_file::put(&folder.path, &other).expect("put");
    let aside = fs::read(folder.path.join(key_file::FORMER_NAME)).expect("set aside");
    assert_eq!(aside, key.expose().expose());
}
