//! The way down: the body of a response in Block2 (RFC 7959 §2.4).

use super::{Phase, Step, Transfer, failed, number, strip};
use crate::block::{Block, size_of_szx};
use crate::code::Code;
use crate::option::{self, Options};
use crate::output::{Failure, Progress};
use crate::request::Response;

/// A response that comes in blocks.
#[derive(Debug)]
pub(super) struct Download {
    /// The first response; its payload grows to the body.
    response: Response,
    size: Option<u32>,
}

impl Transfer {
    /// The request for the next block. The body of a FETCH is part of the question and
    /// goes with it, unless it has gone up in blocks; the options stay as they were,
    /// for they are what the peer knows the question by (RFC 7959 §2.7, RFC 8132 §2).
    pub(super) fn next_download(&self, download: &Download, options: &mut Options) -> Vec<u8> {
        let block = Block {
            num: number(download.response.payload.len(), self.szx),
            more: false,
            szx: self.szx,
        };
        options.set_uint(option::BLOCK2, block.to_value());
        if self.request.code == Code::FETCH && !self.uploaded {
            self.request.payload.clone()
        } else {
            Vec::new()
        }
    }

    /// The first or only response.
    pub(super) fn begin_download(&mut self, mut response: Response, limit: usize) -> Step {
        let block = response.options.block2();
        let size = response.options.get_uint(option::SIZE2);
        strip(&mut response);
        let Some(block) = block.filter(|block| block.more || block.num > 0) else {
            if response.payload.len() > limit {
                return failed(over_limit(limit));
            }
            return self.done(response);
        };
        if block.num != 0 || !block.is_valid() || response.payload.len() != block.size() {
            return bad(format!(
                "its first part is block {} with {} bytes",
                block.num,
                response.payload.len()
            ));
        }
        if size.is_some_and(|size| size as usize > limit) {
            return failed(over_limit(limit));
        }
        self.szx = self.szx.min(block.szx);
        if self.observe.take().is_some() || self.observed.is_none() {
            self.observed = response.options.get(option::OBSERVE).map(<[u8]>::to_vec);
        }
        let download = Download { response, size };
        let progress = self.download_progress(&download);
        self.phase = Phase::Download(download);
        Step::Next(Some(progress))
    }

    pub(super) fn handle_download(&mut self, mut part: Response, limit: usize) -> Step {
        let block = part.options.block2();
        strip(&mut part);
        let Phase::Download(download) = &mut self.phase else {
            return Step::Done(part);
        };
        if !part.code.is_success() {
            return Step::Done(part);
        }
        let have = download.response.payload.len();
        if part.options.etag() != download.response.options.etag() {
            return self.restart("the resource changed while it was read");
        }
        let Some(block) = block.filter(|block| block.is_valid()) else {
            return bad(format!(
                "the part from byte {have} on came without a block number"
            ));
        };
        if block.offset() != have {
            return bad(format!(
                "the part from byte {} on came where that from {have} on was asked for",
                block.offset()
            ));
        }
        let length = part.payload.len();
        if length > block.size() || (block.more && length != block.size()) {
            return bad(format!("block {} has {length} bytes", block.num));
        }
        if have + length > limit {
            return failed(over_limit(limit));
        }
        download.response.payload.append(&mut part.payload);
        self.szx = self.szx.min(block.szx);
        if block.more {
            let Phase::Download(download) = &self.phase else {
                return Step::Done(part);
            };
            return Step::Next(Some(self.download_progress(download)));
        }
        match std::mem::replace(&mut self.phase, Phase::Whole) {
            Phase::Download(download) => self.done(download.response),
            _ => Step::Done(part),
        }
    }

    pub(super) fn download_progress(&self, download: &Download) -> Progress {
        let total = download
            .size
            .and_then(|size| u32::try_from((size as usize).div_ceil(size_of_szx(self.szx))).ok());
        Progress::Block {
            done: number(download.response.payload.len(), self.szx),
            total,
        }
    }
}

fn bad(reason: String) -> Step {
    Step::Failed(Failure::BadResponse { reason })
}

fn over_limit(limit: usize) -> String {
    format!("the body of the response is larger than {limit} bytes, the most that is taken")
}
