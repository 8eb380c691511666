//! A departure from the standard that was survived, in words for a person.
//!
//! Lenient parsers of this crate collect these instead of refusing what a real
//! device sends. A deviation never changes what was understood; strictness is
//! the reader's decision (`server`'s device profile).

use std::fmt;

/// What a peer did differently from the standard, and was understood anyway.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Deviation {
    /// The requirement or quirk it touches, e.g. `QRK-02`.
    pub code: &'static str,
    /// One plain sentence without a full stop.
    pub message: String,
}

impl Deviation {
    /// A deviation from the requirement `code`.
    #[must_use]
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }
}

impl fmt::Display for Deviation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message, self.code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deviation_prints_its_sentence_and_its_code() {
        let deviation = Deviation::new("QRK-04", "spaces between links");
        assert_eq!(deviation.to_string(), "spaces between links (QRK-04)");
    }
}
