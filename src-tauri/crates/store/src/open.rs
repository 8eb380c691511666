//! Opening the file: the checks before anything is believed, the connections, and
//! the settings of SQLite with their reasons.

use crate::batch::{Batch, Edit};
use crate::error::StoreError;
use crate::reader::Reader;
use crate::schema::{self, MIGRATIONS, Migration, migrate};
use crate::seal::MasterKey;
use crate::sealing::Sealing;
use crate::secrets::Secrets;
use crate::snapshot;
use crate::writer::Writer;
use server::snapshot::Snapshot;
use sqlx::sqlite::{
    SqliteAutoVacuum, SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions,
    SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Connection as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The name of the file in a data folder.
pub const FILE_NAME: &str = "workbench.db";

/// The first SQLite without the bug that can damage a file when its write-ahead
/// log starts over (conformance §3.5).
pub const NEEDED_SQLITE: &str = "3.51.3";

/// A database in use: one writer, any number of readers.
pub struct Store {
    /// Stores batches. There is only this one.
    pub writer: Writer,
    /// Answers questions.
    pub reader: Reader,
}

/// What can be chosen when a file is opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Options {
    /// How many questions are answered at the same time.
    pub readers: u32,
    /// How long to wait for another program that holds the file.
    pub patience: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            readers: 3,
            patience: Duration::from_secs(5),
        }
    }
}

impl Store {
    /// Opens or makes `workbench.db` in a folder, or a file of any name, and loads
    /// what the engine starts from. A file of an older schema is copied to
    /// `workbench.backup-<schema>.db` and brought to the newest one.
    ///
    /// # Errors
    /// `NewerSchema`, `Corrupt`, `OldSqlite`, `CannotOpen`, `ReadOnly`, `Locked` and
    /// what a disk may do. The file is then as it was.
    pub async fn open(
        folder_or_file: &Path,
        options: Options,
    ) -> Result<(Self, Snapshot), StoreError> {
        Self::open_with(folder_or_file, options, MIGRATIONS).await
    }

    /// Opens the secrets of the file and seals those to come. Until then none can be
    /// stored. `sealing` is the file's own row; a file without one takes it.
    ///
    /// # Errors
    /// `OtherKey` if `master` is not the key of these secrets.
    pub async fn unseal(
        &mut self,
        sealing: &Sealing,
        master: MasterKey,
    ) -> Result<Secrets, StoreError> {
        match self.reader.sealing().await? {
            Some(own) if own.is_opened_by(&master) => {}
            Some(_) => return Err(StoreError::OtherKey),
            None => {
                let row = Batch {
                    edits: vec![Edit::Sealing(sealing.clone())],
                    ..Batch::default()
                };
                self.writer.commit(&row).await?;
            }
        }
        self.writer.unseal(master).await
    }

    /// The same with other migrations, for tests of files from other versions.
    pub(crate) async fn open_with(
        folder_or_file: &Path,
        options: Options,
        migrations: &[Migration],
    ) -> Result<(Self, Snapshot), StoreError> {
        let file = file_in(folder_or_file);
        look_first(&file, options, migrations).await?;
        let mut connection = connect(&file, options).await?;
        check_library(&mut connection).await?;
        migrate(&mut connection, &file, migrations).await?;
        let (snapshot, lists) = snapshot::load(&mut connection).await?;
        let writer = Writer::new(connection, lists);
        let pool = SqlitePoolOptions::new()
            .max_connections(options.readers.max(1))
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .acquire_timeout(Duration::from_secs(30))
            .connect_lazy_with(reading(&file, options));
        Ok((
            Self {
                writer,
                reader: Reader::new(pool, file),
            },
            snapshot,
        ))
    }
}

fn file_in(folder_or_file: &Path) -> PathBuf {
    if folder_or_file.is_dir() {
        folder_or_file.join(FILE_NAME)
    } else {
        folder_or_file.to_owned()
    }
}

/// Refuses a file that is not ours to change before anything changes it: already the
/// settings of a writer mark the file and lay a log beside it.
async fn look_first(
    file: &Path,
    options: Options,
    migrations: &[Migration],
) -> Result<(), StoreError> {
    let beside = |suffix: &str| {
        let mut name = file.as_os_str().to_owned();
        name.push(suffix);
        Path::new(&name).exists()
    };
    // What a crash left half written is rolled back by the writer, and only a file that
    // is being made has such a journal.
    if !file.exists() || beside("-journal") {
        return Ok(());
    }
    // Without a log beside it the file is all there is, and reading it as one that does
    // not change leaves no traces. With one, what it says may stand in the log.
    let mut connection = common(file, options)
        .read_only(true)
        .immutable(!beside("-wal"))
        .connect()
        .await
        .map_err(|error| cannot_open(file, error))?;
    let refused = schema::check(&mut connection, file, migrations).await.err();
    connection.close().await?;
    refused.map_or(Ok(()), Err)
}

async fn connect(file: &Path, options: Options) -> Result<SqliteConnection, StoreError> {
    writing(file, options)
        .connect()
        .await
        .map_err(|error| cannot_open(file, error))
}

fn cannot_open(file: &Path, error: sqlx::Error) -> StoreError {
    match StoreError::from(error) {
        StoreError::Io { detail } => StoreError::CannotOpen {
            file: file.to_owned(),
            reason: detail,
        },
        other => other,
    }
}

/// What both kinds of connections have in common. Memory-mapped reading is left
/// off: an error of the disk would end the program instead of being reported.
fn common(file: &Path, options: Options) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .busy_timeout(options.patience)
        // The engine keeps the references whole, and the schema names none.
        .foreign_keys(false)
        .pragma("temp_store", "MEMORY")
        .disable_statement_logging()
}

fn writing(file: &Path, options: Options) -> SqliteConnectOptions {
    common(file, options)
        .create_if_missing(true)
        // Lets the file shrink after old readings went.
        .auto_vacuum(SqliteAutoVacuum::Incremental)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        // 32 MiB: the leaves that some ten thousand paths are growing at.
        .pragma("cache_size", "-32768")
        // 16 MiB of log between check points: a page that many batches change is
        // then copied once. The log starts over whenever no reader needs it, and
        // questions are short; what a long one let it grow by is given back.
        .pragma("wal_autocheckpoint", "4000")
        .pragma("journal_size_limit", "67108864")
        .thread_name(|_| "store-writer".to_owned())
}

fn reading(file: &Path, options: Options) -> SqliteConnectOptions {
    common(file, options)
        .read_only(true)
        // 8 MiB each: the pages of a device list; the system caches the rest.
        .pragma("cache_size", "-8192")
        .thread_name(|number| format!("store-reader-{number}"))
}

async fn check_library(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let found: String = sqlx::query_scalar("SELECT sqlite_version()")
        .fetch_one(connection)
        .await?;
    if is_at_least(&found, NEEDED_SQLITE) {
        return Ok(());
    }
    Err(StoreError::OldSqlite {
        found,
        needed: NEEDED_SQLITE,
    })
}

fn is_at_least(found: &str, needed: &str) -> bool {
    let numbers = |text: &str| {
        text.split('.')
            .map(|part| part.parse().unwrap_or(0_u32))
            .collect::<Vec<_>>()
    };
    numbers(found) >= numbers(needed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_sqlite_are_compared_as_numbers() {
        for (found, sound) in [
            ("3.51.3", true),
            ("3.51.2", false),
            ("3.9.9", false),
            ("3.52.0", true),
            ("4.0", true),
        ] {
            assert_eq!(is_at_least(found, NEEDED_SQLITE), sound, "{found}");
        }
    }
}
