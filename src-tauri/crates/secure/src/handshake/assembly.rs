//! Puts a fragmented handshake message together (RFC 6347 §4.2.3), within bounds.

use crate::hello::Fragment;

/// A message of which pieces are missing.
#[derive(Clone, Debug)]
pub(crate) struct Assembly {
    kind: u8,
    sequence: u16,
    bytes: Vec<u8>,
    have: Vec<bool>,
    missing: usize,
}

impl Assembly {
    /// Starts with any piece; `None` if the whole would be longer than `most`.
    pub(crate) fn start(fragment: &Fragment<'_>, most: usize) -> Option<Self> {
        if fragment.total > most {
            return None;
        }
        let mut assembly = Self {
            kind: fragment.kind,
            sequence: fragment.sequence,
            bytes: vec![0; fragment.total],
            have: vec![false; fragment.total],
            missing: fragment.total,
        };
        assembly.add(fragment);
        Some(assembly)
    }

    /// Takes a piece of the same message; false if it belongs to another.
    pub(crate) fn add(&mut self, fragment: &Fragment<'_>) -> bool {
        let same = (fragment.kind, fragment.sequence, fragment.total)
            == (self.kind, self.sequence, self.bytes.len());
        if !same {
            return false;
        }
        for (at, byte) in (fragment.offset..).zip(fragment.body) {
            let (Some(place), Some(have)) = (self.bytes.get_mut(at), self.have.get_mut(at)) else {
                return false;
            };
            // The first piece to bring a byte wins, as a later one cannot be told from
            // somebody else's.
            if !*have {
                (*place, *have) = (*byte, true);
                self.missing -= 1;
            }
        }
        true
    }

    /// The body, once nothing is missing.
    pub(crate) fn whole(&self) -> Option<&[u8]> {
        (self.missing == 0).then_some(&*self.bytes)
    }
}
