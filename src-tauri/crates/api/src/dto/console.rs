//! The console of a device: a line that stands for a call, what may come next while
//! it is typed, and the lines of before.

use super::{shapes, words};

words! {
    /// What a candidate is.
    pub enum CandidateKind {
        /// The first word of a line.
        Verb,
        /// A place in the object tree, or an id below one.
        Path,
        /// A value.
        Value,
        /// A notification attribute.
        Attribute,
        /// A data format.
        Format,
        /// A word that begins with two dashes, or what it takes.
        Option,
        /// An operation that has not ended.
        Operation,
        /// The rest of a line typed before.
        Line,
    }
}

shapes! {
    /// A line typed for a device.
    pub struct ConsoleRunRequest {
        /// The endpoint client name.
        pub endpoint: String,
        /// E.g. `write /1/0/1 300`; `help` lists what there is.
        pub line: String,
        /// Keeps the line for `console_history`; true unless told.
        pub remember: Option<bool>,
        /// When to give up, unless the line says so.
        pub timeout_ms: Option<u64>,
    }

    /// What a line led to.
    pub struct ConsoleRunResponse {
        /// The operation that it started, or that it waits for.
        pub operation: Option<String>,
        /// What there is to read at once.
        pub output: Option<Vec<String>>,
        /// The call that it stood for; nothing for `help`.
        pub call: Option<ConsoleCall>,
        /// What had to be asked before: attributes, before observing.
        pub preceded_by: Option<ConsoleStarted>,
    }

    /// A call of this contract, to be read, copied or made again.
    pub struct ConsoleCall {
        /// E.g. `resource_write`.
        pub name: String,
        /// Its request.
        pub request: serde_json::Value,
    }

    /// A call with the operation that it started.
    pub struct ConsoleStarted {
        /// An opaque id.
        pub operation: String,
        /// The call.
        pub call: ConsoleCall,
    }

    /// A line as far as it is typed.
    pub struct ConsoleCompleteRequest {
        /// The endpoint client name.
        pub endpoint: String,
        /// The whole line.
        pub line: String,
        /// Where the cursor stands, in UTF-16 units as text fields count; the end
        /// unless told.
        pub cursor: Option<u32>,
    }

    /// What may stand at the cursor.
    pub struct ConsoleCompleteResponse {
        /// Candidates replace the line from here to the cursor, in UTF-16 units.
        pub from: u32,
        /// The likeliest first.
        pub candidates: Vec<ConsoleCandidate>,
        /// What belongs at the cursor, e.g. `a value of Lifetime: a whole number`.
        pub expected: Option<String>,
    }

    /// One of the things that may stand at the cursor.
    pub struct ConsoleCandidate {
        /// What to put into the line.
        pub text: String,
        /// What it is.
        pub kind: CandidateKind,
        /// Its name, e.g. `Sensor Value`.
        pub label: String,
        /// More of it, e.g. `Temperature, Cel`.
        pub detail: Option<String>,
    }

    /// Whose lines to fetch.
    pub struct ConsoleHistoryRequest {
        /// The endpoint client name.
        pub endpoint: String,
        /// The newest ones; 200 unless told.
        pub limit: Option<u32>,
    }

    /// Lines typed before.
    pub struct ConsoleHistoryResponse {
        /// Oldest first.
        pub lines: Vec<ConsoleLine>,
    }

    /// A line typed before.
    pub struct ConsoleLine {
        /// As it was typed.
        pub line: String,
        /// RFC 3339.
        pub at: String,
        /// The operation that it started, if it did.
        pub operation: Option<String>,
    }
}
