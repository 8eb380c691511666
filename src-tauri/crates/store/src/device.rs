//! Devices: rows that appear with the first Register, keep the last registration
//! when it ends, and go only when the operator has them forgotten. Lists of them
//! are asked in `device_list`.

use crate::bulk::Bulk;
use crate::encoding::{
    deviations_from_text, deviations_to_text, strings_from_text, strings_to_text,
};
use crate::error::StoreError;
use crate::fold::DeviceFold;
use crate::object_list::BatchLists;
use crate::registration::{self, departure_from_column, departure_to_column};
use clock::UnixTime;
use lwm2m::{Deviation, ObjectList};
use server::ids::{DeviceId, EndpointName};
use server::registration::{Departure, Registration};
use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// A device that registered at least once.
#[derive(Clone, PartialEq, Debug)]
pub struct DeviceRow {
    /// Its id.
    pub id: DeviceId,
    /// Its name.
    pub endpoint: EndpointName,
    /// A name given here.
    pub alias: Option<String>,
    /// A remark given here.
    pub note: Option<String>,
    /// Words given here to find devices by.
    pub tags: Vec<String>,
    /// Its last registration, in force unless `ended` says otherwise.
    pub registration: Registration,
    /// Why and when the last registration ended.
    pub ended: Option<(Departure, UnixTime)>,
    /// Where its last Register deviated from the standard.
    pub deviations: Vec<Deviation>,
    /// Whether an earlier registration of it came over a secure association.
    pub was_secure: bool,
}

impl DeviceRow {
    /// Whether it is registered and the registration has not run out.
    #[must_use]
    pub fn is_online(&self, now: UnixTime) -> bool {
        self.ended.is_none() && self.registration.expires_at().is_none_or(|end| end > now)
    }
}

// In the last line names without `excluded` are of the row as it was.
static REGISTER: Bulk = Bulk::new(
    "INSERT INTO device (id, endpoint, location, listener, address, version, lifetime_s, binding, queue_mode, sms,
         vendor, objects, registered_at, security, deviations)
     SELECT * FROM ({rows}) WHERE column1 IS NOT NULL
     ON CONFLICT (id) DO UPDATE
     SET endpoint = excluded.endpoint, location = excluded.location, listener = excluded.listener,
         address = excluded.address, version = excluded.version, lifetime_s = excluded.lifetime_s,
         binding = excluded.binding, queue_mode = excluded.queue_mode, sms = excluded.sms,
         vendor = excluded.vendor, objects = excluded.objects, registered_at = excluded.registered_at,
         security = excluded.security, deviations = excluded.deviations, ended_at = NULL, ended_cause = NULL,
         was_secure = was_secure OR listener = 2",
    15,
);

static UPDATE: Bulk = Bulk::new(
    "UPDATE device
     SET location = v.column2, listener = v.column3, address = v.column4, version = v.column5,
         lifetime_s = v.column6, binding = v.column7, queue_mode = v.column8, sms = v.column9,
         vendor = v.column10, objects = v.column11, registered_at = v.column12, security = v.column13,
         ended_at = NULL, ended_cause = NULL
     FROM ({rows}) AS v WHERE id = v.column1",
    13,
);

static SEE: Bulk = Bulk::new(
    "INSERT OR REPLACE INTO seen SELECT * FROM ({rows}) WHERE column1 IS NOT NULL",
    2,
);

static END: Bulk = Bulk::new(
    "UPDATE device SET ended_at = v.column2, ended_cause = v.column3 FROM ({rows}) AS v WHERE id = v.column1",
    3,
);

/// Writes what a batch says of devices.
pub(crate) async fn save(
    connection: &mut SqliteConnection,
    devices: &BTreeMap<DeviceId, DeviceFold<'_>>,
    lists: &BatchLists,
) -> Result<(), StoreError> {
    let with_registration = || {
        devices
            .values()
            .filter_map(|news| Some((news.registration?, news.introduced)))
    };
    let introduced: Vec<_> = with_registration()
        .filter_map(|(known, new)| Some((known, new?)))
        .collect();
    REGISTER
        .run(
            connection,
            &introduced,
            |(registration, introduction), columns| {
                columns
                    .add(registration.device.0)
                    .add(introduction.endpoint.as_str());
                registration::write(registration, lists.id(&registration.objects), columns);
                columns.add(deviations_to_text(introduction.deviations));
            },
        )
        .await?;
    let updated: Vec<_> = with_registration()
        .filter(|(_, new)| new.is_none())
        .map(|(known, _)| known)
        .collect();
    UPDATE
        .run(connection, &updated, |registration, columns| {
            columns.add(registration.device.0);
            registration::write(registration, lists.id(&registration.objects), columns);
        })
        .await?;
    let seen: Vec<_> = devices
        .iter()
        .filter_map(|(id, news)| Some((id.0, news.seen_at?.as_micros())))
        .collect();
    SEE.run(connection, &seen, |(id, at), columns| {
        columns.add(*id).add(*at);
    })
    .await?;
    let ended: Vec<_> = devices
        .iter()
        .filter_map(|(id, news)| Some((id.0, news.ended?)))
        .collect();
    END.run(connection, &ended, |(id, (cause, at)), columns| {
        columns
            .add(*id)
            .add(at.as_micros())
            .add(departure_to_column(*cause));
    })
    .await
}

