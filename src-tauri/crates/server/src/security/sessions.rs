//! Who stands at the other end of each association, as far as its handshake proved it.
//! A table only: what begins and ends a session decides `guarding`.

use crate::credential::Mode;
use clock::UnixTime;
use coap::{ListenerId, Peer};
use secure::{Address, Association, AssociationId, Identity, MAX_ADDRESS_BYTES, ServerName};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What associations are as peers of the CoAP layer, whatever listener their records
/// come through: a device that moves to another address stays the same peer.
pub const ASSOCIATIONS: ListenerId = ListenerId(2);

/// An association that is in force.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Session {
    /// Which.
    pub association: AssociationId,
    /// Who proved to be at its other end.
    pub identity: Arc<Identity>,
    /// Where it is at present: the listener, and the address behind it.
    pub at: Peer,
    /// The IANA name of the suite.
    pub suite: &'static str,
    /// The server name that the device asked for and that chose our key.
    pub server_name: Option<ServerName>,
    /// Bytes of the Connection ID in the device's records, so that it may move; 0 where
    /// there is none.
    pub cid_bytes: usize,
    /// Whether its handshake resumed an earlier session.
    pub resumed: bool,
    /// When it was made.
    pub since: UnixTime,
}

impl Session {
    /// What is known of an association; `None` where its address is none of ours.
    #[must_use]
    pub fn of(known: &Association) -> Option<Self> {
        Some(Self {
            association: known.id(),
            identity: known.shared_identity(),
            at: at(&known.address())?,
            suite: known.suite(),
            server_name: known.server_name().cloned(),
            cid_bytes: known.own_cid().len(),
            resumed: known.is_resumed(),
            since: known.since(),
        })
    }

    /// How the device proved itself.
    #[must_use]
    pub fn mode(&self) -> Mode {
        match *self.identity {
            Identity::Psk(_) => Mode::Psk,
            Identity::PublicKey(_) => Mode::PublicKey,
            Identity::Certificate(_) => Mode::Certificate,
        }
    }
}

/// All associations that are in force.
#[derive(Default, Debug)]
pub(crate) struct Sessions {
    by_association: BTreeMap<AssociationId, Session>,
    /// Hardly ever more than one each, the oldest first.
    by_identity: BTreeMap<Arc<Identity>, Vec<AssociationId>>,
}

impl Sessions {
    /// Takes a session in.
    pub(crate) fn open(&mut self, session: Session) {
        let of_identity = self.by_identity.entry(session.identity.clone());
        let own = of_identity.or_insert_with(|| Vec::with_capacity(1));
        if !own.contains(&session.association) {
            own.push(session.association);
        }
        self.by_association.insert(session.association, session);
    }

    /// Takes a session out.
    pub(crate) fn close(&mut self, association: AssociationId) -> Option<Session> {
        let session = self.by_association.remove(&association)?;
        if let Some(own) = self.by_identity.get_mut(&session.identity) {
            own.retain(|known| *known != association);
            if own.is_empty() {
                self.by_identity.remove(&session.identity);
            }
        }
        Some(session)
    }

    /// Notes that a device sends from elsewhere.
    pub(crate) fn move_to(&mut self, association: AssociationId, at: Peer) {
        if let Some(session) = self.by_association.get_mut(&association) {
            session.at = at;
        }
    }

    /// The session that is a peer of the CoAP layer.
    pub(crate) fn of_peer(&self, peer: Peer) -> Option<&Session> {
        self.by_association.get(&association_of(peer)?)
    }

    /// The associations of an identity.
    pub(crate) fn of_identity(&self, identity: &Identity) -> Vec<AssociationId> {
        self.by_identity.get(identity).cloned().unwrap_or_default()
    }

    /// The associations of the same identity that were made before this one.
    pub(crate) fn older_than(&self, session: &Session) -> Vec<AssociationId> {
        let Some(all) = self.by_identity.get(&session.identity) else {
            return Vec::new();
        };
        // Nearly every identity has one.
        let others = all.iter().filter(|id| **id != session.association);
        let older = others.filter(|id| {
            let other = self.by_association.get(id);
            other.is_some_and(|other| other.since <= session.since)
        });
        older.copied().collect()
    }

    /// All of them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Session> {
        self.by_association.values()
    }

    /// The identities that have a session.
    pub(crate) fn identities(&self) -> impl Iterator<Item = &Identity> {
        self.by_identity.keys().map(|own| &**own)
    }
}

/// An association as a peer of the CoAP layer.
#[must_use]
pub fn peer_of(association: AssociationId) -> Peer {
    Peer::new(ASSOCIATIONS, &association.0.to_be_bytes()).expect("eight bytes fit")
}

/// The association that a peer is; `None` if it is none.
#[must_use]
pub fn association_of(peer: Peer) -> Option<AssociationId> {
    let own = peer.listener() == ASSOCIATIONS;
    let bytes = peer.address().try_into().ok().filter(|_| own)?;
    Some(AssociationId(u64::from_be_bytes(bytes)))
}

/// A peer of a secure listener as `secure` keeps it: the listener, then the address.
pub(crate) fn address_of(peer: Peer) -> Option<Address> {
    let mut bytes = [0; MAX_ADDRESS_BYTES];
    let (listener, rest) = bytes.split_first_mut()?;
    *listener = peer.listener().0;
    let address = peer.address();
    rest.get_mut(..address.len())?.copy_from_slice(address);
    Address::new(bytes.get(..=address.len())?)
}

/// The reverse.
#[must_use]
pub fn at(address: &Address) -> Option<Peer> {
    let (listener, address) = address.as_bytes().split_first()?;
    Peer::new(ListenerId(*listener), address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peers_and_addresses_survive_the_way_there_and_back() {
        let association = AssociationId(u64::MAX - 7);
        assert_eq!(association_of(peer_of(association)), Some(association));
        let outside = Peer::new(ListenerId(3), &[7; 22]).expect("the longest address");
        let address = address_of(outside).expect("it fits");
        assert_eq!(at(&address), Some(outside));
        assert_eq!(association_of(outside), None);
    }

    #[test]
    fn an_identity_has_all_its_sessions_until_the_last_is_closed() {
        let mut sessions = Sessions::default();
        let identity = Arc::new(Identity::Psk((*b"one").into()));
        for number in [4, 9] {
            sessions.open(Session {
                association: AssociationId(number),
                identity: identity.clone(),
                at: Peer::new(ListenerId(3), b"here").expect("a peer"),
                suite: "TLS_PSK_WITH_AES_128_CCM_8",
                server_name: None,
                cid_bytes: 8,
                resumed: false,
                since: UnixTime::default(),
            });
        }
        assert_eq!(sessions.of_identity(&identity).len(), 2);
        assert!(sessions.close(AssociationId(4)).is_some());
        assert_eq!(sessions.of_identity(&identity), [AssociationId(9)]);
        assert!(sessions.close(AssociationId(9)).is_some());
        assert_eq!(sessions.identities().count(), 0);
        assert!(sessions.of_peer(peer_of(AssociationId(9))).is_none());
    }
}
