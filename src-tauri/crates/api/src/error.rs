//! The errors that callers branch on: a closed list of codes, a sentence for the
//! person, details for the program.

use serde::Serialize;
use serde_json::Value;

/// Why a call was not answered. A new code only when a caller branches on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The body does not fit the call.
    InvalidRequest,
    /// A path that cannot exist.
    InvalidPath,
    /// A value that does not fit its type or the model; nothing was sent.
    InvalidValue,
    /// A version that the device does not have.
    InvalidVersion,
    /// No or a wrong token.
    Unauthorized,
    /// No device of that name.
    UnknownDevice,
    /// No operation of that id.
    UnknownOperation,
    /// No call, definition or thing of that name.
    NotFound,
    /// It contradicts what is there, such as a port in use.
    Conflict,
    /// Too much at once; try again.
    Busy,
    /// The database does not take writes.
    StorageUnavailable,
    /// A fault of this program.
    Internal,
}

impl ErrorCode {
    /// The HTTP status that the headless door answers with.
    #[must_use]
    pub const fn http_status(self) -> u16 {
        match self {
            Self::InvalidRequest
            | Self::InvalidPath
            | Self::InvalidValue
            | Self::InvalidVersion => 400,
            Self::Unauthorized => 401,
            Self::UnknownDevice | Self::UnknownOperation | Self::NotFound => 404,
            Self::Conflict => 409,
            Self::Busy | Self::StorageUnavailable => 503,
            Self::Internal => 500,
        }
    }
}

/// What a caller gets instead of an answer.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema, ts_rs::TS, thiserror::Error)]
#[error("{message}")]
pub struct ApiError {
    /// What to branch on.
    pub code: ErrorCode,
    /// What was wrong, where, and what to do, for a person.
    pub message: String,
    /// Data for the program; null when there is none.
    pub details: Value,
}

impl ApiError {
    /// An error without details.
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            details: Value::Null,
        }
    }

    /// An error whose message is what a room below says, made a sentence.
    #[must_use]
    pub fn sentence(code: ErrorCode, error: &impl std::fmt::Display) -> Self {
        Self::new(code, sentence(&error.to_string()))
    }

    /// The same error with details.
    #[must_use]
    pub fn with(mut self, details: Value) -> Self {
        self.details = details;
        self
    }
}

/// What a room below says, with a capital letter and a full stop.
#[must_use]
pub(crate) fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).chain(['.']).collect()
}
