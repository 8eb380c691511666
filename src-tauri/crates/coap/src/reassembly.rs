//! Bodies of requests that come in blocks (RFC 7959 §2.5), in order and within
//! bounds (conformance BW-01 to BW-04, BW-09). It says what a block means; who is
//! answered how stands in `link::serving`.

use std::time::Duration;

use clock::Instant;

use crate::block::Block;
use crate::fingerprint::Fingerprint;
use crate::output::RequestId;
use crate::request::Response;

/// Longest answer kept for the case that the last block is repeated, in bytes.
const MAX_KEPT_ANSWER: usize = 1_024;

/// The bodies of one peer.
#[derive(Debug, Default)]
pub(crate) struct Bodies {
    list: Vec<Body>,
}

#[derive(Debug)]
struct Body {
    key: Fingerprint,
    bytes: Vec<u8>,
    /// Offset and length of the last block taken.
    last: (usize, usize),
    at: Instant,
    finished: Option<Finished>,
}

#[derive(Debug)]
struct Finished {
    answer: Option<Response>,
    /// A repetition of the last block under another message id, which waits for
    /// the same answer.
    also: Option<RequestId>,
}

/// What a block means.
#[derive(Debug, PartialEq)]
pub(crate) enum Received {
    /// More is to come: 2.31.
    Continue,
    /// This is the body.
    Complete(Vec<u8>),
    /// The last block again; this was the answer.
    Answered(Response),
    /// The last block again; the answer is still to come.
    Waiting,
    /// Blocks are missing: 4.08.
    Gap {
        /// The byte from which on a block was expected.
        expected: usize,
    },
    /// More than the limit: 4.13.
    TooLarge,
    /// No room at the moment: 5.03.
    NoRoom,
}

/// What bounds a body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) body: usize,
    pub(crate) bodies: usize,
    pub(crate) total: usize,
}

impl Bodies {
    /// Takes a block. `used` counts the bytes of all peers.
    pub(crate) fn receive(
        &mut self,
        now: Instant,
        (id, key): (RequestId, Fingerprint),
        block: Block,
        payload: &[u8],
        bounds: Bounds,
        used: &mut usize,
    ) -> Received {
        let offset = block.offset();
        if offset.saturating_add(payload.len()) > bounds.body {
            self.remove(key, used);
            return Received::TooLarge;
        }
        if let Some(repeated) = self.repeated(key, id, offset, payload.len(), block.more) {
            return repeated;
        }
        if offset == 0 {
            self.begin(now, key, bounds, used);
        }
        let Some(body) = self
            .list
            .iter_mut()
            .find(|body| body.key == key && body.finished.is_none())
        else {
            return Received::Gap { expected: 0 };
        };
        if offset != body.bytes.len() {
            return Received::Gap {
                expected: body.bytes.len(),
            };
        }
        if *used + payload.len() > bounds.total {
            return Received::NoRoom;
        }
        *used += payload.len();
        body.bytes.extend_from_slice(payload);
        body.last = (offset, payload.len());
        body.at = now;
        if block.more {
            return Received::Continue;
        }
        body.finished = Some(Finished {
            answer: None,
            also: None,
        });
        *used -= body.bytes.len();
        Received::Complete(std::mem::take(&mut body.bytes))
    }

    /// Keeps the answer to a finished body; yields who else waits for it.
    pub(crate) fn answer(&mut self, key: Fingerprint, response: &Response) -> Option<RequestId> {
        let body = self.list.iter_mut().find(|body| body.key == key)?;
        let finished = body.finished.as_mut()?;
        if response.payload.len() <= MAX_KEPT_ANSWER {
            finished.answer = Some(response.clone());
        }
        finished.also.take()
    }

    /// Drops what nobody has touched for `lifetime` (conformance BW-09).
    pub(crate) fn purge(&mut self, now: Instant, lifetime: Duration, used: &mut usize) {
        self.list.retain(|body| {
            let keep = body.at + lifetime > now;
            *used -= if keep { 0 } else { body.bytes.len() };
            keep
        });
    }

    /// When the next of them has had its time.
    pub(crate) fn next_due(&self, lifetime: Duration) -> Option<Instant> {
        self.list.iter().map(|body| body.at + lifetime).min()
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// A repetition of the last block, which is answered as before (conformance
    /// BW-02). Block 0 of a finished body begins a new one.
    fn repeated(
        &mut self,
        key: Fingerprint,
        id: RequestId,
        offset: usize,
        length: usize,
        more: bool,
    ) -> Option<Received> {
        let body = self.list.iter_mut().find(|body| body.key == key)?;
        if offset == 0 || body.last != (offset, length) || body.finished.is_some() == more {
            return None;
        }
        let Some(finished) = &mut body.finished else {
            return Some(Received::Continue);
        };
        if let Some(answer) = &finished.answer {
            return Some(Received::Answered(answer.clone()));
        }
        finished.also = Some(id);
        Some(Received::Waiting)
    }

    fn begin(&mut self, now: Instant, key: Fingerprint, bounds: Bounds, used: &mut usize) {
        self.remove(key, used);
        while self.list.len() >= bounds.bodies.max(1) {
            // The finished ones first, then the one that has waited longest.
            let oldest = self
                .list
                .iter()
                .min_by_key(|body| (body.finished.is_none(), body.at))
                .map(|body| body.key);
            let Some(oldest) = oldest else { break };
            self.remove(oldest, used);
        }
        self.list.push(Body {
            key,
            bytes: Vec::new(),
            last: (0, 0),
            at: now,
            finished: None,
        });
    }

    fn remove(&mut self, key: Fingerprint, used: &mut usize) {
        self.list.retain(|body| {
            let keep = body.key != key;
            *used -= if keep { 0 } else { body.bytes.len() };
            keep
        });
    }
}
