//! OB-04: a notification that was overtaken by a later one is history, never the current
//! value (RFC 7641 §3.4). Read from the wire; the server's own judgement is not asked.

use crate::broken::Broken;
use crate::memory::History;
use clock::{Instant, UnixTime};
use coap::{Message, Token};
use server::ids::DeviceId;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// What is remembered of notifications.
#[derive(Default, Debug)]
pub(super) struct Order {
    /// The newest number by device and token, and when it came; `None` for those that
    /// come in blocks, whose parts have times of their own.
    newest: BTreeMap<(usize, Token), Option<(u32, Instant)>>,
    /// Notifications that were overtaken, by the device that the store knows and the time
    /// at which they came.
    overtaken: BTreeSet<(DeviceId, UnixTime)>,
}

impl Order {
    pub(super) fn server_begins(&mut self) {
        *self = Self::default();
    }

    /// A response of a device is about to be handed to the server.
    pub(super) fn server_receives(
        &mut self,
        (instant, unix): (Instant, UnixTime),
        device: usize,
        message: &Message,
        known: Option<DeviceId>,
    ) {
        let Some(number) = message.options.observe() else {
            return;
        };
        let newest = self.newest.entry((device, message.token));
        let newest = newest.or_insert(Some((number, instant)));
        if message.options.block2().is_some() {
            *newest = None;
        }
        let Some((last, at)) = *newest else {
            return;
        };
        if number == last {
            return;
        }
        let ahead = number.wrapping_sub(last) % NUMBERS < NUMBERS / 2;
        if ahead || instant.since(at) > ALWAYS_NEWER {
            *newest = Some((number, instant));
        } else {
            self.overtaken.extend(known.map(|known| (known, unix)));
        }
    }

    /// All that came is stored, or never will be.
    pub(super) fn at_rest(&mut self, history: &History) -> Result<(), Broken> {
        let overtaken = std::mem::take(&mut self.overtaken);
        let wrong = overtaken
            .into_iter()
            .find(|own| history.current.contains(own));
        wrong.map_or(Ok(()), |(device, at)| {
            Err(format!(
                "OB-04: what came from {device:?} at {at:?} was overtaken, and is the current value"
            ))
        })
    }
}

/// Numbers of notifications: three bytes (RFC 7641 §3.4).
const NUMBERS: u32 = 1 << 24;

/// After it a notification is newer whatever its number (RFC 7641 §3.4).
const ALWAYS_NEWER: Duration = Duration::from_secs(128);
