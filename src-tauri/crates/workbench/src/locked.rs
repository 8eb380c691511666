//! Locks whose holder may have panicked: what they guard is whole after every statement,
//! so that one failed call must not take the program with it. No other way to lock a
//! `std::sync::Mutex` stands in this crate.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// What `mutex` guards, even if somebody panicked who had it.
pub(crate) fn locked<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_panic_left_can_be_used() {
        let mutex = Mutex::new(7);
        let failed = std::panic::catch_unwind(|| {
            let _held = locked(&mutex);
            panic!("on purpose");
        });
        assert!(failed.is_err() && mutex.is_poisoned());
        assert_eq!(*locked(&mutex), 7);
    }
}
