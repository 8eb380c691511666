//! Who gives way when there are no more places for handshakes.
//!
//! Whoever answers a cookie takes a place, so that one host could take them all: it has no
//! more than its share once others want theirs.

use super::Guard;
use super::half_open::HalfOpen;
use crate::address::Address;
use crate::failure::{Cause, Step};
use clock::Instant;
use std::collections::BTreeMap;
use std::time::Duration;

impl Guard {
    /// Whether one more handshake may begin. For its sake one of the host that has most
    /// goes, or else the oldest that had time enough.
    pub(super) fn make_room(&mut self, wanted: Address) -> bool {
        if self.half_open.len() < self.config.most_half_open {
            return true;
        }
        let counts = self.counts();
        let own = counts.get(self.host(&wanted)).copied().unwrap_or(0);
        let greediest = self.of_greediest(&counts, own);
        let Some(from) = greediest.or_else(|| self.overdue(&counts, own)) else {
            return false;
        };
        if let Some(half_open) = self.take_half_open(from) {
            self.fail(from, &half_open.handshake, Cause::TooMany);
        }
        true
    }

    /// How many places each host has.
    fn counts(&self) -> BTreeMap<&[u8], usize> {
        let mut counts = BTreeMap::new();
        for address in self.half_open.keys() {
            *counts.entry(self.host(address)).or_insert(0) += 1;
        }
        counts
    }

    /// What the host with most places can do without, if it has more than one with `own`
    /// would have with one more.
    fn of_greediest(&self, counts: &BTreeMap<&[u8], usize>, own: usize) -> Option<Address> {
        let (greediest, most) = counts.iter().max_by_key(|(_, count)| **count)?;
        if *most <= own + 1 {
            return None;
        }
        let theirs = self.half_open.iter();
        let theirs = theirs.filter(|(address, _)| self.host(address) == *greediest);
        let least = theirs.min_by_key(|(_, half_open)| worth(half_open));
        least.map(|(address, _)| *address)
    }

    fn host<'a>(&self, address: &'a Address) -> &'a [u8] {
        address.part(self.config.host.clone())
    }

    /// The oldest of those hosts that have at least `own` places, if it had time enough:
    /// whoever has more takes none from who has less.
    fn overdue(&self, counts: &BTreeMap<&[u8], usize>, own: usize) -> Option<Address> {
        let has = |address: &Address| counts.get(self.host(address)).copied().unwrap_or(0);
        let all = self.half_open.iter();
        let theirs = all.filter(|(address, _)| has(address) >= own);
        let (from, oldest) = theirs.min_by_key(|(_, half_open)| half_open.started)?;
        (self.now.instant.since(oldest.started) >= GRACE).then_some(*from)
    }
}

/// Whoever has sent its ClientKeyExchange is likely to come to an end.
fn worth(half_open: &HalfOpen) -> (bool, Instant) {
    let far = half_open.handshake.step() >= Step::KeyExchange;
    (far, half_open.started)
}

/// How long a handshake is left alone when others want its place.
const GRACE: Duration = Duration::from_secs(10);
