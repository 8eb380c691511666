//! Message ids that must not be acted upon again, without what they were answered
//! with. Most peers count their ids up, so neighbouring ids are kept as one run: a
//! device that notifies a hundred times a second costs as little as one that does so
//! once a minute. What is kept with its answer stands in `dedup`.

use std::collections::VecDeque;
use std::time::Duration;

use clock::Instant;

/// Runs kept of one peer, with four bytes each. A peer whose ids have no order makes
/// one of each message: four in a second, for as long as a message id is taken.
pub(crate) const RUNS_PER_PEER: usize = 1_024;

/// Bytes of a run.
pub(crate) const RUN_BYTES: usize = size_of::<Run>();

/// Ids that end within this time of each other are forgotten together. Short against
/// EXCHANGE_LIFETIME, so that ids that have gone round are free again in time.
const SLICE: Duration = Duration::from_secs(30);

/// Runs looked at for a neighbour: as many messages as a network puts out of order.
const NEIGHBOURS: usize = 4;

/// The ids of one peer.
#[derive(Debug, Default)]
pub(crate) struct Executed {
    slices: VecDeque<Slice>,
}

#[derive(Debug)]
struct Slice {
    /// When the first of its ids may come again.
    from: Instant,
    /// When the last of them may.
    until: Instant,
    runs: Vec<Run>,
}

/// From one id to another, both included.
#[derive(Clone, Copy, Debug)]
struct Run {
    first: u16,
    last: u16,
}

impl Executed {
    /// Whether the id is taken.
    pub(crate) fn contains(&self, now: Instant, mid: u16) -> bool {
        self.slices
            .iter()
            .rev()
            .filter(|slice| slice.until > now)
            .flat_map(|slice| slice.runs.iter().rev())
            .any(|run| (run.first..=run.last).contains(&mid))
    }

    /// How many runs are kept.
    pub(crate) fn runs(&self) -> usize {
        self.slices.iter().map(|slice| slice.runs.len()).sum()
    }

    /// Enters an id that is taken until then, or as long as those entered before it.
    pub(crate) fn insert(&mut self, mid: u16, until: Instant) {
        match self.slices.back_mut() {
            Some(slice) if until.since(slice.from) <= SLICE => {
                slice.until = slice.until.max(until);
                let neighbour = slice
                    .runs
                    .iter_mut()
                    .rev()
                    .take(NEIGHBOURS)
                    .find_map(|run| run.extended(mid).map(|longer| (run, longer)));
                match neighbour {
                    Some((run, longer)) => *run = longer,
                    None => slice.runs.push(Run::of(mid)),
                }
            }
            _ => self.slices.push_back(Slice {
                from: until,
                until,
                runs: vec![Run::of(mid)],
            }),
        }
    }

    /// Forgets what has had its time.
    pub(crate) fn purge(&mut self, now: Instant) {
        self.slices.retain(|slice| slice.until > now);
    }

    /// Until when there is something to keep.
    pub(crate) fn until(&self) -> Option<Instant> {
        self.slices.iter().map(|slice| slice.until).max()
    }
}

impl Run {
    const fn of(mid: u16) -> Self {
        Self {
            first: mid,
            last: mid,
        }
    }

    /// The run with one id more, if that is in it or next to it.
    fn extended(self, mid: u16) -> Option<Self> {
        let (first, last) = (self.first, self.last);
        let touches = (first.saturating_sub(1)..=last.saturating_add(1)).contains(&mid);
        touches.then(|| Self {
            first: first.min(mid),
            last: last.max(mid),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Instant {
        Instant::from_micros(seconds * 1_000_000)
    }

    #[test]
    fn co_12_ids_in_order_are_one_run_a_slice() {
        let mut executed = Executed::default();
        for n in 0..24_700_u64 {
            let mid = u16::try_from((60_000 + n) % 65_536).expect("16 bits");
            executed.insert(mid, at(247 + n / 100));
        }
        assert!(executed.runs() < 16, "{} runs", executed.runs());
        assert!(executed.contains(at(0), 60_000) && executed.contains(at(0), 100));
        assert!(!executed.contains(at(0), 59_999));
        executed.purge(at(247 + 40));
        assert!(!executed.contains(at(247 + 40), 60_000), "its time is over");
        assert!(executed.contains(at(247 + 40), 19_163));
        executed.purge(at(600));
        assert_eq!((executed.runs(), executed.until()), (0, None));
    }

    #[test]
    fn co_12_a_little_disorder_costs_no_runs() {
        let mut executed = Executed::default();
        for mid in [5, 7, 6, 9, 8, 8, 10] {
            executed.insert(mid, at(247));
        }
        assert!(executed.runs() <= 3, "{executed:?}");
        assert!((5..=10).all(|mid| executed.contains(at(0), mid)));
        assert!(!executed.contains(at(0), 4) && !executed.contains(at(0), 11));
        executed.insert(0, at(248));
        executed.insert(u16::MAX, at(248));
        assert!(
            !executed.contains(at(0), 40_000),
            "0 is no neighbour of 65535"
        );
    }
}
