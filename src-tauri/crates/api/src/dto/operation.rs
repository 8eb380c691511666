//! Operations: what was asked of a device and how it ended.

use super::{shapes, words};
use crate::dto::reading::{Value, ValueAt};
use std::collections::BTreeMap;

words! {
    /// A data format, as in the Content-Format and Accept options.
    pub enum Format {
        /// text/plain
        Text,
        /// application/octet-stream
        Opaque,
        /// application/cbor
        Cbor,
        /// application/vnd.oma.lwm2m+tlv
        Tlv,
        /// application/vnd.oma.lwm2m+json
        Json,
        /// application/senml+json
        SenmlJson,
        /// application/senml+cbor
        SenmlCbor,
        /// application/link-format
        Link,
    }

    /// How a write treats what is already there.
    pub enum WriteMode {
        /// PUT: what is not named is removed.
        Replace,
        /// POST: what is not named stays.
        Update,
    }

    /// The two ways to end an observation.
    pub enum CancelWay {
        /// A request with Observe 1 and the same token.
        Active,
        /// A Reset to the next notification.
        Passive,
    }

    /// How far an operation is.
    pub enum OperationState {
        /// Waits for its turn or for the device to wake.
        Queued,
        /// On its way.
        Sent,
        /// Over; see the outcome.
        Ended,
    }

    /// How an operation ended.
    pub enum Outcome {
        /// The device did it.
        Success,
        /// The device, or this program before sending, said no.
        Refused,
        /// No answer in time.
        TimedOut,
        /// Withdrawn before its end.
        Cancelled,
        /// Sent before a crash; the answer is unknown.
        Lost,
    }
}

words! {
    /// Who goes first of the operations that wait for one device.
    pub enum Priority {
        /// Before all others.
        High,
        /// As usual.
        Normal,
        /// When nothing else waits.
        Low,
    }

    /// What a queued operation waits for.
    pub enum WaitsFor {
        /// Its turn: one request at a time.
        Turn,
        /// The device to wake.
        Wake,
    }
}

