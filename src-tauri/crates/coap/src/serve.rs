//! Large answers, kept so that a peer can fetch them block by block (RFC 7959
//! §2.4), and the cutting of an answer into the block asked for. Nothing here must
//! be kept: a block that is no longer there is asked of the caller again.

use std::time::Duration;

use clock::Instant;

use crate::block::{Block, MAX_NUM};
use crate::code::Code;
use crate::fingerprint::Fingerprint;
use crate::option;
use crate::request::Response;

/// Answers kept for one peer.
const SERVED_PER_PEER: usize = 4;

/// The answers kept for one peer.
#[derive(Debug, Default)]
pub(crate) struct Served {
    list: Vec<Kept>,
}

#[derive(Debug)]
struct Kept {
    key: Fingerprint,
    response: Response,
    at: Instant,
}

impl Served {
    /// Keeps an answer in place of that to the same request. `used` counts the bytes
    /// of all peers; an answer beyond `total` is not kept.
    pub(crate) fn keep(
        &mut self,
        now: Instant,
        key: Fingerprint,
        response: &Response,
        used: &mut usize,
        total: usize,
    ) {
        self.retain(used, |kept| kept.key != key);
        if self.list.len() >= SERVED_PER_PEER
            && let Some(oldest) = self.list.iter().map(|kept| kept.at).min()
        {
            self.retain(used, |kept| kept.at != oldest);
        }
        if *used + response.payload.len() <= total {
            *used += response.payload.len();
            self.list.push(Kept {
                key,
                response: response.clone(),
                at: now,
            });
        }
    }

    /// The answer kept for a request.
    pub(crate) fn find(&mut self, now: Instant, key: Fingerprint) -> Option<&Response> {
        let kept = self.list.iter_mut().find(|kept| kept.key == key)?;
        kept.at = now;
        Some(&kept.response)
    }

    /// Drops what nobody has fetched from for `lifetime`.
    pub(crate) fn purge(&mut self, now: Instant, lifetime: Duration, used: &mut usize) {
        self.retain(used, |kept| kept.at + lifetime > now);
    }

    /// When the next of them has had its time.
    pub(crate) fn next_due(&self, lifetime: Duration) -> Option<Instant> {
        self.list.iter().map(|kept| kept.at + lifetime).min()
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    fn retain(&mut self, used: &mut usize, wanted: impl Fn(&Kept) -> bool) {
        self.list.retain(|kept| {
            let keep = wanted(kept);
            *used -= if keep { 0 } else { kept.response.payload.len() };
            keep
        });
    }
}

/// Whether an answer needs more than one block of that exponent.
pub(crate) fn is_large(response: &Response, szx: u8) -> bool {
    response.payload.len() > crate::block::size_of_szx(szx)
}

/// Names a large answer, so that a change between two blocks is seen.
pub(crate) fn tag(response: &mut Response) {
    if response.options.etag().is_none() {
        response.options.set(
            option::ETAG,
            Fingerprint::of_body(&response.payload).to_bytes(),
        );
    }
}

/// The part of an answer that `asked` names, in blocks of at most exponent `szx`.
/// A block beyond the end is answered with 4.00.
pub(crate) fn cut(whole: &Response, asked: Option<Block>, szx: u8) -> Response {
    let asked = asked.unwrap_or(Block {
        num: 0,
        more: false,
        szx,
    });
    // Bytes say where the part begins, whatever the size (conformance BW-04).
    let szx = asked.szx.min(szx);
    let offset = asked.offset();
    let size = crate::block::size_of_szx(szx);
    let length = whole.payload.len();
    let num = u32::try_from(offset / size)
        .ok()
        .filter(|num| *num <= MAX_NUM);
    let (Some(num), true) = (num, offset < length || offset == 0) else {
        return Response::diagnostic(
            Code::BAD_REQUEST,
            "the block lies beyond the end of the body",
        );
    };
    let end = offset.saturating_add(size).min(length);
    let mut part = Response {
        code: whole.code,
        options: whole.options.clone(),
        payload: Vec::new(),
    };
    part.payload
        .extend_from_slice(whole.payload.get(offset..end).unwrap_or_default());
    part.options.set_uint(
        option::BLOCK2,
        Block {
            num,
            more: end < length,
            szx,
        }
        .to_value(),
    );
    if num == 0 {
        part.options
            .set_uint(option::SIZE2, u32::try_from(length).unwrap_or(u32::MAX));
    }
    part
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bw_04_parts_are_cut_by_bytes() {
        let whole = Response::new(Code::CONTENT).payload((0..=255).collect::<Vec<u8>>());
        let part = cut(
            &whole,
            Some(Block {
                num: 3,
                more: false,
                szx: 2,
            }),
            0,
        );
        assert_eq!(
            part.options.block2(),
            Some(Block {
                num: 12,
                more: true,
                szx: 0
            })
        );
        assert_eq!(part.payload, (192..208).collect::<Vec<u8>>());
        let last = cut(
            &whole,
            Some(Block {
                num: 3,
                more: false,
                szx: 2,
            }),
            6,
        );
        assert_eq!(
            last.options.block2(),
            Some(Block {
                num: 3,
                more: false,
                szx: 2
            })
        );
        assert_eq!(
            cut(
                &whole,
                Some(Block {
                    num: 4,
                    more: false,
                    szx: 2
                }),
                6
            )
            .code,
            Code::BAD_REQUEST
        );
    }
}
