//! The ledger joins what the engine decides with what is on disk: facts wait
//! here for the writer, and whatever must not be seen before they are safe waits
//! with them. Natural batching: a batch goes out as soon as the writer is free and
//! takes all that waits. The ledger never writes; whoever drives the engine does.

use crate::change::Change;
use crate::engine_io::Batch;
use crate::ids::Revision;
use clock::Instant;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

/// Facts that may wait for the writer. A Register is one fact; at 80,000 requests
/// a second this is more than a second of stalled disk.
pub const MAX_WAITING_CHANGES: usize = 100_000;

/// How long a commit may take before new requests are turned away with 5.03.
pub const STALL_AFTER: Duration = Duration::from_secs(2);

/// How long after a failed commit the same facts are offered again.
pub const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Facts on their way to disk, and the actions `A` that wait for them.
#[derive(Debug)]
pub struct Ledger<A> {
    /// The last revision given to a batch.
    revision: Revision,
    waiting: Vec<Change>,
    in_flight: Option<InFlight>,
    gated: VecDeque<(Revision, A)>,
    failure: Option<Failure>,
}

#[derive(Debug)]
struct InFlight {
    revision: Revision,
    changes: Arc<Vec<Change>>,
    since: Instant,
}

#[derive(Debug)]
struct Failure {
    reason: String,
    retry_at: Instant,
}

impl<A> Ledger<A> {
    /// A ledger that goes on after `revision`.
    pub fn new(revision: Revision) -> Self {
        Self {
            revision,
            waiting: Vec::new(),
            in_flight: None,
            gated: VecDeque::new(),
            failure: None,
        }
    }

    /// Notes a fact. It travels with the next batch.
    pub fn record(&mut self, change: Change) {
        self.waiting.push(change);
    }

    /// Holds `action` back until every fact recorded so far is on disk. Where
    /// nothing is on its way, it may happen at once and is handed back.
    #[must_use]
    pub fn after_commit(&mut self, action: A) -> Option<A> {
        if self.waiting.is_empty() && self.in_flight.is_none() {
            return Some(action);
        }
        let gate = if self.waiting.is_empty() {
            self.revision
        } else {
            self.next_revision()
        };
        self.gated.push_back((gate, action));
        None
    }

    /// Whether the writer is free and something waits.
    pub fn is_due(&self, now: Instant) -> bool {
        let failure = self.failure.as_ref();
        let resting = failure.is_some_and(|failure| now < failure.retry_at);
        self.in_flight.is_none() && !self.waiting.is_empty() && !resting
    }

    /// The batch to write now, if there is one.
    pub fn next_batch(&mut self, now: Instant) -> Option<Batch> {
        if !self.is_due(now) {
            return None;
        }
        self.revision = self.next_revision();
        let changes = Arc::new(std::mem::take(&mut self.waiting));
        self.in_flight = Some(InFlight {
            revision: self.revision,
            changes: changes.clone(),
            since: now,
        });
        Some(Batch {
            revision: self.revision,
            changes,
        })
    }

    /// The writer is done with `revision`; yields the actions that waited for it.
    pub fn committed(&mut self, revision: Revision) -> Vec<A> {
        if self
            .in_flight
            .as_ref()
            .is_some_and(|flight| flight.revision == revision)
        {
            self.in_flight = None;
            self.failure = None;
        }
        let ready = self.gated.partition_point(|(gate, _)| *gate <= revision);
        self.gated
            .drain(..ready)
            .map(|(_, action)| action)
            .collect()
    }

    /// The writer could not store `revision`: its facts go back to the head of the
    /// queue, under the same number. Yields those gated actions that `give_up`
    /// picks; the others keep waiting.
    pub fn failed(
        &mut self,
        now: Instant,
        revision: Revision,
        reason: String,
        give_up: impl Fn(&A) -> bool,
    ) -> Vec<A> {
        let Some(flight) = self.in_flight.take_if(|flight| flight.revision == revision) else {
            return Vec::new();
        };
        let mut changes = Arc::unwrap_or_clone(flight.changes);
        changes.append(&mut self.waiting);
        self.waiting = changes;
        self.revision = Revision(revision.0.saturating_sub(1));
        self.failure = Some(Failure {
            reason,
            retry_at: now + RETRY_AFTER,
        });
        let (given_up, kept) = self
            .gated
            .drain(..)
            .partition::<Vec<_>, _>(|(_, action)| give_up(action));
        // Everything that waits now waits for the one batch that will be tried next.
        self.gated = kept
            .into_iter()
            .map(|(_, action)| (revision, action))
            .collect();
        given_up.into_iter().map(|(_, action)| action).collect()
    }

