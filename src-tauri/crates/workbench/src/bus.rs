//! The event bus: what became true, after it is on disk. A reader that falls
//! behind is told to fetch anew; nothing grows with a slow reader.

use crate::address;
use crate::locked::locked;
use clock::UnixTime;
use coap::ListenerId;
use server::Problem;
use server::change::Change;
use server::ids::{DeviceId, OperationId, Revision};
use server::security::SecurityNews;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use store::ProblemRow;
use tokio::sync::broadcast;

/// Events that a reader may be behind before it must fetch anew.
const CHANNEL_EVENTS: usize = 1_024;

/// Events kept for readers that come back with the revision they saw last.
const KEPT_EVENTS: usize = 2_048;

/// Facts in all kept events together.
const KEPT_CHANGES: usize = 50_000;

/// Different problems gathered between two flushes; further ones only count.
const GATHERED_PROBLEMS: usize = 1_000;

/// Something that happened.
#[derive(Clone, Debug)]
pub enum Published {
    /// Facts that are on disk now.
    Committed {
        /// Their commit.
        revision: Revision,
        /// In the order they came true.
        changes: Arc<Vec<Change>>,
    },
    /// Somebody gave a device another name or remark.
    Noted(DeviceId),
    /// A device in queue mode woke or fell asleep.
    Presence(DeviceId),
    /// An operation got further.
    Progress {
        /// Which.
        operation: OperationId,
        /// E.g. `retransmission 2 of 4`.
        text: String,
    },
    /// A handshake or a session got further, at that time.
    Security(UnixTime, SecurityNews),
    /// Problems, gathered over a moment.
    Problems(Arc<Vec<ProblemRow>>),
    /// Listeners, settings or definitions changed.
    Instrument,
}

/// An event with the revision that was in force when it was published.
#[derive(Clone, Debug)]
pub struct Event {
    /// The commit.
    pub revision: Revision,
    /// What happened.
    pub published: Published,
}

impl Event {
    /// Whether a reader that knows that commit may not have it.
    fn came_after(&self, known: Revision) -> bool {
        let is_commit = matches!(self.published, Published::Committed { .. });
        self.revision > known || (self.revision == known && !is_commit)
    }
}

/// Where events go.
#[derive(Debug)]
pub struct Bus {
    sender: broadcast::Sender<Event>,
    kept: Mutex<Kept>,
    problems: Mutex<BTreeMap<(String, String, String, String), ProblemRow>>,
    listeners: Mutex<BTreeMap<ListenerId, String>>,
}

#[derive(Debug)]
struct Kept {
    events: VecDeque<Event>,
    changes: usize,
    revision: Revision,
    /// Events up to this revision may have been dropped.
    complete_after: Revision,
}

/// What a new reader gets.
pub struct Subscription {
    /// Events after the revision that the reader named; `None` if they are not all
    /// there any more, so that it must fetch anew.
    pub missed: Option<Vec<Event>>,
    /// The revision in force.
    pub revision: Revision,
    /// All that follows.
    pub events: broadcast::Receiver<Event>,
}

impl Bus {
    /// A bus that starts at the revision on disk.
    #[must_use]
    pub fn new(revision: Revision) -> Self {
        let kept = Kept {
            events: VecDeque::new(),
            changes: 0,
            revision,
            complete_after: revision,
        };
        Self {
            sender: broadcast::Sender::new(CHANNEL_EVENTS),
            kept: Mutex::new(kept),
            problems: Mutex::default(),
            listeners: Mutex::default(),
        }
    }

    /// Tells everybody.
    pub fn publish(&self, published: Published) {
        let mut kept = locked(&self.kept);
        if let Published::Committed { revision, .. } = published {
            kept.revision = revision;
        }
        let event = Event {
            revision: kept.revision,
            published,
        };
        kept.keep(event.clone());
        // Nobody listening is fine.
        let _ = self.sender.send(event);
    }

    /// Listens from now on, and to what came after `after` if it is still known. What came
    /// between that commit and the next is told once more: the reader may not have it.
    #[must_use]
    pub fn subscribe(&self, after: Option<Revision>) -> Subscription {
        let kept = locked(&self.kept);
        let missed = match after {
            None => Some(Vec::new()),
            Some(after) if after < kept.complete_after || after > kept.revision => None,
            Some(after) => Some(
                kept.events
                    .iter()
                    .filter(|event| event.came_after(after))
                    .cloned()
                    .collect(),
            ),
        };
        Subscription {
            missed,
            revision: kept.revision,
            events: self.sender.subscribe(),
        }
    }

    /// The revision published last.
    #[must_use]
    pub fn revision(&self) -> Revision {
        locked(&self.kept).revision
    }

    /// Says how people call a listener, as in `coap 127.0.0.1:5683`.
    pub fn name_listener(&self, id: ListenerId, name: String) {
        let mut listeners = locked(&self.listeners);
        listeners.insert(id, name);
    }

    fn listener_name(&self, id: ListenerId) -> String {
        let listeners = locked(&self.listeners);
        let known = listeners.get(&id).cloned();
        known.unwrap_or_else(|| format!("listener {}", id.0))
    }

