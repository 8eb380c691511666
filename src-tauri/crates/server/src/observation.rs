//! What an observation is: the operator's wish to be told about a path, and the
//! token under which the device does so. How notifications are read stands in
//! `report`.

use crate::ids::{DeviceId, ObservationId};
use clock::UnixTime;
use coap::{Peer, Token};
use lwm2m::{Format, Path};

/// An observation, in force or waiting to be established again.
///
/// A wish outlives the registration it was made under: a new Register voids the
/// token (conformance OB-10), and the server observes again by itself. Only the
/// operator, or a refusal of the device, ends the wish.
#[derive(Clone, PartialEq, Debug)]
pub struct Observation {
    /// Its id.
    pub id: ObservationId,
    /// Whose path is observed.
    pub device: DeviceId,
    /// The path observed.
    pub path: Path,
    /// The format asked for, if one was.
    pub format: Option<Format>,
    /// What notifications carry; `None` while it is not in force.
    pub link: Option<ObservationLink>,
    /// When the operator asked for it.
    pub since: UnixTime,
    /// How many notifications came.
    pub notifications: u64,
    /// When the last one came.
    pub last_at: Option<UnixTime>,
}

/// What ties notifications to an observation (RFC 7641 §3.2, conformance OB-02).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct ObservationLink {
    /// Where they come from.
    pub peer: Peer,
    /// Their token.
    pub token: Token,
}
