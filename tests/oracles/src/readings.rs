//! When readings count as the same.

use lwm2m::{Reading, ReadingTime, Value};

/// As `==`, except that NaN equals NaN, and that times may differ by what a float of
/// seconds cannot tell apart.
pub(crate) fn same(a: &[Reading], b: &[Reading]) -> bool {
    a.len() == b.len()
        && a.iter().zip(b).all(|(a, b)| {
            a.path == b.path && same_value(&a.value, &b.value) && same_time(a.time, b.time)
        })
}

/// As `==`, except that NaN equals NaN.
pub(crate) fn same_value(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Float(a), Value::Float(b)) => a == b || (a.is_nan() && b.is_nan()),
        _ => a == b,
    }
}

fn same_time(a: Option<ReadingTime>, b: Option<ReadingTime>) -> bool {
    use ReadingTime::{Absolute, Relative};
    match (a, b) {
        (Some(Absolute(a)), Some(Absolute(b))) | (Some(Relative(a)), Some(Relative(b))) => {
            // Beyond 2^32 s, a float of seconds is coarser than a microsecond.
            a.abs_diff(b) <= (a.unsigned_abs() >> 51)
        }
        _ => a == b,
    }
}

/// The readings sorted by path; those of one path keep their order.
pub(crate) fn sorted(readings: &[Reading]) -> Vec<Reading> {
    let mut sorted = readings.to_vec();
    sorted.sort_by(|a, b| a.path.ids().cmp(b.path.ids()));
    sorted
}
