//! Socket addresses as peers, and back. Only this room knows what the bytes of a
//! peer mean; the engine compares them.

use coap::{ListenerId, Peer};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::ops::Range;

/// The peer at a socket address. An IPv4 address mapped into IPv6, as a dual-stack
/// socket reports it, is the IPv4 address. Port first, so that sorting spreads.
#[must_use]
pub fn to_peer(listener: ListenerId, address: SocketAddr) -> Peer {
    let mut bytes = [0; 22];
    let (low, high) = bytes.split_at_mut(2);
    low.copy_from_slice(&address.port().to_be_bytes());
    let len = match address.ip().to_canonical() {
        IpAddr::V4(ip) => {
            high[..4].copy_from_slice(&ip.octets());
            6
        }
        IpAddr::V6(ip) => {
            high[..16].copy_from_slice(&ip.octets());
            let zone = if let SocketAddr::V6(v6) = address {
                v6.scope_id()
            } else {
                0
            };
            high[16..20].copy_from_slice(&zone.to_be_bytes());
            if zone == 0 { 18 } else { 22 }
        }
    };
    Peer::new(listener, &bytes[..len]).expect("an address has at most 22 bytes")
}

/// Which bytes name the host where the listener stands before those of [`to_peer`]: an IPv4
/// address, or the 64 bits of a network that one owner of IPv6 addresses has.
pub(crate) const SECURE_HOST: Range<usize> = 3..11;

/// The socket address of a peer; `None` if the peer is of another kind.
#[must_use]
pub fn to_address(peer: Peer) -> Option<SocketAddr> {
    let (port, ip) = peer.address().split_first_chunk::<2>()?;
    let port = u16::from_be_bytes(*port);
    if let Ok(octets) = <[u8; 4]>::try_from(ip) {
        return Some((Ipv4Addr::from(octets), port).into());
    }
    let (octets, zone) = ip.split_first_chunk::<16>()?;
    let zone = if zone.is_empty() {
        0
    } else {
        u32::from_be_bytes(zone.try_into().ok()?)
    };
    Some(SocketAddrV6::new(Ipv6Addr::from(*octets), port, 0, zone).into())
}

/// A peer as people read it: `192.168.1.20:5683`.
#[must_use]
pub fn to_text(peer: Peer) -> String {
    to_address(peer).map_or_else(|| format!("{peer:?}"), |address| address.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn co_29_addresses_of_all_kinds_survive() {
        for text in [
            "127.0.0.1:5683",
            "[::1]:5683",
            "[fe80::1%3]:40000",
            "255.255.255.255:65535",
        ] {
            let address: SocketAddr = text.parse().expect(text);
            assert_eq!(to_address(to_peer(ListenerId(1), address)), Some(address));
        }
    }

    #[test]
    fn the_ports_of_a_host_and_the_addresses_of_a_network_are_one_host() {
        let host = |text: &str| {
            let peer = to_peer(ListenerId(1), text.parse().expect(text));
            let bytes = [&[1], peer.address()].concat();
            bytes[SECURE_HOST.start..SECURE_HOST.end.min(bytes.len())].to_vec()
        };
        assert_eq!(host("10.0.0.1:1"), host("10.0.0.1:65535"));
        assert_ne!(host("10.0.0.1:1"), host("10.0.0.2:1"));
        assert_eq!(host("[2001:db8::1]:1"), host("[2001:db8::ffff:1]:2"));
        assert_ne!(host("[2001:db8::1]:1"), host("[2001:db8:0:1::1]:1"));
    }

    #[test]
    fn a_mapped_address_is_the_one_it_maps() {
        let mapped: SocketAddr = "[::ffff:10.0.0.1]:9".parse().expect("an address");
        assert_eq!(to_text(to_peer(ListenerId(1), mapped)), "10.0.0.1:9");
    }
}
