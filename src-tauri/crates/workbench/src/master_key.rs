//! Where the master key of a data directory is, and how it gets there: in the
//! system's keychain, under a passphrase, or in a file of its own. The database says
//! which; what lies sealed there never changes when the way does.

use crate::key_file::{self, KeyFileError};
use crate::keychain::Keychain;
use crate::passphrase::{self, PassphraseError};
use secure::Secret;
use std::path::{Path, PathBuf};
use store::{MasterKey, Place, Sealing, StoreError, VAULT_BYTES, Way};

/// How to come by the master key.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct KeyOptions {
    /// The file with the passphrase.
    pub passphrase_file: Option<PathBuf>,
    /// Whether secrets that are sealed in another way are put under the passphrase.
    pub reseal: bool,
    /// Whether a new key goes into the keychain where there is one. A keychain may ask
    /// the person at the screen, so there has to be one.
    pub keychain: bool,
}

/// Why there is no master key.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    /// Only a passphrase opens the secrets.
    #[error(
        "the secrets of this folder are sealed under a passphrase; name the file that holds it with --passphrase-file"
    )]
    PassphraseNeeded,
    /// The passphrase.
    #[error(transparent)]
    Passphrase(#[from] PassphraseError),
    /// The key file.
    #[error(transparent)]
    File(#[from] KeyFileError),
    /// The keychain does not have the key.
    #[error(
        "the secrets of this folder are sealed with a key in the keychain of the user who made them, on the machine where they were made, and this keychain does not have it. Start the program there as that user. To take the folder elsewhere, put its secrets under a passphrase there first: in the window's security settings, or with lwm2m-workbenchd --passphrase-file; then copy it"
    )]
    NotInKeychain,
    /// The keychain refuses.
    #[error(
        "the system's keychain cannot be used for the key of the secrets: {0}. Nothing was changed; unlock the keychain and try again"
    )]
    Keychain(#[from] keyring_core::Error),
    /// The key is another one.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A master key, and what the database has to note of it.
#[derive(Debug)]
pub(crate) struct Opened {
    /// The key.
    pub(crate) key: MasterKey,
    /// The row of the database from now on.
    pub(crate) sealing: Sealing,
    /// The row so far, if it is another one.
    pub(crate) former: Option<Sealing>,
}

/// Where a person wants the key to be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Wish {
    /// In the keychain.
    Keychain,
    /// Under this passphrase.
    Passphrase(Secret),
    /// In a file.
    File,
}

/// Finds the key of `data_dir`, or makes one. `known` is the row of the database.
pub(crate) fn open(
    data_dir: &Path,
    known: Option<Sealing>,
    options: &KeyOptions,
    keychain: &Keychain,
) -> Result<Opened, MasterKeyError> {
    let passphrase = options.passphrase_file.as_deref();
    let passphrase = passphrase.map(passphrase::read_file).transpose()?;
    let Some(known) = known else {
        let keychain = options.keychain.then_some(keychain);
        return make(data_dir, passphrase, keychain);
    };
    let key = match &known.way {
        Way::Keychain => keychain
            .get(known.vault)?
            .ok_or(MasterKeyError::NotInKeychain)?,
        Way::File => key_file::read(data_dir)?,
        Way::Passphrase(wrapped) => {
            let given = passphrase
                .as_ref()
                .ok_or(MasterKeyError::PassphraseNeeded)?;
            let key = passphrase::unwrap(WRAPPED, given, wrapped)?;
            MasterKey::new(key).ok_or(StoreError::OtherKey)?
        }
    };
    if !known.is_opened_by(&key) {
        return Err(StoreError::OtherKey.into());
    }
    match (&known.way, passphrase) {
        (Way::Keychain | Way::File, Some(given)) if options.reseal => {
            let wish = Wish::Passphrase(given);
            let sealing = keep(data_dir, known.vault, &key, &wish, keychain)?;
            Ok(Opened {
                key,
                sealing,
                former: Some(known),
            })
        }
        _ => {
            if known.way != Way::File {
                clear(data_dir, &key);
            }
            Ok(Opened {
                key,
                sealing: known,
                former: None,
            })
        }
    }
}

