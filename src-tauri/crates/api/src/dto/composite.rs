//! Several paths with one request, the whole device, and lists of paths that have a
//! name.

use super::{shapes, words};
use crate::dto::operation::Terms;
use crate::dto::operation::{CancelWay, Format};
use crate::dto::reading::ValueAt;

words! {
    /// Whose a path set is.
    pub enum PathSetScope {
        /// Of one device.
        Device,
        /// Of all devices with the same manufacturer and model number.
        Model,
    }
}

shapes! {
    /// Reads several paths with one request, as far as they are there.
    pub struct CompositeReadRequest {
        /// The endpoint client name.
        pub endpoint: String,
        /// E.g. `/3/0/9`, `/3303`, or `/` for everything.
        pub paths: Vec<String>,
        /// The format of both bodies; the most compact one the device offers unless told.
        pub format: Option<Format>,
        /// Asks even a device that does not say that it can, and for objects that
        /// only a bootstrap server may touch.
        pub unchecked: Option<bool>,
        /// How urgent, for how long.
        #[serde(flatten)]
        pub terms: Terms,
    }

    /// Writes values of any objects with one request: all of them or none.
    pub struct CompositeWriteRequest {
        /// The endpoint client name.
        pub endpoint: String,
        /// Absolute paths of resources and resource instances.
        pub values: Vec<ValueAt>,
        /// The format to send; the most compact one the device offers unless told.
        pub format: Option<Format>,
        /// Sends even what the model forbids, and to a device that does not say that
        /// it can.
        pub unchecked: Option<bool>,
        /// How urgent, for how long.
        #[serde(flatten)]
        pub terms: Terms,
    }

    /// Starts observing several paths as one.
    pub struct CompositeObserveRequest {
        /// The endpoint client name.
        pub endpoint: String,
        /// E.g. `/3/0/9`, `/3303`; they need not exist yet.
        pub paths: Vec<String>,
        /// The format of both bodies; the most compact one the device offers unless told.
        pub format: Option<Format>,
        /// Asks even a device that does not say that it can.
        pub unchecked: Option<bool>,
        /// How urgent, for how long.
        #[serde(flatten)]
        pub terms: Terms,
    }

    /// Ends an observation of several paths.
    pub struct CompositeCancelRequest {
        /// The endpoint client name.
        pub endpoint: String,
        /// All the paths observed as one, in any order.
        pub paths: Vec<String>,
        /// `active` unless told.
        pub way: Option<CancelWay>,
        /// How urgent, for how long.
        #[serde(flatten)]
        pub terms: Terms,
    }

    /// Reads everything that a device has.
    pub struct DeviceReadRequest {
        /// The endpoint client name.
        pub endpoint: String,
        /// How urgent, for how long.
        #[serde(flatten)]
        pub terms: Terms,
    }

    /// The path sets that apply to a device, by name.
    pub struct PathSetListResponse {
        /// Those of the device first.
        pub sets: Vec<PathSet>,
    }

    /// A list of paths that has a name.
    pub struct PathSet {
        /// Given by the operator.
        pub name: String,
        /// Whose it is.
        pub scope: PathSetScope,
        /// The make, e.g. `ACME Meter-3`, for those of a model.
        pub model: Option<String>,
        /// In the order saved.
        pub paths: Vec<String>,
    }

    /// Saves a path set under its name; one of the same name and scope gives way.
    pub struct PathSetSaveRequest {
        /// The endpoint client name.
        pub endpoint: String,
        /// 1 to 60 characters.
        pub name: String,
        /// A model is known once `/3/0/0` or `/3/0/1` were read.
        pub scope: PathSetScope,
        /// 1 to 100 paths.
        pub paths: Vec<String>,
    }

    /// Deletes a path set.
    pub struct PathSetDeleteRequest {
        /// The endpoint client name.
        pub endpoint: String,
        /// Its name.
        pub name: String,
        /// Whose it is.
        pub scope: PathSetScope,
    }
}
