//! Addresses in the world: a device has its number, and one of them is no device.

use crate::random::Random;
use coap::{ListenerId, Peer};

/// The number of one who is no device and sends noise.
pub(crate) const STRANGER: usize = 0xfefe;

/// The server, as devices see it.
pub(crate) fn server() -> Peer {
    Peer::new(ListenerId(0), b"server").expect("a short address")
}

/// An address of a device without security: its number, and how many it had before.
pub(crate) fn peer_of(number: usize, moves: u16) -> Peer {
    let number = u16::try_from(number).expect("some devices");
    let ([a, b], [c, d]) = (number.to_be_bytes(), moves.to_be_bytes());
    Peer::new(ListenerId(0), &[a, b, c, d]).expect("four bytes")
}

/// Where a device over DTLS is seen, behind a NAT that has given it so many ports so far.
pub(crate) fn secured_peer_of(number: usize, ports: u32) -> Peer {
    let number = u16::try_from(number).expect("some devices");
    let [high, low] = number.to_be_bytes();
    let port = u8::try_from(ports % 251).expect("less than 251");
    Peer::new(SECURE, &[high, low, port]).expect("three bytes")
}

/// See [`peer_of`] and [`secured_peer_of`].
pub(crate) fn number_at(peer: Peer) -> Option<usize> {
    let bytes = peer.address().first_chunk::<2>()?;
    Some(usize::from(u16::from_be_bytes(*bytes)))
}

/// The listener that devices over DTLS reach.
pub(crate) const SECURE: ListenerId = ListenerId(3);

/// What a stranger sends: random bytes, every other one with a header that makes it look like
/// a message.
pub(crate) fn noise(random: &mut Random) -> Vec<u8> {
    let mut bytes: Vec<u8> = random.seed().into();
    bytes.truncate(usize::try_from(random.below(33)).unwrap_or(0));
    if random.chance(500)
        && let [first, code, ..] = bytes.as_mut_slice()
    {
        *first = 0x40 | (*first & 0x3f);
        *code &= 0x07;
    }
    bytes
}
