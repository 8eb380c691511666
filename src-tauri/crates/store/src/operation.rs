//! Operations: one row each from the moment they are accepted, rewritten as they
//! move. What was asked and how it ended are texts (`encoding`), because nobody
//! searches in them; what is searched has columns.

use crate::bulk::Bulk;
use crate::device::endpoint_from_column;
use crate::encoding::{ask_from_text, ask_to_text, ending_from_text, ending_to_text};
use crate::error::StoreError;
use clock::UnixTime;
use server::ids::{DeviceId, EndpointName, OperationId};
use server::operation::{Operation, OperationState, Priority};
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{Row as _, SqlitePool};
use std::collections::BTreeMap;
use std::time::Duration;

/// An operation with the name of its device.
#[derive(Clone, PartialEq, Debug)]
pub struct OperationRow {
    /// Who is asked.
    pub endpoint: EndpointName,
    /// The operation.
    pub operation: Operation,
}

static SAVE: Bulk = Bulk::new(
    "INSERT OR REPLACE INTO operation SELECT * FROM ({rows}) WHERE column1 IS NOT NULL",
    11,
);

/// Writes the latest state of operations.
pub(crate) async fn save(
    connection: &mut SqliteConnection,
    operations: &BTreeMap<OperationId, &Operation>,
) -> Result<(), StoreError> {
    let operations: Vec<&Operation> = operations.values().copied().collect();
    SAVE.run(connection, &operations, |operation, columns| {
        let (state, ending) = match &operation.state {
            OperationState::Queued => (0, None),
            OperationState::Sent => (1, None),
            OperationState::Ended(ending) => (2, Some(ending)),
        };
        columns
            .add(operation.id.0)
            .add(operation.device.0)
            .add(state);
        columns.add(operation.started_at.as_micros());
        columns.add(micros(operation.timeout));
        columns
            .add(ending.map(|ending| ending.at.as_micros()))
            .add(ask_to_text(&operation.ask));
        columns.add(ending.map(|ending| ending_to_text(ending)));
        columns
            .add(operation.ttl.map(micros))
            .add(priority_to_column(operation.priority))
            .add(operation.place);
    })
    .await
}

/// The columns that [`read`] takes, from `operation o`.
macro_rules! operation_columns {
    () => {
        "o.id, o.device, o.state, o.started_at, o.timeout, o.ask, o.ending, o.ttl, o.priority, o.place"
    };
}
pub(crate) use operation_columns;

/// How many columns those are.
const COLUMNS: usize = 10;

/// Reads an operation.
pub(crate) fn read(row: &SqliteRow) -> Result<Operation, StoreError> {
    let state = match (row.try_get(2)?, row.try_get::<Option<&str>, _>(6)?) {
        (0, None) => OperationState::Queued,
        (1, None) => OperationState::Sent,
        (2, Some(ending)) => OperationState::Ended(Box::new(ending_from_text(ending)?)),
        (state, _) => {
            return Err(StoreError::corrupt(format!(
                "an operation is in state {state}"
            )));
        }
    };
    Ok(Operation {
        id: OperationId(row.try_get(0)?),
        device: DeviceId(row.try_get(1)?),
        ask: ask_from_text(row.try_get(5)?)?,
        state,
        started_at: UnixTime::from_micros(row.try_get(3)?),
        timeout: Duration::from_micros(row.try_get::<i64, _>(4)?.unsigned_abs()),
        ttl: row
            .try_get::<Option<i64>, _>(7)?
            .map(|ttl| Duration::from_micros(ttl.unsigned_abs())),
        priority: priority_from_column(row.try_get(8)?)?,
        place: row.try_get(9)?,
    })
}

fn micros(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}

const fn priority_to_column(priority: Priority) -> i64 {
    match priority {
        Priority::High => 0,
        Priority::Normal => 1,
        Priority::Low => 2,
    }
}

fn priority_from_column(number: i64) -> Result<Priority, StoreError> {
    [Priority::High, Priority::Normal, Priority::Low]
        .into_iter()
        .find(|&priority| priority_to_column(priority) == number)
        .ok_or_else(|| StoreError::corrupt(format!("{number} is no priority")))
}

/// One operation.
pub(crate) async fn one(
    pool: &SqlitePool,
    id: OperationId,
) -> Result<Option<OperationRow>, StoreError> {
    let query = concat!(
        "SELECT ",
        operation_columns!(),
        ", d.endpoint FROM operation o JOIN device d ON d.id = o.device WHERE o.id = ?"
    );
    sqlx::query(query)
        .bind(id.0)
        .fetch_optional(pool)
        .await?
        .as_ref()
        .map(read_row)
        .transpose()
}

/// Operations by their ids.
pub(crate) async fn some(
    pool: &SqlitePool,
    ids: &[OperationId],
) -> Result<Vec<OperationRow>, StoreError> {
    let query = concat!(
        "SELECT ",
        operation_columns!(),
        ", d.endpoint FROM operation o JOIN device d ON d.id = o.device
         WHERE o.id IN (SELECT value FROM json_each(?))"
    );
    let ids: serde_json::Value = ids.iter().map(|id| id.0).collect();
    sqlx::query(query)
        .bind(ids.to_string())
        .fetch_all(pool)
        .await?
        .iter()
        .map(read_row)
        .collect()
}

/// The newest operations of one device, or of all, newest first.
pub(crate) async fn newest(
    pool: &SqlitePool,
    device: Option<DeviceId>,
    limit: u32,
) -> Result<Vec<OperationRow>, StoreError> {
    let all = concat!(
        "SELECT ",
        operation_columns!(),
        ", d.endpoint FROM operation o JOIN device d ON d.id = o.device ORDER BY o.id DESC LIMIT ?"
    );
    let some = concat!(
        "SELECT ",
        operation_columns!(),
        ", d.endpoint FROM operation o JOIN device d ON d.id = o.device WHERE o.device = ?
         ORDER BY o.id DESC LIMIT ?"
    );
    let query = match device {
        None => sqlx::query(all),
        Some(device) => sqlx::query(some).bind(device.0),
    };
    query
        .bind(limit)
        .fetch_all(pool)
        .await?
        .iter()
        .map(read_row)
        .collect()
}

fn read_row(row: &SqliteRow) -> Result<OperationRow, StoreError> {
    Ok(OperationRow {
        endpoint: endpoint_from_column(row.try_get(COLUMNS)?)?,
        operation: read(row)?,
    })
}
