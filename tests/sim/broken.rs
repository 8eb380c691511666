//! A broken rule, in words for the one who reads the failure.

/// What was found that must not be.
pub(crate) type Broken = String;
