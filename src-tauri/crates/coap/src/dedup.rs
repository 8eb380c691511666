//! Messages of one peer that have been taken, and what they were answered with:
//! a repetition is answered with the same bytes and never acted upon again
//! (RFC 7252 §4.5; conformance CO-11, CO-12).
//!
//! Memory is bounded. What may be acted upon twice is forgotten first; of what may
//! not, the message id alone is kept when its answer must go.

use clock::Instant;

use crate::executed::{Executed, RUN_BYTES, RUNS_PER_PEER};

/// What a repetition gets.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Nothing yet; at that time an empty acknowledgement, if one is wanted.
    Pending(Option<Instant>),
    /// An empty acknowledgement.
    Acknowledged,
    /// A reset.
    Reset,
    /// These bytes.
    Message(Box<[u8]>),
    /// Nothing, ever.
    Silence,
}

impl Answer {
    fn len(&self) -> usize {
        if let Self::Message(bytes) = self {
            bytes.len()
        } else {
            0
        }
    }

    pub(crate) const fn is_pending(&self) -> bool {
        matches!(self, Self::Pending(_))
    }
}

/// A message taken.
#[derive(Debug)]
pub(crate) struct Entry {
    /// Its message id.
    pub(crate) mid: u16,
    /// Whether acting upon it twice does no harm (RFC 7252 §4.5).
    pub(crate) repeatable: bool,
    /// When its id may come again.
    pub(crate) until: Instant,
    /// What a repetition gets.
    pub(crate) answer: Answer,
}

impl Entry {
    fn cost(&self) -> usize {
        size_of::<Self>() + self.answer.len()
    }
}

/// Room for answers: bytes of all peers together.
#[derive(Debug)]
pub(crate) struct Room {
    /// In use.
    pub(crate) used: usize,
    /// Not to be exceeded.
    pub(crate) limit: usize,
    /// Entries forgotten before their time.
    pub(crate) evicted: u64,
}

/// What is remembered of one peer, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Remembered {
    entries: Vec<Entry>,
    executed: Executed,
}

impl Remembered {
    /// What a message of that id was answered with, if it has been taken before.
    pub(crate) fn find(&self, now: Instant, mid: u16) -> Option<&Answer> {
        let known = self
            .entries
            .iter()
            .rev()
            .find(|entry| entry.mid == mid && entry.until > now);
        known
            .map(|entry| &entry.answer)
            .or_else(|| self.executed.contains(now, mid).then_some(&Answer::Silence))
    }

    /// Remembers a message. `false` if there is no room: it must not be acted upon.
    pub(crate) fn admit(
        &mut self,
        now: Instant,
        entry: Entry,
        most: usize,
        room: &mut Room,
    ) -> bool {
        if self.entries.first().is_some_and(|first| first.until <= now) {
            self.purge(now, room);
        }
        // Over the common limit a peer keeps its newest message alone: with one
        // request under way (RFC 7252 §4.7) that is the one it will repeat.
        let most = if room.used > room.limit {
            1
        } else {
            most.max(1)
        };
        while self.entries.len() >= most {
            if !self.evict(room) {
                return false;
            }
        }
        room.used += entry.cost();
        if self.entries.capacity() == 0 {
            self.entries.reserve_exact(1);
        }
        self.entries.push(entry);
        true
    }

    /// Settles what a repetition gets from now on. Without room for the bytes it
    /// gets nothing, or is acted upon again where that does no harm.
    pub(crate) fn settle(&mut self, mid: u16, answer: Answer, room: &mut Room) {
        let Some(at) = self.entries.iter().rposition(|entry| entry.mid == mid) else {
            return;
        };
        let Some(entry) = self.entries.get_mut(at) else {
            return;
        };
        room.used -= entry.answer.len();
        entry.answer = Answer::Silence;
        if answer.len() == 0 || room.used + answer.len() <= room.limit {
            room.used += answer.len();
            entry.answer = answer;
            return;
        }
        room.evicted += 1;
        if entry.repeatable {
            self.remove(at, room);
        }
    }

    /// Puts the acknowledgement of a pending message off to `at`, or into the
    /// caller's hands.
    pub(crate) fn postpone(&mut self, mid: u16, at: Option<Instant>) {
        let pending = self.entries.iter_mut().rev().find(|entry| entry.mid == mid);
        if let Some(entry) = pending.filter(|entry| entry.answer.is_pending()) {
            entry.answer = Answer::Pending(at);
        }
    }

    /// A message whose empty acknowledgement is due.
    pub(crate) fn due(&self, now: Instant) -> Option<u16> {
        self.entries
            .iter()
            .find(|entry| matches!(entry.answer, Answer::Pending(Some(at)) if at <= now))
            .map(|e| e.mid)
    }

