//! Decisions out of the fuzzer's bytes, in order, so that a small change of the bytes is a
//! small change of what happens.

/// What is left of the bytes.
#[derive(Clone, Copy)]
pub(crate) struct Choices<'b> {
    rest: &'b [u8],
}

impl<'b> Choices<'b> {
    pub(crate) fn new(bytes: &'b [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Whether all is decided.
    pub(crate) fn is_done(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next byte; 0 when there are no more.
    pub(crate) fn byte(&mut self) -> u8 {
        self.take(1).first().copied().unwrap_or_default()
    }

    /// 0 to `limit` − 1.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        usize::from(self.byte()) % limit
    }

    /// Whether something happens that happens one time in so many.
    pub(crate) fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 1
    }

    /// One of several.
    pub(crate) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    /// One of the latest few of a list that grows.
    pub(crate) fn recent<T: Copy>(&mut self, of: &[T]) -> Option<T> {
        const FEW: usize = 8;
        let latest = &of[of.len().saturating_sub(FEW)..];
        (!latest.is_empty()).then(|| self.pick(latest))
    }

    /// Two bytes, the high one first.
    pub(crate) fn word(&mut self) -> u16 {
        u16::from_be_bytes([self.byte(), self.byte()])
    }

    /// So many bytes, or what is left.
    pub(crate) fn take(&mut self, count: usize) -> &'b [u8] {
        let (taken, rest) = self.rest.split_at(count.min(self.rest.len()));
        self.rest = rest;
        taken
    }

    /// Bytes with their length in front.
    pub(crate) fn bytes(&mut self) -> &'b [u8] {
        let length = usize::from(self.byte());
        // Lengths from 250 on are those of whole payloads.
        let length = if length < 250 {
            length
        } else {
            usize::from(self.word())
        };
        self.take(length)
    }
}