/// Takes away the file of a key that is kept better: a change of place was cut off.
fn clear(data_dir: &Path, key: &MasterKey) {
    if let Err(error) = key_file::remove(data_dir, key) {
        tracing::warn!(%error, "the key of the secrets lies in a file too, which could not be removed");
    }
}

/// Puts the key where it is wanted. The former place keeps it until [`forget`].
pub(crate) fn keep(
    data_dir: &Path,
    vault: [u8; VAULT_BYTES],
    key: &MasterKey,
    wish: &Wish,
    keychain: &Keychain,
) -> Result<Sealing, MasterKeyError> {
    let way = match wish {
        Wish::Keychain => {
            keychain.put(vault, key)?;
            Way::Keychain
        }
        Wish::Passphrase(given) => {
            Way::Passphrase(passphrase::wrap(WRAPPED, given, key.expose().expose())?)
        }
        Wish::File => {
            key_file::put(data_dir, key)?;
            Way::File
        }
    };
    Ok(Sealing::new(vault, way, key)?)
}

/// Takes the key away from where it was before, once the database says where it is now.
pub(crate) fn forget(
    data_dir: &Path,
    key: &MasterKey,
    (former, now): (&Sealing, &Sealing),
    keychain: &Keychain,
) {
    let gone = match (&former.way, &now.way) {
        (Way::Keychain, Way::Passphrase(_) | Way::File) => keychain
            .remove(former.vault)
            .map_err(|error| error.to_string()),
        (Way::File, Way::Passphrase(_) | Way::Keychain) => {
            key_file::remove(data_dir, key).map_err(|error| error.to_string())
        }
        _ => Ok(()),
    };
    if let Err(error) = gone {
        tracing::warn!(%error, "the former copy of the key of the secrets could not be removed");
    }
}

/// What a person should know of where the key is.
#[must_use]
pub(crate) fn warning(way: &Way) -> Option<&'static str> {
    (*way == Way::File).then_some(
        "the key that opens the stored secrets lies in a file beside them: whoever can read the data folder can read them; seal them under a passphrase with --passphrase-file",
    )
}

/// A new key, in the best place there is.
fn make(
    data_dir: &Path,
    passphrase: Option<Secret>,
    keychain: Option<&Keychain>,
) -> Result<Opened, MasterKeyError> {
    let mut vault = [0; VAULT_BYTES];
    openssl::rand::rand_bytes(&mut vault)
        .map_err(|error| PassphraseError::Crypto(error.to_string()))?;
    let made = |key, wish| {
        let keychain = keychain.unwrap_or(&Keychain::SYSTEM);
        let sealing = keep(data_dir, vault, &key, &wish, keychain)?;
        Ok(Opened {
            key,
            sealing,
            former: None,
        })
    };
    if let Some(given) = passphrase {
        return made(MasterKey::random()?, Wish::Passphrase(given));
    }
    if keychain.is_some() {
        match made(MasterKey::random()?, Wish::Keychain) {
            Err(MasterKeyError::Keychain(error)) => {
                tracing::info!(%error, "this system has no keychain that can be used");
            }
            made => return made,
        }
    }
    // A file without a row is of a start that was cut off in between, or belongs to a
    // database that was put aside and may come back.
    let key = match key_file::read(data_dir) {
        Ok(key) => key,
        Err(KeyFileError::Missing(_)) => MasterKey::random()?,
        Err(error) => return Err(error.into()),
    };
    made(key, Wish::File)
}

const WRAPPED: Place<'_> = Place {
    table: "sealing",
    row: 1,
    column: "wrapped",
};

#[cfg(test)]
mod tests;
