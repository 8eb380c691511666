//! Registrations as columns of `device` and `seen`. What a device row has besides
//! stands in `device`; how everything is loaded at the start, in `snapshot`.

use crate::bulk::Columns;
use crate::encoding::{pairs_from_text, pairs_to_text};
use crate::error::StoreError;
use crate::mode::{mode_from_column, mode_to_column};
use clock::UnixTime;
use coap::{ListenerId, Peer};
use lwm2m::{Lwm2mVersion, ObjectList};
use server::credential::Mode;
use server::ids::{DeviceId, Location};
use server::registration::{Binding, Departure, Registration};
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use std::collections::HashMap;
use std::sync::Arc;

/// The columns that [`read`] takes, from `device d` and `seen s`.
macro_rules! registration_columns {
    () => {
        "d.id, d.location, d.listener, d.address, d.version, d.lifetime_s, d.binding, d.queue_mode, d.sms, \
         d.vendor, d.objects, d.registered_at, s.at, \
         d.security"
    };
}
pub(crate) use registration_columns;

/// How many columns those are.
pub(crate) const COLUMNS: usize = 14;

/// Reads a registration; `lists` holds every list that the rows name.
pub(crate) fn read(
    row: &SqliteRow,
    lists: &HashMap<i64, Arc<ObjectList>>,
) -> Result<Registration, StoreError> {
    let device = DeviceId(row.try_get(0)?);
    let registered_at = row.try_get(11)?;
    Ok(Registration {
        device,
        location: Location(row.try_get::<i64, _>(1)?.cast_unsigned()),
        peer: peer_from_columns(row.try_get(2)?, row.try_get(3)?)?,
        security: security(row)?,
        version: version_from_column(row.try_get(4)?)?,
        lifetime_s: row.try_get(5)?,
        binding: binding_from_column(row.try_get(6)?)?,
        queue_mode: row.try_get(7)?,
        sms: row.try_get::<Option<&str>, _>(8)?.map(Into::into),
        vendor: pairs_from_text(row.try_get(9)?)?,
        objects: list(lists, row.try_get(10)?)?,
        registered_at: UnixTime::from_micros(registered_at),
        seen_at: UnixTime::from_micros(row.try_get::<Option<i64>, _>(12)?.unwrap_or(registered_at)),
    })
}

/// The id of the list that a row names.
pub(crate) fn list_id(row: &SqliteRow) -> Result<i64, StoreError> {
    Ok(row.try_get(10)?)
}

/// How the device of a row proved itself last, registered or not.
pub(crate) fn security(row: &SqliteRow) -> Result<Mode, StoreError> {
    mode_from_column(row.try_get(13)?)
}

/// Writes the columns `location` to `registered_at`, in the order of the table, and
/// `security`.
pub(crate) fn write(registration: &Registration, objects: i64, columns: &mut Columns) {
    let Registration {
        location,
        peer,
        version,
        lifetime_s,
        binding,
        queue_mode,
        ..
    } = registration;
    columns.add(location.0.cast_signed());
    add_peer(*peer, columns);
    columns
        .add(version_to_column(*version))
        .add(*lifetime_s)
        .add(binding.as_str())
        .add(*queue_mode);
    columns
        .add(registration.sms.as_deref())
        .add(pairs_to_text(&registration.vendor));
    columns
        .add(objects)
        .add(registration.registered_at.as_micros())
        .add(mode_to_column(registration.security));
}

/// Writes `listener` and `address`.
pub(crate) fn add_peer(peer: Peer, columns: &mut Columns) {
    columns.add(peer.listener().0).add(peer.address());
}

/// Reads `listener` and `address`.
pub(crate) fn peer_from_columns(listener: u8, address: &[u8]) -> Result<Peer, StoreError> {
    Peer::new(ListenerId(listener), address)
        .ok_or_else(|| StoreError::corrupt("an address is too long"))
}

/// The number of a cause.
pub(crate) const fn departure_to_column(cause: Departure) -> i64 {
    match cause {
        Departure::Deregistered => 0,
        Departure::Expired => 1,
        Departure::Replaced => 2,
        Departure::Forgotten => 3,
        Departure::Revoked => 4,
    }
}

/// The cause of a number.
pub(crate) fn departure_from_column(number: i64) -> Result<Departure, StoreError> {
    [
        Departure::Deregistered,
        Departure::Expired,
        Departure::Replaced,
        Departure::Forgotten,
        Departure::Revoked,
    ]
    .into_iter()
    .find(|&cause| departure_to_column(cause) == number)
    .ok_or_else(|| StoreError::corrupt(format!("{number} is no cause of a departure")))
}

const fn version_to_column(version: Lwm2mVersion) -> i64 {
    match version {
        Lwm2mVersion::V1_0 => 10,
        Lwm2mVersion::V1_1 => 11,
        Lwm2mVersion::V1_2 => 12,
    }
}

fn version_from_column(number: i64) -> Result<Lwm2mVersion, StoreError> {
    [Lwm2mVersion::V1_0, Lwm2mVersion::V1_1, Lwm2mVersion::V1_2]
        .into_iter()
        .find(|&version| version_to_column(version) == number)
        .ok_or_else(|| StoreError::corrupt(format!("{number} is no version of LwM2M")))
}

fn binding_from_column(letters: &str) -> Result<Binding, StoreError> {
    Binding::parse(letters)
        .ok_or_else(|| StoreError::corrupt(format!("\"{letters}\" is no binding")))
}

fn list(lists: &HashMap<i64, Arc<ObjectList>>, id: i64) -> Result<Arc<ObjectList>, StoreError> {
    lists
        .get(&id)
        .cloned()
        .ok_or_else(|| StoreError::corrupt(format!("object list {id} is missing")))
}
