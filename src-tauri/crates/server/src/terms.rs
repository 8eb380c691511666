//! The terms on which something is asked of a device: how urgent, and for how long.
//! What a queue makes of them stands in `operations` and `dispatch`.

use std::time::Duration;

/// The terms on which something is asked. What is not said is the device's profile's
/// and the server's to choose.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Terms {
    /// How long it may take: in all, or from the moment it is sent where `ttl` says
    /// how long it may wait. [`crate::DEFAULT_TIMEOUT`] if `None`.
    pub timeout: Option<Duration>,
    /// How long it may wait to be sent. Where neither this nor `timeout` is given, a
    /// device in queue mode has [`crate::QUEUE_TTL`].
    pub ttl: Option<Duration>,
    /// Who goes first of those that wait.
    pub priority: Priority,
    /// Whether a Write takes the place of one that still waits for the same path.
    pub latest_wins: Option<bool>,
    /// Sends it even to objects that only a bootstrap server may touch, for who wants
    /// to see the device refuse it.
    pub unchecked: bool,
}

impl Terms {
    /// Everything as usual, with an end after `timeout` in all.
    #[must_use]
    pub fn within(timeout: Duration) -> Self {
        Self {
            timeout: Some(timeout),
            ..Self::default()
        }
    }
}

/// Who goes first of the operations that wait for one device; among equals, whoever
/// came first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug)]
pub enum Priority {
    /// Before all others.
    High,
    /// As usual.
    #[default]
    Normal,
    /// When nothing else waits.
    Low,
}
