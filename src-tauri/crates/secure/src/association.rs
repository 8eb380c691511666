//! An established association: a few hundred bytes that protect what goes to and comes
//! from one peer.

use crate::address::Address;
use crate::association_id::AssociationId;
use crate::handshake::flight::Flight;
use crate::identity::Identity;
use crate::record::cipher::Crypt;
use crate::record::protection::Protection;
use crate::record::window::Window;
use crate::record::{ALERT, APPLICATION_DATA};
use crate::saved::SavedAssociation;
use crate::server_name::ServerName;
use clock::UnixTime;
use rand_chacha::ChaCha12Rng;
use rand_core::Rng;
use std::collections::VecDeque;
use std::sync::Arc;

/// What is known of an association.
pub struct Association {
    pub(crate) id: AssociationId,
    pub(crate) identity: Arc<Identity>,
    pub(crate) address: Address,
    pub(crate) protection: Protection,
    pub(crate) resumed: bool,
    pub(crate) server_name: Option<ServerName>,
    pub(crate) since: UnixTime,
    pub(crate) heard: UnixTime,
    pub(crate) moves: u32,
    /// Whether its receive window has moved since the last positions were taken.
    pub(crate) has_moved: bool,
    /// Records that carried its name and were not authentic.
    pub(crate) forged: u32,
    pub(crate) reservation: Reservation,
    /// Plaintext that waits for a reservation; boxed, because there hardly ever is any.
    pub(crate) held: Option<Box<Held>>,
    /// Our last flight, until the peer shows that it has it.
    pub(crate) last_flight: Option<Box<LastFlight>>,
}

/// Plaintext that waits for a reservation, oldest first.
#[derive(Default)]
pub(crate) struct Held(pub(crate) VecDeque<Box<[u8]>>);

/// What was sent last of the handshake.
pub(crate) struct LastFlight {
    pub(crate) flight: Flight,
    pub(crate) next_plain: u64,
}

/// How many send numbers may be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Reservation {
    /// Numbers below this may be used: they are on disk, or nothing of the association is.
    pub(crate) confirmed: u64,
    /// Numbers below this are asked for.
    pub(crate) asked: u64,
}

impl Association {
    /// Its name.
    #[must_use]
    pub fn id(&self) -> AssociationId {
        self.id
    }

    /// Who the peer is.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The same, for who keeps it beside the association.
    #[must_use]
    pub fn shared_identity(&self) -> Arc<Identity> {
        Arc::clone(&self.identity)
    }

    /// Where the peer was heard last.
    #[must_use]
    pub fn address(&self) -> Address {
        self.address
    }