    /// Why new facts should not be accepted now, if so.
    #[must_use]
    pub fn stalled(&self, now: Instant) -> Option<&str> {
        if let Some(failure) = &self.failure {
            return Some(&failure.reason);
        }
        let slow = self
            .in_flight
            .as_ref()
            .is_some_and(|flight| now.since(flight.since) > STALL_AFTER);
        (slow || self.is_full()).then_some("the disk is slow to take what waits")
    }

    /// Whether [`MAX_WAITING_CHANGES`] wait already.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.waiting.len() >= MAX_WAITING_CHANGES
    }

    /// When to look at [`Ledger::next_batch`] again without further input.
    #[must_use]
    pub fn wake_at(&self) -> Option<Instant> {
        let failure = self.failure.as_ref().filter(|_| self.in_flight.is_none())?;
        (!self.waiting.is_empty()).then_some(failure.retry_at)
    }

    /// The number that facts recorded now will be stored under.
    const fn next_revision(&self) -> Revision {
        Revision(self.revision.0.saturating_add(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::DeviceId;
    use clock::UnixTime;

    const START: Instant = Instant::ZERO;

    fn fact(device: i64) -> Change {
        Change::Seen {
            device: DeviceId(device),
            at: UnixTime::default(),
        }
    }

    fn ledger() -> Ledger<&'static str> {
        Ledger::new(Revision(7))
    }

    #[test]
    fn an_action_waits_for_the_facts_before_it_and_for_no_others() {
        let mut ledger = ledger();
        assert_eq!(ledger.after_commit("at once"), Some("at once"));
        ledger.record(fact(1));
        assert_eq!(ledger.after_commit("first"), None);
        let batch = ledger.next_batch(START).expect("a batch");
        assert_eq!((batch.revision, batch.changes.len()), (Revision(8), 1));
        ledger.record(fact(2));
        assert_eq!(ledger.after_commit("second"), None);
        assert!(ledger.next_batch(START).is_none(), "the writer is busy");
        assert_eq!(ledger.committed(Revision(8)), ["first"]);
        assert_eq!(
            ledger.next_batch(START).expect("the rest").revision,
            Revision(9)
        );
        assert_eq!(ledger.committed(Revision(9)), ["second"]);
    }

    #[test]
    fn a_failed_commit_is_offered_again_under_its_number_with_all_that_waits() {
        let mut ledger = ledger();
        ledger.record(fact(1));
        assert!(ledger.after_commit("answer").is_none());
        assert!(ledger.after_commit("acknowledgement").is_none());
        let revision = ledger.next_batch(START).expect("a batch").revision;
        ledger.record(fact(2));
        let given_up = ledger.failed(START, revision, "disk full".into(), |action| {
            *action == "answer"
        });
        assert_eq!(given_up, ["answer"]);
        assert_eq!(ledger.stalled(START), Some("disk full"));
        assert!(ledger.next_batch(START).is_none(), "it rests first");
        let later = ledger.wake_at().expect("a time to try again");
        let again = ledger.next_batch(later).expect("the batch again");
        assert_eq!((again.revision, again.changes.len()), (revision, 2));
        assert_eq!(ledger.committed(revision), ["acknowledgement"]);
        assert_eq!(ledger.stalled(later), None);
    }

    #[test]
    fn a_slow_disk_stalls_the_ledger_and_recovers() {
        let mut ledger = ledger();
        ledger.record(fact(1));
        let revision = ledger.next_batch(START).expect("a batch").revision;
        let late = START + STALL_AFTER + Duration::from_millis(1);
        assert_eq!(ledger.stalled(START + STALL_AFTER), None);
        assert!(ledger.stalled(late).is_some());
        assert!(ledger.committed(revision).is_empty());
        assert_eq!(ledger.stalled(late), None);
    }
}
