//! Path sets: lists of paths that people gave a name, for one device or for all
//! devices of a make. Nothing here knows what a path means.

use crate::encoding::{paths_from_text, paths_to_text};
use crate::error::StoreError;
use lwm2m::Path;
use server::ids::DeviceId;
use sqlx::sqlite::SqliteConnection;
use sqlx::{Row as _, SqlitePool};

/// Whose a path set is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PathSetOwner {
    /// One device's.
    Device(DeviceId),
    /// That of all devices of a make.
    Make(Make),
}

/// What a device says of its kind in `/3/0/0` and `/3/0/1`; empty where it says
/// nothing.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Make {
    /// The manufacturer.
    pub manufacturer: String,
    /// The model number.
    pub model: String,
}

/// A list of paths that has a name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PathSetRow {
    /// Whose it is.
    pub owner: PathSetOwner,
    /// Unique for its owner.
    pub name: String,
    /// In the order in which they were named.
    pub paths: Vec<Path>,
}

/// Stores a set, or removes it where there are no paths.
pub(crate) async fn save(
    connection: &mut SqliteConnection,
    set: &PathSetRow,
) -> Result<(), StoreError> {
    let (device, make) = columns(&set.owner);
    let statement = if set.paths.is_empty() {
        "DELETE FROM path_set WHERE device = ?1 AND manufacturer = ?2 AND model = ?3 AND name = ?4"
    } else {
        "INSERT OR REPLACE INTO path_set (device, manufacturer, model, name, paths) VALUES (?1, ?2, ?3, ?4, ?5)"
    };
    sqlx::query(statement)
        .bind(device)
        .bind(make.manufacturer)
        .bind(make.model)
        .bind(&set.name)
        .bind((!set.paths.is_empty()).then(|| paths_to_text(&set.paths)))
        .execute(connection)
        .await?;
    Ok(())
}

/// The sets of an owner by name.
pub(crate) async fn of(
    pool: &SqlitePool,
    owner: &PathSetOwner,
) -> Result<Vec<PathSetRow>, StoreError> {
    let (device, make) = columns(owner);
    let query = "SELECT name, paths FROM path_set
         WHERE device = ?1 AND manufacturer = ?2 AND model = ?3 ORDER BY name";
    let rows = sqlx::query(query)
        .bind(device)
        .bind(make.manufacturer)
        .bind(make.model)
        .fetch_all(pool)
        .await?;
    let read = |row: &sqlx::sqlite::SqliteRow| {
        Ok(PathSetRow {
            owner: owner.clone(),
            name: row.try_get(0)?,
            paths: paths_from_text(row.try_get(1)?)?,
        })
    };
    rows.iter().map(read).collect()
}

/// A make has no device: ids of devices begin at 1.
fn columns(owner: &PathSetOwner) -> (i64, Make) {
    match owner {
        PathSetOwner::Device(device) => (device.0, Make::default()),
        PathSetOwner::Make(make) => (0, make.clone()),
    }
}
