//! The object tree of a device, flattened into rows that a grid can show as
//! they are: names, units and types from the model, values from the memory.

use super::{shapes, words};
use crate::dto::reading::{Kind, ReadingSource};

words! {
    /// What a row stands for.
    pub enum TreeLevel {
        /// An object.
        Object,
        /// An object instance.
        Instance,
        /// A resource.
        Resource,
        /// A resource instance.
        ResourceInstance,
    }

    /// How well the loaded definitions fit an object.
    pub enum ModelFit {
        /// The very version.
        Exact,
        /// The same major version.
        Nearest,
        /// No definition: raw mode.
        Missing,
    }

    /// What a device can be told to do with one click.
    pub enum ActionName {
        /// Execute /1/x/8: send an Update now.
        RegistrationUpdateTrigger,
        /// Execute /1/x/4: de-register and stay away for the Disable Timeout.
        Disable,
        /// Execute /1/x/9: contact the bootstrap server.
        BootstrapTrigger,
    }
}

shapes! {
    /// Every row of a device's tree, parents before children.
    pub struct TreeGetResponse {
        /// In the order to show.
        pub rows: Vec<TreeRow>,
        /// The registration that the rows describe has this revision or a later one.
        pub revision: u64,
        /// What the device can be told to do.
        pub actions: Vec<DeviceAction>,
    }

    /// Something that a device can be told to do; call `resource_execute` with the
    /// path and the arguments.
    pub struct DeviceAction {
        /// Which.
        pub name: ActionName,
        /// In words, for a button.
        pub title: String,
        /// The executable resource.
        pub path: String,
        /// The text of the arguments, if the device's version takes any.
        pub arguments: Option<String>,
        /// What to say before it is done; absent where nothing can be lost.
        pub confirm: Option<String>,
    }

    /// One row.
    pub struct TreeRow {
        /// Absolute; unique in the tree.
        pub path: String,
        /// The parent's path; absent for objects.
        pub parent: Option<String>,
        /// What the row stands for.
        pub level: TreeLevel,
        /// From the model, or `Object 4711`.
        pub name: String,
        /// Of an object: the version in force.
        pub version: Option<String>,
        /// Of an object: the version that the device said, if it said one.
        pub announced_version: Option<String>,
        /// Of an object: the version of the definition that is used, if one fits.
        pub model_version: Option<String>,
        /// Of an object: how well the definitions fit.
        pub fit: Option<ModelFit>,
        /// Of an object: a sentence when the definition is not exact.
        pub warning: Option<String>,
        /// The type of the value.
        pub kind: Option<Kind>,
        /// From the model.
        pub unit: Option<String>,
        /// The allowed range as the model states it.
        pub range: Option<String>,
        /// What the model says in prose.
        pub description: Option<String>,
        /// Whether Read is allowed.
        pub readable: bool,
        /// Whether Write is allowed.
        pub writable: bool,
        /// Whether Execute is allowed.
        pub executable: bool,
        /// Whether there may be several instances.
        pub multiple: bool,
        /// Whether the model demands it.
        pub mandatory: bool,
        /// Whether the device listed it when it was last asked with Discover; absent
        /// where it was not asked.
        pub present: Option<bool>,
        /// Whether a chart can show it.
        pub numeric: bool,
        /// The latest value known.
        pub value: Option<serde_json::Value>,
        /// Its size in bytes, where `value` is only its beginning; `value_get` has all.
        pub size: Option<u64>,
        /// What bytes without a definition may mean, e.g. `integer 42`.
        pub guesses: Option<Vec<String>>,
        /// Milliseconds since 1970 of that value.
        pub at: Option<i64>,
        /// How that value came in.
        pub source: Option<ReadingSource>,
        /// The path of the observation that covers this row.
        pub observed: Option<String>,
        /// All paths of the composite observation that covers this row; they end only
        /// together.
        pub observed_together: Option<Vec<String>>,
        /// Notification attributes known from Discover or set from here, e.g. `pmin=5`.
        pub attributes: Vec<String>,
        /// Of an observed row, or one with attributes of its own: when the device
        /// reports it, in words.
        pub reporting: Option<String>,
    }
}
