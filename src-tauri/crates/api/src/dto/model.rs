//! Object definitions.

use super::shapes;
use crate::dto::reading::Kind;

shapes! {
    /// A DDF file or a zip of them.
    pub struct ModelImportRequest {
        /// The file's name, for messages.
        pub name: String,
        /// XML text, or a zip in base64.
        pub content: String,
    }

    /// What an import brought.
    pub struct ModelImportResponse {
        /// The definitions that are now loaded.
        pub objects: Vec<ModelSummary>,
        /// What was wrong, file by file.
        pub problems: Vec<ModelProblem>,
    }

    /// Something wrong in a definition.
    pub struct ModelProblem {
        /// The file, inside a zip its path there.
        pub file: String,
        /// Counted from 1.
        pub line: u32,
        /// In words.
        pub message: String,
    }

    /// All definitions loaded.
    pub struct ModelListResponse {
        /// By object id, then version.
        pub objects: Vec<ModelSummary>,
    }

    /// One definition in a list.
    pub struct ModelSummary {
        /// Object id.
        pub object: u16,
        /// E.g. `1.1`.
        pub version: String,
        /// The object's name.
        pub name: String,
        /// `bundled`, `catalogue` or `imported`.
        pub source: Option<String>,
        /// How many resources it defines.
        pub resources: Option<u32>,
    }

    /// Which definition to show.
    pub struct ModelGetRequest {
        /// Object id.
        pub object: u16,
        /// The newest unless told.
        pub version: Option<String>,
    }

    /// One definition.
    pub struct Model {
        /// Object id.
        pub object: u16,
        /// E.g. `1.1`.
        pub version: String,
        /// The object's name.
        pub name: String,
        /// In prose.
        pub description: String,
        /// Whether there may be several instances.
        pub multiple: bool,
        /// Whether every device has it.
        pub mandatory: bool,
        /// `bundled`, `catalogue` or `imported`.
        pub source: String,
        /// In the file's order.
        pub resources: Vec<ModelResource>,
    }

    /// A resource of a definition.
    pub struct ModelResource {
        /// Resource id.
        pub resource: u16,
        /// Its name.
        pub name: String,
        /// `R`, `W`, `RW`, `E` or empty.
        pub operations: String,
        /// Whether there may be several instances.
        pub multiple: bool,
        /// Whether every instance has it.
        pub mandatory: bool,
        /// The type; absent for executables.
        pub kind: Option<Kind>,
        /// As stated.
        pub range: String,
        /// As stated.
        pub unit: String,
        /// In prose.
        pub description: String,
    }
}
