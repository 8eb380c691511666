//! Credentials and keys while the program runs: checked, stored, then handed to the
//! engine, in this order. Who holds the lock decides, so two people who enter the same
//! identity at once cannot both be right.

use crate::engine::Request;
use crate::keychain::Keychain;
use crate::master_key::{self, Wish};
use crate::vault::{CredentialError, MAX_CREDENTIALS, SealError};
use crate::workbench::Workbench;
use crate::writer::EditError;
use server::Command;
use server::credential::{Credential, CredentialId, Holder, Role};
use server::security::Trial;
use server::security::credentials::Credentials;
use store::{Edit, Way};
use tokio::sync::MutexGuard;

impl Workbench {
    /// All credentials, as long as the guard lives; nobody changes them meanwhile.
    pub async fn credentials(&self) -> MutexGuard<'_, Credentials> {
        self.shared.vault.credentials.lock().await
    }

    /// Stores a credential and puts it in force, in place of the one of its holder on
    /// that server; yields its id and the one it replaced. `make` gets the id, which is
    /// that of the replaced one.
    ///
    /// # Errors
    /// It contradicts another, or the disk takes no writes; nothing is changed then.
    pub async fn put_credential(
        &self,
        role: Role,
        holder: Holder,
        make: impl FnOnce(CredentialId, Holder) -> Credential,
    ) -> Result<(Credential, Option<Credential>), CredentialError> {
        self.put_credential_beside(role, holder, |_, id, holder| Ok(make(id, holder)))
            .await
    }

    /// The same where `make` has to see what is there, which nobody changes meanwhile.
    ///
    /// # Errors
    /// Those of [`Self::put_credential`] and of `make`; nothing is changed then.
    pub async fn put_credential_beside<E: From<CredentialError>>(
        &self,
        role: Role,
        holder: Holder,
        make: impl FnOnce(&Credentials, CredentialId, Holder) -> Result<Credential, E>,
    ) -> Result<(Credential, Option<Credential>), E> {
        let mut all = self.credentials().await;
        let former = all.of_holder(role, &holder).cloned();
        if former.is_none() && all.len() >= MAX_CREDENTIALS {
            return Err(CredentialError::TooMany.into());
        }
        let id = former
            .as_ref()
            .map_or_else(fresh_credential_id, |former| former.id);
        let mut new = make(&all, id, holder)?;
        keep_age(&all, &mut new);
        all.check(&new).map_err(CredentialError::from)?;
        let edited = self.edit(vec![Edit::Credential(new.clone())]).await;
        edited.map_err(CredentialError::from)?;
        all.put(new.clone()).map_err(CredentialError::from)?;
        self.tell(Command::PutCredential(new.clone())).await;
        Ok((new, former))
    }

    /// Gives a credential to another holder; its present one keeps it too if `also`, and
    /// both are shared then. Yields the new one, and whether it took the place of another;
    /// `None` if there is no credential of that id.
    ///
    /// # Errors
    /// Those of [`Self::put_credentials`]; nothing is changed then.
    pub async fn bind_credential(
        &self,
        id: CredentialId,
        holder: Holder,
        also: bool,
    ) -> Result<Option<(Credential, bool)>, CredentialError> {
        let all = self.credentials().await;
        let Some(mut own) = all.get(id).cloned() else {
            return Ok(None);
        };
        let former = all.of_holder(own.role, &holder).map(|own| own.id);
        if own.holder == holder {
            return Ok(Some((own, false)));
        }
        let mut new = Vec::new();
        if also {
            own.shared = true;
            new.push(own.clone());
            own.id = former.unwrap_or_else(fresh_credential_id);
        }
        own.holder = holder;
        new.push(own.clone());
        self.put_all(all, new).await?;
        Ok(Some((own, former.is_some())))
    }

    /// Stores credentials and puts them in force, all of them or none.
    ///
    /// # Errors
    /// One contradicts another, or the disk takes no writes; nothing is changed then.
    pub async fn put_credentials(&self, new: Vec<Credential>) -> Result<(), CredentialError> {
        self.put_all(self.credentials().await, new).await
    }

    async fn put_all(
        &self,
        all: MutexGuard<'_, Credentials>,
        mut new: Vec<Credential>,
    ) -> Result<(), CredentialError> {
        new.iter_mut().for_each(|own| keep_age(&all, own));
        let mut all = Trial::new(all);
        for credential in &new {
            all.put(credential.clone())?;
        }
        if all.len() > MAX_CREDENTIALS {
            return Err(CredentialError::TooMany);
        }
        let edits = new.iter().cloned().map(Edit::Credential).collect();
        self.edit(edits).await?;
        all.keep();
        for credential in new {
            self.tell(Command::PutCredential(credential)).await;
        }
        Ok(())
    }

    /// Removes a credential; yields what it was.
    ///
    /// # Errors
    /// The disk takes no writes.
    pub async fn drop_credential(
        &self,
        id: CredentialId,
    ) -> Result<Option<Credential>, CredentialError> {
        let all = self.credentials().await;
        let known = all.get(id).map(|own| own.id);
        self.drop_known(all, known).await
    }

    /// Removes the credential that somebody has on a server; yields what it was.
    ///
    /// # Errors
    /// The disk takes no writes.
    pub async fn drop_credential_of(
        &self,
        role: Role,
        holder: &Holder,
    ) -> Result<Option<Credential>, CredentialError> {
        let all = self.credentials().await;
        let known = all.of_holder(role, holder).map(|own| own.id);
        self.drop_known(all, known).await
    }

    async fn drop_known(
        &self,
        mut all: MutexGuard<'_, Credentials>,
        known: Option<CredentialId>,
    ) -> Result<Option<Credential>, CredentialError> {
        let Some(id) = known else {
            return Ok(None);
        };
        self.edit(vec![Edit::CredentialRemoved(id)]).await?;
        let former = all.remove(id);
        self.tell(Command::DropCredential(id)).await;
        Ok(former)
    }

    /// Where the key that opens the secrets is, and what a person should know of it.
    pub async fn sealing(&self) -> (Way, Option<&'static str>) {
        let way = self.shared.vault.sealing.lock().await.way.clone();
        let warning = master_key::warning(&way);
        (way, warning)
    }

    /// Puts the key that opens the secrets elsewhere; the secrets stay sealed as they
    /// are.
    ///
    /// # Errors
    /// There is no keychain, or the disk takes no writes; nothing is changed then.
    pub async fn seal_with(&self, wish: Wish) -> Result<(), SealError> {
        let vault = &self.shared.vault;
        let mut sealing = vault.sealing.lock().await;
        let (folder, key, name) = (self.data_dir().to_owned(), vault.key.clone(), sealing.vault);
        // A keychain may ask a person, Argon2id takes its time.
        let kept = move || master_key::keep(&folder, name, &key, &wish, &Keychain::SYSTEM);
        let now = tokio::task::spawn_blocking(kept)
            .await
            .map_err(|_| EditError::Stopping)??;
        let stored = self.edit(vec![Edit::Sealing(now.clone())]).await;
        // Whichever place does not count must not hold the key.
        let places = match &stored {
            Ok(()) => (&*sealing, &now),
            Err(_) => (&now, &*sealing),
        };
        master_key::forget(self.data_dir(), &vault.key, places, &Keychain::SYSTEM);
        stored?;
        *sealing = now;
        Ok(())
    }

    /// Tells the engine; one that is gone means that the program ends.
    pub(crate) async fn tell(&self, command: Command) {
        let _ = self.shared.engine.send(Request::Tell(command)).await;
    }
}

/// What proves the same as before is as old as before: sessions that are older than their
/// credential end with the next start.
fn keep_age(all: &Credentials, new: &mut Credential) {
    let former = all.of_holder(new.role, &new.holder);
    if let Some(former) = former.filter(|own| own.proof == new.proof) {
        new.created_at = former.created_at;
    }
}

/// An id that was never given: 63 bits by chance.
#[must_use]
pub fn fresh_credential_id() -> CredentialId {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).expect("the system gave randomness at the start");
    CredentialId(u64::from_be_bytes(bytes) >> 1)
}