    /// When the next empty acknowledgement is due.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        let times = self.entries.iter().filter_map(|entry| match entry.answer {
            Answer::Pending(at) => at,
            _ => None,
        });
        times.min()
    }

    /// Until when there is something to remember.
    pub(crate) fn until(&self) -> Option<Instant> {
        self.entries
            .iter()
            .map(|entry| entry.until)
            .chain(self.executed.until())
            .max()
    }

    /// Forgets what has had its time.
    pub(crate) fn purge(&mut self, now: Instant, room: &mut Room) {
        self.entries.retain(|entry| {
            let keep = entry.until > now;
            room.used -= if keep { 0 } else { entry.cost() };
            keep
        });
        self.change_executed(room, |executed| executed.purge(now));
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self, room: &mut Room) {
        room.used -= self.entries.iter().map(Entry::cost).sum::<usize>();
        self.entries.clear();
        self.change_executed(room, |executed| *executed = Executed::default());
    }

    /// Whether nothing waits for an answer.
    pub(crate) fn is_settled(&self) -> bool {
        self.entries.iter().all(|entry| !entry.answer.is_pending())
    }

    /// What they cost of the room.
    #[cfg(test)]
    pub(crate) fn bytes(&self) -> usize {
        self.entries.iter().map(Entry::cost).sum::<usize>() + self.executed.runs() * RUN_BYTES
    }

    /// How many messages are remembered with an answer, and how many runs of others.
    #[cfg(test)]
    pub(crate) fn len(&self) -> (usize, usize) {
        (self.entries.len(), self.executed.runs())
    }

    /// Makes room for one: the oldest harmless message, else the answer to the
    /// oldest of the others. Pending ones stay.
    fn evict(&mut self, room: &mut Room) -> bool {
        let settled = |entry: &Entry| !entry.answer.is_pending();
        let harmless = self
            .entries
            .iter()
            .position(|entry| settled(entry) && entry.repeatable);
        if let Some(at) = harmless {
            room.evicted += 1;
            self.remove(at, room);
            return true;
        }
        let oldest = self.entries.iter().position(settled);
        let Some(at) = oldest.filter(|_| self.executed.runs() < RUNS_PER_PEER) else {
            return false;
        };
        let entry = self.remove(at, room);
        self.change_executed(room, |executed| executed.insert(entry.mid, entry.until));
        room.evicted += 1;
        true
    }

    fn change_executed(&mut self, room: &mut Room, change: impl FnOnce(&mut Executed)) {
        room.used -= self.executed.runs() * RUN_BYTES;
        change(&mut self.executed);
        room.used += self.executed.runs() * RUN_BYTES;
    }

    fn remove(&mut self, at: usize, room: &mut Room) -> Entry {
        let entry = self.entries.remove(at);
        room.used -= entry.cost();
        entry
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(limit: usize) -> Room {
        Room {
            used: 0,
            limit,
            evicted: 0,
        }
    }

    fn entry(mid: u16, repeatable: bool) -> Entry {
        Entry {
            mid,
            repeatable,
            until: Instant::from_micros(1_000),
            answer: Answer::Pending(None),
        }
    }

    fn take(remembered: &mut Remembered, mid: u16, repeatable: bool, room: &mut Room) -> bool {
        let admitted = remembered.admit(Instant::ZERO, entry(mid, repeatable), 4, room);
        remembered.settle(mid, Answer::Message(vec![0; 100].into()), room);
        admitted
    }

    #[test]
    fn co_12_commands_are_never_forgotten_only_their_answers() {
        let (mut remembered, mut room) = (Remembered::default(), room(1 << 20));
        for mid in 0..100 {
            assert!(take(&mut remembered, mid, mid % 2 == 0, &mut room));
        }
        for mid in (1..100).step_by(2) {
            assert!(
                remembered.find(Instant::ZERO, mid).is_some(),
                "command {mid} must not run twice"
            );
        }
        assert_eq!(remembered.len().0, 4);
        assert!(remembered.find(Instant::ZERO, 0).is_none(), "a read may");
        remembered.purge(Instant::from_micros(1_000), &mut room);
        assert_eq!((remembered.len(), room.used), ((0, 0), 0));
    }

    #[test]
    fn co_12_a_full_memory_refuses_commands() {
        let (mut remembered, mut room) = (Remembered::default(), room(1 << 20));
        let admitted = (0..2_000)
            .filter(|n| take(&mut remembered, n * 7, false, &mut room))
            .count();
        assert_eq!(admitted, RUNS_PER_PEER + 4);
        assert!(!take(&mut remembered, 20_000, false, &mut room));
        remembered.clear(&mut room);
        assert_eq!((remembered.len(), room.used), ((0, 0), 0));
    }

    #[test]
    fn co_12_a_peer_that_counts_its_ids_up_is_never_refused() {
        let (mut remembered, mut room) = (Remembered::default(), room(1 << 20));
        for mid in 0..60_000 {
            assert!(take(&mut remembered, mid, false, &mut room), "{mid}");
        }
        assert!((0..60_000).all(|mid| remembered.find(Instant::ZERO, mid).is_some()));
        assert!(room.used < 2_000, "{} bytes in use", room.used);
    }

    #[test]
    fn co_12_bytes_of_all_peers_are_bounded() {
        let mut room = room(2_000);
        let mut peers: Vec<Remembered> = (0..40).map(|_| Remembered::default()).collect();
        for mid in 0..20 {
            for remembered in &mut peers {
                take(remembered, mid, true, &mut room);
            }
        }
        let entries: usize = 40 * size_of::<Entry>();
        assert!(room.used <= 2_000 + entries, "{} bytes in use", room.used);
        assert!(room.evicted > 0);
    }
}
