//! Readings in the order of their paths, and paths that occur twice.

use super::error::EncodeError;
use crate::path::Path;
use crate::value::Reading;

/// The first path that occurs again, or that is a resource beside its own
/// resource instances. `None` without sorting when the paths ascend, as they
/// mostly do.
pub(super) fn first_repeated(readings: &[Reading]) -> Option<Path> {
    let ascending = readings
        .iter()
        .zip(readings.iter().skip(1))
        .all(|(a, b)| a.path < b.path && !a.path.contains(b.path));
    if ascending && !mixes_depths(readings) {
        return None;
    }
    let mut paths: Vec<Path> = readings.iter().map(|reading| reading.path).collect();
    paths.sort_unstable_by(|a, b| a.ids().cmp(b.ids()));
    let pairs = paths.iter().zip(paths.iter().skip(1));
    pairs
        .into_iter()
        .find(|(a, b)| a.contains(**b))
        .map(|(a, _)| *a)
}

/// Resources sort before resource instances, whatever their ids.
fn mixes_depths(readings: &[Reading]) -> bool {
    let depth = |reading: Option<&Reading>| reading.map(|reading| reading.path.depth());
    depth(readings.first()) != depth(readings.last())
}

/// Drops readings that a later one with the same path and time replaces; says
/// how many (conformance SJ-07).
pub(super) fn keep_last(readings: &mut Vec<Reading>) -> usize {
    let key = |reading: &Reading| (reading.path, reading.time);
    let ascending = readings
        .iter()
        .zip(readings.iter().skip(1))
        .all(|(a, b)| key(a) < key(b));
    if ascending {
        return 0;
    }
    let mut order: Vec<(usize, _)> = readings.iter().map(key).enumerate().collect();
    order.sort_unstable_by_key(|(index, key)| (*key, *index));
    let mut replaced: Vec<usize> = order
        .iter()
        .zip(order.iter().skip(1))
        .filter(|((_, a), (_, b))| a == b)
        .map(|((index, _), _)| *index)
        .collect();
    replaced.sort_unstable();
    let count = replaced.len();
    let mut replaced = replaced.into_iter().peekable();
    let mut index = 0_usize..;
    readings.retain(|_| {
        let index = index.next();
        replaced
            .next_if(|replaced| Some(*replaced) == index)
            .is_none()
    });
    count
}

/// The first path that has two values at the same time.
pub(super) fn first_repeated_at_once(readings: &[Reading]) -> Option<Path> {
    let mut keys: Vec<_> = readings
        .iter()
        .map(|reading| (reading.path, reading.time))
        .collect();
    keys.sort_unstable();
    let pairs = keys.iter().zip(keys.iter().skip(1));
    pairs
        .into_iter()
        .find(|(a, b)| a == b)
        .map(|((path, _), _)| *path)
}

/// The readings sorted by path, each one a value at or below `base`.
pub(super) fn sorted(base: Path, readings: &[Reading]) -> Result<Vec<&Reading>, EncodeError> {
    check_paths(base, readings)?;
    if let Some(path) = first_repeated(readings) {
        return Err(EncodeError::Repeated { path });
    }
    let mut sorted: Vec<&Reading> = readings.iter().collect();
    sorted.sort_by(|a, b| a.path.ids().cmp(b.path.ids()));
    Ok(sorted)
}

/// Refuses values that stand where none can, or outside of `base`.
pub(super) fn check_paths(base: Path, readings: &[Reading]) -> Result<(), EncodeError> {
    readings
        .iter()
        .map(|reading| reading.path)
        .try_for_each(|path| {
            if path.depth() < 3 {
                Err(EncodeError::NotAValuePath { path })
            } else if base.contains(path) {
                Ok(())
            } else {
                Err(EncodeError::OutsideBase { path, base })
            }
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{ReadingTime, Value};

    fn reading(path: &str, number: i64, time: Option<i64>) -> Reading {
        Reading {
            path: path.parse().expect("a path"),
            value: Value::Integer(number),
            time: time.map(ReadingTime::Relative),
        }
    }

    #[test]
    fn sj_07_the_last_value_of_a_path_and_time_wins_and_the_order_stays() {
        let mut readings = vec![
            reading("/3/0/9", 1, None),
            reading("/3/0/7/0", 2, None),
            reading("/3/0/9", 3, Some(-5)),
            reading("/3/0/9", 4, None),
        ];
        assert_eq!(keep_last(&mut readings), 1);
        let numbers: Vec<_> = readings.iter().map(|r| r.value.clone()).collect();
        assert_eq!(numbers, [2, 3, 4].map(Value::Integer));
    }

    #[test]
    fn a_resource_beside_its_own_instances_is_a_repetition() {
        let both = [
            reading("/3/0/6/0", 1, None),
            reading("/3/0/6/1", 1, None),
            reading("/3/0/6", 1, None),
        ];
        assert_eq!(first_repeated(&both), Some(Path::Resource(3, 0, 6)));
        let apart = [reading("/3/0/9", 1, None), reading("/3/0/6/0", 1, None)];
        assert_eq!(first_repeated(&apart), None);
    }
}
