//! Observations: what the operator wants to be told about, with the token under
//! which the device does so while one is in force.

use crate::bulk::{Bulk, Columns};
use crate::device::endpoint_from_column;
use crate::encoding::{paths_from_text, paths_to_text};
use crate::error::StoreError;
use crate::fold::ObservationFold;
use crate::path_key;
use crate::registration::{add_peer, peer_from_columns};
use clock::UnixTime;
use coap::Token;
use lwm2m::{Format, Path};
use server::ids::{DeviceId, EndpointName, ObservationId};
use server::observation::{Observation, ObservationLink, Target};
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{Row as _, SqlitePool};
use std::collections::BTreeMap;

/// An observation with the name of its device.
#[derive(Clone, PartialEq, Debug)]
pub struct ObservationRow {
    /// Whose path is observed.
    pub endpoint: EndpointName,
    /// The observation.
    pub observation: Observation,
}

static SAVE: Bulk = Bulk::new(
    "INSERT OR REPLACE INTO observation SELECT * FROM ({rows}) WHERE column1 IS NOT NULL",
    11,
);

static COUNT: Bulk = Bulk::new(
    "UPDATE observation SET notifications = notifications + v.column2, last_at = v.column3
     FROM ({rows}) AS v WHERE id = v.column1",
    3,
);

/// Writes what a batch says of observations.
pub(crate) async fn save(
    connection: &mut SqliteConnection,
    observations: &BTreeMap<ObservationId, ObservationFold<'_>>,
) -> Result<(), StoreError> {
    let announced: Vec<_> = observations
        .values()
        .filter_map(|news| Some((news.announced?, news)))
        .collect();
    SAVE.run(connection, &announced, |(known, news), columns| {
        write(known, news, columns)
    })
    .await?;
    let quiet = |news: &ObservationFold<'_>| {
        news.ended || news.announced.is_some() || news.notifications == 0
    };
    let more: Vec<_> = observations
        .iter()
        .filter(|(_, news)| !quiet(news))
        .collect();
    COUNT
        .run(connection, &more, |(id, news), columns| {
            columns.add(id.0).add(news.notifications.cast_signed());
            columns.add(news.last_at.map(UnixTime::as_micros));
        })
        .await?;
    let ended: serde_json::Value = observations
        .iter()
        .filter(|(_, news)| news.ended)
        .map(|(id, _)| id.0)
        .collect();
    if ended.as_array().is_some_and(|ended| !ended.is_empty()) {
        let delete = "DELETE FROM observation WHERE id IN (SELECT value FROM json_each(?))";
        sqlx::query(delete)
            .bind(ended.to_string())
            .execute(connection)
            .await?;
    }
    Ok(())
}

fn write(known: &Observation, news: &ObservationFold<'_>, columns: &mut Columns) {
    columns
        .add(known.id.0)
        .add(known.device.0)
        .add(path_key::key(single(&known.target)));
    columns.add(known.format.map(Format::name));
    match known.link {
        Some(link) => {
            add_peer(link.peer, columns);
            columns.add(link.token.as_bytes());
        }
        None => {
            columns
                .add(None::<i64>)
                .add(None::<&[u8]>)
                .add(None::<&[u8]>);
        }
    }
    let notifications = known.notifications.saturating_add(news.notifications);
    let last_at = news.last_at.or(known.last_at);
    columns
        .add(known.since.as_micros())
        .add(notifications.cast_signed());
    columns.add(last_at.map(UnixTime::as_micros));
    columns.add(match &known.target {
        Target::One(_) => None,
        Target::Several(paths) => Some(paths_to_text(paths)),
    });
}

/// The column path: a composite observation is one of the root.
const fn single(target: &Target) -> Path {
    match target {
        Target::One(path) => *path,
        Target::Several(_) => Path::Root,
    }
}

/// The columns that [`read`] takes, from `observation o`.
macro_rules! observation_columns {
    () => {
        "o.id, o.device, o.path, o.format, o.listener, o.address, o.token, o.since, o.notifications, o.last_at, o.paths"
    };
}
pub(crate) use observation_columns;

/// Reads an observation.
pub(crate) fn read(row: &SqliteRow) -> Result<Observation, StoreError> {
    let format: Option<&str> = row.try_get(3)?;
    let format = format.map(str::parse).transpose();
    let link = match (row.try_get(4)?, row.try_get(5)?, row.try_get(6)?) {
        (Some(listener), Some(address), Some(token)) => Some(ObservationLink {
            peer: peer_from_columns(listener, address)?,
            token: Token::new(token).ok_or_else(|| StoreError::corrupt("a token is too long"))?,
        }),
        _ => None,
    };
    Ok(Observation {
        id: ObservationId(row.try_get(0)?),
        device: DeviceId(row.try_get(1)?),
        target: match row.try_get::<Option<&str>, _>(10)? {
            None => Target::One(path_key::path(row.try_get(2)?)?),
            Some(paths) => Target::Several(paths_from_text(paths)?),
        },
        format: format.map_err(|_| StoreError::corrupt("an unknown format"))?,
        link,
        since: UnixTime::from_micros(row.try_get(7)?),
        notifications: row.try_get::<i64, _>(8)?.cast_unsigned(),
        last_at: row.try_get::<Option<i64>, _>(9)?.map(UnixTime::from_micros),
    })
}

/// The observations of one device, or all, oldest first.
pub(crate) async fn list(
    pool: &SqlitePool,
    device: Option<DeviceId>,
) -> Result<Vec<ObservationRow>, StoreError> {
    let all = concat!(
        "SELECT ",
        observation_columns!(),
        ", d.endpoint FROM observation o JOIN device d ON d.id = o.device ORDER BY o.id"
    );
    let some = concat!(
        "SELECT ",
        observation_columns!(),
        ", d.endpoint FROM observation o JOIN device d ON d.id = o.device WHERE o.device = ? ORDER BY o.id"
    );
    let query = match device {
        None => sqlx::query(all),
        Some(device) => sqlx::query(some).bind(device.0),
    };
    let row = |row: &SqliteRow| {
        Ok(ObservationRow {
            endpoint: endpoint_from_column(row.try_get(11)?)?,
            observation: read(row)?,
        })
    };
    query.fetch_all(pool).await?.iter().map(row).collect()
}
