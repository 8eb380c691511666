//! The limit that benchmarks are held against: the same rows into the same schema by
//! plain statements, without the writer's work around them. Built with the feature
//! `limit` only; the product never inserts like this.

use crate::error::StoreError;
use crate::open::{Options, Store};
use crate::path_key;
use lwm2m::Path as Resource;
use sqlx::Connection as _;
use std::path::Path;
use std::time::{Duration, Instant};

/// How long the same rows took.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    /// One prepared statement for each row, in one transaction.
    pub prepared: Duration,
    /// One statement in which SQLite makes the rows itself: no binding, no thread
    /// to wait for.
    pub generated: Duration,
}

const PREPARED: &str = "INSERT OR REPLACE INTO reading VALUES (?, ?, ?, 3, ?, 0)";

const GENERATED: &str =
    "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?1)
     INSERT OR REPLACE INTO reading SELECT ?2 + i % ?3, ?4, 1000000 + i, 3, i / 8.0, 0 FROM n";

/// Inserts `rows` readings of `devices` devices in turn, twice, into a new file in
/// `folder`.
///
/// # Errors
/// Those of the disk.
pub async fn insert(folder: &Path, devices: i64, rows: i64) -> Result<Limit, StoreError> {
    let (mut store, _) = Store::open(folder, Options::default()).await?;
    let path = path_key::key(Resource::Resource(3303, 0, 5700));
    let begun = Instant::now();
    let mut transaction = store.writer.connection().begin().await?;
    for row in 0..rows {
        sqlx::query(PREPARED)
            .bind(row % devices)
            .bind(path)
            .bind(1_000_000 + row)
            .bind(row as f64 / 8.0)
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await?;
    let prepared = begun.elapsed();
    let begun = Instant::now();
    let mut transaction = store.writer.connection().begin().await?;
    sqlx::query(GENERATED)
        .bind(rows)
        .bind(devices)
        .bind(devices)
        .bind(path)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(Limit {
        prepared,
        generated: begun.elapsed(),
    })
}
