//! What devices told of their own trees: which paths there are, and the notification
//! attributes attached to them. Rows come and go with the answers to Discover; what
//! they mean together (inheritance, what is missing) is for the caller to say.

use crate::bulk::Bulk;
use crate::encoding::{change_from_text, change_to_text};
use crate::error::StoreError;
use crate::path_key;
use clock::UnixTime;
use lwm2m::Path;
use lwm2m::attributes::{AttributeChange, NotificationAttributes};
use server::discovery::{Discovery, Found, News};
use server::ids::DeviceId;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{Row as _, SqlitePool};

/// Paths kept of one device; of more, those that were listed longest ago go.
const MAX_PATHS: u32 = 20_000;

/// One path of a device's tree, as it was told last.
#[derive(Clone, PartialEq, Debug)]
pub struct DiscoveredRow {
    /// The path with its attributes.
    pub found: Found,
    /// When it was listed, or its attributes changed.
    pub at: UnixTime,
}

static LIST: Bulk = Bulk::new(
    "INSERT OR REPLACE INTO discovered SELECT * FROM ({rows}) WHERE column1 IS NOT NULL",
    6,
);

/// Writes what a batch tells, in order.
pub(crate) async fn save(
    connection: &mut SqliteConnection,
    discoveries: &[&Discovery],
) -> Result<(), StoreError> {
    for discovery in discoveries {
        let Discovery { device, at, news } = discovery;
        match news {
            News::Listed { below, found } => {
                remove(connection, *device, *below).await?;
                list(connection, *device, *at, found).await?;
            }
            News::Attributes { path, change } => {
                change_attributes(connection, (*device, *path), *at, change).await?;
            }
            News::Gone(path) => remove(connection, *device, *path).await?,
        }
    }
    Ok(())
}

async fn list(
    connection: &mut SqliteConnection,
    device: DeviceId,
    at: UnixTime,
    found: &[Found],
) -> Result<(), StoreError> {
    LIST.run(connection, found, |own, columns| {
        let attributes = AttributeChange::from(&own.attributes);
        let attributes = (!own.attributes.is_empty()).then(|| change_to_text(&attributes));
        columns.add(device.0).add(path_key::key(own.path));
        columns.add(at.as_micros()).add(own.listed);
        columns.add(own.inherits).add(attributes);
    })
    .await?;
    let surplus = "DELETE FROM discovered WHERE device = ?1 AND path IN
         (SELECT path FROM discovered WHERE device = ?1 ORDER BY at DESC, path LIMIT -1 OFFSET ?2)";
    sqlx::query(surplus)
        .bind(device.0)
        .bind(MAX_PATHS)
        .execute(connection)
        .await?;
    Ok(())
}

/// `json_patch` sets what the change names and takes away what it says is null.
async fn change_attributes(
    connection: &mut SqliteConnection,
    (device, path): (DeviceId, Path),
    at: UnixTime,
    change: &AttributeChange,
) -> Result<(), StoreError> {
    let statement = "INSERT INTO discovered VALUES (?1, ?2, ?3, FALSE, FALSE, json_patch('{}', ?4))
         ON CONFLICT (device, path) DO UPDATE
         SET at = excluded.at, attributes = json_patch(coalesce(attributes, '{}'), ?4)";
    sqlx::query(statement)
        .bind(device.0)
        .bind(path_key::key(path))
        .bind(at.as_micros())
        .bind(change_to_text(change))
        .execute(connection)
        .await?;
    Ok(())
}

async fn remove(
    connection: &mut SqliteConnection,
    device: DeviceId,
    path: Path,
) -> Result<(), StoreError> {
    let keys = path_key::keys_below(path);
    sqlx::query("DELETE FROM discovered WHERE device = ? AND path BETWEEN ? AND ?")
        .bind(device.0)
        .bind(*keys.start())
        .bind(*keys.end())
        .execute(connection)
        .await?;
    Ok(())
}

/// Everything that a device told, by path.
pub(crate) async fn all(
    pool: &SqlitePool,
    device: DeviceId,
) -> Result<Vec<DiscoveredRow>, StoreError> {
    let query = "SELECT path, at, listed, inherits, attributes FROM discovered WHERE device = ? ORDER BY path";
    let rows = sqlx::query(query).bind(device.0).fetch_all(pool).await?;
    rows.iter().map(read).collect()
}

fn read(row: &SqliteRow) -> Result<DiscoveredRow, StoreError> {
    let mut attributes = NotificationAttributes::default();
    if let Some(text) = row.try_get::<Option<&str>, _>(4)? {
        attributes.apply(&change_from_text(text)?);
    }
    Ok(DiscoveredRow {
        found: Found {
            path: path_key::path(row.try_get(0)?)?,
            attributes,
            listed: row.try_get(2)?,
            inherits: row.try_get(3)?,
        },
        at: UnixTime::from_micros(row.try_get(1)?),
    })
}
