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

/// Reads the key of a vault; `None` if the keychain has none.
pub(crate) fn get(vault: [u8; VAULT_BYTES]) -> Result<Option<MasterKey>, Error> {
    match entry(vault)?.get_secret() {
        Ok(bytes) => Ok(MasterKey::new(Secret::new(bytes))),
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Keeps the key of a vault, and sees that it is there.
pub(crate) fn put(vault: [u8; VAULT_BYTES], key: &MasterKey) -> Result<(), Error> {
    entry(vault)?.set_secret(key.expose().expose())?;
    match get(vault)? {
        Some(kept) if kept == *key => Ok(()),
        _ => Err(Error::NoEntry),
    }
}

/// Removes the key of a vault; it lies elsewhere by now.
pub(crate) fn remove(vault: [u8; VAULT_BYTES]) -> Result<(), Error> {
    match entry(vault)?.delete_credential() {
        Err(Error::NoEntry) => Ok(()),
        other => other,
    }
}

fn entry(vault: [u8; VAULT_BYTES]) -> Result<Entry, Error> {
    let name: String = vault.iter().map(|byte| format!("{byte:02x}")).collect();
    system()?.build(SERVICE, &name, None)
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
