//! Access control as a table: the instances of object 2 as the device told them last,
//! and replacing the entries of one (conformance DM-20).

use super::resource::start;
use crate::dto::{
    AccessEntry, AccessGetResponse, AccessPutRequest, AccessRight, AccessRow, AccessServer,
    EndpointRequest, OperationStarted,
};
use crate::error::{ApiError, ErrorCode};
use crate::host::Host;
use crate::time::to_text;
use clock::UnixTime;
use lwm2m::access::{
    ACL, INSTANCE_ID, OBJECT, OBJECT_ID, OWNER, Right, Rights, WHOLE_OBJECT, entry,
};
use lwm2m::registry::Registry;
use lwm2m::{Id, Path, Reading, Value};
use server::operation::{Ask, Operation, OperationState, Outcome, WriteMode};
use std::collections::{BTreeMap, BTreeSet};
use store::{DeviceRow, ReadingRow};

/// Operations looked through for the last one that told or set a whole list.
const OPERATIONS_SEARCHED: u32 = 500;

/// Entries in one rule; a device has a few servers.
const MAX_ENTRIES: usize = 256;

/// Where the short ids of servers stand.
const SERVER: Id = 1;
const SHORT_SERVER_ID: Id = 0;

/// `access_get`
pub(crate) async fn access_get(
    host: &Host,
    request: EndpointRequest,
) -> Result<AccessGetResponse, ApiError> {
    let device = host.device(&request.endpoint).await?;
    let reader = host.workbench().reader();
    let latest = reader.latest(device.id, Path::Object(OBJECT)).await?;
    let servers = reader.latest(device.id, Path::Object(SERVER)).await?;
    let operations = reader
        .operations(Some(device.id), OPERATIONS_SEARCHED)
        .await?;
    let operations: Vec<&Operation> = operations.iter().map(|row| &row.operation).collect();
    let rules = Rules {
        latest: latest.iter().map(|row| (row.path, row)).collect(),
        newest_first: &operations,
    };
    let registry = host.workbench().registry();
    let rows: Vec<AccessRow> = rules
        .instances(&device)
        .into_iter()
        .map(|instance| rules.row(instance, &registry))
        .collect();
    Ok(AccessGetResponse {
        servers: known_servers(&rows, &servers),
        as_of: latest.iter().map(|row| row.time).min().map(to_text),
        rows,
    })
}

/// `access_put`
pub(crate) async fn access_put(
    host: &Host,
    request: AccessPutRequest,
) -> Result<OperationStarted, ApiError> {
    let device = host.device(&request.endpoint).await?;
    let rule = request.instance;
    let path = Path::from_ids(&[OBJECT, rule, ACL]).ok_or_else(|| {
        ApiError::new(
            ErrorCode::InvalidPath,
            "65535 is reserved; instances go from 0 to 65534.",
        )
    })?;
    if !device.registration.objects.announces(path.parent()) {
        let message = format!(
            "The device has no access control rule {rule}; it announced no {}.",
            path.parent()
        );
        return Err(ApiError::new(ErrorCode::InvalidPath, message));
    }
    let ask = Ask::Write {
        path,
        mode: WriteMode::Replace,
        values: values(rule, &request.entries)?,
        format: None,
    };
    start(host, &request.endpoint, ask, request.terms, false).await
}

fn values(rule: Id, entries: &[AccessEntry]) -> Result<Vec<Reading>, ApiError> {
    let refused = |message: String| ApiError::new(ErrorCode::InvalidValue, message);
    if entries.len() > MAX_ENTRIES {
        return Err(refused(format!(
            "A rule has {MAX_ENTRIES} entries at most, not {}.",
            entries.len()
        )));
    }
    let mut named = BTreeSet::new();
    let mut values = Vec::with_capacity(entries.len());
    for one in entries {
        let path = entry(rule, one.server).ok_or_else(|| {
            refused("65535 is no server; short server ids go from 1 to 65534, and 0 stands for all others.".to_owned())
        })?;
        if !named.insert(one.server) {
            return Err(refused(format!("Server {} is named twice.", one.server)));
        }
        let rights: Rights = one
            .rights
            .iter()
            .map(|right| right_from_dto(*right))
            .collect();
        values.push(Reading::new(path, Value::Integer(rights.0.into())));
    }
    Ok(values)
}

/// What a device told of its rules.
struct Rules<'a> {
    latest: BTreeMap<Path, &'a ReadingRow>,
    newest_first: &'a [&'a Operation],
}

