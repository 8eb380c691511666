//! Why something could not be stored or fetched, in words that say what to do.
//!
//! A failed commit leaves the file as it was, so every variant may be met by
//! trying again once its cause is gone. Which codes of SQLite mean what stands
//! here and nowhere else.

use std::path::PathBuf;

/// What went wrong with the database.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The disk, or the quota, has no room left.
    #[error(
        "the disk is full, so nothing more was stored; free some space and it goes on by itself"
    )]
    DiskFull,
    /// The file or its folder does not take writes.
    #[error(
        "the database cannot be written; give this user the right to write to its file and its folder"
    )]
    ReadOnly,
    /// A later version of the program made the file.
    #[error(
        "{} has schema {found}, and this program knows schema {known} at most: a newer version of the program \
         wrote it; update the program or choose another data folder",
        .file.display()
    )]
    NewerSchema {
        /// The database.
        file: PathBuf,
        /// The schema of the file.
        found: u32,
        /// The newest schema that this program knows.
        known: u32,
    },
    /// The file is damaged, or is no database of this program.
    #[error(
        "the database is damaged ({detail}); put it aside and restore a backup, or start with an empty folder"
    )]
    Corrupt {
        /// What was found.
        detail: String,
    },
    /// Another program holds the file.
    #[error("another program holds the database; close it and try again")]
    Locked,
    /// The library is one with a known bug in its write-ahead log.
    #[error(
        "the SQLite library is {found}, and versions before {needed} can damage a database; \
         build the program with its bundled SQLite"
    )]
    OldSqlite {
        /// The version in use.
        found: String,
        /// The oldest version that is sound.
        needed: &'static str,
    },
    /// Secrets cannot be stored or read before they are opened.
    #[error("the secrets of the database are locked; open them with their key first")]
    LockedSecrets,
    /// The key does not open the secrets of this file.
    #[error(
        "this key does not open the secrets of the database; they were sealed with another one"
    )]
    OtherKey,
    /// The library that seals refuses.
    #[error("a secret could not be sealed: {detail}")]
    Crypto {
        /// The library's words.
        detail: String,
    },
    /// The file cannot be opened or made.
    #[error("{} cannot be opened: {reason}; check that the folder exists and belongs to this user", .file.display())]
    CannotOpen {
        /// The database.
        file: PathBuf,
        /// The system's words.
        reason: String,
    },
    /// The disk, or the library, reports a failure of its own.
    #[error("the database could not be read or written: {detail}; check the disk")]
    Io {
        /// The library's words.
        detail: String,
    },
}

impl StoreError {
    /// A refusal of the library that seals.
    pub(crate) fn crypto(error: openssl::error::ErrorStack) -> Self {
        Self::Crypto {
            detail: error.to_string(),
        }
    }

    /// A row that cannot be understood.
    pub(crate) fn corrupt(detail: impl Into<String>) -> Self {
        Self::Corrupt {
            detail: detail.into(),
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(reported) => {
                let code = reported
                    .code()
                    .and_then(|code| code.parse::<u32>().ok())
                    .unwrap_or(0);
                from_code(code, reported.message())
            }
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => {
                Self::corrupt(error.to_string())
            }
            sqlx::Error::PoolTimedOut => Self::Locked,
            _ => Self::Io {
                detail: error.to_string(),
            },
        }
    }
}

/// The low byte of an extended result code is the primary one
/// (sqlite.org/rescode.html).
const PRIMARY_CODE: u32 = 0xff;

fn from_code(code: u32, message: &str) -> StoreError {
    match code & PRIMARY_CODE {
        5 | 6 => StoreError::Locked,
        3 | 8 => StoreError::ReadOnly,
        11 | 26 => StoreError::corrupt(message),
        13 => StoreError::DiskFull,
        _ => StoreError::Io {
            detail: format!("{message}, SQLite code {code}"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_of_sqlite_becomes_a_sentence_that_says_what_to_do() {
        for (code, words) in [
            (13, "free some space"),
            (8, "right to write"),
            (1032, "right to write"),
            (11, "restore a backup"),
            (26, "restore a backup"),
            (5, "another program"),
            (517, "another program"),
            (778, "check the disk"),
        ] {
            let sentence = from_code(code, "as the library says").to_string();
            assert!(sentence.contains(words), "{code}: {sentence}");
        }
    }
}
