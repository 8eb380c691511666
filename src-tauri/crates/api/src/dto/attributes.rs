//! Notification attributes: what is attached where, what counts, and in words.

use super::{shapes, words};
use std::collections::BTreeMap;

words! {
    /// What an attribute takes.
    pub enum AttributeType {
        /// Whole seconds.
        Seconds,
        /// A number of the resource's unit.
        Number,
        /// 0 or 1.
        Flag,
        /// A whole number.
        Count,
    }
}

shapes! {
    /// Which attributes to show.
    pub struct AttributesGetRequest {
        /// The endpoint client name.
        pub endpoint: String,
        /// Object, instance, resource or resource instance.
        pub path: String,
    }

    /// Attributes as the last Discover and acknowledged writes tell them.
    pub struct AttributesGetResponse {
        /// The path without a version.
        pub path: String,
        /// Where something is attached, from the Server object's defaults down.
        pub levels: Vec<AttributeLevel>,
        /// What counts at the path, by name.
        pub in_force: BTreeMap<String, AttributeInForce>,
        /// When the device reports the path, one phrase for each attribute.
        pub words: Vec<String>,
        /// What is odd about what is known, in sentences.
        pub warnings: Vec<String>,
        /// What can be attached at the path, in the order to show.
        pub editable: Vec<EditableAttribute>,
        /// When the device last told of this path or a write was acknowledged,
        /// RFC 3339; absent if never.
        pub as_of: Option<String>,
    }

    /// What is attached at one place, and only there.
    pub struct AttributeLevel {
        /// The place; an instance of object 1 for the defaults of the Server object.
        pub path: String,
        /// Numbers by name; flags are 0 and 1.
        pub attributes: BTreeMap<String, f64>,
    }

    /// An attribute that counts.
    pub struct AttributeInForce {
        /// Flags are 0 and 1.
        pub value: f64,
        /// Where it is attached.
        pub from: String,
    }

    /// An attribute that can be attached at a path.
    pub struct EditableAttribute {
        /// E.g. `pmin`.
        pub name: String,
        /// What it takes.
        #[serde(rename = "type")]
        pub kind: AttributeType,
        /// The unit of the value, as people read it.
        pub unit: Option<String>,
        /// What it does, in one sentence.
        pub doc: String,
    }

    /// The operation that writes attributes.
    pub struct AttributesWritten {
        /// An opaque id.
        pub operation: String,
        /// Rules that what will be in force breaks without being refused, in sentences.
        pub warnings: Option<Vec<String>>,
    }
}
