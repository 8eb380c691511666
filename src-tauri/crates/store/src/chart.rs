//! Curves: the readings of one resource, reduced in the database to what a row of
//! pixels can show, so that a million readings travel as a few thousand points.

use crate::error::StoreError;
use crate::path_key;
use crate::reading::{NUMERIC_KINDS, UNSIGNED};
use clock::UnixTime;
use lwm2m::Path;
use server::ids::DeviceId;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments as _, AssertSqlSafe, SqlitePool};

/// The most columns that a chart is reduced to: more than a screen is wide.
pub const MAX_COLUMNS: u32 = 16_384;

/// Which curve to draw.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ChartQuery {
    /// Whose.
    pub device: DeviceId,
    /// A resource or resource instance.
    pub path: Path,
    /// Not before.
    pub from: UnixTime,
    /// Before, and not at.
    pub to: UnixTime,
    /// How many pixels wide the span is; [`MAX_COLUMNS`] at most.
    pub columns: u32,
}

/// A curve.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Chart {
    /// Ascending by time: of each column of pixels the lowest and the highest
    /// reading, and the first and the last of all. Every reading where there are
    /// not more of them.
    pub points: Vec<ChartPoint>,
    /// How many numeric readings lie in the span.
    pub readings: u64,
}

/// A reading as a number.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ChartPoint {
    /// When.
    pub time: UnixTime,
    /// The value; true is 1.
    pub value: f64,
}

/// Fetches a curve.
pub(crate) async fn load(pool: &SqlitePool, query: ChartQuery) -> Result<Chart, StoreError> {
    let columns = query.columns.clamp(1, MAX_COLUMNS);
    let (from, to) = (query.from.as_micros(), query.to.as_micros());
    let place = [query.device.0, path_key::key(query.path)];

    let span = format!(
        "r.device = ?1 AND r.path = ?2 AND r.time >= ?3 AND r.time < ?4 AND {}",
        numeric()
    );
    let extent = format!("SELECT count(*), min(r.time), max(r.time) FROM reading r WHERE {span}");
    let arguments = numbers(place.into_iter().chain([from, to]));
    let extent = sqlx::query_as_with(AssertSqlSafe(extent), arguments)
        .fetch_one(pool)
        .await?;
    let (readings, Some(first), Some(last)): (i64, Option<i64>, Option<i64>) = extent else {
        return Ok(Chart::default());
    };

    let value = value();
    let rows: Vec<(i64, f64)> = if readings <= i64::from(columns) * 2 {
        let all = format!("SELECT r.time, {value} FROM reading r WHERE {span} ORDER BY r.time");
        let arguments = numbers(place.into_iter().chain([from, to]));
        sqlx::query_as_with(AssertSqlSafe(all), arguments)
            .fetch_all(pool)
            .await?
    } else {
        let width = column_width(from, to, columns);
        let start = column_start(from, first, width);
        let arguments = numbers(place.into_iter().chain([start, width, first, last]));
        sqlx::query_as_with(AssertSqlSafe(reduced()), arguments)
            .fetch_all(pool)
            .await?
    };
    let point = |(time, value)| ChartPoint {
        time: UnixTime::from_micros(time),
        value,
    };
    Ok(Chart {
        points: rows.into_iter().map(point).collect(),
        readings: readings.cast_unsigned(),
    })
}

/// Columns are leapt along; each costs two reads of its own rows and nothing else.
fn reduced() -> String {
    let (value, numeric) = (value(), numeric());
    let extreme = |order| {
        format!(
            "SELECT (SELECT r.time FROM reading r
                     WHERE r.device = ?1 AND r.path = ?2 AND r.time >= start AND r.time < start + ?4
                         AND r.time <= ?6 AND {numeric}
                     ORDER BY {value} {order} LIMIT 1)
             FROM columns"
        )
    };
    let (lowest, highest) = (extreme("ASC"), extreme("DESC"));
    format!(
        "WITH RECURSIVE columns(start) AS (
             SELECT ?3 UNION ALL SELECT start + ?4 FROM columns WHERE start + ?4 <= ?6
         ),
         picked(time) AS ({lowest} UNION {highest} UNION SELECT ?5 UNION SELECT ?6)
         SELECT r.time, {value} FROM picked
         CROSS JOIN reading r ON r.device = ?1 AND r.path = ?2 AND r.time = picked.time
         ORDER BY r.time"
    )
}

/// Rows that a chart can draw. NaN is stored as bytes and falls out.
fn numeric() -> String {
    format!("r.kind IN {NUMERIC_KINDS} AND typeof(r.value) <> 'blob'")
}

/// The value as a real number; unsigned ones are stored as their bits.
fn value() -> String {
    let two_to_the_64th = "18446744073709551616.0";
    format!(
        "CASE WHEN r.kind = {UNSIGNED} AND r.value < 0 THEN r.value + {two_to_the_64th}
              ELSE CAST(r.value AS REAL) END"
    )
}

/// Microseconds of one column, rounded up.
fn column_width(from: i64, to: i64, columns: u32) -> i64 {
    let span = i128::from(to) - i128::from(from);
    let width = (span + i128::from(columns) - 1) / i128::from(columns);
    i64::try_from(width.max(1)).unwrap_or(i64::MAX)
}

/// Where the column of the first reading starts, so that empty ones before it are
/// not visited.
fn column_start(from: i64, first: i64, width: i64) -> i64 {
    let before = (i128::from(first) - i128::from(from)) / i128::from(width);
    i64::try_from(i128::from(from) + before * i128::from(width)).unwrap_or(from)
}

fn numbers(numbers: impl Iterator<Item = i64>) -> SqliteArguments {
    let mut arguments = SqliteArguments::default();
    for number in numbers {
        arguments.add(number).expect("numbers are always encoded");
    }
    arguments
}
