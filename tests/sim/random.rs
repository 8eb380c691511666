//! Chance, out of one seed. Whole numbers only, so that every system draws the
//! same; each part of the world has a stream of its own, so that a change to one
//! does not shift the others.

use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use std::time::Duration;

/// One stream of chance.
#[derive(Debug)]
pub(crate) struct Random(ChaCha12Rng);

impl Random {
    /// The stream `name` of the world with that seed.
    pub(crate) fn new(seed: u64, name: &str) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        for (at, byte) in name.bytes().enumerate() {
            bytes[8 + at % 24] ^= byte;
        }
        Self(ChaCha12Rng::from_seed(bytes))
    }

    /// A seed for something else.
    pub(crate) fn seed(&mut self) -> [u8; 32] {
        let mut seed = [0; 32];
        self.0.fill_bytes(&mut seed);
        seed
    }

    /// 0 to `limit` − 1.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0.next_u64() % limit.max(1)
    }

    /// Whether something happens that happens so many times in a thousand.
    pub(crate) fn chance(&mut self, per_mille: u32) -> bool {
        self.below(1_000) < u64::from(per_mille)
    }

    /// A span from `shortest` to `longest`, to the microsecond.
    pub(crate) fn between(&mut self, (shortest, longest): (Duration, Duration)) -> Duration {
        let micros = |span: Duration| u64::try_from(span.as_micros()).unwrap_or(u64::MAX);
        let (low, high) = (micros(shortest), micros(longest));
        Duration::from_micros(low + self.below(high.saturating_sub(low) + 1))
    }

    /// A span that is `mean` on average, and never nothing.
    pub(crate) fn around(&mut self, mean: Duration) -> Duration {
        self.between((mean / 20, mean * 39 / 20))
    }

    /// One of several.
    pub(crate) fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        let at = usize::try_from(self.below(of.len() as u64)).unwrap_or(0);
        &of[at]
    }
}
