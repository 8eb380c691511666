//! What an operation is: something asked of a device, from the moment it is
//! accepted to the one outcome it has. `dispatch` moves operations along,
//! `request` and `answer` translate them from and to CoAP.

use crate::ids::{DeviceId, OperationId};
use clock::UnixTime;
use coap::Code;
use lwm2m::attributes::AttributeChange;
use lwm2m::deviation::Deviation;
use lwm2m::{Format, Id, Path, Reading, Value};
use std::time::Duration;

/// What can be asked of a device (Core 1.1.1 §6.3 and §6.4).
#[derive(Clone, PartialEq, Debug)]
pub enum Ask {
    /// Read an object, instance, resource or resource instance.
    Read {
        /// The target.
        path: Path,
        /// The Accept option; chosen from what the device offers if `None`.
        format: Option<Format>,
    },
    /// Write to an instance, resource or resource instance.
    Write {
        /// The target.
        path: Path,
        /// PUT or POST.
        mode: WriteMode,
        /// Values at or below `path`.
        values: Vec<Reading>,
        /// The format to send; chosen from what the device offers if `None`.
        format: Option<Format>,
    },
    /// Execute a resource.
    Execute {
        /// The target.
        path: Path,
        /// The raw text of the arguments.
        arguments: Option<String>,
    },
    /// List what lies at a path.
    Discover {
        /// The target.
        path: Path,
    },
    /// Set or unset notification attributes.
    WriteAttributes {
        /// The target.
        path: Path,
        /// What to change.
        change: AttributeChange,
    },
    /// Create an object instance.
    Create {
        /// The object.
        object: Id,
        /// The instance; chosen by the device if `None`.
        instance: Option<Id>,
        /// Values below the instance; where `instance` is `None`, below instance 0.
        values: Vec<Reading>,
        /// The format to send; chosen from what the device offers if `None`.
        format: Option<Format>,
    },
    /// Delete an object instance.
    Delete {
        /// The target.
        path: Path,
    },
    /// Start observing.
    Observe {
        /// The target.
        path: Path,
        /// The Accept option; chosen from what the device offers if `None`.
        format: Option<Format>,
    },
    /// Stop observing.
    CancelObservation {
        /// The path observed.
        path: Path,
        /// By request or by reset.
        way: CancelWay,
    },
}

impl Ask {
    /// The name of the call that asks this, e.g. `resource_read`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Read { .. } => "resource_read",
            Self::Write { .. } => "resource_write",
            Self::Execute { .. } => "resource_execute",
            Self::Discover { .. } => "resource_discover",
            Self::WriteAttributes { .. } => "attributes_write",
            Self::Create { .. } => "instance_create",
            Self::Delete { .. } => "instance_delete",
            Self::Observe { .. } => "observation_start",
            Self::CancelObservation { .. } => "observation_cancel",
        }
    }

    /// The target.
    #[must_use]
    pub const fn path(&self) -> Path {
        match *self {
            Self::Read { path, .. }
            | Self::Write { path, .. }
            | Self::Execute { path, .. }
            | Self::Discover { path }
            | Self::WriteAttributes { path, .. }
            | Self::Delete { path }
            | Self::Observe { path, .. }
            | Self::CancelObservation { path, .. } => path,
            Self::Create {
                object,
                instance: Some(instance),
                ..
            } => Path::Instance(object, instance),
            Self::Create {
                object,
                instance: None,
                ..
            } => Path::Object(object),
        }
    }

    /// Whether a repetition could change the device a second time. Such an
    /// operation is never sent again by itself after a crash.
    #[must_use]
    pub const fn changes_device(&self) -> bool {
        !matches!(
            self,
            Self::Read { .. } | Self::Discover { .. } | Self::Observe { .. }
        )
    }
}

/// How a write treats what is already there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WriteMode {
    /// PUT: what is not named is removed.
    Replace,
    /// POST: what is not named stays.
    Update,
}

/// The two ways to end an observation (RFC 7641 §3.6, conformance OB-06).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CancelWay {
    /// A request with Observe 1 and the same token.
    Active,
    /// A Reset to the next notification.
    Passive,
}

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
    /// How long it may take in all.
    pub timeout: Duration,
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
