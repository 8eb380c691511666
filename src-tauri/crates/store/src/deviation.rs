//! How often each device deviated from the standard, and how: one row for each code
//! of the closed list, with the latest example.

use crate::bulk::Bulk;
use crate::error::StoreError;
use crate::fold::DeviationFold;
use clock::UnixTime;
use server::ids::DeviceId;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{Row as _, SqlitePool};
use std::collections::BTreeMap;

/// Bytes of an example that are kept.
const MAX_EXAMPLE_BYTES: usize = 500;

/// How often one device deviated in one way.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeviationRow {
    /// The code of the quirk.
    pub code: String,
    /// How often.
    pub count: u64,
    /// When it was seen first.
    pub first_at: UnixTime,
    /// When it was seen last.
    pub last_at: UnixTime,
    /// What it looked like then, in words.
    pub example: String,
}

static COUNT: Bulk = Bulk::new(
    "INSERT INTO deviation (device, code, count, first_at, last_at, example)
     SELECT * FROM ({rows}) WHERE column1 IS NOT NULL
     ON CONFLICT (device, code) DO UPDATE
     SET count = count + excluded.count, last_at = excluded.last_at, example = excluded.example",
    6,
);

/// Adds what a batch counts.
pub(crate) async fn save(
    connection: &mut SqliteConnection,
    deviations: &BTreeMap<(DeviceId, &str), DeviationFold<'_>>,
) -> Result<(), StoreError> {
    let rows: Vec<_> = deviations.iter().collect();
    COUNT
        .run(connection, &rows, |((device, code), news), columns| {
            columns.add(device.0).add(*code);
            columns.add(news.count.cast_signed());
            columns.add(news.first_at.as_micros());
            columns.add(news.last_at.as_micros());
            columns.add(shortened(news.example));
        })
        .await
}

/// Those of one device, by code.
pub(crate) async fn of_device(
    pool: &SqlitePool,
    device: DeviceId,
) -> Result<Vec<DeviationRow>, StoreError> {
    let query = "SELECT code, count, first_at, last_at, example FROM deviation WHERE device = ? ORDER BY code";
    sqlx::query(query)
        .bind(device.0)
        .fetch_all(pool)
        .await?
        .iter()
        .map(read)
        .collect()
}

fn read(row: &SqliteRow) -> Result<DeviationRow, StoreError> {
    Ok(DeviationRow {
        code: row.try_get(0)?,
        count: row.try_get::<i64, _>(1)?.cast_unsigned(),
        first_at: UnixTime::from_micros(row.try_get(2)?),
        last_at: UnixTime::from_micros(row.try_get(3)?),
        example: row.try_get(4)?,
    })
}

fn shortened(text: &str) -> &str {
    text.get(..text.floor_char_boundary(MAX_EXAMPLE_BYTES))
        .unwrap_or(text)
}
