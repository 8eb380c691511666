//! Addresses in the world: a device has its number, and one of them is no device.

use crate::random::Random;
use coap::{ListenerId, Peer};

/// The number of one who is no device and sends noise.
pub(crate) const STRANGER: usize = 0xfefe;

/// The server, as devices see it.
pub(crate) fn server() -> Peer {
    Peer::new(ListenerId(0), b"server").expect("a short address")
}

/// The address of a device.
pub(crate) fn peer_of(number: usize) -> Peer {
    let number = u16::try_from(number).expect("some devices");
    Peer::new(ListenerId(0), &number.to_be_bytes()).expect("two bytes")
}

/// See [`peer_of`].
pub(crate) fn number_at(peer: Peer) -> Option<usize> {
    let bytes = <[u8; 2]>::try_from(peer.address()).ok()?;
    Some(usize::from(u16::from_be_bytes(bytes)))
}

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
