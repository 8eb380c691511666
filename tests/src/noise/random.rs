//! Chance out of one seed; each part of the run has a stream of its own.

use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// One stream of chance.
#[derive(Debug)]
pub(super) struct Random(ChaCha12Rng);

impl Random {
    /// The stream of that number.
    pub(super) fn new(seed: u64, stream: u64) -> Self {
        let mut random = ChaCha12Rng::seed_from_u64(seed);
        random.set_stream(stream);
        Self(random)
    }

    /// 0 to `limit` − 1; 0 where there is nothing to choose.
    pub(super) fn below(&mut self, limit: usize) -> usize {
        let number = usize::try_from(self.0.next_u64() >> 1).unwrap_or(usize::MAX);
        number % limit.max(1)
    }

    /// Whether something happens that happens so many times in a hundred.
    pub(super) fn percent(&mut self, of_hundred: usize) -> bool {
        self.below(100) < of_hundred
    }

    /// One of several.
    pub(super) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    /// Any byte.
    pub(super) fn byte(&mut self) -> u8 {
        self.bytes::<1>()[0]
    }

    /// Any number of two bytes.
    pub(super) fn word(&mut self) -> u16 {
        u16::from_le_bytes(self.bytes())
    }

    /// Any bytes.
    pub(super) fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.fill_bytes(&mut bytes);
        bytes
    }

    /// As many bytes of any content.
    pub(super) fn noise(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        self.0.fill_bytes(&mut bytes);
        bytes
    }

    /// A seed for something else.
    pub(super) fn seed(&mut self) -> [u8; 32] {
        self.bytes()
    }
}
