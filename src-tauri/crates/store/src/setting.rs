//! Settings and what the page keeps: names with JSON texts that only their owners
//! understand.

use crate::error::StoreError;
use sqlx::SqlitePool;
use sqlx::sqlite::SqliteConnection;
use std::collections::BTreeMap;

/// Stores a setting.
pub(crate) async fn save_setting(
    connection: &mut SqliteConnection,
    key: &str,
    value: &str,
) -> Result<(), StoreError> {
    sqlx::query("INSERT OR REPLACE INTO setting VALUES (?, ?)")
        .bind(key)
        .bind(value)
        .execute(connection)
        .await?;
    Ok(())
}

/// Stores or removes what the page keeps under a key.
pub(crate) async fn save_view(
    connection: &mut SqliteConnection,
    key: &str,
    value: Option<&str>,
) -> Result<(), StoreError> {
    let query = match value {
        Some(value) => sqlx::query("INSERT OR REPLACE INTO view VALUES (?, ?)")
            .bind(key)
            .bind(value),
        None => sqlx::query("DELETE FROM view WHERE key = ?").bind(key),
    };
    query.execute(connection).await?;
    Ok(())
}

/// All settings.
pub(crate) async fn settings(pool: &SqlitePool) -> Result<BTreeMap<String, String>, StoreError> {
    let rows: Vec<(String, String)> = sqlx::query_as("SELECT key, value FROM setting")
        .fetch_all(pool)
        .await?;
    Ok(rows.into_iter().collect())
}

/// What the page keeps under a key.
pub(crate) async fn view(pool: &SqlitePool, key: &str) -> Result<Option<String>, StoreError> {
    let query = "SELECT value FROM view WHERE key = ?";
    Ok(sqlx::query_scalar(query)
        .bind(key)
        .fetch_optional(pool)
        .await?)
}
