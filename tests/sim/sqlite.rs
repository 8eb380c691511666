//! The real store beside the one in memory, for a few seeds: every batch goes into
//! both, every restart of the server opens the file again, and both must say the
//! same. Its task runs in a runtime of its own; virtual time does not notice.

use crate::broken::Broken;
use crate::memory::Memory;
use lwm2m::Path;
use server::change::Change;
use server::ids::{DeviceId, Revision};
use server::snapshot::Snapshot;
use std::path::PathBuf;
use std::sync::Arc;
use store::{Options, ReadingQuery, Store};
use tokio::runtime::Runtime;

/// More readings of one device than a day brings.
const ALL: u32 = 10_000_000;

/// The store in a folder of its own, which goes when this goes.
pub(crate) struct Sqlite {
    runtime: Runtime,
    folder: PathBuf,
    store: Option<Store>,
}

impl Sqlite {
    /// An empty store for the run with that seed.
    pub(crate) fn new(seed: u64) -> Self {
        let name = format!("lwm2m-workbench-sim-{}-{seed}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).expect("a folder for the database");
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        Self {
            runtime,
            folder,
            store: None,
        }
    }

    /// Stores a batch.
    pub(crate) fn commit(
        &mut self,
        revision: Revision,
        changes: &Arc<Vec<Change>>,
    ) -> Result<(), Broken> {
        let store = self
            .store
            .as_mut()
            .ok_or("a commit before the store was opened")?;
        let batch = store::Batch {
            revision,
            changes: vec![changes.clone()],
            edits: Vec::new(),
        };
        self.runtime
            .block_on(store.writer.commit(&batch))
            .map_err(|error| format!("SQLite: {error}"))
    }

    /// Drops the store without a word, opens it again, and compares.
    pub(crate) fn reopen(&mut self, memory: &Memory) -> Result<Snapshot, Broken> {
        self.store = None;
        let opened = self
            .runtime
            .block_on(Store::open(&self.folder, Options::default()));
        let (store, snapshot) = opened.map_err(|error| format!("SQLite: {error}"))?;
        self.store = Some(store);
        same(
            "rows after a start",
            &lines(&memory.snapshot()),
            &lines(&snapshot),
        )?;
        Ok(snapshot)
    }

    /// Compares every row, values included, and has SQLite check its file.
    pub(crate) fn compare(&mut self, memory: &Memory) -> Result<(), Broken> {
        self.reopen(memory)?;
        for device in memory.devices.keys() {
            let expected: Vec<String> = memory
                .readings
                .iter()
                .flat_map(|readings| readings.range((*device, Path::Root, UNBORN)..))
                .take_while(|((owner, ..), _)| owner == device)
                .map(|((_, path, time), value)| format!("{path} {time:?} {value:?}"))
                .collect();
            same(
                "readings",
                &sorted(expected),
                &sorted(self.readings(*device)?),
            )?;
        }
        let store = self.store.as_mut().ok_or("the store is closed")?;
        self.runtime
            .block_on(store.writer.integrity_check())
            .map_err(|error| format!("SQLite: {error}"))
    }

    fn readings(&self, device: DeviceId) -> Result<Vec<String>, Broken> {
        let store = self.store.as_ref().ok_or("the store is closed")?;
        let query = ReadingQuery {
            device,
            path: Path::Root,
            from: None,
            to: None,
            limit: ALL,
        };
        let rows = self
            .runtime
            .block_on(store.reader.readings(query))
            .map_err(|error| format!("SQLite: {error}"))?;
        Ok(rows
            .into_iter()
            .map(|row| format!("{} {:?} {:?}", row.path, row.time, row.value))
            .collect())
    }
}

/// Before all readings.
const UNBORN: clock::UnixTime = clock::UnixTime::from_micros(i64::MIN);

impl Drop for Sqlite {
    fn drop(&mut self) {
        self.store = None;
        // What stays behind lies in the folder for temporary files.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl std::fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sqlite")
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}

fn lines(snapshot: &Snapshot) -> Vec<String> {
    let Snapshot {
        revision,
        devices,
        observations,
        operations,
        ..
    } = snapshot;
    let last = (
        snapshot.last_device,
        snapshot.last_observation,
        snapshot.last_operation,
    );
    let mut lines = vec![format!("{revision:?} {last:?}")];
    lines.extend(devices.iter().map(|row| format!("{row:?}")));
    lines.extend(observations.iter().map(|row| format!("{row:?}")));
    lines.extend(operations.iter().map(|row| format!("{row:?}")));
    lines
}

fn sorted(mut lines: Vec<String>) -> Vec<String> {
    lines.sort_unstable();
    lines
}

fn same(what: &str, memory: &[String], sqlite: &[String]) -> Result<(), Broken> {
    let differs = memory
        .iter()
        .zip(sqlite)
        .find(|(ours, theirs)| ours != theirs);
    if let Some((ours, theirs)) = differs {
        return Err(format!(
            "{what} differ\n  memory: {ours}\n  SQLite: {theirs}"
        ));
    }
    if memory.len() != sqlite.len() {
        return Err(format!(
            "{what}: {} in memory, {} in SQLite",
            memory.len(),
            sqlite.len()
        ));
    }
    Ok(())
}
