//! The disk: takes the server's batches one at a time, slowly, sometimes not at
//! all, and keeps what it has taken when the server dies. The rows are `memory`'s;
//! for some seeds the real database of `sqlite` stands beside them.

use crate::broken::Broken;
use crate::memory::Memory;
use crate::random::Random;
use crate::sqlite::Sqlite;
use clock::Instant;
use server::Batch;
use server::change::Change;
use server::ids::Revision;
use server::snapshot::Snapshot;
use std::sync::Arc;
use std::time::Duration;

/// How bad the disk is. Chances are per commit, in thousandths.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wear {
    /// From the fastest to the slowest commit that is nothing special.
    pub(crate) latency: (Duration, Duration),
    /// A commit takes seconds.
    pub(crate) stall: u32,
    /// How many.
    pub(crate) stall_for: (Duration, Duration),
    /// A commit fails.
    pub(crate) failure: u32,
}

impl Wear {
    /// Nothing goes wrong.
    pub(crate) const NONE: Self = Self {
        latency: (Duration::from_micros(200), Duration::from_millis(5)),
        stall: 0,
        stall_for: (Duration::ZERO, Duration::ZERO),
        failure: 0,
    };

    /// A disk that stalls and fails now and then.
    pub(crate) const HEAVY: Self = Self {
        latency: (Duration::from_micros(200), Duration::from_millis(20)),
        stall: 3,
        stall_for: (Duration::from_secs(1), Duration::from_secs(12)),
        failure: 5,
    };
}

/// The disk with what lies on it.
#[derive(Debug)]
pub(crate) struct Disk {
    /// How bad it is now.
    pub(crate) wear: Wear,
    /// What lies on it.
    pub(crate) memory: Memory,
    /// Commits that were stored and that failed.
    pub(crate) stored: u64,
    pub(crate) failed: u64,
    random: Random,
    sqlite: Option<Sqlite>,
    writing: Option<Writing>,
    /// Whether the last commit failed, so that facts wait in the server.
    resting: bool,
}

/// A commit under way.
#[derive(Debug)]
struct Writing {
    revision: Revision,
    changes: Arc<Vec<Change>>,
    fails: bool,
}

impl Disk {
    pub(crate) fn new(seed: u64, wear: Wear, sqlite: Option<Sqlite>) -> Self {
        let mut memory = Memory::default();
        if sqlite.is_some() {
            memory.readings = Some(Default::default());
        }
        Self {
            wear,
            memory,
            stored: 0,
            failed: 0,
            random: Random::new(seed, "disk"),
            sqlite,
            writing: None,
            resting: false,
        }
    }

    /// Begins a commit and says how long it takes.
    pub(crate) fn begin(&mut self, batch: &Batch) -> Result<Duration, Broken> {
        if self.writing.is_some() {
            return Err("a second commit begins before the first is done".to_owned());
        }
        let fails = self.random.chance(self.wear.failure);
        self.writing = Some(Writing {
            revision: batch.revision,
            changes: batch.changes.clone(),
            fails,
        });
        let mut latency = self.random.between(self.wear.latency);
        if self.random.chance(self.wear.stall) {
            latency += self.random.between(self.wear.stall_for);
        }
        Ok(latency)
    }

    /// Ends the commit under way: which, and why it failed if it did.
    pub(crate) fn finish(&mut self, now: Instant) -> Result<(Revision, Option<String>), Broken> {
        let writing = self
            .writing
            .take()
            .ok_or("a commit ends that never began")?;
        self.resting = writing.fails;
        if writing.fails {
            self.failed += 1;
            return Ok((writing.revision, Some("the disk is full".to_owned())));
        }
        self.store(now, &writing)?;
        Ok((writing.revision, None))
    }

    /// The server dies. Whether a commit under way was stored, nobody was told.
    pub(crate) fn lose_power(&mut self, now: Instant) -> Result<(), Broken> {
        self.resting = false;
        match self.writing.take() {
            Some(writing) if !writing.fails && self.random.chance(500) => self.store(now, &writing),
            _ => Ok(()),
        }
    }

    /// What a server starts from.
    pub(crate) fn load(&mut self, now: Instant) -> Result<Snapshot, Broken> {
        self.memory.server_begins(now);
        match &mut self.sqlite {
            Some(sqlite) => sqlite.reopen(&self.memory),
            None => Ok(self.memory.snapshot()),
        }
    }

    /// Compares SQLite with the memory, values included.
    pub(crate) fn compare(&mut self) -> Result<(), Broken> {
        self.sqlite
            .as_mut()
            .map_or(Ok(()), |sqlite| sqlite.compare(&self.memory))
    }

    /// Whether everything the server decided is stored.
    pub(crate) const fn is_idle(&self) -> bool {
        self.writing.is_none() && !self.resting
    }

    fn store(&mut self, now: Instant, writing: &Writing) -> Result<(), Broken> {
        self.stored += 1;
        self.memory.apply(now, writing.revision, &writing.changes)?;
        self.sqlite.as_mut().map_or(Ok(()), |sqlite| {
            sqlite.commit(writing.revision, &writing.changes)
        })
    }
}
