//! The facts that the engine wants remembered, in the order they came true.
//!
//! This is the vocabulary between the engine, which decides, and `store`, which
//! remembers: the engine never asks the store anything while it runs. What a
//! start hands back stands in `snapshot`.

use crate::discovery::Discovery;
use crate::ids::{DeviceId, EndpointName, ObservationId};
use crate::observation::{Observation, Target};
use crate::operation::{Operation, TimedValue};
use crate::profile::Profile;
use crate::registration::{Departure, Registration};
use crate::security::Fact;
use clock::UnixTime;
use lwm2m::deviation::Deviation;
use std::sync::Arc;

/// One fact. A batch of them is committed as a whole.
#[derive(Clone, PartialEq, Debug)]
pub enum Change {
    /// A device registered; it may be new, and a former registration of it is over.
    Registered {
        /// The endpoint client name.
        endpoint: EndpointName,
        /// The new registration.
        registration: Arc<Registration>,
        /// Where the request deviated from the standard.
        deviations: Vec<Deviation>,
    },
    /// An Update changed parameters of a registration.
    Updated {
        /// The registration as it is now.
        registration: Arc<Registration>,
    },
    /// An Update or other sign of life changed nothing but the time.
    Seen {
        /// Whose.
        device: DeviceId,
        /// When the device was heard.
        at: UnixTime,
    },
    /// A registration ended.
    Departed {
        /// Whose.
        device: DeviceId,
        /// Why.
        cause: Departure,
        /// When.
        at: UnixTime,
    },
    /// A device with all its history is to be removed.
    Forgotten {
        /// Which.
        device: DeviceId,
    },
    /// An observation was made, established again, or lost its link.
    Observed(Observation),
    /// An observation is over.
    ObservationEnded {
        /// Which.
        id: ObservationId,
    },
    /// Values came in.
    Readings(Readings),
    /// An operation began or moved.
    Operation(Arc<Operation>),
    /// A device told what its tree holds and which attributes are attached.
    Discovered(Discovery),
    /// A device is to be treated in another way from now on.
    Profiled {
        /// Which.
        device: DeviceId,
        /// How.
        profile: Arc<Profile>,
    },
    /// A device deviated from the standard.
    Deviated {
        /// Which.
        device: DeviceId,
        /// When.
        at: UnixTime,
        /// How.
        deviations: Vec<Deviation>,
    },
    /// What became true of credentials, handshakes and sessions.
    Security(Fact),
}

/// Values that came in with one message.
#[derive(Clone, PartialEq, Debug)]
pub struct Readings {
    /// From whom.
    pub device: DeviceId,
    /// How.
    pub source: ReadingSource,
    /// The observation that brought them; its counter goes up by one.
    pub observation: Option<ObservationId>,
    /// When the message arrived; the time of values that have none of their own.
    pub arrived_at: UnixTime,
    /// The values.
    pub values: Vec<TimedValue>,
}

/// How a value came in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReadingSource {
    /// By a notification.
    Notify,
    /// By a Read.
    Read,
    /// By a Send of the device.
    Send,
    /// By a Read-Composite or its notification.
    Composite,
}

impl ReadingSource {
    /// How the values of an observation come in.
    #[must_use]
    pub const fn of(target: &Target) -> Self {
        match target {
            Target::One(_) => Self::Notify,
            Target::Several(_) => Self::Composite,
        }
    }
}
