//! The endpoint as its peers see it. [`solo`] plays one peer by hand, message by
//! message; [`network`] wires two endpoints through a network that loses, doubles
//! and reorders by a seed.

mod blocks;
mod chaos;
mod faults;
mod messages;
mod network;
mod observations;
mod responses;
mod solo;

use crate::peer::{ListenerId, Peer};

fn peer(n: u8) -> Peer {
    Peer::new(ListenerId(0), &[127, 0, 0, n, 0x16, 0x33]).expect("six bytes fit")
}
