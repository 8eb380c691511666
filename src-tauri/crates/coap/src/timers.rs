//! When which peer wants attention: one entry per peer, however much goes on with
//! it. An entry may be too early, never too late; who is woken looks for himself
//! what is due.

use std::collections::BTreeSet;

use clock::Instant;

use crate::peer::Peer;

/// The wake-up list.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    set: BTreeSet<(Instant, Peer)>,
}

impl Timers {
    /// Wakes `peer` at `at`, unless `entry`, its present entry, is earlier. A later
    /// time leaves the entry alone: most deadlines are met, and moving each of them
    /// would cost more than a wake-up for nothing.
    pub(crate) fn schedule(&mut self, peer: Peer, entry: &mut Option<Instant>, at: Instant) {
        if let Some(present) = *entry {
            if present <= at {
                return;
            }
            self.set.remove(&(present, peer));
        }
        *entry = Some(at);
        self.set.insert((at, peer));
    }

    /// Takes the entry of a peer away.
    pub(crate) fn cancel(&mut self, peer: Peer, entry: &mut Option<Instant>) {
        if let Some(present) = entry.take() {
            self.set.remove(&(present, peer));
        }
    }

    /// All peers, the one that wants attention last being first.
    pub(crate) fn latest(&self) -> impl Iterator<Item = Peer> {
        self.set.iter().rev().map(|(_, peer)| *peer)
    }

    /// The earliest entry.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.set.first().map(|(at, _)| *at)
    }

    /// Takes the earliest entry that is due.
    pub(crate) fn pop(&mut self, now: Instant) -> Option<Peer> {
        let (at, peer) = *self.set.first()?;
        if at > now {
            return None;
        }
        self.set.pop_first();
        Some(peer)
    }
}
