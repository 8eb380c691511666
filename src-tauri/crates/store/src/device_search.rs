//! Finding a few devices fast while somebody types: by name, by tag, by what they
//! announce. Unlike `device_list` nothing is counted, so a search ends with the last
//! row that is wanted.

use crate::device::{DeviceRow, device_columns};
use crate::device_list::{pattern, read_all};
use crate::error::StoreError;
use lwm2m::path::Id;
use sqlx::{AssertSqlSafe, SqlitePool};
use std::collections::{BTreeMap, BTreeSet};

/// What to find devices by.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DeviceSearch {
    /// A part of the endpoint name or of the alias; names that begin with it come
    /// first. ASCII letters match in either case.
    Name(String),
    /// The beginning of a tag.
    Tag(String),
    /// An object that the device announces, perhaps with an instance.
    Object(Id, Option<Id>),
}

/// Devices that match, the likeliest first.
pub(crate) async fn find(
    pool: &SqlitePool,
    search: &DeviceSearch,
    limit: u32,
) -> Result<Vec<DeviceRow>, StoreError> {
    let ids = match search {
        DeviceSearch::Name(part) => by_name(pool, part, limit).await?,
        DeviceSearch::Tag(tag) => by_tag(pool, tag, limit).await?,
        DeviceSearch::Object(object, instance) => {
            by_object(pool, *object, *instance, limit).await?
        }
    };
    rows(pool, &ids).await
}

/// Beginnings of endpoint names are one range of the index, and aliases are few;
/// only then all names are looked at.
async fn by_name(pool: &SqlitePool, part: &str, limit: u32) -> Result<Vec<i64>, StoreError> {
    let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
    let begins = "SELECT id FROM device WHERE endpoint >= ?1 AND endpoint < ?1 || char(1114111)
         ORDER BY endpoint LIMIT ?2";
    let alias = "SELECT id FROM device WHERE alias IS NOT NULL AND alias LIKE ?1 ESCAPE '\\'
         ORDER BY alias LIMIT ?2";
    let anywhere =
        "SELECT id FROM device WHERE endpoint LIKE ?1 ESCAPE '\\' ORDER BY endpoint LIMIT ?2";
    let anything = pattern(part);
    let (mut found, mut met) = (Vec::new(), BTreeSet::new());
    for (query, text) in [(begins, part), (alias, &anything), (anywhere, &anything)] {
        if found.len() >= wanted {
            break;
        }
        let ids: Vec<i64> = sqlx::query_scalar(query)
            .bind(text)
            .bind(limit)
            .fetch_all(pool)
            .await?;
        found.extend(ids.into_iter().filter(|id| met.insert(*id)));
    }
    found.truncate(wanted);
    Ok(found)
}

async fn by_tag(pool: &SqlitePool, tag: &str, limit: u32) -> Result<Vec<i64>, StoreError> {
    // Who has tags is few, which the order would make SQLite overlook.
    let query = "SELECT id FROM device INDEXED BY device_by_tags WHERE tags IS NOT NULL
         AND EXISTS (SELECT 1 FROM json_each(tags) WHERE value LIKE ?1 ESCAPE '\\')
         ORDER BY endpoint LIMIT ?2";
    let begins = pattern(tag);
    Ok(sqlx::query_scalar(query)
        .bind(begins.trim_start_matches('%'))
        .bind(limit)
        .fetch_all(pool)
        .await?)
}

/// Many devices share a list, so lists are looked at first, and devices only where one
/// fits: of 100,000 devices nobody's list is read twice.
async fn by_object(
    pool: &SqlitePool,
    object: Id,
    instance: Option<Id>,
    limit: u32,
) -> Result<Vec<i64>, StoreError> {
    let lists = lists_with(pool, object, instance).await?;
    if lists.is_empty() {
        return Ok(Vec::new());
    }
    let query = "SELECT id FROM device WHERE objects IN (SELECT value FROM json_each(?1)) LIMIT ?2";
    Ok(sqlx::query_scalar(query)
        .bind(serde_json::Value::from(lists).to_string())
        .bind(limit)
        .fetch_all(pool)
        .await?)
}

/// Lists in which an object stands, perhaps with an instance. They are JSON as in
/// `[3303,[0,1]]`; the plain text is looked at first, because reading JSON takes ten
/// times as long.
async fn lists_with(
    pool: &SqlitePool,
    object: Id,
    instance: Option<Id>,
) -> Result<Vec<i64>, StoreError> {
    let query = "SELECT id FROM (
             SELECT id, content, substr(content, instr(content, ?1) + length(?1)) AS rest
             FROM object_list WHERE instr(content, ?1) > 0)
         WHERE (?3 IS NULL
             OR instr(',' || substr(rest, 1, instr(rest, ']') - 1) || ',', ',' || ?3 || ',') > 0)
         AND EXISTS (
             SELECT 1 FROM json_each(content, '$.objects') o
             WHERE json_extract(o.value, '$[0]') = ?2 AND (?3 IS NULL OR EXISTS (
                 SELECT 1 FROM json_each(o.value, '$[1]') i WHERE i.value = ?3)))
         LIMIT ?4";
    Ok(sqlx::query_scalar(query)
        .bind(format!("[{object},["))
        .bind(object)
        .bind(instance)
        .bind(MAX_LISTS)
        .fetch_all(pool)
        .await?)
}

/// Lists that a search goes on with: there are rarely more different ones among all
/// devices, and as many devices are found by them.
const MAX_LISTS: u32 = 1_000;

/// The rows of these devices, in this order.
async fn rows(pool: &SqlitePool, ids: &[i64]) -> Result<Vec<DeviceRow>, StoreError> {
    let columns = device_columns!();
    let query = format!(
        "SELECT {columns} FROM device d LEFT JOIN seen s ON s.device = d.id
         WHERE d.id IN (SELECT value FROM json_each(?))"
    );
    let list = serde_json::Value::from(ids).to_string();
    let rows = sqlx::query(AssertSqlSafe(query))
        .bind(list)
        .fetch_all(pool)
        .await?;
    let mut by_id: BTreeMap<i64, DeviceRow> = read_all(pool, &rows)
        .await?
        .into_iter()
        .map(|row| (row.id.0, row))
        .collect();
    Ok(ids.iter().filter_map(|id| by_id.remove(id)).collect())
}
