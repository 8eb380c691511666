//! Lists of announced objects, stored once for all devices that announce the
//! same. Rows are only removed when the file is opened (`snapshot`), so an id read
//! in one query is still good in the next.

use crate::bulk::Bulk;
use crate::encoding::{objects_from_text, objects_to_text};
use crate::error::StoreError;
use lwm2m::ObjectList;
use sqlx::SqlitePool;
use sqlx::sqlite::SqliteConnection;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// How many contents the writer remembers; fleets have few, and what is forgotten
/// is only looked up again.
const MAX_REMEMBERED: usize = 20_000;

/// The ids of contents that are known to be in the file.
#[derive(Default, Debug)]
pub(crate) struct ListIds {
    by_content: HashMap<String, i64>,
}

/// The ids of the lists of one batch.
#[derive(Default, Debug)]
pub(crate) struct BatchLists {
    /// By the address of the list, which the batch keeps alive: devices that share
    /// a list are not encoded one by one.
    by_address: HashMap<usize, i64>,
    /// Contents that this batch brought in, to be remembered once it is committed.
    fresh: Vec<(String, i64)>,
}

impl BatchLists {
    /// The id of a list of this batch.
    pub(crate) fn id(&self, list: &Arc<ObjectList>) -> i64 {
        *self
            .by_address
            .get(&address(list))
            .expect("every list of the batch was given an id")
    }
}

impl ListIds {
    /// Finds or stores the lists of a batch.
    pub(crate) async fn save<'a>(
        &self,
        connection: &mut SqliteConnection,
        lists: impl Iterator<Item = &'a Arc<ObjectList>>,
    ) -> Result<BatchLists, StoreError> {
        let mut batch = BatchLists::default();
        let mut unknown: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        let mut encoded = HashMap::new();
        for list in lists {
            let content = encoded
                .entry(address(list))
                .or_insert_with(|| Some(objects_to_text(list)))
                .take();
            let Some(content) = content else { continue };
            match self.by_content.get(&content) {
                Some(&id) => {
                    batch.by_address.insert(address(list), id);
                }
                None => unknown.entry(content).or_default().push(address(list)),
            }
        }
        if !unknown.is_empty() {
            batch.fresh = insert(connection, unknown.keys().cloned().collect()).await?;
        }
        for (content, id) in &batch.fresh {
            let addresses = unknown.get(content).into_iter().flatten();
            batch
                .by_address
                .extend(addresses.map(|&address| (address, *id)));
        }
        Ok(batch)
    }

    /// Remembers what a committed batch, or the opening, found.
    pub(crate) fn remember(&mut self, batch: BatchLists) {
        self.extend(batch.fresh);
    }

    /// Remembers contents with their ids.
    pub(crate) fn extend(&mut self, known: impl IntoIterator<Item = (String, i64)>) {
        if self.by_content.len() > MAX_REMEMBERED {
            self.by_content.clear();
        }
        self.by_content.extend(known);
    }
}

fn address(list: &Arc<ObjectList>) -> usize {
    Arc::as_ptr(list).addr()
}

static INSERT: Bulk = Bulk::new(
    "INSERT INTO object_list (content) SELECT column1 FROM ({rows}) WHERE column1 IS NOT NULL
     ON CONFLICT DO NOTHING",
    1,
);

async fn insert(
    connection: &mut SqliteConnection,
    contents: Vec<String>,
) -> Result<Vec<(String, i64)>, StoreError> {
    INSERT
        .run(connection, &contents, |content, columns| {
            columns.add(content.as_str());
        })
        .await?;
    let query =
        "SELECT content, id FROM object_list WHERE content IN (SELECT value FROM json_each(?))";
    let contents = serde_json::Value::from(contents).to_string();
    Ok(sqlx::query_as(query)
        .bind(contents)
        .fetch_all(connection)
        .await?)
}

/// Fetches lists by their ids.
pub(crate) async fn load(
    pool: &SqlitePool,
    ids: impl Iterator<Item = i64>,
) -> Result<HashMap<i64, Arc<ObjectList>>, StoreError> {
    let mut ids: Vec<i64> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    let query = "SELECT id, content FROM object_list WHERE id IN (SELECT value FROM json_each(?))";
    let ids = serde_json::Value::from(ids).to_string();
    let rows: Vec<(i64, String)> = sqlx::query_as(query).bind(ids).fetch_all(pool).await?;
    decode(&rows)
}

/// Reads contents.
pub(crate) fn decode(rows: &[(i64, String)]) -> Result<HashMap<i64, Arc<ObjectList>>, StoreError> {
    rows.iter()
        .map(|(id, content)| Ok((*id, Arc::new(objects_from_text(content)?))))
        .collect()
}
