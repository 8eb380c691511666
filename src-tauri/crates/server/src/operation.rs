//! What an operation is: something asked of a device, from the moment it is
//! accepted to the one outcome it has. What can be asked stands in `ask`;
//! `dispatch` moves operations along, `request` and `answer` translate them from
//! and to CoAP.

pub use crate::ask::{Ask, CancelWay, WriteMode};

use crate::ids::{DeviceId, OperationId};
pub use crate::terms::{Priority, Terms};
use clock::UnixTime;
use coap::Code;
use lwm2m::deviation::Deviation;
use lwm2m::{Format, Path, Value};
use std::time::Duration;

/// An operation as it is stored and shown.
#[derive(Clone, PartialEq, Debug)]
pub struct Operation {
    /// Its id.
    pub id: OperationId,
    /// Who is asked.
    pub device: DeviceId,
    /// What is asked.
    pub ask: Ask,
    /// How far it is.
    pub state: OperationState,
    /// When it was accepted.
    pub started_at: UnixTime,
    /// How long it may take: from the moment it is sent where there is a `ttl`, in all
    /// where there is none.
    pub timeout: Duration,
    /// How long it may wait to be sent, if that is counted by itself.
    pub ttl: Option<Duration>,
    /// Who goes first of those that wait for the device.
    pub priority: Priority,
    /// Its place among those of the same priority: the lower goes first.
    pub place: i64,
}

impl Operation {
    /// When it is given up unless it is sent before; `None` once it was.
    #[must_use]
    pub fn expires_at(&self) -> Option<UnixTime> {
        (self.state == OperationState::Queued)
            .then(|| self.started_at + self.ttl.unwrap_or(self.timeout))
    }

    /// Whether it must outlive a power cut: one that changes the device, and one that
    /// may wait for the device to wake.
    #[must_use]
    pub fn must_be_synced(&self) -> bool {
        self.ask.changes_device() || (self.ttl.is_some() && self.state == OperationState::Queued)
    }
}

/// How far an operation is. It ends exactly once.
#[derive(Clone, PartialEq, Debug)]
pub enum OperationState {
    /// Waits for its turn or for the device to wake.
    Queued,
    /// On its way.
    Sent,
    /// Over.
    Ended(Box<Ending>),
}

/// The end of an operation.
#[derive(Clone, PartialEq, Debug)]
pub struct Ending {
    /// How it ended.
    pub outcome: Outcome,
    /// The response code, if a response came.
    pub code: Option<Code>,
    /// What was read, with the times the device gave.
    pub values: Vec<TimedValue>,
    /// Of the paths asked for together, those for which nothing came: a composite
    /// read is best effort (Core 1.1.1 §6.3.8; conformance DM-14).
    pub missing: Vec<Path>,
    /// What Discover found: path and attributes as text.
    pub links: Vec<DiscoveredLink>,
    /// The instance that Create made.
    pub location: Option<Path>,
    /// The reason, in words; empty on plain success.
    pub detail: String,
    /// Deviations from the standard seen in the answer.
    pub deviations: Vec<Deviation>,
    /// The format of the answer.
    pub format: Option<Format>,
    /// When it ended.
    pub at: UnixTime,
}

impl Ending {
    /// An end without an answer.
    #[must_use]
    pub fn without_answer(outcome: Outcome, detail: impl Into<String>, at: UnixTime) -> Self {
        Self {
            outcome,
            code: None,
            values: Vec::new(),
            missing: Vec::new(),
            links: Vec::new(),
            location: None,
            detail: detail.into(),
            deviations: Vec::new(),
            format: None,
            at,
        }
    }
}

/// How an operation ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// The device did it.
    Success,
    /// The device, or the server before sending, said no.
    Refused,
    /// No answer in time.
    TimedOut,
    /// Withdrawn before its end.
    Cancelled,
    /// Sent before a crash; the answer is unknown.
    Lost,
}

/// A value with the time under which it is stored.
#[derive(Clone, PartialEq, Debug)]
pub struct TimedValue {
    /// A resource or resource instance.
    pub path: Path,
    /// The value.
    pub value: Value,
    /// The device's own time for it, if it gave one.
    pub taken_at: Option<UnixTime>,
}

/// A link found by Discover.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DiscoveredLink {
    /// What it points to.
    pub path: Path,
    /// Names and values; a value is empty where there is none.
    pub attributes: Vec<(String, String)>,
}
