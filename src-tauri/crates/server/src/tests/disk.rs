//! What disk and time do: batches are stored or not, hours pass, the program dies
//! and starts again.

use super::bench::Bench;
use crate::engine_io::Input;
use crate::server::{Config, Server};
use clock::{Instant, UnixTime};
use std::time::Duration;

impl Bench {
    /// From now on batches wait for [`Self::commit`] or [`Self::fail`].
    pub(super) fn hold(&mut self) {
        self.holds = true;
    }

    /// The batch on its way is stored.
    pub(super) fn commit(&mut self) {
        let batch = self.batch.take().expect("a batch on its way");
        self.memory.store(&batch);
        self.lines.push("committed".to_owned());
        self.handle(Input::Committed(batch.revision));
    }

    /// The batch on its way is not stored.
    pub(super) fn fail(&mut self) {
        let batch = self.batch.take().expect("a batch on its way");
        // What waited for the batch after it travels with the next attempt.
        self.owed
            .iter_mut()
            .for_each(|(_, _, due)| *due = batch.revision.0.min(*due));
        let reason = "disk full".to_owned();
        self.handle(Input::CommitFailed {
            revision: batch.revision,
            reason,
        });
    }

    pub(super) const fn is_writing(&self) -> bool {
        self.batch.is_some()
    }

    /// Time passes; every wake-up in it is kept.
    pub(super) fn pass(&mut self, seconds: u64) {
        let end = self.now.instant + Duration::from_secs(seconds);
        let mut in_vain = 0;
        while let Some(at) = self.wake.filter(|at| *at <= end) {
            in_vain = if at > self.now.instant {
                0
            } else {
                in_vain + 1
            };
            assert!(in_vain < 4, "time stands still");
            self.turn_to(at.max(self.now.instant));
            self.handle(Input::Wake);
        }
        self.turn_to(end);
    }

    /// The wall clock is set; time does not pass.
    pub(super) fn set_wall_clock(&mut self, seconds: i64) {
        self.now.unix = UnixTime::from_millis(seconds * 1_000);
    }

    /// The program dies and starts again `seconds` later from what is stored.
    pub(super) fn restart(&mut self, seconds: u64) {
        self.turn_to(self.now.instant + Duration::from_secs(seconds));
        self.now.instant = Instant::ZERO;
        // Fresh each time, as tokens of former runs must not come again.
        self.starts += 1;
        let config = Config::new(lwm2m::bundled::registry(), [self.starts; 32]);
        self.server = Server::new(self.now, config, self.memory.snapshot());
        self.batch = None;
        self.owed.clear();
        self.handle(Input::Wake);
    }

    fn turn_to(&mut self, at: Instant) {
        self.now.unix = self.now.unix + at.since(self.now.instant);
        self.now.instant = at;
    }
}