impl Rules<'_> {
    /// The instances that the device announced, else those that it told of.
    fn instances(&self, device: &DeviceRow) -> BTreeSet<Id> {
        match device.registration.objects.object(OBJECT) {
            Some(announced) => announced.instances.iter().copied().collect(),
            None => self
                .latest
                .keys()
                .filter_map(|path| path.instance())
                .collect(),
        }
    }

    fn row(&self, instance: Id, registry: &Registry) -> AccessRow {
        let object = self.id(instance, OBJECT_ID);
        let object_instance = self.id(instance, INSTANCE_ID);
        let owner = self.id(instance, OWNER);
        let known = object.and_then(|id| registry.latest(id));
        let object_name = known.map(|own| own.name.clone());
        let entries = self.entries(instance);
        AccessRow {
            summary: summary(
                object,
                object_name.as_deref(),
                object_instance,
                owner,
                &entries,
            ),
            instance,
            object,
            object_name,
            object_instance,
            owner,
            entries,
        }
    }

    fn id(&self, instance: Id, resource: Id) -> Option<u16> {
        let path = Path::Resource(OBJECT, instance, resource);
        match self.latest.get(&path)?.value {
            Value::Integer(number) => u16::try_from(number).ok(),
            Value::Unsigned(number) => u16::try_from(number).ok(),
            _ => None,
        }
    }

    /// The entries as the device has them now: those of the last message that told or
    /// set the whole list, and what came since. Older ones are gone from the device.
    fn entries(&self, instance: Id) -> Vec<AccessEntry> {
        let list = Path::Resource(OBJECT, instance, ACL);
        let mut bits: BTreeMap<Id, i64> = BTreeMap::new();
        let mut since = None;
        if let Some((at, written)) = self.last_whole(list) {
            since = Some(at);
            bits.extend(written);
        }
        for (path, row) in self.latest.iter().filter(|(path, _)| list.contains(**path)) {
            if let (Some(server), Value::Integer(number)) = (path.resource_instance(), &row.value)
                && since.is_none_or(|since| row.time >= since)
            {
                bits.insert(server, *number);
            }
        }
        bits.into_iter()
            .map(|(server, bits)| AccessEntry {
                server,
                rights: Rights::from_bits(bits).iter().map(right_to_dto).collect(),
            })
            .collect()
    }

    /// When a list was last told or set as a whole, and what a write set.
    fn last_whole(&self, list: Path) -> Option<(UnixTime, Vec<(Id, i64)>)> {
        self.newest_first.iter().find_map(|operation| {
            let OperationState::Ended(ending) = &operation.state else {
                return None;
            };
            let whole = operation.ask.path().contains(list) && ending.outcome == Outcome::Success;
            match &operation.ask {
                Ask::Read { .. } | Ask::Observe { .. } if whole => Some((ending.at, Vec::new())),
                Ask::Write {
                    mode: WriteMode::Replace,
                    values,
                    ..
                } if whole => Some((ending.at, set_by(values, list))),
                _ => None,
            }
        })
    }
}

fn set_by(values: &[Reading], list: Path) -> Vec<(Id, i64)> {
    let below = values.iter().filter(|one| list.contains(one.path));
    below
        .filter_map(|one| match one.value {
            Value::Integer(bits) => Some((one.path.resource_instance()?, bits)),
            _ => None,
        })
        .collect()
}

/// The servers of the Server object, the owners, and those that have rights.
fn known_servers(rows: &[AccessRow], servers: &[ReadingRow]) -> Vec<AccessServer> {
    let mut known: BTreeMap<u16, Option<Id>> = BTreeMap::new();
    for row in rows {
        let own = row
            .entries
            .iter()
            .map(|entry| entry.server)
            .chain(row.owner);
        let own = own.filter(|server| *server != 0 && *server != WHOLE_OBJECT);
        own.for_each(|server| {
            known.entry(server).or_default();
        });
    }
    for row in servers {
        if let (Path::Resource(SERVER, instance, SHORT_SERVER_ID), Value::Integer(number)) =
            (row.path, &row.value)
            && let Ok(server) = u16::try_from(*number)
        {
            known.insert(server, Some(instance));
        }
    }
    known
        .into_iter()
        .map(|(server, instance)| AccessServer { server, instance })
        .collect()
}

/// `Temperature /3303/0: server 101 may read and write; every other server may read.`
fn summary(
    object: Option<u16>,
    name: Option<&str>,
    instance: Option<u16>,
    owner: Option<u16>,
    entries: &[AccessEntry],
) -> String {
    let (Some(object), Some(instance)) = (object, instance) else {
        return "Not read yet.".to_owned();
    };
    let name = name.map_or_else(|| format!("Object {object}"), str::to_owned);
    let place = if instance == WHOLE_OBJECT {
        format!("Creating instances of {name} (/{object})")
    } else {
        format!("{name} /{object}/{instance}")
    };
    let owned = match owner {
        Some(WHOLE_OBJECT) => "only a bootstrap server may change this rule".to_owned(),
        Some(server) => format!("server {server} may change this rule"),
        None => "who may change this rule is not known".to_owned(),
    };
    let mut said: Vec<String> = entries.iter().map(entry_words).collect();
    if said.is_empty() {
        said.push("the owner may do everything, and nobody else anything".to_owned());
    }
    said.push(owned);
    format!("{place}: {}.", said.join("; "))
}

fn entry_words(entry: &AccessEntry) -> String {
    let who = match entry.server {
        0 => "every other server".to_owned(),
        server => format!("server {server}"),
    };
    let rights: Vec<&str> = entry
        .rights
        .iter()
        .map(|right| match right {
            AccessRight::Read => "read",
            AccessRight::Write => "write",
            AccessRight::Execute => "execute",
            AccessRight::Delete => "delete",
            AccessRight::Create => "create",
        })
        .collect();
    match rights.as_slice() {
        [] => format!("{who} may do nothing"),
        [only] => format!("{who} may {only}"),
        [first @ .., last] => format!("{who} may {} and {last}", first.join(", ")),
    }
}

const fn right_to_dto(right: Right) -> AccessRight {
    match right {
        Right::Read => AccessRight::Read,
        Right::Write => AccessRight::Write,
        Right::Execute => AccessRight::Execute,
        Right::Delete => AccessRight::Delete,
        Right::Create => AccessRight::Create,
    }
}

const fn right_from_dto(right: AccessRight) -> Right {
    match right {
        AccessRight::Read => Right::Read,
        AccessRight::Write => Right::Write,
        AccessRight::Execute => Right::Execute,
        AccessRight::Delete => Right::Delete,
        AccessRight::Create => Right::Create,
    }
}