/// Removes devices with what is small, and marks the rest of their history for
/// `tidy`: a crash in between forgets nothing of that.
pub(crate) async fn forget(
    connection: &mut SqliteConnection,
    devices: &BTreeSet<DeviceId>,
) -> Result<(), StoreError> {
    if devices.is_empty() {
        return Ok(());
    }
    let ids: serde_json::Value = devices.iter().map(|device| device.0).collect();
    let ids = ids.to_string();
    for statement in [
        "INSERT OR IGNORE INTO forgotten SELECT value FROM json_each(?)",
        "DELETE FROM device WHERE id IN (SELECT value FROM json_each(?))",
        "DELETE FROM seen WHERE device IN (SELECT value FROM json_each(?))",
        "DELETE FROM observation WHERE device IN (SELECT value FROM json_each(?))",
        "DELETE FROM discovered WHERE device IN (SELECT value FROM json_each(?))",
        "DELETE FROM console_line WHERE device IN (SELECT value FROM json_each(?))",
        "DELETE FROM path_set WHERE device IN (SELECT value FROM json_each(?))",
        "DELETE FROM profile WHERE device IN (SELECT value FROM json_each(?))",
        "DELETE FROM deviation WHERE device IN (SELECT value FROM json_each(?))",
        "DELETE FROM operation WHERE state < 2 AND device IN (SELECT value FROM json_each(?))",
    ] {
        sqlx::query(statement)
            .bind(ids.as_str())
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// Writes names and remarks; `None` leaves a field, an empty one removes it.
pub(crate) async fn save_note(
    connection: &mut SqliteConnection,
    device: DeviceId,
    (alias, note): (Option<&str>, Option<&str>),
    tags: Option<&[String]>,
) -> Result<(), StoreError> {
    let statement = "UPDATE device
         SET alias = nullif(coalesce(?2, alias), ''), note = nullif(coalesce(?3, note), ''),
             tags = nullif(coalesce(?4, tags), '')
         WHERE id = ?1";
    let tags = tags.map(|tags| strings_to_text(tags).unwrap_or_default());
    sqlx::query(statement)
        .bind(device.0)
        .bind(alias)
        .bind(note)
        .bind(tags)
        .execute(connection)
        .await?;
    Ok(())
}

/// The columns that [`read`] takes, from `device d` and `seen s`.
macro_rules! device_columns {
    () => {
        concat!(
            crate::registration::registration_columns!(),
            ", d.endpoint, d.alias, d.note, d.tags, d.ended_at, d.ended_cause, d.deviations, d.was_secure"
        )
    };
}
pub(crate) use device_columns;

/// Reads a device; `lists` holds every list that the rows name.
pub(crate) fn read(
    row: &SqliteRow,
    lists: &HashMap<i64, Arc<ObjectList>>,
) -> Result<DeviceRow, StoreError> {
    const OWN: usize = registration::COLUMNS;
    let ended = match (row.try_get(OWN + 4)?, row.try_get(OWN + 5)?) {
        (Some(at), Some(cause)) => Some((departure_from_column(cause)?, UnixTime::from_micros(at))),
        _ => None,
    };
    Ok(DeviceRow {
        id: DeviceId(row.try_get(0)?),
        endpoint: endpoint_from_column(row.try_get(OWN)?)?,
        alias: row.try_get(OWN + 1)?,
        note: row.try_get(OWN + 2)?,
        tags: strings_from_text(row.try_get(OWN + 3)?)?,
        registration: registration::read(row, lists)?,
        ended,
        deviations: deviations_from_text(row.try_get(OWN + 6)?)?,
        was_secure: row.try_get(OWN + 7)?,
    })
}

/// Reads an endpoint name.
pub(crate) fn endpoint_from_column(name: &str) -> Result<EndpointName, StoreError> {
    EndpointName::new(name)
        .ok_or_else(|| StoreError::corrupt(format!("{name:?} is no endpoint name")))
}
