//! Access control: who may do what with an object instance when a device has several
//! servers (Core 1.1.1 §8 and appendix E.3, conformance DM-20).
//!
//! Numbers and words only: which instances a device has is read and written like any
//! other value, at the paths that stand here.

use crate::path::{Id, Path};

/// The Access Control object.
pub const OBJECT: Id = 2;

/// The object that a rule is about.
pub const OBJECT_ID: Id = 0;

/// The instance that a rule is about; [`WHOLE_OBJECT`] for creating instances.
pub const INSTANCE_ID: Id = 1;

/// What each server may do: resource instances by short server id, 0 being the
/// default for servers that have none of their own.
pub const ACL: Id = 2;

/// Who may change the rule.
pub const OWNER: Id = 3;

/// In place of an instance id or of an owner: creating instances of the object, or
/// nobody but a bootstrap server.
pub const WHOLE_OBJECT: u16 = u16::MAX;

/// The rights that an ACL entry grants, as bits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug)]
pub struct Rights(pub u8);

impl Rights {
    /// Every right with its bit, lowest first.
    pub const ALL: [(Right, u8); 5] = [
        (Right::Read, 1),
        (Right::Write, 2),
        (Right::Execute, 4),
        (Right::Delete, 8),
        (Right::Create, 16),
    ];

    /// The rights in the value of an ACL entry; bits without a meaning count for
    /// nothing.
    #[must_use]
    pub fn from_bits(bits: i64) -> Self {
        Self(u8::try_from(bits & 0x1f).unwrap_or_default())
    }

    /// The rights that it holds.
    pub fn iter(self) -> impl Iterator<Item = Right> {
        Self::ALL
            .into_iter()
            .filter(move |(_, bit)| self.0 & bit != 0)
            .map(|(right, _)| right)
    }
}

impl FromIterator<Right> for Rights {
    fn from_iter<T: IntoIterator<Item = Right>>(rights: T) -> Self {
        let bit = |right: Right| {
            let known = Self::ALL.into_iter().find(|(own, _)| *own == right);
            known.map_or(0, |(_, bit)| bit)
        };
        Self(rights.into_iter().fold(0, |bits, right| bits | bit(right)))
    }
}

/// Something that a server may be allowed to do with an instance.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Right {
    /// Read, Observe, Discover, Write-Attributes.
    Read,
    /// Write.
    Write,
    /// Execute.
    Execute,
    /// Delete.
    Delete,
    /// Create.
    Create,
}

/// Where the rights of a server stand in instance `rule`; `None` for a reserved id.
#[must_use]
pub fn entry(rule: Id, server: Id) -> Option<Path> {
    Path::from_ids(&[OBJECT, rule, ACL, server])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dm_20_rights_are_bits() {
        let all: Rights = Rights::ALL.into_iter().map(|(right, _)| right).collect();
        assert_eq!(all, Rights(31));
        for (bits, rights) in [
            (0, &[][..]),
            (1, &[Right::Read]),
            (6, &[Right::Write, Right::Execute]),
            (24, &[Right::Delete, Right::Create]),
            (0x61, &[Right::Read]),
        ] {
            let read = Rights::from_bits(bits);
            assert_eq!(read.iter().collect::<Vec<_>>(), rights);
            assert_eq!(rights.iter().copied().collect::<Rights>(), read);
        }
        assert_eq!(entry(3, 101), Some(Path::ResourceInstance(2, 3, 2, 101)));
        assert_eq!(entry(3, 65_535), None);
    }
}
