//! Removing what is to go, a part at a time, so that commits never wait long.
//!
//! The history of a forgotten device is marked in the file and survives a crash;
//! a sweep of old readings is not, and begins anew. The newest reading of each
//! path always stays: it is what the object tree shows.

use crate::error::StoreError;
use crate::transaction;
use clock::UnixTime;
use sqlx::sqlite::SqliteConnection;
use std::time::{Duration, Instant};

/// How long one part may take; it ends with the statement that goes over.
const SLICE: Duration = Duration::from_millis(20);

/// How many rows one statement removes: about 5 ms.
const ROWS: u32 = 2_000;

/// How many free pages go back to the file system at a time, of 4 KiB each.
const VACUUM_PAGES: u32 = 256;

/// How many free pages stay for new rows.
const SPARE_PAGES: i64 = 4_096;

/// What is kept.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Retention {
    /// Readings and ended operations from before this time go; `None` keeps all.
    pub keep_since: Option<UnixTime>,
    /// While the rows take more bytes, the oldest tenth of the readings' span goes;
    /// `None` means no limit.
    pub max_bytes: Option<u64>,
}

/// Whether there is more to remove.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tidied {
    /// Call again when no commit waits.
    More,
    /// Nothing is left to do.
    Done,
}

/// How far the removal is.
#[derive(Default, Debug)]
pub(crate) struct Sweep {
    retention: Retention,
    stage: Stage,
}

#[derive(Clone, Copy, Default, Debug)]
enum Stage {
    Readings(Pass),
    Operations,
    FreePages,
    #[default]
    Done,
}

/// One walk over all devices.
#[derive(Clone, Copy, Debug)]
struct Pass {
    /// Readings from before go.
    before: i64,
    /// Devices up to this one are done.
    after: i64,
    /// The oldest and the newest reading met that stay.
    kept: Option<(i64, i64)>,
    /// Whether anything went.
    removed: bool,
}

impl Pass {
    const fn before(before: i64) -> Self {
        Self {
            before,
            after: i64::MIN,
            kept: None,
            removed: false,
        }
    }
}

impl Sweep {
    /// Begins anew.
    pub(crate) fn start(&mut self, retention: Retention) {
        let before = retention.keep_since.map_or(i64::MIN, UnixTime::as_micros);
        let idle = retention == Retention::default();
        self.retention = retention;
        self.stage = if idle {
            Stage::FreePages
        } else {
            Stage::Readings(Pass::before(before))
        };
    }

    /// Removes a part.
    pub(crate) async fn slice(
        &mut self,
        connection: &mut SqliteConnection,
    ) -> Result<Tidied, StoreError> {
        if remove_forgotten(connection).await? {
            return Ok(Tidied::More);
        }
        self.stage = match self.stage {
            Stage::Readings(pass) => self.readings(connection, pass).await?,
            Stage::Operations => self.operations(connection).await?,
            Stage::FreePages => free_pages(connection).await?,
            Stage::Done => Stage::Done,
        };
        Ok(if matches!(self.stage, Stage::Done) {
            Tidied::Done
        } else {
            Tidied::More
        })
    }

    async fn readings(
        &self,
        connection: &mut SqliteConnection,
        mut pass: Pass,
    ) -> Result<Stage, StoreError> {
        let started = Instant::now();
        transaction::begin(connection).await?;
        let removed = remove_devices(connection, &mut pass, started).await;
        let over = transaction::end(connection, removed).await?;
        if !over {
            return Ok(Stage::Readings(pass));
        }
        let too_large = match self.retention.max_bytes {
            Some(max) => used_bytes(connection).await? > max,
            None => false,
        };
        let next = pass
            .kept
            .map(|(oldest, newest)| oldest.saturating_add(newest.saturating_sub(oldest) / 10 + 1));
        Ok(match next {
            // A pass that removed nothing though it should have will not do better.
            Some(before) if too_large && (pass.removed || before > pass.before) => {
                Stage::Readings(Pass::before(before))
            }
            _ => Stage::Operations,
        })
    }

    /// Ids rise with time, so the oldest operations are the first rows.
    async fn operations(&self, connection: &mut SqliteConnection) -> Result<Stage, StoreError> {
        let before = self
            .retention
            .keep_since
            .map_or(i64::MIN, UnixTime::as_micros);
        let statement = "DELETE FROM operation
             WHERE id IN (SELECT id FROM operation ORDER BY id LIMIT ?1) AND ended_at < ?2";
        let removed = sqlx::query(statement)
            .bind(ROWS)
            .bind(before)
            .execute(connection)
            .await?
            .rows_affected();
        Ok(if removed > 0 {
            Stage::Operations
        } else {
            Stage::FreePages
        })
    }
}

