//! Which address of ours a peer spoke to, for a socket that listens at all of them:
//! what goes to the peer leaves from there (RFC 7252 §5.2; conformance CO-29).
//!
//! It remembers a bounded number of peers, and those the longest that speak. For a
//! forgotten one the system chooses the address, as it does for every other socket.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};

/// Peers remembered at least; twice as many at most.
const PEERS: usize = 32_768;

/// Addresses of ours by peer.
#[derive(Debug, Default)]
pub(super) struct Homes {
    /// The peers that spoke last.
    young: HashMap<(IpAddr, u16), IpAddr>,
    /// Those before them.
    old: HashMap<(IpAddr, u16), IpAddr>,
}

impl Homes {
    /// Notes that `peer` spoke to `home`.
    pub(super) fn note(&mut self, peer: SocketAddr, home: IpAddr) {
        if self.young.len() >= PEERS {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key(peer), home);
    }

    /// The address that `peer` spoke to last.
    #[must_use]
    pub(super) fn of(&self, peer: SocketAddr) -> Option<IpAddr> {
        let key = key(peer);
        self.young.get(&key).or_else(|| self.old.get(&key)).copied()
    }
}

/// A peer in the one spelling that sockets of both families share.
fn key(peer: SocketAddr) -> (IpAddr, u16) {
    (peer.ip().to_canonical(), peer.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn co_29_the_address_that_a_peer_spoke_to_last_is_remembered() {
        let mut homes = Homes::default();
        let peer: SocketAddr = "10.0.0.1:9".parse().expect("an address");
        let mapped: SocketAddr = "[::ffff:10.0.0.1]:9".parse().expect("an address");
        let [first, second] =
            ["10.0.0.7", "10.0.0.8"].map(|text| text.parse().expect("an address"));
        assert_eq!(homes.of(peer), None);
        homes.note(peer, first);
        homes.note(mapped, second);
        assert_eq!(
            (homes.of(peer), homes.of(mapped)),
            (Some(second), Some(second))
        );
    }

    #[test]
    fn peers_that_are_silent_for_long_are_forgotten() {
        let mut homes = Homes::default();
        let home = "10.0.0.7".parse().expect("an address");
        let peer = |n: u32| SocketAddr::from((n.to_be_bytes(), 9));
        let count = u32::try_from(PEERS).expect("a small number");
        for n in 0..3 * count {
            homes.note(peer(n), home);
            homes.note(peer(u32::MAX), home);
        }
        assert_eq!(homes.of(peer(0)), None);
        assert_eq!(homes.of(peer(u32::MAX)), Some(home), "it went on speaking");
        assert!(homes.young.len() + homes.old.len() <= 2 * PEERS);
    }
}