    /// The IANA name of the suite.
    #[must_use]
    pub fn suite(&self) -> &'static str {
        self.protection.keys.suite.name()
    }

    /// The Connection ID on what the peer sends; empty for none.
    #[must_use]
    pub fn own_cid(&self) -> &[u8] {
        &self.protection.own_cid
    }

    /// The Connection ID on what is sent to the peer; empty for none.
    #[must_use]
    pub fn peer_cid(&self) -> &[u8] {
        &self.protection.peer_cid
    }

    /// Most bytes that one [`Input::Send`](crate::Input::Send) may hold: devices with
    /// little memory ask for less than 16 KiB (RFC 6066 §4). What is longer is not sent, and
    /// [`Output::TooLong`](crate::Output::TooLong) says so.
    #[must_use]
    pub fn max_plaintext(&self) -> u16 {
        self.protection.max_plaintext
    }

    /// The server name that chose our key; `None` for the usual one.
    #[must_use]
    pub fn server_name(&self) -> Option<&ServerName> {
        self.server_name.as_ref()
    }

    /// Whether it came from an earlier session.
    #[must_use]
    pub fn is_resumed(&self) -> bool {
        self.resumed
    }

    /// When the handshake was complete.
    #[must_use]
    pub fn since(&self) -> UnixTime {
        self.since
    }

    /// When the last authentic record came.
    #[must_use]
    pub fn heard(&self) -> UnixTime {
        self.heard
    }

    /// How often the peer has changed its address.
    #[must_use]
    pub fn moves(&self) -> u32 {
        self.moves
    }

    /// How many records claimed to belong to it and were not authentic.
    #[must_use]
    pub fn forged(&self) -> u32 {
        self.forged
    }

    /// One to go on with after a restart. Where the power failed, the last reservations
    /// may be lost too, and a copy of what was saved may go on elsewhere: it starts far
    /// above what is known of them, by a stride that `rng` draws, so that no two that start
    /// from the same place use the same number.
    pub(crate) fn restored(
        saved: SavedAssociation,
        replay_window: u8,
        now: UnixTime,
        rng: &mut ChaCha12Rng,
    ) -> Self {
        let stride = LOST_NUMBERS + rng.next_u64() % STRIDES;
        let start = saved.reserved.saturating_add(stride);
        let protection = Protection {
            side: crate::record::protection::Side::Server,
            keys: saved.keys,
            next: start,
            window: Window::after(saved.newest, replay_window),
            own_cid: saved.own_cid,
            peer_cid: saved.peer_cid,
            max_plaintext: saved.max_plaintext,
        };
        Self {
            id: saved.id,
            identity: Arc::new(saved.identity),
            address: saved.address,
            protection,
            resumed: saved.resumed,
            server_name: saved.server_name,
            since: saved.since,
            heard: now,
            moves: 0,
            has_moved: false,
            forged: 0,
            reservation: Reservation {
                confirmed: start,
                asked: start,
            },
            held: None,
            last_flight: None,
        }
    }

    /// As it is to be saved.
    pub(crate) fn saved(&self) -> SavedAssociation {
        SavedAssociation {
            id: self.id,
            identity: Identity::clone(&self.identity),
            address: self.address,
            since: self.since,
            newest: self.protection.window.newest(),
            reserved: self.reservation.asked,
            resumed: self.resumed,
            server_name: self.server_name.clone(),
            keys: self.protection.keys.clone(),
            own_cid: self.protection.own_cid.clone(),
            peer_cid: self.protection.peer_cid.clone(),
            max_plaintext: self.protection.max_plaintext,
        }
    }

    /// A datagram with application data; `None` if nothing may be sent now.
    pub(crate) fn seal(&mut self, crypt: &mut Crypt, bytes: &[u8]) -> Option<Vec<u8>> {
        self.seal_kind(crypt, APPLICATION_DATA, bytes)
    }

    /// A datagram with an alert.
    pub(crate) fn alert(&mut self, crypt: &mut Crypt, alert: [u8; 2]) -> Option<Vec<u8>> {
        self.seal_kind(crypt, ALERT, &alert)
    }

    fn seal_kind(&mut self, crypt: &mut Crypt, kind: u8, bytes: &[u8]) -> Option<Vec<u8>> {
        if !self.may_send() {
            return None;
        }
        let mut out = Vec::with_capacity(bytes.len() + RECORD_ROOM);
        self.protection.seal(crypt, kind, bytes, &mut out)?;
        Some(out)
    }

    /// Whether the next number may be used.
    pub(crate) fn may_send(&self) -> bool {
        self.protection.next < self.reservation.confirmed
    }

    /// Asks for more numbers before they run out; true if this must be saved.
    pub(crate) fn reserve(&mut self) -> bool {
        let asks = self.runs_short();
        if asks {
            let asked = &mut self.reservation.asked;
            *asked = asked.saturating_add(RESERVED_NUMBERS);
        }
        asks
    }

    /// Whether more numbers should be asked for and none are.
    pub(crate) fn runs_short(&self) -> bool {
        let reservation = &self.reservation;
        reservation.asked == reservation.confirmed
            && self.protection.next.saturating_add(RESERVED_NUMBERS / 2) >= reservation.confirmed
    }

    /// Takes note that a reservation is on disk.
    pub(crate) fn confirm(&mut self, through: u64) {
        let reservation = &mut self.reservation;
        let through = through.min(reservation.asked);
        reservation.confirmed = reservation.confirmed.max(through);
    }
}

impl Reservation {
    /// For an association of which nothing is on disk: no restart can bring it back, so
    /// that the first numbers need no confirmation.
    pub(crate) const FIRST: Self = Self {
        confirmed: RESERVED_NUMBERS,
        asked: RESERVED_NUMBERS,
    };

    /// For an association that is never saved.
    pub(crate) const UNLIMITED: Self = Self {
        confirmed: u64::MAX,
        asked: u64::MAX,
    };
}

/// How many send numbers are reserved at a time: what one write to the disk buys.
pub(crate) const RESERVED_NUMBERS: u64 = 2_048;

/// Send numbers that a power cut may make forgotten: far more than leave in the second or
/// so that the disk may be behind, and nothing of the 2^48 that there are.
const LOST_NUMBERS: u64 = 1 << 20;

/// Send numbers among which a restart draws its first. Two that start from the same place
/// and send a thousand records each meet once in 30 million times; an association outlives
/// 4,000 restarts at least before its 2^48 numbers are used up and it ends.
const STRIDES: u64 = 1 << 36;

/// Room for what surrounds the plaintext in a record, with our own Connection IDs.
const RECORD_ROOM: usize = 96;
