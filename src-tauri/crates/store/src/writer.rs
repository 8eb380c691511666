//! The one writer: a batch is one transaction of set statements.
//!
//! It owns the only connection that writes and never waits for readers. When a
//! commit fails the file is as it was, and the same batch, or a larger one, may be
//! tried again. What is removed for good goes a part at a time: see `tidy`.

use crate::batch::{Batch, Edit};
use crate::error::StoreError;
use crate::fold::{Folded, HighestIds, fold};
use crate::object_list::{BatchLists, ListIds};
use crate::seal::MasterKey;
use crate::secrets::Secrets;
use crate::tidy::{Retention, Sweep, Tidied};
use crate::{
    association, block, console_line, credential, deviation, device, discovered, dismissed,
    handshake_failure, model, named_key, observation, operation, own_key, path_set, problem,
    profile, reading, registration_refusal, sealing, setting, transaction,
};
use secure::AssociationId;
use server::ids::Revision;
use sqlx::Connection as _;
use sqlx::sqlite::SqliteConnection;
use std::collections::BTreeSet;

/// Owns the connection that writes.
pub struct Writer {
    connection: SqliteConnection,
    lists: ListIds,
    durability: Durability,
    sweep: Sweep,
    /// Seals secrets, once it is known.
    master: Option<MasterKey>,
    /// Associations of the last run that have not been saved in this one.
    left_behind: BTreeSet<AssociationId>,
}

/// What a commit waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Durability {
    /// The operating system has it: a crash of the program loses nothing.
    Kernel,
    /// The disk has it: a power cut loses nothing.
    Disk,
}

impl Writer {
    /// Takes a connection in `Kernel` durability to a file of the newest schema.
    pub(crate) fn new(connection: SqliteConnection, lists: ListIds) -> Self {
        Self {
            connection,
            lists,
            durability: Durability::Kernel,
            sweep: Sweep::default(),
            master: None,
            left_behind: BTreeSet::new(),
        }
    }

    /// Stores a batch, all of it or nothing. Once it returns, a crash of the
    /// program loses nothing of it, and a power cut nothing that people entered or
    /// that changes a device ([`Batch::must_be_synced`]).
    ///
    /// # Errors
    /// Those of the disk; the file is then as it was before.
    pub async fn commit(&mut self, batch: &Batch) -> Result<(), StoreError> {
        let folded = fold(batch.facts());
        let taken_up = self.taken_up(&folded);
        let durability = if batch.must_be_synced() || !taken_up.is_empty() {
            Durability::Disk
        } else {
            Durability::Kernel
        };
        self.set_durability(durability).await?;
        transaction::begin(&mut self.connection).await?;
        let master = self.master.as_ref();
        let saved = save(&mut self.connection, batch, &folded, &self.lists, master).await;
        let lists = transaction::end(&mut self.connection, saved).await?;
        self.lists.remember(lists);
        for id in &taken_up {
            self.left_behind.remove(id);
        }
        Ok(())
    }

    /// The associations of the last run that a batch saves for the first time in this one.
    /// They send above all that may have been used before. Were that forgotten in a power
    /// cut, the next run could meet the same numbers, and one that is used twice gives the
    /// key away (RFC 5288 §4).
    fn taken_up(&self, folded: &Folded<'_>) -> BTreeSet<AssociationId> {
        let all = folded.associations.iter();
        let saved = all.filter(|(_, news)| news.saved.is_some() || news.ended);
        let ids = saved.map(|(id, _)| *id);
        ids.filter(|id| self.left_behind.contains(id)).collect()
    }

    /// What is to be kept from now on; [`Writer::tidy`] removes the rest.
    pub fn retain(&mut self, retention: Retention) {
        self.sweep.start(retention);
    }

    /// Removes a part of what is to go: the history of forgotten devices, and what
    /// retention does not keep. Takes some 20 ms; call it between commits until it
    /// says [`Tidied::Done`]. A crash in between loses no more than was removed.
    ///
    /// # Errors
    /// Those of the disk.
    pub async fn tidy(&mut self) -> Result<Tidied, StoreError> {
        self.set_durability(Durability::Kernel).await?;
        self.sweep.slice(&mut self.connection).await
    }

    /// Asks SQLite to check every page and index. Takes seconds for a large file.
    ///
    /// # Errors
    /// `Corrupt` with what it found.
    pub async fn integrity_check(&mut self) -> Result<(), StoreError> {
        let found: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check")
            .fetch_all(&mut self.connection)
            .await?;
        if found.iter().all(|line| line == "ok") {
            Ok(())
        } else {
            Err(StoreError::corrupt(found.join("; ")))
        }
    }

    /// Moves the write-ahead log into the file and closes it.
    ///
    /// # Errors
    /// Those of the disk; nothing that was committed is lost then.
    pub async fn close(self) -> Result<(), StoreError> {
        Ok(self.connection.close().await?)
    }

    /// SQLite allows the change only between transactions.
    async fn set_durability(&mut self, wanted: Durability) -> Result<(), StoreError> {
        if self.durability != wanted {
            let statement = match wanted {
                Durability::Kernel => "PRAGMA synchronous = NORMAL",
                Durability::Disk => "PRAGMA synchronous = FULL",
            };
            sqlx::query(statement).execute(&mut self.connection).await?;
            self.durability = wanted;
        }
        Ok(())
    }

