//! What is wrong with a line: a sentence and the place in the line that it is about.

use crate::error::{ApiError, ErrorCode};
use serde_json::json;
use std::ops::Range;

/// Why a line is not understood.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Complaint {
    /// The place, in bytes of the line.
    pub(crate) at: Range<usize>,
    /// A sentence without capital and full stop: what is wrong, what would fit.
    pub(crate) words: String,
    /// What a caller branches on.
    pub(crate) code: ErrorCode,
}

impl Complaint {
    /// A line that does not follow the grammar.
    pub(crate) fn new(at: Range<usize>, words: impl Into<String>) -> Self {
        Self {
            at,
            words: words.into(),
            code: ErrorCode::InvalidRequest,
        }
    }

    /// The same with another code.
    pub(crate) fn of(self, code: ErrorCode) -> Self {
        Self { code, ..self }
    }

    /// The error for the one who typed `line`.
    pub(crate) fn to_error(&self, line: &str) -> ApiError {
        let before = line.get(..self.at.start).unwrap_or(line);
        let column = before.chars().count() + 1;
        let message = format!("Column {column}: {}.", self.words);
        let (from, to) = (utf16(line, self.at.start), utf16(line, self.at.end));
        ApiError::new(self.code, message).with(json!({ "column": column, "from": from, "to": to }))
    }
}

/// How many UTF-16 units lie before a byte of the line.
pub(crate) fn utf16(line: &str, byte: usize) -> usize {
    line.get(..byte).unwrap_or(line).encode_utf16().count()
}

/// The byte at which so many UTF-16 units have passed; the end if there are fewer.
pub(crate) fn byte_at(line: &str, utf16: usize) -> usize {
    let mut passed = 0;
    for (at, letter) in line.char_indices() {
        if passed >= utf16 {
            return at;
        }
        passed += letter.len_utf16();
    }
    line.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_count_letters_and_the_page_counts_utf_16() {
        let line = "🌡ä x";
        let at = line.find('x').expect("it is there");
        let error = Complaint::new(at..at + 1, "no").to_error(line);
        assert_eq!(error.message, "Column 4: no.");
        assert_eq!(error.details, json!({ "column": 4, "from": 4, "to": 5 }));
        assert_eq!(byte_at(line, 4), at);
        assert_eq!((byte_at(line, 0), byte_at(line, 99)), (0, line.len()));
    }
}
