//! The store task: takes the engine's facts and people's edits to the one writer,
//! and says when they are safe. While it is busy, what arrives waits and travels
//! together.

use crate::bus::{Bus, Published};
use crate::engine::Request;
use crate::locked::locked;
use crate::now::unix_now;
use server::Batch;
use server::ids::Revision;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use store::{Edit, Retention, StoreError, Tidied, Writer};
use tokio::sync::{mpsc, oneshot};

/// How often gathered problems are stored and published.
const PROBLEMS_EVERY: Duration = Duration::from_millis(500);

/// How often old readings are looked for.
const TIDY_EVERY: Duration = Duration::from_secs(600);

/// Edits that may wait for the writer.
pub const MAX_WAITING_EDITS: usize = 1_024;

/// An edit with the one who waits for it.
pub struct EditRequest {
    /// What to store.
    pub edits: Vec<Edit>,
    /// Told when it is safe, or why it is not.
    pub reply: oneshot::Sender<Result<(), StoreError>>,
}

/// Why an edit was not stored.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The program ends.
    #[error("the program is stopping")]
    Stopping,
}

/// How long readings are kept, as people set it; 0 keeps all.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Keep {
    /// Days.
    pub days: u32,
    /// Size of the database in MiB.
    pub mib: u32,
}

impl Default for Keep {
    fn default() -> Self {
        Self {
            days: 30,
            mib: 5_120,
        }
    }
}

impl Keep {
    /// What that means now.
    fn retention(self, now: clock::UnixTime) -> Retention {
        let age = Duration::from_secs(u64::from(self.days) * 86_400);
        Retention {
            keep_since: (self.days > 0).then(|| now - age),
            max_bytes: (self.mib > 0).then_some(u64::from(self.mib) << 20),
        }
    }
}

/// What everybody may know of the disk.
#[derive(Debug, Default)]
pub struct Health {
    problem: Mutex<Option<String>>,
    keep: Mutex<Keep>,
}

impl Health {
    /// Why the database does not take writes, if it does not.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        locked(&self.problem).clone()
    }

    /// Sets how long readings are kept, from the next tidying on.
    pub fn set_keep(&self, keep: Keep) {
        *locked(&self.keep) = keep;
    }

    fn set_problem(&self, problem: Option<String>) {
        *locked(&self.problem) = problem;
    }

    fn keep(&self) -> Keep {
        *locked(&self.keep)
    }
}

/// The task with everything it owns.
pub struct StoreTask {
    /// The one writer.
    pub writer: Writer,
    /// From the engine; at most one is on its way at a time.
    pub batches: mpsc::UnboundedReceiver<Batch>,
    /// From people.
    pub edits: mpsc::Receiver<EditRequest>,
    /// To the engine.
    pub engine: mpsc::Sender<Request>,
    /// To everybody.
    pub bus: Arc<Bus>,
    /// To everybody.
    pub health: Arc<Health>,
    /// The last commit.
    pub revision: Revision,
}

impl StoreTask {
    /// Runs until the engine and all who edit are gone.
    pub async fn run(mut self) {
        let mut problems = tokio::time::interval(PROBLEMS_EVERY);
        let mut tidy = tokio::time::interval(TIDY_EVERY);
        let mut edits_open = true;
        let mut tidying = false;
        loop {
            tokio::select! {
                biased;
                batch = self.batches.recv() => match batch {
                    Some(batch) => self.store(batch).await,
                    None => break,
                },
                edit = self.edits.recv(), if edits_open => match edit {
                    Some(edit) => self.edit(edit).await,
                    None => edits_open = false,
                },
                _ = problems.tick() => self.store_problems().await,
                _ = tidy.tick() => {
                    self.writer.retain(self.health.keep().retention(unix_now()));
                    tidying = true;
                }
                // A slice at a time, only while nothing else waits.
                () = std::future::ready(()), if tidying => tidying = self.tidy().await,
            }
        }
        self.store_problems().await;
        if let Err(error) = self.writer.close().await {
            tracing::warn!(%error, "the database could not be closed");
        }
    }

    async fn store(&mut self, batch: Batch) {
        let Batch { revision, changes } = batch;
        let stored = store::Batch {
            revision,
            changes: vec![changes.clone()],
            edits: Vec::new(),
        };
        match self.writer.commit(&stored).await {
            Ok(()) => {
                self.revision = revision;
                self.health.set_problem(None);
                // The engine first: a device waits for its answer.
                let _ = self.engine.send(Request::Committed(revision)).await;
                self.bus.publish(Published::Committed { revision, changes });
            }
            Err(error) => {
                tracing::error!(%error, revision = revision.0, "a commit failed");
                self.health.set_problem(Some(error.to_string()));
                drop((stored, changes));
                let _ = self
                    .engine
                    .send(Request::CommitFailed(revision, error.to_string()))
                    .await;
            }
        }
    }

    async fn edit(&mut self, request: EditRequest) {
        let batch = store::Batch {
            revision: self.revision,
            changes: Vec::new(),
            edits: request.edits,
        };
        let result = self.writer.commit(&batch).await;
        if result.is_ok() {
            for edit in batch.edits {
                match edit {
                    Edit::Note { device, .. } => self.bus.publish(Published::Noted(device)),
                    Edit::Problems(rows) => self.bus.publish(Published::Problems(Arc::new(rows))),
                    Edit::View { .. } | Edit::ConsoleLine { .. } | Edit::PathSet(_) => {}
                    Edit::Credential(_)
                    | Edit::CredentialRemoved(_)
                    | Edit::Sealing(_)
                    | Edit::OwnKey(_)
                    | Edit::NamedKey(_)
                    | Edit::NamedKeyRemoved(_)
                    | Edit::Issued(_)
                    | Edit::TrustAnchor(_)
                    | Edit::TrustAnchorRemoved(_)
                    | Edit::Blocked(_)
                    | Edit::Unblocked(_)
                    | Edit::Dismissed { .. }
                    | Edit::Setting { .. }
                    | Edit::Model(_)
                    | Edit::ModelRemoved { .. } => {
                        self.bus.publish(Published::Instrument);
                    }
                }
            }
        }
        // Whoever waited may have gone.
        let _ = request.reply.send(result);
    }

    async fn store_problems(&mut self) {
        let rows = self.bus.take_problems();
        if rows.is_empty() {
            return;
        }
        let batch = store::Batch {
            revision: self.revision,
            changes: Vec::new(),
            edits: vec![Edit::Problems(rows.clone())],
        };
        if let Err(error) = self.writer.commit(&batch).await {
            tracing::warn!(%error, "problems could not be stored");
        }
        // They are shown all the same: a full disk is what they may be about.
        self.bus.publish(Published::Problems(Arc::new(rows)));
    }

    /// Removes a part of what is to go. Whether there is more.
    async fn tidy(&mut self) -> bool {
        match self.writer.tidy().await {
            Ok(done) => done != Tidied::Done,
            Err(error) => {
                tracing::warn!(%error, "old readings could not be removed");
                false
            }
        }
    }
}
