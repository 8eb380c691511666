//! The schema of the file: which one it has, and how an older one becomes ours.
//!
//! Migrations are dated, commented and never edited. They run in one transaction
//! with the number that says how many have run, so a crash leaves the file either
//! as it was or as it should be; a copy of the file is made before.

use crate::error::StoreError;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Connection as _};
use std::path::{Path, PathBuf};

/// A step from one schema to the next.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Migration {
    /// The name of its file: date, number of the day, what it does.
    pub(crate) name: &'static str,
    /// Its statements.
    pub(crate) sql: &'static str,
}

/// All of them, oldest first. The schema of a file is the number of those that ran.
pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration {
        name: "20261120_01_first_schema",
        sql: include_str!("../migrations/20261120_01_first_schema.sql"),
    },
    Migration {
        name: "20261120_02_console_lines",
        sql: include_str!("../migrations/20261120_02_console_lines.sql"),
    },
    Migration {
        name: "20261120_03_composite",
        sql: include_str!("../migrations/20261120_03_composite.sql"),
    },
    Migration {
        name: "20261121_01_queue_and_profiles",
        sql: include_str!("../migrations/20261121_01_queue_and_profiles.sql"),
    },
    Migration {
        name: "20261121_02_discovered",
        sql: include_str!("../migrations/20261121_02_discovered.sql"),
    },
    Migration {
        name: "20261122_01_security",
        sql: include_str!("../migrations/20261122_01_security.sql"),
    },
    Migration {
        name: "20261122_02_console_operations",
        sql: include_str!("../migrations/20261122_02_console_operations.sql"),
    },
    Migration {
        name: "20261122_03_associations",
        sql: include_str!("../migrations/20261122_03_associations.sql"),
    },
    Migration {
        name: "20261123_01_former_security",
        sql: include_str!("../migrations/20261123_01_former_security.sql"),
    },
    Migration {
        name: "20261123_02_server_names",
        sql: include_str!("../migrations/20261123_02_server_names.sql"),
    },
    Migration {
        name: "20261123_03_turned_away",
        sql: include_str!("../migrations/20261123_03_turned_away.sql"),
    },
    Migration {
        name: "20261124_01_registered_security",
        sql: include_str!("../migrations/20261124_01_registered_security.sql"),
    },
];

/// What `PRAGMA application_id` says of our files: `LM2M`.
const APPLICATION_ID: i64 = 0x4c4d_324d;

/// Brings `file`, opened as `connection`, to the newest schema.
pub(crate) async fn migrate(
    connection: &mut SqliteConnection,
    file: &Path,
    migrations: &[Migration],
) -> Result<(), StoreError> {
    let found = check(connection, file, migrations).await?;
    let known = known(migrations);
    if found == known {
        return Ok(());
    }
    if found > 0 {
        back_up(connection, &backup_file(file, found)).await?;
    }
    let pending = migrations
        .get(usize::try_from(found).unwrap_or(usize::MAX)..)
        .unwrap_or_default();
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    for migration in pending {
        tracing::info!(
            migration = migration.name,
            "changing the schema of the database"
        );
        sqlx::raw_sql(migration.sql)
            .execute(&mut *transaction)
            .await?;
    }
    // Safe: the text is a constant and a number.
    let mark = format!("PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {known}");
    sqlx::raw_sql(AssertSqlSafe(mark))
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(())
}

/// The schema of `file`, opened as `connection`, if it is one that we may change.
/// It only reads.
pub(crate) async fn check(
    connection: &mut SqliteConnection,
    file: &Path,
    migrations: &[Migration],
) -> Result<u32, StoreError> {
    let found = version(connection).await?;
    let known = known(migrations);
    if found > known {
        return Err(StoreError::NewerSchema {
            file: file.to_owned(),
            found,
            known,
        });
    }
    Ok(found)
}

/// The change that led to a schema; `None` for one of a newer program.
pub(crate) fn name_of(schema: u32) -> Option<&'static str> {
    let last = usize::try_from(schema).ok()?.checked_sub(1)?;
    MIGRATIONS.get(last).map(|migration| migration.name)
}

/// The schema that a list of migrations leads to.
fn known(migrations: &[Migration]) -> u32 {
    u32::try_from(migrations.len()).unwrap_or(u32::MAX)
}

/// How many migrations the file has seen; 0 for a new one.
async fn version(connection: &mut SqliteConnection) -> Result<u32, StoreError> {
    let mut number = async |query: &'static str| {
        sqlx::query_scalar::<_, i64>(query)
            .fetch_one(&mut *connection)
            .await
    };
    let version = number("PRAGMA user_version").await?;
    let application = number("PRAGMA application_id").await?;
    let tables = number("SELECT count(*) FROM sqlite_schema").await?;
    if application != APPLICATION_ID && (tables > 0 || version != 0) {
        return Err(StoreError::corrupt("it is a database of another program"));
    }
    u32::try_from(version).map_err(|_| StoreError::corrupt(format!("{version} is no schema")))
}

/// `workbench.backup-3.db` beside `workbench.db`.
fn backup_file(file: &Path, version: u32) -> PathBuf {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    file.with_file_name(format!("{stem}.backup-{version}.db"))
}

/// Copies the file as it is now. The copy appears under its name only when it is
/// whole; an older one of the same schema gives way.
async fn back_up(connection: &mut SqliteConnection, backup: &Path) -> Result<(), StoreError> {
    let partial = backup.with_extension("partial");
    let io = |error: std::io::Error| StoreError::Io {
        detail: format!("{}: {error}", backup.display()),
    };
    match std::fs::remove_file(&partial) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(io(error)),
        _ => {}
    }
    sqlx::query("VACUUM INTO ?")
        .bind(partial.to_string_lossy().into_owned())
        .execute(connection)
        .await?;
    std::fs::rename(&partial, backup).map_err(io)
}
