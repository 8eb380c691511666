//! Access control: the instances of object 2 as a table of rights.

use super::{shapes, words};
use crate::dto::operation::Terms;

words! {
    /// What a server may do with an object instance.
    pub enum AccessRight {
        /// Read, Observe, Discover, Write-Attributes.
        Read,
        /// Write.
        Write,
        /// Execute.
        Execute,
        /// Delete.
        Delete,
        /// Create.
        Create,
    }
}

shapes! {
    /// The rules of a device, as it told them last.
    pub struct AccessGetResponse {
        /// One row for each instance of object 2.
        pub rows: Vec<AccessRow>,
        /// Servers that the device told of.
        pub servers: Vec<AccessServer>,
        /// When the oldest of the values was read, RFC 3339; absent if none was.
        pub as_of: Option<String>,
    }

    /// One rule.
    pub struct AccessRow {
        /// The instance of object 2.
        pub instance: u16,
        /// The object that the rule is about; absent until it was read.
        pub object: Option<u16>,
        /// Its name.
        pub object_name: Option<String>,
        /// The instance that the rule is about; 65535 for creating instances.
        pub object_instance: Option<u16>,
        /// The short server id of who may change the rule; 65535 for nobody but a
        /// bootstrap server.
        pub owner: Option<u16>,
        /// The whole rule in words.
        pub summary: String,
        /// Who may do what. Without entries the owner may do everything, and nobody
        /// else anything.
        pub entries: Vec<AccessEntry>,
    }

    /// The rights of one server.
    pub struct AccessEntry {
        /// Short server id; 0 for every server without an entry.
        pub server: u16,
        /// What it may do; empty for nothing.
        pub rights: Vec<AccessRight>,
    }

    /// A server that a device knows.
    pub struct AccessServer {
        /// Short server id.
        pub server: u16,
        /// Its instance of object 1, if it is known.
        pub instance: Option<u16>,
    }

    /// Replaces the entries of one rule.
    pub struct AccessPutRequest {
        /// The endpoint client name.
        pub endpoint: String,
        /// The instance of object 2.
        pub instance: u16,
        /// All entries; those that are not named are removed.
        pub entries: Vec<AccessEntry>,
        /// How urgent, for how long.
        #[serde(flatten)]
        pub terms: Terms,
    }
}
