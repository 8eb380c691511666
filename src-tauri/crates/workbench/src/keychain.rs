//! The master key in the operating system's keychain: Keychain on macOS, Credential
//! Manager on Windows, the Secret Service elsewhere. A machine without one says so;
//! nothing here waits for a person longer than the system does.

use keyring_core::api::CredentialStore;
use keyring_core::{Entry, Error};
use secure::Secret;
use std::sync::Arc;
use store::{MasterKey, VAULT_BYTES};

/// What the entries are filed under.
const SERVICE: &str = "LwM2M Workbench";

/// A keychain. It is reached for when it is needed and not before: a locked one may ask
/// the person at the screen.
pub(crate) struct Keychain(fn() -> Result<Arc<CredentialStore>, Error>);

impl Keychain {
    /// That of the system.
    pub(crate) const SYSTEM: Self = Self(system);

    /// Another one.
    #[cfg(test)]
    pub(crate) const fn reached_by(reach: fn() -> Result<Arc<CredentialStore>, Error>) -> Self {
        Self(reach)
    }

    /// Reads the key of a vault; `None` if the keychain has none.
    pub(crate) fn get(&self, vault: [u8; VAULT_BYTES]) -> Result<Option<MasterKey>, Error> {
        let secret = match self.entry(vault)?.get_secret() {
            Ok(bytes) => Secret::new(bytes),
            Err(Error::NoEntry) => return Ok(None),
            Err(error) => return Err(error),
        };
        let damaged = || Error::BadStoreFormat("its entry does not hold a key".to_owned());
        MasterKey::new(secret).ok_or_else(damaged).map(Some)
    }

    /// Keeps the key of a vault, and sees that it is there.
    pub(crate) fn put(&self, vault: [u8; VAULT_BYTES], key: &MasterKey) -> Result<(), Error> {
        self.entry(vault)?.set_secret(key.expose().expose())?;
        match self.get(vault)? {
            Some(kept) if kept == *key => Ok(()),
            _ => Err(Error::NoEntry),
        }
    }

    /// Removes the key of a vault; it lies elsewhere by now.
    pub(crate) fn remove(&self, vault: [u8; VAULT_BYTES]) -> Result<(), Error> {
        match self.entry(vault)?.delete_credential() {
            Err(Error::NoEntry) => Ok(()),
            other => other,
        }
    }

    fn entry(&self, vault: [u8; VAULT_BYTES]) -> Result<Entry, Error> {
        let name: String = vault.iter().map(|byte| format!("{byte:02x}")).collect();
        (self.0)()?.build(SERVICE, &name, None)
    }
}

#[cfg(target_os = "macos")]
fn system() -> Result<Arc<CredentialStore>, Error> {
    Ok(apple_native_keyring_store::keychain::Store::new()?)
}

#[cfg(target_os = "windows")]
fn system() -> Result<Arc<CredentialStore>, Error> {
    Ok(windows_native_keyring_store::Store::new()?)
}

#[cfg(not(any(target_os = "macos", target_os = "windows")))]
fn system() -> Result<Arc<CredentialStore>, Error> {
    Ok(dbus_secret_service_keyring_store::Store::new()?)
}
