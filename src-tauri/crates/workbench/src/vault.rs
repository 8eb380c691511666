//! Credentials and the key that opens them, in memory: what `guarding` works on.

use crate::master_key::{MasterKeyError, Opened};
use crate::writer::EditError;
use secure::ServerName;
use server::security::credentials::{CredentialConflict, Credentials};
use std::collections::BTreeMap;
use store::{MasterKey, NamedKey, OwnKey, OwnKeyRole, Sealing, Secrets};
use tokio::sync::Mutex;

/// What is kept secret, in memory.
pub(crate) struct Vault {
    pub(crate) credentials: Mutex<Credentials>,
    pub(crate) own_keys: Mutex<BTreeMap<OwnKeyRole, OwnKey>>,
    pub(crate) named_keys: Mutex<BTreeMap<ServerName, NamedKey>>,
    pub(crate) sealing: Mutex<Sealing>,
    pub(crate) key: MasterKey,
}

/// Why a credential was not taken.
#[derive(Debug, thiserror::Error)]
pub enum CredentialError {
    /// It contradicts another.
    #[error(transparent)]
    Conflict(#[from] CredentialConflict),
    /// There are too many.
    #[error("{MAX_CREDENTIALS} credentials are stored already; delete some first")]
    TooMany,
    /// The disk.
    #[error(transparent)]
    Store(#[from] EditError),
}

/// Credentials at most: ten for each device that is known at once.
pub const MAX_CREDENTIALS: usize = 1_000_000;

impl Vault {
    /// What the store opened.
    pub(crate) fn new(opened: Opened, secrets: &Secrets) -> Self {
        let mut credentials = Credentials::default();
        for credential in &secrets.credentials {
            if let Err(error) = credentials.put(credential.clone()) {
                tracing::warn!(%error, "a stored credential contradicts another");
            }
        }
        Self {
            credentials: Mutex::new(credentials),
            own_keys: Mutex::new(
                secrets
                    .own_keys
                    .iter()
                    .map(|own| (own.role, own.clone()))
                    .collect(),
            ),
            named_keys: Mutex::new(
                secrets
                    .named_keys
                    .iter()
                    .map(|own| (own.name.clone(), own.clone()))
                    .collect(),
            ),
            sealing: Mutex::new(opened.sealing),
            key: opened.key,
        }
    }
}

/// Why the key could not be put elsewhere.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The place.
    #[error(transparent)]
    Key(#[from] MasterKeyError),
    /// The disk.
    #[error(transparent)]
    Store(#[from] EditError),
}
