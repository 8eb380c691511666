//! Loading what the engine starts from, in a handful of queries whatever the
//! number of devices. Nothing is decided here: what has lapsed while the program
//! was not running is for the engine to find out.

use crate::device::endpoint_from_column;
use crate::error::StoreError;
use crate::object_list::{self, ListIds};
use crate::observation::{self, observation_columns};
use crate::operation::{self, operation_columns};
use crate::profile;
use crate::registration::{self, registration_columns};
use lwm2m::ObjectList;
use server::ids::{DeviceId, ObservationId, OperationId, Revision};
use server::profile::Profile;
use server::snapshot::{KnownDevice, Snapshot};
use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use tokio_stream::StreamExt as _;

/// Loads the snapshot, and the lists of objects for the writer.
pub(crate) async fn load(
    connection: &mut SqliteConnection,
) -> Result<(Snapshot, ListIds), StoreError> {
    let contents: Vec<(i64, String)> = sqlx::query_as("SELECT id, content FROM object_list")
        .fetch_all(&mut *connection)
        .await?;
    let lists = object_list::decode(&contents)?;
    let profiles = profile::all(connection).await?;
    let (devices, used) = devices(connection, &lists, &profiles).await?;
    if used.len() < contents.len() {
        let unused = "DELETE FROM object_list WHERE id NOT IN (SELECT objects FROM device)";
        sqlx::query(unused).execute(&mut *connection).await?;
    }
    let mut ids = ListIds::default();
    ids.extend(
        contents
            .into_iter()
            .filter(|(id, _)| used.contains(id))
            .map(|(id, content)| (content, id)),
    );

    let mut snapshot = meta(connection).await?;
    snapshot.devices = devices;
    snapshot.observations = rows(
        connection,
        concat!(
            "SELECT ",
            observation_columns!(),
            " FROM observation o WHERE o.device IN (SELECT id FROM device) ORDER BY o.id"
        ),
        observation::read,
    )
    .await?;
    snapshot.operations = rows(
        connection,
        concat!(
            "SELECT ",
            operation_columns!(),
            " FROM operation o WHERE o.state < 2 AND o.device IN (SELECT id FROM device) ORDER BY o.id"
        ),
        operation::read,
    )
    .await?;
    Ok((snapshot, ids))
}

/// All devices, and which lists they name.
async fn devices(
    connection: &mut SqliteConnection,
    lists: &HashMap<i64, Arc<ObjectList>>,
    profiles: &HashMap<DeviceId, Arc<Profile>>,
) -> Result<(Vec<KnownDevice>, HashSet<i64>), StoreError> {
    let query = concat!(
        "SELECT ",
        registration_columns!(),
        ", d.endpoint, d.ended_at IS NULL FROM device d LEFT JOIN seen s ON s.device = d.id ORDER BY d.id"
    );
    let mut devices = Vec::new();
    let mut used = HashSet::new();
    let mut rows = sqlx::query(query).fetch(connection);
    while let Some(row) = rows.next().await {
        let row = row?;
        const OWN: usize = registration::COLUMNS;
        used.insert(registration::list_id(&row)?);
        let in_force: bool = row.try_get(OWN + 1)?;
        let registration = in_force
            .then(|| registration::read(&row, lists).map(Arc::new))
            .transpose()?;
        let id = DeviceId(row.try_get(0)?);
        devices.push(KnownDevice {
            id,
            endpoint: endpoint_from_column(row.try_get(OWN)?)?,
            registration,
            security: registration::security(&row)?,
            profile: profiles.get(&id).cloned(),
        });
    }
    Ok((devices, used))
}

async fn meta(connection: &mut SqliteConnection) -> Result<Snapshot, StoreError> {
    let query = "SELECT revision, last_device, last_observation, last_operation FROM meta";
    let row = sqlx::query(query).fetch_one(connection).await?;
    Ok(Snapshot {
        revision: Revision(row.try_get::<i64, _>(0)?.cast_unsigned()),
        last_device: row.try_get::<Option<i64>, _>(1)?.map(DeviceId),
        last_observation: row.try_get::<Option<i64>, _>(2)?.map(ObservationId),
        last_operation: row.try_get::<Option<i64>, _>(3)?.map(OperationId),
        ..Snapshot::default()
    })
}

async fn rows<T>(
    connection: &mut SqliteConnection,
    query: &'static str,
    read: impl Fn(&SqliteRow) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    sqlx::query(query)
        .fetch_all(connection)
        .await?
        .iter()
        .map(read)
        .collect()
}
