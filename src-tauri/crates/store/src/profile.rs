//! How devices are treated: one row for each that is not treated as every other.

use crate::encoding::{profile_from_text, profile_to_text};
use crate::error::StoreError;
use server::ids::DeviceId;
use server::profile::Profile;
use sqlx::sqlite::SqliteConnection;
use sqlx::{Row as _, SqlitePool};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Writes the profiles of a batch; a row goes when nothing in it differs any more.
pub(crate) async fn save(
    connection: &mut SqliteConnection,
    profiles: &BTreeMap<DeviceId, &Profile>,
) -> Result<(), StoreError> {
    for (device, profile) in profiles {
        let query = if profile.is_default() {
            sqlx::query("DELETE FROM profile WHERE device = ?").bind(device.0)
        } else {
            sqlx::query("INSERT OR REPLACE INTO profile VALUES (?, ?)")
                .bind(device.0)
                .bind(profile_to_text(profile))
        };
        query.execute(&mut *connection).await?;
    }
    Ok(())
}

/// All of them, for the start.
pub(crate) async fn all(
    connection: &mut SqliteConnection,
) -> Result<HashMap<DeviceId, Arc<Profile>>, StoreError> {
    let rows = sqlx::query("SELECT device, content FROM profile")
        .fetch_all(connection)
        .await?;
    let read = |row: &sqlx::sqlite::SqliteRow| {
        let profile = profile_from_text(row.try_get(1)?)?;
        Ok((DeviceId(row.try_get(0)?), Arc::new(profile)))
    };
    rows.iter().map(read).collect()
}

/// That of one device.
pub(crate) async fn one(pool: &SqlitePool, device: DeviceId) -> Result<Profile, StoreError> {
    let content: Option<String> =
        sqlx::query_scalar("SELECT content FROM profile WHERE device = ?")
            .bind(device.0)
            .fetch_optional(pool)
            .await?;
    content.map_or(Ok(Profile::default()), |text| profile_from_text(&text))
}
