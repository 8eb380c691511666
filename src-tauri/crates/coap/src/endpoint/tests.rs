//! The endpoint as its peers see it. [`solo`] plays one peer by hand, message by
//! message; [`network`] wires two endpoints through a network that loses, doubles
//! and reorders by a seed.

mod blocks;
mod challenges;
mod chaos;
mod composite;
mod faults;
mod limits;
mod loss;
mod messages;
mod network;
mod observations;
mod responses;
mod solo;
mod strangers;
mod tags;
mod vulnerabilities;

use crate::peer::{ListenerId, Peer};

const LISTENER: ListenerId = ListenerId(0);

fn peer(n: u8) -> Peer {
    Peer::new(LISTENER, &[127, 0, 0, n, 0x16, 0x33]).expect("six bytes fit")
}
