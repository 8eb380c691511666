//! How devices are at this moment, as far as no stored row says it: awake or asleep,
//! for how long, and what waits for them. Values only; `looking` fills them.

use crate::ids::{DeviceId, OperationId};
use crate::security::Session;
use clock::UnixTime;
use coap::Peer;
use std::time::Duration;

/// How one device is at this moment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct View {
    /// Which.
    pub device: DeviceId,
    /// Whether it listens.
    pub state: Wakefulness,
    /// Until when it listens, if it is awake in queue mode.
    pub awake_until: Option<UnixTime>,
    /// When it should wake, if it is asleep and anything tells.
    pub expected_wake_at: Option<UnixTime>,
    /// What that is based on, a sentence; empty unless it is asleep.
    pub wake_basis: String,
    /// The average time from one wake-up to the next, where at least one was seen.
    pub wakes_every: Option<Duration>,
    /// How long it listens after it was heard, in queue mode.
    pub awake_window: Duration,
    /// Its operations that have not ended: the one under way first, then in the order
    /// in which they will go.
    pub operations: Vec<OperationId>,
    /// Whether the first of them is under way.
    pub is_asked: bool,
    /// Where it is, or was when its session ended; nothing where nobody knows.
    pub at: Option<Peer>,
    /// The session in which it is registered, while that is in force.
    pub session: Option<Session>,
    /// Records that came under the session's name and were not authentic, or not new.
    pub forged_records: u32,
}

/// Whether a device listens (conformance QM-01).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wakefulness {
    /// It always does.
    AlwaysOn,
    /// In queue mode, and within its awake window.
    Awake,
    /// In queue mode, and past its awake window or silent when it was asked.
    Asleep,
    /// It has no registration.
    Unregistered,
}