shapes! {
    /// The terms on which something is asked; all calls that start an operation take
    /// them.
    #[derive(Default)]
    pub struct Terms {
        /// When to give up: counted from now, or from the moment it is sent where
        /// `ttl_ms` says how long it may wait.
        pub timeout_ms: Option<u64>,
        /// How long it may wait to be sent. Where neither this nor `timeout_ms` is
        /// given, seven days for a device in queue mode.
        pub ttl_ms: Option<u64>,
        /// `normal` unless told.
        pub priority: Option<Priority>,
        /// A write takes the place of one that still waits for the same path; as the
        /// device's profile says unless told.
        pub latest_wins: Option<bool>,
    }

    /// Reads an object, an instance, a resource or a resource instance.
    pub struct ResourceReadRequest {
        /// The endpoint client name.
        pub endpoint: String,
        /// E.g. `/3303/0/5700`.
        pub path: String,
        /// The Accept option; the most compact one the device offers unless told.
        pub format: Option<Format>,
        /// Asks even for objects that only a bootstrap server may touch.
        pub unchecked: Option<bool>,
        /// How urgent, for how long.
        #[serde(flatten)]
        pub terms: Terms,
    }

    /// Writes values to an instance, a resource or a resource instance.
    pub struct ResourceWriteRequest {
        /// The endpoint client name.
        pub endpoint: String,
        /// The target of the request.
        pub path: String,
        /// `replace` unless told.
        pub mode: Option<WriteMode>,
        /// Absolute paths at or below `path`.
        pub values: Vec<ValueAt>,
        /// The format to send; chosen from what the device offers unless told.
        pub format: Option<Format>,
        /// Sends even what the model forbids (type, range, operation).
        pub unchecked: Option<bool>,
        /// How urgent, for how long.
        #[serde(flatten)]
        pub terms: Terms,
    }

    /// Executes a resource.
    pub struct ResourceExecuteRequest {
        /// The endpoint client name.
        pub endpoint: String,
        /// The executable resource.
        pub path: String,
        /// The raw text of the arguments, e.g. `0='U'`.
        pub arguments: Option<String>,
        /// Sends it until it is acknowledged, unless told otherwise.
        pub confirmable: Option<bool>,
        /// Sends it even where the model knows nothing to execute.
        pub unchecked: Option<bool>,
        /// How urgent, for how long.
        #[serde(flatten)]
        pub terms: Terms,
    }

    /// A call about a path of a device: discover, observe, delete.
    pub struct PathRequest {
        /// The endpoint client name.
        pub endpoint: String,
        /// The target.
        pub path: String,
        /// The Accept option where one applies.
        pub format: Option<Format>,
        /// Asks even for objects that only a bootstrap server may touch.
        pub unchecked: Option<bool>,
        /// How urgent, for how long.
        #[serde(flatten)]
        pub terms: Terms,
    }

    /// Sets or unsets notification attributes.
    pub struct AttributesWriteRequest {
        /// The endpoint client name.
        pub endpoint: String,
        /// Object, instance, resource or resource instance.
        pub path: String,
        /// E.g. `{"pmin": 5, "gt": null}`; null unsets.
        pub attributes: BTreeMap<String, Option<f64>>,
        /// Sends even attributes that contradict each other or that the device's
        /// version does not have.
        pub unchecked: Option<bool>,
        /// How urgent, for how long.
        #[serde(flatten)]
        pub terms: Terms,
    }

    /// A further instance to be created by the same request.
    pub struct FurtherInstance {
        /// Instance id.
        pub instance: u16,
        /// Paths relative to the instance: `5700`, `5700/0`.
        pub values: Vec<ValueAt>,
    }

    /// Creates an object instance, or several.
    pub struct InstanceCreateRequest {
        /// The endpoint client name.
        pub endpoint: String,
        /// Object id.
        pub object: u16,
        /// The object version that is meant, e.g. `1.2`; where the device has
        /// another one, nothing is sent.
        pub version: Option<String>,
        /// Instance id; the device chooses unless told.
        pub instance: Option<u16>,
        /// Paths relative to the instance: `5700`, `5700/0`.
        pub values: Vec<ValueAt>,
        /// Further instances; only beside one whose `instance` is told.
        pub more: Option<Vec<FurtherInstance>>,
        /// The format to send.
        pub format: Option<Format>,
        /// Sends even what the model forbids.
        pub unchecked: Option<bool>,
        /// How urgent, for how long.
        #[serde(flatten)]
        pub terms: Terms,
    }

    /// Ends an observation.
    pub struct ObservationCancelRequest {
        /// The endpoint client name.
        pub endpoint: String,
        /// The path observed.
        pub path: String,
        /// `active` unless told.
        pub way: Option<CancelWay>,
        /// How urgent, for how long.
        #[serde(flatten)]
        pub terms: Terms,
    }

    /// The operation that a call started.
    pub struct OperationStarted {
        /// An opaque id.
        pub operation: String,
    }

    /// A call about one operation.
    pub struct OperationRequest {
        /// An opaque id.
        pub operation: String,
        /// Shows only the beginning of large values.
        pub preview: Option<bool>,
    }

    /// Gives an operation that waits another priority or another place in line.
    pub struct OperationMoveRequest {
        /// An opaque id.
        pub operation: String,
        /// Stays as it is unless told.
        pub priority: Option<Priority>,
        /// The place among those of its priority; 0 is the next to go.
        pub position: Option<u32>,
    }

    /// Waits for the end of an operation.
    pub struct OperationWaitRequest {
        /// An opaque id.
        pub operation: String,
        /// How long to wait; 30,000 unless told, 300,000 at most.
        pub timeout_ms: Option<u64>,
        /// Shows only the beginning of large values.
        pub preview: Option<bool>,
    }

    /// Which operations to list.
    #[derive(Default)]
    pub struct OperationListRequest {
        /// Only those of this device.
        pub endpoint: Option<String>,
        /// The newest ones; 200 unless told.
        pub limit: Option<u32>,
    }

    /// Operations, newest first.
    pub struct OperationListResponse {
        /// The rows asked for.
        pub operations: Vec<Operation>,
    }

    /// One operation from request to outcome.
    pub struct Operation {
        /// An opaque id.
        pub operation: String,
        /// The endpoint client name.
        pub endpoint: String,
        /// The call that started it, e.g. `resource_read`.
        pub name: String,
        /// The target.
        pub path: String,
        /// How far it is.
        pub state: OperationState,
        /// Who goes first of those that wait.
        pub priority: Priority,
        /// What it waits for while it is queued.
        pub waits_for: Option<WaitsFor>,
        /// RFC 3339: when it is given up unless it is sent before; while it is queued.
        pub expires_at: Option<String>,
        /// How it ended.
        pub outcome: Option<Outcome>,
        /// The CoAP response code, e.g. `2.05`.
        pub code: Option<String>,
        /// All targets of a composite operation, in the order given.
        pub paths: Option<Vec<String>>,
        /// Of several paths those for which nothing came: the rest is there.
        pub missing: Option<Vec<String>>,
        /// What was read, or what a write carried.
        pub values: Option<Vec<Value>>,
        /// What Discover found.
        pub links: Option<Vec<DiscoveredLink>>,
        /// Where an instance was created, e.g. `/3303/2`.
        pub location: Option<String>,
        /// The reason, in words.
        pub detail: Option<String>,
        /// What is happening now, e.g. `retransmission 2 of 4`, `block 37 of 412`.
        pub progress: Option<String>,
        /// Deviations from the standard seen in the answer.
        pub deviations: Option<Vec<String>>,
        /// The format of the answer, or of what was sent.
        pub format: Option<Format>,
        /// RFC 3339.
        pub started_at: String,
        /// RFC 3339.
        pub ended_at: Option<String>,
    }

    /// A link found by Discover.
    pub struct DiscoveredLink {
        /// E.g. `/3/0/9`.
        pub path: String,
        /// E.g. `{"pmin": "5"}`; an attribute without a value is an empty string.
        pub attributes: BTreeMap<String, String>,
    }

    /// Which observations to list.
    #[derive(Default)]
    pub struct ObservationListRequest {
        /// Only those of this device.
        pub endpoint: Option<String>,
    }

    /// Observations in force.
    pub struct ObservationListResponse {
        /// Oldest first.
        pub observations: Vec<Observation>,
    }

    /// An observation in force.
    pub struct Observation {
        /// The endpoint client name.
        pub endpoint: String,
        /// What is observed: one path, or several for a composite observation.
        pub paths: Vec<String>,
        /// Whether the paths are observed as one.
        pub composite: bool,
        /// RFC 3339.
        pub since: String,
        /// How many notifications came.
        pub notifications: u64,
        /// RFC 3339: the last notification; before the first one, the answer that began it.
        pub last_at: String,
    }
}
