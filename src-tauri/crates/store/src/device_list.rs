//! Looking devices up: one by its name, or a page of a sorted and filtered list.
//!
//! A page is cut from ids and sort keys before the wide rows are read. Nothing but
//! the names is indexed: a scan of 100,000 rows takes some tens of milliseconds,
//! and an index on times would have to be moved with every Update.

use crate::device::{self, DeviceRow, device_columns};
use crate::error::StoreError;
use crate::object_list;
use crate::registration;
use clock::UnixTime;
use server::ids::{DeviceId, EndpointName};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments as _, AssertSqlSafe, SqlitePool};

/// Which devices to list, and how.
#[derive(Clone, Debug)]
pub struct DeviceQuery {
    /// A part of the endpoint name or of the alias; ASCII letters match in either
    /// case. Empty matches all.
    pub filter: String,
    /// Only those that are, or are not, online.
    pub online: Option<bool>,
    /// The order.
    pub order: DeviceOrder,
    /// Rows to skip.
    pub offset: u32,
    /// At most this many rows.
    pub limit: u32,
    /// What decides who is online.
    pub now: UnixTime,
}

/// What a device list is ordered by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DeviceOrder {
    /// By endpoint name, ascending.
    Endpoint,
    /// The one heard last comes first.
    LastSeen,
    /// The registration that expires next comes first, those that never do, last.
    Expires,
    /// The newest registration comes first.
    Registered,
}

/// One page of a list.
#[derive(Clone, PartialEq, Debug)]
pub struct DevicePage {
    /// The rows asked for.
    pub devices: Vec<DeviceRow>,
    /// How many devices match.
    pub total: u64,
    /// How many of those are online.
    pub online: u64,
}

/// `device d` and `seen s` as they are read together.
const TABLES: &str = "device d LEFT JOIN seen s ON s.device = d.id";

/// Whether a device is registered and the registration has not run out at `?2`.
pub(crate) const ONLINE: &str =
    "(d.ended_at IS NULL AND (d.lifetime_s = 0 OR s.at + d.lifetime_s * 1000000 > ?2))";

/// One page, with the numbers of all that match.
pub(crate) async fn page(pool: &SqlitePool, query: &DeviceQuery) -> Result<DevicePage, StoreError> {
    let mut matching = String::from(
        "(?1 IS NULL OR d.endpoint LIKE ?1 ESCAPE '\\' OR d.alias LIKE ?1 ESCAPE '\\')",
    );
    match query.online {
        None => {}
        Some(true) => matching.push_str(&format!(" AND {ONLINE}")),
        Some(false) => matching.push_str(&format!(" AND NOT {ONLINE}")),
    }
    let counts =
        format!("SELECT count(*), coalesce(sum({ONLINE}), 0) FROM {TABLES} WHERE {matching}");
    let (total, online): (i64, i64) = sqlx::query_as_with(AssertSqlSafe(counts), arguments(query))
        .fetch_one(pool)
        .await?;

    let order = match query.order {
        DeviceOrder::Endpoint => "d.endpoint",
        DeviceOrder::LastSeen => "s.at DESC, d.id",
        DeviceOrder::Registered => "d.registered_at DESC, d.id",
        DeviceOrder::Expires => {
            "CASE WHEN d.ended_at IS NULL AND d.lifetime_s > 0 THEN s.at + d.lifetime_s * 1000000 END
             ASC NULLS LAST, d.id"
        }
    };
    let ids =
        format!("SELECT d.id FROM {TABLES} WHERE {matching} ORDER BY {order} LIMIT ?3 OFFSET ?4");
    let columns = device_columns!();
    let rows = format!("SELECT {columns} FROM {TABLES} WHERE d.id IN ({ids}) ORDER BY {order}");
    let rows = sqlx::query_with(AssertSqlSafe(rows), arguments(query))
        .fetch_all(pool)
        .await?;
    Ok(DevicePage {
        devices: read_all(pool, &rows).await?,
        total: total.cast_unsigned(),
        online: online.cast_unsigned(),
    })
}

/// The device of that name.
pub(crate) async fn by_endpoint(
    pool: &SqlitePool,
    endpoint: &str,
) -> Result<Option<DeviceRow>, StoreError> {
    let query = concat!(
        "SELECT ",
        device_columns!(),
        " FROM device d LEFT JOIN seen s ON s.device = d.id WHERE d.endpoint = ?"
    );
    let row = sqlx::query(query).bind(endpoint).fetch_all(pool).await?;
    Ok(read_all(pool, &row).await?.pop())
}

/// The id of the device of that name.
pub(crate) async fn id(pool: &SqlitePool, endpoint: &str) -> Result<Option<DeviceId>, StoreError> {
    let query = "SELECT id FROM device WHERE endpoint = ?";
    Ok(sqlx::query_scalar(query)
        .bind(endpoint)
        .fetch_optional(pool)
        .await?
        .map(DeviceId))
}

/// The name of the device of that id.
pub(crate) async fn endpoint(
    pool: &SqlitePool,
    device: DeviceId,
) -> Result<Option<EndpointName>, StoreError> {
    let name: Option<String> = sqlx::query_scalar("SELECT endpoint FROM device WHERE id = ?")
        .bind(device.0)
        .fetch_optional(pool)
        .await?;
    name.map(|name| device::endpoint_from_column(&name))
        .transpose()
}

/// Reads devices with their lists of objects.
pub(crate) async fn read_all(
    pool: &SqlitePool,
    rows: &[SqliteRow],
) -> Result<Vec<DeviceRow>, StoreError> {
    let ids = rows
        .iter()
        .map(registration::list_id)
        .collect::<Result<Vec<_>, _>>()?;
    let lists = object_list::load(pool, ids.into_iter()).await?;
    rows.iter().map(|row| device::read(row, &lists)).collect()
}

fn arguments(query: &DeviceQuery) -> SqliteArguments {
    let pattern = (!query.filter.is_empty()).then(|| pattern(&query.filter));
    let mut arguments = SqliteArguments::default();
    arguments.add(pattern).expect("texts are always encoded");
    for number in [
        query.now.as_micros(),
        i64::from(query.limit),
        i64::from(query.offset),
    ] {
        arguments.add(number).expect("numbers are always encoded");
    }
    arguments
}

/// The filter as a LIKE pattern in which nothing but itself matches.
pub(crate) fn pattern(filter: &str) -> String {
    let mut pattern = String::from("%");
    for letter in filter.chars() {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}