    /// Opens the secrets of the file, for the start, and seals those to come.
    pub(crate) async fn unseal(&mut self, master: MasterKey) -> Result<Secrets, StoreError> {
        let (associations, unreadable) = association::all(&mut self.connection, &master).await?;
        let secrets = Secrets {
            credentials: credential::all(&mut self.connection, &master).await?,
            own_keys: own_key::all(&mut self.connection, &master).await?,
            named_keys: named_key::all(&mut self.connection, &master).await?,
            associations,
            unreadable,
        };
        self.left_behind = secrets.associations.iter().map(|own| own.id).collect();
        self.master = Some(master);
        Ok(secrets)
    }

    /// For tests that let the disk fail, and for the limit of benchmarks.
    #[cfg(any(test, feature = "limit"))]
    pub(crate) fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }
}

async fn save(
    connection: &mut SqliteConnection,
    batch: &Batch,
    folded: &Folded<'_>,
    known: &ListIds,
    master: Option<&MasterKey>,
) -> Result<BatchLists, StoreError> {
    let lists = save_facts(connection, folded, known, master).await?;
    for edit in &batch.edits {
        save_edit(connection, edit, master).await?;
    }
    save_meta(connection, batch.revision, folded.highest).await?;
    Ok(lists)
}

/// Removals come first: the name of a forgotten device may be given again in the
/// same batch.
async fn save_facts(
    connection: &mut SqliteConnection,
    folded: &Folded<'_>,
    known: &ListIds,
    master: Option<&MasterKey>,
) -> Result<BatchLists, StoreError> {
    device::forget(connection, &folded.forgotten).await?;
    let registrations = folded.devices.values().filter_map(|news| news.registration);
    let lists = known
        .save(
            connection,
            registrations.map(|registration| &registration.objects),
        )
        .await?;
    device::save(connection, &folded.devices, &lists).await?;
    observation::save(connection, &folded.observations).await?;
    operation::save(connection, &folded.operations).await?;
    reading::save(connection, &folded.readings).await?;
    discovered::save(connection, &folded.discoveries).await?;
    profile::save(connection, &folded.profiles).await?;
    deviation::save(connection, &folded.deviations).await?;
    association::save(connection, master, &folded.associations).await?;
    credential::save_uses(connection, &folded.uses).await?;
    handshake_failure::save(connection, &folded.failures).await?;
    registration_refusal::save(connection, &folded.refusals).await?;
    Ok(lists)
}

async fn save_edit(
    connection: &mut SqliteConnection,
    edit: &Edit,
    master: Option<&MasterKey>,
) -> Result<(), StoreError> {
    let unlocked = || master.ok_or(StoreError::LockedSecrets);
    match edit {
        Edit::Note {
            device,
            alias,
            note,
            tags,
        } => {
            let texts = (alias.as_deref(), note.as_deref());
            device::save_note(connection, *device, texts, tags.as_deref()).await
        }
        Edit::Setting { key, value } => setting::save_setting(connection, key, value).await,
        Edit::View { key, value } => setting::save_view(connection, key, value.as_deref()).await,
        Edit::ConsoleLine { device, line } => console_line::save(connection, *device, line).await,
        Edit::PathSet(set) => path_set::save(connection, set).await,
        Edit::Problems(problems) => problem::save(connection, problems).await,
        Edit::Model(row) => model::save(connection, row).await,
        Edit::ModelRemoved { object, version } => {
            model::remove(connection, *object, *version).await
        }
        Edit::Sealing(row) => sealing::save(connection, row).await,
        Edit::Credential(own) => credential::save(connection, unlocked()?, own).await,
        Edit::CredentialRemoved(id) => credential::remove(connection, *id).await,
        Edit::OwnKey(key) => own_key::save(connection, unlocked()?, key).await,
        Edit::NamedKey(key) => named_key::save(connection, unlocked()?, key).await,
        Edit::NamedKeyRemoved(name) => named_key::remove(connection, name).await,
        Edit::Issued(row) => own_key::save_issued(connection, row).await,
        Edit::TrustAnchor(row) => own_key::save_anchor(connection, row).await,
        Edit::TrustAnchorRemoved(certificate) => {
            own_key::remove_anchor(connection, certificate).await
        }
        Edit::Blocked(row) => block::save(connection, row).await,
        Edit::Unblocked(subject) => block::remove(connection, subject).await,
        Edit::Dismissed { subject, at } => dismissed::save(connection, subject, *at).await,
    }
}

async fn save_meta(
    connection: &mut SqliteConnection,
    revision: Revision,
    highest: HighestIds,
) -> Result<(), StoreError> {
    let statement = "UPDATE meta
         SET revision = max(revision, ?1), last_device = max(coalesce(last_device, ?2), coalesce(?2, last_device)),
             last_observation = max(coalesce(last_observation, ?3), coalesce(?3, last_observation)),
             last_operation = max(coalesce(last_operation, ?4), coalesce(?4, last_operation))";
    sqlx::query(statement)
        .bind(revision.0.cast_signed())
        .bind(highest.device.map(|id| id.0))
        .bind(highest.observation.map(|id| id.0))
        .bind(highest.operation.map(|id| id.0))
        .execute(connection)
        .await?;
    Ok(())
}
