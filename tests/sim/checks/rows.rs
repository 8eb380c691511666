//! Rules about rows: the server believes what is stored, and what is stored makes
//! sense in itself.

use crate::broken::Broken;
use crate::memory::Memory;
use clock::UnixTime;
use server::Server;
use std::collections::BTreeSet;
use std::time::Duration;

pub(super) fn belief_is_stored(server: &Server, memory: &Memory) -> Result<(), Broken> {
    let (devices, observations) = server.belief();
    let mut stored = memory.devices.iter();
    for (id, device) in devices.iter() {
        let row = stored.next();
        let same = row.is_some_and(|(stored_id, row)| {
            (*stored_id, &row.endpoint, &row.registration, &row.profile)
                == (id, &device.endpoint, &device.registration, &device.profile)
        });
        if !same {
            return Err(format!(
                "the server believes\n  {id:?} {device:?}\nand the store has\n  {row:?}"
            ));
        }
    }
    if let Some(row) = stored.next() {
        return Err(format!(
            "the store has {row:?}, of which the server knows nothing"
        ));
    }
    let mut stored = memory.observations.values();
    for observation in observations.iter() {
        let row = stored.next();
        if row != Some(observation) {
            return Err(format!(
                "the server believes\n  {observation:?}\nand the store has\n  {row:?}"
            ));
        }
    }
    stored.next().map_or(Ok(()), |row| {
        Err(format!(
            "the store has {row:?}, of which the server knows nothing"
        ))
    })
}

/// REG-15: who does not update a registration within its lifetime has none any more.
pub(super) fn registrations_end_in_time(server: &Server, civil: UnixTime) -> Result<(), Broken> {
    let devices = server.belief().0;
    let mut registered = devices
        .iter()
        .filter_map(|(id, device)| Some((id, device.registration.as_ref()?)));
    let outlived = registered.find(|(_, own)| {
        let end = own.expires_at();
        end.is_some_and(|end| end + LATEST_END < civil)
    });
    outlived.map_or(Ok(()), |(id, own)| {
        Err(format!(
            "at {civil:?} {id:?} is still registered, though its time is over: {own:?}"
        ))
    })
}

pub(super) fn observations_have_registrations(memory: &Memory) -> Result<(), Broken> {
    for observation in memory.observations.values() {
        let Some(link) = observation.link else {
            continue;
        };
        let row = memory.devices.get(&observation.device);
        let peer = row
            .and_then(|row| row.registration.as_ref())
            .map(|registration| registration.peer);
        if peer != Some(link.peer) {
            return Err(format!(
                "{observation:?} is in force without a registration at its address: {row:?}"
            ));
        }
    }
    Ok(())
}

pub(super) fn observations_are_made_once(memory: &Memory) -> Result<(), Broken> {
    let mut places = BTreeSet::new();
    let mut observations = memory.observations.values();
    let twin = observations.find(|own| {
        let target = &own.target;
        !places.insert((own.device, target.is_composite(), target.paths()))
    });
    twin.map_or(Ok(()), |twin| {
        Err(format!(
            "{} of {:?} is observed twice over",
            twin.target, twin.device
        ))
    })
}

/// How long after its time a registration may still be there.
const LATEST_END: Duration = Duration::from_secs(10);
