//! The sliding window against replays (RFC 6347 §4.1.2.6).

/// Which sequence numbers have been seen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Window {
    /// One above the newest number seen, so that zero means none.
    next: u64,
    /// Bit n stands for `next - 1 - n`.
    seen: u64,
    /// Numbers that lie this far behind the newest are too old.
    width: u8,
}

impl Window {
    /// An empty one of 1 to 64 numbers.
    pub(crate) fn new(width: u8) -> Self {
        Self {
            next: 0,
            seen: 0,
            width: width.clamp(1, 64),
        }
    }

    /// One that takes nothing up to `newest`: what was stored may be older than what was
    /// received, so that its gaps are closed.
    pub(crate) fn after(newest: Option<u64>, width: u8) -> Self {
        Self {
            next: newest.map_or(0, |newest| newest.saturating_add(1)),
            seen: u64::MAX,
            ..Self::new(width)
        }
    }

    /// Whether a record of that number may be opened.
    pub(crate) fn is_fresh(&self, number: u64) -> bool {
        match self.next.checked_sub(number.saturating_add(1)) {
            None => true,
            Some(age) if age < u64::from(self.width) => self.seen >> age & 1 == 0,
            Some(_) => false,
        }
    }

    /// Marks a number of an authentic record; true if it is the newest.
    pub(crate) fn mark(&mut self, number: u64) -> bool {
        let next = number.saturating_add(1);
        if let Some(age) = self.next.checked_sub(next) {
            self.seen |= 1_u64.checked_shl(age_bits(age)).unwrap_or(0);
            return false;
        }
        let ahead = next - self.next;
        self.seen = self.seen.checked_shl(age_bits(ahead)).unwrap_or(0) | 1;
        self.next = next;
        true
    }

    /// The newest number seen.
    pub(crate) fn newest(&self) -> Option<u64> {
        self.next.checked_sub(1)
    }
}

fn age_bits(age: u64) -> u32 {
    u32::try_from(age).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_15_a_number_is_taken_once_and_not_when_it_is_too_old() {
        let mut window = Window::new(64);
        for number in [0, 5, 3, 70, 69, 7] {
            assert!(window.is_fresh(number), "{number}");
            window.mark(number);
            assert!(!window.is_fresh(number), "{number}");
        }
        assert!(!window.is_fresh(6), "64 behind the newest");
        assert!(window.is_fresh(8));
        assert!(window.mark(1_000));
        assert!(!window.mark(999));
        assert!(!window.is_fresh(936) && window.is_fresh(937));
    }

    #[test]
    fn sec_15_a_window_of_one_takes_nothing_behind_the_newest() {
        let mut window = Window::new(1);
        window.mark(10);
        assert!(!window.is_fresh(9));
        assert!(!window.is_fresh(10));
        assert!(window.is_fresh(11));
    }

    #[test]
    fn a_restored_window_takes_newer_ones_only() {
        let mut window = Window::after(Some(10), 64);
        assert!((0..=10).all(|number| !window.is_fresh(number)));
        assert!(window.is_fresh(11));
        window.mark(13);
        assert!(!window.is_fresh(10) && window.is_fresh(12));
        assert!(Window::after(None, 64).is_fresh(0));
    }

    #[test]
    fn the_last_numbers_do_not_wrap() {
        let mut window = Window::new(64);
        window.mark(u64::MAX - 1);
        assert!(!window.is_fresh(u64::MAX - 1));
        assert!(window.is_fresh(u64::MAX - 2));
    }
}
