//! The latest datagrams, for whoever wants to see bytes: a bounded memory that
//! forgets the oldest. It decodes nothing until it is asked.

use crate::locked::locked;
use clock::UnixTime;
use coap::Peer;
use std::collections::VecDeque;
use std::sync::Mutex;

/// Datagrams remembered.
const MAX_DATAGRAMS: usize = 4_096;

/// Bytes of all remembered datagrams.
const MAX_BYTES: usize = 4 << 20;

/// A datagram that passed.
#[derive(Clone, Debug)]
pub struct Datagram {
    /// Rises by one with each.
    pub number: u64,
    /// When.
    pub at: UnixTime,
    /// Whether a device sent it.
    pub inbound: bool,
    /// The device's end as the engine knows it: an association where it comes over DTLS.
    pub peer: Peer,
    /// Where the device is.
    pub from: Peer,
    /// All of it.
    pub bytes: Vec<u8>,
}

/// The latest datagrams.
#[derive(Debug, Default)]
pub struct Traffic(Mutex<Ring>);

#[derive(Debug, Default)]
struct Ring {
    datagrams: VecDeque<Datagram>,
    bytes: usize,
    count: u64,
}

impl Traffic {
    /// Notes a datagram.
    pub fn note(&self, at: UnixTime, inbound: bool, peer: Peer, from: Peer, bytes: &[u8]) {
        let mut ring = locked(&self.0);
        ring.count += 1;
        ring.bytes += bytes.len();
        let mut store = Vec::new();
        while ring.datagrams.len() >= MAX_DATAGRAMS || ring.bytes > MAX_BYTES {
            let Some(oldest) = ring.datagrams.pop_front() else {
                break;
            };
            ring.bytes -= oldest.bytes.len();
            store = oldest.bytes;
        }
        // The forgotten one's buffer serves again.
        store.clear();
        store.extend_from_slice(bytes);
        let number = ring.count;
        ring.datagrams.push_back(Datagram {
            number,
            at,
            inbound,
            peer,
            from,
            bytes: store,
        });
    }

    /// The newest `limit` datagrams that `wanted` picks, newest first.
    #[must_use]
    pub fn latest(&self, limit: usize, wanted: impl Fn(&Datagram) -> bool) -> Vec<Datagram> {
        let ring = locked(&self.0);
        ring.datagrams
            .iter()
            .rev()
            .filter(|one| wanted(one))
            .take(limit)
            .cloned()
            .collect()
    }

    /// Up to `limit` of the datagrams after `number`, the newest of them, oldest
    /// first, and the number of the last one that passed.
    #[must_use]
    pub fn after(&self, number: u64, limit: usize) -> (Vec<Datagram>, u64) {
        let ring = locked(&self.0);
        let newer = ring
            .datagrams
            .iter()
            .rev()
            .take_while(|one| one.number > number)
            .take(limit);
        let mut found: Vec<_> = newer.cloned().collect();
        found.reverse();
        (found, ring.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use coap::ListenerId;

    #[test]
    fn the_memory_is_bounded_in_number_and_bytes() {
        let traffic = Traffic::default();
        let peer = Peer::new(ListenerId(1), b"x").expect("a peer");
        for _ in 0..MAX_DATAGRAMS + 10 {
            traffic.note(UnixTime::default(), true, peer, peer, &[0; 4]);
        }
        assert_eq!(traffic.latest(usize::MAX, |_| true).len(), MAX_DATAGRAMS);
        for _ in 0..100 {
            traffic.note(UnixTime::default(), true, peer, peer, &[0; 60_000]);
        }
        let bytes: usize = traffic
            .latest(usize::MAX, |_| true)
            .iter()
            .map(|one| one.bytes.len())
            .sum();
        assert!(bytes <= MAX_BYTES, "{bytes}");
        let (after, last) = traffic.after(MAX_DATAGRAMS as u64 + 108, 10);
        assert_eq!((after.len(), last), (2, MAX_DATAGRAMS as u64 + 110));
    }
}
