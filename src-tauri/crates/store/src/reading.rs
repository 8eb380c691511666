//! Readings: values in columns of their own type, by device, path and time. Of
//! two with the same place and time the last one counts, so that what a device
//! reports twice is stored once (conformance IR-06). Curves are asked in `chart`.

use crate::bulk::Bulk;
use crate::error::StoreError;
use crate::fold;
use crate::path_key;
use clock::UnixTime;
use lwm2m::{Path, Value};
use server::change::ReadingSource;
use server::ids::DeviceId;
use sqlx::sqlite::{SqliteArguments, SqliteConnection, SqliteRow};
use sqlx::{Arguments as _, AssertSqlSafe, Row as _, SqlitePool};

mod column;

pub(crate) use column::{NUMERIC_KINDS, UNSIGNED};

/// A stored value.
#[derive(Clone, PartialEq, Debug)]
pub struct ReadingRow {
    /// A resource or resource instance.
    pub path: Path,
    /// When it was taken (the device's word), or else when it arrived.
    pub time: UnixTime,
    /// The value.
    pub value: Value,
    /// How it came in.
    pub source: ReadingSource,
}

/// Which readings to fetch: the newest `limit` at or below a path.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ReadingQuery {
    /// Whose.
    pub device: DeviceId,
    /// Everything at or below this path.
    pub path: Path,
    /// Not before.
    pub from: Option<UnixTime>,
    /// Before, and not at.
    pub to: Option<UnixTime>,
    /// At most this many.
    pub limit: u32,
}

static SAVE: Bulk = Bulk::new(
    "INSERT OR REPLACE INTO reading SELECT * FROM ({rows}) WHERE column1 IS NOT NULL",
    6,
);

/// Writes readings in order.
pub(crate) async fn save(
    connection: &mut SqliteConnection,
    readings: &[fold::Reading<'_>],
) -> Result<(), StoreError> {
    SAVE.run(connection, readings, |reading, columns| {
        columns
            .add(reading.device.0)
            .add(path_key::key(reading.path))
            .add(reading.time.as_micros());
        column::add_value(reading.value, columns);
        columns.add(column::source_to_column(reading.source));
    })
    .await
}

/// The paths of `?1` from `?2` to `?3`, found by leaping from each to the next
/// instead of reading all that was stored under them.
macro_rules! paths {
    () => {
        "WITH RECURSIVE paths(path) AS (
             SELECT min(path) FROM reading WHERE device = ?1 AND path BETWEEN ?2 AND ?3
             UNION ALL
             SELECT (SELECT min(r.path) FROM reading r
                     WHERE r.device = ?1 AND r.path > paths.path AND r.path <= ?3)
             FROM paths WHERE paths.path IS NOT NULL
         )"
    };
}

/// The rows of a query and some columns of them, newest first.
///
/// The oldest time that can matter is the `limit`-th newest of any one path, so
/// that no path is read further back than that.
macro_rules! newest_rows {
    ($columns:literal) => {
        concat!(
            paths!(),
            ", bound(time) AS MATERIALIZED (
             SELECT max(?4, coalesce(max((
                 SELECT r.time FROM reading r WHERE r.device = ?1 AND r.path = paths.path AND r.time < ?5
                 ORDER BY r.time DESC LIMIT 1 OFFSET ?6 - 1
             )), ?4)) FROM paths
         )
         SELECT ",
            $columns,
            " FROM paths CROSS JOIN bound
         CROSS JOIN reading r ON r.device = ?1 AND r.path = paths.path AND r.time >= bound.time AND r.time < ?5
         ORDER BY r.time DESC, r.path DESC LIMIT ?6"
        )
    };
}

