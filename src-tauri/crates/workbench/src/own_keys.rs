//! Our own key pairs: the one that the server shows to devices, and the one that the
//! authority of the bench signs with. Both are made at the first start, so that a
//! device can be given a certificate without a thought (`first_keys`); here they are
//! used and replaced.

use crate::changing::Turn;
use crate::first_keys::{named_keys, server_key};
use crate::workbench::Workbench;
use crate::writer::EditError;
use secure::authority::{Authority, MaterialError, describe};
use secure::{MAX_SERVER_NAMES, ServerName};
use server::Command;
use std::time::Duration;
use store::{Edit, IssuedRow, NamedKey, OwnKey, OwnKeyRole, TrustAnchorRow};

/// Why a server name was not given a key.
#[derive(Debug, thiserror::Error)]
pub enum NamedKeyError {
    /// There are too many.
    #[error("there are keys for {MAX_SERVER_NAMES} server names already; remove one first")]
    TooMany,
    /// The disk.
    #[error(transparent)]
    Store(#[from] EditError),
}

/// Why something of our own keys was not done.
#[derive(Debug, thiserror::Error)]
pub enum OwnKeyError {
    /// The key or the certificate.
    #[error(transparent)]
    Material(#[from] MaterialError),
    /// The disk.
    #[error(transparent)]
    Store(#[from] EditError),
}

impl Workbench {
    /// One of our own key pairs.
    pub async fn own_key(&self, role: OwnKeyRole) -> OwnKey {
        let own = self.shared.vault.own_keys.lock().await;
        own.get(&role).cloned().expect("both are made at the start")
    }

    /// Replaces the key pair that the server shows to devices, from the next handshake
    /// on.
    ///
    /// # Errors
    /// Those of the disk; nothing is changed then.
    pub async fn use_server_key(&self, key: OwnKey) -> Result<(), EditError> {
        let mut own = self.shared.vault.own_keys.lock().await;
        self.edit(vec![Edit::OwnKey(key.clone())]).await?;
        own.insert(OwnKeyRole::Server, key.clone());
        self.tell(Command::UseServerKey(server_key(key))).await;
        Ok(())
    }

    /// The key pairs that the server shows to devices that ask for a name, by name.
    pub async fn named_keys(&self) -> Vec<NamedKey> {
        let named = self.shared.vault.named_keys.lock().await;
        named.values().cloned().collect()
    }

    /// Shows a key pair to devices that ask for its name, from the next handshake on.
    ///
    /// # Errors
    /// Too many names, or the disk; nothing is changed then.
    pub async fn use_named_key(&self, key: NamedKey) -> Result<(), NamedKeyError> {
        let mut named = self.shared.vault.named_keys.lock().await;
        if named.len() >= MAX_SERVER_NAMES && !named.contains_key(&key.name) {
            return Err(NamedKeyError::TooMany);
        }
        let edit = Edit::NamedKey(key.clone());
        self.edit(vec![edit]).await?;
        named.insert(key.name.clone(), key);
        self.tell(Command::UseNamedKeys(named_keys(named.values().cloned())))
            .await;
        Ok(())
    }

    /// Shows the server's usual key pair to devices that ask for that name, from the next
    /// handshake on. Whether it had another.
    ///
    /// # Errors
    /// Those of the disk; nothing is changed then.
    pub async fn drop_named_key(&self, name: &ServerName) -> Result<bool, EditError> {
        let mut named = self.shared.vault.named_keys.lock().await;
        if !named.contains_key(name) {
            return Ok(false);
        }
        self.edit(vec![Edit::NamedKeyRemoved(name.clone())]).await?;
        named.remove(name);
        self.tell(Command::UseNamedKeys(named_keys(named.values().cloned())))
            .await;
        Ok(true)
    }

    /// A certificate of our authority for a device with that public key.
    ///
    /// # Errors
    /// A name that does not fit, or the disk.
    pub async fn issue(
        &self,
        endpoint: &str,
        public_key: &[u8],
        life: Duration,
    ) -> Result<Box<[u8]>, OwnKeyError> {
        let now = self.now();
        let own = self.own_key(OwnKeyRole::Authority).await;
        let certificate = own.chain.first().cloned().unwrap_or_default();
        let authority = Authority {
            certificate,
            private: own.private,
        };
        let issued = authority.issue(endpoint, public_key, now, life)?;
        let row = IssuedRow {
            endpoint: endpoint.to_owned(),
            certificate: issued.clone(),
            issued_at: now,
            not_after: describe(&issued)?.not_after,
        };
        self.edit(vec![Edit::Issued(row)]).await?;
        Ok(issued)
    }

    /// Trusts an authority from now on.
    ///
    /// # Errors
    /// Those of the disk.
    pub async fn trust(&self, certificate: Box<[u8]>) -> Result<(), EditError> {
        let added_at = self.now();
        let turn = self.turn().await;
        self.edit(vec![Edit::TrustAnchor(TrustAnchorRow {
            certificate,
            added_at,
        })])
        .await?;
        self.tell_anchors(&turn).await
    }

    /// Trusts an authority no more.
    ///
    /// # Errors
    /// Those of the disk.
    pub async fn distrust(&self, certificate: Box<[u8]>) -> Result<(), EditError> {
        let turn = self.turn().await;
        self.edit(vec![Edit::TrustAnchorRemoved(certificate)])
            .await?;
        self.tell_anchors(&turn).await
    }

    async fn tell_anchors(&self, _: &Turn<'_>) -> Result<(), EditError> {
        let rows = self.reader().trust_anchors().await?;
        let anchors = rows.into_iter().map(|row| row.certificate).collect();
        self.tell(Command::UseTrustAnchors(anchors)).await;
        Ok(())
    }
}
