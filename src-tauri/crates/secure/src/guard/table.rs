//! The associations of a listener, found by name, by Connection ID and by address.

use crate::address::Address;
use crate::association::Association;
use crate::association_id::AssociationId;
use crate::config::MAX_CID_BYTES;
use crate::record::{Record, TLS12_CID};
use std::collections::{BTreeMap, BTreeSet};

/// All associations.
#[derive(Default)]
pub(super) struct Table {
    /// Boxed, because a tree leaves a third of its room empty.
    associations: BTreeMap<AssociationId, Box<Association>>,
    by_cid: BTreeMap<Cid, AssociationId>,
    /// Those without Connection ID: the address is all that their records are known by.
    by_address: BTreeMap<Address, AssociationId>,
    /// Where those with one were heard last. Several may claim the same address, as a
    /// record that moves one of them proves nothing about it.
    heard_at: BTreeSet<(Address, AssociationId)>,
    /// Lengths that Connection IDs of ours have: what was restored may have others.
    cid_lengths: BTreeSet<usize>,
}

/// A Connection ID of ours, without an allocation of its own.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Cid {
    len: u8,
    bytes: [u8; MAX_CID_BYTES as usize],
}

impl Cid {
    /// `None` for an empty one, and for one that we never give out.
    fn new(cid: &[u8]) -> Option<Self> {
        let mut bytes = [0; MAX_CID_BYTES as usize];
        bytes.get_mut(..cid.len())?.copy_from_slice(cid);
        let len = u8::try_from(cid.len()).ok().filter(|len| *len > 0)?;
        Some(Self { len, bytes })
    }
}

impl Table {
    pub(super) fn get(&self, id: AssociationId) -> Option<&Association> {
        self.associations.get(&id).map(|association| &**association)
    }

    pub(super) fn get_mut(&mut self, id: AssociationId) -> Option<&mut Association> {
        self.associations
            .get_mut(&id)
            .map(|association| &mut **association)
    }

    pub(super) fn len(&self) -> usize {
        self.associations.len()
    }

    pub(super) fn has_cid(&self, cid: &[u8]) -> bool {
        Cid::new(cid).is_some_and(|cid| self.by_cid.contains_key(&cid))
    }

    /// The association at an address that has no Connection ID.
    pub(super) fn at(&self, address: Address) -> Option<&Association> {
        self.get(*self.by_address.get(&address)?)
    }

    /// The associations with a Connection ID that were heard last from an address.
    pub(super) fn heard_at(&self, address: Address) -> impl Iterator<Item = &Association> {
        let all = (address, AssociationId(u64::MIN))..=(address, AssociationId(u64::MAX));
        self.heard_at.range(all).filter_map(|(_, id)| self.get(*id))
    }

    pub(super) fn insert(&mut self, association: Association) {
        let id = association.id;
        if let Some(cid) = Cid::new(&association.protection.own_cid) {
            self.cid_lengths.insert(usize::from(cid.len));
            self.by_cid.insert(cid, id);
            self.heard_at.insert((association.address, id));
        } else {
            self.by_address.insert(association.address, id);
        }
        self.associations.insert(id, Box::new(association));
    }

    pub(super) fn remove(&mut self, id: AssociationId) -> Option<Box<Association>> {
        let association = self.associations.remove(&id)?;
        if self.by_address.get(&association.address) == Some(&id) {
            self.by_address.remove(&association.address);
        }
        if let Some(cid) = Cid::new(&association.protection.own_cid) {
            self.by_cid.remove(&cid);
            self.heard_at.remove(&(association.address, id));
        }
        Some(association)
    }

    /// Notes another address of an association; the old one, if it is another.
    pub(super) fn move_to(&mut self, id: AssociationId, to: Address) -> Option<Address> {
        let association = self.associations.get_mut(&id)?;
        let from = association.address;
        if from == to {
            return None;
        }
        association.address = to;
        association.moves = association.moves.saturating_add(1);
        // One without Connection ID was found by its address: it has not moved.
        self.heard_at.remove(&(from, id));
        self.heard_at.insert((to, id));
        Some(from)
    }

    /// The first record of a datagram with a Connection ID, and whose it is.
    pub(super) fn cut<'a>(
        &self,
        datagram: &'a [u8],
    ) -> Option<(AssociationId, Record<'a>, &'a [u8])> {
        self.cid_lengths.iter().find_map(|length| {
            let (record, rest) = Record::first(datagram, *length)?;
            let id = self.by_cid.get(&Cid::new(record.cid)?)?;
            Some((*id, record, rest))
        })
    }

    /// The association that a record without Connection ID belongs to.
    pub(super) fn of_plain(&self, from: Address, record: &Record<'_>) -> Option<AssociationId> {
        let association = self.at(from)?;
        (record.kind != TLS12_CID).then_some(association.id)
    }

    /// The one that was heard longest ago.
    pub(super) fn quietest(&self) -> Option<AssociationId> {
        let all = self.associations.values();
        all.min_by_key(|association| association.heard)
            .map(|association| association.id)
    }
}
