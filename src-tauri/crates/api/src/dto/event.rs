//! Events: what changed, after it was stored.

use super::{shapes, words};
use crate::dto::device::Device;
use crate::dto::instrument::{Problem, Status};
use crate::dto::operation::Operation;
use crate::dto::pending::SecurityEvent;
use crate::dto::reading::{Kind, ReadingSource};
use crate::dto::traffic::TrafficMessage;

words! {
    /// The names in the `event:` field.
    pub enum EventName {
        /// A device row changed; data is a `DeviceEvent`.
        Device,
        /// An operation moved; data is an `Operation`.
        Operation,
        /// Values arrived; data is a `ReadingsEvent`.
        Readings,
        /// Datagrams passed; data is a `TrafficMessage`.
        Traffic,
        /// Something went wrong; data is a `Problem`.
        Problem,
        /// A handshake got further, succeeded or failed; data is a `SecurityEvent`.
        Security,
        /// The figures of the status bar, once a second; data is a `Status`.
        Status,
        /// The reader was too slow or asked for too old a revision: fetch anew.
        Resync,
    }
}

impl EventName {
    /// The word in the `event:` field.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Device => "device",
            Self::Operation => "operation",
            Self::Readings => "readings",
            Self::Traffic => "traffic",
            Self::Problem => "problem",
            Self::Security => "security",
            Self::Status => "status",
            Self::Resync => "resync",
        }
    }
}

shapes! {
    /// A device row changed.
    pub struct DeviceEvent {
        /// The endpoint client name.
        pub endpoint: String,
        /// The row as it is now; absent when the device was forgotten.
        pub device: Option<Device>,
    }

    /// Values of one path, in columns.
    pub struct ReadingsEvent {
        /// The endpoint client name.
        pub endpoint: String,
        /// Absolute.
        pub path: String,
        /// The type of all values.
        pub kind: Kind,
        /// Milliseconds since 1970.
        pub t: Vec<i64>,
        /// In the JSON form of the kind; of a large value only its beginning.
        pub v: Vec<serde_json::Value>,
        /// Sizes in bytes, one for each value, if any of them is only a beginning;
        /// then 0 stands for a whole value.
        pub sizes: Option<Vec<u64>>,
        /// How they came in.
        pub source: ReadingSource,
        /// The revision that stored the last of them.
        pub revision: u64,
    }

    /// The reader must fetch anew.
    pub struct ResyncEvent {
        /// The newest revision.
        pub revision: u64,
    }

    /// Everything that an event stream may carry, for the page's types.
    pub struct EventShapes {
        /// `device`
        pub device: DeviceEvent,
        /// `operation`
        pub operation: Operation,
        /// `readings`
        pub readings: ReadingsEvent,
        /// `traffic`
        pub traffic: TrafficMessage,
        /// `problem`
        pub problem: Problem,
        /// `security`
        pub security: SecurityEvent,
        /// `status`
        pub status: Status,
        /// `resync`
        pub resync: ResyncEvent,
    }
}
