//! A store in a folder of its own that goes with the test.

use crate::{Batch, Edit, Options, Store, StoreError};
use server::change::Change;
use server::ids::Revision;
use server::snapshot::Snapshot;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// An empty folder, removed at the end.
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("wb-store-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A file that is still open keeps the folder on some systems.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// An open store, with the snapshot it was opened with.
pub(super) struct Memory {
    pub(super) store: Store,
    pub(super) snapshot: Snapshot,
    revision: u64,
    folder: Folder,
}

impl Memory {
    pub(super) async fn new() -> Self {
        Self::open(Folder::new()).await.expect("a new store")
    }

    pub(super) async fn open(folder: Folder) -> Result<Self, StoreError> {
        let (store, snapshot) = Store::open(folder.path(), Options::default()).await?;
        Ok(Self {
            store,
            revision: snapshot.revision.0,
            snapshot,
            folder,
        })
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Stores facts under the next revision.
    pub(super) async fn commit(&mut self, changes: Vec<Change>) {
        self.try_commit(changes, Vec::new())
            .await
            .expect("a commit");
    }

    pub(super) async fn edit(&mut self, edits: Vec<Edit>) {
        self.try_commit(Vec::new(), edits).await.expect("a commit");
    }

    pub(super) async fn try_commit(
        &mut self,
        changes: Vec<Change>,
        edits: Vec<Edit>,
    ) -> Result<(), StoreError> {
        let revision = Revision(self.revision + 1);
        self.store
            .writer
            .commit(&Batch {
                revision,
                changes: vec![Arc::new(changes)],
                edits,
            })
            .await?;
        self.revision = revision.0;
        Ok(())
    }

    /// Opens the file again as after a crash: nothing was closed in order.
    pub(super) async fn crash(self) -> Self {
        let Self { store, folder, .. } = self;
        store.reader.close().await;
        drop(store);
        Self::open(folder).await.expect("the store after a crash")
    }

    pub(super) async fn tidy(&mut self) -> usize {
        let mut parts = 0;
        while self.store.writer.tidy().await.expect("a part") == crate::Tidied::More {
            parts += 1;
            assert!(parts < 10_000, "it never ends");
        }
        parts
    }

    /// Every row of every table as text, sorted. Lists of objects stand in their
    /// devices' rows, because their ids mean nothing.
    pub(super) async fn dump(&mut self) -> Vec<String> {
        let connection = self.store.writer.connection();
        let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN ('meta', 'object_list')";
        let tables: Vec<String> = sqlx::query_scalar(tables)
            .fetch_all(&mut *connection)
            .await
            .expect("the tables");
        let mut rows = Vec::new();
        for table in tables {
            let columns = "SELECT name FROM pragma_table_info(?)";
            let columns: Vec<String> = sqlx::query_scalar(columns)
                .bind(&table)
                .fetch_all(&mut *connection)
                .await
                .expect("columns");
            let column = |name: &String| match name.as_str() {
                "objects" => {
                    "quote((SELECT content FROM object_list WHERE id = objects))".to_owned()
                }
                name => format!("quote({name})"),
            };
            let columns: Vec<String> = columns.iter().map(column).collect();
            let query = format!(
                "SELECT '{table} ' || {} FROM {table}",
                columns.join("||' '||")
            );
            let found: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(query))
                .fetch_all(&mut *connection)
                .await
                .expect("rows");
            rows.extend(found);
        }
        rows.sort();
        rows
    }
}
