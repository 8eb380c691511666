//! Observations in force, by peer and token, and which notification is newer
//! (RFC 7641 §3). Values and rules; who is told what stands in `link`.

use std::collections::BTreeMap;
use std::time::Duration;

use clock::Instant;

use crate::peer::Peer;
use crate::request::Request;
use crate::token::Token;

/// After it a notification is newer whatever its number (RFC 7641 §3.4).
const ALWAYS_NEWER: Duration = Duration::from_secs(128);

/// One observation.
#[derive(Debug)]
pub(crate) struct Observation {
    /// What is observed: how the rest of a large notification is fetched.
    pub(crate) request: Request,
    last: Option<(u32, Instant)>,
}

/// The table.
#[derive(Debug, Default)]
pub(crate) struct Observations {
    table: BTreeMap<(Peer, Token), Observation>,
}

impl Observations {
    /// Enters an observation, `last` being the number of the newest notification.
    pub(crate) fn insert(
        &mut self,
        peer: Peer,
        token: Token,
        request: Request,
        last: Option<(u32, Instant)>,
    ) {
        self.table
            .insert((peer, token), Observation { request, last });
    }

    pub(crate) fn remove(&mut self, peer: Peer, token: Token) -> bool {
        self.table.remove(&(peer, token)).is_some()
    }

    pub(crate) fn get(&self, peer: Peer, token: Token) -> Option<&Observation> {
        self.table.get(&(peer, token))
    }

    pub(crate) fn get_mut(&mut self, peer: Peer, token: Token) -> Option<&mut Observation> {
        self.table.get_mut(&(peer, token))
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.table.len()
    }

    /// An observation of `from` goes over to `to` (conformance OB-13). Says whether
    /// there was one, and another address to go to.
    pub(crate) fn rename(&mut self, from: Peer, token: Token, to: Peer) -> bool {
        let known = self.table.remove(&(from, token));
        let moves = known.is_some() && from != to;
        self.table
            .extend(known.map(|observation| ((to, token), observation)));
        moves
    }
}

impl Observation {
    /// Whether a notification with that number is newer than all before it, and if
    /// so remembers it (conformance OB-04).
    pub(crate) fn refresh(&mut self, number: u32, now: Instant) -> bool {
        let newer = self
            .last
            .is_none_or(|(last, at)| is_newer((last, at), (number, now)));
        if newer {
            self.last = Some((number, now));
        }
        newer
    }
}

/// RFC 7641 §3.4, with V and T of the older first.
fn is_newer((v1, t1): (u32, Instant), (v2, t2): (u32, Instant)) -> bool {
    const HALF: u32 = 1 << 23;
    (v1 < v2 && v2 - v1 < HALF) || (v1 > v2 && v1 - v2 > HALF) || t2.since(t1) > ALWAYS_NEWER
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ob_04_newer_is_a_matter_of_numbers_and_time() {
        let at = |seconds: u64| Instant::from_micros(seconds * 1_000_000);
        let cases = [
            (1, 2, 0, true),
            (2, 1, 0, false),
            (2, 2, 0, false),
            (0xff_ffff, 0, 0, true),
            (0, 0xff_ffff, 0, false),
            (0, 1 << 23, 0, false),
            (9, 3, 128, false),
            (9, 3, 129, true),
        ];
        for (v1, v2, later, newer) in cases {
            assert_eq!(
                is_newer((v1, at(5)), (v2, at(5 + later))),
                newer,
                "{v1} then {v2} after {later} s"
            );
        }
    }
}