    /// Gathers a problem until the next [`Bus::take_problems`]: a flood of one kind
    /// is one row with a count.
    pub fn problem(&self, at: UnixTime, problem: Problem) {
        let address = problem.peer.map(address::to_text);
        // The port of a peer changes with every flood; its host says who it is.
        let peer = problem
            .endpoint
            .map(|name| name.to_string())
            .or(address)
            .unwrap_or_default();
        let listener = problem
            .peer
            .map(|peer| self.listener_name(peer.listener()))
            .unwrap_or_default();
        self.note_problem(ProblemRow {
            at,
            listener,
            peer,
            kind: problem.kind.to_owned(),
            message: problem.message,
            count: 1,
        });
    }

    /// Gathers a problem of this program's own.
    pub fn note_problem(&self, row: ProblemRow) {
        let mut problems = locked(&self.problems);
        let key = (
            row.listener.clone(),
            row.peer.clone(),
            row.kind.clone(),
            row.message.clone(),
        );
        let full = problems.len() >= GATHERED_PROBLEMS;
        match problems.get_mut(&key) {
            Some(known) => {
                known.count = known.count.saturating_add(row.count);
                known.at = known.at.max(row.at);
            }
            // Beyond the bound the sort is kept, the sender is not.
            None if full => {
                let peer = "many".to_owned();
                let message = "further problems of this kind".to_owned();
                let key = (key.0, peer.clone(), key.2, message.clone());
                let summed = ProblemRow {
                    peer,
                    message,
                    count: 0,
                    ..row
                };
                let entry = problems.entry(key).or_insert(summed);
                entry.count = entry.count.saturating_add(1);
            }
            None => {
                problems.insert(key, row);
            }
        }
    }

    /// The problems gathered so far.
    #[must_use]
    pub fn take_problems(&self) -> Vec<ProblemRow> {
        let mut problems = locked(&self.problems);
        std::mem::take(&mut *problems).into_values().collect()
    }
}

impl Kept {
    fn keep(&mut self, event: Event) {
        self.changes += weight(&event);
        self.events.push_back(event);
        while self.events.len() > KEPT_EVENTS || self.changes > KEPT_CHANGES {
            let Some(oldest) = self.events.pop_front() else {
                return;
            };
            self.changes -= weight(&oldest);
            self.complete_after = match oldest.published {
                Published::Committed { .. } => oldest.revision,
                // Whoever knows that commit would miss it.
                _ => Revision(oldest.revision.0 + 1),
            };
        }
    }
}

fn weight(event: &Event) -> usize {
    match &event.published {
        Published::Committed { changes, .. } => changes.len(),
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commit(bus: &Bus, revision: u64) {
        let changes = Arc::new(vec![Change::Forgotten {
            device: DeviceId(1),
        }]);
        bus.publish(Published::Committed {
            revision: Revision(revision),
            changes,
        });
    }

    #[test]
    fn a_reader_that_comes_back_gets_what_it_missed_or_is_told_to_fetch() {
        let bus = Bus::new(Revision(10));
        (11..=13).for_each(|revision| commit(&bus, revision));
        let missed = bus
            .subscribe(Some(Revision(11)))
            .missed
            .expect("all is there");
        assert_eq!(
            missed
                .iter()
                .map(|event| event.revision.0)
                .collect::<Vec<_>>(),
            [12, 13]
        );
        assert!(
            bus.subscribe(Some(Revision(9))).missed.is_none(),
            "before the start"
        );
        assert!(
            bus.subscribe(Some(Revision(14))).missed.is_none(),
            "of another life"
        );
        (14..10_000).for_each(|revision| commit(&bus, revision));
        assert!(
            bus.subscribe(Some(Revision(13))).missed.is_none(),
            "too old"
        );
    }

    #[test]
    fn what_no_commit_brought_is_told_again_to_a_reader_that_comes_back() {
        let bus = Bus::new(Revision(10));
        bus.publish(Published::Noted(DeviceId(1)));
        commit(&bus, 11);
        bus.publish(Published::Noted(DeviceId(2)));
        let missed = |after| {
            let missed = bus.subscribe(Some(Revision(after))).missed;
            let missed = missed.expect("all is there").into_iter();
            let told = missed.map(|event| match event.published {
                Published::Noted(device) => device.0,
                _ => 0,
            });
            told.collect::<Vec<_>>()
        };
        assert_eq!((missed(10), missed(11)), (vec![1, 0, 2], vec![2]));
    }

    #[test]
    fn a_reader_is_told_to_fetch_when_what_no_commit_brought_is_gone() {
        let bus = Bus::new(Revision(10));
        commit(&bus, 11);
        for _ in 0..=KEPT_EVENTS {
            bus.publish(Published::Presence(DeviceId(1)));
        }
        assert!(bus.subscribe(Some(Revision(11))).missed.is_none());
        commit(&bus, 12);
        assert!(bus.subscribe(Some(Revision(12))).missed.is_some());
    }

    #[test]
    fn a_flood_of_one_problem_is_one_row() {
        let bus = Bus::new(Revision(0));
        for _ in 0..5 {
            bus.problem(
                UnixTime::from_millis(1),
                Problem {
                    kind: "malformed_message",
                    peer: None,
                    endpoint: None,
                    message: "cut".into(),
                },
            );
        }
        let rows = bus.take_problems();
        assert_eq!((rows.len(), rows[0].count), (1, 5));
        assert!(bus.take_problems().is_empty());
    }
}
