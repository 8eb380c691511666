//! The name of an association.

/// Names an association for good: no two ever have the same, across restarts too.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct AssociationId(pub u64);
