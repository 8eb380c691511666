//! A path as one number that sorts, so that everything at or below a path is one
//! range of a table. It knows nothing of SQL; `reading` asks the ranges.

use crate::error::StoreError;
use lwm2m::Path;
use lwm2m::path::{Id, RESERVED_ID};
use std::ops::RangeInclusive;

/// The key of a path: its four ids, 16 bits each from the top, 65535 for what is
/// not there. The highest bit is flipped, because SQLite's integers are signed.
#[must_use]
pub(crate) fn key(path: Path) -> i64 {
    pack(path, RESERVED_ID)
}

/// The keys of `prefix` and of everything below it.
#[must_use]
pub(crate) fn keys_below(prefix: Path) -> RangeInclusive<i64> {
    pack(prefix, 0)..=pack(prefix, RESERVED_ID)
}

/// The path of a key.
///
/// # Errors
/// `Corrupt` for a number that is the key of no path.
pub(crate) fn path(key: i64) -> Result<Path, StoreError> {
    let bits = key.cast_unsigned() ^ SIGN;
    let ids = [bits >> 48, bits >> 32, bits >> 16, bits].map(|shifted| (shifted & 0xffff) as Id);
    let depth = ids
        .iter()
        .position(|&id| id == RESERVED_ID)
        .unwrap_or(ids.len());
    ids.get(..depth)
        .and_then(Path::from_ids)
        .filter(|&path| self::key(path) == key)
        .ok_or_else(|| StoreError::corrupt(format!("{key} is the key of no path")))
}

const SIGN: u64 = 1 << 63;

fn pack(path: Path, absent: Id) -> i64 {
    let mut ids = [absent; 4];
    ids.iter_mut()
        .zip(path.ids())
        .for_each(|(place, id)| *place = id);
    let bits = ids
        .iter()
        .fold(0_u64, |bits, &id| bits << 16 | u64::from(id));
    (bits ^ SIGN).cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_path() -> impl Strategy<Value = Path> {
        proptest::collection::vec(0_u16..RESERVED_ID, 0..=4)
            .prop_map(|ids| Path::from_ids(&ids).expect("four ids at most, none reserved"))
    }

    proptest! {
        #[test]
        fn a_key_leads_back_to_its_path(path in any_path()) {
            prop_assert_eq!(super::path(key(path)).expect("a path"), path);
        }

        #[test]
        fn a_range_holds_what_lies_below_and_nothing_else(prefix in any_path(), other in any_path()) {
            prop_assert_eq!(keys_below(prefix).contains(&key(other)), prefix.contains(other));
            if let Some(child) = prefix.child(7) {
                prop_assert!(keys_below(prefix).contains(&key(child)));
            }
        }
    }

    #[test]
    fn resources_sort_as_their_ids_do() {
        let paths = [
            Path::Resource(3, 0, 9),
            Path::Resource(3, 1, 0),
            Path::Resource(40_000, 0, 0),
        ];
        assert!(paths.is_sorted_by_key(|&path| key(path)));
        assert!(path(0x0003_ffff_0000_0000).is_err());
    }
}