/// Removes a part of the history of a forgotten device; false if there is none.
async fn remove_forgotten(connection: &mut SqliteConnection) -> Result<bool, StoreError> {
    let next = "SELECT device FROM forgotten LIMIT 1";
    let Some(device) = sqlx::query_scalar::<_, i64>(next)
        .fetch_optional(&mut *connection)
        .await?
    else {
        return Ok(false);
    };
    for part in [
        "DELETE FROM reading WHERE device = ?1
         AND (path, time) IN (SELECT path, time FROM reading WHERE device = ?1 LIMIT ?2)",
        "DELETE FROM operation WHERE id IN (SELECT id FROM operation WHERE device = ?1 LIMIT ?2)",
    ] {
        let removed = sqlx::query(part)
            .bind(device)
            .bind(ROWS)
            .execute(&mut *connection)
            .await?
            .rows_affected();
        if removed > 0 {
            return Ok(true);
        }
    }
    sqlx::query("DELETE FROM forgotten WHERE device = ?")
        .bind(device)
        .execute(connection)
        .await?;
    Ok(true)
}

/// Goes from device to device for a slice of time. Whether that was the last one.
async fn remove_devices(
    connection: &mut SqliteConnection,
    pass: &mut Pass,
    started: Instant,
) -> Result<bool, StoreError> {
    let mut over = false;
    while !over && started.elapsed() < SLICE {
        over = !remove_next_device(connection, pass, started).await?;
    }
    Ok(over)
}

/// Goes on with the next device that has readings; false if there is none.
async fn remove_next_device(
    connection: &mut SqliteConnection,
    pass: &mut Pass,
    started: Instant,
) -> Result<bool, StoreError> {
    let next = "SELECT min(device) FROM reading WHERE device > ?";
    let device: Option<i64> = sqlx::query_scalar(next)
        .bind(pass.after)
        .fetch_one(&mut *connection)
        .await?;
    let Some(device) = device else {
        return Ok(false);
    };
    let spans = "WITH RECURSIVE paths(path) AS (
             SELECT min(path) FROM reading WHERE device = ?1
             UNION ALL
             SELECT (SELECT min(r.path) FROM reading r WHERE r.device = ?1 AND r.path > paths.path)
             FROM paths WHERE paths.path IS NOT NULL
         )
         SELECT path, (SELECT min(r.time) FROM reading r WHERE r.device = ?1 AND r.path = paths.path),
             (SELECT max(r.time) FROM reading r WHERE r.device = ?1 AND r.path = paths.path)
         FROM paths WHERE path IS NOT NULL";
    let spans: Vec<(i64, i64, i64)> = sqlx::query_as(spans)
        .bind(device)
        .fetch_all(&mut *connection)
        .await?;
    for (path, oldest, newest) in spans {
        let before = pass.before.min(newest);
        if oldest < before {
            while remove_oldest(connection, (device, path), before).await? >= u64::from(ROWS) {
                pass.removed = true;
                if started.elapsed() >= SLICE {
                    return Ok(true);
                }
            }
            pass.removed = true;
        }
        let oldest = oldest.max(before);
        pass.kept = Some(
            pass.kept
                .map_or((oldest, newest), |(a, b)| (a.min(oldest), b.max(newest))),
        );
    }
    pass.after = device;
    Ok(true)
}

/// Removes readings of one path from before a time, [`ROWS`] or some more with the
/// same time at most.
async fn remove_oldest(
    connection: &mut SqliteConnection,
    (device, path): (i64, i64),
    before: i64,
) -> Result<u64, StoreError> {
    let statement = "DELETE FROM reading WHERE device = ?1 AND path = ?2 AND time < min(?3, coalesce(
         (SELECT time FROM reading WHERE device = ?1 AND path = ?2 ORDER BY time LIMIT 1 OFFSET ?4), ?3))";
    let query = sqlx::query(statement)
        .bind(device)
        .bind(path)
        .bind(before)
        .bind(ROWS);
    Ok(query.execute(connection).await?.rows_affected())
}

/// Gives pages that rows left behind back to the file system, as far as new rows
/// will not need them.
async fn free_pages(connection: &mut SqliteConnection) -> Result<Stage, StoreError> {
    let free: i64 = sqlx::query_scalar("PRAGMA freelist_count")
        .fetch_one(&mut *connection)
        .await?;
    if free <= SPARE_PAGES + i64::from(VACUUM_PAGES) {
        return Ok(Stage::Done);
    }
    // Safe: the text is a constant and a number.
    let statement = sqlx::AssertSqlSafe(format!("PRAGMA incremental_vacuum({VACUUM_PAGES})"));
    sqlx::raw_sql(statement).execute(connection).await?;
    Ok(Stage::FreePages)
}

/// The bytes that rows take, without free pages.
async fn used_bytes(connection: &mut SqliteConnection) -> Result<u64, StoreError> {
    let query = "SELECT (page_count - freelist_count) * page_size
         FROM pragma_page_count, pragma_freelist_count, pragma_page_size";
    let bytes: i64 = sqlx::query_scalar(query).fetch_one(connection).await?;
    Ok(bytes.unsigned_abs())
}
