//! Object definitions that a user imported, kept as the documents they were:
//! `lwm2m` reads them again at each start.

use crate::error::StoreError;
use lwm2m::ObjectVersion;
use lwm2m::path::Id;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{Row as _, SqlitePool};

/// An imported definition.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ModelRow {
    /// Object id.
    pub object: Id,
    /// The version it defines.
    pub version: ObjectVersion,
    /// The name of the file it came in.
    pub file: String,
    /// The DDF document.
    pub xml: String,
}

/// Stores a definition in the place of the one with the same object and version.
pub(crate) async fn save(
    connection: &mut SqliteConnection,
    model: &ModelRow,
) -> Result<(), StoreError> {
    let query = sqlx::query("INSERT OR REPLACE INTO model VALUES (?, ?, ?, ?)");
    let query = query.bind(model.object).bind(model.version.to_string());
    query
        .bind(model.file.as_str())
        .bind(model.xml.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

/// Removes a definition.
pub(crate) async fn remove(
    connection: &mut SqliteConnection,
    object: Id,
    version: ObjectVersion,
) -> Result<(), StoreError> {
    let query = sqlx::query("DELETE FROM model WHERE object = ? AND version = ?");
    query
        .bind(object)
        .bind(version.to_string())
        .execute(connection)
        .await?;
    Ok(())
}

/// All definitions, in the order in which they came.
pub(crate) async fn all(pool: &SqlitePool) -> Result<Vec<ModelRow>, StoreError> {
    let query = "SELECT object, version, file, xml FROM model ORDER BY rowid";
    sqlx::query(query)
        .fetch_all(pool)
        .await?
        .iter()
        .map(read)
        .collect()
}

fn read(row: &SqliteRow) -> Result<ModelRow, StoreError> {
    let version: &str = row.try_get(1)?;
    Ok(ModelRow {
        object: row.try_get(0)?,
        version: version
            .parse()
            .map_err(|_| StoreError::corrupt(format!("\"{version}\" is no version")))?,
        file: row.try_get(2)?,
        xml: row.try_get(3)?,
    })
}