/// The newest readings of a query, ascending by time.
pub(crate) async fn newest(
    pool: &SqlitePool,
    query: ReadingQuery,
) -> Result<Vec<ReadingRow>, StoreError> {
    if query.limit == 0 {
        return Ok(Vec::new());
    }
    let statement = newest_rows!("r.path, r.time, r.kind, r.value, r.source");
    let rows = sqlx::query_with(statement, arguments(query))
        .fetch_all(pool)
        .await?;
    rows.iter().rev().map(|row| read(row, 0)).collect()
}

/// How many bytes the values of [`newest`] have as they lie in the file.
pub(crate) async fn size(pool: &SqlitePool, query: ReadingQuery) -> Result<u64, StoreError> {
    if query.limit == 0 {
        return Ok(0);
    }
    let statement = newest_rows!("length(CAST(r.value AS BLOB)) AS bytes");
    let sum = format!("SELECT coalesce(sum(bytes), 0) FROM ({statement})");
    let bytes: i64 = sqlx::query_scalar_with(AssertSqlSafe(sum), arguments(query))
        .fetch_one(pool)
        .await?;
    Ok(bytes.cast_unsigned())
}

fn arguments(query: ReadingQuery) -> SqliteArguments {
    let keys = path_key::keys_below(query.path);
    let mut arguments = SqliteArguments::default();
    for number in [
        query.device.0,
        *keys.start(),
        *keys.end(),
        query.from.map_or(i64::MIN, UnixTime::as_micros),
        query.to.map_or(i64::MAX, UnixTime::as_micros),
        i64::from(query.limit),
    ] {
        arguments.add(number).expect("numbers are always encoded");
    }
    arguments
}

/// The newest reading of each path at or below `prefix`, by path.
pub(crate) async fn latest(
    pool: &SqlitePool,
    device: DeviceId,
    prefix: Path,
) -> Result<Vec<ReadingRow>, StoreError> {
    let statement = concat!(
        paths!(),
        " SELECT r.path, r.time, r.kind, r.value, r.source
         FROM paths CROSS JOIN reading r ON r.device = ?1 AND r.path = paths.path
             AND r.time = (SELECT max(n.time) FROM reading n WHERE n.device = ?1 AND n.path = paths.path)
         ORDER BY r.path"
    );
    let keys = path_key::keys_below(prefix);
    let rows = sqlx::query(statement)
        .bind(device.0)
        .bind(*keys.start())
        .bind(*keys.end())
        .fetch_all(pool)
        .await?;
    rows.iter().map(|row| read(row, 0)).collect()
}

/// The newest readings at exactly these paths of many devices, e.g. the firmware
/// versions of a page of devices.
pub(crate) async fn latest_of_many(
    pool: &SqlitePool,
    devices: &[DeviceId],
    paths: &[Path],
) -> Result<Vec<(DeviceId, ReadingRow)>, StoreError> {
    let statement = "SELECT r.device, r.path, r.time, r.kind, r.value, r.source
         FROM json_each(?1) d CROSS JOIN json_each(?2) p
         CROSS JOIN reading r ON r.device = d.value AND r.path = p.value
             AND r.time = (SELECT max(n.time) FROM reading n WHERE n.device = d.value AND n.path = p.value)";
    let devices: serde_json::Value = devices.iter().map(|device| device.0).collect();
    let paths: serde_json::Value = paths.iter().map(|&path| path_key::key(path)).collect();
    let rows = sqlx::query(statement)
        .bind(devices.to_string())
        .bind(paths.to_string())
        .fetch_all(pool)
        .await?;
    rows.iter()
        .map(|row| Ok((DeviceId(row.try_get(0)?), read(row, 1)?)))
        .collect()
}

/// Reads `path, time, kind, value, source` from the column `first` on.
fn read(row: &SqliteRow, first: usize) -> Result<ReadingRow, StoreError> {
    Ok(ReadingRow {
        path: path_key::path(row.try_get(first)?)?,
        time: UnixTime::from_micros(row.try_get(first + 1)?),
        value: column::value(row, first + 2)?,
        source: column::source_from_column(row.try_get(first + 4)?)?,
    })
}
